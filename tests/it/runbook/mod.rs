//! Manual delivery: the plan that says how much there is to do by hand, and the runbook that an apply writes.

mod hostile;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use crate::output::json::findings;
use crate::secrets::Folder;
use crate::terminal::{bursar, terminal};

const RUNBOOK: &str = include_str!("../../../schema/runbook.v1.schema.json");
const APPLY: &str = include_str!("../../../schema/apply.v1.schema.json");

/// Four changes of each kind that a person makes: a grant, a cut, a revocation, a budget.
pub(crate) const FIGMA: &str = "\
version: 1
centers:
  design:
    provider: figma
    plan: organization
    export:
      people: people.csv
      columns: { email: Email, access: Access, limit: Limit }
      values: { full: [Full access], custom: [Custom limit], none: [No access] }
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
pools:
  design-ai:
    center: design
    target: plan
    budget: { limit: 5000, unit: credits, period: monthly, when_exhausted: block }
    access:
      - { member: alice, cap: 2000 }
      - { member: bob, cap: 500 }
    others: blocked
";

pub(crate) const PEOPLE: &str = "\
Email,Access,Limit
alice@acme.example,Full access,
bob@acme.example,No access,
carol@acme.example,Full access,
dan@acme.example,No access,
";

/// A pool that Bursar writes, beside the one that a person does.
const BOTH: &str = "\
  gateway: { provider: embedded }
members:
";

fn world(config: &str, people: &str) -> Folder {
    let folder = Folder::new();
    fs::write(folder.path().join("bursar.yaml"), config).unwrap();
    fs::write(folder.path().join("people.csv"), people).unwrap();
    folder
}

/// Both kinds of delivery in one plan.
fn both() -> Folder {
    let pool = "  gateway-ai:
    center: gateway
    budget: { limit: 100, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 10 }]
    others: blocked
";
    world(&format!("{}{pool}", FIGMA.replace("members:\n", BOTH)), PEOPLE)
}

fn validator(schema: &str) -> jsonschema::Validator {
    let mut registry = jsonschema::Registry::new();
    for (name, text) in [("plan", include_str!("../../../schema/plan.v1.schema.json")), ("runbook", RUNBOOK)] {
        let schema: Value = serde_json::from_str(text).unwrap();
        assert!(jsonschema::meta::is_valid(&schema));
        registry = registry.add(format!("urn:bursar:schema:{name}.v1"), schema).unwrap();
    }
    let registry = registry.prepare().unwrap();
    let schema: Value = serde_json::from_str(schema).unwrap();
    jsonschema::options()
        .should_validate_formats(true)
        .with_registry(&registry)
        .build(&schema)
        .unwrap()
}

fn kept(schema: &str, value: &Value) {
    let errors = findings(&validator(schema), value);
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
}

/// What the Markdown and the page hold for programs.
fn data(at: &Path, name: &str) -> [Value; 2] {
    let markdown = fs::read_to_string(at.join(format!("{name}.md"))).unwrap();
    let page = fs::read_to_string(at.join(format!("{name}.html"))).unwrap();
    let between = |text: &str, from: &str, to: &str| {
        let start = text.rfind(from).unwrap() + from.len();
        let end = start + text[start..].find(to).unwrap();
        serde_json::from_str(&text[start..end]).unwrap()
    };
    [
        between(&markdown, "<!-- bursar.runbook.v1 ", " -->"),
        between(&page, "<script type=\"application/json\" id=\"runbook\">", "</script>"),
    ]
}

