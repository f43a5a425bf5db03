//! Writing to a center over HTTP. Every write has a condition, so that it changes only what the plan saw, and a key, so
//! that sent twice it is made once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::centers::client::{HttpError, Reach, Reply};
use crate::centers::embedded::{pool_name, whole_pool};
use crate::centers::{CenterError, Verdict, Writer, Written};
use crate::model::{CenterSettings, Grant, Subject};
use crate::plan::{Change, Kind, Object};

use super::api::Api;
use super::map;
use super::map::{Seen, Standing, grant_standing, grant_words, right_of, standing};
use super::wire::{BatchAnswer, PoolWire, RowAnswer, RowWire};

/// How often a pool is looked at again that others change meanwhile.
const TRIES: usize = 4;

/// A center over HTTP, for writing.
#[derive(Debug)]
pub struct HttpWriter {
    api: Api,
    /// Pools as this writer's own last write left them, by name. A write on the strength of one is conditional on its
    /// version, so that nothing is overwritten that came between.
    known: Mutex<BTreeMap<String, Seen>>,
}

impl HttpWriter {
    /// A writer to the center that the settings name. Reads the token, sends nothing.
    pub fn new(settings: &CenterSettings) -> Result<Self, CenterError> {
        Ok(Self { api: Api::new(settings)?, known: Mutex::default() })
    }
}

#[async_trait]
impl Writer for HttpWriter {
    async fn write(&self, changes: &[Change]) -> Vec<Written> {
        let Some(first) = changes.first() else { return Vec::new() };
        let name = pool_name(&first.target, &first.pool);
        match first.kind {
            Kind::PoolCreate => self.each(name, changes, Self::create).await,
            Kind::PoolDelete => self.each(name, changes, Self::delete).await,
            Kind::GrantAdd | Kind::GrantUpdate | Kind::GrantRevoke => self.grants(name, changes).await,
            Kind::PoolUpdate | Kind::OthersUpdate | Kind::AlertAdd | Kind::AlertUpdate | Kind::AlertRemove => {
                self.edit(name, changes).await
            }
        }
    }
}

fn all(changes: &[Change], written: &Written) -> Vec<Written> {
    vec![written.clone(); changes.len()]
}

fn moved(now: &str) -> Written {
    Written::because(Verdict::Refused, format!("changed since the plan: {now}"))
}

fn failed(error: &HttpError) -> Written {
    Written { verdict: Verdict::Failed, message: Some(error.error.to_string()), request_id: error.request_id.clone() }
}

/// Whether nobody knows what became of a request.
fn is_open(error: &HttpError) -> bool {
    matches!(error.reach, Reach::NoAnswer | Reach::Answered(500..))
}

/// What became of a write without an answer, by what is there now.
fn settle(error: &HttpError, now: Result<bool, &CenterError>) -> Written {
    let (verdict, message) = match now {
        Ok(true) => (Verdict::Applied, format!("read back, it is so; before that: {}", error.error)),
        Ok(false) => (Verdict::Unknown, format!("{}; read back, it is not so yet", error.error)),
        Err(other) => (Verdict::Unknown, format!("{}; it could not be read back: {other}", error.error)),
    };
    Written { verdict, message: Some(message), request_id: error.request_id.clone() }
}

