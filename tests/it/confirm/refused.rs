//! What comes back from a person is data: nothing of it is taken on trust.

use serde_json::{Value, json};

use super::{World, book, markdown, shown};

/// A way to change a good runbook.
type Change = fn(&mut Value);

#[test]
fn a_runbook_that_was_changed_records_nothing() {
    let cases: [(&str, Change, i32); 17] = [
        ("neither an amount", |b| b["steps"][0]["items"][0]["sets"]["person"]["level"] = "lots".into(), 1),
        ("neither an amount", |b| b["steps"][0]["items"][0]["sets"]["person"]["level"] = "-5 credits".into(), 1),
        ("neither an amount", |b| b["steps"][0]["items"][0]["sets"]["person"]["level"] = "inherit".into(), 1),
        ("does not count USD", |b| b["steps"][0]["items"][0]["sets"]["person"]["level"] = "5 USD".into(), 1),
        ("cannot hold 0.5 exactly", |b| b["steps"][0]["items"][0]["sets"]["person"]["level"] = "0.5 credits".into(), 1),
        ("knows nobody by", |b| b["steps"][0]["items"][0]["sets"]["person"]["identity"] = "bob".into(), 1),
        ("knows nobody by", |b| b["steps"][0]["items"][0]["sets"]["person"]["identity"] = "b\u{202e}@x".into(), 1),
        (
            "is not `bob` of the files",
            |b| {
                b["steps"][0]["items"][0]["sets"]["person"]["identity"] = "mallory@acme.example".into();
            },
            1,
        ),
        (
            "has no such object",
            |b| {
                b["steps"][0]["items"][0]["sets"] =
                    json!({ "pool": { "target": { "team": "x" }, "limit": "5 credits" } });
            },
            1,
        ),
        (
            "has no `alert`",
            |b| {
                b["steps"][0]["items"][0]["sets"] =
                    json!({ "pool": { "target": { "plan": "plan" }, "when_exhausted": "alert" } });
            },
            1,
        ),
        (
            "it sets nothing",
            |b| b["steps"][0]["items"][0]["sets"] = json!({ "pool": { "target": { "plan": "plan" } } }),
            1,
        ),
        (
            "there is no center `other`",
            |b| {
                b["centers"]["other"] = b["centers"]["design"].clone();
                b["steps"][0]["center"] = "other".into();
            },
            1,
        ),
        ("it says nothing of the center", |b| b["centers"] = json!({}), 1),
        ("the runbook is of `figma umbrella`", |b| b["centers"]["design"]["identity"] = "figma umbrella".into(), 5),
        ("is no hash", |b| b["plan"] = "../../x".into(), 1),
        ("two steps have the number 1", |b| b["steps"][1]["number"] = 1.into(), 1),
        ("from the future", |b| b["made_at"] = "2999-01-01T00:00:00Z".into(), 1),
    ];
    let world = World::new();
    for (says, change, exit) in cases {
        let mut book = world.book();
        change(&mut book);
        world.write("runbook.md", &markdown(&book, &[]));
        let out = world.run("confirm runbook.md --all --by Ada");
        let said = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(exit), "{says}: {said}");
        assert!(said.contains(says), "{says}: {said}");
        assert!(said.contains("help: "), "{says}: {said}");
        assert!(!said.contains('\u{202e}'), "{said:?}");
        assert!(out.stdout.is_empty() && !world.path().join("figma.record.yaml").exists(), "{says}");
    }
}

#[test]
fn what_was_confirmed_since_the_runbook_was_made_stays() {
    let world = World::new();
    world.write("runbook.md", &markdown(&world.book(), &[]));
    world.write(
        "figma.record.yaml",
        "version: 1\ncenters:\n  design:\n    people:\n      BOB@acme.example: { cap: 700 credits, by: Zoe, at: \"2026-11-22T10:00:00Z\" }\n",
    );
    let mut old = world.book();
    old["made_at"] = "2026-11-21T10:00:00Z".into();
    world.write("runbook.md", &markdown(&old, &[]));
    shown!("confirm_refused", world.terminal("confirm runbook.md --all --by Ada"));
    assert!(world.record().contains("bob@acme.example: { cap: 700 credits, by: Zoe,"), "{}", world.record());
    // A runbook that was made after it may say otherwise.
    world.write("runbook.md", &markdown(&world.book(), &[]));
    assert_eq!(world.code("confirm runbook.md --all --by Ada"), 0);
    assert!(world.record().contains("bob@acme.example: { cap: 500 credits, by: Ada,"), "{}", world.record());
}

#[test]
fn wrong_words_are_told_with_the_right_ones() {
    let world = World::new();
    world.write("runbook.md", &markdown(&world.book(), &[]));
    world.write("empty.md", "# no runbook\n");
    for line in [
        "confirm runbook.md --by Ada",
        "confirm runbook.md --by Ada --only alic@acme.example",
        "confirm runbook.md --by Ada --only 9",
        "confirm runbook.md --by Ada --all --missing others",
        "confirm runbook.md --by Ada --missing usage",
        "confirm runbook.md --by Ada --missing magic",
        "confirm runbook.md --all --only 1",
        "confirm empty.md --by Ada",
        "confirm gone.md --by Ada",
        "confirm runbook.md --all --by \u{1b}[31m",
    ] {
        let out = world.run(line);
        let said = String::from_utf8(out.stderr).unwrap();
        assert!(matches!(out.status.code(), Some(1 | 64)), "{line}: {said}");
        assert!(!said.contains('\u{1b}'), "{said:?}");
        assert!(!world.path().join("figma.record.yaml").exists(), "{line}");
    }
    shown!("confirm_only_unknown", world.terminal("confirm runbook.md --by Ada --only alic@acme.example"));
    shown!("confirm_contradicted", world.terminal("confirm runbook.md --by Ada --all --missing others"));
}

#[test]
fn a_number_that_is_a_step_and_a_name_is_asked_about() {
    let world = World::new();
    let book = book(&[(1, "others", &[("2@acme.example", "none")]), (2, "others", &[("x@acme.example", "none")])]);
    let mut book = book;
    book["steps"][0]["items"][0]["member"] = "2".into();
    world.write("runbook.md", &markdown(&book, &[]));
    let out = world.run("confirm runbook.md --by Ada --only 2");
    let said = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(64));
    assert!(said.contains("is a step, and a name of 2@acme.example"), "{said}");
    assert_eq!(world.code("confirm runbook.md --by Ada --only 2@acme.example"), 4);
}

#[test]
fn an_old_runbook_is_warned_of() {
    let world = World::new();
    let mut book = world.book();
    book["made_at"] = "2020-01-01T00:00:00Z".into();
    world.write("runbook.md", &markdown(&book, &["s1", "s2", "s3"]));
    let out = world.run("confirm runbook.md --by Ada");
    assert_eq!(out.status.code(), Some(0));
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(said.contains("warning: the runbook is") && said.contains("days old"), "{said}");
}

#[test]
fn a_center_that_is_written_by_api_has_nothing_to_confirm() {
    let world = World::new();
    let config = super::CONFIG.replace("centers:\n", "centers:\n  local: { provider: embedded }\n");
    world.write("bursar.yaml", &config);
    let mut book = world.book();
    book["centers"]["local"] = json!({ "provider": "embedded", "identity": ".bursar/center.db" });
    book["steps"][0]["center"] = "local".into();
    world.write("runbook.md", &markdown(&book, &["s1"]));
    let out = world.run("confirm runbook.md --by Ada");
    assert_eq!(out.status.code(), Some(1));
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(said.contains("`local` is not set by hand"), "{said}");
}
