//! The record as a file: what people confirmed that they set by hand, as YAML that is reviewed like any other.
//!
//! It is read with the same tree as the config, so that what is wrong with it is a finding with its place; a person may
//! edit it by hand. [`crate::output::record`] writes it.

mod decode;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostics::{Files, Finding, Severity, Span};
use crate::model::{CenterId, CenterRecord, Record, Source, is_record};

use super::checks::secret;
use super::checks::structure::{BAD_VALUE, SYNTAX, TOO_LARGE};
use super::decode::Decoder;
use super::tree;

/// The most bytes of a record: 20,000 people take less than 4 MiB.
const MAX_BYTES: u64 = 64 << 20;
/// The longest name of a person, in bytes: the longest e-mail address is shorter.
const MAX_NAME: usize = 400;

/// Why a record cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The system does not let us read it.
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// A link leads to nothing that is there.
    #[error("{} is a link that leads nowhere", .0.display())]
    DeadLink(PathBuf),
    /// A link leads to a file of another kind.
    #[error("{} is a link, and what it leads to is not named `….record.yaml`", .0.display())]
    OtherLink(PathBuf),
}

impl RecordError {
    /// What to do next.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "check that it is a file and that you may read it",
            Self::OtherLink(_) => "put the record itself there: the words of another file are not repeated here",
            Self::DeadLink(_) => {
                "restore what it leads to, or delete the link: what was confirmed is not left out silently"
            }
        }
    }
}

/// A record as it was read, with the places of what it says.
#[derive(Debug, Default)]
pub struct Recorded {
    /// What it says.
    pub record: Record,
    /// Where each center is named.
    centers: BTreeMap<CenterId, Span>,
    /// Where the account of each center is.
    identities: BTreeMap<CenterId, Span>,
    /// Where each person is.
    people: BTreeMap<(CenterId, String), Span>,
}

/// Reads the bytes of a record. Nothing where it is not there.
pub fn bytes(path: &Path) -> Result<Option<Vec<u8>>, RecordError> {
    let unreadable = |error| RecordError::Unreadable { path: path.to_owned(), error };
    let found = match std::fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return if path.is_symlink() { Err(RecordError::DeadLink(path.to_owned())) } else { Ok(None) };
        }
        Err(error) => return Err(unreadable(error)),
    };
    // A finding shows the line that it is about. A link that somebody proposes must not make a job print another file.
    if path.is_symlink() && !path.canonicalize().is_ok_and(|real| is_record(&real)) {
        return Err(RecordError::OtherLink(path.to_owned()));
    }
    // A pipe would hold the run up before a byte of it is read.
    if !found.is_file() && !found.is_dir() {
        let why = std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is no regular file");
        return Err(unreadable(why));
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(Some(bytes))
}

/// Reads a record from its bytes. `shown` is its path as people should see it. What is wrong with it goes to the
/// findings, and what could not be read is left out of what it says.
pub fn parse(files: &mut Files, path: &Path, shown: &str, bytes: Vec<u8>, findings: &mut Vec<Finding>) -> Recorded {
    let start = |file| Span { file, start: 0, end: 0 };
    if bytes.len() as u64 > MAX_BYTES {
        let file = files.add(path.to_owned(), shown, "".into());
        let finding = TOO_LARGE.at(start(file), format!("the record is larger than {} MiB", MAX_BYTES >> 20));
        findings.push(finding.help("give each center a record of its own, with `record:`"));
        return Recorded::default();
    }
    let text: Arc<str> = match String::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(error) => {
            let at = u32::try_from(error.utf8_error().valid_up_to()).unwrap_or(u32::MAX);
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let file = files.add(path.to_owned(), shown, text.into());
            let finding = SYNTAX.at(Span { file, start: at, end: at }, "this is not UTF-8");
            findings.push(finding.help("save the file as UTF-8"));
            return Recorded::default();
        }
    };
    let file = files.add(path.to_owned(), shown, Arc::clone(&text));
    secret::scan(&text, file, findings);
    let mut decoder = Decoder::default();
    let mut recorded = Recorded::default();
    if let Some(tree) = tree::parse(&text, file, &mut decoder.findings) {
        recorded = decode::record(tree.root(), &mut decoder);
    }
    decoder.findings.iter_mut().for_each(secret::hide);
    findings.append(&mut decoder.findings);
    recorded
}

impl Recorded {
    /// What does not fit the centers of the files: a center that is not there (any more), and another account than the
    /// one that a center is now. What is said of another account does not count.
    pub fn check(&self, accounts: &BTreeMap<CenterId, Option<String>>, findings: &mut Vec<Finding>) {
        let warning = |span, message| Finding { severity: Severity::Warning, ..BAD_VALUE.at(span, message) };
        for (center, span) in &self.centers {
            match accounts.get(center) {
                None => findings.push(
                    warning(*span, format!("no center `{center}` of the files is set by hand and has this record"))
                        .help("delete what is below it, if that center is gone for good"),
                ),
                Some(account) => {
                    let Some(said) = self.record.centers.get(center).and_then(|record| record.identity.as_ref()) else {
                        continue;
                    };
                    if account.as_ref().is_some_and(|account| account != said) {
                        let span = self.identities.get(center).unwrap_or(span);
                        let account = account.as_deref().unwrap_or_default();
                        findings.push(
                            warning(
                                *span,
                                format!("this record is of `{said}`, and `{center}` is `{account}`: it does not count"),
                            )
                            .help("correct `identity` if it is the same account, else delete what is below the center"),
                        );
                    }
                }
            }
        }
    }

    /// What counts for a center: what is recorded of the account that it is.
    pub fn of(&self, center: &CenterId, account: Option<&str>) -> CenterRecord {
        let record = self.record.centers.get(center).cloned().unwrap_or_default();
        match (&record.identity, account) {
            (Some(said), Some(account)) if said != account => CenterRecord::default(),
            _ => record,
        }
    }

    /// Where each person of a center is, by the identity that the center knows them by.
    pub fn sources(&self, center: &CenterId, files: &Files) -> BTreeMap<String, Source> {
        let source = |span: Span| Source { file: files.shown(span.file), line: files.line(span) };
        self.people
            .iter()
            .filter(|((of, _), _)| of == center)
            .map(|((_, person), span)| (person.clone(), source(*span)))
            .collect()
    }
}

/// Whether a text may stand in a record as somebody's name or as an account: one line in which nothing hides.
pub fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= MAX_NAME && super::text::first_hidden(text, false).is_none()
}
