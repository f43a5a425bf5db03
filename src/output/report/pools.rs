//! The pools of the page: how each stands, as a bar, in numbers, and over time.

use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;

use crate::model::{Amount, Window};
use crate::output::words::{people_words, per};
use crate::usage::PoolUse;

use super::HIGH;
use super::data::{Bar, Line, Pool};
use super::facts::{Center, Facts, ReadCenter};
use super::people::{asked, budget_words};

/// How many points a line has before it shows one a day.
const POINTS: usize = 400;

/// Every managed pool of the centers that were read.
pub(super) fn of(facts: &Facts<'_>) -> Vec<Pool> {
    let asked = asked(facts);
    let mut pools = Vec::new();
    for center in &facts.centers {
        let Ok(read) = &center.read else { continue };
        for pool in &read.usage.pools {
            let description = asked.get(&pool.pool).and_then(|(asked, _)| asked.description.clone());
            pools.push(Pool {
                description: description.filter(|text| !text.is_empty()),
                trend: trend(facts, center, read, pool),
                ..one(center, read, pool)
            });
        }
    }
    pools
}

/// The pools that no file names, with their centers.
pub(super) fn unmanaged(facts: &Facts<'_>) -> Vec<(String, String)> {
    let read = facts.centers.iter().filter_map(|center| center.read.as_ref().ok());
    let all = read.flat_map(|read| &read.plan.unmanaged);
    all.map(|pool| (pool.pool.clone(), pool.center.to_string())).collect()
}

fn one(center: &Center, read: &ReadCenter, pool: &PoolUse) -> Pool {
    let mut facts = Vec::new();
    let told = match (pool.drawn, &read.unread) {
        (Some(drawn), _) if pool.at_least => format!("at least {drawn}"),
        (Some(drawn), _) => drawn.to_string(),
        (None, Some(_)) => "could not be read".to_owned(),
        (None, None) => "not shown by the center".to_owned(),
    };
    let share = pool.share();
    let told = match share {
        Some(share) => format!("{told} ({share} %)"),
        None => told,
    };
    facts.push(("Drawn", told));
    facts.extend(pool.seat.map(|seat| ("Of their seats", seat.to_string())));
    if let Some(forecast) = &pool.forecast {
        facts.push(("Forecast", forecast.at_end.to_string()));
    }
    facts.push(("Budget", budget_words(pool).unwrap_or_else(|| "not known".to_owned())));
    let moment = read.usage.read_at;
    facts.push(("Period", period_words(pool, moment)));
    if let Some(day) = pool.forecast.and_then(|forecast| forecast.exhausted) {
        facts.push((
            "Used up",
            if is_past(moment, day) { format!("{day}, by now") } else { format!("{day}, if it goes on") },
        ));
    }
    let granted = pool.people.values().filter(|person| person.granted).count();
    facts.push(("Granted", people_words(granted)));
    let mut tags = Vec::new();
    let mut tag = |holds: bool, words: String, grave: bool| {
        if holds {
            tags.push((words, grave));
        }
    };
    tag(share.is_some_and(|share| share >= 100), "used up".to_owned(), true);
    tag(share.is_some_and(|share| (HIGH..100).contains(&share)), format!("over {HIGH} %"), false);
    let soon = pool.forecast.and_then(|forecast| forecast.exhausted);
    tag(soon.is_some() && share.is_none_or(|share| share < 100), "will be used up".to_owned(), false);
    tag(!pool.exists, "not in the center yet".to_owned(), false);
    Pool {
        name: pool.pool.to_string(),
        center: center.id.to_string(),
        description: None,
        tags,
        bar: bar(pool.drawn, pool.forecast.map(|forecast| forecast.at_end), pool.budget()),
        facts,
        share,
        trend: None,
    }
}

fn is_past(moment: Timestamp, day: jiff::civil::Date) -> bool {
    day <= crate::model::window::day(moment)
}

fn period_words(pool: &PoolUse, moment: Timestamp) -> String {
    let name = pool.period.map_or_else(String::new, |period| format!("{period}, "));
    match pool.window {
        Some(Window { since, until: Some(until) }) => {
            let last = until.saturating_sub(1.day());
            let left = pool.days_left(moment).unwrap_or(0);
            let left = if left == 1 { "1 day left".to_owned() } else { format!("{left} days left") };
            format!("{name}{since} to {last}, {left}")
        }
        Some(Window { until: None, .. }) => "without end".to_owned(),
        None => pool.period.map_or_else(|| "not known".to_owned(), |period| period.to_string()),
    }
}

