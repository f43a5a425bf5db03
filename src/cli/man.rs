//! `bursar man`: the manual pages.

use clap::Args;

use super::{CommandError, CommandResult, Context, Exit, command};

/// Print a manual page
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  bursar man | man -l -\n  bursar man plan > bursar-plan.1")]
pub(super) struct ManArgs {
    /// The command whose page to print; the overview without one
    command: Option<String>,
}

pub(super) fn run(context: &Context, args: &ManArgs) -> CommandResult {
    let mut root = command();
    root.build();
    let page = match &args.command {
        None => root,
        Some(name) => {
            let known: Vec<String> = root.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
            let found = root.find_subcommand(name).cloned().ok_or_else(|| {
                CommandError::usage(format!("there is no command `{name}`"))
                    .hint(format!("there are {}", known.join(", ")))
            })?;
            let full = format!("bursar-{name}");
            found.name(full)
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text).map_err(CommandError::failed)?;
    context.ui.artefact(&text)?;
    Ok(Exit::Done)
}
