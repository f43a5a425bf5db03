//! A runner: takes the steps from action.yml and runs them with bash as GitHub does, with the files and variables that it
//! gives them, and reads the log as it does.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::expression::{Names, fill, holds};
use crate::secrets::{self, Folder};

/// One job's machine.
pub(crate) struct Runner {
    /// The action, as it was checked out.
    pub(crate) action: PathBuf,
    /// What is on PATH before everything else.
    pub(crate) bin: PathBuf,
    /// What the workflow gives the step.
    pub(crate) env: BTreeMap<String, String>,
    /// `github.action_repository`; empty for `uses: ./`.
    pub(crate) repository: String,
    folder: Folder,
}

/// What GitHub would show of one use of the action.
pub(crate) struct Run {
    /// Whether the job goes on.
    pub(crate) success: bool,
    pub(crate) log: String,
    /// The job summary.
    pub(crate) summary: String,
    /// The action's outputs.
    pub(crate) outputs: BTreeMap<String, String>,
    /// `error: message`, as GitHub reads them from the log.
    pub(crate) annotations: Vec<String>,
    /// Name of the artifact, and its files.
    pub(crate) artifact: Option<(String, BTreeMap<String, Vec<u8>>)>,
    /// The steps that ran.
    pub(crate) ran: Vec<String>,
}

impl Run {
    pub(crate) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).unwrap_or_else(|| panic!("no output {name}"))
    }

    /// Passes only if the job did, and shows why not.
    pub(crate) fn passed(self) -> Self {
        assert!(self.success, "{}", self.log);
        self
    }

    /// Passes only if the job failed with these words.
    pub(crate) fn failed(self, words: &str) -> Self {
        assert!(!self.success, "{}", self.log);
        let said = self.annotations.iter().any(|line| line.starts_with("error: ") && line.contains(words));
        assert!(said, "{words}\n{:?}\n{}", self.annotations, self.log);
        self
    }
}

impl Runner {
    pub(crate) fn new(bin: &Path) -> Self {
        Self {
            action: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
            bin: bin.to_owned(),
            env: BTreeMap::new(),
            repository: "acme/bursar".to_owned(),
            folder: Folder::new(),
        }
    }

    /// A folder of the runner that outlives a job.
    pub(crate) fn tools(&self) -> PathBuf {
        self.folder.path().join("tools")
    }

    /// Uses the action in a workspace, on an event.
    pub(crate) fn run(&self, workspace: &Path, event: (&str, &Value), inputs: &[(&str, &str)]) -> Run {
        let action: Value = serde_yaml::from_str(&fs::read_to_string(self.action.join("action.yml")).unwrap()).unwrap();
        let mut names = self.inputs(&action, inputs);
        let temp = tempfile::tempdir_in(self.folder.path()).unwrap();
        let file = |name: &str| temp.path().join(name);
        fs::write(file("event.json"), event.1.to_string()).unwrap();
        let mut run = Run {
            success: true,
            log: String::new(),
            summary: String::new(),
            outputs: BTreeMap::new(),
            annotations: Vec::new(),
            artifact: None,
            ran: Vec::new(),
        };
        let mut path = format!("{}:{}", self.bin.display(), std::env::var("PATH").unwrap());
        for step in action["runs"]["steps"].as_array().unwrap() {
            if !holds(step["if"].as_str(), &names, run.success) {
                continue;
            }
            let title = step["name"].as_str().unwrap();
            run.ran.push(title.to_owned());
            if step["uses"].is_string() {
                run.artifact = upload(step, &names);
                continue;
            }
            assert_eq!(step["shell"], "bash", "{title}");
            fs::write(file("script.sh"), step["run"].as_str().unwrap()).unwrap();
            for fresh in ["output", "path", "step_summary"] {
                fs::write(file(fresh), "").unwrap();
            }
            let mut command = Command::new("bash");
            command.args(["--noprofile", "--norc", "-e", "-o", "pipefail"]).arg(file("script.sh"));
            command
                .current_dir(workspace)
                .env_clear()
                .env("PATH", &path)
                .env("HOME", self.folder.path());
            command.env("GITHUB_ACTION_PATH", &self.action).env("GITHUB_WORKSPACE", workspace);
            command.env("GITHUB_EVENT_NAME", event.0).env("GITHUB_EVENT_PATH", file("event.json"));
            command.env("GITHUB_OUTPUT", file("output")).env("GITHUB_PATH", file("path"));
            command.env("GITHUB_STEP_SUMMARY", file("step_summary"));
            command.env("RUNNER_TEMP", temp.path()).env("RUNNER_TOOL_CACHE", self.tools());
            let own = [
                ("GITHUB_REPOSITORY", "acme/credits"),
                ("GITHUB_SERVER_URL", "https://github.com"),
                ("GITHUB_RUN_ID", "17"),
                ("GITHUB_ACTIONS", "true"),
                ("RUNNER_OS", "Linux"),
                ("RUNNER_ARCH", "X64"),
                ("LC_ALL", "C.UTF-8"),
            ];
            command.envs(own).envs(&self.env);
            for (name, value) in step["env"].as_object().unwrap() {
                command.env(name, fill(value.as_str().unwrap(), &names));
            }
            let done = command.output().unwrap();
            secrets::look_at(&done);
            let log = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
            run.annotations.extend(annotations(&log));
            run.log.push_str(&format!("[{title}]\n{log}"));
            run.success &= done.status.success();
            run.summary.push_str(&fs::read_to_string(file("step_summary")).unwrap());
            for added in fs::read_to_string(file("path")).unwrap().lines() {
                path = format!("{added}:{path}");
            }
            if let Some(id) = step["id"].as_str() {
                for (name, value) in outputs(&fs::read_to_string(file("output")).unwrap()) {
                    names.insert(format!("steps.{id}.outputs.{name}"), value);
                }
            }
        }
        for (name, output) in action["outputs"].as_object().unwrap() {
            run.outputs.insert(name.clone(), fill(output["value"].as_str().unwrap(), &names));
        }
        run
    }

