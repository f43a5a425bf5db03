//! Who asks: two tokens, of which the server keeps nothing but digests.

use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// The shortest text that is taken for a token: shorter ones can be guessed.
pub const SHORTEST_TOKEN: usize = 16;

/// What a request may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Everything: the server has no tokens and listens on loopback only.
    Open,
    /// Read.
    Read,
    /// Read, write and draw.
    Write,
}

impl Access {
    /// Whether it may change something.
    pub(super) fn may_write(self) -> bool {
        matches!(self, Self::Open | Self::Write)
    }

    /// In whose name the audit has it.
    pub(super) fn actor(self) -> &'static str {
        match self {
            Self::Open => "anybody on this machine",
            Self::Read => "read token",
            Self::Write => "write token",
        }
    }
}

type Sum = [u8; 32];

/// The tokens that a server takes.
#[derive(Clone)]
pub struct Tokens(Option<(Sum, Sum)>);

/// Why two texts cannot be the tokens of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Too short to be a secret.
    #[error("a token has at least {SHORTEST_TOKEN} characters")]
    Short,
    /// It cannot stand in a header.
    #[error("a token has no spaces, line ends or characters beyond ASCII")]
    Characters,
    /// Reading and writing are not told apart.
    #[error("the two tokens are the same")]
    Same,
}

impl Tokens {
    /// No tokens: whoever reaches the server may do everything.
    pub fn open() -> Self {
        Self(None)
    }

    /// A token that reads, and one that also writes.
    pub fn new(read: &str, write: &str) -> Result<Self, TokenError> {
        for token in [read, write] {
            if !token.bytes().all(|b| b.is_ascii_graphic()) {
                return Err(TokenError::Characters);
            }
            if token.len() < SHORTEST_TOKEN {
                return Err(TokenError::Short);
            }
        }
        if read == write {
            return Err(TokenError::Same);
        }
        Ok(Self(Some((sum(read), sum(write)))))
    }

    /// Whether there are none.
    pub(super) fn is_open(&self) -> bool {
        self.0.is_none()
    }

    /// What a request with this `Authorization` may do; `None` where nobody knows it.
    pub(super) fn access(&self, authorization: Option<&str>) -> Option<Access> {
        let Some((read, write)) = &self.0 else { return Some(Access::Open) };
        let (scheme, token) = authorization?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        // Digests have one length, and both are compared to their end, so the time tells nothing about a token.
        let given = sum(token.trim());
        let reads: Choice = given.ct_eq(read);
        let writes: Choice = given.ct_eq(write);
        match (bool::from(reads), bool::from(writes)) {
            (_, true) => Some(Access::Write),
            (true, false) => Some(Access::Read),
            (false, false) => None,
        }
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_open() { "Tokens(none)" } else { "Tokens(two)" })
    }
}

fn sum(token: &str) -> Sum {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: &str = "read-read-read-read";
    const WRITE: &str = "write-write-write-write";

    #[test]
    fn who_may_what() {
        let tokens = Tokens::new(READ, WRITE).unwrap();
        let access = |header: &str| tokens.access(Some(header));
        assert_eq!(access(&format!("Bearer {READ}")), Some(Access::Read));
        assert_eq!(access(&format!("bearer {WRITE}")), Some(Access::Write));
        for wrong in ["", "Bearer", "Bearer ", &format!("Basic {WRITE}"), WRITE, &format!("Bearer {WRITE}x")] {
            assert_eq!(access(wrong), None, "{wrong}");
        }
        assert_eq!(tokens.access(None), None);
        assert_eq!(Tokens::open().access(None), Some(Access::Open));
        assert!(!Access::Read.may_write() && Access::Write.may_write() && Access::Open.may_write());
    }

    #[test]
    fn weak_tokens_are_refused() {
        assert_eq!(Tokens::new("short", WRITE).unwrap_err(), TokenError::Short);
        assert_eq!(Tokens::new(WRITE, WRITE).unwrap_err(), TokenError::Same);
        assert_eq!(Tokens::new(READ, "write token with spaces\n").unwrap_err(), TokenError::Characters);
        assert_eq!(format!("{:?}", Tokens::new(READ, WRITE)), "Ok(Tokens(two))");
    }
}
