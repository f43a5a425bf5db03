//! `bursar log`: who has had what since when, by whose approval.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clap::Args;

use crate::centers;
use crate::config::explain::{self, Explanation};
use crate::config::{self, Loaded};
use crate::diagnostics::Severity;
use crate::git::{Commit, Repository};
use crate::ledger::{Act, Filter, Person, Standing, Story, standings};
use crate::model::{CenterId, Origin, PoolId, Source};
use crate::output;
use crate::output::escape::Terminal;
use crate::output::log::{Check, Report};
use crate::output::text::Style;

use super::origins::origins;
use super::session::unknown;
use super::{CommandError, CommandResult, Context, Exit, Format, Ui, block_on, files, ledger};

/// Say who has had what since when, and by whose approval
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar log --member bob             since when has Bob what he has, and who approved it?
  bursar log --pool design-ai --limit 20
  bursar log --check                  is every line as it was written?
  bursar log --check --expect 3f2a0b1c2d3e…

Every apply, resume and confirm writes to ledger.jsonl in the store of the locks. Names, approvers
and commits are what the environment of the run said. An entry's hash is said by the run that wrote
it, in its log: --expect finds out whether that entry is still there.

Exit codes: 0 as it should be · 1 a line was changed, moved, put in or taken out")]
pub(super) struct LogArgs {
    /// Only what is about this person: a member of the files, an e-mail address or login of theirs, or a name of the ledger
    #[arg(long, value_name = "MEMBER")]
    member: Option<String>,
    /// Only what is about this pool
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
    /// Only what is about this center
    #[arg(long, value_name = "CENTER")]
    center: Option<String>,
    /// At most so many changes, the newest
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Look whether every line is as it was written
    #[arg(long, conflicts_with_all = ["member", "pool", "center", "limit"])]
    check: bool,
    /// The hash of an entry that must still be there, or its first 12 characters or more
    #[arg(long, value_name = "HASH", requires = "check", value_parser = hash)]
    expect: Option<String>,
}

fn hash(text: &str) -> Result<String, String> {
    let fine = (12..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if fine { Ok(text.to_ascii_lowercase()) } else { Err("a hash has 12 to 64 hexadecimal digits".to_owned()) }
}

pub(super) fn run(context: &Context, args: &LogArgs) -> CommandResult {
    let format = context.format("log", &[Format::Text, Format::Json])?;
    let loaded = config::load(&context.global.directory, context.global.config.as_deref())?;
    let resolved = config::resolve(&loaded.config, &loaded.files, &centers::providers(), context.today());
    let document = ledger::document(&resolved.lock)?;
    let bytes = block_on(document.load())??.bytes;
    let place = ledger::shown(&document);
    if args.check {
        return check(context, format, &Story::of_runs(&bytes), &place, args.expect.as_deref());
    }
    let person = args.member.as_deref().map(|name| person(&loaded, name)).transpose()?;
    let filter = Filter {
        person: person.clone(),
        pool: args
            .pool
            .as_deref()
            .map(|name| PoolId::new(name).map_err(|_| no_pool(&loaded, None, name)))
            .transpose()?,
        center: args
            .center
            .as_deref()
            .map(|name| CenterId::new(name).map_err(|_| no_center(&loaded, None, name)))
            .transpose()?,
    };
    let story = Story::read(&bytes, &filter);
    known(&loaded, &story, &filter)?;
    let explanation = person.as_ref().and_then(|person| explained(context, &loaded, person, &filter));
    if let (Some(name), Some(person), true) = (&args.member, &person, story.acts.is_empty())
        && person.id.is_none()
    {
        let ids = loaded.config.members.iter().map(|entry| entry.name.value.as_str());
        return Err(unknown("member", name, ids).hint("nothing in the ledger is about somebody of that name either"));
    }
    if let Some(broken) = &story.chain.broken {
        context
            .ui
            .warn(&format!("the ledger {place} was changed: {broken}; what follows may not be what was written"));
    }
    let standings = person.as_ref().map(|person| standings(&story.acts, person)).unwrap_or_default();
    tell(context, format, args, &Told { story: &story, place: &place, standings: &standings, explanation })?;
    Ok(Exit::Done)
}

/// What is told.
struct Told<'a> {
    story: &'a Story,
    place: &'a str,
    standings: &'a [Standing<'a>],
    explanation: Option<Explanation>,
}

fn tell(context: &Context, format: Format, args: &LogArgs, told: &Told<'_>) -> Result<(), CommandError> {
    let Told { story, place, standings, explanation } = told;
    let mut acts: Vec<&Act> = story.acts.iter().rev().collect();
    let left_out = acts.len().saturating_sub(args.limit.unwrap_or(usize::MAX));
    acts.truncate(acts.len() - left_out);
    let repository = match files::repository(context) {
        Ok((repository, _)) => Some(repository),
        Err(error) => {
            context
                .ui
                .say(&format!("what Git knows is left out: {}", Terminal(&error.error.to_string())));
            None
        }
    };
    let origins = repository.as_ref().zip(explanation.as_ref()).map(|(repository, explanation)| {
        let sources = explanation.pools.iter().map(|right| &right.decided_at);
        origins(context, repository, &context.global.directory, sources, "this")
    });
    let commits = commits(repository.as_ref(), story, &acts, standings, origins.as_ref());
    let files = explanation.as_ref().map(|explanation| output::explain::Report {
        name: args.member.as_deref().unwrap_or_default(),
        as_of: context.today(),
        explanation,
        origins: origins.as_ref(),
        live: None,
        totals: None,
    });
    let report = Report {
        place,
        chain: &story.chain,
        name: args.member.as_deref(),
        standings,
        files,
        acts: &acts,
        left_out,
        runs: &story.runs,
        commits: &commits,
    };
    context.ui.made(|out| {
        if format == Format::Json {
            output::log::json(out, &report)
        } else {
            output::text::log(out, &report, style(context))
        }
    })?;
    for (_, run) in story.open() {
        let at = run.at.strftime("%Y-%m-%d %H:%M UTC");
        let journal = run.journal.as_deref().unwrap_or_default();
        context.ui.say(&format!(
            "the run of {at} has no end: if it is not under way, `bursar resume {}` finishes it",
            Terminal(journal)
        ));
    }
    Ok(())
}

