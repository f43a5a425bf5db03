//! Why a store did not do what it was asked. No secret and nothing that a server sent as a page is in it.

use std::error::Error;
use std::fmt::Display;

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// Nothing is there, or the bucket is not.
    NotFound,
    /// Something is there already.
    Exists,
    /// The store knows us and does not let us, or does not know us.
    Denied,
    /// No answer in time, or none that is one.
    Unreachable,
    /// The environment or the place asks for what cannot be.
    Settings,
    /// More than is read.
    TooLarge,
    /// What is there is not what was written there.
    Damaged,
}

/// Why a store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub struct StoreError {
    /// What was asked for.
    pub place: String,
    /// What kind of failure it is.
    pub kind: StoreErrorKind,
    why: String,
}

impl StoreError {
    /// A failure in our own words.
    pub(crate) fn new(place: impl Display, kind: StoreErrorKind, why: impl Into<String>) -> Self {
        Self { place: place.to_string(), kind, why: why.into() }
    }

    /// What a store says.
    pub(super) fn of_store(place: impl Display, error: &object_store::Error) -> Self {
        use object_store::Error as E;
        let kind = match error {
            E::NotFound { .. } => StoreErrorKind::NotFound,
            E::AlreadyExists { .. } | E::Precondition { .. } | E::NotModified { .. } => StoreErrorKind::Exists,
            E::PermissionDenied { .. } | E::Unauthenticated { .. } => StoreErrorKind::Denied,
            E::InvalidPath { .. } | E::NotImplemented { .. } | E::UnknownConfigurationKey { .. } => {
                StoreErrorKind::Settings
            }
            _ => StoreErrorKind::Unreachable,
        };
        Self::new(place, kind, words(error))
    }

    /// Why a store cannot even be asked.
    pub(super) fn of_settings(place: impl Display, error: &object_store::Error) -> Self {
        let why = format!("the variables that describe it cannot be used: {}", words(error));
        Self::new(place, StoreErrorKind::Settings, why)
    }

    /// What to do next.
    pub fn help(&self) -> String {
        match self.kind {
            StoreErrorKind::NotFound => "check the place; a bucket must be there, Bursar makes none".to_owned(),
            StoreErrorKind::Exists => "name another place: what is there is never written over".to_owned(),
            StoreErrorKind::Denied => "check what you may do there; for an object store the credentials come from \
                                       AWS_*, GOOGLE_* or AZURE_* variables, and must let you read, list and write"
                .to_owned(),
            StoreErrorKind::Unreachable => {
                "check the network, the credentials (AWS_*, GOOGLE_*, AZURE_*) and the endpoint (AWS_ENDPOINT_URL), \
                 and try again"
                    .to_owned()
            }
            StoreErrorKind::Settings => "check the place and the variables AWS_*, GOOGLE_* or AZURE_*".to_owned(),
            StoreErrorKind::TooLarge => "check the place: this is not something that Bursar wrote".to_owned(),
            StoreErrorKind::Damaged => {
                "look at it in the store; it was changed or deleted by something else".to_owned()
            }
        }
    }
}

/// The most of a cause that is shown.
const MOST_CHARS: usize = 200;

/// What a store said, without the URL, which may be signed, and without the body, which may repeat our headers.
fn words(error: &object_store::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = cause.to_string();
    if let Some((_, rest)) = text.split_once("status code: ") {
        let status: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == ' ').collect();
        return match between(rest, "<Code>", "</Code>") {
            Some(code) => format!("the store answered {} ({code})", status.trim()),
            None => format!("the store answered {}", status.trim()),
        };
    }
    let line = text.lines().next().unwrap_or_default();
    let line = line.split_once('?').map_or(line, |(before, _)| before);
    masked(line, std::env::vars_os()).chars().take(MOST_CHARS).collect()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    let (code, _) = rest.split_once(end)?;
    (code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric())).then_some(code)
}

/// A text without the values of variables in which vendors keep secrets.
fn masked(text: &str, variables: impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)>) -> String {
    const WORDS: [&str; 6] = ["KEY", "SECRET", "TOKEN", "SAS", "PASSWORD", "CREDENTIAL"];
    let mut text = text.to_owned();
    for (name, value) in variables {
        let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
        let vendor = ["AWS_", "GOOGLE_", "AZURE_"].iter().any(|prefix| name.starts_with(prefix));
        if vendor && WORDS.iter().any(|word| name.contains(word)) && value.len() >= 4 {
            text = text.replace(value, "REDACTED");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(why: &str) -> String {
        let source: Box<dyn Error + Send + Sync> = why.into();
        words(&object_store::Error::Generic { store: "S3", source })
    }

    #[test]
    fn a_cause_has_no_body_and_no_signature_in_it() {
        let body = "Server returned non-2xx status code: 403 Forbidden: <Error><Code>SignatureDoesNotMatch</Code>\
                    <CanonicalRequest>x-amz-security-token:hunter2</CanonicalRequest></Error>";
        assert_eq!(generic(body), "the store answered 403 Forbidden (SignatureDoesNotMatch)");
        assert_eq!(
            generic("status code: 500 Internal Server Error: <html>"),
            "the store answered 500 Internal Server Error"
        );
        let signed = "error sending request for url (https://a.blob.core.windows.net/c/x?sig=hunter2)";
        assert!(!generic(signed).contains("hunter2"));
        assert_eq!(generic("Connection refused (os error 111)"), "Connection refused (os error 111)");
    }

    #[test]
    fn values_of_secret_variables_are_masked() {
        let variables =
            [("AWS_SECRET_ACCESS_KEY", "hunter2"), ("AZURE_STORAGE_SAS", "sv=1"), ("AWS_REGION", "eu-central-1")];
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        assert_eq!(
            masked("bad hunter2 and sv=1 in eu-central-1", variables.into_iter()),
            "bad REDACTED and REDACTED in eu-central-1"
        );
    }
}
