//! Faults on demand: what goes wrong, for which request, and whether the state changes before it.

use std::time::Duration;

use super::{Answer, coded, error};

/// Whether a request is carried out before it goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Nothing is carried out.
    Before,
    /// It is carried out, and the answer is lost.
    After,
}

/// One fault.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// The beginning of `METHOD /path` that it hits.
    pub(crate) on: &'static str,
    /// How many matching requests pass before.
    pub(crate) skip: usize,
    /// How often it happens.
    pub(crate) times: usize,
    /// Before or after the request is carried out.
    pub(crate) when: When,
    /// Whether the connection is closed without an answer.
    pub(crate) reset: bool,
    /// Else the status.
    pub(crate) status: u16,
    /// The `error_code` of the answer.
    pub(crate) code: Option<&'static str>,
    /// `Retry-After`, in seconds.
    pub(crate) retry_after: Option<u32>,
    /// How long the answer takes; then it comes, and nothing goes wrong.
    pub(crate) slow: Option<Duration>,
}

impl Fault {
    /// A status, before anything is carried out.
    pub(crate) fn status(on: &'static str, status: u16) -> Self {
        Self {
            on,
            skip: 0,
            times: 1,
            when: When::Before,
            reset: false,
            status,
            code: None,
            retry_after: None,
            slow: None,
        }
    }

    /// The right answer, later: the request is carried out, or not, and then it takes its time.
    pub(crate) fn slow(on: &'static str, when: When, milliseconds: u64) -> Self {
        Self { when, slow: Some(Duration::from_millis(milliseconds)), ..Self::status(on, 0) }
    }

    /// A lost connection.
    pub(crate) fn reset(on: &'static str, when: When) -> Self {
        Self { when, reset: true, ..Self::status(on, 0) }
    }

    /// The error that the vendor answers.
    pub(super) fn answer(&self) -> Answer {
        let kind = match self.status {
            400 => "invalid_request_error",
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            409 => "conflict_error",
            429 => "rate_limit_error",
            529 => "overloaded_error",
            _ => "api_error",
        };
        match self.code {
            Some(code) => coded(self.status, kind, "injected fault", code),
            None => error(self.status, kind, "injected fault"),
        }
    }
}

/// The fault that hits a request, if there is one.
pub(super) fn take(faults: &mut Vec<Fault>, line: &str) -> Option<Fault> {
    let at = faults.iter().position(|fault| line.starts_with(fault.on))?;
    if faults[at].skip > 0 {
        faults[at].skip -= 1;
        return None;
    }
    faults[at].times -= 1;
    let fault = faults[at].clone();
    if fault.times == 0 {
        faults.remove(at);
    }
    Some(fault)
}
