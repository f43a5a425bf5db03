//! Writing to a LiteLLM: one fresh read per batch, the calls, and what their answers tell of the team. Where that does
//! not show every change of the batch made, one read back decides what became of each.

use async_trait::async_trait;
use serde_json::Value;

use crate::centers::client::{HttpError, Reach};
use crate::centers::settle::{Said, Sent, Standing, name};
use crate::centers::{CenterError, Verdict, Writer, Written};
use crate::model::{Cap, CenterSettings, Grant, Scope};
use crate::plan::{Change, Kind, Object};

use super::api::Api;
use super::check::{moved, settle, standing};
use super::map::{Seen, seen};
use super::members::{self, ADD_ROWS, Step};
use super::told::Told;
use super::wire::{BulkAnswer, Team, TeamInfo};
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

    /// Whether a team as it was told shows everything made that was sent.
    fn shown(&self, sent: &[(usize, Sent)], told: Option<&Seen>) -> bool {
        sent.iter()
            .all(|(row, sent)| sent.said == Said::Yes && standing(&self.changes[*row], told) == Standing::Already)
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

    fn seen(&self, info: &TeamInfo) -> Seen {
        seen(info, &self.scope.roster, &self.ignored)
    }

    /// Settles what was sent: by what was told where that shows all of it, else by a read back.
    async fn settle(&self, team: &str, outcomes: &mut Outcomes<'_>, sent: &[(usize, Sent)], told: Option<&Told>) {
        if let Some(told) = told.filter(|told| told.is_whole()) {
            let told = told.team().map(|info| self.seen(info));
            if outcomes.shown(sent, told.as_ref()) {
                return outcomes.settle(sent, &Ok(told));
            }
        }
        let after = self.api.team(team).await;
        outcomes.settle(sent, &after.map(|info| info.map(|info| self.seen(&info))));
    }

    /// Makes a team with its alert, and takes out whom LiteLLM put in: the caller.
    async fn create(&self, team: &str, pool: &Change, mut outcomes: Outcomes<'_>) -> Vec<Written> {
        let alerts: Vec<&Change> = outcomes.changes.iter().skip(1).collect();
        let body = match teams::create(team, pool, &alerts) {
            Ok(body) => body,
            Err(why) => return outcomes.done(&why),
        };
        let answer = self.api.create(body.clone()).await;
        if let Err(HttpError { reach: Reach::Answered(400), .. }) = &answer
            && let Ok(Some(there)) = self.api.team(team).await
        {
            // The id was taken between the plan and now: nothing was written.
            outcomes.holding(Some(&self.seen(&there)));
            return outcomes.done("a team of that id is there already");
        }
        let mut sent = Sent::from(&answer);
        let mut told = None;
        if let Ok(reply) = &answer
            && let Ok(made) = reply.json::<Team>()
        {
            let callers: Vec<String> =
                made.members_with_roles.iter().filter_map(|member| member.user_id.clone()).collect();
            told = Some(Told::made(made, &body));
            for caller in callers {
                // Whoever stays is seen by the next plan.
                if let Err(error) = self.api.remove(team, &caller).await {
                    sent.request_id = error.request_id.or(sent.request_id);
                }
            }
        }
        let all: Vec<(usize, Sent)> = (0..outcomes.changes.len()).map(|row| (row, sent.clone())).collect();
        self.settle(team, &mut outcomes, &all, told.as_ref()).await;
        outcomes.done("not sent")
    }

    /// A fresh look: the team as it was read and as our state; the outcomes where there is no such team, or no answer.
    async fn look<'a>(&self, team: &str, outcomes: Outcomes<'a>) -> Result<(Told, Seen, Outcomes<'a>), Vec<Written>> {
        match self.api.team(team).await {
            Ok(Some(info)) => {
                let seen = self.seen(&info);
                Ok((Told::read(info), seen, outcomes))
            }
            Ok(None) => {
                let mut outcomes = outcomes;
                outcomes.holding(None);
                Err(outcomes.done("there is no such team"))
            }
            Err(error) => Err(outcomes.done(&error.to_string())),
        }
    }

    async fn update(&self, team: &str, outcomes: Outcomes<'_>) -> Vec<Written> {
        let (mut told, before, mut outcomes) = match self.look(team, outcomes).await {
            Ok(looked) => looked,
            Err(written) => return written,
        };
        let rows = outcomes.holding(Some(&before));
        if rows.is_empty() {
            return outcomes.done("not sent");
        }
        let holding: Vec<&Change> = rows.iter().map(|row| &outcomes.changes[*row]).collect();
        let body = match teams::update(&holding, &before) {
            Ok(body) => body,
            Err(why) => return outcomes.done(&why),
        };
        let answer = self.api.patch(team, body.clone()).await;
        if let Ok(reply) = &answer {
            told.patched(&body, reply);
        }
        let sent = Sent::from(&answer);
        let sent: Vec<(usize, Sent)> = rows.into_iter().map(|row| (row, sent.clone())).collect();
        self.settle(team, &mut outcomes, &sent, Some(&told)).await;
        outcomes.done("not sent")
    }

    async fn delete(&self, team: &str, outcomes: Outcomes<'_>) -> Vec<Written> {
        let (mut told, before, mut outcomes) = match self.look(team, outcomes).await {
            Ok(looked) => looked,
            Err(written) => return written,
        };
        let rows = outcomes.holding(Some(&before));
        if !rows.is_empty() {
            let answer = self.api.delete(team).await;
            if let Ok(reply) = &answer {
                told.deleted(team, reply);
            }
            let sent = Sent::from(&answer);
            let sent: Vec<(usize, Sent)> = rows.into_iter().map(|row| (row, sent.clone())).collect();
            self.settle(team, &mut outcomes, &sent, Some(&told)).await;
        }
        outcomes.done("not sent")
    }

    async fn grants(&self, team: &str, outcomes: Outcomes<'_>) -> Vec<Written> {
        let (mut told, before, mut outcomes) = match self.look(team, outcomes).await {
            Ok(looked) => looked,
            Err(written) => return written,
        };
        let rows = outcomes.holding(Some(&before));
        if rows.is_empty() {
            return outcomes.done("not sent");
        }
        let of =
            |kind: Kind| rows.iter().copied().filter(|row| outcomes.changes[*row].kind == kind).collect::<Vec<_>>();
        let mut call = Call { writer: self, team, before: &before, told: &mut told };
        let mut sent = call.add(outcomes.changes, &of(Kind::GrantAdd)).await;
        sent.extend(call.update_caps(outcomes.changes, &of(Kind::GrantUpdate)).await);
        sent.extend(call.revoke(outcomes.changes, &of(Kind::GrantRevoke)).await);
        self.settle(team, &mut outcomes, &sent, Some(&told)).await;
        outcomes.done("not sent")
    }
}

