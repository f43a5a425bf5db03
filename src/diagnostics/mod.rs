//! A finding: something in the files that a person should know of. How it is printed is decided elsewhere.

mod files;

use serde::Serialize;

pub use files::{FileId, Files, Location, Span};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nobody can have meant this.
    Error,
    /// Stale or odd.
    Warning,
}

/// A second place that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub span: Span,
    /// What is there.
    pub message: String,
}

/// Something in the files that a person should know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check's stable code, such as `BUR010`.
    pub code: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// Where.
    pub span: Span,
    /// What.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Other places that belong to it.
    pub related: Vec<Related>,
}

impl Finding {
    /// The finding with a sentence on what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The finding with one more place.
    #[must_use]
    pub fn related(mut self, related: Related) -> Self {
        self.related.push(related);
        self
    }
}
