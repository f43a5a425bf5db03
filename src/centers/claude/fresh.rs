//! A fresh look at some people or at one row, right before they are written.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::OnceCell;

use crate::centers::CenterError;
use crate::model::{Cap, Grant, Period, Target};

use super::api::{Api, NAMED};
use super::object::{self, Object};
use super::wire::{Effective, Group, SpendLimit, Workspace};
use super::{Flavor, map};

/// A row that somebody set, with its own id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Its own id, never a parent's.
    pub(super) id: String,
    /// The cap; `None` where it is not understood.
    pub(super) cap: Option<Cap>,
    /// The billing currency.
    pub(super) currency: String,
}

impl From<&SpendLimit> for Row {
    fn from(limit: &SpendLimit) -> Self {
        let cap = map::cap(limit.amount.as_deref(), &limit.currency);
        Self { id: limit.id.clone(), cap, currency: limit.currency.clone() }
    }
}

/// Some people as they are now.
#[derive(Debug)]
pub(super) struct Fresh {
    own: BTreeMap<String, Row>,
    /// Who is in the group or workspace; `None` where there is nothing to be in.
    members: Option<BTreeSet<String>>,
    /// Whether people have caps here.
    has_caps: bool,
}

/// The person's own row behind what holds for them. An inherited one has the id of its parent [D], which whoever clears
/// a cap must not delete.
fn own(row: &Effective) -> Option<(String, Row)> {
    let user = row.actor.user_id.clone()?;
    let is_own = row.source.kind == "user" && row.source.user_id.as_deref() == Some(user.as_str());
    let id = row.spend_limit_id.clone().filter(|_| is_own)?;
    Some((user, Row { id, cap: map::cap(row.amount.as_deref(), &row.currency), currency: row.currency.clone() }))
}

impl Fresh {
    /// Looks at some people of an object, in a period.
    pub(super) async fn of(api: &Api, object: &Object, period: Period, people: &[&str]) -> Result<Self, CenterError> {
        let own = match api.flavor {
            _ if people.is_empty() => BTreeMap::new(),
            Flavor::Enterprise => {
                let mut rows = BTreeMap::new();
                for some in people.chunks(NAMED) {
                    let found = api.effective_of(period.as_str(), some).await?;
                    rows.extend(found.iter().filter(|row| row.period == period.as_str()).filter_map(own));
                }
                rows
            }
            // What holds is shown of those only who spent something [D].
            Flavor::Gateway => {
                let rows = api.limits(Some("user")).await?;
                let rows = rows.iter().filter(|limit| limit.scope.kind == "user" && limit.period == period.as_str());
                rows.filter_map(|limit| Some((limit.scope.user_id.clone()?, Row::from(limit)))).collect()
            }
            Flavor::Console => BTreeMap::new(),
        };
        let members = match object.place(api.flavor) {
            Some(place) => Some(api.members(place).await?.into_iter().map(|member| member.user_id).collect()),
            None => None,
        };
        Ok(Self { own, members, has_caps: api.flavor != Flavor::Console })
    }

    /// Somebody's own row.
    pub(super) fn own(&self, user: &str) -> Option<&Row> {
        self.own.get(user)
    }

    /// Somebody's id as the account spells it: the files may write it in another case.
    pub(super) fn spelled<'a>(&'a self, user: &'a str) -> &'a str {
        let known = || self.own.keys().find(|known| known.eq_ignore_ascii_case(user)).map(String::as_str);
        if self.own.contains_key(user) { user } else { known().unwrap_or(user) }
    }

    /// Somebody's grant.
    pub(super) fn grant(&self, user: &str) -> Option<Grant> {
        let own = self.own(user);
        let cap = match &self.members {
            None => own?.cap,
            Some(members) if !members.contains(user) => return None,
            Some(_) if !self.has_caps => None,
            Some(_) => own.map_or(Some(Cap::Inherit), |row| row.cap),
        };
        Some(Grant { cap, ..Grant::default() })
    }
}

/// What the targets of this account are, asked for once.
#[derive(Debug, Default)]
pub(super) struct Here {
    groups: OnceCell<Vec<Group>>,
    workspaces: OnceCell<Vec<Workspace>>,
}

impl Here {
    /// The object of a target.
    pub(super) async fn object(&self, api: &Api, target: &Target) -> Result<Option<Object>, CenterError> {
        let (mut groups, mut workspaces) = (&[][..], &[][..]);
        if !object::is_whole(target) {
            match api.flavor {
                Flavor::Enterprise => groups = self.groups.get_or_try_init(|| api.groups()).await?,
                Flavor::Console => workspaces = self.workspaces.get_or_try_init(|| api.workspaces()).await?,
                Flavor::Gateway => {}
            }
        }
        Object::of(api.flavor, target, groups, workspaces)
    }

    /// The row of an object in a period, as it is now.
    pub(super) async fn row(&self, api: &Api, object: &Object, period: Period) -> Result<Option<Row>, CenterError> {
        let rows = match object {
            Object::Workspace { id } => api.limits_of_workspace(id).await?,
            Object::Organization => api.limits(Some("organization")).await?,
            Object::Group { .. } => api.limits(Some("rbac_group")).await?,
        };
        let row = rows.iter().find(|row| row.period == period.as_str() && object::is_of(object, &row.scope));
        Ok(row.map(Row::from))
    }
}
