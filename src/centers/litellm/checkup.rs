//! Whether a LiteLLM answers, and whether the key is one of an admin. Observed on LiteLLM proxy 1.106.2: who asks is told
//! by `/user/info`, the version by `/health/readiness/details`, and only to admins.

use crate::centers::checkup::{PURPOSE, by_table, not_reached, state_after};
use crate::model::{Checkup, ControlName, Offered, Reached, TokenCheck, TokenState};

use super::api::Api;
use super::wire::Caller;
use super::{CALLER, CAPABILITIES};

const ADMIN: &str = "use the key of a user whose role is proxy_admin, kept for Bursar alone";
/// Documented; the proxy does not say whether it has a licence.
const MAILS: &str = "LiteLLM sends the mails of soft_budget with an enterprise licence only";

/// Looks at the proxy.
pub(super) async fn look(api: &Api, variable: &str) -> Checkup {
    let mut token = TokenCheck::new(variable, PURPOSE, TokenState::NotTried);
    let mut notes = Vec::new();
    let reached = match api.teams().await {
        Ok(teams) => {
            token.state = TokenState::Accepted;
            let version = match api.readiness().await {
                Ok(ready) => {
                    if let Some(db) = ready.db.filter(|db| db != "connected") {
                        notes.push(format!("its database is `{}`", db.escape_debug()));
                    }
                    ready
                        .version
                        .map_or(String::new(), |version| format!(", version {}", version.escape_debug()))
                }
                Err(_) => String::new(),
            };
            let teams = match teams.len() {
                1 => "1 team".to_owned(),
                many => format!("{many} teams"),
            };
            Reached::Yes(format!("{teams}{version}"))
        }
        Err(error) => {
            token.state = state_after(&error);
            not_reached(&error)
        }
    };
    // A key that may not list the teams may still say whose it is, and that says what to do.
    if token.state != TokenState::NotTried {
        match api.caller().await {
            Ok(Some(caller)) => whose(&caller, &mut token),
            Ok(None) => token.next = Some(format!("it belongs to no user, so its role is not known; {ADMIN}")),
            Err(_) => {}
        }
    }
    if let (TokenState::Refused, None, Reached::No { help, .. }) = (token.state, &token.next, &reached) {
        token.next = Some(help.clone());
    }
    Checkup { identity: Some(api.identity()), plan: None, reached, tokens: vec![token], offers: offers(), notes }
}

/// What the caller's role says of the key.
fn whose(caller: &Caller, token: &mut TokenCheck) {
    let role = caller.user.as_ref().and_then(|user| user.role.as_deref());
    match role {
        None if caller.id.as_deref() == Some(CALLER) => {
            token.scopes = vec!["everything, as the master key".to_owned()];
            token.too_wide = Some("it opens everything in the proxy, and is not for Bursar alone".to_owned());
            token.next = Some(ADMIN.to_owned());
        }
        Some("proxy_admin") => {
            token.scopes = vec!["proxy_admin".to_owned()];
            token.too_wide = Some("also models, keys and settings, which Bursar leaves alone".to_owned());
        }
        Some("proxy_admin_viewer") => {
            token.scopes = vec!["proxy_admin_viewer".to_owned()];
            token.next = Some("to plan it is enough; an apply needs one of a proxy_admin".to_owned());
        }
        Some(role) => {
            token.scopes = vec![role.escape_debug().to_string()];
            if token.state == TokenState::Refused {
                token.next = Some(ADMIN.to_owned());
            }
        }
        None => {}
    }
}

fn offers() -> Vec<Offered> {
    let mut offers = by_table(&CAPABILITIES);
    for offer in offers.iter_mut().filter(|offer| offer.control == ControlName::Alert) {
        offer.why = format!("{}; {MAILS}", offer.why);
    }
    offers
}