/// The calls that change the grants of one team.
struct Call<'a> {
    writer: &'a LitellmWriter,
    team: &'a str,
    /// The team as it was before them.
    before: &'a Seen,
    /// The team as their answers tell it.
    told: &'a mut Told,
}

impl Call<'_> {
    async fn add(&mut self, changes: &[Change], rows: &[usize]) -> Vec<(usize, Sent)> {
        let mut sent = Vec::new();
        let mut people = Vec::new();
        for &row in rows {
            let subject = changes[row].subject.as_ref();
            match subject.and_then(|subject| self.writer.scope.roster.identity(subject)) {
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
                let (answer, divisible) = self.add_some(&names, step).await;
                let answer = answer.after(doubt.as_deref());
                if divisible && some.len() > 1 {
                    // Who was added by what seemed to fail is now refused as being there.
                    let doubt = match answer.said {
                        Said::Unsure(why) => Some(why),
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
        let rows = then
            .iter()
            .map(|&at| (at, members::cap(people[at].1.clone(), &people[at].2, None, self.before)));
        let later = self.set(rows.collect()).await;
        for (at, answer) in later {
            said[at] = Some(answer);
        }
        sent.extend(people.iter().zip(said).filter_map(|((row, _, _), said)| said.map(|said| (*row, said))));
        sent
    }

    /// Adds people with one cap. Also says whether fewer people at once may fare better.
    async fn add_some(&mut self, people: &[(&'static str, String)], step: &Step) -> (Sent, bool) {
        let body = match members::add(self.team, people, step, self.before) {
            Ok(body) => body,
            Err(why) => return (Sent::no(why), false),
        };
        let answer = self.writer.api.add(body).await;
        if let Ok(reply) = &answer {
            self.told.added(reply);
        }
        let divisible = matches!(&answer, Err(HttpError { reach: Reach::Answered(400 | 422 | 500), .. }));
        (Sent::from(&answer), divisible)
    }

    async fn update_caps(&mut self, changes: &[Change], rows: &[usize]) -> Vec<(usize, Sent)> {
        let mut bodies = Vec::new();
        let mut clears = false;
        for &row in rows {
            let grant = wanted(&changes[row]);
            let seat = changes[row].subject.as_ref().and_then(|subject| self.before.people.get(subject));
            let who = seat.and_then(members::seated).ok_or_else(|| "nothing names them in the team".to_owned());
            clears |= grant.cap == Some(Cap::Inherit);
            bodies.push((row, who.and_then(|who| members::cap(who, &grant, seat, self.before))));
        }
        let mut sent = self.set(bodies).await;
        if clears && let Some(body) = members::relink(self.before) {
            match self.writer.api.patch(self.team, body.clone()).await {
                Ok(reply) => self.told.patched(&body, &reply),
                // The caps are cleared; what failed is the link that lets the spend start again.
                Err(error) => {
                    for (_, sent) in sent.iter_mut().filter(|(row, _)| wanted(&changes[*row]).cap == Some(Cap::Inherit))
                    {
                        *sent = Sent::from(&error);
                    }
                }
            }
        }
        sent
    }

    /// Sends rows of caps. A row that could not be made is not sent.
    async fn set(&mut self, rows: Vec<(usize, Result<Value, String>)>) -> Vec<(usize, Sent)> {
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
            let answer = self.writer.api.set_caps(self.team, bodies.clone()).await;
            if let Ok(reply) = &answer {
                self.told.capped(&bodies, reply);
            }
            sent.extend(by_row(&at, answer));
        }
        sent
    }

    async fn revoke(&mut self, changes: &[Change], rows: &[usize]) -> Vec<(usize, Sent)> {
        let (at, bodies): (Vec<usize>, Vec<Value>) = rows
            .iter()
            .filter_map(|&row| {
                let seat = self.before.people.get(changes[row].subject.as_ref()?)?;
                Some((row, members::leave(members::seated(seat)?)))
            })
            .unzip();
        if bodies.is_empty() {
            return Vec::new();
        }
        let answer = self.writer.api.remove_all(self.team, bodies.clone()).await;
        if let Ok(reply) = &answer {
            self.told.removed(&bodies, reply);
        }
        by_row(&at, answer)
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
            (row, Sent { said: refused.unwrap_or_else(|| sent.said.clone()), ..sent })
        })
        .collect()
}
