//! The desired state in the workspace's terms: full targets, ends that the workspace can keep, and what a reader should
//! know of whom a rule hits or does not reach.

use jiff::civil::Date;

use crate::model::{Cap, Desired, Expiry, Grant, Others, Pool, PoolId, Subject, Target};

use super::{GROUP, GROUP_ID, full};

/// What of the last look counts for what can be asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Last {
    /// Whether answers have the newer shape, in which a limit can end with the usage period.
    pub(super) newer: bool,
    /// The day that the run is for.
    pub(super) today: Option<Date>,
    /// The last days of the limits that end, where there are some: the end of the usage period.
    pub(super) ends: Vec<Date>,
    /// Owners and admins who can draw something now, and what they are called.
    pub(super) admins: Vec<(Subject, String)>,
    /// The groups with a default, whatever pool they are.
    pub(super) groups: Vec<GroupDefault>,
    /// How many groups there are.
    pub(super) all_groups: usize,
    /// How many people there are.
    pub(super) users: usize,
    /// Who has a limit of their own, wherever they are.
    pub(super) holders: std::collections::BTreeSet<Subject>,
    /// How many are in each group that is a pool.
    pub(super) members: std::collections::BTreeMap<PoolId, usize>,
}

/// A group's default.
#[derive(Clone, Debug)]
pub(super) struct GroupDefault {
    /// The group's id.
    pub(super) id: String,
    /// The group's name.
    pub(super) name: String,
    /// The default.
    pub(super) cap: Cap,
    /// How many people without a limit of their own follow it.
    pub(super) followers: usize,
}

/// Brings a desired state into the workspace's terms; returns what the reader should be told.
pub(super) fn fit(desired: &mut Desired, last: &Last) -> Vec<String> {
    let mut notes = Vec::new();
    let Desired { state, lapsed, absent, .. } = desired;
    let groups: Vec<Target> = state.pools.values().map(|pool| full(&pool.target)).collect();
    for (id, pool) in &mut state.pools {
        pool.target = full(&pool.target);
        // There is no field for it.
        pool.description = None;
        pool.others = pool.others.map(|others| match others {
            Others::Cap(cap) if is_nothing(cap) => Others::Blocked,
            // No default of the workspace's own: then nothing holds them. A group has no rule for others.
            Others::Cap(Cap::Inherit) if !is_group(&pool.target) => Others::Cap(Cap::Unlimited),
            others => others,
        });
        for grant in pool.grants.values_mut() {
            grant.expires = ends(grant, last);
        }
        if is_group(&pool.target) {
            if pool.budget.limit.take().is_some() {
                notes.push(format!(
                    "{id}: a group has no budget of its own, so its limit stays in the file; the credits are the workspace's"
                ));
            }
            pool.budget.when_exhausted = None;
            continue;
        }
        let named = |who: &Subject| match who {
            // A rule that does not hold today names its people, and lets them draw as others do.
            Subject::Member(member) => {
                pool.grants.contains_key(who) || lapsed.get(id).is_some_and(|lapsed| lapsed.contains_key(member))
            }
            Subject::Stranger(_) => pool.grants.contains_key(who),
        };
        if pool.others == Some(Others::Blocked) {
            for (who, role) in last.admins.iter().filter(|(who, _)| !named(who)) {
                let (name, role) = (who.name().escape_debug(), role.escape_debug());
                notes.push(format!(
                    "{id}: {name} is {role} and has no grant, so `others: blocked` keeps them from drawing; grant them \
                     something, or name them under `protected`"
                ));
            }
        }
        notes.extend(out_of_reach(id, pool, last, &groups));
    }
    for (target, _) in absent.values_mut() {
        *target = full(target);
    }
    notes
}

fn is_nothing(cap: Cap) -> bool {
    cap.amount().is_some_and(|amount| amount.is_zero())
}

fn is_group(target: &Target) -> bool {
    target.get(GROUP).is_some() || target.get(GROUP_ID).is_some()
}

/// When the workspace itself ends a grant: with the usage period, where that is the running month. On any other day
/// Bursar does. Nothing where answers do not tell of ends.
fn ends(grant: &Grant, last: &Last) -> Option<Expiry> {
    if !last.newer {
        return None;
    }
    let month = last.today.map(Date::last_of_month);
    // The period is a calendar month or a billing cycle, and only limits that end tell which [D].
    let other = last.ends.iter().any(|end| Some(*end) != month);
    match (grant.expires, grant.cap) {
        (Some(Expiry::On(day)), Some(Cap::Amount(_))) if Some(day) == month && !other => Some(Expiry::On(day)),
        _ => Some(Expiry::Never),
    }
}

/// The groups whose default reaches further than what others may draw: it wins for their members [D]. Those that the
/// files manage are told of by their own pools.
fn out_of_reach(id: &PoolId, pool: &Pool, last: &Last, managed: &[Target]) -> Vec<String> {
    let most = match pool.others {
        None | Some(Others::Cap(Cap::Unlimited | Cap::Inherit)) => return Vec::new(),
        Some(Others::Blocked) => None,
        Some(Others::Cap(Cap::Amount(amount))) => Some(amount),
    };
    let further = |cap: Cap| match (cap, most) {
        (Cap::Amount(amount), Some(most)) => amount > most,
        (Cap::Amount(amount), None) => !amount.is_zero(),
        (Cap::Unlimited, _) => true,
        (Cap::Inherit, _) => false,
    };
    let foreign = |group: &&GroupDefault| {
        !managed
            .iter()
            .any(|target| target.get(GROUP_ID) == Some(&group.id) || target.get(GROUP) == Some(&group.name))
    };
    let groups = last
        .groups
        .iter()
        .filter(foreign)
        .filter(|group| group.followers > 0 && further(group.cap));
    let notes = groups.map(|group| {
        let people = if group.followers == 1 { "1 person".to_owned() } else { format!("{} people", group.followers) };
        format!(
            "{id}: the group {} lets {people} without a limit of their own draw {} each, which wins over `others`",
            group.name.escape_debug(),
            group.cap
        )
    });
    notes.collect()
}
