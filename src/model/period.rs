//! How often a budget starts again.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Amount;

/// The span after which a budget and the caps of its pool start again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "period")]
pub enum Period {
    /// Every day.
    Daily,
    /// Every week.
    Weekly,
    /// Every calendar month, or as the vendor bills.
    Monthly,
    /// Every three months.
    Quarterly,
    /// Every year.
    Yearly,
    /// Never: it is spent once.
    Lifetime,
}

impl Period {
    /// Every period, shortest first.
    pub const ALL: [Self; 6] =
        [Self::Daily, Self::Weekly, Self::Monthly, Self::Quarterly, Self::Yearly, Self::Lifetime];

    /// The word that stands in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::Yearly => "yearly",
            Self::Lifetime => "lifetime",
        }
    }

    /// The period of that name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.as_str() == word)
    }

    /// An amount per period as an exact amount per 31 days, the longest month; a lifetime counts whole, since it may
    /// all be spent in one month. `None` when the number outgrows 28 digits.
    pub fn per_31_days(self, amount: Amount) -> Option<Amount> {
        let days = |days: u32| {
            let month = amount.value().checked_mul(Decimal::from(31))?;
            month.checked_div(Decimal::from(days))
        };
        let value = match self {
            Self::Daily => days(1),
            Self::Weekly => days(7),
            Self::Monthly | Self::Lifetime => Some(amount.value()),
            Self::Quarterly => days(90),
            Self::Yearly => days(365),
        }?;
        Amount::new(value, amount.unit()).ok()
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
