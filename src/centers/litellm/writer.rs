//! Writing to a LiteLLM: one fresh read per batch, the calls, and one read back that decides what became of each change.

use async_trait::async_trait;
use serde_json::Value;

use crate::centers::client::{HttpError, Reach};
use crate::centers::{CenterError, Verdict, Writer, Written};
use crate::model::{Cap, CenterSettings, Grant, Scope};
use crate::plan::{Change, Kind, Object};

use super::api::Api;
use super::check::{Said, Sent, Standing, moved, name, settle, standing};
use super::map::{Seen, seen};
use super::members::{self, ADD_ROWS, Step};
use super::wire::{BulkAnswer, Team};
use super::{fit, ignored, teams};

/// A LiteLLM proxy, for writing.
#[derive(Debug)]
pub struct LitellmWriter {
    api: Api,
    scope: Scope,
    ignored: Vec<String>,
}

/// Whether a team's id can stand in the path of the calls that change it. LiteLLM finds no team with a slash there.
pub(super) fn can_be_named(team: &str) -> bool {
    !matches!(team, "" | "." | "..") && !team.chars().any(|c| c == '/' || c.is_control())
}

/// One outcome per change, as they come in.
struct Outcomes<'a> {
    changes: &'a [Change],
    written: Vec<Option<Written>>,
}

impl<'a> Outcomes<'a> {
    fn new(changes: &'a [Change]) -> Self {
        Self { changes, written: vec![None; changes.len()] }
    }

    /// Which changes still hold by a fresh read; the others have their outcome.
    fn holding(&mut self, seen: Option<&Seen>) -> Vec<usize> {
        let mut holding = Vec::new();
        for (row, change) in self.changes.iter().enumerate() {
            match standing(change, seen) {
                Standing::Holds => holding.push(row),
                Standing::Already => self.written[row] = Some(Written::plain(Verdict::Already)),
                Standing::Moved(now) => self.written[row] = Some(moved(change, &now)),
            }
        }
        holding
    }

    fn settle(&mut self, sent: &[(usize, Sent)], after: &Result<Option<Seen>, CenterError>) {
        for (row, sent) in sent {
            let after = after.as_ref().map(Option::as_ref);
            self.written[*row] = Some(settle(&self.changes[*row], sent, after));
        }
    }

    /// Every outcome; a change without one was not sent, and `why` says why.
    fn done(self, why: &str) -> Vec<Written> {
        self.written
            .into_iter()
            .map(|written| written.unwrap_or_else(|| Written::because(Verdict::Failed, why)))
            .collect()
    }
}

#[async_trait]
impl Writer for LitellmWriter {
    async fn write(&self, changes: &[Change]) -> Vec<Written> {
        let outcomes = Outcomes::new(changes);
        let Some(first) = changes.first() else { return Vec::new() };
        let team = fit::team(&first.pool, &first.target).to_owned();
        if !can_be_named(&team) {
            return outcomes.done("the team's id cannot stand in a URL path");
        }
        match first.kind {
            Kind::PoolCreate => self.create(&team, first, outcomes).await,
            Kind::PoolUpdate | Kind::AlertAdd | Kind::AlertUpdate | Kind::AlertRemove => {
                self.update(&team, outcomes).await
            }
            Kind::PoolDelete => self.delete(&team, outcomes).await,
            Kind::GrantAdd | Kind::GrantUpdate | Kind::GrantRevoke => self.grants(&team, outcomes).await,
            Kind::OthersUpdate => outcomes.done("LiteLLM keeps no setting for others"),
        }
    }
}

impl LitellmWriter {
    /// A writer to the proxy that the settings name. Reads the token, sends nothing.
    pub fn new(settings: &CenterSettings, scope: &Scope) -> Result<Self, CenterError> {
        Ok(Self { api: Api::new(settings)?, scope: scope.clone(), ignored: ignored(settings) })
    }

    async fn seen(&self, team: &str) -> Result<Option<Seen>, CenterError> {
        Ok(self.api.team(team).await?.map(|info| seen(&info, &self.scope.roster, &self.ignored)))
    }

