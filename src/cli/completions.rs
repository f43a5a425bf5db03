//! `bursar completions`: completions for a shell.

use clap::Args;
use clap_complete::Shell;

use super::{CommandResult, Context, Exit, command};

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  bursar completions bash > ~/.local/share/bash-completion/completions/bursar")]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub(super) fn run(context: &Context, args: &CompletionsArgs) -> CommandResult {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command(), "bursar", &mut script);
    context.ui.artefact(&script)?;
    Ok(Exit::Done)
}
