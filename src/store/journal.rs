//! A journal in a store. No object can be appended to, so each append is an object of its own: `<journal>/00000001` and
//! so on, created and never written again.

use std::io;

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use object_store::path::Path;

use crate::apply::Sink;
use crate::model::Place;

use super::objects::Objects;
use super::{MOST_BYTES, StoreError, StoreErrorKind, local};

/// How many objects are read at once.
const AT_ONCE: usize = 16;

/// Begins a journal at a place where there is none. A path of this machine is one file.
///
/// # Errors
/// [`StoreErrorKind::Exists`] where there is one already, and whatever keeps the store from answering.
pub async fn journal(place: &Place) -> Result<Box<dyn Sink>, StoreError> {
    match place {
        Place::Local(path) => {
            let file = local::open_new(path).map_err(|error| StoreError::of_file(path.display(), &error))?;
            Ok(Box::new(file))
        }
        Place::Object(url) => {
            let objects = Objects::open(url)?;
            let folder = objects.key()?;
            if objects.get(&part(&folder, 1)).await?.is_some() {
                return Err(StoreError::new(place, StoreErrorKind::Exists, "a journal is there already"));
            }
            Ok(Box::new(Parts { objects, folder, next: 1 }))
        }
    }
}

/// Reads a whole journal, as one text.
///
/// # Errors
/// [`StoreErrorKind::NotFound`] where there is none, [`StoreErrorKind::Damaged`] where a part in its middle is missing.
pub async fn read_journal(place: &Place) -> Result<Vec<u8>, StoreError> {
    match place {
        Place::Local(path) => local::read(path, MOST_BYTES),
        Place::Object(url) => {
            let objects = Objects::open(url)?;
            let folder = objects.key()?;
            read(&objects, &folder).await
        }
    }
}

async fn read(objects: &Objects, folder: &Path) -> Result<Vec<u8>, StoreError> {
    let failed = |kind, why: String| StoreError::new(objects.show(folder), kind, why);
    let mut names: Vec<String> = objects.list(folder).await?;
    names.retain(|name| name.len() == WIDTH && name.bytes().all(|b| b.is_ascii_digit()));
    names.sort_unstable();
    if names.is_empty() {
        return Err(failed(StoreErrorKind::NotFound, "there is no journal".to_owned()));
    }
    let mut parts = stream::iter((1..=names.len() as u64).map(|number| {
        let path = part(folder, number);
        async move { objects.get(&path).await.map(|found| found.ok_or(number)) }
    }))
    .buffered(AT_ONCE);
    let mut text = Vec::new();
    while let Some(part) = parts.try_next().await? {
        let part =
            part.map_err(|number| failed(StoreErrorKind::Damaged, format!("the part {number:0WIDTH$} is missing")))?;
        text.extend_from_slice(&part.bytes);
        if text.len() as u64 > MOST_BYTES {
            return Err(failed(StoreErrorKind::TooLarge, format!("it is longer than {} MiB", MOST_BYTES >> 20)));
        }
    }
    Ok(text)
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
    fn the_parts_are_read_in_their_order_and_a_gap_is_seen() {
        let objects = Objects::in_memory();
        let folder = Path::from("journals/one");
        on(async {
            assert_eq!(read(&objects, &folder).await.unwrap_err().kind, StoreErrorKind::NotFound);
            let mut parts = Parts { objects: objects.clone(), folder: folder.clone(), next: 1 };
            let lines: Vec<String> = (0..20).map(|number| format!("{number}\n")).collect();
            for line in &lines {
                parts.append(line.as_bytes()).await.unwrap();
            }
            let expected = lines.concat();
            assert_eq!(read(&objects, &folder).await.unwrap(), expected.as_bytes());
            // What stands beside it is none of it.
            objects.create(&Path::from("journals/one/readme"), b"x").await.unwrap();
            objects.create(&Path::from("journals/one-more/00000001"), b"x").await.unwrap();
            assert_eq!(read(&objects, &folder).await.unwrap(), expected.as_bytes());
            // Who comes second never writes over what is there, and learns it at once.
            let mut second = Parts { objects: objects.clone(), folder: folder.clone(), next: 1 };
            second.append(b"other\n").await.unwrap_err();
            objects.delete(&part(&folder, 7)).await;
            let error = read(&objects, &folder).await.unwrap_err();
            assert_eq!(error.kind, StoreErrorKind::Damaged);
            assert!(error.to_string().ends_with("the part 00000007 is missing"), "{error}");
        });
    }
}
