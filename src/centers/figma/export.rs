//! The people export: a CSV whose headers nobody documents ([?]), read by what the files say of it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::{self, Write as _};
use std::path::Path;

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use crate::centers::CenterError;
use crate::model::{CenterSettings, Column, Export};
use crate::table::{self, Place, Table};

use super::cell::{self, Word};
use super::columns::{self, Columns};

/// What a row says of a person's access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Full,
    /// A limit in credits a month; `None` where no column tells how many.
    Custom(Option<u64>),
    None,
    /// No column tells.
    Unknown,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("Full access"),
            Self::Custom(Some(limit)) => write!(f, "a limit of {limit}"),
            Self::Custom(None) => f.write_str("a limit of its own"),
            Self::None => f.write_str("No access"),
            Self::Unknown => f.write_str("nothing"),
        }
    }
}

/// A person of the export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) line: u32,
    pub(super) email: String,
    pub(super) access: Access,
    pub(super) billing_group: Option<String>,
}

/// Everybody in the export, and what it is known by.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    /// The people in the order of the file, each once.
    pub(super) people: Vec<Row>,
    /// The first twelve digits of the SHA-256 of the file.
    pub(super) fingerprint: String,
    /// The day on which it was exported, where the files say.
    pub(super) taken: Option<Date>,
    /// Whether a column tells the billing groups.
    pub(super) has_groups: bool,
    /// What is to be said of its age.
    pub(super) age: Option<String>,
    pub(super) notes: Vec<String>,
}

impl Rows {
    /// What a reader is to be told of the file.
    pub(super) fn told(&self) -> Vec<String> {
        self.age.iter().chain(&self.notes).cloned().collect()
    }
}

/// How many problems of one file are told in full.
const SHOWN: usize = 20;
/// How old an export may be, in days, before that is worth a word.
const FRESH: i32 = 7;

/// What is wrong with the export, by place.
struct Wrong<'a> {
    file: &'a str,
    found: Vec<(Option<Place>, String)>,
}

impl Wrong<'_> {
    fn at(&mut self, place: Place, what: impl Into<String>) {
        self.found.push((Some(place), what.into()));
    }

    fn error(mut self, help: impl Into<String>) -> CenterError {
        self.found.sort();
        let more = self.found.len().saturating_sub(SHOWN);
        let mut problems: Vec<String> = self
            .found
            .iter()
            .take(SHOWN)
            .map(|(place, what)| match place {
                Some(place) => format!("{}:{place}: {what}", self.file),
                None => format!("{}: {what}", self.file),
            })
            .collect();
        if more > 0 {
            problems.push(format!("and {more} more"));
        }
        CenterError::Export { problems, help: help.into() }
    }
}

