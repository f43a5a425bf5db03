//! Amounts in vendors' JSON, which are floats there and decimals here.

use rust_decimal::Decimal;
use serde_json::{Number, Value};

use crate::model::{Amount, Unit, parse_decimal};

/// Why a vendor's number is no amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NumberError {
    /// Below zero.
    #[error("{0} is negative")]
    Negative(String),
    /// Not a number, or one that no decimal of 28 digits holds.
    #[error("{0} is no amount")]
    NoAmount(String),
}

/// The amount that a vendor's number is: the shortest decimal that the float stands for.
pub(crate) fn amount(value: &Value, unit: Unit) -> Result<Amount, NumberError> {
    let text = match value {
        Value::Number(number) => number.as_f64().filter(|_| number.is_f64()).map_or_else(
            || number.to_string(),
            // Rust writes the shortest digits that round-trip, and never an exponent.
            |float| float.to_string(),
        ),
        Value::String(text) => text.clone(),
        other => return Err(NumberError::NoAmount(other.to_string())),
    };
    if text.starts_with('-') && text.trim_start_matches('-') != "0" {
        return Err(NumberError::Negative(text));
    }
    let decimal = parse_decimal(text.trim_start_matches('-')).map_err(|_| NumberError::NoAmount(text.clone()))?;
    Amount::new(decimal, unit).map_err(|_| NumberError::NoAmount(text))
}

/// The JSON number that keeps every digit of an amount; `None` where no float does.
pub(crate) fn number(amount: Amount) -> Option<Value> {
    let value = amount.value();
    if let Some(whole) = whole(value) {
        return Some(Value::from(whole));
    }
    let json = Value::Number(Number::from_f64(value.to_string().parse().ok()?)?);
    (self::amount(&json, amount.unit()) == Ok(amount)).then_some(json)
}

/// A whole number that a float holds exactly.
fn whole(value: Decimal) -> Option<u64> {
    u64::try_from(value).ok().filter(|whole| value.is_integer() && *whole <= 1 << 53)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<String, NumberError> {
        amount(&serde_json::from_str(json).unwrap(), Unit::USD).map(|amount| amount.number())
    }

    #[test]
    fn floats_become_the_decimals_they_stand_for() {
        for (json, text) in [
            ("100.0", "100"),
            ("0.1", "0.10"),
            ("1234567.89", "1234567.89"),
            ("0.0003", "0.0003"),
            ("1e15", "1000000000000000"),
            ("1.5E-7", "0.00000015"),
            ("123456789012.345", "123456789012.345"),
            ("-0.0", "0"),
            ("7", "7"),
            ("\"12.50\"", "12.50"),
        ] {
            assert_eq!(read(json).unwrap(), text, "{json}");
        }
        assert_eq!(read("-4.0"), Err(NumberError::Negative("-4".to_owned())));
        assert!(matches!(read("1e300"), Err(NumberError::NoAmount(_))));
        assert!(matches!(read("true"), Err(NumberError::NoAmount(_))));
    }

    #[test]
    fn decimals_keep_their_digits() {
        for text in ["0", "10", "12.5", "0.0003", "1234567.89", "999999999999.999", "1000000000000000"] {
            let amount = Amount::new(parse_decimal(text).unwrap(), Unit::USD).unwrap();
            let json = number(amount).unwrap();
            assert_eq!(super::amount(&json, Unit::USD), Ok(amount), "{text}");
        }
        let long = Amount::new(parse_decimal("1234567890123456789.1").unwrap(), Unit::USD).unwrap();
        assert_eq!(number(long), None);
        let ten = Amount::new(parse_decimal("10.00").unwrap(), Unit::USD).unwrap();
        assert_eq!(number(ten).unwrap().to_string(), "10");
    }
}
