//! LiteLLM's JSON as our state: a team is a pool, a membership a grant, the member's own budget row a cap.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::centers::client::amount;
use crate::model::{
    Alert, AlertKey, AlertScope, Budget, Cap, Grant, Limit, Pool, Recipient, Roster, Subject, Target, Threshold, Unit,
    WhenExhausted,
};

use super::period::of_duration;
use super::wire::{BudgetRow, Member, Membership, TeamInfo};

/// The key under which a team keeps who hears of its soft budget.
pub(super) const EMAILS: &str = "soft_budget_alerting_emails";

/// One team as it is, with what it takes to write to it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The team as our state.
    pub(super) pool: Pool,
    /// The people behind the grants.
    pub(super) people: BTreeMap<Subject, Seat>,
    /// The team's own duration, as written there.
    pub(super) duration: Option<String>,
    /// The row that members without a cap of their own share, as it stands there.
    pub(super) shared: Option<Shared>,
    /// What a reader should be told.
    pub(super) notes: Vec<String>,
}

/// The shared row of a team.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    /// The default cap as it stands there.
    pub(super) max_budget: Option<Value>,
    /// When it starts again.
    pub(super) duration: Option<String>,
}

/// One person's place in a team.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    /// The user's id.
    pub(super) user_id: Option<String>,
    /// The e-mail address as it stands there.
    pub(super) email: Option<String>,
    /// Whether the person has a row of their own.
    pub(super) own_row: bool,
    /// That row's duration, as written there.
    pub(super) duration: Option<String>,
    /// Whether that row holds limits that are none of Bursar's business.
    pub(super) other_limits: bool,
    /// Whether the person manages the team.
    pub(super) admin: bool,
}

/// A team as our state. A person is looked up by user id first, then by e-mail; strangers go by e-mail where there is
/// one.
pub(super) fn seen(info: &TeamInfo, roster: &Roster, ignored: &[String]) -> Seen {
    let team = &info.team_info;
    let mut notes = Notes { team: &team.id, notes: Vec::new() };
    let shared = team.shared.as_ref();
    let shared_id = shared.and_then(|row| row.budget_id.as_deref());
    let rows: BTreeMap<&str, &Membership> = info
        .team_memberships
        .iter()
        .map(|membership| (membership.user_id.as_str(), membership))
        .collect();

    let mut members: Vec<&Member> =
        team.members_with_roles.iter().filter(|member| !is_ignored(member, ignored)).collect();
    members.sort_by(|a, b| (&a.user_id, &a.user_email).cmp(&(&b.user_id, &b.user_email)));
    let (mut grants, mut people) = (BTreeMap::new(), BTreeMap::new());
    let mut unlinked = 0;
    for member in members {
        let Some(subject) = subject(member, roster, &people, &mut notes) else { continue };
        let membership = member.user_id.as_deref().and_then(|id| rows.get(id)).copied();
        let own = membership
            .filter(|row| is_own(row, shared_id))
            .and_then(|row| row.litellm_budget_table.as_ref());
        unlinked += usize::from(membership.is_none_or(|row| row.budget_id.is_none()));
        grants.insert(subject.clone(), grant(own, subject.name(), &mut notes));
        people.insert(
            subject,
            Seat {
                user_id: member.user_id.clone(),
                email: member.user_email.clone(),
                own_row: own.is_some(),
                duration: own.and_then(|row| row.budget_duration.clone()),
                other_limits: own.is_some_and(BudgetRow::has_other_limits),
                admin: member.role.as_deref() == Some("admin"),
            },
        );
    }

    if unlinked > 0 && shared.and_then(|row| row.max_budget.as_ref()).is_some_and(|cap| !cap.is_null()) {
        // LiteLLM holds them to the default cap and never starts their spend again.
        notes.add(format_args!(
            "the default cap never starts again for {unlinked} of its members; setting it anew heals that"
        ));
    }
    let period = of_duration(team.budget_duration.as_deref())
        .map_err(|odd| notes.add(format_args!("budget_duration {odd} is no period that Bursar knows")))
        .ok();
    let limit = match &team.max_budget {
        None | Some(Value::Null) => Some(Limit::None),
        Some(value) => amount(value, Unit::USD)
            .map_err(|why| notes.add(format_args!("max_budget: {why}")))
            .ok()
            .map(Limit::Amount),
    };
    if team.blocked == Some(true) {
        notes.add("it is blocked: nobody can draw on it");
    }
    if team
        .budget_limits
        .as_ref()
        .is_some_and(|limits| limits.as_array().is_some_and(|list| !list.is_empty()))
    {
        notes.add("it has budget_limits besides max_budget, which Bursar leaves alone");
    }
    let pool = Pool {
        target: Target::of("team", &team.id),
        description: None,
        budget: Budget { unit: Unit::USD, period, limit, when_exhausted: Some(WhenExhausted::Block) },
        default_cap: default_cap(shared, team.budget_duration.as_deref(), &mut notes),
        others: None,
        alerts: Some(alerts(info, &mut notes)),
        grants,
    };
    Seen {
        pool,
        people,
        duration: team.budget_duration.clone(),
        shared: shared.map(|row| Shared { max_budget: row.max_budget.clone(), duration: row.budget_duration.clone() }),
        notes: notes.notes,
    }
}

