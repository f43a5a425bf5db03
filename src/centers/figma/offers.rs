//! Which controls this account has: by its plan, by what people looked for and did not find, by what they confirmed, and
//! by what the export shows.

use jiff::tz::TimeZone;

use crate::centers::checkup::by_table;
use crate::model::{
    Availability, Cap, CenterRecord, CenterSettings, Column, ControlName, Inventory, Level, Offered, Scope,
};

use super::{BILLING_GROUP, CAPABILITIES};

/// Billing groups and the usage API are of this plan only (documented).
const ENTERPRISE: &str = "enterprise";

/// *Set limit* is documented to have come in July and August 2026, "slowly rolling out to paid plans".
const ROLLING_OUT: &str = "nobody has confirmed yet that *Set limit* is there: it came in July and August 2026, slowly \
    rolling out to paid plans. Look at Admin > People; if it is missing, `bursar confirm RUNBOOK --missing cap_amount`";

/// The controls of this account; `export` is what its people export shows, where it could be read.
pub(super) fn offers(settings: &CenterSettings, scope: &Scope, export: Option<&Inventory>) -> Vec<Offered> {
    let mut offers = by_table(&CAPABILITIES);
    let enterprise = settings.plan.as_deref() == Some(ENTERPRISE);
    let groups = scope.pools.values().any(|target| target.get(BILLING_GROUP).is_some());
    for offer in &mut offers {
        match offer.control {
            ControlName::Pool => {
                "the plan's paid credits and its billing groups are always there".clone_into(&mut offer.why);
            }
            ControlName::Budget if groups && !enterprise => {
                offer.availability = Availability::NeedsPlan(ENTERPRISE);
                "billing-group credits".clone_into(&mut offer.why);
            }
            ControlName::Usage if !enterprise => {
                offer.availability = Availability::NeedsPlan(ENTERPRISE);
                "the AI usage API".clone_into(&mut offer.why);
            }
            ControlName::Usage if settings.token.is_none() => {
                "GET /v1/ai_usage/daily, once the center names a plan access token".clone_into(&mut offer.why);
            }
            ControlName::CapAmount => shown(settings, &scope.record, export).clone_into(&mut offer.why),
            _ => {}
        }
        if let Some(missing) = scope.record.missing.get(&offer.control) {
            let day = missing.at.to_zoned(TimeZone::UTC).date();
            offer.availability = Availability::NotEnabledYet;
            offer.why = format!("{} looked for it on {day}, and it was not there", missing.by);
            offer.since = Some(day);
        }
    }
    offers
}

/// What shows that people can be given a limit of their own.
fn shown(settings: &CenterSettings, record: &CenterRecord, export: Option<&Inventory>) -> String {
    let set = record
        .people
        .values()
        .filter(|set| matches!(set.value, Level::Cap(Cap::Amount(_))))
        .max_by_key(|set| set.at);
    if let Some(set) = set {
        let day = set.at.to_zoned(TimeZone::UTC).date();
        return format!("{} confirmed on {day} that somebody has one", set.by);
    }
    let custom = |inventory: &Inventory| {
        let caps = inventory.pools.iter().flat_map(|(_, pool)| pool.grants.values());
        caps.filter(|grant| matches!(grant.cap, Some(Cap::Amount(_)))).count()
    };
    match export.map(custom) {
        Some(0) | None => {}
        Some(1) => return "the export shows 1 person with one".to_owned(),
        Some(many) => return format!("the export shows {many} people with one"),
    }
    let column = settings.export.as_ref().and_then(|settings| settings.columns.get(&Column::Limit));
    match column.filter(|_| export.is_some()) {
        Some(column) => format!("the export has a column for it (`{}`)", column.escape_debug()),
        None => ROLLING_OUT.to_owned(),
    }
}