impl HttpWriter {
    /// Takes a pool as the last write left it, if there was one.
    fn recall(&self, name: &str) -> Option<Seen> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(name)
    }

    /// Keeps a pool as a write left it: the answer shows it. An answer that does not is no trouble, only a read more.
    fn remember(&self, name: &str, reply: &Reply) {
        if let Ok(pool) = reply.json::<PoolWire>() {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(name.to_owned(), pool.into());
        }
    }

    /// Makes changes of which each is a request of its own.
    async fn each<'a, F>(
        &'a self,
        name: &'a str,
        changes: &'a [Change],
        make: impl Fn(&'a Self, &'a str, &'a Change) -> F,
    ) -> Vec<Written>
    where
        F: Future<Output = Written>,
    {
        let mut written = Vec::with_capacity(changes.len());
        for change in changes {
            written.push(make(self, name, change).await);
        }
        written
    }

    async fn create(&self, name: &str, change: &Change) -> Written {
        let Some(Object::Pool(pool)) = &change.after else {
            return Written::because(Verdict::Failed, "there is nothing to make");
        };
        let pool = Seen::new(name, whole_pool(name, pool));
        let error = match self.api.put_pool(&pool).await {
            Ok(reply) => {
                self.remember(name, &reply);
                return Written { request_id: reply.request_id, ..Written::plain(Verdict::Applied) };
            }
            Err(error) => error,
        };
        if !is_open(&error) && error.reach != Reach::Answered(412) {
            return failed(&error);
        }
        let now = self.api.pool(name).await;
        if is_open(&error) {
            return settle(&error, now.as_ref().map(|now| standing(change, name, now.as_ref()) == Standing::Already));
        }
        match now.map(|now| standing(change, name, now.as_ref())) {
            Ok(Standing::Already) => Written::plain(Verdict::Already),
            Ok(Standing::Moved(now)) => moved(&now),
            // It was there for a moment.
            Ok(Standing::Holds) => failed(&error),
            Err(other) => Written::because(Verdict::Failed, other.to_string()),
        }
    }

    async fn delete(&self, name: &str, change: &Change) -> Written {
        let refused = |error: CenterError| Written::because(Verdict::Failed, error.to_string());
        let seen = match self.api.pool(name).await {
            Ok(seen) => seen,
            Err(error) => return refused(error),
        };
        let pool = match (standing(change, name, seen.as_ref()), seen) {
            (Standing::Already, _) | (_, None) => return Written::plain(Verdict::Already),
            (Standing::Moved(now), _) => return moved(&now),
            (Standing::Holds, Some(pool)) => pool,
        };
        // Deleting takes the right from everybody in the pool: it shall be the people whom the plan named.
        let grants = match self.api.grants(name).await {
            Ok(grants) => grants,
            Err(error) => return refused(error),
        };
        let named: BTreeSet<String> = change.people.iter().map(|subject| subject.name().to_ascii_lowercase()).collect();
        let others = "other people have grants in the pool";
        if !grants.keys().all(|member| named.contains(&member.to_ascii_lowercase())) {
            return moved(others);
        }
        let error = match self.api.delete_pool(&pool, grants.len()).await {
            Ok(reply) => return Written { request_id: reply.request_id, ..Written::plain(Verdict::Applied) },
            Err(error) => error,
        };
        match error.reach {
            Reach::Answered(404) => Written::plain(Verdict::Already),
            Reach::Answered(409) => moved(others),
            Reach::Answered(412) => moved("the pool was changed"),
            _ if is_open(&error) => {
                let now = self.api.pool(name).await;
                settle(&error, now.as_ref().map(Option::is_none))
            }
            _ => failed(&error),
        }
    }

    /// Changes a pool, what holds for others, or alerts: the pool is read, changed and written whole, in the version
    /// that was read.
    async fn edit(&self, name: &str, changes: &[Change]) -> Vec<Written> {
        let mut written: Vec<Option<Written>> = vec![None; changes.len()];
        // What is known from before is good enough to write by, for the version is checked, and for nothing else.
        let mut known = self
            .recall(name)
            .filter(|pool| changes.iter().all(|change| standing(change, name, Some(pool)) == Standing::Holds));
        for _ in 0..TRIES {
            let pool = match known.take() {
                Some(pool) => Ok(Some(pool)),
                None => self.api.pool(name).await,
            };
            let mut pool = match pool {
                Ok(Some(pool)) => pool,
                Ok(None) => return without_pool(name, changes, written),
                Err(error) => return rest(written, &Written::because(Verdict::Failed, error.to_string())),
            };
            let mut holding = Vec::new();
            for (row, change) in changes.iter().enumerate() {
                if written[row].is_some() {
                    continue;
                }
                match standing(change, name, Some(&pool)) {
                    Standing::Holds => holding.push(row),
                    Standing::Already => written[row] = Some(Written::plain(Verdict::Already)),
                    Standing::Moved(now) => written[row] = Some(moved(&now)),
                }
            }
            if holding.is_empty() {
                break;
            }
            for row in &holding {
                pool.make(&changes[*row]);
            }
            match self.api.put_pool(&pool).await {
                Ok(reply) => {
                    self.remember(name, &reply);
                    let applied = Written { request_id: reply.request_id, ..Written::plain(Verdict::Applied) };
                    return rest(written, &applied);
                }
                // Somebody changed something else of the pool meanwhile, perhaps: look again.
                Err(HttpError { reach: Reach::Answered(412), .. }) => {}
                Err(error) if is_open(&error) => {
                    let now = self.api.pool(name).await;
                    for row in holding {
                        let now =
                            now.as_ref().map(|now| standing(&changes[row], name, now.as_ref()) == Standing::Already);
                        written[row] = Some(settle(&error, now));
                    }
                    break;
                }
                Err(error) => return rest(written, &failed(&error)),
            }
        }
        rest(written, &Written::because(Verdict::Failed, "others keep changing the pool; nothing was written"))
    }

    async fn grants(&self, name: &str, changes: &[Change]) -> Vec<Written> {
        let people: Vec<&str> =
            changes.iter().map(|change| change.subject.as_ref().map_or("", Subject::name)).collect();
        let rows: Vec<RowWire<'_>> = changes
            .iter()
            .zip(&people)
            .map(|(change, member)| RowWire {
                member,
                expect: right_of(change.before.as_ref()),
                set: right_of(change.after.as_ref()),
            })
            .collect();
        let error = match self.api.batch(name, &rows).await {
            Ok(reply) => match reply.json::<BatchAnswer>() {
                Ok(answer) if answer.results.len() == changes.len() => {
                    let rows = changes.iter().zip(answer.results);
                    return rows
                        .map(|(change, row)| Written { request_id: reply.request_id.clone(), ..by_row(change, row) })
                        .collect();
                }
                other => {
                    let why = other.err().unwrap_or_else(|| "it has not one result per row".to_owned());
                    let message = format!("the center's answer to the batch cannot be read: {why}");
                    return all(changes, &Written::because(Verdict::Unknown, message));
                }
            },
            Err(error) => error,
        };
        if error.reach == Reach::Answered(404) {
            return without_pool(name, changes, vec![None; changes.len()]);
        }
        if !is_open(&error) {
            return all(changes, &failed(&error));
        }
        let now = self.api.grants(name).await.map(|grants| {
            grants
                .into_iter()
                .map(|(member, grant)| (member.to_ascii_lowercase(), grant))
                .collect::<BTreeMap<String, Grant>>()
        });
        let is_so = |change: &Change, member: &str, grants: &BTreeMap<String, Grant>| {
            grant_standing(change, grants.get(&member.to_ascii_lowercase()).copied()) == Standing::Already
        };
        changes
            .iter()
            .zip(people)
            .map(|(change, member)| settle(&error, now.as_ref().map(|grants| is_so(change, member, grants))))
            .collect()
    }
}

