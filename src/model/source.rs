//! Where in the files a rule stands.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// A line of a file of the config; the path is relative to where Bursar was started for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// The file's path as shown to people.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Who last wrote a line of the files, as far as Git knows. A name is what its owner says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It stands in the working files only.
    NotCommitted,
    /// It came with a commit.
    Commit {
        /// The commit's id, in hexadecimal.
        id: String,
        /// The author's name, as the commit has it.
        author: String,
        /// When it was written.
        at: Timestamp,
    },
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (id, author, at) = match self {
            Self::NotCommitted => (None, None, None),
            Self::Commit { id, author, at } => (Some(id), Some(author), Some(at)),
        };
        let mut object = serializer.serialize_struct("Origin", 3)?;
        object.serialize_field("commit", &id)?;
        object.serialize_field("author", &author)?;
        object.serialize_field("at", &at)?;
        object.end()
    }
}
