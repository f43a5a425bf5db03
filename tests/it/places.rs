//! Where plans and journals are: what no place is, a store that does not answer, and a journal that somebody else went on
//! with meanwhile.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bursar::apply::lock::{Locker, Locks, Runner, Terms};
use bursar::model::{CenterId, Place};

use crate::terminal::{bursar, example, only_locks, show, terminal};

/// Holds the lock of the quickstart's center.
pub(crate) async fn hold(place: &Place) -> Locks {
    let locker = Locker::open(place, Runner::new("alice".to_owned(), None), Terms::default()).unwrap();
    let center = (CenterId::new("local").unwrap(), ".bursar/center.db".to_owned());
    locker.lock(&[center].into()).await.unwrap()
}

/// Waits until a process says that it waits for the lock; the rest of what it says is still to come.
pub(crate) fn waits(child: &mut Child) -> BufReader<std::process::ChildStderr> {
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("waiting: ") {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "it ended");
    }
    stderr
}

/// The first two lines of the journal of the quickstart, whose center is as it was before them.
pub(crate) fn begun(folder: &Path) -> (String, String) {
    let apply = bursar(folder).args(["apply", "--yes", "-q", "--journal", "run.jsonl"]).output().unwrap();
    assert_eq!(apply.status.code(), Some(0));
    let text = fs::read_to_string(folder.join("run.jsonl")).unwrap();
    fs::remove_file(folder.join("run.jsonl")).unwrap();
    for file in ["center.db", "center.db-wal", "center.db-shm"] {
        let _ = fs::remove_file(folder.join(".bursar").join(file));
    }
    let mut lines = text.split_inclusive('\n').map(str::to_owned);
    (lines.next().unwrap(), lines.next().unwrap())
}

fn on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

#[test]
fn a_journal_that_grew_before_the_lock_was_ours_is_not_gone_on_with() {
    let folder = example("quickstart");
    let at = folder.path();
    let (intent, outcome) = begun(at);
    let journal = at.join("run.jsonl");
    fs::write(&journal, format!("{intent}{}", &outcome[..20])).unwrap();
    on(async {
        let held = hold(&Place::Local(at.join(".bursar"))).await;
        let mut resume = bursar(at);
        resume.args(["resume", "run.jsonl", "--yes", "--lock-timeout", "1m"]);
        let mut child = resume.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = waits(&mut child);
        let grown = format!("{intent}{outcome}");
        fs::write(&journal, &grown).unwrap();
        held.release().await;
        let mut said = String::new();
        stderr.read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(5), "{said}");
        let error = "error: run.jsonl has changed since it was read: another run went on with it\n\
                     help: nothing was changed; `bursar plan` shows whether anything is left to be done\n";
        assert!(said.ends_with(error), "{said}");
        assert_eq!(fs::read_to_string(&journal).unwrap(), grown, "nothing is cut off");
    });
    assert!(!at.join(".bursar/center.db").exists());
    // Looked at anew, it is like any other.
    let resume = bursar(at).args(["resume", "run.jsonl", "--yes", "-q"]).output().unwrap();
    assert_eq!(resume.status.code(), Some(0), "{}", String::from_utf8_lossy(&resume.stderr));
}

#[test]
fn what_names_no_place_is_said_before_anything_is_read() {
    let folder = example("quickstart");
    let at = folder.path();
    let mut shown = String::new();
    for line in [
        "plan --out ftp://acme/plan.json",
        "plan --out file:///tmp/plan.json",
        "plan --out s3://key:hunter2@acme/plan.json",
        "plan --out s3://acme",
        "apply --yes --journal s3://acme/run?sig=hunter2",
        "apply s3:///plan.json --yes",
        "verify https://acme.s3.amazonaws.com/plan.json",
        "resume gs://",
    ] {
        // Only what the process says is of interest: the line has what it must not repeat.
        let said = terminal(at, line);
        let (line, said) = said.split_once('\n').unwrap();
        assert!(!said.contains("hunter2"), "{line}\n{said}");
        shown = format!("{shown}{line}\n{said}");
    }
    insta::assert_snapshot!(shown);
    assert!(only_locks(at));
    // A colon and two slashes need more than that to be a URL.
    assert_eq!(bursar(at).args(["plan", "-q", "--out", "a:plan.json"]).output().unwrap().status.code(), Some(0));
    assert!(at.join("a:plan.json").exists());
}

#[test]
fn a_store_that_cannot_be_reached_costs_nothing_but_the_run() {
    let folder = example("quickstart");
    let at = folder.path();
    let mut shown = String::new();
    for line in [
        "plan -q --format json --out s3://acme/plan.json",
        "verify s3://acme/plan.json",
        "apply s3://acme/plan.json --yes",
        "apply --yes -q --journal s3://acme/run",
        "resume s3://acme/run --yes",
    ] {
        let mut command = bursar(at);
        command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").env("AWS_REGION", "us-east-1");
        command
            .env("AWS_ACCESS_KEY_ID", "of-the-tests")
            .env("AWS_SECRET_ACCESS_KEY", crate::s3_server::KEY);
        let output = command.args(line.split_whitespace()).stdout(Stdio::null()).output().unwrap();
        shown.push_str(&show(line, &output, at));
    }
    insta::assert_snapshot!(shown);
    assert!(only_locks(at));
}

#[cfg(unix)]
#[test]
fn a_store_that_hangs_needs_no_kill() {
    let store = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = example("quickstart");
    let mut command = bursar(folder.path());
    command.args(["apply", "--yes", "-q", "--journal", "s3://acme/run"]);
    command.env("AWS_ENDPOINT_URL", format!("http://{}", store.local_addr().unwrap()));
    command.env("AWS_REGION", "us-east-1").env("AWS_ACCESS_KEY_ID", "of-the-tests");
    command.env("AWS_SECRET_ACCESS_KEY", crate::s3_server::KEY);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It has asked, and is never answered.
    let (mut asked, _) = store.accept().unwrap();
    asked.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    assert!(asked.read(&mut [0; 64]).unwrap() > 0);
    let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let shown = show("apply", &output, folder.path());
    assert_eq!(output.status.code(), Some(143), "{shown}");
    assert!(shown.contains("error: interrupted before anything was sent"), "{shown}");
    assert!(only_locks(folder.path()));
}
