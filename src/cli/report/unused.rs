//! `bursar report --unused`: the grants that nobody used for so many days.

use jiff::ToSpan;

use crate::cli::{CommandResult, Context, Exit, Format, block_on, session, using};
use crate::output::escape::Terminal;

use super::ReportArgs;

pub(super) fn run(context: &Context, args: &ReportArgs, days: u16) -> CommandResult {
    context.format("report --unused", &[Format::Text])?;
    let mut session = session::open(context)?;
    session.select(&args.selection)?;
    let centers = block_on(using::read(context, &session))??;
    let since = context.today().saturating_sub(i64::from(days).days());
    let mut out = String::new();
    for pool in centers.iter().flat_map(|center| &center.pools) {
        for (subject, person) in pool.people.iter().filter(|(_, person)| person.granted) {
            if person.last.is_some_and(|last| last < since) {
                out.push_str(&format!("{} {}\n", pool.pool, Terminal(subject.name())));
            }
        }
    }
    context.ui.artefact(out.as_bytes())?;
    Ok(Exit::Done)
}
