//! `bursar report --html FILE`: one page about the state of things.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use futures_util::future::join_all;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::centers;
use crate::cli::session::{self, Planned, Selection, Session};
use crate::cli::{CommandError, CommandResult, Context, Exit, Format, block_on, files, known, place};
use crate::config::{self, Loaded};
use crate::git::{Beside, GitError};
use crate::model::{CenterId, Place};
use crate::output::report::{self, Center, Facts, ReadCenter, Trends};
use crate::table::MAX_BYTES;
use crate::usage;

use super::ReportArgs;

pub(super) fn run(context: &Context, args: &ReportArgs, file: &Path) -> CommandResult {
    context.format("report --html", &[Format::Text])?;
    let path = path(context, file)?;
    let trends = args.history.as_deref().map(|folder| trends(context, folder)).transpose()?;
    let loaded = session::checked(context)?;
    let mut session = Session::of(context, &loaded)?;
    session.compare(context, &args.base)?;
    let resolved = session.resolved.clone();
    let moment = moment(context);
    let read = block_on(read(context, session, &args.selection, moment))??;
    let (centers, errors): (Vec<Center>, Vec<Vec<CommandError>>) = read.into_iter().unzip();
    let selected = args.selection.words();
    let facts = Facts {
        config: config_path(context, &loaded),
        as_of: context.today(),
        made_at: context.global.as_of.is_none().then_some(moment),
        commit: commit(context, &loaded),
        base: args.base.name(),
        selected,
        resolved: &resolved,
        rules: config::rules(&loaded.config, &loaded.files, &centers::providers()),
        groups: config::groups(&loaded.config)
            .into_iter()
            .map(|(group, people)| (group, people.len()))
            .collect(),
        centers,
        trends,
    };
    let mut page = Vec::new();
    report::write(&mut page, &facts).map_err(CommandError::failed)?;
    place::write_whole(&path, &page).map_err(|error| {
        CommandError::failed(anyhow::Error::new(error).context(format!("{} cannot be written", shown(&path))))
            .hint("name a file in a folder that is there and may be written")
    })?;
    context.ui.say(&format!("written: {}, which opens in any browser", shown(&path)));
    let mut exit = Exit::Done;
    for error in errors.iter().flatten() {
        context.ui.error(error);
        exit = Exit::Failed;
    }
    Ok(exit)
}

fn shown(path: &Path) -> String {
    place::shown(&Place::Local(path.to_owned()))
}

/// Where the page goes. Nothing is replaced but an earlier page; what a link leads to is.
fn path(context: &Context, file: &Path) -> Result<PathBuf, CommandError> {
    let Place::Local(path) = place::at(context, file)? else {
        return Err(CommandError::usage("a page is written to a file of this machine")
            .hint("write it to a file, and copy that to the store"));
    };
    let Ok(real) = path.canonicalize() else {
        // A link that leads nowhere is no place for a page either: it would be replaced.
        return Ok(path);
    };
    let mut beginning = Vec::new();
    let is_page = real.is_file()
        && fs::File::open(&real).and_then(|file| file.take(512).read_to_end(&mut beginning)).is_ok()
        && String::from_utf8_lossy(&beginning).contains(report::MARK);
    if is_page {
        return Ok(if path.is_symlink() { real } else { path });
    }
    Err(CommandError::usage(format!("{} is there, and it is no page of an earlier report", shown(&path)))
        .hint("name another file, or move that one away"))
}

/// The moment that the page is for: now, or the end of the day that was named, so that the same input makes the same
/// page.
fn moment(context: &Context) -> Timestamp {
    let end = |day: jiff::civil::Date| {
        let next = day.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?;
        next.timestamp().checked_sub(SignedDuration::from_secs(1)).ok()
    };
    context.global.as_of.and_then(end).unwrap_or_else(Timestamp::now)
}

/// Reads every center, side by side. One that cannot be read keeps nobody from the others.
async fn read(
    context: &Context,
    session: Session,
    selection: &Selection,
    moment: Timestamp,
) -> Result<Vec<(Center, Vec<CommandError>)>, CommandError> {
    let mut selected = session.clone();
    selected.select(selection)?;
    let centers: Vec<CenterId> = selected.resolved.centers.keys().cloned().collect();
    let one = async |id: CenterId| of_center(context, session.clone(), selection, id, moment).await;
    Ok(join_all(centers.into_iter().map(one)).await)
}

