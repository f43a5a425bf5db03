//! The rows of a CSV, each read into what it says of a person.

use std::collections::BTreeMap;

use crate::config::checks::structure::{HIDDEN_CHARACTER, PEOPLE_ROW};
use crate::config::decode::{Decoder, Name};
use crate::config::file::{Email, Line, Login, Row as Told, Spanned};
use crate::config::text::first_hidden;
use crate::diagnostics::{Finding, Span};
use crate::model::{GroupId, MemberId, check_id};
use crate::table::Row;

use super::Source;
use super::join::{Join, Person, Who};

/// The cells of `status` that mean that somebody left, in lower case, where the files name none: what Okta and Google
/// call it, and Entra's `accountEnabled`.
const LEFT: [&str; 4] = ["deprovisioned", "suspended", "archived", "false"];

/// A name in the groups of a CSV that cannot be the name of a group, and how many rows have it.
type Unnamed = BTreeMap<String, (Span, usize)>;

/// Reads every row and joins it with the people who are known.
pub(super) fn read(source: &Source<'_>, decoder: &mut Decoder, join: &mut Join) {
    let left: Vec<String> = match source.people.values.as_ref().and_then(|values| values.left.as_ref()) {
        Some(words) => words.value.iter().map(|word| word.trim().to_lowercase()).collect(),
        None => LEFT.iter().map(ToString::to_string).collect(),
    };
    let groups = source.people.values.as_ref().and_then(|values| values.groups.as_ref());
    let groups = groups.map(|names| {
        let lower = |(name, id): &(Spanned<Line>, Spanned<GroupId>)| (name.trim().to_lowercase(), id.value.clone());
        names.0.iter().map(lower).collect()
    });
    let mut reader = Reader { source, decoder, left, groups, unnamed: Unnamed::new() };
    join.start();
    for row in source.table.rows() {
        let cells = Cells { source, row, ranges: row.ranges() };
        if reader.is_left_out(&cells) {
            let name = reader.names(&cells).find(|name| !name.is_empty()).map(str::to_lowercase);
            if let Some(name) = name {
                join.left_out(&name, cells.whole());
            }
        } else if let Some((who, person)) = reader.person(&cells) {
            join.add(who, person, &mut reader.decoder.findings);
        }
    }
    let Reader { decoder, unnamed, .. } = reader;
    for (name, (span, rows)) in unnamed {
        let more = match rows {
            1 => String::new(),
            2 => ", here and in another row".to_owned(),
            rows => format!(", here and in {} other rows", rows - 1),
        };
        let finding = PEOPLE_ROW.at(span, format!("the group `{name}` has no name that can be one in the files{more}"));
        decoder.push(finding.help(format!(
            "say which group it is: `values: {{ groups: {{ \"{name}\": {} }} }}`; names that are not there are passed over",
            suggestion(&name)
        )));
    }
}

/// An id that a name could have.
fn suggestion(name: &str) -> String {
    let mut id = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            id.push(c);
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
    }
    let id = id.trim_end_matches('-');
    if check_id(id).is_ok() { id.to_owned() } else { "the-group".to_owned() }
}

/// One row, with the place of each cell.
struct Cells<'a> {
    source: &'a Source<'a>,
    row: Row<'a>,
    ranges: Vec<std::ops::Range<u32>>,
}

impl<'a> Cells<'a> {
    fn text(&self, column: usize) -> &'a str {
        self.row.cell(column)
    }

    fn span(&self, column: usize) -> Span {
        let range = self.ranges.get(column).cloned();
        range.map_or_else(|| self.whole(), |range| Span { file: self.source.file, start: range.start, end: range.end })
    }

    /// The row from its first cell to its last.
    fn whole(&self) -> Span {
        let start = self.ranges.first().map_or(0, |range| range.start);
        let end = self.ranges.last().map_or(start, |range| range.end);
        Span { file: self.source.file, start, end }
    }

    fn has_one_of(&self, (column, texts): &(usize, Vec<String>)) -> bool {
        let cell = self.text(*column).to_lowercase();
        texts.contains(&cell)
    }
}

struct Reader<'a, 'd> {
    source: &'a Source<'a>,
    decoder: &'d mut Decoder,
    left: Vec<String>,
    groups: Option<BTreeMap<String, GroupId>>,
    unnamed: Unnamed,
}

impl Reader<'_, '_> {
    fn is_left_out(&self, cells: &Cells<'_>) -> bool {
        let columns = &self.source.columns;
        !columns.only.iter().all(|column| cells.has_one_of(column))
            || columns.except.iter().any(|column| cells.has_one_of(column))
    }

