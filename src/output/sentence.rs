//! What changes come to, in the one sentence that a reviewer needs: whom they give something or take something from, how
//! much, and what it may cost. The same for every format: names are escaped by whoever asks.

use std::collections::BTreeSet;

use crate::model::{Amount, Cap, CenterId, Expiry, Grant, Limit, Others, Period, Subject};
use crate::plan::{Change, Effect, Kind, Money, Object, Periods};

use super::words::{self, MoneyLine, count_words};

const NOTHING: &str = "No change for people or money";

/// How many units of money a sentence names.
const UNITS: usize = 3;

/// How somebody else's text is shown.
pub(super) type Escape<'a> = &'a dyn Fn(&str) -> String;

/// A change and the periods of its pool.
pub(super) type Told<'a> = (&'a Change, Periods);

/// The whole sentence, without a full stop. Of no change it says that there is none; `money` is left out where it is
/// not theirs alone.
pub(super) fn headline(changes: &[Told<'_>], money: Option<&Money>, name: Escape<'_>) -> String {
    let (heavy, light): (Vec<Told<'_>>, Vec<Told<'_>>) = changes.iter().partition(|(change, _)| is_heavy(change));
    let what = match heavy.as_slice() {
        [] if light.is_empty() => return NOTHING.to_owned(),
        [] => return format!("{NOTHING}; {}", settings(&light)),
        [(one, periods)] if light.is_empty() => of(one, *periods, name),
        [(one, periods)] => format!("{}; {}", of(one, *periods, name), settings(&light)),
        heavy => {
            let mut parts = parts(heavy);
            if !light.is_empty() {
                parts.push(settings(&light));
            }
            joined(&parts)
        }
    };
    let unit = match heavy.as_slice() {
        [(one, _)] => amounts(one).map(|amount| amount.unit()),
        _ => None,
    };
    match money.filter(|_| !heavy.is_empty()).map(|money| cost(money, unit)) {
        Some(cost) => format!("{what}; {cost}"),
        None => what,
    }
}

/// Whether somebody's right is another one afterwards, if only its end.
fn is_heavy(change: &Change) -> bool {
    change.effect != Effect::Neutral || change.subject.is_some()
}

/// How much else changes.
fn settings(light: &[Told<'_>]) -> String {
    if light.iter().all(|(change, _)| change.alert.is_some()) {
        count_words(light.len(), "alert changes", "alerts change")
    } else {
        count_words(light.len(), "setting changes", "settings change")
    }
}

/// What becomes of the worst case. Where there is one difference, in the unit that the sentence is about, it is enough.
fn cost(money: &Money, unit: Option<crate::model::Unit>) -> String {
    let lines = words::money_lines(money);
    let moved: Vec<&MoneyLine> = lines.iter().filter(|line| !line.stays()).collect();
    if let ([line], Some(unit)) = (moved.as_slice(), unit)
        && line.unit == unit
        && let Some(difference) = line.difference()
    {
        return format!("worst case {difference}");
    }
    if moved.is_empty() {
        return "worst case as before".to_owned();
    }
    let mut text: Vec<String> = moved.iter().take(UNITS).map(|line| with_difference(line)).collect();
    if moved.len() > UNITS {
        text.push(format!("and {}", count_words(moved.len() - UNITS, "more unit", "more units")));
    }
    format!("worst case {}", text.join(", "))
}

/// A line of money with what it differs by: `41,000 → 43,500 credits/month (+2,500)`.
pub(super) fn with_difference(line: &MoneyLine) -> String {
    match line.difference() {
        Some(difference) => format!("{line} ({difference})"),
        None => line.to_string(),
    }
}

fn amounts(change: &Change) -> Option<Amount> {
    let of = |object: &Option<Object>| match object.as_ref()? {
        Object::Grant(grant) => grant.cap?.amount(),
        Object::Others(Others::Cap(cap)) => cap.amount(),
        Object::Pool(pool) => match pool.budget.limit? {
            Limit::Amount(amount) => Some(amount),
            Limit::None => None,
        },
        Object::Others(Others::Blocked) | Object::Alert(..) => None,
    };
    of(&change.after).or_else(|| of(&change.before))
}

/// One change in a sentence.
pub(super) fn of(change: &Change, periods: Periods, name: Escape<'_>) -> String {
    let pool = name(change.pool.as_str());
    match (&change.subject, change.kind, &change.before, &change.after) {
        (Some(subject), _, before, after) => {
            let who = name(subject.name());
            let (before, after) = (words::grant(before.as_ref()), words::grant(after.as_ref()));
            let others = "what everybody else may";
            let only = if change.effect == Effect::Cuts { "only " } else { "" };
            let cap = |grant: Option<&Grant>, period: Option<Period>| {
                let cap = grant.and_then(|grant| Some((grant.cap?, grant.period.or(period))));
                cap.map_or_else(|| "a grant".to_owned(), |(cap, period)| cap_of(cap, period))
            };
            if words::was_other(change) {
                let until = match after.and_then(|grant| grant.expires) {
                    Some(Expiry::On(date)) => format!(" until {date}"),
                    Some(Expiry::Never) | None => String::new(),
                };
                let is = cap(after, periods.after);
                return format!("{who} may now spend {only}{is} instead of {others} in {pool}{until}");
            }
            if words::is_other(change) {
                return format!(
                    "{who} may now spend {only}{others} in {pool} instead of {}",
                    cap(before, periods.before)
                );
            }
            format!("{who} {}", grant(before, after, periods, change.effect, &pool))
        }
        (None, Kind::PoolCreate, _, Some(Object::Pool(object))) => {
            format!("{pool} is a new pool with {}", words::pool_words(object))
        }
        (None, Kind::PoolDelete, ..) => {
            format!(
                "The pool {pool} is deleted, and {} {} in it",
                hit(change),
                verb(change, "loses a right", "lose a right")
            )
        }
        (None, Kind::OthersUpdate, before, after) => {
            let everybody = "Everybody else in";
            match (before, after) {
                (_, Some(Object::Others(Others::Cap(cap)))) => {
                    let verb = if change.effect == Effect::Cuts { "may now spend only" } else { "may now spend" };
                    format!("{everybody} {pool} {verb} {}", cap_of(*cap, periods.after))
                }
                (Some(Object::Others(Others::Cap(cap))), _) => {
                    let was = cap_of(*cap, periods.before);
                    format!("{everybody} {pool} may no longer spend anything ({was} until now)")
                }
                _ => format!("{everybody} {pool} may no longer spend anything"),
            }
        }
        (None, _, Some(Object::Pool(_)), Some(Object::Pool(_))) => {
            let rows = words::rows(change, periods);
            let own = |cell: &words::Cell| match cell {
                words::Cell::Own(text) => text.clone(),
                words::Cell::Foreign(text) => name(text),
            };
            let parts = rows.iter().map(|row| {
                let (old, new) = (own(&row.before), own(&row.after));
                let (_, shared) = split(&new);
                let old = old.strip_suffix(shared).filter(|short| !short.contains(' ')).unwrap_or(&old);
                format!("the {} goes from {old} to {new}", own(&row.who))
            });
            format!("In {pool} {}", joined(&parts.collect::<Vec<_>>()))
        }
        _ => format!("An alert of {pool} changes"),
    }
}

/// What is said of somebody's grant after their name.
fn grant(before: Option<&Grant>, after: Option<&Grant>, periods: Periods, effect: Effect, pool: &str) -> String {
    let cap = |grant: &Grant, period: Option<Period>| grant.cap.map(|cap| cap_of(cap, grant.period.or(period)));
    let until = |grant: &Grant| match grant.expires {
        Some(Expiry::On(date)) => format!(" until {date}"),
        Some(Expiry::Never) | None => String::new(),
    };
    match (before, after) {
        (Some(old), Some(new)) => {
            let (was, is) = (cap(old, periods.before), cap(new, periods.after));
            let ends = if old.expires == new.expires {
                String::new()
            } else if matches!(new.expires, Some(Expiry::On(_))) {
                format!(",{}", until(new))
            } else {
                ", without an end".to_owned()
            };
            let only = if effect == Effect::Cuts { "only " } else { "" };
            match (was, is) {
                (was, Some(is)) if was.as_deref() == Some(is.as_str()) => format!("keeps {is} in {pool}{ends}"),
                (Some(was), Some(is)) => {
                    // `2,000 instead of 500 credits a month`: what both end with is said once.
                    let (new, shared) = split(&is);
                    match was.strip_suffix(shared) {
                        Some(short) if !shared.is_empty() && !short.contains(' ') => {
                            format!("may now spend {only}{new} instead of {short}{shared} in {pool}{ends}")
                        }
                        _ => format!("may now spend {only}{is} instead of {was} in {pool}{ends}"),
                    }
                }
                (None, Some(is)) => format!("may now spend {only}{is} in {pool}{ends}"),
                (_, None) => format!("keeps a grant in {pool}{ends}"),
            }
        }
        (None, Some(new)) => match cap(new, periods.after) {
            Some(cap) => format!("may now spend {cap} in {pool}{}", until(new)),
            None => format!("may now draw on {pool}{}", until(new)),
        },
        (Some(old), None) => match cap(old, periods.before) {
            Some(cap) => format!("may no longer spend anything in {pool} ({cap} until now)"),
            None => format!("may no longer spend anything in {pool}"),
        },
        (None, None) => format!("changes in {pool}"),
    }
}

/// `500 credits a month`, `without a limit`, `the default cap`.
fn cap_of(cap: Cap, period: Option<Period>) -> String {
    match cap {
        Cap::Amount(amount) => format!("{amount}{}", words::each(period)),
        Cap::Unlimited => "without a limit".to_owned(),
        Cap::Inherit => "the default cap".to_owned(),
    }
}

/// A number, and what follows it.
fn split(text: &str) -> (&str, &str) {
    match text.find(' ') {
        Some(at) if text.starts_with(|c: char| c.is_ascii_digit()) => text.split_at(at),
        _ => (text, ""),
    }
}

fn hit(change: &Change) -> String {
    words::people_words(change.losing().count())
}

fn verb<'a>(change: &Change, one: &'a str, many: &'a str) -> &'a str {
    if change.losing().count() == 1 { one } else { many }
}

/// How many lose something and how many gain something; the gravest first.
fn parts(changes: &[Told<'_>]) -> Vec<String> {
    let mut parts = Vec::new();
    let mut noun = false;
    for (effect, one, many) in [
        (Effect::Revokes, "loses access", "lose access"),
        (Effect::Cuts, "is cut", "are cut"),
        (Effect::Grants, "gains access", "gain access"),
        (Effect::Raises, "gets more", "get more"),
        (Effect::Neutral, "keeps the cap until another day", "keep the cap until another day"),
    ] {
        let of_effect = || changes.iter().map(|(change, _)| *change).filter(|change| change.effect == effect);
        // 500 USD instead of 500 credits is no more and no less, and yet not kept.
        let keeps = of_effect().all(|change| !change.fields.contains(&"cap"));
        let (one, many) = match effect {
            Effect::Neutral if !keeps => ("gets another cap or day", "get another cap or day"),
            _ => (one, many),
        };
        let people = people(of_effect());
        if people > 0 {
            // `2 people lose access, 1 is cut`: what they are is said once.
            let count = if noun { people.to_string() } else { words::people_words(people) };
            parts.push(format!("{count} {}", if people == 1 { one } else { many }));
            noun = true;
        }
        let bare =
            |kinds: &[Kind]| of_effect().filter(|change| is_bare(change) && kinds.contains(&change.kind)).count();
        let others = bare(&[Kind::OthersUpdate]);
        if others > 0 {
            parts.push(format!("everybody else {one} in {}", count_words(others, "pool", "pools")));
        }
        let (new, gone) = (bare(&[Kind::PoolCreate]), bare(&[Kind::PoolDelete]));
        if new > 0 {
            parts.push(count_words(new, "pool is new", "pools are new"));
        }
        if gone > 0 {
            parts.push(count_words(gone, "pool is deleted", "pools are deleted"));
        }
        let settings = bare(&[Kind::PoolUpdate]);
        if settings > 0 {
            let (one, many) = match effect {
                Effect::Cuts | Effect::Revokes => ("limit is lowered", "limits are lowered"),
                Effect::Grants | Effect::Raises | Effect::Neutral => ("limit is raised", "limits are raised"),
            };
            parts.push(count_words(settings, one, many));
        }
    }
    parts
}

/// Whether nobody is known by name whom it hits.
fn is_bare(change: &Change) -> bool {
    change.hit().next().is_none()
}

/// Each person once, in however many pools.
fn people<'a>(changes: impl Iterator<Item = &'a Change>) -> usize {
    let mut people: BTreeSet<(Option<&CenterId>, &Subject)> = BTreeSet::new();
    for change in changes {
        for subject in change.hit() {
            // A name of a center's own is somebody of that center.
            people.insert(((!subject.is_known()).then_some(&change.center), subject));
        }
    }
    people.len()
}

/// `a, b and c`.
pub(super) fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
