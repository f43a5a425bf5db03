//! What a behaviour needs of a center, answered by the center's own row of `bursar centers`, and by nothing else.

use std::path::Path;
use std::sync::LazyLock;

use bursar::centers;
use bursar::model::Target;
use bursar::model::capability::{Keeps, Variant};
use serde_json::Value;

use super::site::Row;
use crate::terminal::bursar;

/// Something that a center may have or lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// The control can be set: by Bursar, or by a person whom it tells how.
    Sets(&'static str),
    /// The control can be set by Bursar itself.
    Writes(&'static str),
    /// The control can be read by Bursar.
    Reads(&'static str),
    /// A pool of its kind can be made and deleted: it is not the account itself.
    Pools,
    /// Others can have a cap.
    OthersCap,
    /// Bursar speaks HTTP to it, and writes.
    Requests,
    /// It asks for a token.
    Token,
    /// It knows people by something else than their id in the files.
    Names,
    /// It is known by its account: several folders may ask of the same one.
    Shared,
}

/// What `bursar centers` says of a provider.
pub(super) struct Table {
    told: &'static Value,
    /// What it keeps of a pool with the row's target.
    keeps: Option<Keeps>,
}

/// What the command says of all of them.
static TOLD: LazyLock<Value> = LazyLock::new(|| {
    let out = bursar(Path::new(".")).args(["centers", "--format", "json"]).output().unwrap();
    serde_json::from_slice(&out.stdout).unwrap()
});

impl Table {
    /// Every table there is.
    pub(super) fn all() -> Vec<Self> {
        let told = TOLD["providers"].as_array().unwrap();
        told.iter().map(|told| Self { told, keeps: None }).collect()
    }

    /// The one of a row.
    pub(super) fn of(row: &Row) -> Self {
        let mut tables: Vec<Self> = Self::all().into_iter().filter(|table| table.is_of(row)).collect();
        assert_eq!(tables.len(), 1, "how many tables {} has", row.name);
        let providers = centers::providers();
        let known = providers
            .iter()
            .find(|known| known.provider == row.provider && known.variant.map(Variant::word) == row.variant);
        let target = row.target.map_or(Target::default(), |key| Target::of(key, key));
        Self { keeps: known.map(|known| known.keeps(&target)), ..tables.remove(0) }
    }

    /// Whether it is the one of a row.
    pub(super) fn is_of(&self, row: &Row) -> bool {
        self.told["provider"] == row.provider && self.told["variant"].as_str() == row.variant
    }

    /// By what it is known.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.told["provider"], self.told["variant"])
    }

    /// How far a control reaches: the word of its table.
    fn writes(&self, control: &str) -> &str {
        self.reaches(control, "write")
    }

    fn reaches(&self, control: &str, way: &str) -> &str {
        self.told["controls"][control][way]["ability"]
            .as_str()
            .unwrap_or_else(|| panic!("no control {control}"))
    }

    /// Whether Bursar sets a control itself.
    pub(super) fn by_itself(&self, control: &str) -> bool {
        matches!(self.writes(control), "api" | "gated")
    }

    /// Whether a control can be set at all.
    pub(super) fn settable(&self, control: &str) -> bool {
        self.by_itself(control) || self.writes(control) == "manual"
    }

    fn has_setting(&self, name: &str, required: bool) -> bool {
        let settings = self.told["settings"].as_array().unwrap();
        settings.iter().any(|key| key["name"] == name && (!required || key["required"] == true))
    }

    /// One thing that is needed and not there, in words.
    pub(super) fn lacks(&self, need: Need) -> Option<String> {
        let speaks = self.has_setting("base_url", false) && self.by_itself("grant");
        match need {
            Need::Sets(control) if !self.settable(control) => Some(format!("{control} is {}", self.writes(control))),
            Need::Writes(control) if !self.by_itself(control) => Some(format!("{control} is {}", self.writes(control))),
            Need::Reads(control) if self.reaches(control, "read") != "api" => {
                Some(format!("{control} is {}", self.reaches(control, "read")))
            }
            Need::Pools if self.keeps.is_none_or(|keeps| keeps.own_setting || keeps.others_by_roster) => {
                Some("the pool is the account itself".to_owned())
            }
            Need::OthersCap if self.keeps.is_none_or(|keeps| !keeps.others_cap) => {
                Some("others are those who did not join".to_owned())
            }
            Need::Requests if !speaks => Some("nothing is written over HTTP".to_owned()),
            Need::Token if !self.has_setting("token", true) => Some("no token is asked for".to_owned()),
            Need::Names if self.told["identity"] == serde_json::json!(["id"]) => {
                Some("people go by their id".to_owned())
            }
            Need::Shared if !self.by_itself("grant") => Some("what is there is in the folder of the files".to_owned()),
            _ => None,
        }
    }
}
