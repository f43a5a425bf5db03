//! `grant --due`: rules that soon end get another last day.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;

use super::taken_out::told;
use super::{FILE, on_the_day};
use crate::terminal::{folder, terminal};

fn file(at: &Path) -> String {
    fs::read_to_string(at.join("bursar.yaml")).unwrap()
}

#[test]
fn what_is_near_gets_another_last_day() {
    let folder = folder(FILE);
    let at = folder.path();
    assert_snapshot!("prolong_dry_run", terminal(at, &on_the_day("grant --due 14d --expires 2027-03-31 --dry-run")));
    let all = told(at, "grant --due 14d --expires 2027-03-31 --dry-run");
    assert_eq!((all["to"].as_str(), all["rules"].as_array().unwrap().len()), (Some("2027-03-31"), 2));
    assert_eq!(file(at), FILE);
    assert_snapshot!("prolong_one_pool", terminal(at, &on_the_day("grant --due 14d --expires 2027-03-31 --pool ai")));
    assert_eq!(file(at), FILE.replace("2026-11-30", "2027-03-31"));
    assert_snapshot!("prolong", terminal(at, &on_the_day("grant --due 14d --expires 2027-03-31")));
    assert_eq!(file(at), FILE.replace("2026-11-30", "2027-03-31").replace("2026-11-22", "2027-03-31"));
    assert_snapshot!("prolong_nothing", terminal(at, &on_the_day("grant --due 14d --expires 2027-03-31")));
}

#[test]
fn no_right_is_cut_short() {
    let folder = folder(FILE);
    let at = folder.path();
    assert_snapshot!("prolong_left", terminal(at, &on_the_day("grant --due 14d --expires 2026-11-29")));
    assert_eq!(file(at), FILE.replace("2026-11-22", "2026-11-29"));
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let folder = folder(FILE);
    let at = folder.path();
    for (name, line) in [
        ("prolong_into_the_past", "grant --due 14d --expires 2026-11-21"),
        ("prolong_without_a_day", "grant --due 14d"),
        ("prolong_a_member", "grant ai bob --due 14d --expires 2027-01-31"),
        ("prolong_with_a_cap", "grant --due 14d --expires 2027-01-31 --cap 5"),
        ("prolong_no_pool", "grant --due 14d --expires 2027-01-31 --pool a"),
        ("prolong_wrong_time", "grant --due soon --expires 2027-01-31"),
        ("pool_without_due", "grant ai bob --pool ai"),
    ] {
        assert_snapshot!(name, terminal(at, &on_the_day(line)));
    }
    // Longer than until the person's next rule begins: two rules would hold at once.
    let text = FILE.replace(
        "      # bob's sprint\n",
        "      - { member: alice, cap: 5, starts: 2026-12-15 }\n      # bob's sprint\n",
    );
    fs::write(at.join("bursar.yaml"), &text).unwrap();
    assert_snapshot!("prolong_into_the_next", terminal(at, &on_the_day("grant --due 14d --expires 2027-01-31")));
    assert_eq!(file(at), text);
    let shown = terminal(at, &on_the_day("grant --due 14d --expires 2026-12-14"));
    assert!(shown.contains("--- exit 0"), "{shown}");
}
