//! `bursar draw`: spends credits as an application would.

use clap::Args;
use jiff::Timestamp;

use crate::centers::embedded::{self, Draw};
use crate::centers::http;
use crate::config::{Resolved, ResolvedCenter};
use crate::model::{Amount, MemberId, PoolId, Subject, parse_decimal};
use crate::output::escape::Terminal;

use super::fallback;
use super::session::{self, unknown};
use super::{CommandError, CommandResult, Context, Exit, Format, block_on};

/// Spend credits of a pool as an application would: drawn, not eligible, or used up
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  bursar draw design-ai alice 25\n\nThe exit code is 0 when the amount was drawn, else 1."
)]
pub(super) struct DrawArgs {
    /// The pool
    pool: String,
    /// Who draws
    member: String,
    /// How much, in the pool's unit
    amount: String,
}

pub(super) fn run(context: &Context, args: &DrawArgs) -> CommandResult {
    let format = context.format("draw", &[Format::Text, Format::Json])?;
    let mut session = session::open(context)?;
    let Resolved { centers, fallbacks, .. } = &mut session.resolved;
    block_on(fallback::place(centers, fallbacks))??;
    let centers = &session.resolved.centers;
    let found = centers.values().find_map(|center| {
        let pool = PoolId::new(&args.pool).ok()?;
        center.desired.state.pools.get(&pool).map(|state| (center, pool, state))
    });
    let Some((center, pool, state)) = found else {
        let pools = centers.values().flat_map(|center| center.desired.state.pools.keys());
        return Err(unknown("pool", &args.pool, pools.map(PoolId::as_str)));
    };
    let ResolvedCenter { settings, scope, .. } = center;
    if !matches!(settings.provider.as_str(), "embedded" | "http") {
        return Err(CommandError::usage(format!(
            "{pool} is kept by a {} center, which no draw goes through",
            settings.provider
        ))
        .hint("credits of a vendor are spent by using the vendor's product"));
    }
    let member = MemberId::new(&args.member).ok().map(Subject::Member);
    let Some(identity) = member.as_ref().and_then(|member| scope.roster.identity(member)) else {
        return Err(unknown("member", &args.member, scope.roster.iter().map(|(member, _)| member.as_str())));
    };
    let unit = state.budget.unit;
    let amount = parse_decimal(&args.amount).and_then(|value| Amount::new(value, unit)).map_err(|error| {
        CommandError::usage(format!("`{}`: {error}", args.amount)).hint(format!("the pool counts {unit}"))
    })?;
    let name = state.target.get("pool").unwrap_or(pool.as_str());
    let draw = match settings.provider.as_str() {
        "http" => block_on(http::draw(settings, name, identity, amount))??,
        _ => embedded::draw(settings, name, identity, amount, Timestamp::now())?,
    };
    let drawn = matches!(draw, Draw::Drawn { .. });
    let text = match format {
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&draw).map_err(CommandError::failed)?),
        _ => format!("{}: {}\n", args.member, Terminal(&draw.to_string())),
    };
    context.ui.artefact(text.as_bytes())?;
    Ok(if drawn { Exit::Done } else { Exit::Failed })
}
