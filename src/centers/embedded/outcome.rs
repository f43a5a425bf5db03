//! What becomes of a draw, as data and as a sentence.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{Amount, Unit};

/// How a member and a pool stand, in the pool's unit and for its current period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// What the member has drawn.
    pub drawn_by_member: Amount,
    /// The cap that holds for the member; `None` where only the budget holds.
    pub cap: Option<Amount>,
    /// What the cap leaves.
    pub left_of_cap: Option<Amount>,
    /// What everybody has drawn.
    pub drawn_from_pool: Amount,
    /// The budget of the pool; `None` where there is no limit.
    pub limit: Option<Amount>,
    /// What the budget leaves; nothing once it is overdrawn.
    pub left_of_pool: Option<Amount>,
}

/// Why a member may not draw on a pool at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ineligible {
    /// No grant names them, and others are blocked.
    #[error("no grant names them, and others are blocked")]
    NoGrant,
    /// Their grant has ended.
    #[error("their grant ended after {0}")]
    Expired(Date),
    /// What holds for them counts something else than the pool does: the pool's unit was changed, their cap was not.
    #[error("what limits them counts {0}, which is not the pool's unit")]
    OtherUnit(Unit),
    /// In the words of a center that was asked over HTTP.
    #[error("{0}")]
    Said(String),
}

/// What is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Exhausted {
    /// The member's own cap.
    Cap,
    /// The pool's budget.
    Budget,
}

/// What became of a draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Draw {
    /// It was drawn; this is how things stand now.
    Drawn(Balance),
    /// The member may not draw on this pool.
    NotEligible {
        /// Why.
        why: Ineligible,
    },
    /// It is more than what is left; nothing was drawn.
    UsedUp {
        /// What is used up.
        what: Exhausted,
        /// How things stand.
        balance: Balance,
    },
}

impl Serialize for Ineligible {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ineligible {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::Said)
    }
}

impl Draw {
    /// Whether the amount was drawn.
    pub fn is_drawn(&self) -> bool {
        matches!(self, Self::Drawn(_))
    }
}

impl fmt::Display for Draw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drawn(Balance { drawn_by_member, cap, left_of_cap, left_of_pool, .. }) => {
                match (cap, left_of_cap) {
                    (Some(cap), Some(left)) => {
                        let (drawn, left) = (drawn_by_member.grouped(), left.grouped());
                        write!(f, "drawn: {drawn} of a cap of {cap} in this period, {left} left")?;
                    }
                    _ => write!(f, "drawn: {drawn_by_member} in this period")?,
                }
                match left_of_pool {
                    Some(left) => write!(f, "; the pool has {} left", left.grouped()),
                    None => Ok(()),
                }
            }
            Self::NotEligible { why } => write!(f, "not eligible: {why}"),
            Self::UsedUp { what, balance } => {
                let (name, limit, left) = match what {
                    Exhausted::Cap => ("cap", balance.cap, balance.left_of_cap),
                    Exhausted::Budget => ("pool's budget", balance.limit, balance.left_of_pool),
                };
                match (limit, left) {
                    (Some(limit), Some(left)) => {
                        write!(f, "used up: of the {name} of {limit}, {} is left in this period", left.grouped())
                    }
                    _ => write!(f, "used up: the {name}"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credits(number: u32) -> Amount {
        Amount::whole(number, Unit::Credits)
    }

    fn balance() -> Balance {
        Balance {
            drawn_by_member: credits(1500),
            cap: Some(credits(2000)),
            left_of_cap: Some(credits(500)),
            drawn_from_pool: credits(49_000),
            limit: Some(credits(50_000)),
            left_of_pool: Some(credits(1000)),
        }
    }

    #[test]
    fn a_draw_in_a_sentence() {
        let open = Balance { cap: None, left_of_cap: None, limit: None, left_of_pool: None, ..balance() };
        let draws = [
            Draw::Drawn(balance()),
            Draw::Drawn(open),
            Draw::NotEligible { why: Ineligible::NoGrant },
            Draw::NotEligible { why: Ineligible::Expired(jiff::civil::date(2026, 12, 31)) },
            Draw::UsedUp { what: Exhausted::Cap, balance: balance() },
            Draw::UsedUp { what: Exhausted::Budget, balance: balance() },
        ];
        insta::assert_snapshot!(draws.map(|draw| draw.to_string()).join("\n"), @r"
        drawn: 1,500 of a cap of 2,000 credits in this period, 500 left; the pool has 1,000 left
        drawn: 1,500 credits in this period
        not eligible: no grant names them, and others are blocked
        not eligible: their grant ended after 2026-12-31
        used up: of the cap of 2,000 credits, 500 is left in this period
        used up: of the pool's budget of 50,000 credits, 1,000 is left in this period
        ");
    }

    #[test]
    fn a_draw_as_data() {
        let draws = [
            Draw::Drawn(balance()),
            Draw::NotEligible { why: Ineligible::NoGrant },
            Draw::UsedUp { what: Exhausted::Cap, balance: Balance { limit: None, left_of_pool: None, ..balance() } },
        ];
        insta::assert_snapshot!(draws.map(|draw| serde_json::to_string(&draw).unwrap()).join("\n"), @r#"
        {"outcome":"drawn","drawn_by_member":{"amount":"1500","unit":"credits"},"cap":{"amount":"2000","unit":"credits"},"left_of_cap":{"amount":"500","unit":"credits"},"drawn_from_pool":{"amount":"49000","unit":"credits"},"limit":{"amount":"50000","unit":"credits"},"left_of_pool":{"amount":"1000","unit":"credits"}}
        {"outcome":"not_eligible","why":"no grant names them, and others are blocked"}
        {"outcome":"used_up","what":"cap","balance":{"drawn_by_member":{"amount":"1500","unit":"credits"},"cap":{"amount":"2000","unit":"credits"},"left_of_cap":{"amount":"500","unit":"credits"},"drawn_from_pool":{"amount":"49000","unit":"credits"},"limit":null,"left_of_pool":null}}
        "#);
    }
}
