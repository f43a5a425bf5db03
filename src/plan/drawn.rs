//! What people have drawn already of what a change takes: a cap below it blocks them at once, and a right that goes was
//! in use. It is no part of what is approved, since it is another number a minute later.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Serialize, Serializer};

use crate::model::{Amount, Cap, Desired, Limit, Others, Period, PoolId, Subject, WhenExhausted, Window, window};
use crate::usage::{CapFrom, CenterUse, PersonUse, PoolUse};

use super::{Change, Effect, Kind, Object};

/// How many days ago somebody may have drawn last who uses the pool.
pub const LATELY: i64 = 7;

/// What the change does to who has drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strike {
    /// They can draw nothing more in this period: as much or more is drawn than they may from now on.
    Blocks,
    /// The same of a budget that stops nobody: what is drawn from now on is over it.
    UsesUp,
    /// It takes what they used a few days ago.
    Takes,
}

/// What was drawn already of what a change takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drew {
    /// By whom; nothing for everybody together.
    #[serde(flatten, serialize_with = "who")]
    pub subject: Option<Subject>,
    /// What the change does to them.
    pub strike: Strike,
    /// What was drawn in the running period, where that is known.
    pub drawn: Option<Amount>,
    /// Whether it may be more.
    pub at_least: bool,
    /// What may be drawn once the change is made, where it is something.
    pub of: Option<Amount>,
    /// The last day on which they drew, in UTC, where the center tells it.
    pub last: Option<Date>,
    /// The running period that the amount is of.
    pub window: Option<Window>,
    /// Which one it is by the calendar, where it is one of the calendar.
    #[serde(skip)]
    pub period: Option<Period>,
}

#[allow(clippy::ref_option)] // serde gives it so
fn who<S: Serializer>(subject: &Option<Subject>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Who<'a> {
        subject: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        known: Option<bool>,
    }
    Who { subject: subject.as_ref().map(Subject::name), known: subject.as_ref().map(Subject::is_known) }
        .serialize(serializer)
}

/// Whether it matters for a change what was drawn already.
pub fn asks(change: &Change) -> bool {
    change.takes() && change.alert.is_none() && change.kind != Kind::PoolCreate
}

/// Adds to the changes of a center what was drawn already of what they take. `desired` is what the files ask of the
/// center, and `today` the day of the plan: a period that is over by then tells nothing.
pub fn tell<'a>(changes: impl Iterator<Item = &'a mut Change>, center: &CenterUse, desired: &Desired, today: Date) {
    for change in changes.filter(|change| change.center == center.center && asks(change)) {
        if let Some(pool) = center.pools.iter().find(|pool| pool.pool == change.pool) {
            change.drawn = Looked { pool, center, desired, today }.of(change);
        }
    }
}

/// What a change is held against.
struct Looked<'a> {
    pool: &'a PoolUse,
    center: &'a CenterUse,
    desired: &'a Desired,
    today: Date,
}

