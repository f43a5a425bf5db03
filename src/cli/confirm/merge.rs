//! What a confirmation makes of a record.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::{CenterId, CenterRecord, Confirmed, ControlName, PoolSetting, Record, Target};
use crate::output::confirm::{Absence, Fate};
use crate::output::escape::Terminal;

use super::wanted::{Wanted, What};
use super::{CommandError, Terms};

/// What became of the items and controls of one record.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// What became of each item, by its position among all.
    pub(super) fates: Vec<(usize, Fate)>,
    /// What was recorded as missing, and is there.
    pub(super) found: Vec<Absence>,
}

/// Whom or what an item is about, within its center.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Person(&'a str),
    Pool(&'a Target),
}

fn key(what: &What) -> Key<'_> {
    match what {
        What::Person(person, _) => Key::Person(person),
        What::Pool(target, _) => Key::Pool(target),
    }
}

/// Adds what was done to a record. `accounts` are the centers that it is about, and `shown` is its path.
pub(super) fn merge(
    record: &mut Record,
    terms: &Terms<'_>,
    wanted: &[Wanted],
    accounts: &BTreeMap<CenterId, Option<String>>,
    shown: &str,
) -> Result<Merged, CommandError> {
    let mut merged = Merged::default();
    let absent = terms.missing.iter().map(|absence| &absence.center);
    let done = wanted.iter().filter(|wanted| wanted.is_done).map(|wanted| &wanted.center);
    let concerned: BTreeSet<&CenterId> = absent.chain(done).filter(|center| accounts.contains_key(*center)).collect();
    for id in concerned {
        let account = accounts.get(id).and_then(Option::as_ref);
        let center = record.centers.entry(id.clone()).or_default();
        match (&center.identity, account) {
            (Some(said), Some(account)) if said != account => {
                let (said, account) = (Terminal(said), Terminal(account));
                let message = format!("{} is of `{said}`, and `{id}` is `{account}`", Terminal(shown));
                return Err(CommandError::message(message).hint(
                    "nothing was recorded; correct `identity` there if it is the same account, else delete what is below the center",
                ));
            }
            _ => center.identity = account.cloned(),
        }
        people_and_pools(center, id, terms, wanted, shown, &mut merged);
        for absence in terms.missing.iter().filter(|absence| absence.center == *id) {
            let missing = Confirmed { value: (), ..said(terms, id, ()) };
            center
                .missing
                .entry(absence.control)
                .or_insert(Confirmed { plan: None, basis: None, ..missing });
        }
    }
    Ok(merged)
}

/// The words of whoever confirms.
fn said<T>(terms: &Terms<'_>, id: &CenterId, value: T) -> Confirmed<T> {
    let runbook = terms.runbook;
    Confirmed {
        value,
        by: terms.by.to_owned(),
        at: terms.at,
        plan: runbook.plan.get(..12).map(str::to_owned),
        basis: runbook.centers.get(id).and_then(|center| center.basis.clone()),
    }
}

fn people_and_pools(
    center: &mut CenterRecord,
    id: &CenterId,
    terms: &Terms<'_>,
    wanted: &[Wanted],
    shown: &str,
    merged: &mut Merged,
) {
    // Of two steps about one person the later one is what holds.
    let own = || wanted.iter().filter(|wanted| wanted.center == *id);
    let last: BTreeMap<Key<'_>, usize> = own()
        .filter(|wanted| wanted.is_done)
        .map(|wanted| (key(&wanted.what), wanted.place))
        .collect();
    let mut fates: BTreeMap<usize, Fate> = BTreeMap::new();
    let mut used: BTreeSet<ControlName> = BTreeSet::new();
    for item in own().filter(|item| item.is_done && last.get(&key(&item.what)) == Some(&item.place)) {
        let fate = match &item.what {
            What::Person(person, level) => put(
                &mut center.people,
                person.clone(),
                said(terms, id, *level),
                terms.runbook.made_at,
                shown,
                |level| level.to_string(),
            ),
            What::Pool(target, setting) => {
                let made_at = terms.runbook.made_at;
                let words = |_: &_| "another budget".to_owned();
                let setting = filled(center, target, *setting);
                put(&mut center.pools, target.clone(), said(terms, id, setting), made_at, shown, words)
            }
        };
        if fate == Fate::Recorded {
            used.insert(item.control);
        }
        fates.insert(item.place, fate);
    }
    for item in own() {
        let fate = match (item.is_done, last.get(&key(&item.what)).and_then(|place| fates.get(place))) {
            (true, Some(fate)) => fate.clone(),
            _ if is_recorded(center, id, terms, item) => Fate::Already,
            _ => Fate::Stays,
        };
        merged.fates.push((item.place, fate));
    }
    // Somebody has used it, so it is there.
    let is_missing = |control: &ControlName| terms.missing.contains(&Absence { center: id.clone(), control: *control });
    for control in used.into_iter().filter(|control| !is_missing(control)) {
        if center.missing.remove(&control).is_some() {
            merged.found.push(Absence { center: id.clone(), control });
        }
    }
}

/// What the runbook says nothing of stays as it was confirmed.
fn filled(center: &CenterRecord, target: &Target, setting: PoolSetting) -> PoolSetting {
    let before = center.pools.get(target).map(|before| before.value).unwrap_or_default();
    PoolSetting {
        limit: setting.limit.or(before.limit),
        when_exhausted: setting.when_exhausted.or(before.when_exhausted),
    }
}

/// Adds one entry, unless the record has it, or somebody has confirmed something else since the runbook was made.
fn put<K: Ord, V: PartialEq>(
    all: &mut BTreeMap<K, Confirmed<V>>,
    key: K,
    new: Confirmed<V>,
    made_at: Timestamp,
    shown: &str,
    words: impl Fn(&V) -> String,
) -> Fate {
    match all.get(&key) {
        Some(old) if is_same(old, &new, made_at) => return Fate::Already,
        Some(old) if old.value != new.value && old.at > made_at => {
            let (by, at) = (&old.by, old.at.strftime("%Y-%m-%d %H:%M UTC"));
            let what = words(&old.value);
            let why = format!("{shown} has {what} by {by}, {at}, which is after the runbook was made");
            return Fate::Refused(why);
        }
        _ => {}
    }
    all.insert(key, new);
    Fate::Recorded
}

/// Whether a record has it already: the same value over the same export, for the same plan or since then.
fn is_same<V: PartialEq>(old: &Confirmed<V>, new: &Confirmed<V>, made_at: Timestamp) -> bool {
    old.value == new.value && old.basis == new.basis && (old.plan == new.plan || old.at >= made_at)
}

/// Whether what nobody confirms now was confirmed before.
fn is_recorded(center: &CenterRecord, id: &CenterId, terms: &Terms<'_>, item: &Wanted) -> bool {
    let made_at = terms.runbook.made_at;
    match &item.what {
        What::Person(person, level) => center
            .people
            .get(person)
            .is_some_and(|old| is_same(old, &said(terms, id, *level), made_at)),
        What::Pool(target, setting) => {
            let setting = filled(center, target, *setting);
            center
                .pools
                .get(target)
                .is_some_and(|old| is_same(old, &said(terms, id, setting), made_at))
        }
    }
}
