//! Bytes to text: UTF-8 with and without its mark, and the UTF-16 that spreadsheets write as "Unicode text".

use super::{Place, Problem, Wrong};

/// The text of a file, without the mark at its beginning.
pub(super) fn decode(bytes: &[u8]) -> Result<String, Problem> {
    let whole = |wrong| Problem { place: None, wrong };
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(whole(Wrong::Workbook));
    }
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest)?,
        rest => utf8(rest)?,
    };
    match text.char_indices().find(|(_, c)| is_control(*c)) {
        Some((at, c)) => Err(Problem { place: Some(place_of(&text[..at])), wrong: Wrong::Control(u32::from(c)) }),
        None => Ok(text),
    }
}

/// Characters that no cell has: those that a terminal obeys, and a mark in the middle of the text.
fn is_control(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) || c == '\u{feff}'
}

fn utf8(bytes: &[u8]) -> Result<String, Problem> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let place = place_of(&String::from_utf8_lossy(before));
            Err(Problem { place: Some(place), wrong: Wrong::NotUtf8 })
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Problem> {
    let wrong = Problem { place: None, wrong: Wrong::NotUtf16 };
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(wrong);
    }
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .collect::<Result<String, _>>()
        .map_err(|_| wrong)
}

/// The place behind a text.
fn place_of(before: &str) -> Place {
    let mut place = Place { line: 1, column: 1 };
    super::parse::advance(&mut place, before);
    place
}
