//! The live state of a center as a file that plans to no change.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bursar::config::edit::{self, Layout};
use bursar::diagnostics::{FileId, Severity};
use bursar::model::capability::Identity;
use bursar::model::{
    Alert, AlertKey, AlertScope, Amount, CenterId, CenterSettings, Desired, Expiry, Grant, Limit, Observed, Others,
    Period, Pool, Recipient, Roster, SecretSource, Subject, Target, Threshold, Unit, WhenExhausted, parse_decimal,
};
use bursar::model::{Inventory, Person};
use bursar::output::import;
use bursar::plan::{CenterPart, fit};
use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::Value;

use crate::plan::laws;
use crate::world::{World, date, id, lines, member, plan_of, pool_id, stranger};

fn settings(world: &World) -> CenterSettings {
    let litellm = world.capabilities.provider == "litellm";
    CenterSettings {
        path: (!litellm).then(|| ".bursar/center.db".to_owned()),
        base_url: litellm.then(|| "http://127.0.0.1:4000".to_owned()),
        token: litellm.then(|| SecretSource::Env("LITELLM_KEY".to_owned())),
        ignore_members: litellm.then(|| vec!["default_user_id".to_owned(), "No".to_owned()]),
        ..CenterSettings::new(CenterId::new("gateway").unwrap(), world.capabilities.provider, PathBuf::from("/srv"))
    }
}

fn inventory(pools: &[(&str, Pool)], people: Vec<Person>) -> Inventory {
    Inventory {
        identity: "center.db\nversion: 2".to_owned(),
        pools: pools.iter().map(|(name, pool)| ((*name).to_owned(), pool.clone())).collect(),
        people,
        notes: vec!["a key without an owner was passed over\n- x".to_owned()],
    }
}

fn file(world: &World, inventory: &Inventory, roster: &Roster) -> String {
    let text = import::import(&settings(world), world.capabilities, inventory, roster, date("2026-11-22"));
    // What it writes, `fmt` leaves as it is.
    assert_eq!(edit::layout(&text, FileId::default()), Ok(Layout::Canonical), "{text}");
    text
}

fn strangers(pool: &mut Pool, name: impl Fn(&str) -> String) {
    pool.grants = pool
        .grants
        .iter()
        .map(|(subject, grant)| (stranger(&name(subject.name())), *grant))
        .collect();
}