    /// By what a row is known, the best name first.
    fn names<'c>(&self, cells: &Cells<'c>) -> impl Iterator<Item = &'c str> {
        let columns = &self.source.columns;
        let (row, first) = (cells.row, columns.id);
        let emails: Vec<usize> = columns.email.clone();
        first.into_iter().chain(emails).map(move |column| row.cell(column))
    }

    /// What a row says of a person, or nothing where it cannot be told who that is, which is a finding.
    fn person(&mut self, cells: &Cells<'_>) -> Option<(Who, Person)> {
        let columns = &self.source.columns;
        let email = columns.email.iter().copied().find(|column| !cells.text(*column).is_empty());
        let email = email.and_then(|column| self.email(cells, column));
        let who = match columns.id {
            Some(column) => Who::Id(self.id(cells, column)?),
            None => self.by_email(cells, email.as_ref())?,
        };
        let mut aliases: Vec<Spanned<Email>> = Vec::new();
        for column in &columns.aliases {
            let known = email.as_ref();
            let found = addresses(cells, *column).filter(|alias| {
                first_hidden(alias, false).is_none() && known.is_none_or(|email| !alias.eq_ignore_ascii_case(email))
            });
            for alias in found.collect::<Vec<_>>() {
                let twice = aliases.iter().any(|known| known.eq_ignore_ascii_case(&alias));
                aliases.extend((!twice).then_some(Spanned { value: alias, span: cells.span(*column) }));
            }
        }
        let mut logins = Vec::new();
        for (provider, column) in &columns.logins {
            let name = self.line(cells, *column);
            logins.extend(name.map(|name| Login { provider, name }));
        }
        let left = columns.status.filter(|column| self.left.contains(&cells.text(*column).to_lowercase()));
        let left = left.and_then(|column| self.line(cells, column));
        // Only for suggestions, so what hides in it is left out and said nowhere.
        let name = columns.name.map(|column| cells.text(column));
        let name = name.filter(|name| !name.is_empty() && first_hidden(name, false).is_none()).map(Line::of);
        let groups = columns.groups.map(|column| self.groups(cells, column)).unwrap_or_default();
        let row = Told { span: cells.whole(), name, left };
        Some((who, Person { email, aliases, logins, groups, row }))
    }

    fn problem<T>(&mut self, span: Span, message: String, help: impl Into<String>) -> Option<T> {
        self.decoder.push(PEOPLE_ROW.at(span, message).help(help));
        None
    }

    /// A cell in which nothing hides; nothing where it is empty.
    fn line(&mut self, cells: &Cells<'_>, column: usize) -> Option<Spanned<Line>> {
        let (text, span) = (cells.text(column), cells.span(column));
        if let Some(hidden) = first_hidden(text, false) {
            self.decoder.push(hidden_character(span, hidden));
            return None;
        }
        (!text.is_empty()).then(|| Spanned { value: Line::of(text), span })
    }

    fn email(&mut self, cells: &Cells<'_>, column: usize) -> Option<Spanned<Email>> {
        let line = self.line(cells, column)?;
        match Email::of(&line) {
            Some(value) => Some(Spanned { value, span: line.span }),
            None => self.problem(
                line.span,
                format!("`{}` is no e-mail address", &*line.value),
                "correct it where the export comes from, or leave the row out with `except`",
            ),
        }
    }

    fn id(&mut self, cells: &Cells<'_>, column: usize) -> Option<Spanned<MemberId>> {
        let Some(line) = self.line(cells, column) else {
            if cells.text(column).is_empty() {
                let message = "the cell of the `id` is empty, so nobody can name this person".to_owned();
                self.problem::<()>(cells.whole(), message, "map another column, or leave the row out with `except`");
            }
            return None;
        };
        match MemberId::name(&line.to_lowercase(), self.decoder) {
            Ok(value) => Some(Spanned { value, span: line.span }),
            Err(error) => self.problem(
                line.span,
                format!("`{}` is no id: {error}", &*line.value),
                "map another column as `id`, or leave `id` out and the e-mail address says who it is",
            ),
        }
    }

    /// Who it is by the e-mail address alone.
    fn by_email(&mut self, cells: &Cells<'_>, email: Option<&Spanned<Email>>) -> Option<Who> {
        let Some(email) = email else {
            let empty = self.source.columns.email.iter().all(|column| cells.text(*column).is_empty());
            if empty {
                let message = "there is no e-mail address here, so nobody can name this person".to_owned();
                let help = "map a column as `id`, add a second one to `email`, or leave the row out with `except`";
                self.problem::<()>(cells.whole(), message, help);
            }
            return None;
        };
        let local = email.split('@').next().unwrap_or_default().to_lowercase();
        let id = MemberId::name(&local, self.decoder).map(|value| Spanned { value, span: email.span });
        Some(Who::Email(id))
    }

    /// The groups of a row, each once.
    fn groups(&mut self, cells: &Cells<'_>, column: usize) -> Vec<Spanned<GroupId>> {
        let span = cells.span(column);
        let mut groups: Vec<Spanned<GroupId>> = Vec::new();
        for name in cells.text(column).split(';').map(str::trim).filter(|name| !name.is_empty()) {
            let lower = name.to_lowercase();
            let id = if let Some(names) = &self.groups {
                names.get(&lower).cloned()
            } else {
                let id = GroupId::name(&lower, self.decoder).ok();
                if id.is_none() {
                    self.unnamed(name, span);
                }
                id
            };
            let new = id.filter(|id| groups.iter().all(|known| known.value != *id));
            groups.extend(new.map(|value| Spanned { value, span }));
        }
        groups
    }

    fn unnamed(&mut self, name: &str, span: Span) {
        if let Some(hidden) = first_hidden(name, false) {
            self.decoder.push(hidden_character(span, hidden));
        } else if let Some((_, rows)) = self.unnamed.get_mut(name) {
            *rows += 1;
        } else {
            self.unnamed.insert(name.to_owned(), (span, 1));
        }
    }
}

fn hidden_character(span: Span, hidden: char) -> Finding {
    let message = format!("there is a character in this cell that cannot be seen: U+{:04X}", u32::from(hidden));
    HIDDEN_CHARACTER.at(span, message).help("take it out where the export comes from")
}

/// The addresses of a cell that holds several: what is none, such as a telephone's, is passed over. Directories write
/// `SMTP:` before an address.
fn addresses<'c>(cells: &Cells<'c>, column: usize) -> impl Iterator<Item = Email> + use<'c> {
    let text = cells.text(column);
    text.split([';', ',']).filter_map(|part| {
        let part = part.trim();
        let address = match part.split_once(':') {
            Some((kind, address)) if kind.eq_ignore_ascii_case("smtp") => address,
            Some(_) => return None,
            None => part,
        };
        Email::of(address.trim())
    })
}
