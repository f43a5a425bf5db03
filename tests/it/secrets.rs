//! No secret in anything that any test wrote: the harness looks at every output of every process and, when a test lets
//! go of its folder, at every file in it.

use std::ops::Deref;
use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

/// Every secret that a test gives Bursar, or a fake does. Nothing else looks like one of them.
pub(crate) const SECRETS: [&str; 17] = [
    crate::alerts::HOOK,
    crate::alerts::PASSWORD,
    crate::alerts::SIGNING,
    crate::claude::KEY,
    crate::claude::MINTED,
    crate::claude::ACTIONS,
    crate::claude::ASSERTION,
    crate::litellm::KEY,
    crate::chatgpt::KEY,
    crate::fakes::litellm::MINTED,
    crate::s3_server::KEY,
    crate::serve::READ,
    crate::serve::WRITE,
    crate::action::TOKEN,
    crate::fakes::figma::TOKEN,
    crate::fakes::figma::SCIM_TOKEN,
    crate::fakes::github::TOKEN,
];

/// Fails where a secret stands in a text, also in pieces that encodings leave alone.
pub(crate) fn look(place: &str, bytes: &[u8]) {
    for secret in SECRETS {
        // The distinctive end: whoever prints half of a token has printed too much.
        let end = &secret.as_bytes()[secret.len() / 2..];
        assert!(!bytes.windows(end.len()).any(|window| window == end), "a secret stands in {place}");
    }
}

/// Looks at both streams of a process.
pub(crate) fn look_at(output: &Output) {
    look("stdout", &output.stdout);
    look("stderr", &output.stderr);
}

/// A folder of a test, with everything that Bursar wrote there.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

impl Deref for Folder {
    type Target = TempDir;

    fn deref(&self) -> &TempDir {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A test that failed already says what matters.
        if !std::thread::panicking() {
            every_file(self.0.path());
        }
    }
}

/// Looks at every file below a folder.
pub(crate) fn every_file(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => every_file(&path),
            // What a test made unreadable, Bursar could not write either.
            Ok(kind) if kind.is_file() => look(&path.display().to_string(), &std::fs::read(&path).unwrap_or_default()),
            _ => {}
        }
    }
}

#[test]
#[should_panic(expected = "a secret stands in stdout")]
fn a_secret_is_found() {
    look("stdout", format!("token: {}…", &SECRETS[0][4..]).as_bytes());
}

#[test]
#[should_panic(expected = "a secret stands in")]
fn a_secret_is_found_in_a_file() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    std::fs::write(folder.path().join("sub/run.jsonl"), SECRETS[0]).unwrap();
}
