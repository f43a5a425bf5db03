//! What became of a write: what was said to it, and what is there afterwards. What is there counts: an answer may be lost,
//! and a success may have changed nothing.

use std::collections::BTreeSet;

use crate::model::{Pool, Subject};
use crate::plan::{Change, Kind, Object, PoolObject};

use super::client::{HttpError, Reach, Reply};
use super::{CenterError, Verdict, Written};

/// Where a change stands before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The object is as the plan saw it.
    Holds,
    /// It is already as it shall be.
    Already,
    /// It is neither; in words, what it is.
    Moved(String),
}

/// What was said to a change that was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Said {
    /// It was carried out.
    #[default]
    Yes,
    /// It was not carried out, and why.
    No(String),
    /// Nobody knows: what there was instead of an answer, or an error that may have come after the deed.
    Unsure(String),
}

/// What was said, and what belongs to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    /// What was said; of several requests the worst.
    pub(super) said: Said,
    /// The center's own id of the request; of several the last.
    pub(super) request_id: Option<String>,
    /// The status of the answer, where it was a refusal.
    pub(super) status: Option<u16>,
    /// What the reader should be told of it.
    pub(super) note: Option<String>,
}

impl Sent {
    /// Something that was carried out.
    pub(super) fn yes(reply: &Reply) -> Self {
        Self { request_id: reply.request_id.clone(), ..Self::default() }
    }

    /// Something that was refused before it was sent.
    pub(super) fn no(why: impl Into<String>) -> Self {
        Self { said: Said::No(why.into()), ..Self::default() }
    }

    /// One more request of the same change.
    pub(super) fn and(&mut self, next: Self) {
        if self.said == Said::Yes {
            (self.said, self.status) = (next.said, next.status);
        }
        self.request_id = next.request_id.or(self.request_id.take());
        self.note = self.note.take().or(next.note);
    }

    /// The same, said to something of which an earlier try may have been carried out: a refusal is no longer one.
    pub(super) fn after(mut self, doubt: Option<&str>) -> Self {
        if let (Said::No(why), Some(doubt)) = (&self.said, doubt) {
            self.said = Said::Unsure(format!("{why}; before that: {doubt}"));
        }
        self
    }

    /// Whether the account or the token forbids every such write.
    pub(super) fn is_forbidden(&self) -> bool {
        matches!(self.status, Some(401 | 403))
    }

    /// Whether it surely changed nothing and says nothing of what is there: it was never sent, or is forbidden.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.said, Said::No(_)) && (self.status.is_none() || self.is_forbidden())
    }
}

impl From<&HttpError> for Sent {
    fn from(error: &HttpError) -> Self {
        let words = match (&error.reach, &error.error) {
            (Reach::NoAnswer, CenterError::Unreachable { why, .. }) => format!("no answer came ({why})"),
            (_, error) => error.to_string(),
        };
        let (said, status) = match error.reach {
            Reach::NotSent => (Said::No(words), None),
            Reach::Answered(status) if status < 500 => (Said::No(words), Some(status)),
            Reach::Answered(status) => (Said::Unsure(words), Some(status)),
            Reach::NoAnswer => (Said::Unsure(words), None),
        };
        Self { said, request_id: error.request_id.clone(), status, note: None }
    }
}

impl From<&Result<Reply, HttpError>> for Sent {
    fn from(result: &Result<Reply, HttpError>) -> Self {
        match result {
            Ok(reply) => Self::yes(reply),
            Err(error) => error.into(),
        }
    }
}

/// How the object of a change is found after the write.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    /// Whether it is as it shall be.
    pub(super) is_so: bool,
    /// What it is, in words.
    pub(super) is: String,
}

/// What became of a change, by what was said and by what is there now. `after` is what answers told, or what was read.
pub(super) fn settle(sent: &Sent, after: Result<Shown, &CenterError>) -> Written {
    let (verdict, message) = match (after, &sent.said) {
        (Ok(Shown { is_so: true, .. }), Said::Yes) => (Verdict::Applied, sent.note.clone()),
        (Ok(Shown { is_so: true, .. }), Said::No(why) | Said::Unsure(why)) => {
            (Verdict::Applied, Some(format!("read back, it is so; before that: {why}")))
        }
        // It may have changed nothing, or the look came too early: a cache on the way answers as it was before.
        (Ok(Shown { is, .. }), Said::Yes) => {
            (Verdict::Unknown, Some(format!("it was accepted, and it is not effective: it is {is}")))
        }
        (_, Said::No(why)) => (Verdict::Failed, Some(why.clone())),
        (Ok(Shown { is, .. }), Said::Unsure(why)) => (Verdict::Unknown, Some(format!("{why}; read back, it is {is}"))),
        (Err(error), Said::Yes) => {
            (Verdict::Unknown, Some(format!("it was accepted and could not be read back: {error}")))
        }
        (Err(error), Said::Unsure(why)) => {
            (Verdict::Unknown, Some(format!("{why}; it could not be read back: {error}")))
        }
    };
    Written { verdict, message, request_id: sent.request_id.clone() }
}

/// The outcome of a change whose object is no longer as the plan saw it.
pub(super) fn moved(was: &str, is: &str) -> Written {
    Written::because(Verdict::Refused, format!("changed since the plan: it was {was}, it is {is}"))
}

/// Whether something is as it shall be, where what is not asked for may be anything.
pub(super) fn holds<T: PartialEq>(wanted: Option<&T>, now: Option<&T>) -> bool {
    wanted.is_none() || wanted == now
}

/// The object of a change as it is in a pool.
pub(super) fn object_in(change: &Change, pool: &Pool) -> Option<Object> {
    match change.kind {
        Kind::PoolCreate | Kind::PoolUpdate | Kind::PoolDelete => Some(Object::Pool(Box::new(PoolObject::from(pool)))),
        Kind::GrantAdd | Kind::GrantUpdate | Kind::GrantRevoke => {
            pool.grants.get(change.subject.as_ref()?).map(|grant| Object::Grant(*grant))
        }
        Kind::AlertAdd | Kind::AlertUpdate | Kind::AlertRemove => {
            let key = change.alert?;
            let alert = pool.alerts.as_ref()?.get(&key)?;
            Some(Object::Alert(key, alert.notify.clone()))
        }
        Kind::OthersUpdate => pool.others.map(Object::Others),
    }
}

/// Somebody who came into a pool since a plan to delete it: nobody has consented to take it from them.
pub(super) fn unforeseen<'a>(change: &Change, pool: &'a Pool) -> Option<&'a Subject> {
    if change.kind != Kind::PoolDelete {
        return None;
    }
    let named: BTreeSet<&Subject> = change.people.iter().collect();
    pool.grants.keys().find(|subject| !named.contains(subject))
}

/// The name of a person in sentences.
pub(super) fn name(subject: Option<&Subject>) -> &str {
    subject.map_or("somebody", Subject::name)
}
