//! What was drawn this month, in the units of the pools. GitHub counts with a lag of minutes to hours.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::centers::CenterError;
use crate::model::{Drawn, PersonDrawn, PoolDrawn, Roster, Scope, Subject, Unit};

use super::COST_CENTER;
use super::api::Api;
use super::live::{Live, Of, decimal};
use super::map::in_unit;
use super::wire::UsageReport;

/// What is to be said wherever numbers of GitHub's count are shown.
const LAG: &str = "GitHub counts with a lag: what is configured is not what stops people at that moment";
/// What is missing.
const IDLE: &str = "whoever has no budget of their own and drew nothing yet is not told by GitHub";

/// What was drawn of each managed pool: in all by the usage report, by person by their own budgets and by the states of
/// the budget of all users.
pub(super) async fn read(api: &Api, scope: &Scope) -> Result<Drawn, CenterError> {
    let mut live =
        if api.account().is_enterprise() { Live::with_centers(api.centers().await?) } else { Live::default() };
    live.put(api.budgets(None).await?, &std::collections::BTreeSet::new());
    let people = people(api, &live).await?;
    let mut drawn = Drawn::default();
    for (id, target) in &scope.pools {
        let unit = scope.units.get(id).copied().unwrap_or(Unit::USD);
        let center = match target.get(COST_CENTER).map(|name| live.centers.get(name)) {
            None => None,
            Some(Some(center)) => Some(center),
            // It is not made yet.
            Some(None) => continue,
        };
        let total = total(&api.usage(center.map(|center| center.id.as_str())).await?);
        let inside = |login: &&String| center.is_none_or(|center| center.users.contains_key(login.as_str()));
        let people = people
            .iter()
            .filter(|(login, _)| inside(login))
            .filter_map(|(login, usd)| in_pool(&scope.roster, login, *usd, unit))
            .collect();
        let total = total.and_then(|usd| in_unit(usd, unit));
        drawn.pools.insert(id.clone(), PoolDrawn { window: None, seat: None, total, people });
    }
    drawn.notes.push(LAG.to_owned());
    drawn.notes.push(IDLE.to_owned());
    Ok(drawn)
}

fn in_pool(roster: &Roster, login: &str, usd: Decimal, unit: Unit) -> Option<(Subject, PersonDrawn)> {
    Some((roster.subject(login), PersonDrawn::of(in_unit(usd, unit)?)))
}

/// What each person drew, in USD, by login in lower case.
async fn people(api: &Api, live: &Live) -> Result<BTreeMap<String, Decimal>, CenterError> {
    let mut people = BTreeMap::new();
    // Organizations have no states; there own budgets tell what they tell.
    if let Some(budget) = live.only(&Of::Everybody).filter(|_| api.account().is_enterprise()) {
        for state in api.user_states(&budget.id).await? {
            if let (Some(user), Some(usd)) = (state.user, decimal(&state.consumed_amount)) {
                people.insert(user.to_ascii_lowercase(), usd);
            }
        }
    }
    for login in live.users() {
        let own = live.only(&Of::User(login.to_owned())).and_then(|budget| budget.consumed);
        if let Some(usd) = own {
            people.entry(login.to_owned()).or_insert(usd);
        }
    }
    Ok(people)
}

/// What was used in all, in USD before what the seats include.
fn total(report: &UsageReport) -> Option<Decimal> {
    report
        .items
        .iter()
        .try_fold(Decimal::ZERO, |sum, item| sum.checked_add(decimal(&item.gross_amount)?))
}
