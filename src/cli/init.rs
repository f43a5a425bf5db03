//! `bursar init`: a commented file to begin with.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use clap::Args;

use crate::config::{DEFAULT_FILE as FILE, DEFAULT_FOLDER as FOLDER};
use crate::{centers, config};

use super::{CommandError, CommandResult, Context, Exit, starter};

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
    let text = starter::text(&args.center).ok_or_else(|| {
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
