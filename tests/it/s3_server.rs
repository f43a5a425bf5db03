//! Locks, plans and journals on a server that speaks S3. `tests/real/moto` starts one and runs these; without it they are
//! counted as ignored, and never as passed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use bursar::apply::lock::{LockError, Locker, Runner, Terms};
use bursar::apply::{Fence as _, History};
use bursar::model::{CenterId, ObjectUrl, Place};
use bursar::store::{self, StoreErrorKind};

use crate::places::{begun, hold, waits};
use crate::terminal::{Bursar, bursar, example, folder, show};

/// The secret key that the script gives to everybody.
pub(crate) const KEY: &str = "hLq8wYcT3vRz0KpXnE6dUaJ5sMf2GbVi9oWt4CxS";

/// A prefix of the test's own, below the URL that the script made.
fn place(test: &str) -> Place {
    let bucket = std::env::var("BURSAR_S3_BUCKET").expect("tests/real/moto runs this");
    assert_eq!(std::env::var("AWS_SECRET_ACCESS_KEY").as_deref(), Ok(KEY), "what is searched for is what is used");
    let now = jiff::Timestamp::now().as_nanosecond();
    Place::parse(&format!("s3://{bucket}/{test}-{now}"), Path::new("")).unwrap()
}

fn below(place: &Place, name: &str) -> Place {
    Place::parse(&format!("{place}/{name}"), Path::new("")).unwrap()
}

fn object(place: &Place) -> &ObjectUrl {
    match place {
        Place::Object(url) => url,
        Place::Local(_) => panic!("{place} is no object"),
    }
}

fn on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn locker(place: &Place, name: &str, ttl: u64) -> Locker {
    let terms = Terms { ttl: Duration::from_secs(ttl), renewal: Duration::from_millis(50) };
    Locker::open(place, Runner::new(name.to_owned(), None), terms).unwrap()
}

fn center() -> CenterId {
    CenterId::new("gateway").unwrap()
}

fn one() -> BTreeMap<CenterId, String> {
    BTreeMap::from([(center(), "https://llm.acme.example".to_owned())])
}

#[test]
#[ignore = "needs a server that speaks S3: tests/real/moto"]
fn what_is_kept_comes_back_and_is_never_written_over() {
    let prefix = place("plans");
    on(async {
        let plan = below(&prefix, "plan%20ä.json");
        assert_eq!(store::read(object(&plan)).await.unwrap_err().kind, StoreErrorKind::NotFound);
        let bytes = vec![7; 3 << 20];
        store::create(object(&plan), &bytes).await.unwrap();
        assert_eq!(store::read(object(&plan)).await.unwrap(), bytes);
        assert_eq!(store::create(object(&plan), b"other").await.unwrap_err().kind, StoreErrorKind::Exists);
        assert_eq!(store::read(object(&plan)).await.unwrap(), bytes);
        let nowhere = Place::parse("s3://no-such-bucket-here/plan.json", Path::new("")).unwrap();
        let error = store::read(object(&nowhere)).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::NotFound);
        assert_eq!(
            error.to_string(),
            "s3://no-such-bucket-here/plan.json: the store answered 404 Not Found (NoSuchBucket)"
        );
    });
}

#[test]
#[ignore = "needs a server that speaks S3: tests/real/moto"]
fn a_journal_is_written_part_by_part() {
    let place = below(&place("journals"), "run");
    let url = object(&place);
    on(async {
        assert_eq!(store::read_journal(url).await.unwrap_err().kind, StoreErrorKind::NotFound);
        let mut sink = store::journal(url).await.unwrap();
        let mut expected = Vec::new();
        for line in 0..30 {
            let line = format!("{{\"seq\": {line}}}\n");
            sink.append(line.as_bytes()).await.unwrap();
            expected.extend_from_slice(line.as_bytes());
        }
        let journal = store::read_journal(url).await.unwrap();
        assert_eq!((&journal.text, journal.parts), (&expected, 31));
        let again = store::journal(url).await.err().expect("a journal is there");
        assert_eq!(again.kind, StoreErrorKind::Exists);
        // Two that go on with it at the same moment do not mix.
        let sink = || store::continue_journal(url, journal.parts).unwrap();
        let (mut first, mut second) = (sink(), sink());
        first.append(b"first\n").await.unwrap();
        second.append(b"second\n").await.unwrap_err();
        expected.extend_from_slice(b"first\n");
        assert_eq!(store::read_journal(url).await.unwrap().text, expected);
    });
}

