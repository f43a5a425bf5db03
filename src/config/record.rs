//! The record as a file: what people confirmed that they set by hand, as YAML that is reviewed like any other.

use std::path::{Path, PathBuf};

use crate::model::Record;

/// Why a record cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The system does not let us read it.
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
}

/// Reads a record. One that is not there is empty.
pub fn read(path: &Path) -> Result<Record, RecordError> {
    match std::fs::read(path) {
        Ok(_) => Ok(Record::default()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Record::default()),
        Err(error) => Err(RecordError::Unreadable { path: path.to_owned(), error }),
    }
}
