//! The diff of the files for programs; `schema/diff.v1.schema.json` describes it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::model::{Cap, CenterId, Period, PoolId, Rule, RuleWho, Source};
use crate::plan::{Periods, Refusal, Summary};

use super::super::change::FIELDS_OF_A_CHANGE;
use super::{
    DIFF_SCHEMA, Edit, FilesDiff, GroupEdit, GuardrailEdit, NotifyEdit, Released, Revision, SettingEdit, Unkept,
    Upcoming,
};

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Json<'a> {
            who: &'a RuleWho,
            cap: Option<Cap>,
            reason: Option<&'a str>,
            starts: Option<Date>,
            expires: Option<Date>,
            source: &'a Source,
        }
        let Self { who, cap, reason, starts, expires, source } = self;
        Json { who, cap: *cap, reason: reason.as_deref(), starts: *starts, expires: *expires, source }
            .serialize(serializer)
    }
}

impl Serialize for Edit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Edit", FIELDS_OF_A_CHANGE + 6)?;
        self.change.serialize_offline(&mut object)?;
        object.serialize_field("rule", &self.rule.as_deref())?;
        object.serialize_field("was", &self.was.as_deref())?;
        for (name, row) in [("row", &self.row), ("row_was", &self.row_was)] {
            match row {
                Some(row) => object.serialize_field(name, row)?,
                None => object.skip_field(name)?,
            }
        }
        object.serialize_field("cap_before", &self.cap_before)?;
        object.serialize_field("cap_after", &self.cap_after)?;
        object.end()
    }
}

impl Serialize for Upcoming {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Json<'a> {
            center: &'a CenterId,
            pool: &'a PoolId,
            added: bool,
            from: Date,
            people: usize,
            period: Option<Period>,
            rule: &'a Rule,
        }
        let Self { center, pool, added, from, rule, period, people } = self;
        Json { center, pool, added: *added, from: *from, people: *people, period: *period, rule }.serialize(serializer)
    }
}

impl Serialize for FilesDiff {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Json<'a> {
            schema: &'static str,
            base: &'a Revision,
            head: &'a Revision,
            changes: &'a [Edit],
            upcoming: &'a [Upcoming],
            released: &'a [Released],
            unkept: &'a [Unkept],
            groups: &'a [GroupEdit],
            guardrails: &'a [GuardrailEdit],
            notify: &'a [NotifyEdit],
            settings: &'a [SettingEdit],
            refusals: &'a [Refusal],
            notes: &'a [String],
            periods: &'a BTreeMap<CenterId, BTreeMap<PoolId, Periods>>,
            summary: &'a Summary,
        }
        let Self {
            base,
            head,
            edits: changes,
            upcoming,
            released,
            unkept,
            groups,
            guardrails,
            notify,
            settings,
            notes,
            refusals,
            periods,
            summary,
        } = self;
        Json {
            schema: DIFF_SCHEMA,
            base,
            head,
            changes,
            upcoming,
            released,
            unkept,
            groups,
            guardrails,
            notify,
            settings,
            refusals,
            notes,
            periods,
            summary,
        }
        .serialize(serializer)
    }
}
