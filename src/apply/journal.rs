//! The journal: one line of intent before each write and one of outcome after it, on disk before the next step.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use crate::model::CenterId;
use crate::plan::{Allow, Change, Plan, Selected};
use crate::store::Sink;

use super::{History, Outcome};

/// The version of the journal's lines.
pub const SCHEMA: &str = "bursar.journal.v1";

/// What a run may do: it stands in every line, so that whoever goes on with the run does nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approved {
    /// The plan's hash.
    pub plan: String,
    /// The part of the files that the plan is about.
    pub selected: Selected,
    /// The consents that were given to it, such as `revocations=12`.
    pub allowed: Vec<String>,
    /// The identity of each center.
    pub centers: BTreeMap<CenterId, String>,
}

impl Approved {
    /// What somebody said yes to.
    pub fn of(plan: &Plan, allows: &[Allow]) -> Self {
        Self {
            plan: plan.hash.clone(),
            selected: plan.selected.clone(),
            allowed: allows.iter().map(ToString::to_string).collect(),
            centers: plan.centers.clone(),
        }
    }
}

/// Why a journal could not be begun, or gone on with.
#[derive(Debug, thiserror::Error)]
#[error("the journal {} cannot be written", path.display())]
pub struct JournalError {
    /// The journal's path.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// An open journal.
pub struct Journal {
    place: String,
    sink: Box<dyn Sink>,
    approved: Approved,
    run: u64,
    seq: u64,
}

#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    seq: u64,
    at: Timestamp,
    run: u64,
    kind: &'static str,
    plan: &'a str,
    #[serde(rename = "selection", skip_serializing_if = "Selected::is_everything")]
    selected: &'a Selected,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    allowed: &'a [String],
    #[serde(flatten)]
    entry: Entry<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Entry<'a> {
    Intent {
        identity: &'a str,
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
    /// Begins a journal. The file must not exist; its folder is made.
    pub fn create(path: &Path, approved: Approved) -> Result<Self, JournalError> {
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
        Ok(Self::on(path.display().to_string(), Box::new(file), approved))
    }

    /// Opens a journal that was read, to go on with its last run. What was torn off at its end is cut off first.
    pub fn reopen(path: &Path, history: &History) -> Result<Self, JournalError> {
        let open = || {
            let mut file = OpenOptions::new().write(true).open(path)?;
            file.set_len(history.length())?;
            file.seek(SeekFrom::End(0))?;
            file.sync_all()?;
            Ok(file)
        };
        let file = open().map_err(|source| JournalError { path: path.to_owned(), source })?;
        Ok(Self::continued(path.display().to_string(), Box::new(file), history))
    }

    /// A journal whose lines go somewhere that is open already; `place` is what people are told about it.
    pub fn on(place: String, sink: Box<dyn Sink>, approved: Approved) -> Self {
        Self { place, sink, approved, run: 1, seq: 0 }
    }

    /// A journal that was read and whose further lines go somewhere that is open already, behind its last whole line.
    pub fn continued(place: String, sink: Box<dyn Sink>, history: &History) -> Self {
        Self { place, sink, approved: history.approved().clone(), run: history.run(), seq: history.seq() }
    }

    /// Begins another run in the same journal.
    pub fn begin_run(&mut self) {
        self.run += 1;
    }

    /// Where the journal is, for people.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Writes down that these changes are about to be sent.
    pub async fn intents(&mut self, changes: &[Change]) -> io::Result<()> {
        let at = Timestamp::now();
        let mut text = Vec::new();
        for change in changes {
            let identity = self.approved.centers.get(&change.center).cloned().unwrap_or_default();
            self.line(&mut text, at, "intent", Entry::Intent { identity: &identity, change })?;
        }
        self.append(&text).await
    }

    /// Writes down what became of changes.
    pub async fn outcomes<'a>(&mut self, lines: impl IntoIterator<Item = OutcomeLine<'a>>) -> io::Result<()> {
        let at = Timestamp::now();
        let mut text = Vec::new();
        for OutcomeLine { change, outcome, message, request_id } in lines {
            self.line(&mut text, at, "outcome", Entry::Outcome { change: change.id(), outcome, message, request_id })?;
        }
        self.append(&text).await
    }

    fn line(&mut self, text: &mut Vec<u8>, at: Timestamp, kind: &'static str, entry: Entry<'_>) -> io::Result<()> {
        self.seq += 1;
        let Self { place: _, sink: _, approved, run, seq } = self;
        let Approved { plan, selected, allowed, centers: _ } = approved;
        let line = Line { schema: SCHEMA, seq: *seq, at, run: *run, kind, plan, selected, allowed, entry };
        serde_json::to_writer(&mut *text, &line)?;
        text.push(b'\n');
        Ok(())
    }

    async fn append(&mut self, text: &[u8]) -> io::Result<()> {
        if text.is_empty() { Ok(()) } else { self.sink.append(text).await }
    }
}
