//! The credit gate in one file as a place for random worlds: opened by Bursar itself, and behind a `bursar serve`.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::{Arc, Mutex};

use bursar::centers;
use bursar::model::{CenterId, CenterSettings, SecretSource};
use rusqlite::Connection;
use tempfile::TempDir;

use super::place::{Look, Place, Right, Snapshot, Watched, plan, write};
use super::worlds::{PEOPLE, World};
use crate::fakes::proxy::{Faults, Proxy};
use crate::serve::Serving;

/// The file of a center in a folder.
pub(crate) struct Gate {
    folder: TempDir,
}

/// Opened by Bursar itself.
pub(crate) struct Embedded {
    gate: Gate,
}

/// Behind a server, behind a proxy.
pub(crate) struct Http {
    gate: Gate,
    serving: Serving,
    proxy: Proxy,
}

fn settings(provider: &str, folder: &Path, url: Option<&str>) -> CenterSettings {
    CenterSettings {
        path: url.is_none().then(|| "center.db".to_owned()),
        base_url: url.map(str::to_owned),
        token: url.map(|_| SecretSource::Env("CARGO_PKG_NAME".to_owned())),
        ..CenterSettings::new(CenterId::new("gateway").unwrap(), provider, folder)
    }
}

impl Gate {
    fn new() -> Self {
        // Where there is a disk that needs no syncing, thousands of worlds are made and unmade on it.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        Self { folder }
    }

    fn embedded(&self) -> CenterSettings {
        settings("embedded", self.folder.path(), None)
    }

    fn open(&self) -> Connection {
        let db = Connection::open(self.folder.path().join("center.db")).unwrap();
        db.busy_timeout(std::time::Duration::from_secs(20)).unwrap();
        db
    }

    async fn fill(&self, world: &World) {
        let settings = self.embedded();
        // Makes the file where there is none.
        drop(centers::writer(&settings, &world.before.scope()).unwrap());
        let db = self.open();
        let tables = ["grants", "alerts", "drawn_by_member", "drawn_by_pool", "draws", "pools", "members", "answers"];
        db.execute_batch(&tables.map(|table| format!("DELETE FROM {table};")).concat()).unwrap();
        db.execute_batch(&triggers(&Faults::default())).unwrap();
        let (plan, sites) = plan(&settings, &world.before).await.unwrap();
        write(&sites[&settings.id], &plan.changes).await;
        for (pool, people) in &world.strangers {
            for person in people {
                db.execute("INSERT OR IGNORE INTO members (name) VALUES (?1)", [person]).unwrap();
                let grant = "INSERT INTO grants SELECT pools.id, members.id, 'inherit', NULL FROM pools, members
                             WHERE pools.name = ?1 AND members.name = ?2";
                db.execute(grant, [pool.as_str(), person]).unwrap();
            }
        }
        db.execute_batch("DELETE FROM audit").unwrap();
    }

    fn look(&self) -> Look {
        let db = Mutex::new(self.open());
        Arc::new(move || look(&db.lock().unwrap()).unwrap())
    }

    fn twice(&self) -> Vec<String> {
        let db = self.open();
        let query = "SELECT what || ' ' || pool || ' ' || object FROM audit GROUP BY 1 HAVING count(*) > 1";
        let mut statement = db.prepare(query).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }
}

/// The most that a cap lets somebody draw.
fn most(cap: &str, default: &str) -> Option<f64> {
    match if cap == "inherit" { default } else { cap } {
        "unlimited" | "inherit" => None,
        amount => Some(amount.split(' ').next().unwrap().parse().unwrap()),
    }
}

