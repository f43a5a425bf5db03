//! What people drew against what they were set to. Who drew more than they may shows that the setting is another one;
//! who drew nothing shows nothing.

use std::collections::BTreeMap;

use futures_util::future::try_join;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::centers::CenterError;
use crate::model::{
    Amount, Cap, CenterSettings, Column, Confirmed, Evidence, Grant, Level, Observed, PoolId, Scope, Subject, Unit,
};

use super::BILLING_GROUP;
use super::scim::{self, some};
use super::usage::{self, LAG, Usage};

/// Adds to what the export and the record show what Figma's APIs tell, where the files name tokens for them.
/// Gives what was drawn.
pub(super) async fn add(
    settings: &CenterSettings,
    scope: &Scope,
    observed: &mut Observed,
) -> Result<Option<Usage>, CenterError> {
    let (people, usage) = try_join(scim::read(settings), usage::read(settings, scope.as_of)).await?;
    if let Some(people) = people {
        scim::add(&people, scope, observed);
    }
    if let Some(usage) = &usage {
        observed.reads += usage.reads;
        weigh(usage, settings, scope, observed);
    }
    Ok(usage)
}

/// Everybody who is there, by their e-mail address in lower case.
pub(super) fn by_email(observed: &Observed, scope: &Scope) -> BTreeMap<String, Subject> {
    let people = observed.roster.iter();
    people
        .filter_map(|subject| Some((scope.roster.identity(subject)?.to_ascii_lowercase(), subject.clone())))
        .collect()
}

/// Where it is known from what somebody was set to: in words, and the day after which a draw speaks against it.
struct Belief {
    words: String,
    day: Date,
}

/// Holds what was drawn against what was observed.
fn weigh(usage: &Usage, settings: &CenterSettings, scope: &Scope, observed: &mut Observed) {
    let by_email = by_email(observed, scope);
    let (mut missing, mut ageless, mut shown) = (Vec::new(), Vec::new(), false);
    for (email, days) in &usage.people {
        let total: Decimal = days.values().sum();
        if total <= Decimal::ZERO {
            continue;
        }
        let subject = by_email.get(email).cloned().or_else(|| {
            // The files may know them by a second address.
            Some(scope.roster.subject(email)).filter(|subject| observed.roster.contains(subject))
        });
        let Some(subject) = subject else {
            missing.push(email.as_str());
            continue;
        };
        let Some(level) = level(observed, scope, &subject) else { continue };
        let evidence = match level {
            Seen::Level(Level::Cap(Cap::Unlimited | Cap::Inherit)) => continue,
            Seen::Unknown => at_unknown_level(usage.since, days, total),
            Seen::Level(level) => {
                let belief = belief(email, level, settings, scope, observed);
                if belief.is_none() && over(level, total) {
                    ageless.push(email.as_str());
                }
                belief.and_then(|belief| against(&belief, level, days))
            }
        };
        if let Some(evidence) = evidence {
            shown = true;
            doubt(observed, scope, &subject, &evidence);
        }
    }
    tell(usage, &missing, &ageless, shown, observed);
}

/// What is observed of somebody.
#[derive(Clone, Copy)]
enum Seen {
    Level(Level),
    Unknown,
}

/// What is observed of somebody, where a pool of the files decides over them. It is one setting of the person, so it is
/// the same in each.
fn level(observed: &Observed, scope: &Scope, subject: &Subject) -> Option<Seen> {
    let (_, pool) = observed.state.pools.iter().find(|(id, _)| concerns(observed, scope, id, subject))?;
    Some(match pool.grants.get(subject) {
        None => Seen::Level(Level::Blocked),
        Some(Grant { cap: Some(cap), .. }) => Seen::Level(plain(Level::Cap(*cap))),
        Some(Grant { cap: None, .. }) => Seen::Unknown,
    })
}

/// Whether somebody's setting is shown in a pool: it decides over them, or it names them.
fn concerns(observed: &Observed, scope: &Scope, pool: &PoolId, subject: &Subject) -> bool {
    observed.scope(pool).contains(subject) || names(scope, pool, subject)
}

/// Whether a rule of a pool names somebody.
pub(super) fn names(scope: &Scope, pool: &PoolId, subject: &Subject) -> bool {
    let Subject::Member(member) = subject else { return false };
    scope.named.get(pool).is_some_and(|named| named.contains_key(member))
}

/// Whether so much is more than a level allows.
fn over(level: Level, drawn: Decimal) -> bool {
    match level {
        Level::Blocked => drawn > Decimal::ZERO,
        Level::Cap(Cap::Amount(cap)) => drawn > cap.value(),
        Level::Cap(Cap::Unlimited | Cap::Inherit) => false,
    }
}

/// Who says that somebody is at this level, and since when; nothing where nobody can tell since when.
///
/// Of the export and the record the later one counts where both may say so: what was drawn between the two is then
/// explained by what somebody set in the meantime.
fn belief(email: &str, level: Level, settings: &CenterSettings, scope: &Scope, observed: &Observed) -> Option<Belief> {
    let export = settings.export.as_ref();
    let taken = export.and_then(|export| export.taken);
    let by_export =
        || Some(taken?).map(|day| Belief { words: format!("the export of {day} shows {}", words(level)), day });
    let Some(confirmed) = scope.record.people.get(email).filter(|confirmed| plain(confirmed.value) == level) else {
        return by_export();
    };
    let by_record = by_record(confirmed);
    let shows_access = export.is_some_and(|export| export.columns.contains_key(&Column::Access));
    // It was confirmed for a plan that was made from this very export.
    let older = confirmed.basis.is_some() && confirmed.basis == observed.basis;
    if !shows_access || older {
        return Some(by_record);
    }
    let by_export = by_export()?;
    Some(if by_export.day > by_record.day { by_export } else { by_record })
}

