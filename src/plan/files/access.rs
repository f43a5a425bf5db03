//! Who may draw on what, before and after an edit of the files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Cap, CenterId, Desired, Grant, MemberId, PoolId, Rule, Subject, Target};
use crate::plan::{Cause, CenterPart, Change, Counts, Effect, Kind, Money, Object, Summary};

use super::super::{Allow, Guardrail, check, diff, periods_of, reach, sort, worst_cases};
use super::centers::{FILES, Pair, pairs, part};
use super::{Edit, Files, FilesDiff, GuardrailEdit, Terms, groups, limits, settings, unkept, upcoming};

/// Compares the files at two revisions.
pub fn make(base: &Files, head: &Files, terms: Terms<'_>) -> FilesDiff {
    let mut notes = Vec::new();
    let pairs = pairs(base, head, &mut notes);
    let mut parts = BTreeMap::new();
    let mut changes = Vec::new();
    let mut released = Vec::new();
    let mut kept = Vec::new();
    let mut periods = BTreeMap::new();
    let mut money = Money::default();
    for pair in &pairs {
        let Some(id) = pair.id() else { continue };
        let (part, before) = part(pair);
        released.extend(unkept::released(pair, &part, &before));
        kept.extend(unkept::unkept(id, &part.desired, &before));
        notes.extend(unknown_deletions(pair));
        let mut found = diff(id, &FILES, &part.desired, &part.observed);
        for change in &mut found {
            tell_whom(change, &part);
        }
        if !found.is_empty() {
            periods.insert(id.clone(), periods_of(&part, &found));
        }
        changes.extend(found);
        let provider = pair.head.or(pair.base).map_or("", |(_, center)| center.settings.provider.as_str());
        worst_cases(&part, provider, &mut money);
        // The head may have given the name of one that it let go of to another.
        if pair.head.is_some() {
            parts.insert(id.clone(), part);
        }
    }
    sort(&mut changes, |_| Some(&FILES));
    money.tell_worth(&head.rates);
    let refusals = check(&head.guardrails, terms.allows, &changes, &parts, &money.after);
    let guardrails = limits::compare(&base.guardrails, &head.guardrails);
    if guardrails.iter().any(|GuardrailEdit { loosened, .. }| *loosened) {
        let before = check(&base.guardrails, &[], &changes, &parts, &money.after);
        let consented =
            |guardrail: &Guardrail| terms.allows.iter().any(|Allow { guardrail: allowed, .. }| allowed == guardrail);
        let refused = |guardrail: &Guardrail| refusals.iter().any(|refusal| refusal.guardrail == *guardrail);
        let only_then = before.iter().filter(|then| !refused(&then.guardrail) && !consented(&then.guardrail));
        notes.extend(only_then.map(|then| {
            format!("the guardrails before this edit would refuse it ({}): {}", then.guardrail, then.message)
        }));
    }
    let summary = Summary { counts: Counts::of(&changes), worst_case: money };
    released.sort();
    let rules = (Rules::of(base), Rules::of(head));
    let by_name: BTreeMap<&CenterId, (&Pair<'_>, Before<'_>)> = pairs
        .iter()
        .filter(|pair| pair.head.is_some())
        .filter_map(|pair| Some((pair.id()?, (pair, Before::of(pair)))))
        .collect();
    let edits = changes.into_iter().map(|change| {
        let (rule, was) = match by_name.get(&change.center) {
            Some((pair, before)) => (rules.1.now(pair, &change), rules.0.then(pair, before, &change)),
            None => (None, None),
        };
        let (cap_before, cap_after) = caps(&change, parts.get(&change.center));
        let row_of = |files: &Files| match &change.subject {
            Some(Subject::Member(member)) => files.rows.get(member).cloned(),
            _ => None,
        };
        let row = row_of(head);
        let row_was = if row.is_none() { row_of(base) } else { None };
        let change = Change { cause: Cause::Config, ..change };
        Edit { change, rule, was, row, row_was, cap_before, cap_after }
    });
    FilesDiff {
        base: base.revision.clone(),
        head: head.revision.clone(),
        edits: edits.collect(),
        upcoming: upcoming::compare(base, head, &pairs, &rules.0.0, &rules.1.0, terms.as_of),
        released,
        unkept: kept,
        groups: groups::compare(base, head, &pairs),
        guardrails,
        notify: settings::notify(&base.notify, &head.notify),
        settings: settings::compare(base, head, &pairs),
        notes,
        refusals,
        periods,
        summary,
    }
}

