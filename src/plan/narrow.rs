//! What of a center's people belongs to which pool, where one setting of a person shows in all of them.

use std::collections::BTreeSet;

use crate::model::capability::{CapScope, Capabilities};
use crate::model::{Desired, MemberId, Observed, Pool, PoolId, Subject};

/// Leaves in each pool those whom it decides over: whom it names, and of the others those of its scope whom no other
/// pool names. Where a person has one setting in the whole center, a pool's `others` must not undo what another pool
/// grants, and nobody is to be counted twice.
pub fn narrow(desired: &Desired, capabilities: &Capabilities, observed: &mut Observed) {
    if capabilities.cap_scope != CapScope::Center {
        return;
    }
    // The sources name every pool, also those that a selection left out. Somebody whose rule ended is named all the same.
    let named: BTreeSet<&MemberId> = desired.sources.values().flat_map(|sources| sources.deciding.keys()).collect();
    let owns = |pool: &PoolId, subject: &Subject| match subject {
        Subject::Member(member) => {
            desired.sources.get(pool).is_some_and(|sources| sources.deciding.contains_key(member))
        }
        Subject::Stranger(_) => false,
    };
    // Named, and not by this pool: then by another one.
    let elsewhere = |pool: &PoolId, subject: &Subject| match subject {
        Subject::Member(member) => named.contains(member) && !owns(pool, subject),
        Subject::Stranger(_) => false,
    };
    // Where people join, each pool says of everybody in it whether they stay.
    let everybodys = |(id, pool): (&PoolId, &Pool)| {
        let keeps = capabilities.keeps(&pool.target);
        (keeps.others_by_roster || keeps.own_setting).then(|| id.clone())
    };
    let pools: Vec<PoolId> = observed.state.pools.iter().chain(&desired.state.pools).filter_map(everybodys).collect();
    for pool in pools.into_iter().collect::<BTreeSet<_>>() {
        let mut scope = match observed.scopes.remove(&pool) {
            Some(scope) => scope,
            None => observed.roster.clone(),
        };
        scope.retain(|subject| !elsewhere(&pool, subject));
        if let Some(state) = observed.state.pools.get_mut(&pool) {
            state.grants.retain(|subject, _| owns(&pool, subject) || scope.contains(subject));
        }
        observed.scopes.insert(pool, scope);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::centers::{embedded, figma};
    use crate::model::{Budget, Cap, Grant, Pool, PoolSources, Source, Target, Unit};

    fn id(name: &str) -> PoolId {
        PoolId::new(name).unwrap()
    }

    fn member(name: &str) -> Subject {
        Subject::Member(MemberId::new(name).unwrap())
    }

    fn sources(names: &[&str]) -> PoolSources {
        let source = Source { file: Arc::from("bursar.yaml"), line: 1 };
        PoolSources {
            pool: source.clone(),
            budget: source.clone(),
            default_cap: source.clone(),
            others: source,
            rules: Vec::new(),
            deciding: names.iter().map(|name| (MemberId::new(name).unwrap(), 0)).collect(),
            alerts: BTreeMap::new(),
        }
    }

    fn pool(people: &BTreeSet<Subject>) -> Pool {
        let grant = Grant { cap: Some(Cap::Unlimited), ..Grant::default() };
        Pool {
            target: Target::default(),
            description: None,
            budget: Budget { unit: Unit::Credits, period: None, limit: None, when_exhausted: None },
            default_cap: None,
            others: None,
            alerts: None,
            grants: people.iter().map(|subject| (subject.clone(), grant)).collect(),
        }
    }

    /// Two pools; everybody's setting shows in both, and `b` decides over its own scope only.
    fn world() -> (Desired, Observed) {
        let zoe = Subject::Stranger("zoe@acme.example".into());
        let everybody: BTreeSet<Subject> = [member("alice"), member("bob"), member("carol"), zoe.clone()].into();
        let mut desired = Desired::default();
        desired.sources.insert(id("a"), sources(&["alice"]));
        desired.sources.insert(id("b"), sources(&["bob"]));
        desired.state.pools.insert(id("b"), pool(&BTreeSet::new()));
        let mut observed = Observed { roster: everybody.clone(), ..Observed::default() };
        observed.state.pools.insert(id("a"), pool(&everybody));
        observed.state.pools.insert(id("b"), pool(&everybody));
        observed.scopes.insert(id("b"), [member("alice"), zoe].into());
        (desired, observed)
    }

    fn names<'a>(subjects: impl IntoIterator<Item = &'a Subject>) -> Vec<&'a str> {
        subjects.into_iter().map(Subject::name).collect()
    }

    #[test]
    fn a_pool_keeps_whom_it_names_and_of_its_scope_whom_no_other_names() {
        // `a` was left out by a selection: its sources are there all the same.
        let (desired, mut observed) = world();
        narrow(&desired, &figma::CAPABILITIES, &mut observed);
        assert_eq!(names(observed.scope(&id("a"))), ["alice", "carol", "zoe@acme.example"]);
        assert_eq!(names(observed.state.pools[&id("a")].grants.keys()), ["alice", "carol", "zoe@acme.example"]);
        assert_eq!(names(observed.scope(&id("b"))), ["zoe@acme.example"]);
        assert_eq!(names(observed.state.pools[&id("b")].grants.keys()), ["bob", "zoe@acme.example"]);
        let once = observed.clone();
        narrow(&desired, &figma::CAPABILITIES, &mut observed);
        assert_eq!(observed, once);
    }

    #[test]
    fn where_a_cap_belongs_to_a_pool_nothing_is_left_out() {
        let (desired, mut observed) = world();
        let before = observed.clone();
        narrow(&desired, &embedded::CAPABILITIES, &mut observed);
        assert_eq!(observed, before);
    }
}
