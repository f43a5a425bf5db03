//! The record of a lock, and who holds it.

use std::fmt::Write as _;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The version of the record.
pub(super) const SCHEMA: &str = "bursar.lease.v1";

/// The longest run URL that is kept.
const MOST_URL: usize = 1000;

/// Who takes locks: this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runner {
    /// For people: user, host and process.
    pub name: String,
    /// The page of the run, where a CI system says so.
    pub url: Option<String>,
    /// What no other run has.
    id: String,
}

impl Runner {
    /// This process, as the environment describes it.
    pub fn here() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let user = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(variable);
        let user = user.unwrap_or_else(|| "somebody".to_owned());
        let host = host().or_else(|| ["HOSTNAME", "COMPUTERNAME"].into_iter().find_map(variable));
        let host = host.unwrap_or_else(|| "this machine".to_owned());
        Self::new(format!("{user}@{host} (process {})", std::process::id()), run_url(variable))
    }

    /// What no other run has.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A run of that name, unlike every other.
    pub fn new(name: String, url: Option<String>) -> Self {
        // The standard library seeds its hashes from the system, and each one differently.
        let random = (RandomState::new().hash_one(0), RandomState::new().hash_one(1));
        let seed = format!("{random:?} {} {}", std::process::id(), Timestamp::now().as_nanosecond());
        Self { name, url, id: hex(&Sha256::digest(seed))[..32].to_owned() }
    }
}

/// What the system calls this machine.
fn host() -> Option<String> {
    let named = ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .into_iter()
        .find_map(|path| std::fs::read_to_string(path).ok());
    named.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// The page of the run on GitHub, GitLab or whatever names one.
fn run_url(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let github = || {
        let page = format!(
            "{}/{}/actions/runs/{}",
            variable("GITHUB_SERVER_URL")?,
            variable("GITHUB_REPOSITORY")?,
            variable("GITHUB_RUN_ID")?
        );
        Some(match variable("GITHUB_RUN_ATTEMPT") {
            Some(attempt) => format!("{page}/attempts/{attempt}"),
            None => page,
        })
    };
    let url = github().or_else(|| variable("CI_JOB_URL")).or_else(|| variable("BUILD_URL"))?;
    let web = url.starts_with("https://") || url.starts_with("http://");
    (web && url.len() <= MOST_URL).then_some(url)
}

/// The record of a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The version of the record: `bursar.lease.v1`.
    pub schema: String,
    /// What is locked: the identity of a center.
    pub center: String,
    /// Who holds it, for people.
    pub holder: String,
    /// The page of the holder's run.
    pub run_url: Option<String>,
    /// What tells one run from every other.
    pub run: String,
    /// When it was taken, by the holder's clock.
    pub acquired_at: Timestamp,
    /// When it runs out unless it is renewed, by the clock of its place.
    pub expires_at: Timestamp,
    /// For how many seconds it is taken or renewed.
    pub seconds: u32,
    /// The fencing token: greater for every holder than for the one before.
    pub token: u32,
    /// Whether its holder gave it back, or somebody took it away.
    pub released: bool,
}

impl Lease {
    /// Reads a record. The error says what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let lease: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if lease.schema == SCHEMA { Ok(lease) } else { Err(format!("its schema is `{}`", lease.schema)) }
    }

    /// A lease that a run takes now.
    pub(super) fn new(center: &str, runner: &Runner, now: Timestamp, ttl: Duration, token: u32) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            center: center.to_owned(),
            holder: runner.name.clone(),
            run_url: runner.url.clone(),
            run: runner.id.clone(),
            acquired_at: now,
            expires_at: after(now, ttl),
            seconds: u32::try_from(ttl.as_secs()).unwrap_or(u32::MAX),
            token,
            released: false,
        }
    }

    /// The same, from now on for as long again.
    pub(super) fn renewed(&self, now: Timestamp) -> Self {
        Self { expires_at: after(now, self.ttl()), ..self.clone() }
    }

    /// The same, given back.
    pub(super) fn given_back(&self, now: Timestamp) -> Self {
        Self { expires_at: now, released: true, ..self.clone() }
    }

    /// For how long it is taken or renewed.
    pub(super) fn ttl(&self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }

    /// Whether it is the very lease that somebody else saw or took, however often it was renewed.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.run == other.run && self.token == other.token && self.released == other.released
    }

    /// Whether a run wrote it.
    pub(super) fn was_of(&self, runner: &Runner) -> bool {
        self.run == runner.id
    }

    /// Whether a run holds it.
    pub(super) fn is_of(&self, runner: &Runner) -> bool {
        self.was_of(runner) && !self.released
    }
}

fn after(now: Timestamp, ttl: Duration) -> Timestamp {
    SignedDuration::try_from(ttl)
        .ok()
        .and_then(|ttl| now.checked_add(ttl).ok())
        .unwrap_or(Timestamp::MAX)
}

/// The name of a center's record: what a person recognises, and what no other center has.
pub(super) fn key(center: &str) -> String {
    let mut name = String::new();
    for c in center.chars().take(60) {
        let fine = c.is_ascii_alphanumeric() || c == '.';
        if fine && (c != '.' || !name.is_empty()) {
            name.push(c.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_matches(['-', '.']);
    let hash = &hex(&Sha256::digest(center))[..32];
    if name.is_empty() { hash.to_owned() } else { format!("{name}-{hash}") }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn the_page_of_a_run() {
        let url = |variables: &[(&str, &str)]| {
            run_url(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        let github = [
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/credits"),
            ("GITHUB_RUN_ID", "17"),
            ("GITHUB_RUN_ATTEMPT", "2"),
        ];
        assert_eq!(url(&github).unwrap(), "https://github.com/acme/credits/actions/runs/17/attempts/2");
        assert_eq!(url(&github[..3]).unwrap(), "https://github.com/acme/credits/actions/runs/17");
        assert_eq!(url(&github[1..]), None);
        assert_eq!(
            url(&[("CI_JOB_URL", "https://gitlab.acme.example/-/jobs/3")]).unwrap(),
            "https://gitlab.acme.example/-/jobs/3"
        );
        assert_eq!(url(&[("BUILD_URL", "http://ci/job/1/")]).unwrap(), "http://ci/job/1/");
        assert_eq!(url(&[("BUILD_URL", "javascript:alert(1)")]), None);
        assert_eq!(url(&[]), None);
    }

    #[test]
    fn a_key_is_readable_and_unlike_every_other() {
        assert_eq!(key(".bursar/center.db"), "bursar-center.db-fa455404eed6455855ffbe0959315bff");
        assert!(key("https://llm.acme.example/a").starts_with("https-llm.acme.example-a-"));
        assert_ne!(key("https://llm.acme.example/a"), key("https://llm.acme.example-a"));
        assert_ne!(key("ä"), key("ö"));
        assert!(key("../../x").starts_with("x-"));
    }

    #[test]
    fn runs_differ() {
        assert_ne!(Runner::here().id, Runner::here().id);
        assert_eq!(Runner::here().id.len(), 32);
    }
}
