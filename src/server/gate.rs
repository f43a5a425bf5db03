//! The way to the center: one connection that writes and a few that read, each used by one request at a time, on
//! threads that may block.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore};

use crate::centers::CenterError;
use crate::centers::embedded::{Answer, Edit, Store};

use super::api::Work;
use super::call::Call;
use super::problem::Problem;

/// How many readings are under way at once.
const READERS: usize = 4;

/// The connections to one center.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    writer: Arc<Mutex<Store>>,
    readers: Arc<[Arc<Mutex<Store>>; READERS]>,
    free: Arc<Semaphore>,
}

impl Gate {
    /// Opens a center, and makes its file where there is none.
    pub(super) fn open(path: &Path) -> Result<Self, CenterError> {
        let writer = Store::open(path)?;
        let reader = || Store::open_to_read(path.to_owned()).map(|store| Arc::new(Mutex::new(store)));
        let readers = [reader()?, reader()?, reader()?, reader()?];
        Ok(Self {
            writer: Arc::new(Mutex::new(writer)),
            readers: Arc::new(readers),
            free: Arc::new(Semaphore::new(READERS)),
        })
    }

    /// Does what an endpoint does. What has begun to write goes on when nobody waits for it any more.
    pub(super) async fn answer(&self, work: Work, call: Call) -> Result<Answer, Problem> {
        match work {
            Work::Read(read) => {
                let broken = |_| Problem::internal("there are no readers any more");
                let _turn = self.free.acquire().await.map_err(broken)?;
                let free = self.readers.iter().find_map(|reader| Arc::clone(reader).try_lock_owned().ok());
                let mut store = free.ok_or_else(|| Problem::busy("no reader is free"))?;
                block(move || store.read(|view| read(view, &call))).await
            }
            Work::Write(prepare) => {
                let job = prepare(&call)?;
                let mut store: OwnedMutexGuard<Store> = Arc::clone(&self.writer).lock_owned().await;
                block(move || store.write(call.access.actor(), |edit| once(edit, &call, job))).await
            }
        }
    }
}

async fn block<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Problem::internal(error.to_string())))
}

/// Does a job, or gives the answer again that the same request had before. What was decided is decided for as long as
/// the answer is kept, refusals included.
fn once(
    edit: &Edit<'_>,
    call: &Call,
    job: impl FnOnce(&Edit<'_>) -> Result<Answer, Problem>,
) -> Result<Answer, Problem> {
    let Some(key) = &call.key else { return job(edit) };
    if let Some((request, answer)) = edit.answered(key)? {
        return if request == call.fingerprint { Ok(answer) } else { Err(Problem::other_request()) };
    }
    let answer = match edit.alone(job) {
        Ok(answer) => answer,
        Err(problem) if problem.status >= 500 => return Err(problem),
        Err(problem) => Answer { status: problem.status, etag: None, body: problem.json().to_string() },
    };
    edit.answer(key, &call.fingerprint, &answer)?;
    Ok(answer)
}
