//! Limits on what a plan may do, and the exact way to consent to going over one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::model::worst_case::{ByUnit, WorstCase};
use crate::model::{CenterId, Guardrails, MemberId, OnDrift, PoolId, Subject, Threat, Unit};

use super::{Cause, CenterPart, Change, Effect, Kind};

/// From how many people on a percentage counts: one of two is not "half of everybody".
const PERCENT_FROM: usize = 3;

/// A limit that can be consented to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guardrail {
    /// Grants removed or blocked.
    Revocations,
    /// Caps or budgets lowered.
    Cuts,
    /// People whom joining one pool takes out of another.
    Moves,
    /// Grants added.
    Additions,
    /// Revocations and cuts that neither the files nor an expiry explain.
    Drift,
    /// Changes that take something from a protected member.
    Protected,
    /// The most that may be spent, in a unit.
    WorstCase(Unit),
}

impl fmt::Display for Guardrail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revocations => f.pad("revocations"),
            Self::Cuts => f.pad("cuts"),
            Self::Moves => f.pad("moves"),
            Self::Additions => f.pad("additions"),
            Self::Drift => f.pad("drift"),
            Self::Protected => f.pad("protected"),
            Self::WorstCase(unit) => write!(f, "worst_case.{unit}"),
        }
    }
}

impl FromStr for Guardrail {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "revocations" => Ok(Self::Revocations),
            "cuts" => Ok(Self::Cuts),
            "moves" => Ok(Self::Moves),
            "additions" => Ok(Self::Additions),
            "drift" => Ok(Self::Drift),
            "protected" => Ok(Self::Protected),
            _ => match text.strip_prefix("worst_case.").map(str::parse) {
                Some(Ok(unit)) => Ok(Self::WorstCase(unit)),
                _ => Err(format!(
                    "`{text}` is no guardrail; there are revocations, cuts, moves, additions, drift, protected and worst_case.UNIT"
                )),
            },
        }
    }
}

impl Serialize for Guardrail {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Consent to exactly the number that was seen: `revocations=12`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// Which limit.
    pub guardrail: Guardrail,
    /// How much was seen.
    pub count: u64,
    /// Which numbers it lets through.
    pub covers: Covers,
}

/// Which numbers a consent lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covers {
    /// The one that was seen and no other.
    Exactly,
    /// The one that was seen in a saved plan, and what is left of it once a part is done.
    WhatIsLeft,
}

impl Allow {
    /// The consent to a saved plan in which so much was seen: it holds for what is left of that plan too.
    #[must_use]
    pub fn to_saved(self, seen: &BTreeMap<Guardrail, u64>) -> Self {
        let covers = if seen.get(&self.guardrail) == Some(&self.count) { Covers::WhatIsLeft } else { self.covers };
        Self { covers, ..self }
    }

    fn lets_through(&self, count: u64) -> bool {
        match self.covers {
            Covers::Exactly => count == self.count,
            Covers::WhatIsLeft => count <= self.count,
        }
    }
}

impl FromStr for Allow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, number) = text
            .split_once('=')
            .ok_or_else(|| format!("`{text}` has no number; write what the plan names, such as revocations=12"))?;
        let count = number.parse().map_err(|_| format!("`{number}` is no whole number"))?;
        Ok(Self { guardrail: name.parse()?, count, covers: Covers::Exactly })
    }
}

impl fmt::Display for Allow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.guardrail, self.count)
    }
}

/// A limit that a plan goes over, or a consent that is not to this plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Which limit.
    pub guardrail: Guardrail,
    /// What it allows.
    pub limit: String,
    /// What the plan does.
    pub actual: String,
    /// The consent that would let it through; none where only a change of the files would.
    pub allow: Option<String>,
    /// The whole sentence.
    pub message: String,
}

/// Counts of people by pool and in all.
struct Tally<'a> {
    total: usize,
    pools: BTreeMap<(&'a CenterId, &'a PoolId), Hit<'a>>,
}

/// Whom the changes of one pool hit.
#[derive(Default)]
struct Hit<'a> {
    people: BTreeSet<&'a Subject>,
    /// How many changes are not known to hit anybody.
    nobody: usize,
}

impl Hit<'_> {
    fn count(&self) -> usize {
        self.people.len() + self.nobody
    }
}

impl<'a> Tally<'a> {
    fn with_effect(changes: &'a [Change], effect: Effect) -> Self {
        Self::of(changes.iter().filter(|change| change.effect == effect))
    }

    fn of_additions(changes: &'a [Change]) -> Self {
        Self::of(
            changes.iter().filter(|change| {
                change.kind == Kind::GrantAdd && matches!(change.effect, Effect::Grants | Effect::Raises)
            }),
        )
    }

