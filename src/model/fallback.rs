//! A pool that another center may hold, in that center's unit and under a name that shows who made it.

use super::{
    Alert, AlertKey, Amount, Cap, CenterId, Desired, Ended, Grant, Limit, Others, Pool, PoolId, Source, Target,
    Threshold, Unit, has_28_digits,
};

use rust_decimal::Decimal;

/// How the name of an object begins that holds a pool for another center.
pub const FALLBACK_MARK: &str = "bursar-fallback-";

/// A pool as the center would hold it that the files name as its fallback.
#[derive(Clone, Debug)]
pub struct Fallback {
    /// The pool's own center.
    pub home: CenterId,
    /// The center that holds it while its own does not offer what it needs.
    pub center: CenterId,
    /// The object there. Its name begins with [`FALLBACK_MARK`], and no other is ever made or deleted for a fallback.
    pub target: Target,
    /// What that center shall hold: this one pool, in its unit.
    pub desired: Desired,
    /// The line that names the fallback.
    pub source: Source,
}

/// What one unit is worth in another: `1 credit = 0.024 USD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worth {
    /// The unit that is converted.
    pub of: Unit,
    /// What one of it is worth.
    pub is: Amount,
}

impl Worth {
    /// An amount in the other unit, exactly; `None` where that has more digits than an amount can have, or where the
    /// amount is of another unit.
    pub fn convert(&self, amount: Amount) -> Option<Amount> {
        if amount.unit() == self.is.unit() {
            return Some(amount);
        }
        if amount.unit() != self.of {
            return None;
        }
        // Multiplying decimals rounds silently, so it is done with whole numbers.
        let (a, b) = (amount.value(), self.is.value());
        let mantissa = a.mantissa().checked_mul(b.mantissa())?;
        let product = Decimal::try_from_i128_with_scale(mantissa, a.scale() + b.scale()).ok()?.normalize();
        if !has_28_digits(product) {
            return None;
        }
        Amount::new(product, self.is.unit()).ok()
    }

    fn cap(&self, cap: Cap) -> Option<Cap> {
        match cap {
            Cap::Amount(amount) => self.convert(amount).map(Cap::Amount),
            other => Some(other),
        }
    }

    fn key(&self, key: AlertKey) -> Option<AlertKey> {
        let at = match key.at {
            Threshold::Amount(amount) => Threshold::Amount(self.convert(amount)?),
            percent @ Threshold::Percent(_) => percent,
        };
        Some(AlertKey { at, ..key })
    }

    /// What a center shall hold of one pool, in the other unit and as another object; `None` where something cannot be
    /// converted exactly, or the pool is not there.
    pub fn pool(&self, desired: &Desired, id: &PoolId, target: &Target) -> Option<Desired> {
        let Pool { target: _, description, budget, default_cap, others, alerts, grants } =
            desired.state.pools.get(id)?;
        let limit = match budget.limit {
            Some(Limit::Amount(amount)) => Some(Limit::Amount(self.convert(amount)?)),
            other => other,
        };
        let budget = super::Budget { unit: self.is.unit(), limit, ..budget.clone() };
        let cap = |cap: Option<Cap>| cap.map_or(Some(None), |cap| self.cap(cap).map(Some));
        let others = match others {
            Some(Others::Cap(cap)) => Some(Others::Cap(self.cap(*cap)?)),
            other => *other,
        };
        let grants = grants
            .iter()
            .map(|(subject, grant)| Some((subject.clone(), Grant { cap: cap(grant.cap)?, ..*grant })))
            .collect::<Option<_>>()?;
        let alerts = match alerts {
            Some(alerts) => {
                let alerts = alerts.iter().map(|(key, alert)| Some((self.key(*key)?, Alert::clone(alert))));
                Some(alerts.collect::<Option<_>>()?)
            }
            None => None,
        };
        let pool = Pool {
            target: target.clone(),
            description: description.clone(),
            budget,
            default_cap: cap(*default_cap)?,
            others,
            alerts,
            grants,
        };
        let mut moved = Desired::default();
        moved.state.pools.insert(id.clone(), pool);
        if let Some(lapsed) = desired.lapsed.get(id) {
            moved.lapsed.insert(id.clone(), lapsed.clone());
        }
        if let Some(outlived) = desired.outlived.get(id) {
            let outlived = outlived
                .iter()
                .map(|(member, ended)| Some((member.clone(), Ended { cap: cap(ended.cap)?, ..*ended })));
            moved.outlived.insert(id.clone(), outlived.collect::<Option<_>>()?);
        }
        if let Some(sources) = desired.sources.get(id) {
            let mut sources = sources.clone();
            sources.alerts = sources
                .alerts
                .into_iter()
                .map(|(key, source)| Some((self.key(key)?, source)))
                .collect::<Option<_>>()?;
            moved.sources.insert(id.clone(), sources);
        }
        Some(moved)
    }
}

/// The object that holds a pool for another center: the first key of the center's targets, under the mark.
pub fn fallback_target(key: &str, pool: &PoolId) -> Target {
    Target::of(key, &format!("{FALLBACK_MARK}{pool}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parse_decimal;

    fn convert(amount: &str, rate: &str) -> Option<String> {
        let worth = Worth { of: Unit::Credits, is: Amount::new(parse_decimal(rate).unwrap(), Unit::USD).unwrap() };
        let amount = Amount::new(parse_decimal(amount).unwrap(), Unit::Credits).unwrap();
        worth.convert(amount).map(|amount| amount.to_string())
    }

    #[test]
    fn a_rate_is_exact_or_there_is_no_amount() {
        assert_eq!(convert("500", "0.024").as_deref(), Some("12 USD"));
        assert_eq!(convert("1", "0.024").as_deref(), Some("0.024 USD"));
        assert_eq!(convert("0", "0.024").as_deref(), Some("0 USD"));
        assert_eq!(convert("1.5", "0.01").as_deref(), Some("0.015 USD"));
        assert_eq!(convert("9999999999999999999999999999", "1.1"), None, "29 digits");
        assert_eq!(convert("0.00000000000001", "0.000000000000001"), None, "29 digits after the point");
        let worth = Worth { of: Unit::Acu, is: Amount::whole(2, Unit::USD) };
        assert_eq!(worth.convert(Amount::whole(1, Unit::Credits)), None, "another unit");
        assert_eq!(worth.convert(Amount::whole(1, Unit::USD)), Some(Amount::whole(1, Unit::USD)));
    }
}