/// A level in one way of saying it: a limit of nothing is no access.
fn plain(level: Level) -> Level {
    match level {
        Level::Cap(Cap::Amount(cap)) if cap.is_zero() => Level::Blocked,
        other => other,
    }
}

fn by_record(confirmed: &Confirmed<Level>) -> Belief {
    let day = confirmed.at.to_zoned(TimeZone::UTC).date();
    let Confirmed { value, by, .. } = confirmed;
    Belief { words: format!("{} was confirmed by {by} on {day}", words(plain(*value))), day }
}

/// A level as Figma calls it.
fn words(level: Level) -> String {
    match level {
        Level::Blocked => "No access".to_owned(),
        Level::Cap(Cap::Amount(cap)) => format!("a custom limit of {}", cap.grouped()),
        Level::Cap(Cap::Unlimited | Cap::Inherit) => "Full access".to_owned(),
    }
}

/// What speaks against a belief. Only the days after it count: of its own day nobody knows what came first.
fn against(belief: &Belief, level: Level, days: &BTreeMap<Date, Decimal>) -> Option<Evidence> {
    let after: BTreeMap<Date, Decimal> = days
        .iter()
        .filter(|(day, drawn)| **day > belief.day && **drawn > Decimal::ZERO)
        .map(|(day, drawn)| (*day, *drawn))
        .collect();
    let drawn: Decimal = after.values().sum();
    over(level, drawn).then(|| {
        let when = when(&after);
        Evidence { says: format!("drew {} {when}, although {}", credits(drawn), belief.words), drawn: None }
    })
}

/// What somebody drew of whom nothing shows what they may draw.
fn at_unknown_level(since: Date, days: &BTreeMap<Date, Decimal>, total: Decimal) -> Option<Evidence> {
    let drawn = Amount::new(total, Unit::Credits).ok()?;
    let last = days.iter().rfind(|(_, drawn)| **drawn > Decimal::ZERO).map(|(day, _)| *day)?;
    let says =
        format!("drew {} since {since}, the last on {last}, and nothing shows which level they are at", credits(total));
    Some(Evidence { says, drawn: Some(drawn) })
}

/// On which days.
fn when(days: &BTreeMap<Date, Decimal>) -> String {
    match (days.first_key_value(), days.last_key_value()) {
        (Some((first, _)), Some((last, _))) if first != last => format!("from {first} to {last}"),
        (Some((day, _)), _) => format!("on {day}"),
        (None, _) => String::new(),
    }
}

fn credits(drawn: Decimal) -> String {
    let number = Amount::new(drawn, Unit::Credits).map_or_else(|_| drawn.to_string(), |amount| amount.grouped());
    format!("{number} paid {}", if drawn == Decimal::ONE { "credit" } else { "credits" })
}

/// Takes what was believed of somebody back: nobody knows what they are set to.
fn doubt(observed: &mut Observed, scope: &Scope, subject: &Subject, evidence: &Evidence) {
    let pools: Vec<PoolId> = observed.state.pools.keys().cloned().collect();
    for id in pools {
        if !concerns(observed, scope, &id, subject) {
            continue;
        }
        if let Some(pool) = observed.state.pools.get_mut(&id) {
            let grant = pool.grants.entry(subject.clone()).or_default();
            grant.cap = None;
        }
        observed.evidence.insert((id, subject.clone()), evidence.clone());
    }
}

/// What a reader should be told about what was drawn.
fn tell(usage: &Usage, missing: &[&str], ageless: &[&str], shown: bool, observed: &mut Observed) {
    let notes = &mut observed.notes;
    notes.extend(usage.notes.iter().cloned());
    if !missing.is_empty() {
        let (people, are) = some(missing);
        notes.push(format!(
            "{people} drew paid credits since {} and {are} not in the export: export People again, so that the plan \
             knows everybody",
            usage.since
        ));
    }
    if !ageless.is_empty() {
        let (people, _) = some(ageless);
        notes.push(format!(
            "{people} drew more paid credits since {} than the export lets them; whether before or after it was made \
             only `taken:` under `export:` can tell",
            usage.since
        ));
    }
    let nameless: Decimal = usage.nameless.values().sum();
    if nameless > Decimal::ZERO {
        let users: Vec<&str> = usage.nameless.keys().map(String::as_str).filter(|id| !id.is_empty()).collect();
        let who = if users.is_empty() { "unknown users".to_owned() } else { format!("user {}", some(&users).0) };
        notes.push(format!(
            "{} were drawn since {} by {who}, whose e-mail address Figma does not tell, such as of somebody who was \
             deleted",
            credits(nameless),
            usage.since
        ));
    }
    let people: Decimal = usage.people.values().flat_map(BTreeMap::values).sum();
    let total = people.saturating_add(nameless);
    if total > Decimal::ZERO || shown {
        let groups: Vec<String> = observed
            .state
            .pools
            .values()
            .filter_map(|pool| pool.target.get(BILLING_GROUP))
            .filter_map(|group| Some(format!("{group} {}", credits(*usage.groups.get(group)?))))
            .collect();
        let groups = if groups.is_empty() { String::new() } else { format!(" ({})", groups.join(", ")) };
        notes.push(format!("{} drawn since {}{groups}; {LAG}", credits(total), usage.since));
    }
}

#[cfg(test)]
mod tests;
