//! Every check with its own examples, and the page that is made of them.

use std::fmt::Write as _;

use bursar::config;
use bursar::config::checks::registry;
use bursar::diagnostics::{Finding, Severity};

use super::{TODAY, lines, providers, texts};

/// What an example leaves out: everything that it does not say itself.
const REST: [(&str, &str); 5] = [
    ("version", "version: 1\n"),
    ("centers", "centers:\n  main: { provider: embedded }\n"),
    (
        "members",
        "members:\n  alice: { email: alice@acme.example, github: alice-acme }\n  bob: { email: bob@acme.example, github: bob-acme }\n",
    ),
    ("groups", "groups:\n  designers: [alice, bob]\n"),
    ("notify", "notify:\n  ops: { email: [ops@acme.example] }\n"),
];

/// An example as whole files.
pub(crate) fn whole(example: &str) -> Vec<String> {
    let has = |part: &str, key: &str| part.lines().any(|line| line.starts_with(&format!("{key}:")));
    let (example, csv) = match example.find("# --- people.csv ---\n") {
        Some(at) => (&example[..at], Some(example[at..].to_owned())),
        None => (example, None),
    };
    let parts: Vec<&str> = example.split("# --- and in a second file ---\n").collect();
    let mut files = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        let mut text = String::new();
        for (key, rest) in REST {
            // The groups are made of the members, so an example with its own members has its own groups too.
            let theirs = key == "groups" && parts.iter().any(|part| has(part, "members"));
            let wanted = if key == "version" { !has(part, key) } else { i == 0 && !parts.iter().any(|p| has(p, key)) };
            if wanted && !theirs {
                text.push_str(rest);
            }
        }
        text.push_str(part);
        files.push(text);
    }
    files.extend(csv);
    files
}

#[test]
fn every_check_says_what_its_example_says() {
    let mut problems = String::new();
    for check in registry() {
        let found = |example: &str| {
            let files = whole(example);
            let files: Vec<&str> = files.iter().map(String::as_str).collect();
            let loaded = texts(&files);
            let findings = config::check(&loaded, &providers(), TODAY);
            (loaded, findings)
        };
        let (loaded, findings) = found(check.bad);
        let own = |finding: &&Finding| finding.code == check.code;
        let said = |finding: &Finding| finding.message == check.says && finding.severity == check.severity;
        let other_errors = findings.iter().any(|f| f.code != check.code && f.severity == Severity::Error);
        for finding in findings.iter().filter(|finding| finding.help.is_none()) {
            let _ = writeln!(problems, "{} says not what to do: {}", finding.code, finding.message);
        }
        if !findings.iter().filter(own).any(said) || other_errors {
            let found = lines(&loaded, &findings);
            let _ =
                writeln!(problems, "{} must say {:?} and no other error, but says\n{found}", check.code, check.says);
        }
        let (loaded, findings) = found(check.good);
        if findings
            .iter()
            .any(|finding| finding.code == check.code || finding.severity == Severity::Error)
        {
            let _ = writeln!(problems, "{}: the good example says\n{}", check.code, lines(&loaded, &findings));
        }
    }
    assert!(problems.is_empty(), "{problems}");
}

