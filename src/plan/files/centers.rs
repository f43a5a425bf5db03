//! Which center of the base is which of the head, and both sides of one as a plan looks at them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::capability::{CapScope, Capabilities, Control, Controls, Identity, Keeps, Precision, Rates, Units};
use crate::model::{CenterId, Desired, MemberId, Observed, Period, PoolId, Roster, Subject, Target, WhenExhausted};
use crate::plan::CenterPart;

use super::super::{applied, fit, in_terms_of};
use super::{Files, FilesCenter};

const IN_THE_FILES: Control = Control::api("as the files have it");

/// The files as if they were a center: they hold everything that can be written in them, as one setting where it is
/// written as one.
pub(super) const FILES: Capabilities = Capabilities {
    provider: "files",
    variant: None,
    title: "What the files ask",
    controls: Controls {
        pool: IN_THE_FILES,
        budget: IN_THE_FILES,
        grant: IN_THE_FILES,
        cap_amount: IN_THE_FILES,
        cap_zero: IN_THE_FILES,
        cap_unlimited: IN_THE_FILES,
        cap_inherit: IN_THE_FILES,
        default_cap: IN_THE_FILES,
        others: IN_THE_FILES,
        alert: IN_THE_FILES,
        expiry: IN_THE_FILES,
        usage: IN_THE_FILES,
        roster: IN_THE_FILES,
    },
    cap_scope: CapScope::Pool,
    single_membership: None,
    keeping: Keeps::BOTH,
    keeping_of: &[],
    grant_period: false,
    alerts_with_pool: false,
    sends_alerts: false,
    units: Units::Any,
    precision: Precision { decimals: 28, digits: 28, steps: &[] },
    periods: &Period::ALL,
    when_exhausted: &WhenExhausted::ALL,
    identity: Identity::Id,
    plans: &[],
    record: None,
    settings: &[],
    targets: &[],
    batch: 1,
    concurrency: 1,
    rates: Rates::NONE,
};

/// One account, as the two sides have it.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) base: Option<(&'a CenterId, &'a FilesCenter)>,
    pub(super) head: Option<(&'a CenterId, &'a FilesCenter)>,
}

impl<'a> Pair<'a> {
    /// The name that the account goes by: the one that it has now, else the one that it had.
    pub(super) fn id(&self) -> Option<&'a CenterId> {
        self.head.or(self.base).map(|(id, _)| id)
    }

    /// The pools of the head by the vendor's object that they stand for, also those that are to go.
    pub(super) fn targets(&self) -> BTreeMap<Target, &'a PoolId> {
        let Some((_, head)) = self.head else { return BTreeMap::new() };
        let pools = head.desired.state.pools.iter().map(|(id, pool)| (pool.target.object(), id));
        let absent = head.desired.absent.iter().map(|(id, (target, _))| (target.object(), id));
        pools.chain(absent).collect()
    }

    /// The pools of the base that the head has too: the name that each has now, and the one that it had.
    pub(super) fn same_pools(&self) -> impl Iterator<Item = (&'a PoolId, &'a PoolId)> + use<'a> {
        let targets = self.targets();
        let pools = self.base.into_iter().flat_map(|(_, center)| &center.desired.state.pools);
        pools.filter_map(move |(then, pool)| Some((*targets.get(&pool.target.object())?, then)))
    }
}

/// Every account of the two sides. A center is the account that it stands for: one that was renamed is the same, and one
/// whose name now stands for another account is another.
pub(super) fn pairs<'a>(base: &'a Files, head: &'a Files, notes: &mut Vec<String>) -> Vec<Pair<'a>> {
    let mut left: BTreeMap<&CenterId, &FilesCenter> = base.centers.iter().collect();
    let mut pairs = Vec::new();
    let mut unpaired = Vec::new();
    for (id, center) in &head.centers {
        match base.centers.get_key_value(id).filter(|(_, then)| then.account == center.account) {
            Some(same) => {
                left.remove(id);
                pairs.push(Pair { base: Some(same), head: Some((id, center)) });
            }
            None => unpaired.push((id, center)),
        }
    }
    for (id, center) in unpaired {
        let renamed = left.iter().find(|(_, then)| then.account == center.account).map(|(id, _)| *id);
        let then = renamed.and_then(|name| left.remove_entry(name));
        if let Some((name, _)) = then {
            notes.push(format!(
                "the center {name} is called {id} now; it is the same account, so nobody gains or loses anything by that"
            ));
        } else if base.centers.contains_key(id) {
            notes.push(format!(
                "the center {id} stands for another account now: in the old one everything stays as it is, and in the \
                 new one everything counts as new"
            ));
        }
        pairs.push(Pair { base: then, head: Some((id, center)) });
    }
    pairs.extend(left.into_iter().map(|then| Pair { base: Some(then), head: None }));
    pairs.sort_by_key(Pair::id);
    pairs
}

/// Both sides of an account as a plan looks at them: what was asked is what is there. Beside it, what was asked, in the
/// names of the head.
pub(super) fn part(pair: &Pair<'_>) -> (CenterPart, Desired) {
    let nobody = Roster::default();
    let (mut before, their) = pair
        .base
        .map_or_else(|| (Desired::default(), &nobody), |(_, center)| (center.desired.clone(), &center.roster));
    let (mut desired, our) = pair
        .head
        .map_or_else(|| (Desired::default(), &nobody), |(_, center)| (center.desired.clone(), &center.roster));
    fit(&mut before, &FILES);
    fit(&mut desired, &FILES);
    let everybody = everybody(their, our, &mut before);
    let nothing = Observed::default();
    let before = in_terms_of(&desired, &everybody, &nothing, before, their);
    let mut state = applied(&FILES, &before, &nothing);
    // What the files do not manage is nobody's business here; but a pool that is to go has to be there to go.
    state
        .pools
        .retain(|id, _| desired.state.pools.contains_key(id) || desired.absent.contains_key(id));
    let roster = everybody.iter().map(|(member, _)| Subject::Member(member.clone())).collect();
    let observed = Observed { state, roster, ..Observed::default() };
    (CenterPart { capabilities: &FILES, desired, base: None, observed, notes: Vec::new() }, before)
}

/// Everybody whom either side knows. Somebody who is no longer in the files keeps the name that they had, unless it is
/// somebody else's now: then they go by what the center knows them by.
fn everybody(their: &Roster, our: &Roster, before: &mut Desired) -> Roster {
    let ids: BTreeSet<&MemberId> = our.iter().map(|(member, _)| member).collect();
    let still: BTreeSet<MemberId> = our
        .iter()
        .filter_map(|(_, identity)| match their.subject(identity) {
            Subject::Member(member) => Some(member),
            Subject::Stranger(_) => None,
        })
        .collect();
    let mut everybody = our.clone();
    let mut strangers = BTreeSet::new();
    for (member, identity) in their.iter() {
        if our.subject(identity).is_known() || still.contains(member) {
            continue;
        }
        if ids.contains(member) {
            strangers.insert(member);
        } else {
            everybody.insert(member.clone(), identity);
        }
    }
    // A rule that granted a stranger nothing says nothing of whoever has their name now.
    for lapsed in before.lapsed.values_mut() {
        lapsed.retain(|member, _| !strangers.contains(member));
    }
    everybody
}
