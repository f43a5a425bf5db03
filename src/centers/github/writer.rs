//! Writing to GitHub: one fresh read per batch, the calls, and what their answers tell. Where that does not show every
//! change of the batch made, one read back decides what became of each. Nothing of which nobody knows whether it was
//! carried out is sent again.

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::centers::settle::{Said, Sent, Standing};
use crate::centers::{CenterError, Verdict, Writer, Written};
use crate::model::{CenterSettings, INCLUDED_USAGE, Pool, Scope, Subject, Target, Unit};
use crate::plan::{Change, Kind};

use super::COST_CENTER;
use super::api::{Account, Api};
use super::budgets::Budgets;
use super::check::{moved, settle, standing};
use super::live::{Live, Of};
use super::map;

/// A GitHub account, for writing.
#[derive(Debug)]
pub struct GithubWriter {
    pub(super) api: Api,
    pub(super) scope: Scope,
    /// Logins in lower case that are left alone.
    ignored: BTreeSet<String>,
}

/// A batch of changes of one pool, with their outcomes as they come in.
pub(super) struct Batch<'a> {
    pub(super) writer: &'a GithubWriter,
    pub(super) changes: &'a [Change],
    pub(super) target: &'a Target,
    pub(super) unit: Unit,
    pub(super) live: Live,
    written: Vec<Option<Written>>,
}

#[async_trait]
impl Writer for GithubWriter {
    async fn write(&self, changes: &[Change]) -> Vec<Written> {
        let Some(first) = changes.first() else { return Vec::new() };
        let unit = self.scope.units.get(&first.pool).copied().unwrap_or(Unit::USD);
        let live = match self.fresh(first.kind, &first.target, changes).await {
            Ok(live) => live,
            Err(error) => return all(changes, &error.to_string()),
        };
        let mut batch =
            Batch { writer: self, changes, target: &first.target, unit, live, written: vec![None; changes.len()] };
        let rows = batch.holding();
        if rows.is_empty() {
            return batch.done("not sent");
        }
        let sent = match first.kind {
            Kind::PoolCreate => batch.create(&rows).await,
            Kind::PoolDelete => batch.delete(&rows).await,
            Kind::PoolUpdate | Kind::AlertAdd | Kind::AlertUpdate | Kind::AlertRemove => batch.update(&rows).await,
            Kind::OthersUpdate => batch.others(&rows).await,
            Kind::GrantAdd => batch.add(&rows).await,
            Kind::GrantUpdate => batch.caps(&rows).await,
            Kind::GrantRevoke => batch.revoke(&rows).await,
        };
        batch.settle(&sent).await;
        batch.done("not sent")
    }
}

/// One outcome for all: nothing was sent.
fn all(changes: &[Change], why: &str) -> Vec<Written> {
    changes.iter().map(|_| Written::because(Verdict::Failed, why)).collect()
}

impl GithubWriter {
    /// A writer to the account that the settings name. Reads the token, sends nothing.
    pub fn new(settings: &CenterSettings, scope: &Scope) -> Result<Self, CenterError> {
        Ok(Self { api: Api::new(settings)?, scope: scope.clone(), ignored: super::ignored(settings) })
    }

    /// What a batch has to know before it is sent, read now.
    async fn fresh(&self, kind: Kind, target: &Target, changes: &[Change]) -> Result<Live, CenterError> {
        let center = target.get(COST_CENTER);
        let mut live = match center {
            Some(_) => Live::with_centers(self.api.centers().await?),
            None => Live::default(),
        };
        let none = BTreeSet::new();
        match (kind, center) {
            // A new cost center has no budgets.
            (Kind::PoolCreate, _) => {}
            (Kind::OthersUpdate, _) => live.put(self.api.budgets(Some("multi_user_customer")).await?, &none),
            (Kind::GrantAdd | Kind::GrantUpdate | Kind::GrantRevoke, _) => {
                live.put(self.api.budgets(Some("user")).await?, &none);
                self.complete(&mut live, center, kind, changes).await?;
            }
            (_, None) => {
                let scope = match self.api.account() {
                    Account::Enterprise(_) => "enterprise",
                    Account::Organization(_) => "organization",
                };
                live.put(self.api.budgets(Some(scope)).await?, &none);
            }
            (_, Some(_)) => {
                let members = self.api.budgets(Some("multi_user_cost_center")).await?;
                let ids: BTreeSet<String> = members.iter().map(|row| row.id.clone()).collect();
                live.put(self.api.budgets(Some("cost_center")).await?, &ids);
                live.put(members, &ids);
            }
        }
        live.ignore(&self.ignored);
        Ok(live)
    }

