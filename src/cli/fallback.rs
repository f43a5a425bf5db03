//! Pools that another center holds until their own offers what they need: asked before a plan is made, and settled by
//! what both centers show.

use std::collections::{BTreeMap, BTreeSet};

use crate::centers::{self, CenterError};
use crate::config::{Resolved, ResolvedCenter};
use crate::model::{CenterId, FALLBACK_MARK, Fallback, Offered, PoolId};
use crate::plan::fallback::{Return, give_up, hold, holds, leave, reasons, way_back};
use crate::plan::{self, CenterPart, Needed};

use super::CommandError;
use super::base::Base;
use super::session::{Center, Read};

/// Centers that are read beside the selected ones.
pub(super) type Aside = BTreeMap<CenterId, ResolvedCenter>;

/// The pools that are not in their own center, with what it lacks.
pub(super) type Held = BTreeMap<PoolId, Vec<Offered>>;

/// The centers whose pools the one that was selected may hold.
pub(super) fn aside(resolved: &Resolved, selected: &str) -> Aside {
    let homes = resolved.fallbacks.values().filter(|fallback| fallback.center.as_str() == selected);
    let homes: BTreeSet<&CenterId> = homes.map(|fallback| &fallback.home).collect();
    let homes = homes.into_iter().filter(|home| home.as_str() != selected);
    homes
        .filter_map(|home| Some((home.clone(), resolved.centers.get(home)?.clone())))
        .collect()
}

/// Asks each center with a pool that has a fallback which controls it has, and puts the pool where it is held.
pub(super) async fn place(
    centers: &mut BTreeMap<CenterId, ResolvedCenter>,
    fallbacks: &BTreeMap<PoolId, Fallback>,
) -> Result<Held, CommandError> {
    let mut asked: BTreeMap<&CenterId, (Needed, Vec<Offered>)> = BTreeMap::new();
    let mut held = Held::new();
    for (pool, fallback) in fallbacks {
        let Some(home) = centers.get_mut(&fallback.home) else { continue };
        if !home.desired.state.pools.contains_key(pool) {
            continue;
        }
        if !asked.contains_key(&fallback.home) {
            let failed = |error: CenterError| CommandError::from(error).context(format!("center {}", fallback.home));
            let reader = centers::reader(&home.settings).map_err(failed)?;
            let offers = reader.offers(&home.scope).await.map_err(failed)?;
            asked.insert(&fallback.home, (plan::needed(&home.desired, home.capabilities), offers));
        }
        let Some((needed, offers)) = asked.get(&fallback.home) else { continue };
        let missing: Vec<Offered> = plan::lacks(needed, home.capabilities, offers)
            .filter(|(_, needs)| needs.iter().any(|need| need.pool == *pool))
            .map(|(offer, _)| offer.clone())
            .collect();
        if !missing.is_empty() {
            leave(&mut home.desired, pool);
            if let Some(there) = centers.get_mut(&fallback.center) {
                hold(fallback, &mut there.desired);
            }
            held.insert(pool.clone(), missing);
        }
    }
    Ok(held)
}

/// Decides by what was read which pools are on their way back, and makes the parts of the plan. Centers that were not
/// selected are only looked at.
pub(super) fn settle(
    mut read: BTreeMap<CenterId, Read>,
    fallbacks: &BTreeMap<PoolId, Fallback>,
    held: &Held,
    base: Option<&Base>,
    selected: &BTreeSet<CenterId>,
) -> Vec<(CenterId, Center, CenterPart)> {
    let mut notes: BTreeMap<CenterId, Vec<String>> = BTreeMap::new();
    let mut say = |fallback: &Fallback, message: String| {
        for center in [&fallback.home, &fallback.center] {
            notes.entry(center.clone()).or_default().push(message.clone());
        }
    };
    for (pool, missing) in held {
        let Some(fallback) = fallbacks.get(pool) else { continue };
        let Fallback { home, center, .. } = fallback;
        say(fallback, format!("{pool} is held by {center} while {home} does not offer {}", reasons(missing)));
    }
    // By now every other pool is wanted in its own center.
    let returning: Vec<(&PoolId, &Fallback)> = fallbacks
        .iter()
        .filter(|(pool, fallback)| {
            !held.contains_key(*pool) && read.get(&fallback.center).is_some_and(|there| holds(&there.observed, pool))
        })
        .collect();
    let mut homes: BTreeMap<&CenterId, CenterPart> = BTreeMap::new();
    for (pool, fallback) in &returning {
        let Fallback { home, center, .. } = *fallback;
        if !homes.contains_key(home)
            && let Some(read) = read.get(home)
        {
            homes.insert(home, read.part());
        }
        let back = homes.get(home).map_or(Return::Stays(1), |part| way_back(pool, part, home));
        let Some(there) = read.get_mut(center) else { continue };
        match back {
            Return::Stays(left) => {
                hold(fallback, &mut there.desired);
                let to_go = if left == 1 { "1 change".to_owned() } else { format!("{left} changes") };
                say(fallback, format!("{pool} stays on {center} until {home} shows it: {to_go} to go"));
            }
            Return::Goes(keep) => {
                give_up(fallback, pool, keep, &mut there.desired);
                say(fallback, format!("{pool} is back on {home} as the files ask, so {center} gives it up"));
            }
        }
    }
    let mut parts = Vec::new();
    for (id, one) in read.into_iter().filter(|(id, _)| selected.contains(id)) {
        let base = base.map(|base| {
            let here = |(pool, fallback): &(&PoolId, &Fallback)| fallback.center == id && holds(&one.observed, pool);
            let kept: Vec<&PoolId> = fallbacks.iter().filter(here).map(|(pool, _)| pool).collect();
            let kept: Vec<&PoolId> =
                kept.into_iter().filter(|pool| one.desired.state.pools.contains_key(*pool)).collect();
            base.holding(&id, &one.center.settings, &kept)
        });
        let (center, mut part) = one.into_part(base);
        for left in &part.observed.unmanaged {
            if left.target.0.values().any(|name| name.starts_with(FALLBACK_MARK)) {
                part.notes.push(format!(
                    "{} held a pool for another center, and no file asks for that any more; a pool with this target and \
                     `ensure: absent` removes it",
                    left.name
                ));
            }
        }
        part.notes.extend(notes.remove(&id).unwrap_or_default());
        parts.push((id, center, part));
    }
    parts
}
