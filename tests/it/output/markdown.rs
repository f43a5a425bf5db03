//! The plan as Markdown: complete, harmless, and within its budget.

use bursar::output::markdown;
use bursar::plan::Plan;
use insta::assert_snapshot;
use proptest::prelude::*;

use super::scenes;
use crate::world::World;

fn page(plan: &Plan, budget: usize) -> String {
    let mut out = Vec::new();
    markdown::plan(&mut out, plan, budget).unwrap();
    String::from_utf8(out).unwrap()
}

/// The page without what stands in code spans.
fn skeleton(page: &str) -> String {
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
    assert_snapshot!(page(&scenes::everything().plan(), 60_000), @r#"
    ### Bursar plan: 14 revocations, 1 cut, 3 raises, 2 grants, 3 other changes

    For `gateway` at `center.db`.

    **Refused.** This plan goes over a guardrail and is not applied as it stands:

    - `this plan takes a right from 14 people, and 10 is the most`: consent to exactly this with `--allow revocations=14`

    #### Revocations and cuts

    `gateway` / `ai`

    | | who | before | after | why | source |
    | --- | --- | --- | --- | --- | --- |
    | revoked | `bob` | the pool's default cap | nothing | expired | `bursar.yaml:15` |
    | revoked | `m000` | 100 credits/month | nothing |  | `bursar.yaml:13` |
    | revoked | `m001` | 100 credits/month | nothing |  | `bursar.yaml:13` |
    | revoked | `m002` | 100 credits/month | nothing |  | `bursar.yaml:13` |
    | revoked | `m003` | 100 credits/month | nothing |  | `bursar.yaml:13` |
    | revoked | `m004` | 100 credits/month | nothing |  | `bursar.yaml:13` |
    | revoked | `m005` | 100 credits/month | nothing |  | `bursar.yaml:13` |
    | revoked | `m006` | 100 credits/month | nothing |  | `bursar.yaml:13` |
    | revoked | `m007` | 100 credits/month | nothing |  | `bursar.yaml:13` |
    | revoked | `m008` | 100 credits/month | nothing |  | `bursar.yaml:13` |
    | revoked | `m009` | 100 credits/month | nothing |  | `bursar.yaml:13` |
    | revoked | `m010` | 100 credits/month | nothing |  | `bursar.yaml:13` |
    | revoked | `Zoë Q.` | 40 credits/month | nothing | not in the files | `bursar.yaml:13` |
    | revoked | everybody else | 50 credits/month each | blocked |  | `bursar.yaml:13` |
    | cut | `carol` | 200 credits/month | 120.5 credits/month (−79.5) |  | `bursar.yaml:15` |

    #### Raises and grants

    `gateway` / `ai`

    | | who | before | after | why | source |
    | --- | --- | --- | --- | --- | --- |
    | raised | limit | 10,000 credits/month | 20,000 credits/month (+10,000) |  | `bursar.yaml:11` |
    | raised | description | none | `Paid credits for the design org` |  |  |
    | raised | `dave` | nothing | unlimited, until 2026-12-31 |  | `bursar.yaml:13` |
    | raised | `alice` | 500 credits/month | 2,000 credits/month (+1,500) |  | `bursar.yaml:15` |

    `gateway` / `research`

    | | who | before | after | why | source |
    | --- | --- | --- | --- | --- | --- |
    | granted | the pool | nothing | 20,000 credits/year, then overage; default cap 300 credits/year |  | `bursar.yaml:20` |
    | granted | description | none | `Paid credits for the design org` |  |  |
    | granted | `alice` | nothing | 2,000 credits/year |  | `bursar.yaml:25` |

    #### Other changes

    `gateway` / `ai`

    | | who | before | after | why | source |
    | --- | --- | --- | --- | --- | --- |
    | changed | alert at 90% of budget | none | `tells cfo@acme.example, ops@acme.example` |  | `bursar.yaml:10` |

    `gateway` / `research`

    | | who | before | after | why | source |
    | --- | --- | --- | --- | --- | --- |
    | changed | alert at 80% of budget | none | `tells ops@acme.example` |  | `bursar.yaml:24` |
    | changed | alert at 90% of budget | none | `tells cfo@acme.example, ops@acme.example` |  | `bursar.yaml:24` |

    **Worst case:** 2,290 → 20,170 credits/month

    <details><summary>Unmanaged pools (2), never touched</summary>

    - `gateway` / `legacy`
    - `gateway` / `trial`

    </details>

    <details><summary>Notes (1)</summary>

    - `gateway`: `a cap of 0.001 credits was rounded by nobody`

    </details>

    Requests: `gateway`: 3 reads, 10 writes. Plan `5323d0742fcd90b7d432de62db6420dae3e5d657552ee30ce4422b3b41782a6b`.
    "#);
}

#[test]
fn by_hand_and_only_seen() {
    assert_snapshot!(page(&scenes::by_hand().plan(), 60_000), @r#"
    ### Bursar plan: 1 revocation, 1 raise

    For `gateway` at `center.db`.

    #### Revocations and cuts

    `gateway` / `ai`

    | | who | before | after | why | source |
    | --- | --- | --- | --- | --- | --- |
    | revoked | `bob` | the pool's default cap | nothing | by hand | `bursar.yaml:15` |

    #### Raises and grants

    `gateway` / `ai`

    | | who | before | after | why | source |
    | --- | --- | --- | --- | --- | --- |
    | raised | `alice` | 500 credits/month | 600 credits/month (+100) | by hand | `bursar.yaml:15` |

    **Worst case:** 1,050 → 800 credits/month

    <details open><summary>By hand: what a person has to do</summary>

    1. `Open Admin > Credits > People`
    1. `Set the cap of the person`

    </details>

    Differences that can only be seen, `gateway` / `ai`

    | | who | before | after | why | source |
    | --- | --- | --- | --- | --- | --- |
    | differs | everybody else | 50 credits/month each | blocked | hits 1 person: `dave` | `bursar.yaml:13` |

    Plan `3e6cce647ef5cd5ab98b6098f778e67ca1b5e5ae60894ee7515fc6ae7e221fb5`.
    "#);
}

#[test]
fn nothing_to_change() {
    assert_snapshot!(page(&World::embedded().plan(), 60_000), @r#"
    ### Bursar plan: nothing to change

    Looked: `gateway` at `center.db`.

    **Worst case:** 1,000 credits/month, as before
    "#);
}

#[test]
fn a_long_page_is_cut_and_says_so() {
    let plan = scenes::many(60).plan();
    assert_snapshot!(page(&plan, 2_600), @r#"
    ### Bursar plan: 60 grants

    For `gateway` at `center.db`.

    **Cut to fit: 35 changes left out. What stands here is not an approval record;** the whole plan is what `bursar plan --format json` writes.

    #### Raises and grants

    `gateway` / `ai`

    | | who | before | after | why | source |
    | --- | --- | --- | --- | --- | --- |
    | granted | `m0000` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0001` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0002` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0003` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0004` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0005` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0006` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0007` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0008` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0009` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0010` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0011` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0012` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0013` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0014` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0015` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0016` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0017` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0018` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0019` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0020` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0021` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0022` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0023` | nothing | 100 credits/month |  | `bursar.yaml:13` |
    | granted | `m0024` | nothing | 100 credits/month |  | `bursar.yaml:13` |

    **Worst case:** 1,000 → 7,000 credits/month
    "#);
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
        assert!(page.contains(&format!("| revoked | `{name}` |")), "{page}");
    }
    assert!(page.contains("--allow revocations=3"));
    assert!(page.contains("changes, 20 unmanaged pools left out"), "{page}");
    assert!(page.contains("**Worst case:**"));
}

#[test]
fn every_budget_is_kept_and_a_cut_page_is_no_approval_record() {
    let plan = scenes::everything().plan();
    let whole = page(&plan, usize::MAX);
    assert!(whole.contains(&plan.hash));
    for budget in (0..whole.len() + 500).step_by(7) {
        let page = page(&plan, budget);
        assert!(page.len() <= budget, "{} > {budget}", page.len());
        assert_eq!(page.matches("<details").count(), page.matches("</details>").count());
        if page != whole {
            assert!(!page.contains(&plan.hash), "a part that could pass for the whole");
            assert!(budget < 100 || page.contains("not an approval record"), "{page}");
        }
    }
}

/// Names that have tried to be something else.
const HOSTILE: [&str; 22] = [
    "@acme/everyone",
    "a | b | c |",
    "<script>alert(1)</script>",
    "</details></td></table>",
    "<!-- hidden",
    "`code` ``more`` ```",
    "line\n\n## Approved\n\n",
    "\r\n\u{2028}\u{2029}\u{85}",
    "\u{202e}desrever\u{2066}",
    "\u{200b}\u{feff}\u{e0041}",
    "[click](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "https://evil.example www.evil.example a@evil.example",
    "# heading",
    "- [x] approved",
    "1. one",
    "---",
    "**bold** __bold__ ~~gone~~ $x$ :+1:",
    "back\\slash\\",
    "\\`|\\|",
    "&lt;b&gt; &#96;",
    "#1 GH-1 acme/repo#1 a5c3785ed8d6a35868bc169f07e40e889087fd2e",
];

#[test]
fn nobody_elses_text_becomes_markup() {
    let tame = skeleton(&page(&scenes::hostile("x").plan(), 60_000));
    for text in HOSTILE {
        let page = page(&scenes::hostile(text).plan(), 60_000);
        assert_eq!(skeleton(&page), tame, "{text:?}");
        assert!(!page.contains(['\u{202e}', '\u{200b}', '\r', '\u{2028}', '\u{85}', '\u{e0041}']), "{text:?}");
    }
    for never in ["@", "http", "www", "<script", "["] {
        assert!(!tame.contains(never), "{never}");
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