    /// The list of cost centers may not show all people of one; where somebody is missed, that one is read whole.
    async fn complete(
        &self,
        live: &mut Live,
        center: Option<&str>,
        kind: Kind,
        changes: &[Change],
    ) -> Result<(), CenterError> {
        let Some(found) = center.and_then(|name| live.centers.get(name)) else { return Ok(()) };
        let missed = |change: &Change| {
            let login = change.subject.as_ref().and_then(|subject| self.scope.roster.identity(subject));
            login.is_none_or(|login| !found.users.contains_key(&login.to_ascii_lowercase()))
        };
        if kind != Kind::GrantAdd && changes.iter().any(missed) {
            let whole = self.api.center(&found.id).await?;
            live.centers.insert(whole.name.clone(), whole.into());
        }
        Ok(())
    }

    /// The login of a person.
    pub(super) fn login(&self, subject: Option<&Subject>) -> Option<String> {
        self.scope.roster.identity(subject?).map(str::to_owned)
    }

    /// Whether another pool of the files grants somebody something: then their own budget is that pool's matter too.
    pub(super) fn granted_elsewhere(&self, change: &Change) -> bool {
        let Some(Subject::Member(member)) = &change.subject else { return false };
        let others = self.scope.named.iter().filter(|(pool, _)| **pool != change.pool);
        others.into_iter().any(|(_, named)| named.get(member) == Some(&true))
    }
}

