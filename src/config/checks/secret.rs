//! Looks for secrets anywhere in a text, comments included. What is found is never repeated.

use crate::diagnostics::{FileId, Finding, Span};

use super::structure::SECRET;

/// What tokens start with, how many characters must follow, and whose they are.
const PREFIXES: &[(&str, usize, &str)] = &[
    ("AKIA", 16, "an AWS access key"),
    ("Bearer ", 20, "a bearer token"),
    ("eyJhbGciOi", 20, "a signed token"),
    ("figd_", 16, "a Figma token"),
    ("ghp_", 20, "a GitHub token"),
    ("gho_", 20, "a GitHub token"),
    ("ghs_", 20, "a GitHub token"),
    ("ghu_", 20, "a GitHub token"),
    ("github_pat_", 20, "a GitHub token"),
    ("glpat-", 16, "a GitLab token"),
    ("hooks.slack.com/services/", 8, "a Slack webhook"),
    ("ntn_", 20, "a Notion token"),
    ("secret_", 32, "a Notion token"),
    ("sk-", 20, "an API key"),
    ("xoxb-", 12, "a Slack token"),
    ("xoxp-", 12, "a Slack token"),
];

/// Where the secrets of a text are, in its order: the bytes, and what each looks like.
pub fn find(text: &str) -> Vec<(std::ops::Range<usize>, &'static str)> {
    const FIRST: [bool; 256] = {
        let mut first = [false; 256];
        let mut i = 0;
        while i < PREFIXES.len() {
            first[PREFIXES[i].0.as_bytes()[0] as usize] = true;
            i += 1;
        }
        first
    };
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut previous = b' ';
    for (start, &byte) in bytes.iter().enumerate() {
        let begins = !previous.is_ascii_alphanumeric();
        previous = byte;
        if !FIRST[byte as usize] || !begins {
            continue;
        }
        let rest = &bytes[start..];
        for (prefix, least, what) in PREFIXES {
            if !rest.starts_with(prefix.as_bytes()) {
                continue;
            }
            let tail = &rest[prefix.len()..];
            let token = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/' | b'+' | b'=');
            let length = tail.iter().take_while(|b| token(b)).count();
            let body = &tail[..length];
            // Random text has digits; a name that happens to start alike mostly has none.
            if length >= *least && body.iter().any(u8::is_ascii_digit) && body.iter().any(u8::is_ascii_alphabetic) {
                found.push((start..start + prefix.len() + length, *what));
            }
        }
    }
    found.extend(passwords(text).map(|range| (range, "a password in an address")));
    found.sort_unstable_by_key(|(range, _)| range.start);
    found
}

/// Where addresses have a user and a password before their host: `https://user:password@host`.
fn passwords(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    text.match_indices("://").filter_map(|(at, slashes)| {
        let start = at + slashes.len();
        let rest = text.get(start..)?;
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>'));
        let user = &rest[..rest[..end.unwrap_or(rest.len())].rfind('@')?];
        let (_, password) = user.split_once(':')?;
        // `user:${PASSWORD}@` names it only.
        let named = password.is_empty() || password.starts_with('$');
        (!named).then(|| start..start + user.len())
    })
}

/// Reports every secret of a file.
pub(in crate::config) fn scan(text: &str, file: FileId, findings: &mut Vec<Finding>) {
    for (range, what) in find(text) {
        let byte = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span { file, start: byte(range.start), end: byte(range.end) };
        let finding = SECRET.at(span, format!("this looks like {what}"));
        findings
            .push(finding.help(
                "replace it at the vendor, since it has been seen, and name a variable: `{ env: BURSAR_TOKEN }`",
            ));
    }
}

/// Takes every secret out of what a finding says: a message may quote what stands in the file.
pub(in crate::config) fn hide(finding: &mut Finding) {
    let mut hidden = mask(&mut finding.message);
    for related in &mut finding.related {
        hidden |= mask(&mut related.message);
    }
    // A help that offers another way to write what is now hidden would give it away.
    if hidden && finding.code != SECRET.code {
        finding.help = None;
    }
    if let Some(help) = &mut finding.help {
        mask(help);
    }
}

/// Replaces the secrets of a text by asterisks. Whether there were any.
fn mask(text: &mut String) -> bool {
    let found = find(text);
    for (range, _) in found.iter().rev() {
        let stars = "*".repeat(range.len());
        text.replace_range(range.clone(), &stars);
    }
    !found.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_and_names_are_not() {
        // Put together here, so that no scanner takes this file for a leak.
        for secret in [
            ["sk-", "proj-abc123def456ghi789jkl"].concat(),
            ["ghp_", "0123456789abcdefghijABCDEFGHIJ"].concat(),
            ["https://hooks.slack.com/", "services/T000/B000/XXXX"].concat(),
            ["Authorization: Bearer ", "abcdefghijklmnop0123456789"].concat(),
            ["# AKIA", "ABCDEFGHIJKLMNO1"].concat(),
            ["base_url: https://admin:", "hunter2@llm.acme.example/v1"].concat(),
            ["\"postgres://u:", "p@ss@db\""].concat(),
        ] {
            assert_eq!(find(&secret).len(), 1, "{secret}");
        }
        for name in
            ["sk-anderson", "task-force-of-the-long-name-12345678", "ghp_short", "sk-llod-holger-andersen-berg", "AKIA"]
        {
            assert_eq!(find(name), [], "{name}");
        }
        for address in ["https://a.example:443/x@y", "https://me@a.example", "https://u:$PASSWORD@a.example", "a://b"] {
            assert_eq!(find(address), [], "{address}");
        }
    }
}
