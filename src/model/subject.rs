//! Whom a grant is about: somebody the files know, or somebody only the center knows.

use std::fmt;

use serde::{Serialize, Serializer};

use super::MemberId;

/// A person as a center shows them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Subject {
    /// A member of the files.
    Member(MemberId),
    /// The center's own name for somebody whom the files do not know.
    Stranger(Box<str>),
}

impl Subject {
    /// The name to show: the member's id, or the center's own name.
    pub fn name(&self) -> &str {
        match self {
            Self::Member(id) => id.as_str(),
            Self::Stranger(name) => name,
        }
    }

    /// Whether the files know this person.
    pub fn is_known(&self) -> bool {
        matches!(self, Self::Member(_))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
