//! Where something may be sent: https, or plain http on this machine.

use ::url::{Host, Url};

/// A URL that nothing is sent to. The URL itself is not repeated: those of webhooks are secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It is none.
    #[error("it is no URL")]
    NotAUrl,
    /// It would be read by the network.
    #[error("it must begin with https://, unless it leads to this machine")]
    Plain,
}

/// A URL that something may be sent to.
///
/// # Errors
/// [`UrlError`] says what is wrong, without repeating the URL.
pub fn checked(text: &str) -> Result<Url, UrlError> {
    let url = Url::parse(text.trim()).map_err(|_| UrlError::NotAUrl)?;
    match url.scheme() {
        "https" if url.has_host() => Ok(url),
        "http" if is_loopback(url.host().as_ref()) => Ok(url),
        "http" => Err(UrlError::Plain),
        _ => Err(UrlError::NotAUrl),
    }
}

/// Whether a host is this machine.
pub(super) fn is_loopback(host: Option<&Host<&str>>) -> bool {
    match host {
        Some(Host::Domain(name)) => *name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_over_the_network_in_the_open() {
        assert!(checked("https://hooks.acme.example/T0/B0/x?y=1").is_ok());
        assert!(checked("http://127.0.0.1:8080/hook").is_ok());
        assert!(checked("http://[::1]/hook").is_ok());
        assert_eq!(checked("http://hooks.acme.example/x"), Err(UrlError::Plain));
        assert_eq!(checked("http://localhost.evil.example/x"), Err(UrlError::Plain));
        for text in ["", "hooks.acme.example", "ftp://127.0.0.1", "file:///etc/passwd", "https://"] {
            assert_eq!(checked(text), Err(UrlError::NotAUrl), "{text}");
        }
    }
}
