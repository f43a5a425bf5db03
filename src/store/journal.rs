//! A journal in a store. No object can be appended to, so each append is an object of its own: `<journal>/00000001` and
//! so on, created and never written again. The first of them is empty: it says that the journal has begun.

use std::io;

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use object_store::PutMode;
use object_store::path::Path;

use crate::model::ObjectUrl;

use super::objects::Objects;
use super::sink::Sink;
use super::{MOST_BYTES, StoreError, StoreErrorKind};

/// How many objects are read at once.
const AT_ONCE: usize = 16;

/// A journal that was read from a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalText {
    /// All its lines.
    pub text: Vec<u8>,
    /// Of how many objects it consists.
    pub parts: u64,
}

/// Begins a journal at a place where there is none.
///
/// # Errors
/// [`StoreErrorKind::Exists`] where there is one already, and whatever keeps the store from answering.
pub async fn journal(url: &ObjectUrl) -> Result<Box<dyn Sink>, StoreError> {
    let objects = Objects::open(url)?;
    let folder = objects.key()?;
    Ok(Box::new(begin(objects, folder).await?))
}

/// Whoever makes the first part has the journal for itself, and knows that it may write there.
async fn begin(objects: Objects, folder: Path) -> Result<Parts, StoreError> {
    let first = part(&folder, 1);
    if objects.swap(&first, b"", PutMode::Create).await?.is_none() {
        let why = "a journal is there already";
        return Err(StoreError::new(objects.show(&folder), StoreErrorKind::Exists, why));
    }
    Ok(Parts { objects, folder, next: 2 })
}

/// Goes on with a journal that was read and has so many parts.
///
/// # Errors
/// Where the environment does not say how the store is reached. A part that somebody else adds meanwhile is found out by
/// the first append, which fails.
pub fn continue_journal(url: &ObjectUrl, parts: u64) -> Result<Box<dyn Sink>, StoreError> {
    let objects = Objects::open(url)?;
    let folder = objects.key()?;
    Ok(Box::new(Parts { objects, folder, next: parts + 1 }))
}

/// Reads a whole journal.
///
/// # Errors
/// [`StoreErrorKind::NotFound`] where there is none, [`StoreErrorKind::Damaged`] where a part in its middle is missing or
/// one ends within a line, [`StoreErrorKind::TooLarge`] beyond 256 MiB.
pub async fn read_journal(url: &ObjectUrl) -> Result<JournalText, StoreError> {
    let objects = Objects::open(url)?;
    let folder = objects.key()?;
    read(&objects, &folder).await
}

async fn read(objects: &Objects, folder: &Path) -> Result<JournalText, StoreError> {
    let failed = |kind, why: String| StoreError::new(objects.show(folder), kind, why);
    let mut names: Vec<String> = objects.list(folder).await?;
    names.retain(|name| name.len() == WIDTH && name.bytes().all(|b| b.is_ascii_digit()));
    names.sort_unstable();
    if names.is_empty() {
        return Err(failed(StoreErrorKind::NotFound, "there is no journal".to_owned()));
    }
    let count = names.len() as u64;
    let mut parts = stream::iter((1..=count).map(|number| {
        let path = part(folder, number);
        async move { objects.get(&path).await.map(|found| (number, found)) }
    }))
    .buffered(AT_ONCE);
    let mut text = Vec::new();
    while let Some((number, part)) = parts.try_next().await? {
        let damaged = |what| failed(StoreErrorKind::Damaged, format!("the part {number:0WIDTH$} {what}"));
        let part = part.ok_or_else(|| damaged("is missing"))?;
        // An object is there wholly or not at all, so this is none that was written so.
        if part.bytes.last().is_some_and(|last| *last != b'\n') {
            return Err(damaged("ends within a line"));
        }
        text.extend_from_slice(&part.bytes);
        if text.len() as u64 > MOST_BYTES {
            return Err(failed(StoreErrorKind::TooLarge, format!("it is longer than {} MiB", MOST_BYTES >> 20)));
        }
    }
    Ok(JournalText { text, parts: count })
}

/// How many digits the name of a part has, so that names sort as numbers do.
const WIDTH: usize = 8;

fn part(folder: &Path, number: u64) -> Path {
    folder.clone().join(format!("{number:0WIDTH$}"))
}

/// The parts of a journal that is being written.
struct Parts {
    objects: Objects,
    folder: Path,
    next: u64,
}

#[async_trait]
impl Sink for Parts {
    async fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        self.objects
            .create(&part(&self.folder, self.next), lines)
            .await
            .map_err(io::Error::other)?;
        self.next += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
    }

    #[test]
    fn the_parts_are_read_in_their_order_and_whatever_else_is_there_is_seen() {
        let objects = Objects::in_memory();
        let folder = Path::from("journals/one");
        on(async {
            assert_eq!(read(&objects, &folder).await.unwrap_err().kind, StoreErrorKind::NotFound);
            let mut parts = begin(objects.clone(), folder.clone()).await.unwrap();
            assert_eq!(read(&objects, &folder).await.unwrap(), JournalText { text: Vec::new(), parts: 1 });
            let second = begin(objects.clone(), folder.clone()).await.err().unwrap();
            assert_eq!(second.kind, StoreErrorKind::Exists);
            let lines: Vec<String> = (0..20).map(|number| format!("{number}\n")).collect();
            for line in &lines {
                parts.append(line.as_bytes()).await.unwrap();
            }
            let whole = JournalText { text: lines.concat().into_bytes(), parts: 21 };
            assert_eq!(read(&objects, &folder).await.unwrap(), whole);
            // What stands beside it is none of it.
            objects.create(&Path::from("journals/one/readme"), b"x").await.unwrap();
            objects.create(&Path::from("journals/one-more/00000001"), b"x").await.unwrap();
            assert_eq!(read(&objects, &folder).await.unwrap(), whole);
            // Of two that go on with it, one learns at once that it is not alone, and nothing is written over.
            let mut one = Parts { objects: objects.clone(), folder: folder.clone(), next: 22 };
            let mut other = Parts { objects: objects.clone(), folder: folder.clone(), next: 22 };
            one.append(b"one\n").await.unwrap();
            other.append(b"other\n").await.unwrap_err();
            assert!(read(&objects, &folder).await.unwrap().text.ends_with(b"19\none\n"));
            objects.create(&part(&folder, 23), b"half a li").await.unwrap();
            let error = read(&objects, &folder).await.unwrap_err();
            assert_eq!(error.kind, StoreErrorKind::Damaged);
            assert!(error.to_string().ends_with("the part 00000023 ends within a line"), "{error}");
            objects.delete(&part(&folder, 7)).await;
            let error = read(&objects, &folder).await.unwrap_err();
            assert_eq!(error.kind, StoreErrorKind::Damaged);
            assert!(error.to_string().ends_with("the part 00000007 is missing"), "{error}");
        });
    }
}
