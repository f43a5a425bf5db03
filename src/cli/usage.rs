//! `bursar usage`: who has drawn what, against caps and budgets.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::output::escape::Terminal;
use crate::output::{self, text::Style};
use crate::usage::{Snapshot, history};

use super::session::{self, Selection};
use super::using::{self, Reading};
use super::{CommandError, CommandResult, Context, Exit, Format, Ui, block_on, rewrite};

/// Show who has drawn what in the running period, against caps and budgets
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar usage
  bursar usage --pool design-ai -v           everybody, however many they are
  bursar usage --format csv > usage.csv      a row per pool and one per member
  bursar usage --history usage               and keep the reading, for trends and `report --unused`

What stands there is what the center tells: `?` was not told, and `0?` may mean that too. A center
that cannot be read is an error, and the others are shown all the same.")]
pub(super) struct UsageArgs {
    #[command(flatten)]
    selection: Selection,
    /// Store the reading in this folder too, as TIME.json
    #[arg(long, value_name = "DIR")]
    history: Option<PathBuf>,
}

pub(super) fn run(context: &Context, args: &UsageArgs) -> CommandResult {
    let format = context.format("usage", &[Format::Text, Format::Json, Format::Csv])?;
    let mut session = session::open(context)?;
    session.select(&args.selection)?;
    let Reading { snapshot, errors } = block_on(using::read_each(context, &session))?;
    context.ui.made(|out| match format {
        Format::Json => snapshot.write(out),
        Format::Csv => output::usage::csv(out, &snapshot.centers),
        _ => {
            let style = Style { color: context.ui.stdout_color, width: Ui::width(), verbose: context.ui.verbose };
            output::text::usage(out, &snapshot.centers, style)
        }
    })?;
    for error in &errors {
        context.ui.error(error);
    }
    if let Some(folder) = &args.history {
        store(context, folder, &snapshot)?;
    }
    Ok(if errors.is_empty() { Exit::Done } else { Exit::Failed })
}

/// Keeps a reading. It is a file of its own, and never written over another.
fn store(context: &Context, folder: &Path, snapshot: &Snapshot) -> Result<(), CommandError> {
    if snapshot.centers.is_empty() {
        context.ui.say("no center was read, so nothing was stored");
        return Ok(());
    }
    let mut text = Vec::new();
    snapshot.write(&mut text).map_err(CommandError::failed)?;
    let folder = context.global.directory.join(folder);
    let path = |exact| folder.join(history::name(snapshot.read_at, exact));
    let path = if path(false).exists() { path(true) } else { path(false) };
    rewrite::create(&path, &text)?;
    context.ui.say(&format!("stored: {}", Terminal(&path.to_string_lossy())));
    Ok(())
}
