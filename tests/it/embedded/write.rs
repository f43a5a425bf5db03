//! What is written, what is refused, and what a failure leaves.

use bursar::centers::embedded::Embedded;
use bursar::centers::{Reader, Verdict, Written};
use bursar::model::{AlertScope, Others, Source, Target, Threshold, Unit};
use bursar::plan::Kind;

use super::{Center, alert, cap, desired, grant_change, id, limited, pool, roster};

fn verdicts(written: &[Written]) -> Vec<Verdict> {
    written.iter().map(|written| written.verdict).collect()
}

fn with_alice(cap: &str) -> Center {
    let center = Center::new();
    center.apply(&desired(&[("p", limited("100", &[("alice", cap)]))]));
    center
}

#[test]
fn a_second_apply_has_nothing_to_do() {
    let center = Center::new();
    let first = desired(&[("p", limited("100", &[("alice", "10"), ("bob", "20")]))]);
    assert_eq!(center.apply(&first).len(), 3);
    assert_eq!(center.apply(&first).len(), 0);
}

#[test]
fn a_plan_that_was_made_already_is_already_so() {
    let center = Center::new();
    let mut p = limited("100", &[("alice", "10"), ("bob", "20")]);
    p.others = Some(Others::Cap(cap("5")));
    p.alerts = Some(alert(AlertScope::Caps, Threshold::Percent(90), "ops@acme.example"));
    let changes = center.plan(&desired(&[("p", p)]));
    assert_eq!(changes.len(), 5);
    assert_eq!(verdicts(&center.write(&changes)), [Verdict::Applied; 5]);
    assert_eq!(verdicts(&center.write(&changes)), [Verdict::Already; 5]);
}

#[test]
fn what_moved_since_the_plan_is_refused_alone() {
    let center = with_alice("10");
    let changes = [
        grant_change("p", "alice", Some("9"), Some("50")),
        grant_change("p", "bob", None, Some("20")),
        grant_change("p", "carol", Some("1"), Some("2")),
        grant_change("p", "dora", Some("1"), None),
    ];
    let written = center.write(&changes);
    assert_eq!(verdicts(&written), [Verdict::Refused, Verdict::Applied, Verdict::Refused, Verdict::Already]);
    assert_eq!(
        written[0].message.as_deref(),
        Some("changed since the plan: the cap of alice is now 10 credits, the end never")
    );
    assert_eq!(written[2].message.as_deref(), Some("changed since the plan: it is gone"));
    assert_eq!(center.sql::<String>("SELECT group_concat(cap) FROM grants"), "10 credits,20 credits");
}

#[test]
fn a_grant_that_appeared_since_the_plan_is_not_overwritten() {
    let center = with_alice("10");
    let written = center.write(&[grant_change("p", "alice", None, Some("50"))]);
    assert_eq!(verdicts(&written), [Verdict::Refused]);
    let written = center.write(&[grant_change("p", "ALICE", None, Some("10"))]);
    assert_eq!(verdicts(&written), [Verdict::Already], "names are compared without regard to case");
    let written = center.write(&[grant_change("p", "alice", Some("11"), None)]);
    assert_eq!(verdicts(&written), [Verdict::Refused]);
    assert_eq!(center.sql::<String>("SELECT cap FROM grants"), "10 credits");
}

#[test]
fn pools_others_and_alerts_have_preconditions_too() {
    let center = with_alice("10");
    let mut p = limited("200", &[("alice", "10")]);
    p.others = Some(Others::Cap(cap("5")));
    p.alerts = Some(alert(AlertScope::Budget, Threshold::Percent(80), "ops@acme.example"));
    let changes = center.plan(&desired(&[("p", p)]));
    let kinds: Vec<_> = changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [Kind::PoolUpdate, Kind::OthersUpdate, Kind::AlertAdd]);
    center.meddle(
        "UPDATE pools SET description = 'mine', others = '7 credits';
         INSERT INTO alerts SELECT id, 'budget', '80%', '[]' FROM pools",
    );
    assert_eq!(verdicts(&center.write(&changes)), [Verdict::Refused; 3]);
    assert_eq!(center.sql::<String>("SELECT budget || others FROM pools"), "100 credits7 credits");
    assert_eq!(center.sql::<String>("SELECT notify FROM alerts"), "[]");
}

#[test]
fn a_change_that_fails_leaves_the_rest_of_its_batch() {
    let center = with_alice("10");
    let writer = bursar::centers::embedded::EmbeddedWriter::open(&center.settings).unwrap();
    let batch = [
        grant_change("p", "bob", None, Some("20")),
        grant_change("nowhere", "bob", None, Some("20")),
        grant_change("p", "", None, Some("20")),
        grant_change("p", "carol", None, Some("30")),
        grant_change("nowhere", "bob", Some("20"), None),
    ];
    let written = super::block_on(bursar::centers::Writer::write(&writer, &batch));
    assert_eq!(
        verdicts(&written),
        [Verdict::Applied, Verdict::Failed, Verdict::Failed, Verdict::Applied, Verdict::Already]
    );
    assert_eq!(written[1].message.as_deref(), Some("the center has no pool `nowhere`"));
    assert!(written[2].message.as_deref().unwrap().contains("CHECK constraint failed"));
    assert_eq!(center.sql::<i64>("SELECT count(*) FROM grants"), 3);
    assert_eq!(center.sql::<i64>("SELECT count(*) FROM members"), 3);
}

