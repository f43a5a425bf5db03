//! Which changes go out together: what an apply sends is what a plan announces.

use std::ops::Range;

use crate::model::PoolId;
use crate::model::capability::Capabilities;

use super::{Change, Kind, Phase};

/// Changes of one pool, one phase and one kind that one write may carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The pool.
    pub pool: PoolId,
    /// The step of the apply.
    pub phase: Phase,
    /// Where its changes stand in the list that they were made from.
    pub changes: Range<usize>,
}

/// Cuts one center's changes, which are in the order of an apply, into batches.
pub fn batches(changes: &[Change], phases: &[Phase], capabilities: &Capabilities) -> Vec<Batch> {
    let class = |kind: Kind| match kind {
        Kind::AlertAdd | Kind::AlertUpdate | Kind::AlertRemove | Kind::PoolCreate | Kind::PoolUpdate
            if capabilities.alerts_with_pool =>
        {
            Kind::PoolUpdate
        }
        kind => kind,
    };
    let mut batches: Vec<(Kind, Batch)> = Vec::new();
    for (position, (change, phase)) in changes.iter().zip(phases).enumerate() {
        match batches.last_mut() {
            Some((kind, batch))
                if *kind == class(change.kind)
                    && batch.pool == change.pool
                    && batch.phase == *phase
                    && batch.changes.len() < capabilities.batch =>
            {
                batch.changes.end = position + 1;
            }
            _ => {
                let batch = Batch { pool: change.pool.clone(), phase: *phase, changes: position..position + 1 };
                batches.push((class(change.kind), batch));
            }
        }
    }
    batches.into_iter().map(|(_, batch)| batch).collect()
}