/// What the file asks, read by the simplest reader that could be, and planned against what it was made from.
fn plan_again(world: &World, inventory: &Inventory, yaml: &str) -> String {
    let file: Value = serde_yaml::from_str(yaml).unwrap();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut roster = Roster::default();
    for (name, keys) in file["members"].as_object().into_iter().flatten() {
        let key = |key: &str| keys[key].as_str();
        let identity = match world.capabilities.identity {
            Identity::Id => Some(name.as_str()),
            Identity::Email => key("email"),
            Identity::EmailOr(other) => key("email").or_else(|| key(other)),
            Identity::Login(other) => key(other),
        };
        roster.insert(id(name), identity.expect("an identity"));
    }
    let recipients = |name: &str| -> Vec<Recipient> {
        let Some(keys) = file["notify"][name].as_object() else { return vec![Recipient::Member] };
        let of = |key: &str, value: &Value| match key {
            "email" => Recipient::Email(value[0].as_str().unwrap().to_owned()),
            "slack" => Recipient::Slack(value["env"].as_str().unwrap().to_owned()),
            "webhook" => Recipient::Webhook(value["url"]["env"].as_str().unwrap().to_owned()),
            provider => {
                Recipient::Login { provider: provider.to_owned(), login: value[0].as_str().unwrap().to_owned() }
            }
        };
        keys.iter().map(|(key, value)| of(key, value)).collect()
    };
    let mut desired = Desired::default();
    let mut observed = Observed::default();
    let mut objects = inventory.pools.iter();
    for (name, pool) in file["pools"].as_object().into_iter().flatten() {
        let budget = &pool["budget"];
        let unit = budget["unit"].as_str().unwrap().parse().unwrap();
        let amount = |value: &Value| Amount::new(parse_decimal(&value.to_string()).unwrap(), unit).unwrap();
        let cap = |value: &Value| match value {
            Value::Null => None,
            Value::String(text) => Some(world.cap(text)),
            number => Some(bursar::model::Cap::Amount(amount(number))),
        };
        let rules = list(&pool["access"]);
        let grants = rules.iter().map(|rule| {
            let expires = rule["expires"].as_str().map_or(Expiry::Never, |day| Expiry::On(date(day)));
            let grant = Grant { cap: cap(&rule["cap"]), period: None, expires: Some(expires) };
            (member(rule["member"].as_str().unwrap()), grant)
        });
        let alerts = |alerts: &Value| -> BTreeMap<AlertKey, Alert> {
            list(alerts)
                .iter()
                .map(|alert| {
                    let at = match alert["at"].as_str() {
                        Some(text) => Threshold::Percent(text.strip_suffix('%').unwrap().parse().unwrap()),
                        None => Threshold::Amount(amount(&alert["at"]["amount"])),
                    };
                    let of = if alert["of"] == "caps" { AlertScope::Caps } else { AlertScope::Budget };
                    let notify = list(&alert["notify"])
                        .iter()
                        .flat_map(|name| recipients(name.as_str().unwrap()))
                        .collect();
                    (AlertKey { of, at }, Alert { notify })
                })
                .collect()
        };
        let wanted = Pool {
            target: Target::default(),
            description: pool["description"].as_str().map(str::to_owned),
            budget: bursar::model::Budget {
                unit,
                period: budget["period"].as_str().and_then(Period::from_word),
                limit: budget.get("limit").map(|limit| Limit::Amount(amount(limit))),
                when_exhausted: budget
                    .get("when_exhausted")
                    .and_then(|when| WhenExhausted::ALL.into_iter().find(|known| known.as_str() == *when)),
            },
            default_cap: cap(&pool["default_cap"]),
            others: match &pool["others"] {
                Value::String(text) if text == "blocked" => Some(Others::Blocked),
                Value::String(text) => {
                    assert_eq!(text, "unmanaged");
                    None
                }
                others => cap(&others["cap"]).map(Others::Cap),
            },
            alerts: pool.get("alerts").map(alerts),
            grants: grants.collect(),
        };
        desired.state.pools.insert(pool_id(name), wanted);
        let (_, mut seen) = objects.next().unwrap().clone();
        seen.grants = seen
            .grants
            .iter()
            .map(|(subject, grant)| match subject {
                Subject::Stranger(name) => (roster.subject(name), *grant),
                Subject::Member(_) => (subject.clone(), *grant),
            })
            .collect();
        observed.state.pools.insert(pool_id(name), seen);
    }
    fit(&mut desired, world.capabilities);
    let part = CenterPart { capabilities: world.capabilities, desired, base: None, observed, notes: Vec::new() };
    lines(&plan_of(&BTreeMap::from([(world.center.clone(), part)]), &world.guardrails, &[]))
}

