//! Whether an account answers, which product it is, and what its key may do, as far as reading tells: a missing scope is
//! named by a 403 [D]. Whether limits can be written shows when one is.

use crate::centers::CenterError;
use crate::centers::checkup::{PURPOSE, by_table, not_reached, state_after};
use crate::model::{
    Availability, CenterSettings, Checkup, ControlName, Offered, Reached, Scope, SecretSource, TokenCheck, TokenState,
};

use super::api::Api;
use super::object::is_whole;
use super::{Flavor, identity};

/// What a scoped key needs, and for what [D].
const READS: [(&str, &str); 3] =
    [("limits", "read:spend_limits"), ("users", "read:members"), ("groups", "read:rbac_groups")];
/// Where a key is made.
const MAKE_A_KEY: &str = "the primary owner makes a key with the scopes that docs/centers/claude.md names";

/// Looks at the account.
pub(super) async fn look(api: &Api, settings: &CenterSettings, scope: &Scope) -> Checkup {
    let variable = settings.token.as_ref().map(|SecretSource::Env(variable)| variable.as_str());
    let mut token = TokenCheck::new(variable.unwrap_or("the run's own identity"), PURPOSE, TokenState::NotTried);
    let mut notes = Vec::new();
    let reached = match reach(api, settings).await {
        Ok(words) => {
            token.state = TokenState::Accepted;
            Reached::Yes(words)
        }
        Err(error) => {
            token.state = state_after(&error);
            not_reached(&error)
        }
    };
    if reached.is_there() {
        let mut lacking = Vec::new();
        for (what, needed) in READS {
            let groups = scope.pools.values().any(|target| !is_whole(target));
            let asked = match (what, api.flavor) {
                ("groups", Flavor::Enterprise) if !groups => continue,
                ("users" | "groups", Flavor::Gateway) => continue,
                ("groups", _) => api.first("rbac_groups").await,
                ("users", _) => api.first("users").await,
                _ => api.first("spend_limits").await,
            };
            match asked {
                Ok(()) => token.scopes.push(needed.to_owned()),
                Err(CenterError::Forbidden { why, .. }) => lacking.push(format!("{needed} ({why})")),
                Err(error) => notes.push(format!("{what}: {error}")),
            }
        }
        if api.flavor != Flavor::Enterprise {
            token.scopes.clear();
        }
        if !lacking.is_empty() {
            token.state = TokenState::Refused;
            token.next = Some(format!("it lacks {}; {MAKE_A_KEY}", lacking.join(", ")));
        }
        if api.flavor != Flavor::Gateway {
            notes.push(
                "whether limits can be written for this organization shows when one is: a 403 with \
                 spend_limits_admin_api_writes_not_enabled means that they cannot yet, and Anthropic's support switches it on"
                    .to_owned(),
            );
        }
    }
    kind(api.flavor, settings, variable, &mut token);
    if let (TokenState::Refused, None, Reached::No { help, .. }) = (token.state, &token.next, &reached) {
        token.next = Some(help.clone());
    }
    Checkup {
        identity: identity(settings).ok(),
        plan: None,
        reached,
        tokens: vec![token],
        offers: offers(api.flavor),
        notes,
    }
}

/// What shows that the account answers: who it is, before anything else.
async fn reach(api: &Api, settings: &CenterSettings) -> Result<String, CenterError> {
    if api.flavor == Flavor::Gateway {
        api.first("spend_limits").await?;
        return Ok(api.flavor.product().to_owned());
    }
    let me = api.me().await?;
    let asked = settings.organization.as_deref().unwrap_or_default();
    let found = format!("{} ({})", me.name.escape_debug(), me.id.escape_debug());
    if !me.id.eq_ignore_ascii_case(asked) {
        return Err(CenterError::OtherAccount { asked: asked.to_owned(), found });
    }
    other_flavor(api).await?;
    Ok(found)
}

/// Whether the account is of the other hosted product: its list refuses the scopes of this one [D].
async fn other_flavor(api: &Api) -> Result<(), CenterError> {
    let (own, flavor) = match api.flavor {
        Flavor::Enterprise => ("user", "console"),
        Flavor::Console => ("workspace", "enterprise"),
        Flavor::Gateway => return Ok(()),
    };
    match api.first_of(own).await {
        Err(CenterError::Answer { status: 400, .. }) => {
            Err(CenterError::OtherFlavor { expected: api.flavor.product(), flavor })
        }
        // What else goes wrong is said where the scopes are tried.
        _ => Ok(()),
    }
}

/// What the beginning of a key tells: keys of both products are told apart by it [D].
fn kind(flavor: Flavor, settings: &CenterSettings, variable: Option<&str>, token: &mut TokenCheck) {
    if settings.auth.is_some_and(|auth| auth != crate::model::Auth::ApiKey) || flavor == Flavor::Gateway {
        return;
    }
    let Some(key) = variable.and_then(|variable| std::env::var(variable).ok()) else { return };
    let next = if key.starts_with("sk-ant-admin01-") {
        token.too_wide =
            Some("an admin key of the Console has no scopes: for a plan it is as strong as for an apply".to_owned());
        (flavor == Flavor::Enterprise)
            .then_some("it is an admin key of the Console; Enterprise takes scoped keys (sk-ant-api01-…)")
    } else if key.starts_with("sk-ant-api01-") {
        (flavor == Flavor::Console)
            .then_some("it is a scoped key of Enterprise; the Console takes admin keys (sk-ant-admin01-…)")
    } else if key.starts_with("sk-ant-api") {
        Some("it is a key for the models, which opens nothing here")
    } else {
        None
    };
    if let (Some(next), None) = (next, &token.next) {
        token.next = Some(next.to_owned());
    }
}

fn offers(flavor: Flavor) -> Vec<Offered> {
    let mut offers = by_table(flavor.capabilities());
    for offer in &mut offers {
        if offer.control == ControlName::Budget && flavor == Flavor::Enterprise {
            offer.availability = Availability::ConsoleOnly;
        }
    }
    offers
}
