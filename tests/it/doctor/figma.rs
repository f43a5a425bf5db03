//! A Figma account: its plan, its export and its record tell which controls it has.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use bursar::centers;
use bursar::config;
use bursar::model::{Amount, Cap, CenterId, CenterRecord, Confirmed, ControlName, Level, Unit, parse_decimal};
use bursar::output::doctor::{Examined, Wants, json, note, text};
use bursar::output::text::Style;
use bursar::plan;
use insta::assert_snapshot;
use jiff::civil::date;

use super::{EXPORT, FIGMA, doctor, world};
use crate::output::json::{findings, validator};
use crate::terminal::terminal;

/// What somebody wrote into a record.
pub(super) fn confirmed<T>(value: T, by: &str) -> Confirmed<T> {
    Confirmed { value, by: by.to_owned(), at: "2026-11-18T10:00:00Z".parse().unwrap(), plan: None, basis: None }
}

/// Looks at the only center of a folder, with controls that are missing and people whose level is confirmed.
pub(super) fn examined(at: &Path, missing: &[ControlName], capped: &[&str], by: &str) -> Examined {
    let cap = Cap::Amount(Amount::new(parse_decimal("2000").unwrap(), Unit::Credits).unwrap());
    looked(at, &|record| {
        record.missing = missing.iter().map(|control| (*control, confirmed((), by))).collect();
        record.people = capped.iter().map(|name| ((*name).to_owned(), confirmed(Level::Cap(cap), by))).collect();
    })
}

/// Looks at the only center of a folder, with a record.
fn looked(at: &Path, with: &dyn Fn(&mut CenterRecord)) -> Examined {
    let loaded = config::load(at, None).unwrap();
    let today = date(2026, 11, 22);
    let mut resolved = config::resolve(&loaded.config, &loaded.files, &centers::providers(), today);
    let mut center = resolved.centers.remove("design").unwrap();
    with(&mut center.scope.record);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let checkup = runtime.block_on(centers::checkup(&center.settings, &center.scope, Duration::from_secs(15)));
    Examined {
        center: CenterId::new("design").unwrap(),
        capabilities: center.capabilities,
        needed: plan::needed(&center.desired, center.capabilities),
        checkup,
        exported: center.settings.export.as_ref().and_then(|export| export.taken),
        wants: Wants::of(&center.desired, &BTreeMap::new()),
        used: true,
    }
}

fn shown(examined: &Examined) -> String {
    let mut out = Vec::new();
    let centers = std::slice::from_ref(examined);
    text(&mut out, centers, date(2026, 11, 22), Style::default()).unwrap();
    let mut program = Vec::new();
    json(&mut program, centers, date(2026, 11, 22)).unwrap();
    let program: serde_json::Value = serde_json::from_slice(&program).unwrap();
    let errors = findings(&validator(super::SCHEMA), &program);
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(program["ok"], examined.problems().is_empty());
    String::from_utf8(out).unwrap()
}

#[test]
fn nobody_confirmed_anything() {
    let folder = world(FIGMA, EXPORT);
    assert_snapshot!("doctor_figma_no_record", terminal(folder.path(), "doctor --as-of 2026-11-22"));
    let (value, code) = doctor(folder.path(), "", &[]);
    assert_eq!(code, 0, "what a person can set is there");
    let control = |name: &str| {
        let controls = value["centers"][0]["controls"].as_array().unwrap();
        controls.iter().find(|control| control["control"] == name).unwrap().clone()
    };
    assert_eq!(control("cap_amount")["availability"], "console_only");
    assert!(control("cap_amount")["why"].as_str().unwrap().contains("--missing cap_amount"));
    // What Figma does not have and Bursar does without.
    for own in ["alert", "expiry"] {
        assert_eq!(control(own)["availability"], "not_offered");
        assert_eq!(
            (&control(own)["missing"], control(own)["needed"][0]["pool"].as_str()),
            (&false.into(), Some("design-ai"))
        );
    }
}

#[test]
fn a_column_for_limits_shows_the_control() {
    let folder = world(&FIGMA.replace("access: Access }", "access: Access, limit: Limit }"), EXPORT);
    let (value, _) = doctor(folder.path(), "", &[]);
    assert!(value.to_string().contains("the export has a column for it (`Limit`)"), "{value:#}");
    let folder = world(
        &FIGMA.replace("access: Access }", "access: Access, limit: Limit }"),
        &EXPORT.replace("Full access,", "Custom limit,300"),
    );
    let (value, _) = doctor(folder.path(), "", &[]);
    assert!(value.to_string().contains("the export shows 1 person with one"), "{value:#}");
}