    /// Makes a team with its alert, and takes out whom LiteLLM put in: the caller.
    async fn create(&self, team: &str, pool: &Change, mut outcomes: Outcomes<'_>) -> Vec<Written> {
        let alerts: Vec<&Change> = outcomes.changes.iter().skip(1).collect();
        let body = match teams::create(team, pool, &alerts) {
            Ok(body) => body,
            Err(why) => return outcomes.done(&why),
        };
        let answer = self.api.create(body).await;
        let mut sent = Sent::from(&answer);
        if let Ok(reply) = &answer
            && let Ok(made) = reply.json::<Team>()
        {
            for caller in made.members_with_roles.iter().filter_map(|member| member.user_id.as_deref()) {
                // Whoever stays is seen by the read back, and by the next plan.
                if let Err(error) = self.api.remove(team, caller).await {
                    sent.request_id = error.request_id.or(sent.request_id);
                }
            }
        }
        let after = self.seen(team).await;
        let taken = matches!(&answer, Err(HttpError { reach: Reach::Answered(400), .. }));
        if let (true, Ok(Some(there))) = (taken, &after) {
            // The id was taken between the plan and now: nothing was written.
            outcomes.holding(Some(there));
            return outcomes.done("a team of that id is there already");
        }
        let all: Vec<(usize, Sent)> = (0..outcomes.changes.len()).map(|row| (row, sent.clone())).collect();
        outcomes.settle(&all, &after);
        outcomes.done("not sent")
    }

    async fn update(&self, team: &str, mut outcomes: Outcomes<'_>) -> Vec<Written> {
        let before = match self.seen(team).await {
            Ok(before) => before,
            Err(error) => return outcomes.done(&error.to_string()),
        };
        let rows = outcomes.holding(before.as_ref());
        let (Some(before), false) = (&before, rows.is_empty()) else { return outcomes.done("there is no such team") };
        let holding: Vec<&Change> = rows.iter().map(|row| &outcomes.changes[*row]).collect();
        let body = match teams::update(&holding, before) {
            Ok(body) => body,
            Err(why) => return outcomes.done(&why),
        };
        let sent = Sent::from(&self.api.patch(team, body).await);
        let sent: Vec<(usize, Sent)> = rows.into_iter().map(|row| (row, sent.clone())).collect();
        outcomes.settle(&sent, &self.seen(team).await);
        outcomes.done("not sent")
    }

    async fn delete(&self, team: &str, mut outcomes: Outcomes<'_>) -> Vec<Written> {
        let before = match self.seen(team).await {
            Ok(before) => before,
            Err(error) => return outcomes.done(&error.to_string()),
        };
        let rows = outcomes.holding(before.as_ref());
        if !rows.is_empty() {
            let sent = Sent::from(&self.api.delete(team).await);
            let sent: Vec<(usize, Sent)> = rows.into_iter().map(|row| (row, sent.clone())).collect();
            outcomes.settle(&sent, &self.seen(team).await);
        }
        outcomes.done("not sent")
    }

    async fn grants(&self, team: &str, mut outcomes: Outcomes<'_>) -> Vec<Written> {
        let before = match self.seen(team).await {
            Ok(before) => before,
            Err(error) => return outcomes.done(&error.to_string()),
        };
        let rows = outcomes.holding(before.as_ref());
        let Some(before) = &before else { return outcomes.done("there is no such team") };
        if rows.is_empty() {
            return outcomes.done("not sent");
        }
        let of =
            |kind: Kind| rows.iter().copied().filter(|row| outcomes.changes[*row].kind == kind).collect::<Vec<_>>();
        let mut sent = self.add(team, outcomes.changes, &of(Kind::GrantAdd), before).await;
        sent.extend(self.update_caps(team, outcomes.changes, &of(Kind::GrantUpdate), before).await);
        sent.extend(self.revoke(team, outcomes.changes, &of(Kind::GrantRevoke), before).await);
        outcomes.settle(&sent, &self.seen(team).await);
        outcomes.done("not sent")
    }