    fn of_moves(changes: &'a [Change]) -> Self {
        Self::of(changes.iter().filter(|change| change.moves_from.is_some()))
    }

    fn of_drift(changes: &'a [Change]) -> Self {
        Self::of(changes.iter().filter(|change| change.cause == Cause::Drift && change.takes()))
    }

    /// Counts whom the changes hit: each person once per pool, also where two changes hit them, and a change that is not
    /// known to hit anybody as one.
    fn of(changes: impl Iterator<Item = &'a Change>) -> Self {
        let mut pools: BTreeMap<_, Hit<'a>> = BTreeMap::new();
        for change in changes {
            let hit = pools.entry((&change.center, &change.pool)).or_default();
            hit.people.extend(change.hit());
            hit.nobody += usize::from(change.subject.is_none() && change.people.is_empty());
        }
        Self { total: pools.values().map(Hit::count).sum(), pools }
    }
}

/// What changes come to, by the limit that counts it. The worst case is no matter of single changes and is not in it.
pub fn seen(guardrails: &Guardrails, changes: &[Change]) -> BTreeMap<Guardrail, u64> {
    let total = |tally: Tally<'_>| tally.total as u64;
    let protected = changes.iter().filter(|change| hits_protected(change, guardrails)).count();
    BTreeMap::from([
        (Guardrail::Revocations, total(Tally::with_effect(changes, Effect::Revokes))),
        (Guardrail::Cuts, total(Tally::with_effect(changes, Effect::Cuts))),
        (Guardrail::Moves, total(Tally::of_moves(changes))),
        (Guardrail::Additions, total(Tally::of_additions(changes))),
        (Guardrail::Drift, total(Tally::of_drift(changes))),
        (Guardrail::Protected, protected as u64),
    ])
}

/// Holds a plan against the limits. `parts` give the number of grants that a percentage is of.
pub fn check(
    guardrails: &Guardrails,
    allows: &[Allow],
    changes: &[Change],
    parts: &BTreeMap<CenterId, CenterPart>,
    worst_case: &ByUnit,
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let mut actual = seen(guardrails, changes);
    let revocations = Tally::with_effect(changes, Effect::Revokes);
    let cuts = Tally::with_effect(changes, Effect::Cuts);
    let moves = Tally::of_moves(changes);
    let additions = Tally::of_additions(changes);
    let protected = actual.get(&Guardrail::Protected).copied().unwrap_or(0);

    for (guardrail, threat, tally, verb) in [
        (Guardrail::Revocations, Some(guardrails.revocations), revocations, "takes a right from"),
        (Guardrail::Cuts, Some(guardrails.cuts), cuts, "lowers the cap of"),
        (Guardrail::Moves, Some(guardrails.moves), moves, "takes out of another pool"),
        (Guardrail::Additions, guardrails.additions, additions, "grants"),
    ] {
        let Some(threat) = threat else { continue };
        if !consented(allows, &guardrail, tally.total as u64)
            && let Some(refusal) = over(&guardrail, threat, &tally, verb, parts)
        {
            refusals.push(refusal);
        }
    }
    let drifted = actual.get(&Guardrail::Drift).copied().unwrap_or(0);
    if drifted > 0 && guardrails.drift == OnDrift::Refuse && !consented(allows, &Guardrail::Drift, drifted) {
        refusals.push(Refusal {
            guardrail: Guardrail::Drift,
            limit: "0".to_owned(),
            actual: drifted.to_string(),
            allow: Some(format!("drift={drifted}")),
            message: format!("this plan takes from {} what was added or changed outside review", people_words(drifted)),
        });
    }
    if protected > 0 && !consented(allows, &Guardrail::Protected, protected) {
        refusals.push(Refusal {
            guardrail: Guardrail::Protected,
            limit: "0".to_owned(),
            actual: protected.to_string(),
            allow: Some(format!("protected={protected}")),
            message: format!("{protected} of the changes take something from a protected member"),
        });
    }
    let whole = |case: &WorstCase| match case {
        WorstCase::Bounded(amount) => u64::try_from(amount.value()).ok(),
        WorstCase::Unbounded(_) => None,
    };
    actual.extend(
        worst_case
            .iter()
            .filter_map(|(unit, case)| Some((Guardrail::WorstCase(*unit), whole(case)?))),
    );
    for (unit, limit) in &guardrails.worst_case {
        let guardrail = Guardrail::WorstCase(*unit);
        let Some(case) = worst_case.get(unit) else { continue };
        let seen = whole(case);
        let over = match case {
            WorstCase::Bounded(amount) => amount > limit,
            WorstCase::Unbounded(_) => true,
        };
        if over && !seen.is_some_and(|seen| consented(allows, &guardrail, seen)) {
            refusals.push(Refusal {
                limit: limit.number(),
                actual: match case {
                    WorstCase::Bounded(amount) => amount.number(),
                    WorstCase::Unbounded(_) => "unbounded".to_owned(),
                },
                allow: seen.map(|seen| format!("{guardrail}={seen}")),
                message: format!("the worst case is {case} {unit} in 31 days, and {limit} is the most"),
                guardrail,
            });
        }
    }
    for allow in allows {
        let seen = actual.get(&allow.guardrail).copied().unwrap_or(0);
        if !allow.lets_through(seen) && !refusals.iter().any(|refusal| refusal.guardrail == allow.guardrail) {
            refusals.push(Refusal {
                guardrail: allow.guardrail.clone(),
                limit: allow.count.to_string(),
                actual: seen.to_string(),
                allow: (seen > 0).then(|| format!("{}={seen}", allow.guardrail)),
                message: format!("consent was given to {allow}, but in this plan it is {seen}"),
            });
        }
    }
    refusals
}

