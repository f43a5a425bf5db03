//! What surrounds a page: the mark by which its comment is found again, how large it may grow, and where the whole is.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::model::{PoolId, Rule, Source};

/// How large a page for a comment may grow: GitHub takes 65,536 characters.
pub const COMMENT_BYTES: usize = 60_000;

/// How large a page for a job summary may grow: GitHub takes 1 MiB.
pub const SUMMARY_BYTES: usize = 1_000_000;

/// The longest address that is linked to.
const LINK: usize = 300;

/// The longest path that a mark spells out.
const PATH: usize = 200;

/// What a page is told beside what it is about.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The path of the config, by which its comment is found again.
    pub path: &'a str,
    /// The most that the page may have, in bytes.
    pub budget: usize,
    /// Where the whole page can be read, such as the address of the run. Anything but a plain web address is left out.
    pub link: Option<&'a str>,
    /// The revision that a plan was compared with, as it was asked for.
    pub base: Option<&'a str>,
    /// The rules of each pool as written, for their reasons; nothing where a page brings its own.
    pub rules: Option<&'a BTreeMap<PoolId, Vec<Rule>>>,
}

impl<'a> Frame<'a> {
    /// The frame of a comment about a config, with nothing else to tell.
    pub fn comment(path: &'a str) -> Self {
        Self { path, budget: COMMENT_BYTES, link: None, base: None, rules: None }
    }

    /// The address to link to, if nothing in it could be anything but an address.
    pub(super) fn link(&self) -> Option<&'a str> {
        let plain = |text: &str| {
            text.bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/' | b':' | b'%'))
        };
        self.link
            .filter(|link| link.starts_with("https://") || link.starts_with("http://"))
            .filter(|link| link.len() <= LINK && plain(link))
    }
}

/// The first line of a page: hidden from readers, and the same for as long as the config stays where it is. Whatever
/// could end the comment that it stands in, or look like another mark, is written in hexadecimal.
pub(super) fn mark(path: &str) -> String {
    let mut safe = String::new();
    let mut before = 0;
    for &byte in path.as_bytes() {
        let twice = byte == b'-' && before == b'-';
        if (byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'/' | b'-')) && !twice {
            safe.push(char::from(byte));
        } else {
            let _ = write!(safe, "%{byte:02X}");
        }
        before = byte;
    }
    if safe.len() > PATH {
        // Two long paths are still two.
        safe = "%long/".to_owned();
        for byte in Sha256::digest(path) {
            let _ = write!(safe, "{byte:02x}");
        }
    }
    format!("<!-- bursar:{safe} -->\n")
}

/// The rules by pool and line.
pub(super) struct Rules<'a>(BTreeMap<(&'a PoolId, &'a Source), &'a Rule>);

impl<'a> Rules<'a> {
    pub(super) fn of(frame: &Frame<'a>) -> Self {
        let all = frame.rules.into_iter().flatten();
        Self(
            all.flat_map(|(pool, rules)| rules.iter().map(move |rule| ((pool, &rule.source), rule)))
                .collect(),
        )
    }

    /// The rule that stands at a line.
    pub(super) fn at(&self, pool: &PoolId, source: Option<&Source>) -> Option<&'a Rule> {
        self.0.get(&(pool, source?)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_cannot_be_left_or_forged() {
        assert_eq!(mark("conf/bursar.yaml"), "<!-- bursar:conf/bursar.yaml -->\n");
        assert_eq!(mark("a -->\n<!-- bursar:b"), "<!-- bursar:a%20-%2D%3E%0A%3C%21-%2D%20bursar%3Ab -->\n");
        assert_eq!(mark("--->"), "<!-- bursar:-%2D%2D%3E -->\n");
        assert_eq!(mark("ü\u{202e}%41"), "<!-- bursar:%C3%BC%E2%80%AE%2541 -->\n");
        let (one, other) = (mark(&"a".repeat(500)), mark(&"a".repeat(501)));
        assert!(one.len() < 120 && one != other, "{one}{other}");
        for path in ["", "-", "--", ">", "->", "a--!>b", "<!--", "a-- -->"] {
            let mark = mark(path);
            let inner = mark.strip_prefix("<!-- bursar:").unwrap().strip_suffix(" -->\n").unwrap();
            assert!(!inner.contains("--") && !inner.contains(['<', '>', ' ', '\n']), "{mark}");
        }
    }

    #[test]
    fn only_a_plain_address_is_linked_to() {
        let link = |text| Frame { link: Some(text), ..Frame::comment("bursar.yaml") }.link().map(str::to_owned);
        let run = "https://github.com/acme/credits/actions/runs/17/attempts/2";
        assert_eq!(link(run).as_deref(), Some(run));
        for text in [
            "javascript:alert(1)",
            "https://a/)[x](https://evil.example",
            "https://a b",
            "https://a|b",
            "https://user@evil.example",
            "ftp://a",
            "//a",
            "",
        ] {
            assert_eq!(link(text), None, "{text}");
        }
    }
}
