//! How an account is looked at: what is common to all providers.

use std::time::Duration;

use crate::model::capability::{Ability, Capabilities};
use crate::model::{
    Availability, CenterSettings, Checkup, Offered, Reached, Scope, SecretSource, TokenCheck, TokenState,
};

use super::{CenterError, Reader};

/// What the token of a center is for, where the provider needs it for everything.
pub(super) const PURPOSE: &str = "to read and to change";

/// What a thread that waits for the system has beyond the time of the others.
const GRACE: Duration = Duration::from_secs(1);

/// Looks at an account, for so long at most. Whatever goes wrong is part of the answer.
pub async fn checkup(settings: &CenterSettings, scope: &Scope, longest: Duration) -> Checkup {
    let reader = match super::reader(settings) {
        Ok(reader) => reader,
        Err(error) => return unopened(settings, &error),
    };
    let (identity, plan) = (super::identity(settings).ok(), settings.plan.clone());
    let offers = by_table(reader.capabilities());
    let scope = scope.clone();
    // On a thread of its own: a file on a drive that hangs, or a pipe, must not keep the others. Whoever waits for an
    // answer gives up by itself; the rest of the time is for a thread that cannot.
    let runtime = tokio::runtime::Handle::current();
    let looking = tokio::task::spawn_blocking(move || {
        runtime.block_on(async { tokio::time::timeout(longest, reader.checkup(&scope)).await.ok() })
    });
    let (why, help) = match tokio::time::timeout(longest + GRACE, looking).await {
        Ok(Ok(Some(checkup))) => return checkup,
        Ok(Err(_)) => ("the look at it ended by an error of Bursar's own".to_owned(), "please report it"),
        Ok(Ok(None)) | Err(_) => (
            format!("nothing was known after {} s", longest.as_secs()),
            "see with -v which requests were answered; --timeout SECONDS waits longer",
        ),
    };
    let tokens = variable(settings)
        .map(|name| TokenCheck::new(name, PURPOSE, TokenState::NotTried))
        .collect();
    let reached = Reached::No { why, help: help.to_owned() };
    Checkup { identity, plan, reached, tokens, offers, notes: Vec::new() }
}

/// The variable that holds the center's token, where the files name one.
fn variable(settings: &CenterSettings) -> impl Iterator<Item = &str> {
    settings.token.iter().map(|SecretSource::Env(variable)| variable.as_str())
}

/// What is known of an account whose settings or token forbid to ask it.
fn unopened(settings: &CenterSettings, error: &CenterError) -> Checkup {
    let state = match error {
        CenterError::MissingToken(_) => TokenState::NotSet,
        CenterError::BadToken(_) => TokenState::Malformed,
        _ => TokenState::NotTried,
    };
    let token = |name: &str| {
        let next = state.is_bad().then(|| error.help());
        TokenCheck { next, ..TokenCheck::new(name, PURPOSE, state) }
    };
    Checkup {
        identity: super::identity(settings).ok(),
        plan: settings.plan.clone(),
        reached: Reached::No { why: error.to_string(), help: error.help() },
        tokens: variable(settings).map(token).collect(),
        offers: super::of(settings).map(by_table).unwrap_or_default(),
        notes: Vec::new(),
    }
}

/// What an error says of the token that was sent.
pub(super) fn state_after(error: &CenterError) -> TokenState {
    match error {
        CenterError::Unauthorized { .. } | CenterError::Forbidden { .. } => TokenState::Refused,
        _ => TokenState::NotTried,
    }
}

/// That a center was not reached.
pub(super) fn not_reached(error: &CenterError) -> Reached {
    // Of several things, each in a line of its own, one sentence.
    let why = error.to_string().replacen('\n', ": ", 1).replace('\n', "; ");
    Reached::No { why, help: error.help() }
}

/// The controls of a provider as its table has them.
pub(super) fn by_table(capabilities: &Capabilities) -> Vec<Offered> {
    let offers = capabilities.controls.iter().map(|(control, of)| {
        let read = of.read.is_api();
        let availability = match of.write {
            Ability::Api | Ability::Gated { .. } => Availability::Available,
            Ability::Manual(_) => Availability::ConsoleOnly,
            // What nobody sets can still be looked at.
            Ability::ReadOnly(_) | Ability::Unsupported(_) => match of.read {
                _ if read => Availability::Available,
                Ability::Manual(_) => Availability::ConsoleOnly,
                _ => Availability::NotOffered,
            },
        };
        Offered { control, availability, why: of.how.to_owned(), since: None }
    });
    offers.collect()
}

/// Looks by reading what a plan would read.
pub(super) async fn by_reading<R: Reader + ?Sized>(reader: &R, scope: &Scope) -> Checkup {
    let read = reader.read(scope).await;
    let reached = match &read {
        Ok(observed) => Reached::Yes(format!("read with {} requests", observed.reads)),
        Err(error) => not_reached(error),
    };
    let offers = reader.offers(scope).await;
    let notes = offers.as_ref().err().map(ToString::to_string).into_iter().collect();
    Checkup {
        identity: read.ok().map(|observed| observed.identity),
        plan: None,
        reached,
        tokens: Vec::new(),
        offers: offers.unwrap_or_else(|_| by_table(reader.capabilities())),
        notes,
    }
}
