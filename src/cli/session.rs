//! What most commands begin with: the files read, checked and resolved, and the centers observed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use futures_util::future::try_join_all;
use jiff::Timestamp;

use crate::centers::{self, Reader};
use crate::config::{self, Loaded, Resolved};
use crate::diagnostics::Severity;
use crate::model::capability::Capabilities;
use crate::model::{CenterId, CenterSettings, Desired, Guardrails, Observed, PoolId, Scope};
use crate::output::findings_text;
use crate::plan::{self, Allow, Calls, CenterPart, PLAN_LIFETIME, Plan, SavedPlan, Selected};

use super::base::{self, Base, BaseArgs, CenterBase};
use super::fallback::{self, Aside};
use super::{CommandError, Context, record};

/// Which part of the config a run is about.
#[derive(Debug, Args)]
pub(super) struct Selection {
    /// Only this center
    #[arg(long, value_name = "CENTER")]
    center: Option<String>,
    /// Only this pool
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
}

impl From<&Selected> for Selection {
    fn from(selected: &Selected) -> Self {
        let Selected { center, pool } = selected;
        Self { center: center.as_ref().map(ToString::to_string), pool: pool.as_ref().map(ToString::to_string) }
    }
}

impl Selection {
    /// One center, or all of them.
    pub(super) fn center(center: Option<String>) -> Self {
        Self { center, pool: None }
    }

    /// The same part, of one center alone.
    pub(super) fn within(&self, center: &CenterId) -> Self {
        Self { center: Some(center.to_string()), pool: self.pool.clone() }
    }

    /// What was named, for people.
    pub(super) fn words(&self) -> Vec<String> {
        let center = self.center.iter().map(|center| format!("center {center}"));
        center.chain(self.pool.iter().map(|pool| format!("pool {pool}"))).collect()
    }
}

/// The files, read and checked and without an error in them.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) resolved: Resolved,
    /// The files that it was read from.
    pub(super) paths: Vec<PathBuf>,
    /// Where it is recorded what people confirmed.
    pub(super) recorded: Arc<BTreeMap<CenterId, record::Places>>,
    selected: Selected,
    /// What the changes are told a cause from.
    base: Option<Arc<Base>>,
    /// What else they are told one from, where there is no base.
    saved: Option<Arc<SavedPlan>>,
    /// Centers that were not selected, and which have to be asked whether a selected one still holds their pools.
    aside: Aside,
}

/// One center, ready to be planned for.
pub(super) struct Center {
    pub(super) settings: CenterSettings,
    pub(super) reader: Box<dyn Reader>,
    pub(super) scope: Scope,
}

impl Center {
    /// What a plan is made from: what is desired brought into the terms of what was observed.
    fn part(
        &self,
        capabilities: &'static Capabilities,
        mut desired: Desired,
        mut observed: Observed,
        base: Option<CenterBase>,
    ) -> CenterPart {
        plan::fit(&mut desired, capabilities);
        let mut notes = self.reader.fit(&mut desired);
        notes.extend(plan::unknown_people(capabilities, &desired, &observed, &self.scope.roster));
        plan::narrow(&desired, capabilities, &mut observed);
        let base =
            base.map(|base| base.in_terms_of(&*self.reader, &desired, &self.scope.roster, &observed, &mut notes));
        CenterPart { capabilities, desired, base, observed, notes }
    }
}

/// The plan and what it was made from.
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) centers: BTreeMap<CenterId, Center>,
    pub(super) parts: BTreeMap<CenterId, CenterPart>,
    /// The pools that are not in their own center, and where they are instead.
    pub(super) held: BTreeMap<PoolId, CenterId>,
}

/// Reads the files and checks them; findings go to stderr, and an error among them ends the command.
pub(super) fn open(context: &Context) -> Result<Session, CommandError> {
    Session::of(context, &checked(context)?)
}

/// Reads the files and checks them, for a command that looks at them as they are written.
pub(super) fn checked(context: &Context) -> Result<Loaded, CommandError> {
    let loaded = config::load(&context.global.directory, context.global.config.as_deref())?;
    let findings = config::check(&loaded, &centers::providers(), context.today());
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    if errors > 0 || (!findings.is_empty() && !context.ui.quiet) {
        let mut text = Vec::new();
        findings_text::write(&mut text, &loaded.files, &findings, context.ui.stderr_color)
            .map_err(CommandError::failed)?;
        context.ui.always(&String::from_utf8_lossy(&text));
    }
    if errors > 0 {
        let what = if errors == 1 { "there is an error" } else { "there are errors" };
        return Err(CommandError::message(format!("{what} in the files, so nothing was read or changed")));
    }
    Ok(loaded)
}

