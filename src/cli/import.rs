//! `bursar import`: live state into a whole file, that validates and plans to no change.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use crate::centers;
use crate::model::{FALLBACK_MARK, Fallback, Inventory, PoolId, Target};
use crate::output;

use super::session::{self, unknown};
use super::{CommandError, CommandResult, Context, Exit, Format, block_on};

/// Turn a center's live state into a whole file
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar import --center gateway > imported.yaml
  bursar import --center gateway --pool design-ai --out design.yaml

The file validates, and a plan with it changes nothing.")]
pub(super) struct ImportArgs {
    /// The center to read; its settings are taken from the files
    #[arg(long, value_name = "CENTER")]
    center: String,
    /// Only this pool, by the center's own name for it
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
    /// Write to this file, which must not exist, instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(context: &Context, args: &ImportArgs) -> CommandResult {
    context.format("import", &[Format::Text])?;
    let session = session::open(context)?;
    let centers = &session.resolved.centers;
    let Some(center) = centers.iter().find(|(id, _)| id.as_str() == args.center).map(|(_, center)| center) else {
        return Err(unknown("center", &args.center, centers.keys().map(crate::model::CenterId::as_str)));
    };
    let reader = centers::reader(&center.settings)?;
    let waiting = context.ui.waiting("reading the center");
    let mut inventory = block_on(reader.inventory(&center.scope))??;
    drop(waiting);
    if let Some(name) = &args.pool {
        let names: Vec<String> = inventory.pools.iter().map(|(name, _)| name.clone()).collect();
        inventory.pools.retain(|(pool, _)| pool == name);
        if inventory.pools.is_empty() {
            return Err(unknown("pool", name, names.iter().map(String::as_str)));
        }
    }
    inventory.notes.extend(held(&inventory, &session.resolved.fallbacks));
    let text = output::import::import(
        &center.settings,
        reader.capabilities(),
        &inventory,
        &center.scope.roster,
        context.today(),
    );
    for note in &inventory.notes {
        context.ui.warn(note);
    }
    match &args.out {
        None => context.ui.artefact(text.as_bytes())?,
        Some(out) => {
            let path = context.global.directory.join(out);
            let written = OpenOptions::new().write(true).create_new(true).open(&path);
            written.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| {
                CommandError::failed(anyhow::Error::new(error).context(format!("{} cannot be written", out.display())))
                    .hint("name a file that does not exist yet")
            })?;
            context.ui.say(&format!("wrote {}", out.display()));
        }
    }
    Ok(Exit::Done)
}

/// What is to be known of pools that were made to hold one of another center: the files ask for them there, and a file
/// that names them as pools of their own would be refused, or keep what is to go.
fn held(inventory: &Inventory, fallbacks: &BTreeMap<PoolId, Fallback>) -> Vec<String> {
    let marked = |target: &Target| target.0.values().any(|name| name.starts_with(FALLBACK_MARK));
    let pools = inventory.pools.iter().filter(|(_, pool)| marked(&pool.target));
    pools
        .map(|(name, pool)| match fallbacks.iter().find(|(_, fallback)| fallback.target == pool.target) {
            Some((id, fallback)) => format!(
                "{name} belongs to the fallback of {id}: it holds that pool for {}, so leave it out of the files",
                fallback.home
            ),
            None => format!("{name} belongs to a fallback: it was made to hold a pool for another center"),
        })
        .collect()
}
