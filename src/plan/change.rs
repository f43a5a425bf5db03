//! One difference between observed and desired, with its cause and its precondition.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Deserialize, Serialize, Serializer};

use crate::model::{
    AlertKey, Budget, Cap, CenterId, Expiry, Grant, INCLUDED_USAGE, Limit, Membership, Origin, Others, Period, Pool,
    PoolId, Recipient, Source, Subject, Target,
};

use super::Drew;

/// What is done to what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A pool comes into being.
    PoolCreate,
    /// A pool's budget, default cap or description changes.
    PoolUpdate,
    /// A pool goes, with all its grants.
    PoolDelete,
    /// A member may draw who could not.
    GrantAdd,
    /// A member's cap, its period or its end changes.
    GrantUpdate,
    /// A member's grant goes.
    GrantRevoke,
    /// What holds for everybody else changes.
    OthersUpdate,
    /// An alert comes into being.
    AlertAdd,
    /// An alert's recipients change.
    AlertUpdate,
    /// An alert goes.
    AlertRemove,
}

impl Kind {
    /// Every kind.
    pub(super) const ALL: [Self; 10] = [
        Self::PoolCreate,
        Self::PoolUpdate,
        Self::PoolDelete,
        Self::GrantAdd,
        Self::GrantUpdate,
        Self::GrantRevoke,
        Self::OthersUpdate,
        Self::AlertAdd,
        Self::AlertUpdate,
        Self::AlertRemove,
    ];

    /// The name in plans and journals.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PoolCreate => "pool.create",
            Self::PoolUpdate => "pool.update",
            Self::PoolDelete => "pool.delete",
            Self::GrantAdd => "grant.add",
            Self::GrantUpdate => "grant.update",
            Self::GrantRevoke => "grant.revoke",
            Self::OthersUpdate => "others.update",
            Self::AlertAdd => "alert.add",
            Self::AlertUpdate => "alert.update",
            Self::AlertRemove => "alert.remove",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a change means for people and money, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Somebody can no longer draw.
    Revokes,
    /// Somebody can draw less.
    Cuts,
    /// Somebody can draw more.
    Raises,
    /// Somebody can draw who could not.
    Grants,
    /// Nobody's right changes.
    Neutral,
}

impl Effect {
    /// Every effect, the gravest first.
    pub const ALL: [Self; 5] = [Self::Revokes, Self::Cuts, Self::Raises, Self::Grants, Self::Neutral];

    /// The name in plans.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Revokes => "revokes",
            Self::Cuts => "cuts",
            Self::Raises => "raises",
            Self::Grants => "grants",
            Self::Neutral => "neutral",
        }
    }
}

/// Why there is a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// This edit of the files: base and head differ here.
    Config,
    /// Something that was done in the center outside review: the files do not differ here, and yet the center does.
    Drift,
    /// The last day of the rule has passed.
    Expiry,
    /// No base revision was given that would tell.
    Unattributed,
}

impl Cause {
    /// The name in plans.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Drift => "drift",
            Self::Expiry => "expiry",
            Self::Unattributed => "unattributed",
        }
    }
}

/// How a change gets into the center.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Delivery {
    /// Bursar writes it.
    Api,
    /// A person does it.
    Manual {
        /// What to do, step by step.
        steps: Vec<String>,
    },
    /// The center can only be read: the difference is reported.
    Assert,
}

/// A pool without the objects of their own that belong to it (grants, alerts, others).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolObject {
    /// The vendor's object.
    pub target: Target,
    /// What people call it.
    pub description: Option<String>,
    /// Its limit.
    pub budget: Budget,
    /// The cap of granted members who have none of their own.
    pub default_cap: Option<Cap>,
}

impl From<&Pool> for PoolObject {
    fn from(pool: &Pool) -> Self {
        let Pool { target, description, budget, default_cap, others: _, alerts: _, grants: _ } = pool;
        Self {
            target: target.clone(),
            description: description.clone(),
            budget: budget.clone(),
            default_cap: *default_cap,
        }
    }
}

/// A whole object, as it was seen or as it shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// A pool.
    Pool(Box<PoolObject>),
    /// A grant.
    Grant(Grant),
    /// What holds for others.
    Others(Others),
    /// An alert.
    Alert(AlertKey, BTreeSet<Recipient>),
}

/// Everything that can differ, by the names that [`Change::fields`] takes.
pub(super) const FIELDS: [&str; 12] = [
    INCLUDED_USAGE,
    "description",
    "budget.limit",
    "budget.unit",
    "budget.period",
    "budget.when_exhausted",
    "default_cap",
    "cap",
    "period",
    "expires",
    "others",
    "notify",
];

