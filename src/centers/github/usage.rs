//! What was drawn this month, in the units of the pools. GitHub counts with a lag of minutes to hours, seen by others; its
//! pages name no number.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::centers::CenterError;
use crate::centers::past::only_now;
use crate::model::{Amount, Drawn, Period, PersonDrawn, PoolDrawn, Roster, Scope, Subject, Unit, Window};

use super::COST_CENTER;
use super::api::Api;
use super::live::{Live, Of, decimal};
use super::map::in_unit;
use super::wire::UsageReport;

/// What is to be said wherever numbers of GitHub's count are shown.
const LAG: &str = "GitHub counts with a lag of which it names no number: what is configured is not what stops people at \
                   that moment";
/// What counts where.
const BOTH: &str = "GitHub's budgets count what is paid beyond the licences, and people's caps what the licences include \
                    too";
/// What is missing.
const IDLE: &str = "whoever has no budget of their own and drew nothing yet is not told by GitHub";

/// As much of an account as it takes, where nobody looked at it yet.
pub(super) async fn look(api: &Api, ignored: &BTreeSet<String>, scope: &Scope) -> Result<Live, CenterError> {
    let mut live =
        if api.account().is_enterprise() { Live::with_centers(api.centers().await?) } else { Live::default() };
    let rows = api.budgets(None).await?;
    // Some accounts list these as budgets of the cost centers themselves (seen by others).
    let asks = scope.pools.values().any(|target| target.get(COST_CENTER).is_some()) && !live.centers.is_empty();
    let members = if asks { api.budgets(Some("multi_user_cost_center")).await? } else { Vec::new() };
    let ids = members.iter().map(|row| row.id.clone()).collect();
    live.put(rows, &ids);
    live.put(members, &ids);
    live.ignore(ignored);
    Ok(live)
}

/// What was drawn of each managed pool: in all by the usage report, by person by their own budgets and by the states of
/// the budget of all users.
pub(super) async fn read(api: &Api, live: &Live, scope: &Scope) -> Result<Drawn, CenterError> {
    let people = people(api, live, scope).await?;
    // Everything starts again on the first, at midnight UTC [D].
    let window = Some(Window::calendar(Period::Monthly, Timestamp::now()));
    let mut drawn = Drawn { notes: only_now(scope, "GitHub").into_iter().collect(), ..Drawn::default() };
    for (id, target) in &scope.pools {
        let unit = scope.units.get(id).copied().unwrap_or(Unit::USD);
        let center = match target.get(COST_CENTER).map(|name| live.centers.get(name)) {
            None => None,
            Some(Some(center)) => Some(center),
            // It is not made yet.
            Some(None) => continue,
        };
        let report = api.usage(center.map(|center| center.id.as_str())).await?;
        let (total, seat) = totals(&report, unit).unzip();
        let inside = |login: &&String| center.is_none_or(|center| center.users.contains_key(login.as_str()));
        let people = people
            .iter()
            .filter(|(login, _)| inside(login))
            .filter_map(|(login, usd)| in_pool(&scope.roster, login, *usd, unit))
            .collect();
        drawn.pools.insert(id.clone(), PoolDrawn { window, total, seat, people });
    }
    drawn.notes.extend([LAG, BOTH, IDLE].map(str::to_owned));
    Ok(drawn)
}

fn in_pool(roster: &Roster, login: &str, usd: Decimal, unit: Unit) -> Option<(Subject, PersonDrawn)> {
    Some((roster.subject(login), PersonDrawn::of(in_unit(usd, unit)?)))
}

/// What each person drew, in USD, by login in lower case.
async fn people(api: &Api, live: &Live, scope: &Scope) -> Result<BTreeMap<String, Decimal>, CenterError> {
    let mut people = BTreeMap::new();
    // Organizations have no states; there own budgets tell what they tell.
    if api.account().is_enterprise() {
        let centers = scope.pools.values().filter_map(|target| live.centers.get(target.get(COST_CENTER)?));
        let members: BTreeSet<Of> = centers.map(|center| Of::Members(center.id.clone())).collect();
        for of in std::iter::once(Of::Everybody).chain(members) {
            let Some(budget) = live.only(&of) else { continue };
            let states = match api.user_states(&budget.id).await {
                Ok(states) => states,
                // It is documented of budgets of several users, and by its first line of those of everybody only.
                Err(CenterError::Answer { status: 404, .. }) if of != Of::Everybody => continue,
                Err(error) => return Err(error),
            };
            for state in states {
                if let (Some(user), Some(usd)) = (state.user, decimal(&state.consumed_amount)) {
                    people.insert(user.to_ascii_lowercase(), usd);
                }
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

/// What was paid for, and what the licences brought; nothing where one line cannot be read.
fn totals(report: &UsageReport, unit: Unit) -> Option<(Amount, Amount)> {
    let (mut net, mut gross) = (Decimal::ZERO, Decimal::ZERO);
    for item in &report.items {
        net = net.checked_add(decimal(&item.net_amount)?)?;
        gross = gross.checked_add(decimal(&item.gross_amount)?)?;
    }
    Some((in_unit(net, unit)?, in_unit(gross.checked_sub(net)?, unit)?))
}
