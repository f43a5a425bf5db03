//! Every command as a process: what a person sees, and how it ends.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::terminal::{bursar, example, folder, output_of_a_copy, show, terminal};

const SMALL: &str = "\
version: 1
centers:
  local: { provider: embedded }
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
  carol: { email: carol@acme.example }
pools:
  ai:
    center: local
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access:
      - { member: alice, cap: 500 }
      - { member: bob, cap: 100 }
    others: blocked
";

fn edit(folder: &Path, from: &str, to: &str) {
    let path = folder.join("bursar.yaml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replace(from, to)).unwrap();
}

fn lines(numbers: std::ops::Range<u32>, line: impl Fn(u32) -> String) -> String {
    numbers.map(line).collect::<Vec<_>>().concat()
}

fn code(folder: &Path, line: &str) -> i32 {
    bursar(folder).args(line.split_whitespace()).output().unwrap().status.code().unwrap()
}

#[test]
fn the_quickstart_plans_applies_and_enforces() {
    let folder = example("quickstart");
    let at = folder.path();
    assert_snapshot!("quickstart_plan", terminal(at, "plan"));
    assert_snapshot!("quickstart_apply", terminal(at, "apply --yes"));
    assert_snapshot!("quickstart_plan_again", terminal(at, "plan --detailed-exitcode"));
    assert_snapshot!("quickstart_apply_again", terminal(at, "apply --yes"));
    assert_snapshot!("draw_one_may", terminal(at, "draw design-ai bob 400"));
    assert_snapshot!("draw_one_has_used_up_the_cap", terminal(at, "draw design-ai bob 200"));
    assert_snapshot!("draw_one_may_not", terminal(at, "draw design-ai carol 1"));
    assert_snapshot!("draw_json", terminal(at, "draw design-ai alice 12.50 --format json"));
}

#[test]
fn the_company_of_nested_groups_and_expiries() {
    let folder = example("company");
    let at = folder.path();
    assert_snapshot!("company_plan", terminal(at, "plan --as-of 2026-11-22"));
    assert_eq!(code(at, "apply --yes --as-of 2026-11-22"), 0);
    assert_snapshot!("company_after_an_expiry", terminal(at, "plan --as-of 2027-04-01"));
    assert_snapshot!("company_in_december", terminal(at, "plan --as-of 2026-12-01 --format markdown"));
}

#[test]
fn every_example_validates() {
    for name in ["quickstart", "company", "several-centers", "one-person"] {
        let folder = example(name);
        assert_eq!(
            terminal(folder.path(), "validate --strict --as-of 2026-11-22 -q"),
            "$ bursar validate --strict --as-of 2026-11-22 -q\n--- exit 0\n",
            "{name}"
        );
    }
}

#[test]
fn plans_in_every_format() {
    let folder = folder(SMALL);
    let at = folder.path();
    assert_eq!(code(at, "apply --yes -q"), 0);
    edit(at, "cap: 500", "cap: 700");
    edit(at, "      - { member: bob, cap: 100 }\n", "");
    assert_snapshot!("plan_text", terminal(at, "plan"));
    assert_snapshot!("plan_json", terminal(at, "plan --format json"));
    assert_snapshot!("plan_markdown", terminal(at, "plan --format markdown"));
    assert_snapshot!("plan_diff", terminal(at, "plan --format diff"));
}

#[test]
fn exit_codes_of_plan() {
    let folder = folder(SMALL);
    let at = folder.path();
    assert_eq!(code(at, "plan"), 0);
    assert_eq!(code(at, "plan --detailed-exitcode"), 2);
    assert!(!at.join(".bursar").exists(), "a plan leaves nothing behind");
    assert_eq!(code(at, "apply --yes"), 0);
    assert_eq!(code(at, "plan --detailed-exitcode"), 0);
    edit(at, "    others: blocked\n", "    others: blocked\nguardrails: { revocations: { count: 0 } }\n");
    edit(at, "      - { member: bob, cap: 100 }\n", "");
    assert_eq!(code(at, "plan --detailed-exitcode"), 3);
    assert_eq!(code(at, "plan --detailed-exitcode --allow revocations=1"), 2);
    assert_eq!(code(at, "plan --detailed-exitcode --allow revocations=2"), 3);
    assert_eq!(code(at, "plan --nonsense"), 64);
    assert_eq!(code(at, "plan --pool nobody"), 64);
    assert_eq!(code(at, "validate --format diff"), 64);
    edit(at, "version: 1", "version: 2");
    assert_eq!(code(at, "plan"), 1);
}

#[test]
fn a_guardrail_refuses_and_consent_names_the_number() {
    let mut text = SMALL.replace("      - { member: alice, cap: 500 }\n      - { member: bob, cap: 100 }\n", "");
    let people: String = lines(0..12, |i| format!("  p{i:02}: {{ email: p{i}@acme.example }}\n"));
    let rules: String = lines(0..12, |i| format!("      - {{ member: p{i:02}, cap: 10 }}\n"));
    text = text
        .replace("pools:\n", &format!("{people}pools:\n"))
        .replace("    access:\n", &format!("    access:\n{rules}"));
    let folder = folder(&text);
    let at = folder.path();
    assert_eq!(code(at, "apply --yes"), 0);
    edit(at, &format!("    access:\n{rules}"), "    access: []\n");
    assert_snapshot!("guardrail_refuses", terminal(at, "apply --yes"));
    assert_snapshot!("guardrail_wrong_number", terminal(at, "apply --yes --allow revocations=11"));
    assert_eq!(code(at, "draw ai p03 1"), 0, "refused means that nothing was changed");
    assert_snapshot!("guardrail_consent", terminal(at, "apply --yes --allow revocations=12"));
    assert_snapshot!("allow_without_number", terminal(at, "plan --allow revocations"));
    assert_snapshot!("allow_unknown", terminal(at, "plan --allow everything=1"));
}

#[test]
fn drift_is_seen_and_repaired() {
    let folder = folder(SMALL);
    let at = folder.path();
    assert_eq!(code(at, "apply --yes"), 0);
    let center = rusqlite::Connection::open(at.join(".bursar/center.db")).unwrap();
    let changed = center
        .execute("DELETE FROM grants WHERE member = (SELECT id FROM members WHERE name = 'alice')", [])
        .unwrap();
    assert_eq!(changed, 1);
    drop(center);
    assert_snapshot!("drift", terminal(at, "plan"));
    assert_eq!(code(at, "apply --yes"), 0);
    assert_eq!(code(at, "plan --detailed-exitcode"), 0);
}

#[test]
fn import_writes_a_file_that_plans_to_no_change() {
    let folder = example("company");
    let at = folder.path();
    assert_eq!(code(at, "apply --yes --as-of 2026-11-22"), 0);
    let out = bursar(at)
        .args(["import", "--center", "credits", "--as-of", "2026-11-22"])
        .output()
        .unwrap();
    assert_snapshot!("import_company", show("import --center credits", &out, at));
    let other = crate::secrets::Folder::new();
    fs::create_dir(other.path().join(".bursar")).unwrap();
    for entry in fs::read_dir(at.join("bursar/.bursar"))
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_file())
    {
        fs::copy(entry.path(), other.path().join(".bursar").join(entry.file_name())).unwrap();
    }
    fs::write(other.path().join("bursar.yaml"), &out.stdout).unwrap();
    assert_eq!(code(other.path(), "validate"), 0);
    assert_eq!(code(other.path(), "plan --detailed-exitcode"), 0, "{}", terminal(other.path(), "plan"));
    assert_snapshot!("import_again", terminal(at, "import --center credits --out bursar/people.yaml"));
    assert_snapshot!("import_unknown_center", terminal(at, "import --center credit"));
}

