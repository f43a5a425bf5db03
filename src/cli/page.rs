//! What a Markdown page is told of the run: which config it is about, and where the whole of it can be read.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};

use clap::Args;

use crate::config;
use crate::git::Repository;
use crate::output::markdown::{Frame, SUMMARY_BYTES};

use super::{CommandError, Context};

/// Where else a page goes.
#[derive(Debug, Args)]
pub(super) struct PageArgs {
    /// Add the page to this file too, as long as a GitHub job summary may be
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
}

/// What the pages of a run have in common.
pub(super) struct Page {
    path: String,
    link: Option<String>,
}

impl Page {
    pub(super) fn of(context: &Context) -> Self {
        Self { path: path(context), link: link(|name| std::env::var(name).ok().filter(|value| !value.is_empty())) }
    }

    /// A page for a comment.
    pub(super) fn comment(&self) -> Frame<'_> {
        Frame { link: self.link.as_deref(), ..Frame::comment(&self.path) }
    }
}

impl PageArgs {
    /// Whether there is to be a summary.
    pub(super) fn wanted(&self) -> bool {
        self.summary.is_some()
    }

    /// The frame of the summary, if there is to be one. It is where the link of a comment leads, so it has none.
    pub(super) fn frame<'a>(&self, page: &'a Page) -> Option<Frame<'a>> {
        self.wanted().then(|| Frame { budget: SUMMARY_BYTES, ..Frame::comment(&page.path) })
    }

    /// Adds a page to the summary.
    pub(super) fn add(&self, text: &[u8]) -> Result<(), CommandError> {
        let Some(file) = &self.summary else { return Ok(()) };
        let added = OpenOptions::new()
            .append(true)
            .create(true)
            .open(file)
            .and_then(|mut file| file.write_all(text));
        added.map_err(|error| {
            let context = format!("the summary cannot be written to {}", file.display());
            CommandError::failed(anyhow::Error::new(error).context(context))
                .hint("name a file that this run may write, such as \"$GITHUB_STEP_SUMMARY\"")
        })
    }
}

/// The config's path in its repository, so that it is the same on every machine; else as it was asked for.
fn path(context: &Context) -> String {
    let root = &context.global.directory;
    let places = config::places(root, context.global.config.as_deref());
    let Some(place) = places.iter().find(|place| place.exists()).or(places.first()) else { return String::new() };
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let within = Repository::discover(folder).and_then(|repository| repository.path_of(place));
    plain(within.as_deref().unwrap_or(place))
}

/// A path with slashes, whatever the system, and without `.`.
fn plain(path: &Path) -> String {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    parts.collect::<PathBuf>().to_string_lossy().replace('\\', "/")
}

/// The page of the run, where its summary stands.
fn link(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let (server, repository) = (variable("GITHUB_SERVER_URL")?, variable("GITHUB_REPOSITORY")?);
    Some(format!("{server}/{repository}/actions/runs/{}", variable("GITHUB_RUN_ID")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_is_linked_to_where_all_of_it_is_known() {
        let of = |known: &[(&str, &str)]| {
            let known: std::collections::BTreeMap<String, String> =
                known.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            link(|name| known.get(name).cloned())
        };
        let all = [
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/credits"),
            ("GITHUB_RUN_ID", "17"),
        ];
        assert_eq!(of(&all).as_deref(), Some("https://github.com/acme/credits/actions/runs/17"));
        assert_eq!(of(&all[..2]), None);
    }

    #[test]
    fn one_path_for_one_config() {
        assert_eq!(plain(Path::new("./conf/./bursar.yaml")), "conf/bursar.yaml");
        assert_eq!(plain(Path::new("bursar")), "bursar");
    }
}
