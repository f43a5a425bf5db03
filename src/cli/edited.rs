//! An edit of the config's files by `grant` or `revoke`: held against what it was meant to do before anything is written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use crate::config::{self, Loaded, Resolved, tree};
use crate::diagnostics::{FileId, Finding, Severity, Span};
use crate::model::{Cap, CenterId, MemberId, Pool, PoolId, Rule, RuleWho, State, Subject};
use crate::output::escape::Terminal;
use crate::output::{self, diff, findings_text};
use crate::plan::files::{self as compared, Files, FilesDiff, Revision, Terms};
use crate::usage::Snapshot;
use crate::{centers, config::file};

use super::{CommandError, CommandResult, Context, Exit, files, known, rewrite};

/// The files before an edit.
pub(super) struct Working {
    pub(super) loaded: Loaded,
    pub(super) resolved: Resolved,
    pub(super) files: Files,
    /// What people had drawn, where somebody said where that is stored.
    pub(super) known: Option<Snapshot>,
}

/// The files before an edit of one pool.
pub(super) struct Before {
    pub(super) all: Working,
    /// The pool.
    pub(super) pool: PoolId,
}

/// What an edit is meant to make of a pool.
pub(super) struct Meant {
    /// Its rules as they shall be.
    pub(super) rules: Vec<Rule>,
    /// Those whose rights may be others afterwards.
    pub(super) people: BTreeSet<MemberId>,
}

/// What an edit is meant to do, and what it does to the texts.
pub(super) struct Edit {
    /// The new texts; nothing where one cannot be edited.
    pub(super) texts: Option<BTreeMap<FileId, String>>,
    /// The pools that it is about.
    pub(super) pools: BTreeMap<PoolId, Meant>,
    /// Somebody who is not in the files yet.
    pub(super) joins: Option<MemberId>,
    /// What a person would do in its place.
    pub(super) by_hand: String,
    /// What it is, once it is made.
    pub(super) done: String,
    /// What is written to stdout in the place of the difference of the texts; nothing where that is asked for.
    pub(super) answer: Vec<u8>,
}

impl Working {
    /// Reads the files.
    pub(super) fn open(context: &Context) -> Result<Self, CommandError> {
        let loaded = config::load(&context.global.directory, context.global.config.as_deref())?;
        files::sound(context, &loaded, "as they are", "mend them first; `bursar validate` shows all findings")?;
        let resolved = config::resolve(&loaded.config, &loaded.files, &centers::providers(), context.today());
        let files = files::side(context, &loaded, Revision { name: None, commit: None });
        Ok(Self { loaded, resolved, files, known: None })
    }

    /// The pool of that name, or what is wrong with it.
    pub(super) fn pool(&self, name: &str) -> Result<PoolId, CommandError> {
        let Some(entry) = self.loaded.config.pools.get(name) else {
            let names: Vec<&str> = self.loaded.config.pools.iter().map(|entry| entry.name.as_str()).collect();
            let error = CommandError::usage(format!("there is no pool `{}` in the files", Terminal(name)));
            return Err(error.hint(match names.as_slice() {
                [] => "add it to the files first".to_owned(),
                names => format!("the pools are {}", names.join(", ")),
            }));
        };
        if entry.value.is_absent() {
            return Err(CommandError::message(format!("the pool `{name}` shall go: the files say `ensure: absent`"))
                .hint("take that line out first, if it shall stay"));
        }
        Ok(entry.name.value.clone())
    }

    /// The file that a pool stands in, and its text.
    pub(super) fn file(&self, pool: &PoolId) -> (FileId, &str) {
        let entry = self.loaded.config.pools.get(pool.as_str());
        let file = entry.map_or_else(FileId::default, |entry| entry.name.span.file);
        (file, self.loaded.files.text(file))
    }

