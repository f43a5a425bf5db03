//! Where saved plans and journals are: the one file that reads and makes them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::apply::{Approved, History, HistoryError, Journal};
use crate::output::escape::Terminal;
use crate::plan::{MAX_SAVED_PLAN, SavedPlan, SavedPlanError};

use super::{CommandError, Context};

/// Below the folder that the command was told to run in.
fn below(context: &Context, place: &Path) -> PathBuf {
    let here = context.global.directory == Path::new(".");
    if here { place.to_owned() } else { context.global.directory.join(place) }
}

/// Reads a saved plan.
pub(super) fn read_plan(context: &Context, place: &Path) -> Result<SavedPlan, CommandError> {
    let mut text = Vec::new();
    // One byte more than may be there tells that there is more.
    File::open(below(context, place))
        .and_then(|file| file.take(MAX_SAVED_PLAN + 1).read_to_end(&mut text))
        .map_err(|error| unreadable(place, error).hint("name a file that `bursar plan --out FILE` wrote"))?;
    let saved = SavedPlan::parse(&text).map_err(|error| unusable(place, error))?;
    if saved.is_prolonged(Timestamp::now()) {
        return Err(unusable(place, SavedPlanError::Prolonged));
    }
    Ok(saved)
}

/// The error for a file that is no saved plan.
fn unusable(place: &Path, error: SavedPlanError) -> CommandError {
    let hint = error.help();
    CommandError::failed(error)
        .context(format!("{} cannot be applied", shown(place)))
        .hint(hint)
}

/// Writes a plan: whole, or not at all.
pub(super) fn write_plan(context: &Context, place: &Path, text: &[u8]) -> Result<(), CommandError> {
    if text.len() as u64 > MAX_SAVED_PLAN {
        return Err(unusable(place, SavedPlanError::TooLarge));
    }
    write_whole(&below(context, place), text)
        .map_err(|error| unwritable(place, error).hint("name a file in a folder that is there and may be written"))
}

fn write_whole(path: &Path, text: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = folder.join(beside);
    let write = || {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok(())
    };
    write().inspect_err(|_: &io::Error| {
        // What went wrong before is what is told.
        let _ = fs::remove_file(&beside);
    })
}

/// Begins a journal, under the name that was given or one that tells the moment.
pub(super) fn create_journal(
    context: &Context,
    place: Option<&Path>,
    approved: Approved,
) -> Result<Journal, CommandError> {
    let place = place.map_or_else(
        || {
            let now = Timestamp::now().strftime("%Y%m%dT%H%M%S%.6fZ").to_string();
            PathBuf::from(format!(".bursar/journals/{now}.jsonl"))
        },
        Path::to_owned,
    );
    Ok(Journal::create(&below(context, &place), approved)?)
}

/// Reads a journal.
pub(super) fn read_journal(context: &Context, place: &Path) -> Result<History, CommandError> {
    let file = File::open(below(context, place)).map_err(HistoryError::from);
    file.and_then(|file| History::read(BufReader::new(file))).map_err(|error| {
        let hint = error.help();
        CommandError::failed(error)
            .context(format!("{} cannot be resumed", shown(place)))
            .hint(hint)
    })
}

/// Opens a journal that was read, to go on with it.
pub(super) fn reopen_journal(context: &Context, place: &Path, history: &History) -> Result<Journal, CommandError> {
    Ok(Journal::reopen(&below(context, place), history)?)
}

/// A place, for people.
pub(super) fn shown(place: &Path) -> String {
    Terminal(&place.display().to_string()).to_string()
}

fn unreadable(place: &Path, error: io::Error) -> CommandError {
    CommandError::failed(anyhow::Error::new(error).context(format!("{} cannot be read", shown(place))))
}

fn unwritable(place: &Path, error: io::Error) -> CommandError {
    CommandError::failed(anyhow::Error::new(error).context(format!("{} cannot be written", shown(place))))
}
