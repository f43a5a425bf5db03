//! A folder with a file in it, and the binary: how an administrator works on a center.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};

use serde_json::Value;

use super::file::File;
use super::stage::{Seen, Stage};
use crate::secrets::{self, Folder};
use crate::terminal::{Bursar, bursar};

/// A plan, and what it took to make it.
pub(super) struct Planned {
    pub(super) json: Value,
    pub(super) looked: Seen,
}

impl Planned {
    pub(super) fn changes(&self) -> &[Value] {
        self.json["changes"].as_array().unwrap()
    }

    /// The one change that there is.
    pub(super) fn one(&self) -> &Value {
        assert_eq!(self.changes().len(), 1, "{:#}", self.json["changes"]);
        &self.changes()[0]
    }

    /// Every change in words: what it does, to whom, with which effect.
    pub(super) fn words(&self) -> Vec<String> {
        let word = |value: &Value| value.as_str().unwrap_or("the pool").to_owned();
        let change = |change: &Value| {
            format!("{} {} {}", word(&change["kind"]), word(&change["subject"]), word(&change["effect"]))
        };
        self.changes().iter().map(change).collect()
    }

    /// What the guardrails want to hear.
    pub(super) fn allows(&self) -> Vec<String> {
        let refusals = self.json["refusals"].as_array().into_iter().flatten();
        refusals.map(|refusal| refusal["allow"].as_str().unwrap().to_owned()).collect()
    }

    /// The same as arguments.
    pub(super) fn consent(&self) -> String {
        self.allows().iter().flat_map(|allow| [" --allow ", allow]).collect()
    }

    /// The requests that it announces.
    fn announced(&self) -> Seen {
        let count = |of: &str| usize::try_from(self.json["calls"]["main"][of].as_u64().unwrap_or(0)).unwrap();
        Seen { reads: count("reads"), writes: count("writes") }
    }
}

/// A folder of an administrator.
pub(super) struct Desk<'a> {
    pub(super) stage: &'a Stage,
    url: String,
    folder: Folder,
    token: Cell<Option<&'static str>>,
    runbooks: Cell<u32>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(stage: &'a Stage, url: &str, file: &File) -> Self {
        let token = Cell::new(stage.site.token().map(|(_, token)| token));
        let desk = Self { stage, url: url.to_owned(), folder: Folder::new(), token, runbooks: Cell::new(0) };
        stage.site.furnish(desk.at());
        desk.asks(file);
        desk
    }

    pub(super) fn at(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.at().join(name)
    }

    /// Takes another token.
    pub(super) fn token(&self, token: &'static str) {
        self.token.set(Some(token));
    }

    /// Writes another file.
    pub(super) fn asks(&self, file: &File) {
        self.writes(&file.text(self.stage, &self.url));
    }

    pub(super) fn writes(&self, text: &str) {
        std::fs::write(self.path("bursar.yaml"), text).unwrap();
    }

    /// The file, for messages.
    fn file(&self) -> String {
        std::fs::read_to_string(self.path("bursar.yaml")).unwrap()
    }

    pub(super) fn command(&self, line: &str) -> Bursar {
        let mut command = bursar(self.at());
        command.args(line.split_whitespace());
        if let (Some((variable, _)), Some(token)) = (self.stage.site.token(), self.token.get()) {
            command.env(variable, token);
        }
        command
    }

    pub(super) fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }

    pub(super) fn start(&self, line: &str) -> Child {
        self.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs, and wants to see it end with this code. Gives what it wrote.
    pub(super) fn ends(&self, line: &str, code: i32) -> String {
        let out = self.run(line);
        self.assert_code(line, &out, code);
        String::from_utf8(out.stdout).unwrap()
    }

    pub(super) fn assert_code(&self, line: &str, out: &Output, code: i32) {
        secrets::look_at(out);
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(
            out.status.code(),
            Some(code),
            "on {}: bursar {line}\n{}{}\n{}",
            self.stage.row,
            said(&out.stdout),
            said(&out.stderr),
            self.file()
        );
    }

    /// A plan. Nothing is written by it.
    pub(super) fn plan(&self) -> Planned {
        let before = self.stage.seen();
        let out = self.run("plan --format json");
        let looked = self.stage.seen() - before;
        let code = if out.status.code() == Some(3) { 3 } else { 0 };
        self.assert_code("plan --format json", &out, code);
        assert_eq!(looked.writes, 0, "a plan of {} writes", self.stage.row);
        Planned { json: serde_json::from_slice(&out.stdout).unwrap(), looked }
    }

    /// There is nothing to do.
    pub(super) fn assert_settled(&self) {
        let out = self.run("plan --detailed-exitcode");
        self.assert_code("plan --detailed-exitcode", &out, 0);
    }

    /// Applies what the file asks, with every consent that it takes, in the center's own way: where a person has to click,
    /// they click. Gives the plan that it was, after looking whether it took the requests that were announced and whether
    /// the next plan is empty.
    pub(super) fn apply(&self) -> Planned {
        let planned = self.plan();
        let allows = planned.consent();
        let manual = planned.changes().iter().any(|change| change["delivery"]["manual"].is_object());
        let before = self.stage.seen();
        if manual {
            let name = format!("steps-{}.md", self.runbooks.replace(self.runbooks.get() + 1));
            self.ends(&format!("apply --yes{allows} --runbook {name}"), 0);
            self.ends(&format!("confirm {name} --all --by Ada"), 0);
        } else {
            let report = self.ends(&format!("apply --yes{allows} --format json"), 0);
            let report: Value = serde_json::from_str(&report).unwrap();
            assert_eq!(report["verified"], true, "{report:#}");
            if self.stage.proxy.as_ref().is_some_and(|proxy| self.url.starts_with(proxy.url())) {
                // The apply looks as the plan did, and then does what was announced.
                let sent = self.stage.seen() - before;
                let sent = Seen { reads: sent.reads - planned.looked.reads, writes: sent.writes };
                assert_eq!(sent, planned.announced(), "announced by {}: {:?}", self.stage.row, planned.words());
            }
        }
        self.assert_settled();
        planned
    }

    /// The outcomes of an apply's report, as pairs of a subject and a word.
    pub(super) fn outcomes(report: &Value) -> Vec<(String, String)> {
        let outcomes = report["outcomes"].as_array().unwrap();
        let word = |value: &Value| value.as_str().unwrap_or("the pool").to_owned();
        outcomes
            .iter()
            .map(|outcome| (word(&outcome["change"]["subject"]), word(&outcome["outcome"])))
            .collect()
    }
}
