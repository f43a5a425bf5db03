//! The chain: every line names the SHA-256 of the line before.

use std::fmt::{self, Write as _};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{Entry, SCHEMA};

/// What the lines of a ledger come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// The hash of each line.
    pub hashes: Vec<[u8; 32]>,
    /// The first wrong line, if there is one.
    pub broken: Option<Broken>,
}

/// The first wrong line of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its number, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: Wrong,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It has no line end: it is a part of a line.
    Torn,
    /// It is no entry.
    NotAnEntry(String),
    /// Written by a version that knows more than this one.
    Newer(String),
    /// It has another number than the one that comes next.
    Number {
        /// The number that it has.
        found: u64,
        /// The number that comes next.
        next: u64,
    },
    /// It is the first, and names a line before it.
    Beginning,
    /// It is not the line that the one after it was written behind.
    Unlike {
        /// The line after it.
        after: u64,
    },
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, why } = self;
        match why {
            Wrong::Torn => write!(f, "line {line} is cut off in the middle"),
            Wrong::NotAnEntry(why) => write!(f, "line {line} is no entry of a ledger: {why}"),
            Wrong::Newer(schema) => write!(f, "line {line} was written by a newer Bursar, as {schema}"),
            Wrong::Number { found, next } => {
                let how = if found > next {
                    "something before it is missing, or it was moved up"
                } else {
                    "it was put in, or moved down"
                };
                write!(f, "line {line} is entry {found} where entry {next} comes next: {how}")
            }
            Wrong::Beginning => write!(f, "line {line} is not the first of its ledger: what was before it is missing"),
            Wrong::Unlike { after } => {
                write!(f, "line {line} is not the one that line {after} was written behind: one of them was changed")
            }
        }
    }
}

/// A hash as people and files write it.
pub(super) fn hex(hash: [u8; 32]) -> String {
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The hash of a line, without its line end.
pub(super) fn hash(line: &[u8]) -> [u8; 32] {
    Sha256::digest(line).into()
}

impl Chain {
    /// How many lines there are.
    pub fn entries(&self) -> usize {
        self.hashes.len()
    }

    /// The hash of the last line; nothing where there is none.
    pub fn head(&self) -> Option<String> {
        self.hashes.last().copied().map(hex)
    }

    /// The number of the entry whose hash begins so, from 1.
    pub fn find(&self, start: &str) -> Option<usize> {
        let start = start.to_ascii_lowercase();
        let found = self.hashes.iter().position(|hash| hex(*hash).starts_with(&start));
        found.map(|position| position + 1)
    }
}

/// Reads a ledger line by line, and follows the chain. `each` gets every line that is an entry, also behind a wrong one.
pub fn walk(bytes: &[u8], mut each: impl FnMut(Entry)) -> Chain {
    let mut chain = Chain::default();
    let mut before: Option<[u8; 32]> = None;
    for (number, line) in (1..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
        let mut wrong = |line: u64, why: Wrong| {
            chain.broken.get_or_insert(Broken { line, why });
        };
        let Some(line) = line.strip_suffix(b"\n") else {
            wrong(number, Wrong::Torn);
            break;
        };
        let hash = hash(line);
        match parse(line) {
            Ok(entry) => {
                match (&entry.prev, before) {
                    _ if entry.seq != number => wrong(number, Wrong::Number { found: entry.seq, next: number }),
                    (None, None) => {}
                    (Some(_), None) => wrong(number, Wrong::Beginning),
                    (Some(prev), Some(before)) if *prev == hex(before) => {}
                    (_, Some(_)) => wrong(number - 1, Wrong::Unlike { after: number }),
                }
                each(entry);
            }
            Err(why) => wrong(number, why),
        }
        before = Some(hash);
        chain.hashes.push(hash);
    }
    chain
}

/// Reads one line, without its line end.
pub(super) fn parse(line: &[u8]) -> Result<Entry, Wrong> {
    #[derive(Deserialize)]
    struct Head {
        schema: String,
    }
    let not_an_entry = |error: &serde_json::Error| {
        let text = error.to_string();
        // Every line is one object, so it would always be "line 1".
        Wrong::NotAnEntry(text.rsplit_once(" at line ").map(|(why, _)| why.to_owned()).unwrap_or(text))
    };
    match serde_json::from_slice::<Entry>(line) {
        Ok(entry) if entry.schema == SCHEMA => Ok(entry),
        read => {
            let schema = match (&read, serde_json::from_slice::<Head>(line)) {
                (Ok(entry), _) => entry.schema.clone(),
                (Err(_), Ok(head)) => head.schema,
                (Err(error), Err(_)) => return Err(not_an_entry(error)),
            };
            let version = schema.strip_prefix("bursar.ledger.v").and_then(|version| version.parse::<u32>().ok());
            match (version, read) {
                (Some(2..), _) => Err(Wrong::Newer(schema)),
                (_, Err(error)) if schema == SCHEMA => Err(not_an_entry(&error)),
                _ => Err(Wrong::NotAnEntry(format!("its schema is `{schema}`"))),
            }
        }
    }
}
