//! What a look at an account came to: is it reached, what may the token do, which controls are there.

use super::Offered;

/// Whether a center could be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It answered; in words what showed it.
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

impl Reached {
    /// Whether something is known of it.
    pub fn is_there(&self) -> bool {
        !matches!(self, Self::No { .. })
    }
}

/// What became of a token that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// The center takes it.
    Accepted,
    /// The center does not take it, or not for what Bursar does.
    Refused,
    /// The variable is not set.
    NotSet,
    /// What the variable holds cannot be a token.
    Malformed,
    /// Nobody could ask.
    NotTried,
}

impl TokenState {
    /// Whether something is to be done before a plan or an apply can use it.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Refused | Self::NotSet | Self::Malformed)
    }
}

/// What is known of a token. The token itself is in nothing that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenCheck {
    /// The environment variable.
    pub variable: String,
    /// What it is for.
    pub purpose: String,
    /// What became of it.
    pub state: TokenState,
    /// What it may do, as far as the center tells.
    pub scopes: Vec<String>,
    /// What it may do beyond what Bursar needs, in words.
    pub too_wide: Option<String>,
    /// What to do next, where something is to be done.
    pub next: Option<String>,
}

impl TokenCheck {
    /// A token of which nothing is known but what became of it.
    pub fn new(variable: impl Into<String>, purpose: impl Into<String>, state: TokenState) -> Self {
        Self {
            variable: variable.into(),
            purpose: purpose.into(),
            state,
            scopes: Vec::new(),
            too_wide: None,
            next: None,
        }
    }
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