/// The marks of a bar. Amounts of another unit than the first are left out.
fn bar(drawn: Option<Amount>, forecast: Option<Amount>, budget: Option<Amount>) -> Option<Bar> {
    let unit = drawn.or(budget)?.unit();
    let same = |amount: Option<Amount>| amount.filter(|amount| amount.unit() == unit).map(|amount| amount.value());
    let (drawn, forecast, budget) = (same(drawn), same(forecast), same(budget));
    let most = [drawn, forecast, budget].into_iter().flatten().max()?;
    // A little room at the end, so that the last mark is seen as one.
    let scale = |value: Decimal| thousandths(value, most).map(|at| at - at / 50);
    Some(Bar { drawn: drawn.and_then(scale), forecast: forecast.and_then(scale), budget: budget.and_then(scale) })
}

/// How many thousandths of the most an amount is.
fn thousandths(value: Decimal, most: Decimal) -> Option<u32> {
    if most.is_zero() {
        return Some(0);
    }
    let part = value.checked_mul(Decimal::ONE_THOUSAND)?.checked_div(most)?;
    u32::try_from(part.trunc()).ok().map(|part| part.min(1000))
}

/// The line through the snapshots and this reading; nothing where there are no two of them.
fn trend(facts: &Facts<'_>, center: &Center, read: &ReadCenter, pool: &PoolUse) -> Option<Line> {
    let mut points = facts.trends.as_ref()?.pools.get(&(center.id.clone(), pool.pool.clone()))?.clone();
    points.extend(pool.drawn.map(|drawn| (read.usage.read_at, drawn)));
    points.retain(|(at, amount)| *at <= read.usage.read_at && amount.unit() == pool.unit);
    points.sort_by_key(|(at, _)| *at);
    points.dedup_by_key(|(at, _)| *at);
    if points.len() > POINTS {
        let days = points.chunk_by(|a, b| crate::model::window::day(a.0) == crate::model::window::day(b.0));
        points = days.filter_map(|day| day.last().copied()).collect();
    }
    let ((first, drawn), (last, now)) = (*points.first()?, *points.last()?);
    let whole = last.duration_since(first).as_secs();
    if whole <= 0 {
        return None;
    }
    let most = points.iter().map(|(_, amount)| amount.value()).max()?;
    let place = |(at, amount): &(Timestamp, Amount)| {
        let passed = Decimal::from(at.duration_since(first).as_secs());
        let across = thousandths(passed, Decimal::from(whole))?;
        Some((across, 1000 - thousandths(amount.value(), most)?))
    };
    let day = |at| crate::model::window::day(at).to_string();
    let top = Amount::new(most, pool.unit).ok()?;
    Some(Line {
        says: format!(
            "Drawn over time, {} readings: {drawn} on {}, {now} on {}, at most {top}{}",
            points.len(),
            day(first),
            day(last),
            per(pool.period)
        ),
        points: points.iter().filter_map(place).collect(),
        from: day(first),
        until: day(last),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Unit;

    #[test]
    fn three_marks_on_one_bar() {
        let of = |drawn: Option<u32>, forecast: Option<u32>, budget: Option<u32>| {
            let amount = |value: Option<u32>| value.map(|value| Amount::whole(value, Unit::Credits));
            bar(amount(drawn), amount(forecast), amount(budget)).map(|bar| (bar.drawn, bar.forecast, bar.budget))
        };
        assert_eq!(of(Some(50), Some(80), Some(100)), Some((Some(490), Some(784), Some(980))));
        assert_eq!(of(Some(50), Some(200), Some(100)), Some((Some(245), Some(980), Some(490))));
        assert_eq!(of(Some(0), Some(0), None), Some((Some(0), Some(0), None)));
        assert_eq!(of(None, None, Some(100)), Some((None, None, Some(980))));
        assert_eq!(of(None, None, None), None);
        let usd = bar(Some(Amount::whole(5, Unit::USD)), None, Some(Amount::whole(10, Unit::Credits)));
        assert_eq!(usd, Some(Bar { drawn: Some(980), forecast: None, budget: None }), "units do not mix");
    }
}
