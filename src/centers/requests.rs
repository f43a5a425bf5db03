//! Requests for a higher cap: what people ask for in the vendor's own product, and how they are answered.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::model::{Amount, Cap, Period, Subject};

use super::CenterError;

/// Somebody's request for a higher cap that nobody has answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapRequest {
    /// The vendor's id of it.
    pub id: String,
    /// Who asks.
    pub who: Subject,
    /// What they may draw now, where the vendor says it.
    pub now: Option<Cap>,
    /// How much they ask for, where they said it.
    pub asked: Option<Amount>,
    /// The period of the cap that they want raised, where the vendor keeps several and said a known one.
    pub period: Option<Period>,
    /// Why, in their words.
    pub reason: Option<String>,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// What became of an answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The vendor took it.
    Done,
    /// Somebody answered it before; in the vendor's words.
    NotPending(String),
    /// It was sent, and no answer tells whether the vendor took it.
    Unknown(String),
}

/// The requests of one center.
#[async_trait]
pub trait Requests: Send + Sync {
    /// Those that wait for an answer, the oldest first.
    async fn list(&self) -> Result<Vec<CapRequest>, CenterError>;

    /// Grants one, with exactly this cap.
    async fn approve(&self, id: &str, cap: Amount) -> Result<Settlement, CenterError>;

    /// Refuses one.
    async fn deny(&self, id: &str) -> Result<Settlement, CenterError>;
}

/// What a denial does beyond itself, by the provider: what a person should know before saying yes.
pub fn after_denial(provider: &str) -> Option<&'static str> {
    match provider {
        // Documented: POST /spend_limit_increase_requests/{id}/deny.
        "claude" => Some("Claude hides the button with which they ask from them for 30 days"),
        _ => None,
    }
}
