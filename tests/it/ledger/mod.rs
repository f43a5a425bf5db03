//! The ledger: what runs write into it, what `bursar log` tells of it, and that nobody changes it unseen.

mod broken;
mod chain;
mod killed;
mod road;
mod told;
mod who;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use bursar::ledger::{Story, What, append};
use bursar::model::Place;
use bursar::store::Document;
use jsonschema::Validator;
use serde_json::Value;

use crate::output::json::PLAN;
use crate::secrets::Folder;
use crate::terminal::{Bursar, bursar, folder, show};

const LEDGER: &str = include_str!("../../../schema/ledger.v1.schema.json");
const LOG: &str = include_str!("../../../schema/log.v1.schema.json");

pub(crate) const CONFIG: &str = "\
version: 1
centers:
  local: { provider: embedded }
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example, github: bobby }
pools:
  ai:
    center: local
    budget: { limit: 9000, unit: credits, period: monthly, when_exhausted: block }
    access:
      - { member: alice, cap: 300 }
      - { member: bob, cap: 500 }
    others: blocked
";

/// A folder with a repository, whose commits are always the same.
pub(crate) struct World(pub(crate) Folder);

impl World {
    pub(crate) fn new(text: &str) -> Self {
        let world = Self(folder(text));
        world.git("Ana", &["init", "-q", "-b", "main"]);
        fs::write(world.path().join(".gitignore"), ".bursar/\n").unwrap();
        world.commit("Ana", "Begin with the pilot");
        world
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    fn git(&self, author: &str, args: &[&str]) {
        let mut command = Command::new("git");
        command.arg("-C").arg(self.path()).args(args).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.path());
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), author);
            command.env(format!("GIT_{who}_EMAIL"), "ana@acme.example");
            command.env(format!("GIT_{who}_DATE"), "2026-11-20T10:00:00Z");
        }
        let out = command.env("GIT_CONFIG_NOSYSTEM", "1").output().unwrap();
        assert!(out.status.success(), "{args:?}\n{}", String::from_utf8_lossy(&out.stderr));
    }

    pub(crate) fn commit(&self, author: &str, message: &str) {
        self.git(author, &["add", "-A"]);
        self.git(author, &["commit", "-q", "--allow-empty", "-m", message]);
    }

    /// Edits the config.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let path = self.path().join("bursar.yaml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    /// A command of somebody whom the environment names.
    pub(crate) fn command(&self, line: &str) -> Bursar {
        let mut command = bursar(self.path());
        command
            .env("HOME", self.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("BURSAR_ACTOR", "ana");
        command.args(line.split_whitespace());
        command
    }

    pub(crate) fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }

    pub(crate) fn code(&self, line: &str) -> i32 {
        self.run(line).status.code().unwrap()
    }

    /// What a terminal shows; the moments of the runs and their hashes are made alike.
    pub(crate) fn terminal(&self, line: &str) -> String {
        alike(&show(line, &self.run(line), self.path()))
    }

    pub(crate) fn file(&self) -> std::path::PathBuf {
        self.path().join(".bursar/ledger.jsonl")
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        fs::read(self.file()).unwrap()
    }

    /// The lines of the ledger, held against the schema.
    pub(crate) fn lines(&self) -> Vec<Value> {
        lines(&self.bytes())
    }

    /// What a program reads, held against the schema.
    pub(crate) fn json(&self, line: &str) -> Value {
        json(&self.run(&format!("{line} --format json")))
    }
}

/// The lines of a ledger, held against the schema.
pub(crate) fn lines(ledger: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(ledger).unwrap();
    text.lines().map(|line| valid(LEDGER, line.as_bytes())).collect()
}

/// What `bursar log --format json` wrote, held against the schema.
pub(crate) fn json(out: &Output) -> Value {
    assert!(!out.stdout.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
    valid(LOG, &out.stdout)
}

fn valid(schema: &str, text: &[u8]) -> Value {
    let value: Value = serde_json::from_slice(text).unwrap();
    let errors: Vec<String> = validator(schema).iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
    value
}

fn validator(schema: &str) -> Validator {
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let registry = jsonschema::Registry::new()
        .add("urn:bursar:schema:plan.v1", value(PLAN))
        .unwrap()
        .add("urn:bursar:schema:ledger.v1", value(LEDGER))
        .unwrap()
        .prepare()
        .unwrap();
    assert!(jsonschema::meta::is_valid(&value(schema)));
    jsonschema::options()
        .should_validate_formats(true)
        .with_registry(&registry)
        .build(&value(schema))
        .unwrap()
}

/// Makes alike what differs from run to run.
pub(crate) fn alike(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let shape = |pattern: &str| {
            rest.len() >= pattern.len()
                && rest.bytes().zip(pattern.bytes()).all(|(byte, shape)| match shape {
                    b'0' => byte.is_ascii_digit(),
                    b'h' => byte.is_ascii_hexdigit(),
                    shape => byte == shape,
                })
        };
        let hash = "h".repeat(64);
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (length, word) = if shape("0000-00-00 00:00 UTC") {
            ("0000-00-00 00:00 UTC".len(), "[time]".to_owned())
        } else if shape(&hash) {
            (hash.len(), "[hash]".to_owned())
        } else if digits > 0 && rest[digits..].starts_with(" more days") {
            (digits, "[n]".to_owned())
        } else {
            (c.len_utf8(), c.to_string())
        };
        out.push_str(&word);
        rest = &rest[length..];
    }
    out
}

fn on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// The ledger of a folder.
fn document(folder: &Path) -> Document {
    Document::of(&Place::Local(folder.to_owned()), bursar::ledger::NAME).unwrap()
}

/// Appends a line, as a run would.
fn add(folder: &Path, run: &str, what: &What) {
    on(append(&document(folder), |_| vec![(run.to_owned(), what.clone())])).unwrap();
}

/// Reads a ledger as `bursar log` does.
fn read(bytes: &[u8]) -> Story {
    Story::read(bytes, &bursar::ledger::Filter::default())
}