#[test]
fn init_writes_a_file_that_validates_and_never_overwrites() {
    for provider in ["embedded", "http", "litellm"] {
        let folder = crate::secrets::Folder::new();
        let at = folder.path();
        assert_snapshot!(format!("init_{provider}"), terminal(at, &format!("init --center {provider}")));
        assert_snapshot!(format!("init_{provider}_file"), fs::read_to_string(at.join("bursar.yaml")).unwrap());
        assert_eq!(code(at, "validate --strict"), 0, "{}", terminal(at, "validate --strict"));
        let before = fs::read(at.join("bursar.yaml")).unwrap();
        assert_snapshot!("init_again", terminal(at, "init"));
        assert_eq!(fs::read(at.join("bursar.yaml")).unwrap(), before);
    }
    let folder = crate::secrets::Folder::new();
    assert_snapshot!("init_unknown", terminal(folder.path(), "init --center figmaa"));
}

#[test]
fn others_of_the_files_are_counted_before_they_ever_drew() {
    let people = lines(0..12, |i| format!("  m{i}: {{}}\n"));
    let folder = folder(
        &SMALL
            .replace("pools:\n", &format!("{people}pools:\n"))
            .replace("others: blocked", "others: { cap: 50 }")
            .replace("limit: 1000", "limit: 9000"),
    );
    let at = folder.path();
    // 500 and 100 for those who are named, and 13 times 50.
    assert_eq!(code(at, "apply --yes"), 0);
    assert!(terminal(at, "plan").contains("worst case: 1,250 credits/month, as before"), "{}", terminal(at, "plan"));
    edit(at, "others: { cap: 50 }", "others: blocked");
    assert_snapshot!("others_blocked", terminal(at, "plan"));
    assert_eq!(code(at, "plan"), 3);
    assert_eq!(code(at, "plan --allow revocations=13"), 0);
}