#[test]
fn a_control_that_is_missing() {
    let folder = world(FIGMA, EXPORT);
    let examined = examined(folder.path(), &[ControlName::CapAmount], &[], "Ada Lovelace");
    assert_eq!(examined.problems(), ["cap: amount: not enabled yet"]);
    assert_snapshot!("doctor_figma_missing", shown(&examined));
}

#[test]
fn a_missing_control_that_nobody_needs_is_no_problem() {
    let folder = world(FIGMA, EXPORT);
    let examined = examined(folder.path(), &[ControlName::CapZero], &[], "Ada Lovelace");
    assert_eq!(examined.problems(), [""; 0]);
}

#[test]
fn what_was_confirmed_shows_the_control() {
    let folder = world(FIGMA, EXPORT);
    let examined = examined(folder.path(), &[], &["alice@acme.example"], "Ada Lovelace");
    let shown = shown(&examined);
    assert!(shown.contains("Ada Lovelace confirmed on 2026-11-18 that somebody has one"), "{shown}");
    assert!(shown.contains("confirmed in figma.record.yaml: 1 person"), "{shown}");
}

#[test]
fn another_plan() {
    let folder = world(&FIGMA.replace("plan: organization", "plan: professional"), EXPORT);
    assert_snapshot!("doctor_figma_professional", terminal(folder.path(), "doctor --as-of 2026-11-22"));
}

/// Billing groups are of the plan `enterprise`; where the files are let through all the same, they cannot be used.
#[test]
fn a_plan_that_has_no_billing_groups() {
    let text = FIGMA
        .replace("target: plan", "target: { billing_group: Design }")
        .replace("access: Access }", "access: Access, billing_group: Group }");
    let folder = world(&text, "Email,Access,Group\nalice@acme.example,Full access,Design\n");
    let examined = examined(folder.path(), &[], &[], "Ada");
    assert_eq!(examined.problems(), ["budget: needs plan enterprise"]);
    assert_snapshot!("doctor_figma_wrong_plan", shown(&examined));
    let mut out = Vec::new();
    assert!(note(&mut out, &[examined], false).unwrap());
    assert_snapshot!("doctor_note_wrong_plan", String::from_utf8(out).unwrap());
}

#[test]
fn an_export_that_is_not_there() {
    let folder = world(FIGMA, EXPORT);
    std::fs::remove_file(folder.path().join("people.csv")).unwrap();
    assert_snapshot!("doctor_figma_no_export", terminal(folder.path(), "doctor --as-of 2026-11-22"));
    // What is known without it is said all the same.
    let examined = examined(folder.path(), &[ControlName::CapAmount], &[], "Ada");
    assert_eq!(examined.problems(), ["it cannot be read", "cap: amount: not enabled yet"]);
}

#[test]
fn the_age_of_an_export() {
    for (day, words) in [
        ("2026-11-20", "exported 2026-11-20, today"),
        ("2026-11-21", "yesterday"),
        ("2026-11-27", "7 days ago"),
        ("2026-11-28", "8 days ago: export anew"),
        ("2026-11-19", "exported on 2026-11-20, says `taken`, and that is after 2026-11-19"),
    ] {
        let folder = world(FIGMA, EXPORT);
        let shown = terminal(folder.path(), &format!("doctor --as-of {day}")).replace("\n              ", " ");
        assert!(shown.contains(words), "{day}\n{shown}");
        assert_eq!(shown.contains("export anew"), day == "2026-11-28", "{shown}");
    }
}

/// A pipe that nobody writes to, where a file should be.
#[cfg(unix)]
#[test]
fn an_export_that_never_ends() {
    let folder = world(FIGMA, EXPORT);
    let pipe = folder.path().join("people.csv");
    std::fs::remove_file(&pipe).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let started = std::time::Instant::now();
    let (value, code) = doctor(folder.path(), "--timeout 1", &[]);
    assert_eq!((code, &value["centers"][0]["reached"]["state"]), (1, &"not_reached".into()));
    assert!(started.elapsed() < Duration::from_secs(20));
    std::fs::remove_file(pipe).unwrap();
}