/// One difference between observed and desired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The center.
    pub center: CenterId,
    /// The pool.
    pub pool: PoolId,
    /// The vendor's object behind the pool.
    pub target: Arc<Target>,
    /// What is done.
    pub kind: Kind,
    /// Whom it is about; only grants are about somebody.
    pub subject: Option<Subject>,
    /// Which alert it is about.
    pub alert: Option<AlertKey>,
    /// What differs, by name.
    pub fields: Vec<&'static str>,
    /// The object as it was seen, if there was one.
    pub before: Option<Object>,
    /// The object as it shall be, if there shall be one.
    pub after: Option<Object>,
    /// What it means.
    pub effect: Effect,
    /// Why it is there.
    pub cause: Cause,
    /// How it gets there.
    pub delivery: Delivery,
    /// The vendor's version of the object that was seen, where it has one.
    pub etag: Option<Box<str>>,
    /// The line that asks for it.
    pub source: Option<Source>,
    /// Who last wrote that line, where it was looked up.
    pub written: Option<Arc<Origin>>,
    /// What the center's own audit record says of it, where it was asked and has something.
    pub audit: Option<String>,
    /// Everybody it is known to hit, where that is not the subject alone.
    pub people: Vec<Subject>,
    /// Those of them who keep their right in another center: nothing is taken from them.
    pub kept: Vec<Subject>,
    /// Where the center takes the person out of when they join, because they can be in one only.
    pub moves_from: Option<Membership>,
    /// What people have drawn already of what it takes, where that was looked up.
    pub drawn: Vec<Drew>,
}

impl Change {
    /// Whether somebody may draw less once it is made, or nothing.
    pub fn takes(&self) -> bool {
        matches!(self.effect, Effect::Revokes | Effect::Cuts)
    }

    /// Everybody whose right it changes, as far as they are known.
    pub fn hit(&self) -> impl Iterator<Item = &Subject> {
        self.subject.iter().chain(self.losing())
    }

    /// Those of [`Self::people`] whom it does hit: whoever keeps the right in another center loses nothing.
    pub fn losing(&self) -> impl Iterator<Item = &Subject> {
        // Both lists may be long.
        let kept: BTreeSet<&Subject> = self.kept.iter().collect();
        self.people.iter().filter(move |person| !kept.contains(person))
    }

    /// The name of the object within its center: there is one change per object, so this tells changes apart.
    pub fn object(&self) -> String {
        let pool = &self.pool;
        match (&self.subject, &self.alert, self.kind) {
            (Some(Subject::Member(id)), _, _) => format!("{pool}/grants/{id}"),
            (Some(Subject::Stranger(name)), _, _) => format!("{pool}/grants/?{name}"),
            (None, Some(key), _) => format!("{pool}/alerts/{}@{}", key.of, threshold(key)),
            (None, None, Kind::OthersUpdate) => format!("{pool}/others"),
            (None, None, _) => pool.to_string(),
        }
    }

    /// The change's id: the center and the object. The same in every plan that changes this object.
    pub fn id(&self) -> String {
        format!("{}/{}", self.center, self.object())
    }
}

fn threshold(key: &AlertKey) -> String {
    match key.at {
        crate::model::Threshold::Percent(percent) => format!("{percent}%"),
        crate::model::Threshold::Amount(amount) => format!("{}{}", amount.number(), amount.unit()),
    }
}

impl Serialize for PoolObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("target", &self.target)?;
        if let Some(description) = &self.description {
            map.serialize_entry("description", description)?;
        }
        map.serialize_entry("budget", &BudgetJson(&self.budget))?;
        if let Some(cap) = &self.default_cap {
            map.serialize_entry("default_cap", cap)?;
        }
        map.end()
    }
}

struct BudgetJson<'a>(&'a Budget);

