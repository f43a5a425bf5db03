//! Edits of files, made from two texts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bursar::centers::providers;
use bursar::config;
use bursar::model::{MemberId, Origin, PoolId, Recipient, Subject};
use bursar::plan::files::{self, Files, FilesCenter, FilesDiff, Released, Revision, SettingEdit, Terms};

use crate::world::date;

const AS_OF: &str = "2026-11-22";

fn side(text: &str, revision: Revision) -> Files {
    let providers = providers();
    let texts = [(PathBuf::from("bursar.yaml"), text.as_bytes().to_vec())];
    let loaded = config::load_texts(Path::new(""), texts);
    assert!(loaded.findings.is_empty(), "{:#?}\n{text}", loaded.findings);
    let resolved = config::resolve(&loaded.config, &loaded.files, &providers, date(AS_OF));
    let center = |center: config::ResolvedCenter| {
        let account = center.settings.id.to_string();
        FilesCenter::new(center.settings, account, center.capabilities, center.desired, center.scope.roster)
    };
    Files {
        revision,
        centers: resolved
            .centers
            .into_iter()
            .map(|(id, resolved)| (id, center(resolved)))
            .collect::<BTreeMap<_, _>>(),
        rules: config::rules(&loaded.config, &loaded.files, &providers),
        members: loaded
            .config
            .members
            .iter()
            .map(|entry| {
                let email = entry.value.email.iter().map(|email| ("email", email.value.to_string()));
                (entry.name.value.clone(), email.collect())
            })
            .collect(),
        rows: config::rows(&loaded.config, &loaded.files),
        turns: config::turns(&loaded.config, date(AS_OF)),
        groups: config::groups(&loaded.config),
        guardrails: resolved.guardrails,
        notify: resolved.notify,
        lock: loaded.config.lock.as_ref().map(|lock| lock.value.as_str().to_owned()),
        fallbacks: BTreeMap::new(),
        rates: BTreeMap::new(),
    }
}

/// What leads from one text to the other.
pub(crate) fn between(base: &str, head: &str) -> FilesDiff {
    let then = Revision {
        name: Some("origin/main".to_owned()),
        commit: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
    };
    let now = Revision { name: None, commit: None };
    files::make(&side(base, then), &side(head, now), Terms { allows: &[], as_of: date(AS_OF) })
}

