//! `bursar usage`: who has drawn what, against caps and budgets.

use clap::Args;

use super::session::{self, Selection};
use super::{CommandResult, Context, Exit, Format, block_on, using};

/// Show who has drawn what in the running period, against caps and budgets
#[derive(Debug, Args)]
pub(super) struct UsageArgs {
    #[command(flatten)]
    selection: Selection,
}

pub(super) fn run(context: &Context, args: &UsageArgs) -> CommandResult {
    context.format("usage", &[Format::Text])?;
    let mut session = session::open(context)?;
    session.select(&args.selection)?;
    let read = block_on(using::read(context, &session))??;
    let mut out = Vec::new();
    for center in read {
        for pool in center.pools {
            let drawn = pool.drawn.map_or("?".to_owned(), |drawn| drawn.to_string());
            out.extend(format!("{} / {}: {drawn}\n", center.center, pool.pool).into_bytes());
        }
    }
    context.ui.artefact(&out)?;
    Ok(Exit::Done)
}
