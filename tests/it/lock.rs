//! The lock around a run: who gets it, who waits, who is told what, and what stops a run that lost it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bursar::apply::lock::{LockError, Locker, Runner, Terms};
use bursar::apply::{Approved, Controls, Interrupt, Journal, Outcome, Progress, Site, run};
use bursar::centers::{self, CenterError, Reader, Verdict, Writer, Written};
use bursar::model::capability::Capabilities;
use bursar::model::{CenterId, CenterSettings, Desired, Inventory, Observed, Place, Scope, SecretSource};
use bursar::plan::{Change, Cost};

use crate::terminal::{bursar, example, folder, let_locks_run_out, only_locks, show, terminal};
use crate::world::{World, pool_id};

const CENTER: &str = ".bursar/center.db";

fn on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn locker(folder: &Path, name: &str, ttl: Duration) -> Locker {
    let url = Some("https://github.com/acme/credits/actions/runs/17".to_owned());
    let terms = Terms { ttl, ..Terms::default() };
    Locker::open(&Place::Local(folder.join(".bursar")), Runner::new(name.to_owned(), url), terms).unwrap()
}

fn centers(names: &[&str]) -> BTreeMap<CenterId, String> {
    names.iter().map(|name| (CenterId::new(name).unwrap(), (*name).to_owned())).collect()
}

/// Somebody holds the lock of the quickstart's center, at times that are always the same.
fn held_by_alice(folder: &Path) {
    let locker = locker(folder, "alice@laptop (process 4711)", Duration::from_mins(1));
    // Dropped and not given back, as by a run that died.
    let _ = on(locker.lock(&BTreeMap::from([(CenterId::new("local").unwrap(), CENTER.to_owned())]))).unwrap();
    let times = "UPDATE leases SET acquired_at = '2026-06-15T12:00:00Z', expires_at = '2999-06-15T12:01:00Z'";
    assert_eq!(locks(folder).execute(times, []).unwrap(), 1);
}

fn locks(folder: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(folder.join(".bursar/locks.db")).unwrap()
}

/// The token of the only lease, and whether it was given back.
fn lease(folder: &Path) -> (u32, bool) {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    locks(folder).query_row("SELECT token, released FROM leases", [], read).unwrap()
}

#[test]
fn who_comes_second_is_told_who_holds_it() {
    let folder = example("quickstart");
    held_by_alice(folder.path());
    let mut shown = terminal(folder.path(), "apply --yes");
    shown.push_str(&terminal(folder.path(), "apply --yes --lock-timeout 1"));
    shown.push_str(&terminal(folder.path(), "apply --yes --lock-timeout soon"));
    insta::assert_snapshot!(shown);
    assert!(!folder.path().join(".bursar/center.db").exists(), "nothing was written");
    // Who only looks needs no lock.
    assert_eq!(code(folder.path(), "plan --detailed-exitcode"), 2);
    assert_eq!(lease(folder.path()), (1, false));
}

