//! Where something is kept: at a path of this machine, or in an object store.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

/// Whose object store it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Vendor {
    /// Amazon S3, and whatever speaks its protocol.
    Amazon,
    /// Google Cloud Storage.
    Google,
    /// Azure Blob Storage.
    Azure,
}

/// A bucket, and perhaps a key in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectUrl {
    vendor: Vendor,
    url: Url,
}

impl ObjectUrl {
    /// Whose store it is.
    pub fn vendor(&self) -> Vendor {
        self.vendor
    }

    /// The whole URL. There is never a secret in it.
    pub fn url(&self) -> &Url {
        &self.url
    }
}

/// Where something is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A path of this machine.
    Local(PathBuf),
    /// An object, or the objects below a prefix.
    Object(ObjectUrl),
}

/// Why a text names no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// Nothing is written.
    #[error("it is empty")]
    Empty,
    /// A URL of another kind.
    #[error("`{0}://` is no scheme of an object store")]
    Scheme(String),
    /// No bucket, or a name that no bucket has.
    #[error("it names no bucket")]
    Bucket,
    /// More than a bucket and a key.
    #[error("it has a query, a fragment or a space")]
    Rest,
}

impl PlaceError {
    /// What to write instead.
    pub fn help(&self) -> String {
        match self {
            Self::Scheme(scheme) if scheme == "file" => "write the path itself, without `file://`".to_owned(),
            Self::Bucket => "write the bucket or container after the scheme, such as s3://acme-bursar/prod; \
                             credentials come from the environment"
                .to_owned(),
            _ => "write a path, or a URL such as s3://bucket/prefix, gs://bucket/prefix or az://container/prefix"
                .to_owned(),
        }
    }
}

impl Place {
    /// Reads a path, relative to a folder, or the URL of an object store.
    ///
    /// # Errors
    /// [`PlaceError`] says what is wrong, and never repeats more of the text than its scheme.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, PlaceError> {
        if text.trim().is_empty() {
            return Err(PlaceError::Empty);
        }
        let Some((scheme, rest)) = text.split_once("://") else { return Ok(Self::Local(folder.join(text))) };
        let vendor = match scheme {
            "s3" => Vendor::Amazon,
            "gs" => Vendor::Google,
            "az" | "abfs" | "abfss" => Vendor::Azure,
            other => return Err(PlaceError::Scheme(other.to_owned())),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let name = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        };
        let fine = match authority.split_once('@') {
            // abfss://container@account.dfs.core.windows.net/…
            Some((container, account)) => scheme.starts_with("abfs") && name(container) && name(account),
            None => name(authority),
        };
        if !fine {
            return Err(PlaceError::Bucket);
        }
        if rest.contains(['?', '#']) || rest.contains(char::is_whitespace) {
            return Err(PlaceError::Rest);
        }
        let url = Url::parse(text).map_err(|_| PlaceError::Bucket)?;
        Ok(Self::Object(ObjectUrl { vendor, url }))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => path.display().fmt(f),
            Self::Object(object) => f.write_str(object.url.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, PlaceError> {
        Place::parse(text, Path::new("conf")).map(|place| match place {
            Place::Local(path) => format!("local {}", path.display()),
            Place::Object(object) => format!("{:?} {}", object.vendor(), object.url()),
        })
    }

    #[test]
    fn paths_and_urls() {
        assert_eq!(parse("locks").unwrap(), "local conf/locks");
        assert_eq!(parse("/var/lib/bursar").unwrap(), "local /var/lib/bursar");
        assert_eq!(parse("s3://acme-bursar/prod").unwrap(), "Amazon s3://acme-bursar/prod");
        assert_eq!(parse("gs://acme_bursar").unwrap(), "Google gs://acme_bursar");
        assert_eq!(parse("az://bursar/a/b").unwrap(), "Azure az://bursar/a/b");
        assert_eq!(
            parse("abfss://bursar@acme.dfs.core.windows.net/prod").unwrap(),
            "Azure abfss://bursar@acme.dfs.core.windows.net/prod"
        );
    }

    #[test]
    fn what_names_no_place_is_refused_without_repeating_it() {
        for (text, error) in [
            ("", PlaceError::Empty),
            ("  ", PlaceError::Empty),
            ("ftp://a/b", PlaceError::Scheme("ftp".to_owned())),
            ("https://acme.s3.amazonaws.com/x", PlaceError::Scheme("https".to_owned())),
            ("file:///tmp/x", PlaceError::Scheme("file".to_owned())),
            ("s3://", PlaceError::Bucket),
            ("s3:///key", PlaceError::Bucket),
            ("s3://user:hunter2@bucket/x", PlaceError::Bucket),
            ("abfss://user:hunter2@acme.dfs.core.windows.net/x", PlaceError::Bucket),
            ("s3://bucket:9000/x", PlaceError::Bucket),
            ("s3://bucket/x?sig=hunter2", PlaceError::Rest),
            ("s3://bucket/x#y", PlaceError::Rest),
            ("s3://bucket/x y", PlaceError::Rest),
        ] {
            let found = parse(text).unwrap_err();
            assert_eq!(found, error, "{text}");
            assert!(!format!("{found} {}", found.help()).contains("hunter2"), "{text}");
        }
    }
}
