//! Who drew what, as people see it: the reading itself, what is kept of it, and what a review says by it.

mod asked;
mod kept;
mod planned;
mod shown;
mod unused;

use std::collections::BTreeMap;

use bursar::model::{Amount, Cap, CenterId, Limit, Period, Subject, Unit, WhenExhausted, Window, parse_decimal};
use bursar::usage::{CapFrom, CenterUse, PersonUse, PoolUse, Snapshot, forecast};
use jiff::{SignedDuration, Timestamp};

use crate::world::{member, pool_id};

pub(crate) fn credits(text: &str) -> Amount {
    Amount::new(parse_decimal(text).unwrap(), Unit::Credits).unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Somebody with a grant of their own who drew so much; `?` is not told.
pub(crate) fn person(drawn: &str, cap: &str) -> PersonUse {
    PersonUse {
        granted: true,
        cap: match cap {
            "?" => None,
            "unlimited" => Some(Cap::Unlimited),
            cap => Some(Cap::Amount(credits(cap))),
        },
        cap_from: Some(CapFrom::Own),
        drawn: (drawn != "?").then(|| credits(drawn)),
        seat: None,
        last: None,
        window: None,
    }
}

/// A pool of 10,000 credits a month that blocks.
pub(crate) fn pool(name: &str, now: Timestamp, people: &[(&str, PersonUse)]) -> PoolUse {
    let people: BTreeMap<Subject, PersonUse> = people
        .iter()
        .map(|(name, person)| {
            let subject = if name.contains(['@', ' ', '=']) { Subject::Stranger((*name).into()) } else { member(name) };
            (subject, *person)
        })
        .collect();
    let sum = people.values().filter_map(|person| person.drawn).map(|drawn| drawn.value()).sum();
    let drawn = Amount::new(sum, Unit::Credits).unwrap();
    let window = Window::calendar(Period::Monthly, now);
    let limit = credits("10000");
    PoolUse {
        pool: pool_id(name),
        unit: Unit::Credits,
        period: Some(Period::Monthly),
        window: Some(window),
        limit: Some(Limit::Amount(limit)),
        when_exhausted: Some(WhenExhausted::Block),
        drawn: Some(drawn),
        at_least: false,
        seat: None,
        forecast: forecast(drawn, Some(limit), &window, now),
        exists: true,
        people,
    }
}

pub(crate) fn center(name: &str, now: Timestamp, pools: Vec<PoolUse>) -> CenterUse {
    CenterUse {
        center: CenterId::new(name).unwrap(),
        identity: "center.db".to_owned(),
        provider: "embedded".to_owned(),
        read_at: now,
        lag: None,
        told: true,
        zero_is_unsure: false,
        pools,
        notes: Vec::new(),
    }
}

/// A center whose numbers come late.
pub(crate) fn late(center: CenterUse, hours: i64) -> CenterUse {
    CenterUse { lag: Some(SignedDuration::from_hours(hours)), ..center }
}

pub(crate) fn snapshot(centers: Vec<CenterUse>) -> Snapshot {
    let read_at = centers.first().map_or(Timestamp::UNIX_EPOCH, |center| center.read_at);
    Snapshot { read_at, centers, unread: Vec::new() }
}
