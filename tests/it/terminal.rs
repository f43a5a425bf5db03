//! Runs the built binary as a process and shows what a terminal would: the command, both streams, the exit code.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use crate::secrets::{self, Folder};

/// The binary as a process. No output of it is handed out that was not searched for secrets.
pub(crate) struct Bursar(pub(crate) Command);

impl Bursar {
    pub(crate) fn arg(&mut self, arg: impl AsRef<OsStr>) -> &mut Self {
        self.0.arg(arg);
        self
    }

    pub(crate) fn args(&mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> &mut Self {
        self.0.args(args);
        self
    }

    pub(crate) fn env(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
        self.0.env(name, value);
        self
    }

    pub(crate) fn envs(
        &mut self,
        pairs: impl IntoIterator<Item = (impl AsRef<OsStr>, impl AsRef<OsStr>)>,
    ) -> &mut Self {
        self.0.envs(pairs);
        self
    }

    pub(crate) fn env_remove(&mut self, name: &str) -> &mut Self {
        self.0.env_remove(name);
        self
    }

    pub(crate) fn stdout(&mut self, stream: impl Into<Stdio>) -> &mut Self {
        self.0.stdout(stream);
        self
    }

    pub(crate) fn stderr(&mut self, stream: impl Into<Stdio>) -> &mut Self {
        self.0.stderr(stream);
        self
    }

    pub(crate) fn output(&mut self) -> std::io::Result<Output> {
        let output = self.0.output()?;
        secrets::look_at(&output);
        Ok(output)
    }

    /// Whoever waits for its output shows it to [`show`] or [`secrets::look_at`].
    pub(crate) fn spawn(&mut self) -> std::io::Result<Child> {
        self.0.spawn()
    }
}

/// The binary, in a folder, with an environment of our own.
pub(crate) fn bursar(folder: &Path) -> Bursar {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bursar"));
    command.current_dir(folder).env_clear().env("NO_COLOR", "1");
    for kept in ["PATH", "HOME", "BURSAR_HTTP_LOG", "LLVM_PROFILE_FILE"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    Bursar(command)
}

/// The output of a program that was copied a moment ago. While another test forks, its child holds the copy open for
/// writing, and the system runs no such file; that passes by itself.
pub(crate) fn output_of_a_copy(command: &mut Command) -> Output {
    for _ in 0..200 {
        match command.output() {
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(std::time::Duration::from_millis(25));
            }
            output => return output.unwrap(),
        }
    }
    panic!("the copy stays busy");
}

/// Runs a command line, split at spaces, and shows it as a terminal would. Clocks, hashes and ports are made alike.
pub(crate) fn terminal(folder: &Path, line: &str) -> String {
    let mut command = bursar(folder);
    command.args(line.split_whitespace());
    show(line, &command.output().unwrap(), folder)
}

/// What a terminal would show of a finished process.
pub(crate) fn show(line: &str, output: &Output, folder: &Path) -> String {
    secrets::look_at(output);
    let mut text = format!("$ bursar {line}\n");
    for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        if !bytes.is_empty() {
            let _ = write!(text, "--- {name}\n{}", String::from_utf8_lossy(bytes));
            if !bytes.ends_with(b"\n") {
                text.push('\n');
            }
        }
    }
    let _ = writeln!(text, "--- exit {}", output.status.code().map_or("signal".to_owned(), |code| code.to_string()));
    alike(&text, folder)
}

/// Makes alike what differs from run to run.
fn alike(text: &str, folder: &Path) -> String {
    let text = text.replace(&folder.display().to_string(), "[folder]");
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        out.push_str(&replace(line));
    }
    out
}

fn replace(line: &str) -> String {
    let mut line = line.to_owned();
    // journals are named after the moment: .bursar/journals/20261122T140000.000000Z.jsonl
    if let (Some(start), Some(end)) = (line.find("journals/20"), line.find(".jsonl")) {
        line.replace_range(start + "journals/".len()..end, "[time]");
    }
    // until 2026-11-23T14:00:00Z
    if let Some(start) = line.find("until 20").map(|at| at + "until ".len())
        && let Some(length) = line[start..].find('Z')
    {
        line.replace_range(start..=start + length, "[time]");
    }
    // The day on which somebody drew in an embedded center is the day of the test.
    if let Some(start) = line.find(", last on 20").map(|at| at + ", last on ".len()) {
        line.replace_range(start..start + "2026-11-23".len(), "[day]");
    }
    if let Some(start) = line.find("127.0.0.1:") {
        let port = start + "127.0.0.1:".len();
        let digits = line[port..].chars().take_while(char::is_ascii_digit).count();
        line.replace_range(port..port + digits, "[port]");
    }
    for key in ["\"hash\": \"", "\"expires_at\": \""] {
        if let Some(start) = line.find(key) {
            let from = start + key.len();
            if let Some(length) = line[from..].find('"') {
                line.replace_range(from..from + length, "[…]");
            }
        }
    }
    line
}

/// A folder with one file in it.
pub(crate) fn folder(text: &str) -> Folder {
    let folder = Folder::new();
    std::fs::write(folder.path().join("bursar.yaml"), text).unwrap();
    folder
}

/// A folder with a copy of an example, without what a run may have left in it.
pub(crate) fn example(name: &str) -> Folder {
    let folder = Folder::new();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name), folder.path());
    folder
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_name() == ".bursar" {
            continue;
        }
        if source.is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy(&source, &target);
        } else {
            std::fs::copy(&source, &target).unwrap();
        }
    }
}

/// Lets every lock in a folder run out, as a minute of waiting would: whoever held it is dead.
pub(crate) fn let_locks_run_out(folder: &Path) {
    let locks = rusqlite::Connection::open(folder.join(".bursar/locks.db")).unwrap();
    locks.execute("UPDATE leases SET expires_at = '2026-01-01T00:00:00Z'", []).unwrap();
}

/// Whether a run left nothing behind but the record of its lock: no center and no journal.
pub(crate) fn only_locks(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder.join(".bursar")) else { return true };
    entries.map(|entry| entry.unwrap().file_name()).all(|name| name == "locks.db")
}

/// Where exchanges are recorded, runs this test once more in a process that records nothing, and says so: what a
/// test damages on purpose cannot hold against a vendor's description.
pub(crate) fn unrecorded(test: &str) -> bool {
    if std::env::var_os("BURSAR_HTTP_LOG").is_none() {
        return false;
    }
    let out = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env_remove("BURSAR_HTTP_LOG")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success() && said.contains("1 passed"), "{said}\n{}", String::from_utf8_lossy(&out.stderr));
    true
}
