//! The files of a config by the names that a repository has for them, for those who do not know where Bursar was started.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::diagnostics::FileId;

/// A file, named from the root of the repository, or from that of the system where it is in none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The path, with slashes.
    pub path: String,
    /// Whether the path begins at the root of the repository.
    pub inside: bool,
}

impl Artifact {
    /// The path as a URI reference: relative inside the repository, else with `file:`.
    pub(super) fn uri(&self) -> String {
        let path = encoded(&self.path);
        match (self.inside, path.starts_with('/')) {
            (true, _) => path,
            (false, true) => format!("file://{path}"),
            (false, false) => format!("file:///{path}"),
        }
    }
}

/// The files that findings point into.
#[derive(Clone, Debug, Default)]
pub struct Artifacts(BTreeMap<FileId, Artifact>);

impl Artifacts {
    /// The file at a position; one that nobody named has no name.
    pub(super) fn get(&self, file: FileId) -> Artifact {
        self.0.get(&file).cloned().unwrap_or(Artifact { path: String::new(), inside: true })
    }
}

impl FromIterator<(FileId, Artifact)> for Artifacts {
    fn from_iter<I: IntoIterator<Item = (FileId, Artifact)>>(files: I) -> Self {
        Self(files.into_iter().collect())
    }
}

/// A path with everything encoded that is not plain in every part of a URI.
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(path: &str, inside: bool) -> String {
        Artifact { path: path.to_owned(), inside }.uri()
    }

    #[test]
    fn uris_hold_any_path() {
        assert_eq!(uri("pools/a-b_c.1~.yaml", true), "pools/a-b_c.1~.yaml");
        assert_eq!(uri("a b/ü%?#:[x]@.yaml", true), "a%20b/%C3%BC%25%3F%23%3A%5Bx%5D%40.yaml");
        assert_eq!(uri("line\nbreak.yaml", true), "line%0Abreak.yaml");
        assert_eq!(uri("/etc/bursar x.yaml", false), "file:///etc/bursar%20x.yaml");
        assert_eq!(uri("C:/bursar.yaml", false), "file:///C%3A/bursar.yaml");
    }
}