/// What an export or a record says may be anything.
#[test]
fn nothing_hidden_passes() {
    let evil = "Ada\u{1b}[2J\n\u{202e}::error::x\r`|<b>";
    let folder = world(FIGMA, EXPORT);
    let mut examined = examined(folder.path(), &[ControlName::CapAmount], &[], evil);
    examined.checkup.identity = Some(evil.to_owned());
    examined.checkup.plan = Some(evil.to_owned());
    examined.checkup.notes.push(evil.to_owned());
    let mut message = Vec::new();
    assert!(note(&mut message, std::slice::from_ref(&examined), false).unwrap());
    for text in [shown(&examined), String::from_utf8(message).unwrap()] {
        assert!(text.chars().all(|c| c == '\n' || !bursar::output::escape::is_hidden(c)), "{text:?}");
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::error")), "{text}");
    }
}

#[test]
fn tokens_that_nobody_set() {
    let text = FIGMA.replace("plan: organization\n", "plan: enterprise\n    token: { env: USAGE_TOKEN }\n");
    let folder = world(&text, EXPORT);
    let (value, code) = doctor(folder.path(), "", &[]);
    assert_eq!((code, &value["centers"][0]["tokens"][0]["state"]), (1, &"not_set".into()), "{value:#}");
    let (value, code) = doctor(folder.path(), "", &[("USAGE_TOKEN", "two words")]);
    assert_eq!((code, &value["centers"][0]["tokens"][0]["state"]), (1, &"malformed".into()), "{value:#}");
    assert!(!value.to_string().contains("two words"), "{value:#}");
}

/// A center that would hold the pool must be there as soon as it is needed, and not before.
#[test]
fn a_fallback_is_looked_at_when_it_is_needed() {
    let text = FIGMA
        .replace(
            "members:",
            "  gate: { provider: http, base_url: \"http://127.0.0.1:1\", token: { env: NO_TOKEN } }\nmembers:",
        )
        .replace("    others: blocked\n", "    others: blocked\n    fallback: gate\n");
    let folder = world(&text, EXPORT);
    let (value, code) = doctor(folder.path(), "", &[]);
    assert_eq!((code, &value["centers"][1]["used"]), (0, &false.into()), "{value:#}");
    std::fs::remove_file(folder.path().join("people.csv")).unwrap();
    let (value, code) = doctor(folder.path(), "", &[]);
    assert_eq!((code, &value["centers"][1]["used"]), (1, &true.into()), "{value:#}");
    assert_eq!(value["centers"][1]["problems"][0], "the token in $NO_TOKEN is not set");
}

/// Somebody did not find it on the 18th; what is newer than that counts more.
#[test]
fn a_control_that_came_later() {
    let text = FIGMA.replace("access: Access }", "access: Access, limit: Limit }");
    let export = EXPORT.replace("Full access,", "Custom limit,300");
    let missing = |text: &str, export: &str, confirmed: Option<&str>| {
        let folder = world(text, export);
        let at = confirmed.map(|at| at.parse().unwrap());
        let examined = looked(folder.path(), &|record| {
            record.missing.insert(ControlName::CapAmount, self::confirmed((), "Ada"));
            if let Some(at) = at {
                let level =
                    Level::Cap(Cap::Amount(Amount::new(parse_decimal("2000").unwrap(), Unit::Credits).unwrap()));
                record
                    .people
                    .insert("alice@acme.example".to_owned(), Confirmed { at, ..self::confirmed(level, "Bo") });
            }
        });
        !examined.problems().is_empty()
    };
    assert!(missing(&text, EXPORT, None), "nobody in the export has a limit");
    assert!(!missing(&text, &export, None), "the export of the 20th shows one");
    for early in ["2026-11-17", "2026-11-18"] {
        assert!(missing(&text.replace("2026-11-20", early), &export, None), "that export is no newer");
    }
    assert!(missing(&text.replace("      taken: 2026-11-20\n", ""), &export, None), "nobody knows how old it is");
    assert!(missing(&text, EXPORT, Some("2026-11-18T09:59:59Z")));
    assert!(!missing(&text, EXPORT, Some("2026-11-18T10:00:01Z")));
}