    /// Holds an edit against what it is meant to do, writes it, and says what it means.
    pub(super) fn make(&self, context: &Context, edit: &Edit, dry_run: bool) -> CommandResult {
        let Some(texts) = &edit.texts else { return Err(unsafe_edit(edit)) };
        let after = self.after(context, texts);
        let providers = centers::providers();
        let findings = config::check(&after, &providers, context.today());
        if findings.iter().any(|finding| finding.severity == Severity::Error) {
            return Err(refused(context, &after, &findings));
        }
        let files = files::side(context, &after, Revision { name: None, commit: None });
        if !self.as_meant(edit, texts, &files) {
            return Err(unsafe_edit(edit));
        }
        let old = config::check(&self.loaded, &providers, context.today());
        let known = |new: &Finding| old.iter().any(|old| old.code == new.code && old.message == new.message);
        let new: Vec<Finding> = findings.into_iter().filter(|finding| !known(finding)).collect();
        let mut out = Vec::new();
        for (id, text) in texts {
            if dry_run {
                let shown = Terminal(&self.loaded.files.shown(*id)).to_string();
                diff::texts(&mut out, &shown, self.loaded.files.text(*id), text).map_err(CommandError::failed)?;
            } else if let Some(path) = self.loaded.files.path(*id) {
                rewrite::replace(path, self.loaded.files.text(*id).as_bytes(), text.as_bytes())?;
            }
        }
        context.ui.artefact(if edit.answer.is_empty() { &out } else { &edit.answer })?;
        let done = &edit.done;
        context.ui.say(&if dry_run { format!("would be {done}") } else { done.clone() });
        let mut means = compared::make(&self.files, &files, Terms { allows: &[], as_of: context.today() });
        let stored = self.known.as_ref().map(|snapshot| known::tell(context, snapshot, &files, &mut means));
        tell(context, &after, &new, &means)?;
        stored.iter().flatten().for_each(|note| context.ui.say(&Terminal(note).to_string()));
        Ok(Exit::Done)
    }

    /// The files with other texts.
    fn after(&self, context: &Context, texts: &BTreeMap<FileId, String>) -> Loaded {
        let root = &context.global.directory;
        let files = &self.loaded.files;
        let all = files.iter().map(|id| {
            let path = files
                .path(id)
                .map_or_else(PathBuf::new, |path| path.strip_prefix(root).unwrap_or(path).to_owned());
            let text = texts.get(&id).map_or_else(|| files.text(id), String::as_str);
            (path, text.as_bytes().to_vec())
        });
        let mut after = config::load_texts(root, all);
        after.config.home.clone_from(&self.loaded.config.home);
        after
    }

    /// Whether the files say what was meant and nothing else is another.
    fn as_meant(&self, edit: &Edit, texts: &BTreeMap<FileId, String>, after: &Files) -> bool {
        let same_rules = self.files.rules.iter().all(|(pool, before)| {
            let wanted = edit.pools.get(pool).map_or(before, |meant| &meant.rules);
            after
                .rules
                .get(pool)
                .is_some_and(|after| after.iter().map(essence).eq(wanted.iter().map(essence)))
        });
        let others = |files: &Files| -> BTreeMap<CenterId, State> {
            let mut states: BTreeMap<_, _> = files
                .centers
                .iter()
                .map(|(id, center)| (id.clone(), center.desired.state.clone()))
                .collect();
            for (id, pool) in states.values_mut().flat_map(|state| &mut state.pools) {
                if let Some(meant) = edit.pools.get(id) {
                    let changes =
                        |subject: &Subject| matches!(subject, Subject::Member(id) if meant.people.contains(id));
                    pool.grants.retain(|subject, _| !changes(subject));
                }
            }
            states
        };
        let same_text = texts.iter().all(|(id, text)| json(self.loaded.files.text(*id), edit) == json(text, edit));
        same_rules && same_text && self.files.rules.len() == after.rules.len() && others(&self.files) == others(after)
    }
}

impl Before {
    /// Reads the files and finds the pool.
    pub(super) fn open(context: &Context, pool: &str) -> Result<Self, CommandError> {
        let all = Working::open(context)?;
        let pool = all.pool(pool)?;
        Ok(Self { all, pool })
    }

    /// The pool as written.
    pub(super) fn written(&self) -> Option<&file::Pool> {
        self.all.loaded.config.pools.get(self.pool.as_str()).map(|entry| &entry.value)
    }

    /// The pool as it shall be, and its center.
    pub(super) fn desired(&self) -> Option<(&CenterId, &Pool)> {
        let mut centers = self.all.resolved.centers.iter();
        centers.find_map(|(id, center)| center.desired.state.pools.get(&self.pool).map(|pool| (id, pool)))
    }

    /// The rules of the pool, in the order of the file.
    pub(super) fn rules(&self) -> &[Rule] {
        self.all.files.rules.get(&self.pool).map_or(&[], Vec::as_slice)
    }

    /// The file that the pool stands in, and its text.
    pub(super) fn file(&self) -> (FileId, &str) {
        self.all.file(&self.pool)
    }

    /// Where the list of rules stands.
    pub(super) fn access_line(&self) -> String {
        let access = self.written().and_then(|pool| pool.access.as_ref());
        let (file, line) =
            access.map_or((self.file().0, 0), |access| (access.span.file, self.all.loaded.files.line(access.span)));
        format!("{}:{line}", Terminal(&self.all.loaded.files.shown(file)))
    }

    /// A place in the files, as people name it.
    pub(super) fn place(&self, span: Span) -> String {
        let files = &self.all.loaded.files;
        format!("{}:{}", Terminal(&files.shown(span.file)), files.line(span))
    }