    async fn add(&self, team: &str, changes: &[Change], rows: &[usize], seen: &Seen) -> Vec<(usize, Sent)> {
        let mut sent = Vec::new();
        let mut people = Vec::new();
        for &row in rows {
            let subject = changes[row].subject.as_ref();
            match subject.and_then(|subject| self.scope.roster.identity(subject)) {
                Some(identity) => people.push((row, members::who(identity), wanted(&changes[row]))),
                None => sent.push((row, Sent::no(format!("there is no e-mail address of {}", name(subject))))),
            }
        }
        let steps = members::steps(people.iter().map(|(_, _, grant)| grant));
        let mut said: Vec<Option<Sent>> = vec![None; people.len()];
        for step in &steps.adds {
            // Halved until only those fail who cannot be added: one call adds all of its people or nobody.
            let mut waiting: Vec<(&[usize], Option<String>)> =
                step.rows.chunks(ADD_ROWS).rev().map(|rows| (rows, None)).collect();
            while let Some((some, doubt)) = waiting.pop() {
                let names: Vec<(&'static str, String)> = some.iter().map(|&at| people[at].1.clone()).collect();
                let (answer, divisible) = self.add_some(team, &names, step, seen).await;
                let answer = answer.after(doubt.as_deref());
                if divisible && some.len() > 1 {
                    // Who was added by what seemed to fail is now refused as being there.
                    let doubt = match answer.said {
                        Said::Fault(why) => Some(why),
                        _ => None,
                    };
                    let (left, right) = some.split_at(some.len() / 2);
                    waiting.extend([(right, doubt.clone()), (left, doubt)]);
                } else {
                    for &at in some {
                        said[at] = Some(answer.clone());
                    }
                }
            }
        }
        let then: Vec<usize> = steps
            .then
            .into_iter()
            .filter(|&at| matches!(&said[at], Some(Sent { said: Said::Yes, .. })))
            .collect();
        let later = self
            .set(
                team,
                then.iter()
                    .map(|&at| (at, members::cap(people[at].1.clone(), &people[at].2, None, seen)))
                    .collect(),
            )
            .await;
        for (at, answer) in later {
            said[at] = Some(answer);
        }
        sent.extend(people.iter().zip(said).filter_map(|((row, _, _), said)| said.map(|said| (*row, said))));
        sent
    }

    /// Adds people with one cap. Also says whether fewer people at once may fare better.
    async fn add_some(&self, team: &str, people: &[(&'static str, String)], step: &Step, seen: &Seen) -> (Sent, bool) {
        let body = match members::add(team, people, step, seen) {
            Ok(body) => body,
            Err(why) => return (Sent::no(why), false),
        };
        let answer = self.api.add(body).await;
        let divisible = matches!(&answer, Err(HttpError { reach: Reach::Answered(400 | 422 | 500), .. }));
        (Sent::from(&answer), divisible)
    }

    async fn update_caps(&self, team: &str, changes: &[Change], rows: &[usize], seen: &Seen) -> Vec<(usize, Sent)> {
        let mut bodies = Vec::new();
        let mut clears = false;
        for &row in rows {
            let grant = wanted(&changes[row]);
            let seat = changes[row].subject.as_ref().and_then(|subject| seen.people.get(subject));
            let who = seat.and_then(members::seated).ok_or_else(|| "nothing names them in the team".to_owned());
            clears |= grant.cap == Some(Cap::Inherit);
            bodies.push((row, who.and_then(|who| members::cap(who, &grant, seat, seen))));
        }
        let mut sent = self.set(team, bodies).await;
        if clears
            && let Some(body) = members::relink(seen)
            && let Err(error) = self.api.patch(team, body).await
        {
            // The caps are cleared; what failed is the link that lets the spend start again.
            for (_, sent) in sent.iter_mut().filter(|(row, _)| wanted(&changes[*row]).cap == Some(Cap::Inherit)) {
                *sent = Sent::from(&error);
            }
        }
        sent
    }

    /// Sends rows of caps. A row that could not be made is not sent.
    async fn set(&self, team: &str, rows: Vec<(usize, Result<Value, String>)>) -> Vec<(usize, Sent)> {
        let (mut sent, mut at, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
        for (row, body) in rows {
            match body {
                Ok(body) => {
                    at.push(row);
                    bodies.push(body);
                }
                Err(why) => sent.push((row, Sent::no(why))),
            }
        }
        if !bodies.is_empty() {
            let answer = self.api.set_caps(team, bodies).await;
            sent.extend(by_row(&at, answer));
        }
        sent
    }

    async fn revoke(&self, team: &str, changes: &[Change], rows: &[usize], seen: &Seen) -> Vec<(usize, Sent)> {
        let (at, bodies): (Vec<usize>, Vec<Value>) = rows
            .iter()
            .filter_map(|&row| {
                let seat = seen.people.get(changes[row].subject.as_ref()?)?;
                Some((row, members::leave(members::seated(seat)?)))
            })
            .unzip();
        if bodies.is_empty() {
            return Vec::new();
        }
        by_row(&at, self.api.remove_all(team, bodies).await)
    }
}

/// The grant that a change asks for.
fn wanted(change: &Change) -> Grant {
    match &change.after {
        Some(Object::Grant(grant)) => *grant,
        _ => Grant::default(),
    }
}

/// What was said to each row of a bulk call, which answers in their order.
fn by_row(rows: &[usize], answer: Result<crate::centers::client::Reply, HttpError>) -> Vec<(usize, Sent)> {
    let whole = Sent::from(&answer);
    let parts = answer.ok().and_then(|reply| reply.json::<BulkAnswer>().ok());
    rows.iter()
        .enumerate()
        .map(|(place, &row)| {
            let refused = parts
                .as_ref()
                .and_then(|parts| parts.data.get(place))
                .filter(|part| !part.success)
                .map(|part| Said::No(part.error.clone().unwrap_or_else(|| "no reason given".to_owned())));
            let sent = whole.clone();
            (row, Sent { said: refused.unwrap_or(sent.said), request_id: sent.request_id })
        })
        .collect()
}