impl Batch<'_> {
    /// The pool as it is known now.
    pub(super) fn pool(&self) -> Option<Pool> {
        map::pool(&self.live, self.target, self.unit, &self.writer.scope.roster)
    }

    /// The id of the cost center that the pool is.
    pub(super) fn center_id(&self) -> Option<String> {
        self.target
            .get(COST_CENTER)
            .and_then(|name| self.live.centers.get(name))
            .map(|center| center.id.clone())
    }

    /// Which changes still hold by a fresh read; the others have their outcome.
    fn holding(&mut self) -> Vec<usize> {
        let pool = self.pool();
        let mut holding = Vec::new();
        for (row, change) in self.changes.iter().enumerate() {
            self.written[row] = match standing(change, pool.as_ref()) {
                Standing::Already => Some(Written::plain(Verdict::Already)),
                Standing::Moved(now) => Some(moved(change, &now)),
                Standing::Holds => self.moved_on(change).map(|why| Written::because(Verdict::Refused, why)),
            };
            if self.written[row].is_none() {
                holding.push(row);
            }
        }
        holding
    }

    /// Why somebody may not be added who is in another cost center than the plan saw: GitHub would take them out of it
    /// without a word.
    fn moved_on(&self, change: &Change) -> Option<String> {
        if change.kind != Kind::GrantAdd || self.target.get(COST_CENTER).is_none() {
            return None;
        }
        let home = self.live.home(&self.writer.login(change.subject.as_ref())?)?;
        let seen = change.moves_from.as_ref().map(|from| from.name.as_str());
        (seen != Some(home.name.as_str())).then(|| {
            let was = seen.map_or("no cost center".to_owned(), |name| format!("cost center {name}"));
            format!(
                "changed since the plan: they were in {was}, they are in cost center {}, and joining would take them out \
                 of it",
                home.name
            )
        })
    }

    /// Settles what was sent: by what the answers told where that shows all of it, else by a read back.
    async fn settle(&mut self, sent: &[(usize, Sent)]) {
        let told = self.pool();
        let shown = |(row, sent): &(usize, Sent)| {
            sent.said == Said::Yes && standing(&self.changes[*row], told.as_ref()) == Standing::Already
        };
        let after = if sent.iter().all(shown) {
            Ok(told)
        } else {
            let kind = self.changes.first().map_or(Kind::PoolUpdate, |change| match change.kind {
                // What was made is looked at with everything that it has by now.
                Kind::PoolCreate => Kind::PoolUpdate,
                kind => kind,
            });
            let fresh = self.writer.fresh(kind, self.target, self.changes).await;
            fresh.map(|live| {
                self.live = live;
                self.pool()
            })
        };
        for (row, sent) in sent {
            let after = after.as_ref().map(Option::as_ref);
            self.written[*row] = Some(settle(&self.changes[*row], sent, after));
        }
    }

    /// Every outcome; a change without one was not sent, and `why` says why.
    fn done(self, why: &str) -> Vec<Written> {
        let failed = || Written::because(Verdict::Failed, why);
        self.written.into_iter().map(|written| written.unwrap_or_else(failed)).collect()
    }

    /// Makes a cost center with its budgets.
    async fn create(&mut self, rows: &[usize]) -> Vec<(usize, Sent)> {
        let everyone = |sent: Sent| rows.iter().map(|row| (*row, sent.clone())).collect();
        let Some(name) = self.target.get(COST_CENTER).map(str::to_owned) else {
            return everyone(Sent::no("the account itself cannot be made"));
        };
        let pool = self.target.get(INCLUDED_USAGE).map(|word| word == "true");
        let mut sent = match self.writer.api.create_center(&name, pool).await {
            Ok(reply) => {
                if let Ok(row) = reply.json::<super::wire::CostCenterRow>() {
                    self.live.centers.insert(row.name.clone(), row.into());
                }
                Sent::yes(&reply)
            }
            Err(error) => {
                let sent = Sent::from(&error);
                // Nobody knows whether it was made: the list does. A second one of the name cannot be.
                if let (Said::Unsure(_), Ok(rows)) = (&sent.said, self.writer.api.centers().await) {
                    self.live = Live::with_centers(rows);
                }
                sent
            }
        };
        if self.center_id().is_some() {
            sent.and(self.budgets(rows).await);
        }
        everyone(sent)
    }

    /// Changes the budgets of a pool, its alerts, and its share of the included credits.
    async fn update(&mut self, rows: &[usize]) -> Vec<(usize, Sent)> {
        let mut sent = Sent::default();
        let wanted = self.target.get(INCLUDED_USAGE).map(|word| word == "true");
        let sets = rows.iter().any(|row| self.changes[*row].fields.contains(&INCLUDED_USAGE));
        if let (Some(wanted), Some(id), true) = (wanted, self.center_id(), sets) {
            match self.writer.api.set_pool(&id, wanted).await {
                Ok(reply) => {
                    let name = self.target.get(COST_CENTER).unwrap_or_default();
                    if let Some(center) = self.live.centers.get_mut(name) {
                        center.pool = Some(wanted);
                    }
                    sent.and(Sent::yes(&reply));
                }
                Err(error) => sent.and(Sent::from(&error)),
            }
        }
        sent.and(self.budgets(rows).await);
        rows.iter().map(|row| (*row, sent.clone())).collect()
    }

    /// Archives a cost center, then lets its budgets go: as long as it is there, they hold.
    async fn delete(&mut self, rows: &[usize]) -> Vec<(usize, Sent)> {
        let Some(id) = self.center_id() else { return Vec::new() };
        let sent = match self.writer.api.archive(&id).await {
            Ok(true) => {
                let mut sent = Sent::default();
                for of in [Of::Center(id.clone()), Of::Members(id)] {
                    let cleared = Budgets::of(&self.writer.api, &mut self.live).clear(&of).await;
                    if let Said::No(why) | Said::Unsure(why) = cleared.said {
                        sent.note = Some(format!("it is archived, and a budget of it is left: {why}"));
                    }
                    sent.request_id = cleared.request_id.or(sent.request_id);
                }
                sent
            }
            Ok(false) => Sent::no("GitHub does not find it, or does not let the token delete it"),
            Err(error) => Sent::from(&error),
        };
        if sent.said == Said::Yes {
            self.live.centers.remove(self.target.get(COST_CENTER).unwrap_or_default());
        }
        rows.iter().map(|row| (*row, sent.clone())).collect()
    }
}
