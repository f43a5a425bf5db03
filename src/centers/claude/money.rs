//! Money in minor units of the billing currency, as Claude counts it, and in decimals, as everybody else does [D].

use rust_decimal::Decimal;

use crate::model::{Amount, Unit, parse_decimal};

/// Currencies without a minor unit (ISO 4217).
const WHOLE: [&[u8; 3]; 16] = [
    b"BIF", b"CLP", b"DJF", b"GNF", b"ISK", b"JPY", b"KMF", b"KRW", b"PYG", b"RWF", b"UGX", b"VND", b"VUV", b"XAF",
    b"XOF", b"XPF",
];
/// Currencies of which a thousandth is the minor unit (ISO 4217).
const THOUSANDTHS: [&[u8; 3]; 7] = [b"BHD", b"IQD", b"JOD", b"KWD", b"LYD", b"OMR", b"TND"];

/// How many digits of a currency stand behind the point.
fn digits(unit: Unit) -> Option<u32> {
    match unit {
        Unit::Currency(code) if WHOLE.contains(&&code) => Some(0),
        Unit::Currency(code) if THOUSANDTHS.contains(&&code) => Some(3),
        Unit::Currency(_) => Some(2),
        Unit::Credits | Unit::Acu => None,
    }
}

/// The amount that a text in minor units is. Spend has up to three digits behind the point of a cent [D]; all are kept.
pub(super) fn amount(minor: &str, unit: Unit) -> Option<Amount> {
    let value = parse_decimal(minor).ok()?.checked_mul(Decimal::new(1, digits(unit)?))?;
    Amount::new(value, unit).ok()
}

/// An amount in whole minor units; `None` where it is none, or no money at all.
pub(super) fn minor(amount: Amount) -> Option<String> {
    let factor = 10_i64.checked_pow(digits(amount.unit())?)?;
    let value = amount.value().checked_mul(Decimal::from(factor))?.normalize();
    value.is_integer().then(|| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, code: &str) -> Amount {
        Amount::new(parse_decimal(text).unwrap(), code.parse().unwrap()).unwrap()
    }

    #[test]
    fn there_and_back_without_a_digit_lost() {
        for (text, code, cents) in [
            ("500", "USD", "50000"),
            ("0", "USD", "0"),
            ("0.01", "EUR", "1"),
            ("1234567890123.45", "USD", "123456789012345"),
            ("500", "JPY", "500"),
            ("1.234", "KWD", "1234"),
        ] {
            assert_eq!(minor(of(text, code)).as_deref(), Some(cents), "{text} {code}");
            assert_eq!(amount(cents, code.parse().unwrap()), Some(of(text, code)), "{text} {code}");
        }
    }

    #[test]
    fn what_has_no_whole_number_of_minor_units_is_not_rounded() {
        for (text, code) in [("0.001", "USD"), ("0.5", "JPY"), ("0.0001", "KWD"), ("5", "credits")] {
            assert_eq!(minor(of(text, code)), None, "{text} {code}");
        }
    }

    #[test]
    fn spend_keeps_the_parts_of_a_cent() {
        assert_eq!(amount("31402.5", Unit::USD), Some(of("314.025", "USD")));
        assert_eq!(amount("120.125", Unit::USD), Some(of("1.20125", "USD")));
        for text in ["", "-1", "1e3", "a"] {
            assert_eq!(amount(text, Unit::USD), None, "{text}");
        }
    }
}