#[test]
fn init_puts_the_schema_where_the_file_looks_for_it_and_hides_no_folder() {
    let folder = crate::secrets::Folder::new();
    let at = folder.path();
    assert_snapshot!("init_no_folder", terminal(at, "init -c credits/bursar.yaml"));
    fs::create_dir(at.join("credits")).unwrap();
    assert_snapshot!("init_elsewhere", terminal(at, "init -c credits/bursar.yaml"));
    let file = fs::read_to_string(at.join("credits/bursar.yaml")).unwrap();
    let schema = file.lines().next().unwrap().split_once("$schema=").unwrap().1;
    assert!(at.join("credits").join(schema).is_file(), "{schema}");
    assert!(!at.join("schema").exists());

    fs::create_dir(at.join("bursar")).unwrap();
    fs::copy(at.join("credits/bursar.yaml"), at.join("bursar/all.yaml")).unwrap();
    assert_snapshot!("init_beside_a_folder", terminal(at, "init"));
    assert!(!at.join("bursar.yaml").exists());
}

#[test]
fn errors_say_what_to_do_next() {
    let empty = crate::secrets::Folder::new();
    assert_snapshot!("error_no_config", terminal(empty.path(), "plan"));
    assert_snapshot!("error_no_such_config", terminal(empty.path(), "plan -c nowhere.yaml"));
    assert_snapshot!("error_no_such_folder", terminal(empty.path(), "validate -C nowhere"));
    assert_snapshot!("error_usage", terminal(empty.path(), "frobnicate"));
    let folder = folder(SMALL);
    let at = folder.path();
    assert_snapshot!("error_without_a_terminal", terminal(at, "apply"));
    assert!(!at.join(".bursar").exists());
    assert_snapshot!("error_unknown_pool", terminal(at, "plan --pool aj"));
    assert_snapshot!("error_draw_unknown_member", terminal(at, "draw ai alcie 1"));
    assert_snapshot!("error_draw_amount", terminal(at, "draw ai alice 1e3"));
    assert_snapshot!("error_draw_before_apply", terminal(at, "draw ai alice 1"));
    edit(at, "cap: 500", "cap: 5_000");
    edit(at, "member: bob", "member: bbo");
    assert_snapshot!("error_findings_stop_a_plan", terminal(at, "plan"));
    assert_snapshot!("validate_text", terminal(at, "validate"));
    assert_snapshot!("validate_json", terminal(at, "validate --format json"));
}

#[test]
fn a_center_that_is_something_else_is_left_alone() {
    let folder = folder(SMALL);
    let at = folder.path();
    fs::create_dir(at.join(".bursar")).unwrap();
    let db = at.join(".bursar/center.db");
    fs::write(&db, "not a database, but somebody's notes\n".repeat(100)).unwrap();
    assert_snapshot!("error_not_a_database", terminal(at, "apply --yes"));
    assert!(fs::read_to_string(&db).unwrap().starts_with("not a database"));
    fs::remove_file(&db).unwrap();
    let foreign = rusqlite::Connection::open(&db).unwrap();
    foreign
        .execute_batch("CREATE TABLE photos (name TEXT); INSERT INTO photos VALUES ('cat')")
        .unwrap();
    drop(foreign);
    assert_snapshot!("error_foreign_database", terminal(at, "apply --yes"));
    let foreign = rusqlite::Connection::open(&db).unwrap();
    let tables: u32 = foreign.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
    assert_eq!(tables, 1);
}

#[test]
fn a_journal_that_cannot_be_made_stops_everything() {
    let folder = folder(SMALL);
    assert_snapshot!("error_journal_nowhere", terminal(folder.path(), "apply --yes --journal /proc/journal.jsonl"));
    assert!(!folder.path().join(".bursar/center.db").exists());
}

