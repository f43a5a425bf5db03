//! Tokens: read from where the file names, never shown.

use secrecy::SecretString;

use crate::model::SecretSource;

use super::super::CenterError;

/// Reads a token. Spaces and line ends around it are refused rather than cut off: they hint at a wrong secret.
pub(super) fn read(source: Option<&SecretSource>) -> Result<SecretString, CenterError> {
    let Some(SecretSource::Env(variable)) = source else { return Err(CenterError::MissingSetting("token")) };
    let missing = || CenterError::MissingToken(variable.clone());
    let bad = || CenterError::BadToken(variable.clone());
    let token = std::env::var_os(variable).ok_or_else(missing)?.into_string().map_err(|_| bad())?;
    if token.is_empty() {
        return Err(missing());
    }
    if !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(bad());
    }
    Ok(SecretString::from(token))
}

/// The beginnings of what vendors call a token.
const PREFIXES: [&str; 12] =
    ["eyJ", "sk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "figd_", "figp_", "cog_", "ntn_"];

/// A text with the token in use, and whatever else looks like one, replaced.
pub(super) fn mask(text: &str, token: &str) -> String {
    let mut text = if token.is_empty() { text.to_owned() } else { text.replace(token, "REDACTED") };
    for prefix in PREFIXES {
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| rest.find(prefix)).map(|at| at + from) {
            let tail = &text[at + prefix.len()..];
            // A signed token of three parts has points between them.
            let dotted = prefix == "eyJ";
            let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-') || (dotted && *b == b'.');
            let length = tail.bytes().take_while(part).count();
            from = at + prefix.len() + length;
            if length >= 16 {
                text.replace_range(at..from, "REDACTED");
                from = at + "REDACTED".len();
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_token_is_replaced() {
        assert_eq!(mask("key=sk-abcdefghijklmnop1234, ok", ""), "key=REDACTED, ok");
        assert_eq!(mask("jwt eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln, ok", ""), "jwt REDACTED, ok");
        assert_eq!(mask("risk-averse and sk-... stay", ""), "risk-averse and sk-... stay");
        assert_eq!(mask("the key hunter2 twice: hunter2", "hunter2"), "the key REDACTED twice: REDACTED");
        assert_eq!(mask("ghp_0123456789abcdef01 ghp_0123456789abcdef02", ""), "REDACTED REDACTED");
    }
}
