//! Faults on demand: what goes wrong, for which request, and whether the state changes before it.

use std::time::Duration;

use serde_json::{Value, json};

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
    /// The beginning of `METHOD /path?query` that it hits.
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
    /// More headers, each with its line end.
    pub(crate) headers: String,
    /// The body.
    pub(crate) body: Value,
    /// How long the answer takes.
    pub(crate) delay: Duration,
    /// Whether nothing else goes wrong: the answer comes, but late.
    pub(crate) only_slow: bool,
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
            headers: String::new(),
            body: json!({ "message": "injected fault", "documentation_url": "https://docs.github.com/rest" }),
            delay: Duration::ZERO,
            only_slow: false,
        }
    }

    /// A lost connection.
    pub(crate) fn reset(on: &'static str, when: When) -> Self {
        Self { when, reset: true, ..Self::status(on, 0) }
    }

    /// The right answer, later: the request is carried out, and then it takes its time.
    pub(crate) fn slow(on: &'static str, milliseconds: u64) -> Self {
        let delay = Duration::from_millis(milliseconds);
        Self { when: When::After, delay, only_slow: true, ..Self::status(on, 0) }
    }

    /// A 403 that is nothing but a rate limit, told by these headers.
    pub(crate) fn limited(on: &'static str, headers: &str) -> Self {
        let words = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
        let body = json!({ "message": words, "documentation_url": "https://docs.github.com/rest/using-the-rest-api" });
        Self { headers: headers.to_owned(), body, ..Self::status(on, 403) }
    }
}

/// The fault that hits a request, if there is one.
pub(crate) fn take(faults: &mut Vec<Fault>, line: &str) -> Option<Fault> {
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
