//! The files of a config: found, read, decoded and put together.

use std::collections::{BTreeSet, HashMap};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostics::{FileId, Files, Finding, Related, Span};
use crate::model::is_record;
use crate::table::{self, Unread};

use super::checks::secret;
use super::checks::structure::{DUPLICATE_NAME, GUARDRAILS_TWICE, LOCK_TWICE, SECRET, SYNTAX, TOO_LARGE};
use super::decode::Decoder;
use super::file::{Config, Entries, File, People};
use super::people::{self, Fetch};
use super::tree;

/// Where a config is when nobody says where: the file, else the folder.
pub const DEFAULT_FILE: &str = "bursar.yaml";
/// See [`DEFAULT_FILE`].
pub const DEFAULT_FOLDER: &str = "bursar";

/// Why a config could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Neither of the default places is there.
    #[error("there is no {DEFAULT_FILE} and no folder {DEFAULT_FOLDER} in {}", .0.display())]
    NoConfig(PathBuf),
    /// Nothing is at the path that was given.
    #[error("{} is not there", .0.display())]
    NotFound(PathBuf),
    /// A link leads to nothing that is there.
    #[error("{} is a link that leads nowhere", .0.display())]
    DeadLink(PathBuf),
    /// A folder holds no YAML.
    #[error("{} holds no .yaml and no .yml file", .0.display())]
    Empty(PathBuf),
    /// The system does not let us read it.
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
}

impl LoadError {
    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            Self::NoConfig(_) => "`bursar init` writes one, and `--config PATH` names another place".to_owned(),
            Self::NotFound(_) => "check the path; it is relative to where Bursar was started, or to -C".to_owned(),
            Self::DeadLink(_) => {
                "restore what it leads to, or delete the link: what it stands for is not left out silently".to_owned()
            }
            Self::Empty(_) => format!("put the config into a file such as {DEFAULT_FILE}"),
            Self::Unreadable { .. } => "check that it is a file and that you may read it".to_owned(),
        }
    }
}

/// A config as it was read, with everything that is wrong with the files themselves.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The texts.
    pub files: Files,
    /// What they say.
    pub config: Config,
    /// What is wrong with their syntax and structure, in the order of finding.
    pub findings: Vec<Finding>,
    /// Whether some of a file could not be read, so that a name that is not known may still be there.
    pub(super) partial: bool,
    /// The CSVs of people that the files name.
    pub(super) tables: Vec<PathBuf>,
    /// Those that were read.
    pub(super) table_files: BTreeSet<FileId>,
    /// The rows that `only` and `except` leave out, by id and e-mail address in lower case.
    pub(super) left_out: HashMap<String, Span>,
}

/// Reads the config of a folder: `explicit` (a file or folder, relative to `root`), else `bursar.yaml`, else `bursar/`.
pub fn load(root: &Path, explicit: Option<&Path>) -> Result<Loaded, LoadError> {
    let path = places(root, explicit)
        .into_iter()
        .find(|path| explicit.is_some() || path.exists())
        .ok_or_else(|| LoadError::NoConfig(root.to_owned()))?;
    let mut loaded = read(root, &files_of(&path)?)?;
    let home = if path.is_dir() { Some(path.as_path()) } else { path.parent() };
    loaded.config.home = home.map(Path::to_owned).unwrap_or_default();
    Ok(loaded)
}

/// Where [`load`] looks for a config, in its order.
pub fn places(root: &Path, explicit: Option<&Path>) -> Vec<PathBuf> {
    match explicit {
        Some(path) => vec![root.join(path)],
        None => vec![root.join(DEFAULT_FILE), root.join(DEFAULT_FOLDER)],
    }
}

/// Reads files and folders as one config, as `validate PATH…` does. Paths are shown relative to `root`.
pub fn load_paths(root: &Path, paths: &[PathBuf]) -> Result<Loaded, LoadError> {
    let mut all = Vec::new();
    for path in paths {
        all.extend(files_of(&root.join(path))?);
    }
    all.sort();
    all.dedup();
    read(root, &all)
}

/// Puts texts together that are in memory: paths as shown, and their bytes. The CSVs that they name are among them.
pub fn load_texts(root: &Path, texts: impl IntoIterator<Item = (PathBuf, Vec<u8>)>) -> Loaded {
    let is_csv = |(path, _): &(PathBuf, Vec<u8>)| path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("csv"));
    let (tables, texts): (Vec<_>, Vec<_>) = texts.into_iter().partition(is_csv);
    let mut tables: HashMap<PathBuf, Vec<u8>> =
        tables.into_iter().map(|(path, bytes)| (root.join(path), bytes)).collect();
    load_with(root, texts, &mut |folder, path| tables.remove(&folder.join(path)).ok_or(Unread::Missing))
}

