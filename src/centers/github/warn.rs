//! What a plan should tell of what GitHub will make of it: who is stopped at once, who has no seat, what a zero takes.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::model::{
    Cap, Desired, Grant, INCLUDED_USAGE, Limit, Others, Pool, PoolId, Roster, Subject, Unit, WhenExhausted,
};

use super::COST_CENTER;
use super::live::{Live, Of, Seat};
use super::map::in_unit;

/// How many names a sentence has at most.
const NAMES: usize = 5;
/// What a seat includes a month in USD, by plan [D]: 1,900 and 3,900 credits of 0.01 USD.
const BUSINESS: i64 = 19;
const ENTERPRISE: i64 = 39;

/// What is to be said of a desired state, in GitHub's terms, beside the account as it was read.
pub(super) fn warn(desired: &Desired, live: &Live, roster: &Roster) -> Vec<String> {
    let mut notes = Vec::new();
    let mut granted: BTreeSet<String> = BTreeSet::new();
    for (id, pool) in &desired.state.pools {
        zero(id, pool, &mut notes);
        consumed(id, pool, live, roster, &mut notes);
        first_budget(id, pool, live, &mut notes);
        granted.extend(pool.grants.keys().filter_map(|subject| login(roster, subject)));
        match pool.target.get(COST_CENTER) {
            Some(name) => center(id, name, pool, live, roster, &mut notes),
            None => sum(id, pool, desired, live, roster, &mut notes),
        }
    }
    seats(&granted, live, roster, &mut notes);
    notes
}

fn login(roster: &Roster, subject: &Subject) -> Option<String> {
    roster.identity(subject).map(str::to_ascii_lowercase)
}

/// Some names, and how many more there are.
fn some(mut names: Vec<String>) -> String {
    names.sort();
    let more = names.len().saturating_sub(NAMES);
    names.truncate(NAMES);
    let names: Vec<String> = names.iter().map(|name| name.escape_debug().to_string()).collect();
    if more == 0 { names.join(", ") } else { format!("{} and {more} more", names.join(", ")) }
}

fn shown(usd: i64, unit: Unit) -> String {
    in_unit(Decimal::from(usd), unit).map_or_else(String::new, |amount| amount.number())
}

/// A zero also takes what the seat includes, which is rarely meant.
fn zero(id: &PoolId, pool: &Pool, notes: &mut Vec<String>) {
    let is_zero = |cap: Option<Cap>| matches!(cap, Some(Cap::Amount(amount)) if amount.is_zero());
    let unit = pool.budget.unit;
    let (business, enterprise) = (shown(BUSINESS, unit), shown(ENTERPRISE, unit));
    let leave = format!(
        "{business} {unit} would leave what a seat of Copilot Business includes, {enterprise} that of Copilot Enterprise"
    );
    let whole = pool.target.get(COST_CENTER).is_none();
    if whole
        && (pool.others == Some(Others::Blocked) || matches!(pool.others, Some(Others::Cap(cap)) if is_zero(Some(cap))))
    {
        notes.push(format!(
            "{id}: `others: blocked` is a budget of 0 for all users, which also blocks what their seats include; as a cap \
             for others {leave}"
        ));
    }
    let zeros: Vec<String> = pool
        .grants
        .iter()
        .filter(|(_, grant)| is_zero(grant.cap))
        .map(|(subject, _)| subject.name().to_owned())
        .collect();
    if is_zero(pool.default_cap) {
        notes.push(format!("{id}: a default cap of 0 also blocks what the seats include; {leave}"));
    }
    if !zeros.is_empty() {
        notes.push(format!("{id}: a cap of 0 also blocks what the seat of {} includes; {leave}", some(zeros)));
    }
}

/// A cap below what somebody has consumed stops them at once.
fn consumed(id: &PoolId, pool: &Pool, live: &Live, roster: &Roster, notes: &mut Vec<String>) {
    let stopped = |(subject, grant): (&Subject, &Grant)| {
        let Some(Cap::Amount(cap)) = grant.cap else { return None };
        let budget = live.only(&Of::User(login(roster, subject)?))?;
        let (drawn, was) = (in_unit(budget.consumed?, cap.unit())?, in_unit(budget.amount?.value(), cap.unit())?);
        (cap < was && drawn > cap).then(|| format!("{} ({drawn} of {cap})", subject.name()))
    };
    let names: Vec<String> = pool.grants.iter().filter_map(stopped).collect();
    if !names.is_empty() {
        notes.push(format!("{id}: a lower cap stops at once whoever consumed more this month: {}", some(names)));
    }
}

/// A new budget does not know what was consumed before it.
fn first_budget(id: &PoolId, pool: &Pool, live: &Live, notes: &mut Vec<String>) {
    let of = match pool.target.get(COST_CENTER) {
        None => Of::Account,
        Some(name) => match live.centers.get(name) {
            Some(center) => Of::Center(center.id.clone()),
            None => return,
        },
    };
    if matches!(pool.budget.limit, Some(Limit::Amount(_))) && live.budget(&of) == super::live::Found::None {
        notes.push(format!("{id}: a new budget counts from the moment it is made, not from the first of the month"));
    }
}

