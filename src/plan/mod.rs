//! The ordered list of changes that brings the centers to what the files ask, with a hash. A plan is data: it can be
//! shown, hashed, saved and checked again, and nothing in it can write.

mod applied;
mod base;
mod batch;
mod calls;
mod cause;
mod change;
mod diff;
pub mod drawn;
mod due;
mod evidence;
pub mod fallback;
pub mod files;
mod fit;
mod guardrails;
mod hash;
mod money;
mod narrow;
mod needed;
mod order;
mod others;
mod reach;
mod recorded;
pub mod runbook;
mod saved;
mod unknown;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::model::capability::Capabilities;
use crate::model::worst_case;
use crate::model::{CenterId, Desired, ForeignPool, Guardrails, Observed, Others, Period, Pool, PoolId};

pub use applied::applied;
pub use base::in_terms_of;
pub use batch::{Batch, batches};
pub use calls::{Calls, Cost};
pub use cause::attribute;
pub use change::{Cause, Change, Delivery, Effect, Kind, Object, PoolObject};
pub use diff::diff;
pub use drawn::{Drew, Strike};
pub use due::{Due, DueList, Instead, What};

pub use fit::fit;
pub use guardrails::{Allow, Covers, Guardrail, Refusal, check, seen};
pub use hash::hash;
pub(crate) use hash::hash_of;
pub use money::{Credits, Money, Worth};
pub use narrow::narrow;
pub use needed::{Need, Needed, is_own, lacks, needed};
pub use order::{Phase, phase, phases, sort};
pub(crate) use others::kept_from_others;
pub use runbook::{
    Click, Item, Piece, Runbook, RunbookCenter, SCHEMA as RUNBOOK_SCHEMA, Select, Sets, Step, by_hand, embedded,
    minutes,
};
pub use saved::{Difference, How, MAX_SAVED_PLAN, SavedPlan, SavedPlanError};
pub use unknown::unknown_people;

/// The version of the plan's JSON.
pub const SCHEMA: &str = "bursar.plan.v1";

/// How long a plan may be applied.
pub const PLAN_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// The part of the files that a plan is about; all of them where nothing is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selected {
    /// Only this center.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub center: Option<CenterId>,
    /// Only this pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolId>,
}

impl Selected {
    /// Whether it is about everything.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}

/// One center's part of what a plan is made from.
#[derive(Clone, Debug)]
pub struct CenterPart {
    /// What the provider can do.
    pub capabilities: &'static Capabilities,
    /// What the files ask, in the center's terms.
    pub desired: Desired,
    /// What the files asked at the base revision, in the center's terms and the head's names ([`in_terms_of`]); none
    /// where no base was given, so that nothing can be said of causes.
    pub base: Option<Desired>,
    /// What the center has.
    pub observed: Observed,
    /// What the reader should be told about this center.
    pub notes: Vec<String>,
}

/// A pool of a center that no file mentions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unmanaged {
    /// The center.
    pub center: CenterId,
    /// The center's own name for the pool.
    pub pool: String,
}

/// A remark on a center.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The center.
    pub center: CenterId,
    /// The sentence.
    pub message: String,
}

/// How many changes have which effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Somebody can no longer draw.
    pub revokes: usize,
    /// Somebody can draw less.
    pub cuts: usize,
    /// Somebody can draw who could not.
    pub grants: usize,
    /// Somebody can draw more.
    pub raises: usize,
    /// Nobody's right changes.
    pub neutral: usize,
}

impl Counts {
    /// Counts the effects of changes.
    pub fn of(changes: &[Change]) -> Self {
        let mut counts = Self::default();
        for change in changes {
            *match change.effect {
                Effect::Revokes => &mut counts.revokes,
                Effect::Cuts => &mut counts.cuts,
                Effect::Grants => &mut counts.grants,
                Effect::Raises => &mut counts.raises,
                Effect::Neutral => &mut counts.neutral,
            } += 1;
        }
        counts
    }
}

/// What a plan comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many changes have which effect.
    pub counts: Counts,
    /// The money.
    pub worst_case: Money,
}

/// When the caps of a pool start again: a cap without its period says little.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Periods {
    /// As observed, where the center shows it.
    pub before: Option<Period>,
    /// Once the plan is applied, where it is known.
    pub after: Option<Period>,
}

/// The ordered list of changes, with a hash.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// What was approved, as a SHA-256 in hexadecimal.
    pub hash: String,
    /// Until when the plan may be applied.
    pub expires_at: Timestamp,
    /// The identity of each center.
    pub centers: BTreeMap<CenterId, String>,
    /// The part of the files that it was made for.
    #[serde(rename = "selection", skip_serializing_if = "Selected::is_everything")]
    pub selected: Selected,
    /// What Bursar or a person will do, in this order.
    pub changes: Vec<Change>,
    /// The pools that no file mentions.
    pub unmanaged: Vec<Unmanaged>,
    /// Differences in centers that can only be read.
    pub asserts: Vec<Change>,
    /// The limits that the plan goes over.
    pub refusals: Vec<Refusal>,
    /// What the requests of an apply come to.
    pub calls: BTreeMap<CenterId, Calls>,
    /// Remarks.
    pub notes: Vec<Note>,
    /// The periods of the pools that the changes are about.
    pub periods: BTreeMap<CenterId, BTreeMap<PoolId, Periods>>,
    /// What it all comes to.
    pub summary: Summary,
    /// Which rules begin or end soon, and which have ended; nothing where that was not asked for. It is in no hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<DueList>,
    /// What a person does of it, in order. It follows from the changes, so that it is saved nowhere.
    #[serde(skip)]
    pub steps: Vec<Step>,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The changes that a person makes.
    pub fn manual(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| matches!(change.delivery, Delivery::Manual { .. }))
    }
}

