//! When a threshold is reached, in exact decimals, and which of two is the higher one.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::model::{Amount, Threshold};

/// How much must be drawn for a threshold to be reached. Nothing where it is a share of nothing, of no limit, or of what
/// outgrows 28 digits.
pub(super) fn reached_at(threshold: Threshold, limit: Option<Amount>) -> Option<Amount> {
    match threshold {
        Threshold::Amount(amount) => Some(amount),
        Threshold::Percent(percent) => {
            let limit = limit.filter(|limit| !limit.is_zero())?;
            let share = limit.value().checked_mul(Decimal::new(i64::from(percent), 2))?;
            Amount::new(share, limit.unit()).ok()
        }
    }
}

/// Whether so much reaches a threshold; nothing where that cannot be told.
pub(super) fn is_reached(threshold: Threshold, drawn: Amount, limit: Option<Amount>) -> Option<bool> {
    let at = reached_at(threshold, limit)?;
    (at.unit() == drawn.unit()).then(|| drawn.value() >= at.value())
}

/// The highest of some thresholds that so much reaches. Of two at the same height it is the share that is named.
pub(super) fn highest(thresholds: &BTreeSet<Threshold>, drawn: Amount, limit: Option<Amount>) -> Option<Threshold> {
    let reached = thresholds.iter().filter(|at| is_reached(**at, drawn, limit) == Some(true));
    let height = |at: &Threshold| (reached_at(*at, limit).map(|at| at.value()), matches!(at, Threshold::Percent(_)));
    reached.copied().max_by_key(height)
}

/// Whether one threshold is above another, by today's limit. What cannot be compared is not above.
pub(super) fn is_above(one: Threshold, other: Threshold, limit: Option<Amount>) -> bool {
    match (reached_at(one, limit), reached_at(other, limit)) {
        (Some(one), Some(other)) => one.unit() == other.unit() && one.value() > other.value(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Unit, parse_decimal};

    fn usd(text: &str) -> Amount {
        Amount::new(parse_decimal(text).unwrap(), Unit::USD).unwrap()
    }

    #[test]
    fn a_share_is_exact() {
        let third = Threshold::Percent(33);
        assert_eq!(is_reached(third, usd("0.0033"), Some(usd("0.01"))), Some(true));
        assert_eq!(is_reached(third, usd("0.0032999999999999"), Some(usd("0.01"))), Some(false));
        assert_eq!(is_reached(Threshold::Percent(100), usd("10"), Some(usd("10"))), Some(true));
        assert_eq!(is_reached(Threshold::Amount(usd("7")), usd("6.99"), None), Some(false));
        assert_eq!(is_reached(Threshold::Amount(usd("7")), usd("7"), None), Some(true));
    }

    #[test]
    fn what_is_not_known_is_not_reached() {
        let half = Threshold::Percent(50);
        assert_eq!(is_reached(half, usd("5"), None), None);
        assert_eq!(is_reached(half, usd("0"), Some(usd("0"))), None, "nothing has no half");
        assert_eq!(is_reached(Threshold::Amount(Amount::whole(5, Unit::Credits)), usd("7"), None), None);
        let huge = Amount::new(Decimal::MAX, Unit::USD).unwrap();
        assert_ne!(is_reached(Threshold::Percent(99), huge, Some(huge)), Some(false));
    }

    #[test]
    fn the_highest_is_named() {
        let all = BTreeSet::from([
            Threshold::Percent(50),
            Threshold::Percent(80),
            Threshold::Percent(100),
            Threshold::Amount(usd("80")),
            Threshold::Amount(usd("81")),
        ]);
        let at = |drawn: &str, limit: Option<&str>| highest(&all, usd(drawn), limit.map(usd));
        assert_eq!(at("49.99", Some("100")), None);
        assert_eq!(at("79.99", Some("100")), Some(Threshold::Percent(50)));
        assert_eq!(at("80", Some("100")), Some(Threshold::Percent(80)));
        assert_eq!(at("99", Some("100")), Some(Threshold::Amount(usd("81"))));
        assert_eq!(at("100", Some("100")), Some(Threshold::Percent(100)));
        assert_eq!(at("100", None), Some(Threshold::Amount(usd("81"))), "no share of no limit");
        assert!(is_above(Threshold::Percent(80), Threshold::Percent(50), Some(usd("1"))));
        assert!(!is_above(Threshold::Percent(80), Threshold::Amount(usd("80")), Some(usd("100"))));
        assert!(!is_above(Threshold::Percent(80), Threshold::Percent(50), None));
    }
}
