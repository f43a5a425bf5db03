//! An exact amount of credits or money. Never a float, and units never mix.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What an amount counts: a vendor's credits, agent compute units or a currency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// A vendor's credits.
    Credits,
    /// Agent compute units.
    Acu,
    /// A currency by its ISO 4217 code, upper case.
    Currency([u8; 3]),
}

/// A text that is no unit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no unit")]
pub struct UnitError(pub String);

/// ISO 4217, active national currencies and the precious few others that somebody pays with (list one, 2026).
const CURRENCIES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD \
CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG \
HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK \
MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD \
SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND \
VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// Whether a code is one of [`CURRENCIES`], which are sorted: a center with many grants asks a million times.
fn is_currency(code: [u8; 3]) -> bool {
    let (codes, last) = CURRENCIES.as_bytes().as_chunks::<4>();
    last == code || codes.binary_search_by(|known| known[..3].cmp(&code)).is_ok()
}

impl Unit {
    /// US dollars, the unit of most vendors.
    pub const USD: Self = Self::Currency(*b"USD");

    /// Whether this is money, rather than a vendor's credits.
    pub fn is_currency(self) -> bool {
        matches!(self, Self::Currency(_))
    }

    /// Every currency code that is accepted.
    pub fn currencies() -> impl Iterator<Item = &'static str> {
        CURRENCIES.split(' ')
    }
}

impl FromStr for Unit {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        match text {
            "credits" => Ok(Self::Credits),
            "acu" => Ok(Self::Acu),
            _ => match <[u8; 3]>::try_from(text.as_bytes()) {
                Ok(code) if is_currency(code) => Ok(Self::Currency(code)),
                _ => Err(UnitError(text.to_owned())),
            },
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credits => f.pad("credits"),
            Self::Acu => f.pad("acu"),
            Self::Currency(code) => f.pad(std::str::from_utf8(code).unwrap_or("???")),
        }
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Unit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Why a number is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// `-5`.
    #[error("an amount cannot be negative")]
    Negative,
    /// `1e3`, `.5`, `1_000`, `+5`, `0x10`.
    #[error("an amount is written as a plain decimal such as 500 or 12.50")]
    Notation,
    /// More digits than 28.
    #[error("an amount has at most 28 digits")]
    TooLong,
}

/// Reads a plain decimal: digits, and perhaps a point and more digits. No sign, no exponent, no separators.
pub fn parse_decimal(text: &str) -> Result<Decimal, AmountError> {
    if let Some(rest) = text.strip_prefix('-') {
        return Err(if parse_decimal(rest).is_ok() { AmountError::Negative } else { AmountError::Notation });
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.len() > 1 && whole.starts_with('0')) {
        return Err(AmountError::Notation);
    }
    let number = Decimal::from_str_exact(text).map_err(|_| AmountError::TooLong)?.normalize();
    if has_28_digits(number) { Ok(number) } else { Err(AmountError::TooLong) }
}

/// Whether a number has no more digits than can be written. A few numbers of 29 digits can be held, and others cannot.
pub fn has_28_digits(number: Decimal) -> bool {
    number.normalize().mantissa().unsigned_abs() < 10_u128.pow(28)
}

/// How much of a unit: an exact, non-negative decimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount {
    value: Decimal,
    unit: Unit,
}

impl Amount {
    /// An amount of that many units.
    pub fn new(value: Decimal, unit: Unit) -> Result<Self, AmountError> {
        if value.is_sign_negative() && !value.is_zero() {
            return Err(AmountError::Negative);
        }
        Ok(Self { value: value.normalize(), unit })
    }

    /// A whole number of units.
    pub fn whole(value: u32, unit: Unit) -> Self {
        Self { value: Decimal::from(value), unit }
    }

    /// Nothing, in that unit.
    pub fn zero(unit: Unit) -> Self {
        Self { value: Decimal::ZERO, unit }
    }

    /// The number, without trailing zeros.
    pub fn value(&self) -> Decimal {
        self.value
    }

    /// What the number counts.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// Whether this is nothing.
    pub fn is_zero(&self) -> bool {
        self.value.is_zero()
    }

    /// The exact sum; nothing where the units differ, or where it has too many digits.
    pub fn plus(self, other: Self) -> Option<Self> {
        let (a, b) = (self.value, other.value);
        let sum = a.checked_add(b)?;
        // A sum that lost its last digits would no longer be exact. They are the digits of the smaller one, which both
        // differences must therefore give back.
        let exact = sum.checked_sub(b)? == a && sum.checked_sub(a)? == b;
        if exact && self.unit == other.unit && has_28_digits(sum) { Self::new(sum, self.unit).ok() } else { None }
    }

    /// The number in its one canonical notation: no trailing zeros, but two decimals where money has a fraction.
    pub fn number(&self) -> String {
        let mut value = self.value;
        if self.unit.is_currency() && value.scale() == 1 {
            value.rescale(2);
        }
        value.to_string()
    }

