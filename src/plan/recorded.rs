//! Changes read back from JSON, as saved plans and journals hold them. Keys that are not known are passed over: what was
//! approved is told by the plan's hash, and nothing is ever written because of what stands here.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::model::{
    Amount, Budget, Cap, CenterId, Expiry, Grant, Limit, MemberId, Membership, Others, Period, PoolId, Recipient,
    Source, Subject, Target, Unit, WhenExhausted,
};

use super::change::FIELDS;
use super::{Cause, Change, Delivery, Effect, Kind, Object, PoolObject};

#[derive(Deserialize)]
struct Wire {
    id: String,
    center: CenterId,
    pool: PoolId,
    target: Target,
    kind: String,
    subject: Option<String>,
    known: Option<bool>,
    fields: Vec<String>,
    before: Option<Value>,
    after: Option<Value>,
    effect: Effect,
    cause: Cause,
    delivery: Delivery,
    precondition: Precondition,
    source: Option<String>,
    #[serde(default)]
    people: Vec<Person>,
    #[serde(default)]
    kept: Vec<Person>,
    #[serde(default)]
    moves_from: Option<Membership>,
}

#[derive(Deserialize)]
struct Precondition {
    etag: Option<Box<str>>,
}

#[derive(Deserialize)]
struct Person {
    subject: String,
    known: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PoolWire {
    target: Target,
    description: Option<String>,
    budget: BudgetWire,
    default_cap: Option<Cap>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BudgetWire {
    limit: Option<LimitWire>,
    unit: Unit,
    period: Option<Period>,
    when_exhausted: Option<WhenExhausted>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum LimitWire {
    Amount(Amount),
    Word(NoLimit),
}

#[derive(Deserialize)]
enum NoLimit {
    #[serde(rename = "none")]
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantWire {
    cap: Option<Cap>,
    period: Option<Period>,
    /// Absent where the center keeps no end, null where the grant has none.
    #[serde(default, deserialize_with = "expiry")]
    expires: Option<Expiry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AlertWire {
    at: crate::model::Threshold,
    of: crate::model::AlertScope,
    notify: BTreeSet<Recipient>,
}

fn expiry<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Expiry>, D::Error> {
    Ok(Some(Option::<Date>::deserialize(deserializer)?.map_or(Expiry::Never, Expiry::On)))
}

fn subject(name: String, known: bool) -> Result<Subject, String> {
    if known {
        MemberId::new(&name).map(Subject::Member).map_err(|error| error.to_string())
    } else {
        Ok(Subject::Stranger(name.into()))
    }
}

fn object(kind: Kind, value: Value) -> Result<Object, serde_json::Error> {
    Ok(match kind {
        Kind::PoolCreate | Kind::PoolUpdate | Kind::PoolDelete => {
            let PoolWire { target, description, budget, default_cap } = PoolWire::deserialize(value)?;
            let BudgetWire { limit, unit, period, when_exhausted } = budget;
            let limit = limit.map(|limit| match limit {
                LimitWire::Amount(amount) => Limit::Amount(amount),
                LimitWire::Word(NoLimit::None) => Limit::None,
            });
            let budget = Budget { unit, period, limit, when_exhausted };
            Object::Pool(Box::new(PoolObject { target, description, budget, default_cap }))
        }
        Kind::GrantAdd | Kind::GrantUpdate | Kind::GrantRevoke => {
            let GrantWire { cap, period, expires } = GrantWire::deserialize(value)?;
            Object::Grant(Grant { cap, period, expires })
        }
        Kind::OthersUpdate => Object::Others(Others::deserialize(value)?),
        Kind::AlertAdd | Kind::AlertUpdate | Kind::AlertRemove => {
            let AlertWire { at, of, notify } = AlertWire::deserialize(value)?;
            Object::Alert(crate::model::AlertKey { of, at }, notify)
        }
    })
}

impl Wire {
    fn change(self) -> Result<Change, String> {
        let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == self.kind);
        let kind = kind.ok_or_else(|| format!("`{}` is no kind of change", self.kind))?;
        let read = |value: Option<Value>| {
            let read = value.map(|value| object(kind, value)).transpose();
            read.map_err(|error| format!("{}: {error}", self.id))
        };
        let (before, after) = (read(self.before)?, read(self.after)?);
        let alert = [&after, &before].into_iter().find_map(|object| match object {
            Some(Object::Alert(key, _)) => Some(*key),
            _ => None,
        });
        let subject = match (self.subject, self.known) {
            (Some(name), Some(known)) => Some(subject(name, known)?),
            (None, None) => None,
            _ => return Err(format!("{}: `subject` and `known` go together", self.id)),
        };
        let granted = matches!(kind, Kind::GrantAdd | Kind::GrantUpdate | Kind::GrantRevoke);
        if granted != subject.is_some() {
            return Err(format!("{}: only a grant is about a subject", self.id));
        }
        let fields = self.fields.iter().map(|name| {
            let known = FIELDS.into_iter().find(|field| field == name);
            known.ok_or_else(|| format!("{}: `{name}` is nothing that can differ", self.id))
        });
        let source = self.source.map(|source| {
            let (file, line) = source.rsplit_once(':')?;
            Some(Source { file: file.into(), line: line.parse().ok()? })
        });
        let source = match source {
            Some(None) => return Err(format!("{}: `source` is no place in a file", self.id)),
            source => source.flatten(),
        };
        let people = self.people.into_iter().map(|person| self::subject(person.subject, person.known));
        let kept = self.kept.into_iter().map(|person| self::subject(person.subject, person.known));
        let change = Change {
            center: self.center,
            pool: self.pool,
            target: Arc::new(self.target),
            kind,
            subject,
            alert,
            fields: fields.collect::<Result<_, _>>()?,
            before,
            after,
            effect: self.effect,
            cause: self.cause,
            delivery: self.delivery,
            etag: self.precondition.etag,
            source,
            // Who wrote and who drew what is told anew by every plan; it is no part of what was approved.
            written: None,
            audit: None,
            drawn: Vec::new(),
            people: people.collect::<Result<_, _>>()?,
            kept: kept.collect::<Result<_, _>>()?,
            moves_from: self.moves_from,
        };
        if change.id() == self.id {
            Ok(change)
        } else {
            Err(format!("the id {} does not fit a change of {}", self.id, change.id()))
        }
    }
}

impl<'de> Deserialize<'de> for Change {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Wire::deserialize(deserializer)?.change().map_err(D::Error::custom)
    }
}