#[test]
fn a_lock_is_taken_away_by_who_says_so() {
    let folder = example("quickstart");
    let mut shown = terminal(folder.path(), "unlock --yes");
    assert!(!folder.path().join(".bursar").exists(), "looking makes nothing");
    held_by_alice(folder.path());
    for line in ["unlock", "unlock --center nobody", "unlock --yes --center local", "unlock --yes"] {
        shown.push_str(&terminal(folder.path(), line));
    }
    insta::assert_snapshot!(shown);
    assert_eq!(lease(folder.path()), (2, true));
    assert_eq!(code(folder.path(), "apply --yes -q"), 0);
    assert_eq!(lease(folder.path()), (3, true));
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_is_asked_before_a_lock_is_taken_away() {
    for (typed, exit, token) in [("n\n", 1, 1), ("y\n", 0, 2)] {
        let folder = example("quickstart");
        held_by_alice(folder.path());
        let Some((shown, code)) = crate::process::on_a_terminal(folder.path(), "unlock", typed, &[]) else { return };
        assert!(shown.contains("Take this lock away? [y/N]"), "{shown}");
        assert_eq!((code, lease(folder.path()).0), (exit, token), "{shown}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_changed_while_somebody_was_asked_is_not_done() {
    let folder = example("quickstart");
    let at = folder.path();
    let mut command = std::process::Command::new("script");
    command.args(["-qec", &format!("{} apply", env!("CARGO_BIN_EXE_bursar")), "/dev/null"]);
    command.current_dir(at).env("NO_COLOR", "1").env("SHELL", "/bin/sh");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else { return };
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut shown = Vec::new();
    while !String::from_utf8_lossy(&shown).contains("[y/N]") {
        let mut part = [0; 4096];
        let length = std::io::Read::read(&mut stdout, &mut part).unwrap();
        assert!(length > 0, "it ended: {}", String::from_utf8_lossy(&shown));
        shown.extend_from_slice(&part[..length]);
    }
    // While one person thinks, another one applies: nobody is kept waiting by a question.
    assert_eq!(code(at, "apply --yes -q"), 0);
    std::io::Write::write_all(&mut stdin, b"y\n").unwrap();
    std::io::Read::read_to_end(&mut stdout, &mut shown).unwrap();
    let shown = String::from_utf8_lossy(&shown).into_owned();
    assert_eq!(child.wait().unwrap().code(), Some(5), "{shown}");
    assert!(shown.contains("the center changed while you were asked, so nothing was written"), "{shown}");
    assert_eq!(lease(at), (2, true), "the lock was given back");
}

fn code(folder: &Path, line: &str) -> i32 {
    bursar(folder).args(line.split_whitespace()).output().unwrap().status.code().unwrap()
}

/// A pool of the embedded center with so many people in it.
fn crowd(people: usize) -> String {
    let mut text = "version: 1\ncenters:\n  local: { provider: embedded }\nmembers:\n".to_owned();
    for i in 0..people {
        let _ = writeln!(text, "  p{i}: {{ email: p{i}@acme.example }}");
    }
    text.push_str("groups:\n  all: [");
    for i in 0..people {
        let _ = write!(text, "p{i}, ");
    }
    text.push_str(
        "]\npools:\n  ai:\n    center: local\n    budget: { limit: 900000, unit: credits, period: monthly }\n    \
         access: [{ group: all, cap: 10 }]\n    others: blocked\n",
    );
    text
}

/// So many processes at once.
fn race(folder: &Path, arguments: &str) -> Vec<i32> {
    let start = |i: usize| -> Child {
        let mut command = bursar(folder);
        command.args(arguments.split_whitespace()).args(["--journal", &format!("{i}.jsonl")]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let children: Vec<Child> = (0..16).map(start).collect();
    children.into_iter().map(|mut child| child.wait().unwrap().code().unwrap()).collect()
}

/// How many lines of intent all journals have.
fn intents(folder: &Path) -> usize {
    let journals = (0..16).filter_map(|i| fs::read_to_string(folder.join(format!("{i}.jsonl"))).ok());
    journals
        .map(|text| text.lines().filter(|line| line.contains("\"kind\":\"intent\"")).count())
        .sum()
}

#[test]
fn of_sixteen_one_at_a_time_writes() {
    let folder = folder(&crowd(300));
    let codes = race(folder.path(), "apply --yes -q");
    let done = codes.iter().filter(|code| **code == 0).count();
    assert!(codes.iter().all(|code| matches!(code, 0 | 6)), "{codes:?}");
    assert!(done >= 1, "{codes:?}");
    assert_eq!(lease(folder.path()), (u32::try_from(done).unwrap(), true), "each that got it had it alone: {codes:?}");
    assert_eq!(intents(folder.path()), 301, "nothing was done twice");
}

#[test]
fn sixteen_that_wait_finish_in_turn() {
    let folder = folder(&crowd(300));
    let codes = race(folder.path(), "apply --yes -q --lock-timeout 5m");
    assert_eq!(codes, [0; 16]);
    assert_eq!(lease(folder.path()), (16, true));
    assert_eq!(intents(folder.path()), 301, "nothing was done twice");
}

#[test]
fn sixteen_get_nothing_while_another_run_holds_it() {
    let folder = folder(&crowd(3));
    held_by_alice(folder.path());
    assert_eq!(race(folder.path(), "apply --yes -q"), [6; 16]);
    assert_eq!(lease(folder.path()), (1, false));
    assert_eq!(intents(folder.path()), 0);
}

#[test]
fn the_lock_of_the_dead_is_free_at_once_and_runs_out_where_nobody_can_tell() {
    for tells in [true, false] {
        let folder = folder(&crowd(4000));
        dies(folder.path(), tells);
    }
}

/// A run is killed, and its sign of life says so, or is not there as on a file system that has no locks.
fn dies(at: &Path, tells: bool) {
    let mut child = bursar(at).args(["apply", "--yes", "-q", "--journal", "first.jsonl"]).spawn().unwrap();
    let started = Instant::now();
    while fs::metadata(at.join("first.jsonl")).map_or(0, |file| file.len()) < 900 {
        assert!(started.elapsed() < Duration::from_mins(1), "no journal");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(lease(at), (1, false));
    let signs = || {
        let files = fs::read_dir(at.join(".bursar")).unwrap().map(|entry| entry.unwrap().path());
        files
            .filter(|path| path.extension().is_some_and(|end| end == "alive"))
            .collect::<Vec<_>>()
    };
    assert_eq!(signs().len(), 1);
    if !tells {
        fs::remove_file(&signs()[0]).unwrap();
        assert_eq!(code(at, "apply --yes -q"), 6);
        let_locks_run_out(at);
    }
    assert_eq!(code(at, "apply --yes -q"), 0);
    assert_eq!(lease(at), (2, true));
    assert_eq!(signs().len(), 0);
}

#[cfg(unix)]
#[test]
fn a_run_that_is_told_to_end_gives_its_lock_back() {
    let folder = folder(&crowd(4000));
    let at = folder.path();
    let mut child = bursar(at).args(["apply", "--yes", "-q"]).stdout(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    // The lock is there before anything else is.
    while !at.join(".bursar/locks.db").exists() || locks(at).query_row("SELECT 1 FROM leases", [], |_| Ok(())).is_err()
    {
        assert!(started.elapsed() < Duration::from_mins(1), "no lock");
        std::thread::sleep(Duration::from_millis(1));
    }
    let kill = std::process::Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
    let status = child.wait().unwrap();
    // In the moment before it listens the signal ends it as any other process; then the lock runs out.
    if let Some(code) = status.code() {
        assert!(matches!(code, 143 | 0), "{code}");
        assert_eq!(lease(at), (1, true));
    }
}

#[test]
fn the_lock_lies_where_the_file_says() {
    let folder = folder(&crowd(2));
    let at = folder.path();
    let text = fs::read_to_string(at.join("bursar.yaml")).unwrap();
    fs::create_dir(at.join("conf")).unwrap();
    fs::write(at.join("conf/people.yaml"), text).unwrap();
    fs::write(at.join("conf/lock.yaml"), "version: 1\nlock: ../shared/locks\n").unwrap();
    assert_eq!(code(at, "-c conf apply --yes -q"), 0);
    assert!(at.join("shared/locks/locks.db").exists());
    assert!(!at.join("conf/.bursar/locks.db").exists());
    // Where nobody says, it lies in the folder of the files, however they are named.
    fs::remove_file(at.join("conf/lock.yaml")).unwrap();
    assert_eq!(code(at, "-c conf apply --yes -q"), 0);
    assert_eq!(code(at, "-c conf/people.yaml apply --yes -q"), 0);
    let token = rusqlite::Connection::open(at.join("conf/.bursar/locks.db")).unwrap();
    let token: u32 = token.query_row("SELECT token FROM leases", [], |row| row.get(0)).unwrap();
    assert_eq!(token, 2);
    fs::write(at.join("bursar.yaml"), "version: 1\nlock: /dev/null/locks\n").unwrap();
    assert_eq!(code(at, "apply --yes -q"), 0, "without centers there is nothing to lock");
}

#[test]
fn a_file_of_something_else_is_left_alone() {
    let folder = example("quickstart");
    fs::create_dir(folder.path().join(".bursar")).unwrap();
    fs::write(folder.path().join(".bursar/locks.db"), "notes of mine, and no database\n".repeat(100)).unwrap();
    let mut shown = terminal(folder.path(), "apply --yes");
    fs::remove_file(folder.path().join(".bursar/locks.db")).unwrap();
    locks(folder.path()).execute_batch("CREATE TABLE leases (mine TEXT)").unwrap();
    shown.push_str(&terminal(folder.path(), "apply --yes"));
    insta::assert_snapshot!(shown);
    assert!(!folder.path().join(".bursar/center.db").exists());
}

#[test]
fn where_the_store_cannot_be_reached_nothing_is_written() {
    let show = |lock: &str, env: &[(&str, &str)]| {
        let folder = folder(&format!("{}lock: {lock}\n", crowd(2)));
        let mut command = bursar(folder.path());
        let secrets = [("AWS_SECRET_ACCESS_KEY", "hunter2"), ("AWS_SESSION_TOKEN", "hunter3")];
        command.args(["apply", "--yes"]).env("AWS_ACCESS_KEY_ID", "AKIAHUNTER2");
        command.envs(secrets).envs(env.iter().copied());
        let shown = show("apply --yes", &command.output().unwrap(), folder.path());
        assert!(!shown.contains("hunter") && !shown.contains("HUNTER"), "{shown}");
        assert!(!folder.path().join(".bursar").exists());
        shown
    };
    let shown = [
        // Nothing listens there.
        show("s3://acme-bursar/prod", &[("AWS_ENDPOINT_URL", "http://127.0.0.1:1")]),
        // Plain, and no loopback.
        show("s3://acme-bursar/prod", &[("AWS_ENDPOINT_URL", "http://192.0.2.1:9000")]),
        show("az://bursar/prod", &[("AZURE_STORAGE_ACCOUNT_KEY", "hunter2")]),
        show("az://bursar/prod", &[("AZURE_STORAGE_ACCOUNT_NAME", "acme"), ("AZURE_STORAGE_ACCOUNT_KEY", "hunter2")]),
        show("gs://acme-bursar/prod", &[("GOOGLE_SERVICE_ACCOUNT_KEY", "{ \"private_key\": \"hunter2\" }")]),
    ];
    insta::assert_snapshot!(shown.concat());
}

#[test]
fn all_locks_or_none() {
    let folder = crate::secrets::Folder::new();
    let (first, second) = (locker(folder.path(), "first", TTL), locker(folder.path(), "second", TTL));
    on(async {
        let mine = first.lock(&centers(&["b", "c"])).await.unwrap();
        let error = second.lock(&centers(&["a", "b", "d"])).await.unwrap_err();
        assert!(matches!(&error, LockError::Held { center, .. } if center == "b"), "{error}");
        assert!(second.holder("a").await.unwrap().is_none(), "what was taken is given back");
        assert!(second.holder("d").await.unwrap().is_none(), "and nothing more is taken");
        assert_eq!(second.holder("b").await.unwrap().unwrap().holder, "first");
        // Two centers of the files that are one and the same do not wait for each other.
        let twins = BTreeMap::from(["x", "y"].map(|name| (CenterId::new(name).unwrap(), "same.db".to_owned())));
        let both = second.lock(&twins).await.unwrap();
        assert!(both.release().await.is_empty());
        assert!(mine.release().await.is_empty());
        let all = second.lock(&centers(&["a", "b", "c", "d"])).await.unwrap();
        assert_eq!(second.holder("b").await.unwrap().unwrap().token, 2);
        assert_eq!(second.holder("a").await.unwrap().unwrap().token, 2);
        all.leave();
        assert!(all.release().await.is_empty());
        assert!(second.holder("a").await.unwrap().is_some(), "it was left to run out");
    });
}

const TTL: Duration = Duration::from_mins(1);

#[test]
fn a_lock_is_renewed_while_its_run_lives() {
    let folder = crate::secrets::Folder::new();
    let terms = Terms { ttl: TTL, renewal: Duration::from_millis(5) };
    let place = Place::Local(folder.path().join(".bursar"));
    let locker = Locker::open(&place, Runner::new("first".to_owned(), None), terms).unwrap();
    on(async {
        let held = locker.lock(&centers(&["a"])).await.unwrap();
        let before = locker.holder("a").await.unwrap().unwrap();
        let started = Instant::now();
        loop {
            let now = locker.holder("a").await.unwrap().unwrap();
            if now.expires_at > before.expires_at {
                assert_eq!((now.token, now.acquired_at), (before.token, before.acquired_at));
                break;
            }
            assert!(started.elapsed() < Duration::from_mins(1), "it is not renewed");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        held.release().await;
    });
}

/// A center whose lock somebody takes away during its first write.
struct Stolen {
    observed: Observed,
    capabilities: &'static Capabilities,
}

#[async_trait]
impl Reader for Stolen {
    fn capabilities(&self) -> &'static Capabilities {
        self.capabilities
    }

    fn fit(&self, _desired: &mut Desired) -> Vec<String> {
        Vec::new()
    }

    async fn read(&self, _scope: &Scope) -> Result<Observed, CenterError> {
        Ok(self.observed.clone())
    }

    async fn inventory(&self, _scope: &Scope) -> Result<Inventory, CenterError> {
        Ok(Inventory::default())
    }

    fn cost(&self, _batches: &[&[Change]]) -> Cost {
        Cost::default()
    }
}

struct Thief {
    locker: Locker,
    center: String,
    writes: Arc<std::sync::Mutex<Vec<String>>>,
}

#[async_trait]
impl Writer for Thief {
    async fn write(&self, changes: &[Change]) -> Vec<Written> {
        self.writes.lock().unwrap().extend(changes.iter().map(Change::object));
        if let Some(lease) = self.locker.holder(&self.center).await.unwrap() {
            self.locker.seize(&lease).await.unwrap();
        }
        vec![Written::plain(Verdict::Applied); changes.len()]
    }
}

struct Quiet;
impl Progress for Quiet {
    fn settled(&self, _changes: usize) {}
}

#[test]
fn a_lost_lock_stops_a_run_before_its_next_write() {
    let mut world = World::embedded();
    world.have().default_cap = Some(world.cap("5"));
    let pool = world.desired.state.pools["ai"].clone();
    world.add("second", &pool);
    let cap = world.cap("7");
    world.observed.state.pools.get_mut(&pool_id("second")).unwrap().default_cap = Some(cap);
    let changes = world.plan().changes;
    assert_eq!(changes.len(), 2, "{changes:?}");

    let folder = crate::secrets::Folder::new();
    let (first, second) = (locker(folder.path(), "first", TTL), locker(folder.path(), "second", TTL));
    let writes = Arc::default();
    let site = Site {
        reader: Box::new(Stolen { observed: world.observed.clone(), capabilities: world.capabilities }),
        writer: Box::new(Thief { locker: second, center: "it".to_owned(), writes: Arc::clone(&writes) }),
        desired: world.desired.clone(),
        scope: Scope::default(),
    };
    let sites = BTreeMap::from([(world.center.clone(), site)]);
    let report = on(async {
        let locks = first.lock(&BTreeMap::from([(world.center.clone(), "it".to_owned())])).await.unwrap();
        let mut journal = Journal::create(&folder.path().join("run.jsonl"), Approved::default()).unwrap();
        let interrupt = Interrupt::default();
        let controls = Controls { interrupt: &interrupt, fence: &locks, progress: &Quiet };
        let report = run(&changes, &sites, &mut journal, controls).await;
        let errors = locks.release().await;
        assert!(matches!(errors.as_slice(), [LockError::Lost { .. }]), "{errors:?}");
        report
    });
    assert_eq!(writes.lock().unwrap().len(), 1, "{writes:?}");
    let outcomes: Vec<Outcome> = report.outcomes.iter().map(|settled| settled.outcome).collect();
    assert_eq!(outcomes, [Outcome::Applied, Outcome::Skipped]);
    let why = report.outcomes[1].message.as_deref().unwrap();
    assert_eq!(why, "the lock of it was lost to second, who took it away and released it");
}

#[test]
fn every_provider_is_known_by_something_before_it_is_read() {
    for capabilities in centers::providers() {
        let given = |name: &str| {
            let required = capabilities.settings.iter().any(|key| key.name == name && key.required);
            required.then(|| "acme".to_owned())
        };
        let settings = CenterSettings {
            base_url: Some("http://127.0.0.1:4000/".to_owned()),
            // Who only takes a lock away needs no token.
            token: Some(SecretSource::Env("BURSAR_NO_SUCH_VARIABLE".to_owned())),
            enterprise: given("enterprise"),
            organization: given("organization"),
            workspace: given("workspace"),
            flavor: given("flavor").and(capabilities.variant).map(|variant| variant.word().to_owned()),
            ..CenterSettings::new(CenterId::new("c").unwrap(), capabilities.provider, ".")
        };
        assert!(!centers::identity(&settings).unwrap().is_empty(), "{}", capabilities.provider);
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_waiting_for_a_lock() {
    let folder = example("quickstart");
    let at = folder.path();
    on(async {
        let held = crate::places::hold(&Place::Local(at.join(".bursar"))).await;
        let mut apply = bursar(at);
        apply
            .args(["apply", "--yes", "--lock-timeout", "5m"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = apply.spawn().unwrap();
        let mut stderr = crate::places::waits(&mut child);
        let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        let mut said = String::new();
        std::io::Read::read_to_string(&mut stderr, &mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
        assert!(said.ends_with("error: interrupted before anything was sent\n"), "{said}");
        held.release().await;
    });
    assert_eq!(lease(at), (1, true));
    assert!(only_locks(at));
}

#[test]
fn no_patience_at_all_is_the_same_as_none_given() {
    let folder = example("quickstart");
    held_by_alice(folder.path());
    assert_eq!(code(folder.path(), "apply --yes -q --lock-timeout 0"), 6);
    assert_eq!(lease(folder.path()), (1, false));
}

#[test]
fn where_no_lock_can_be_written_nothing_is_sent() {
    let mut shown = String::new();
    for lock in ["/dev/null/locks", "bursar.yaml"] {
        let folder = folder(&format!("{}lock: {lock}\n", crowd(2)));
        shown.push_str(&terminal(folder.path(), "apply --yes"));
        assert!(!folder.path().join(".bursar").exists());
    }
    insta::assert_snapshot!(shown);
}
