//! `--base REV`: what the files asked there, so that every change can be told a cause.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use clap::Args;

use crate::centers::{self, Reader};
use crate::config::{self, ResolvedCenter};
use crate::git::Repository;
use crate::model::{CenterId, CenterSettings, Desired, Fallback, Observed, PoolId, Roster};
use crate::plan::{self, Cause, Change, Note, Plan};

use super::origins::origins;
use super::session::Center;
use super::{CommandError, Context, files};

/// What the changes are told a cause from.
#[derive(Debug, Args)]
pub(super) struct BaseArgs {
    /// Say why each change is there, compared with the files at this revision, such as origin/main
    #[arg(long, value_name = "REV")]
    base: Option<String>,
}

impl BaseArgs {
    /// The revision, as it was asked for.
    pub(super) fn name(&self) -> Option<&str> {
        self.base.as_deref()
    }
}

/// What the files asked at a revision.
pub(super) struct Base {
    repository: Repository,
    /// Where the paths of the config start.
    root: PathBuf,
    centers: BTreeMap<CenterId, ResolvedCenter>,
    fallbacks: BTreeMap<PoolId, Fallback>,
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
        let (repository, places) = files::repository(context)?;
        let revision = repository.revision(name)?;
        let Some(loaded) = files::at(context, &repository, &places, &revision)? else {
            let note = format!("there was no config at {name}, so every change counts as one of the files");
            return Ok(Some(Self {
                repository,
                root,
                centers: BTreeMap::new(),
                fallbacks: BTreeMap::new(),
                note: Some(note),
            }));
        };
        let resolved = config::resolve(&loaded.config, &loaded.files, &centers::providers(), context.today());
        Ok(Some(Self { repository, root, centers: resolved.centers, fallbacks: resolved.fallbacks, note: None }))
    }

    /// What was asked of a center, which has these settings now.
    pub(super) fn center(&self, id: &CenterId, settings: &CenterSettings) -> CenterBase {
        let none = |note| CenterBase { desired: Desired::default(), roster: Roster::default(), note };
        match self.centers.get(id) {
            Some(base) if same_account(&base.settings, settings) => {
                CenterBase { desired: base.desired.clone(), roster: base.scope.roster.clone(), note: None }
            }
            Some(_) => none(Some(
                "at the base this name stood for another account, so every change counts as one of the files"
                    .to_owned(),
            )),
            None => none(self.note.clone()),
        }
    }

    /// The same, of a center that holds pools for others: as far as the base asked for that too.
    pub(super) fn holding(&self, id: &CenterId, settings: &CenterSettings, pools: &[&PoolId]) -> CenterBase {
        let mut base = self.center(id, settings);
        for pool in pools {
            if let Some(fallback) = self.fallbacks.get(*pool).filter(|fallback| fallback.center == *id) {
                plan::fallback::hold(fallback, &mut base.desired);
            }
        }
        base
    }

    /// Adds to each change who last wrote its line, as far as that can be found in time.
    pub(super) fn tell_who_wrote(&self, context: &Context, plan: &mut Plan) {
        let sources = plan.changes.iter().chain(&plan.asserts).filter_map(|change| change.source.as_ref());
        let origins = origins(context, &self.repository, &self.root, sources, "a plan");
        for change in plan.changes.iter_mut().chain(&mut plan.asserts) {
            change.written = change.source.as_ref().and_then(|source| origins.get(source)).cloned();
        }
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
                        let record = records.remove(&change.id());
                        change.audit = match (change.audit.take(), record) {
                            (Some(evidence), Some(record)) => Some(format!("{evidence}; {record}")),
                            (evidence, record) => evidence.or(record),
                        };
                    }
                }
            }
            Err(error) => plan
                .notes
                .push(Note { center: id.clone(), message: format!("its audit record cannot be read: {error}") }),
        }
    }
}

/// Whether a center's name stands for the same account in both.
fn same_account(base: &CenterSettings, head: &CenterSettings) -> bool {
    account(base) == account(head)
}

/// Which account a center is, as far as its settings tell: two with the same one are the same.
pub(super) fn account(settings: &CenterSettings) -> String {
    let CenterSettings { provider, base_url, .. } = settings;
    let file = if provider == "embedded" { file_of(settings) } else { PathBuf::new() };
    format!("{provider} {} {}", base_url.as_deref().unwrap_or_default(), file.display())
}

