//! The ChatGPT center, against a fake with the vendor's rules and quirks: as processes, as people and jobs run it.

mod doctor;
mod faults;
mod groups;
mod many;
mod newer;
mod requests;
mod road;
mod traps;

use std::fmt::Write as _;

use serde_json::Value;

use crate::fakes::chatgpt as fake;
use crate::secrets::Folder;
use crate::terminal::{bursar, folder, show};
use fake::Fake;

pub(crate) use fake::KEY;

/// The variable that holds the key.
const VARIABLE: &str = "BURSAR_CHATGPT_TOKEN";

/// A pool that is the workspace, with these rules and others.
fn whole(access: &str, others: &str) -> String {
    pool("chat", "workspace", &format!("access: [{access}]\n    others: {others}"))
}

/// A pool that is the group Designers.
fn designers(access: &str, rest: &str) -> String {
    pool("design", "{ group: Designers }", &format!("access: [{access}]\n    {rest}"))
}

fn pool(name: &str, target: &str, rest: &str) -> String {
    format!(
        "  {name}:\n    center: chat\n    target: {target}\n    budget: {{ unit: credits, period: monthly }}\n    {rest}\n"
    )
}

/// A workspace, and files that lead to it.
struct World {
    fake: Fake,
    folder: Folder,
    people: Vec<String>,
}

impl World {
    /// A workspace of these people, of whom the files know everybody whose name does not begin with `x`.
    fn of(people: &[&str], pools: &str) -> Self {
        let fake = Fake::start();
        fake.state(|state| people.iter().for_each(|name| state.join(name)));
        let people = people
            .iter()
            .filter(|name| !name.starts_with('x'))
            .map(|name| (*name).to_owned())
            .collect();
        let world = Self { fake, folder: folder(""), people };
        world.files(pools);
        world
    }

    /// Other files.
    fn files(&self, pools: &str) {
        let mut text = format!(
            "version: 1\ncenters:\n  chat:\n    provider: chatgpt\n    workspace: {}\n    base_url: {}\n    token: {{ env: {VARIABLE} }}\nmembers:\n",
            fake::WORKSPACE,
            self.fake.url()
        );
        for name in &self.people {
            let _ = writeln!(text, "  {name}: {{ email: {name}@acme.example }}");
        }
        // The worlds are small, so that a share of them is soon large.
        let _ = write!(
            text,
            "pools:\n{pools}guardrails:\n  revocations: {{ count: 20, percent: 100 }}\n  cuts: {{ count: 20, percent: 100 }}\n"
        );
        std::fs::write(self.folder.path().join("bursar.yaml"), text).unwrap();
    }

    fn command(&self, line: &str) -> std::process::Output {
        let mut command = bursar(self.folder.path());
        if self.fake.state(|state| state.newer || state.words) {
            // Shapes that came after the vendor's description, and bodies of errors, which it does not describe.
            command.env_remove("BURSAR_HTTP_LOG");
        }
        command.env(VARIABLE, KEY).args(line.split_whitespace()).output().unwrap()
    }

    /// Runs, and shows it as a terminal would.
    fn run(&self, line: &str) -> String {
        show(line, &self.command(line), self.folder.path())
    }

    fn code(&self, line: &str) -> i32 {
        self.command(line).status.code().unwrap()
    }

    /// Runs for the JSON on stdout.
    fn json(&self, line: &str) -> Value {
        let out = self.command(&format!("{line} --format json"));
        let said = String::from_utf8_lossy(&out.stderr);
        serde_json::from_slice(&out.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    /// Everything that a plan would change: the object, what it means, and how it is delivered where that is no call.
    fn planned(&self) -> Vec<String> {
        let plan = self.json("plan");
        let change = |change: &Value| {
            let delivery = match &change["delivery"] {
                Value::String(api) if api == "api" => String::new(),
                Value::String(other) => format!(" ({other})"),
                _ => " (manual)".to_owned(),
            };
            let people = change["people"].as_array().map_or(0, Vec::len);
            let people = if people > 0 { format!(" of {people}") } else { String::new() };
            format!("{} {}{people}{delivery}", change["id"].as_str().unwrap(), change["effect"].as_str().unwrap())
        };
        let all = plan["changes"].as_array().into_iter().chain(plan["asserts"].as_array()).flatten();
        all.map(change).collect()
    }

    /// Applies, and tells what became of each change.
    fn applied(&self, more: &str) -> Vec<String> {
        let applied = self.json(&format!("apply --yes {more}"));
        let outcome = |outcome: &Value| {
            let id = outcome["change"]["id"].as_str().or(outcome["change"].as_str()).unwrap_or_default();
            let message = outcome["message"].as_str().map_or(String::new(), |message| format!(": {message}"));
            format!("{id} {}{message}", outcome["outcome"].as_str().unwrap())
        };
        let words: Vec<String> = applied["outcomes"].as_array().unwrap().iter().map(outcome).collect();
        words.into_iter().map(|words| words.replace(self.fake.url(), "URL")).collect()
    }

    /// The notes of a plan.
    fn notes(&self) -> Vec<String> {
        let plan = self.json("plan");
        let notes = plan["notes"].as_array().unwrap().iter();
        notes.map(|note| note["message"].as_str().unwrap().to_owned()).collect()
    }

    /// That the files and the workspace agree.
    #[track_caller]
    fn converged(&self) {
        let plan = self.run("plan --detailed-exitcode");
        assert!(plan.ends_with("--- exit 0\n"), "{plan}");
    }

    /// What was written since the last look, in its order, without what it was.
    fn writes(&self) -> Vec<String> {
        self.fake.asked().into_iter().filter(|line| !line.starts_with("GET ")).collect()
    }
}
