//! The records of the centers that are set by hand: read with the config, and written by `confirm`.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::centers;
use crate::config::record::{self, RecordError, Recorded};
use crate::config::{self, Loaded, Resolved};
use crate::diagnostics::{Files, Finding, Severity};
use crate::model::{CenterId, Record, Source};
use crate::output;
use crate::output::escape::Terminal;
use crate::output::findings_text;

use super::{CommandError, Context, Exit, rewrite};

/// Where each person of a center is recorded, by the identity that the center knows them by.
pub(super) type Places = BTreeMap<String, Source>;

/// How long another run may write to a record.
const PATIENCE: Duration = Duration::from_secs(10);

impl From<RecordError> for CommandError {
    fn from(error: RecordError) -> Self {
        let hint = error.help();
        Self::failed(error).hint(hint)
    }
}

/// The records of the files, each with the centers that it is about and the accounts that they are.
pub(super) fn paths(resolved: &Resolved) -> BTreeMap<PathBuf, BTreeMap<CenterId, Option<String>>> {
    let mut paths: BTreeMap<PathBuf, BTreeMap<CenterId, Option<String>>> = BTreeMap::new();
    for (id, center) in &resolved.centers {
        if let Some(path) = centers::record(&center.settings) {
            let account = centers::identity(&center.settings).ok();
            paths.entry(path).or_default().insert(id.clone(), account);
        }
    }
    paths
}

/// Reads the records of all centers into their scopes; findings go to stderr, and an error among them ends the command.
/// Returns where each person is recorded.
pub(super) fn read(context: &Context, resolved: &mut Resolved) -> Result<BTreeMap<CenterId, Places>, CommandError> {
    let mut places = BTreeMap::new();
    for (path, accounts) in paths(resolved) {
        let Some(bytes) = record::bytes(&path)? else { continue };
        let (files, recorded) = sound(context, &path, &accounts, bytes)?;
        for (id, account) in &accounts {
            if let Some(center) = resolved.centers.get_mut(id) {
                center.scope.record = recorded.of(id, account.as_deref());
                places.insert(id.clone(), recorded.sources(id, &files));
            }
        }
    }
    Ok(places)
}

/// Reads one record and shows what is wrong with it; an error ends the command.
fn sound(
    context: &Context,
    path: &Path,
    accounts: &BTreeMap<CenterId, Option<String>>,
    bytes: Vec<u8>,
) -> Result<(Files, Recorded), CommandError> {
    let shown = config::shown(&context.global.directory, path);
    let (mut files, mut findings) = (Files::default(), Vec::new());
    let recorded = record::parse(&mut files, path, &shown, bytes, &mut findings);
    recorded.check(accounts, &mut findings);
    let errors = findings.iter().any(|finding| finding.severity == Severity::Error);
    if errors || (!findings.is_empty() && !context.ui.quiet) {
        let mut text = Vec::new();
        findings_text::write(&mut text, &files, &findings, context.ui.stderr_color).map_err(CommandError::failed)?;
        context.ui.always(&String::from_utf8_lossy(&text));
    }
    if errors {
        let message = format!("the record {} has errors, so nothing was read or changed", Terminal(&shown));
        return Err(CommandError::message(message).hint("mend it; `bursar validate` shows all findings"));
    }
    Ok((files, recorded))
}

/// Adds the records of a config to what is checked of it. `bytes` reads one: nothing where it is not there.
pub(super) fn check(
    context: &Context,
    loaded: &mut Loaded,
    bytes: impl Fn(&Path) -> Result<Option<Vec<u8>>, CommandError>,
) -> Result<(), CommandError> {
    let resolved = config::resolve(&loaded.config, &loaded.files, &centers::providers(), context.today());
    for (path, accounts) in paths(&resolved) {
        let Some(bytes) = bytes(&path)? else { continue };
        add(context, loaded, &path, Some(&accounts), bytes);
    }
    Ok(())
}

/// Adds one record to what is checked. Without accounts only its form is.
pub(super) fn add(
    context: &Context,
    loaded: &mut Loaded,
    path: &Path,
    accounts: Option<&BTreeMap<CenterId, Option<String>>>,
    bytes: Vec<u8>,
) {
    let shown = config::shown(&context.global.directory, path);
    let mut findings: Vec<Finding> = Vec::new();
    let recorded = record::parse(&mut loaded.files, path, &shown, bytes, &mut findings);
    if let Some(accounts) = accounts {
        recorded.check(accounts, &mut findings);
    }
    loaded.findings.append(&mut findings);
}

/// Changes a record: reads it, lets it be changed, and writes it whole or not at all, with nobody else of us between.
/// Returns whether anything was written, and what the change came to.
pub(super) fn edit<T>(
    context: &Context,
    path: &Path,
    accounts: &BTreeMap<CenterId, Option<String>>,
    change: impl FnOnce(&mut Record) -> Result<T, CommandError>,
) -> Result<(bool, T), CommandError> {
    let _lock = lock(path)?;
    let before = record::bytes(path)?;
    let recorded = match &before {
        Some(bytes) => sound(context, path, accounts, bytes.clone())?.1,
        None => Recorded::default(),
    };
    let mut after = recorded.record.clone();
    let made = change(&mut after)?;
    if after == recorded.record {
        return Ok((false, made));
    }
    let text = output::record::record(&after);
    // Whatever is in a name, nothing is written that is read as something else.
    let mut findings = Vec::new();
    let again = record::parse(&mut Files::default(), path, "", text.clone().into_bytes(), &mut findings);
    if again.record != after || !findings.is_empty() {
        return Err(CommandError::message("what was confirmed holds something that cannot be written into a record")
            .hint("nothing was recorded; look for odd names in the runbook, and make it anew"));
    }
    match &before {
        Some(bytes) => {
            if output::record::has_own_comments(&String::from_utf8_lossy(bytes)) {
                let shown = config::shown(&context.global.directory, path);
                context.ui.warn(&format!("the comments of {shown} are not kept: it is written anew"));
            }
            rewrite::replace(path, bytes, text.as_bytes())?;
        }
        None => rewrite::create(path, text.as_bytes())?,
    }
    Ok((true, made))
}

/// Keeps other runs from a record while it is changed: its folder is locked, since the file itself is replaced. Where a
/// folder cannot be locked, that the record is still what was read is all that is looked at.
fn lock(path: &Path) -> Result<Option<File>, CommandError> {
    // What a link leads to is what is replaced.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = real.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(folder) = File::open(folder) else { return Ok(None) };
    let started = Instant::now();
    loop {
        match folder.try_lock() {
            Ok(()) => return Ok(Some(folder)),
            Err(std::fs::TryLockError::Error(_)) => return Ok(None),
            Err(std::fs::TryLockError::WouldBlock) if started.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(std::fs::TryLockError::WouldBlock) => {
                let shown = path.to_string_lossy();
                let message = format!("another run holds {}, so nothing was recorded", Terminal(&shown));
                let error = CommandError::message(message).hint("run the command again when it has ended");
                return Err(CommandError { exit: Exit::Locked, ..error });
            }
        }
    }
}
