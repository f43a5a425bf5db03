//! What was drawn in the centers of a run, held against what people may draw.

use futures_util::future::try_join_all;
use jiff::Timestamp;

use crate::centers;
use crate::config::ResolvedCenter;
use crate::model::CenterId;
use crate::plan;
use crate::usage::{self, CenterUse};

use super::session::Session;
use super::{CommandError, Context};

/// Reads every center of the session, side by side: what it holds, and what was drawn.
pub(super) async fn read(context: &Context, session: &Session) -> Result<Vec<CenterUse>, CommandError> {
    let _waiting = context.ui.waiting("reading the centers");
    let centers = session.resolved.centers.iter().map(|(id, center)| of_center(id, center));
    try_join_all(centers).await
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
    Ok(usage::of_center(id, capabilities, &desired, &observed, drawn, Timestamp::now()))
}
