//! What can be wrong with a table, each with the sentence that says what to do next.

use std::fmt;

use super::{MAX_BYTES, MAX_CELL, MAX_COLUMNS, MAX_ROWS};

/// A place in a file, both from 1; columns count characters, as editors do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Something that is wrong with a table, and where; nowhere where it is the whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Option<Place>,
    /// What.
    pub wrong: Wrong,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// More than [`MAX_BYTES`].
    #[error("the file has more than {} MiB", MAX_BYTES / 1024 / 1024)]
    TooLarge,
    /// More than [`MAX_ROWS`].
    #[error("the file has more than {MAX_ROWS} rows")]
    TooManyRows,
    /// A header line of more than [`MAX_COLUMNS`].
    #[error("the line of headers has more than {MAX_COLUMNS} columns")]
    TooManyColumns,
    /// A cell of more than [`MAX_CELL`].
    #[error("a cell has more than {} KiB", MAX_CELL / 1024)]
    TooLong,
    /// Nothing stands in it.
    #[error("the file is empty")]
    Empty,
    /// It is a workbook, which is an archive and no text.
    #[error("the file is an Excel workbook, not a CSV")]
    Workbook,
    /// Bytes that are no UTF-8.
    #[error("the file is not UTF-8")]
    NotUtf8,
    /// UTF-16 that ends within a character.
    #[error("the file begins as UTF-16 and is none")]
    NotUtf16,
    /// A character that no text has.
    #[error("a control character, U+{0:04X}")]
    Control(u32),
    /// A row with something under no header.
    #[error("the row has more cells than there are headers")]
    MoreCells,
    /// A quote that opens and never closes.
    #[error("a quote opens and never closes")]
    OpenQuote,
}

impl Wrong {
    /// What to do next.
    pub fn help(self) -> &'static str {
        match self {
            Self::TooLarge | Self::TooManyRows | Self::TooManyColumns | Self::TooLong => {
                "check that the path names the exported table and nothing else"
            }
            Self::Empty => "export it again; the first line has the headers",
            Self::Workbook => "open it and save it as `CSV UTF-8`",
            Self::NotUtf8 | Self::NotUtf16 => "open it in a spreadsheet and save it as `CSV UTF-8`",
            Self::Control(_) => {
                "export it again as `CSV UTF-8`; if there is no other way, take the character out with an editor"
            }
            Self::MoreCells => "put quotes around a cell that has the delimiter in it, or export it again",
            Self::OpenQuote => "close it, or write a quote within a cell twice",
        }
    }
}
