//! Claude's JSON as our state. Every period has rows of its own; a pool looks at those of its period.

use std::collections::{BTreeMap, BTreeSet};

use crate::centers::CenterError;
use crate::model::{
    Budget, Cap, ForeignPool, Grant, Inventory, Limit, Observed, Others, Period, Person, Pool, PoolId, Roster, Scope,
    Subject, Target, Unit, WhenExhausted,
};

use super::object::{self, Object, full};
use super::wire::{Effective, Group, Member, SpendLimit, User, WireScope, Workspace};
use super::{Flavor, money};

/// What a look at an account brought.
#[derive(Debug, Default)]
pub(super) struct Look {
    pub(super) limits: Vec<SpendLimit>,
    pub(super) effective: Vec<Effective>,
    pub(super) users: Vec<User>,
    pub(super) groups: Vec<Group>,
    pub(super) workspaces: Vec<Workspace>,
    /// By the id of the group or workspace.
    pub(super) members: BTreeMap<String, Vec<Member>>,
}

/// The kinds of scopes that are understood.
const KINDS: [&str; 7] =
    ["user", "seat_tier", "rbac_group", "organization_service", "organization", "workspace", "usage_tier"];

/// The cap that a row of a person is.
pub(super) fn cap(amount: Option<&str>, currency: &str) -> Option<Cap> {
    match amount {
        None => Some(Cap::Unlimited),
        Some(text) => money::amount(text, currency.parse().ok()?).map(Cap::Amount),
    }
}

/// The period of the pool, which the files say; monthly where they do not.
pub(super) fn period(scope: &Scope, pool: &PoolId) -> Period {
    scope.periods.get(pool).copied().unwrap_or(Period::Monthly)
}

/// Who is who, by the ids of the vendor.
pub(super) struct People<'a> {
    flavor: Flavor,
    roster: &'a Roster,
    emails: BTreeMap<&'a str, &'a str>,
}

impl<'a> People<'a> {
    pub(super) fn new(flavor: Flavor, roster: &'a Roster, users: &'a [User]) -> Self {
        let emails = users.iter().map(|user| (user.id.as_str(), user.email.as_str())).collect();
        Self { flavor, roster, emails }
    }

    /// The person behind an id; `None` where nobody of the organization has it.
    pub(super) fn subject(&self, id: &str) -> Option<Subject> {
        if self.flavor == Flavor::Gateway {
            return Some(self.roster.subject(id));
        }
        self.emails.get(id).map(|email| self.roster.subject(&email.to_ascii_lowercase()))
    }
}

impl Look {
    /// The billing currency, which every row names alike; `None` where there is no row.
    pub(super) fn currency(&self) -> Option<Unit> {
        let rows = self.limits.iter().map(|limit| limit.currency.as_str());
        let mut rows = rows.chain(self.effective.iter().map(|row| row.currency.as_str()));
        rows.find_map(|code| code.parse().ok())
    }

    /// The object of a target.
    pub(super) fn object(&self, flavor: Flavor, target: &Target) -> Result<Option<Object>, CenterError> {
        Object::of(flavor, target, &self.groups, &self.workspaces)
    }

    /// The row of a scope in a period.
    pub(super) fn row(&self, is: impl Fn(&WireScope) -> bool, period: Period) -> Option<&SpendLimit> {
        self.limits.iter().find(|limit| limit.period == period.as_str() && is(&limit.scope))
    }

    /// Everybody's own caps in a period.
    fn own(&self, people: &People<'_>, period: Period, notes: &mut Vec<String>) -> BTreeMap<Subject, Grant> {
        let mut own = BTreeMap::new();
        let rows = self
            .limits
            .iter()
            .filter(|limit| limit.scope.kind == "user" && limit.period == period.as_str());
        for limit in rows {
            let id = limit.scope.user_id.as_deref().unwrap_or_default();
            let Some(subject) = people.subject(id) else {
                notes.push(format!(
                    "the {period} limit of {} is of nobody in the organization and is left alone",
                    id.escape_debug()
                ));
                continue;
            };
            let cap = cap(limit.amount.as_deref(), &limit.currency);
            if cap.is_none() {
                let text = limit.amount.as_deref().unwrap_or_default().escape_debug().to_string();
                notes.push(format!("the limit of {}: `{text}` is no amount", subject.name().escape_debug()));
            }
            own.insert(subject, Grant { cap, ..Grant::default() });
        }
        own
    }

    /// What a limit of the organization or of a workspace is as a budget.
    fn limit(&self, is: impl Fn(&WireScope) -> bool, period: Period) -> Option<Limit> {
        let Some(row) = self.row(is, period) else { return Some(Limit::None) };
        match &row.amount {
            None => Some(Limit::None),
            Some(text) => money::amount(text, row.currency.parse().ok()?).map(Limit::Amount),
        }
    }

