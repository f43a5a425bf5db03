//! `bursar serve` as a process, spoken to byte by byte, and the `http` center against it.

// Texts of many lines are easier to see when they are put together as they are here.
#![allow(clippy::format_push_string, clippy::too_many_lines)]

mod auth;
mod center;
mod cost;
mod crash;
mod crowd;
mod description;
mod law;
mod limits;
mod lost;
mod objects;
mod odd;
mod usage;
mod wire;

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::secrets;
use crate::terminal::bursar;
use wire::{Answer, Connection};

/// A token of the tests that reads.
pub(crate) const READ: &str = "read-5tUwZq8LrYc2Xn7GvBhK";
/// A token of the tests that also writes.
pub(crate) const WRITE: &str = "write-Jm4PdSe9TfQa6WkRx3Ny";

/// A server that runs.
pub(crate) struct Serving {
    pub(crate) url: String,
    /// Where it keeps its file.
    folder: PathBuf,
    child: Child,
}

impl Serving {
    /// Starts one on a free port of loopback, over `center.db` in a folder.
    pub(crate) fn start(folder: &Path, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = bursar(folder);
        command.args(["serve", "--listen", "127.0.0.1:0", "--db", "center.db"]).args(args);
        command.envs(env.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim_end().to_owned();
        if !url.starts_with("http://127.0.0.1:") {
            let mut why = String::new();
            child.stderr.take().unwrap().read_to_string(&mut why).unwrap();
            panic!("{url}\n{why}");
        }
        Self { url, folder: folder.to_owned(), child }
    }

    /// One without tokens.
    pub(crate) fn open(folder: &Path) -> Self {
        Self::start(folder, &[], &[])
    }

    /// One with the tokens of the tests.
    pub(crate) fn guarded(folder: &Path) -> Self {
        Self::start(folder, &[], &[("BURSAR_SERVE_READ_TOKEN", READ), ("BURSAR_SERVE_WRITE_TOKEN", WRITE)])
    }

    pub(crate) fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    /// A connection without a token.
    pub(crate) fn connect(&self) -> Connection {
        Connection::to(self.address())
    }

    /// One request on a connection of its own.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        self.connect().ask(method, path, headers, body)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], None)
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Answer {
        self.ask("PUT", path, &[], Some(body))
    }

    /// Ends it as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and does not wait.
    pub(crate) fn terminate(&self) {
        let id = self.child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Waits for its end: the exit code and what it said.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        secrets::look("what a server said", said.as_bytes());
        (self.child.wait().unwrap().code(), said)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            return;
        }
        // What nobody asked it for is searched for tokens all the same.
        let mut said = Vec::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            stderr.read_to_end(&mut said).unwrap();
        }
        secrets::look("what a server said", &said);
        secrets::every_file(&self.folder);
    }
}

pub(crate) fn credits(amount: &str) -> Value {
    json!({ "amount": amount, "unit": "credits" })
}

/// A monthly pool that blocks.
pub(crate) fn pool(limit: &str) -> Value {
    json!({
        "description": "",
        "budget": { "unit": "credits", "period": "monthly", "limit": credits(limit), "when_exhausted": "block" },
        "default_cap": "inherit",
        "others": "blocked",
        "alerts": [],
    })
}

/// What somebody draws.
pub(crate) fn draw(member: &str, amount: &str) -> Value {
    json!({ "member": member, "amount": credits(amount) })
}

/// One value out of the file of a center in a folder.
pub(crate) fn sql<T: rusqlite::types::FromSql>(folder: &Path, query: &str) -> T {
    let db = rusqlite::Connection::open(folder.join("center.db")).unwrap();
    db.query_row(query, [], |row| row.get(0)).unwrap()
}
