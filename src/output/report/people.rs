//! The people of the page: everybody who has a right in a pool or drew from it, a row per person and pool.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;

use crate::model::{Cap, CenterId, Desired, Expiry, Grant, Lapse, Limit, Pool, PoolId, Subject};
use crate::usage::{CapFrom, PersonUse, PoolUse};

use super::data::{Cell, Column, Flag, Kind, Table};
use super::facts::{Center, Facts};
use super::{HIGH, NEAR_DAYS};

/// What may be special of a person in a pool. The order is that of [`FLAGS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    CapReached,
    High,
    Blocked,
    Stranger,
    Other,
    Unmanaged,
    Differs,
    Expired,
    Near,
}

/// The words of [`Special`].
pub(super) const FLAGS: [Flag; 9] = [
    Flag { label: "cap reached", look: "bad" },
    Flag { label: "over 80 %", look: "warn" },
    Flag { label: "blocked", look: "note" },
    Flag { label: "not in the files", look: "warn" },
    Flag { label: "one of the others", look: "note" },
    Flag { label: "unmanaged", look: "note" },
    Flag { label: "differs", look: "warn" },
    Flag { label: "expired", look: "warn" },
    Flag { label: "expires soon", look: "warn" },
];

const PERSON: Column = Column { label: "Person", kind: Kind::Text };
const POOL: Column = Column { label: "Pool", kind: Kind::Text };
const CAP: Column = Column { label: "Cap", kind: Kind::Amount };
const DRAWN: Column = Column { label: "Drawn", kind: Kind::Amount };
const SHARE: Column = Column { label: "Share", kind: Kind::Share };
const SEAT: Column = Column { label: "Seat credits", kind: Kind::Amount };
const SOURCE: Column = Column { label: "Decided by", kind: Kind::Source };
const EXPIRES: Column = Column { label: "Expires", kind: Kind::Date };
const LAST: Column = Column { label: "Last drawn", kind: Kind::Date };
const STATE: Column = Column { label: "Flags", kind: Kind::Flags };

/// One person in one pool.
struct Person<'a> {
    center: &'a CenterId,
    pool: &'a PoolId,
    subject: &'a Subject,
    stands: PersonUse,
    asked: Option<(&'a Pool, &'a Desired)>,
    differs: bool,
}

/// Everybody, those who drew the largest part of their cap first.
pub(super) fn of(facts: &Facts<'_>) -> Table {
    let asked = asked(facts);
    let mut people = Vec::new();
    for center in &facts.centers {
        of_center(center, &asked, &mut people);
    }
    people.sort_by_cached_key(|person| {
        let Person { center, pool, subject, stands, .. } = person;
        (std::cmp::Reverse(stands.share()), (*center).clone(), (*pool).clone(), (*subject).clone())
    });
    let has = |told: &dyn Fn(&PersonUse) -> bool| people.iter().any(|person| told(&person.stands));
    let (seats, last) = (has(&|stands| stands.seat.is_some()), has(&|stands| stands.last.is_some()));
    let mut columns = vec![PERSON, POOL, CAP, DRAWN, SHARE];
    columns.extend(seats.then_some(SEAT));
    columns.extend([SOURCE, EXPIRES]);
    columns.extend(last.then_some(LAST));
    columns.push(STATE);
    let sorted = people.iter().any(|person| person.stands.share().is_some()).then_some(4);
    let rows = people.iter().map(|person| person.row(facts, seats, last)).collect();
    Table { id: "people", noun: ["row", "rows"], columns, flags: FLAGS.to_vec(), sorted, rows }
}

/// What the files ask, by pool.
pub(super) fn asked<'a>(facts: &'a Facts<'_>) -> BTreeMap<&'a PoolId, (&'a Pool, &'a Desired)> {
    let desired = facts.resolved.centers.values().map(|center| &center.desired);
    desired
        .flat_map(|desired| desired.state.pools.iter().map(move |(id, pool)| (id, (pool, desired))))
        .collect()
}

fn of_center<'a>(
    center: &'a Center,
    asked: &BTreeMap<&'a PoolId, (&'a Pool, &'a Desired)>,
    people: &mut Vec<Person<'a>>,
) {
    let Ok(read) = &center.read else { return };
    let changes = read.plan.changes.iter().chain(&read.plan.asserts);
    let differs: BTreeSet<(&PoolId, &Subject)> =
        changes.filter_map(|change| Some((&change.pool, change.subject.as_ref()?))).collect();
    for pool in &read.usage.pools {
        let of_files = asked.get(&pool.pool).copied();
        let person = |subject: &'a Subject, stands: PersonUse| Person {
            center: &center.id,
            pool: &pool.pool,
            subject,
            stands,
            asked: of_files,
            differs: differs.contains(&(&pool.pool, subject)),
        };
        people.extend(pool.people.iter().map(|(subject, stands)| person(subject, *stands)));
        // Those who shall have a grant and have none yet.
        let grants = of_files
            .into_iter()
            .flat_map(|(asked, _)| asked.grants.iter().map(move |one| (asked, one)));
        let missing = grants.filter(|(_, (subject, _))| !pool.people.contains_key(*subject));
        people.extend(missing.map(|(asked, (subject, grant))| person(subject, promised(asked, grant))));
    }
}

