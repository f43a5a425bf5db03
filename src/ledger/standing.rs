//! What somebody has by the ledger, since when, and from which change.

use std::collections::BTreeMap;

use crate::apply::Outcome;
use crate::model::{CenterId, Period, PoolId, Subject};
use crate::plan::{Change, Kind, Object};

use super::{Act, Person};

/// What a change left somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Right {
    /// A grant, whose cap starts again so often.
    Grant(crate::model::Grant, Option<Period>),
    /// No grant of their own.
    NoGrant,
    /// Nothing: the pool is gone.
    NoPool,
    /// What holds for others, from then on.
    Others(crate::model::Others, Option<Period>),
}

/// What somebody has in one pool, by the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing<'a> {
    /// The center.
    pub center: &'a CenterId,
    /// The pool.
    pub pool: &'a PoolId,
    /// Who, as the last change names them.
    pub subject: &'a Subject,
    /// What they have.
    pub right: Right,
    /// The change since which it is so.
    pub since: &'a Act,
    /// The latest change whose outcome nobody knows, where it came after that.
    pub unknown: Option<&'a Act>,
}

/// What somebody has in each pool by the ledger. `acts` are those about them, the oldest first.
pub fn standings<'a>(acts: &'a [Act], person: &Person) -> Vec<Standing<'a>> {
    let mut all: BTreeMap<(&CenterId, &PoolId), Standing<'a>> = BTreeMap::new();
    let mut unknown: BTreeMap<(&CenterId, &PoolId), &'a Act> = BTreeMap::new();
    for act in acts {
        let change = &act.made.change;
        let key = (&change.center, &change.pool);
        if act.made.outcome == Outcome::Unknown {
            unknown.insert(key, act);
        }
        if !act.made.happened() {
            continue;
        }
        unknown.remove(&key);
        let Some(subject) = change.hit().find(|subject| person.is(subject)) else { continue };
        let Some(right) = right(act) else { continue };
        match all.get_mut(&key) {
            // The end of a grant moves, and what may be drawn until then stays as it is.
            Some(standing) if !moves(change) && is_grant(&standing.right) => {
                (standing.right, standing.subject) = (right, subject);
            }
            _ => {
                let (center, pool) = key;
                all.insert(key, Standing { center, pool, subject, right, since: act, unknown: None });
            }
        }
    }
    for (key, act) in unknown {
        if let Some(standing) = all.get_mut(&key) {
            standing.unknown = Some(act);
        }
    }
    all.into_values().collect()
}

fn is_grant(right: &Right) -> bool {
    matches!(right, Right::Grant(..))
}

/// Whether a change moves what somebody may draw.
fn moves(change: &Change) -> bool {
    change.kind != Kind::GrantUpdate || change.fields.iter().any(|field| *field != "expires")
}

fn right(act: &Act) -> Option<Right> {
    let change = &act.made.change;
    let period = act.made.periods.after;
    match (change.kind, &change.after) {
        (Kind::GrantAdd | Kind::GrantUpdate, Some(Object::Grant(grant))) => {
            Some(Right::Grant(*grant, grant.period.or(period)))
        }
        (Kind::GrantRevoke, _) => Some(Right::NoGrant),
        (Kind::PoolDelete, _) => Some(Right::NoPool),
        (Kind::OthersUpdate, Some(Object::Others(others))) => Some(Right::Others(*others, period)),
        _ => None,
    }
}
