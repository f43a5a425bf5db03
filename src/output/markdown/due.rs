//! What falls due as a table: beside a plan, and for a pull request that prolongs it or takes it out.

use std::io;

use crate::output::due::{DueEdit, term, who, without};
use crate::output::escape::Markdown;
use crate::plan::{Due, DueList, What};

use super::budget::Budget;
use super::people::{name, text};

/// How large the page of an edit may grow: it stands in the body of a pull request, with more beside it.
const PAGE: usize = 25_000;

const COLUMNS: &str =
    "| who | pool | may draw | without the rule | why | where |\n| :--- | :--- | :--- | :--- | :--- | :--- |\n";

/// Writes what falls due, beside a plan.
pub(super) fn due(out: &mut String, budget: &mut Budget, list: Option<&DueList>) {
    let Some(list) = list else { return };
    let (ended, near): (Vec<&Due>, Vec<&Due>) = list.rules.iter().partition(|due| due.what == What::Ended);
    let title = format!("#### Falls due by {}\n\n", list.until);
    if near.is_empty() {
        budget.block(out, &title, std::iter::once("Nothing.\n".to_owned()), "\n", WHAT);
    } else {
        table(out, budget, &title, &near);
    }
    table(out, budget, "#### Has ended, and still stands in the files\n\n", &ended);
}

/// Writes the page of an edit: which rules it is about, and which it leaves as they are.
pub fn edit(out: &mut impl io::Write, edit: &DueEdit<'_>) -> io::Result<()> {
    let mut budget = Budget::new(PAGE);
    let mut page = String::new();
    let rules: Vec<&Due> = edit.rules.iter().collect();
    let title = match edit.to {
        Some(to) => format!("**Prolonged to {to}:**\n\n"),
        None => "**Taken out of the files, since their last day has passed:**\n\n".to_owned(),
    };
    table(&mut page, &mut budget, &title, &rules);
    let left: Vec<&Due> = edit.left.iter().collect();
    let title = match edit.to {
        Some(to) => format!("**Left as they are, since they hold until {to} or longer:**\n\n"),
        None => "**Left in the files, although their last day has passed, since the pool's `others` would decide over \
             people whom they keep from it:**\n\n"
            .to_owned(),
    };
    table(&mut page, &mut budget, &title, &left);
    out.write_all(page.as_bytes())
}

/// What a row is called where rows are left out.
const WHAT: (&str, &str) = ("rule", "rules");

fn table(out: &mut String, budget: &mut Budget, title: &str, rules: &[&Due]) {
    budget.block(out, &format!("{title}{COLUMNS}"), rules.iter().map(|due| row(due)), "\n", WHAT);
}

fn row(due: &Due) -> String {
    let reason = due.reason.as_deref().map_or_else(String::new, text);
    format!(
        "| {} | {} in {} | {} | {} | {reason} | {} |\n",
        who(due, name),
        Markdown(due.pool.as_str()),
        Markdown(due.center.as_str()),
        term(due),
        without(due, name),
        text(&due.source.to_string()),
    )
}