impl Session {
    /// What files without an error come to, with what people confirmed that they set by hand.
    pub(super) fn of(context: &Context, loaded: &Loaded) -> Result<Self, CommandError> {
        let mut resolved = config::resolve(&loaded.config, &loaded.files, &centers::providers(), context.today());
        let recorded = Arc::new(record::read(context, &mut resolved)?);
        let files = &loaded.files;
        let paths = files.iter().filter_map(|file| files.path(file).map(Path::to_owned)).collect();
        Ok(Self {
            resolved,
            paths,
            recorded,
            selected: Selected::default(),
            base: None,
            saved: None,
            aside: Aside::new(),
        })
    }

    /// Keeps only these pools, and reads nothing else: not for a plan, to which those left out would be unmanaged.
    pub(super) fn keep(&mut self, pools: &BTreeSet<(CenterId, PoolId)>) {
        let mut pools = pools.clone();
        for (pool, fallback) in &self.resolved.fallbacks {
            if pools.contains(&(fallback.home.clone(), pool.clone())) {
                pools.insert((fallback.center.clone(), pool.clone()));
            }
        }
        self.resolved
            .fallbacks
            .retain(|pool, fallback| pools.contains(&(fallback.home.clone(), pool.clone())));
        let centers = &mut self.resolved.centers;
        centers.retain(|id, _| pools.iter().any(|(center, _)| center == id));
        for (id, center) in centers {
            let kept = |pool: &PoolId| pools.contains(&(id.clone(), pool.clone()));
            center.scope.pools.retain(|pool, _| kept(pool));
            retain(&mut center.desired, kept);
        }
    }

    /// Keeps only what was selected.
    pub(super) fn select(&mut self, selection: &Selection) -> Result<(), CommandError> {
        if let Some(name) = &selection.center {
            let found = self.resolved.centers.keys().find(|center| center.as_str() == name).cloned();
            if found.is_none() {
                return Err(unknown("center", name, self.resolved.centers.keys().map(CenterId::as_str)));
            }
            self.selected.center = found;
            self.aside = fallback::aside(&self.resolved, name);
            self.resolved.centers.retain(|center, _| center.as_str() == name);
        }
        if let Some(name) = &selection.pool {
            let pools: Vec<PoolId> = self
                .resolved
                .centers
                .values()
                .flat_map(|center| center.scope.pools.keys().cloned())
                .collect();
            let found = pools.iter().find(|pool| pool.as_str() == name).cloned();
            if found.is_none() {
                return Err(unknown("pool", name, pools.iter().map(PoolId::as_str)));
            }
            self.selected.pool = found;
            self.resolved.fallbacks.retain(|pool, _| pool.as_str() == name);
            self.resolved.centers.retain(|_, center| center.scope.pools.contains_key(name.as_str()));
            for center in self.resolved.centers.values_mut() {
                // The scope keeps every pool, so that those left out are not taken for unmanaged ones.
                retain(&mut center.desired, |pool| pool.as_str() == name);
            }
        }
        Ok(())
    }

    /// Reads what the files asked at the revision that was named, if any.
    pub(super) fn compare(&mut self, context: &Context, args: &BaseArgs) -> Result<(), CommandError> {
        self.base = Base::open(context, args)?.map(Arc::new);
        Ok(())
    }

    /// Lets the changes have the causes that were known when a plan was saved, unless there is a base that tells them.
    pub(super) fn remember(&mut self, saved: &Arc<SavedPlan>) {
        self.saved = Some(Arc::clone(saved));
    }

    /// The selected centers, with every pool where it is held now.
    pub(super) async fn placed(&self) -> Result<BTreeMap<CenterId, config::ResolvedCenter>, CommandError> {
        let mut centers = self.resolved.centers.clone();
        centers.extend(self.aside.clone());
        fallback::place(&mut centers, &self.resolved.fallbacks).await?;
        centers.retain(|id, _| self.resolved.centers.contains_key(id));
        Ok(centers)
    }

    /// Reads every center, side by side, and makes the plan.
    pub(super) async fn plan(self, context: &Context, allows: &[Allow]) -> Result<Planned, CommandError> {
        let _waiting = context.ui.waiting("reading the centers");
        let Resolved { centers: resolved, guardrails, fallbacks, rates, .. } = self.resolved;
        let selected: BTreeSet<CenterId> = resolved.keys().cloned().collect();
        let mut all = resolved;
        all.extend(self.aside);
        let held = fallback::place(&mut all, &fallbacks).await?;
        let mut read = BTreeMap::new();
        for one in try_join_all(all.into_iter().map(|(id, center)| observe(id, center))).await? {
            read.insert(one.id.clone(), one);
        }
        let settled = fallback::settle(read, &fallbacks, &held, self.base.as_deref(), &selected);
        let (mut centers, mut parts) = (BTreeMap::new(), BTreeMap::new());
        for (id, center, part) in settled {
            centers.insert(id.clone(), center);
            parts.insert(id, part);
        }
        let held = held
            .into_keys()
            .filter_map(|pool| Some((pool.clone(), fallbacks.get(&pool)?.center.clone())))
            .collect();
        let mut plan = Plan { selected: self.selected, ..make(&parts, &centers, &guardrails, allows) };
        plan.summary.worst_case.tell_worth(&rates);
        if let Some(base) = &self.base {
            base.tell_who_wrote(context, &mut plan);
            base::audit(&mut plan, &centers).await;
        } else if let Some(saved) = &self.saved {
            saved.tell_causes(&mut plan);
            plan.refusals = plan::check(&guardrails, allows, &plan.changes, &parts, &plan.summary.worst_case.after);
        }
        plan.steps = steps(&plan, &centers, &parts);
        Ok(Planned { plan, centers, parts, held })
    }
}

