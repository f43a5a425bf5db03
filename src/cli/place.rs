//! Where saved plans and journals are, on this machine or in a store: the one file that reads and makes them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::apply::{Approved, History, HistoryError, Journal, Outcome};
use crate::model::Place;
use crate::output::escape::Terminal;
use crate::plan::{Change, MAX_SAVED_PLAN, SavedPlan, SavedPlanError};
use crate::store;

use super::{CommandError, Context, Exit};

/// The place that an argument names: a URL, or a path below the folder that the command was told to run in.
pub(super) fn at(context: &Context, argument: &Path) -> Result<Place, CommandError> {
    match argument.to_str().filter(|text| text.contains("://")) {
        // What was written is not repeated: there may be a secret in it that does not belong there.
        Some(text) => {
            let place = Place::parse(text, Path::new("")).map_err(|error| unusable_url(&error, error.help()))?;
            match &place {
                Place::Object(url) if url.url().path().trim_matches('/').is_empty() => Err(unusable_url(
                    "it names a bucket, and nothing in it",
                    "write a name after the bucket, such as s3://bucket/plans/17.json",
                )),
                _ => Ok(place),
            }
        }
        None => Ok(Place::Local(below(context, argument))),
    }
}

fn unusable_url(why: impl std::fmt::Display, hint: impl Into<String>) -> CommandError {
    CommandError::usage(format!("the URL of a store cannot be used: {why}")).hint(hint)
}

fn below(context: &Context, path: &Path) -> PathBuf {
    let here = context.global.directory == Path::new(".");
    if here { path.to_owned() } else { context.global.directory.join(path) }
}

/// Reads a saved plan.
pub(super) async fn read_plan(place: &Place) -> Result<SavedPlan, CommandError> {
    let text = match place {
        Place::Object(url) => store::read(url).await?,
        Place::Local(path) => read_whole(path).map_err(|error| {
            CommandError::failed(anyhow::Error::new(error).context(format!("{} cannot be read", shown(place))))
                .hint("name a file that `bursar plan --out FILE` wrote")
        })?,
    };
    let saved = SavedPlan::parse(&text).map_err(|error| unusable(place, error))?;
    if saved.is_prolonged(Timestamp::now()) {
        return Err(unusable(place, SavedPlanError::Prolonged));
    }
    Ok(saved)
}

/// One byte more than may be there tells that there is more.
fn read_whole(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(MAX_SAVED_PLAN + 1).read_to_end(&mut text)?;
    Ok(text)
}

/// The error for what is no saved plan.
fn unusable(place: &Place, error: SavedPlanError) -> CommandError {
    let hint = error.help();
    CommandError::failed(error)
        .context(format!("{} cannot be applied", shown(place)))
        .hint(hint)
}

/// Writes a plan: whole, or not at all. A file is replaced; in a store, where others rely on what they approved, nothing
/// is.
pub(super) async fn write_plan(place: &Place, text: &[u8]) -> Result<(), CommandError> {
    if text.len() as u64 > MAX_SAVED_PLAN {
        return Err(unusable(place, SavedPlanError::TooLarge));
    }
    match place {
        Place::Object(url) => Ok(store::create(url, text).await?),
        Place::Local(path) => write_whole(path, text).map_err(|error| {
            CommandError::failed(anyhow::Error::new(error).context(format!("{} cannot be written", shown(place))))
                .hint("name a file in a folder that is there and may be written")
        }),
    }
}

/// Writes a file: whole, or not at all. One that is there is replaced.
pub(super) fn write_whole(path: &Path, text: &[u8]) -> io::Result<()> {
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

/// The place of a journal: the one that was given, or a file of this machine that is named after the moment.
pub(super) fn of_journal(context: &Context, given: Option<&Path>) -> Result<Place, CommandError> {
    if let Some(given) = given {
        return at(context, given);
    }
    let now = Timestamp::now().strftime("%Y%m%dT%H%M%S%.6fZ").to_string();
    Ok(Place::Local(below(context, Path::new(&format!(".bursar/journals/{now}.jsonl")))))
}

/// Begins a journal.
pub(super) async fn create_journal(place: &Place, approved: Approved) -> Result<Journal, CommandError> {
    match place {
        Place::Local(path) => Ok(Journal::create(path, approved)?),
        Place::Object(url) => Ok(Journal::on(place.to_string(), store::journal(url).await?, approved)),
    }
}

/// Reads a journal.
pub(super) async fn read_journal(place: &Place) -> Result<History, CommandError> {
    Ok(read_parts(place).await?.0)
}

/// Reads a journal, and in a store says of how many parts it is.
async fn read_parts(place: &Place) -> Result<(History, u64), CommandError> {
    let read = match place {
        Place::Local(path) => File::open(path)
            .map_err(HistoryError::from)
            .and_then(|file| Ok((History::read(BufReader::new(file))?, 1))),
        Place::Object(url) => {
            let journal = store::read_journal(url).await?;
            History::read(&*journal.text).map(|history| (history, journal.parts))
        }
    };
    read.map_err(|error| {
        let hint = error.help();
        CommandError::failed(error)
            .context(format!("{} cannot be resumed", shown(place)))
            .hint(hint)
    })
}

/// What a journal tells of every change that came to be in it; no outcome where its run died before that was written
/// down. Nothing where it cannot be read.
pub(super) async fn outcomes(place: &Place) -> Option<Vec<(Change, Option<Outcome>)>> {
    let read = match place {
        Place::Local(path) => File::open(path)
            .map_err(HistoryError::from)
            .and_then(|file| History::read(BufReader::new(file))),
        Place::Object(url) => match store::read_journal(url).await {
            Ok(journal) => History::read(&*journal.text),
            Err(_) => return None,
        },
    };
    match read {
        Ok(history) => Some(history.outcomes().map(|(change, outcome)| (change.clone(), outcome)).collect()),
        // Nothing was ever sent.
        Err(HistoryError::Empty) => Some(Vec::new()),
        Err(_) => None,
    }
}

/// Opens a journal that was read, to go on with it. Whoever does this holds the lock, and reads it again: somebody else
/// may have gone on with it before.
pub(super) async fn reopen_journal(place: &Place, history: &History) -> Result<Journal, CommandError> {
    let (now, parts) = read_parts(place).await?;
    if now != *history {
        let message = format!("{} has changed since it was read: another run went on with it", shown(place));
        return Err(CommandError { exit: Exit::Stale, ..CommandError::message(message) }
            .hint("nothing was changed; `bursar plan` shows whether anything is left to be done"));
    }
    match place {
        Place::Local(path) => Ok(Journal::reopen(path, history)?),
        Place::Object(url) => Ok(Journal::continued(place.to_string(), store::continue_journal(url, parts)?, history)),
    }
}

/// A place, for people.
pub(super) fn shown(place: &Place) -> String {
    Terminal(&place.to_string()).to_string()
}
