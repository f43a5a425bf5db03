//! Writing to Claude: one fresh read for some people, then a call for each. The answer to a limit that was set is the row
//! itself; where an answer does not show the change made, one read back decides what became of it.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::centers::client::{HttpError, Reach};
use crate::centers::settle::{Said, Sent, Standing, name};
use crate::centers::{CenterError, Verdict, Writer, Written};
use crate::model::{Amount, Cap, CenterSettings, Grant, Limit, Others, Period, PoolId, Scope, Subject, Unit};
use crate::plan::{Change, Kind, Object, PoolObject};

use super::api::Api;
use super::check::{moved, settle, standing};
use super::fresh::{Fresh, Here, Row};
use super::object::{self, Object as Place};
use super::wire::{SpendLimit, User};
use super::{Flavor, map, money};

/// How often a change of a membership is tried while somebody else changes another [D].
const TRIES: u32 = 3;
/// How long to wait before the next of them.
const PAUSE: Duration = Duration::from_millis(500);

/// A Claude account, for writing.
#[derive(Debug)]
pub struct ClaudeWriter {
    api: Api,
    scope: Scope,
    /// Everybody's ids, by address: asked for once.
    users: OnceCell<BTreeMap<String, String>>,
    /// What the targets are: asked for once each.
    here: Here,
}

impl ClaudeWriter {
    /// A writer to the account that the settings name. Reads the key, sends nothing.
    pub fn new(settings: &CenterSettings, scope: &Scope) -> Result<Self, CenterError> {
        Ok(Self { api: Api::new(settings)?, scope: scope.clone(), users: OnceCell::new(), here: Here::default() })
    }

    /// The vendor's id of a person; `None` where nobody of the organization is known by their address.
    async fn id(&self, subject: &Subject) -> Result<Option<String>, CenterError> {
        let Some(identity) = self.scope.roster.identity(subject) else { return Ok(None) };
        if self.api.flavor == Flavor::Gateway {
            return Ok(Some(identity.to_owned()));
        }
        let users = self
            .users
            .get_or_try_init(|| async {
                let users = self.api.users().await?;
                let by_address = |user: User| (user.email.to_ascii_lowercase(), user.id);
                Ok::<_, CenterError>(users.into_iter().map(by_address).collect())
            })
            .await?;
        Ok(users.get(&identity.to_ascii_lowercase()).cloned())
    }

    fn period(&self, pool: &PoolId) -> Period {
        map::period(&self.scope, pool)
    }
}

/// Every change failed for one reason.
fn all(changes: &[Change], why: &str) -> Vec<Written> {
    changes.iter().map(|_| Written::because(Verdict::Failed, why)).collect()
}

#[async_trait]
impl Writer for ClaudeWriter {
    async fn write(&self, changes: &[Change]) -> Vec<Written> {
        let Some(first) = changes.first() else { return Vec::new() };
        let object = match self.here.object(&self.api, &first.target).await {
            Ok(Some(object)) => object,
            Ok(None) => return all(changes, "the organization has no group or workspace of that name"),
            Err(error) => return all(changes, &error.to_string()),
        };
        let period = self.period(&first.pool);
        match first.kind {
            Kind::GrantAdd | Kind::GrantUpdate | Kind::GrantRevoke => self.grants(changes, &object, period).await,
            Kind::PoolUpdate | Kind::OthersUpdate => self.rows(changes, &object, period).await,
            _ => all(changes, "the account is the pool: it is neither made nor deleted from here"),
        }
    }
}

/// A change of somebody's grant, with what is known of it before it is sent.
struct Step<'a> {
    change: &'a Change,
    /// The person's id.
    user: String,
    /// The person's own row.
    own: Option<Row>,
    period: Period,
}