/// Applies edits to a text, each of which must find its place.
pub(crate) fn edited(text: &str, edits: &[(&str, &str)]) -> String {
    edits.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

/// A company with two pools.
pub(crate) const BASE: &str = "\
version: 1
centers:
  gateway: { provider: http, base_url: https://gateway.acme.example, token: { env: BURSAR_TOKEN } }
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
  carol: { email: carol@acme.example }
  dave: { email: dave@acme.example }
  erin: { email: erin@acme.example }
  frank: { email: frank@acme.example }
groups:
  designers: [carol, dave]
pools:
  design-ai:
    center: gateway
    target: { pool: design-ai }
    budget: { limit: 50000, unit: credits, period: monthly, when_exhausted: block }
    access:
      - { group: designers, cap: 300 }
      - { member: alice, cap: 1000 }
      - { member: bob, cap: 500 }
    others: blocked
    alerts:
      - { at: 80%, of: budget, notify: [ops] }
  research:
    center: gateway
    target: { pool: research }
    budget: { unit: USD, period: monthly, when_exhausted: alert }
    access:
      - { member: erin, cap: 100 }
      - { member: frank, cap: 80 }
    others: unmanaged
notify:
  ops: { email: [ai-ops@acme.example] }
guardrails:
  worst_case: { USD: 1000 }
  protected: [alice]
";

/// One person is raised.
pub(crate) fn one() -> FilesDiff {
    between(
        BASE,
        &edited(
            BASE,
            &[(
                "{ member: bob, cap: 500 }",
                "{ member: bob, cap: 2000, reason: \"Leads the AI prototype, approved in DES-212\", expires: 2026-12-31 }",
            )],
        ),
    )
}

/// Something of everything that an edit can mean.
pub(crate) fn everything() -> FilesDiff {
    let head = edited(
        BASE,
        &[
            ("designers: [carol, dave]", "designers: [carol, erin, frank]"),
            (
                "{ member: bob, cap: 500 }",
                "{ member: bob, cap: 2000, reason: Leads the AI prototype, expires: 2026-12-31 }\n      \
                 - { member: dave, cap: 700, starts: 2026-12-01, reason: Joins in December }",
            ),
            ("{ member: alice, cap: 1000 }", "{ member: alice, cap: 800, reason: Back to part time }"),
            ("      - { member: frank, cap: 80 }\n", ""),
            ("limit: 50000", "limit: 60000"),
            ("base_url: https://gateway.acme.example", "base_url: https://gateway.evil.example"),
            ("env: BURSAR_TOKEN", "env: BURSAR_PRODUCTION_TOKEN"),
            ("erin@acme.example", "erin.m@acme.example"),
            ("others: blocked", "others: unmanaged"),
            ("[ai-ops@acme.example]", "[cfo@acme.example]"),
            ("worst_case: { USD: 1000 }", "revocations: { count: 5, percent: 25 }"),
        ],
    );
    let mut diff = between(BASE, &head);
    let origin = Origin::Commit {
        id: "89abcdef0123456789abcdef0123456789abcdef".to_owned(),
        author: "Ana Müller".to_owned(),
        at: "2026-11-20T10:00:00Z".parse().unwrap(),
    };
    let origin = Arc::new(origin);
    for edit in &mut diff.edits {
        edit.change.written = Some(Arc::clone(&origin));
    }
    diff
}

/// An edit in which everything that somebody wrote is hostile.
pub(crate) fn hostile(text: &str) -> FilesDiff {
    let mut diff = everything();
    let origin = Origin::Commit {
        id: "89abcdef0123456789abcdef0123456789abcdef".to_owned(),
        author: text.to_owned(),
        at: "2026-11-20T10:00:00Z".parse().unwrap(),
    };
    let origin = Arc::new(origin);
    for edit in &mut diff.edits {
        edit.change.written = Some(Arc::clone(&origin));
        if let Some(source) = &mut edit.change.source {
            source.file = text.into();
        }
        if let Some(rule) = &mut edit.rule {
            Arc::make_mut(rule).reason = Some(text.into());
        }
    }
    for upcoming in &mut diff.upcoming {
        Arc::make_mut(&mut upcoming.rule).reason = Some(text.into());
    }
    for edit in &mut diff.guardrails {
        edit.before = Some(text.to_owned());
        edit.after = Some(text.to_owned());
    }
    for edit in &mut diff.notify {
        edit.after
            .as_mut()
            .unwrap()
            .insert(Recipient::Login { provider: text.to_owned(), login: text.to_owned() });
    }
    diff.settings = ["centers", "members"]
        .map(|kind| SettingEdit {
            name: format!("{kind}.{text}"),
            before: Some(text.to_owned()),
            after: Some(text.to_owned()),
        })
        .into();
    diff.notes = vec![text.to_owned()];
    for unkept in &mut diff.unkept {
        text.clone_into(&mut unkept.before);
    }
    let subject = Some(Subject::Stranger(text.into()));
    for released in &mut diff.released {
        released.subject.clone_from(&subject);
    }
    for revision in [&mut diff.base, &mut diff.head] {
        revision.name = Some(text.to_owned());
    }
    for refusal in &mut diff.refusals {
        refusal.allow = Some(text.to_owned());
    }
    diff
}

/// Many people are let in, and one loses.
pub(crate) fn many(people: usize) -> FilesDiff {
    let mut diff = everything();
    let given = diff.edits.iter().find(|edit| edit.change.before.is_none()).unwrap().clone();
    for n in 0..people {
        let mut edit = given.clone();
        edit.change.subject = Some(Subject::Member(MemberId::new(&format!("m{n:05}")).unwrap()));
        diff.edits.push(edit);
    }
    let pool = PoolId::new("legacy").unwrap();
    let center = diff.edits[0].change.center.clone();
    diff.released.push(Released { center, pool, subject: None });
    diff
}
