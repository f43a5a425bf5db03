//! The embedded center: a small, real credit gate in one SQLite file. It keeps what it is told, and every draw on a
//! pool goes through it, so that nobody ever draws more than their cap and no pool gives more than its budget.

mod answers;
mod audit;
mod capabilities;
mod checkup;
mod draw;
mod edit;
mod map;
mod outcome;
mod read;
mod schema;
mod store;
mod tables;
mod usage;
mod writer;

use std::collections::BTreeMap;
use std::path::PathBuf;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::centers::{CenterError, Reader};
use crate::model::Inventory;
use crate::model::capability::Capabilities;
use crate::model::{CenterSettings, Checkup, Desired, Drawn, Observed, PoolId, Scope, Target};
use crate::plan::{Change, Cost};

pub(crate) use answers::Answer;
pub use audit::{AuditEntry, audit_of};
pub use capabilities::CAPABILITIES;
pub use draw::draw;
pub(crate) use edit::Edit;
pub(crate) use map::{PoolRow, RowError};
pub(super) use map::{TARGET, whole_grant, whole_pool};
pub use outcome::{Balance, Draw, Exhausted, Ineligible};
pub(crate) use store::{Member, Store, View};
pub use usage::{MemberUse, Usage, usage};
pub use writer::EmbeddedWriter;

/// Where the file is when nobody says.
const DEFAULT_PATH: &str = ".bursar/center.db";

/// The path as it is written, which is also the center's identity.
fn written_path(settings: &CenterSettings) -> &str {
    settings.path.as_deref().unwrap_or(DEFAULT_PATH)
}

/// By what the center is known.
pub(super) fn identity(settings: &CenterSettings) -> String {
    written_path(settings).to_owned()
}

/// Where the file of an embedded center is.
pub fn path(settings: &CenterSettings) -> PathBuf {
    settings.folder.join(written_path(settings))
}

/// The name of a pool in the center: what its target says, else its name in the files.
pub(super) fn pool_name<'a>(target: &'a Target, id: &'a PoolId) -> &'a str {
    target.get(map::TARGET).unwrap_or(id.as_str())
}

/// Names every pool of a desired state as the center does.
pub(super) fn fit_targets(desired: &mut Desired) {
    for (id, pool) in &mut desired.state.pools {
        pool.target = Target::of(map::TARGET, pool_name(&pool.target, id));
    }
    for (id, (target, _)) in &mut desired.absent {
        *target = Target::of(map::TARGET, pool_name(target, id));
    }
}

/// An embedded center to read. The file is opened anew for each reading, and need not be there.
#[derive(Clone, Debug)]
pub struct Embedded {
    identity: String,
    path: PathBuf,
}

impl Embedded {
    /// The center that the settings name.
    pub fn new(settings: &CenterSettings) -> Self {
        Self { identity: identity(settings), path: path(settings) }
    }
}

// Reading blocks for as long as it takes to read a local file. Handing it to another thread would need a copy of the
// whole roster, which costs more than the reading.
#[async_trait]
impl Reader for Embedded {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn fit(&self, desired: &mut Desired) -> Vec<String> {
        fit_targets(desired);
        Vec::new()
    }

    async fn read(&self, scope: &Scope) -> Result<Observed, CenterError> {
        let observed = match schema::open_to_read(&self.path)? {
            Some(mut db) => read::observed(&mut db, scope).map_err(|error| error.in_file(&self.path))?,
            None => Observed { roster: read::roster(scope), ..Observed::default() },
        };
        Ok(Observed { identity: self.identity.clone(), reads: 1, ..observed })
    }

    async fn inventory(&self, scope: &Scope) -> Result<Inventory, CenterError> {
        let inventory = match schema::open_to_read(&self.path)? {
            Some(mut db) => read::inventory(&mut db, &scope.roster).map_err(|error| error.in_file(&self.path))?,
            None => Inventory { notes: vec!["the center is not there yet".to_owned()], ..Inventory::default() },
        };
        Ok(Inventory { identity: self.identity.clone(), ..inventory })
    }

    async fn usage(&self, scope: &Scope) -> Result<Option<Drawn>, CenterError> {
        let Some(mut db) = schema::open_to_read(&self.path)? else { return Ok(Some(Drawn::default())) };
        let drawn = usage::drawn(&mut db, scope, Timestamp::now()).map_err(|error| error.in_file(&self.path))?;
        Ok(Some(drawn))
    }

    fn cost(&self, batches: &[&[Change]]) -> Cost {
        Cost { reads: 0, writes: batches.len() as u64, look: 1 }
    }

    async fn checkup(&self, _scope: &Scope) -> Checkup {
        checkup::look(&self.path, &self.identity)
    }

    async fn audit(&self, changes: &[&Change], _scope: &Scope) -> Result<BTreeMap<String, String>, CenterError> {
        audit::foreign(&self.path, changes)
    }
}