    /// The member of that name, or what is wrong with it.
    pub(super) fn member(&self, name: &str) -> Result<MemberId, CommandError> {
        if let Some(entry) = self.all.loaded.config.members.get(name) {
            return Ok(entry.name.value.clone());
        }
        let error = CommandError::usage(format!("there is no member `{}` in the files", Terminal(name)));
        Err(if self.all.loaded.config.groups.get(name).is_some() {
            error.hint(format!("`{name}` is a group: add --group"))
        } else {
            error.hint("check the name; it is the one under `members:`")
        })
    }

    /// What an edit is meant to make of the pool alone.
    pub(super) fn only(&self, rules: Vec<Rule>, people: BTreeSet<MemberId>) -> BTreeMap<PoolId, Meant> {
        BTreeMap::from([(self.pool.clone(), Meant { rules, people })])
    }
}

/// What a rule says, wherever it stands.
fn essence(rule: &Rule) -> (RuleWho, Option<Cap>, Option<&str>, [Option<jiff::civil::Date>; 2]) {
    (rule.who.clone(), rule.cap, rule.reason.as_deref(), [rule.starts, rule.expires])
}

/// A text as JSON, without what the edit is about.
fn json(text: &str, edit: &Edit) -> Option<Value> {
    let mut findings = Vec::new();
    let mut json = tree::parse(text, FileId::default(), &mut findings)?.to_json();
    for pool in edit.pools.keys() {
        let pools = json.get_mut("pools").and_then(|pools| pools.get_mut(pool.as_str()));
        if let Some(pool) = pools.and_then(Value::as_object_mut) {
            pool.remove("access");
        }
    }
    if let Some(joins) = &edit.joins
        && let Some(root) = json.as_object_mut()
    {
        let members = root.get_mut("members").and_then(Value::as_object_mut);
        let empty = members.is_some_and(|members| {
            members.remove(joins.as_str());
            members.is_empty()
        });
        if empty {
            root.remove("members");
        }
    }
    Some(json)
}

/// The error for an edit that cannot be made without damage.
fn unsafe_edit(edit: &Edit) -> CommandError {
    CommandError::message("this file is written in a way that the edit might damage, so it was left as it is")
        .hint(edit.by_hand.clone())
}

/// The error for an edit after which the files would have an error.
fn refused(context: &Context, after: &Loaded, findings: &[Finding]) -> CommandError {
    let errors: Vec<Finding> = findings.iter().filter(|finding| finding.severity == Severity::Error).cloned().collect();
    let mut text = Vec::new();
    // Written into memory.
    let _ = findings_text::write(&mut text, &after.files, &errors, context.ui.stderr_color);
    context.ui.always(&String::from_utf8_lossy(&text));
    let error = CommandError::message("with this edit the files would have an error, so they were left as they are");
    let lacks = |name: &str| {
        let check = config::checks::registry().find(|check| check.name == name);
        errors.iter().any(|finding| check.is_some_and(|check| check.code == finding.code))
    };
    match (lacks("missing-reason"), lacks("missing-expiry")) {
        (true, true) => error.hint("say why and until when: --reason TEXT --expires DATE"),
        (true, false) => error.hint("say why: --reason TEXT"),
        (false, true) => error.hint("say until when: --expires DATE"),
        (false, false) => error.hint("what is wrong is shown as it would be in the files"),
    }
}

/// Says what an edit means beyond itself: the money, what will be refused, what is odd now.
fn tell(context: &Context, after: &Loaded, new: &[Finding], means: &FilesDiff) -> Result<(), CommandError> {
    if !new.is_empty() {
        let mut text = Vec::new();
        findings_text::write(&mut text, &after.files, new, context.ui.stderr_color).map_err(CommandError::failed)?;
        context.ui.say(&String::from_utf8_lossy(&text));
    }
    for released in &means.released {
        let who = released.subject.as_ref().map_or_else(|| "the pool".to_owned(), ToString::to_string);
        let pool = &released.pool;
        context.ui.warn(&format!(
            "`others` of {pool} is `unmanaged`, so {who} keeps what the center holds: write `others: blocked` to take it"
        ));
    }
    let drawn = means.edits.iter().flat_map(|edit| output::drawn(&edit.change));
    drawn.for_each(|sentence| context.ui.warn(&sentence));
    for refusal in &means.refusals {
        context.ui.warn(&match &refusal.allow {
            Some(allow) => format!("a plan of this is refused without --allow {allow}: {}", refusal.message),
            None => format!("a plan of this is refused: {}", refusal.message),
        });
    }
    for line in output::money(&means.summary.worst_case) {
        context.ui.say(&format!("worst case: {line}"));
    }
    Ok(())
}
