//! Figma's people export as people export it: what is read of it, what is refused, and what a plan says of it.

mod faults;
mod import;
mod laws;

use std::fs;
use std::path::Path;

use insta::assert_snapshot;

use crate::secrets::Folder;
use crate::terminal::terminal;

/// The files around an export. What stands for a part is written under `export:`, indented by six.
pub(crate) fn files(plan: &str, export: &str, pools: &str) -> String {
    let export: String = export.lines().map(|line| format!("      {line}\n")).collect();
    format!(
        "version: 1\ncenters:\n  design:\n    provider: figma\n    plan: {plan}\n    export:\n      people: exports/people.csv\n\
         {export}members:\n  alice: {{ email: alice@acme.example }}\n  bob: {{ email: bob@acme.example }}\n  carol: {{ email: \
         carol@acme.example }}\npools:\n{pools}"
    )
}

const POOL: &str = "\
  design-ai:
    center: design
    target: plan
    budget: { unit: credits, period: monthly }
    access:
      - { member: alice, cap: 2000 }
      - { member: bob, cap: 500 }
    others: blocked
";

const MAPPED: &str = "columns: { email: Email, access: Access, limit: Limit, name: Name }\ntaken: 2026-11-20\n";

/// A folder with the files and an export.
pub(crate) fn world(files: &str, csv: impl AsRef<[u8]>) -> Folder {
    let folder = crate::terminal::folder(files);
    fs::create_dir(folder.path().join("exports")).unwrap();
    fs::write(folder.path().join("exports/people.csv"), csv).unwrap();
    folder
}

fn plan(folder: &Path) -> String {
    terminal(folder, "plan --as-of 2026-11-22")
}

#[test]
fn an_export_becomes_a_plan() {
    let csv = "Name,Email,Access,Limit\r\nAlice,Alice@acme.example,Full access,\r\nBob,bob@acme.example,custom LIMIT,\"1,500 credits\"\r\n\
               Zoë,zoë@acme.example,No access,\r\nMax,max@acme.example,Custom credit limit,50\r\nDan Doe,,Full access,\r\n\
               Max,max@acme.example,Custom limit,50\r\n\r\n,,,\r\n";
    let folder = world(&files("organization", MAPPED, POOL), csv);
    assert_snapshot!("plan", plan(folder.path()));
    let json = terminal(folder.path(), "plan --as-of 2026-11-22 --format json");
    assert!(json.contains("\"delivery\""), "{json}");
}

#[test]
fn without_columns_nothing_is_guessed_but_the_address() {
    let folder = world(
        &files("organization", "", POOL),
        "User Name;E-Mail;AI credit access;Credit limit;Billing group\nA;alice@acme.example;Full;;Design\nB;bob@acme.example;No;;Design\n",
    );
    assert_snapshot!("no_columns", plan(folder.path()));
}

#[test]
fn a_header_that_is_not_there_is_told_with_those_that_are() {
    let csv = "Name,E-mail address,Paid AI credits access,Limit\nA,alice@acme.example,Full access,\n";
    let folder = world(&files("organization", MAPPED, POOL), csv);
    assert_snapshot!("wrong_columns", plan(folder.path()));
}

#[test]
fn the_age_of_an_export_is_told() {
    let csv = "Email,Access,Limit,Name\nalice@acme.example,Custom limit,2000,\nbob@acme.example,Custom limit,500,\n";
    let folder = world(&files("organization", MAPPED, POOL), csv);
    let on = |day: &str| {
        let shown = terminal(folder.path(), &format!("plan --as-of {day}"));
        shown
            .lines()
            .filter(|line| line.contains("export") && !line.contains("For design"))
            .map(|l| format!("{}\n", l.trim()))
            .collect::<String>()
    };
    assert_eq!(on("2026-11-20"), "");
    assert_eq!(on("2026-11-27"), "");
    assert_snapshot!(on("2026-11-28"), @"");
    assert_snapshot!(on("2026-12-02"), @"");
    assert_snapshot!(terminal(folder.path(), "plan --as-of 2026-11-19"), @"");
}

#[test]
fn a_billing_group_is_a_pool_of_its_people() {
    let pools = "\
  plan-ai:
    center: design
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 2000 }]
    others: { cap: 50 }
  eng-ai:
    center: design
    target: { billing_group: Eng }
    budget: { limit: 1500, unit: credits, period: monthly }
    access: [{ member: bob, cap: 500 }, { member: carol, cap: 100 }]
    others: blocked
";
    let mapped = "columns: { email: Email, access: Access, limit: Limit, billing_group: Group }\ntaken: 2026-11-20\n";
    let csv = "Email,Access,Limit,Group\nalice@acme.example,Full access,,Eng\nbob@acme.example,No access,,Design\n\
               eve@acme.example,Full access,,Eng\nmax@acme.example,No access,,Design\nzoe@acme.example,Full access,,\n";
    let folder = world(&files("enterprise", mapped, pools), csv);
    assert_snapshot!("billing_groups", plan(folder.path()));
    assert_snapshot!("billing_group_alone", terminal(folder.path(), "plan --as-of 2026-11-22 --pool eng-ai"));
    let folder = world(&files("enterprise", "columns: { email: Email }\n", pools), csv);
    assert_snapshot!(plan(folder.path()), @"");
}

#[test]
fn who_comes_later_is_a_revocation_where_others_are_blocked() {
    let first = "Email,Access,Limit,Name\nalice@acme.example,Custom limit,2000,\nbob@acme.example,Custom limit,500,\n";
    let folder = world(&files("organization", MAPPED, POOL), first);
    let ends = || {
        crate::terminal::bursar(folder.path())
            .args(["plan", "--detailed-exitcode", "--as-of", "2026-11-22"])
            .output()
            .unwrap()
            .status
            .code()
    };
    assert_eq!(ends(), Some(0));
    fs::write(folder.path().join("exports/people.csv"), format!("{first}new@acme.example,Full access,,New\n")).unwrap();
    assert_eq!(ends(), Some(2));
    let shown = plan(folder.path());
    assert!(shown.contains("- new@acme.example  unlimited → nothing"), "{shown}");
}

#[test]
fn the_files_of_figma_are_checked() {
    let pools = POOL.replace("target: plan", "target: { billing_group: Design }");
    let folder = world(&files("organisation", MAPPED, &pools), "");
    assert_snapshot!("validate_plan", terminal(folder.path(), "validate"));
    let folder =
        world(&files("professional", MAPPED, &pools).replace("    plan:", "    token: { env: FIGMA }\n    plan:"), "");
    assert_snapshot!("validate_needs_plan", terminal(folder.path(), "validate"));
    let twice = format!("{POOL}{}", POOL.replace("design-ai", "other-ai").replace("    target: plan\n", ""));
    let folder = world(&files("organization", MAPPED, &twice), "");
    assert_snapshot!("validate_same", terminal(folder.path(), "validate"));
    let text = "version: 1\ncenters:\n  main: { provider: embedded }\npools:\n  ai: { center: main, target: plan, budget: { unit: credits, period: monthly }, access: [], others: blocked }\n";
    assert_snapshot!("validate_no_plan", terminal(crate::terminal::folder(text).path(), "validate"));
}
