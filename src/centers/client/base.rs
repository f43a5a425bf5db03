//! Where a token may go: the base URL of a center, checked once before anything is sent.

use std::fmt;

use url::{Host, Url};

use super::super::CenterError;
use super::HttpError;

/// A URL that a token may be sent to.
#[derive(Clone, Debug)]
pub(super) struct Base(Url);

impl Base {
    /// Checks a base URL: https, or http on loopback; on loopback or on a host that `allow_host` names.
    pub(super) fn new(written: &str, allowed: &[String]) -> Result<Self, CenterError> {
        let bad = |why: &str| CenterError::BadUrl { url: shown(written), why: why.to_owned() };
        let url = Url::parse(written).map_err(|error| bad(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad("only http and https are spoken"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("it holds credentials; name the token under `token:`"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(bad("it has a query or a fragment"));
        }
        let host = url.host_str().ok_or_else(|| bad("it has no host"))?.to_owned();
        let base = Self(url);
        if base.is_loopback() {
            return Ok(base);
        }
        if base.is_plain() {
            return Err(bad("plain http would show the token to the network"));
        }
        if !allowed.iter().any(|name| name.eq_ignore_ascii_case(&host)) {
            return Err(CenterError::HostNotAllowed { host });
        }
        Ok(base)
    }

    /// A vendor's own host, which needs nobody's permission.
    pub(super) fn own(url: &str) -> Result<Self, CenterError> {
        let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        Self::new(url, host.as_slice())
    }

    /// Whether nothing is encrypted on the way, which is so on loopback only.
    pub(super) fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// Whether the host is this machine.
    pub(super) fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// The URL of a path below the base, with a query; every segment is encoded whole.
    pub(super) fn at(&self, path: &[&str], query: &[(&str, String)]) -> Result<Url, HttpError> {
        let bad = |segment: &str| HttpError::not_sent(&self.to_string(), format!("`{segment}` cannot stand in a path"));
        let mut url = self.0.clone();
        // A `.` or `..` would name another path.
        if let Some(segment) = path.iter().find(|segment| matches!(**segment, "" | "." | "..")) {
            return Err(bad(segment));
        }
        url.path_segments_mut().map_err(|()| bad(""))?.pop_if_empty().extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }
}

/// What of a URL may be shown: never what stands before an `@`.
fn shown(written: &str) -> String {
    match written.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => written.to_owned(),
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(written: &str, allowed: &[&str]) -> Result<String, String> {
        let allowed: Vec<String> = allowed.iter().map(|host| (*host).to_owned()).collect();
        Base::new(written, &allowed)
            .map(|base| base.to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_token_goes_to_loopback_and_to_allowed_hosts() {
        assert_eq!(base("http://127.0.0.1:4000/", &[]).unwrap(), "http://127.0.0.1:4000");
        assert_eq!(base("http://[::1]:4000", &[]).unwrap(), "http://[::1]:4000");
        assert_eq!(base("http://LOCALHOST:4000/llm/", &[]).unwrap(), "http://localhost:4000/llm");
        assert_eq!(base("https://LLM.acme.example:443", &["llm.ACME.example"]).unwrap(), "https://llm.acme.example");
    }

    #[test]
    fn and_nowhere_else() {
        assert_eq!(
            base("https://llm.acme.example", &["acme.example"]).unwrap_err(),
            "the token would go to llm.acme.example, which is not allowed"
        );
        for url in [
            "http://llm.acme.example",
            "http://localhost.evil.example",
            "ftp://127.0.0.1",
            "llm.acme.example",
            "https://llm.acme.example/?key=1",
            "https://llm.acme.example/#x",
            "https://a:b@llm.acme.example",
        ] {
            assert!(base(url, &["llm.acme.example"]).is_err(), "{url}");
        }
        let error = base("https://user:hunter2@llm.acme.example", &[]).unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_vendors_own_host_needs_no_permission_and_has_no_plain_http() {
        assert_eq!(Base::own("https://api.figma.com").unwrap().to_string(), "https://api.figma.com");
        assert!(Base::own("http://api.figma.com").is_err());
    }

    #[test]
    fn segments_are_encoded_whole() {
        let base = Base::new("http://127.0.0.1:1/llm/", &[]).unwrap();
        let url = base.at(&["team", "a/b c?"], &[("q", "x&y".to_owned())]).unwrap();
        assert_eq!(url.as_str(), "http://127.0.0.1:1/llm/team/a%2Fb%20c%3F?q=x%26y");
        assert!(base.at(&["team", ".."], &[]).is_err());
    }
}