#[test]
fn codes_and_names_are_unique_and_sorted() {
    let codes: Vec<&str> = registry().map(|check| check.code).collect();
    let mut sorted = codes.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(codes, sorted);
    let mut names: Vec<&str> = registry().map(|check| check.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn the_page_of_checks_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/checks.md");
    let page = config::checks::docs();
    if std::env::var_os("BURSAR_BLESS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    assert!(committed == page, "docs/checks.md is not what the checks say: run the tests with BURSAR_BLESS=1");
}

#[test]
fn a_file_never_turns_invalid_because_a_day_passed() {
    let mut text = String::from(
        "version: 1\ncenters: { main: { provider: embedded } }\nmembers: { alice: {}, bob: {} }\n\
         groups: { a: [alice], b: [alice, bob] }\n\
         guardrails: { worst_case: { credits: 700 }, reason_above: 1000 }\n\
         pools:\n  ai:\n    center: main\n    budget: { unit: credits, period: monthly }\n    others: blocked\n    access:\n",
    );
    for (who, cap, days) in [
        ("group: a", 100, "expires: 2026-07-01"),
        ("group: b", 200, "starts: 2026-07-02"),
        ("member: alice", 500, "starts: 2026-08-01, expires: 2026-09-01"),
        ("member: alice", 50, "starts: 2026-09-02"),
    ] {
        let _ = writeln!(text, "      - {{ {who}, cap: {cap}, {days} }}");
    }
    stays_valid(&text);
    // Who had a rule is not one of the others when it ends.
    stays_valid(
        "version: 1\ncenters: { main: { provider: embedded } }\nmembers: { alice: {}, bob: {} }\n\
         guardrails: { worst_case: { credits: 60 } }\n\
         pools:\n  ai:\n    center: main\n    budget: { unit: credits, period: monthly }\n    others: { cap: 50 }\n    \
         access: [{ member: alice, cap: 10, expires: 2026-06-30 }]\n",
    );
}

fn stays_valid(text: &str) {
    let loaded = texts(&[text]);
    let mut day = TODAY;
    for _ in 0..200 {
        let findings = config::check(&loaded, &providers(), day);
        let errors: Vec<_> = findings.into_iter().filter(|finding| finding.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "on {day}\n{}", lines(&loaded, &errors));
        day = day.tomorrow().unwrap();
    }
}

/// What is said of a pool under a guardrail of 500 for reasons and for ends.
fn above_500(pool: &str) -> String {
    let text = format!(
        "version: 1\ncenters: {{ main: {{ provider: embedded }} }}\nmembers: {{ alice: {{}}, bob: {{}} }}\n\
         groups: {{ all: [alice, bob] }}\nguardrails: {{ reason_above: 500, expiry_above: {{ credits: 500 }} }}\n\
         pools:\n  ai:\n    center: main\n    budget: {{ unit: credits, period: monthly }}\n    {}\n",
        pool.replace('\n', "\n    ")
    );
    let loaded = texts(&[&text]);
    lines(&loaded, &config::check(&loaded, &providers(), TODAY))
}

#[test]
fn no_other_way_to_write_a_cap_gets_round_a_guardrail() {
    insta::assert_snapshot!(above_500("access: [{ member: alice, cap: inherit }]\ndefault_cap: 501\nothers: blocked"), @r"
    BUR110 10:36 this cap needs a `reason`: it is above 500 credits
    BUR111 10:36 this cap needs `expires`: it is above 500 credits
    ");
    insta::assert_snapshot!(above_500("access: [{ group: all }]\ndefault_cap: unlimited\nothers: blocked"), @r"
    BUR110 10:14 this cap needs a `reason`: it is above 500 credits
    BUR111 10:14 this cap needs `expires`: it is above 500 credits
    ");
    insta::assert_snapshot!(above_500("access: [{ member: alice, cap: 5 }]\nothers: { cap: 501 }"), @r"
    BUR110 11:20 this cap would need a `reason`, which `others` cannot give: it is above 500 credits
    BUR111 11:20 this cap would need `expires`, which `others` cannot have: it is above 500 credits
    ");
    insta::assert_snapshot!(above_500("access: [{ member: alice, cap: 5 }]\ndefault_cap: 501\nothers: { cap: inherit }"), @r"
    BUR110 12:20 this cap would need a `reason`, which `others` cannot give: it is above 500 credits
    BUR111 12:20 this cap would need `expires`, which `others` cannot have: it is above 500 credits
    ");
    insta::assert_snapshot!(above_500("access: [{ member: alice, cap: 500 }]\ndefault_cap: 500\nothers: { cap: inherit }"), @"");
}

#[test]
fn every_finding_says_what_to_do() {
    let mut problems = std::collections::BTreeSet::new();
    for folder in ["wrong/structural", "wrong/meaning", "hostile"] {
        let folder = format!("{}/tests/files/{folder}", env!("CARGO_MANIFEST_DIR"));
        let loaded_all = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        for path in loaded_all {
            let loaded = config::load_paths(std::path::Path::new("/"), std::slice::from_ref(&path)).unwrap();
            let findings = config::check(&loaded, &providers(), TODAY);

            let mute = findings.into_iter().filter(|finding| finding.help.is_none());
            problems.extend(mute.map(|finding| (finding.code, finding.message)));
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn a_login_is_nobody_elses_address() {
    let loaded = texts(&["version: 1\nmembers:\n  alice: { email: a@acme.example, litellm: Bob@acme.example }\n  \
                          bob: { email: bob@acme.example, litellm: bob@acme.example }\n"]);
    insta::assert_snapshot!(lines(&loaded, &config::check(&loaded, &providers(), TODAY)), @r"
    BUR061 3:44 the litellm login of `alice` is the e-mail address of `bob`
    BUR061 4:44 `bob` has the litellm login of `alice`
    ");
}

#[test]
fn two_pools_are_found_among_three() {
    let pool = |name: &str, days: &str| {
        format!(
            "  {name}: {{ center: main, budget: {{ unit: credits, period: monthly }}, others: blocked, access: [{{ member: alice, {days} }}] }}\n"
        )
    };
    let text = format!(
        "version: 1\ncenters: {{ main: {{ provider: one-pool }} }}\nmembers: {{ alice: {{ github: a }} }}\npools:\n{}{}{}",
        pool("a", "expires: 2099-01-31"),
        pool("b", "starts: 2099-02-01"),
        pool("c", "starts: 2099-02-01"),
    );
    let loaded = texts(&[&text]);
    insta::assert_snapshot!(lines(&loaded, &config::check(&loaded, &providers(), TODAY)), @r"
    BUR073 7:92 `alice` is in the pools `b` and `c`, and `one-pool` lets a person be in one only
    ");
}
