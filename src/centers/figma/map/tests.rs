use jiff::Timestamp;

use super::*;
use crate::model::{CenterRecord, PoolSetting};

fn rows(taken: Option<&str>, people: &[(&str, Access)]) -> Rows {
    let people = people.iter().zip(2..).map(|((email, access), line)| Row {
        line,
        email: (*email).to_owned(),
        access: *access,
        billing_group: None,
    });
    Rows {
        people: people.collect(),
        fingerprint: "now".to_owned(),
        taken: taken.map(|day| day.parse().unwrap()),
        ..Rows::default()
    }
}

fn confirmed<T>(value: T, basis: &str) -> Confirmed<T> {
    let at: Timestamp = "2026-11-18T10:00:00Z".parse().unwrap();
    Confirmed { value, by: "Ada".to_owned(), at, plan: None, basis: Some(basis.to_owned()) }
}

/// What Bob has, and what is said of it, where the record says *No access*.
fn bob(access: Access, taken: Option<&str>, basis: &str) -> (Option<Grant>, Vec<String>) {
    let mut scope = Scope::default();
    scope
        .record
        .people
        .insert("bob@acme.example".to_owned(), confirmed(Level::Blocked, basis));
    let pool = PoolId::new("ai").unwrap();
    let observed = observed(&rows(taken, &[("Bob@acme.example", access)]), &[(&pool, Target::of(PLAN, PLAN))], &scope);
    let state = &observed.state.pools[&pool];
    (state.grants.values().next().copied(), observed.notes)
}

#[test]
fn the_record_counts_more_than_an_older_export_and_less_than_a_newer_one() {
    let full = Some(Grant { cap: Some(Cap::Unlimited), ..Grant::default() });
    let note = |of: &str| {
        format!(
            "the export{of} shows Full access for Bob@acme.example, the record says No access, confirmed by Ada on 2026-11-18"
        )
    };
    // Over this very export.
    assert_eq!(bob(Access::Full, Some("2026-11-20"), "now"), (None, vec![]));
    // The export does not tell.
    assert_eq!(bob(Access::Unknown, Some("2026-11-20"), "old"), (None, vec![]));
    // It was exported on a day before.
    assert_eq!(bob(Access::Full, Some("2026-11-17"), "old"), (None, vec![]));
    // On the same day nobody knows which came first, so the export counts.
    assert_eq!(bob(Access::Full, Some("2026-11-18"), "old"), (full, vec![note(" of 2026-11-18")]));
    assert_eq!(bob(Access::Full, Some("2026-11-20"), "old"), (full, vec![note(" of 2026-11-20")]));
    assert_eq!(bob(Access::Full, None, "old"), (full, vec![note("")]));
    assert_eq!(bob(Access::None, None, "old"), (None, vec![]));
}

#[test]
fn who_is_in_the_record_and_not_in_a_newer_export_is_told() {
    let gone = |basis: &str, taken: Option<&str>| {
        let mut scope = Scope::default();
        scope
            .record
            .people
            .insert("zoe@acme.example".to_owned(), confirmed(Level::Cap(Cap::Unlimited), basis));
        observed(&rows(taken, &[]), &[], &scope).notes
    };
    let note = "zoe@acme.example, confirmed by Ada on 2026-11-18, is not in the newer export";
    assert_eq!(gone("old", Some("2026-11-20")), [note]);
    assert_eq!(gone("old", Some("2026-11-10")), [""; 0]);
    assert_eq!(gone("now", Some("2026-11-20")), [""; 0]);
}

#[test]
fn what_a_pool_was_set_to_comes_from_the_record() {
    let limit = crate::model::Limit::Amount(Amount::whole(5000, Unit::Credits));
    let setting = PoolSetting { limit: Some(limit), when_exhausted: None };
    let pools = [(Target::of(PLAN, PLAN), confirmed(setting, "old"))].into();
    let scope = Scope { record: CenterRecord { pools, ..CenterRecord::default() }, ..Scope::default() };
    let pool = PoolId::new("ai").unwrap();
    let observed = observed(&rows(None, &[]), &[(&pool, Target::of(PLAN, PLAN))], &scope);
    assert_eq!(observed.state.pools[&pool].budget.limit, Some(limit));
}

#[test]
fn many_notes_of_one_kind_have_a_bound() {
    let mut scope = Scope::default();
    for i in 0..50 {
        scope
            .record
            .people
            .insert(format!("p{i:02}@acme.example"), confirmed(Level::Blocked, "old"));
    }
    let notes = observed(&rows(None, &[]), &[], &scope).notes;
    assert_eq!(notes.len(), 21);
    assert_eq!(notes.last().unwrap(), "and 30 more people of the record who are not in the export");
}