impl ClaudeWriter {
    async fn grants(&self, changes: &[Change], object: &Place, period: Period) -> Vec<Written> {
        let mut written: Vec<Option<Written>> = vec![None; changes.len()];
        let mut ids = BTreeMap::new();
        for (row, change) in changes.iter().enumerate() {
            let Some(subject) = &change.subject else { continue };
            match self.id(subject).await {
                Ok(Some(id)) => _ = ids.insert(row, id),
                Ok(None) => written[row] = Some(nobody(self.api.flavor, subject)),
                Err(error) => return all(changes, &error.to_string()),
            }
        }
        let people: Vec<&str> = ids.values().map(String::as_str).collect();
        let fresh = match Fresh::of(&self.api, object, period, &people).await {
            Ok(fresh) => fresh,
            Err(error) => return all(changes, &error.to_string()),
        };
        let joined = object.place(self.api.flavor).is_some();
        let mut forbidden = None::<String>;
        for (row, change) in changes.iter().enumerate() {
            let Some(user) = ids.get(&row).map(|user| fresh.spelled(user)) else { continue };
            let now = fresh.grant(user).map(Object::Grant);
            written[row] = Some(match (standing(change, now.as_ref(), joined), &forbidden) {
                (Standing::Already, _) => Written::plain(Verdict::Already),
                (Standing::Moved(_), _) => moved(change, now.as_ref()),
                // What is refused to one is refused to all: the calls are few.
                (Standing::Holds, Some(why)) => Written::because(Verdict::Failed, format!("not sent, since {why}")),
                (Standing::Holds, None) => {
                    let step = Step { change, user: user.to_owned(), own: fresh.own(user).cloned(), period };
                    let (outcome, sent) = self.one(&step, object).await;
                    if let (true, Said::No(why)) = (sent.is_forbidden(), &sent.said) {
                        forbidden = Some(why.clone());
                    }
                    outcome
                }
            });
        }
        let nothing = || Written::because(Verdict::Failed, "nobody is named");
        written.into_iter().map(|written| written.unwrap_or_else(nothing)).collect()
    }

    /// Makes one change of a grant, and finds out what became of it.
    async fn one(&self, step: &Step<'_>, object: &Place) -> (Written, Sent) {
        let (sent, told) = self.send(step, object).await;
        if let Some(told) = told.filter(|_| sent.said == Said::Yes) {
            let told = told.map(Object::Grant);
            if standing(step.change, told.as_ref(), false) == Standing::Already {
                return (settle(step.change, &sent, Ok(told.as_ref())), sent);
            }
        }
        // What was refused without having been sent is as it was.
        if let (Said::No(why), true) = (&sent.said, sent.is_idle()) {
            return (Written { request_id: sent.request_id.clone(), ..Written::because(Verdict::Failed, why) }, sent);
        }
        let after = Fresh::of(&self.api, object, step.period, &[&step.user]).await;
        let now = after.map(|fresh| fresh.grant(&step.user).map(Object::Grant));
        let written = settle(step.change, &sent, now.as_ref().map(Option::as_ref));
        (written, sent)
    }

    /// The calls of one change. Also the grant as their answers tell it, where they do.
    async fn send(&self, step: &Step<'_>, object: &Place) -> (Sent, Option<Option<Grant>>) {
        let grant = |cap| Some(Some(Grant { cap, ..Grant::default() }));
        let place = object.place(self.api.flavor);
        let Some(place) = place else {
            if self.api.flavor == Flavor::Console {
                let who = name(step.change.subject.as_ref());
                return (
                    Sent::no(format!("people join the organization by an invitation: invite {who} in the console")),
                    None,
                );
            }
            let wanted = wanted(step.change);
            let (sent, cap) = self.cap(step, wanted.map_or(Some(Cap::Inherit), |grant| grant.cap)).await;
            let told = match cap {
                Some(Cap::Inherit) => Some(None),
                Some(cap) => grant(Some(cap)),
                None => None,
            };
            return (sent, told);
        };
        if let (Place::Group { scim: true, .. }, true) = (object, step.change.kind != Kind::GrantUpdate) {
            return (Sent::no("a directory keeps the members of this group: change them there"), None);
        }
        match (step.change.kind, wanted(step.change)) {
            (Kind::GrantRevoke, _) | (_, None) => {
                let sent = self.membership(|| self.api.leave(place, &step.user)).await;
                let gone = sent.said == Said::Yes;
                if !gone || step.own.is_none() || self.is_decided_elsewhere(step.change) {
                    return (sent, gone.then_some(None));
                }
                // Outside the group, the cap that was theirs here would go on to let them draw.
                let (cleared, _) = self.cap(step, Some(Cap::Inherit)).await;
                if cleared.said == Said::Yes { (cleared, Some(None)) } else { (cleared, None) }
            }
            (kind, Some(wanted)) => {
                // The cap first, so that nobody draws without it for a moment.
                let before = step.own.as_ref().map_or(Some(Cap::Inherit), |row| row.cap);
                let changes = wanted.cap.is_some() && wanted.cap != before;
                let (mut sent, mut cap) = (None, before);
                if changes {
                    let (put, told) = self.cap(step, wanted.cap).await;
                    if put.said != Said::Yes || told.is_none() {
                        return (put, None);
                    }
                    (sent, cap) = (Some(put), told);
                }
                if kind == Kind::GrantAdd {
                    sent = Some(self.membership(|| self.api.join(place, &step.user)).await);
                }
                let told = if self.api.flavor == Flavor::Console { grant(None) } else { grant(cap) };
                (sent.unwrap_or_else(|| Sent::no("there is nothing to send")), told)
            }
        }
    }

