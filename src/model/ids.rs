//! Names that the files give to things. One type each, so that a pool's name can never stand where a member's belongs.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The longest id, in characters.
pub const MAX_ID: usize = 128;

/// Why a text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing between the quotes.
    #[error("an id cannot be empty")]
    Empty,
    /// Longer than 128 characters.
    #[error("an id has at most {MAX_ID} characters")]
    TooLong,
    /// The first character is not a lower-case letter or a digit.
    #[error("an id starts with a lower-case letter or a digit, not with {0:?}")]
    Start(char),
    /// A character outside `a-z 0-9 . _ @ + -`.
    #[error("an id holds only a-z, 0-9 and . _ @ + -, not {0:?}")]
    Character(char),
}

/// Checks a text against the rule for ids: `[a-z0-9][a-z0-9._@+-]*`, at most 128 characters.
pub fn check_id(text: &str) -> Result<(), IdError> {
    let first = text.chars().next().ok_or(IdError::Empty)?;
    if text.len() > MAX_ID {
        return Err(IdError::TooLong);
    }
    if !(first.is_ascii_lowercase() || first.is_ascii_digit()) {
        return Err(IdError::Start(first));
    }
    match text
        .chars()
        .find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || ".@_+-".contains(*c)))
    {
        Some(c) => Err(IdError::Character(c)),
        None => Ok(()),
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id, if the text keeps the rule for ids.
            pub fn new(text: &str) -> Result<Self, IdError> {
                check_id(text)?;
                Ok(Self(Arc::from(text)))
            }

            /// The id's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(&text)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    };
}

id!(
    /// A center's name in the files.
    CenterId
);
id!(
    /// A pool's name in the files.
    PoolId
);
id!(
    /// A member's name in the files.
    MemberId
);
id!(
    /// A group's name in the files.
    GroupId
);
id!(
    /// The name of a rate: a provider and what it counts, such as `figma_credit`.
    RateId
);
id!(
    /// The name of somebody to notify, from `notify:`.
    NotifyId
);

impl RateId {
    /// The name of what says what a provider's credit is worth; `None` where the provider's name is too long for one.
    pub fn of_provider(provider: &str) -> Option<Self> {
        Self::new(&format!("{provider}_credit")).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_for_ids() {
        assert!(check_id("alice").is_ok());
        assert!(check_id("0.a_b@c+d-e").is_ok());
        assert_eq!(check_id(""), Err(IdError::Empty));
        assert_eq!(check_id("Alice"), Err(IdError::Start('A')));
        assert_eq!(check_id("-a"), Err(IdError::Start('-')));
        assert_eq!(check_id("a b"), Err(IdError::Character(' ')));
        assert_eq!(check_id(&"a".repeat(129)), Err(IdError::TooLong));
        assert!(check_id(&"a".repeat(128)).is_ok());
    }
}