/// Makes the plan. `parts` have been fitted ([`fit`]) and read; `calls` tells what an apply sends to a center to write
/// these batches.
pub fn make(
    parts: &BTreeMap<CenterId, CenterPart>,
    guardrails: &Guardrails,
    allows: &[Allow],
    expires_at: Timestamp,
    calls: impl Fn(&CenterId, &[&[Change]]) -> Calls,
) -> Plan {
    let mut all = Vec::new();
    let mut money = Money::default();
    let mut plan_calls = BTreeMap::new();
    let mut notes = Vec::new();
    let mut unmanaged = Vec::new();
    let mut periods = BTreeMap::new();
    for (center, part) in parts {
        let mut changes = diff(center, part.capabilities, &part.desired, &part.observed);
        if let Some(base) = &part.base {
            attribute(center, part.capabilities, base, &part.desired, &part.observed, &mut changes);
        }
        evidence::tell(&part.observed, part.base.is_some(), &mut changes);
        if !changes.is_empty() {
            periods.insert(center.clone(), periods_of(part, &changes));
        }
        let other: Vec<Change> = changes.extract_if(.., |change| change.delivery != Delivery::Api).collect();
        let mut api = changes;
        sort(&mut api, |_| Some(part.capabilities));
        let phases = phases(&api, |_| Some(part.capabilities));
        let batches = batches(&api, &phases, part.capabilities);
        let batches: Vec<&[Change]> = batches.iter().filter_map(|batch| api.get(batch.changes.clone())).collect();
        // A center without anything to write is left alone.
        let calls = if batches.is_empty() { Calls::default() } else { calls(center, &batches) };
        plan_calls.insert(center.clone(), calls);
        all.append(&mut api);
        all.extend(other);
        worst_cases(part, part.capabilities.provider, &mut money);
        notes.extend(
            part.notes
                .iter()
                .chain(&part.observed.notes)
                .map(|n| Note { center: center.clone(), message: n.clone() }),
        );
        unmanaged.extend(
            part.observed
                .unmanaged
                .iter()
                .map(|ForeignPool { name, .. }| Unmanaged { center: center.clone(), pool: name.clone() }),
        );
    }
    unmanaged.sort();
    let asserts = all.extract_if(.., |change| change.delivery == Delivery::Assert).collect();
    let mut changes = all;
    sort(&mut changes, |center| parts.get(center).map(|part| part.capabilities));
    let identities: BTreeMap<_, _> = parts
        .iter()
        .map(|(center, part)| (center.clone(), part.observed.identity.clone()))
        .collect();
    let refusals = check(guardrails, allows, &changes, parts, &money.after);
    Plan {
        schema: SCHEMA,
        hash: hash(&identities, &changes),
        expires_at,
        centers: identities,
        selected: Selected::default(),
        summary: Summary { counts: Counts::of(&changes), worst_case: money },
        changes,
        unmanaged,
        asserts,
        refusals,
        calls: plan_calls,
        notes,
        periods,
        due: None,
        steps: Vec::new(),
    }
}

/// The periods of the pools that the changes are about.
fn periods_of(part: &CenterPart, changes: &[Change]) -> BTreeMap<PoolId, Periods> {
    let mut periods = BTreeMap::new();
    for change in changes {
        if !periods.contains_key(&change.pool) {
            let period = |pool: Option<&Pool>| pool.and_then(|pool| pool.budget.period);
            let before = period(part.observed.state.pools.get(&change.pool));
            let after = period(part.desired.state.pools.get(&change.pool)).or(before);
            periods.insert(change.pool.clone(), Periods { before, after });
        }
    }
    periods
}

/// Adds the worst cases of a center's managed pools, as observed and as they will be.
fn worst_cases(part: &CenterPart, provider: &str, money: &mut Money) {
    // Counted from the side of the grants: there are many pools, and the roster is everybody.
    let known = |id: &PoolId, pool: &Pool| match pool.others {
        Some(Others::Cap(_)) => {
            let scope = part.observed.scope(id);
            scope.len() - pool.grants.keys().filter(|subject| scope.contains(*subject)).count()
        }
        Some(Others::Blocked) | None => 0,
    };
    for (id, observed) in &part.observed.state.pools {
        money.add_before(provider, worst_case::of_pool(observed, known(id, observed)));
        if !part.desired.state.pools.contains_key(id) && !part.desired.absent.contains_key(id) {
            money.add_after(provider, worst_case::of_pool(observed, known(id, observed)));
        }
    }
    for (id, desired) in &part.desired.state.pools {
        let after = applied::pool(part.capabilities, &part.desired, id, desired, &part.observed);
        money.add_after(provider, worst_case::of_pool(&after, known(id, &after)));
    }
}
