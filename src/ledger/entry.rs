//! A line of the ledger.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::CenterId;

use super::Made;

/// The version of the lines.
pub const SCHEMA: &str = "bursar.ledger.v1";

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire")]
pub struct Entry {
    /// [`SCHEMA`].
    pub schema: String,
    /// The number of the line, from 1.
    pub seq: u64,
    /// When it was written, by the clock of its writer.
    pub at: Timestamp,
    /// The SHA-256 of the line before, without its line end, in lower-case hexadecimal; nothing in the first line.
    pub prev: Option<String>,
    /// The run that it is about: what no other run has.
    pub run: String,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What a line tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum What {
    /// A run is about to send its first write.
    Begun(Box<Begun>),
    /// A run has ended, and what became of its changes.
    Ended(Ended),
    /// Somebody confirmed what they set by hand.
    Confirmed(Box<Confirmed>),
    /// Somebody granted a request for a higher cap, at the vendor.
    Approved(Box<Approved>),
}

/// Who acts, as the environment says. Nothing of it is proven.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// Their name: a login of the CI system, or what Git or the system calls them.
    pub name: String,
    /// Where the name comes from: `bursar`, `github`, `gitlab`, `git` or `system`.
    pub from: String,
    /// Who started a job again that somebody else had started first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rerun_by: Option<String>,
    /// The user and machine of the process.
    pub host: String,
    /// The page of the run, where a CI system says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_url: Option<String>,
    /// Who approved the run, where anybody says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<String>,
    /// The commit of the files, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Whether the files differed from that commit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dirty: bool,
    /// The branch or tag that the run is about, as the CI system names it.
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// A run before its first write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Begun {
    /// The command.
    pub command: String,
    /// Who acts.
    pub who: Who,
    /// The hash of the plan that was approved.
    pub plan: String,
    /// The revision that causes were told from, as it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Where the journal is, as the run was told.
    pub journal: String,
    /// The earlier runs that it goes on with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub finishes: Vec<String>,
    /// The identity of every center of the run.
    pub centers: BTreeMap<CenterId, String>,
}

/// A run at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// Every change of the plan, and what became of it.
    pub outcomes: Vec<Made>,
    /// The exit code; nothing where the run died, and a later one tells what its journal holds.
    pub exit: Option<u8>,
    /// The run that tells it, where the run itself could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told_by: Option<String>,
}

/// What somebody confirmed that they set by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Confirmed {
    /// Who confirmed it: their own word.
    pub by: String,
    /// Who wrote it down.
    pub who: Who,
    /// The hash of the plan that the runbook was made from.
    pub plan: String,
    /// The identity of every center that it is about.
    pub centers: BTreeMap<CenterId, String>,
    /// What was set.
    pub outcomes: Vec<Made>,
}

/// A request for a higher cap that somebody granted at the vendor: no plan was made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Approved {
    /// The vendor's id of the request.
    pub request: String,
    /// Who granted it.
    pub who: Who,
    /// The identity of the center.
    pub centers: BTreeMap<CenterId, String>,
    /// The cap that the vendor was told.
    pub outcomes: Vec<Made>,
}

/// A line as it is read: what every kind of line has, and what some have. Long ledgers are read fast only where nothing
/// is put aside before it is known what it is.
#[derive(Deserialize)]
struct Wire {
    schema: String,
    seq: u64,
    at: Timestamp,
    prev: Option<String>,
    run: String,
    kind: Kind,
    command: Option<String>,
    by: Option<String>,
    request: Option<String>,
    who: Option<Who>,
    plan: Option<String>,
    base: Option<String>,
    journal: Option<String>,
    #[serde(default)]
    finishes: Vec<String>,
    centers: Option<BTreeMap<CenterId, String>>,
    outcomes: Option<Vec<Made>>,
    exit: Option<u8>,
    told_by: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Begun,
    Ended,
    Confirmed,
    Approved,
}

impl TryFrom<Wire> for Entry {
    type Error = String;

    fn try_from(wire: Wire) -> Result<Self, String> {
        fn there<T>(name: &str, value: Option<T>) -> Result<T, String> {
            value.ok_or_else(|| format!("`{name}` is missing"))
        }
        let Wire { schema, seq, at, prev, run, kind, command, by, request, who, plan, .. } = wire;
        let Wire { base, journal, finishes, centers, outcomes, exit, told_by, .. } = wire;
        let what = match kind {
            Kind::Begun => What::Begun(Box::new(Begun {
                command: there("command", command)?,
                who: there("who", who)?,
                plan: there("plan", plan)?,
                base,
                journal: there("journal", journal)?,
                finishes,
                centers: there("centers", centers)?,
            })),
            Kind::Ended => What::Ended(Ended { outcomes: there("outcomes", outcomes)?, exit, told_by }),
            Kind::Confirmed => What::Confirmed(Box::new(Confirmed {
                by: there("by", by)?,
                who: there("who", who)?,
                plan: there("plan", plan)?,
                centers: there("centers", centers)?,
                outcomes: there("outcomes", outcomes)?,
            })),
            Kind::Approved => What::Approved(Box::new(Approved {
                request: there("request", request)?,
                who: there("who", who)?,
                centers: there("centers", centers)?,
                outcomes: there("outcomes", outcomes)?,
            })),
        };
        Ok(Self { schema, seq, at, prev, run, what })
    }
}
