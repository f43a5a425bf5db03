//! Whether the account answers, whose token it is and what it may do, how many seats and cost centers there are.

use crate::centers::CenterError;
use crate::centers::checkup::{PURPOSE, by_table, not_reached, state_after};
use crate::model::capability::Capabilities;
use crate::model::{Checkup, Reached, TokenCheck, TokenState};

use super::api::Api;

/// The scopes of a classic token that manage billing of an enterprise, widest first [D].
const MANAGE: [&str; 2] = ["admin:enterprise", "manage_billing:enterprise"];
/// The scopes of a classic token that see seats [D].
const SEATS: [&str; 4] = ["manage_billing:copilot", "read:enterprise", "admin:enterprise", "read:org"];
const NEXT: &str = "make a classic personal access token with manage_billing:enterprise and manage_billing:copilot, as an \
                    enterprise owner or billing manager, and authorize it for single sign-on";
const NEXT_ORGANIZATION: &str =
    "make a fine-grained token of the organization with Administration: read to plan, read and write to apply";
const CONFIGURED: &str = "what Bursar sets is configured: GitHub counts with a lag, and limits were overshot";

/// Looks at the account.
pub(super) async fn look(api: &Api, table: &Capabilities, identity: &str, variable: &str) -> Checkup {
    let mut token = TokenCheck::new(variable, PURPOSE, TokenState::NotTried);
    let mut notes = Vec::new();
    let enterprise = api.account().is_enterprise();
    let next = if enterprise { NEXT } else { NEXT_ORGANIZATION };
    match api.whose().await {
        Ok(whose) => {
            notes.push(format!("the token is one of {}", whose.login.escape_debug()));
            match whose.scopes {
                Some(scopes) => rights(&mut token, scopes, enterprise),
                None => notes.push("it is no classic token, so GitHub does not say what it may do".to_owned()),
            }
        }
        Err(error) => notes.push(format!("GitHub does not say whose token it is: {error}")),
    }
    let reached = match budgets(api, enterprise, &mut notes).await {
        Ok(words) => {
            token.state = TokenState::Accepted;
            Reached::Yes(words)
        }
        Err(error) => {
            token.state = state_after(&error);
            // Without the right to see them, budgets are not found.
            if let CenterError::Answer { status: 404, .. } = error {
                token.state = TokenState::Refused;
            }
            if token.state == TokenState::Refused {
                token.next = Some(next.to_owned());
            }
            not_reached(&error)
        }
    };
    notes.push(CONFIGURED.to_owned());
    Checkup {
        identity: Some(identity.to_owned()),
        plan: None,
        reached,
        tokens: vec![token],
        offers: by_table(table),
        notes,
    }
}

/// What a classic token's scopes let it do.
fn rights(token: &mut TokenCheck, scopes: Vec<String>, enterprise: bool) {
    let has = |wanted: &[&str]| scopes.iter().any(|scope| wanted.contains(&scope.as_str()));
    if enterprise && !has(&MANAGE) {
        token.next = Some(format!("it has no scope that manages billing: {NEXT}"));
    } else if enterprise && !has(&SEATS) {
        token.next = Some("add manage_billing:copilot, so that people without a seat are told".to_owned());
    }
    let needed = |scope: &&String| MANAGE.contains(&scope.as_str()) || SEATS.contains(&scope.as_str());
    let more: Vec<&str> = scopes.iter().filter(|scope| !needed(scope)).map(String::as_str).collect();
    token.too_wide = if scopes.iter().any(|scope| scope == "admin:enterprise") {
        Some("admin:enterprise opens the whole enterprise; manage_billing:enterprise is enough".to_owned())
    } else if !more.is_empty() {
        Some(format!("Bursar does not need {}", more.join(", ").escape_debug()))
    } else if has(&MANAGE) {
        // No scope was found that only reads billing.
        Some("it can write: no scope only reads billing, so guard it in a job that plans too".to_owned())
    } else {
        None
    };
    token.scopes = scopes.into_iter().map(|scope| scope.escape_debug().to_string()).collect();
}

/// What is there, in words.
async fn budgets(api: &Api, enterprise: bool, notes: &mut Vec<String>) -> Result<String, CenterError> {
    let budgets = api.budgets(None).await?.len();
    let mut words = vec![count(budgets, "budget", "budgets")];
    if enterprise {
        words.push(count(api.centers().await?.len(), "cost center", "cost centers"));
    }
    match api.seats().await {
        Ok(rows) => {
            let mut live = super::Live::default();
            live.sit(rows);
            let seats = live.seats.unwrap_or_default();
            let plan = |word: &str| seats.values().filter(|seat| seat.plan.as_deref() == Some(word)).count();
            words.push(count(seats.len(), "seat", "seats"));
            notes.push(format!(
                "seats: {} Copilot Business, {} Copilot Enterprise",
                plan("business"),
                plan("enterprise")
            ));
        }
        Err(error) => notes.push(format!("who has a seat cannot be read: {error}")),
    }
    Ok(words.join(", "))
}

fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}
