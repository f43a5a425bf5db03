//! What people spent, each in the period of their pool: Claude keeps a spend for every period that has a limit.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::centers::CenterError;
use crate::centers::past::only_now;
use crate::model::{Amount, Drawn, Period, PersonDrawn, PoolDrawn, PoolId, Scope, Subject, Unit, Window};

use super::map::{self, Look, People};
use super::object::Object;
use super::wire::Effective;
use super::{Flavor, money};

/// What is to be said of the delay: the pages name a number for the Console only [D].
const LAG: &str = "Claude names no time after which a spend is counted";

/// What was spent of the managed pools. People without any limit are in no answer, so that nothing tells what everybody
/// spent together.
pub(super) fn drawn(flavor: Flavor, look: &Look, scope: &Scope, now: Timestamp) -> Result<Drawn, CenterError> {
    let people = People::new(flavor, &scope.roster, &look.users);
    let mut drawn = Drawn { notes: only_now(scope, "Claude").into_iter().collect(), ..Drawn::default() };
    for (id, target) in &scope.pools {
        let period = map::period(scope, id);
        let unit = scope.units.get(id).copied().unwrap_or(Unit::USD);
        let object = look.object(flavor, target)?;
        let place = object.as_ref().and_then(|object| object.place(flavor));
        if flavor == Flavor::Gateway && matches!(object, Some(Object::Group { .. })) {
            drawn
                .notes
                .push(format!("{id}: who is in the group only the identity provider knows, so everybody is shown"));
        }
        let inside: Option<BTreeSet<Subject>> = place.map(|place| {
            let members = look.members.get(place.id()).into_iter().flatten();
            members.filter_map(|member| people.subject(&member.user_id)).collect()
        });
        let mut pool = PoolDrawn { window: window(flavor, period, now), ..PoolDrawn::default() };
        let mut odd = 0;
        for row in look.effective.iter().filter(|row| row.period == period.as_str()) {
            let Some(who) = row.actor.user_id.as_deref().and_then(|id| people.subject(id)) else { continue };
            if inside.as_ref().is_some_and(|inside| !inside.contains(&who)) {
                continue;
            }
            match spent(row, unit) {
                Some(spent) => pool.add(who, PersonDrawn::of(spent)),
                None => odd += 1,
            }
        }
        drawn.zero_is_unsure |= pool.people.values().any(|one| one.pool.is_zero());
        drawn.notes.extend(notes(id, &pool, period, odd));
        drawn.pools.insert(id.clone(), pool);
    }
    // A gateway counts with each request [D].
    if flavor != Flavor::Gateway {
        drawn.notes.push(LAG.to_owned());
    }
    Ok(drawn)
}

/// What a reader should be told of one pool.
fn notes(id: &PoolId, pool: &PoolDrawn, period: Period, odd: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if odd > 0 {
        let rows = if odd == 1 { "1 spend is".to_owned() } else { format!("{odd} spends are") };
        notes.push(format!("{id}: {rows} not told in what the pool counts, and passed over"));
    }
    if pool.people.values().any(|one| one.pool.is_zero()) {
        notes.push(format!(
            "{id}: Claude says 0 also where it does not know for the moment, so a 0 is no sign that somebody drew nothing"
        ));
    }
    if pool.window.is_none() {
        notes.push(format!(
            "{id}: when a {period} limit starts again is not documented; it is taken for the calendar's"
        ));
    }
    notes
}

/// The running period, where it is documented: monthly limits start again on the first at midnight UTC, those of a gateway
/// also daily and on Mondays.
fn window(flavor: Flavor, period: Period, now: Timestamp) -> Option<Window> {
    let documented = flavor == Flavor::Gateway || period == Period::Monthly;
    documented.then(|| Window::calendar(period, now))
}

/// What somebody spent, where it is in what the pool counts.
fn spent(row: &Effective, unit: Unit) -> Option<Amount> {
    let currency: Unit = row.currency.parse().ok()?;
    money::amount(&row.period_to_date_spend, unit).filter(|_| currency == unit)
}
