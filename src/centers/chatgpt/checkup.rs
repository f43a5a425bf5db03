//! Whether a workspace answers, and what the key may do. Each scope is asked with one small request; the one that writes
//! names nobody, so that nothing can come of it.

use crate::centers::CenterError;
use crate::centers::checkup::{PURPOSE, by_table, not_reached, state_after};
use crate::model::{Availability, Checkup, ControlName, Offered, Reached, TokenCheck, TokenState};

use super::CAPABILITIES;
use super::api::Api;

/// What makes a key of the right kind [D].
const KIND: &str = "make a workspace Admin key (admin.openai.com > Credentials > Admin keys) of this workspace; keys of \
     the API platform are refused here";
const READS: &str = "chatgpt.enterprise.usage_limit.read";
const WRITES: &str = "chatgpt.enterprise.usage_limit.write";
const DIRECTORY: &str = "chatgpt.enterprise.directory.read";

/// Looks at the workspace.
pub(super) async fn look(api: &Api, variable: &str, identity: String) -> Checkup {
    let mut token = TokenCheck::new(variable, PURPOSE, TokenState::NotTried);
    let mut notes = Vec::new();
    let reached = match api.workspace().await {
        Ok(_) => {
            token.state = TokenState::Accepted;
            scopes(api, &mut token, &mut notes).await;
            Reached::Yes("workspace limits".to_owned())
        }
        Err(error) => {
            token.state = state_after(&error);
            match &error {
                CenterError::Unauthorized { .. } => token.next = Some(KIND.to_owned()),
                // It may be of another kind, of another workspace, or without the scope: the answer's words are all
                // there is, and they are in the other line.
                CenterError::Forbidden { .. } => {
                    let other = api.directory().await.is_ok();
                    token.next = Some(if other {
                        format!("it reads the directory and no limits: give it {READS}")
                    } else {
                        format!("{KIND}, with {READS}")
                    });
                }
                _ => {}
            }
            not_reached(&error)
        }
    };
    notes.push("which scope joining and leaving groups needs is not known".to_owned());
    Checkup {
        identity: Some(identity),
        plan: None,
        reached,
        tokens: vec![token],
        offers: by_table(&CAPABILITIES),
        notes,
    }
}

async fn scopes(api: &Api, token: &mut TokenCheck, notes: &mut Vec<String>) {
    token.scopes.push(READS.to_owned());
    match api.directory().await {
        Ok(()) => token.scopes.push(DIRECTORY.to_owned()),
        Err(CenterError::Forbidden { .. }) => {
            notes.push(format!("the key does not read groups: a pool that is a group needs {DIRECTORY}"));
        }
        Err(error) => notes.push(format!("whether the key reads groups is not known: {error}")),
    }
    match api.may_write().await {
        Ok(true) => {
            token.scopes.push(WRITES.to_owned());
            token.too_wide = Some(format!("to plan, {READS} is enough: keep this one for apply"));
        }
        Ok(false) => token.next = Some(format!("to plan it is enough; an apply needs {WRITES}")),
        Err(error) => notes.push(format!("whether the key writes is not known: {error}")),
    }
}

/// The controls, where answers have the newer shape or do not: only there can limits end.
pub(super) fn offers(newer: bool) -> Vec<Offered> {
    let mut offers = by_table(&CAPABILITIES);
    for offer in offers.iter_mut().filter(|offer| offer.control == ControlName::Expiry && !newer) {
        offer.availability = Availability::NotEnabledYet;
    }
    offers
}