async fn of_center(
    context: &Context,
    mut session: Session,
    selection: &Selection,
    id: CenterId,
    moment: Timestamp,
) -> (Center, Vec<CommandError>) {
    let provider = session.resolved.centers.get(&id).map(|center| center.settings.provider.clone());
    let provider = provider.unwrap_or_default();
    let planned = match session.select(&selection.within(&id)) {
        Ok(()) => session.plan(context, &[]).await,
        Err(error) => Err(error),
    };
    let Planned { plan, centers, parts, held: _ } = match planned {
        Ok(planned) => planned,
        Err(error) => return (Center { id, provider, read: Err(words(&error)) }, vec![error]),
    };
    let (Some(center), Some(part)) = (centers.get(&id), parts.get(&id)) else {
        let error = CommandError::message(format!("center {id} was not read"));
        return (Center { id, provider, read: Err(words(&error)) }, vec![error]);
    };
    let (drawn, error) = match center.reader.usage(&center.scope).await {
        Ok(drawn) => (drawn, None),
        Err(error) => (None, Some(CommandError::from(error).context(format!("center {id}")))),
    };
    let usage = usage::of_center(&id, part.capabilities, &part.desired, &part.observed, drawn, moment);
    let unread = error.as_ref().map(words);
    let read = ReadCenter { usage, unread, plan };
    (Center { id, provider, read: Ok(Box::new(read)) }, error.into_iter().collect())
}

/// What went wrong, with its causes.
fn words(error: &CommandError) -> String {
    let causes: Vec<String> = error.error.chain().map(ToString::to_string).collect();
    causes.join(": ")
}

/// How the pools stood in the snapshots of a folder.
fn trends(context: &Context, folder: &Path) -> Result<Trends, CommandError> {
    let path = context.global.directory.join(folder);
    let history = known::open(&path)?;
    let mut trends = Trends::default();
    for (path, snapshot) in history.snapshots() {
        let snapshot = match snapshot {
            Ok(snapshot) => snapshot,
            Err(error) => {
                let name = path.file_name().unwrap_or(path.as_os_str());
                context.ui.warn(&format!("{} was left out: {error}", Path::new(name).display()));
                continue;
            }
        };
        trends.snapshots += 1;
        for center in snapshot.centers {
            for pool in center.pools {
                let trend = trends.pools.entry((center.center.clone(), pool.pool)).or_default();
                trend.extend(pool.drawn.map(|drawn| (snapshot.read_at, drawn)));
            }
        }
    }
    if trends.snapshots == 0 {
        context.ui.warn(&format!("{} holds no snapshot", folder.display()));
    }
    Ok(trends)
}

/// The path of the config, for people.
fn config_path(context: &Context, loaded: &Loaded) -> String {
    let given = context.global.config.clone();
    let first = || loaded.files.iter().next().map(|file| loaded.files.shown(file).to_string());
    match given {
        Some(given) => given.to_string_lossy().into_owned(),
        // A folder of files is known by its name.
        None if loaded.config.home.ends_with(config::DEFAULT_FOLDER) => config::DEFAULT_FOLDER.to_owned(),
        None => first().unwrap_or_else(|| config::DEFAULT_FILE.to_owned()),
    }
}

/// The commit that the files are from, and whether they differ from it; nothing outside a repository, and where nothing
/// was committed.
fn commit(context: &Context, loaded: &Loaded) -> Option<(String, bool)> {
    let (repository, places) = files::repository(context).ok()?;
    let head = repository.revision("HEAD").ok()?;
    let same = || -> Result<bool, GitError> {
        let committed = repository.texts_named(&head, &places)?;
        let mut yaml = 0;
        for file in loaded.files.iter() {
            let Some(path) = loaded.files.path(file) else { return Ok(false) };
            let path = repository.path_of(path)?;
            let text = loaded.files.text(file).as_bytes();
            if let Some((_, bytes)) = committed.iter().find(|(committed, _)| *committed == path) {
                yaml += 1;
                if bytes != text {
                    return Ok(false);
                }
                continue;
            }
            let folder = path.parent().unwrap_or(Path::new(""));
            let Some(name) = path.file_name() else { return Ok(false) };
            let beside = repository.file_beside(&head, folder, Path::new(name), MAX_BYTES)?;
            if !matches!(beside, Beside::File(bytes) if bytes == text) {
                return Ok(false);
            }
        }
        Ok(yaml == committed.len())
    };
    Some((head.commit(), !same().unwrap_or(false)))
}
