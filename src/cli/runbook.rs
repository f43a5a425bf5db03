//! Where a runbook goes: two files beside each other that nobody else may read, and that replace nothing.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::output::escape::Terminal;
use crate::output::runbook::{self, Placed, quoted};
use crate::plan::{RUNBOOK_SCHEMA, Runbook, RunbookCenter};

use super::session::Planned;
use super::{CommandError, Context};

/// A runbook that was just written.
pub(super) struct Written {
    files: [PathBuf; 2],
    pub(super) placed: Placed,
}

impl Written {
    /// Takes it away again, where the run that it belongs to did not begin.
    pub(super) fn withdraw(&self) {
        remove(&self.files);
    }
}

/// Writes the runbook of a plan: nothing where nobody has to do anything by hand.
pub(super) fn write(
    context: &Context,
    planned: &Planned,
    given: Option<&Path>,
) -> Result<Option<Written>, CommandError> {
    if planned.plan.steps.is_empty() {
        return Ok(None);
    }
    let made_at = Timestamp::now();
    let by_time = || format!(".bursar/runbooks/{}", made_at.strftime("%Y%m%dT%H%M%S%.6fZ"));
    let asked = given.map_or_else(|| PathBuf::from(by_time()), Path::to_owned);
    let place = context.global.directory.join(&asked);
    let place = place.strip_prefix(".").map_or_else(|_| place.clone(), Path::to_owned);
    if place.file_name().is_none() || given.is_some_and(|given| given.to_string_lossy().contains("://")) {
        let error = CommandError::usage(format!("{} names no file for the runbook", shown(&place)));
        return Err(error.hint("name one, such as `--runbook runbook.md`"));
    }
    // The default has no extension that could be replaced, only a fraction of a second.
    let files = match given {
        Some(_) => [place.with_extension("md"), place.with_extension("html")],
        None => ["md", "html"].map(|extension| PathBuf::from(format!("{}.{extension}", place.display()))),
    };
    let book = book(planned, made_at);
    let [markdown, html] = files.clone().map(|file| file.display().to_string());
    // `confirm` takes it from the folder that `-C` names, as this run did. What was put somewhere else is looked for
    // there, such as in an artifact.
    let told = match files.first().and_then(|file| file.file_name()) {
        Some(name) if given.is_some_and(Path::is_absolute) => PathBuf::from(name),
        Some(name) => asked.with_file_name(name),
        None => asked.clone(),
    };
    let told = told.display().to_string();
    let confirm = command(context, &asked, &markdown, &told);
    let (mut text, mut page) = (Vec::new(), Vec::new());
    runbook::markdown(&mut text, &book, &told)
        .and_then(|()| runbook::html(&mut page, &book, &told))
        .map_err(CommandError::failed)?;
    for (i, (file, bytes)) in files.iter().zip([text, page]).enumerate() {
        if let Err(error) = create(file, &bytes) {
            // What is there is the other's; what of ours is there is taken back.
            remove(files.get(..i).unwrap_or_default());
            return Err(failed(file, error));
        }
    }
    let placed = Placed { markdown, html, confirm, steps: book.steps.len(), minutes: book.minutes() };
    Ok(Some(Written { files, placed }))
}

/// The command that records what was done, for the folder in which this one was given.
fn command(context: &Context, asked: &Path, markdown: &str, told: &str) -> String {
    let mut words = vec!["bursar confirm".to_owned()];
    let directory = &context.global.directory;
    if directory != Path::new(".") {
        words.push(format!("-C {}", quoted(&directory.display().to_string())));
    }
    if let Some(config) = &context.global.config {
        words.push(format!("-c {}", quoted(&config.display().to_string())));
    }
    words.push(quoted(if asked.is_absolute() { markdown } else { told }));
    words.join(" ")
}

fn book(planned: &Planned, made_at: Timestamp) -> Runbook {
    let Planned { plan, centers, parts, held: _ } = planned;
    let named = centers.iter().filter(|(id, _)| plan.steps.iter().any(|step| step.center == **id));
    let centers = named.map(|(id, center)| {
        let observed = parts.get(id).map(|part| &part.observed);
        let of = RunbookCenter {
            provider: center.settings.provider.clone(),
            identity: observed.map_or_else(String::new, |observed| observed.identity.clone()),
            basis: observed.and_then(|observed| observed.basis.clone()),
        };
        (id.clone(), of)
    });
    Runbook {
        schema: RUNBOOK_SCHEMA.to_owned(),
        made_at,
        plan: plan.hash.clone(),
        centers: centers.collect(),
        steps: plan.steps.clone(),
    }
}

/// Writes a file whole, or not at all, and never over one.
fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        // A file where a folder should be is not the file that would be replaced.
        DirBuilder::new().recursive(true).create(folder).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => io::Error::from(io::ErrorKind::NotADirectory),
            _ => error,
        })?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| sync(path));
    written.inspect_err(|_| remove(&[path.to_owned()]))
}

/// Lets the file's name last as well.
fn sync(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn remove(files: &[PathBuf]) {
    for file in files {
        // What went wrong before is what is told.
        let _ = fs::remove_file(file);
    }
}

fn failed(file: &Path, error: io::Error) -> CommandError {
    let hint = match error.kind() {
        io::ErrorKind::AlreadyExists => {
            "nothing was changed; a runbook replaces no file: name another one with `--runbook FILE`"
        }
        io::ErrorKind::StorageFull => "nothing was changed; make room, then run again",
        _ => "nothing was changed; name a file that may be made with `--runbook FILE`",
    };
    CommandError::failed(anyhow::Error::new(error).context(format!("the runbook {} cannot be written", shown(file))))
        .hint(hint)
}

fn shown(path: &Path) -> String {
    Terminal(&path.display().to_string()).to_string()
}
