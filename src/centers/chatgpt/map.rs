//! The workspace's JSON as our state: a person's own limit is a grant, the workspace's default what others may draw, a
//! group's default the default cap of its pool.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::centers::CenterError;
use crate::model::{
    Budget, Cap, ForeignPool, Grant, Observed, Period, Pool, PoolId, Roster, Scope, Subject, Target, Unit,
};

use super::api::Members;
use super::limit::{self, Setting};
use super::wire::{Group, Source, User, Workspace};
use super::{GROUP, GROUP_ID, WORKSPACE, full};

/// How many notes of one kind are told in full.
const SHOWN: usize = 20;

/// Everything that was read of a workspace.
#[derive(Debug)]
pub(super) struct Looked {
    /// The workspace's default.
    pub(super) workspace: Workspace,
    /// Every group.
    pub(super) groups: Vec<Group>,
    /// Everybody, by id.
    pub(super) users: Vec<User>,
    /// Who is in the groups that are pools, by the group's id.
    pub(super) members: BTreeMap<String, Members>,
}

/// What of a pool's own there is on somebody: their limit as a grant, and why it must not be written over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Own {
    /// The limit; `None` where they have none of their own.
    pub(super) grant: Option<Grant>,
    /// What in it is not understood.
    pub(super) odd: Option<String>,
}

/// A person's own limit. Where something else is effective, that is what they have.
pub(super) fn own(user: &User, unit: Unit) -> Own {
    let Some(setting) = limit::read_in(user.override_monthly_usage_limit.as_ref(), unit) else { return Own::default() };
    let mut grant = setting.grant();
    if let Some(effective) = effective(user, unit) {
        grant.cap = effective.cap.or(grant.cap);
    }
    Own { grant: Some(grant), odd: setting.odd }
}

/// What holds for a person.
fn effective(user: &User, unit: Unit) -> Option<Setting> {
    limit::read_in(user.effective_monthly_usage_limit.as_ref()?.limit.as_ref(), unit)
}

/// What holds for a person and where it comes from, in words; `None` where nothing limits them.
pub(super) fn held(user: &User, unit: Unit) -> Option<(Cap, String)> {
    let sourced = user.effective_monthly_usage_limit.as_ref()?;
    let cap = limit::read_in(sourced.limit.as_ref(), unit)?.cap?;
    Some((cap, sourced.source.as_ref().map_or_else(|| "something".to_owned(), origin)))
}

/// Where a limit comes from, in words.
fn origin(source: &Source) -> String {
    match source.kind.as_str() {
        "individual_override" => "a limit of their own".to_owned(),
        "group_default" => {
            let name = source.group_name.as_deref().or(source.group_id.as_deref()).unwrap_or_default();
            format!("the default of the group {}", name.escape_debug())
        }
        "workspace_default" => "the workspace default".to_owned(),
        "role_based_personal_budget" => "the budget of their role".to_owned(),
        other => other.escape_debug().to_string(),
    }
}

/// Who somebody is by what the workspace knows of them: their address, else their id.
pub(super) fn identity(user: &User) -> &str {
    user.email.as_deref().filter(|email| !email.is_empty()).unwrap_or(&user.id)
}

fn subject(user: &User, roster: &Roster) -> Subject {
    match roster.subject(identity(user)) {
        Subject::Stranger(name) if name.contains('@') => Subject::Stranger(name.to_ascii_lowercase().into()),
        subject => subject,
    }
}

/// Who everybody is, by id. Two people of one address cannot both be that person: the second goes by id.
pub(super) fn people(users: &[User], roster: &Roster, notes: &mut Vec<String>) -> BTreeMap<String, Subject> {
    let mut sorted: Vec<&User> = users.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    let (mut people, mut taken) = (BTreeMap::new(), BTreeSet::new());
    for user in sorted {
        let mut who = subject(user, roster);
        if !taken.insert(who.clone()) {
            notes.push(format!("{} is there twice; {} is taken for somebody else", who.name(), user.id));
            who = Subject::Stranger(user.id.as_str().into());
        }
        people.insert(user.id.clone(), who);
    }
    people
}