/// How somebody stands who has in the files what the center does not have.
fn promised(pool: &Pool, grant: &Grant) -> PersonUse {
    let cap = match grant.cap {
        Some(cap @ (Cap::Amount(_) | Cap::Unlimited)) => Some(cap),
        Some(Cap::Inherit) | None => pool.default_cap,
    };
    let cap_from = cap.map(|_| CapFrom::Files);
    PersonUse { granted: true, cap, cap_from, drawn: None, seat: None, last: None, window: None }
}

impl Person<'_> {
    fn row(&self, facts: &Facts<'_>, seats: bool, last: bool) -> Vec<Cell> {
        let Self { center, pool, subject, stands, .. } = self;
        let mut row = vec![
            Cell::text(subject.name()),
            Cell::noted(pool.as_str(), center.as_str()),
            cap_cell(stands),
            match (stands.drawn, stands.window) {
                (Some(drawn), Some(window)) => Cell::noted(&drawn.to_string(), &format!("since {}", window.since)),
                (drawn, _) => Cell::maybe(drawn),
            },
            stands.share().map_or(Cell::Nothing, Cell::Share),
        ];
        if seats {
            row.push(Cell::maybe(stands.seat));
        }
        row.push(self.source());
        row.push(match (self.expires(), self.lapse()) {
            (Some(date), _) => Cell::maybe(Some(date)),
            (None, Some(Lapse::Expired(date))) => Cell::noted(&date.to_string(), "expired"),
            (None, Some(Lapse::NotStarted(date))) => Cell::noted("", &format!("starts {date}")),
            (None, None) => Cell::Nothing,
        });
        if last {
            row.push(Cell::maybe(stands.last));
        }
        row.push(Cell::Flags(self.special(facts).into_iter().map(|special| special as usize).collect()));
        row
    }

    /// The line that decides over the person: a rule, or what holds for others.
    fn source(&self) -> Cell {
        let Some(sources) = self.asked.and_then(|(_, desired)| desired.sources.get(self.pool)) else {
            return Cell::Nothing;
        };
        let named = matches!(self.subject, Subject::Member(member) if sources.deciding.contains_key(member));
        let line = sources.of_subject(self.subject).to_string();
        if named { Cell::text(&line) } else { Cell::noted(&line, "others") }
    }

    fn expires(&self) -> Option<jiff::civil::Date> {
        match self.asked?.0.grants.get(self.subject)?.expires? {
            Expiry::On(date) => Some(date),
            Expiry::Never => None,
        }
    }

    fn lapse(&self) -> Option<Lapse> {
        let Subject::Member(member) = self.subject else { return None };
        self.asked?.1.lapsed.get(self.pool)?.get(member).copied()
    }

    fn special(&self, facts: &Facts<'_>) -> Vec<Special> {
        let stands = &self.stands;
        let blocked = matches!(stands.cap, Some(Cap::Amount(cap)) if cap.is_zero());
        let share = stands.share();
        let unmanaged = self.asked.is_some_and(|(pool, _)| pool.others.is_none());
        let near = facts.as_of.saturating_add(NEAR_DAYS.days());
        let all = [
            (Special::CapReached, share.is_some_and(|share| share >= 100)),
            (Special::High, share.is_some_and(|share| (HIGH..100).contains(&share))),
            (Special::Blocked, blocked),
            (Special::Stranger, !self.subject.is_known()),
            (Special::Other, !stands.granted && !unmanaged),
            (Special::Unmanaged, !stands.granted && unmanaged),
            (Special::Differs, self.differs),
            (Special::Expired, matches!(self.lapse(), Some(Lapse::Expired(_)))),
            (Special::Near, self.expires().is_some_and(|date| date <= near)),
        ];
        all.into_iter().filter(|(_, holds)| *holds).map(|(special, _)| special).collect()
    }
}

/// What somebody may draw, and where that was read.
fn cap_cell(stands: &PersonUse) -> Cell {
    let words = match stands.cap {
        None => return Cell::Nothing,
        Some(Cap::Amount(amount)) => amount.to_string(),
        Some(Cap::Unlimited) => "unlimited".to_owned(),
        Some(Cap::Inherit) => "inherited".to_owned(),
    };
    match stands.cap_from {
        Some(CapFrom::Own) | None => Cell::text(&words),
        Some(CapFrom::Default) => Cell::noted(&words, "default"),
        Some(CapFrom::Others) => Cell::noted(&words, "as others"),
        Some(CapFrom::Files) => Cell::noted(&words, "by the files"),
    }
}

/// The budget of a pool in words.
pub(super) fn budget_words(pool: &PoolUse) -> Option<String> {
    let limit = match pool.limit? {
        Limit::Amount(amount) => amount.to_string(),
        Limit::None => "no limit".to_owned(),
    };
    Some(match pool.when_exhausted {
        Some(when) => format!("{limit}, then {when}"),
        None => limit,
    })
}