/// What became of one row of a batch.
fn by_row(change: &Change, row: RowAnswer) -> Written {
    match (row.outcome.as_str(), row.grant) {
        ("applied", _) => Written::plain(Verdict::Applied),
        ("already", _) => Written::plain(Verdict::Already),
        ("refused", None) => moved("it is gone"),
        ("refused", Some(now)) => moved(&grant_words(change, map::grant(now.right))),
        (other, _) => {
            let why = row.detail.unwrap_or_else(|| format!("the center says `{}`", other.escape_debug()));
            Written::because(Verdict::Failed, why)
        }
    }
}

/// What becomes of changes whose pool is not there: what shall go is gone.
fn without_pool(name: &str, changes: &[Change], written: Vec<Option<Written>>) -> Vec<Written> {
    let outcome = |change: &Change| match change.kind {
        Kind::GrantRevoke | Kind::AlertRemove => Written::plain(Verdict::Already),
        Kind::PoolUpdate => moved("it is gone"),
        _ => Written::because(Verdict::Failed, format!("the center has no pool `{name}`")),
    };
    let rows = changes.iter().zip(written);
    rows.map(|(change, written)| written.unwrap_or_else(|| outcome(change))).collect()
}

fn rest(written: Vec<Option<Written>>, others: &Written) -> Vec<Written> {
    written.into_iter().map(|written| written.unwrap_or_else(|| others.clone())).collect()
}
