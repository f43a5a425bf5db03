//! What falls due, beside a plan.

use std::io::{self, Write};

use crate::output::due::{term, who, without};
use crate::output::escape::Terminal;
use crate::plan::{Due, DueList, What};

use super::Style;
use super::plan::SHOWN_LOSSES;
use super::style::Paint;

/// Writes what falls due, if that was asked for.
pub(super) fn due(out: &mut impl Write, list: Option<&DueList>, style: Style) -> io::Result<()> {
    let Some(list) = list else { return Ok(()) };
    let (ended, near): (Vec<&Due>, Vec<&Due>) = list.rules.iter().partition(|due| due.what == What::Ended);
    if near.is_empty() {
        writeln!(out, "\n{}", style.paint(Paint::Title, &format!("Nothing falls due by {}", list.until)))?;
    } else {
        section(out, &near, &format!("Falls due by {} ({})", list.until, near.len()), style)?;
    }
    if ended.is_empty() {
        return Ok(());
    }
    section(out, &ended, &format!("Has ended, and still stands in the files ({})", ended.len()), style)?;
    style.sentence(out, 2, Some(Paint::Faint), "`bursar revoke --expired` takes these rules out")
}

fn section(out: &mut impl Write, rules: &[&Due], title: &str, style: Style) -> io::Result<()> {
    writeln!(out, "\n{}", style.paint(Paint::Title, title))?;
    let shown = if style.verbose { rules.len() } else { SHOWN_LOSSES };
    for due in rules.iter().take(shown) {
        let place = format!("{} in {} / {}", who(due, str::to_owned), due.center, due.pool);
        style.sentence(out, 2, None, &format!("{place}: {}; {}", term(due), without(due, str::to_owned)))?;
        let source = Terminal(&due.source.to_string()).to_string();
        let reason = due.reason.as_deref().map_or_else(String::new, |reason| format!(": {}", Terminal(reason)));
        style.sentence(out, 4, Some(Paint::Faint), &format!("{source}{reason}"))?;
    }
    if rules.len() > shown {
        let rest = format!("… and {} more; -v shows all", rules.len() - shown);
        writeln!(out, "  {}", style.paint(Paint::Faint, &rest))?;
    }
    Ok(())
}
