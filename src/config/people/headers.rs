//! Which column of a CSV holds what, found by the headers that the file names.

use crate::config::checks::structure::PEOPLE_COLUMN;
use crate::config::decode::Decoder;
use crate::config::file::{Filter, Line, People, Spanned};
use crate::config::text::nearest;
use crate::table::Table;

/// How many headers are told to somebody who named one that is not there.
const MAX_HEADERS: usize = 40;
/// The longest header that is repeated.
const MAX_SHOWN: usize = 64;

/// The columns of a CSV by position.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) id: Option<usize>,
    pub(super) email: Vec<usize>,
    pub(super) aliases: Vec<usize>,
    pub(super) name: Option<usize>,
    pub(super) groups: Option<usize>,
    pub(super) status: Option<usize>,
    pub(super) logins: Vec<(&'static str, usize)>,
    /// The texts of `only` and `except`, in lower case.
    pub(super) only: Vec<(usize, Vec<String>)>,
    pub(super) except: Vec<(usize, Vec<String>)>,
}

/// Finds the columns. Nothing where one that is named is not there, which is a finding.
pub(super) fn find(people: &People, table: &Table, csv: &str, decoder: &mut Decoder) -> Option<Found> {
    let columns = &people.columns.as_ref()?.value;
    let mut lost = false;
    let mut find = |header: &Spanned<Line>| {
        let count = table.count(header);
        if count == 1 {
            return table.column(header);
        }
        lost = true;
        let finding = if count == 0 {
            PEOPLE_COLUMN
                .at(header.span, format!("{csv} has no header `{}`", &*header.value))
                .help(instead(header, table))
        } else {
            PEOPLE_COLUMN
                .at(header.span, format!("{csv} has {count} columns with the header `{}`", &*header.value))
                .help("leave all but one of them out of the export, or give them different headers")
        };
        decoder.push(finding);
        None
    };
    let mut found = Found {
        id: columns.id.as_ref().and_then(&mut find),
        email: columns.email.iter().filter_map(&mut find).collect(),
        aliases: columns.aliases.iter().filter_map(&mut find).collect(),
        name: columns.name.as_ref().and_then(&mut find),
        groups: columns.groups.as_ref().and_then(&mut find),
        status: columns.status.as_ref().and_then(&mut find),
        logins: columns
            .logins
            .iter()
            .filter_map(|(provider, header)| Some((*provider, find(header)?)))
            .collect(),
        ..Found::default()
    };
    let mut filter = |filter: &Option<Filter>| -> Vec<(usize, Vec<String>)> {
        let columns = filter.iter().flat_map(|filter| &filter.0);
        let words = |words: &[Spanned<Line>]| words.iter().map(|word| word.trim().to_lowercase()).collect();
        columns.filter_map(|(header, texts)| Some((find(header)?, words(texts)))).collect()
    };
    found.only = filter(&people.only);
    found.except = filter(&people.except);
    (!lost).then_some(found)
}

/// What to write instead of a header that is not there.
fn instead(header: &str, table: &Table) -> String {
    let headers = || table.headers().iter().map(String::as_str).filter(|header| !header.is_empty());
    let short = |header: &&str| header.chars().count() <= MAX_SHOWN;
    let lower: Vec<String> = headers().filter(short).map(str::to_lowercase).collect();
    if let Some(near) = nearest(&header.to_lowercase(), lower.iter().map(String::as_str)) {
        let written = headers().find(|header| header.to_lowercase() == near).unwrap_or(near);
        return format!("did you mean `{written}`?");
    }
    let shown: Vec<&str> = headers().filter(short).take(MAX_HEADERS).collect();
    let more = headers().count() - shown.len();
    let more = if more > 0 { format!(", and there are {more} more") } else { String::new() };
    let names = crate::config::text::list(shown);
    format!("the headers are {names}{more}")
}
