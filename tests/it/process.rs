//! The binary as a terminal, a full disk and a `kill -9` see it.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::terminal::{bursar, example, folder};

fn code(folder: &Path, line: &str) -> i32 {
    bursar(folder).args(line.split_whitespace()).output().unwrap().status.code().unwrap()
}

/// A pool of the embedded center with so many people in it.
fn crowd(people: usize) -> String {
    let mut text = "version: 1\ncenters:\n  local: { provider: embedded }\nmembers:\n".to_owned();
    for i in 0..people {
        let _ = writeln!(text, "  p{i}: {{ email: p{i}@acme.example }}");
    }
    text.push_str("pools:\n  ai:\n    center: local\n    budget: { limit: 900000, unit: credits, period: monthly, when_exhausted: block }\n    access:\n");
    for i in 0..people {
        let _ = writeln!(text, "      - {{ member: p{i}, cap: 10 }}");
    }
    text.push_str("    others: blocked\n");
    text
}

/// Runs on a real pseudo-terminal, with this typed; what the terminal shows, and the exit code.
#[cfg(target_os = "linux")]
pub(crate) fn on_a_terminal(folder: &Path, line: &str, typed: &str, env: &[(&str, &str)]) -> Option<(String, i32)> {
    let mut command = Command::new("script");
    command.args(["-qec", &format!("{} {line}", env!("CARGO_BIN_EXE_bursar")), "/dev/null"]);
    command.current_dir(folder).env_clear().env("TERM", "xterm").env("NO_COLOR", "1");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("SHELL", "/bin/sh");
    command.envs(env.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // `script` comes with util-linux; where there is none, there is nothing to test with.
    let mut child = command.spawn().ok()?;
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(typed.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    drop(stdin);
    Some((String::from_utf8_lossy(&out.stdout).into_owned(), out.status.code().unwrap()))
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_is_asked() {
    for (typed, exit, done) in [("n\n", 1, false), ("\n", 1, false), ("yes please\n", 1, false), ("y\n", 0, true)] {
        let folder = example("quickstart");
        let Some((shown, code)) = on_a_terminal(folder.path(), "apply", typed, &[]) else { return };
        assert!(shown.contains("Make these 5 changes? [y/N]"), "{shown}");
        assert_eq!(code, exit, "{typed:?}\n{shown}");
        assert_eq!(shown.contains("error: not confirmed, so nothing was changed"), !done, "{shown}");
        assert_eq!(folder.path().join(".bursar").exists(), done, "{typed:?}");
        assert!(!shown.contains("applying"), "too short for a bar: {shown}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_has_colour_and_quiet_asks_all_the_same() {
    let folder = example("quickstart");
    let at = folder.path();
    let Some((shown, code)) = on_a_terminal(at, "apply -q", "n\n", &[("NO_COLOR", "")]) else { return };
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("[y/N]"), "{shown}");
    assert!(shown.contains("the pool"), "nobody can say yes to what they do not see: {shown}");
    assert!(!at.join(".bursar").exists());
    let (shown, _) = on_a_terminal(at, "plan", "", &[("NO_COLOR", "")]).unwrap();
    assert!(shown.contains("\x1b[3"), "{shown:?}");
    let (shown, _) = on_a_terminal(at, "plan", "", &[]).unwrap();
    assert!(!shown.contains("\x1b[3"), "{shown:?}");
}

#[test]
fn a_kill_at_any_moment_is_repaired_by_the_next_apply() {
    let text = crowd(4000);
    // Nothing written yet, the pool only, some batches, nearly all.
    for bytes in [1, 900, 400_000, 1_200_000] {
        let folder = folder(&text);
        let at = folder.path();
        let mut child = bursar(at)
            .args(["apply", "--yes", "-q", "--journal", "first.jsonl"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while fs::metadata(at.join("first.jsonl")).map_or(0, |file| file.len()) < bytes {
            assert!(started.elapsed() < Duration::from_mins(1), "no journal");
            if child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(code(at, "apply --yes -q"), 0, "{bytes}");
        assert_eq!(code(at, "plan --detailed-exitcode"), 0, "{bytes}");
        let center = rusqlite::Connection::open(at.join(".bursar/center.db")).unwrap();
        let grants: u32 = center.query_row("SELECT count(*) FROM grants", [], |row| row.get(0)).unwrap();
        assert_eq!(grants, 4000);
    }
}

#[test]
fn a_journal_goes_below_the_folder_that_was_named() {
    let folder = example("quickstart");
    let elsewhere = crate::secrets::Folder::new();
    let mut command = bursar(elsewhere.path());
    let out = command
        .arg("-C")
        .arg(folder.path())
        .args(["apply", "--yes", "--journal", "logs/run.jsonl"])
        .output();
    assert_eq!(out.unwrap().status.code(), Some(0));
    assert!(folder.path().join("logs/run.jsonl").exists());
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    // It is never written over.
    let before = fs::read(folder.path().join("logs/run.jsonl")).unwrap();
    let text = fs::read_to_string(folder.path().join("bursar.yaml")).unwrap();
    fs::write(folder.path().join("bursar.yaml"), text.replace("cap: 500", "cap: 501")).unwrap();
    assert_eq!(code(folder.path(), "apply --yes --journal logs/run.jsonl"), 1);
    assert_eq!(code(folder.path(), "apply --yes --journal /dev/full"), 1);
    assert_eq!(fs::read(folder.path().join("logs/run.jsonl")).unwrap(), before);
    assert_eq!(code(folder.path(), "plan --detailed-exitcode"), 2, "nothing was changed");
}

#[cfg(target_os = "linux")]
#[test]
fn paths_need_not_be_text() {
    let parent = crate::secrets::Folder::new();
    let odd = parent.path().join(OsStr::from_bytes(b"caf\xe9"));
    fs::create_dir(&odd).unwrap();
    fs::copy(example("quickstart").path().join("bursar.yaml"), odd.join("bursar.yaml")).unwrap();
    let run = |line: &str| {
        let mut command = bursar(parent.path());
        command.arg("-C").arg(&odd).args(line.split_whitespace());
        command.arg("--journal").arg(OsStr::from_bytes(b"j\xff.jsonl"));
        command.output().unwrap()
    };
    let out = run("apply --yes");
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(odd.join(OsStr::from_bytes(b"j\xff.jsonl")).exists());
    assert!(odd.join(".bursar/center.db").exists());
}

#[test]
fn the_hash_is_of_what_is_done_and_not_of_how_it_is_written() {
    let plan = |edit: &dyn Fn(String) -> String| {
        let folder = example("quickstart");
        let path = folder.path().join("bursar.yaml");
        fs::write(&path, edit(fs::read_to_string(&path).unwrap())).unwrap();
        let out = bursar(folder.path()).args(["plan", "--format", "json"]).output().unwrap();
        let plan: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        plan["hash"].as_str().unwrap().to_owned()
    };
    let as_it_is = plan(&|text| text);
    assert_eq!(plan(&|text| text), as_it_is, "the clock is not in it");
    assert_eq!(plan(&|text| format!("# a comment\n\n{text}\n\n# another\n")), as_it_is);
    assert_eq!(plan(&|text| text.replace('\n', "\r\n")), as_it_is);
    assert_ne!(plan(&|text| text.replace("cap: 500", "cap: 501")), as_it_is);
    assert_ne!(plan(&|text| text.replace("provider: embedded", "provider: embedded\n    path: other.db")), as_it_is);
    assert_ne!(plan(&|text| text.replace("ai-ops@acme.example", "ops@acme.example")), as_it_is);
}
