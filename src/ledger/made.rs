//! One change of a run, and what became of it, as the ledger keeps it: whom it is about, from what to what, and why. How
//! it was to be delivered and what it was computed against stands in the journal.

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::apply::{Outcome, Report};
use crate::model::Period;
use crate::plan::{Change, Periods, Plan};

/// A change, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The change. What the ledger does not keep of it is empty.
    pub change: Change,
    /// When a cap of the pool starts again, before and after.
    pub periods: Periods,
    /// What became of it.
    pub outcome: Outcome,
    /// Whether the center showed it afterwards, as far as it was looked at.
    pub effective: bool,
}

impl Made {
    /// Everything that became of a plan.
    pub fn of(report: &Report, plan: &Plan) -> Vec<Self> {
        let lost = report.not_effective();
        let made = report.outcomes.iter().map(|settled| {
            let effective = lost.is_empty() || !lost.contains(&settled.change.id());
            let change = settled.change.clone();
            let pools = plan.periods.get(&change.center);
            let periods = pools.and_then(|pools| pools.get(&change.pool)).copied().unwrap_or_default();
            Self { change, periods, outcome: settled.outcome, effective }
        });
        made.collect()
    }

    /// Whether the center is so since then, as far as anybody knows.
    pub fn happened(&self) -> bool {
        self.effective && matches!(self.outcome, Outcome::Applied | Outcome::Already)
    }
}

impl Serialize for Made {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { change, periods, outcome, effective } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &change.id())?;
        map.serialize_entry("center", &change.center)?;
        map.serialize_entry("pool", &change.pool)?;
        map.serialize_entry("kind", change.kind.as_str())?;
        map.serialize_entry("subject", &change.subject)?;
        if let Some(subject) = &change.subject {
            map.serialize_entry("known", &subject.is_known())?;
        }
        map.serialize_entry("fields", &change.fields)?;
        map.serialize_entry("before", &change.before)?;
        map.serialize_entry("after", &change.after)?;
        if *periods != Periods::default() {
            map.serialize_entry("periods", periods)?;
        }
        map.serialize_entry("effect", &change.effect)?;
        map.serialize_entry("cause", &change.cause)?;
        if let Some(source) = &change.source {
            map.serialize_entry("source", source)?;
        }
        if let Some(membership) = &change.moves_from {
            map.serialize_entry("moves_from", membership)?;
        }
        if !change.people.is_empty() {
            let people = change.losing();
            let people: Vec<Value> = people
                .map(|person| json!({"subject": person.name(), "known": person.is_known()}))
                .collect();
            map.serialize_entry("people", &people)?;
        }
        map.serialize_entry("outcome", outcome)?;
        if !effective {
            map.serialize_entry("effective", effective)?;
        }
        map.end()
    }
}

#[derive(Deserialize)]
struct PeriodsWire {
    before: Option<Period>,
    after: Option<Period>,
}

impl<'de> Deserialize<'de> for Made {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut map = Map::deserialize(deserializer)?;
        let periods = match map.remove("periods") {
            Some(value) => {
                let PeriodsWire { before, after } = PeriodsWire::deserialize(value).map_err(D::Error::custom)?;
                Periods { before, after }
            }
            None => Periods::default(),
        };
        let outcome = map.remove("outcome").ok_or_else(|| D::Error::missing_field("outcome"))?;
        let outcome = Outcome::deserialize(outcome).map_err(D::Error::custom)?;
        let effective = map.remove("effective") != Some(Value::Bool(false));
        // What a change has besides, as it stands in plans and journals.
        for (name, value) in
            [("target", json!({})), ("delivery", json!("api")), ("precondition", json!({"etag": null}))]
        {
            map.insert(name.to_owned(), value);
        }
        let change = Change::deserialize(Value::Object(map)).map_err(D::Error::custom)?;
        Ok(Self { change, periods, outcome, effective })
    }
}