    /// One pool as it is.
    fn pool(&self, flavor: Flavor, part: &Part<'_>, people: &People<'_>, notes: &mut Vec<String>) -> Pool {
        let Part { target, object, period, unit, named } = part;
        let organization = |scope: &WireScope| scope.kind == "organization";
        let mut pool = Pool {
            target: full(target),
            description: None,
            budget: Budget { unit: *unit, period: Some(*period), limit: None, when_exhausted: None },
            default_cap: None,
            others: None,
            alerts: None,
            grants: BTreeMap::new(),
        };
        let inside = |id: &str| {
            let members = self.members.get(id).into_iter().flatten();
            members.filter_map(|member| people.subject(&member.user_id)).collect::<BTreeSet<_>>()
        };
        match (flavor, object) {
            (Flavor::Enterprise, Object::Organization) => {
                pool.budget.limit = self.limit(organization, *period);
                let has_limit = matches!(pool.budget.limit, Some(Limit::Amount(_)));
                pool.budget.when_exhausted = has_limit.then_some(WhenExhausted::Block);
                pool.grants = self.own(people, *period, notes);
            }
            (Flavor::Enterprise, Object::Group { id, .. }) => {
                let own = self.own(people, *period, &mut Vec::new());
                let inherit = Grant { cap: Some(Cap::Inherit), ..Grant::default() };
                pool.grants = inside(id)
                    .into_iter()
                    .map(|subject| {
                        let grant = own.get(&subject).copied().unwrap_or(inherit);
                        (subject, grant)
                    })
                    .collect();
            }
            (Flavor::Console, Object::Organization) => {
                pool.budget.limit = self.limit(organization, *period);
                pool.budget.when_exhausted = Some(WhenExhausted::Block);
                let known = self.users.iter().filter_map(|user| people.subject(&user.id));
                let granted = known.filter(|subject| named(subject));
                pool.grants = granted.map(|subject| (subject, Grant::default())).collect();
            }
            (_, Object::Workspace { id }) => {
                let of = |scope: &WireScope| scope.kind == "workspace" && scope.workspace_id.as_deref() == Some(id);
                pool.budget.limit = self.limit(of, *period);
                pool.budget.when_exhausted = Some(WhenExhausted::Block);
                pool.grants = inside(id).into_iter().map(|subject| (subject, Grant::default())).collect();
            }
            (Flavor::Gateway, Object::Organization) => {
                pool.grants = self.own(people, *period, notes);
                pool.others = Some(match self.row(organization, *period) {
                    // There is no wider rule: where nothing is set, nothing holds anybody.
                    None => Others::Cap(Cap::Unlimited),
                    Some(row) => others(cap(row.amount.as_deref(), &row.currency).unwrap_or(Cap::Unlimited)),
                });
            }
            (_, Object::Group { id, .. }) => {
                let of = |scope: &WireScope| scope.kind == "rbac_group" && scope.rbac_group_id.as_deref() == Some(id);
                pool.default_cap = Some(match self.row(of, *period) {
                    None => Cap::Inherit,
                    Some(row) => cap(row.amount.as_deref(), &row.currency).unwrap_or(Cap::Inherit),
                });
                // Who is in the group, only the identity provider knows.
                pool.grants = self.own(people, *period, &mut Vec::new());
                pool.grants.retain(|subject, _| named(subject));
            }
        }
        pool
    }
}

/// Whoever may draw nothing is blocked, however that is written; and where there is no wider rule to follow, to follow it
/// is to have no limit.
pub(super) fn others(cap: Cap) -> Others {
    match cap {
        Cap::Amount(amount) if amount.is_zero() => Others::Blocked,
        Cap::Inherit => Others::Cap(Cap::Unlimited),
        cap => Others::Cap(cap),
    }
}

/// What a pool is made from.
struct Part<'a> {
    target: &'a Target,
    object: &'a Object,
    period: Period,
    unit: Unit,
    named: &'a dyn Fn(&Subject) -> bool,
}

