//! Many people and many billing groups: the road stays the same, and the steps stay few.

use std::fmt::Write as _;
use std::fs;

use crate::secrets::Folder;
use crate::terminal::bursar;

/// 50 billing groups with credits set aside, `people` people in them, three of each granted a level of their own.
fn folder(people: usize) -> Folder {
    let folder = Folder::new();
    let mut file =
        "version: 1\ncenters:\n  design:\n    provider: figma\n    plan: enterprise\n    organization: Acme\n    \
                    export:\n      people: people.csv\n      columns: { email: Email, access: Access, limit: Limit, \
                    billing_group: Group }\nguardrails:\n  revocations: { count: 100000, percent: 100 }\n  \
                    cuts: { count: 100000, percent: 100 }\nmembers:\n"
            .to_owned();
    for i in 0..150 {
        let _ = writeln!(file, "  p{i}: {{ email: p{i}@acme.example }}");
    }
    file.push_str("pools:\n");
    for group in 0..50 {
        let _ = write!(
            file,
            "  g{group}:\n    center: design\n    target: {{ billing_group: G{group} }}\n    \
             budget: {{ limit: 1000, unit: credits, period: monthly, when_exhausted: block }}\n    \
             access: [{{ member: p{group}, cap: 100 }}, {{ member: p{}, cap: 100 }}, {{ member: p{}, cap: 200 }}]\n    \
             others: blocked\n",
            group + 50,
            group + 100
        );
    }
    fs::write(folder.path().join("bursar.yaml"), file).unwrap();
    let mut csv = "Email,Access,Limit,Group\n".to_owned();
    for i in 0..people {
        let _ = writeln!(csv, "p{i}@acme.example,Full access,,G{}", i % 50);
    }
    fs::write(folder.path().join("people.csv"), csv).unwrap();
    folder
}

#[test]
fn fifty_billing_groups_are_a_handful_of_steps() {
    let folder = folder(2_000);
    let run = |line: &str| bursar(folder.path()).args(line.split_whitespace()).output().unwrap();
    let out = run("apply --yes --runbook steps.md");
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    let book = fs::read_to_string(folder.path().join("steps.md")).unwrap();
    let steps = book.lines().filter(|line| line.starts_with("- [ ] **Step ")).count();
    assert!(steps < 10, "{steps} steps");
    // 50 set-asides and 2,000 people.
    assert_eq!(book.lines().filter(|line| line.starts_with("  - [ ] ")).count(), 2_050);
    assert_eq!(run("confirm steps.md --all --by Ada").status.code(), Some(0));
    let out = run("plan --detailed-exitcode");
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stdout));
}