    /// Whether another pool of the files decides over somebody's cap: it grants them something today, or it is the
    /// organization's, which has a say on everybody.
    fn is_decided_elsewhere(&self, change: &Change) -> bool {
        if self.scope.pools.values().any(object::is_whole) {
            return true;
        }
        let Some(Subject::Member(member)) = &change.subject else { return false };
        let others = self.scope.named.iter().filter(|(pool, _)| **pool != change.pool);
        others.into_iter().any(|(_, named)| named.get(member) == Some(&true))
    }

    /// A change of a membership, again while somebody else changes another: then nothing was carried out.
    async fn membership<F>(&self, call: impl Fn() -> F) -> Sent
    where
        F: Future<Output = Result<crate::centers::client::Reply, HttpError>>,
    {
        let mut tries = 1;
        loop {
            let answer = call().await;
            let busy = matches!(&answer, Err(HttpError { reach: Reach::Answered(409), .. }));
            if !busy || tries >= TRIES {
                return Sent::from(&answer);
            }
            tries += 1;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Sets or clears a person's own row. Also the cap as the answer tells it.
    async fn cap(&self, step: &Step<'_>, cap: Option<Cap>) -> (Sent, Option<Cap>) {
        let scope = json!({ "type": "user", "user_id": step.user });
        let is_theirs =
            |limit: &SpendLimit| limit.scope.kind == "user" && limit.scope.user_id.as_deref() == Some(&step.user);
        self.row(scope, step.own.as_ref(), cap, step.period, is_theirs).await
    }

    /// Sets a row, or clears it by its own id, which is never a parent's.
    async fn row(
        &self,
        scope: Value,
        own: Option<&Row>,
        cap: Option<Cap>,
        period: Period,
        is_it: impl Fn(&SpendLimit) -> bool,
    ) -> (Sent, Option<Cap>) {
        let amount = match cap {
            None => return (Sent::no("there is nothing to send"), None),
            Some(Cap::Inherit) => {
                let Some(row) = own else { return (Sent::no("there is no limit of their own to clear"), None) };
                let answer = self.api.clear(&row.id).await;
                let sent = Sent::from(&answer);
                let told = (sent.said == Said::Yes).then_some(Cap::Inherit);
                return (sent, told);
            }
            Some(Cap::Unlimited) => None,
            Some(Cap::Amount(amount)) => {
                if let Some(row) = own.filter(|row| row.currency != amount.unit().to_string()) {
                    let why = format!("the account bills in {}, and the file counts {}", row.currency, amount.unit());
                    return (Sent::no(why), None);
                }
                match money::minor(amount) {
                    Some(minor) => Some(minor),
                    None => return (Sent::no(format!("{amount} has no whole number of minor units")), None),
                }
            }
        };
        let answer = self.api.set(scope, amount.as_deref(), period.as_str()).await;
        let told = answer.as_ref().ok().and_then(|reply| reply.json::<SpendLimit>().ok());
        let told = told.filter(|limit| is_it(limit) && limit.period == period.as_str());
        let told = told.and_then(|limit| map::cap(limit.amount.as_deref(), &limit.currency));
        (Sent::from(&answer), told)
    }

    /// Changes of a budget, of a group's default and of the rule for others: one row each.
    async fn rows(&self, changes: &[Change], object: &Place, period: Period) -> Vec<Written> {
        let scope = match object {
            Place::Organization => json!({ "type": "organization" }),
            Place::Group { id, .. } => json!({ "type": "rbac_group", "rbac_group_id": id }),
            Place::Workspace { id } => json!({ "type": "workspace", "workspace_id": id }),
        };
        let mut written = Vec::new();
        for change in changes {
            let before = match self.here.row(&self.api, object, period).await {
                Ok(row) => row,
                Err(error) => {
                    written.push(Written::because(Verdict::Failed, error.to_string()));
                    continue;
                }
            };
            let now = shown(change, before.as_ref());
            let holds = standing(change, now.as_ref(), false);
            if holds != Standing::Holds {
                let already = holds == Standing::Already;
                written.push(if already { Written::plain(Verdict::Already) } else { moved(change, now.as_ref()) });
                continue;
            }
            let is_it = |limit: &SpendLimit| object::is_of(object, &limit.scope);
            let unit = self.scope.units.get(&change.pool).copied().unwrap_or(Unit::USD);
            let (sent, told) = self.row(scope.clone(), before.as_ref(), asked(change, unit), period, is_it).await;
            let told = told.map(|cap| Row { id: String::new(), cap: Some(cap), currency: String::new() });
            let told = told.filter(|_| sent.said == Said::Yes);
            let after = match told {
                Some(row) => Ok(Some(row).filter(|row| row.cap != Some(Cap::Inherit))),
                None if sent.is_idle() => Ok(before),
                None => self.here.row(&self.api, object, period).await,
            };
            let after = after.map(|row| shown(change, row.as_ref()));
            written.push(settle(change, &sent, after.as_ref().map(Option::as_ref)));
        }
        written
    }
}

/// The grant that a change asks for.
fn wanted(change: &Change) -> Option<Grant> {
    match &change.after {
        Some(Object::Grant(grant)) => Some(*grant),
        _ => None,
    }
}

/// What a change of a row asks for, as the cap that it is on the wire.
fn asked(change: &Change, unit: Unit) -> Option<Cap> {
    match change.after.as_ref()? {
        Object::Others(Others::Blocked) => Some(Cap::Amount(Amount::zero(unit))),
        Object::Others(Others::Cap(cap)) => Some(*cap),
        Object::Pool(pool) if change.fields.contains(&"default_cap") => pool.default_cap,
        Object::Pool(pool) => match pool.budget.limit? {
            Limit::Amount(amount) => Some(Cap::Amount(amount)),
            Limit::None => Some(Cap::Inherit),
        },
        Object::Grant(_) | Object::Alert(..) => None,
    }
}

/// The object of a change of a row, as that row shows it.
fn shown(change: &Change, row: Option<&Row>) -> Option<Object> {
    let cap = row.map_or(Some(Cap::Inherit), |row| row.cap);
    match change.before.as_ref()? {
        Object::Others(_) => cap.map(|cap| Object::Others(map::others(cap))),
        Object::Pool(before) => {
            let mut now: PoolObject = (**before).clone();
            if change.fields.contains(&"default_cap") {
                now.default_cap = cap;
            } else {
                now.budget.limit = match cap {
                    Some(Cap::Amount(amount)) => Some(Limit::Amount(amount)),
                    Some(Cap::Unlimited | Cap::Inherit) => Some(Limit::None),
                    None => None,
                };
            }
            Some(Object::Pool(Box::new(now)))
        }
        Object::Grant(_) | Object::Alert(..) => None,
    }
}

/// The outcome for somebody whom the organization does not know.
fn nobody(flavor: Flavor, subject: &Subject) -> Written {
    let what = match flavor {
        Flavor::Gateway => "nothing says by which `sub` the identity provider knows",
        _ => "nobody of the organization has the e-mail address of",
    };
    Written::because(Verdict::Failed, format!("{what} {}", subject.name()))
}
