//! What a runbook says that was set, held against the files: nothing of it is taken on trust.

use std::collections::BTreeMap;

use crate::centers;
use crate::config::ResolvedCenter;
use crate::config::record::is_name;
use crate::model::capability::{Ability, Capabilities, Control, Identity, Units};
use crate::model::{Amount, Cap, CenterId, Level, Limit, PoolSetting, Target};
use crate::output::confirm::name;
use crate::output::escape::Terminal;
use crate::plan::{Item, Sets, Step};

use super::super::session::{Session, unknown};
use super::{CommandError, Exit, Terms};

/// What an item sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A person, by the identity in lower case.
    Person(String, Level),
    /// A pool.
    Pool(Target, PoolSetting),
}

/// An item of the runbook, as it would be recorded.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// The position among all items.
    pub(super) place: usize,
    /// Whether somebody says that it was done.
    pub(super) is_done: bool,
    pub(super) center: CenterId,
    pub(super) control: crate::model::ControlName,
    pub(super) what: What,
}

/// Every item of the runbook whose center is in the files. Whatever is said to be done has to be sound; of the rest,
/// what is not is left out.
pub(super) fn wanted(session: &Session, terms: &Terms<'_>) -> Result<Vec<Wanted>, CommandError> {
    let mut wanted = Vec::new();
    let mut accounts: BTreeMap<&CenterId, &ResolvedCenter> = BTreeMap::new();
    let concerned = terms.missing.iter().map(|absence| &absence.center);
    let done = terms
        .done
        .iter()
        .filter_map(|(s, _)| terms.runbook.steps.get(*s))
        .map(|step| &step.center);
    for center in done.chain(concerned) {
        if !accounts.contains_key(center) {
            accounts.insert(center, account(session, terms, center)?);
        }
    }
    let mut place = 0;
    for (s, step) in terms.runbook.steps.iter().enumerate() {
        for (i, item) in step.items.iter().enumerate() {
            let is_done = terms.done.contains(&(s, i));
            if let Some(center) = accounts.get(&step.center) {
                match what(center, item) {
                    Ok(what) => {
                        let (center, control) = (step.center.clone(), step.control);
                        wanted.push(Wanted { place, is_done, center, control, what });
                    }
                    Err(why) if is_done => return Err(unsound(step, item, &why)),
                    Err(_) => {}
                }
            }
            place += 1;
        }
    }
    Ok(wanted)
}

fn unsound(step: &Step, item: &Item, why: &str) -> CommandError {
    let message = format!("step {}, {}: {}", step.number, Terminal(name(item)), Terminal(why));
    CommandError::message(message)
        .hint("nothing was recorded; make the runbook anew, this one was changed or is of other files")
}

/// The center of a runbook, if it is the same account as in the files, and one that is set by hand.
fn account<'s>(session: &'s Session, terms: &Terms<'_>, id: &CenterId) -> Result<&'s ResolvedCenter, CommandError> {
    let centers = &session.resolved.centers;
    let Some(center) = centers.get(id) else {
        let error = unknown("center", id.as_str(), centers.keys().map(CenterId::as_str));
        return Err(CommandError { exit: Exit::Failed, ..error.context("the runbook is of other files") });
    };
    if centers::record(&center.settings).is_none() {
        return Err(CommandError::message(format!("`{id}` is not set by hand, so nothing of it is recorded"))
            .hint("`bursar apply` writes to it"));
    }
    let account = centers::identity(&center.settings)?;
    let said = terms.runbook.centers.get(id).map(|center| center.identity.as_str()).unwrap_or_default();
    if account != said {
        let message = format!("the runbook is of `{}`, and `{id}` is `{}`", Terminal(said), Terminal(&account));
        let error = CommandError::message(message).hint("nothing was recorded; make the runbook anew");
        return Err(CommandError { exit: Exit::Stale, ..error });
    }
    Ok(center)
}

