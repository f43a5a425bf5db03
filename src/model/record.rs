//! The record: what people confirmed that they set by hand, by whom and when. Data under review, not trust: what the
//! center shows later counts more.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use jiff::Timestamp;

use super::{Amount, Cap, CenterId, ControlName, Limit, Target, WhenExhausted, parse_decimal};

/// What somebody confirmed, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed<T> {
    /// What was set.
    pub value: T,
    /// Who says so.
    pub by: String,
    /// When they said it.
    pub at: Timestamp,
    /// The plan that it was done for, as the first twelve digits of its hash; nothing where there was none.
    pub plan: Option<String>,
    /// The fingerprint of what the center showed when that plan was made ([`super::Observed::basis`]).
    pub basis: Option<String>,
}

/// What a person was set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// They may not draw from the pool.
    Blocked,
    /// They may, up to this cap.
    Cap(Cap),
}

/// What a pool was set to. `None` says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolSetting {
    /// The pool's limit.
    pub limit: Option<Limit>,
    /// What happens when it is used up.
    pub when_exhausted: Option<WhenExhausted>,
}

/// What was confirmed of one center.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CenterRecord {
    /// Which account it was.
    pub identity: Option<String>,
    /// What each person was set to, by the identity that the center knows them by, in lower case.
    pub people: BTreeMap<String, Confirmed<Level>>,
    /// What each pool was set to, by its target.
    pub pools: BTreeMap<Target, Confirmed<PoolSetting>>,
    /// Controls that somebody looked for in the console and did not find.
    pub missing: BTreeMap<ControlName, Confirmed<()>>,
}

/// What was confirmed, by center.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The centers.
    pub centers: BTreeMap<CenterId, CenterRecord>,
}

/// Whether a file is a record, by its name: a folder of a config may hold one, and it is no part of the config.
pub fn is_record(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    name.ends_with(".record.yaml") || name.ends_with(".record.yml")
}

/// A text that is no level, or no limit of a pool.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an amount with its unit nor a word for one")]
pub struct LevelError(pub String);

fn amount(text: &str) -> Option<Amount> {
    let (number, unit) = text.split_once(' ')?;
    Amount::new(parse_decimal(number).ok()?, unit.parse().ok()?).ok()
}

impl FromStr for Level {
    type Err = LevelError;

    /// Reads `none`, `unlimited`, or an amount with its unit such as `500 credits`.
    fn from_str(text: &str) -> Result<Self, LevelError> {
        match text {
            "none" => Ok(Self::Blocked),
            "unlimited" => Ok(Self::Cap(Cap::Unlimited)),
            _ => match amount(text) {
                Some(amount) => Ok(Self::Cap(Cap::Amount(amount))),
                None => Err(LevelError(text.to_owned())),
            },
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blocked => f.pad("none"),
            Self::Cap(Cap::Amount(amount)) => f.pad(&format!("{} {}", amount.number(), amount.unit())),
            Self::Cap(cap) => fmt::Display::fmt(cap, f),
        }
    }
}

impl PoolSetting {
    /// Reads a limit: `none`, or an amount with its unit such as `5000 credits`.
    ///
    /// # Errors
    /// [`LevelError`] where it is neither.
    pub fn limit_of(text: &str) -> Result<Limit, LevelError> {
        match text {
            "none" => Ok(Limit::None),
            _ => amount(text).map(Limit::Amount).ok_or_else(|| LevelError(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_read_as_it_is_written() {
        for text in ["none", "unlimited", "0 credits", "2000 credits", "12.50 USD", "0.0003 USD"] {
            assert_eq!(text.parse::<Level>().unwrap().to_string(), text);
        }
        for text in
            ["", "inherit", "None", "2000", "2,000 credits", "2000  credits", "-5 credits", "1e3 credits", "5 usd"]
        {
            assert_eq!(text.parse::<Level>(), Err(LevelError(text.to_owned())), "{text}");
        }
        assert_eq!(PoolSetting::limit_of("none"), Ok(Limit::None));
        assert!(PoolSetting::limit_of("unlimited").is_err());
    }

    #[test]
    fn a_record_is_known_by_its_name() {
        for name in ["figma.record.yaml", "a/b/x.record.yml", "X.RECORD.YAML"] {
            assert!(is_record(Path::new(name)), "{name}");
        }
        for name in ["record.yaml", "figma.record.yaml.tmp", "figma.record", "a.record.yaml/b.yaml"] {
            assert!(!is_record(Path::new(name)), "{name}");
        }
    }
}
