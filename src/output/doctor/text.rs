//! What was found out about the centers, for a person at a terminal: what is wrong and what to do about it first to see.

use std::io::{self, Write};

use jiff::civil::Date;

use crate::model::{Availability, Offered, Reached, TokenCheck};
use crate::output::escape::Terminal;
use crate::output::text::{Paint, Style};
use crate::plan::{Effect, Need};

use super::{Examined, age, state};

/// Where what stands behind the name of a control begins.
const NAME: usize = 18;

/// Writes what was found out.
pub fn text(out: &mut impl Write, centers: &[Examined], as_of: Date, style: Style) -> io::Result<()> {
    if centers.is_empty() {
        return writeln!(out, "The files name no center.");
    }
    for examined in centers {
        center(out, examined, as_of, style)?;
        writeln!(out)?;
    }
    let problems: Vec<(&Examined, String)> = centers
        .iter()
        .flat_map(|examined| examined.problems().into_iter().map(move |problem| (examined, problem)))
        .collect();
    if problems.is_empty() {
        let fine = "Everything that the files need can be used.";
        return writeln!(out, "{}", style.paint(Paint::Of(Effect::Grants), fine));
    }
    let head = match problems.len() {
        1 => "One thing keeps the files from being used:".to_owned(),
        many => format!("{many} things keep the files from being used:"),
    };
    writeln!(out, "{}", style.paint(Paint::Bad, &head))?;
    for (examined, problem) in problems {
        style.sentence(out, 2, None, &format!("{}: {}", examined.center, Terminal(&problem)))?;
    }
    Ok(())
}

fn center(out: &mut impl Write, examined: &Examined, as_of: Date, style: Style) -> io::Result<()> {
    let checkup = &examined.checkup;
    let title = match &checkup.identity {
        Some(identity) => format!("{}: {}", examined.center, Terminal(identity)),
        None => examined.center.to_string(),
    };
    writeln!(out, "{}", style.paint(Paint::Title, &title))?;
    let plan = checkup.plan.as_deref().map_or(String::new(), |plan| format!(", plan {}", Terminal(plan)));
    style.labelled(out, "provider", &format!("{}{plan}", examined.capabilities.provider))?;
    match &checkup.reached {
        Reached::Yes(says) => style.labelled(out, "reached", &Terminal(says).to_string())?,
        Reached::Files(says) => {
            let age = examined.exported.map_or(String::new(), |day| format!("; {}", age(day, as_of)));
            style.labelled(out, "files", &format!("{}{age}", Terminal(says)))?;
        }
        Reached::No { why, help } => {
            let why = Terminal(why).to_string();
            style.labelled(out, "not read", &why)?;
            // What is said of a token says it better.
            if checkup.tokens.iter().all(|token| token.next.is_none()) {
                style.labelled(out, "", &format!("next: {}", Terminal(help)))?;
            }
        }
    }
    for check in &checkup.tokens {
        token(out, check, style)?;
    }
    for (i, note) in checkup.notes.iter().enumerate() {
        style.labelled(out, if i == 0 { "notes" } else { "" }, &Terminal(note).to_string())?;
    }
    controls(out, examined, style)
}

fn token(out: &mut impl Write, check: &TokenCheck, style: Style) -> io::Result<()> {
    let state = state(check.state);
    let scopes = match check.scopes.as_slice() {
        [] => String::new(),
        scopes => format!(", may: {}", Terminal(&scopes.join(", "))),
    };
    let says = format!("${} {state}{scopes} ({})", Terminal(&check.variable), Terminal(&check.purpose));
    style.labelled(out, "token", &says)?;
    if let Some(wide) = &check.too_wide {
        style.labelled(out, "", &format!("too wide: {}", Terminal(wide)))?;
    }
    if let Some(next) = &check.next {
        style.labelled(out, "", &format!("next: {}", Terminal(next)))?;
    }
    Ok(())
}

/// The needed ones whole, the rest a line each.
fn controls(out: &mut impl Write, examined: &Examined, style: Style) -> io::Result<()> {
    let reached = examined.checkup.reached.is_there();
    // Of an account that was not reached, its provider's table is no answer: only what is known otherwise is.
    let shown = |offered: &&Offered| reached || (examined.used && examined.blocks(offered));
    let (needed, rest): (Vec<&Offered>, Vec<&Offered>) = examined
        .checkup
        .offers
        .iter()
        .filter(shown)
        .partition(|offered| !examined.needs(offered.control).is_empty());
    if !needed.is_empty() {
        writeln!(out, "  needed by the files")?;
    }
    for offered in &needed {
        self::needed(out, examined, offered, style)?;
    }
    if needed.iter().any(|offered| offered.availability == Availability::ConsoleOnly) {
        style.sentence(out, 4, None, "`bursar apply` writes the steps for what a person sets")?;
    }
    if !reached {
        return style.sentence(out, 2, Some(Paint::Faint), "which controls it has was not looked at");
    }
    if !rest.is_empty() {
        writeln!(out, "  not needed")?;
    }
    for offered in rest {
        let line = format!("{:NAME$}{} ({})", offered.control, offered.availability, Terminal(&offered.why));
        style.sentence(out, 4, Some(Paint::Faint), &line)?;
    }
    Ok(())
}

fn needed(out: &mut impl Write, examined: &Examined, offered: &Offered, style: Style) -> io::Result<()> {
    /// How wide the longest availability is that nothing is wrong with.
    const STATE: usize = 14;
    let since = offered.since.map_or(String::new(), |day| format!(", since {day}"));
    let state = format!("{}{since}", offered.availability);
    let paint = if examined.blocks(offered) {
        Paint::Bad
    } else if offered.availability.is_usable() {
        Paint::Of(Effect::Grants)
    } else {
        Paint::Faint
    };
    let pad = STATE.saturating_sub(state.chars().count());
    let whom = by_whom(examined.needs(offered.control));
    let head = format!("    {:NAME$}{}", offered.control, style.paint(paint, &state));
    let used = 4 + NAME + state.chars().count() + pad;
    if used + 1 + whom.chars().count() <= style.width {
        writeln!(out, "{head}{:pad$} {whom}", "")?;
    } else {
        writeln!(out, "{head}")?;
        style.sentence(out, 8, None, &whom)?;
    }
    if !offered.availability.is_usable() || says_more(examined, offered) {
        style.sentence(out, 8, None, &Terminal(&offered.why).to_string())?;
    }
    if let Some(next) = examined.next(offered) {
        style.sentence(out, 8, None, &format!("next: {}", Terminal(&next)))?;
    }
    Ok(())
}

/// Whether the account told more than the table of its provider.
fn says_more(examined: &Examined, offered: &Offered) -> bool {
    examined.capabilities.controls.of(offered.control).how != offered.why
}

fn by_whom(needs: &[Need]) -> String {
    /// How many pools are named.
    const NAMED: usize = 3;
    let one = |need: &Need| {
        let people = match need.people {
            0 => String::new(),
            1 => ", for 1 person".to_owned(),
            people => format!(", for {people} people"),
        };
        format!("{} at {}{people}", need.pool, Terminal(&need.source.to_string()))
    };
    let named: Vec<String> = needs.iter().take(NAMED).map(one).collect();
    let more = match needs.len().saturating_sub(NAMED) {
        0 => String::new(),
        1 => "; and 1 more pool".to_owned(),
        more => format!("; and {more} more pools"),
    };
    format!("for {}{more}", named.join("; "))
}