/// What an item sets, or why it cannot.
fn what(center: &ResolvedCenter, item: &Item) -> Result<What, String> {
    let capabilities = center.capabilities;
    match &item.sets {
        Sets::Person { identity, level } => {
            person(center, item, identity)?;
            let level: Level = level.parse().map_err(|error: crate::model::LevelError| error.to_string())?;
            fits(capabilities, level)?;
            Ok(What::Person(identity.to_ascii_lowercase(), level))
        }
        Sets::Pool { target, limit, when_exhausted } => {
            let keys = capabilities.targets;
            if target.0.is_empty()
                || !target
                    .0
                    .iter()
                    .all(|(key, value)| is_name(value) && keys.iter().any(|known| known.name == key))
            {
                return Err(format!("`{}` has no such object", capabilities.provider));
            }
            if let Some(when) = when_exhausted.filter(|when| !capabilities.when_exhausted.contains(when)) {
                return Err(format!("`{}` has no `{when}`", capabilities.provider));
            }
            let limit = limit
                .as_deref()
                .map(PoolSetting::limit_of)
                .transpose()
                .map_err(|error| error.to_string())?;
            if let Some(Limit::Amount(amount)) = limit {
                holds(capabilities, amount)?;
            }
            if limit.is_none() && when_exhausted.is_none() {
                return Err("it sets nothing".to_owned());
            }
            Ok(What::Pool(target.clone(), PoolSetting { limit, when_exhausted: *when_exhausted }))
        }
    }
}

/// Whether the identity is one that the center may know somebody by, and the one of the member that the item names.
fn person(center: &ResolvedCenter, item: &Item, identity: &str) -> Result<(), String> {
    let by_email = center.capabilities.identity == Identity::Email;
    let is_address = identity.contains('@') && !identity.contains(char::is_whitespace);
    if !is_name(identity) || (by_email && !is_address) {
        return Err(format!("`{}` knows nobody by `{identity}`", center.capabilities.provider));
    }
    let Some(member) = &item.member else { return Ok(()) };
    let found = center.scope.roster.subject(identity);
    if center.scope.roster.iter().any(|(known, _)| known == member)
        && found != crate::model::Subject::Member(member.clone())
    {
        return Err(format!("`{identity}` is not `{member}` of the files"));
    }
    Ok(())
}

fn fits(capabilities: &Capabilities, level: Level) -> Result<(), String> {
    let controls = &capabilities.controls;
    let (control, what) = match level {
        Level::Blocked => return Ok(()),
        Level::Cap(Cap::Unlimited) => (controls.cap_unlimited, "`unlimited`"),
        Level::Cap(Cap::Inherit) => (controls.cap_inherit, "`inherit`"),
        Level::Cap(Cap::Amount(amount)) => {
            holds(capabilities, amount)?;
            if amount.is_zero() {
                (controls.cap_zero, "a cap of zero")
            } else {
                (controls.cap_amount, "caps of an amount")
            }
        }
    };
    if is_settable(control) { Ok(()) } else { Err(format!("`{}` has no {what}", capabilities.provider)) }
}

fn is_settable(control: Control) -> bool {
    !matches!(control.write, Ability::Unsupported(_) | Ability::ReadOnly(_))
}

/// Whether the center can hold an amount exactly.
fn holds(capabilities: &Capabilities, amount: Amount) -> Result<(), String> {
    if let Units::Only(units) = capabilities.units
        && !units.contains(&amount.unit())
    {
        return Err(format!("`{}` does not count {}", capabilities.provider, amount.unit()));
    }
    let number = amount.value().normalize();
    let digits = number.mantissa().unsigned_abs().to_string().len();
    if number.scale() > capabilities.precision.decimals || digits > capabilities.precision.digits as usize {
        return Err(format!("`{}` cannot hold {} exactly", capabilities.provider, amount.number()));
    }
    Ok(())
}
