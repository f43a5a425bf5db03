//! `bursar alerts`: which thresholds are reached, and whoever is to hear of it is told.

mod channels;
mod tell;

use std::collections::BTreeMap;

use clap::Args;
use jiff::Timestamp;

use crate::alerts::{self, Evaluated, Watch};
use crate::centers;
use crate::config::{Loaded, ResolvedCenter};
use crate::model::{CenterId, Limit, MemberId, PoolId, Recipient, Subject};
use crate::notify::Repository;
use crate::output::alerts::{self as output, ByCenter, Report};
use crate::plan;
use crate::usage::Unread;

use super::page::PageArgs;
use super::session::{self, Selection, Session};
use super::{CommandError, CommandResult, Context, Exit, Format, block_on, using};
use channels::Channels;

/// Tell people when a threshold of a budget or of a cap is reached, once per period
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar alerts --dry-run                     what would be sent to whom, and nothing else
  bursar alerts                               every hour, from any number of runners
  bursar alerts --issue acme/credits          GitHub logins are told in an issue of this repository

Environment:
  BURSAR_SMTP_URL        smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465
  BURSAR_MAIL_FROM       who the letters are from
  BURSAR_WEBHOOK_SECRET  whsec_…: signs what generic webhooks are sent
  GITHUB_TOKEN           for --issue; GITHUB_API_URL where it is not https://api.github.com

The exit code is 1 where somebody could not be told or a center could not be read, else 0.")]
pub(super) struct AlertsArgs {
    #[command(flatten)]
    selection: Selection,
    /// Send nothing and write nothing; show every message
    #[arg(long)]
    dry_run: bool,
    /// Tell GitHub logins in an issue of this repository, one per pool and period
    #[arg(long, value_name = "OWNER/REPO")]
    issue: Option<Repository>,
    #[command(flatten)]
    page: PageArgs,
}

pub(super) fn run(context: &Context, args: &AlertsArgs) -> CommandResult {
    let format = context.format("alerts", &[Format::Text, Format::Json])?;
    let loaded = session::checked(context)?;
    let mut session = Session::of(context, &loaded)?;
    session.select(&args.selection)?;
    let channels = Channels::of_environment(args.issue.clone(), args.dry_run)?;
    let began = Timestamp::now();
    let mut report = Report { dry_run: args.dry_run, ..Report::default() };
    let mut found = Evaluated::default();
    let addresses = addresses(&loaded);
    let address = |subject: &Subject| match subject {
        Subject::Member(id) => addresses.get(id).cloned(),
        Subject::Stranger(_) => None,
    };
    let (read, centers) = block_on(async {
        let read = using::read_each(context, &session).await;
        // Where a pool is held elsewhere meanwhile, it is watched there.
        let centers = session.placed().await.unwrap_or_else(|_| session.resolved.centers.clone());
        (read, centers)
    })?;
    let complete = read.errors.is_empty();
    for error in &read.errors {
        context.ui.error(error);
    }
    report.centers.extend(centers.keys().cloned());
    let unread = read.snapshot.unread.into_iter().map(|Unread { center, message }| {
        let why = message.strip_prefix(&format!("center {center}: ")).map(str::to_owned);
        (center, why.unwrap_or(message))
    });
    report.unread.extend(unread);
    for of in &read.snapshot.centers {
        let Some(center) = centers.get(&of.center) else { continue };
        let watched = watched(&of.center, center, &mut report.by_center)?;
        let Evaluated { readings, left_out } = alerts::evaluate(of, &watched, began, &address);
        found.readings.extend(readings);
        found.left_out.extend(left_out);
    }
    report.left_out = found.left_out;
    let hooks = found.readings.iter().flat_map(|reading| reading.levels.keys());
    if channels.is_unsigned() && hooks.into_iter().any(|one| matches!(one, Recipient::Webhook(_))) {
        context
            .ui
            .warn("BURSAR_WEBHOOK_SECRET is not set, so what generic webhooks are sent is not signed");
    }
    block_on(tell::everybody(&session.resolved.lock, &found.readings, channels, &mut report))??;
    context.ui.made(|out| {
        if format == Format::Json { output::json(out, &report) } else { output::text(out, &report, context.ui.verbose) }
    })?;
    if args.page.wanted() {
        let mut page = Vec::new();
        output::markdown(&mut page, &report).map_err(CommandError::failed)?;
        args.page.add(&page)?;
    }
    Ok(if complete && report.is_fine() { Exit::Done } else { Exit::Failed })
}

/// Who is to hear of what by Bursar. Whom the center tells itself is noted.
fn watched(
    id: &CenterId,
    center: &ResolvedCenter,
    by_center: &mut Vec<ByCenter>,
) -> Result<BTreeMap<PoolId, Watch>, CommandError> {
    let ResolvedCenter { settings, capabilities, desired, .. } = center;
    let mut kept = desired.clone();
    if capabilities.sends_alerts {
        plan::fit(&mut kept, capabilities);
        let at = |error| CommandError::from(error).context(format!("center {id}"));
        // What it notes is said by plans.
        centers::reader(settings).map_err(at)?.fit(&mut kept);
    } else {
        kept.state.pools.clear();
    }
    let mut watched = BTreeMap::new();
    for (pool, asked) in &desired.state.pools {
        let Some(alerts) = &asked.alerts else { continue };
        let limit = match asked.budget.limit {
            Some(Limit::Amount(amount)) => Some(amount),
            Some(Limit::None) | None => None,
        };
        let sent = kept.state.pools.get(pool).and_then(|kept| kept.alerts.clone()).unwrap_or_default();
        let (ours, theirs) = alerts::watch(alerts, &sent, limit);
        for (alert, recipients) in theirs {
            let told = |recipient| ByCenter { center: id.clone(), pool: pool.clone(), alert, recipient };
            by_center.extend(recipients.into_iter().map(told));
        }
        watched.insert(pool.clone(), ours);
    }
    Ok(watched)
}

/// Where the members of the files are written to.
fn addresses(loaded: &Loaded) -> BTreeMap<MemberId, Recipient> {
    let members = loaded.config.members.iter();
    let address = members.filter_map(|entry| {
        let email = entry.value.email.as_ref()?;
        Some((entry.name.value.clone(), Recipient::Email(email.value.to_string())))
    });
    address.collect()
}