/// The group that a target names; `None` where it is the workspace. A name has to be that of exactly one group.
pub(super) fn group_of<'a>(groups: &'a [Group], target: &Target) -> Result<Option<&'a Group>, CenterError> {
    let (id, name) = (target.get(GROUP_ID), target.get(GROUP));
    let what = match (id, name) {
        (Some(id), _) => format!("of the id `{}`", id.escape_debug()),
        (None, Some(name)) => format!("of the name `{}`", name.escape_debug()),
        (None, None) => return Ok(None),
    };
    let of = |group: &&Group| match id {
        Some(id) => group.id == id,
        None => group.name.as_deref() == name,
    };
    let found: Vec<&Group> = groups.iter().filter(of).collect();
    match found.as_slice() {
        [one] => Ok(Some(one)),
        [] => Err(CenterError::Unfit {
            why: format!("the workspace has no group {what}"),
            help: "check the target; a group is made in the admin console or by SCIM".to_owned(),
        }),
        more => {
            let ids: Vec<String> = more.iter().map(|group| group.id.escape_debug().to_string()).collect();
            Err(CenterError::Unfit {
                why: format!("the workspace has {} groups {what}", more.len()),
                help: format!("write `target: {{ group_id: … }}` with one of {}", ids.join(", ")),
            })
        }
    }
}

fn default_of(group: &Group, unit: Unit) -> Option<Setting> {
    limit::read_in(group.default_user_monthly_usage_limit.as_ref(), unit)
}

/// A pool of which nothing is known but its object, with the budget that somebody confirmed for it.
fn pool(target: &Target, unit: Unit, scope: &Scope) -> Pool {
    let confirmed = scope.record.pools.get(target);
    Pool {
        target: target.clone(),
        description: None,
        budget: Budget {
            unit,
            period: Some(Period::Monthly),
            limit: confirmed.and_then(|set| set.value.limit),
            when_exhausted: confirmed.and_then(|set| set.value.when_exhausted),
        },
        default_cap: None,
        others: None,
        alerts: None,
        grants: BTreeMap::new(),
    }
}

/// Notes of one kind, of which only some are told.
#[derive(Default)]
pub(super) struct Few {
    notes: Vec<String>,
    what: &'static str,
}

impl Few {
    pub(super) fn of(what: &'static str) -> Self {
        Self { what, ..Self::default() }
    }

    pub(super) fn add(&mut self, note: impl fmt::Display) {
        self.notes.push(note.to_string());
    }

    pub(super) fn told(mut self) -> Vec<String> {
        let more = self.notes.len().saturating_sub(SHOWN);
        self.notes.truncate(SHOWN);
        if more > 0 {
            self.notes.push(format!("and {more} more {}", self.what));
        }
        self.notes
    }
}

impl Looked {
    /// What the workspace's limits count in; empty where it has none that tells.
    fn units(&self) -> BTreeSet<Unit> {
        let groups = self.groups.iter().map(|group| group.default_user_monthly_usage_limit.as_ref());
        let users = self.users.iter().map(|user| user.override_monthly_usage_limit.as_ref());
        let all = groups.chain(users).chain([self.workspace.default_user_monthly_usage_limit.as_ref()]);
        all.filter_map(limit::read).filter_map(|setting| setting.unit()).collect()
    }

    /// What the workspace counts in, where something tells.
    pub(super) fn unit(&self) -> Unit {
        let units = self.units();
        if units.contains(&Unit::USD) && !units.contains(&Unit::Credits) { Unit::USD } else { Unit::Credits }
    }

    /// Whether the answers have the newer shape, in which a limit can end.
    pub(super) fn newer(&self) -> bool {
        let users = self.users.iter().map(|user| user.override_monthly_usage_limit.as_ref());
        let groups = self.groups.iter().map(|group| group.default_user_monthly_usage_limit.as_ref());
        let mut all = groups.chain(users).chain([self.workspace.default_user_monthly_usage_limit.as_ref()]);
        all.any(|limit| limit::read(limit).is_some_and(|setting| setting.newer))
    }

    /// That a pool counts in what the workspace counts in.
    pub(super) fn counts(&self, pool: &PoolId, unit: Unit) -> Result<(), CenterError> {
        let units = self.units();
        match units.first() {
            Some(other) if !units.contains(&unit) => Err(CenterError::Unfit {
                why: format!("the workspace counts in {other}, and the pool {pool} in {unit}"),
                help: format!("write `unit: {other}` in the budget of {pool}, and its amounts in {other}"),
            }),
            _ => Ok(()),
        }
    }

