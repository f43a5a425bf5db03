//! What falls due, in words that a terminal and Markdown share, and what an edit made of it for programs.

use std::io::{self, Write};

use jiff::civil::Date;
use serde::Serialize;

use crate::model::{Cap, Others, Period, RuleWho};
use crate::plan::{Due, Instead, What};

use super::json::document;
use super::words::{cap_words, count_words, people_words};

/// The version of the JSON.
pub const SCHEMA: &str = "bursar.due.v1";

/// What an edit takes out of the files because it has ended, or prolongs because it soon will.
#[derive(Debug)]
pub struct DueEdit<'a> {
    /// The day that is taken for today.
    pub as_of: Date,
    /// The new last day; nothing where rules are taken out.
    pub to: Option<Date>,
    /// The rules that the edit is about.
    pub rules: &'a [Due],
    /// Those that it leaves as they are, since something else than a day would be decided by it.
    pub left: &'a [Due],
}

/// Writes an edit as `bursar.due.v1`.
pub fn json(out: &mut impl Write, edit: &DueEdit<'_>) -> io::Result<()> {
    #[derive(Serialize)]
    struct Wire<'a> {
        schema: &'static str,
        as_of: Date,
        edit: &'static str,
        to: Option<Date>,
        rules: &'a [Due],
        left: &'a [Due],
    }
    let DueEdit { as_of, to, rules, left } = *edit;
    let edit = if to.is_some() { "prolong" } else { "remove" };
    document(out, &Wire { schema: SCHEMA, as_of, edit, to, rules, left })
}

/// Whom a rule names: `alice`, `the group designers, 12 people`.
pub(super) fn who(due: &Due, name: impl Fn(&str) -> String) -> String {
    match &due.who {
        RuleWho::Member(member) => name(member.as_str()),
        RuleWho::Group(group, _) => format!("the group {}, {}", name(group.as_str()), people_words(due.people)),
    }
}

/// `500 credits/month until 2026-12-01, 9 days left`.
pub(super) fn term(due: &Due) -> String {
    let right = right(due.cap, due.period);
    let Due { day, days, .. } = *due;
    let count = usize::try_from(days.unsigned_abs()).unwrap_or(usize::MAX);
    let count = count_words(count, "day", "days");
    match due.what {
        What::Ended => format!("{right} until {day}, {count} ago"),
        What::Ends if days == 0 => format!("{right} until {day}, which is today"),
        What::Ends => format!("{right} until {day}, {count} left"),
        What::Begins => format!("{right} from {day}, in {count}"),
    }
}

fn right(cap: Option<Cap>, period: Option<Period>) -> String {
    cap.map_or_else(|| "no cap of the files".to_owned(), |cap| cap_words(cap, period))
}

/// What the people of a rule may draw without it: `then 300 credits/month as one of designers`.
pub(super) fn without(due: &Due, name: impl Fn(&str) -> String) -> String {
    let when = match due.what {
        What::Ended => "now",
        What::Ends => "then",
        What::Begins => "until then",
    };
    let one = |instead: &Instead| match &instead.by {
        None => "nothing".to_owned(),
        Some(by) => {
            let right = right(instead.cap, due.period);
            match by {
                RuleWho::Member(_) => format!("{right} by a rule of their own"),
                RuleWho::Group(group, _) => format!("{right} as one of {}", name(group.as_str())),
            }
        }
    };
    let told: Vec<String> = match due.instead.as_slice() {
        [] => vec!["nothing".to_owned()],
        [only] => vec![one(only)],
        several => several
            .iter()
            .map(|instead| format!("{} {}", people_words(instead.people), one(instead)))
            .collect(),
    };
    format!("{when} {}{}", told.join(", "), to_others(due))
}

/// What becomes of people whom no other rule names, once a rule that ends is taken out of the file. Where others are
/// blocked nothing does.
fn to_others(due: &Due) -> String {
    if due.what == What::Begins || due.instead.iter().all(|instead| instead.by.is_some()) {
        return String::new();
    }
    match due.others {
        Some(Others::Blocked) => String::new(),
        Some(Others::Cap(cap)) => {
            format!("; once the rule is taken out, {} as all others", cap_words(cap, due.period))
        }
        None => "; once the rule is taken out, whatever the center holds, as others are unmanaged".to_owned(),
    }
}