/// The same, such as of a Git revision, where `fetch` reads the CSVs that the texts name: the folder of the file that names
/// one (below `root`), and the path from there.
pub fn load_with(root: &Path, texts: impl IntoIterator<Item = (PathBuf, Vec<u8>)>, fetch: &mut Fetch<'_>) -> Loaded {
    let mut loader = Loader::default();
    for (path, bytes) in texts {
        let shown = shown(root, &path);
        loader.add(root.join(path), &shown, Ok(bytes));
    }
    loader.finish(root, fetch)
}

/// The files that a path stands for, sorted.
///
/// What is left out here is taken from people, so nothing is: a link is followed wherever it leads, and one that leads
/// nowhere is an error.
fn files_of(path: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let kind = kind_of(path)?;
    if !kind.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    let mut folders = vec![path.to_owned()];
    // A link to a folder may lead back to where it stands.
    let mut entered = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        let unreadable = |error| LoadError::Unreadable { path: folder.clone(), error };
        if !entered.insert(folder.canonicalize().map_err(unreadable)?) {
            continue;
        }
        let mut inner = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = entry.path();
            let is_yaml = path.extension().is_some_and(|extension| {
                extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml")
            }) && !is_record(&path);
            let kind = entry.file_type().map_err(unreadable)?;
            // A link that leads nowhere matters only where it stands for a file of the config.
            if kind.is_dir() || (kind.is_symlink() && path.is_dir()) {
                inner.push(path);
            } else if is_yaml {
                if !kind_of(&path)?.is_file() {
                    let error = std::io::Error::other("it is no file");
                    return Err(LoadError::Unreadable { path, error });
                }
                files.push(path);
            }
        }
        // Real folders come first, so that what is there under two names is shown under its own.
        inner.sort_by_key(|path| (!path.is_symlink(), path.clone()));
        folders.extend(inner.into_iter().rev());
    }
    if files.is_empty() {
        return Err(LoadError::Empty(path.to_owned()));
    }
    files.sort();
    Ok(files)
}

/// What a path leads to.
fn kind_of(path: &Path) -> Result<std::fs::FileType, LoadError> {
    let missing = |error: &std::io::Error| {
        matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
    };
    match std::fs::metadata(path) {
        Ok(metadata) => Ok(metadata.file_type()),
        Err(_) if path.is_symlink() => Err(LoadError::DeadLink(path.to_owned())),
        Err(error) if missing(&error) => Err(LoadError::NotFound(path.to_owned())),
        Err(error) => Err(LoadError::Unreadable { path: path.to_owned(), error }),
    }
}

fn read(root: &Path, paths: &[PathBuf]) -> Result<Loaded, LoadError> {
    let mut loader = Loader::default();
    for path in paths {
        let unreadable = |error| LoadError::Unreadable { path: path.clone(), error };
        let file = std::fs::File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let most = tree::MAX_BYTES as u64;
        let mut bytes = Vec::with_capacity(usize::try_from(length.min(most)).unwrap_or(0) + 1);
        // A pipe or a device says nothing of its length, so no more is read than may be.
        file.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        let bytes = if bytes.len() > tree::MAX_BYTES {
            Err(format!("the file is larger than {} MiB", tree::MAX_BYTES >> 20))
        } else {
            Ok(bytes)
        };
        loader.add(path.clone(), &shown(root, path), bytes);
    }
    Ok(loader.finish(root, &mut table::load_below))
}

/// A path as people should see it: relative to where Bursar was started for, with slashes.
pub fn shown(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    let path = path.strip_prefix(".").unwrap_or(path);
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}

#[derive(Default)]
struct Loader {
    loaded: Loaded,
    decoder: Decoder,
    /// The CSVs of all files.
    people: Vec<People>,
}