    /// The managed pools, and the names of all others.
    pub(super) fn observed(&self, scope: &Scope) -> Result<Observed, CenterError> {
        let mut observed = Observed::default();
        let people = people(&self.users, &scope.roster, &mut observed.notes);
        let mut managed = BTreeMap::<Option<&str>, &PoolId>::new();
        let mut odd = Few::of("limits that are left alone");
        for (id, target) in &scope.pools {
            let unit = scope.units.get(id).copied().unwrap_or_else(|| self.unit());
            self.counts(id, unit)?;
            let group = group_of(&self.groups, target)?;
            if let Some(other) = managed.insert(group.map(|group| group.id.as_str()), id) {
                return Err(CenterError::Unfit {
                    why: format!("{other} and {id} are one and the same group"),
                    help: "leave one of them".to_owned(),
                });
            }
            let target = full(target);
            let state = match group {
                None => self.workspace_pool(&target, unit, scope, &people),
                Some(group) => {
                    self.decides(id, group, &people, &mut observed);
                    observed.outside.insert(id.clone(), self.outside(unit, &people, group));
                    self.group_pool(&target, unit, scope, &people, group)
                }
            };
            observed.inherited.insert(id.clone(), self.inherited(unit, &people, group));
            self.left_alone(id, unit, group, (&state, &people), &mut odd);
            observed.state.pools.insert(id.clone(), state);
        }
        if let Some(whole) = managed.get(&None) {
            keep_apart(whole, scope, &people, &mut observed);
        }
        observed.notes.extend(odd.told());
        observed.unmanaged = self.unmanaged(&managed);
        observed.roster = people.into_values().collect();
        Ok(observed)
    }

    /// Over whom a pool that is a group decides, and whether here.
    fn decides(&self, id: &PoolId, group: &Group, people: &BTreeMap<String, Subject>, observed: &mut Observed) {
        let Some(members) = self.members.get(&group.id) else { return };
        let known: BTreeSet<Subject> = members.users.iter().filter_map(|user| people.get(user)).cloned().collect();
        let strangers = members.users.len() - known.len();
        if strangers > 0 {
            observed
                .notes
                .push(format!("{id}: {strangers} of the group have no limits and are passed over"));
        }
        observed.scopes.insert(id.clone(), known);
        if members.scim {
            observed.fixed.insert(id.clone());
            let name = group.name.as_deref().unwrap_or(&group.id).escape_debug();
            observed.notes.push(format!(
                "{id}: SCIM keeps the group {name}, so who is in it is changed in the identity provider; here it is only \
                 compared"
            ));
        }
    }

    /// Says which limits of a pool hold something that is not understood.
    fn left_alone(
        &self,
        id: &PoolId,
        unit: Unit,
        group: Option<&Group>,
        (state, people): (&Pool, &BTreeMap<String, Subject>),
        odd: &mut Few,
    ) {
        let default = match group {
            Some(group) => default_of(group, unit).map(|setting| ("the group's default", setting)),
            None => limit::read_in(self.workspace.default_user_monthly_usage_limit.as_ref(), unit)
                .map(|setting| ("the workspace default", setting)),
        };
        if let Some((what, Setting { odd: Some(why), .. })) = default {
            odd.add(format_args!("{id}: {what} is left alone: {why}"));
        }
        for (user, who) in self.users.iter().filter_map(|user| Some((user, people.get(&user.id)?))) {
            if let Some(why) = own(user, unit).odd.filter(|_| state.grants.contains_key(who)) {
                odd.add(format_args!("{id}: the limit of {} is left alone: {why}", who.name()));
            }
        }
    }

    /// What no file mentions: the workspace, and the groups that have a default.
    fn unmanaged(&self, managed: &BTreeMap<Option<&str>, &PoolId>) -> Vec<ForeignPool> {
        let groups = self
            .groups
            .iter()
            .filter(|group| group.default_user_monthly_usage_limit.is_some())
            .filter(|group| !managed.contains_key(&Some(group.id.as_str())));
        let mut unmanaged: Vec<ForeignPool> = groups
            .map(|group| ForeignPool {
                name: group.name.clone().unwrap_or_else(|| group.id.clone()),
                target: Target::of(GROUP_ID, &group.id),
            })
            .collect();
        if !managed.contains_key(&None) {
            unmanaged.push(ForeignPool { name: WORKSPACE.to_owned(), target: Target::of(WORKSPACE, WORKSPACE) });
        }
        unmanaged.sort();
        unmanaged
    }

