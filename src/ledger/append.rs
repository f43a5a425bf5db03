//! Writing to the ledger: behind its last line, and never over anything.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use jiff::Timestamp;

use crate::store::{Document, StoreError};

use super::chain::{hash, hex, parse};
use super::{Broken, Entry, SCHEMA, What, Wrong};

/// How often somebody else may be faster.
const TRIES: u32 = 50;
/// How long is waited after that, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));

/// Why nothing could be written to the ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The store did not do it.
    #[error("the ledger cannot be written")]
    Store(#[from] StoreError),
    /// There is nothing to write behind.
    #[error("the ledger {place} is damaged: {broken}")]
    Damaged {
        /// Where it is.
        place: String,
        /// What is wrong with its last line.
        broken: Broken,
    },
    /// Others were faster, again and again.
    #[error("the ledger {place} cannot be written: other runs wrote to it all the time")]
    Busy {
        /// Where it is.
        place: String,
    },
    /// An entry that is no JSON.
    #[error("the entry of the ledger cannot be written down")]
    Entry(#[from] serde_json::Error),
}

impl LedgerError {
    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            Self::Store(error) if error.kind == crate::store::StoreErrorKind::TooLarge => {
                "move it to another name beside it, such as ledger-1.jsonl, and keep its last hash; a new one begins"
                    .to_owned()
            }
            Self::Store(error) => error.help(),
            Self::Damaged { .. } => {
                "`bursar log --check` says which line is the first wrong one; find out who changed \
                                     it, then move it to another name beside it, and a new one begins"
                    .to_owned()
            }
            Self::Busy { .. } | Self::Entry(_) => "run it again".to_owned(),
        }
    }
}

/// The last line of a ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tail {
    /// Its number, which is how many there are; 0 where there is none.
    pub seq: u64,
    /// Its hash; nothing where there is none.
    pub head: Option<String>,
}

/// Reads the last line of a ledger.
fn tail(bytes: &[u8], place: &str) -> Result<Tail, LedgerError> {
    if bytes.is_empty() {
        return Ok(Tail::default());
    }
    let lines = || u64::try_from(bytes.split_inclusive(|byte| *byte == b'\n').count()).unwrap_or(u64::MAX);
    let damaged = |why| LedgerError::Damaged { place: place.to_owned(), broken: Broken { line: lines(), why } };
    let whole = bytes.strip_suffix(b"\n").ok_or_else(|| damaged(Wrong::Torn))?;
    let last = whole.rsplit(|byte| *byte == b'\n').next().unwrap_or(whole);
    let entry = parse(last).map_err(damaged)?;
    Ok(Tail { seq: entry.seq, head: Some(hex(hash(last))) })
}

/// Appends lines, of runs and what they tell, behind whatever is there: all of them or none. `what` is asked again
/// whenever somebody else was faster, and is given what is there then.
///
/// # Errors
/// [`LedgerError`]. What was sent to an object store that did not answer may have been written all the same.
pub async fn append(
    document: &Document,
    mut what: impl FnMut(&[u8]) -> Vec<(String, What)>,
) -> Result<Tail, LedgerError> {
    let mut pause = PAUSE.0;
    for _ in 0..TRIES {
        let stored = document.load().await?;
        let mut tail = tail(&stored.bytes, &document.place())?;
        let at = Timestamp::now();
        let mut added = Vec::new();
        for (run, what) in what(&stored.bytes) {
            let entry = Entry { schema: SCHEMA.to_owned(), seq: tail.seq + 1, at, prev: tail.head.take(), run, what };
            let line = serde_json::to_vec(&entry)?;
            tail = Tail { seq: entry.seq, head: Some(hex(hash(&line))) };
            added.extend(line);
            added.push(b'\n');
        }
        if added.is_empty() {
            return Ok(tail);
        }
        let mut bytes = stored.bytes.clone();
        bytes.extend_from_slice(&added);
        match document.swap(&stored, &bytes).await {
            Ok(true) => return Ok(tail),
            Ok(false) => {}
            // Somebody may have been told nothing of what was done all the same.
            Err(error) => {
                let now = document.load().await.map_err(|_| error.clone())?;
                if now.bytes.starts_with(&bytes) {
                    return Ok(tail);
                }
                return Err(error.into());
            }
        }
        tokio::time::sleep(jittered(pause)).await;
        pause = (pause * 2).min(PAUSE.1);
    }
    Err(LedgerError::Busy { place: document.place() })
}

/// A time between nothing and this.
fn jittered(pause: Duration) -> Duration {
    // The standard library seeds its hashes from the system, and each one differently.
    let random = RandomState::new().hash_one(0) % 1000;
    pause * u32::try_from(random).unwrap_or(0) / 1000
}
