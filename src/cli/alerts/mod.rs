//! `bursar alerts`: which thresholds are reached, and whoever is to hear of it is told.

mod channels;
mod tell;

use std::collections::BTreeMap;

use clap::Args;
use futures_util::future::join_all;
use jiff::Timestamp;

use crate::alerts::{self, Evaluated, Watch};
use crate::centers;
use crate::config::{Loaded, ResolvedCenter};
use crate::model::{CenterId, Limit, MemberId, PoolId, Recipient, Subject};
use crate::notify::Repository;
use crate::output::alerts::{self as output, ByCenter, Report};
use crate::plan;
use crate::usage::CenterUse;

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
    for (id, read) in block_on(read(context, &session))? {
        report.centers.push(id.clone());
        let watched = watched(&id, session.resolved.centers.get(&id), &mut report.by_center)?;
        match read {
            Ok(of) => {
                for of in &of {
                    let Evaluated { readings, left_out } = alerts::evaluate(of, &watched, began, &address);
                    found.readings.extend(readings);
                    found.left_out.extend(left_out);
                }
            }
            Err(error) => {
                context.ui.error(&error);
                report
                    .unread
                    .push((id, error.error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")));
            }
        }
    }
    report.left_out = found.left_out;
    let hooks = found.readings.iter().flat_map(|reading| reading.levels.keys());
    if channels.is_unsigned() && hooks.into_iter().any(|one| matches!(one, Recipient::Webhook(_))) {
        context
            .ui
            .warn("BURSAR_WEBHOOK_SECRET is not set, so what generic webhooks are sent is not signed");
    }
    block_on(tell::everybody(&session.resolved.lock, &found.readings, channels, &mut report))??;
    let mut out = Vec::new();
    if format == Format::Json {
        output::json(&mut out, &report)
    } else {
        output::text(&mut out, &report, context.ui.verbose)
    }
    .map_err(CommandError::failed)?;
    context.ui.artefact(&out)?;
    if args.page.wanted() {
        let mut page = Vec::new();
        output::markdown(&mut page, &report).map_err(CommandError::failed)?;
        args.page.add(&page)?;
    }
    Ok(if report.is_fine() { Exit::Done } else { Exit::Failed })
}

/// Reads every center by itself, side by side: one that does not answer keeps nobody else from being told.
async fn read(context: &Context, session: &Session) -> Vec<(CenterId, Result<Vec<CenterUse>, CommandError>)> {
    let ids: Vec<CenterId> = session.resolved.centers.keys().cloned().collect();
    let each = ids.into_iter().map(|id| async move {
        let mut one = session.clone();
        one.resolved.centers.retain(|center, _| *center == id);
        let read = using::read(context, &one).await;
        (id, read)
    });
    join_all(each).await
}

/// Who is to hear of what by Bursar. Whom the center tells itself is noted.
fn watched(
    id: &CenterId,
    center: Option<&ResolvedCenter>,
    by_center: &mut Vec<ByCenter>,
) -> Result<BTreeMap<PoolId, Watch>, CommandError> {
    let Some(ResolvedCenter { settings, capabilities, desired, .. }) = center else { return Ok(BTreeMap::new()) };
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