impl Looked<'_> {
    fn of(&self, change: &Change) -> Vec<Drew> {
        if let Some(subject) = &change.subject {
            let person = self.pool.people.get(subject);
            return person
                .and_then(|person| self.person(subject, person, self.left(change)))
                .into_iter()
                .collect();
        }
        match (change.kind, &change.before, &change.after) {
            (Kind::OthersUpdate, _, Some(Object::Others(others))) => {
                let left = match others {
                    Others::Blocked => Left::Nothing,
                    Others::Cap(cap) => self.cap(Some(*cap), &change.pool),
                };
                self.people(left, |_, person| !person.granted)
            }
            (Kind::PoolDelete, ..) => {
                let kept: BTreeSet<&Subject> = change.kept.iter().collect();
                self.people(Left::Nothing, |subject, _| !kept.contains(subject))
            }
            (Kind::PoolUpdate, Some(Object::Pool(before)), Some(Object::Pool(after))) => {
                let mut found = Vec::new();
                if change.fields.contains(&"budget.limit") {
                    found.extend(self.budget(before.budget.limit, after.budget.limit, after.budget.when_exhausted));
                }
                if change.fields.contains(&"default_cap") {
                    let left = after.default_cap.and_then(|cap| cap.amount()).map_or(Left::Open, Left::Amount);
                    found.extend(self.people(left, |_, person| person.cap_from == Some(CapFrom::Default)));
                }
                found
            }
            _ => Vec::new(),
        }
    }

    /// What a change leaves its person to draw.
    fn left(&self, change: &Change) -> Left {
        match &change.after {
            _ if change.effect == Effect::Revokes => Left::Nothing,
            Some(Object::Grant(grant)) => self.cap(grant.cap, &change.pool),
            // They are one of the others then.
            None => match self.desired.state.pools.get(&change.pool).and_then(|pool| pool.others) {
                Some(Others::Cap(cap)) => self.cap(Some(cap), &change.pool),
                Some(Others::Blocked) | None => Left::Open,
            },
            Some(_) => Left::Open,
        }
    }

    fn cap(&self, cap: Option<Cap>, pool: &PoolId) -> Left {
        match cap {
            Some(Cap::Amount(amount)) => Left::Amount(amount),
            Some(Cap::Unlimited) | None => Left::Open,
            Some(Cap::Inherit) => {
                let default = self.desired.state.pools.get(pool).and_then(|pool| pool.default_cap?.amount());
                default.map_or(Left::Open, Left::Amount)
            }
        }
    }

    fn people(&self, left: Left, whom: impl Fn(&Subject, &PersonUse) -> bool) -> Vec<Drew> {
        let people = self.pool.people.iter().filter(|(subject, person)| whom(subject, person));
        people.filter_map(|(subject, person)| self.person(subject, person, left)).collect()
    }

    /// The period that somebody's numbers are of; nothing where it is not the one that runs on the day of the plan.
    fn running(&self, own: Option<Window>) -> Result<Option<Window>, ()> {
        let window = own.or(self.pool.window);
        let runs = window
            .is_none_or(|window| window.since <= self.today && window.until.is_none_or(|until| self.today < until));
        if runs { Ok(window) } else { Err(()) }
    }

    fn person(&self, subject: &Subject, person: &PersonUse, left: Left) -> Option<Drew> {
        let running = self.running(person.window);
        let drawn = person.drawn.filter(|drawn| running.is_ok() && !drawn.is_zero());
        let window = running.ok().flatten();
        let drew = |strike, of| Drew {
            subject: Some(subject.clone()),
            strike,
            drawn,
            at_least: false,
            of,
            last: person.last,
            window,
            period: self.calendar(window),
        };
        match left {
            Left::Open => None,
            Left::Amount(new) if !new.is_zero() => {
                let before = person.cap.and_then(|cap| cap.amount());
                reaches(drawn?, before, new).then(|| drew(Strike::Blocks, Some(new)))
            }
            Left::Amount(_) | Left::Nothing => {
                let lately = match person.last {
                    Some(last) => last >= self.today.saturating_sub(LATELY.days()),
                    None => drawn.is_some(),
                };
                lately.then(|| drew(Strike::Takes, None))
            }
        }
    }

    fn budget(&self, before: Option<Limit>, after: Option<Limit>, when: Option<WhenExhausted>) -> Option<Drew> {
        let Some(Limit::Amount(new)) = after else { return None };
        let before = match before {
            Some(Limit::Amount(amount)) => Some(amount),
            Some(Limit::None) | None => None,
        };
        let window = self.running(None).ok()?;
        let drawn = self.pool.drawn.filter(|drawn| !drawn.is_zero() && reaches(*drawn, before, new))?;
        let strike = match when.or(self.pool.when_exhausted) {
            Some(WhenExhausted::Alert | WhenExhausted::Overage) => Strike::UsesUp,
            Some(WhenExhausted::Block) | None => Strike::Blocks,
        };
        Some(Drew {
            subject: None,
            strike,
            drawn: Some(drawn),
            at_least: self.pool.at_least,
            of: Some(new),
            last: None,
            window,
            period: self.calendar(window),
        })
    }

    /// The period of the calendar that a window is, if it is one.
    fn calendar(&self, of: Option<Window>) -> Option<Period> {
        let period = self.pool.period?;
        (of? == window::Window::calendar(period, self.center.read_at)).then_some(period)
    }
}

/// What is left to draw.
#[derive(Clone, Copy)]
enum Left {
    /// Nothing at all.
    Nothing,
    /// So much.
    Amount(Amount),
    /// As much as they like, or it is not known.
    Open,
}

/// Whether what was drawn comes up to the new limit, and did not come up to the old one.
fn reaches(drawn: Amount, before: Option<Amount>, new: Amount) -> bool {
    let comes_up_to = |limit: Amount| drawn.unit() == limit.unit() && drawn.value() >= limit.value();
    comes_up_to(new) && !before.is_some_and(comes_up_to)
}
