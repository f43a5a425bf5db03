//! Centers that random worlds are brought to: started once, filled anew for each world, and looked into behind Bursar's
//! back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bursar::apply::Site;
use bursar::centers::{self, CenterError, Reader, Verdict, Writer, Written};
use bursar::model::{CenterId, CenterSettings, Guardrails};
use bursar::plan::{CenterPart, Change, Plan, batches, diff, phases};

use super::worlds::World;
use crate::fakes::proxy::{Faults, Watch};
use crate::litellm::world::Files;
use crate::resume::harness::Death;
use crate::world::plan_of;

/// What somebody has in a pool.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Right {
    /// The cap of their own, as the center keeps it, where they have a grant.
    pub(crate) grant: Option<Option<String>>,
    /// The most that they may draw; `None` where nothing but the budget holds.
    pub(crate) most: Option<f64>,
}

impl Right {
    /// Whether it is at least the smaller of two others.
    pub(super) fn is_no_less_than(&self, one: &Self, other: &Self) -> bool {
        let amount = |right: &Self| right.most.unwrap_or(f64::INFINITY);
        amount(self) >= amount(one).min(amount(other))
    }
}

/// What a center holds at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Snapshot {
    /// Who has what, by pool and person.
    pub(crate) rights: BTreeMap<(String, String), Right>,
    /// What else there is to say about each pool.
    pub(crate) pools: BTreeMap<String, String>,
}

/// Looks into a center.
pub(crate) type Look = Arc<dyn Fn() -> Snapshot + Send + Sync>;

/// A kind of center.
pub(crate) trait Place: Sized {
    /// Whether it can hold whatever the files can ask, and knows people by their ids.
    const WIDE: bool;
    /// Starts an empty one.
    fn start() -> Self;
    /// Makes it as a world begins, whatever was there.
    async fn fill(&self, world: &World);
    /// Leads to it by the way that is watched and on which things go wrong.
    fn settings(&self) -> CenterSettings;
    /// Leads to it by another way.
    fn direct(&self) -> CenterSettings;
    /// From now on these things go wrong. What was sent before has come to its end.
    async fn trouble(&self, faults: Faults, watch: Arc<Watched>);
    /// From now on nothing is sent any more.
    async fn settle(&self);
    /// What looks into it.
    fn look(&self) -> Look;
    /// What was made twice since it was filled, where the center keeps a record.
    fn twice(&self) -> Vec<String>;
}

/// A part of a life on which everything is seen, and which may end at any step of it.
pub(crate) struct Watched {
    pub(crate) death: Arc<Death>,
    look: Look,
    /// What there was after each write.
    history: Mutex<Vec<(String, Snapshot)>>,
}

impl Watched {
    pub(crate) fn new(death: Arc<Death>, look: Look) -> Arc<Self> {
        Arc::new(Self { death, look, history: Mutex::default() })
    }

    pub(crate) fn history(&self) -> Vec<(String, Snapshot)> {
        self.history.lock().unwrap().clone()
    }

    fn see(&self, what: &str) {
        let now = (self.look)();
        self.history.lock().unwrap().push((what.to_owned(), now));
    }
}

impl Watch for Watched {
    fn before(&self, _line: &str) -> bool {
        !self.death.has_come() && !self.death.strikes()
    }

    fn after(&self, line: &str) -> bool {
        self.see(line);
        !self.death.has_come() && !self.death.strikes()
    }
}

/// A writer that may die before and after each write.
struct Mortal {
    writer: Box<dyn Writer>,
    watch: Arc<Watched>,
}

#[async_trait]
impl Writer for Mortal {
    async fn write(&self, changes: &[Change]) -> Vec<Written> {
        self.watch.death.step().await;
        let written = self.writer.write(changes).await;
        self.watch.see("a write");
        self.watch.death.step().await;
        written
    }
}

/// The center as it is, and what the files ask of it.
async fn part(reader: &dyn Reader, files: &Files) -> Result<CenterPart, CenterError> {
    let capabilities = reader.capabilities();
    let (desired, notes) = files.desired(reader);
    let observed = reader.read(&files.scope()).await?;
    Ok(CenterPart { capabilities, desired, base: None, observed, notes })
}

/// What is left to be done.
pub(crate) async fn look(settings: &CenterSettings, files: &Files) -> Result<Vec<Change>, CenterError> {
    let part = part(centers::reader(settings)?.as_ref(), files).await?;
    Ok(diff(&settings.id, part.capabilities, &part.desired, &part.observed))
}

/// The plan that leads from what a center shows to what the files ask, and all that it takes to make it so.
pub(crate) async fn plan(
    settings: &CenterSettings,
    files: &Files,
) -> Result<(Plan, BTreeMap<CenterId, Site>), CenterError> {
    let reader = centers::reader(settings)?;
    let part = part(reader.as_ref(), files).await?;
    let (desired, scope) = (part.desired.clone(), files.scope());
    let plan = plan_of(&[(settings.id.clone(), part)].into(), &Guardrails::default(), &[]);
    let writer = centers::writer(settings, &scope)?;
    Ok((plan, [(settings.id.clone(), Site { reader, writer, desired, scope })].into()))
}

/// Makes changes, and expects each to be made.
pub(crate) async fn write(site: &Site, changes: &[Change]) {
    let capabilities = site.reader.capabilities();
    for batch in batches(changes, &phases(changes, |_| Some(capabilities)), capabilities) {
        for written in site.writer.write(&changes[batch.changes]).await {
            assert_eq!(written.verdict, Verdict::Applied, "{written:?}");
        }
    }
}

/// The same sites with writers that may die.
pub(crate) fn mortal(sites: BTreeMap<CenterId, Site>, watch: &Arc<Watched>) -> BTreeMap<CenterId, Site> {
    let mortal =
        |site: Site| Site { writer: Box::new(Mortal { writer: site.writer, watch: Arc::clone(watch) }), ..site };
    sites.into_iter().map(|(id, site)| (id, mortal(site))).collect()
}
