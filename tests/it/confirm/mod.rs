//! `bursar confirm`: what a person says that they set by hand, and the record of it.

mod laws;
mod reading;
mod refused;
mod road;
mod writing;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Output;

use bursar::plan::{Runbook, embedded};
use serde_json::{Value, json};

use crate::secrets::Folder;
use crate::terminal::{bursar, terminal};

pub(crate) const CONFIG: &str = "\
version: 1
centers:
  design:
    provider: figma
    plan: organization
    organization: acme
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
    budget: { unit: credits, period: monthly }
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

/// A folder with a Figma center, as its people export shows it.
pub(crate) struct World(pub(crate) Folder);

impl World {
    pub(crate) fn new() -> Self {
        let folder = Folder::new();
        fs::write(folder.path().join("bursar.yaml"), CONFIG).unwrap();
        fs::write(folder.path().join("people.csv"), PEOPLE).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    pub(crate) fn record(&self) -> String {
        fs::read_to_string(self.path().join("figma.record.yaml")).unwrap()
    }

    /// What the export is known by, as a plan says it.
    pub(crate) fn basis(&self) -> Option<String> {
        let settings = settings(self.path());
        let reader = bursar::centers::reader(&settings).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(reader.read(&bursar::model::Scope::default())).unwrap().basis
    }

    /// The runbook of what a plan has to do here.
    pub(crate) fn book(&self) -> Value {
        let mut book = book(&[
            (1, "cap_amount", &[("bob", "500 credits")]),
            (2, "cap_amount", &[("alice", "2000 credits")]),
            (3, "others", &[("carol@acme.example", "none")]),
        ]);
        book["centers"]["design"]["basis"] = self.basis().into();
        book
    }

    pub(crate) fn run(&self, line: &str) -> Output {
        bursar(self.path()).args(line.split_whitespace()).output().unwrap()
    }

    pub(crate) fn code(&self, line: &str) -> i32 {
        self.run(line).status.code().unwrap()
    }

    pub(crate) fn terminal(&self, line: &str) -> String {
        terminal(self.path(), line)
    }
}

/// The center of the files.
fn settings(folder: &Path) -> bursar::model::CenterSettings {
    let loaded = bursar::config::load(folder, None).unwrap();
    let providers = bursar::centers::providers();
    let day = jiff::civil::date(2026, 11, 22);
    let resolved = bursar::config::resolve(&loaded.config, &loaded.files, &providers, day);
    resolved.centers.into_values().next().unwrap().settings
}

/// A runbook of steps: number, control, and whom it sets to what. A name without an `@` is a member.
pub(crate) fn book(steps: &[(u32, &str, &[(&str, &str)])]) -> Value {
    let item = |(name, level): &(&str, &str)| {
        let address = if name.contains('@') { (*name).to_owned() } else { format!("{name}@acme.example") };
        let mut item = json!({
            "id": format!("design/design-ai/grants/{name}"), "pool": "design-ai", "name": address, "says": "as it shall be",
            "sets": { "person": { "identity": address, "level": level } },
        });
        if !name.contains('@') {
            item["member"] = (*name).into();
        }
        item
    };
    let steps: Vec<Value> = steps
        .iter()
        .map(|(number, control, items)| {
            json!({
                "number": number, "center": "design", "control": control, "title": "Set the level", "clicks": [],
                "select": "items", "seconds": 30, "items": items.iter().map(item).collect::<Vec<_>>(),
            })
        })
        .collect();
    let now = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() - 60).unwrap();
    json!({
        "schema": "bursar.runbook.v1", "made_at": now.to_string(), "plan": "3f2a9c01b2c4".repeat(5),
        "centers": { "design": { "provider": "figma", "identity": "figma acme" } }, "steps": steps,
    })
}

/// A runbook as Markdown, with these boxes ticked (`s1`, `s2.i1`).
pub(crate) fn markdown(book: &Value, ticked: &[&str]) -> String {
    let book: Runbook = serde_json::from_value(book.clone()).unwrap();
    let mut text = "# By hand\n\n".to_owned();
    let tick = |mark: &str| if ticked.contains(&mark) { 'x' } else { ' ' };
    for step in &book.steps {
        let mark = format!("s{}", step.number);
        let _ = writeln!(text, "- [{}] **Step {}. {}** <!-- {mark} -->", tick(&mark), step.number, step.title);
        for (k, item) in step.items.iter().enumerate() {
            let mark = format!("{mark}.i{}", k + 1);
            let _ = writeln!(text, "  - [{}] {}: {} <!-- {mark} -->", tick(&mark), item.name, item.says);
        }
    }
    let _ = writeln!(text, "\n<!-- bursar.runbook.v1 {} -->", embedded(&book).unwrap());
    text
}

/// Makes clocks alike in a snapshot.
macro_rules! shown {
    ($name:literal, $text:expr) => {
        insta::with_settings!({filters => vec![
            (r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\dZ)?", "[time]"),
            (r#"basis: [^ ]+"#, "basis: [basis]"),
        ]}, { insta::assert_snapshot!($name, $text) })
    };
}
pub(crate) use shown;
