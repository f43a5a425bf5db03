//! What the files come to on a day.

use bursar::config::{self, Resolved};
use bursar::model::{Lapse, Subject};
use jiff::civil::{Date, date};

use super::{TODAY, lines, providers, texts};

pub(super) fn resolved(files: &[&str], as_of: Date) -> Resolved {
    let loaded = texts(files);
    let findings = config::check(&loaded, &providers(), as_of);
    let grave: Vec<_> = findings
        .into_iter()
        .filter(|f| f.severity == bursar::diagnostics::Severity::Error)
        .collect();
    assert!(grave.is_empty(), "{}", lines(&loaded, &grave));
    config::resolve(&loaded.config, &loaded.files, &providers(), as_of)
}

/// Who is granted what in the pool `p` of the center `c`, in lines.
fn grants(resolved: &Resolved) -> String {
    let desired = &resolved.centers["c"].desired;
    let pool = &desired.state.pools["p"];
    let sources = &desired.sources["p"];
    let mut text = String::new();
    for (subject, grant) in &pool.grants {
        let cap = grant.cap.map_or("default".to_owned(), |cap| cap.to_string());
        let end = grant.expires.map_or("unknown".to_owned(), |end| end.to_string());
        text += &format!("{subject}: {cap}, ends {end} ({})\n", sources.of_subject(subject));
    }
    for (member, lapse) in desired.lapsed.get("p").into_iter().flatten() {
        let lapse = match lapse {
            Lapse::Expired(day) => format!("expired {day}"),
            Lapse::NotStarted(day) => format!("starts {day}"),
        };
        text += &format!("{member}: {lapse} ({})\n", sources.of_subject(&Subject::Member(member.clone())));
    }
    text
}

const PEOPLE: &str = "\
version: 1
centers: { c: { provider: embedded, path: sub/x.db } }
members: { alice: {}, bob: {}, carol: {}, dave: {}, erin: {} }
groups:
  designers: [alice, bob]
  leads: [alice]
  all: [group:designers, group:leads, carol, dave]
";

fn with_access(rules: &str, extra: &str, as_of: Date) -> String {
    let pool = format!(
        "{PEOPLE}pools:\n  p:\n    center: c\n    budget: {{ unit: credits, period: monthly }}\n    others: blocked\n{extra}    access:\n{rules}"
    );
    grants(&resolved(&[&pool], as_of))
}