impl Loader {
    /// Adds one file: its bytes, or why they were not even read.
    fn add(&mut self, path: PathBuf, shown: &str, bytes: Result<Vec<u8>, String>) {
        let start = |file| Span { file, start: 0, end: 0 };
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(message) => {
                let file = self.loaded.files.add(path, shown, "".into());
                let finding = TOO_LARGE.at(start(file), message);
                self.loaded.findings.push(finding.help("split it: a config may be a folder of files"));
                self.loaded.partial = true;
                return;
            }
        };
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = u32::try_from(error.utf8_error().valid_up_to()).unwrap_or(u32::MAX);
                let utf_16 = error.as_bytes().starts_with(&[0xff, 0xfe]) || error.as_bytes().starts_with(&[0xfe, 0xff]);
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let end = text
                    .get(at as usize..)
                    .and_then(|rest| rest.chars().next())
                    .map_or(at, |c| at + u32::try_from(c.len_utf8()).unwrap_or(1));
                let file = self.loaded.files.add(path, shown, text.into());
                let message = if utf_16 { "this file is UTF-16" } else { "this is not UTF-8" };
                let finding = SYNTAX.at(Span { file, start: at, end }, message);
                self.loaded.findings.push(finding.help("save the file as UTF-8"));
                self.loaded.partial = true;
                return;
            }
        };
        let text: Arc<str> = text.into();
        let file = self.loaded.files.add(path, shown, Arc::clone(&text));
        secret::scan(&text, file, &mut self.loaded.findings);
        let Some(tree) = tree::parse(&text, file, &mut self.decoder.findings) else {
            self.loaded.partial = true;
            return;
        };
        let decoded = File::decode(tree.root(), &mut self.decoder);
        self.merge(decoded);
    }

    fn merge(&mut self, file: File) {
        let File { version: _, centers, members, people, groups, pools, notify, rates, guardrails, lock } = file;
        self.people.extend(people.into_iter().flat_map(|people| people.value));
        let config = &mut self.loaded.config;
        let findings = &mut self.loaded.findings;
        merge(&mut config.centers, centers, "center", findings);
        merge(&mut config.members, members, "member", findings);
        merge(&mut config.groups, groups, "group", findings);
        merge(&mut config.pools, pools, "pool", findings);
        merge(&mut config.notify, notify, "name under `notify:`", findings);
        merge(&mut config.rates, rates, "rate", findings);
        if let Some(guardrails) = guardrails {
            match &config.guardrails {
                Some(first) => {
                    let related = Related { span: first.span, message: "they are here first".to_owned() };
                    let finding = GUARDRAILS_TWICE.at(guardrails.span, "`guardrails` stands in two files");
                    findings.push(finding.help("put all of them into one file").related(related));
                }
                None => config.guardrails = Some(guardrails),
            }
        }
        if let Some(lock) = lock {
            match &config.lock {
                Some(first) => {
                    let related = Related { span: first.span, message: "it is here first".to_owned() };
                    let finding = LOCK_TWICE.at(lock.span, "`lock` stands in two files");
                    findings.push(finding.help("keep one of them").related(related));
                }
                None => config.lock = Some(lock),
            }
        }
    }

    fn finish(mut self, root: &Path, fetch: &mut Fetch<'_>) -> Loaded {
        if !self.people.is_empty() {
            people::add(&self.people, root, &mut self.loaded, &mut self.decoder, fetch);
        }
        self.loaded.findings.append(&mut self.decoder.findings);
        self.loaded
    }
}

/// Adds the entries of one file to those of the others.
fn merge<K: Ord + std::fmt::Display, V>(
    all: &mut Entries<K, V>,
    more: Option<Entries<K, V>>,
    what: &str,
    findings: &mut Vec<Finding>,
) {
    for (first, again) in more.map(|more| all.merge(more)).unwrap_or_default() {
        let related = Related { span: first, message: "it is here first".to_owned() };
        let finding = DUPLICATE_NAME.at(again.span, format!("the {what} `{}` is in two files", again.value));
        findings.push(finding.help("keep one of them").related(related));
    }
}

impl Loaded {
    /// What keeps a text from being shown or written anew: it could not be read whole, or it holds a secret.
    pub fn unreadable(&self, file: FileId) -> impl Iterator<Item = &Finding> {
        let codes = [SYNTAX.code, TOO_LARGE.code, SECRET.code];
        self.findings
            .iter()
            .filter(move |finding| finding.span.file == file && codes.contains(&finding.code))
    }

    /// The folder of a file: relative paths in it start there.
    pub(super) fn folder(files: &Files, file: FileId) -> PathBuf {
        files.path(file).and_then(Path::parent).map(Path::to_owned).unwrap_or_default()
    }
}
