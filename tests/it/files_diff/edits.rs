//! Two tiny worlds, before and after one edit of the files.

use insta::assert_snapshot;

use super::{DIFF, compare, said};
use crate::config::TODAY;
use crate::output::json::{findings, validator};

/// A gateway with two pools. It knows people by their names in the files.
const FILES: &str = "\
version: 1
centers:
  gateway: { provider: embedded }
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
  carol: { email: carol@acme.example, github: carol-acme }
  dave: { email: dave@acme.example }
  erin: { email: erin@acme.example }
groups:
  designers: [alice, bob]
  everybody-in-design: [group:designers, carol]
  nobody-names-it: [dave]
pools:
  ai:
    center: gateway
    description: For prototypes
    budget: { limit: 5000, unit: credits, period: monthly, when_exhausted: block }
    access:
      - { group: everybody-in-design }
      - { member: dave, cap: 700, reason: Trial, expires: 2026-12-31 }
    default_cap: 300
    others: blocked
    alerts:
      - { at: 80%, of: budget, notify: [ops] }
  extra:
    center: gateway
    budget: { limit: 90, unit: USD, period: weekly, when_exhausted: block }
    access:
      - { member: erin, cap: 20 }
    others: { cap: 5 }
notify:
  ops: { email: [ops@acme.example] }
guardrails:
  revocations: { count: 10, percent: 100 }
  cuts: { count: 10, percent: 100 }
  protected: [alice]
";