/// What the files manage, as it is.
pub(super) fn observed(flavor: Flavor, look: &Look, scope: &Scope) -> Result<Observed, CenterError> {
    let mut observed = Observed::default();
    let people = People::new(flavor, &scope.roster, &look.users);
    let mut notes = notes(flavor, look);
    let mut managed = BTreeSet::new();
    for (id, target) in &scope.pools {
        let unit = scope.units.get(id).copied().or_else(|| look.currency()).unwrap_or(Unit::USD);
        if let Some(currency) = look.currency().filter(|currency| *currency != unit) {
            return Err(CenterError::OtherCurrency { pool: id.to_string(), asked: unit, billed: currency });
        }
        let Some(object) = look.object(flavor, target)? else {
            let name = target.0.values().next().map_or("", String::as_str);
            notes
                .push(format!("{id}: there is nothing called `{}`, and it is not made from here", name.escape_debug()));
            continue;
        };
        if matches!(object, Object::Group { scim: true, .. }) && flavor == Flavor::Enterprise {
            notes.push(format!(
                "{id}: a directory keeps the members of the group; from here their caps can be set only"
            ));
        }
        let period = period(scope, id);
        let named = |subject: &Subject| match subject {
            Subject::Member(member) => scope.named.get(id).is_some_and(|named| named.contains_key(member)),
            Subject::Stranger(_) => false,
        };
        let part = Part { target, object: &object, period, unit, named: &named };
        let pool = look.pool(flavor, &part, &people, &mut notes);
        if let Some(place) = object.place(flavor) {
            let members = look.members.get(place.id()).into_iter().flatten();
            let inside = members.filter_map(|member| people.subject(&member.user_id)).collect();
            observed.scopes.insert(id.clone(), inside);
        }
        let inherited = inherited(look, &people, period);
        if !inherited.is_empty() {
            observed.inherited.insert(id.clone(), inherited);
        }
        moot(look, &people, period, &mut notes);
        observed.state.pools.insert(id.clone(), pool);
        managed.insert(object);
    }
    observed.roster = match flavor {
        Flavor::Gateway => look
            .limits
            .iter()
            .filter(|limit| limit.scope.kind == "user")
            .filter_map(|limit| limit.scope.user_id.as_deref())
            .chain(look.effective.iter().filter_map(|row| row.actor.user_id.as_deref()))
            .filter_map(|id| people.subject(id))
            .collect(),
        _ => look.users.iter().filter_map(|user| people.subject(&user.id)).collect(),
    };
    observed.unmanaged = foreign(flavor, look, &managed);
    notes.sort();
    notes.dedup();
    observed.notes = notes;
    Ok(observed)
}

/// What people without a limit of their own get by a group, their seat or the organization.
fn inherited(look: &Look, people: &People<'_>, period: Period) -> BTreeMap<Subject, Cap> {
    let rows = look
        .effective
        .iter()
        .filter(|row| row.period == period.as_str() && row.source.kind != "user");
    rows.filter_map(|row| {
        let subject = people.subject(row.actor.user_id.as_deref()?)?;
        Some((subject, cap(row.amount.as_deref(), &row.currency)?))
    })
    .collect()
}

/// Own limits that do not decide, although a person's own comes before all others [D].
fn moot(look: &Look, people: &People<'_>, period: Period, notes: &mut Vec<String>) {
    let own: BTreeMap<&str, &SpendLimit> = look
        .limits
        .iter()
        .filter(|limit| limit.scope.kind == "user" && limit.period == period.as_str())
        .filter_map(|limit| Some((limit.scope.user_id.as_deref()?, limit)))
        .collect();
    for row in look.effective.iter().filter(|row| row.period == period.as_str()) {
        let Some(id) = row.actor.user_id.as_deref() else { continue };
        let Some(limit) = own.get(id) else { continue };
        if row.source.kind != "user" || row.amount != limit.amount {
            let name = people.subject(id).map_or_else(|| id.to_owned(), |subject| subject.name().to_owned());
            notes.push(format!(
                "{}: their own {period} limit is not the one that holds; the {} decides",
                name.escape_debug(),
                row.source.kind.escape_debug()
            ));
        }
    }
}

/// What there is to say of the rows that are nobody's pool.
fn notes(flavor: Flavor, look: &Look) -> Vec<String> {
    let mut notes = Vec::new();
    let off = |limit: &&SpendLimit| limit.scope.kind == "organization" && limit.is_enabled == Some(false);
    if look.limits.iter().any(|limit| off(&limit)) {
        notes.push(
            "usage beyond the seats is switched off for the organization: the limits are kept, and nobody draws on them"
                .to_owned(),
        );
    }
    let mut unknown = BTreeMap::<&str, usize>::new();
    for limit in look.limits.iter().filter(|limit| !KINDS.contains(&limit.scope.kind.as_str())) {
        *unknown.entry(&limit.scope.kind).or_default() += 1;
    }
    for (kind, count) in unknown {
        let rows = if count == 1 { "1 limit".to_owned() } else { format!("{count} limits") };
        notes.push(format!("{rows} of a kind that Bursar does not know (`{}`): left alone", kind.escape_debug()));
    }
    for limit in look.limits.iter().filter(|limit| limit.scope.kind == "usage_tier") {
        if let Some(Cap::Amount(amount)) = cap(limit.amount.as_deref(), &limit.currency) {
            notes.push(format!("Anthropic's own cap of the account is {amount} {}", limit.period.escape_debug()));
        }
    }
    let left = look.effective.iter().filter(|row| row.actor.deleted).count();
    if left > 0 && flavor != Flavor::Gateway {
        notes.push(format!("{left} limits hold for people who left; they are left alone"));
    }
    notes
}

