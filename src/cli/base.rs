//! `--base REV`: what the files asked there, so that every change can be told a cause.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::centers::{self, Reader};
use crate::config::{self, ResolvedCenter};
use crate::diagnostics::Severity;
use crate::git::{Blamed, Deadline, GitError, Repository};
use crate::model::capability::Capabilities;
use crate::model::{CenterId, CenterSettings, Desired, Observed, Origin, Roster};
use crate::output::findings_text;
use crate::plan::{self, Cause, Change, Note, Plan};

use super::session::Center;
use super::{CommandError, Context};

/// How long is looked for who wrote which line. A plan does not wait for a long history.
const BLAME: Duration = Duration::from_secs(2);

/// What the changes are told a cause from.
#[derive(Debug, Args)]
pub(super) struct BaseArgs {
    /// Say why each change is there, compared with the files at this revision, such as origin/main
    #[arg(long, value_name = "REV")]
    base: Option<String>,
}

/// What the files asked at a revision.
pub(super) struct Base {
    repository: Repository,
    /// Where the paths of the config start.
    root: PathBuf,
    centers: BTreeMap<CenterId, ResolvedCenter>,
    /// What the reader of every center should be told.
    note: Option<String>,
}

/// One center at the base revision, not yet in the head's words.
pub(super) struct CenterBase {
    desired: Desired,
    roster: Roster,
    note: Option<String>,
}

impl Base {
    /// Reads the files at the revision, if one was named. An error in them ends the command.
    pub(super) fn open(context: &Context, args: &BaseArgs) -> Result<Option<Self>, CommandError> {
        let Some(name) = &args.base else { return Ok(None) };
        let root = context.global.directory.clone();
        let mut places = config::places(&root, context.global.config.as_deref());
        // Where the config is now comes first.
        places.sort_by_key(|place| !place.exists());
        let now = places.first().cloned().unwrap_or_else(|| root.clone());
        let repository = Repository::discover(folder(&now))?;
        let revision = repository.revision(name)?;
        let within = places.iter().map(|place| repository.path_of(place)).collect::<Result<Vec<_>, _>>()?;
        let texts = repository.texts_at(&revision, &within)?;
        if texts.is_empty() {
            let note = format!("there was no config at {name}, so every change counts as one of the files");
            return Ok(Some(Self { repository, root, centers: BTreeMap::new(), note: Some(note) }));
        }
        let loaded = config::load_texts(repository.root(), texts);
        let mut findings = config::check(&loaded, &centers::providers(), context.today());
        findings.retain(|finding| finding.severity == Severity::Error);
        if !findings.is_empty() {
            let mut text = Vec::new();
            findings_text::write(&mut text, &loaded.files, &findings, context.ui.stderr_color)
                .map_err(CommandError::failed)?;
            context.ui.always(&String::from_utf8_lossy(&text));
            let what = if findings.len() == 1 { "there is an error" } else { "there are errors" };
            let message = format!("{what} in the files as they are at `{name}`, so nothing was read or changed");
            return Err(CommandError::message(message).hint("name a revision whose files are sound"));
        }
        let resolved = config::resolve(&loaded.config, &loaded.files, &centers::providers(), context.today());
        Ok(Some(Self { repository, root, centers: resolved.centers, note: None }))
    }

    /// What was asked of a center, which has these settings now.
    pub(super) fn center(&self, id: &CenterId, settings: &CenterSettings) -> CenterBase {
        let none = |note| CenterBase { desired: Desired::default(), roster: Roster::default(), note };
        match self.centers.get(id) {
            Some(base) if same_account(base.capabilities, &base.settings, settings) => {
                CenterBase { desired: base.desired.clone(), roster: base.scope.roster.clone(), note: None }
            }
            Some(_) => none(Some(
                "at the base this name stood for another account, so every change counts as one of the files"
                    .to_owned(),
            )),
            None => none(self.note.clone()),
        }
    }

