//! What every center has to do, as one table of behaviours that runs against each of them.
//!
//! A center is a row of [`site::ROWS`]: how its fake is started and how a file names it. A behaviour is a row of
//! [`behaviours::TABLE`]: what it needs, and a function. A behaviour is passed over where the capability table of the
//! center says that it has not what the behaviour needs, and nowhere else.
//!
//! `BURSAR_SITE=litellm cargo test --test it conformance` runs one center only.

mod behaviours;
mod desk;
mod file;
mod need;
mod pace;
mod site;
mod stage;

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use insta::assert_snapshot;

use behaviours::{Behaviour, TABLE};
use need::Table;
use site::{ROWS, Row};

/// Runs one behaviour on every center that has what it needs, side by side.
fn across(name: &str) {
    let behaviour = TABLE.iter().find(|behaviour| behaviour.name == name).unwrap();
    let only = std::env::var("BURSAR_SITE").ok();
    let rows: Vec<&Row> = ROWS
        .iter()
        .filter(|row| only.as_deref().is_none_or(|only| row.name == only))
        .filter(|row| behaviour.lacks(&Table::of(row)).is_none())
        .collect();
    assert!(only.is_some() || !rows.is_empty(), "{name} runs on no center at all");
    let failed: Vec<&str> = thread::scope(|scope| {
        let running: Vec<_> = rows
            .iter()
            .map(|row| {
                let does = || catch_unwind(AssertUnwindSafe(|| (behaviour.does)(row)));
                (row.name, thread::Builder::new().name(row.name.to_owned()).spawn_scoped(scope, does).unwrap())
            })
            .collect();
        let ended = running.into_iter().map(|(name, thread)| (name, thread.join().unwrap()));
        ended.filter(|(_, ended)| ended.is_err()).map(|(name, _)| name).collect()
    });
    assert!(failed.is_empty(), "{name} does not hold for: {}", failed.join(", "));
}

/// Which behaviours run on a center, and why the others do not.
fn runs(row: &Row) -> Vec<(&'static Behaviour, Option<String>)> {
    let table = Table::of(row);
    TABLE.iter().map(|behaviour| (behaviour, behaviour.lacks(&table))).collect()
}

#[test]
fn what_runs_where() {
    let mut text = String::new();
    for row in ROWS {
        let runs = runs(row);
        let (run, passed): (Vec<_>, Vec<_>) = runs.iter().partition(|(_, lacks)| lacks.is_none());
        let _ = writeln!(text, "{}: {} of {} run", row.name, run.len(), TABLE.len());
        for (behaviour, lacks) in passed {
            let _ = writeln!(text, "  not {}: {}", behaviour.name, lacks.as_deref().unwrap_or_default());
        }
    }
    assert_snapshot!(text);
}

#[test]
fn every_center_runs_its_share() {
    for row in ROWS {
        let run = runs(row).iter().filter(|(_, lacks)| lacks.is_none()).count();
        assert!(
            run * 100 >= row.share * TABLE.len(),
            "{} runs {run} of {}, not {} %",
            row.name,
            TABLE.len(),
            row.share
        );
    }
}

#[test]
fn every_behaviour_runs_somewhere() {
    for behaviour in TABLE {
        let where_to = ROWS.iter().filter(|row| behaviour.lacks(&Table::of(row)).is_none()).count();
        assert!(where_to > 0, "{}: {} runs nowhere", behaviour.name, behaviour.about);
    }
}

/// The next provider is a row: whoever forgets it is told.
#[test]
fn every_table_of_a_provider_has_a_row() {
    for table in Table::all() {
        let rows = ROWS.iter().filter(|row| table.is_of(row)).count();
        assert!(rows > 0, "no row of the conformance suite is of {}", table.name());
    }
}

/// What is searched for in every output has to hold the token that a center is given.
#[test]
fn every_token_is_one_that_is_searched_for() {
    for row in ROWS {
        let stage = stage::Stage::open(row);
        let Some((_, token)) = stage.site.token() else { continue };
        assert!(crate::secrets::SECRETS.contains(&token), "the token of {}", row.name);
    }
}
