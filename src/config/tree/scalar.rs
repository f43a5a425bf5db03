//! What a plain scalar means: the YAML 1.2 core schema, and what an older reader would take for something else.

use serde_json::Value;

use super::Kind;

/// What a plain scalar is, or why nobody can be sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plain {
    /// All readers agree.
    Is(Kind),
    /// YAML 1.1 reads a truth value, 1.2 a text.
    OldBool,
    /// YAML 1.1 and 1.2 read different numbers, or one of them a text.
    OldNumber,
    /// Infinity or not a number.
    NotFinite,
    /// A whole number of more than 64 bits.
    TooLarge,
}

/// Classifies a plain scalar.
pub(super) fn classify(text: &str) -> Plain {
    let Some(&first) = text.as_bytes().first() else { return Plain::Is(Kind::Null) };
    match first {
        b'0'..=b'9' | b'+' | b'-' | b'.' => number(text),
        b'~' if text.len() == 1 => Plain::Is(Kind::Null),
        b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'y' | b'Y' | b'o' | b'O' if text.len() <= 5 => word(text),
        _ => Plain::Is(Kind::Text),
    }
}

fn word(text: &str) -> Plain {
    match text {
        "null" | "Null" | "NULL" => Plain::Is(Kind::Null),
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Plain::Is(Kind::Bool),
        "y" | "Y" | "yes" | "Yes" | "YES" | "n" | "N" | "no" | "No" | "NO" | "on" | "On" | "ON" | "off" | "Off"
        | "OFF" => Plain::OldBool,
        _ => Plain::Is(Kind::Text),
    }
}

fn number(text: &str) -> Plain {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Plain::NotFinite;
    }
    // Only these can be a number to any reader; a date or a name stops here.
    let numeric = |b: u8| b.is_ascii_hexdigit() || matches!(b, b'_' | b'.' | b':' | b'+' | b'-' | b'o' | b'x');
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') || !unsigned.bytes().all(numeric) {
        return Plain::Is(Kind::Text);
    }
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if digits(unsigned) {
        return match unsigned {
            _ if unsigned.len() > 1 && unsigned.starts_with('0') => Plain::OldNumber,
            _ if int(text).is_some() => Plain::Is(Kind::Int),
            _ => Plain::TooLarge,
        };
    }
    if let Some(hex) = unsigned.strip_prefix("0x") {
        return match hex {
            _ if hex.is_empty() => Plain::Is(Kind::Text),
            _ if hex.contains('_') || unsigned.len() < text.len() => Plain::OldNumber,
            _ if !hex.bytes().all(|b| b.is_ascii_hexdigit()) => Plain::Is(Kind::Text),
            _ if int(text).is_some() => Plain::Is(Kind::Int),
            _ => Plain::TooLarge,
        };
    }
    let all_of = |part: &str, set: &str| !part.is_empty() && part.bytes().all(|b| set.as_bytes().contains(&b));
    if unsigned.strip_prefix("0o").is_some_and(|octal| all_of(octal, "01234567_"))
        || unsigned.strip_prefix("0b").is_some_and(|binary| all_of(binary, "01_"))
    {
        return Plain::OldNumber;
    }
    if let Some((whole, rest)) = unsigned.split_once(':') {
        let sixty = |part: &str| {
            digits(part) && part.len() <= 2 && part.as_bytes()[0] <= b'5' || part.len() == 1 && digits(part)
        };
        let (rest, fraction) = rest.split_once('.').map_or((rest, "0"), |(rest, fraction)| (rest, fraction));
        let old = all_of(whole, "0123456789_")
            && rest.split(':').all(sixty)
            && (fraction.is_empty() || all_of(fraction, "0123456789_"));
        return if old { Plain::OldNumber } else { Plain::Is(Kind::Text) };
    }
    let (mantissa, exponent) = unsigned
        .split_once(['e', 'E'])
        .map_or((unsigned, None), |(mantissa, exponent)| (mantissa, Some(exponent)));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let part = |part: &str| part.is_empty() || digits(part);
    let float = part(whole) && part(fraction) && !(whole.is_empty() && fraction.is_empty());
    match exponent {
        // Whether an exponent makes a number depends on its sign and on a point, and on who reads it.
        Some(exponent) if float && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)) => Plain::OldNumber,
        None if float => Plain::Is(Kind::Float),
        None if unsigned.contains('_')
            && whole.starts_with(|c: char| c.is_ascii_digit())
            && all_of(&unsigned.replace('.', ""), "0123456789_")
            && unsigned.bytes().filter(|b| *b == b'.').count() <= 1 =>
        {
            Plain::OldNumber
        }
        _ => Plain::Is(Kind::Text),
    }
}

/// A whole number of the core schema as JSON, if it fits into 64 bits.
pub(super) fn int(text: &str) -> Option<Value> {
    if let Some(hex) = text.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok().map(Value::from);
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    text.parse::<i64>()
        .map(Value::from)
        .or_else(|_| text.parse::<u64>().map(Value::from))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema_and_its_lookalikes() {
        let cases = [
            (Plain::Is(Kind::Null), "~ null Null NULL"),
            (Plain::Is(Kind::Bool), "true True FALSE"),
            (Plain::Is(Kind::Int), "0 5 -5 +5 0x1F 18446744073709551615 -9223372036854775808"),
            (Plain::Is(Kind::Float), "12.50 5.0 5. .5 -0.5 01.5"),
            (Plain::OldBool, "y Y yes no NO on Off"),
            (Plain::OldNumber, "014 00 -07 1_000 1_000.5 12:30 12:30:45 190:20:30.15 0o14 0b11 1e3 1.5e+3 0x_ff -0x1"),
            (Plain::NotFinite, ".inf -.inf +.Inf .nan"),
            (Plain::TooLarge, "18446744073709551616 -9223372036854775809 0x10000000000000000"),
            (
                Plain::Is(Kind::Text),
                "2026-12-31 alice nobody yess ... 80% 1.2.3 1a 5e - -x _1 12:75 0x 0xzz 1-2 t nulls 127.0.0.1 a_1 1_a",
            ),
        ];
        for (expected, texts) in cases {
            for text in texts.split(' ') {
                assert_eq!(classify(text), expected, "{text}");
            }
        }
        assert_eq!(classify(""), Plain::Is(Kind::Null));
    }
}
