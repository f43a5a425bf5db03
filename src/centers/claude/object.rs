//! The vendor's object behind a pool: the whole organization, a group or a workspace.

use crate::centers::CenterError;
use crate::model::Target;

use super::Flavor;
use super::api::Place;
use super::wire::{Group, WireScope, Workspace};

/// The key, and the value, of a target that is the whole organization.
pub(super) const ORGANIZATION: &str = "organization";
/// The key of a group by its name, which is not unique.
pub(super) const GROUP: &str = "rbac_group";
/// The key of a group by its id.
pub(super) const GROUP_ID: &str = "rbac_group_id";
/// The key of a workspace by its name.
pub(super) const WORKSPACE: &str = "workspace";

/// The pool's target in full.
pub(super) fn full(target: &Target) -> Target {
    if target.0.is_empty() { Target::of(ORGANIZATION, ORGANIZATION) } else { target.clone() }
}

/// Whether a target is the whole organization.
pub(super) fn is_whole(target: &Target) -> bool {
    [GROUP, GROUP_ID, WORKSPACE].iter().all(|key| target.get(key).is_none())
}

/// The object behind a pool.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Object {
    /// Everybody.
    Organization,
    /// A group.
    Group {
        /// Its id; a gateway knows no other than the name that its identity provider gives it [D].
        id: String,
        /// Whether a directory keeps its members.
        scim: bool,
    },
    /// A workspace.
    Workspace {
        /// Its id.
        id: String,
    },
}

impl Object {
    /// Where people are, if they are in something.
    pub(super) fn place(&self, flavor: Flavor) -> Option<Place<'_>> {
        match self {
            Self::Group { id, .. } if flavor == Flavor::Enterprise => Some(Place::Group(id)),
            Self::Workspace { id } => Some(Place::Workspace(id)),
            Self::Organization | Self::Group { .. } => None,
        }
    }

    /// The object of a target; `None` where there is none of that name.
    pub(super) fn of(
        flavor: Flavor,
        target: &Target,
        groups: &[Group],
        workspaces: &[Workspace],
    ) -> Result<Option<Self>, CenterError> {
        if let Some(name) = target.get(GROUP).filter(|_| flavor == Flavor::Gateway) {
            return Ok(Some(Self::Group { id: name.to_owned(), scim: true }));
        }
        let group = |group: &Group| Self::Group { id: group.id.clone(), scim: group.source_type == "scim" };
        if let Some(id) = target.get(GROUP_ID) {
            return Ok(groups.iter().find(|group| group.id == id).map(group));
        }
        if let Some(name) = target.get(GROUP) {
            let found: Vec<&Group> = groups.iter().filter(|group| group.name == name).collect();
            let ids: Vec<&str> = found.iter().map(|group| group.id.as_str()).collect();
            return only(&found, GROUP, name, &ids, Some(GROUP_ID)).map(|found| found.map(group));
        }
        if let Some(name) = target.get(WORKSPACE) {
            let found: Vec<&Workspace> = workspaces.iter().filter(|workspace| workspace.name == name).collect();
            let ids: Vec<&str> = found.iter().map(|workspace| workspace.id.as_str()).collect();
            let found = only(&found, WORKSPACE, name, &ids, None)?;
            return Ok(found.map(|workspace| Self::Workspace { id: workspace.id.clone() }));
        }
        Ok(Some(Self::Organization))
    }
}

/// The one thing of a name.
fn only<'a, T>(
    found: &[&'a T],
    what: &'static str,
    name: &str,
    ids: &[&str],
    instead: Option<&'static str>,
) -> Result<Option<&'a T>, CenterError> {
    match found {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => Err(CenterError::SameName {
            what,
            name: name.to_owned(),
            ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            instead,
        }),
    }
}

/// Whether a row of limits is the one of an object.
pub(super) fn is_of(object: &Object, scope: &WireScope) -> bool {
    match object {
        Object::Organization => scope.kind == "organization",
        Object::Group { id, .. } => scope.kind == "rbac_group" && scope.rbac_group_id.as_deref() == Some(id),
        Object::Workspace { id } => scope.kind == "workspace" && scope.workspace_id.as_deref() == Some(id),
    }
}