/// Reads the export. Everything that is wrong with it is one error.
pub(super) fn read(settings: &CenterSettings, path: &Path, as_of: Option<Date>) -> Result<Rows, CenterError> {
    let export = settings.export.as_ref().ok_or(CenterError::MissingSetting("export"))?;
    let bytes = table::load(path)
        .map_err(|error| CenterError::NoExport { path: export.people.clone(), why: error.to_string() })?;
    let mut wrong = Wrong { file: &export.people, found: Vec::new() };
    let mut notes = Vec::new();
    let age = match age(export, as_of) {
        Ok(note) => note,
        Err(what) => {
            wrong.found.push((None, what));
            return Err(wrong.error("check `taken:` beside the export in the file"));
        }
    };
    let table = match Table::read(&bytes) {
        Ok(table) => table,
        Err(problems) => {
            let help = problems.first().map_or("", |problem| problem.wrong.help());
            wrong
                .found
                .extend(problems.iter().map(|problem| (problem.place, problem.wrong.to_string())));
            return Err(wrong.error(help));
        }
    };
    let columns = match columns::find(&table, export) {
        Ok(columns) => columns,
        Err(what) => {
            let place = Place { line: table.header_line(), column: 1 };
            wrong.found.extend(what.into_iter().map(|what| (Some(place), what)));
            return Err(wrong.error(help_with_columns(&table)));
        }
    };
    notes.extend(unmapped(&table, export, &columns));
    let words = cell::words(&export.values);
    let mut rows = Reading {
        columns: &columns,
        words: &words,
        wrong: &mut wrong,
        nobody: Vec::new(),
        twice: Vec::new(),
        unknown: BTreeMap::new(),
    };
    let people = rows.people(&table);
    let Reading { nobody, twice, .. } = rows;
    if !wrong.found.is_empty() {
        return Err(wrong.error(
            "no cell is repeated here, so look at the lines; a word for access is added under `values:` as one of `full`, `custom` \
             and `none`, and the rest is corrected in the export or under `columns:`",
        ));
    }
    if people.is_empty() && nobody.is_empty() {
        notes.push(format!("{}: nobody is in it, only headers", export.people));
    }
    notes.extend(several(
        "without an e-mail address, so Bursar can neither match nor set them",
        &export.people,
        &nobody,
    ));
    notes.extend(several("twice with the same values, and counted once", &export.people, &twice));
    let digest = Sha256::digest(&bytes);
    let mut fingerprint = String::new();
    for byte in digest.iter().take(6) {
        let _ = write!(fingerprint, "{byte:02x}");
    }
    Ok(Rows { people, fingerprint, taken: export.taken, has_groups: columns.billing_group.is_some(), age, notes })
}

/// What to say of the age of the export; an error where it is from the future.
fn age(export: &Export, as_of: Option<Date>) -> Result<Option<String>, String> {
    let file = &export.people;
    let Some(taken) = export.taken else {
        return Ok(Some(format!("nobody said when {file} was exported: write `taken:` with the day beside it")));
    };
    let Some(today) = as_of else { return Ok(None) };
    if taken > today {
        return Err(format!("it was exported on {taken}, says `taken`, and that is after {today}"));
    }
    let days = taken.until(today).map_or(0, |span| span.get_days());
    if days <= FRESH {
        return Ok(None);
    }
    let month = (taken.year(), taken.month()) != (today.year(), today.month());
    let of_month = if month { ", in another month" } else { "" };
    Ok(Some(format!("{file} was exported {days} days ago, on {taken}{of_month}: who came since is not in it")))
}

/// What to do about headers: those of the file, and a `columns:` to paste.
fn help_with_columns(table: &Table) -> String {
    match (columns::headers(table), columns::proposal(table)) {
        (Some(headers), Some(proposal)) => {
            format!("the headers are {headers}; by likeness, so check it before you paste it: {proposal}")
        }
        (Some(headers), None) => format!("the headers are {headers}; say under `columns:` which one holds what"),
        (None, _) => {
            "check the path; its headers are not repeated, because it does not look like a table of people".to_owned()
        }
    }
}

/// What is not read because no header was named for it.
fn unmapped(table: &Table, export: &Export, columns: &Columns) -> Option<String> {
    let file = &export.people;
    let email = table.headers().get(columns.email).map_or("", String::as_str);
    let paste =
        columns::proposal(table).map(|proposal| format!("; by likeness, so check it before you paste it: {proposal}"));
    if export.columns.is_empty() {
        let paste = paste.unwrap_or_default();
        return Some(format!(
            "{file}: `{email}` was taken for the e-mail address, and who may draw is not observed, because no `columns` say \
             which header tells it{paste}"
        ));
    }
    if columns.access.is_some() {
        return None;
    }
    let limit = if export.columns.contains_key(&Column::Limit) { "; `limit` is not read without `access`" } else { "" };
    Some(format!("{file}: who may draw is not observed, because `columns` name no header for `access`{limit}"))
}

/// A note about several lines.
fn several(what: &str, file: &str, lines: &[(u32, String)]) -> Option<String> {
    let more = lines.len().saturating_sub(SHOWN);
    let mut shown: Vec<String> = lines
        .iter()
        .take(SHOWN)
        .map(|(line, who)| if who.is_empty() { line.to_string() } else { format!("{line} ({who})") })
        .collect();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    let line = if lines.len() == 1 { "line" } else { "lines" };
    (!lines.is_empty()).then(|| format!("{file}: {what}: {line} {}", shown.join(", ")))
}

