//! Text from files, centers and vendors, made harmless: nothing in it can move a cursor, hide or reorder what stands
//! beside it, or be taken for markup.

use std::fmt::{self, Write as _};

/// Whether a character is invisible or changes how its neighbours are shown: control characters, line and paragraph
/// separators, bidirectional controls, zero-width and tag characters.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// A text for a terminal, with everything hidden in it made visible (`\u{1b}`). One line stays one line.
#[derive(Clone, Copy, Debug)]
pub struct Terminal<'a>(pub &'a str);

impl fmt::Display for Terminal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_visible(f, self.0, is_hidden)
    }
}

/// A text as the cell of a spreadsheet, with everything hidden in it made visible: what a program would take for a formula
/// is a text to it, by the quote that spreadsheets know for that.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a>(pub &'a str);

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A tab or a line end before it is visible already, and then no formula.
        if self
            .0
            .trim_start_matches(' ')
            .starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
        {
            f.write_char('\'')?;
        }
        write_visible(f, self.0, is_hidden)
    }
}

/// A text as a Markdown code span: the one place where GitHub looks for neither markup, HTML, links nor mentions.
/// What could end the span or the cell of a table is made visible as well (`\u{60}`, `\u{7c}`).
#[derive(Clone, Copy, Debug)]
pub struct Markdown<'a>(pub &'a str);

impl fmt::Display for Markdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.chars().all(|c| c == ' ') {
            return f.write_str("(empty)");
        }
        f.write_char('`')?;
        write_visible(f, self.0, |c| is_hidden(c) || c == '`' || c == '|')?;
        f.write_char('`')
    }
}

/// A sentence of ours with names in it that are not. Plain words and numbers stay as they are; everything else in it,
/// word by word, stands in a code span.
#[derive(Clone, Copy, Debug)]
pub struct MarkdownSentence<'a>(pub &'a str);

impl fmt::Display for MarkdownSentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, word) in self.0.split(' ').enumerate() {
            if i > 0 {
                f.write_char(' ')?;
            }
            let (body, end) = match word.strip_suffix([',', ';', ':']) {
                Some(body) => (body, &word[body.len()..]),
                None => (word, ""),
            };
            if is_plain(body) {
                f.write_str(word)?;
            } else {
                write!(f, "{}{end}", Markdown(body))?;
            }
        }
        Ok(())
    }
}

/// Whether a word is nothing but a word or a number: no mention, no address, no reference, no start of a list.
fn is_plain(word: &str) -> bool {
    let letters = word.chars().all(|c| c.is_ascii_alphabetic());
    // What could be a commit is shown as one.
    let commit = word.len() >= 7 && word.chars().all(|c| c.is_ascii_hexdigit());
    let number = word.strip_suffix('%').unwrap_or(word);
    let number = number.split('.').all(|part| !part.is_empty())
        && number.starts_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '.'));
    word.is_empty() || ((letters || number) && !commit)
}

fn write_visible(f: &mut fmt::Formatter<'_>, text: &str, hidden: impl Fn(char) -> bool) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(&hidden) {
        let (plain, from) = rest.split_at(at);
        f.write_str(plain)?;
        let mut chars = from.chars();
        if let Some(c) = chars.next() {
            match c {
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                '\r' => f.write_str("\\r")?,
                c => write!(f, "\\u{{{:x}}}", u32::from(c))?,
            }
        }
        rest = chars.as_str();
    }
    f.write_str(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_becomes_visible() {
        assert_eq!(Terminal("Ana Müller").to_string(), "Ana Müller");
        assert_eq!(Terminal("\u{1b}[31mred\u{7}\u{9b}2J").to_string(), "\\u{1b}[31mred\\u{7}\\u{9b}2J");
        assert_eq!(Terminal("a\nb\tc\r").to_string(), "a\\nb\\tc\\r");
        assert_eq!(Terminal("\u{202e}evil\u{2066}\u{200b}").to_string(), "\\u{202e}evil\\u{2066}\\u{200b}");
        assert_eq!(Terminal("\u{feff}x\u{e0041}\u{2028}").to_string(), "\\u{feff}x\\u{e0041}\\u{2028}");
    }

    #[test]
    fn a_cell_is_no_formula() {
        let cell = |text: &str| Cell(text).to_string();
        assert_eq!(cell("zoe@acme.example"), "zoe@acme.example");
        assert_eq!(cell("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!([cell("+1"), cell("-1"), cell("@SUM(A1)"), cell("  =1")], ["'+1", "'-1", "'@SUM(A1)", "'  =1"]);
        assert_eq!(cell("\t=1\r"), "\\t=1\\r");
        assert_eq!(cell("a=1"), "a=1");
    }

    #[test]
    fn a_sentence_keeps_its_words_and_loses_everything_else() {
        let sentence = |text: &str| MarkdownSentence(text).to_string();
        assert_eq!(
            sentence("in www.evil.example this plan takes a right from 14 people, 50% of 1,200.5 grants: no"),
            "in `www.evil.example` this plan takes a right from 14 people, 50% of 1,200.5 grants: no"
        );
        assert_eq!(sentence("consent to revocations=3, not 4"), "consent to `revocations=3`, not 4");
        assert_eq!(sentence("@a #1 GH-1 1. a@b *x* <b> `| :+1: deadbeef"), {
            "`@a` `#1` `GH-1` `1.` `a@b` `*x*` `<b>` `\\u{60}\\u{7c}` `:+1`: `deadbeef`"
        });
        assert_eq!(sentence("a  b\n# c"), "a  `b\\n#` c");
    }

    #[test]
    fn a_code_span_cannot_be_left() {
        assert_eq!(Markdown("@acme/all").to_string(), "`@acme/all`");
        assert_eq!(Markdown("a`<b>|c").to_string(), "`a\\u{60}<b>\\u{7c}c`");
        assert_eq!(Markdown("# x\n\n# y").to_string(), "`# x\\n\\n# y`");
        assert_eq!(Markdown("").to_string(), "(empty)");
        assert_eq!(Markdown("  ").to_string(), "(empty)");
    }
}
