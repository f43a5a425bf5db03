//! What the centers hold other than the files ask, and what waits for a person.

use crate::output::words::{self, Cell as Words};
use crate::plan::{Cause, Change, Effect, Plan, Sets, minutes};

use super::data::{Cell, Column, Kind, Step, Table};
use super::facts::{Facts, ReadCenter};

const COLUMNS: [Column; 7] = [
    Column { label: "Effect", kind: Kind::Text },
    Column { label: "Pool", kind: Kind::Text },
    Column { label: "What", kind: Kind::Text },
    Column { label: "In the center", kind: Kind::Text },
    Column { label: "By the files", kind: Kind::Text },
    Column { label: "Why", kind: Kind::Text },
    Column { label: "Decided by", kind: Kind::Source },
];

fn read<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = &'a ReadCenter> {
    facts.centers.iter().filter_map(|center| center.read.as_deref().ok())
}

/// Every difference, and whether their causes are known: then those that an edit of the files explains are left out.
pub(super) fn of(facts: &Facts<'_>) -> (Table, bool) {
    let caused = facts.base.is_some();
    let of_plan = |plan: &'_ Plan| {
        let all = plan.changes.iter().chain(&plan.asserts);
        let all = all.filter(|change| !caused || change.cause == Cause::Drift);
        all.map(|change| (change.effect, of_change(plan, change))).collect::<Vec<_>>()
    };
    let mut changes: Vec<(Effect, Vec<Vec<Cell>>)> = read(facts).flat_map(|read| of_plan(&read.plan)).collect();
    // The gravest first, as in a review.
    changes.sort_by_key(|(effect, _)| *effect);
    let rows = changes.into_iter().flat_map(|(_, rows)| rows).collect();
    let table = Table {
        id: "differences",
        noun: ["difference", "differences"],
        columns: COLUMNS.to_vec(),
        rows,
        ..Table::default()
    };
    (table, caused)
}

fn of_change(plan: &Plan, change: &Change) -> Vec<Vec<Cell>> {
    let why = match (words::why(change), words::record(change)) {
        (Some(why), Some(record)) => Cell::noted(why, &record),
        (Some(why), None) => Cell::text(why),
        (None, Some(record)) => Cell::text(&record),
        (None, None) => Cell::Nothing,
    };
    let source = Cell::maybe(change.source.as_ref());
    let pool = Cell::noted(change.pool.as_str(), change.center.as_str());
    let effect = Cell::text(effect(change));
    let rows = words::rows(change, words::periods(plan, change));
    let cells = |row: words::Row| {
        let who = match (&row.who, row.stranger) {
            (Words::Own(text) | Words::Foreign(text), true) => Cell::noted(text, "not in the files"),
            (Words::Own(text) | Words::Foreign(text), false) => Cell::text(text),
        };
        let after = match (&row.after, &row.worth) {
            (Words::Own(text) | Words::Foreign(text), Some(worth)) => Cell::noted(text, worth),
            (Words::Own(text) | Words::Foreign(text), None) => Cell::text(text),
        };
        let (Words::Own(before) | Words::Foreign(before)) = &row.before;
        vec![effect.clone(), pool.clone(), who, Cell::text(before), after, why.clone(), source.clone()]
    };
    rows.into_iter().map(cells).collect()
}

/// What the files would do to it.
fn effect(change: &Change) -> &'static str {
    match change.effect {
        Effect::Revokes => "Revocation",
        Effect::Cuts => "Cut",
        Effect::Raises => "Raise",
        Effect::Grants => "Grant",
        Effect::Neutral => "Other",
    }
}

/// What a person has to do in a console, and how many minutes that takes.
pub(super) fn steps(facts: &Facts<'_>) -> (Vec<Step>, u32) {
    let all = || read(facts).flat_map(|read| &read.plan.steps);
    let step = |step: &crate::plan::Step| Step {
        center: step.center.to_string(),
        title: step.title.clone(),
        people: step.items.iter().filter(|item| matches!(item.sets, Sets::Person { .. })).count(),
    };
    (all().map(step).collect(), minutes(all()))
}
