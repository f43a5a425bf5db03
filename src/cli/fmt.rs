//! `bursar fmt`: the canonical layout of the files.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use crate::config::{self, edit::Layout};
use crate::model::is_record;
use crate::output::escape::Terminal;
use crate::output::{diff, findings_text};

use super::{CommandError, CommandResult, Context, Exit, Format, rewrite};

/// Lay the files out in the canonical way; comments and meaning stay
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar fmt
  bursar fmt --check         exit with 2 where a file would change, and name it
  bursar fmt --diff bursar/pools.yaml")]
pub(super) struct FmtArgs {
    /// Files and folders, instead of those of the config
    paths: Vec<PathBuf>,
    /// Change nothing: name the files that would change, and exit with 2 if there are any
    #[arg(long)]
    check: bool,
    /// Change nothing: show what would change
    #[arg(long, conflicts_with = "check")]
    diff: bool,
}

pub(super) fn run(context: &Context, args: &FmtArgs) -> CommandResult {
    context.format("fmt", &[Format::Text])?;
    let directory = &context.global.directory;
    if let Some(record) = args.paths.iter().find(|path| is_record(path)) {
        let shown = record.to_string_lossy();
        return Err(CommandError::usage(format!("{} is a record, and no part of a config", Terminal(&shown)))
            .hint("`bursar confirm` lays it out when it writes it; `bursar validate` checks it"));
    }
    let loaded = if args.paths.is_empty() {
        config::load(directory, context.global.config.as_deref())?
    } else if context.global.config.is_some() {
        return Err(CommandError::usage("give the files either with --config or as arguments, not both"));
    } else {
        config::load_paths(directory, &args.paths)?
    };
    let mut findings = Vec::new();
    let mut out = Vec::new();
    let (mut files, mut changed, mut unsure) = (0, 0, 0);
    // A file that is there under two names is laid out once.
    let mut seen = BTreeSet::new();
    for id in loaded.files.iter() {
        // A CSV is written by whoever exports it.
        if loaded.is_table(id) {
            continue;
        }
        let (Some(path), source) = (loaded.files.path(id), loaded.files.text(id)) else { continue };
        if !seen.insert(path.canonicalize().unwrap_or_else(|_| path.to_owned())) {
            continue;
        }
        let unreadable: Vec<_> = loaded.unreadable(id).cloned().collect();
        let layout = if unreadable.is_empty() { config::edit::layout(source, id) } else { Err(unreadable) };
        let shown = Terminal(&loaded.files.shown(id)).to_string();
        files += 1;
        match layout {
            Err(more) => findings.extend(more),
            Ok(Layout::Canonical) => {}
            Ok(Layout::Unsure) => {
                unsure += 1;
                let why = "it is written in a way that another layout might not keep";
                context.ui.warn(&format!("{shown} is left as it is: {why}"));
            }
            Ok(Layout::Differs(text)) => {
                changed += 1;
                if args.diff {
                    diff::texts(&mut out, &shown, source, &text).map_err(CommandError::failed)?;
                } else if args.check {
                    out.extend_from_slice(format!("{shown}\n").as_bytes());
                } else {
                    rewrite::replace(path, source.as_bytes(), text.as_bytes())?;
                    context.ui.say(&format!("laid out {shown}"));
                }
            }
        }
    }
    context.ui.artefact(&out)?;
    if !findings.is_empty() {
        let mut text = Vec::new();
        findings_text::write(&mut text, &loaded.files, &findings, context.ui.stderr_color)
            .map_err(CommandError::failed)?;
        context.ui.always(&String::from_utf8_lossy(&text));
        return Err(CommandError::message("a file with these errors is not laid out, and was left as it is")
            .hint("mend them; `bursar validate` shows all findings"));
    }
    let count = |files: u32| if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
    match (changed, args.check) {
        (0, _) if unsure > 0 => {}
        (0, _) => context.ui.say(&format!("{}, laid out already", count(files))),
        (changed, true) => {
            context
                .ui
                .say(&format!("{} of {} would change; `bursar fmt` does it", changed, count(files)));
            return Ok(Exit::Changes);
        }
        _ => {}
    }
    Ok(Exit::Done)
}
