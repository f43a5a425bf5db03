//! What a cell of the export says: a level by the vendor's words, a limit by its digits. Whatever is neither is no
//! guess.

use std::collections::BTreeMap;

use crate::model::AccessWords;

/// A level, as a cell names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Full,
    Custom,
    None,
}

/// The words for the levels, trimmed and in lower case.
pub(super) fn words(said: &AccessWords) -> BTreeMap<String, Word> {
    // The labels of the console [D]; whether an export has them is not known [?], so the files may say others.
    let levels: [(&[String], &[&str], Word); 3] = [
        (&said.full, &["Full access"], Word::Full),
        (&said.custom, &["Custom limit", "Custom credit limit"], Word::Custom),
        (&said.none, &["No access"], Word::None),
    ];
    let mut words = BTreeMap::new();
    for (said, default, word) in levels {
        if said.is_empty() {
            words.extend(default.iter().map(|text| (key(text), word)));
        }
        words.extend(said.iter().map(|text| (key(text), word)));
    }
    words
}

/// A cell as words are compared.
pub(super) fn key(cell: &str) -> String {
    cell.trim().to_lowercase()
}

/// A limit: digits, maybe in groups of three with one separator between them, maybe followed by `credits`.
pub(super) fn limit(cell: &str) -> Option<u64> {
    let text = cell.trim().to_lowercase();
    let number = ["credits", "credit"]
        .iter()
        .find_map(|unit| text.strip_suffix(unit))
        .unwrap_or(&text)
        .trim();
    let is_separator = |c: char| matches!(c, ',' | '.' | '\'' | '’' | ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}');
    let separators: Vec<char> = number.chars().filter(|c| is_separator(*c)).collect();
    let groups: Vec<&str> = number.split(is_separator).collect();
    // One separator for all, and three digits behind each: `1.5` and `500.00` are no whole numbers with separators.
    let alike = separators.iter().all(|c| Some(c) == separators.first());
    let whole = groups.iter().all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
    let (first, rest) = groups.split_first()?;
    let grouped = rest.is_empty() || ((1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3));
    if !(alike && whole && grouped) {
        return None;
    }
    // The most that the capability table says a limit can have.
    groups.concat().parse().ok().filter(|limit| *limit < 1_000_000_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_digits_with_separators_removed() {
        for (cell, number) in [
            ("0", 0),
            ("500", 500),
            ("1,500", 1500),
            ("1.500", 1500),
            ("1 500 credits", 1500),
            ("1\u{a0}500\u{a0}Credits", 1500),
            ("12\u{202f}500", 12500),
            ("1’234’567", 1_234_567),
            ("  1500credit ", 1500),
            ("007", 7),
            ("999999999999999", 999_999_999_999_999),
        ] {
            assert_eq!(limit(cell), Some(number), "{cell:?}");
        }
        for cell in [
            "",
            "credits",
            "1.5",
            "500.00",
            "1,50",
            "1,5000",
            "1.500,00",
            "1.234,567",
            "1,,500",
            ",500",
            "500,",
            "-500",
            "+5",
            "1e3",
            "=1+1",
            "５００",
            "500 USD",
            "1 500 000 0",
            "12345,678",
            "1000000000000000",
            "99999999999999999999999",
            "unlimited",
        ] {
            assert_eq!(limit(cell), None, "{cell:?}");
        }
    }

    #[test]
    fn words_are_those_of_the_console_unless_the_files_say_others() {
        let words = super::words(&AccessWords { custom: vec![" Begrenzt ".to_owned()], ..AccessWords::default() });
        let of = |cell: &str| words.get(&key(cell)).copied();
        assert_eq!(
            (of("full ACCESS"), of(" No access"), of("begrenzt")),
            (Some(Word::Full), Some(Word::None), Some(Word::Custom))
        );
        assert_eq!((of("Custom limit"), of(""), of("Full")), (None, None, None));
    }
}