/// The team's name before each note.
struct Notes<'a> {
    team: &'a str,
    notes: Vec<String>,
}

impl Notes<'_> {
    fn add(&mut self, note: impl fmt::Display) {
        self.notes.push(format!("team {}: {note}", self.team));
    }
}

fn is_ignored(member: &Member, ignored: &[String]) -> bool {
    let is =
        |name: &Option<String>, ignored: &str| name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(ignored));
    ignored
        .iter()
        .any(|ignored| is(&member.user_id, ignored) || is(&member.user_email, ignored))
}

/// Who a member is. Two users of one e-mail address cannot both be that person: the second goes by user id.
fn subject(
    member: &Member,
    roster: &Roster,
    taken: &BTreeMap<Subject, Seat>,
    notes: &mut Notes<'_>,
) -> Option<Subject> {
    let by_id = member.user_id.as_deref().map(|id| roster.subject(id));
    let by_email =
        member
            .user_email
            .as_deref()
            .filter(|email| !email.is_empty())
            .map(|email| match roster.subject(email) {
                Subject::Stranger(_) => Subject::Stranger(email.to_ascii_lowercase().into()),
                known @ Subject::Member(_) => known,
            });
    let candidates = [by_id.clone().filter(Subject::is_known), by_email, by_id];
    let mut candidates: Vec<Subject> = candidates.into_iter().flatten().collect();
    candidates.dedup();
    let wanted = candidates.first().cloned();
    let free = candidates.into_iter().find(|subject| !taken.contains_key(subject)).or_else(|| {
        member
            .user_id
            .as_deref()
            .map(|id| Subject::Stranger(id.into()))
            .filter(|subject| !taken.contains_key(subject))
    });
    match (&wanted, &free) {
        (None, _) => notes.add("a member has neither user id nor e-mail and is passed over"),
        (Some(wanted), Some(free)) if wanted != free => {
            notes.add(format_args!("{} is there twice; user {free} is taken for somebody else", wanted.name()));
        }
        (Some(wanted), None) => notes.add(format_args!("{} is there twice; the second is passed over", wanted.name())),
        (Some(_), Some(_)) => {}
    }
    free
}

/// Whether a member has a budget row of their own, rather than the team's shared one.
fn is_own(membership: &Membership, shared: Option<&str>) -> bool {
    match membership.budget_source.as_deref() {
        Some(source) => source == "custom",
        None => membership.budget_id.is_some() && membership.budget_id.as_deref() != shared,
    }
}

fn grant(own: Option<&BudgetRow>, name: &str, notes: &mut Notes<'_>) -> Grant {
    let inherit = Grant { cap: Some(Cap::Inherit), period: None, expires: None };
    let Some(row) = own else { return inherit };
    if row.temp_budget_increase.as_ref().is_some_and(|value| !value.is_null()) {
        notes.add(format_args!("{name} has a temporary increase, which Bursar leaves alone"));
    }
    let Some(value) = row.max_budget.as_ref().filter(|value| !value.is_null()) else { return inherit };
    match amount(value, Unit::USD) {
        Err(why) => {
            notes.add(format_args!("the cap of {name}: {why}"));
            Grant::default()
        }
        Ok(cap) => {
            let period = of_duration(row.budget_duration.as_deref())
                .map_err(|odd| notes.add(format_args!("the cap of {name}: {odd} is no period that Bursar knows")))
                .ok();
            Grant { cap: Some(Cap::Amount(cap)), period, expires: None }
        }
    }
}