fn style(context: &Context) -> Style {
    Style { color: context.ui.stdout_color, width: Ui::width(), verbose: context.ui.verbose }
}

/// Follows the chain.
fn check(context: &Context, format: Format, story: &Story, place: &str, expect: Option<&str>) -> CommandResult {
    let open = story.open();
    let check =
        Check { place, chain: &story.chain, expected: expect.map(|hash| (hash, story.chain.find(hash))), open: &open };
    context.ui.made(|out| {
        if format == Format::Json {
            output::log::check_as_json(out, &check)
        } else {
            output::text::check(out, &check, style(context))
        }
    })?;
    Ok(if check.is_sound() { Exit::Done } else { Exit::Failed })
}

/// Somebody of the files, or a name that only the ledger may know.
fn person(loaded: &Loaded, name: &str) -> Result<Person, CommandError> {
    match explain::find(&loaded.config, name).as_slice() {
        [id] => {
            let member = loaded.config.members.get(id.as_str());
            let addresses = member.into_iter().flat_map(|entry| entry.value.addresses());
            let logins = member.into_iter().flat_map(|entry| &entry.value.logins);
            let names = addresses
                .map(|email| email.to_lowercase())
                .chain(logins.map(|login| login.name.to_lowercase()))
                .chain([id.as_str().to_owned()]);
            Ok(Person { id: Some((*id).clone()), names: names.collect() })
        }
        [] => Ok(Person { id: None, names: BTreeSet::from([name.to_lowercase()]) }),
        several => {
            let names: Vec<&str> = several.iter().map(|member| member.as_str()).collect();
            let message = format!("`{}` is what {} are known by", Terminal(name), names.join(" and "));
            Err(CommandError::usage(message).hint("name one of them by their name in the files"))
        }
    }
}

/// What the files say of somebody, where they have no error.
fn explained(context: &Context, loaded: &Loaded, person: &Person, filter: &Filter) -> Option<Explanation> {
    let id = person.id.as_ref()?;
    let providers = centers::providers();
    let findings = config::check(loaded, &providers, context.today());
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        context
            .ui
            .say("what the files say is left out: they have errors; `bursar validate` shows them");
        return None;
    }
    let mut explanation = explain::explain(&loaded.config, &loaded.files, &providers, Some(id), context.today());
    explanation.pools.retain(|right| {
        filter.pool.as_ref().is_none_or(|pool| *pool == right.pool)
            && filter.center.as_ref().is_none_or(|center| *center == right.center)
    });
    Some(explanation)
}

/// Whether the pool and the center that were named are any of the files or the ledger.
fn known(loaded: &Loaded, story: &Story, filter: &Filter) -> Result<(), CommandError> {
    if let Some(pool) = &filter.pool
        && !story.pools.contains(pool)
        && loaded.config.pools.get(pool.as_str()).is_none()
    {
        return Err(no_pool(loaded, Some(story), pool.as_str()));
    }
    if let Some(center) = &filter.center
        && !story.centers.contains(center)
        && loaded.config.centers.get(center.as_str()).is_none()
    {
        return Err(no_center(loaded, Some(story), center.as_str()));
    }
    Ok(())
}

fn no_pool(loaded: &Loaded, story: Option<&Story>, name: &str) -> CommandError {
    let files = loaded.config.pools.iter().map(|entry| entry.name.value.as_str());
    let told = story.into_iter().flat_map(|story| &story.pools).map(PoolId::as_str);
    unknown("pool", name, files.chain(told).collect::<BTreeSet<_>>().into_iter())
}

fn no_center(loaded: &Loaded, story: Option<&Story>, name: &str) -> CommandError {
    let files = loaded.config.centers.iter().map(|entry| entry.name.value.as_str());
    let told = story.into_iter().flat_map(|story| &story.centers).map(CenterId::as_str);
    unknown("center", name, files.chain(told).collect::<BTreeSet<_>>().into_iter())
}

/// The commits of what is told, as far as this clone has them.
fn commits(
    repository: Option<&Repository>,
    story: &Story,
    acts: &[&Act],
    standings: &[Standing<'_>],
    origins: Option<&BTreeMap<Source, Arc<Origin>>>,
) -> BTreeMap<String, Commit> {
    let Some(repository) = repository else { return BTreeMap::new() };
    let runs = acts
        .iter()
        .map(|act| &act.run)
        .chain(standings.iter().map(|standing| &standing.since.run));
    let runs = runs.filter_map(|run| story.runs.get(run)?.who.commit.as_deref());
    let written = origins.into_iter().flat_map(BTreeMap::values).filter_map(|origin| match origin.as_ref() {
        Origin::Commit { id, .. } => Some(id.as_str()),
        Origin::NotCommitted => None,
    });
    let ids: BTreeSet<&str> = runs.chain(written).collect();
    ids.into_iter().filter_map(|id| Some((id.to_owned(), repository.commit(id)?))).collect()
}