#[test]
fn a_member_beats_groups_and_groups_nest() {
    let rules = "      - { group: all, cap: 100, except: [dave] }\n      - { member: alice, cap: 7.50 }\n      - { member: erin }\n";
    insta::assert_snapshot!(with_access(rules, "", TODAY), @r"
    alice: 7.5 credits, ends never (bursar.yaml:15)
    bob: 100 credits, ends never (bursar.yaml:14)
    carol: 100 credits, ends never (bursar.yaml:14)
    erin: default, ends never (bursar.yaml:16)
    ");
}

#[test]
fn the_last_day_counts() {
    let rules = "      - { group: designers, cap: 100, expires: 2026-06-15 }
      - { member: carol, cap: 5, starts: 2026-06-16 }
";
    insta::assert_snapshot!(with_access(rules, "", TODAY), @r"
    alice: 100 credits, ends 2026-06-15 (bursar.yaml:14)
    bob: 100 credits, ends 2026-06-15 (bursar.yaml:14)
    carol: starts 2026-06-16 (bursar.yaml:15)
    ");
    insta::assert_snapshot!(with_access(rules, "", date(2026, 6, 16)), @r"
    carol: 5 credits, ends never (bursar.yaml:15)
    alice: expired 2026-06-15 (bursar.yaml:14)
    bob: expired 2026-06-15 (bursar.yaml:14)
    ");
}

#[test]
fn what_has_lapsed_gives_way_to_what_holds() {
    let rules = "      - { group: designers, cap: 100 }
      - { member: alice, cap: 900, expires: 2026-06-01 }
      - { member: carol, cap: 900, expires: 2026-06-01 }
      - { member: carol, cap: 10, starts: 2027-01-01 }
";
    insta::assert_snapshot!(with_access(rules, "", TODAY), @r"
    alice: 100 credits, ends never (bursar.yaml:14)
    bob: 100 credits, ends never (bursar.yaml:14)
    carol: expired 2026-06-01 (bursar.yaml:16)
    ");
}

#[test]
fn overlap_decides_between_groups() {
    let rules = "      - { group: designers, cap: 100 }\n      - { group: leads, cap: 200 }\n      - { group: all }\n";
    insta::assert_snapshot!(with_access(rules, "    overlap: highest\n    default_cap: 150\n", TODAY), @r"
    alice: 200 credits, ends never (bursar.yaml:17)
    bob: default, ends never (bursar.yaml:18)
    carol: default, ends never (bursar.yaml:18)
    dave: default, ends never (bursar.yaml:18)
    ");
    insta::assert_snapshot!(with_access(rules, "    overlap: lowest\n    default_cap: 150\n", TODAY), @r"
    alice: 100 credits, ends never (bursar.yaml:16)
    bob: 100 credits, ends never (bursar.yaml:16)
    carol: default, ends never (bursar.yaml:18)
    dave: default, ends never (bursar.yaml:18)
    ");
}

#[test]
fn everything_reaches_the_model() {
    let text = include_str!("../../files/right/everything.yaml");
    let resolved = resolved(&[text], TODAY);
    insta::assert_debug_snapshot!(resolved.centers["try"].desired, @r#"
    Desired {
        state: State {
            pools: {
                "design": Pool {
                    target: Target(
                        {
                            "pool": "design-ai",
                        },
                    ),
                    description: Some(
                        "Paid credits for the design org",
                    ),
                    budget: Budget {
                        unit: credits,
                        period: Some(
                            Monthly,
                        ),
                        limit: Some(
                            Amount(
                                50000 credits,
                            ),
                        ),
                        when_exhausted: Some(
                            Block,
                        ),
                    },
                    default_cap: Some(
                        Amount(
                            300 credits,
                        ),
                    ),
                    others: Some(
                        Cap(
                            Amount(
                                50 credits,
                            ),
                        ),
                    ),
                    alerts: Some(
                        {
                            AlertKey {
                                of: Budget,
                                at: Percent(
                                    80,
                                ),
                            }: Alert {
                                notify: {
                                    Email(
                                        "ai-ops@acme.example",
                                    ),
                                    Login {
                                        provider: "github",
                                        login: "ai-ops-bot",
                                    },
                                    Slack(
                                        "BURSAR_SLACK",
                                    ),
                                    Webhook(
                                        "BURSAR_WEBHOOK",
                                    ),
                                },
                            },
                            AlertKey {
                                of: Budget,
                                at: Amount(
                                    40000 credits,
                                ),
                            }: Alert {
                                notify: {
                                    Email(
                                        "ai-ops@acme.example",
                                    ),
                                    Login {
                                        provider: "github",
                                        login: "ai-ops-bot",
                                    },
                                    Slack(
                                        "BURSAR_SLACK",
                                    ),
                                    Webhook(
                                        "BURSAR_WEBHOOK",
                                    ),
                                },
                            },
                            AlertKey {
                                of: Caps,
                                at: Percent(
                                    90,
                                ),
                            }: Alert {
                                notify: {
                                    Email(
                                        "ai-ops@acme.example",
                                    ),
                                    Login {
                                        provider: "github",
                                        login: "ai-ops-bot",
                                    },
                                    Slack(
                                        "BURSAR_SLACK",
                                    ),
                                    Webhook(
                                        "BURSAR_WEBHOOK",
                                    ),
                                    Member,
                                },
                            },
                        },
                    ),
                    grants: {
                        Member(
                            "alice",
                        ): Grant {
                            cap: Some(
                                Amount(
                                    2000 credits,
                                ),
                            ),
                            period: None,
                            expires: Some(
                                On(
                                    2026-12-31,
                                ),
                            ),
                        },
                    },
                },
            },
        },
        lapsed: {},
        outlived: {},
        absent: {},
        elsewhere: {},
        sources: {
            "design": PoolSources {
                pool: Source {
                    file: "bursar.yaml",
                    line: 26,
                },
                budget: Source {
                    file: "bursar.yaml",
                    line: 30,
                },
                default_cap: Source {
                    file: "bursar.yaml",
                    line: 40,
                },
                others: Source {
                    file: "bursar.yaml",
                    line: 41,
                },
                alerts: {
                    AlertKey {
                        of: Budget,
                        at: Percent(
                            80,
                        ),
                    }: Source {
                        file: "bursar.yaml",
                        line: 44,
                    },
                    AlertKey {
                        of: Budget,
                        at: Amount(
                            40000 credits,
                        ),
                    }: Source {
                        file: "bursar.yaml",
                        line: 45,
                    },
                    AlertKey {
                        of: Caps,
                        at: Percent(
                            90,
                        ),
                    }: Source {
                        file: "bursar.yaml",
                        line: 46,
                    },
                },
                rules: [
                    Source {
                        file: "bursar.yaml",
                        line: 32,
                    },
                    Source {
                        file: "bursar.yaml",
                        line: 35,
                    },
                ],
                deciding: {
                    "alice": 1,
                },
            },
        },
    }
    "#);
    insta::assert_debug_snapshot!(resolved.centers["gateway"].settings, @r#"
    CenterSettings {
        id: "gateway",
        provider: "litellm",
        folder: "",
        path: None,
        base_url: Some(
            "http://127.0.0.1:4000",
        ),
        allow_host: [
            "llm.acme.example",
        ],
        token: Some(
            Env(
                "BURSAR_LITELLM_KEY",
            ),
        ),
        ignore_members: Some(
            [
                "default_user_id",
            ],
        ),
        plan: None,
        organization: None,
        enterprise: None,
        workspace: None,
        flavor: None,
        auth: None,
        federation_rule: None,
        export: None,
        scim: None,
        metering_day: None,
        record: None,
    }
    "#);
    insta::assert_debug_snapshot!(resolved.centers["gateway"].scope, @r#"
    Scope {
        pools: {
            "design": Target(
                {
                    "team": "bursar-fallback-design",
                },
            ),
            "gateway": Target(
                {
                    "team": "design-ai",
                },
            ),
            "old": Target(
                {},
            ),
        },
        named: {},
        units: {
            "gateway": USD,
        },
        periods: {
            "gateway": Weekly,
        },
        roster: Roster {
            members: {
                "alice-1": "alice",
                "alice@acme.example": "alice",
                "bob@acme.example": "bob",
                "carol@acme.example": "carol",
            },
            identities: {
                "alice": "alice@acme.example",
                "bob": "bob@acme.example",
                "carol": "carol@acme.example",
            },
        },
        record: CenterRecord {
            identity: None,
            people: {},
            pools: {},
            missing: {},
        },
        as_of: Some(
            2026-06-15,
        ),
    }
    "#);
    insta::assert_debug_snapshot!(resolved.centers["gateway"].desired.absent, @r#"
    {
        "old": (
            Target(
                {},
            ),
            Source {
                file: "bursar.yaml",
                line: 55,
            },
        ),
    }
    "#);
    insta::assert_debug_snapshot!(resolved.guardrails, @r#"
    Guardrails {
        revocations: Threat {
            count: 10,
            percent: Some(
                25,
            ),
        },
        cuts: Threat {
            count: 20,
            percent: Some(
                50,
            ),
        },
        moves: Threat {
            count: 0,
            percent: None,
        },
        additions: Some(
            Threat {
                count: 50,
                percent: None,
            },
        ),
        worst_case: {
            credits: 400000 credits,
            USD: 20000 USD,
        },
        reason_above: Units(
            {
                credits: 1000 credits,
                USD: 100 USD,
            },
        ),
        expiry_above: Every(
            1000,
        ),
        protected: {
            "alice",
        },
        drift: Refuse,
    }
    "#);
    insta::assert_debug_snapshot!(resolved.notify, @r#"
    {
        "ops": {
            Email(
                "ai-ops@acme.example",
            ),
            Login {
                provider: "github",
                login: "ai-ops-bot",
            },
            Slack(
                "BURSAR_SLACK",
            ),
            Webhook(
                "BURSAR_WEBHOOK",
            ),
        },
    }
    "#);
}

#[test]
fn what_is_not_written_is_not_managed() {
    let text = "version: 1\ncenters: { c: { provider: litellm, base_url: 'http://[::1]:4000', token: { env: T } } }\n\
                pools: { p: { center: c, access: [], others: unmanaged } }\n";
    let resolved = resolved(&[text], TODAY);
    insta::assert_debug_snapshot!(resolved.centers["c"].desired.state, @r#"
    State {
        pools: {
            "p": Pool {
                target: Target(
                    {},
                ),
                description: None,
                budget: Budget {
                    unit: USD,
                    period: None,
                    limit: None,
                    when_exhausted: None,
                },
                default_cap: None,
                others: None,
                alerts: None,
                grants: {},
            },
        },
    }
    "#);
    assert_eq!(resolved.guardrails, bursar::model::Guardrails::default());
}

#[test]
fn an_empty_list_of_alerts_is_a_list() {
    let text = format!(
        "{PEOPLE}pools: {{ p: {{ center: c, budget: {{ unit: EUR, period: daily }}, access: [], others: blocked, alerts: [] }} }}\n"
    );
    let resolved = resolved(&[&text], TODAY);
    assert!(resolved.centers["c"].desired.state.pools["p"].alerts.as_ref().unwrap().is_empty());
}
