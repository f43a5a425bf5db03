//! What has expired and what soon will: `plan --due` lists it, `revoke --expired` takes it out of the files, and
//! `grant --due` prolongs it.

mod expired;
mod prolong;

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::diagnostics::FileId;
use crate::model::{PoolId, RuleWho};
use crate::output;
use crate::output::due::DueEdit;
use crate::output::escape::Terminal;
use crate::plan::{Due, DueList, Selected};
use crate::usage::Snapshot;

use super::edited::Working;
use super::{CommandError, Context, Format};

pub(super) use expired::take_out;
pub(super) use prolong::prolong;

/// The furthest that one may look ahead, in days.
const FURTHEST: u16 = 3650;

/// How many rules an edit tells of, unless it tells of all.
const SHOWN: usize = 40;

/// How far to look ahead, in days; none is today alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Within(u16);

impl Within {
    /// The last day that is looked at.
    pub(super) fn until(self, today: Date) -> Date {
        today.saturating_add(i32::from(self.0).days())
    }
}

/// Reads `14d` or `2w`.
pub(super) fn within(text: &str) -> Result<Within, String> {
    let wrong = || format!("write a number of days or weeks, such as 14d or 2w; at most {FURTHEST}d");
    let (number, days) = match (text.strip_suffix('d'), text.strip_suffix('w')) {
        (Some(number), _) => (number, 1),
        (_, Some(number)) => (number, 7),
        _ => return Err(wrong()),
    };
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let days = number.parse::<u16>().ok().and_then(|number| number.checked_mul(days));
    days.filter(|days| *days <= FURTHEST).map(Within).ok_or_else(wrong)
}

/// Rules by their pool.
type ByPool<'a> = BTreeMap<&'a PoolId, Vec<&'a Due>>;

/// What an edit about days is made from: the files, and the days of their rules.
struct Days {
    working: Working,
    today: Date,
    list: DueList,
    /// How many rules are told of.
    shown: usize,
}

impl Days {
    /// Reads the files, and of one pool or of all of them what has ended and what ends up to a day.
    fn open(
        context: &Context,
        known: Option<Snapshot>,
        only: Option<&str>,
        within: Within,
    ) -> Result<Self, CommandError> {
        let working = Working { known, ..Working::open(context)? };
        let pool = only.map(|name| working.pool(name)).transpose()?;
        let today = context.today();
        let selected = Selected { center: None, pool };
        let list = DueList::of(&working.files, &selected, today, within.until(today));
        let shown = if context.ui.verbose { usize::MAX } else { SHOWN };
        Ok(Self { working, today, list, shown })
    }

    /// Rules in a line each, as far as they are told of.
    fn lines(&self, rules: &[Due], line: impl Fn(&Due) -> String) -> String {
        let told: Vec<String> = rules.iter().take(self.shown).map(|due| format!("\n  {}", line(due))).collect();
        let told = told.concat();
        match rules.len().checked_sub(self.shown) {
            None | Some(0) => told,
            Some(rest) => format!("{told}\n  … and {rest} more; -v shows all"),
        }
    }

    /// Rules by the file that their pool stands in.
    fn by_file<'a>(&self, rules: &'a [Due]) -> BTreeMap<FileId, ByPool<'a>> {
        let mut files: BTreeMap<FileId, ByPool<'_>> = BTreeMap::new();
        for due in rules {
            let (file, _) = self.working.file(&due.pool);
            files.entry(file).or_default().entry(&due.pool).or_default().push(due);
        }
        files
    }
}

/// The edit for stdout, in the format that was asked for; nothing where that is the difference of the texts.
fn answer(format: Format, edit: &DueEdit<'_>) -> Result<Vec<u8>, CommandError> {
    let mut out = Vec::new();
    match format {
        Format::Json => output::due::json(&mut out, edit),
        Format::Markdown => output::markdown::due_edit(&mut out, edit),
        _ => Ok(()),
    }
    .map_err(CommandError::failed)?;
    Ok(out)
}

/// Whom a rule names, as the files write it.
fn named(due: &Due) -> String {
    match &due.who {
        RuleWho::Member(member) => member.to_string(),
        RuleWho::Group(group, _) => format!("the group {group}"),
    }
}

/// Where a rule stands.
fn place(due: &Due) -> String {
    Terminal(&due.source.to_string()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_of_days_or_weeks() {
        let days = |text: &str| within(text).ok().map(|Within(days)| days);
        assert_eq!(days("14d"), Some(14));
        assert_eq!(days("2w"), Some(14));
        assert_eq!(days("0d"), Some(0));
        assert_eq!(days("3650d"), Some(3650));
        for wrong in ["", "d", "14", "-1d", "+1d", "1.5d", "3651d", "522w", "65536d", "9999999999w", "1m", "1 d", "١d"]
        {
            assert_eq!(days(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_end_of_a_month_and_of_time() {
        let until = |today: &str, days| Within(days).until(today.parse().unwrap()).to_string();
        assert_eq!(until("2027-02-27", 2), "2027-03-01");
        assert_eq!(until("2028-02-27", 2), "2028-02-29");
        assert_eq!(until("2026-12-31", 1), "2027-01-01");
        assert_eq!(until("9999-12-31", 3650), "9999-12-31");
    }
}