/// What belongs to a cost center beside single people, and what joining it does.
fn center(id: &PoolId, name: &str, pool: &Pool, live: &Live, roster: &Roster, notes: &mut Vec<String>) {
    let found = live.centers.get(name);
    let leftover = |(subject, grant): (&Subject, &Grant)| {
        let login = login(roster, subject)?;
        let inside = found.is_some_and(|center| center.users.contains_key(&login));
        let joins = grant.cap == Some(Cap::Inherit) && !inside;
        live.only(&Of::User(login)).filter(|_| joins).map(|_| subject.name().to_owned())
    };
    let names: Vec<String> = pool.grants.iter().filter_map(leftover).collect();
    if !names.is_empty() {
        notes.push(format!(
            "{id}: who joins with a budget of their own loses it, unless another pool gives them one: {}",
            some(names)
        ));
    }
    let Some(center) = found else { return };
    if !center.shared.is_empty() {
        let all = some(center.shared.clone());
        notes.push(format!(
            "{id}: {all} draw on the cost center too; Bursar adds and removes single people only, so take them out in \
             GitHub where others are to be blocked"
        ));
    }
    if let Some(wanted) = pool.target.get(INCLUDED_USAGE)
        && wanted != center.pool.unwrap_or_default().to_string()
    {
        notes.push(format!(
            "{id}: GitHub raises a cost center's share of the included credits at once, and lowers it with the next month"
        ));
    }
}

/// Whether people may together draw more than there is: then somebody is stopped below their own cap.
fn sum(id: &PoolId, pool: &Pool, desired: &Desired, live: &Live, roster: &Roster, notes: &mut Vec<String>) {
    let (Some(seats), Some(Limit::Amount(limit))) = (&live.seats, pool.budget.limit) else { return };
    if pool.budget.when_exhausted.is_some_and(|when| when != WhenExhausted::Block) {
        return;
    }
    let includes = |seat: &Seat| match seat.plan.as_deref() {
        Some("business") => Some(BUSINESS),
        Some("enterprise") => Some(ENTERPRISE),
        _ => None,
    };
    let Some(free) = seats.values().map(includes).sum::<Option<i64>>() else { return };
    let unit = pool.budget.unit;
    let usd = |cap: Cap| -> Option<Decimal> {
        let amount = cap.amount()?;
        if amount.unit() == Unit::Credits {
            amount.value().checked_div(Decimal::ONE_HUNDRED)
        } else {
            Some(amount.value())
        }
    };
    let by_center = caps_of_centers(desired, roster);
    let of = |login: &String| -> Option<Decimal> {
        let own = pool.grants.get(&roster.subject(login)).and_then(|grant| usd(grant.cap?));
        let found = own.or_else(|| by_center.get(login).copied().flatten());
        let own_now = || {
            live.only(&Of::User(login.clone()))
                .and_then(|budget| budget.amount)
                .map(|usd| usd.value())
        };
        let members = || {
            let center = live.home(login)?;
            live.only(&Of::Members(center.id.clone()))?.amount.map(|usd| usd.value())
        };
        let others = || match pool.others {
            Some(Others::Blocked) => Some(Decimal::ZERO),
            Some(Others::Cap(cap)) => usd(cap),
            None => live.only(&Of::Everybody)?.amount.map(|usd| usd.value()),
        };
        // Whoever nobody names and has a budget of their own loses it where others have a rule.
        found
            .or_else(|| pool.others.is_none().then(own_now).flatten())
            .or_else(members)
            .or_else(others)
    };
    let Some(people) = seats.keys().map(of).try_fold(Decimal::ZERO, |sum, one| sum.checked_add(one?)) else { return };
    let Some(paid) = usd(Cap::Amount(limit)) else { return };
    let Some(there) = paid.checked_add(Decimal::from(free)) else { return };
    if people > there {
        let words = |usd: Decimal| in_unit(usd, unit).map_or_else(String::new, |amount| amount.to_string());
        notes.push(format!(
            "{id}: the caps of {} seats come to {}, and there are {} included and {} paid: some are stopped below their cap",
            seats.len(),
            words(people),
            words(Decimal::from(free)),
            words(paid)
        ));
    }
}

/// What the cost centers of the files give people, in USD, by login.
fn caps_of_centers(desired: &Desired, roster: &Roster) -> BTreeMap<String, Option<Decimal>> {
    let mut caps = BTreeMap::new();
    let usd = |cap: Option<Cap>| -> Option<Decimal> {
        let amount = cap?.amount()?;
        if amount.unit() == Unit::Credits {
            amount.value().checked_div(Decimal::ONE_HUNDRED)
        } else {
            Some(amount.value())
        }
    };
    for pool in desired.state.pools.values().filter(|pool| pool.target.get(COST_CENTER).is_some()) {
        for (subject, grant) in &pool.grants {
            if let Some(login) = login(roster, subject) {
                caps.insert(login, usd(grant.cap).or_else(|| usd(pool.default_cap)));
            }
        }
    }
    caps
}

/// Who is granted something without a seat, and who has no seat and still holds something.
fn seats(granted: &BTreeSet<String>, live: &Live, roster: &Roster, notes: &mut Vec<String>) {
    let Some(seats) = &live.seats else { return };
    let name = |login: &String| roster.subject(login).name().to_owned();
    let none: Vec<String> = granted.iter().filter(|login| !seats.contains_key(*login)).map(name).collect();
    if !none.is_empty() {
        notes.push(format!("granted but without a Copilot seat: {}", some(none)));
    }
    let center = |login: &&str| live.home(login).is_some();
    let mut holding: BTreeSet<String> = live.users().map(str::to_owned).collect();
    holding.extend(live.centers.values().flat_map(|center| center.users.keys().cloned()));
    let left: Vec<String> = holding
        .into_iter()
        .filter(|login| !seats.contains_key(login) && !granted.contains(login))
        .map(|login| {
            let what = if center(&login.as_str()) { "in a cost center" } else { "with a budget" };
            format!("{} ({what})", name(&login))
        })
        .collect();
    if !left.is_empty() {
        notes.push(format!("without a Copilot seat and still there: {}", some(left)));
    }
}
