//! What a fallback must stand: what is missing, what comes in between, what is near, and what else a run may be asked.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{CONFIG, DONE, MISSING, control_comes, ok, world};
use crate::base::Clone;
use crate::secrets::Folder;
use crate::terminal::{bursar, folder};

/// The code, stdout and stderr of a run.
fn run(at: &Path, line: &str) -> (i32, String, String) {
    let out = bursar(at).args(line.split_whitespace()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (out.status.code().unwrap(), text(&out.stdout), text(&out.stderr))
}

fn json(at: &Path, line: &str) -> Value {
    let (_, out, said) = run(at, &format!("{line} --format json"));
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{line}: {error}\n{said}"))
}

/// `center kind subject effect cause` of each change.
fn changes(plan: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let changes = plan["changes"].as_array().unwrap().iter();
    changes
        .map(|change| ["center", "kind", "subject", "effect", "cause"].map(|key| word(&change[key])).join(" "))
        .collect()
}

fn edit(at: &Path, from: &str, to: &str) {
    let path = at.join("bursar.yaml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replace(from, to)).unwrap();
}

fn everything_is_set(at: &Path) {
    control_comes(at);
    fs::write(at.join("people.csv"), DONE).unwrap();
}

/// A world in which the pool is held already.
fn held() -> Folder {
    let folder = world();
    ok(folder.path(), "apply --yes");
    folder
}

#[test]
fn pools_with_a_near_name_are_nobody_s_fallback() {
    let folder = folder(CONFIG);
    let at = folder.path();
    let near = ["bursar-fallback", "bursar-fallback-design-ai2", "design-ai", "bursar-fallback-plain"];
    let mut planted = "version: 1\ncenters:\n  gateway: { provider: embedded }\npools:\n".to_owned();
    for (i, name) in near.iter().enumerate() {
        let named = format!("{{ center: gateway, target: {{ pool: {name} }}");
        writeln!(planted, "  p{i}: {named}, budget: {{ unit: credits }}, access: [], others: blocked }}").unwrap();
    }
    fs::write(at.join("planted.yaml"), planted).unwrap();
    ok(at, "-c planted.yaml apply --yes");
    fs::write(at.join("people.csv"), super::PEOPLE).unwrap();
    fs::write(at.join("figma.record.yaml"), MISSING).unwrap();
    // A pool of the fallback's own, which falls back nowhere, beside an object that is named as if it did.
    edit(
        at,
        "pools:\n",
        "pools:\n  plain: { center: gateway, budget: { unit: credits }, access: [], others: blocked }\n",
    );
    let there = |name: &str| ok(at, "import --center gateway").contains(&format!("\n  {name}:\n"));
    assert!(there("design-ai") && !there("bursar-fallback-design-ai"), "{}", ok(at, "import --center gateway"));
    ok(at, "apply --yes");
    assert!(there("bursar-fallback-design-ai"));
    let said = ok(at, "import --center gateway");
    assert!(said.contains("bursar-fallback-design-ai belongs to the fallback of design-ai"), "{said}");
    assert!(said.contains("bursar-fallback-plain belongs to a fallback: it was made"), "{said}");
    assert!(!said.contains("bursar-fallback belongs"), "{said}");

    everything_is_set(at);
    let plan = json(at, "plan");
    assert_eq!(changes(&plan), ["gateway pool.delete - neutral unattributed"]);
    assert_eq!(plan["changes"][0]["people"].as_array().unwrap().len(), 2);
    ok(at, "apply --yes");
    assert!(!there("bursar-fallback-design-ai"));
    for name in near {
        assert!(there(name), "{name} is not Bursar's to delete");
    }
    let said = ok(at, "plan");
    assert!(said.contains("bursar-fallback-plain held a pool for another center, and no file asks"), "{said}");
}

#[test]
fn what_cannot_be_asked_moves_nothing() {
    let folder = held();
    let at = folder.path();
    let before = ok(at, "import --center gateway");
    // Neither while it is there, nor on the way back.
    for offered in [false, true] {
        if offered {
            everything_is_set(at);
        }
        let export = fs::read(at.join("people.csv")).unwrap();
        fs::remove_file(at.join("people.csv")).unwrap();
        for line in ["plan", "plan --center gateway", "plan --pool design-ai", "apply --yes"] {
            let (code, out, said) = run(at, line);
            assert_eq!((code, out.as_str()), (1, ""), "{line}\n{said}");
            assert!(said.contains("center design") && said.contains("people.csv"), "{line}\n{said}");
        }
        fs::write(at.join("people.csv"), export).unwrap();
    }
    assert_eq!(ok(at, "import --center gateway"), before);
}

#[test]
fn a_fallback_that_cannot_be_reached_is_an_error() {
    let folder = world();
    let at = folder.path();
    fs::create_dir(at.join(".bursar")).unwrap();
    fs::write(at.join(".bursar/center.db"), "this is no database, and long enough to be looked at").unwrap();
    for line in ["plan", "apply --yes", "plan --pool design-ai"] {
        let (code, out, said) = run(at, line);
        assert_eq!((code, out.as_str()), (1, ""), "{line}\n{said}");
        assert!(said.contains("center gateway") && said.contains("help:"), "{line}\n{said}");
    }
    // Its own center can be looked at alone, and nothing is asked of a person there.
    let said = ok(at, "plan --center design");
    assert!(said.contains("Nothing to change") && said.contains("is held by gateway"), "{said}");
}

#[test]
fn a_control_that_goes_after_the_move_back_moves_the_pool_again() {
    let folder = held();
    let at = folder.path();
    everything_is_set(at);
    ok(at, "apply --yes");
    assert!(!ok(at, "import --center gateway").contains("bursar-fallback-design-ai"));

    fs::write(at.join("figma.record.yaml"), MISSING).unwrap();
    let plan = json(at, "plan");
    let again = [
        "gateway pool.create - neutral unattributed",
        "gateway grant.add alice grants unattributed",
        "gateway grant.add bob grants unattributed",
    ];
    let got = changes(&plan);
    assert_eq!(got.len(), again.len(), "nothing is taken at home: {got:?}");
    assert!(got.iter().all(|change| change.starts_with("gateway ")), "{got:?}");
    ok(at, "apply --yes");
    assert!(ok(at, "draw design-ai bob 10").contains("drawn: 10"));
    everything_is_set(at);
    assert_eq!(changes(&json(at, "plan")), ["gateway pool.delete - neutral unattributed"]);
}

#[test]
fn what_is_saved_is_what_is_done() {
    let folder = world();
    let at = folder.path();
    ok(at, "plan --out plan.json");
    assert!(ok(at, "verify plan.json").contains("exactly what would be done"));
    // The control comes before somebody applies it: nobody approved to move the pool by now.
    control_comes(at);
    let (code, _, said) = run(at, "apply plan.json --yes");
    assert_eq!(code, 5, "{said}");
    assert_ne!(run(at, "verify plan.json").0, 0);
    assert!(!at.join(".bursar/center.db").exists(), "nothing was made");
    fs::write(at.join("figma.record.yaml"), MISSING).unwrap();
    ok(at, "apply plan.json --yes");
    assert!(ok(at, "plan").contains("Nothing to change"));
}

#[test]
fn one_pool_and_one_center() {
    let folder = world();
    let at = folder.path();
    assert!(ok(at, "plan --center design").contains("Nothing to change"));
    assert_eq!(json(at, "plan --pool design-ai")["changes"].as_array().unwrap().len(), 3);
    assert_eq!(json(at, "plan --pool design-ai --center gateway")["changes"].as_array().unwrap().len(), 3);
    ok(at, "apply --pool design-ai --yes");
    everything_is_set(at);
    assert!(ok(at, "plan --center design").contains("Nothing to change"), "the fallback is not of this plan");
    for line in ["plan --center gateway", "plan --pool design-ai", "plan --pool design-ai --center gateway"] {
        assert_eq!(changes(&json(at, line)), ["gateway pool.delete - neutral unattributed"], "{line}");
    }
}

#[test]
fn a_run_that_died_is_finished() {
    let folder = world();
    let at = folder.path();
    ok(at, "apply --yes --journal run.jsonl");
    let journal = fs::read_to_string(at.join("run.jsonl")).unwrap();
    let lines: Vec<&str> = journal.lines().collect();
    // It died before it heard of the last writes, and one of them was not made.
    let torn = lines.len() - 2;
    fs::write(at.join("run.jsonl"), lines[..torn].join("\n") + "\n").unwrap();
    let center = rusqlite::Connection::open(at.join(".bursar/center.db")).unwrap();
    let bob = "DELETE FROM grants WHERE member = (SELECT id FROM members WHERE name = 'bob')";
    assert_eq!(center.execute(bob, []).unwrap(), 1);
    drop(center);
    ok(at, "resume run.jsonl --yes");
    assert!(ok(at, "plan").contains("Nothing to change"));
    assert!(ok(at, "draw design-ai bob 10").contains("drawn: 10"));
}

#[test]
fn the_fallback_keeps_others_and_the_last_day() {
    let folder = world();
    let at = folder.path();
    edit(at, "cap: 500 }", "cap: 500, expires: 2026-12-31 }");
    edit(at, "    others: blocked\n", "    others: { cap: 5 }\n");
    edit(at, "  bob: {", "  carol: { email: carol@acme.example }\n  bob: {");
    ok(at, "apply --yes --as-of 2026-11-23");
    let pools = ok(at, "import --center gateway --as-of 2026-11-23");
    assert!(pools.contains("others: { cap: 5 }") && pools.contains("expires: 2026-12-31"), "{pools}");
    assert!(ok(at, "draw design-ai carol 5").contains("drawn: 5"), "one of the others");
    // A day later his rule still names him, so he is not one of the others.
    let plan = json(at, "plan --as-of 2027-01-01");
    let got = changes(&plan);
    assert!(got.len() == 1 && got[0].starts_with("gateway grant.") && got[0].contains(" bob "), "{plan:#}");
}

#[test]
fn guardrails_hold_for_a_pool_that_moves() {
    let folder = world();
    let at = folder.path();
    let text =
        CONFIG.to_owned() + "guardrails: { additions: { count: 1 }, revocations: { count: 0 }, protected: [alice] }\n";
    fs::write(at.join("bursar.yaml"), &text).unwrap();
    let (code, _, said) = run(at, "apply --yes");
    assert_eq!(code, 3, "{said}");
    ok(at, "apply --yes --allow additions=2");
    // Nobody loses anything on the way back.
    everything_is_set(at);
    let plan = json(at, "plan");
    assert_eq!(plan["refusals"], serde_json::json!([]), "{plan:#}");
    // Somebody does who is not at home.
    fs::write(at.join("figma.record.yaml"), MISSING).unwrap();
    fs::write(
        at.join("bursar.yaml"),
        CONFIG
            .replace("  bob: {", "  eve: { email: eve@acme.example }\n  bob: {")
            .replace("cap: 500 }\n", "cap: 500 }\n      - { member: eve, cap: 5 }\n"),
    )
    .unwrap();
    ok(at, "apply --yes");
    fs::write(at.join("bursar.yaml"), &text).unwrap();
    everything_is_set(at);
    let (code, out, _) = run(at, "plan");
    assert_eq!(code, 3, "{out}");
    assert!(
        out.contains("1 person, and 2 more with the same right elsewhere") && out.contains("hits 1 person: eve"),
        "{out}"
    );
    let page = run(at, "plan --format markdown").1;
    assert!(page.contains("hits 1 person: `eve`") && !page.contains("hits 3 people"), "{page}");
    assert_eq!(json(at, "plan")["refusals"][0]["allow"], "revocations=1");
}

/// An own center that is written by API: the creation and the removal are two applies.
#[test]
fn the_move_to_another_own_center_is_two_applies() {
    let folder = held();
    let at = folder.path();
    edit(at, "  gateway: {", "  main: { provider: embedded, path: main.db }\n  gateway: {");
    edit(at, "    center: design\n    target: plan\n", "    center: main\n");
    let plan = json(at, "plan");
    assert!(changes(&plan).iter().all(|change| change.starts_with("main ")), "{plan:#}");
    let said = ok(at, "apply --yes");
    assert!(!said.contains("not effective"), "{said}");
    assert_eq!(changes(&json(at, "plan")), ["gateway pool.delete - neutral unattributed"]);
    ok(at, "apply --yes");
    assert!(ok(at, "plan").contains("Nothing to change"));
    assert!(ok(at, "draw design-ai bob 10").contains("drawn: 10"));
}

#[test]
fn causes_are_told_there_too() {
    let clone = Clone::empty();
    let at = clone.at();
    let outside = CONFIG.replace("    fallback: gateway\n", "");
    clone.write("bursar.yaml", &outside);
    clone.write("people.csv", super::PEOPLE);
    clone.write("figma.record.yaml", MISSING);
    clone.commit("Begin");
    clone.write("bursar.yaml", CONFIG);
    clone.commit("Fall back");
    let plan = json(at, "plan --base HEAD~1");
    assert!(changes(&plan).iter().all(|change| change.ends_with(" config")), "{plan:#}");
    ok(at, "apply --yes");
    // Somebody takes bob out past the files.
    let center = rusqlite::Connection::open(at.join(".bursar/center.db")).unwrap();
    let bob = "DELETE FROM grants WHERE member = (SELECT id FROM members WHERE name = 'bob')";
    assert_eq!(center.execute(bob, []).unwrap(), 1);
    drop(center);
    assert_eq!(changes(&json(at, "plan --base HEAD")), ["gateway grant.add bob grants drift"]);
    ok(at, "apply --yes");

    // What an edit of the fallback means is told without any center.
    clone.edit("bursar.yaml", "    fallback: gateway\n", "    fallback: second\n");
    clone.edit("bursar.yaml", "  gateway: {", "  second: { provider: embedded, path: second.db }\n  gateway: {");
    clone.edit("bursar.yaml", "pools:\n", "rates: { figma_credit: \"0.024 USD\" }\npools:\n");
    let text = ok(at, "diff HEAD");
    assert!(text.contains("pools.design-ai.fallback: gateway → second"), "{text}");
    assert!(text.contains("rates.figma_credit: not set → 0.024 USD"), "{text}");
    let page = ok(at, "diff HEAD --format markdown");
    assert!(page.contains("fallback") && page.contains("0.024 USD"), "{page}");
    let settings = json(at, "diff HEAD")["settings"].clone();
    let expected = serde_json::json!({ "name": "pools.design-ai.fallback", "before": "gateway", "after": "second" });
    assert!(settings.as_array().unwrap().contains(&expected), "{settings:#}");
    clone.commit("Another one");
    // And a center's other name is only a name.
    let text = fs::read_to_string(at.join("bursar.yaml")).unwrap().replace("second:", "spare:");
    clone.write("bursar.yaml", &text.replace("fallback: second", "fallback: spare"));
    let text = ok(at, "diff HEAD");
    assert!(!text.contains("design-ai.fallback") && text.contains("second → spare"), "{text}");
}
