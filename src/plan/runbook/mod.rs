//! The part of a plan that a person does in a vendor's console, as steps: as few clicks as the console allows, in an
//! order in which nobody who keeps a right loses it on the way.

mod by_hand;
pub mod read;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{CenterId, ControlName, Limit, MemberId, PoolId, Target, WhenExhausted};

pub use by_hand::by_hand;

/// The version of the runbook's JSON, which stands in its Markdown and HTML too.
pub const SCHEMA: &str = "bursar.runbook.v1";

/// Steps for a person, with everything that is needed to confirm them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runbook {
    /// [`SCHEMA`].
    pub schema: String,
    /// When it was written.
    pub made_at: Timestamp,
    /// The hash of the plan.
    pub plan: String,
    /// The centers that the steps are about.
    pub centers: BTreeMap<CenterId, RunbookCenter>,
    /// The steps, in the order in which they are to be done.
    pub steps: Vec<Step>,
}

/// A center of a runbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunbookCenter {
    /// The provider.
    pub provider: String,
    /// The account.
    pub identity: String,
    /// The fingerprint of what the center showed ([`crate::model::Observed::basis`]).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub basis: Option<String>,
}

/// Something to press, or words around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// Words.
    Say(String),
    /// The label of something in the console.
    Press(String),
}

/// One line of what to do.
pub type Click = Vec<Piece>;

/// Which rows a bulk action ticks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Select {
    /// There is nothing to tick.
    Nothing,
    /// Those of the step's items.
    Items,
    /// All rows but these, by the name that the console shows.
    AllBut(Vec<String>),
}

/// One step: one bulk action, or one setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// From 1.
    pub number: u32,
    /// The center.
    pub center: CenterId,
    /// The control that it needs: where the console does not show it, the step cannot be done.
    pub control: ControlName,
    /// What it achieves, as a sentence.
    pub title: String,
    /// What to press, in order.
    pub clicks: Vec<Click>,
    /// Which rows are ticked.
    pub select: Select,
    /// A remark for whoever does it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
    /// How long it takes, about.
    pub seconds: u32,
    /// What it changes.
    pub items: Vec<Item>,
}

/// One change within a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The change's id ([`super::Change::id`]).
    pub id: String,
    /// The pool.
    pub pool: PoolId,
    /// The name that the console shows: an e-mail address, or the pool's own object.
    pub name: String,
    /// The person's id in the files, where they are in them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub member: Option<MemberId>,
    /// From what to what, in words.
    pub says: String,
    /// What it comes to, for the record.
    pub sets: Sets,
}

/// What is set, as the record keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sets {
    /// A person's level: `none`, `unlimited`, or an amount with its unit such as `500 credits`.
    Person {
        /// The identity that the center knows the person by.
        identity: String,
        /// The level.
        level: String,
    },
    /// A pool's budget.
    Pool {
        /// The vendor's object.
        target: Target,
        /// The limit: `none`, or an amount with its unit.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        limit: Option<String>,
        /// What happens when it is used up.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        when_exhausted: Option<WhenExhausted>,
    },
}

impl Sets {
    /// A limit, in the words of a runbook and a record.
    pub fn limit_words(limit: Limit) -> String {
        match limit {
            Limit::None => "none".to_owned(),
            Limit::Amount(amount) => format!("{} {}", amount.number(), amount.unit()),
        }
    }
}

impl Runbook {
    /// How long all of it takes, in minutes, rounded up.
    pub fn minutes(&self) -> u32 {
        minutes(&self.steps)
    }
}

/// How long steps take, in minutes, rounded up.
pub fn minutes<'a>(steps: impl IntoIterator<Item = &'a Step>) -> u32 {
    steps.into_iter().fold(0_u32, |sum, step| sum.saturating_add(step.seconds)).div_ceil(60)
}

/// A value as JSON that can stand in a comment or a script of HTML: nothing in it ends either.
pub fn embedded<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string(value)?;
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // They stand in strings only: there are no negative numbers here.
            '<' | '>' | '&' | '-' | '\u{2028}' | '\u{2029}' => drop(write!(safe, "\\u{:04x}", u32::from(c))),
            c => safe.push(c),
        }
    }
    Ok(safe)
}
