//! Text that people see: no character in it may hide from them.

/// Whether a character cannot be seen, or changes how its neighbours are seen.
///
/// Joiners (U+200C, U+200D) are not among them: names in some scripts need them.
pub(super) fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The first hidden character of a text; line ends count only where there can be none.
pub(super) fn first_hidden(text: &str, line_ends: bool) -> Option<char> {
    // Nearly every text is plain ASCII, which bytes tell fastest.
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return None;
    }
    text.chars().find(|&c| is_hidden(c) && !(line_ends && c == '\n'))
}

/// The pattern of a text of one line, for the schema; the same characters as [`first_hidden`].
pub(super) const LINE_PATTERN: &str =
    r"^[^\u0000-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060\u2066-\u2069\uFEFF]+$";

/// The pattern of a text that may have several lines.
pub(super) const PROSE_PATTERN: &str =
    r"^[^\u0000-\u0009\u000B-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060\u2066-\u2069\uFEFF]+$";

/// The known name that is nearest to a wrong one, if it is near enough to be meant.
pub(super) fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (wrong.chars().count() / 3).clamp(1, 3);
    let length = wrong.chars().count();
    known
        .into_iter()
        // The distance is at least the difference in length, and that is cheap.
        .filter(|name| name.chars().count().abs_diff(length) <= most)
        .map(|name| (strsim::osa_distance(wrong, name), name))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, name)| name)
}

/// `a`, `b` and `c`.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_found() {
        assert_eq!(first_hidden("plain text", false), None);
        assert_eq!(first_hidden("Zoë ‍नमस्ते", false), None);
        assert_eq!(first_hidden("two\nlines", true), None);
        assert_eq!(first_hidden("two\nlines", false), Some('\n'));
        assert_eq!(first_hidden("ali\u{202e}ce", true), Some('\u{202e}'));
        assert_eq!(first_hidden("a\u{200b}b", true), Some('\u{200b}'));
    }

    #[test]
    fn near_names() {
        assert_eq!(nearest("desginers", ["alice", "designers"]), Some("designers"));
        assert_eq!(nearest("zed", ["alice", "designers"]), None);
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