    /// Adds to each change who last wrote its line, as far as that can be found in time.
    pub(super) fn tell_who_wrote(&self, context: &Context, plan: &mut Plan) {
        let mut lines: BTreeMap<Arc<str>, BTreeSet<u32>> = BTreeMap::new();
        for source in plan.changes.iter().chain(&plan.asserts).filter_map(|change| change.source.as_ref()) {
            lines.entry(Arc::clone(&source.file)).or_default().insert(source.line);
        }
        let deadline = Deadline::within(BLAME);
        let mut origins: BTreeMap<(Arc<str>, u32), Arc<Origin>> = BTreeMap::new();
        let (mut late, mut shallow) = (false, false);
        for (file, lines) in lines {
            match self.blame(&file, &lines, deadline) {
                Ok(Some(blamed)) => {
                    late |= blamed.late;
                    shallow |= blamed.shallow;
                    let found = blamed
                        .lines
                        .into_iter()
                        .map(|(line, origin)| ((Arc::clone(&file), line), Arc::new(origin)));
                    origins.extend(found);
                }
                Ok(None) => {}
                Err(error) => context.ui.warn(&format!("who wrote the lines of {file} is not known: {error}")),
            }
        }
        if late {
            context
                .ui
                .say("who wrote some lines was left out: the history is long, and a plan waits 2 s for it");
        }
        if shallow {
            context.ui.say("who wrote some lines is not known: they are older than what was cloned");
        }
        for change in plan.changes.iter_mut().chain(&mut plan.asserts) {
            if let Some(source) = &change.source {
                change.written = origins.get(&(Arc::clone(&source.file), source.line)).cloned();
            }
        }
    }

    fn blame(&self, file: &str, lines: &BTreeSet<u32>, deadline: Deadline) -> Result<Option<Blamed>, GitError> {
        // What the file itself is called, however many links lead to it.
        let Ok(real) = self.root.join(file).canonicalize() else { return Ok(None) };
        let Ok(text) = std::fs::read(&real) else { return Ok(None) };
        self.repository.blame(&self.repository.path_of(&real)?, &text, lines, deadline).map(Some)
    }
}

impl CenterBase {
    /// What was asked, in the center's terms and the names of the head.
    pub(super) fn in_terms_of(
        mut self,
        reader: &dyn Reader,
        head: &Desired,
        roster: &Roster,
        observed: &Observed,
        notes: &mut Vec<String>,
    ) -> Desired {
        notes.extend(self.note);
        plan::fit(&mut self.desired, reader.capabilities());
        // What there is to say of the base's own terms was said when it was the head.
        reader.fit(&mut self.desired);
        plan::in_terms_of(head, roster, observed, self.desired, &self.roster)
    }
}

/// Asks each center's own record about what was done in it outside review.
pub(super) async fn audit(plan: &mut Plan, centers: &BTreeMap<CenterId, Center>) {
    for (id, center) in centers {
        let drifted: Vec<&Change> = plan
            .changes
            .iter()
            .chain(&plan.asserts)
            .filter(|change| change.center == *id && change.cause == Cause::Drift)
            .collect();
        if drifted.is_empty() {
            continue;
        }
        match center.reader.audit(&drifted, &center.scope).await {
            Ok(mut records) => {
                for change in plan.changes.iter_mut().chain(&mut plan.asserts) {
                    if change.center == *id && change.cause == Cause::Drift {
                        change.audit = records.remove(&change.id());
                    }
                }
            }
            Err(error) => plan
                .notes
                .push(Note { center: id.clone(), message: format!("its audit record cannot be read: {error}") }),
        }
    }
}

/// The folder to look for a repository from.
fn folder(place: &Path) -> &Path {
    if place.is_dir() {
        return place;
    }
    match place.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Whether a center's name stands for the same account in both.
fn same_account(capabilities: &Capabilities, base: &CenterSettings, head: &CenterSettings) -> bool {
    let real = |folder: &Path| {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
    };
    // A path starts at the folder of the file that names it.
    let in_a_file = capabilities.settings.iter().any(|setting| setting.name == "path");
    base.provider == head.provider
        && base.base_url == head.base_url
        && base.path == head.path
        && (!in_a_file || real(&base.folder) == real(&head.folder))
}
