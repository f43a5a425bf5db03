//! Writing to a workspace: the object is read immediately before each write, since nothing there has a version, and read
//! again after it. No write is sent twice.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::centers::settle::{Said, Sent};
use crate::centers::{CenterError, Verdict, Writer, Written};
use crate::model::{Amount, Budget, Cap, CenterSettings, Expiry, Grant, Others, Scope, Subject, Target, Unit};
use crate::plan::{Change, Kind, Object, PoolObject};

use super::api::Api;
use super::check::{Now, Standing, settle, standing};
use super::limit;
use super::map::{self, group_of, held, identity, own};
use super::wire::{Group, User};
use super::{GROUP, GROUP_ID};

/// A ChatGPT workspace, for writing.
#[derive(Debug)]
pub struct ChatgptWriter {
    api: Api,
    scope: Scope,
    /// The ids of groups by their names, once looked up.
    ids: Mutex<BTreeMap<String, String>>,
}

/// Why a change is not even sent.
enum Not {
    /// It could not be made ready.
    Failed(String),
    /// It must not be made, or is made already.
    Settled(Written),
}

impl From<CenterError> for Not {
    fn from(error: CenterError) -> Self {
        Self::Failed(error.to_string())
    }
}

#[async_trait]
impl Writer for ChatgptWriter {
    async fn write(&self, changes: &[Change]) -> Vec<Written> {
        let mut written = Vec::with_capacity(changes.len());
        for change in changes {
            written.push(match self.make(change).await {
                Ok(written) | Err(Not::Settled(written)) => written,
                Err(Not::Failed(why)) => Written::because(Verdict::Failed, why),
            });
        }
        written
    }
}

/// Whether a change may be written, by a fresh read.
fn ready(change: &Change, now: &Now, joined: bool) -> Result<(), Not> {
    match standing(change, now, joined) {
        Standing::Holds => Ok(()),
        Standing::Already => Err(Not::Settled(Written::plain(Verdict::Already))),
        Standing::Refused(why) => Err(Not::Settled(Written::because(Verdict::Refused, why))),
    }
}

/// The grant that a change asks for.
fn wanted(change: &Change) -> Grant {
    match &change.after {
        Some(Object::Grant(grant)) => *grant,
        _ => Grant { cap: Some(Cap::Inherit), ..Grant::default() },
    }
}

/// The body of the limit that a grant is.
fn body(grant: &Grant) -> Result<serde_json::Value, Not> {
    let ends = matches!(grant.expires, Some(Expiry::On(_)));
    limit::asking(grant.cap.unwrap_or(Cap::Inherit), ends).map_err(Not::Failed)
}

impl ChatgptWriter {
    /// A writer to the workspace that the settings name. Reads the token, sends nothing.
    pub fn new(settings: &CenterSettings, scope: &Scope) -> Result<Self, CenterError> {
        Ok(Self { api: Api::new(settings)?, scope: scope.clone(), ids: Mutex::default() })
    }

    async fn make(&self, change: &Change) -> Result<Written, Not> {
        let group = self.group(&change.target).await?;
        match (change.kind, group) {
            (Kind::GrantAdd | Kind::GrantUpdate | Kind::GrantRevoke, None) => self.own_limit(change).await,
            (Kind::GrantAdd, Some(group)) => self.join(change, &group).await,
            (Kind::GrantUpdate, Some(group)) => self.cap(change, &group).await,
            (Kind::GrantRevoke, Some(group)) => self.leave(change, &group).await,
            (Kind::OthersUpdate, None) => self.others(change).await,
            (Kind::PoolUpdate, Some(group)) => self.default_cap(change, &group).await,
            _ => Err(Not::Failed("ChatGPT has no setting for it: a person does it in the admin console".to_owned())),
        }
    }