    pub(super) fn workspace_pool(
        &self,
        target: &Target,
        unit: Unit,
        scope: &Scope,
        people: &BTreeMap<String, Subject>,
    ) -> Pool {
        let mut state = pool(target, unit, scope);
        let default = limit::read_in(self.workspace.default_user_monthly_usage_limit.as_ref(), unit);
        state.others = limit::others(default.as_ref());
        let grants = self
            .users
            .iter()
            .filter_map(|user| Some((people.get(&user.id)?.clone(), own(user, unit).grant?)));
        state.grants = grants.collect();
        state
    }

    pub(super) fn group_pool(
        &self,
        target: &Target,
        unit: Unit,
        scope: &Scope,
        people: &BTreeMap<String, Subject>,
        group: &Group,
    ) -> Pool {
        let mut state = pool(target, unit, scope);
        // The limit of the shared credits is the workspace's.
        (state.budget.limit, state.budget.when_exhausted) = (None, None);
        state.default_cap = limit::default_cap(default_of(group, unit).as_ref());
        let inside = self.members.get(&group.id);
        let inside = |user: &&User| inside.is_some_and(|members| members.users.contains(&user.id));
        let newer = self.newer();
        for user in self.users.iter().filter(inside) {
            let Some(who) = people.get(&user.id) else { continue };
            state.grants.insert(who.clone(), own(user, unit).grant.unwrap_or_else(|| follows(newer)));
        }
        state
    }

    /// What people draw without a limit of their own by a default that is not the pool's: of another group, or, where
    /// the pool is the workspace, of any.
    fn inherited(&self, unit: Unit, people: &BTreeMap<String, Subject>, of: Option<&Group>) -> BTreeMap<Subject, Cap> {
        let members = of.and_then(|group| self.members.get(&group.id));
        let decided = |user: &&User| of.is_none() || members.is_some_and(|members| members.users.contains(&user.id));
        let foreign = |source: &Source| {
            source.kind == "group_default" && of.is_none_or(|group| source.group_id.as_deref() != Some(&group.id))
        };
        let inherited = self.users.iter().filter(decided).filter_map(|user| {
            let sourced = user.inherited_monthly_usage_limit.as_ref()?;
            sourced.source.as_ref().filter(|source| foreign(source))?;
            let cap = limit::read_in(sourced.limit.as_ref(), unit)?.cap?;
            Some((people.get(&user.id)?.clone(), cap))
        });
        inherited.collect()
    }

    /// What those draw who are not in a group, as everybody does who can be let into it.
    fn outside(&self, unit: Unit, people: &BTreeMap<String, Subject>, group: &Group) -> BTreeMap<Subject, Cap> {
        let members = self.members.get(&group.id);
        let outside = self
            .users
            .iter()
            .filter(|user| !members.is_some_and(|members| members.users.contains(&user.id)));
        let drawn = outside.filter_map(|user| {
            let cap = held(user, unit).map_or(Cap::Unlimited, |(cap, _)| cap);
            Some((people.get(&user.id)?.clone(), cap))
        });
        drawn.collect()
    }

    /// How many people without a limit of their own follow each group's default, by the group's id.
    pub(super) fn followers(&self) -> BTreeMap<&str, usize> {
        let mut followers = BTreeMap::new();
        for user in self.users.iter().filter(|user| user.override_monthly_usage_limit.is_none()) {
            let source = user.inherited_monthly_usage_limit.as_ref().and_then(|sourced| sourced.source.as_ref());
            if let Some(group) = source.and_then(|source| source.group_id.as_deref()) {
                *followers.entry(group).or_default() += 1;
            }
        }
        followers
    }
}

/// Leaves to a pool that is a group whoever is in it: the workspace's pool decides over them only where it names them.
/// A person's limit is one, and two pools must not undo each other.
fn keep_apart(whole: &PoolId, scope: &Scope, people: &BTreeMap<String, Subject>, observed: &mut Observed) {
    let named = |who: &Subject| match who {
        Subject::Member(member) => scope.named.get(whole).is_some_and(|named| named.contains_key(member)),
        Subject::Stranger(_) => false,
    };
    let apart: BTreeSet<Subject> = observed.scopes.values().flatten().filter(|who| !named(who)).cloned().collect();
    let rest = people.values().filter(|who| !apart.contains(*who)).cloned().collect();
    observed.scopes.insert(whole.clone(), rest);
    if let Some(pool) = observed.state.pools.get_mut(whole) {
        pool.grants.retain(|who, _| !apart.contains(who));
    }
}

/// The grant of a member without a limit of their own.
pub(super) fn follows(newer: bool) -> Grant {
    let expires = newer.then_some(crate::model::Expiry::Never);
    Grant { cap: Some(Cap::Inherit), period: None, expires }
}