impl Serialize for BudgetJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Budget { unit, period, limit, when_exhausted } = self.0;
        let mut map = serializer.serialize_map(None)?;
        match limit {
            Some(Limit::Amount(amount)) => map.serialize_entry("limit", amount)?,
            Some(Limit::None) => map.serialize_entry("limit", "none")?,
            None => {}
        }
        map.serialize_entry("unit", unit)?;
        if let Some(period) = period {
            map.serialize_entry("period", period)?;
        }
        if let Some(when) = when_exhausted {
            map.serialize_entry("when_exhausted", when)?;
        }
        map.end()
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Pool(pool) => pool.serialize(serializer),
            Self::Grant(grant) => {
                let mut map = serializer.serialize_map(None)?;
                if let Some(cap) = &grant.cap {
                    map.serialize_entry("cap", cap)?;
                }
                if let Some(period) = &grant.period {
                    map.serialize_entry("period", period)?;
                }
                match grant.expires {
                    Some(Expiry::On(date)) => map.serialize_entry("expires", &date)?,
                    Some(Expiry::Never) => map.serialize_entry("expires", &None::<()>)?,
                    None => {}
                }
                map.end()
            }
            Self::Others(others) => others.serialize(serializer),
            Self::Alert(key, notify) => {
                let mut map = serializer.serialize_map(Some(3))?;
                map.serialize_entry("at", &key.at)?;
                map.serialize_entry("of", &key.of)?;
                map.serialize_entry("notify", notify)?;
                map.end()
            }
        }
    }
}

#[derive(Serialize)]
struct PreconditionJson<'a> {
    observed: Option<&'a Object>,
    etag: Option<&'a str>,
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Change", FIELDS_OF_A_CHANGE)?;
        let precondition = PreconditionJson { observed: self.before.as_ref(), etag: self.etag.as_deref() };
        self.serialize_fields(&mut object, Some((&self.delivery, precondition)))?;
        object.end()
    }
}

/// How many fields a change has in JSON.
pub(super) const FIELDS_OF_A_CHANGE: usize = 21;

impl Change {
    /// Writes the fields of a change that no center was asked about: neither delivery nor precondition is known.
    pub(super) fn serialize_offline<S: SerializeStruct>(&self, object: &mut S) -> Result<(), S::Error> {
        self.serialize_fields(object, None)
    }

    fn serialize_fields<S: SerializeStruct>(
        &self,
        object: &mut S,
        asked: Option<(&Delivery, PreconditionJson<'_>)>,
    ) -> Result<(), S::Error> {
        object.serialize_field("id", &self.id())?;
        object.serialize_field("center", &self.center)?;
        object.serialize_field("pool", &self.pool)?;
        object.serialize_field("target", &*self.target)?;
        object.serialize_field("kind", self.kind.as_str())?;
        object.serialize_field("subject", &self.subject)?;
        match &self.subject {
            Some(subject) => object.serialize_field("known", &subject.is_known())?,
            None => object.skip_field("known")?,
        }
        object.serialize_field("fields", &self.fields)?;
        object.serialize_field("before", &self.before)?;
        object.serialize_field("after", &self.after)?;
        object.serialize_field("effect", &self.effect)?;
        object.serialize_field("cause", &self.cause)?;
        let (delivery, precondition) = asked.unzip();
        object.serialize_field("delivery", &delivery)?;
        object.serialize_field("precondition", &precondition)?;
        object.serialize_field("source", &self.source)?;
        match &self.written {
            Some(origin) => object.serialize_field("written", &**origin)?,
            None => object.skip_field("written")?,
        }
        match &self.audit {
            Some(record) => object.serialize_field("audit", record)?,
            None => object.skip_field("audit")?,
        }
        match &self.moves_from {
            Some(membership) => object.serialize_field("moves_from", membership)?,
            None => object.skip_field("moves_from")?,
        }
        if self.drawn.is_empty() {
            object.skip_field("drawn")?;
        } else {
            object.serialize_field("drawn", &self.drawn)?;
        }
        for (name, people) in [("people", &self.people), ("kept", &self.kept)] {
            if people.is_empty() {
                object.skip_field(name)?;
                continue;
            }
            let people: Vec<BTreeMap<&str, serde_json::Value>> = people
                .iter()
                .map(|person| BTreeMap::from([("subject", person.name().into()), ("known", person.is_known().into())]))
                .collect();
            object.serialize_field(name, &people)?;
        }
        Ok(())
    }
}

/// The names of what differs between two grants: only what the desired one says counts.
pub(super) fn grant_fields(desired: &Grant, observed: &Grant) -> Vec<&'static str> {
    let Grant { cap, period, expires } = desired;
    let mut fields = Vec::new();
    if cap.is_some() && *cap != observed.cap {
        fields.push("cap");
    }
    if says_other(*period, observed.period) {
        fields.push("period");
    }
    if expires.is_some() && *expires != observed.expires {
        fields.push("expires");
    }
    fields
}

fn says_other(desired: Option<Period>, observed: Option<Period>) -> bool {
    desired.is_some() && desired != observed
}
