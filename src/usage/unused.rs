//! Which grants nobody used for a while, and of which nobody can tell: a right is never called unused because nothing is
//! known of it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::model::{Amount, Cap, CenterId, Period, PoolId, Subject, Window, window};

use super::{CenterUse, PersonUse, PoolUse};

/// How long before a new period begins the last snapshot of the old one may have been taken: what somebody drew in
/// between is in neither, and readings a day apart are taken for all that there was.
const GAP: SignedDuration = SignedDuration::from_hours(26);

/// What is known of when somebody drew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    /// From this day on everything that they drew was seen.
    covered: Date,
    /// Their last draw that was seen is of one of these days.
    drew: Option<(Date, Date)>,
}

/// The last that was seen of somebody.
#[derive(Clone, Copy, Debug)]
struct Sight {
    known: Known,
    drawn: Option<Amount>,
    window: Option<Window>,
    at: Timestamp,
}

/// What readings tell of when people drew; looked at in the order of their time, one by one.
#[derive(Debug, Default)]
pub struct Seen {
    centers: BTreeMap<CenterId, BTreeMap<PoolId, BTreeMap<Subject, Sight>>>,
}

/// What one reading says of one person.
struct Look {
    drawn: Option<Amount>,
    last: Option<Date>,
    window: Option<Window>,
    at: Timestamp,
}

impl Seen {
    /// Looks at the next reading of a center.
    pub fn look(&mut self, center: &CenterUse) {
        for pool in &center.pools {
            for (subject, person) in &pool.people {
                let unsure = center.zero_is_unsure && person.drawn.is_some_and(|drawn| drawn.is_zero());
                let look = Look {
                    drawn: person.drawn.filter(|_| !unsure),
                    last: person.last,
                    window: person.window.or(pool.window),
                    at: center.read_at,
                };
                if look.drawn.is_none() && look.last.is_none() {
                    continue;
                }
                let before = self.sight(&center.center, &pool.pool, subject);
                let sight = next(before, &look);
                let pools = entry(&mut self.centers, &center.center);
                entry(pools, &pool.pool).insert(subject.clone(), sight);
            }
        }
    }

    fn sight(&self, center: &CenterId, pool: &PoolId, subject: &Subject) -> Option<&Sight> {
        self.centers.get(center)?.get(pool)?.get(subject)
    }
}

/// The map under a key, which is only copied where there is none.
fn entry<'a, K: Ord + Clone, V: Default>(map: &'a mut BTreeMap<K, V>, key: &K) -> &'a mut V {
    map.entry(key.clone()).or_default()
}

/// What is known once one more reading was looked at.
fn next(before: Option<&Sight>, look: &Look) -> Sight {
    let Look { drawn, last, window, at } = *look;
    let day = window::day(at);
    let since = window.map_or(day, |window| window.since);
    let used = drawn.is_some_and(|drawn| !drawn.is_zero());
    let mut known = match before {
        None if drawn.is_none() => Known { covered: last.unwrap_or(day), drew: None },
        None if used => Known { covered: day, drew: Some((since, day)) },
        None => Known { covered: since, drew: None },
        Some(before) => {
            let Known { mut covered, mut drew } = before.known;
            let then = window::day(before.at);
            if before.window == window {
                let grew = match (before.drawn, drawn) {
                    (Some(old), Some(new)) => new.unit() == old.unit() && new.value() > old.value(),
                    (None, Some(_)) => used,
                    (_, None) => false,
                };
                if grew {
                    drew = Some((then, day));
                }
            } else {
                // What was drawn between the last look and the end of that period is in no reading.
                let begun = window.and_then(|window| window.begin());
                if begun.is_none_or(|begun| begun.duration_since(before.at) > GAP) {
                    covered = covered.max(since);
                }
                if used {
                    drew = Some((since.max(then), day));
                }
            }
            Known { covered, drew }
        }
    };
    if let Some(last) = last {
        if known.drew.is_none_or(|(_, to)| last >= to) || before.is_none() || drawn.is_none() {
            known.drew = Some((last, last));
        }
        known.covered = known.covered.min(last);
    }
    Sight { known, drawn, window, at }
}

/// A grant that nobody used, or of which nobody can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// The center.
    pub center: CenterId,
    /// The pool.
    pub pool: PoolId,
    /// Who has it.
    pub subject: Subject,
    /// The most that they may draw, where it is known.
    pub cap: Option<Cap>,
    /// When that starts again.
    pub period: Option<Period>,
    /// The last day on which they drew, where that is known; at the latest, where only two readings tell.
    pub last: Option<Date>,
    /// The day since which they surely drew nothing.
    pub since: Option<Date>,
    /// How many days that is.
    pub days: u32,
    /// What is known.
    pub why: Why,
}

/// What is known of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nobody used it for as long as was asked.
    Unused,
    /// Nothing tells whether they drew.
    NotTold,
    /// They drew nothing since then, and nothing is known of before.
    Short,
    /// They drew between two readings, of which only one lies so far back.
    Between(Date, Date),
    /// Its line in the files is younger than that.
    Young(Date),
}

/// The grants of a reading that nobody used for so many days, and those of which nobody can tell; the longest idle
/// first. `seen` has looked at the reading too.
pub fn unused(centers: &[CenterUse], seen: &Seen, today: Date, days: u16) -> Vec<Idle> {
    let mut found = Vec::new();
    for center in centers {
        for pool in &center.pools {
            for (subject, person) in pool.people.iter().filter(|(_, person)| is_right(person)) {
                found.extend(of(center, pool, (subject, person), seen, today, days));
            }
        }
    }
    found.sort_by(|a, b| (&a.center, &a.pool, b.days, &a.subject).cmp(&(&b.center, &b.pool, a.days, &b.subject)));
    found
}

/// Whether somebody may draw by a grant: one of nothing is there to be idle.
fn is_right(person: &PersonUse) -> bool {
    person.granted && !person.cap.and_then(|cap| cap.amount()).is_some_and(|cap| cap.is_zero())
}

fn of(
    center: &CenterUse,
    pool: &PoolUse,
    (subject, person): (&Subject, &PersonUse),
    seen: &Seen,
    today: Date,
    days: u16,
) -> Option<Idle> {
    let asked = u32::from(days);
    let idle = |since: Option<Date>, last, length, why| Idle {
        center: center.center.clone(),
        pool: pool.pool.clone(),
        subject: subject.clone(),
        cap: person.cap,
        period: pool.period,
        last,
        since,
        days: length,
        why,
    };
    let Some(sight) = seen.sight(&center.center, &pool.pool, subject) else {
        return Some(idle(None, None, 0, Why::NotTold));
    };
    let Known { covered, drew } = sight.known;
    let cutoff = today.saturating_sub(i64::from(days).days());
    match drew {
        Some((from, to)) if to > cutoff => {
            let since = to.max(covered);
            return (from <= cutoff).then(|| idle(Some(since), Some(to), length(since, today), Why::Between(from, to)));
        }
        _ => {}
    }
    let last = drew.map(|(_, to)| to);
    let since = last.map_or(covered, |last| last.max(covered));
    // What a vendor tells late may have been drawn since.
    let late = center.lag.map_or(0, |lag| (lag.as_hours() + 23) / 24);
    let length = length(since, today.saturating_sub(late.days()));
    Some(idle(Some(since), last, length, if length >= asked { Why::Unused } else { Why::Short }))
}

fn length(since: Date, until: Date) -> u32 {
    until.since(since).map_or(0, |span| u32::try_from(span.get_days()).unwrap_or(0))
}
