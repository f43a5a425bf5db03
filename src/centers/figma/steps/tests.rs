//! The steps against an account that does exactly what a person clicks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::model::{
    Amount, Budget, Cap, CenterId, ControlName, Grant, Limit, MemberId, Period, Pool, PoolId, Subject, Target, Unit,
};
use crate::plan::{Cause, Effect, PoolObject, Select, Sets};

fn credits(number: u32) -> Amount {
    Amount::new(Decimal::from(number), Unit::Credits).unwrap()
}

fn pool_id() -> PoolId {
    PoolId::new("ai").unwrap()
}

/// Access as a number: nothing, unlimited (`u32::MAX`) or an amount.
type Access = Option<u32>;

fn grant(access: Access) -> Option<Grant> {
    let cap = |number| if number == u32::MAX { Cap::Unlimited } else { Cap::Amount(credits(number)) };
    access.map(|number| Grant { cap: Some(cap(number)), ..Grant::default() })
}

fn change(kind: Kind, subject: Option<Subject>, target: Target) -> Change {
    Change {
        center: CenterId::new("design").unwrap(),
        pool: pool_id(),
        target: Arc::new(target),
        kind,
        subject,
        alert: None,
        fields: Vec::new(),
        before: None,
        after: None,
        effect: Effect::Neutral,
        cause: Cause::Unattributed,
        delivery: Delivery::Manual { steps: vec!["somehow".to_owned()] },
        etag: None,
        source: None,
        written: None,
        audit: None,
        drawn: Vec::new(),
        kept: Vec::new(),
        moves_from: None,
        people: Vec::new(),
    }
}

fn of_person(subject: &Subject, before: Access, after: Access) -> Option<Change> {
    let (kind, effect) = match (before, after) {
        (before, after) if before == after => return None,
        (None, _) => (Kind::GrantAdd, Effect::Grants),
        (_, None) => (Kind::GrantRevoke, Effect::Revokes),
        (Some(before), Some(after)) if after > before => (Kind::GrantUpdate, Effect::Raises),
        _ => (Kind::GrantUpdate, Effect::Cuts),
    };
    let object = |access| grant(access).map(Object::Grant);
    let change = change(kind, Some(subject.clone()), Target::of("plan", "plan"));
    Some(Change { before: object(before), after: object(after), effect, ..change })
}

fn of_budget(target: &Target, before: Option<u32>, after: u32) -> Change {
    let object = |limit: Option<u32>| {
        Some(Object::Pool(Box::new(PoolObject {
            target: target.clone(),
            description: None,
            budget: Budget {
                unit: Unit::Credits,
                period: Some(Period::Monthly),
                limit: limit.map(|limit| Limit::Amount(credits(limit))),
                when_exhausted: None,
            },
            default_cap: None,
        })))
    };
    let effect = if before.is_some_and(|before| before < after) { Effect::Raises } else { Effect::Cuts };
    let fields = vec!["budget.limit"];
    let change = change(Kind::PoolUpdate, None, target.clone());
    Change { before: object(before), after: object(Some(after)), effect, fields, ..change }
}

/// An account: who is in it, what they have, and whether the pool decides over them.
struct Account {
    people: Vec<(Subject, String, Access, Access, bool)>,
}

impl Account {
    fn of(people: &[(bool, Access, Access, bool)]) -> Self {
        let people = people.iter().enumerate().map(|(i, (known, before, after, inside))| {
            let email = format!("p{i:03}@acme.example");
            let subject = if *known {
                Subject::Member(MemberId::new(&format!("m{i}")).unwrap())
            } else {
                Subject::Stranger(email.clone().into())
            };
            // Nobody's access changes over whom the pool does not decide.
            let after = if *inside { *after } else { *before };
            (subject, email, *before, after, *inside)
        });
        Self { people: people.collect() }
    }

    fn changes(&self) -> Vec<Change> {
        self.people
            .iter()
            .filter_map(|(subject, _, before, after, _)| of_person(subject, *before, *after))
            .collect()
    }

    fn scope(&self) -> Scope {
        let mut scope = Scope::default();
        for (subject, email, ..) in &self.people {
            if let Subject::Member(member) = subject {
                scope.roster.insert(member.clone(), email);
            }
        }
        scope
    }

    fn observed(&self) -> Observed {
        let mut observed = Observed::default();
        let mut pool = Pool {
            target: Target::of("plan", "plan"),
            description: None,
            budget: Budget { unit: Unit::Credits, period: None, limit: None, when_exhausted: None },
            default_cap: None,
            others: None,
            alerts: None,
            grants: BTreeMap::new(),
        };
        let mut scope = BTreeSet::new();
        for (subject, _, before, _, inside) in &self.people {
            observed.roster.insert(subject.clone());
            if *inside {
                scope.insert(subject.clone());
                pool.grants.extend(grant(*before).map(|grant| (subject.clone(), grant)));
            }
        }
        observed.scopes.insert(pool_id(), scope);
        observed.state.pools.insert(pool_id(), pool);
        observed
    }

    fn steps(&self) -> Vec<Step> {
        let changes = self.changes();
        steps(&changes.iter().collect::<Vec<_>>(), &self.scope(), &self.observed())
    }
}

/// What a step sets people to, as it says itself.
fn level(step: &Step) -> Access {
    let Sets::Person { level, .. } = &step.items[0].sets else { panic!("{step:?}") };
    match level.as_str() {
        "none" => None,
        "unlimited" => Some(u32::MAX),
        amount => Some(amount.strip_suffix(" credits").unwrap().parse().unwrap()),
    }
}

fn access() -> impl Strategy<Value = Access> {
    prop_oneof![Just(None), Just(Some(u32::MAX)), Just(Some(100)), Just(Some(500))]
}