#[test]
#[ignore = "needs a server that speaks S3: tests/real/moto"]
fn a_lease_is_taken_renewed_given_back_and_taken_away() {
    let place = place("locks");
    let (first, second) = (locker(&place, "first", 60), locker(&place, "second", 60));
    on(async {
        assert!(first.holder("https://llm.acme.example").await.unwrap().is_none());
        let held = first.lock(&one()).await.unwrap();
        held.check(&center()).await.unwrap();
        let error = second.lock(&one()).await.unwrap_err();
        assert!(matches!(&error, LockError::Held { lease, .. } if lease.holder == "first"), "{error}");
        // Renewals go on meanwhile, and the run is let through all the same.
        for _ in 0..50 {
            held.check(&center()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(held.release().await.is_empty());
        let held = second.lock(&one()).await.unwrap();
        let lease = first.holder("https://llm.acme.example").await.unwrap().unwrap();
        assert_eq!((lease.token, lease.holder.as_str()), (2, "second"));
        first.seize(&lease).await.unwrap();
        let lost = held.check(&center()).await.unwrap_err();
        assert_eq!(lost, "the lock of https://llm.acme.example was lost to first, who took it away and released it");
        let errors = held.release().await;
        assert!(matches!(errors.as_slice(), [LockError::Lost { .. }]), "{errors:?}");
        let held = second.lock(&one()).await.unwrap();
        assert_eq!(first.holder("https://llm.acme.example").await.unwrap().unwrap().token, 4);
        held.release().await;
    });
}

#[test]
#[ignore = "needs a server that speaks S3: tests/real/moto"]
fn the_lease_of_the_dead_runs_out_by_the_clock_of_the_store() {
    let place = place("dead");
    let (first, second) = (locker(&place, "first", 2), locker(&place, "second", 60));
    on(async {
        // Dropped, so that nobody renews it.
        drop(first.lock(&one()).await.unwrap());
        assert!(matches!(second.lock(&one()).await.unwrap_err(), LockError::Held { .. }));
        let held = second.lock_within(&one(), Duration::from_mins(1), |_| {}).await.unwrap();
        assert_eq!(first.holder("https://llm.acme.example").await.unwrap().unwrap().token, 2);
        held.release().await;
    });
}

/// A config whose lock lies in the store, and the environment that reaches it.
fn process(folder: &Path, arguments: &[&str]) -> Bursar {
    let mut command = bursar(folder);
    command.args(arguments);
    for (name, value) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        command.env(name, value);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn race(folder: &Path, arguments: &[&str]) -> Vec<i32> {
    let start =
        |i: usize| -> Child { process(folder, arguments).args(["--journal", &format!("{i}.jsonl")]).spawn().unwrap() };
    let children: Vec<Child> = (0..16).map(start).collect();
    children.into_iter().map(|mut child| child.wait().unwrap().code().unwrap()).collect()
}

fn crowd(place: &Place) -> String {
    let mut text = format!("version: 1\nlock: {place}\ncenters:\n  local: {{ provider: embedded }}\nmembers:\n");
    for i in 0..200 {
        let _ = writeln!(text, "  p{i}: {{ email: p{i}@acme.example }}");
    }
    text.push_str("pools:\n  ai:\n    center: local\n    budget: { limit: 900, unit: credits, period: monthly }\n    others: blocked\n    access:\n");
    for i in 0..40 {
        let _ = writeln!(text, "      - {{ member: p{i}, cap: 10 }}");
    }
    text
}

#[test]
#[ignore = "needs a server that speaks S3: tests/real/moto"]
fn of_sixteen_processes_one_at_a_time_writes() {
    let place = place("race");
    let folder = folder(&crowd(&place));
    let codes = race(folder.path(), &["apply", "--yes", "-q"]);
    let done = codes.iter().filter(|code| **code == 0).count();
    assert!(done >= 1 && codes.iter().all(|code| matches!(code, 0 | 6)), "{codes:?}");
    on(async {
        let locker = locker(&place, "onlooker", 60);
        assert!(locker.holder(".bursar/center.db").await.unwrap().is_none(), "everybody gave it back");
        let center = BTreeMap::from([(center(), ".bursar/center.db".to_owned())]);
        let held = locker.lock(&center).await.unwrap();
        let token = locker.holder(".bursar/center.db").await.unwrap().unwrap().token;
        assert_eq!(usize::try_from(token).unwrap(), done + 1, "each that got it had it alone: {codes:?}");
        assert_eq!(race(folder.path(), &["apply", "--yes", "-q"]), [6; 16]);
        let mut unlock = process(folder.path(), &["unlock", "--yes"]);
        assert_eq!(unlock.output().unwrap().status.code(), Some(0));
        assert!(held.check(&self::center()).await.is_err());
    });
    assert_eq!(process(folder.path(), &["plan", "--detailed-exitcode"]).output().unwrap().status.code(), Some(0));
}

#[test]
#[ignore = "needs a server that speaks S3: tests/real/moto"]
fn sixteen_processes_that_wait_finish_in_turn() {
    let folder = folder(&crowd(&place("queue")));
    assert_eq!(race(folder.path(), &["apply", "--yes", "-q", "--lock-timeout", "5m"]), [0; 16]);
}

/// Every intent of a journal has its outcome.
fn assert_whole(text: &[u8]) {
    History::read(text).unwrap();
    let lines = std::str::from_utf8(text).unwrap().lines();
    let (intents, outcomes): (Vec<_>, Vec<_>) = lines.partition(|line| line.contains("\"kind\":\"intent\""));
    assert_eq!(intents.len(), outcomes.len());
}

fn code(folder: &Path, line: &str) -> i32 {
    process(folder, &line.split_whitespace().collect::<Vec<_>>())
        .output()
        .unwrap()
        .status
        .code()
        .unwrap()
}

/// What a terminal would show, with this run's own prefix made alike.
fn terminal(folder: &Path, prefix: &Place, line: &str) -> String {
    let mut command = process(folder, &line.split_whitespace().collect::<Vec<_>>());
    let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    show(line, &output, folder).replace(&prefix.to_string(), "s3://[prefix]")
}

#[test]
#[ignore = "needs a server that speaks S3: tests/real/moto"]
fn a_plan_and_a_journal_are_shared_through_a_store() {
    let prefix = place("shared");
    // Who plans, who verifies and who applies are different machines: nothing is shared but the store.
    let text = format!(
        "version: 1\nlock: {prefix}/locks\ncenters:\n  local: {{ provider: embedded }}\nmembers:\n  alice: {{}}\n\
         pools:\n  ai:\n    center: local\n    budget: {{ limit: 900, unit: credits, period: monthly }}\n    \
         others: blocked\n    access:\n      - {{ member: alice, cap: 10 }}\n"
    );
    let (planner, other) = (folder(&text), folder(&text));
    let plan = below(&prefix, "plans/17.json");
    let journal = below(&prefix, "journals/17");
    let mut shown = terminal(planner.path(), &prefix, &format!("plan --out {plan}"));
    let at = other.path();
    for line in [
        format!("plan -q --out {plan}"),
        format!("verify {plan}"),
        format!("apply {plan} --yes --journal {journal}"),
        format!("verify {plan}"),
        // It is never written over, and it is not looked for where there is nothing to change.
        format!("apply {plan} --yes --journal {journal}"),
        format!("resume {journal} --yes"),
        format!("verify {prefix}/plans/18.json"),
        format!("resume {prefix}/journals/18"),
        "verify s3://no-such-bucket-here/plan.json".to_owned(),
    ] {
        shown.push_str(&terminal(at, &prefix, &line));
    }
    std::fs::write(at.join("bursar.yaml"), text.replace("cap: 10", "cap: 20")).unwrap();
    shown.push_str(&terminal(at, &prefix, &format!("apply --yes -q --journal {journal}")));
    assert_eq!(code(at, "plan --detailed-exitcode"), 2, "nothing was changed");
    insta::assert_snapshot!("s3_shared", shown);
    assert_whole(&on(store::read_journal(object(&journal))).unwrap().text);
    assert!(!at.join(".bursar/journals").exists() && !at.join(".bursar/locks.db").exists());
}

#[test]
#[ignore = "needs a server that speaks S3: tests/real/moto"]
fn a_killed_run_is_finished_from_the_journal_in_the_store() {
    let prefix = place("killed");
    let people = (0..3000).fold(String::new(), |text, i| text + &format!("  p{i}: {{}}\n"));
    let rules = (0..3000).fold(String::new(), |text, i| text + &format!("      - {{ member: p{i}, cap: 10 }}\n"));
    let text = format!(
        "version: 1\ncenters:\n  local: {{ provider: embedded }}\nmembers:\n{people}pools:\n  ai:\n    center: local\n    \
         budget: {{ limit: 90000, unit: credits, period: monthly }}\n    others: blocked\n    access:\n{rules}"
    );
    // Nothing sent yet, the pool, in the middle of the grants.
    for parts in [1, 2, 3, 6, 9] {
        let folder = folder(&text);
        let at = folder.path();
        let journal = below(&prefix, &format!("run-{parts}"));
        let url = object(&journal);
        let mut child = process(at, &["apply", "--yes", "-q", "--journal", &journal.to_string()]).spawn().unwrap();
        let started = Instant::now();
        while on(store::read_journal(url)).map_or(0, |journal| journal.parts) < parts {
            assert!(started.elapsed() < Duration::from_mins(1), "no journal");
            if child.try_wait().unwrap().is_some() {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let left = on(store::read_journal(url)).unwrap();
        if left.text.is_empty() {
            let shown = terminal(at, &prefix, &format!("resume {journal} --yes"));
            assert!(shown.contains("the run ended before anything was sent"), "{shown}");
            continue;
        }
        assert_eq!(code(at, &format!("resume {journal} --yes -q")), 0, "{parts}");
        let whole = on(store::read_journal(url)).unwrap();
        assert!(whole.text.starts_with(&left.text), "nothing that was written is written over");
        assert_whole(&whole.text);
        assert_eq!(code(at, "plan --detailed-exitcode"), 0, "{parts}");
        let center = rusqlite::Connection::open(at.join(".bursar/center.db")).unwrap();
        let grants: u32 = center.query_row("SELECT count(*) FROM grants", [], |row| row.get(0)).unwrap();
        assert_eq!(grants, 3000);
        assert_eq!(code(at, &format!("resume {journal} --yes -q")), 0, "once more does nothing");
    }
}

#[test]
#[ignore = "needs a server that speaks S3: tests/real/moto"]
fn a_journal_in_the_store_that_grew_meanwhile_is_not_gone_on_with() {
    let folder = example("quickstart");
    let at = folder.path();
    let (intent, outcome) = begun(at);
    let journal = below(&place("grew"), "run");
    let part = |number: u32, text: &str| {
        let part = below(&journal, &format!("{number:08}"));
        on(store::create(object(&part), text.as_bytes())).unwrap();
    };
    part(1, "");
    part(2, &intent);
    let held = on(hold(&Place::Local(at.join(".bursar"))));
    let mut child = process(at, &["resume", &journal.to_string(), "--yes", "--lock-timeout", "1m"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = waits(&mut child);
    part(3, &outcome);
    on(held.release());
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(5), "{said}");
    assert!(said.contains("has changed since it was read: another run went on with it"), "{said}");
    assert_eq!(on(store::read_journal(object(&journal))).unwrap().parts, 3);
    assert!(!at.join(".bursar/center.db").exists());
    assert_eq!(code(at, &format!("resume {journal} --yes -q")), 0);
    // A part that is gone is damage, and so is one that nobody can have written like that.
    let gap = below(&place("gap"), "run");
    for (number, text) in [(1, ""), (3, &*intent)] {
        on(store::create(object(&below(&gap, &format!("{number:08}"))), text.as_bytes())).unwrap();
    }
    let error = on(store::read_journal(object(&gap))).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Damaged);
    assert_eq!(code(at, &format!("resume {gap} --yes -q")), 1);
}

#[test]
#[ignore = "needs a server that speaks S3: tests/real/moto"]
fn a_ledger_in_the_store_is_written_by_all_and_changed_by_nobody() {
    let prefix = place("ledger");
    let document = || store::Document::of(&prefix, bursar::ledger::NAME).unwrap();
    let ended = |exit| {
        bursar::ledger::What::Ended(bursar::ledger::Ended { outcomes: Vec::new(), exit: Some(exit), told_by: None })
    };
    std::thread::scope(|scope| {
        for run in 0..4_u8 {
            let (document, ended) = (&document, &ended);
            scope.spawn(move || {
                for exit in 0..5 {
                    let line = || vec![(run.to_string(), ended(exit))];
                    on(bursar::ledger::append(&document(), |_| line())).unwrap();
                }
            });
        }
    });
    let chain = bursar::ledger::walk(&on(document().load()).unwrap().bytes, |_| {});
    assert_eq!((chain.entries(), chain.broken), (20, None));
    // An apply of the binary goes on behind it.
    let folder = example("quickstart");
    let at = folder.path();
    let text = std::fs::read_to_string(at.join("bursar.yaml")).unwrap();
    let text = text.replace("version: 1\n", &format!("version: 1\nlock: {prefix}\n"));
    std::fs::write(at.join("bursar.yaml"), text).unwrap();
    assert_eq!(code(at, "apply --yes -q"), 0);
    assert_eq!(code(at, &format!("log --check --expect {}", chain.hashes.last().map(hex).unwrap())), 0);
    let chain = bursar::ledger::walk(&on(document().load()).unwrap().bytes, |_| {});
    assert_eq!((chain.entries(), chain.broken), (22, None));
    assert!(!at.join(".bursar/ledger.jsonl").exists());
}

#[test]
#[ignore = "needs a server that speaks S3: tests/real/moto"]
fn runners_that_share_nothing_but_a_store_tell_once() {
    let prefix = place("alerts");
    let text = format!(
        "version: 1\nlock: {prefix}\ncenters:\n  local: {{ provider: embedded }}\nmembers:\n  alice: {{}}\npools:\n  ai:\n    \
         center: local\n    budget: {{ limit: 100, unit: credits, period: lifetime, when_exhausted: block }}\n    \
         others: blocked\n    access:\n      - {{ member: alice, cap: 90 }}\n    alerts:\n      - {{ at: 50%, of: budget, \
         notify: [ops] }}\nnotify:\n  ops: {{ email: [ai-ops@acme.example] }}\n"
    );
    let mail = crate::fakes::post::Mail::start();
    let url = format!("smtp://bursar:{}@{}", crate::alerts::PASSWORD, mail.address);
    let runners = [folder(&text), folder(&text)];
    for runner in &runners {
        assert_eq!(code(runner.path(), "apply --yes -q"), 0);
        assert_eq!(code(runner.path(), "draw ai alice 60"), 0);
    }
    let alerts = |runner: &crate::secrets::Folder| {
        let mut command = process(runner.path(), &["alerts", "-q"]);
        command.env("BURSAR_SMTP_URL", &url).env("BURSAR_MAIL_FROM", "bursar@acme.example");
        command.spawn().unwrap()
    };
    let running: Vec<Child> = runners.iter().cycle().take(8).map(alerts).collect();
    let codes: Vec<_> = running.into_iter().map(|mut child| child.wait().unwrap().code()).collect();
    assert_eq!((codes, mail.letters().len()), (vec![Some(0); 8], 1));
    assert!(alerts(&runners[1]).wait().unwrap().success());
    assert_eq!(mail.letters().len(), 1, "it was said");
    assert!(runners.iter().all(|runner| !runner.path().join(".bursar/alerts.json").exists()));
}

fn hex(hash: &[u8; 32]) -> String {
    hash.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