/// What a person has to do, center after center, numbered.
fn steps(plan: &Plan, centers: &BTreeMap<CenterId, Center>, parts: &BTreeMap<CenterId, CenterPart>) -> Vec<plan::Step> {
    let mut all = Vec::new();
    for (id, Center { reader, scope, .. }) in centers {
        let changes: Vec<&plan::Change> = plan.manual().filter(|change| change.center == *id).collect();
        if let Some(part) = parts.get(id).filter(|_| !changes.is_empty()) {
            all.extend(reader.steps(&changes, scope, &part.observed));
        }
    }
    (1..).zip(all).map(|(number, step)| plan::Step { number, ..step }).collect()
}

/// Keeps only some pools of what is desired.
fn retain(desired: &mut Desired, kept: impl Fn(&PoolId) -> bool) {
    let Desired { state, lapsed, outlived, absent, elsewhere: _, sources: _ } = desired;
    state.pools.retain(|pool, _| kept(pool));
    lapsed.retain(|pool, _| kept(pool));
    outlived.retain(|pool, _| kept(pool));
    absent.retain(|pool, _| kept(pool));
}

fn make(
    parts: &BTreeMap<CenterId, CenterPart>,
    centers: &BTreeMap<CenterId, Center>,
    guardrails: &Guardrails,
    allows: &[Allow],
) -> Plan {
    let expires_at = Timestamp::now() + PLAN_LIFETIME;
    plan::make(parts, guardrails, allows, expires_at, |center, batches| {
        let reader = centers.get(center).map(|center| &center.reader);
        let looked = parts.get(center).map_or(0, |part| part.observed.reads);
        reader.map_or_else(Calls::default, |reader| reader.cost(batches).calls(&reader.rates(), looked))
    })
}

/// One center as it was read, before what the files ask of it is brought into its terms.
pub(super) struct Read {
    pub(super) id: CenterId,
    pub(super) capabilities: &'static Capabilities,
    pub(super) center: Center,
    pub(super) desired: Desired,
    pub(super) observed: Observed,
}

async fn observe(id: CenterId, center: config::ResolvedCenter) -> Result<Read, CommandError> {
    let config::ResolvedCenter { settings, capabilities, desired, scope } = center;
    let reader =
        centers::reader(&settings).map_err(|error| CommandError::from(error).context(format!("center {id}")))?;
    let observed = reader.read(&scope).await;
    let observed = observed.map_err(|error| CommandError::from(error).context(format!("center {id}")))?;
    Ok(Read { id, capabilities, center: Center { settings, reader, scope }, desired, observed })
}

impl Read {
    /// What a plan is made from, while more is to be known of the center.
    pub(super) fn part(&self) -> CenterPart {
        let Self { id: _, capabilities, center, desired, observed } = self;
        center.part(capabilities, desired.clone(), observed.clone(), None)
    }

    /// What a plan is made from. Nothing is copied: both sides may be 100,000 people.
    pub(super) fn into_part(self, base: Option<CenterBase>) -> (Center, CenterPart) {
        let Self { id: _, capabilities, center, desired, observed } = self;
        let part = center.part(capabilities, desired, observed, base);
        (center, part)
    }
}

/// The error for a name that the files do not have, with the nearest one that they do.
pub(super) fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> CommandError {
    let known: Vec<&str> = known.collect();
    let error = CommandError::usage(format!("there is no {what} `{name}` in the files"));
    let nearest = known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((_, candidate)) => error.hint(format!("did you mean `{candidate}`?")),
        None if known.is_empty() => error.hint(format!("the files have no {what} at all")),
        None => error.hint(format!("there are {}", shorten(&known))),
    }
}

fn shorten(names: &[&str]) -> String {
    match names.get(..8) {
        Some(first) if names.len() > 8 => format!("{} and {} more", first.join(", "), names.len() - 8),
        _ => names.join(", "),
    }
}
