//! `bursar report --unused`: the grants that nobody used for so many days.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::ToSpan;

use crate::cli::origins::origins;
use crate::cli::session::{self, Session};
use crate::cli::using::{self, Reading};
use crate::cli::{CommandResult, Context, Exit, Format, Ui, block_on, known};
use crate::git::Repository;
use crate::model::{Origin, Source, Subject, window};
use crate::output::unused::{Report, Unused};
use crate::output::{self, text::Style};
use crate::usage::{self, History, Idle, Seen, Why};

use super::ReportArgs;

pub(super) fn run(context: &Context, args: &ReportArgs, days: u16) -> CommandResult {
    let format = context.format("report --unused", &[Format::Text, Format::Json, Format::Csv])?;
    let folder = args.history.as_deref().map(|folder| context.global.directory.join(folder));
    let history = folder.as_deref().map(known::open).transpose()?.unwrap_or_default();
    let mut session = session::open(context)?;
    session.select(&args.selection)?;
    let Reading { snapshot, errors } = block_on(using::read_each(context, &session))?;
    let mut seen = look_back(context, &history);
    snapshot.centers.iter().for_each(|center| seen.look(center));
    let idle = usage::unused(&snapshot.centers, &seen, context.today(), days);
    let report = Report {
        days,
        as_of: context.today(),
        history: history.span().map(|(first, _)| first),
        grants: placed(context, &session, idle, days),
    };
    context.ui.made(|out| match format {
        Format::Json => output::unused::json(out, &report),
        Format::Csv => output::unused::csv(out, &report),
        _ => {
            let style = Style { color: context.ui.stdout_color, width: Ui::width(), verbose: context.ui.verbose };
            output::text::unused(out, &report, style)
        }
    })?;
    for error in &errors {
        context.ui.error(error);
    }
    Ok(if errors.is_empty() { Exit::Done } else { Exit::Failed })
}

/// What the snapshots tell, one after the other.
fn look_back(context: &Context, history: &History) -> Seen {
    let mut seen = Seen::default();
    for (path, snapshot) in history.snapshots() {
        match snapshot {
            Ok(snapshot) => snapshot.centers.iter().for_each(|center| seen.look(center)),
            Err(error) => {
                let name = path.file_name().unwrap_or(path.as_os_str());
                context.ui.warn(&format!("{} was left out: {error}", Path::new(name).display()));
            }
        }
    }
    if history.foreign > 0 {
        let (what, are) = if history.foreign == 1 { ("file", "is") } else { ("files", "are") };
        context
            .ui
            .say(&format!("{} other {what} of the folder {are} no snapshot by name", history.foreign));
    }
    seen
}

/// The grants with their lines in the files. One whose line is younger than so many days was not there to be used.
fn placed(context: &Context, session: &Session, idle: Vec<Idle>, days: u16) -> Vec<Unused> {
    let mut grants: Vec<Unused> = idle
        .into_iter()
        .map(|idle| {
            let source = rule(session, &idle);
            Unused { idle, source, granted: None }
        })
        .collect();
    let written = who_wrote(context, grants.iter().filter_map(|grant| grant.source.as_ref()));
    let cutoff = context.today().saturating_sub(i64::from(days).days());
    for grant in &mut grants {
        let origin = grant.source.as_ref().and_then(|source| written.get(source));
        grant.granted = match origin.map(AsRef::as_ref) {
            Some(Origin::Commit { at, .. }) => Some(window::day(*at)),
            Some(Origin::NotCommitted) => Some(context.today()),
            None => None,
        };
        if let Some(day) = grant.granted.filter(|day| *day > cutoff && grant.idle.why == Why::Unused) {
            grant.idle.why = Why::Young(day);
        }
    }
    grants
}

/// The line of the rule that names somebody.
fn rule(session: &Session, idle: &Idle) -> Option<Source> {
    let Subject::Member(member) = &idle.subject else { return None };
    let mut centers = session.resolved.centers.values();
    let sources = centers.find_map(|center| center.desired.sources.get(&idle.pool))?;
    let rule = sources.deciding.get(member)?;
    sources.rules.get(usize::try_from(*rule).ok()?).cloned()
}

/// Who wrote the lines, where the files are in a repository.
fn who_wrote<'a>(context: &Context, sources: impl Iterator<Item = &'a Source>) -> BTreeMap<Source, Arc<Origin>> {
    match Repository::discover(&context.global.directory) {
        Ok(repository) => origins(context, &repository, &context.global.directory, sources, "a report"),
        // Without a repository nothing tells how old a line is.
        Err(_) => BTreeMap::new(),
    }
}
