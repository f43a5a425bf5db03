//! What a center counted against what was believed of it: the change that mends it says so, and is drift.

use crate::model::{Cap, Evidence, Observed};

use super::{Cause, Change, Object};

/// Gives changes the evidence that speaks against what they set right. Where no base tells causes, they come from the
/// center: somebody set another level than was confirmed, or nobody set the one that was.
pub(super) fn tell(observed: &Observed, based: bool, changes: &mut [Change]) {
    if observed.evidence.is_empty() {
        return;
    }
    for change in changes {
        let Some(subject) = change.subject.clone() else { continue };
        let Some(evidence) = observed.evidence.get(&(change.pool.clone(), subject)) else { continue };
        if !counts(evidence, change) {
            continue;
        }
        if !based && change.cause == Cause::Unattributed {
            change.cause = Cause::Drift;
        }
        change.audit = Some(evidence.says.clone());
    }
}

/// Whether evidence speaks against what a change sets right.
fn counts(evidence: &Evidence, change: &Change) -> bool {
    let Some(drawn) = evidence.drawn else { return true };
    // What an edit or a day takes away was theirs to draw until then.
    if matches!(change.cause, Cause::Config | Cause::Expiry) {
        return false;
    }
    match &change.after {
        None => !drawn.is_zero(),
        Some(Object::Grant(grant)) => match grant.cap {
            Some(Cap::Amount(cap)) => cap.unit() == drawn.unit() && drawn.value() > cap.value(),
            Some(Cap::Unlimited | Cap::Inherit) | None => false,
        },
        Some(Object::Pool(_) | Object::Others(_) | Object::Alert(..)) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{Amount, CenterId, Grant, PoolId, Subject, Target, Unit};
    use crate::plan::{Delivery, Effect, Kind};

    fn change(cause: Cause, after: Option<Cap>) -> Change {
        Change {
            center: CenterId::new("design").unwrap(),
            pool: PoolId::new("ai").unwrap(),
            target: Arc::new(Target::default()),
            kind: if after.is_some() { Kind::GrantUpdate } else { Kind::GrantRevoke },
            subject: Some(Subject::Stranger("zoe@acme.example".into())),
            alert: None,
            fields: Vec::new(),
            before: Some(Object::Grant(Grant::default())),
            after: after.map(|cap| Object::Grant(Grant { cap: Some(cap), ..Grant::default() })),
            effect: Effect::Revokes,
            cause,
            delivery: Delivery::Assert,
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

    fn told(drawn: Option<u32>, based: bool, cause: Cause, after: Option<u32>) -> (Cause, bool) {
        let credits = |amount| Amount::whole(amount, Unit::Credits);
        let mut changes = [change(cause, after.map(|cap| Cap::Amount(credits(cap))))];
        let evidence = Evidence { says: "drew".to_owned(), drawn: drawn.map(credits) };
        let key = (changes[0].pool.clone(), changes[0].subject.clone().unwrap());
        let observed = Observed { evidence: [(key, evidence)].into(), ..Observed::default() };
        tell(&observed, based, &mut changes);
        (changes[0].cause, changes[0].audit.is_some())
    }

    #[test]
    fn a_contradiction_is_drift_where_nothing_else_tells_the_cause() {
        assert_eq!(told(None, false, Cause::Unattributed, Some(9)), (Cause::Drift, true));
        assert_eq!(told(None, false, Cause::Expiry, None), (Cause::Expiry, true));
        for cause in [Cause::Config, Cause::Drift, Cause::Expiry] {
            assert_eq!(told(None, true, cause, None), (cause, true));
        }
    }

    #[test]
    fn what_was_drawn_at_an_unknown_level_counts_against_less() {
        assert_eq!(told(Some(85), false, Cause::Unattributed, None), (Cause::Drift, true));
        assert_eq!(told(Some(85), false, Cause::Unattributed, Some(84)), (Cause::Drift, true));
        assert_eq!(told(Some(85), false, Cause::Unattributed, Some(85)), (Cause::Unattributed, false));
        assert_eq!(told(Some(0), false, Cause::Unattributed, None), (Cause::Unattributed, false));
        assert_eq!(told(Some(85), true, Cause::Config, None), (Cause::Config, false));
        assert_eq!(told(Some(85), false, Cause::Expiry, None), (Cause::Expiry, false));
    }
}
