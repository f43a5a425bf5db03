//! Before a push: what the pushed commits mean for people and money, held against the guardrails that they bring.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::centers;
use crate::cli::{CommandError, CommandResult, Context, Exit, Ui, files};
use crate::config::{self, Loaded};
use crate::diagnostics::Severity;
use crate::git::{Base, HookName, Pushed, Repository, Revision};
use crate::output::text::{self, Style};
use crate::plan::files::{self as diff, Files, FilesDiff, Terms};
use crate::plan::{Allow, Refusal};
use crate::table::MAX_BYTES;

/// Names the consents of a push: Git hands no flags to a hook.
const ALLOW: &str = "BURSAR_ALLOW";

pub(super) fn run(context: &Context, arguments: &[String]) -> CommandResult {
    let remote = arguments.first().map_or("origin", String::as_str);
    let allows = allows()?;
    let mut lines = Vec::new();
    std::io::stdin()
        .read_to_end(&mut lines)
        .map_err(|error| CommandError::failed(anyhow::Error::new(error).context("stdin cannot be read")))?;
    let (repository, places) = files::wherever(context)?;
    let push = Push { context, repository, places, allows };
    let mut refusals: Vec<Refusal> = Vec::new();
    for line in String::from_utf8_lossy(&lines).lines() {
        if let Some(pushed) = push.repository.pushed(line, remote)? {
            refusals.extend(push.look(&pushed, remote)?);
        }
    }
    if refusals.is_empty() {
        return Ok(Exit::Done);
    }
    let no_consent = refusals.iter().any(|refusal| refusal.allow.is_none());
    let consents: BTreeSet<String> = refusals.into_iter().filter_map(|refusal| refusal.allow).collect();
    let consents = consents.into_iter().collect::<Vec<_>>().join(",");
    let error = CommandError::message("a guardrail refuses what the push means, so nothing was pushed");
    let error = CommandError { exit: Exit::Refused, ..error };
    let error =
        if no_consent { error } else { error.hint(format!("to consent to exactly this: {ALLOW}={consents} git push")) };
    Err(error.hint(format!("to push without asking: {}", HookName::PrePush.skip())))
}

/// The consents in the environment: `revocations=12,cuts=3`.
fn allows() -> Result<Vec<Allow>, CommandError> {
    let text = std::env::var(ALLOW).unwrap_or_default();
    let words = text.split([',', ' ']).filter(|word| !word.is_empty());
    let wrong = |error: String| CommandError::usage(format!("{ALLOW}: {error}"));
    words.map(|word| word.parse().map_err(wrong)).collect()
}

struct Push<'a> {
    context: &'a Context,
    repository: Repository,
    places: Vec<PathBuf>,
    allows: Vec<Allow>,
}

impl Push<'_> {
    /// Shows what a branch gets, where it is anything. Returns what no guardrail lets through.
    fn look(&self, pushed: &Pushed, remote: &str) -> Result<Vec<Refusal>, CommandError> {
        let head = self.repository.texts_named(&pushed.head, &self.places)?;
        let before = match &pushed.base {
            Base::At(base) => {
                let texts = if head.is_empty() {
                    self.repository.texts_named(base, &self.places)?
                } else {
                    self.repository.texts_before(base, &self.places, &pushed.head)?
                };
                Some((base, texts))
            }
            Base::Nothing | Base::Unknown => None,
        };
        let same = before.as_ref().map_or(head.is_empty(), |(_, texts)| *texts == head);
        let other_csv = match &before {
            Some((base, _)) if same => self.repository.differ_in_csv(base, &pushed.head)?,
            _ => !same,
        };
        if !other_csv {
            return Ok(Vec::new());
        }
        let name = pushed.head.name();
        let head = files::load_at(&self.repository, &pushed.head, head);
        if let Some((base, _)) = before.as_ref().filter(|_| same)
            && !self.names_other(base, &pushed.head, &head)?
        {
            return Ok(Vec::new());
        }
        let help = format!("correct them, commit, and push again; or {}", HookName::PrePush.skip());
        files::sound(self.context, &head, &format!("as `{name}` has them"), &help)?;
        let branch = format!("{remote}/{}", pushed.branch);
        let base = if let Some((at, texts)) = before {
            self.base(&branch, at, &files::load_at(&self.repository, at, texts))
        } else {
            if matches!(pushed.base, Base::Unknown) {
                self.context.ui.warn(&format!(
                    "what {branch} has is not known here, so this is compared with nothing; `git fetch` first to see what \
                     it takes from people"
                ));
            }
            files::none(revision(&branch, None))
        };
        let head = files::side(self.context, &head, revision(name, Some(&pushed.head)));
        let found = self.compare(&base, &head);
        if !found.is_empty() || !found.refusals.is_empty() {
            let ui = self.context.ui;
            let style = Style { color: ui.stderr_color, width: Ui::width(), verbose: ui.verbose };
            let mut shown = Vec::new();
            text::diff(&mut shown, &found, style).map_err(CommandError::failed)?;
            ui.always(&String::from_utf8_lossy(&shown));
        }
        Ok(found.refusals)
    }

    /// Whether a CSV that the config names is another one at two revisions.
    fn names_other(&self, base: &Revision, head: &Revision, loaded: &Loaded) -> Result<bool, CommandError> {
        let root = self.repository.root();
        for table in loaded.tables() {
            let within = table.strip_prefix(root).unwrap_or(table);
            let (folder, path) = (within.parent().unwrap_or(Path::new("")), within.file_name().unwrap_or_default());
            let at = |revision| self.repository.file_beside(revision, folder, Path::new(path), MAX_BYTES);
            if at(base)? != at(head)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What was asked before. Files with errors ask nothing that could be relied on, and must not stop their own repair.
    fn base(&self, branch: &str, at: &Revision, loaded: &Loaded) -> Files {
        let revision = revision(branch, Some(at));
        let findings = config::check(loaded, &centers::providers(), self.context.today());
        if findings.iter().any(|finding| finding.severity == Severity::Error) {
            self.context.ui.warn(&format!(
                "the config at {branch} has errors, so what is pushed is compared with nothing, and what it takes from \
                 people is not known"
            ));
            return files::none(revision);
        }
        files::side(self.context, loaded, revision)
    }

    fn compare(&self, base: &Files, head: &Files) -> FilesDiff {
        let make = |allows: &[Allow]| diff::make(base, head, Terms { allows, as_of: self.context.today() });
        let found = make(&[]);
        // The consents are for all branches of the push, and each of them has its own numbers.
        let asked = |allow: &&Allow| found.refusals.iter().any(|refusal| refusal.allow == Some(allow.to_string()));
        let allows: Vec<Allow> = self.allows.iter().filter(asked).cloned().collect();
        if allows.is_empty() { found } else { make(&allows) }
    }
}

fn revision(name: &str, at: Option<&Revision>) -> diff::Revision {
    diff::Revision { name: Some(name.to_owned()), commit: at.map(Revision::commit) }
}
