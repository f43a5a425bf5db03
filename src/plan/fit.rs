//! The desired state in the center's own terms: what the center keeps as one setting, what it keeps per person, and
//! what it does not keep at all.

use crate::model::capability::Capabilities;
use crate::model::{Cap, Desired};

/// Brings a desired state into a center's terms.
///
/// - Where the center has a default cap of its own, a member without a cap of their own follows it (`inherit`); where it
///   has none, the default is written member by member.
/// - What the center cannot keep (a description, an expiry, a period per grant) is not asked of it.
pub fn fit(desired: &mut Desired, capabilities: &Capabilities) {
    let controls = &capabilities.controls;
    for pool in desired.state.pools.values_mut() {
        let default = pool.default_cap;
        let keeps = capabilities.keeps(&pool.target);
        for grant in pool.grants.values_mut() {
            if grant.cap.is_none() {
                grant.cap = match default {
                    Some(_) if keeps.default_cap => Some(Cap::Inherit),
                    own => own,
                };
            }
            if !controls.expiry.write.is_api() {
                grant.expires = None;
            }
            // A cap that follows another rule starts again when that rule's does.
            let own = capabilities.grant_period && matches!(grant.cap, Some(Cap::Amount(_)));
            grant.period = if own { pool.budget.period } else { None };
        }
        if !keeps.default_cap {
            pool.default_cap = None;
        }
        if !controls.alert.write.is_api() {
            pool.alerts = None;
        }
    }
}
