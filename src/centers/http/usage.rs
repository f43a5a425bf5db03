//! What was drawn, as a center over HTTP tells it: by pool, a whole period at a time.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;

use crate::centers::CenterError;
use crate::centers::embedded::pool_name;
use crate::model::{Drawn, PersonDrawn, PoolDrawn, Roster, Scope, Window, window};

use super::AT_ONCE;
use super::api::{Api, Used};
use super::wire::UsageWire;

/// What was drawn of the managed pools. A pool that is not there is not in it.
pub(super) async fn read(api: &Api, scope: &Scope) -> Result<Drawn, CenterError> {
    let now = Timestamp::now();
    let then = window::moment(scope.as_of, now);
    let past = (then < now).then(|| window::day(then));
    let names: Vec<String> = scope.pools.iter().map(|(id, target)| pool_name(target, id).to_owned()).collect();
    let told: Vec<Option<Used>> = stream::iter(names)
        .map(|name| async move {
            let name = name.as_str();
            let since = match past {
                None => None,
                // Which period a day of the past lies in depends on the pool's.
                Some(_) => match api.pool(name).await? {
                    Some(pool) => pool.object.budget.period.map(|period| window::start(period, then)),
                    None => return Ok(None),
                },
            };
            api.usage(name, since).await
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let mut drawn = Drawn::default();
    for (id, told) in scope.pools.keys().zip(told) {
        match told {
            Some(Used::Told(usage)) => _ = drawn.pools.insert(id.clone(), pool(usage, &scope.roster)),
            Some(Used::NotTold) => drawn.notes.push(format!("{id}: the center does not tell what is drawn")),
            None => {}
        }
    }
    if let Some(day) = past.filter(|_| !drawn.pools.is_empty()) {
        drawn.notes.push(format!(
            "the center tells whole periods, so what was drawn after {day} in the same one is counted too"
        ));
    }
    Ok(drawn)
}

fn pool(usage: UsageWire, roster: &Roster) -> PoolDrawn {
    let UsageWire { since, until, total, members } = usage;
    let mut pool = PoolDrawn { window: Some(Window { since, until }), total: Some(total), ..PoolDrawn::default() };
    for one in members {
        pool.add(roster.subject(&one.member), PersonDrawn { last: one.last, ..PersonDrawn::of(one.drawn) });
    }
    pool
}