/// The objects with limits that are no pool of the files.
fn foreign(flavor: Flavor, look: &Look, managed: &BTreeSet<Object>) -> Vec<ForeignPool> {
    let mut foreign = BTreeSet::new();
    if !managed.contains(&Object::Organization) {
        foreign.insert(("the organization".to_owned(), full(&Target::default())));
    }
    let is_managed = |id: &str| {
        managed.iter().any(|object| match object {
            Object::Group { id: found, .. } | Object::Workspace { id: found } => found == id,
            Object::Organization => false,
        })
    };
    for limit in &look.limits {
        let id = limit.scope.rbac_group_id.as_deref().or(limit.scope.workspace_id.as_deref());
        let Some(id) = id.filter(|id| !is_managed(id)) else { continue };
        let group = look.groups.iter().find(|group| group.id == id);
        let workspace = look.workspaces.iter().find(|workspace| workspace.id == id);
        match (flavor, group, workspace) {
            (Flavor::Gateway, ..) => _ = foreign.insert((id.to_owned(), Target::of(object::GROUP, id))),
            (_, Some(group), _) => _ = foreign.insert((group.name.clone(), Target::of(object::GROUP_ID, id))),
            (_, _, Some(workspace)) => {
                foreign.insert((workspace.name.clone(), Target::of(object::WORKSPACE, &workspace.name)));
            }
            _ => {}
        }
    }
    foreign.into_iter().map(|(name, target)| ForeignPool { name, target }).collect()
}

/// Everything, for a file to be made from: the organization, and the groups or workspaces with people or limits.
pub(super) fn inventory(flavor: Flavor, look: &Look, roster: &Roster) -> Result<Inventory, CenterError> {
    let people = People::new(flavor, roster, &look.users);
    let unit = look.currency().unwrap_or(Unit::USD);
    let mut notes = notes(flavor, look);
    let mut targets = vec![("organization".to_owned(), full(&Target::default()))];
    let unique = |name: &str, names: &[&str]| names.iter().filter(|found| **found == name).count() == 1;
    let names: Vec<&str> = look.groups.iter().map(|group| group.name.as_str()).collect();
    for group in &look.groups {
        let by_name = unique(&group.name, &names);
        let target =
            if by_name { Target::of(object::GROUP, &group.name) } else { Target::of(object::GROUP_ID, &group.id) };
        // A name that two groups have names neither.
        let name = if by_name { &group.name } else { &group.id };
        targets.push((name.clone(), target));
    }
    let names: Vec<&str> = look.workspaces.iter().map(|workspace| workspace.name.as_str()).collect();
    for workspace in look.workspaces.iter().filter(|workspace| unique(&workspace.name, &names)) {
        targets.push((workspace.name.clone(), Target::of(object::WORKSPACE, &workspace.name)));
    }
    if flavor == Flavor::Gateway {
        let limited: BTreeSet<&str> =
            look.limits.iter().filter_map(|limit| limit.scope.rbac_group_id.as_deref()).collect();
        targets.extend(limited.into_iter().map(|name| (name.to_owned(), Target::of(object::GROUP, name))));
    }
    let mut inventory = Inventory::default();
    let mut subjects = BTreeSet::new();
    for (name, target) in targets {
        let Some(object) = look.object(flavor, &target)? else { continue };
        let part = Part { target: &target, object: &object, period: Period::Monthly, unit, named: &|_| false };
        let pool = look.pool(flavor, &part, &people, &mut notes);
        subjects.extend(pool.grants.keys().cloned());
        inventory.pools.push((name, pool));
    }
    let others = look
        .limits
        .iter()
        .filter(|limit| limit.scope.kind == "user" && limit.period != "monthly")
        .count();
    if others > 0 {
        notes.push(format!("{others} limits of other periods than a month are not in this file"));
    }
    notes.sort();
    notes.dedup();
    inventory.notes = notes;
    let ids: BTreeMap<Subject, &User> =
        look.users.iter().filter_map(|user| Some((people.subject(&user.id)?, user))).collect();
    inventory.people = subjects
        .into_iter()
        .map(|subject| {
            let user = ids.get(&subject);
            let email = user.map(|user| user.email.to_ascii_lowercase());
            Person { email, vendor_id: None, subject }
        })
        .collect();
    Ok(inventory)
}
