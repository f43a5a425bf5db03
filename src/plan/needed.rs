//! Which controls of a center the files need, where they ask for each first, and what an account lacks of them. `doctor`
//! shows this, and a plan moves a pool to its fallback by it: one answer for both.

use std::collections::BTreeMap;

use crate::model::capability::{Ability, Capabilities};
use crate::model::{Cap, ControlName, Desired, Offered, Others, Pool, PoolId, PoolSources, Source, Subject};

/// That a pool needs a control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The pool.
    pub pool: PoolId,
    /// The first line that asks for it.
    pub source: Source,
    /// For how many people of the files; 0 where it is about the pool as a whole.
    pub people: usize,
}

/// Every control that is needed, with each pool that needs it.
pub type Needed = BTreeMap<ControlName, Vec<Need>>;

/// Whether Bursar gets by without the control: what a center does not have of alerts and expiries stays in the files or
/// is Bursar's own, and a default cap is written member by member.
pub fn is_own(control: ControlName, capabilities: &Capabilities) -> bool {
    match control {
        ControlName::Alert | ControlName::Expiry => true,
        ControlName::DefaultCap => capabilities.all_keeping().any(|keeps| !keeps.default_cap),
        _ => false,
    }
}

/// What an account does not have of what is needed, and what no pool gets by without. What another plan would have is
/// missing as much as what has not arrived: neither can be set here.
pub fn lacks<'a>(
    needed: &'a Needed,
    capabilities: &'static Capabilities,
    offers: &'a [Offered],
) -> impl Iterator<Item = (&'a Offered, &'a [Need])> {
    offers.iter().filter_map(move |offer| {
        let usable = offer.availability.is_usable() || is_own(offer.control, capabilities);
        let needs = needed.get(&offer.control).filter(|needs| !usable && !needs.is_empty())?;
        Some((offer, needs.as_slice()))
    })
}

/// Which controls the desired state of a center needs, as the files ask it: before it is brought into the center's
/// terms.
pub fn needed(desired: &Desired, capabilities: &Capabilities) -> Needed {
    let mut needed = Needed::new();
    for (id, pool) in &desired.state.pools {
        let Some(sources) = desired.sources.get(id) else { continue };
        let mut asking = Asking { capabilities, id, sources, needed: &mut needed };
        asking.pool(pool);
        if desired.lapsed.get(id).is_some_and(|lapsed| !lapsed.is_empty()) {
            // What grants nothing today did, or will.
            let first = sources.rules.iter().min().unwrap_or(&sources.pool);
            asking.ask(ControlName::Grant, first, 0);
        }
    }
    for (id, (_, source)) in &desired.absent {
        let need = Need { pool: id.clone(), source: source.clone(), people: 0 };
        needed.entry(ControlName::Pool).or_default().push(need);
    }
    for needs in needed.values_mut() {
        needs.sort_by(|a, b| a.source.cmp(&b.source).then_with(|| a.pool.cmp(&b.pool)));
    }
    needed
}

/// One pool that asks.
struct Asking<'a> {
    capabilities: &'a Capabilities,
    id: &'a PoolId,
    sources: &'a PoolSources,
    needed: &'a mut Needed,
}

impl Asking<'_> {
    fn ask(&mut self, control: ControlName, source: &Source, people: usize) {
        let needs = self.needed.entry(control).or_default();
        // One pool asks after the other, so its need is the last one if it is there.
        match needs.last_mut() {
            Some(need) if need.pool == *self.id => {
                need.people += people;
                if *source < need.source {
                    need.source = source.clone();
                }
            }
            _ => needs.push(Need { pool: self.id.clone(), source: source.clone(), people }),
        }
    }

    fn pool(&mut self, pool: &Pool) {
        let PoolSources { pool: own, budget, default_cap, others, alerts, .. } = self.sources;
        let Capabilities { controls, .. } = self.capabilities;
        let keeps = self.capabilities.keeps(&pool.target);
        // Where nobody can make a pool, the vendor's own object is always there.
        if !matches!(controls.pool.write, Ability::Unsupported(_)) {
            self.ask(ControlName::Pool, own, 0);
        }
        if pool.budget.limit.is_some() || pool.budget.when_exhausted.is_some() {
            self.ask(ControlName::Budget, budget, 0);
        }
        if let Some(cap) = pool.default_cap {
            self.ask(ControlName::DefaultCap, default_cap, 0);
            if !keeps.default_cap {
                let people = pool.grants.values().filter(|grant| grant.cap.is_none()).count();
                if people > 0 {
                    self.ask(kind(cap), default_cap, people);
                }
            }
        }
        for (subject, grant) in &pool.grants {
            let source = self.of(subject);
            self.ask(ControlName::Grant, &source, 1);
            if let Some(cap) = grant.cap {
                self.ask(kind(cap), &source, 1);
            }
            if matches!(grant.expires, Some(crate::model::Expiry::On(_))) {
                self.ask(ControlName::Expiry, &source, 1);
            }
        }
        if let Some(decided) = pool.others {
            self.ask(ControlName::Others, others, 0);
            if let (Others::Cap(cap), false) = (decided, keeps.others) {
                self.ask(kind(cap), others, 0);
            }
            if keeps.others_by_roster {
                self.ask(ControlName::Roster, others, 0);
            }
        }
        if pool.alerts.is_some() {
            let first = alerts.values().min().unwrap_or(own);
            self.ask(ControlName::Alert, first, 0);
        }
    }

    fn of(&self, subject: &Subject) -> Source {
        self.sources.of_subject(subject).clone()
    }
}

/// The control that sets such a cap.
fn kind(cap: Cap) -> ControlName {
    match cap {
        Cap::Amount(amount) if amount.is_zero() => ControlName::CapZero,
        Cap::Amount(_) => ControlName::CapAmount,
        Cap::Unlimited => ControlName::CapUnlimited,
        Cap::Inherit => ControlName::CapInherit,
    }
}
