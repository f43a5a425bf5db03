//! Who last wrote the lines that decide something, as far as Git tells in time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::git::{Blamed, Deadline, GitError, Repository};
use crate::model::{Origin, Source};

use super::Context;

/// How long is looked for who wrote which line. Nobody waits for a long history.
const BLAME: Duration = Duration::from_secs(2);

/// Who last wrote each of these lines. `root` is where the paths of the sources start. What could not be found out is said
/// on stderr; `who` waits, in the words of that sentence.
pub(super) fn origins<'a>(
    context: &Context,
    repository: &Repository,
    root: &Path,
    sources: impl Iterator<Item = &'a Source>,
    who: &str,
) -> BTreeMap<Source, Arc<Origin>> {
    let mut lines: BTreeMap<Arc<str>, BTreeSet<u32>> = BTreeMap::new();
    for source in sources {
        lines.entry(Arc::clone(&source.file)).or_default().insert(source.line);
    }
    let deadline = Deadline::within(BLAME);
    let mut origins = BTreeMap::new();
    let (mut late, mut shallow) = (false, false);
    for (file, lines) in lines {
        match blame(repository, root, &file, &lines, deadline) {
            Ok(Some(blamed)) => {
                late |= blamed.late;
                shallow |= blamed.shallow;
                let source = |line| Source { file: Arc::clone(&file), line };
                origins.extend(blamed.lines.into_iter().map(|(line, origin)| (source(line), Arc::new(origin))));
            }
            Ok(None) => {}
            Err(error) => context.ui.warn(&format!("who wrote the lines of {file} is not known: {error}")),
        }
    }
    if late {
        context
            .ui
            .say(&format!("who wrote some lines was left out: the history is long, and {who} waits 2 s for it"));
    }
    if shallow {
        context.ui.say("who wrote some lines is not known: they are older than what was cloned");
    }
    origins
}

fn blame(
    repository: &Repository,
    root: &Path,
    file: &str,
    lines: &BTreeSet<u32>,
    deadline: Deadline,
) -> Result<Option<Blamed>, GitError> {
    // What the file itself is called, however many links lead to it.
    let Ok(real) = root.join(file).canonicalize() else { return Ok(None) };
    let Ok(text) = std::fs::read(&real) else { return Ok(None) };
    repository.blame(&repository.path_of(&real)?, &text, lines, deadline).map(Some)
}