/// Permissions do not hold root, so the binary is run as nobody, from where nobody may run it.
#[test]
fn folders_and_files_without_permission() {
    let base = crate::secrets::Folder::new();
    let (bin, at) = (base.path().join("bursar"), base.path().join("project"));
    fs::set_permissions(base.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_bursar"), &bin).unwrap();
    fs::create_dir(&at).unwrap();
    let file = at.join("bursar.yaml");
    fs::write(&file, SMALL).unwrap();
    let run = |line: &str| {
        let mut command = Command::new(&bin);
        command.current_dir(&at).env_clear().args(line.split_whitespace());
        if fs::read("/etc/shadow").is_ok() {
            command.uid(65534).gid(65534);
        }
        show(line, &output_of_a_copy(&mut command), &at)
    };
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    set(&at, 0o555);
    assert_snapshot!("error_read_only_folder", run("apply --yes -q"));
    assert!(!at.join(".bursar").exists());
    assert_snapshot!("error_init_in_a_read_only_folder", run("init -c new.yaml"));
    set(&file, 0o000);
    assert_snapshot!("error_unreadable_file", run("plan"));
    set(&file, 0o644);
    set(&at, 0o755);
    assert_eq!(code(&at, "apply --yes"), 0);
    set(&at.join(".bursar/center.db"), 0o000);
    assert_snapshot!("error_unreadable_center", run("plan"));
}

#[test]
fn tables_schemas_completions_and_manual() {
    let folder = crate::secrets::Folder::new();
    let at = folder.path();
    assert_snapshot!("centers", terminal(at, "centers"));
    assert_snapshot!("help", terminal(at, "--help"));
    for command in [
        "init",
        "validate",
        "plan",
        "apply",
        "resume",
        "verify",
        "explain",
        "import",
        "draw",
        "unlock",
        "serve",
        "centers",
        "schema",
        "completions",
        "man",
    ] {
        assert_snapshot!(format!("help_{command}"), terminal(at, &format!("{command} --help")));
    }
    for name in ["bursar", "plan", "apply", "journal", "verify", "findings"] {
        let out = bursar(at).args(["schema", name]).output().unwrap();
        let schema: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let out = bursar(at).args(["completions", shell]).output().unwrap();
        assert!(out.status.success() && String::from_utf8(out.stdout).unwrap().contains("validate"), "{shell}");
    }
    let page = String::from_utf8(bursar(at).args(["man", "apply"]).output().unwrap().stdout).unwrap();
    assert!(page.contains(".TH") && page.contains("bursar\\-apply"), "{page}");
    assert_snapshot!("man_unknown", terminal(at, "man fly"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = example("company");
    let mut child = bursar(folder.path())
        .args(["plan", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(0));
    assert!(!String::from_utf8_lossy(&out.stderr).contains("panicked"));
}

#[test]
fn colour_only_where_it_is_wanted() {
    let folder = folder(SMALL);
    let run = |flags: &[&str], no_color: bool| {
        let mut command = bursar(folder.path());
        if !no_color {
            command.env_remove("NO_COLOR");
        }
        String::from_utf8(command.arg("plan").args(flags).output().unwrap().stdout).unwrap()
    };
    assert!(!run(&[], false).contains('\x1b'), "a pipe is no terminal");
    assert!(run(&["--color", "always"], false).contains('\x1b'));
    assert!(!run(&["--color", "never"], false).contains('\x1b'));
    assert!(!run(&[], true).contains('\x1b'));
}

#[test]
fn quiet_is_quiet_and_stdout_is_the_artefact() {
    let folder = folder(SMALL);
    let out = bursar(folder.path()).args(["apply", "--yes", "-q", "--format", "json"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&out.stderr), "");
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(report["schema"], "bursar.apply.v1");
    assert_eq!(report["summary"]["applied"], 3);
    assert_eq!(report["verified"], true);
}

#[test]
fn a_signal_ends_the_run_with_a_whole_report_and_journal() {
    // Enough people that the run takes a while: each batch is a transaction that is synced.
    let people: String = lines(0..15_000, |i| format!("  p{i}: {{ email: p{i}@acme.example }}\n"));
    let rules: String = lines(0..15_000, |i| format!("      - {{ member: p{i}, cap: 10 }}\n"));
    let text = SMALL
        .replace("pools:\n", &format!("{people}pools:\n"))
        .replace("    access:\n", &format!("    access:\n{rules}"))
        .replace("limit: 1000,", "limit: 1000000,");
    for (signal, exit) in [("INT", 130), ("TERM", 143)] {
        let folder = folder(&text);
        let at = folder.path();
        let child = bursar(at)
            .args(["apply", "--yes", "--format", "json", "--journal", "journal.jsonl"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let started = Instant::now();
        let journal = at.join("journal.jsonl");
        while fs::metadata(&journal).map_or(0, |file| file.len()) < 2000 {
            assert!(started.elapsed() < Duration::from_mins(2), "no journal");
            std::thread::sleep(Duration::from_millis(5));
        }
        let killed = std::process::Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status();
        assert!(killed.unwrap().success());
        let out = child.wait_with_output().unwrap();
        assert_eq!(out.status.code(), Some(exit), "{}", String::from_utf8_lossy(&out.stderr));
        let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        let count = |name: &str| report["summary"][name].as_u64().unwrap();
        assert_eq!(count("applied") + count("skipped"), 15_003);
        assert!(count("skipped") > 0, "the signal came too late to test anything");
        let lines = fs::read_to_string(&journal).unwrap();
        let count = |kind: &str| lines.lines().filter(|line| line.contains(&format!("\"kind\":\"{kind}\""))).count();
        assert_eq!(count("intent"), 15_003);
        assert_eq!(count("outcome"), 15_003);
        assert_eq!(code(at, "apply --yes -q"), 0);
        assert_eq!(code(at, "plan --detailed-exitcode"), 0);
    }
}
