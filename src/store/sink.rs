//! Where lines go that must survive a crash.

use std::fs::File;
use std::io::{self, Write};

use async_trait::async_trait;

/// Where the lines of a journal go. Nothing that was appended is ever rewritten.
#[async_trait]
pub trait Sink: Send {
    /// Appends whole lines. They will survive a crash once this has returned.
    async fn append(&mut self, lines: &[u8]) -> io::Result<()>;
}

/// A file of this machine: each append is synced.
#[async_trait]
impl Sink for File {
    async fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        self.write_all(lines)?;
        self.sync_data()
    }
}