    /// The id of the group that a target names; `None` where it is the workspace.
    async fn group(&self, target: &Target) -> Result<Option<String>, Not> {
        if let Some(id) = target.get(GROUP_ID) {
            return Ok(Some(id.to_owned()));
        }
        let Some(name) = target.get(GROUP) else { return Ok(None) };
        if let Some(id) = self.ids.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(Some(id.clone()));
        }
        let groups = self.api.groups().await?;
        let found = group_of(&groups, target)?.map(|group| group.id.clone());
        if let Some(id) = &found {
            self.ids
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(name.to_owned(), id.clone());
        }
        Ok(found)
    }

    fn unit(&self, change: &Change) -> Unit {
        self.scope.units.get(&change.pool).copied().unwrap_or(Unit::Credits)
    }

    /// The person of a change as they are now.
    async fn person(&self, change: &Change) -> Result<User, Not> {
        let subject = change.subject.as_ref();
        let name = subject.map_or("somebody", Subject::name);
        let who = subject.and_then(|subject| self.scope.roster.identity(subject));
        let who = who.ok_or_else(|| Not::Failed(format!("there is no e-mail address of {name}")))?;
        let found = if who.contains('@') {
            let like = self.api.users_like(who).await?;
            // Of two people with one address the first is that person, as in the plan.
            like.into_iter()
                .filter(|user| identity(user).eq_ignore_ascii_case(who))
                .min_by(|a, b| a.id.cmp(&b.id))
        } else {
            self.api.user(who).await?
        };
        found.ok_or_else(|| Not::Failed(format!("{who} is not in the workspace: invite them first")))
    }

    /// Sets or clears somebody's own limit.
    async fn own_limit(&self, change: &Change) -> Result<Written, Not> {
        let unit = self.unit(change);
        let user = self.person(change).await?;
        ready(change, &now_of(change, &user, unit), false)?;
        let answer = self.api.set_user(&user.id, body(&wanted(change))?).await;
        let after = self.api.user(&user.id).await;
        let after = after.map(|user| user.map_or_else(Now::default, |user| now_of(change, &user, unit)));
        Ok(settle(change, Sent::from(&answer), &after, false))
    }

    /// Somebody as one of a group, or not.
    async fn seat(&self, change: &Change, user: User, group: &str) -> Result<(Now, User), CenterError> {
        let unit = self.unit(change);
        let inside = self.api.groups_of(&user.id).await?.is_some_and(|groups| groups.contains(group));
        let own = own(&user, unit);
        // Whether ends of limits are told at all shows in what the change was made from.
        let never = [&change.before, &change.after]
            .into_iter()
            .any(|object| matches!(object, Some(Object::Grant(Grant { expires: Some(_), .. }))));
        let grant = inside.then(|| own.grant.unwrap_or_else(|| map::follows(never)));
        let held = (change.kind == Kind::GrantRevoke).then(|| still(&user, unit)).flatten();
        Ok((Now { object: grant.map(Object::Grant), odd: own.odd, held }, user))
    }

    async fn seat_again(&self, change: &Change, id: &str, group: &str) -> Result<Now, CenterError> {
        match self.api.user(id).await? {
            Some(user) => self.seat(change, user, group).await.map(|(now, _)| now),
            None => Ok(Now::default()),
        }
    }

    /// Puts somebody into a group, with the limit that they are to have there. One that they hold already was in no plan,
    /// so it is left as it is, and the next plan shows it.
    async fn join(&self, change: &Change, group: &str) -> Result<Written, Not> {
        let person = self.person(change).await?;
        let (now, user) = self.seat(change, person, group).await?;
        // A limit of their own that is not understood is left as it is, so it is no reason against joining.
        ready(change, &Now { odd: None, ..now }, true)?;
        let grant = wanted(change);
        let held = own(&user, self.unit(change)).grant.is_some();
        let mut sent = Sent::default();
        if matches!(grant.cap, Some(Cap::Amount(_) | Cap::Unlimited)) && !held {
            sent = Sent::from(&self.api.set_user(&user.id, body(&grant)?).await);
        }
        if sent.said == Said::Yes {
            sent = Sent::from(&self.api.join(group, &user.id).await);
        }
        let after = self.seat_again(change, &user.id, group).await;
        Ok(settle(change, sent, &after, true))
    }

    /// Changes the limit of somebody in a group.
    async fn cap(&self, change: &Change, group: &str) -> Result<Written, Not> {
        let person = self.person(change).await?;
        let (now, user) = self.seat(change, person, group).await?;
        ready(change, &now, true)?;
        let answer = self.api.set_user(&user.id, body(&wanted(change))?).await;
        let after = self.seat_again(change, &user.id, group).await;
        Ok(settle(change, Sent::from(&answer), &after, true))
    }

    /// Takes somebody out of a group, and their own limit from them, unless another pool grants it.
    async fn leave(&self, change: &Change, group: &str) -> Result<Written, Not> {
        let person = self.person(change).await?;
        let (now, user) = self.seat(change, person, group).await?;
        ready(change, &now, true)?;
        let mut sent = Sent::from(&self.api.leave(group, &user.id).await);
        let own = own(&user, self.unit(change)).grant.is_some();
        if sent.said == Said::Yes && own && !self.granted_elsewhere(change) {
            sent = Sent::from(&self.api.set_user(&user.id, serde_json::Value::Null).await);
        }
        let after = self.seat_again(change, &user.id, group).await;
        Ok(settle(change, sent, &after, true))
    }

    /// Whether another pool of the files grants the person something: their one limit is that pool's too.
    fn granted_elsewhere(&self, change: &Change) -> bool {
        let Some(Subject::Member(member)) = &change.subject else { return false };
        let others = self.scope.named.iter().filter(|(pool, _)| **pool != change.pool);
        others.into_iter().any(|(_, named)| named.get(member) == Some(&true))
    }

    /// Sets or clears the workspace's default.
    async fn others(&self, change: &Change) -> Result<Written, Not> {
        let unit = self.unit(change);
        let look = || async {
            let workspace = self.api.workspace().await?;
            let setting = limit::read_in(workspace.default_user_monthly_usage_limit.as_ref(), unit);
            let object = limit::others(setting.as_ref()).map(Object::Others);
            Ok::<Now, CenterError>(Now { object, odd: setting.and_then(|setting| setting.odd), held: None })
        };
        ready(change, &look().await?, true)?;
        let cap = match &change.after {
            Some(Object::Others(Others::Blocked)) => Cap::Amount(Amount::zero(unit)),
            Some(Object::Others(Others::Cap(cap))) => *cap,
            _ => return Err(Not::Failed("nothing is asked for others".to_owned())),
        };
        // There is no `unlimited` here [D]: without a default nothing holds them.
        let cap = if cap == Cap::Unlimited { Cap::Inherit } else { cap };
        let answer = self.api.set_workspace(limit::asking(cap, false).map_err(Not::Failed)?).await;
        Ok(settle(change, Sent::from(&answer), &look().await, true))
    }

    /// Sets or clears a group's default.
    async fn default_cap(&self, change: &Change, id: &str) -> Result<Written, Not> {
        let unit = self.unit(change);
        let look = || async {
            let group: Option<Group> = self.api.group(id).await?;
            let Some(group) = group else { return Ok(Now::default()) };
            let setting = limit::read_in(group.default_user_monthly_usage_limit.as_ref(), unit);
            let object = PoolObject {
                target: (*change.target).clone(),
                description: None,
                budget: Budget { unit, period: None, limit: None, when_exhausted: None },
                default_cap: limit::default_cap(setting.as_ref()),
            };
            let odd = setting.and_then(|setting| setting.odd);
            Ok::<Now, CenterError>(Now { object: Some(Object::Pool(Box::new(object))), odd, held: None })
        };
        ready(change, &look().await?, true)?;
        let Some(Object::Pool(pool)) = &change.after else {
            return Err(Not::Failed("nothing is asked of the group".to_owned()));
        };
        let cap = pool.default_cap.unwrap_or(Cap::Inherit);
        let answer = self.api.set_group(id, limit::asking(cap, false).map_err(Not::Failed)?).await;
        Ok(settle(change, Sent::from(&answer), &look().await, true))
    }
}

/// Somebody's own limit as it is now.
fn now_of(change: &Change, user: &User, unit: Unit) -> Now {
    let own = own(user, unit);
    let held = (change.kind == Kind::GrantRevoke).then(|| still(user, unit)).flatten();
    Now { object: own.grant.map(Object::Grant), odd: own.odd, held }
}

/// What somebody still draws from whom something was taken, and by which rule.
fn still(user: &User, unit: Unit) -> Option<String> {
    let (cap, source) = held(user, unit)?;
    let nothing = cap.amount().is_some_and(|amount| amount.is_zero());
    (!nothing).then(|| format!("what holds for them now is {cap}, by {source}"))
}
