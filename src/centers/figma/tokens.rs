//! What is known of the tokens of a Figma center: each is tried with one small request. None is needed to plan from an
//! export: one reads usage, one the roster.

use std::future::Future;
use std::time::Duration;

use futures_util::future::join;

use crate::centers::CenterError;
use crate::centers::checkup::state_after;
use crate::model::{CenterSettings, SecretSource, TokenCheck, TokenState};

use super::{scim, usage};

/// The scope of a plan access token that reads usage; no other is needed (documented).
const USAGE_SCOPE: &str = "org:ai_metering_usage_read";
/// How long one of Figma's services is waited for, so that what the files tell is said in any case.
const LONGEST: Duration = Duration::from_secs(5);

/// The tokens that the settings name.
pub(super) struct Tokens {
    /// Each, as it was found.
    pub(super) checks: Vec<TokenCheck>,
    /// Whether the usage API took the token for it.
    pub(super) reads_usage: bool,
    /// Why a service could not be asked though its token looks like one: no plan can be made then.
    pub(super) trouble: Option<CenterError>,
}

/// Tries the tokens that the settings name, side by side.
pub(super) async fn tokens(settings: &CenterSettings) -> Tokens {
    let usage = async {
        let source = settings.token.as_ref()?;
        let purpose = format!("to read usage; a plan access token with {USAGE_SCOPE} and no other scope");
        Some(tried(check(source, purpose, None), usage::probe(settings, source)).await)
    };
    let scim = async {
        let scim = settings.scim.as_ref()?;
        // A SCIM token cannot be had for reading alone (documented).
        let wide = "it also writes users: keep it out of jobs that need no roster".to_owned();
        let check = check(&scim.token, "to read the roster by SCIM".to_owned(), Some(wide));
        Some(tried(check, scim::probe(settings, scim)).await)
    };
    let (usage, scim) = join(usage, scim).await;
    let reads_usage = usage.as_ref().is_some_and(|(check, _)| check.state == TokenState::Accepted);
    let mut tokens = Tokens { checks: Vec::new(), reads_usage, trouble: None };
    for (check, trouble) in usage.into_iter().chain(scim) {
        tokens.checks.push(check);
        tokens.trouble = tokens.trouble.or(trouble);
    }
    tokens
}

/// What became of a token that was tried. One that cannot be a token is sent nowhere.
async fn tried(
    mut check: TokenCheck,
    probe: impl Future<Output = Result<(), CenterError>>,
) -> (TokenCheck, Option<CenterError>) {
    if check.state != TokenState::NotTried {
        return (check, None);
    }
    let trouble = match tokio::time::timeout(LONGEST, probe).await {
        Ok(Ok(())) => {
            check.state = TokenState::Accepted;
            return (check, None);
        }
        Ok(Err(error)) => error,
        Err(_) => {
            check.next = Some(format!("no answer came within {} s: run again, or see with -v", LONGEST.as_secs()));
            return (check, None);
        }
    };
    check.state = state_after(&trouble);
    if let CenterError::Unauthorized { why, .. } | CenterError::Forbidden { why, .. } = &trouble {
        check.next = Some(format!("{why}: {}", trouble.help()));
        return (check, None);
    }
    (check, Some(trouble))
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
