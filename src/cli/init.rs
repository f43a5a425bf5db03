//! `bursar init`: a commented file to begin with.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use clap::Args;

use crate::config::{DEFAULT_FILE as FILE, DEFAULT_FOLDER as FOLDER};
use crate::{centers, config};

use super::{CommandError, CommandResult, Context, Exit};

/// Where the file's first line looks for the schema.
const SCHEMA: &str = "schema/bursar.v1.schema.json";

/// Write a commented bursar.yaml and its schema; what is there is never overwritten
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  bursar init\n  bursar init --center litellm")]
pub(super) struct InitArgs {
    /// The provider of the first center
    #[arg(long, value_name = "PROVIDER", default_value = "embedded")]
    center: String,
}

pub(super) fn run(context: &Context, args: &InitArgs) -> CommandResult {
    let text = template(&args.center).ok_or_else(|| {
        let mut known: Vec<&str> = centers::providers().iter().map(|known| known.provider).collect();
        known.dedup();
        CommandError::usage(format!("there is no provider `{}`", args.center))
            .hint(format!("there are {}", known.join(", ")))
    })?;
    let name = context.global.config.clone().unwrap_or_else(|| FILE.into());
    let path = context.global.directory.join(&name);
    if context.global.config.is_none() && config::load(&context.global.directory, Some(Path::new(FOLDER))).is_ok() {
        let message = format!("there is a folder {FOLDER}, which a {FILE} beside it would take the place of");
        return Err(
            CommandError::message(message).hint(format!("edit the files in {FOLDER}, or name another file with -c"))
        );
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(|error| {
        let there = error.kind() == std::io::ErrorKind::AlreadyExists;
        let message = if there { "it is there already, and was not touched".to_owned() } else { error.to_string() };
        CommandError::message(format!("{} cannot be written: {message}", name.display())).hint(match error.kind() {
            std::io::ErrorKind::AlreadyExists => "edit it, or name another file with -c",
            std::io::ErrorKind::NotFound => "make the folder first, or name another with -C",
            _ => "check the folder, or name another with -C",
        })
    })?;
    file.write_all(text.as_bytes()).map_err(|error| {
        CommandError::failed(anyhow::Error::new(error).context(format!("{} cannot be written", name.display())))
    })?;
    context.ui.say(&format!("wrote {}", name.display()));
    // The file's first line is relative to the file.
    let beside = name.with_file_name(SCHEMA);
    if schema(&context.global.directory.join(&beside))? {
        context
            .ui
            .say(&format!("wrote {}, which editors complete and check from", beside.display()));
    }
    context.ui.say(match args.center.as_str() {
        "figma" => {
            "next: export the people from Figma to exports/people.csv, edit the file, then `bursar validate`, \
             `bursar plan` and `bursar doctor`"
        }
        _ => "next: edit it, then `bursar validate` and `bursar plan`",
    });
    Ok(Exit::Done)
}

/// Writes the schema to where the file's first line says it is, unless something is there. Whether it was written.
fn schema(path: &Path) -> Result<bool, CommandError> {
    let cannot = |error| CommandError::failed(anyhow::Error::new(error).context(format!("{SCHEMA} cannot be written")));
    if path.exists() {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(cannot)?;
    }
    fs::write(path, config::schema::schema(&centers::providers())).map_err(cannot)?;
    Ok(true)
}

/// The file for a provider, if there is such a provider.
fn template(provider: &str) -> Option<String> {
    let center = match provider {
        "embedded" => {
            "  local:
    provider: embedded              # a SQLite file beside this one: nothing to sign up for
    # path: .bursar/center.db       # the default"
        }
        "http" => {
            "  gate:
    provider: http                  # `bursar serve`, or a center of your own that speaks its API
    base_url: https://credits.example.com
    allow_host: [credits.example.com]   # the token may go there and nowhere else
    token: { env: BURSAR_TOKEN }    # secrets are named, never written"
        }
        "claude" => {
            "  claude:
    provider: claude
    flavor: enterprise              # enterprise | console | gateway: three products with different limits
    organization: 00000000-0000-4000-8000-000000000000   # its id; a key of any other one is refused
    token: { env: BURSAR_CLAUDE_TOKEN }  # secrets are named, never written"
        }
        "figma" => {
            "  design:
    provider: figma                 # set in its console only: Bursar plans, and a person clicks
    plan: organization              # professional | organization | enterprise: decides what Figma offers
    organization: Example           # what the account is called, in plans and records
    export:
      people: exports/people.csv    # in Figma: Admin > People > export; save the file here, and commit it
      # taken: 2026-11-20           # the day of the export
      # Which headers of that file hold what. Without `access`, what people have now is not known, and all is planned.
      # columns: { email: Email, access: Paid AI credit access, limit: Paid AI credit limit }"
        }
        "github" => {
            "  copilot:
    provider: github
    enterprise: example             # or organization: example, for one that belongs to no enterprise
    token: { env: BURSAR_GITHUB_TOKEN }  # secrets are named, never written; GITHUB_TOKEN cannot do this"
        }
        "chatgpt" => {
            "  chat:
    provider: chatgpt
    workspace: 00000000-0000-4000-8000-000000000000   # the workspace's id: the key belongs to one
    token: { env: BURSAR_CHATGPT_TOKEN } # a workspace Admin key, not one of the API platform; named, never written"
        }
        "litellm" => {
            "  gateway:
    provider: litellm
    base_url: https://llm.example.com
    allow_host: [llm.example.com]   # the token may go there and nowhere else
    token: { env: BURSAR_LITELLM_KEY }   # secrets are named, never written"
        }
        _ => return None,
    };
    let (name, unit) = match provider {
        "claude" => ("claude", "USD"),
        "figma" => ("design", "credits"),
        "github" => ("copilot", "USD"),
        "http" => ("gate", "credits"),
        "chatgpt" => ("chat", "credits"),
        "litellm" => ("gateway", "USD"),
        _ => ("local", "credits"),
    };
    let text = format!(
        "\
# yaml-language-server: $schema=./schema/bursar.v1.schema.json
version: 1

# Where the credits are spent: the vendor accounts whose settings Bursar reads and changes.
centers:
{center}

# Who there is. The e-mail address is how most centers know a person.
members:
  alice: {{ email: alice@example.com }}
  bob: {{ email: bob@example.com }}

groups:
  designers: [alice, bob]

pools:
  design-ai:
    center: {name}
    budget: {{ limit: 5000, unit: {unit}, period: monthly, when_exhausted: block }}
    access:
      - group: designers
        cap: 500                    # the most that each of them may draw in a month
      - member: alice               # a rule for a person beats the rule of a group
        cap: 1000
        reason: Leads the AI prototype
        # expires: 2027-03-31       # the last day; after it the grant goes with the next apply
    others: blocked                 # everybody whom no rule names: blocked | unmanaged | {{ cap: 50 }}
    alerts:
      - {{ at: 80%, of: budget, notify: [ops] }}

notify:
  ops: {{ email: [ai-ops@example.com] }}

# Limits on what one run may do. These are the defaults; they hold without being written.
# guardrails:
#   revocations: {{ count: 10, percent: 25 }}   # grants removed or blocked
#   cuts: {{ count: 20, percent: 50 }}          # caps or budgets lowered
"
    );
    Some(match provider {
        // It knows people by their logins, and 0 would take what the seats include.
        "github" => text
            .replace("alice@example.com }", "alice@example.com, github: alice-example }")
            .replace("bob@example.com }", "bob@example.com, github: bob-example }")
            .replace("    others: blocked                 # everybody whom no rule names: blocked | unmanaged | { cap: 50 }",
                "    others: { cap: 19 }             # what a seat of Copilot Business includes; `blocked` takes that too")
            .replace("- { at: 80%,", "- { at: 90%,")
            .replace("ops: { email: [ai-ops@example.com] }", "ops: { email: [ai-ops@example.com], github: [ai-ops-example] }"),
        _ => text,
    })
}
