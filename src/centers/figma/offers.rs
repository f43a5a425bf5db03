//! Which controls this account has: by its plan, by what people looked for and did not find, and by what the export shows.

use crate::centers::checkup::by_table;
use crate::model::{Availability, CenterSettings, Offered, Scope};

use super::{BILLING_GROUP, CAPABILITIES};

/// The controls of this account.
pub(super) fn offers(settings: &CenterSettings, scope: &Scope) -> Vec<Offered> {
    let mut offers = by_table(&CAPABILITIES);
    let enterprise = settings.plan.as_deref() == Some("enterprise");
    let groups = scope.pools.values().any(|target| target.get(BILLING_GROUP).is_some());
    for offer in &mut offers {
        if offer.control == crate::model::ControlName::Budget && groups && !enterprise {
            offer.availability = Availability::NeedsPlan("enterprise");
        }
        if let Some(missing) = scope.record.missing.get(&offer.control) {
            let day = missing.at.to_zoned(jiff::tz::TimeZone::UTC).date();
            offer.availability = Availability::NotEnabledYet;
            offer.why = format!("{} looked for it on {day}, and it was not there", missing.by);
            offer.since = Some(day);
        }
    }
    offers
}
