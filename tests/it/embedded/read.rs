//! What is read, and what is left alone.

use bursar::centers::Reader;
use bursar::centers::embedded::Embedded;
use bursar::model::{AlertScope, ForeignPool, Others, Period, Pool, Subject, Target, Threshold, Unit};

use super::{Center, alert, amount, block_on, cap, desired, id, limited, member, pool, roster};

#[test]
fn everything_that_is_written_is_read_and_nothing_is_unknown() {
    let center = Center::new();
    let mut design =
        limited("50000", &[("alice", "2000 until 2026-12-31"), ("bob", "unlimited"), ("carol", "inherit")]);
    design.target = Target::of("pool", "Design & Co");
    design.description = Some("Paid credits – design".to_owned());
    design.budget.period = Some(Period::Quarterly);
    design.default_cap = Some(cap("12.5"));
    design.others = Some(Others::Cap(cap("0")));
    design.alerts = Some(alert(AlertScope::Budget, Threshold::Percent(80), "ops@acme.example"));
    design.alerts.as_mut().unwrap().append(&mut alert(
        AlertScope::Caps,
        Threshold::Amount(amount("40.5")),
        "ops@acme.example",
    ));
    let desired = desired(&[("design", design.clone())]);
    center.apply(&desired);
    let observed = center.read(&center.fitted(&desired));
    assert_eq!(observed.state.pools[&id("design")], design);
    assert_eq!(observed.identity, ".bursar/center.db");
    assert_eq!(observed.unmanaged, []);
    assert_eq!(observed.roster, [member("alice"), member("bob"), member("carol")].into());
}

#[test]
fn a_pool_that_says_nothing_gets_the_strict_answers() {
    let center = Center::new();
    let desired = desired(&[("p", pool(Unit::USD, &[]))]);
    center.apply(&desired);
    let observed = center.read(&desired);
    insta::assert_snapshot!(format!("{:#?}", observed.state.pools[&id("p")]), @r#"
    Pool {
        target: Target(
            {
                "pool": "p",
            },
        ),
        description: Some(
            "",
        ),
        budget: Budget {
            unit: USD,
            period: Some(
                Monthly,
            ),
            limit: Some(
                None,
            ),
            when_exhausted: Some(
                Block,
            ),
        },
        default_cap: Some(
            Inherit,
        ),
        others: Some(
            Blocked,
        ),
        alerts: Some(
            {},
        ),
        grants: {},
    }
    "#);
}

#[test]
fn pools_that_no_file_mentions_are_named_and_not_touched() {
    let center = Center::new();
    center.apply(&desired(&[("mine", limited("10", &[("alice", "1")])), ("theirs", limited("20", &[("bob", "2")]))]));
    let mine = desired(&[("mine", limited("10", &[("alice", "1")]))]);
    assert_eq!(center.plan(&mine), []);
    let observed = center.read(&mine);
    assert_eq!(observed.unmanaged, [ForeignPool { name: "theirs".to_owned(), target: Target::of("pool", "theirs") }]);
    assert_eq!(observed.state.pools.len(), 1);
    // Bob has a grant elsewhere: the center knows him.
    assert_eq!(observed.roster, [member("alice"), member("bob"), member("carol")].into());
}

#[test]
fn whom_the_files_do_not_know_is_a_stranger() {
    let mut center = Center::new();
    center.apply(&desired(&[("p", limited("10", &[("alice", "1"), ("bob", "2")]))]));
    center.meddle("UPDATE members SET name = 'ALICE' WHERE name = 'alice'");
    center.roster = roster(&["alice"]);
    let observed = center.read(&desired(&[("p", pool(Unit::Credits, &[]))]));
    let granted: Vec<_> = observed.state.pools[&id("p")].grants.keys().cloned().collect();
    assert_eq!(granted, [member("alice"), Subject::Stranger("bob".into())]);
}

#[test]
fn an_inventory_is_everything() {
    let center = Center::new();
    center.apply(&desired(&[("a", limited("10", &[("alice", "1")])), ("b", pool(Unit::USD, &[("bob", "2 USD")]))]));
    let inventory = block_on(
        Embedded::new(&center.settings)
            .inventory(&bursar::model::Scope { roster: roster(&["bob"]), ..Default::default() }),
    )
    .unwrap();
    let pools: Vec<(&str, usize)> = inventory
        .pools
        .iter()
        .map(|(name, pool): &(String, Pool)| (name.as_str(), pool.grants.len()))
        .collect();
    assert_eq!(pools, [("a", 1), ("b", 1)]);
    let people: Vec<_> = inventory.people.iter().map(|person| person.subject.clone()).collect();
    assert_eq!(people, [member("bob"), Subject::Stranger("alice".into())]);
    assert_eq!(inventory.identity, ".bursar/center.db");
}

#[test]
fn a_text_that_bursar_did_not_write_is_named() {
    let center = Center::new();
    let desired = desired(&[("p", limited("10", &[("alice", "1")]))]);
    center.apply(&desired);
    center.meddle("UPDATE grants SET cap = 'lots'");
    let error = block_on(Embedded::new(&center.settings).read(&center.scope(&desired))).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("center.db") && text.contains("`lots` in the column `cap`"), "{text}");
}