/// The caps of the person of a change, with the pool's default cap for those that follow it.
fn caps(change: &Change, part: Option<&CenterPart>) -> (Option<Cap>, Option<Cap>) {
    let then = part.and_then(|part| part.observed.state.pools.get(&change.pool)?.default_cap);
    let now = part.and_then(|part| part.desired.state.pools.get(&change.pool)?.default_cap).or(then);
    let of = |object: &Option<Object>, default: Option<Cap>| match object {
        Some(Object::Grant(Grant { cap: Some(Cap::Inherit), .. })) => default.or(Some(Cap::Inherit)),
        Some(Object::Grant(grant)) => grant.cap,
        _ => None,
    };
    (of(&change.before, then), of(&change.after, now))
}

/// A pool that shall not exist and that the base says nothing of: whoever draws on it, the files do not know them.
fn unknown_deletions(pair: &Pair<'_>) -> Vec<String> {
    let Some((center, head)) = pair.head else { return Vec::new() };
    let nothing = Desired::default();
    let then = pair.base.map_or(&nothing, |(_, center)| &center.desired);
    let pools = then.state.pools.values().map(|pool| &pool.target);
    let known: BTreeSet<&Target> = pools.chain(then.absent.values().map(|(target, _)| target)).collect();
    let unknown = head.desired.absent.iter().filter(|(_, (target, _))| !known.contains(target));
    unknown
        .map(|(pool, _)| {
            format!(
                "the pool {pool} of {center} shall not exist, and the base does not have it: who loses a right when it \
                 is deleted is not in the files"
            )
        })
        .collect()
}

/// Corrects whom a change hits to what the files can tell.
fn tell_whom(change: &mut Change, part: &CenterPart) {
    match change.kind {
        // What others had before is not written anywhere, so nobody is known to lose it.
        Kind::OthersUpdate if change.before.is_none() => change.people.clear(),
        // A plan names only those who lose something; here the reader wants to know who gains.
        Kind::PoolUpdate
            if matches!(change.effect, Effect::Raises | Effect::Grants)
                && change.fields.iter().any(|field| matches!(*field, "default_cap" | "budget.period")) =>
        {
            let then = part.observed.state.pools.get(&change.pool);
            let now = part.desired.state.pools.get(&change.pool);
            if let (Some(then), Some(now)) = (then, now) {
                let default = now.default_cap.or(then.default_cap);
                let period = now.budget.period.or(then.budget.period);
                let gains = |subject: &Subject, after: &Grant| {
                    let Some(before) = then.grants.get(subject).filter(|before| before.cap == after.cap) else {
                        return false;
                    };
                    let before = reach::of_cap(before.cap, then.default_cap, before.period.or(then.budget.period));
                    let after = reach::of_cap(after.cap, default, after.period.or(period));
                    matches!(reach::effect(before, after), Effect::Raises | Effect::Grants)
                };
                let people = now.grants.iter().filter(|(subject, after)| gains(subject, after));
                change.people = people.map(|(subject, _)| subject.clone()).collect();
            }
        }
        _ => {}
    }
}

/// The rules of one side, each once however many people it decides over.
struct Rules<'a>(BTreeMap<&'a PoolId, Vec<Arc<Rule>>>);

/// The names that the base had for what the head has.
struct Before<'a> {
    pools: BTreeMap<&'a PoolId, &'a PoolId>,
}

impl<'a> Before<'a> {
    fn of(pair: &Pair<'a>) -> Self {
        Self { pools: pair.same_pools().collect() }
    }
}

impl<'a> Rules<'a> {
    fn of(files: &'a Files) -> Self {
        let shared = |rules: &[Rule]| rules.iter().cloned().map(Arc::new).collect();
        Self(files.rules.iter().map(|(pool, rules)| (pool, shared(rules))).collect())
    }

    fn deciding(&self, desired: &Desired, pool: &PoolId, member: &MemberId) -> Option<Arc<Rule>> {
        let index = *desired.sources.get(pool)?.deciding.get(member)?;
        self.0.get(pool)?.get(index as usize).cloned()
    }

    /// The rule that decides over the person of a change.
    fn now(&self, pair: &Pair<'_>, change: &Change) -> Option<Arc<Rule>> {
        let Some(Subject::Member(member)) = &change.subject else { return None };
        self.deciding(&pair.head?.1.desired, &change.pool, member)
    }

    /// The rule that decided over the person of a change, who may have had another name then.
    fn then(&self, pair: &Pair<'_>, before: &Before<'_>, change: &Change) -> Option<Arc<Rule>> {
        let (_, center) = pair.base?;
        let subject = change.subject.as_ref()?;
        let known = pair.head.and_then(|(_, head)| head.roster.identity(subject));
        let identity = known.or_else(|| center.roster.identity(subject));
        let member = match (identity.map(|identity| center.roster.subject(identity)), subject) {
            (Some(Subject::Member(then)), _) => then,
            (None, Subject::Member(member)) => member.clone(),
            _ => return None,
        };
        self.deciding(&center.desired, before.pools.get(&change.pool)?, &member)
    }
}