proptest! {
    /// Who does the steps in order has what the plan asks, each change in one of them, and nobody who keeps access was
    /// without it on the way.
    #[test]
    fn the_steps_come_to_the_plan(
        people in prop::collection::vec((any::<bool>(), access(), access(), prop::bool::weighted(0.97)), 0..120),
        block in any::<bool>(),
    ) {
        let people: Vec<_> = people
            .into_iter()
            .map(|(known, before, after, inside)| (known, before, if block && !known { None } else { after }, inside))
            .collect();
        let account = Account::of(&people);
        let mut has: BTreeMap<String, Access> =
            account.people.iter().map(|(_, email, before, ..)| (email.clone(), *before)).collect();
        let mut told = Vec::new();
        for step in account.steps() {
            let names: BTreeSet<&str> = step.items.iter().map(|item| item.name.as_str()).collect();
            let hit: Vec<String> = match &step.select {
                Select::AllBut(keep) => {
                    let enabled = step.clicks.iter().flatten().any(|piece| *piece == press("Access enabled"));
                    let shown = |email: &&String| !enabled || has[*email].is_some();
                    let kept = |email: &&String| keep.contains(email);
                    has.keys().filter(shown).filter(|email| !kept(email)).cloned().collect()
                }
                Select::Items | Select::Nothing => names.iter().map(|name| (*name).to_owned()).collect(),
            };
            prop_assert!(!matches!(step.select, Select::Items) || names.len() <= LISTED);
            for email in hit {
                has.insert(email, level(&step));
            }
            for (_, email, before, after, _) in &account.people {
                let keeps = before.is_some() && after.is_some();
                prop_assert!(!keeps || has[email.as_str()].is_some(), "{email} loses access by {}", step.title);
            }
            told.extend(step.items.iter().map(|item| item.id.clone()));
        }
        for (_, email, _, after, _) in &account.people {
            prop_assert_eq!(has[email.as_str()], *after, "{}", email);
        }
        let mut changes: Vec<String> = account.changes().iter().map(Change::id).collect();
        changes.sort();
        told.sort();
        prop_assert_eq!(told, changes);
    }
}

#[test]
fn one_setting_for_nearly_everybody_is_one_step() {
    let mut people = vec![(true, Some(u32::MAX), Some(500), true); 4];
    people.extend(vec![(false, Some(u32::MAX), None, true); 200]);
    let steps = Account::of(&people).steps();
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[1].title, "Set everybody but 4 people to No access");
    assert!(matches!(&steps[1].select, Select::AllBut(keep) if keep.len() == 4));
    assert_eq!((steps[1].items.len(), steps[1].control), (200, ControlName::Others));
}

#[test]
fn nobody_is_hit_whom_the_files_do_not_decide_over() {
    let mut people = vec![(false, Some(u32::MAX), None, true); 120];
    // Somebody of a billing group that no file manages.
    people.push((false, Some(u32::MAX), Some(u32::MAX), false));
    let steps = Account::of(&people).steps();
    assert_eq!(steps.iter().map(|step| step.items.len()).collect::<Vec<_>>(), [50, 50, 20]);
    // The same where somebody keeps access who is named nowhere: newcomers may keep theirs too.
    people.pop();
    people.push((false, Some(u32::MAX), Some(u32::MAX), true));
    assert_eq!(Account::of(&people).steps().len(), 3);
}

#[test]
fn budgets_grow_before_and_shrink_after() {
    let alice = Subject::Member(MemberId::new("alice").unwrap());
    let group = |name: &str| Target::of("billing_group", name);
    let changes = [
        of_budget(&group("Design"), Some(100), 0),
        of_budget(&group("Marketing"), Some(100), 300),
        of_budget(&group("Sales"), Some(200), 300),
        of_budget(&Target::of("plan", "plan"), None, 9000),
        of_person(&alice, None, Some(500)).unwrap(),
    ];
    let steps = steps(&changes.iter().collect::<Vec<_>>(), &Scope::default(), &Observed::default());
    let titles: Vec<&str> = steps.iter().map(|step| step.title.as_str()).collect();
    assert_eq!(
        titles,
        [
            "Set aside 300 credits for each of 2 billing groups",
            "Set alice to Custom credit limit 500",
            "Set aside 0 credits for the billing group Design",
            "Compare the paid credits of the plan: 9,000 credits a month",
        ]
    );
    assert!(steps[2].note.as_deref().unwrap().contains("0 removes the set-aside"));
}

#[test]
fn zero_is_no_access_and_comes_last() {
    let member = |name: &str| Subject::Member(MemberId::new(name).unwrap());
    let changes = [
        of_person(&member("zoe"), Some(500), Some(0)).unwrap(),
        of_person(&member("bob"), None, Some(u32::MAX)).unwrap(),
    ];
    let steps = steps(&changes.iter().collect::<Vec<_>>(), &Scope::default(), &Observed::default());
    assert_eq!((level(&steps[0]), level(&steps[1])), (Some(u32::MAX), None));
    assert_eq!(steps[1].items[0].says, "Custom credit limit 500 → No access");
}

#[test]
fn what_figma_has_no_step_for_is_told_by_its_table() {
    let mut other = change(Kind::AlertAdd, None, Target::of("plan", "plan"));
    let api = Change { delivery: Delivery::Api, ..other.clone() };
    assert_eq!(steps(&[&api], &Scope::default(), &Observed::default()), Vec::new());
    other.people.clear();
    let steps = steps(&[&other], &Scope::default(), &Observed::default());
    assert_eq!((steps[0].control, steps[0].clicks.len()), (ControlName::Alert, 1));
}
