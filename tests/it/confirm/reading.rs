//! A record as a person may have edited it.

use std::fs;
use std::process::Command;

use super::{World, markdown, shown};

#[test]
fn everything_that_is_wrong_with_a_record_is_a_finding_with_its_place() {
    let world = World::new();
    world.write(
        "figma.record.yaml",
        "\
version: 1
centres: {}
centers:
  design:
    identity: figma acme
    people:
      alice@acme.example: { cap: 2000, by: Ada, at: \"2026-11-22T10:00:00Z\" }
      bob@acme.example: { cap: non, by: Ada, at: yesterday }
      Bob@acme.example: { cap: none, by: Ada, at: \"2026-11-22T10:00:00Z\" }
      carol@acme.example: { cap: 5 credits, at: \"2026-11-22T10:00:00Z\", plan: \"123\", when: now }
      dan@acme.example: *alias
    pools:
      - { limit: 5000, by: Ada, at: \"2026-11-22T10:00:00Z\" }
      - { target: { plan: plan }, limit: 5 credits, by: Ada, at: \"2026-11-22T10:00:00Z\" }
      - { target: plan, limit: 6 credits, by: Ada, at: \"2026-11-22T10:00:00Z\" }
    missing: { magic: { by: Ada, at: \"2026-11-22T10:00:00Z\" }, others: {} }
",
    );
    shown!("confirm_findings", world.terminal("validate"));
    assert_eq!(world.code("validate figma.record.yaml"), 1);
    for line in ["plan", "import --center design", "explain bob --live", "apply --yes"] {
        let out = world.run(line);
        let said = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(1), "{line}: {said}");
        assert!(said.contains("figma.record.yaml:7:") && said.contains("has errors"), "{line}: {said}");
    }
    // Nothing is written over what cannot be read.
    let before = world.record();
    world.write("runbook.md", &markdown(&world.book(), &["s1"]));
    assert_eq!(world.code("confirm runbook.md --by Ada"), 1);
    assert_eq!(world.record(), before);
}

#[test]
fn a_record_of_another_account_does_not_count() {
    let world = World::new();
    world.write(
        "figma.record.yaml",
        "\
version: 1
centers:
  design:
    identity: figma umbrella
    people:
      bob@acme.example: { cap: 500 credits, by: Ada, at: \"2026-11-22T10:00:00Z\" }
  gone:
    people:
      bob@acme.example: { cap: none, by: Ada, at: \"2026-11-22T10:00:00Z\" }
",
    );
    shown!("confirm_other_account", world.terminal("validate"));
    let before = world.record();
    world.write("runbook.md", &markdown(&world.book(), &["s1"]));
    let out = world.run("confirm runbook.md --by Ada");
    assert_eq!(out.status.code(), Some(1));
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(said.contains("figma.record.yaml is of `figma umbrella`, and `design` is `figma acme`"), "{said}");
    assert_eq!(world.record(), before);
}

#[test]
fn a_hand_edit_keeps_working() {
    let world = World::new();
    let basis = world.basis().unwrap();
    world.write(
        "figma.record.yaml",
        &format!(
            "\
# asked Ada
version: 1
centers:
    design:
        missing: {{}}
        people:
            \"Bob@Acme.Example\":
                at: 2026-11-22T12:00:00+02:00
                by: 'Ada'
                cap: '500 credits'
                basis: \"{basis}\"
"
        ),
    );
    assert_eq!(world.code("validate"), 0);
    let plan = String::from_utf8(world.run("plan").stdout).unwrap();
    assert!(plan.contains("alice") && !plan.contains("bob"), "{plan}");
    world.write("runbook.md", &markdown(&world.book(), &["s2"]));
    let out = world.run("confirm runbook.md --by Ada");
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(said.contains("the comments of figma.record.yaml are not kept"), "{said}");
    let record = world.record();
    assert!(
        record.contains("bob@acme.example: { cap: 500 credits, by: Ada, at: \"2026-11-22T10:00:00Z\", basis:"),
        "{record}"
    );
}

#[test]
fn a_folder_of_a_config_may_hold_its_record() {
    let world = World::new();
    fs::create_dir(world.path().join("bursar")).unwrap();
    for name in ["bursar.yaml", "people.csv"] {
        fs::rename(world.path().join(name), world.path().join("bursar").join(name)).unwrap();
    }
    let settings = super::settings(world.path());
    assert_eq!(settings.folder.join("x"), world.path().join("bursar/x"));
    let plain = super::World::new();
    world.write("runbook.md", &markdown(&plain.book(), &["s1"]));
    assert_eq!(world.code("confirm runbook.md --by Ada"), 4);
    assert!(world.path().join("bursar/figma.record.yaml").exists());
    for (line, exit) in
        [("validate", 0), ("fmt", 0), ("fmt --check", 0), ("plan --detailed-exitcode", 2), ("explain bob --live", 0)]
    {
        assert_eq!(world.code(line), exit, "{line}");
    }
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command
            .current_dir(world.path())
            .args(["-c", "user.name=a", "-c", "user.email=a@b"])
            .args(args);
        assert!(command.output().unwrap().status.success(), "{args:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    assert_eq!(world.code("validate --staged"), 0);
    git(&["commit", "-qm", "all"]);
    // At a revision it is no part of the config either, and an edit of it alone is no edit of the files.
    let path = world.path().join("bursar/figma.record.yaml");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("500 credits", "501 credits")).unwrap();
    assert_eq!(world.code("diff HEAD --detailed-exitcode"), 0);
    fs::write(&path, "version: 2\n").unwrap();
    assert_eq!(world.code("validate"), 1);
    assert_eq!(world.code("validate --staged"), 0, "what is staged is sound");
    git(&["add", "."]);
    assert_eq!(world.code("validate --staged"), 1);
    let said = String::from_utf8(world.run("validate --staged").stdout).unwrap();
    assert!(said.contains("bursar/figma.record.yaml:1:"), "{said}");
}

#[test]
fn a_record_is_named_as_one() {
    let world = World::new();
    let config = super::CONFIG.replace("    organization: acme\n", "    organization: acme\n    record: done.yaml\n");
    world.write("bursar.yaml", &config);
    let said = String::from_utf8(world.run("validate").stdout).unwrap();
    assert!(said.contains("`done.yaml` is no name for a record"), "{said}");
    world.write("bursar.yaml", &config.replace("done.yaml", "records/done.record.yaml"));
    world.write("runbook.md", &markdown(&world.book(), &["s1"]));
    assert_eq!(world.code("confirm runbook.md --by Ada"), 4);
    assert!(world.path().join("records/done.record.yaml").exists());
    assert_eq!(world.code("fmt records/done.record.yaml"), 64);
    assert_eq!(world.code("validate gone.record.yaml"), 1);
}
