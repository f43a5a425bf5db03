//! What is known of the tokens of a Figma center. None is needed to plan: one reads usage, one the roster.

use crate::model::{CenterSettings, SecretSource, TokenCheck, TokenState};

/// The scope of a plan access token that reads usage; no other is needed (documented).
const USAGE_SCOPE: &str = "org:ai_metering_usage_read";

/// Looks at the tokens that the settings name, without sending them anywhere.
pub(super) fn tokens(settings: &CenterSettings) -> Vec<TokenCheck> {
    let usage = settings.token.as_ref().map(|source| {
        let purpose = format!("to read usage; a plan access token with {USAGE_SCOPE} and no other scope");
        check(source, purpose, None)
    });
    let scim = settings.scim.as_ref().map(|scim| {
        // A SCIM token cannot be had for reading alone (documented).
        let wide = "it also writes users: keep it out of jobs that need no roster".to_owned();
        check(&scim.token, "to read the roster by SCIM".to_owned(), Some(wide))
    });
    usage.into_iter().chain(scim).collect()
}

fn check(SecretSource::Env(variable): &SecretSource, purpose: String, too_wide: Option<String>) -> TokenCheck {
    let value = std::env::var_os(variable).filter(|value| !value.is_empty());
    let (state, next) = match value.map(std::ffi::OsString::into_string) {
        None => (
            TokenState::NotSet,
            Some(format!("export {variable} with the token, or take it out of the file: no plan needs it")),
        ),
        Some(Ok(token)) if token.bytes().all(|b| b.is_ascii_graphic()) => (TokenState::NotTried, None),
        Some(_) => {
            (TokenState::Malformed, Some(format!("check {variable} for line ends, quotes and spaces around the token")))
        }
    };
    TokenCheck { too_wide, next, ..TokenCheck::new(variable, purpose, state) }
}