#[test]
fn a_plan_says_how_much_there_is_to_do_and_the_apply_writes_it_down() {
    let folder = world(FIGMA, PEOPLE);
    let at = folder.path();
    assert_snapshot!("plan", terminal(at, "plan"));
    assert!(!at.join(".bursar").exists(), "a plan writes nothing");
    assert_snapshot!("apply", terminal(at, "apply --yes -q --runbook notes/monday.txt"));
    let [markdown, page] = data(at, "notes/monday");
    assert_eq!(markdown, page);
    kept(RUNBOOK, &markdown);
    for file in ["notes/monday.md", "notes/monday.html"] {
        assert_eq!(fs::metadata(at.join(file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
    let text = fs::read_to_string(at.join("notes/monday.md")).unwrap();
    let (text, _) = text.split_once("<!-- bursar.runbook.v1").unwrap();
    let made = markdown["made_at"].as_str().unwrap();
    let text = text
        .replace(&markdown["plan"].as_str().unwrap()[..12], "[hash]")
        .replace(&format!("{} {} UTC", &made[..10], &made[11..16]), "[time]");
    assert_snapshot!("markdown", text);
}

#[test]
fn a_plan_as_a_page_says_it_too() {
    let folder = world(FIGMA, PEOPLE);
    let page = terminal(folder.path(), "plan --format markdown");
    let line = "- `design`: 4 steps, about 4 minutes; `bursar apply` writes the runbook";
    assert!(page.contains(line), "{page}");
    assert!(!page.contains("1. Admin"), "{page}");
}

#[test]
fn every_change_has_one_intent_and_one_outcome_and_programs_are_told_where_the_steps_are() {
    let folder = world(FIGMA, PEOPLE);
    let at = folder.path();
    let line = ["apply", "--yes", "--format", "json", "--journal", "run.jsonl"];
    let out = bursar(at).args(line).output().unwrap();
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    let told: Value = serde_json::from_slice(&out.stdout).unwrap();
    kept(APPLY, &told);
    assert_eq!((&told["summary"]["manual"], &told["verified"]), (&4.into(), &false.into()), "nothing was looked at");
    let runbook = &told["runbook"];
    assert_eq!((&runbook["steps"], &runbook["minutes"]), (&4.into(), &4.into()));
    let markdown = runbook["markdown"].as_str().unwrap();
    assert!(markdown.starts_with(".bursar/runbooks/20"), "{markdown}");
    assert_eq!(data(at, markdown.strip_suffix(".md").unwrap())[0]["steps"].as_array().unwrap().len(), 4);
    let journal = fs::read_to_string(at.join("run.jsonl")).unwrap();
    let count = |kind: &str| journal.lines().filter(|line| line.contains(&format!("\"kind\":\"{kind}\""))).count();
    assert_eq!((count("intent"), count("outcome")), (4, 4), "{journal}");
}

#[test]
fn what_bursar_writes_is_written_and_the_rest_is_a_runbook() {
    let folder = both();
    let at = folder.path();
    let shown = terminal(at, "apply --yes -q --runbook steps");
    assert_snapshot!("both", shown);
    assert!(at.join("steps.md").exists() && at.join("steps.html").exists());
    let again = terminal(at, "plan");
    assert!(again.contains("By hand (4)") && !again.contains("gateway-ai"), "{again}");
}

#[test]
fn a_runbook_replaces_no_file_and_its_failure_changes_nothing() {
    for (there, there_not) in [("steps.md", "steps.html"), ("steps.html", "steps.md")] {
        let folder = both();
        let at = folder.path();
        fs::write(at.join(there), "mine").unwrap();
        let shown = terminal(at, "apply --yes -q --runbook steps.md");
        assert!(shown.contains(&format!("the runbook {there} cannot be written")), "{shown}");
        assert!(shown.contains("nothing was changed; a runbook replaces no file"), "{shown}");
        assert!(shown.ends_with("--- exit 1\n"), "{shown}");
        assert_eq!(fs::read_to_string(at.join(there)).unwrap(), "mine");
        assert!(!at.join(there_not).exists(), "half a runbook");
        assert!(!at.join(".bursar/journals").exists() && !at.join(".bursar/center.db").exists());
    }
    // A folder that cannot be made, and a name that is none.
    let folder = both();
    fs::write(folder.path().join("file"), "").unwrap();
    let shown = terminal(folder.path(), "apply --yes -q --runbook file/steps.md");
    assert!(shown.contains("nothing was changed; name a file that may be made"), "{shown}");
    let shown = terminal(folder.path(), "apply --yes -q --runbook ..");
    assert!(shown.contains("names no file for the runbook") && shown.ends_with("--- exit 64\n"), "{shown}");
    // Where the journal cannot begin, the runbook goes again.
    fs::write(folder.path().join("run.jsonl"), "mine").unwrap();
    let shown = terminal(folder.path(), "apply --yes -q --runbook steps.md --journal run.jsonl");
    assert!(shown.ends_with("--- exit 1\n"), "{shown}");
    assert!(!folder.path().join("steps.md").exists() && !folder.path().join("steps.html").exists());
}

#[test]
fn what_a_guardrail_refuses_is_no_runbook() {
    let folder = world(&format!("{FIGMA}guardrails: {{ revocations: {{ count: 0 }} }}\n"), PEOPLE);
    let at = folder.path();
    assert!(terminal(at, "apply --yes -q --runbook steps.md").ends_with("--- exit 3\n"));
    assert!(!at.join("steps.md").exists() && !at.join(".bursar/runbooks").exists());
    assert!(terminal(at, "apply --yes -q --runbook steps.md --allow revocations=1").ends_with("--- exit 0\n"));
    assert!(at.join("steps.md").exists());
}

#[test]
fn nothing_by_hand_is_no_runbook() {
    let folder = crate::terminal::example("quickstart");
    assert!(terminal(folder.path(), "apply --yes -q --runbook steps.md").ends_with("--- exit 0\n"));
    assert!(!folder.path().join("steps.md").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn whoever_is_asked_is_told_what_a_yes_is_to() {
    use crate::process::on_a_terminal;
    let folder = world(FIGMA, PEOPLE);
    let Some((shown, code)) = on_a_terminal(folder.path(), "apply --runbook steps", "n\n", &[]) else { return };
    assert!(shown.contains("Write the runbook for these 4 changes? [y/N]") && code == 1, "{shown}");
    assert!(!folder.path().join("steps.md").exists());
    let folder = both();
    let (shown, code) = on_a_terminal(folder.path(), "apply --runbook steps", "y\n", &[]).unwrap();
    let asked = "Make 2 of these 6 changes, and write the runbook for the other 4? [y/N]";
    assert!(shown.contains(asked) && code == 0, "{shown}");
    assert!(folder.path().join("steps.md").exists());
}

#[test]
fn the_schemas_are_printed() {
    let folder = Folder::new();
    for name in ["runbook", "confirmation"] {
        let shown = terminal(folder.path(), &format!("schema {name}"));
        assert!(shown.contains(&format!("urn:bursar:schema:{name}.v1")), "{shown}");
    }
}
