//! The page of an edit of the files.

use bursar::output::markdown::{self, Frame};
use bursar::plan::files::FilesDiff;
use insta::assert_snapshot;
use proptest::prelude::*;

use super::edits::{self, BASE, between, edited};
use super::markdown::{kept, skeleton};
use super::scenes::HOSTILE;

fn page(diff: &FilesDiff, budget: usize) -> String {
    let mut out = Vec::new();
    markdown::diff(&mut out, diff, &Frame { budget, ..Frame::comment("bursar.yaml") }).unwrap();
    String::from_utf8(out).unwrap()
}

/// The headline of an edit.
fn headline(edits: &[(&str, &str)]) -> String {
    let page = page(&between(BASE, &edited(BASE, edits)), 60_000);
    page.lines().find(|line| line.starts_with("**")).unwrap().to_owned()
}

#[test]
fn one_person_is_raised() {
    assert_snapshot!("diff_page_of_one", page(&edits::one(), 60_000));
}

#[test]
fn whoever_becomes_one_of_the_others_or_was_one_loses_and_gains_no_access() {
    let others = edited(BASE, &[("others: blocked", "others: { cap: 600 }")]);
    let without = edited(&others, &[("      - { member: bob, cap: 500 }\n", "")]);
    let (leaves, comes) = (between(&others, &without), between(&without, &others));
    assert_snapshot!("diff_page_of_one_who_becomes_another", page(&leaves, 60_000));
    assert_snapshot!("diff_page_of_one_who_was_another", page(&comes, 60_000));
    for (diff, step) in [
        (&leaves, "bob  500 credits/month → as everybody else"),
        (&comes, "bob  as everybody else → 500 credits/month"),
    ] {
        let mut text = Vec::new();
        bursar::output::text::diff(&mut text, diff, bursar::output::text::Style::default()).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains(step), "{text}");
    }
}

#[test]
fn another_unit_is_not_the_same_cap() {
    let said = headline(&[("{ limit: 50000, unit: credits,", "{ limit: 50000, unit: EUR,")]);
    assert!(said.contains("4 get another cap or day") && !said.contains("keep"), "{said}");
}

#[test]
fn something_of_everything() {
    assert_snapshot!("diff_page_of_everything", page(&edits::everything(), 60_000));
}

#[test]
fn nothing_for_people_or_money() {
    let moved = edited(
        BASE,
        &[("  bob: { email: bob@acme.example }\n", ""), ("  dave:", "  bob: { email: bob@acme.example }\n  dave:")],
    );
    assert_snapshot!("diff_page_of_nothing", page(&between(BASE, &moved), 60_000));
}

#[test]
fn a_pool_that_is_let_go() {
    let at = BASE.find("  research:\n").unwrap();
    let end = BASE.find("notify:\n  ops").unwrap();
    let mut diff = between(BASE, &format!("{}{}", &BASE[..at], &BASE[end..]));
    diff.notes.push("whether it is the same account cannot be told".to_owned());
    assert_snapshot!("diff_page_of_what_is_let_go", page(&diff, 60_000));
}

#[test]
fn the_sentence_that_a_reviewer_needs() {
    let all = [
        headline(&[("{ member: bob, cap: 500 }", "{ member: bob, cap: 2000 }")]),
        headline(&[("{ member: bob, cap: 500 }", "{ member: bob, cap: 200 }")]),
        headline(&[("{ member: bob, cap: 500 }", "{ member: bob, cap: unlimited }")]),
        headline(&[("{ member: bob, cap: 500 }", "{ member: bob, cap: 500, expires: 2026-12-31 }")]),
        headline(&[
            ("{ member: bob, cap: 500 }", "{ member: bob }"),
            ("    others", "    default_cap: 700\n    others"),
        ]),
        headline(&[("      - { member: bob, cap: 500 }\n", "")]),
        headline(&[(
            "{ member: bob, cap: 500 }",
            "{ member: bob, cap: 500 }\n      - { member: erin, cap: 40, expires: 2026-12-31 }",
        )]),
        headline(&[("{ member: bob, cap: 500 }", "{ member: bob, cap: 500 }\n      - { member: erin, cap: 0.5 }")]),
        headline(&[("designers: [carol, dave]", "designers: [carol]"), ("cap: 1000", "cap: 2000")]),
        headline(&[
            ("designers: [carol, dave]", "designers: [erin, frank]"),
            ("cap: 1000", "cap: 900"),
            ("erin, cap: 100", "erin, cap: 100.50"),
        ]),
        headline(&[("others: blocked", "others: { cap: 20 }")]),
        headline(&[("limit: 50000", "limit: 1000")]),
        headline(&[("at: 80%", "at: 90%")]),
        headline(&[("worst_case: { USD: 1000 }", "worst_case: { USD: 2000 }")]),
        headline(&[("protected: [alice]", "protected: [alice, bob]")]),
        headline(&[("email: alice@acme.example", "email: mallory@acme.example")]),
        headline(&[("base_url: https://gateway.acme.example", "base_url: https://gateway.evil.example")]),
    ];
    assert_snapshot!("diff_headlines", all.join("\n"));
}

#[test]
fn every_budget_is_kept() {
    let diff = edits::everything();
    kept(&page(&diff, usize::MAX), |budget| page(&diff, budget));
}

#[test]
fn a_crowd_hides_neither_who_loses_nor_a_limit_that_is_loosened() {
    let diff = edits::many(5000);
    let page = page(&diff, 60_000);
    assert!(page.len() <= 60_000);
    for part in [
        "`dave` | **loses access**",
        "`worst_case.USD`",
        "**loosened**",
        "`centers.gateway.base_url`",
        "`cfo@acme.example`",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert!(page.contains("not an approval record"));
}

#[test]
fn limits_and_lists_do_not_crowd_out_the_people() {
    let mut diff = edits::everything();
    let one = diff.settings[0].clone();
    for n in 0..5000 {
        let mut edit = one.clone();
        edit.name = format!("centers.c{n}.base_url");
        edit.after = Some("x".repeat(5000));
        diff.settings.push(edit);
    }
    let page = page(&diff, 60_000);
    for part in ["`dave` | **loses access**", "`bob` | raised", "**loosened**", "settings, ", "left out"] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}

#[test]
fn nobody_elses_text_becomes_markup() {
    let tame = skeleton(&page(&edits::hostile("x"), 60_000));
    for text in HOSTILE {
        let page = page(&edits::hostile(text), 60_000);
        assert_eq!(skeleton(&page), tame, "{text:?}");
        assert!(!page.contains(['\u{202e}', '\u{200b}', '\r', '\u{2028}', '\u{85}', '\u{e0041}']), "{text:?}");
    }
    let ours = tame.replace("> [!CAUTION]", "").replace("<!-- bursar:bursar.yaml -->", "");
    for never in ["@", "http", "www", "<script", "[", "<!--", "#1"] {
        assert!(!ours.contains(never), "{never}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_elses_text_becomes_markup_whatever_it_is(text in "[^ ].{0,40}") {
        let tame = skeleton(&page(&edits::hostile("x"), 60_000));
        prop_assert_eq!(skeleton(&page(&edits::hostile(&text), 60_000)), tame);
    }
}