/// A gateway that knows people by their addresses.
const BY_EMAIL: &str = "\
version: 1
centers:
  llm: { provider: litellm, base_url: http://127.0.0.1:4000, token: { env: BURSAR_LITELLM_KEY } }
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
groups:
  team: [alice, bob]
pools:
  ai:
    center: llm
    target: { team: ai }
    budget: { limit: 100, unit: USD, period: monthly, when_exhausted: block }
    access:
      - { group: team, cap: 10 }
    others: blocked
";

fn edit(files: &str, edits: &[(&str, &str)]) -> String {
    edits.iter().fold(files.to_owned(), |files, (from, to)| {
        assert!(files.contains(from), "{from}");
        files.replace(from, to)
    })
}

fn edited(edits: &[(&str, &str)]) -> String {
    said(FILES, &edit(FILES, edits))
}

const NOTHING: &str = "No difference.\n";

fn is_nothing(base: &str, head: &str) {
    let said = said(base, head);
    assert!(said.starts_with(NOTHING), "{said}");
}

#[test]
fn what_is_laid_out_anew_is_no_difference() {
    is_nothing(FILES, FILES);
    is_nothing(FILES, &edit(FILES, &[("limit: 5000, unit: credits", "unit: credits, limit: 5000.00")]));
    is_nothing(FILES, &edit(FILES, &[("      - { group: everybody", "      # why\n      - { group: everybody")]));
    is_nothing(FILES, &edit(FILES, &[("[alice, bob]", "[bob, alice]"), ("reason: Trial", "reason: \"Trial\"")]));
    // A rule of one's own instead of a group's, with the same cap, and rules in another order.
    let own =
        edit(FILES, &[("[alice, bob]", "[alice]"), ("- { member: dave", "- { member: bob }\n      - { member: dave")]);
    let said = said(FILES, &own);
    assert!(said.starts_with("Nobody's right changes."), "{said}");
    // A group and a member that nothing depends on.
    is_nothing(FILES, &edit(FILES, &[("nobody-names-it: [dave]", "still: [erin, dave]")]));
}

#[test]
fn rules_that_are_moved_between_files_are_no_difference() {
    let (head, pools) = FILES.split_once("pools:\n").unwrap();
    let (pools, rest) = pools.split_once("notify:\n").unwrap();
    let moved = [format!("{head}notify:\n{rest}"), format!("version: 1\npools:\n{pools}")];
    let diff = compare(&[FILES], &[&moved[0], &moved[1]], TODAY, &[]);
    assert!(diff.is_empty(), "{diff:#?}");
}

#[test]
fn a_group_that_is_renamed_is_no_difference() {
    is_nothing(FILES, &edit(FILES, &[("designers", "drawers")]));
}

#[test]
fn people() {
    assert_snapshot!("people_leave_a_group", edited(&[("[alice, bob]", "[alice, erin]")]));
    assert_snapshot!("people_rule_deleted", edited(&[("      - { group: everybody-in-design }\n", "")]));
    assert_snapshot!("people_cap_raised", edited(&[("cap: 700", "cap: 2000")]));
    assert_snapshot!("people_cap_dropped", edited(&[(", cap: 700", "")]));
    assert_snapshot!(
        "people_removed_altogether",
        edited(&[("  bob: { email: bob@acme.example }\n", ""), ("[alice, bob]", "[alice]"),])
    );
    assert_snapshot!(
        "people_all_out",
        edited(&[(
            "    access:
      - { group: everybody-in-design }
      - { member: dave, cap: 700, reason: Trial, expires: 2026-12-31 }",
            "    access: []",
        )])
    );
}

#[test]
fn days() {
    assert_snapshot!("days_until_later", edited(&[("2026-12-31", "2027-12-31")]));
    assert_snapshot!("days_without_end", edited(&[(", expires: 2026-12-31", "")]));
    assert_snapshot!("days_ended", edited(&[("expires: 2026-12-31", "expires: 2026-01-31")]));
    let ended = edit(FILES, &[("expires: 2026-12-31", "expires: 2026-01-31")]);
    assert_snapshot!("days_begins_again", said(&ended, FILES));
    // Nobody is granted anything by a rule that ended.
    is_nothing(
        &ended,
        &edit(&ended, &[("      - { member: dave, cap: 700, reason: Trial, expires: 2026-01-31 }\n", "")]),
    );
    let later = edit(FILES, &[("reason: Trial,", "reason: Trial, starts: 2026-07-01,")]);
    assert_snapshot!("days_begins_later", said(FILES, &later));
    assert_snapshot!("days_begins_even_later", said(&later, &edit(&later, &[("2026-07-01", "2026-08-01")])));
    assert_snapshot!(
        "days_group_later",
        edited(&[(
            "      - { member: dave, cap",
            "      - { group: nobody-names-it, starts: 2026-09-01 }\n      - { member: dave, cap",
        )])
    );
}

#[test]
fn what_takes_over_when_a_rule_ends() {
    let rule = "      - { member: dave, cap: 700, reason: Trial, expires: 2026-12-31 }\n";
    let then = |more: &str| edit(FILES, &[(rule, &format!("{rule}{more}"))]);
    let own = then("      - { group: nobody-names-it, cap: 4000 }\n");
    assert_snapshot!("takes_over_more", said(FILES, &own));
    assert_snapshot!("takes_over_no_more", said(&own, FILES));
    assert_snapshot!("takes_over_other_cap", said(&own, &own.replace("cap: 4000", "cap: 900")));
    // Whoever keeps what would have come anyway is told so by the change itself.
    let diff = compare(&[&own], &[&own.replace(rule, "")], TODAY, &[]);
    assert_eq!((diff.edits.len(), diff.upcoming.len()), (1, 0), "{diff:#?}");
    // Of two rules of groups another one counts once the second begins.
    let begins = "      - { group: designers, cap: 900, starts: 2026-12-01 }\n    overlap: lowest\n    default_cap";
    let lowest = edit(FILES, &[("    default_cap", begins)]);
    let highest = lowest.replace("overlap: lowest", "overlap: highest");
    assert_snapshot!("takes_over_by_overlap", said(&lowest, &highest));
    // A rule that begins later is told once.
    let diff = compare(&[FILES], &[&highest], TODAY, &[]);
    assert_eq!(diff.upcoming.len(), 1, "{diff:#?}");
}

#[test]
fn others() {
    assert_snapshot!("others_may", edited(&[("others: blocked", "others: { cap: 10 }")]));
    assert_snapshot!("others_may_not", edited(&[("others: { cap: 5 }", "others: blocked")]));
    assert_snapshot!("others_less", edited(&[("others: { cap: 5 }", "others: { cap: 2 }")]));
    assert_snapshot!("others_unmanaged", edited(&[("others: blocked", "others: unmanaged")]));
    let unmanaged = edit(FILES, &[("others: blocked", "others: unmanaged")]);
    assert_snapshot!("others_managed_again", said(&unmanaged, FILES));
    assert_snapshot!(
        "others_unmanaged_and_let_go",
        said(&unmanaged, &edit(&unmanaged, &[("[alice, bob]", "[alice]")]))
    );
}

#[test]
fn pools() {
    assert_snapshot!("pools_default_cap_up", edited(&[("default_cap: 300", "default_cap: 400")]));
    assert_snapshot!("pools_default_cap_down", edited(&[("default_cap: 300", "default_cap: 200")]));
    assert_snapshot!("pools_default_cap_gone", edited(&[("    default_cap: 300\n", "")]));
    assert_snapshot!(
        "pools_shorter_period",
        edited(&[
            ("unit: credits, period: monthly", "unit: credits, period: daily"),
            ("dave, cap: 700", "dave, cap: 600"),
        ])
    );
    assert_snapshot!(
        "pools_limit",
        edited(&[
            ("limit: 5000", "limit: 650"),
            (
                "when_exhausted: block }\n    access:\n      - { member: erin",
                "when_exhausted: overage }\n    access:\n      - { member: erin"
            )
        ])
    );
    assert_snapshot!(
        "pools_settings_gone",
        edited(&[
            ("    description: For prototypes\n", ""),
            (
                "{ limit: 5000, unit: credits, period: monthly, when_exhausted: block }",
                "{ unit: credits, period: monthly }"
            ),
            ("    alerts:\n      - { at: 80%, of: budget, notify: [ops] }\n", ""),
        ])
    );
    is_nothing(
        FILES,
        &edit(
            FILES,
            &[("  ai:\n    center: gateway\n", "  credits:\n    center: gateway\n    target: { pool: ai }\n")],
        ),
    );
    assert_snapshot!(
        "pools_other_target",
        edited(&[("  extra:\n    center: gateway\n", "  extra:\n    center: gateway\n    target: { pool: more }\n")])
    );
    let dropped = FILES.split_once("  extra:").unwrap().0.to_owned() + FILES.split_once("cap: 5 }\n").unwrap().1;
    assert_snapshot!("pools_dropped", said(FILES, &dropped));
    assert_snapshot!("pools_new", said(&dropped, FILES));
    let absent = edit(&dropped, &[("notify:\n  ops", "  extra: { center: gateway, ensure: absent }\nnotify:\n  ops")]);
    assert_snapshot!("pools_absent", said(FILES, &absent));
    assert_snapshot!("pools_absent_unknown", said(&dropped, &absent));
    is_nothing(&absent, &dropped);
}

#[test]
fn centers() {
    assert_snapshot!("centers_renamed", edited(&[("  gateway: {", "  gate: {"), ("center: gateway", "center: gate"),]));
    assert_snapshot!("centers_other_account", edited(&[("provider: embedded", "provider: embedded, path: other.db")]));
    assert_snapshot!(
        "centers_pool_moved",
        edited(&[
            ("  gateway: {", "  second: { provider: embedded, path: second.db }\n  gateway: {"),
            ("  extra:\n    center: gateway", "  extra:\n    center: second"),
        ])
    );
    let said = said(
        BY_EMAIL,
        &edit(BY_EMAIL, &[("env: BURSAR_LITELLM_KEY }", "env: OTHER_KEY }, allow_host: [b.example, a.example]")]),
    );
    assert_snapshot!("centers_token", said);
    is_nothing(
        &edit(BY_EMAIL, &[("token:", "allow_host: [a.example, b.example], token:")]),
        &edit(BY_EMAIL, &[("token:", "allow_host: [b.example, a.example], token:")]),
    );
}

#[test]
fn who_is_who() {
    // The center knows people by their names in the files: the address is not what it goes by, but the reader is told.
    assert_snapshot!("who_other_address", edited(&[("bob@acme.example", "mallory@acme.example")]));
    // A login that comes beside the address: somebody else may be taken for them.
    let login = edited(&[("bob@acme.example", "bob@acme.example, github: mallory")]);
    assert!(login.contains("members.bob.github: not set → mallory"), "{login}");
    // Here the address is the person: the one who had it loses the right, and another one gets it.
    assert_snapshot!(
        "who_other_person",
        said(BY_EMAIL, &edit(BY_EMAIL, &[("bob@acme.example", "mallory@acme.example")]))
    );
    // And a name is only a name.
    let renamed = edit(BY_EMAIL, &[("  bob: {", "  robert: {"), ("[alice, bob]", "[alice, robert]")]);
    assert_snapshot!("who_renamed", said(BY_EMAIL, &renamed));
    // Two who change their names with each other.
    let swapped = edit(
        BY_EMAIL,
        &[(
            "access:\n      - { group: team, cap: 10 }",
            "access:\n      - { member: alice, cap: 10 }\n      - { member: bob, cap: 20 }",
        )],
    );
    let there = edit(
        &swapped,
        &[
            ("alice: { email: alice@", "alice: { email: x@"),
            ("bob: { email: bob@", "bob: { email: alice@"),
            ("email: x@", "email: bob@"),
        ],
    );
    assert_snapshot!("who_swapped", said(&swapped, &there));
    // The name of somebody who is gone is given to somebody else, and nothing decides over others.
    let unmanaged = edit(BY_EMAIL, &[("others: blocked", "others: unmanaged")]);
    let other = edit(&unmanaged, &[("bob@acme.example", "mallory@acme.example")]);
    assert_snapshot!("who_other_person_unmanaged", said(&unmanaged, &other));
}

#[test]
fn a_rule_that_lapsed_says_nothing_of_who_has_the_name_now() {
    let lapsed = edit(
        BY_EMAIL,
        &[(
            "      - { group: team, cap: 10 }",
            "      - { member: alice, cap: 10 }\n      - { member: bob, cap: 10, expires: 2026-01-01 }",
        )],
    );
    let other = edit(&lapsed, &[("bob@acme.example", "mallory@acme.example")]);
    let diff = compare(&[&lapsed], &[&other], TODAY, &[]);
    assert!(diff.edits.is_empty(), "{diff:#?}");
}

#[test]
fn limits() {
    assert_snapshot!(
        "limits_loosened",
        edited(&[(
            "  revocations: { count: 10, percent: 100 }
  cuts: { count: 10, percent: 100 }
  protected: [alice]
",
            "  revocations: { count: 50, percent: 100 }
  cuts: { count: 5, percent: 100 }
  additions: { count: 50, percent: 10 }
  worst_case: { credits: 400000 }
  reason_above: 1000
  drift: revert
",
        )])
    );
    let above = |above: &str| edit(FILES, &[("  protected", &format!("  expiry_above: {above}\n  protected"))]);
    assert_snapshot!("limits_above_units", said(&above("1000"), &above("{ credits: 5000 }")));
    assert_snapshot!("limits_above_number", said(&above("{ credits: 5000, USD: 800 }"), &above("900")));
    assert_snapshot!("limits_above_gone", said(&above("900"), FILES));
    assert_snapshot!("limits_above_raised", said(&above("900"), &above("901")));
    assert_snapshot!(
        "limits_gone",
        said(
            &edit(FILES, &[("revocations: { count: 10, percent: 100 }", "revocations: { count: 2, percent: 5 }")]),
            &edit(
                FILES,
                &[(
                    "guardrails:\n  revocations: { count: 10, percent: 100 }\n  cuts: { count: 10, percent: 100 }\n  protected: [alice]\n",
                    ""
                )]
            ),
        )
    );
}

#[test]
fn refused() {
    let strict = edit(FILES, &[("revocations: { count: 10, percent: 100 }", "revocations: { count: 0 }")]);
    let taken = edit(&strict, &[("[alice, bob]", "[bob]")]);
    assert_snapshot!("refused_count_and_protected", said(&strict, &taken));
    // The limit is loosened in the same edit.
    assert_snapshot!("refused_before_it_was_loosened", said(&strict, &edit(FILES, &[("[alice, bob]", "[alice]")])));
    let allows = ["revocations=1", "protected=1"].map(|text| text.parse().unwrap());
    assert!(compare(&[&strict], &[&taken], TODAY, &allows).refusals.is_empty());
    let wrong = ["revocations=2", "protected=1"].map(|text| text.parse().unwrap());
    assert_eq!(compare(&[&strict], &[&taken], TODAY, &wrong).refusals.len(), 1);
}

#[test]
fn who_is_told() {
    assert_snapshot!("told_other", edited(&[("[ops@acme.example]", "[cfo@acme.example]")]));
    assert_snapshot!(
        "told_new_list",
        edited(&[("notify:\n  ops", "notify:\n  unused: { slack: { env: BURSAR_SLACK } }\n  ops")])
    );
    assert_snapshot!(
        "told_alert_gone",
        edited(&[("    alerts:\n      - { at: 80%, of: budget, notify: [ops] }\n", "    alerts: []\n")])
    );
    assert_snapshot!("told_lock", edited(&[("guardrails:", "lock: s3://acme-bursar/prod\nguardrails:")]));
}

#[test]
fn a_text_of_a_stranger_is_shown_harmless() {
    let said = edited(&[("reason: Trial", "reason: \"a | <b> @acme/all *x* `y`\"")]);
    assert!(said.starts_with(NOTHING), "{said}");
    let said = edited(&[("cap: 700, reason: Trial", "cap: 800, reason: \"a | <b> @acme/all *x* `y`\"")]);
    assert!(said.contains("reason: a | <b> @acme/all *x* `y`; until 2026-12-31\n"), "{said}");
}

#[test]
fn the_schema_says_no_to_what_is_no_diff() {
    let head = edit(
        FILES,
        &[
            ("[alice, bob]", "[alice]"),
            ("count: 10", "count: 11"),
            ("ops@", "cfo@"),
            ("cap: 700", "cap: 800"),
            ("    default_cap: 300\n", ""),
        ],
    );
    let mut good = Vec::new();
    bursar::output::json::diff(&mut good, &compare(&[FILES], &[&head], TODAY, &[])).unwrap();
    let good: serde_json::Value = serde_json::from_slice(&good).unwrap();
    let validator = validator(DIFF);
    assert_eq!(findings(&validator, &good), Vec::<String>::new());
    let broken: [fn(&mut serde_json::Value); 8] = [
        |diff| diff["more"] = serde_json::Value::Null,
        |diff| diff["changes"][0]["delivery"] = "api".into(),
        |diff| diff["changes"][0]["cause"] = "drift".into(),
        |diff| diff["changes"][0]["kind"] = "pool.create".into(),
        |diff| drop(diff["changes"][0].as_object_mut().unwrap().remove("rule")),
        |diff| diff["guardrails"][0]["name"] = "vibes".into(),
        |diff| diff["unkept"][0]["field"] = "vibes".into(),
        |diff| diff["base"] = "main".into(),
    ];
    for (i, breaks) in broken.into_iter().enumerate() {
        let mut diff = good.clone();
        breaks(&mut diff);
        assert!(!findings(&validator, &diff).is_empty(), "{i}");
    }
}
