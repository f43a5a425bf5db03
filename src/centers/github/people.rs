//! People: memberships of cost centers, 50 a call, and budgets of their own, one call each.

use crate::centers::client::{HttpError, Reach};
use crate::model::{Cap, Grant};
use crate::plan::{Change, Object};

use super::COST_CENTER;
use super::budgets::{Budgets, Want};
use super::live::Of;
use super::wire::Added;
use super::writer::Batch;
use crate::centers::settle::{Said, Sent};

/// How many people one call may name [D].
pub(super) const AT_ONCE: usize = 50;

/// What a change wants of a grant.
fn wanted(change: &Change) -> Grant {
    match &change.after {
        Some(Object::Grant(grant)) => *grant,
        _ => Grant::default(),
    }
}

/// What was said to changes, by their place in the batch.
type Answers = Vec<(usize, Sent)>;

/// Which way people go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

impl Batch<'_> {
    /// The changes with the login of each; those of people without one have their answer.
    fn logins(&self, rows: &[usize]) -> (Vec<(usize, String)>, Answers) {
        let (mut people, mut nameless) = (Vec::new(), Vec::new());
        for &row in rows {
            match self.writer.login(self.changes[row].subject.as_ref()) {
                Some(login) => people.push((row, login)),
                None => nameless.push((row, Sent::no("they have no GitHub login in the files"))),
            }
        }
        (people, nameless)
    }

    /// Lets people into the pool, each with the budget of their own that their grant has.
    pub(super) async fn add(&mut self, rows: &[usize]) -> Vec<(usize, Sent)> {
        let (people, mut sent) = self.logins(rows);
        let joined = match self.center_id() {
            Some(id) => self.go(Way::In, &id, &people).await,
            None if self.target.get(COST_CENTER).is_some() => {
                vec![Sent::no("there is no such cost center"); people.len()]
            }
            None => vec![Sent::default(); people.len()],
        };
        for ((row, login), mut one) in people.into_iter().zip(joined) {
            if one.said == Said::Yes {
                one.and(self.cap(row, &login).await);
            }
            sent.push((row, one));
        }
        sent
    }

    /// Sets budgets of people's own.
    pub(super) async fn caps(&mut self, rows: &[usize]) -> Vec<(usize, Sent)> {
        let (people, mut sent) = self.logins(rows);
        for (row, login) in people {
            sent.push((row, self.cap(row, &login).await));
        }
        sent
    }

    /// Brings somebody's own budget to what their grant says.
    async fn cap(&mut self, row: usize, login: &str) -> Sent {
        let grant = wanted(&self.changes[row]);
        let of = Of::User(login.to_ascii_lowercase());
        // A budget that another pool of the files gives them stays.
        let shared = self.writer.granted_elsewhere(&self.changes[row]);
        let mut budgets = Budgets::of(&self.writer.api, &mut self.live);
        match Want::of(&grant) {
            Err(why) => Sent::no(why),
            Ok(Some(want)) => budgets.set(&of, Some(login), &want).await,
            Ok(None) if grant.cap == Some(Cap::Inherit) && !shared => budgets.clear(&of).await,
            Ok(None) => Sent::default(),
        }
    }

    /// Takes people out of the pool, with the budgets of their own unless another pool of the files gives them those.
    pub(super) async fn revoke(&mut self, rows: &[usize]) -> Vec<(usize, Sent)> {
        let (people, mut sent) = self.logins(rows);
        let id = self.center_id();
        let left = match &id {
            Some(id) => self.go(Way::Out, id, &people).await,
            None => vec![Sent::default(); people.len()],
        };
        for ((row, login), mut one) in people.into_iter().zip(left) {
            let keeps = id.is_some() && self.writer.granted_elsewhere(&self.changes[row]);
            if one.said == Said::Yes && !keeps {
                let of = Of::User(login.to_ascii_lowercase());
                let cleared = Budgets::of(&self.writer.api, &mut self.live).clear(&of).await;
                match (&cleared.said, &id) {
                    // They are out of the cost center, which is what was asked; what is left holds them in the account.
                    (Said::No(why) | Said::Unsure(why), Some(_)) => {
                        one.note = Some(format!("they are out, and their own budget is left: {why}"));
                    }
                    _ => one.and(cleared),
                }
            }
            sent.push((row, one));
        }
        sent
    }

    /// Brings people into a cost center or out of it, 50 a call. Halved until only those fail who must: nobody says
    /// whether one wrong login spoils a call.
    async fn go(&mut self, way: Way, id: &str, people: &[(usize, String)]) -> Vec<Sent> {
        let mut said = vec![Sent::no("not sent"); people.len()];
        let all: Vec<usize> = (0..people.len()).collect();
        let mut waiting: Vec<&[usize]> = all.chunks(AT_ONCE).rev().collect();
        while let Some(some) = waiting.pop() {
            let users: Vec<String> = some.iter().map(|&at| people[at].1.clone()).collect();
            let answer = match way {
                Way::In => self.writer.api.add(id, &users).await,
                Way::Out => self.writer.api.remove(id, &users).await,
            };
            match answer {
                Ok(reply) => {
                    let moved = reply.json::<Added>().unwrap_or_default().reassigned_resources.unwrap_or_default();
                    self.moved(way, id, &users);
                    for &at in some {
                        let (row, login) = &people[at];
                        let from = moved.iter().find(|one| one.name.eq_ignore_ascii_case(login));
                        let known = self.changes[*row].moves_from.is_some();
                        let note = from.filter(|_| !known).map(|from| {
                            format!("GitHub took them out of cost center {}", from.previous_cost_center.escape_debug())
                        });
                        said[at] = Sent { note, ..Sent::yes(&reply) };
                    }
                }
                Err(HttpError { reach: Reach::Answered(400 | 404 | 422), .. }) if some.len() > 1 => {
                    let (left, right) = some.split_at(some.len() / 2);
                    waiting.extend([right, left]);
                }
                Err(error) => {
                    for &at in some {
                        said[at] = Sent::from(&error);
                    }
                }
            }
        }
        said
    }

    /// Takes to heart where people are now.
    fn moved(&mut self, way: Way, id: &str, users: &[String]) {
        for center in self.live.centers.values_mut() {
            for user in users {
                let key = user.to_ascii_lowercase();
                if center.id == id && way == Way::In {
                    center.users.insert(key, user.clone());
                } else if center.id == id || way == Way::In {
                    center.users.remove(&key);
                }
            }
        }
    }
}
