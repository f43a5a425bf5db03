//! What one person may draw of everything in 31 days, for a person at a terminal: one line, and what it is made of.

use std::io::{self, Write};

use crate::model::total::{Counted, Open, Share, Total};
use crate::model::worst_case::WorstCase;
use crate::output::explain::Totals;
use crate::output::sentence::joined;

use super::Style;
use super::style::Paint;

/// Writes what it comes to by the files, and what by the centers.
pub(super) fn totals(out: &mut impl Write, totals: &Totals, style: Style) -> io::Result<()> {
    let Totals { files, live } = totals;
    writeln!(out)?;
    total(out, files, "In all, in 31 days", style)?;
    match live {
        Some(live) if live == files => style.sentence(out, 0, Some(Paint::Title), "Held now: the same"),
        Some(live) => total(out, live, "Held now, in 31 days", style),
        None => Ok(()),
    }
}

fn total(out: &mut impl Write, total: &Total, title: &str, style: Style) -> io::Result<()> {
    let Total { shares, sums, worth, rates } = total;
    let cases = sums.iter().map(|(counted, case)| (counted.clone(), *case));
    style.sentence(out, 0, Some(Paint::Title), &format!("{title}: {}", at_most(cases)))?;
    let plain = |share: &Share| share.open.is_none() && !share.by_budget && share.pools.len() == 1;
    if shares.len() > 1 || !shares.iter().all(plain) {
        for share in shares {
            style.sentence(out, 2, None, &self::share(share))?;
        }
    }
    let Some(worth) = worth else { return Ok(()) };
    let cases = worth.iter().map(|(unit, case)| (Counted { unit: *unit, provider: None }, *case));
    let made_of = sums.iter().map(|(counted, case)| {
        let rate = rates.get(counted).map_or_else(String::new, |rate| format!(" at {rate}"));
        format!("{case} {counted}{rate}")
    });
    let bounded = worth.values().all(|case| matches!(case, WorstCase::Bounded(_)));
    let made_of = joined(&made_of.collect::<Vec<_>>());
    let made_of = if bounded { format!(": {made_of}") } else { String::new() };
    style.sentence(out, 0, Some(Paint::Title), &format!("Worth {}{made_of}", at_most(cases)))
}

/// `at most 2,000 figma credits and 120.50 USD`, and what nothing bounds.
fn at_most(cases: impl Iterator<Item = (Counted, WorstCase)>) -> String {
    let (mut bounded, mut open) = (Vec::new(), Vec::new());
    for (counted, case) in cases {
        match case {
            WorstCase::Bounded(_) => bounded.push(format!("{case} {counted}")),
            WorstCase::Unbounded(_) => open.push(counted.to_string()),
        }
    }
    let bounded = (!bounded.is_empty()).then(|| format!("at most {}", joined(&bounded)));
    let open = (!open.is_empty()).then(|| format!("unbounded in {}", joined(&open)));
    match (open, bounded) {
        (Some(open), Some(bounded)) => format!("{open}; {bounded}"),
        (one, other) => one.or(other).unwrap_or_else(|| "nothing".to_owned()),
    }
}

/// What one cap comes to.
fn share(share: &Share) -> String {
    let Share { center, pools, counted, case, by_budget, open } = share;
    let names: Vec<&str> = pools.iter().map(crate::model::PoolId::as_str).collect();
    let why = match open {
        None => String::new(),
        Some(Open::Unlimited) => "the cap is unlimited".to_owned(),
        Some(Open::CenterDefault) => "the center's own default is not known".to_owned(),
        Some(Open::Unmanaged) => "they are unmanaged there".to_owned(),
        Some(Open::NotObserved) => "the center does not show it".to_owned(),
    };
    let budget = if pools.len() == 1 { "the pool's budget" } else { "the budgets of the pools" };
    let text = match (case, *by_budget, why.is_empty()) {
        (WorstCase::Unbounded(_), _, true) => "unbounded".to_owned(),
        (WorstCase::Unbounded(_), _, false) => format!("unbounded: {why}, and no budget blocks"),
        (_, true, true) => format!("{case} {counted}, {budget}"),
        (_, true, false) => format!("{case} {counted}, {budget}: {why}"),
        (_, false, _) if pools.len() > 1 => format!("{case} {counted}, one cap for all of them"),
        (_, false, _) => format!("{case} {counted}"),
    };
    format!("{center} / {}: {text}", names.join(", "))
}
