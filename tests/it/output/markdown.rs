//! The plan as Markdown: complete, harmless, and within its budget.

use bursar::output::markdown::{self, Frame};
use bursar::plan::Plan;
use insta::assert_snapshot;
use proptest::prelude::*;

use super::scenes::{self, HOSTILE};
use crate::world::World;

fn page(plan: &Plan, budget: usize) -> String {
    let mut out = Vec::new();
    markdown::plan(&mut out, plan, &Frame { budget, ..Frame::comment("bursar.yaml") }).unwrap();
    String::from_utf8(out).unwrap()
}

/// The page without what stands in code spans.
pub(super) fn skeleton(page: &str) -> String {
    page.lines()
        .map(|line| {
            let parts: Vec<&str> = line.split('`').collect();
            assert_eq!(parts.len() % 2, 1, "an open code span: {line}");
            parts.iter().step_by(2).copied().collect::<Vec<_>>().join("`_`")
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn something_of_everything() {
    assert_snapshot!("page_of_a_plan", page(&scenes::everything().plan(), 60_000));
}

#[test]
fn by_hand_and_only_seen() {
    assert_snapshot!("page_by_hand", page(&scenes::by_hand().plan(), 60_000));
}

#[test]
fn nothing_to_change() {
    assert_snapshot!("page_of_nothing", page(&World::embedded().plan(), 60_000));
}

#[test]
fn a_long_page_is_cut_and_says_so() {
    let plan = scenes::many(60).plan();
    assert_snapshot!("page_cut", page(&plan, 3_600));
}

#[test]
fn what_takes_something_away_is_cut_last() {
    let mut world = scenes::many(3000);
    for n in 0..20 {
        world.foreign(&format!("legacy-{n}"));
    }
    let gone = world.have().grants.clone();
    world.want().grants.retain(|subject, _| !gone.contains_key(subject));
    let plan = world.plan();
    let page = page(&plan, 8_000);
    for name in ["alice", "bob", "carol"] {
        assert!(page.contains(&format!("| `{name}` | **loses access**")), "{page}");
    }
    assert!(page.contains("--allow revocations=3"));
    assert!(page.contains("changes, 20 unmanaged pools, "), "{page}");
    assert!(page.contains("**Worst case:**"));
}

/// Makes a page in every budget: it is never longer, and no part of it can be taken for the whole.
pub(super) fn kept(whole: &str, page: impl Fn(usize) -> String) {
    for budget in (0..whole.len() + 1500).step_by(7) {
        let page = page(budget);
        assert!(page.len() <= budget, "{} > {budget}", page.len());
        assert_eq!(page.matches("<details").count(), page.matches("</details>").count());
        assert_eq!(page.matches("<!--").count(), page.matches("-->").count(), "{page}");
        if page != whole {
            assert!(!page.contains("Plan `"), "a part that could pass for the whole");
            assert!(budget < 200 || page.contains("not an approval record"), "{page}");
            assert!(budget < 200 || page.starts_with("<!-- bursar:bursar.yaml -->\n"), "{page}");
        }
    }
}

#[test]
fn every_budget_is_kept_and_a_cut_page_is_no_approval_record() {
    let plan = scenes::everything().plan();
    let whole = page(&plan, usize::MAX);
    assert!(whole.contains(&plan.hash));
    kept(&whole, |budget| page(&plan, budget));
}

#[test]
fn a_cut_page_leads_to_the_job_summary() {
    let plan = scenes::many(60).plan();
    let mut out = Vec::new();
    let link = Some("https://github.com/acme/credits/actions/runs/17");
    markdown::plan(&mut out, &plan, &Frame { budget: 3_600, link, ..Frame::comment("bursar.yaml") }).unwrap();
    let page = String::from_utf8(out).unwrap();
    assert!(page.contains("[job summary](https://github.com/acme/credits/actions/runs/17)"), "{page}");
    assert!(page.len() <= 3_600);
}

#[test]
fn nobody_elses_text_becomes_markup() {
    let tame = skeleton(&page(&scenes::hostile("x").plan(), 60_000));
    for text in HOSTILE {
        let page = page(&scenes::hostile(text).plan(), 60_000);
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
        let tame = skeleton(&page(&scenes::hostile("x").plan(), 60_000));
        prop_assert_eq!(skeleton(&page(&scenes::hostile(&text).plan(), 60_000)), tame);
    }
}
