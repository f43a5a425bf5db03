//! What a center over HTTP says of itself and of the token. Nothing is written to find out.

use crate::centers::checkup::{PURPOSE, by_table, not_reached, state_after};
use crate::model::{Availability, Checkup, ControlName, Offered, Reached, TokenCheck, TokenState};

use super::CAPABILITIES;
use super::api::Api;
use super::wire::CenterAnswer;

/// Looks at the center: what it is, and whether the token reads its pools.
pub(super) async fn look(api: &Api, variable: &str) -> Checkup {
    let mut checkup = Checkup {
        identity: Some(api.base_url()),
        plan: None,
        reached: Reached::Files(String::new()),
        tokens: Vec::new(),
        offers: by_table(&CAPABILITIES),
        notes: Vec::new(),
    };
    let mut token = TokenCheck::new(variable, PURPOSE, TokenState::NotTried);
    match api.about().await {
        Ok(about) => {
            checkup.offers = offers(&about);
            told(&about, &mut token);
            let version = about.version.map_or(String::new(), |version| format!(", version {version}"));
            checkup.identity = Some(about.identity);
            match api.pools().await {
                Ok(pools) => {
                    token.state = TokenState::Accepted;
                    let pools = match pools.len() {
                        1 => "1 pool".to_owned(),
                        many => format!("{many} pools"),
                    };
                    checkup.reached = Reached::Yes(format!("{pools}{version}"));
                }
                Err(error) => {
                    token.state = state_after(&error);
                    checkup.reached = not_reached(&error);
                }
            }
        }
        Err(error) => {
            token.state = state_after(&error);
            checkup.reached = not_reached(&error);
        }
    }
    if let (TokenState::Refused, Reached::No { help, .. }) = (token.state, &checkup.reached) {
        token.next = Some(help.clone());
    }
    checkup.tokens.push(token);
    checkup
}

/// What the center says of the token.
fn told(about: &CenterAnswer, token: &mut TokenCheck) {
    match about.access.as_deref() {
        Some("read") => {
            token.scopes = vec!["read".to_owned()];
            token.next = Some("to plan it is enough; an apply needs one that writes".to_owned());
        }
        Some("write") => {
            token.scopes = vec!["read".to_owned(), "write".to_owned()];
            token.too_wide = Some("more than a plan needs: give jobs that only plan a token that reads".to_owned());
        }
        // Older ones, and others than `bursar serve`, need not say.
        _ => {
            token.next = Some("the center does not tell whether it may write; an apply would show".to_owned());
        }
    }
}

/// The controls as the center itself lists them; what it does not list is as the table says.
pub(super) fn offers(about: &CenterAnswer) -> Vec<Offered> {
    let mut offers = by_table(&CAPABILITIES);
    for offer in &mut offers {
        // Nobody sets what was drawn and who is there.
        let way = if matches!(offer.control, ControlName::Usage | ControlName::Roster) { "read" } else { "write" };
        let Some(word) = about.ability(offer.control.key(), way) else { continue };
        offer.availability = match word {
            "manual" => Availability::ConsoleOnly,
            "read_only" | "unsupported" => Availability::NotOffered,
            _ => continue,
        };
        offer.why = format!("the center says `{}`", word.escape_debug());
    }
    offers
}
