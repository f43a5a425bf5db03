//! People who come from a CSV: each row is put together with what the YAML says of the same person.
//!
//! Whatever is wrong with a row points at its own cell, and whatever cannot be told for sure is a finding: nobody is
//! guessed to be somebody else, and nobody is left out silently.

mod headers;
mod join;
mod rows;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostics::{FileId, Finding, Related, Span};
use crate::table::{Table, Unread};

use super::checks::secret;
use super::checks::structure::{PEOPLE_CSV, SECRET};
use super::decode::Decoder;
use super::file::{People, Spanned, TablePath};
use super::load::{Loaded, shown};

/// Reads a CSV that the files name: the folder of the file that names it, and the path from there.
pub type Fetch<'a> = dyn FnMut(&Path, &Path) -> Result<Vec<u8>, Unread> + 'a;

/// A CSV that was read, with what is known of its columns.
struct Source<'a> {
    people: &'a People,
    file: FileId,
    table: Table,
    columns: headers::Found,
}

/// Adds the people of these CSVs to a config.
pub(super) fn add(all: &[People], root: &Path, loaded: &mut Loaded, decoder: &mut Decoder, fetch: &mut Fetch<'_>) {
    let mut sources = Vec::new();
    let mut named: HashMap<PathBuf, Span> = HashMap::new();
    for people in all {
        let Some(csv) = &people.csv else {
            loaded.partial = true;
            continue;
        };
        let folder = Loaded::folder(&loaded.files, csv.span.file);
        let path = folder.join(csv.as_str());
        if let Some(first) = named.get(&path) {
            let related = Related { span: *first, message: "it is here first".to_owned() };
            let finding = PEOPLE_CSV.at(csv.span, format!("{} is read a second time", csv.as_str()));
            loaded.findings.push(finding.help("take one of the two out").related(related));
            continue;
        }
        named.insert(path.clone(), csv.span);
        loaded.tables.push(path.clone());
        let read = fetch(&folder, Path::new(csv.as_str()));
        match open(people, csv, &path, root, read, loaded, decoder) {
            Some(source) => sources.push(source),
            // Whoever is in it is not known, so nobody is said to be missing.
            None => loaded.partial = true,
        }
    }
    // Those that say who somebody is come first: the others ask what they know.
    let (told, asked): (Vec<_>, Vec<_>) = sources.into_iter().partition(|source| source.columns.id.is_some());
    let mut join = join::Join::new(loaded, !asked.is_empty());
    for source in told.iter().chain(&asked) {
        rows::read(source, decoder, &mut join);
    }
    join.finish(loaded);
}

/// Reads one CSV as far as its headers.
fn open<'a>(
    people: &'a People,
    csv: &Spanned<TablePath>,
    path: &Path,
    root: &Path,
    read: Result<Vec<u8>, Unread>,
    loaded: &mut Loaded,
    decoder: &mut Decoder,
) -> Option<Source<'a>> {
    let name = csv.as_str();
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(error) => {
            let help = match error {
                Unread::Missing => "export it to there, or correct the path; it is relative to this file",
                Unread::Link => "put the file itself there: what a link leads to is not read",
                Unread::Other(_) => "check that it is a file and that you may read it",
            };
            loaded.findings.push(PEOPLE_CSV.at(csv.span, format!("{name} {error}")).help(help));
            return None;
        }
    };
    let table = match Table::read(&bytes) {
        Ok(table) => table,
        Err(problems) => {
            // Its text is not shown: what cannot be read as a table may be anything.
            loaded.findings.extend(problems.into_iter().map(|problem| {
                let place = problem.place.map_or_else(|| name.to_owned(), |place| format!("{name}:{place}"));
                PEOPLE_CSV.at(csv.span, format!("{place}: {}", problem.wrong)).help(problem.wrong.help())
            }));
            return None;
        }
    };
    let columns = headers::find(people, &table, name, decoder)?;
    let text = lines_of(table.text());
    let file = loaded.files.add(path.to_owned(), &shown(root, path), Arc::clone(&text));
    loaded.table_files.insert(file);
    let before = loaded.findings.len();
    secret::scan(&text, file, &mut loaded.findings);
    for finding in loaded.findings.iter_mut().skip(before).filter(|finding| finding.code == SECRET.code) {
        let help = "replace it at the vendor, since it has been seen, and export the people without that column";
        finding.help = Some(help.to_owned());
    }
    Some(Source { people, file, table, columns })
}

/// The text with line ends as every editor counts them. No byte moves.
fn lines_of(text: &str) -> Arc<str> {
    if !text.contains('\r') {
        return text.into();
    }
    let mut lines = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        lines.push(if c == '\r' && chars.peek() != Some(&'\n') { '\n' } else { c });
    }
    lines.into()
}

impl Loaded {
    /// Whether a file is a CSV of people: it is read, and never written.
    pub fn is_table(&self, file: FileId) -> bool {
        self.table_files.contains(&file)
    }

    /// The CSVs that the files name, also those that could not be read.
    pub fn tables(&self) -> impl Iterator<Item = &Path> {
        self.tables.iter().map(PathBuf::as_path)
    }

    /// Where a row has somebody who was left out by `only` or `except`, by id or e-mail address in lower case.
    pub(super) fn left_out(&self, name: &str) -> Option<Span> {
        self.left_out.get(name).copied()
    }
}

/// A finding that says where the first of two things is.
fn related(finding: Finding, span: Span, message: impl Into<String>) -> Finding {
    finding.related(Related { span, message: message.into() })
}
