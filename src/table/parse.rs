//! Text to cells, by the `csv` crate; what it passes over in silence (a quote that never closes, a row that is too
//! long) is a problem here.

use std::ops::Range;

use csv::{ReaderBuilder, StringRecord};

use super::{MAX_CELL, MAX_COLUMNS, MAX_ROWS, Place, Problem, Start, Table, Wrong};

/// How many problems are told.
const MAX_PROBLEMS: usize = 100;
/// A row of our own behind the last: whoever swallows it is within quotes that never close. No text has it, since
/// control characters were refused.
const LAST: &str = "\u{1}";

/// Reads the headers and every row in which something stands.
pub(super) fn table(text: String) -> Result<Table, Vec<Problem>> {
    let (skipped, declared) = separator_line(&text);
    let body = text.get(skipped..).unwrap_or_default();
    let delimiter = declared.unwrap_or_else(|| delimiter(body));
    let ended = std::io::Read::chain(body.as_bytes(), b"\n\x01".as_slice());
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(ended);
    let mut table = Table { delimiter, ..Table::default() };
    let mut problems = Vec::new();
    let mut lines = Lines { text: &text, at: 0, line: 1 };
    let mut record = StringRecord::new();
    let mut closed = false;
    let mut last = Place { line: 1, column: 1 };
    let mut rows: Vec<Start> = Vec::new();
    // What was decoded is UTF-8, and of a text in memory nothing else can fail.
    while let Ok(true) = reader.read_record(&mut record) {
        if record.len() == 1 && record.get(0) == Some(LAST) {
            closed = true;
            break;
        }
        let from = record
            .position()
            .map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
        let (byte, line) = lines.start(skipped.saturating_add(from));
        last = Place { line, column: 1 };
        let filled = (1..=record.len())
            .rev()
            .find(|n| record.get(n - 1).is_some_and(|cell| !cell.trim().is_empty()));
        let filled = filled.unwrap_or_default();
        if filled == 0 {
            continue;
        }
        let mut problem = |column: usize, wrong| {
            let place = place(&text, delimiter, byte, line, column);
            problems.push(Problem { place: Some(place), wrong });
        };
        if let Some(column) = record.iter().position(|cell| cell.len() > MAX_CELL) {
            problem(column, Wrong::TooLong);
        }
        let mut start = Start { line, byte: short(byte), cell: 0 };
        if table.headers.is_empty() {
            if filled > MAX_COLUMNS {
                problem(MAX_COLUMNS, Wrong::TooManyColumns);
                break;
            }
            table.headers = record.iter().take(filled).map(|header| header.trim().to_owned()).collect();
            table.header = start;
            continue;
        }
        if filled > table.headers.len() {
            problem(table.headers.len(), Wrong::MoreCells);
        }
        if rows.len() == MAX_ROWS {
            problem(0, Wrong::TooManyRows);
            break;
        }
        if problems.len() >= MAX_PROBLEMS {
            break;
        }
        start.cell = short(table.ends.len());
        rows.push(start);
        for cell in record.iter().take(filled) {
            table.cells.push_str(cell);
            table.ends.push(short(table.cells.len()));
        }
    }
    if !closed && problems.is_empty() {
        problems.push(Problem { place: Some(last), wrong: Wrong::OpenQuote });
    }
    if problems.is_empty() && table.headers.is_empty() {
        problems.push(Problem { place: None, wrong: Wrong::Empty });
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    table.rows = rows;
    table.text = text;
    Ok(table)
}

/// A number that the bound on the size keeps small.
fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The lines of a text, counted on the way.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl Lines<'_> {
    /// Where a row begins that was found at or before this byte: behind the ends of the lines before it.
    fn start(&mut self, from: usize) -> (usize, u32) {
        let bytes = self.text.as_bytes();
        let mut place = Place { line: self.line, column: 1 };
        let mut to = from.min(bytes.len());
        while matches!(bytes.get(to), Some(b'\n' | b'\r')) {
            to += 1;
        }
        advance(&mut place, self.text.get(self.at..to).unwrap_or_default());
        (self.at, self.line) = (to, place.line);
        (to, place.line)
    }
}

/// Moves a place over a text.
pub(super) fn advance(place: &mut Place, text: &str) {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        // A line ends with LF, CR LF or CR alone.
        if c == '\n' || (c == '\r' && chars.peek() != Some(&'\n')) {
            place.line += 1;
            place.column = 1;
        } else if c != '\r' {
            place.column += 1;
        }
    }
}

/// Where the cell of a column begins, in a row that begins at this byte.
pub(super) fn place(text: &str, delimiter: u8, start: usize, line: u32, column: usize) -> Place {
    let mut place = Place { line, column: 1 };
    let row = text.get(start..).unwrap_or_default();
    let (mut left, mut quoted, mut end) = (column, false, 0);
    for (at, byte) in row.bytes().enumerate() {
        if left == 0 {
            break;
        }
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            byte if byte == delimiter && !quoted => left -= 1,
            _ => {}
        }
        end = at + 1;
    }
    advance(&mut place, row.get(..end).unwrap_or_default());
    place
}

/// Where the cells stand of a row that begins at this byte, without the blanks and the quotes around them.
pub(super) fn ranges(text: &str, delimiter: u8, start: usize) -> Vec<Range<u32>> {
    let row = text.as_bytes().get(start..).unwrap_or_default();
    let (mut cells, mut quoted, mut from) = (Vec::new(), false, 0);
    let mut cell = |from: usize, to: usize| {
        let written = text.get(start + from..start + to).unwrap_or_default();
        let left = written.len() - written.trim_start().len();
        let inner = written.trim();
        let mut range = start + from + left..start + from + left + inner.len();
        if inner.len() >= 2 && inner.starts_with('"') && inner.ends_with('"') {
            range = range.start + 1..range.end - 1;
        }
        cells.push(short(range.start)..short(range.end));
    };
    let mut end = row.len();
    for (at, &byte) in row.iter().enumerate() {
        match byte {
            // A quote within a cell that does not begin with one is a character like any other.
            b'"' if row.get(from) == Some(&b'"') => quoted = !quoted,
            b'\n' | b'\r' if !quoted => {
                end = at;
                break;
            }
            byte if byte == delimiter && !quoted => {
                cell(from, at);
                from = at + 1;
            }
            _ => {}
        }
    }
    cell(from, end);
    cells
}

/// The line `sep=;`, which some spreadsheets want: its length with its end, and what it says.
fn separator_line(text: &str) -> (usize, Option<u8>) {
    let line = text.split(['\n', '\r']).next().unwrap_or_default();
    let said = line.trim_matches(['"', ' ']);
    let Some(&[b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter]) = said.as_bytes().first_chunk::<5>() else {
        return (0, None);
    };
    // A comma in `sep=,` makes a second cell of some.
    let known = matches!(delimiter, b',' | b';' | b'\t' | b'|');
    if !known || said.len() != 5 { (0, None) } else { (line.len(), Some(delimiter)) }
}

/// The delimiter of the first line in which something stands: the one that it has most of, outside of quotes.
fn delimiter(text: &str) -> u8 {
    let (mut quoted, mut counts) = (false, [(b',', 0_u32), (b';', 0), (b'\t', 0)]);
    for byte in text.trim_start_matches(['\n', '\r']).bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            byte => counts
                .iter_mut()
                .filter(|(delimiter, _)| *delimiter == byte)
                .for_each(|(_, count)| *count += 1),
        }
    }
    // Of equals the last is taken, so the comma comes first by being looked at last.
    counts
        .iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .map_or(b',', |(delimiter, _)| *delimiter)
}
