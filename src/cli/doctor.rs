//! `bursar doctor`: which controls each account really has, and what to do about those that it does not have.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clap::Args;
use futures_util::future::join_all;

use crate::config::ResolvedCenter;
use crate::model::{CenterId, PoolId, Reached};
use crate::output::doctor::{self, Examined, Wants};
use crate::output::text::Style;
use crate::{centers, plan};

use super::session::{self, Selection, Session};
use super::{CommandError, CommandResult, Context, Exit, Format, Ui, block_on};

/// Show which controls each account really has, and what to do about the missing ones
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar doctor
  bursar doctor --center design --format json
  bursar doctor --support-note > note.txt     ask the vendor for what is missing

Nothing is written, in no center and no file. The exit code is 0 when everything that the files need can be used, by
Bursar or by a person in the console, else 1.")]
pub(super) struct DoctorArgs {
    /// Only this center
    #[arg(long, value_name = "CENTER")]
    center: Option<String>,
    /// Draft the message to the vendor; with --center also about what the files do not need
    #[arg(long)]
    support_note: bool,
    /// How long to wait for one center
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
}

pub(super) fn run(context: &Context, args: &DoctorArgs) -> CommandResult {
    let format = context.format("doctor", &[Format::Text, Format::Json])?;
    if args.support_note && format != Format::Text {
        return Err(CommandError::usage("a message to a vendor has no other format than text")
            .hint("leave out --format, or --support-note"));
    }
    let loaded = session::checked(context)?;
    let mut session = Session::of(context, &loaded)?;
    let named: BTreeSet<CenterId> = session.resolved.centers.keys().cloned().collect();
    session.select(&Selection::center(args.center.clone()))?;
    let fallbacks = loaded.config.fallbacks();
    let waiting = context.ui.waiting("looking at the centers");
    let longest = Duration::from_secs(args.timeout);
    let looking = session
        .resolved
        .centers
        .into_iter()
        .map(|(id, center)| look(id, center, &fallbacks, longest));
    let mut examined: Vec<Examined> = block_on(join_all(looking))?;
    drop(waiting);
    mark_fallbacks(&mut examined, &named);
    if args.support_note {
        return note(context, &examined, args.center.is_some());
    }
    context.ui.made(|out| {
        if format == Format::Json {
            doctor::json(out, &examined, context.today())
        } else {
            let style = Style { color: context.ui.stdout_color, width: Ui::width(), verbose: context.ui.verbose };
            doctor::text(out, &examined, context.today(), style)
        }
    })?;
    let fine = examined.iter().all(|center| center.problems().is_empty());
    Ok(if fine { Exit::Done } else { Exit::Failed })
}

/// Drafts the messages. What could not be looked at cannot be asked for.
fn note(context: &Context, examined: &[Examined], all: bool) -> CommandResult {
    let mut exit = Exit::Done;
    for center in examined.iter().filter(|center| center.used || all) {
        if let Reached::No { why, .. } = &center.checkup.reached {
            context.ui.warn(&format!("{}: {why}", center.center));
            exit = Exit::Failed;
        }
    }
    let mut out = Vec::new();
    let drafted = doctor::note(&mut out, examined, all).map_err(CommandError::failed)?;
    if !drafted {
        let what = if all {
            "no control is known to be missing"
        } else {
            "no control that the files need is known to be missing"
        };
        context.ui.say(&format!("{what}, so there is nothing to ask a vendor for"));
        return Ok(exit);
    }
    context.ui.artefact(&out)?;
    context
        .ui
        .say("a draft: fill in what stands in [brackets], and read it before you send it");
    Ok(exit)
}

/// Looks at one center.
async fn look(
    id: CenterId,
    center: ResolvedCenter,
    fallbacks: &BTreeMap<PoolId, CenterId>,
    longest: Duration,
) -> Examined {
    let ResolvedCenter { settings, capabilities, desired, scope } = center;
    // A pool that it would only hold for another center makes no use of it yet.
    let own = |pool: &PoolId| fallbacks.get(pool) != Some(&id);
    let used = scope.pools.keys().any(own);
    let checkup = centers::checkup(&settings, &scope, longest).await;
    Examined {
        used,
        needed: plan::needed(&desired, capabilities),
        wants: Wants::of(&desired, fallbacks),
        exported: settings.export.as_ref().and_then(|export| export.taken),
        center: id,
        capabilities,
        checkup,
    }
}

/// A center that holds a pool for another one is used, as long as that one lacks something that the pool needs.
fn mark_fallbacks(examined: &mut [Examined], named: &BTreeSet<CenterId>) {
    let lacking = |center: &Examined| {
        let pools = center.wants.iter().filter_map(|(pool, wants)| Some((pool, wants.fallback.clone()?)));
        let holds = |pool: &PoolId| {
            !center.checkup.reached.is_there()
                || center.lacks().any(|(_, needs)| needs.iter().any(|need| need.pool == *pool))
        };
        pools.filter(|(pool, _)| holds(pool)).map(|(_, fallback)| fallback).collect::<Vec<_>>()
    };
    let held: BTreeSet<CenterId> = examined.iter().flat_map(lacking).filter(|id| named.contains(id)).collect();
    for center in examined {
        center.used |= held.contains(&center.center);
    }
}