#[test]
fn a_change_that_fails_halfway_leaves_nothing_of_itself() {
    let center = with_alice("10");
    center.meddle(
        "CREATE TRIGGER half BEFORE INSERT ON grants WHEN NEW.cap = '66 credits'
         BEGIN SELECT RAISE(ABORT, 'the disk has a scratch'); END",
    );
    let batch = [grant_change("p", "bob", None, Some("66")), grant_change("p", "carol", None, Some("30"))];
    let written = center.write(&batch);
    assert_eq!(verdicts(&written), [Verdict::Failed, Verdict::Applied]);
    assert_eq!(written[0].message.as_deref(), Some("the disk has a scratch"));
    assert_eq!(center.sql::<String>("SELECT group_concat(name) FROM members"), "alice,carol");
}

#[test]
fn a_batch_that_is_rolled_back_is_not_reported_as_made() {
    let center = with_alice("10");
    center.meddle(
        "CREATE TRIGGER full BEFORE INSERT ON grants WHEN NEW.cap = '66 credits'
         BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END",
    );
    let batch = [grant_change("p", "bob", None, Some("30")), grant_change("p", "carol", None, Some("66"))];
    let written = center.write(&batch);
    let message = "nothing of the batch was written: database or disk is full";
    assert_eq!(written, [(); 2].map(|()| Written::because(Verdict::Failed, message)));
    assert_eq!(center.sql::<i64>("SELECT count(*) FROM grants"), 1);
}

#[test]
fn a_deleted_pool_takes_its_grants_and_leaves_the_ledger() {
    let center = with_alice("10");
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    bursar::centers::embedded::draw(&center.settings, "p", "alice", super::amount("3"), now).unwrap();
    let mut gone = desired(&[]);
    let source = Source { file: "bursar.yaml".into(), line: 7 };
    gone.absent.insert(id("p"), (Target::default(), source));
    center.apply(&gone);
    assert_eq!(center.plan(&gone), []);
    assert_eq!(center.sql::<i64>("SELECT count(*) FROM grants"), 0);
    assert_eq!(center.sql::<String>("SELECT pool_name || amount FROM draws"), "p3 credits");

    // A new pool of the same name is another pool: it begins with nothing drawn.
    center.apply(&desired(&[("p", limited("100", &[("alice", "10")]))]));
    let usage = bursar::centers::embedded::usage(&center.settings, "p", now).unwrap();
    assert_eq!(usage.total, super::amount("0"));
}

#[test]
fn deleting_revokes_only_those_whom_the_plan_named() {
    let center = with_alice("10");
    let mut gone = desired(&[]);
    let source = Source { file: "bursar.yaml".into(), line: 7 };
    gone.absent.insert(id("p"), (Target::default(), source));
    let changes = center.plan(&gone);
    center.write(&[grant_change("p", "bob", None, Some("20"))]);
    let written = center.write(&changes);
    assert_eq!(
        written[0],
        Written::because(Verdict::Refused, "changed since the plan: other people have grants in the pool")
    );
    assert_eq!(center.sql::<i64>("SELECT count(*) FROM grants"), 2);
}

#[test]
fn another_unit_never_turns_credits_into_dollars() {
    let mut center = with_alice("500");
    center.roster = roster(&["bob"]);
    // Others stay as they are, so alice keeps what she has, which is 500 credits and not 500 dollars.
    let dollars = desired(&[("p", pool(Unit::USD, &[("bob", "1 USD")]))]);
    center.apply(&dollars);
    assert_eq!(center.plan(&dollars), []);
    assert_eq!(center.sql::<String>("SELECT group_concat(cap) FROM grants"), "500 credits,1 USD");
}

#[test]
fn writes_are_counted_in_batches() {
    let center = Center::new();
    let people: Vec<String> = (0..1001).map(|i| format!("m{i}")).collect();
    let grants: Vec<(&str, &str)> = people.iter().map(|name| (name.as_str(), "1")).collect();
    let names: Vec<&str> = people.iter().map(String::as_str).collect();
    let center = Center { roster: roster(&names), ..center };
    let changes = center.plan(&desired(&[("p", limited("10", &grants)), ("q", limited("10", &grants[..500]))]));
    let phases = bursar::plan::phases(&changes, |_| Some(&bursar::centers::embedded::CAPABILITIES));
    let batches = bursar::plan::batches(&changes, &phases, &bursar::centers::embedded::CAPABILITIES);
    let batches: Vec<_> = batches.into_iter().map(|batch| &changes[batch.changes]).collect();
    let cost = Embedded::new(&center.settings).cost(&batches);
    assert_eq!((cost.reads, cost.writes, cost.look), (0, 2 + 3 + 1, 1));
}
