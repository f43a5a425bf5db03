//! `fmt`, `grant` and `revoke`: edits of the files in which nothing else is lost.

mod laws;
pub(crate) mod messy;
mod rights;
mod writing;

use std::path::{Path, PathBuf};

use bursar::config::edit::{self, Layout};
use bursar::config::{self, Loaded};
use bursar::diagnostics::{FileId, Severity};

/// A text in the canonical layout.
#[track_caller]
fn laid_out(source: &str) -> String {
    match edit::layout(source, FileId::default()) {
        Ok(Layout::Canonical) => source.to_owned(),
        Ok(Layout::Differs(text)) => text,
        other => panic!("{other:?}\n{source}"),
    }
}

/// The comments of a text of which no scalar holds a `#`.
pub(crate) fn comments(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.find('#').map(|at| line[at..].trim_end().to_owned()))
        .collect()
}

pub(crate) fn load(text: &str) -> Loaded {
    let loaded = config::load_texts(Path::new(""), [(PathBuf::from("bursar.yaml"), text.as_bytes().to_vec())]);
    let findings = config::check(&loaded, &crate::config::providers(), crate::config::TODAY);
    let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}\n{text}");
    loaded
}
