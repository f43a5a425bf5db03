//! `bursar diff`: what an edit of the files means for people and money. No credentials, no network, nothing written.

use clap::Args;

use crate::config::{self, LoadError, Loaded};
use crate::git;
use crate::output::{self, text::Style};
use crate::plan::Allow;
use crate::plan::files::{self as plan_files, Files, FilesDiff, Revision, Terms};
use crate::usage::Snapshot;

use super::known::{self, KnownArgs};
use super::page::{Page, PageArgs};
use super::{CommandError, CommandResult, Context, Exit, Format, Ui, files};

/// Show what an edit of the files means for people and money, with no credentials
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar diff main                     the files as they are now, compared with main
  bursar diff main...                  HEAD, compared with where it left main
  bursar diff v1..v2                   two revisions
  bursar diff origin/main --format json
  bursar diff main --usage usage       and whom it stops, by the last reading of who drew what

It compares what the files ask, so lines that were moved, renamed files and comments are no
difference, and what was done in a center past the files is not seen: `bursar plan` shows that.
An edit that a guardrail refuses is shown whole, and the exit code is 3.")]
pub(super) struct DiffArgs {
    /// BASE (with the working files), BASE..HEAD, or BASE...HEAD (HEAD with their merge base)
    range: String,
    /// Consent to exactly this number, such as revocations=12
    #[arg(long, value_name = "NAME=N")]
    allow: Vec<Allow>,
    /// Exit with 2 when there are differences
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    page: PageArgs,
}

/// What is compared with what.
#[derive(Debug, PartialEq, Eq)]
struct Range<'a> {
    base: &'a str,
    /// None for the working files.
    head: Option<&'a str>,
    /// Whether the base is where the two parted.
    from_merge_base: bool,
}

impl<'a> Range<'a> {
    /// Reads a range as Git does: an empty side is `HEAD`.
    fn of(text: &'a str) -> Self {
        let or_head = |side: &'a str| if side.is_empty() { "HEAD" } else { side };
        let sides = |at: &str| text.split_once(at).map(|(base, head)| (or_head(base), Some(or_head(head))));
        match (sides("..."), sides("..")) {
            (Some((base, head)), _) => Self { base, head, from_merge_base: true },
            (None, Some((base, head))) => Self { base, head, from_merge_base: false },
            (None, None) => Self { base: text, head: None, from_merge_base: false },
        }
    }
}

pub(super) fn run(context: &Context, args: &DiffArgs) -> CommandResult {
    let format = context.format("diff", &[Format::Text, Format::Json, Format::Markdown])?;
    let known = args.known.read(context)?;
    let Some(diff) = compare(context, &args.range, &args.allow, known.as_ref())? else { return Ok(Exit::Failed) };
    let page = Page::of(context);
    if let Some(frame) = args.page.frame(&page) {
        let mut summary = Vec::new();
        output::markdown::diff(&mut summary, &diff, &frame).map_err(CommandError::failed)?;
        args.page.add(&summary)?;
    }
    context.ui.made(|out| match format {
        Format::Json => output::json::diff(out, &diff),
        Format::Markdown => output::markdown::diff(out, &diff, &page.comment()),
        _ => {
            let style = Style { color: context.ui.stdout_color, width: Ui::width(), verbose: context.ui.verbose };
            output::text::diff(out, &diff, style)
        }
    })?;
    Ok(exit(&diff, args.detailed_exitcode))
}

/// What the range comes to; nothing where the files of its base have an error that was shown already.
fn compare(
    context: &Context,
    range: &str,
    allows: &[Allow],
    known: Option<&Snapshot>,
) -> Result<Option<FilesDiff>, CommandError> {
    let (repository, places) = files::repository(context)?;
    let range = Range::of(range);
    let mut base = repository.revision(range.base)?;
    let head = range.head.map(|name| repository.revision(name)).transpose()?;
    if let (true, Some(head)) = (range.from_merge_base, &head) {
        base = repository.merge_base(&base, head)?;
    }
    let then = match &head {
        Some(head) => files::before(context, &repository, &places, &base, head),
        None => files::at(context, &repository, &places, &base),
    };
    // What is wrong with the head is worth knowing too, so the error of the base is said first and ends nothing yet.
    if let Err(error) = &then {
        context.ui.error(error);
    }
    let now = match &head {
        Some(head) => files::at(context, &repository, &places, head),
        None => working(context),
    }?;
    let Ok(then) = then else { return Ok(None) };
    let at = |revision: &git::Revision| format!("at `{}`", revision.name());
    let (at_base, at_head) = (at(&base), head.as_ref().map_or("among the working files".to_owned(), at));
    if then.is_none() && now.is_none() {
        let error = CommandError::message(format!("there is no config {at_base} and none {at_head}"));
        return Err(error.hint("name the place that it has in the repository with --config PATH"));
    }
    let mut notes = Vec::new();
    if then.is_none() {
        notes.push(format!("there was no config {at_base}, so everything counts as new"));
    }
    if now.is_none() {
        notes.push(format!(
            "there is no config {at_head} any more: nothing is taken from anybody by that, and nothing decides over \
             these pools any more"
        ));
    }
    let named =
        |revision: &git::Revision| Revision { name: Some(revision.name().to_owned()), commit: Some(revision.commit()) };
    let working_files = Revision { name: None, commit: None };
    let then = side(context, then.as_ref(), named(&base));
    let now = side(context, now.as_ref(), head.as_ref().map_or(working_files, named));
    let mut diff = plan_files::make(&then, &now, Terms { allows, as_of: context.today() });
    if let Some(known) = known {
        notes.append(&mut known::tell(context, known, &now, &mut diff));
    }
    notes.append(&mut diff.notes);
    Ok(Some(FilesDiff { notes, ..diff }))
}

/// The working files; nothing where there is no config among them.
fn working(context: &Context) -> Result<Option<Loaded>, CommandError> {
    match config::load(&context.global.directory, context.global.config.as_deref()) {
        Ok(loaded) => {
            let help = "`bursar validate` shows everything that it finds";
            files::sound(context, &loaded, "as they are now", help)?;
            Ok(Some(loaded))
        }
        Err(LoadError::NoConfig(_) | LoadError::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn side(context: &Context, loaded: Option<&Loaded>, revision: Revision) -> Files {
    match loaded {
        Some(loaded) => files::side(context, loaded, revision),
        None => files::none(revision),
    }
}

fn exit(diff: &FilesDiff, detailed: bool) -> Exit {
    if !diff.refusals.is_empty() {
        Exit::Refused
    } else if detailed && !diff.is_empty() {
        Exit::Changes
    } else {
        Exit::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_as_git_reads_it() {
        let of = |text: &'static str| {
            let Range { base, head, from_merge_base } = Range::of(text);
            (base, head, from_merge_base)
        };
        assert_eq!(of("main"), ("main", None, false));
        assert_eq!(of("main..topic"), ("main", Some("topic"), false));
        assert_eq!(of("main...topic"), ("main", Some("topic"), true));
        assert_eq!(of("main.."), ("main", Some("HEAD"), false));
        assert_eq!(of("..topic"), ("HEAD", Some("topic"), false));
        assert_eq!(of("main..."), ("main", Some("HEAD"), true));
        assert_eq!(of(".."), ("HEAD", Some("HEAD"), false));
    }
}
