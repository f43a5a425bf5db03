//! What became of a request that was no success: the sentence for people, and how far it got.

use std::time::Duration;

use super::super::CenterError;
use super::Repeat;

/// How far a request got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It was never sent.
    NotSent,
    /// It was sent, and no whole answer came: nobody knows whether it was carried out.
    NoAnswer,
    /// It was answered with this status.
    Answered(u16),
}

/// A request that was no success.
#[derive(Debug)]
pub(crate) struct HttpError {
    /// How far it got.
    pub(crate) reach: Reach,
    /// The sentence for people.
    pub(crate) error: CenterError,
    /// The server's own id of the request, where it gave one.
    pub(crate) request_id: Option<String>,
}

impl HttpError {
    /// A request that could not be sent.
    pub(super) fn not_sent(url: &str, why: String) -> Self {
        let error = CenterError::Unreachable { url: url.to_owned(), why };
        Self { reach: Reach::NotSent, error, request_id: None }
    }

    /// A request for which something was missing before it could be sent.
    pub(crate) fn before(error: CenterError) -> Self {
        Self { reach: Reach::NotSent, error, request_id: None }
    }

    /// A request without an answer.
    pub(super) fn no_answer(url: &str, why: String) -> Self {
        let error = CenterError::Unreachable { url: url.to_owned(), why };
        Self { reach: Reach::NoAnswer, error, request_id: None }
    }

    /// A request that the center's rate limit does not let go for longer than Bursar waits.
    pub(super) fn used_up(url: &str, wait: Duration, longest: Duration) -> Self {
        let error =
            CenterError::UsedUp { url: url.to_owned(), wait: wait.as_secs().max(1), longest: longest.as_secs() };
        Self { reach: Reach::NotSent, error, request_id: None }
    }

    /// Whether the center may have carried it out nevertheless.
    pub(super) fn may_have_been_made(&self) -> bool {
        matches!(self.reach, Reach::NoAnswer | Reach::Answered(500..))
    }

    /// The same, of a request that was sent before: whatever is said now, an earlier try may have been carried out.
    pub(super) fn unsure(mut self) -> Self {
        if !self.may_have_been_made() {
            self.reach = Reach::NoAnswer;
        }
        self
    }

    /// Whether sending it again is safe and might help.
    pub(super) fn may_repeat(&self, repeat: Repeat) -> bool {
        match self.reach {
            Reach::NotSent => matches!(self.error, CenterError::Unreachable { .. }),
            Reach::NoAnswer | Reach::Answered(502..=504 | 529) => repeat == Repeat::Safe,
            Reach::Answered(_) => false,
        }
    }

    /// The same with one more sentence about why it was not tried again.
    pub(super) fn with(mut self, more: &str) -> Self {
        match &mut self.error {
            CenterError::Unreachable { why, .. } | CenterError::Answer { why, .. } if !more.is_empty() => {
                *why = format!("{why}; {more}");
            }
            _ => {}
        }
        self
    }
}

impl From<HttpError> for CenterError {
    fn from(error: HttpError) -> Self {
        error.error
    }
}

/// The error of an answer that was no success.
pub(super) fn status_error(
    url: &str,
    method: &str,
    path: &str,
    status: u16,
    why: String,
    request_id: Option<String>,
) -> HttpError {
    let url = url.to_owned();
    let error = match status {
        401 => CenterError::Unauthorized { url, why },
        403 => CenterError::Forbidden { url, why },
        _ => CenterError::Answer { method: method.to_owned(), path: path.to_owned(), status, why },
    };
    HttpError { reach: Reach::Answered(status), error, request_id }
}
