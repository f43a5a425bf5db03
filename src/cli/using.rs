//! What was drawn in the centers of a run, held against what people may draw.

use futures_util::future::join_all;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::centers;
use crate::config::ResolvedCenter;
use crate::model::{CenterId, Drawn, Window};
use crate::output;
use crate::plan::{self, Note, drawn};
use crate::usage::{self, CenterUse, Snapshot, Unread};

use super::session::{Planned, Session};
use super::{CommandError, Context};

/// What could be read, and why the rest could not.
pub(super) struct Reading {
    /// How the pools stood.
    pub(super) snapshot: Snapshot,
    /// What went wrong, center by center.
    pub(super) errors: Vec<CommandError>,
}

/// Reads every center of the session, side by side; one that cannot be read keeps nobody from the others.
pub(super) async fn read_each(context: &Context, session: &Session) -> Reading {
    let _waiting = context.ui.waiting("reading the centers");
    let read_at = Timestamp::now();
    let (resolved, astray) = match session.placed().await {
        Ok(centers) => (centers, None),
        // A center that does not say what it offers is asked for what it holds all the same.
        Err(error) => (session.resolved.centers.clone(), Some(error)),
    };
    let read = resolved.iter().map(async |(id, center)| (id, of_center(id, center).await));
    let (mut centers, mut unread, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for (id, read) in join_all(read).await {
        match read {
            Ok(read) => centers.push(read),
            Err(error) => {
                let causes: Vec<String> = error.error.chain().map(ToString::to_string).collect();
                unread.push(Unread { center: id.clone(), message: causes.join(": ") });
                errors.push(error);
            }
        }
    }
    if errors.is_empty() {
        errors.extend(astray);
    }
    Reading { snapshot: Snapshot { read_at, centers, unread }, errors }
}

/// Adds to the changes of a plan what people have drawn already of what they take. Only centers with such changes are
/// asked, and one that does not tell keeps nobody from the plan.
pub(super) async fn tell(context: &Context, planned: &mut Planned) {
    let Planned { plan, centers, parts, held: _ } = planned;
    let asked = centers.iter().filter(|(id, _)| {
        let mut changes = plan.changes.iter().chain(&plan.asserts);
        changes.any(|change| change.center == **id && drawn::asks(change))
    });
    let read = asked.map(async |(id, center)| (id, center.reader.usage(&center.scope).await));
    for (id, read) in join_all(read).await {
        let Some(part) = parts.get(id) else { continue };
        let mut note = |message: String| plan.notes.push(Note { center: id.clone(), message });
        match read {
            Ok(Some(told)) => {
                let (desired, now) = (&part.desired, Timestamp::now());
                let of = usage::of_center(id, part.capabilities, desired, &part.observed, Some(told), now);
                drawn::tell(plan.changes.iter_mut().chain(&mut plan.asserts), &of, desired, context.today());
                if let Some(lag) = of.lag.filter(SignedDuration::is_positive) {
                    note(format!("what people drew may be {} behind", output::usage::lag_words(lag)));
                }
            }
            Ok(None) => {}
            Err(error) => {
                note(format!("what people drew cannot be read, so the plan does not tell whom it stops: {error}"));
            }
        }
    }
}

async fn of_center(id: &CenterId, center: &ResolvedCenter) -> Result<CenterUse, CommandError> {
    let at = |error| CommandError::from(error).context(format!("center {id}"));
    let ResolvedCenter { settings, capabilities, desired, scope } = center;
    let reader = centers::reader(settings).map_err(at)?;
    let observed = reader.read(scope).await.map_err(at)?;
    let drawn = reader.usage(scope).await.map_err(at)?;
    let mut desired = desired.clone();
    plan::fit(&mut desired, capabilities);
    // What it notes is said by plans.
    reader.fit(&mut desired);
    let now = drawn.as_ref().map_or_else(Timestamp::now, |drawn| told_of(scope.as_of, drawn));
    Ok(usage::of_center(id, capabilities, &desired, &observed, drawn, now))
}

/// The moment that numbers are of: the end of the day that was asked for, where all of them are of a period that is over
/// by now; else now.
fn told_of(day: Option<Date>, drawn: &Drawn) -> Timestamp {
    let now = Timestamp::now();
    let Some(end) = day.and_then(|day| day.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()) else { return now };
    let end = end.timestamp().saturating_sub(SignedDuration::from_secs(1)).unwrap_or(now);
    let over = |window: Option<Window>| {
        window.is_some_and(|window| window.progress(now).is_none() && window.progress(end).is_some())
    };
    if end < now && !drawn.pools.is_empty() && drawn.pools.values().all(|pool| over(pool.window)) { end } else { now }
}