    fn inputs(&self, action: &Value, given: &[(&str, &str)]) -> Names {
        let mut names = Names::new();
        names.insert("github.action_repository".to_owned(), self.repository.clone());
        names.insert("github.token".to_owned(), super::TOKEN.to_owned());
        let known = action["inputs"].as_object().unwrap();
        for (name, input) in known {
            let default = fill(input["default"].as_str().unwrap_or_default(), &names);
            names.insert(format!("inputs.{name}"), default);
        }
        for (name, value) in given {
            assert!(known.contains_key(*name), "there is no input {name}");
            names.insert(format!("inputs.{name}"), (*value).to_owned());
        }
        names
    }
}

/// What the action keeps.
fn upload(step: &Value, names: &Names) -> Option<(String, BTreeMap<String, Vec<u8>>)> {
    let uses = step["uses"].as_str().unwrap();
    assert!(uses.starts_with("actions/upload-artifact@"), "{uses}");
    let with = |name: &str| fill(step["with"][name].as_str().unwrap(), names);
    let files = fs::read_dir(with("path")).unwrap().map(|entry| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
    });
    Some((with("name"), files.collect()))
}

/// Reads GITHUB_OUTPUT: `name=value`, or `name<<word` and lines until that word.
fn outputs(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some((name, word)) = line.split_once("<<") {
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != word).collect();
            found.push((name.to_owned(), value.join("\n")));
        } else {
            let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("no output: {line}"));
            found.push((name.to_owned(), value.to_owned()));
        }
    }
    found
}

/// Reads workflow commands as the runner does: at the start of a line, and not while they are stopped.
fn annotations(log: &str) -> Vec<String> {
    let mut stopped: Option<String> = None;
    let mut found = Vec::new();
    for line in log.lines() {
        let Some((command, message)) = line.trim_start().strip_prefix("::").and_then(|rest| rest.split_once("::"))
        else {
            continue;
        };
        match (&stopped, command) {
            (Some(word), command) if word == command => stopped = None,
            (Some(_), _) => {}
            (None, "stop-commands") => stopped = Some(message.to_owned()),
            (None, command) => found.push(format!("{}: {message}", command.split(' ').next().unwrap())),
        }
    }
    assert!(stopped.is_none(), "commands stay stopped, so nothing after it would be read:\n{log}");
    found
}

#[test]
fn the_log_is_read_as_a_runner_reads_it() {
    let log = "::error title=x::one\n::stop-commands::w\n::error::two\n::w::\n ::notice::three\nsay ::error::four\n";
    assert_eq!(annotations(log), ["error: one", "notice: three"]);
    assert_eq!(outputs("a=b\nc<<W\nd=e\n\nf\nW\n"), [("a".into(), "b".into()), ("c".into(), "d=e\n\nf".to_owned())]);
}
