//! How much one person may draw: a member's cap, and what holds for everybody whom no rule names.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Amount;

/// The most that one member may draw from a pool in one period.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Cap {
    /// At most this much; zero is a cap like any other.
    Amount(Amount),
    /// No limit of the member's own; the pool's budget still holds.
    Unlimited,
    /// Whatever the next wider rule of the center says: the pool's default cap, else no limit of the member's own.
    Inherit,
}

impl Cap {
    /// The amount, where this cap is one.
    pub fn amount(&self) -> Option<Amount> {
        match self {
            Self::Amount(amount) => Some(*amount),
            Self::Unlimited | Self::Inherit => None,
        }
    }
}

impl fmt::Display for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount(amount) => fmt::Display::fmt(amount, f),
            Self::Unlimited => f.pad("unlimited"),
            Self::Inherit => f.pad("inherit"),
        }
    }
}

impl Serialize for Cap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Amount(amount) => amount.serialize(serializer),
            Self::Unlimited => serializer.serialize_str("unlimited"),
            Self::Inherit => serializer.serialize_str("inherit"),
        }
    }
}

impl<'de> Deserialize<'de> for Cap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Wire {
            Amount(Amount),
            Word(String),
        }
        match Wire::deserialize(deserializer)? {
            Wire::Amount(amount) => Ok(Self::Amount(amount)),
            Wire::Word(word) if word == "unlimited" => Ok(Self::Unlimited),
            Wire::Word(word) if word == "inherit" => Ok(Self::Inherit),
            Wire::Word(word) => Err(D::Error::custom(format!("`{word}` is no cap"))),
        }
    }
}

/// What a center lets those people draw whom no grant of the pool names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Others {
    /// Nothing from the pool; the credits of their own seat stay.
    Blocked,
    /// Up to this much each.
    Cap(Cap),
}

impl fmt::Display for Others {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blocked => f.pad("blocked"),
            Self::Cap(cap) => fmt::Display::fmt(cap, f),
        }
    }
}

impl Serialize for Others {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire {
            cap: Cap,
        }
        match self {
            Self::Blocked => serializer.serialize_str("blocked"),
            Self::Cap(cap) => Wire { cap: *cap }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Others {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Wire {
            Cap { cap: Cap },
            Word(String),
        }
        match Wire::deserialize(deserializer)? {
            Wire::Cap { cap } => Ok(Self::Cap(cap)),
            Wire::Word(word) if word == "blocked" => Ok(Self::Blocked),
            Wire::Word(word) => Err(D::Error::custom(format!("`{word}` is nothing that others can be"))),
        }
    }
}