fn consented(allows: &[Allow], guardrail: &Guardrail, count: u64) -> bool {
    allows.iter().any(|allow| allow.guardrail == *guardrail && allow.lets_through(count))
}

fn people_words(count: u64) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

fn hits_protected(change: &Change, guardrails: &Guardrails) -> bool {
    let protected = |subject: &Subject| match subject {
        Subject::Member(id) => guardrails.protected.contains::<MemberId>(id),
        Subject::Stranger(_) => false,
    };
    change.takes() && change.hit().any(protected)
}

/// Some of those who draw on a pool, and of how many.
struct Share {
    hit: usize,
    of: usize,
    what: &'static str,
}

impl Share {
    /// Whether it is more than so many percent. Nobody observed is no excuse: whoever is hit then is everybody.
    fn is_over(&self, percent: u32) -> bool {
        self.hit >= PERCENT_FROM && (self.of == 0 || self.hit * 100 > percent as usize * self.of)
    }

    fn percent(&self) -> usize {
        (self.hit * 100).checked_div(self.of).unwrap_or(100)
    }
}

/// Which shares of a pool are hit: of its grants; and where there is nothing to join, of those who have a setting of their
/// own, and of everybody who draws, with one or without.
fn shares(part: Option<&CenterPart>, pool: &PoolId, hit: &Hit<'_>) -> Vec<Share> {
    let observed = part.and_then(|part| Some((part, part.observed.state.pools.get(pool)?)));
    let Some((part, seen)) = observed else { return vec![Share { hit: hit.count(), of: 0, what: "grants" }] };
    let everybody = part.observed.scope(pool).len();
    if !part.capabilities.keeps(&seen.target).own_setting || everybody == 0 {
        return vec![Share { hit: hit.count(), of: seen.grants.len(), what: "grants" }];
    }
    let own = hit.people.iter().filter(|person| seen.grants.contains_key(**person)).count();
    // A setting of the pool itself counts as one more, and nobody is more than everybody.
    let of = everybody.max(hit.count());
    vec![Share { hit: own, of: seen.grants.len(), what: "grants" }, Share { hit: hit.count(), of, what: "people" }]
}

/// The refusal of a count or a percentage, if the plan goes over either.
fn over(
    guardrail: &Guardrail,
    threat: Threat,
    tally: &Tally<'_>,
    verb: &str,
    parts: &BTreeMap<CenterId, CenterPart>,
) -> Option<Refusal> {
    let refusal = |limit: String, actual: String, message: String| Refusal {
        guardrail: guardrail.clone(),
        limit,
        actual,
        allow: Some(format!("{guardrail}={}", tally.total)),
        message,
    };
    if tally.total > threat.count as usize {
        let message =
            format!("this plan {verb} {}, and {} is the most", people_words(tally.total as u64), threat.count);
        return Some(refusal(threat.count.to_string(), tally.total.to_string(), message));
    }
    let percent = threat.percent?;
    tally.pools.iter().find_map(|(&(center, pool), hit)| {
        let shares = shares(parts.get(center), pool, hit);
        let share = shares.into_iter().find(|share| share.is_over(percent))?;
        let (is, Share { hit, of, what }) = (share.percent(), share);
        let hit = people_words(hit as u64);
        let message = format!("in {pool} this plan {verb} {hit}, {is}% of its {of} {what}, and {percent}% is the most");
        Some(refusal(format!("{percent}%"), format!("{is}%"), message))
    })
}