#[test]
fn an_embedded_center() {
    let mut world = World::embedded();
    let mut pool = world.have().clone();
    strangers(&mut pool, str::to_owned);
    pool.description = Some("Paid credits: design & \"more\"".to_owned());
    pool.others = Some(Others::Cap(world.cap("12.5")));
    let ends = Grant { expires: Some(Expiry::On(date("2026-12-31"))), ..world.grant("unlimited") };
    pool.grants.insert(stranger("no"), ends);
    let alert = pool.alerts.as_mut().unwrap();
    let (key, mut told) = world.alert("9000", &["ops@acme.example", "ops@acme.test", "member@acme.example"]);
    told.notify.insert(Recipient::Member);
    told.notify.insert(Recipient::Slack("SLACK_URL".to_owned()));
    told.notify
        .insert(Recipient::Login { provider: "github".to_owned(), login: "ai-ops-bot".to_owned() });
    alert.insert(key, told);
    let mut second = world.have().clone();
    second.grants.clear();
    second.target = Target::of("pool", "Design AI");
    second.budget.limit = Some(Limit::None);
    let inventory = inventory(&[("ai", pool), ("Design AI", second)], Vec::new());
    let text = file(&world, &inventory, &Roster::default());
    assert_snapshot!(text, @r#"
    # yaml-language-server: $schema=./schema/bursar.v1.schema.json
    # Imported from center.db\nversion: 2
    # a key without an owner was passed over\n- x
    version: 1

    centers:
      gateway:
        provider: embedded
        path: .bursar/center.db

    members:
      alice: {}
      bob: {}
      carol: {}
      "no": {}

    pools:
      ai:
        center: gateway
        description: "Paid credits: design & \"more\""
        budget: { limit: 10000, unit: credits, period: monthly, when_exhausted: block }
        access:
          - member: alice
            cap: 500
          - member: bob
          - member: carol
            cap: 200
          - member: "no"
            cap: unlimited
            expires: 2026-12-31
        default_cap: 300
        others: { cap: 12.5 }
        alerts:
          - { at: 80%, of: budget, notify: [ops] }
          - { at: { amount: 9000 }, of: budget, notify: [member-2, ops, ops-2, ai-ops-bot, slack_url, member] }
      # Design AI
      design-ai:
        center: gateway
        target: { pool: Design AI }
        budget: { unit: credits, period: monthly }
        access: []
        default_cap: 300
        others: blocked
        alerts:
          - { at: 80%, of: budget, notify: [ops] }

    notify:
      ai-ops-bot: { github: [ai-ops-bot] }
      member-2: { email: [member@acme.example] }
      ops: { email: [ops@acme.example] }
      ops-2: { email: [ops@acme.test] }
      slack_url: { slack: { env: SLACK_URL } }
    "#);
    assert_snapshot!(plan_again(&world, &inventory, &text), @"nothing");
}

#[test]
fn a_proxy_that_somebody_else_set_up() {
    let mut world = World::litellm();
    let mut pool = world.have().clone();
    strangers(&mut pool, |name| format!("{}@acme.example", name.to_uppercase()));
    pool.grants.insert(stranger("7f3a-robot"), world.grant("5.25"));
    pool.target = Target::of("team", "0b5c");
    let people = vec![Person {
        subject: stranger("alice@acme.test"),
        email: Some("alice@acme.test".to_owned()),
        vendor_id: Some("u-9".to_owned()),
    }];
    pool.grants.insert(stranger("alice@acme.test"), world.grant("inherit"));
    let inventory = inventory(&[("Data Science", pool)], people);
    let text = file(&world, &inventory, &Roster::default());
    assert_snapshot!(text, @r#"
    # yaml-language-server: $schema=./schema/bursar.v1.schema.json
    # Imported from center.db\nversion: 2
    # a key without an owner was passed over\n- x
    version: 1

    centers:
      gateway:
        provider: litellm
        base_url: "http://127.0.0.1:4000"
        token: { env: LITELLM_KEY }
        ignore_members: [default_user_id, "No"]

    members:
      "7f3a-robot": { litellm: "7f3a-robot" }
      alice: { email: ALICE@acme.example }
      alice-2: { email: alice@acme.test }
      bob: { email: BOB@acme.example }
      carol: { email: CAROL@acme.example }

    pools:
      # Data Science
      data-science:
        center: gateway
        target: { team: "0b5c" }
        budget: { limit: 10000, unit: USD, period: monthly, when_exhausted: block }
        access:
          - member: "7f3a-robot"
            cap: 5.25
          - member: alice
            cap: 500
          - member: bob
          - member: carol
            cap: 200
          - member: alice-2
        default_cap: 300
        others: blocked
        alerts:
          - { at: 80%, of: budget, notify: [ops] }

    notify:
      ops: { email: [ops@acme.example] }
    "#);
    assert_snapshot!(plan_again(&world, &inventory, &text), @"nothing");
    world.want().grants.clear();
}

#[test]
fn members_of_the_files_keep_their_ids() {
    let mut world = World::litellm();
    let mut pool = world.have().clone();
    pool.grants.remove(&member("carol"));
    pool.grants.insert(stranger("bob@acme.test"), world.grant("1"));
    let mut roster = Roster::default();
    roster.insert(id("alice"), "alice@acme.example");
    roster.insert(id("bob"), "u-17");
    let text = file(&world, &inventory(&[("ai", pool)], Vec::new()), &roster);
    let members: Vec<&str> = text.lines().skip_while(|line| *line != "members:").skip(1).take(3).collect();
    assert_eq!(
        members,
        ["  alice: { email: alice@acme.example }", "  bob: { litellm: u-17 }", "  bob-2: { email: bob@acme.test }"]
    );
}

#[test]
fn what_cannot_be_expressed_is_left_alone_and_loses_nothing() {
    let mut world = World::embedded();
    let mut pool = world.have().clone();
    strangers(&mut pool, str::to_owned);
    pool.grants.insert(stranger("Zoë Q."), world.grant("40"));
    pool.grants.insert(stranger("evil\n  x: y\u{202e}"), world.grant("40"));
    pool.grants
        .insert(stranger("past"), Grant { expires: Some(Expiry::On(date("2026-11-21"))), ..world.grant("1") });
    pool.grants.insert(stranger("unknown"), Grant { cap: None, ..world.grant("1") });
    pool.description = Some("two\nlines".to_owned());
    pool.alerts.as_mut().unwrap().values_mut().for_each(|alert| alert.notify.clear());
    let inventory = inventory(&[("ai", pool)], Vec::new());
    let text = file(&world, &inventory, &Roster::default());
    assert_snapshot!(text, @r#"
    # yaml-language-server: $schema=./schema/bursar.v1.schema.json
    # Imported from center.db\nversion: 2
    # a key without an owner was passed over\n- x
    version: 1

    centers:
      gateway:
        provider: embedded
        path: .bursar/center.db

    members:
      alice: {}
      bob: {}
      carol: {}
      past: {}
      unknown: {}

    pools:
      ai:
        center: gateway
        # Its description has characters that a file cannot have: two\nlines
        budget: { limit: 10000, unit: credits, period: monthly, when_exhausted: block }
        access:
          # left alone: Zoë Q.: the center's name is no id that the file could have
          - member: alice
            cap: 500
          - member: bob
          - member: carol
            cap: 200
          # left alone: evil\n  x: y\u{202e}: the center's name is no id that the file could have
          # left alone: past: the grant ended with 2026-11-21
          # left alone: unknown: the center does not show the cap
        default_cap: 300
        others: unmanaged
        # Its alerts are left alone: the file cannot say all of them.
    "#);
    assert_snapshot!(plan_again(&world, &inventory, &text), @"nothing");
}

#[test]
fn a_period_unlike_the_pools_is_left_alone() {
    let mut world = World::litellm();
    let mut pool = world.have().clone();
    strangers(&mut pool, |name| format!("{name}@acme.example"));
    let daily = Grant { period: Some(Period::Daily), ..world.grant("3") };
    pool.grants.insert(stranger("daily@acme.example"), daily);
    pool.grants.insert(stranger("never@acme.example"), Grant { period: None, ..daily });
    let inventory = inventory(&[("ai", pool)], Vec::new());
    let text = file(&world, &inventory, &Roster::default());
    assert!(
        text.contains("# left alone: daily@acme.example: the cap starts again daily, and the pool monthly"),
        "{text}"
    );
    assert!(text.contains("# left alone: never@acme.example: the cap never starts again"), "{text}");
    assert!(text.contains("others: unmanaged"));
    assert_eq!(plan_again(&world, &inventory, &text), "nothing");
}

#[test]
fn a_cap_that_cannot_be_said_is_not_replaced_by_the_default() {
    let world = World::litellm();
    let mut pool = world.desired.state.pools[&pool_id("ai")].clone();
    pool.budget.period = None;
    pool.default_cap = Some(bursar::model::Cap::Inherit);
    pool.alerts = None;
    pool.others = None;
    pool.grants = BTreeMap::from([(stranger("svc"), world.grant("0"))]);
    let inventory = inventory(&[("odd", pool)], Vec::new());
    let text = file(&world, &inventory, &Roster::default());
    assert!(!text.contains("default_cap"), "{text}");
    assert_eq!(plan_again(&world, &inventory, &text), "nothing", "{text}");
}

/// Pools as a center might hold them, people by the center's own names.
fn found(world: &World) -> impl Strategy<Value = Pool> + use<> {
    let native = world.capabilities.keeping.others;
    laws::pool(world.capabilities, 0.7).prop_map(move |mut pool| {
        strangers(&mut pool, str::to_owned);
        pool.others = pool.others.filter(|_| native);
        pool
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_found_plans_to_no_change(
        embedded in prop::collection::vec(found(&World::embedded()), 1..3),
        litellm in prop::collection::vec(found(&World::litellm()), 1..3),
    ) {
        for (mut world, pools) in [(World::embedded(), embedded), (World::litellm(), litellm)] {
            world.unit = Unit::USD;
            let named: Vec<(&str, Pool)> = ["a", "B c"].into_iter().zip(pools).collect();
            let inventory = inventory(&named, Vec::new());
            let text = file(&world, &inventory, &Roster::default());
            prop_assert_eq!(plan_again(&world, &inventory, &text), "nothing", "{}", text);
        }
    }
}

#[test]
fn an_empty_center() {
    let world = World::embedded();
    assert_snapshot!(file(&world, &Inventory::default(), &Roster::default()), @r#"
    # yaml-language-server: $schema=./schema/bursar.v1.schema.json
    version: 1

    centers:
      gateway:
        provider: embedded
        path: .bursar/center.db
    "#);
}

/// Texts that a center may hold and that a file may not, or not as they are.
fn hostile() -> impl Strategy<Value = String> {
    let near = "[ynoNO~0-9_.:#@,\\[\\]{}&*!|>'\"%`\\t\\n\\r \u{1b}\u{85}\u{ad}\u{202e}\u{200b}\u{2028}\u{fffe}-]{1,9}";
    prop_oneof![any::<String>(), near, "[a-z]{1,4}@[a-z\u{a0} ]{1,4}"].prop_filter("a name", |name| !name.is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_things_are_called_the_file_is_one_that_bursar_reads(
        pools in prop::collection::btree_set(hostile(), 1..3),
        people in prop::collection::btree_set(hostile(), 1..4),
        (description, told, provider) in (hostile(), hostile(), hostile()),
    ) {
        for world in [World::embedded(), World::litellm()] {
            let mut pool = World::have(&mut world.clone()).clone();
            strangers(&mut pool, |name| format!("{name}@acme.example"));
            for name in &people {
                pool.grants.insert(stranger(name), world.grant("7"));
            }
            pool.description = Some(description.clone());
            for (i, alert) in pool.alerts.iter_mut().flatten().map(|(_, alert)| alert).enumerate() {
                alert.notify.insert(match i % 3 {
                    0 => Recipient::Email(told.clone()),
                    1 => Recipient::Slack(told.clone()),
                    _ => Recipient::Login { provider: provider.clone(), login: told.clone() },
                });
            }
            let key = world.capabilities.targets.first().map_or("pool", |key| key.name);
            let found: Vec<(&str, Pool)> = pools
                .iter()
                .map(|name| (name.as_str(), Pool { target: Target::of(key, name), ..pool.clone() }))
                .collect();
            let text = file(&world, &inventory(&found, Vec::new()), &Roster::default());
            let loaded = crate::config::texts(&[&text]);
            let findings = bursar::config::check(&loaded, &bursar::centers::providers(), date("2026-11-22"));
            let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
            prop_assert!(errors.is_empty(), "{errors:?}\n{text}");
        }
    }
}
