//! In which unit a center holds a pool of another one.

use crate::model::capability::{Capabilities, Units};
use crate::model::{Amount, RateId, Unit, Worth};

/// Whether a provider counts in a unit.
pub(super) fn counts(capabilities: &Capabilities, unit: Unit) -> bool {
    match capabilities.units {
        Units::Any => true,
        Units::Only(units) => units.contains(&unit),
    }
}

/// The rate that says what a provider's credit is worth.
pub(super) fn rate_name(capabilities: &Capabilities) -> String {
    format!("{}_credit", capabilities.provider)
}

/// What one unit of a pool is worth in a unit that the fallback counts in: itself, where it counts in that; else what
/// the rate says. `None` where there is no such rate.
pub(super) fn worth(
    unit: Unit,
    home: &Capabilities,
    fallback: &Capabilities,
    rate: impl FnOnce(&RateId) -> Option<Amount>,
) -> Option<Worth> {
    if counts(fallback, unit) {
        return Some(Worth { of: unit, is: Amount::whole(1, unit) });
    }
    let name = RateId::new(&rate_name(home)).ok().filter(|_| unit == Unit::Credits)?;
    let is = rate(&name).filter(|is| counts(fallback, is.unit()))?;
    Some(Worth { of: unit, is })
}
