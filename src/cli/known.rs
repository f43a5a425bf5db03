//! What people had drawn when somebody looked the last time: a stored reading, for commands that ask no center.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::SignedDuration;

use crate::model::{CenterId, window};
use crate::output::escape::Terminal;
use crate::output::usage::as_of;
use crate::plan::drawn;
use crate::plan::files::{Files, FilesDiff};
use crate::usage::{History, Snapshot, history};

use super::{CommandError, Context};

/// Where a stored reading is.
#[derive(Debug, Default, Args)]
pub(super) struct KnownArgs {
    /// Say whom it stops, by what `bursar usage` stored: its JSON, or the folder of --history
    #[arg(long, value_name = "PATH")]
    usage: Option<PathBuf>,
}

impl KnownArgs {
    /// The reading that was named, if any; of a folder the last one.
    pub(super) fn read(&self, context: &Context) -> Result<Option<Snapshot>, CommandError> {
        let Some(path) = &self.usage else { return Ok(None) };
        let path = context.global.directory.join(path);
        if path.is_dir() { last(&path) } else { one(&path) }.map(Some)
    }
}

fn one(path: &Path) -> Result<Snapshot, CommandError> {
    history::read(path).map_err(|error| {
        let what = format!("{} cannot be read", Terminal(&path.to_string_lossy()));
        CommandError::failed(anyhow::Error::new(error).context(what))
            .hint("`bursar usage --format json` writes such a file, and `bursar usage --history DIR` such a folder")
    })
}

fn last(folder: &Path) -> Result<Snapshot, CommandError> {
    let history = open(folder)?;
    history.latest().ok_or_else(|| {
        CommandError::message(format!("there is no snapshot in {}", Terminal(&folder.to_string_lossy())))
            .hint("`bursar usage --history DIR` stores one")
    })
}

/// The snapshots of a folder.
pub(super) fn open(folder: &Path) -> Result<History, CommandError> {
    History::read(folder).map_err(|error| {
        let what = format!("{} cannot be read", Terminal(&folder.to_string_lossy()));
        CommandError::failed(anyhow::Error::new(error).context(what)).hint("`bursar usage --history DIR` makes it")
    })
}

/// Adds to an edit of the files whom it stops by what they had drawn. Returns how old that is, to be told beside it.
pub(super) fn tell(context: &Context, snapshot: &Snapshot, head: &Files, diff: &mut FilesDiff) -> Vec<String> {
    let mut notes = Vec::new();
    let mut asked: Vec<CenterId> = diff
        .edits
        .iter()
        .filter(|edit| drawn::asks(&edit.change))
        .map(|edit| edit.change.center.clone())
        .collect();
    asked.sort();
    asked.dedup();
    for id in asked {
        let Some(center) = snapshot.centers.iter().find(|center| center.center == id && center.told) else {
            notes.push(format!("nothing is known of what people drew in {id}, so it is not told whom this stops"));
            continue;
        };
        if let Some(files) = head.centers.get(&id) {
            let changes = diff.edits.iter_mut().map(|edit| &mut edit.change);
            drawn::tell(changes, center, &files.desired, context.today());
        }
        let days = context.today().since(window::day(center.read_at)).map_or(0, |span| span.get_days());
        let old = match days {
            ..=0 => String::new(),
            1 => ", a day ago".to_owned(),
            days => format!(", {days} days ago"),
        };
        let lag = center.lag.filter(SignedDuration::is_positive);
        notes.push(format!("what people drew in {id} is told {}{old}", as_of(center.read_at, lag)));
    }
    notes
}
