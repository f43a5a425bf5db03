//! A table as people export it from somewhere: CSV in the encodings and with the delimiters that spreadsheets write.
//!
//! It knows no vendor and says nothing of what is in a cell: a problem is a place and a kind, so that a file that was
//! named by mistake, or by somebody who must not read it, cannot speak through an error.

mod encoding;
mod parse;
mod problem;

use std::fs::File;
use std::io::{self, Read as _};
use std::ops::Range;
use std::path::Path;

pub use problem::{Place, Problem, Wrong};

/// The most bytes of a file.
pub const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// The most columns.
pub const MAX_COLUMNS: usize = 512;
/// The most bytes of a cell; the most characters that a spreadsheet keeps in one is 32,767.
pub const MAX_CELL: usize = 32 * 1024;
/// The most rows.
pub const MAX_ROWS: usize = 1_000_000;

/// A table: a line of headers, and rows that never have more cells than it.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The text, whatever encoding it had.
    text: String,
    delimiter: u8,
    /// The headers, trimmed; those without a name are empty.
    headers: Vec<String>,
    /// Where the headers stand.
    header: Start,
    /// Every cell, one after the other.
    cells: String,
    /// Where in `cells` each one ends.
    ends: Vec<u32>,
    rows: Vec<Start>,
}

/// Where a row begins.
#[derive(Clone, Copy, Debug, Default)]
struct Start {
    /// Its line, from 1.
    line: u32,
    /// Its first byte in the text.
    byte: u32,
    /// Its first cell.
    cell: u32,
}

/// One row of a table.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    table: &'a Table,
    index: usize,
}

/// Reads a file that may be a table, and no more of it than a table may have. A folder, a pipe and a device are refused
/// before they are read, so that none of them can hold a run up.
pub fn load(path: &Path) -> io::Result<Vec<u8>> {
    let refuse = |why: &str| io::Error::new(io::ErrorKind::InvalidInput, why.to_owned());
    let found = std::fs::metadata(path)?;
    if found.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    if !found.is_file() {
        return Err(refuse("it is no regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Why a table that a config names cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// Nothing is there.
    #[error("is not there")]
    Missing,
    /// It is a link, or stands in a folder that is one.
    #[error("is a link or stands behind one")]
    Link,
    /// Whatever else there is against it.
    #[error("cannot be read: {0}")]
    Other(String),
}

/// Reads a table below a folder, as [`load`] does. A link on the way is refused: whoever may edit a path in the files must
/// not have other files read by it.
pub fn load_below(folder: &Path, path: &Path) -> Result<Vec<u8>, Unread> {
    let fail = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Unread::Missing,
        _ => Unread::Other(error.to_string()),
    };
    let mut at = folder.to_owned();
    for part in path.components() {
        at.push(part);
        if std::fs::symlink_metadata(&at).map_err(fail)?.file_type().is_symlink() {
            return Err(Unread::Link);
        }
    }
    load(&at).map_err(fail)
}

impl Table {
    /// Reads a table. The first problem of the text as such ends it; otherwise every problem of it is told, up to a
    /// hundred.
    pub fn read(bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(vec![Problem { place: None, wrong: Wrong::TooLarge }]);
        }
        let text = encoding::decode(bytes).map_err(|problem| vec![problem])?;
        parse::table(text)
    }

    /// The headers in their order, trimmed; a column without a name has an empty one.
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// Where the headers stand.
    pub fn header_line(&self) -> u32 {
        self.header.line
    }

    /// The column of a header, compared without case; the first one where there are several.
    pub fn column(&self, header: &str) -> Option<usize> {
        let wanted = header.trim().to_lowercase();
        self.headers.iter().position(|header| header.to_lowercase() == wanted)
    }

    /// How many columns have this header, compared without case.
    pub fn count(&self, header: &str) -> usize {
        let wanted = header.trim().to_lowercase();
        self.headers.iter().filter(|header| header.to_lowercase() == wanted).count()
    }

    /// The text, whatever encoding it had, without the mark at its beginning: what the places are in.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every row in which something stands.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        (0..self.rows.len()).map(|index| Row { table: self, index })
    }
}

impl<'a> Row<'a> {
    /// The line where it begins, from 1.
    pub fn line(&self) -> u32 {
        self.start().line
    }

    /// The cell of a column, trimmed of blanks; empty where the row has none.
    pub fn cell(&self, column: usize) -> &'a str {
        let first = self.start().cell as usize;
        let after = self
            .table
            .rows
            .get(self.index + 1)
            .map_or(self.table.ends.len(), |next| next.cell as usize);
        let at = first + column;
        if at >= after {
            return "";
        }
        let end = |at: usize| self.table.ends.get(at).map_or(0, |end| *end as usize);
        let from = if at == 0 { 0 } else { end(at - 1) };
        self.table.cells.get(from..end(at)).unwrap_or_default().trim()
    }

    /// Where the cell of a column stands in the file.
    pub fn place(&self, column: usize) -> Place {
        let start = self.start();
        parse::place(&self.table.text, self.table.delimiter, start.byte as usize, start.line, column)
    }

    /// Where in the text each cell of the row stands, in their order: from its first byte to the one after its last,
    /// without the blanks and the quotes around it.
    pub fn ranges(&self) -> Vec<Range<u32>> {
        parse::ranges(&self.table.text, self.table.delimiter, self.start().byte as usize)
    }

    fn start(&self) -> Start {
        self.table.rows.get(self.index).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
