//! The journal: one line of intent before each write and one of outcome after it, on disk before the next step.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;

use crate::plan::Change;

use super::Outcome;

/// The version of the journal's lines.
pub const SCHEMA: &str = "bursar.journal.v1";

/// Why a journal could not be begun.
#[derive(Debug, thiserror::Error)]
#[error("the journal {} cannot be written", path.display())]
pub struct JournalError {
    /// The journal's path.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// Where the lines of a journal go. Nothing that was appended is ever rewritten.
#[async_trait]
pub trait Sink: Send {
    /// Appends whole lines. They will survive a crash once this has returned.
    async fn append(&mut self, lines: &[u8]) -> io::Result<()>;
}

/// A file of this machine: each append is synced.
#[async_trait]
impl Sink for File {
    async fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        self.write_all(lines)?;
        self.sync_data()
    }
}

/// An open journal.
pub struct Journal {
    place: String,
    sink: Box<dyn Sink>,
    plan: String,
    seq: u64,
}

#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    seq: u64,
    at: Timestamp,
    kind: &'static str,
    plan: &'a str,
    #[serde(flatten)]
    entry: Entry<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Entry<'a> {
    Intent {
        change: &'a Change,
    },
    Outcome {
        change: String,
        outcome: Outcome,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        request_id: Option<&'a str>,
    },
}

/// An outcome on its way into the journal.
#[derive(Clone, Copy, Debug)]
pub struct OutcomeLine<'a> {
    /// The change.
    pub change: &'a Change,
    /// What became of it.
    pub outcome: Outcome,
    /// In whose words.
    pub message: Option<&'a str>,
    /// The center's id of the request.
    pub request_id: Option<&'a str>,
}

impl Journal {
    /// Begins a journal for the plan with that hash. The file must not exist; its folder is made.
    pub fn create(path: &Path, plan: &str) -> Result<Self, JournalError> {
        let open = || {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            if let Some(folder) = folder {
                fs::create_dir_all(folder)?;
            }
            let mut options = OpenOptions::new();
            options.append(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(path)?;
            // The name must survive a crash as well as the lines do.
            #[cfg(unix)]
            File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
            Ok(file)
        };
        let file = open().map_err(|source| JournalError { path: path.to_owned(), source })?;
        Ok(Self::on(path.display().to_string(), Box::new(file), plan))
    }

    /// A journal whose lines go somewhere that is open already; `place` is what people are told about it.
    pub fn on(place: String, sink: Box<dyn Sink>, plan: &str) -> Self {
        Self { place, sink, plan: plan.to_owned(), seq: 0 }
    }

    /// Where the journal is, for people.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Writes down that these changes are about to be sent.
    pub async fn intents(&mut self, changes: &[Change]) -> io::Result<()> {
        self.append(changes.iter().map(|change| ("intent", Entry::Intent { change }))).await
    }

    /// Writes down what became of changes.
    pub async fn outcomes<'a>(&mut self, lines: impl IntoIterator<Item = OutcomeLine<'a>>) -> io::Result<()> {
        let entries: Vec<_> = lines
            .into_iter()
            .map(|line| {
                let OutcomeLine { change, outcome, message, request_id } = line;
                ("outcome", Entry::Outcome { change: change.id(), outcome, message, request_id })
            })
            .collect();
        self.append(entries.into_iter()).await
    }

    async fn append<'a>(&mut self, entries: impl Iterator<Item = (&'static str, Entry<'a>)>) -> io::Result<()> {
        let at = Timestamp::now();
        let mut text = Vec::new();
        for (kind, entry) in entries {
            self.seq += 1;
            let line = Line { schema: SCHEMA, seq: self.seq, at, kind, plan: &self.plan, entry };
            serde_json::to_writer(&mut text, &line)?;
            text.push(b'\n');
        }
        if text.is_empty() {
            return Ok(());
        }
        self.sink.append(&text).await
    }
}
