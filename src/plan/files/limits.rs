//! The guardrails before and after an edit of the files. They are how a limit gets loosened, so every difference counts.

use std::collections::BTreeSet;
use std::fmt::Display;

use crate::model::{Above, Guardrails, OnDrift, Threat, Unit};

use super::GuardrailEdit;

/// Every limit that differs, in the order of the design.
pub(super) fn compare(then: &Guardrails, now: &Guardrails) -> Vec<GuardrailEdit> {
    let mut edits = Edits(Vec::new());
    let Guardrails { revocations, cuts, moves, additions, worst_case, reason_above, expiry_above, protected, drift } =
        now;
    edits.threat("revocations", Some(then.revocations), Some(*revocations));
    edits.threat("cuts", Some(then.cuts), Some(*cuts));
    edits.threat("moves", Some(then.moves), Some(*moves));
    edits.threat("additions", then.additions, *additions);
    let units: BTreeSet<&Unit> = then.worst_case.keys().chain(worst_case.keys()).collect();
    for unit in units {
        edits.most(&format!("worst_case.{unit}"), then.worst_case.get(unit), worst_case.get(unit));
    }
    edits.above("reason_above", &then.reason_above, reason_above);
    edits.above("expiry_above", &then.expiry_above, expiry_above);
    let list = |guardrails: &Guardrails| {
        let names: Vec<&str> = guardrails.protected.iter().map(crate::model::MemberId::as_str).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    edits.push("protected", list(then), list(now), !then.protected.is_subset(protected));
    let word = |drift: OnDrift| match drift {
        OnDrift::Refuse => "refuse",
        OnDrift::Revert => "revert",
    };
    let (before, after) = (Some(word(then.drift).to_owned()), Some(word(*drift).to_owned()));
    edits.push("drift", before, after, *drift == OnDrift::Revert);
    edits.0
}

struct Edits(Vec<GuardrailEdit>);

impl Edits {
    fn push(&mut self, name: &str, before: Option<String>, after: Option<String>, loosened: bool) {
        if before != after {
            self.0.push(GuardrailEdit { name: name.to_owned(), before, after, loosened });
        }
    }

    /// No limit is the loosest.
    fn most<T: Display + PartialOrd>(&mut self, name: &str, then: Option<&T>, now: Option<&T>) {
        let loosened = match (then, now) {
            (Some(then), Some(now)) => now > then,
            (Some(_), None) => true,
            (None, _) => false,
        };
        self.push(name, then.map(ToString::to_string), now.map(ToString::to_string), loosened);
    }

    fn threat(&mut self, name: &str, then: Option<Threat>, now: Option<Threat>) {
        let count = |threat: Option<Threat>| threat.map(|threat| threat.count);
        let percent = |threat: Option<Threat>| threat.and_then(|threat| threat.percent);
        self.most(&format!("{name}.count"), count(then).as_ref(), count(now).as_ref());
        self.most(&format!("{name}.percent"), percent(then).as_ref(), percent(now).as_ref());
    }

    fn above(&mut self, name: &str, then: &Above, now: &Above) {
        if then == now {
            return;
        }
        match (then, now) {
            (Above::None | Above::Every(_), Above::None | Above::Every(_)) => {
                let number = |above: &Above| match above {
                    Above::Every(number) => Some(*number),
                    Above::None | Above::Units(_) => None,
                };
                self.most(name, number(then).as_ref(), number(now).as_ref());
            }
            (Above::None | Above::Units(_), Above::None | Above::Units(_)) => {
                let by_unit = |above: &Above| match above {
                    Above::Units(units) => units.clone(),
                    Above::None | Above::Every(_) => std::collections::BTreeMap::default(),
                };
                let (then, now) = (by_unit(then), by_unit(now));
                let units: BTreeSet<&Unit> = then.keys().chain(now.keys()).collect();
                for unit in units {
                    self.most(&format!("{name}.{unit}"), then.get(unit), now.get(unit));
                }
            }
            // One number for every unit against numbers for some: units without one are free now.
            (then, now) => {
                let (before, after) = (words(then), words(now));
                let loosened = match (then, now) {
                    (Above::Every(_), _) => true,
                    (Above::Units(units), Above::Every(number)) => units.values().any(|most| most.value() < *number),
                    _ => false,
                };
                self.push(name, before, after, loosened);
            }
        }
    }
}

fn words(above: &Above) -> Option<String> {
    match above {
        Above::None => None,
        Above::Every(number) => Some(format!("{number} of every unit")),
        Above::Units(units) => Some(units.values().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    }
}
