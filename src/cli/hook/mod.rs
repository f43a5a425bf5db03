//! `bursar hook`: Git asks before a commit and before a push.

mod install;
mod pre_commit;
mod pre_push;

use clap::{Args, Subcommand};

use crate::git::HookName;

use super::{CommandResult, Context, Format};

/// Check what is committed and pushed, before it is
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar hook install                        pre-commit, pre-merge-commit and pre-push
  bursar -c credits.yaml hook install --pre-commit
  bursar hook uninstall                      what stood there before is back

pre-commit and pre-merge-commit check the config exactly as it is staged, where the commit changes it.
pre-push shows what the pushed commits mean for people and money, and refuses what a guardrail refuses.
A hook that is there already is kept and comes first.

To get past a hook once: git commit --no-verify, git push --no-verify.
To consent to what a guardrail refuses: BURSAR_ALLOW=revocations=12 git push")]
pub(super) struct HookArgs {
    #[command(subcommand)]
    command: HookCommand,
}

#[derive(Debug, Subcommand)]
enum HookCommand {
    /// Install hooks for the config that -C and --config name
    Install(Which),
    /// Take the hooks away and put back what stood there before
    Uninstall(Which),
    /// Run a hook, as Git would
    Run(RunArgs),
}

/// Which hooks are meant.
#[derive(Debug, Args)]
#[allow(clippy::struct_field_names)] // they are Git's names
struct Which {
    /// Only this one, or these
    #[arg(long)]
    pre_commit: bool,
    /// Only this one, or these
    #[arg(long)]
    pre_merge_commit: bool,
    /// Only this one, or these
    #[arg(long)]
    pre_push: bool,
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Which one: pre-commit, pre-merge-commit or pre-push
    name: HookName,
    /// What Git gives it: for pre-push the name of the remote and its URL
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(super) fn run(context: &Context, args: &HookArgs) -> CommandResult {
    context.format("hook", &[Format::Text])?;
    match &args.command {
        HookCommand::Install(which) => install::install(context, &which.names()),
        HookCommand::Uninstall(which) => install::uninstall(context, &which.names()),
        HookCommand::Run(run) => match run.name {
            HookName::PreCommit | HookName::PreMergeCommit => pre_commit::run(context, run.name),
            HookName::PrePush => pre_push::run(context, &run.arguments),
        },
    }
}

impl Which {
    /// Those that were named; all where none was.
    fn names(&self) -> Vec<HookName> {
        let wanted = [
            (self.pre_commit, HookName::PreCommit),
            (self.pre_merge_commit, HookName::PreMergeCommit),
            (self.pre_push, HookName::PrePush),
        ];
        let named: Vec<HookName> = wanted.into_iter().filter_map(|(wanted, name)| wanted.then_some(name)).collect();
        if named.is_empty() { HookName::ALL.to_vec() } else { named }
    }
}
