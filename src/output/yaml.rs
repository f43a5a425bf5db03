//! Writing YAML that a strict reader takes back as exactly the text that was meant.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::escape::is_hidden;

/// Words that YAML 1.1 or 1.2 reads as something other than text.
const RESERVED: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// A text as a YAML scalar: plain where every reader takes it for this text, else in double quotes.
///
/// Plain is what starts with a letter, or is a path, and holds only letters, digits, `_ . / @ + -` and single spaces, and is no word
/// that YAML has plans for. Everything else is quoted, numbers and dates too.
pub fn scalar(text: &str) -> Cow<'_, str> {
    let is_path = text.starts_with(['.', '/'])
        && text.trim_start_matches(['.', '/']).starts_with(|c: char| c.is_ascii_alphabetic())
        && text.contains('/');
    let plain = (is_path || text.starts_with(|c: char| c.is_ascii_alphabetic()))
        && !text.ends_with(' ')
        && !text.contains("  ")
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./@+- ".contains(&b))
        && !RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word));
    if plain { Cow::Borrowed(text) } else { Cow::Owned(quoted(text)) }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            // Besides what is hidden, what YAML does not let stand in a stream: U+FFFE and U+FFFF.
            c if is_hidden(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                let code = u32::from(c);
                let _ = if code > 0xffff { write!(out, "\\U{code:08x}") } else { write!(out, "\\u{code:04x}") };
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A text for a comment: one line, with everything hidden made visible, and what YAML does not let stand in a stream.
pub fn comment(text: &str) -> String {
    let text = super::escape::Terminal(text).to_string();
    text.replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}

/// A flow list of texts.
pub fn list<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let items: Vec<_> = items.into_iter().map(scalar).collect();
    format!("[{}]", items.join(", "))
}

/// A flow mapping of ready values; keys are written as scalars.
pub fn map<'a>(entries: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let entries: Vec<_> = entries.into_iter().map(|(key, value)| format!("{}: {value}", scalar(key))).collect();
    if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
}

#[cfg(test)]
mod tests {
    use granit_parser::{Event, Parser, ScalarStyle};
    use proptest::prelude::*;

    use super::*;

    /// What a reader makes of `key: SCALAR`, and whether it stood there plain.
    fn read_back(yaml: &str) -> Vec<(String, bool)> {
        Parser::new_from_str(yaml)
            .filter_map(|event| match event.unwrap().0 {
                Event::Scalar(text, style, ..) => Some((text.into_owned(), style == ScalarStyle::Plain)),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn plain_only_where_it_is_safe() {
        for plain in
            ["alice", "a@acme.example", "Paid credits for design", "x-1", "A/b+c", ".bursar/center.db", "./x", "/srv/x"]
        {
            assert_eq!(scalar(plain), plain);
        }
        for text in [
            "",
            " a",
            "a ",
            "a  b",
            "no",
            "Yes",
            "NULL",
            "~",
            "014",
            "1_000",
            "12:30",
            "1e3",
            "0x1f",
            "-",
            "---",
            "a: b",
            "a #b",
            "#a",
            "*a",
            "&a",
            "!a",
            "[a",
            "{a",
            "'a",
            "\"a\"",
            "%a",
            "`a",
            "2026-01-01",
            ".inf",
            "<<",
            "=",
            "a\nb",
            "\u{202e}",
            "é",
            "👩",
            "\u{85}",
            "a\\b",
        ] {
            assert!(scalar(text).starts_with('"'), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_text_is_read_back(text in any::<String>(), near in "[ynoNOtrue~0-9_.:#@,\\[\\]{}&*!|>'\"%` -]{0,8}") {
            for text in [&text, &near] {
                let scalar = scalar(text);
                for yaml in [format!("key: {scalar}\n"), format!("key: {{ a: [{scalar}, {scalar}] }}\n")] {
                    let values = read_back(&yaml);
                    for (value, plain) in values.iter().filter(|(value, _)| value != "key" && value != "a") {
                        prop_assert_eq!(value, text);
                        prop_assert_eq!(*plain, !scalar.starts_with('"'));
                    }
                }
                let key = format!("{scalar}: x\n");
                if text.len() < 500 {
                    prop_assert_eq!(&read_back(&key)[0].0, text);
                }
                // A second reader agrees.
                let value: serde_json::Value = serde_yaml::from_str(&format!("key: {scalar}\n")).unwrap();
                prop_assert_eq!(value["key"].as_str(), Some(text.as_str()));
            }
        }
    }
}
