//! A threshold of a budget or of caps, and who hears of it.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Amount;

/// What an alert watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "alertScope")]
pub enum AlertScope {
    /// The pool's budget.
    Budget,
    /// Each member's cap.
    Caps,
}

impl fmt::Display for AlertScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Budget => "budget",
            Self::Caps => "caps",
        })
    }
}

/// How much must be used before an alert fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Threshold {
    /// A share, in whole percent.
    Percent(u32),
    /// An absolute amount.
    Amount(Amount),
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(percent) => write!(f, "{percent}%"),
            Self::Amount(amount) => fmt::Display::fmt(amount, f),
        }
    }
}

/// What makes two alerts of a pool the same alert: a pool has one alert per scope and threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AlertKey {
    /// What is watched.
    pub of: AlertScope,
    /// How much must be used.
    pub at: Threshold,
}

impl fmt::Display for AlertKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.at, self.of)
    }
}

/// One way to reach somebody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Recipient {
    /// An e-mail address.
    Email(String),
    /// An account at a vendor.
    Login {
        /// The provider whose account it is.
        provider: String,
        /// The account's name there.
        login: String,
    },
    /// A Slack-compatible webhook, by the name of the environment variable that holds its URL.
    Slack(String),
    /// A generic webhook, by the name of the environment variable that holds its URL.
    Webhook(String),
    /// The person whose cap it is.
    Member,
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(address) => f.write_str(address),
            Self::Login { provider, login } => write!(f, "{provider}:{login}"),
            Self::Slack(variable) => write!(f, "slack ${variable}"),
            Self::Webhook(variable) => write!(f, "webhook ${variable}"),
            Self::Member => f.write_str("the member"),
        }
    }
}

/// Who hears when a threshold is reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Alert {
    /// Everybody who hears of it.
    pub notify: BTreeSet<Recipient>,
}
