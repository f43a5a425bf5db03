//! Where it comes from: the lines that ask for the changes, and who wrote them.

use std::collections::BTreeMap;

use crate::output::escape::Markdown;
use crate::output::words::{self, count_words};

use super::budget::Budget;
use super::people::{self, Item};

/// Writes the lines, folded: one row for each, with whom it is about.
pub(super) fn write(out: &mut String, budget: &mut Budget, items: &[Item<'_>]) {
    let mut lines: BTreeMap<_, Vec<&Item<'_>>> = BTreeMap::new();
    for item in items {
        if let Some(source) = &item.change.source {
            lines.entry(source).or_default().push(item);
        }
    }
    if lines.is_empty() {
        return;
    }
    let rows = lines.iter().map(|(source, items)| {
        let written = items.iter().find_map(|item| words::written(item.change));
        let written = match written {
            Some((commit, Some(author))) => format!("{}, {}", Markdown(&commit), Markdown(&author)),
            // A commit's own name would become a link to whatever has it.
            Some((commit, None)) if commit.contains(' ') => commit,
            Some((commit, None)) => Markdown(&commit).to_string(),
            None => String::new(),
        };
        let mut about: Vec<&str> = items
            .iter()
            .map(|item| item.change.subject.as_ref().map_or(item.change.pool.as_str(), |subject| subject.name()))
            .collect();
        about.sort_unstable();
        about.dedup();
        format!("| {} | {written} | {} |\n", people::text(&source.to_string()), people::list(about.into_iter()))
    });
    let open = format!(
        "<details><summary>Where it comes from ({})</summary>\n\n| line | written by | about |\n| :--- | :--- | :--- |\n",
        count_words(lines.len(), "line", "lines")
    );
    budget.block(out, &open, rows, "\n</details>\n\n", ("line of the files", "lines of the files"));
}