/// The rows on their way to people.
struct Reading<'a, 'w> {
    columns: &'a Columns,
    words: &'a BTreeMap<String, Word>,
    wrong: &'a mut Wrong<'w>,
    /// Rows without an e-mail address: their lines and names.
    nobody: Vec<(u32, String)>,
    /// Rows of somebody who was there before.
    twice: Vec<(u32, String)>,
    /// Words for access that nobody knows: where each stands first, and in how many rows.
    unknown: BTreeMap<String, (Place, usize)>,
}

impl Reading<'_, '_> {
    fn people(&mut self, table: &Table) -> Vec<Row> {
        let mut people: Vec<Row> = Vec::with_capacity(table.rows().len());
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for row in table.rows() {
            let email = row.cell(self.columns.email);
            if email.is_empty() {
                self.nobody.push((row.line(), self.name(row)));
                continue;
            }
            if !columns::is_email(email) {
                self.wrong.at(row.place(self.columns.email), "this is no e-mail address");
                continue;
            }
            let Some(access) = self.access(row) else { continue };
            let group = self
                .columns
                .billing_group
                .map(|column| row.cell(column))
                .filter(|group| !group.is_empty());
            let person =
                Row { line: row.line(), email: email.to_owned(), access, billing_group: group.map(str::to_owned) };
            match seen.entry(email.to_ascii_lowercase()) {
                Entry::Vacant(entry) => {
                    entry.insert(people.len());
                    people.push(person);
                }
                Entry::Occupied(entry) => {
                    let Some(first) = people.get(*entry.get()) else { continue };
                    if (&first.access, &first.billing_group) == (&person.access, &person.billing_group) {
                        self.twice.push((person.line, person.email));
                    } else {
                        let what = format!("{email} is in line {} too, with other values", first.line);
                        self.wrong.at(row.place(self.columns.email), what);
                    }
                }
            }
        }
        for (place, rows) in std::mem::take(&mut self.unknown).into_values() {
            let rows = if rows == 1 { "this row".to_owned() } else { format!("{rows} rows from this one on") };
            self.wrong
                .at(place, format!("the access of {rows} is none of the words that `values` know"));
        }
        people
    }

    /// What people call the one of a row, as far as that can be a name.
    fn name(&self, row: table::Row<'_>) -> String {
        let name = self.columns.name.map(|column| row.cell(column)).unwrap_or_default();
        let fine = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | '\'' | '’');
        let is_name = name.chars().count() <= 64 && name.chars().all(fine) && !name.starts_with('-');
        if is_name { name.to_owned() } else { String::new() }
    }

    fn access(&mut self, row: table::Row<'_>) -> Option<Access> {
        let Some(column) = self.columns.access else { return Some(Access::Unknown) };
        let cell = row.cell(column);
        if cell.is_empty() {
            return Some(Access::Unknown);
        }
        let Some(word) = self.words.get(&cell::key(cell)) else {
            // A word that nobody knows mostly stands in many rows.
            let unknown = self.unknown.entry(cell::key(cell)).or_insert_with(|| (row.place(column), 0));
            unknown.1 += 1;
            return None;
        };
        match (word, self.columns.limit) {
            (Word::Full, _) => Some(Access::Full),
            (Word::None, _) => Some(Access::None),
            (Word::Custom, None) => Some(Access::Custom(None)),
            (Word::Custom, Some(column)) => match cell::limit(row.cell(column)) {
                // A limit of nothing is no access.
                Some(0) => Some(Access::None),
                Some(limit) => Some(Access::Custom(Some(limit))),
                None if row.cell(column).is_empty() => {
                    self.wrong.at(row.place(column), "a limit of its own, and no number that says which");
                    None
                }
                None => {
                    self.wrong.at(row.place(column), "this limit is no whole number of credits");
                    None
                }
            },
        }
    }
}
