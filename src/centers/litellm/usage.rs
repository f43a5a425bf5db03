//! What was spent of teams, and by their members in them, each since their own budget row started again.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rust_decimal::RoundingStrategy;
use serde_json::Value;

use crate::centers::client::amount;
use crate::centers::past::only_now;
use crate::model::{Amount, Drawn, Period, PersonDrawn, PoolDrawn, Scope, Subject, Unit, Window};

use super::fit::team;
use super::map::{self, Seat};
use super::period::window;
use super::wire::{BudgetRow, Membership, TeamInfo};

/// How long a spend waits at most before it is written: LiteLLM's page about production names a minute, and nobody tells
/// what a proxy is set to.
const LAG: SignedDuration = SignedDuration::from_mins(1);

/// LiteLLM adds floats up. What is behind a billionth of a cent is what the adding made of them.
const DECIMALS: u32 = 11;

/// What was spent of the managed pools.
pub(super) fn drawn(infos: &[TeamInfo], scope: &Scope, ignored: &[String], now: Timestamp) -> Drawn {
    let mut drawn =
        Drawn { lag: Some(LAG), notes: only_now(scope, "LiteLLM").into_iter().collect(), ..Drawn::default() };
    for (id, target) in &scope.pools {
        let Some(info) = infos.iter().find(|info| info.team_info.id == team(id, target)) else { continue };
        let pool = pool(info, &map::seen(info, &scope.roster, ignored).people, now, &mut drawn.notes);
        drawn.pools.insert(id.clone(), pool);
    }
    drawn
}

fn pool(info: &TeamInfo, people: &BTreeMap<Subject, Seat>, now: Timestamp, notes: &mut Vec<String>) -> PoolDrawn {
    let of = &info.team_info;
    let lifetime = Window::calendar(Period::Lifetime, now);
    let mut of_row = |duration: Option<&str>, reset_at: Option<&str>, whose: &str| {
        let Some(duration) = duration else { return Some(lifetime) };
        let found = window(duration, reset_at, now);
        if found.is_none() {
            let odd = duration.escape_debug();
            notes.push(format!(
                "team {}: the budget of {whose} starts again every {odd}, so its period is not known",
                of.id
            ));
        }
        found
    };
    let window = of_row(of.budget_duration.as_deref(), of.budget_reset_at.as_deref(), "the team");
    let mut pool = PoolDrawn { window, total: spent(of.spend.as_ref()), ..PoolDrawn::default() };
    let memberships: BTreeMap<&str, &Membership> = info
        .team_memberships
        .iter()
        .map(|membership| (membership.user_id.as_str(), membership))
        .collect();
    let mut untold = 0;
    for (who, seat) in people {
        let membership = seat.user_id.as_deref().and_then(|id| memberships.get(id));
        let Some((membership, spent)) = membership.and_then(|one| Some((one, spent(one.spend.as_ref())?))) else {
            untold += 1;
            continue;
        };
        // Without a row nothing ever starts again.
        let row = membership.litellm_budget_table.as_ref();
        let duration = row.and_then(|row| row.budget_duration.as_deref());
        let reset_at = row.and_then(|row: &BudgetRow| row.budget_reset_at.as_deref());
        let own = of_row(duration, reset_at, who.name()).filter(|own| window != Some(*own));
        pool.people.insert(who.clone(), PersonDrawn { window: own, ..PersonDrawn::of(spent) });
    }
    if untold > 0 {
        notes.push(format!("team {}: of {untold} of its members it does not say what they spent", of.id));
    }
    pool
}

/// A spend, without what adding floats made of it. One below zero is none that a cap could be held against.
fn spent(value: Option<&Value>) -> Option<Amount> {
    let exact = amount(value?, Unit::USD).ok()?;
    let round = exact.value().round_dp_with_strategy(DECIMALS, RoundingStrategy::MidpointNearestEven);
    Amount::new(round.normalize(), Unit::USD).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{MemberId, PoolId, Roster, Target};

    fn info() -> TeamInfo {
        let row = |duration: &str, reset: &str| json!({ "budget_id": "b", "max_budget": 5.0, "budget_duration": duration, "budget_reset_at": reset });
        let of = |user: &str, spend: Value, row: Value| json!({ "user_id": user, "budget_id": "b", "budget_source": "custom", "spend": spend, "litellm_budget_table": row });
        let members: Vec<Value> = ["alice", "bob", "carol", "dave", "erin", "default_user_id"]
            .iter()
            .map(|user| json!({ "user_id": user, "user_email": format!("{user}@x.io"), "role": "user" }))
            .collect();
        let info = json!({
            "team_info": {
                "team_id": "p", "max_budget": 100.0, "budget_duration": "1mo", "members_with_roles": members,
                "budget_reset_at": "2026-12-01T00:00:00Z", "spend": 0.1 + 0.2,
            },
            "team_memberships": [
                of("alice", json!(0.1), row("1mo", "2026-12-01T00:00:00Z")),
                of("bob", json!(0.05), row("7d", "2026-11-30T00:00:00Z")),
                of("carol", json!(7), Value::Null),
                of("dave", json!(-1.0), Value::Null),
                of("erin", json!(0.0), row("soon", "2026-11-30T00:00:00Z")),
                of("default_user_id", json!(0.1), Value::Null),
            ],
        });
        serde_json::from_value(info).unwrap()
    }

    #[test]
    fn each_number_is_of_the_period_of_its_own_row() {
        let mut scope = Scope::default();
        scope.pools.insert(PoolId::new("ai").unwrap(), Target::of("team", "p"));
        scope.pools.insert(PoolId::new("gone").unwrap(), Target::default());
        let mut roster = Roster::default();
        roster.insert(MemberId::new("al").unwrap(), "alice@x.io");
        scope.roster = roster;
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let drawn = drawn(&[info()], &scope, &["default_user_id".to_owned()], now);
        assert_eq!(drawn.pools.len(), 1, "a team that is not there tells nothing");
        let pool = drawn.pools.values().next().unwrap();
        let days = |window: Option<Window>| {
            let until = window.and_then(|window| window.until).map_or("ever".to_owned(), |day| day.to_string());
            window.map_or("the pool's".to_owned(), |window| format!("{} to {until}", window.since))
        };
        assert_eq!(pool.total.unwrap().to_string(), "0.30 USD", "not 0.30000000000000004");
        assert_eq!(days(pool.window), "2026-11-01 to 2026-12-01");
        let people: Vec<String> = pool
            .people
            .iter()
            .map(|(who, one)| format!("{who} {} {}", one.pool, days(one.window)))
            .collect();
        assert_eq!(
            people,
            [
                "al 0.10 USD the pool's",
                "bob@x.io 0.05 USD 2026-11-23 to 2026-11-30",
                "carol@x.io 7 USD 0001-01-01 to ever",
                "erin@x.io 0 USD the pool's",
            ]
        );
        assert_eq!(
            drawn.notes,
            [
                "team p: the budget of erin@x.io starts again every soon, so its period is not known",
                "team p: of 1 of its members it does not say what they spent",
            ]
        );
    }
}
