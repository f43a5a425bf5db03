//! What a look at an account comes to: is it reached, what may the token do, which controls are there.

use crate::model::capability::{Ability, Capabilities};
use crate::model::{Availability, Offered, Scope};

use super::{CenterError, Reader};

/// Whether a center could be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It answered; in words how that was seen.
    Yes(String),
    /// Nothing has to be reached: what is known of it is in files.
    Files(String),
    /// It did not, or not as it should: why, and what to do next.
    No {
        /// Why.
        why: String,
        /// What to do next.
        help: String,
    },
}

/// What is known of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenCheck {
    /// The environment variable.
    pub variable: String,
    /// What it is for.
    pub purpose: String,
    /// Whether the center takes it; `None` where nobody could ask.
    pub valid: Option<bool>,
    /// What it may do, as far as the center tells.
    pub scopes: Vec<String>,
    /// What it may do beyond what Bursar needs, in words.
    pub too_wide: Option<String>,
    /// What to do next, where something is to be done.
    pub next: Option<String>,
}

/// What a look at an account came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkup {
    /// Which account it is, where it told.
    pub identity: Option<String>,
    /// The vendor's plan, where it is known.
    pub plan: Option<String>,
    /// Whether it was reached.
    pub reached: Reached,
    /// Its tokens.
    pub tokens: Vec<TokenCheck>,
    /// Its controls, in the order of tables.
    pub offers: Vec<Offered>,
    /// What else the reader should be told.
    pub notes: Vec<String>,
}

/// The controls of a provider as its table has them.
pub(super) fn by_table(capabilities: &Capabilities) -> Vec<Offered> {
    let offers = capabilities.controls.iter().map(|(control, of)| {
        let reads = of.read.is_api();
        let availability = match of.write {
            Ability::Api | Ability::Gated { .. } => Availability::Available,
            Ability::Manual(_) => Availability::ConsoleOnly,
            Ability::ReadOnly(_) | Ability::Unsupported(_) if reads => Availability::Available,
            Ability::ReadOnly(_) | Ability::Unsupported(_) => Availability::NotOffered,
        };
        Offered { control, availability, why: of.how.to_owned(), since: None }
    });
    offers.collect()
}

/// Looks by reading what a plan would read.
pub(super) async fn by_reading<R: Reader + ?Sized>(reader: &R, scope: &Scope) -> Checkup {
    let failed = |error: &CenterError| Reached::No { why: error.to_string(), help: error.help() };
    let read = reader.read(scope).await;
    let reached = match &read {
        Ok(observed) => Reached::Yes(format!("{} requests", observed.reads)),
        Err(error) => failed(error),
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
