//! One message: everything that one recipient is to hear in one run.

use sha2::{Digest, Sha256};

use crate::model::{Amount, CenterId, PoolId, Recipient, Subject, Threshold, Window};

use super::{Claim, Matter, Reading};

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum To {
    /// To one recipient.
    Recipient(Recipient),
    /// To the issue of a pool in a period, where everybody who is named there reads it.
    Issue {
        /// The center, in the vendor's words.
        identity: String,
        /// The pool.
        pool: PoolId,
        /// The period.
        window: Window,
    },
}

impl To {
    /// By what the place is known: the same for everything that goes there.
    pub fn mark(&self) -> String {
        match self {
            Self::Recipient(recipient) => short(&[serde_json::json!(recipient).to_string()]),
            Self::Issue { identity, pool, window } => short(&[serde_json::json!([identity, pool, window]).to_string()]),
        }
    }
}

/// A level that was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is about.
    pub matter: Matter,
    /// Who hears of it: in an issue there are several.
    pub recipient: Recipient,
    /// The center's name in the files.
    pub center: CenterId,
    /// The person, where it is about a cap.
    pub subject: Option<Subject>,
    /// The period.
    pub window: Window,
    /// The level.
    pub level: Threshold,
    /// What was drawn.
    pub drawn: Amount,
    /// Whether it may be more.
    pub at_least: bool,
    /// The budget or the cap, where there is one.
    pub limit: Option<Amount>,
    /// How often it recovered before.
    pub round: u32,
}

impl Item {
    /// What is to be told of a reading.
    pub fn of(reading: &Reading, recipient: &Recipient, claim: &Claim) -> Self {
        let Reading { matter, center, subject, window, drawn, at_least, limit, unlimited: _, levels: _ } = reading;
        Self {
            matter: matter.clone(),
            recipient: recipient.clone(),
            center: center.clone(),
            subject: subject.clone(),
            window: *window,
            level: claim.level,
            drawn: *drawn,
            at_least: *at_least,
            limit: *limit,
            round: claim.round,
        }
    }

    /// By what a receiver knows that it has this already: it is the same however often it is sent.
    pub fn id(&self) -> String {
        short(&[self.identity()])
    }

    fn identity(&self) -> String {
        let Self { matter, recipient, center: _, subject: _, window, level, drawn: _, at_least: _, limit: _, round } =
            self;
        serde_json::json!([matter, recipient, window, level, round]).to_string()
    }
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Where it goes.
    pub to: To,
    /// What it says: budgets first, then people.
    pub items: Vec<Item>,
}

impl Notice {
    /// By what a receiver knows that it has this message already.
    pub fn id(&self) -> String {
        let mut items: Vec<String> = self.items.iter().map(Item::identity).collect();
        items.sort();
        short(&items)
    }
}

/// A short name of some texts: 128 bits, which nobody meets twice.
fn short(texts: &[String]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.as_bytes());
        hash.update(b"\n");
    }
    hash.finalize()
        .iter()
        .take(16)
        .fold(String::new(), |name, byte| format!("{name}{byte:02x}"))
}