    /// The number with thousands separated, for people.
    pub fn grouped(&self) -> String {
        let number = self.number();
        let (whole, fraction) = number.split_once('.').map_or((number.as_str(), None), |(w, f)| (w, Some(f)));
        let mut text = String::with_capacity(number.len() + number.len() / 3);
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        if let Some(fraction) = fraction {
            text.push('.');
            text.push_str(fraction);
        }
        text
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.grouped(), self.unit)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.unit)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Amount", 2)?;
        object.serialize_field("amount", &self.number())?;
        object.serialize_field("unit", &self.unit)?;
        object.end()
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Wire {
            amount: String,
            unit: Unit,
        }
        let wire = Wire::deserialize(deserializer)?;
        let value = parse_decimal(&wire.amount).map_err(D::Error::custom)?;
        Self::new(value, wire.unit).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str, unit: Unit) -> Amount {
        Amount::new(parse_decimal(text).unwrap(), unit).unwrap()
    }

    #[test]
    fn one_notation_for_one_amount() {
        assert_eq!(amount("12.5", Unit::USD).number(), "12.50");
        assert_eq!(amount("12.500", Unit::USD).number(), "12.50");
        assert_eq!(amount("12.00", Unit::USD).number(), "12");
        assert_eq!(amount("0.0003", Unit::USD).number(), "0.0003");
        assert_eq!(amount("12.5", Unit::Credits).number(), "12.5");
        assert_eq!(amount("1234567.89", Unit::USD).to_string(), "1,234,567.89 USD");
        assert_eq!(amount("999", Unit::Credits).to_string(), "999 credits");
        assert_eq!(amount("1000", Unit::Credits).to_string(), "1,000 credits");
    }

    #[test]
    fn every_currency_is_found() {
        for code in Unit::currencies() {
            assert_eq!(code.parse::<Unit>().unwrap().to_string(), code);
        }
        for code in ["usd", "US", "USDX", "AAA", "ZZZ", "", " EUR", "D US"] {
            assert!(code.parse::<Unit>().is_err(), "{code}");
        }
    }

    #[test]
    fn only_plain_decimals() {
        for (text, error) in [
            ("-5", AmountError::Negative),
            ("1e3", AmountError::Notation),
            (".5", AmountError::Notation),
            ("5.", AmountError::Notation),
            ("014", AmountError::Notation),
            ("1_000", AmountError::Notation),
            ("+5", AmountError::Notation),
            ("", AmountError::Notation),
            ("-x", AmountError::Notation),
        ] {
            assert_eq!(parse_decimal(text), Err(error), "{text}");
        }
        assert_eq!(parse_decimal(&"9".repeat(30)), Err(AmountError::TooLong));
        assert_eq!(parse_decimal(&format!("1{}1", "0".repeat(27))), Err(AmountError::TooLong));
        assert!(parse_decimal(&"9".repeat(28)).is_ok());
        assert_eq!(parse_decimal("0").unwrap(), Decimal::ZERO);
        assert_eq!(parse_decimal("0.50").unwrap(), Decimal::new(5, 1));
    }

    #[test]
    fn json_round_trip() {
        let a = amount("12.5", Unit::USD);
        let json = serde_json::to_string(&a).unwrap();
        assert_eq!(json, r#"{"amount":"12.50","unit":"USD"}"#);
        assert_eq!(serde_json::from_str::<Amount>(&json).unwrap(), a);
        assert!(serde_json::from_str::<Amount>(r#"{"amount":"12.50","unit":"usd"}"#).is_err());
    }

    #[test]
    fn a_sum_is_exact_or_none() {
        let of = |text: &str, unit: Unit| Amount::new(parse_decimal(text).unwrap(), unit).unwrap();
        let sum = |a: &str, b: &str| {
            let (a, b) = (of(a, Unit::Credits), of(b, Unit::Credits));
            assert_eq!(a.plus(b), b.plus(a));
            a.plus(b).map(|sum| sum.number())
        };
        let (most, least) = ("9".repeat(28), format!("0.{}1", "0".repeat(27)));
        assert_eq!(sum("0.1", "0.2").unwrap(), "0.3");
        assert_eq!(sum(&most, "0").unwrap(), most);
        assert_eq!(sum("0", &least).unwrap(), least);
        assert_eq!(sum("10", &least), None, "the last digit would be lost");
        assert_eq!(sum(&most, &least), None);
        assert_eq!(sum(&most, "1"), None, "one digit too many");
        assert_eq!(sum("9.999999999999999999999999999", "0.000000000000000000000000001").unwrap(), "10");
        assert_eq!(sum("9.999999999999999999999999999", "0.5"), None);
        assert_eq!(of("1", Unit::Credits).plus(of("1", Unit::USD)), None, "units never mix");
    }
}
