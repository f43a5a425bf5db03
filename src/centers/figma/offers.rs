//! Which controls this account has: by its plan, by what people looked for and did not find, by what they confirmed, and
//! by what the export shows.

use jiff::Timestamp;
use jiff::civil::Date;
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
        let missing = scope.record.missing.get(&offer.control);
        if let Some(missing) = missing.filter(|missing| !came(settings, scope, export, offer.control, missing.at)) {
            let day = day(missing.at);
            offer.availability = Availability::NotEnabledYet;
            offer.why = format!("{} looked for it on {day}, and it was not there", missing.by);
            offer.since = Some(day);
        }
    }
    offers
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// Whether something newer shows a control that somebody did not find: it is set for a person. An export counts from the
/// day after, since nobody knows its hour.
fn came(
    settings: &CenterSettings,
    scope: &Scope,
    export: Option<&Inventory>,
    control: ControlName,
    missing: Timestamp,
) -> bool {
    let set = |level: Level| {
        matches!(
            (control, level),
            (ControlName::CapAmount, Level::Cap(Cap::Amount(_)))
                | (ControlName::CapUnlimited, Level::Cap(Cap::Unlimited))
                | (ControlName::CapZero, Level::Blocked)
        )
    };
    let confirmed = scope.record.people.values().any(|person| set(person.value) && person.at > missing);
    let taken = settings.export.as_ref().and_then(|export| export.taken);
    let exported = control == ControlName::CapAmount
        && taken.is_some_and(|taken| taken > day(missing))
        && export.is_some_and(|export| limited(export) > 0);
    confirmed || exported
}

/// How many people of the export have a limit of their own.
fn limited(export: &Inventory) -> usize {
    let caps = export.pools.iter().flat_map(|(_, pool)| pool.grants.values());
    caps.filter(|grant| matches!(grant.cap, Some(Cap::Amount(_)))).count()
}

/// What shows that people can be given a limit of their own.
fn shown(settings: &CenterSettings, record: &CenterRecord, export: Option<&Inventory>) -> String {
    let set = record
        .people
        .values()
        .filter(|set| matches!(set.value, Level::Cap(Cap::Amount(_))))
        .max_by_key(|set| set.at);
    if let Some(set) = set {
        return format!("{} confirmed on {} that somebody has one", set.by, day(set.at));
    }
    match export.map(limited) {
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
