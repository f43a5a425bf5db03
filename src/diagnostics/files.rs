//! The texts that findings point into.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file of the config, by its position in [`Files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileId(pub u32);

/// A range of bytes in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

/// A place as people name it. Columns count characters, not bytes, and everything counts from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// The line of the first character.
    pub line: u32,
    /// The column of the first character.
    pub column: u32,
    /// The line of the last character.
    pub end_line: u32,
    /// The column after the last character.
    pub end_column: u32,
}

#[derive(Debug)]
struct File {
    path: PathBuf,
    shown: Arc<str>,
    text: Arc<str>,
    /// The byte at which each line starts.
    lines: Vec<u32>,
    /// Whether every character is one byte, so that columns need no counting.
    ascii: bool,
}

/// Every text that was read, with the names under which people know it.
#[derive(Debug, Default)]
pub struct Files {
    files: Vec<File>,
}

impl Files {
    /// Adds a text. `shown` is the path as people should see it.
    pub fn add(&mut self, path: PathBuf, shown: &str, text: Arc<str>) -> FileId {
        let mut lines = vec![0];
        lines.extend(
            text.bytes()
                .enumerate()
                .filter(|(_, b)| *b == b'\n')
                .filter_map(|(i, _)| u32::try_from(i + 1).ok()),
        );
        let ascii = text.is_ascii();
        self.files.push(File { path, shown: shown.into(), text, lines, ascii });
        FileId(u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX))
    }

    fn file(&self, id: FileId) -> Option<&File> {
        self.files.get(id.0 as usize)
    }

    /// The path of a file as people should see it.
    pub fn shown(&self, id: FileId) -> Arc<str> {
        self.file(id).map_or_else(|| "?".into(), |file| Arc::clone(&file.shown))
    }

    /// The path of a file.
    pub fn path(&self, id: FileId) -> Option<&Path> {
        self.file(id).map(|file| file.path.as_path())
    }

    /// The text of a file.
    pub fn text(&self, id: FileId) -> &str {
        self.file(id).map_or("", |file| &file.text)
    }

    /// The line of a byte, from 1.
    pub fn line(&self, span: Span) -> u32 {
        self.file(span.file).map_or(0, |file| line_of(file, span.start))
    }

    /// Where a span is.
    pub fn location(&self, span: Span) -> Location {
        let Some(file) = self.file(span.file) else {
            return Location { line: 1, column: 1, end_line: 1, end_column: 1 };
        };
        let place = |byte: u32| {
            let line = line_of(file, byte);
            let start = file.lines.get(line as usize - 1).copied().unwrap_or(0) as usize;
            let text = file.text.get(start..byte as usize).unwrap_or("");
            let before = if file.ascii { text.len() } else { text.chars().count() };
            (line, u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1))
        };
        let (line, column) = place(span.start);
        let (end_line, end_column) = place(span.end.max(span.start));
        Location { line, column, end_line, end_column }
    }

    /// Every file, in the order of reading.
    pub fn iter(&self) -> impl Iterator<Item = FileId> {
        (0..self.files.len()).filter_map(|i| u32::try_from(i).ok()).map(FileId)
    }
}

fn line_of(file: &File, byte: u32) -> u32 {
    u32::try_from(file.lines.partition_point(|&start| start <= byte))
        .unwrap_or(u32::MAX)
        .max(1)
}