/// The file of an embedded center: the same one wherever the config that names it was moved to. A folder that is no
/// longer there may have named it, so nothing on the way has to exist.
fn file_of(settings: &CenterSettings) -> PathBuf {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let path = centers::embedded::path(settings);
    let written = path.strip_prefix(&settings.folder).unwrap_or(&path);
    let from = if settings.folder.as_os_str().is_empty() { Path::new(".") } else { &settings.folder };
    let mut file = real(from);
    for part in written.components() {
        match part {
            Component::ParentDir => drop(file.pop()),
            Component::CurDir => {}
            part => file.push(part),
        }
    }
    match (file.parent(), file.file_name()) {
        (Some(parent), Some(name)) => real(parent).join(name),
        _ => file,
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use jiff::Timestamp;

    use super::*;
    use crate::centers::{CenterError, embedded};
    use crate::model::{Grant, Guardrails, Inventory, Pool, PoolId, Scope, Subject, Target, Unit};
    use crate::plan::{Calls, CenterPart, Cost};

    /// A center that keeps a record, unless it is closed to us.
    struct Recorder {
        open: bool,
    }

    #[async_trait]
    impl Reader for Recorder {
        fn capabilities(&self) -> &'static crate::model::capability::Capabilities {
            &embedded::CAPABILITIES
        }

        fn fit(&self, _desired: &mut Desired) -> Vec<String> {
            Vec::new()
        }

        async fn read(&self, _scope: &Scope) -> Result<Observed, CenterError> {
            Ok(Observed::default())
        }

        async fn inventory(&self, _scope: &Scope) -> Result<Inventory, CenterError> {
            Ok(Inventory::default())
        }

        fn cost(&self, _batches: &[&[Change]]) -> Cost {
            Cost::default()
        }

        async fn audit(&self, changes: &[&Change], _scope: &Scope) -> Result<BTreeMap<String, String>, CenterError> {
            if !self.open {
                return Err(CenterError::UnknownProvider("recorder".to_owned()));
            }
            Ok(changes.iter().map(|change| (change.id(), format!("mallory, {}", change.kind))).collect())
        }
    }

    /// Zoe was let in past the files, and the edit lets Max in.
    fn plan() -> Plan {
        let subject = |name: &str| Subject::Stranger(name.into());
        let pool = |names: &[&str]| Pool {
            target: Target::default(),
            description: None,
            budget: crate::model::Budget { unit: Unit::Credits, period: None, limit: None, when_exhausted: None },
            default_cap: None,
            others: Some(crate::model::Others::Blocked),
            alerts: None,
            grants: names.iter().map(|name| (subject(name), Grant::default())).collect(),
        };
        let ai = PoolId::new("ai").unwrap();
        let state = |names| crate::model::State { pools: BTreeMap::from([(ai.clone(), pool(names))]) };
        let part = CenterPart {
            capabilities: &embedded::CAPABILITIES,
            desired: Desired { state: state(&["max"]), ..Desired::default() },
            base: Some(Desired { state: state(&[]), ..Desired::default() }),
            observed: Observed { state: state(&["zoe"]), ..Observed::default() },
            notes: Vec::new(),
        };
        let parts = BTreeMap::from([(center(), part)]);
        plan::make(&parts, &Guardrails::default(), &[], Timestamp::UNIX_EPOCH, |_, _| Calls::default())
    }

    fn center() -> CenterId {
        CenterId::new("local").unwrap()
    }

    async fn audited(open: bool) -> Plan {
        let settings = CenterSettings::new(center(), "recorder", PathBuf::new());
        let recorder = Center { settings, reader: Box::new(Recorder { open }), scope: Scope::default() };
        let mut plan = plan();
        audit(&mut plan, &BTreeMap::from([(center(), recorder)])).await;
        plan
    }

    #[tokio::test]
    async fn a_record_is_asked_for_what_was_done_past_the_files_and_for_nothing_else() {
        let plan = audited(true).await;
        let records: Vec<_> = plan.changes.iter().map(|change| (change.cause, change.audit.as_deref())).collect();
        assert_eq!(records, [(Cause::Config, None), (Cause::Drift, Some("mallory, grant.revoke"))]);
    }

    #[tokio::test]
    async fn a_record_that_cannot_be_read_is_a_note() {
        let plan = audited(false).await;
        assert!(plan.changes.iter().all(|change| change.audit.is_none()));
        let notes: Vec<_> = plan.notes.iter().map(|note| note.message.as_str()).collect();
        assert_eq!(notes.len(), 1);
        assert!(notes[0].starts_with("its audit record cannot be read: "), "{notes:?}");
    }
}
