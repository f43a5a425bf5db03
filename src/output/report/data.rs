//! What the page shows, in words and numbers that need nothing but an escape.

use serde::Serialize;

use crate::output::escape::Terminal;

use super::picture::Picture;

/// The page.
#[derive(Debug, Default)]
pub(super) struct Data {
    pub(super) head: Head,
    pub(super) worst: Vec<Worst>,
    pub(super) rates: Vec<String>,
    pub(super) drawn: Vec<Sum>,
    pub(super) attention: Vec<Attention>,
    pub(super) pools: Vec<Pool>,
    pub(super) people: Table,
    pub(super) unmanaged: Vec<(String, String)>,
    pub(super) differences: Table,
    /// Whether the causes of the differences are known.
    pub(super) caused: bool,
    pub(super) steps: Vec<Step>,
    pub(super) minutes: u32,
    pub(super) picture: Picture,
}

/// What the page is about and how old it is.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// Label and value.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) centers: Vec<CenterHead>,
}

/// One center in the head of the page.
#[derive(Debug)]
pub(super) struct CenterHead {
    pub(super) name: String,
    pub(super) account: String,
    pub(super) state: CenterState,
    pub(super) notes: Vec<String>,
}

/// How a center was read.
#[derive(Debug)]
pub(super) enum CenterState {
    /// It was, and the numbers are this old.
    Read(String),
    /// It was, but for what was drawn.
    Half(String),
    /// It was not.
    Unread(String),
}

/// The most that can be spent in a month, of one center or of all, in one unit.
#[derive(Debug)]
pub(super) struct Worst {
    /// Nothing for all of them together.
    pub(super) center: Option<String>,
    pub(super) unit: String,
    pub(super) now: String,
    pub(super) planned: String,
    pub(super) difference: Option<String>,
    /// What it is worth by the rates of the files, where this line is such a worth.
    pub(super) is_worth: bool,
}

/// What was drawn of one thing, in pools of one period.
#[derive(Debug)]
pub(super) struct Sum {
    pub(super) drawn: String,
    pub(super) of: String,
}

/// Something that somebody should look at.
#[derive(Debug)]
pub(super) struct Attention {
    pub(super) count: usize,
    pub(super) what: String,
    /// The part of the page that says more.
    pub(super) to: &'static str,
    /// The flag of the people that it is about.
    pub(super) flag: Option<usize>,
    pub(super) grave: bool,
}

/// One pool.
#[derive(Debug, Default)]
pub(super) struct Pool {
    pub(super) name: String,
    pub(super) center: String,
    pub(super) description: Option<String>,
    /// Words that set it apart, the grave ones first.
    pub(super) tags: Vec<(String, bool)>,
    /// Drawn, forecast and budget in thousandths of the bar; nothing where none of them is known.
    pub(super) bar: Option<Bar>,
    /// Label and value.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) share: Option<u64>,
    pub(super) trend: Option<Line>,
}

/// The three marks of a bar, in thousandths of its length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) drawn: Option<u32>,
    pub(super) forecast: Option<u32>,
    pub(super) budget: Option<u32>,
}

/// A trend: points in thousandths of the width and the height, and what it shows, in words.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) points: Vec<(u32, u32)>,
    pub(super) says: String,
    pub(super) from: String,
    pub(super) until: String,
}

/// Something that a person has to do.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) center: String,
    pub(super) title: String,
    pub(super) people: usize,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Text,
    Amount,
    Share,
    Date,
    Source,
    Flags,
}

/// A column of a table.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Column {
    pub(super) label: &'static str,
    pub(super) kind: Kind,
}

/// A cell, by the kind of its column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum Cell {
    /// Nothing is known, or there is nothing to say.
    Nothing,
    /// A text.
    Text(String),
    /// A text and what qualifies it.
    Noted(String, String),
    /// A share in percent.
    Share(u64),
    /// Positions in [`Table::flags`].
    Flags(Vec<usize>),
}

impl Cell {
    /// Somebody's text, with what is hidden in it made visible.
    pub(super) fn text(text: &str) -> Self {
        Self::Text(Terminal(text).to_string())
    }

    /// The same with a remark.
    pub(super) fn noted(text: &str, note: &str) -> Self {
        Self::Noted(Terminal(text).to_string(), Terminal(note).to_string())
    }

    /// A text, or nothing.
    pub(super) fn maybe(text: Option<impl ToString>) -> Self {
        text.map_or(Self::Nothing, |text| Self::text(&text.to_string()))
    }
}

/// A word for what is special of a row.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Flag {
    pub(super) label: &'static str,
    /// How it looks: `bad`, `warn` or `note`.
    pub(super) look: &'static str,
}

/// A table that may be longer than a page shows at once: sorted, filtered and turned over by the page's script.
#[derive(Debug, Default, Serialize)]
pub(super) struct Table {
    pub(super) id: &'static str,
    /// What a row is called: one, and several.
    pub(super) noun: [&'static str; 2],
    pub(super) columns: Vec<Column>,
    pub(super) flags: Vec<Flag>,
    /// The column that the rows come sorted by, the largest first.
    pub(super) sorted: Option<usize>,
    pub(super) rows: Vec<Vec<Cell>>,
}

impl Table {
    /// How many rows have a flag.
    pub(super) fn flagged(&self, flag: usize) -> usize {
        let has = |cell: &Cell| matches!(cell, Cell::Flags(flags) if flags.contains(&flag));
        self.rows.iter().filter(|row| row.iter().any(has)).count()
    }
}