/// The team's default cap. None is `inherit`: only the budget holds. A default that starts again at another time than
/// the budget is not what `default_cap` says, so it counts as not known. 0 is no cap here, unlike a member's own 0.
fn default_cap(row: Option<&BudgetRow>, duration: Option<&str>, notes: &mut Notes<'_>) -> Option<Cap> {
    let Some(row) = row else { return Some(Cap::Inherit) };
    let Some(value) = row.max_budget.as_ref().filter(|value| !value.is_null()) else { return Some(Cap::Inherit) };
    let cap = amount(value, Unit::USD)
        .map_err(|why| notes.add(format_args!("team_member_budget: {why}")))
        .ok()?;
    if cap.is_zero() {
        notes.add("team_member_budget is 0, which LiteLLM takes for no cap");
        return Some(Cap::Inherit);
    }
    if !same_period(row.budget_duration.as_deref(), duration) {
        notes.add(format_args!(
            "the default cap starts again {}, the budget {}",
            every(row.budget_duration.as_deref()),
            every(duration)
        ));
        return None;
    }
    Some(Cap::Amount(cap))
}

/// Whether two durations are the same period.
pub(super) fn same_period(a: Option<&str>, b: Option<&str>) -> bool {
    of_duration(a) == of_duration(b)
}

/// A duration for people.
pub(super) fn every(duration: Option<&str>) -> String {
    duration.map_or_else(|| "never".to_owned(), |duration| format!("every {duration}"))
}

/// The soft budget, where somebody hears of it.
fn alerts(info: &TeamInfo, notes: &mut Notes<'_>) -> BTreeMap<AlertKey, Alert> {
    let team = &info.team_info;
    let Some(value) = team.soft_budget.as_ref().filter(|value| !value.is_null()) else { return BTreeMap::new() };
    let notify: BTreeSet<Recipient> = team
        .metadata
        .as_ref()
        .and_then(|metadata| metadata.get(EMAILS)?.as_array())
        .into_iter()
        .flatten()
        .filter_map(|email| email.as_str().map(|email| Recipient::Email(email.to_owned())))
        .collect();
    match amount(value, Unit::USD) {
        Err(why) => notes.add(format_args!("soft_budget: {why}")),
        Ok(_) if notify.is_empty() => notes.add("it has a soft_budget of which nobody hears"),
        Ok(at) => {
            let key = AlertKey { of: AlertScope::Budget, at: Threshold::Amount(at) };
            return BTreeMap::from([(key, Alert { notify })]);
        }
    }
    BTreeMap::new()
}

/// A team for a file: what a file cannot say without changing it stays unmanaged.
pub(super) fn for_import(seen: Seen) -> (Pool, BTreeMap<Subject, Seat>, Vec<String>) {
    let Seen { mut pool, people, duration, shared: _, mut notes } = seen;
    let team = pool.target.get("team").unwrap_or_default().to_owned();
    let mut odd = false;
    for (subject, seat) in &people {
        let Some(grant) = pool.grants.get_mut(subject) else { continue };
        if seat.admin {
            notes.push(format!("team {team}: {} is an admin of it, which Bursar leaves alone", subject.name()));
        }
        if grant.cap.is_none() {
            odd = true;
        } else if matches!(grant.cap, Some(Cap::Amount(_)))
            && !same_period(seat.duration.as_deref(), duration.as_deref())
        {
            odd = true;
            *grant = Grant::default();
            notes.push(format!(
                "team {team}: the cap of {} starts again {}, the budget {}; the cap stays unmanaged",
                subject.name(),
                every(seat.duration.as_deref()),
                every(duration.as_deref())
            ));
        }
    }
    if odd {
        // A default cap in the file would decide over the grants without a cap there.
        pool.default_cap = None;
    }
    (pool, people, notes)
}