fn look(db: &Connection) -> rusqlite::Result<Snapshot> {
    let mut snapshot = Snapshot::default();
    // One reading of everything, so that nothing changes in between.
    let seen = db.unchecked_transaction()?;
    let mut pools = seen.prepare_cached(
        "SELECT name, default_cap, others, description, unit, period, budget, when_exhausted,
                (SELECT group_concat(scope || at || notify) FROM alerts WHERE pool = pools.id) FROM pools",
    )?;
    let mut rows = pools.query([])?;
    while let Some(row) = rows.next()? {
        let (name, default, others): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let mut settings = format!("{default} {others}");
        for column in 3..9 {
            let _ = write!(settings, " {:?}", row.get::<_, Option<String>>(column)?);
        }
        snapshot.pools.insert(name.clone(), settings);
        if others != "blocked" {
            for person in PEOPLE {
                let right = Right { grant: None, most: most(&others, &default) };
                snapshot.rights.insert((name.clone(), person.to_owned()), right);
            }
        }
    }
    let mut grants = seen.prepare_cached(
        "SELECT pools.name, members.name, cap, default_cap FROM grants
         JOIN pools ON pools.id = pool JOIN members ON members.id = member",
    )?;
    let mut rows = grants.query([])?;
    while let Some(row) = rows.next()? {
        let (pool, person, cap, default): (String, String, String, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let right = Right { most: most(&cap, &default), grant: Some(Some(cap)) };
        snapshot.rights.insert((pool, person), right);
    }
    Ok(snapshot)
}

/// What goes wrong in the file itself, as a full disk makes it go wrong: some lines cannot be written, and with them
/// goes the change, the whole transaction, or what is found out only when it ends.
fn triggers(faults: &Faults) -> String {
    let mut sql = "CREATE TABLE IF NOT EXISTS nobody (x INTEGER REFERENCES pools DEFERRABLE INITIALLY DEFERRED);
                   DROP TRIGGER IF EXISTS t0; DROP TRIGGER IF EXISTS t1; DROP TRIGGER IF EXISTS t2;"
        .to_owned();
    if faults.percent.is_empty() {
        return sql;
    }
    for at in 0..3 {
        let mut hasher = DefaultHasher::new();
        (faults.seed, at).hash(&mut hasher);
        let chance = usize::try_from(hasher.finish() % 10_000).unwrap();
        let object =
            ["%", "%ana", "%ben", "%cleo", "others", "", "alerts/%", "grants/%", "%dora", "%emil"][chance % 10];
        let does = match chance / 10 % 6 {
            0 => "SELECT RAISE(ABORT, 'no room')",
            1 => "SELECT RAISE(FAIL, 'no room')",
            2 | 3 => "SELECT RAISE(ROLLBACK, 'database or disk is full')",
            4 => "INSERT INTO nobody VALUES (-1)",
            _ => continue,
        };
        let pool = ["art", "lab", "web", "%"][chance / 100 % 4];
        let _ = write!(
            sql,
            "CREATE TRIGGER t{at} AFTER INSERT ON audit WHEN NEW.object LIKE '{object}' AND NEW.pool LIKE '{pool}'
             BEGIN {does}; END;"
        );
    }
    sql
}

impl Place for Embedded {
    const WIDE: bool = true;

    fn start() -> Self {
        Self { gate: Gate::new() }
    }

    async fn fill(&self, world: &World) {
        self.gate.fill(world).await;
    }

    fn settings(&self) -> CenterSettings {
        self.gate.embedded()
    }

    fn direct(&self) -> CenterSettings {
        self.gate.embedded()
    }

    async fn trouble(&self, faults: Faults, _watch: Arc<Watched>) {
        self.gate.open().execute_batch(&triggers(&faults)).unwrap();
    }

    async fn settle(&self) {}

    fn look(&self) -> Look {
        self.gate.look()
    }

    fn twice(&self) -> Vec<String> {
        self.gate.twice()
    }
}

impl Place for Http {
    const WIDE: bool = true;

    fn start() -> Self {
        let gate = Gate::new();
        let serving = Serving::open(gate.folder.path());
        let proxy = Proxy::start(&serving.url, Faults::default());
        Self { gate, serving, proxy }
    }

    async fn fill(&self, world: &World) {
        self.proxy.forget().await;
        self.gate.fill(world).await;
    }

    fn settings(&self) -> CenterSettings {
        settings("http", self.gate.folder.path(), Some(self.proxy.url()))
    }

    fn direct(&self) -> CenterSettings {
        settings("http", self.gate.folder.path(), Some(&self.serving.url))
    }

    async fn trouble(&self, faults: Faults, watch: Arc<Watched>) {
        self.proxy.go_on(faults, watch).await;
    }

    async fn settle(&self) {
        self.proxy.settle().await;
    }

    fn look(&self) -> Look {
        self.gate.look()
    }

    fn twice(&self) -> Vec<String> {
        self.gate.twice()
    }
}
