//! The lease protocol on a store in memory whose clock the test moves, step by step, in every order that chance finds.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::poll_fn;
use futures_util::stream::BoxStream;
use futures_util::task::noop_waker;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use proptest::prelude::*;

use crate::store::Objects;

use super::LockError;
use super::cell::Cells;
use super::lease::{Lease, Runner, key};
use super::protocol::{Held, Taken, seize, take};
use super::remote::Remote;

const CENTER: &str = "https://llm.acme.example";
const TTL: Duration = Duration::from_mins(1);

/// What the store knows, and what was written to it.
#[derive(Debug, Default)]
struct World {
    /// The store's clock, in seconds.
    now: u64,
    /// When each object was written.
    written: BTreeMap<Path, u64>,
    /// Any object's moment, as the origin of the store's clock.
    origin: Option<ObjectMeta>,
    /// Each lease that was written, and whether the one before it had run out.
    history: Vec<(Lease, bool)>,
    /// What happens to the answer of the next write.
    next: Option<Fault>,
    /// Whether nothing is answered.
    down: bool,
    /// How many requests were answered.
    steps: usize,
    log: Vec<Event>,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    /// Carried out, and the answer is lost.
    Lost,
    /// Carried out, the answer lost, and sent again, which then conflicts with itself.
    Repeated,
    /// Not carried out.
    Failed,
}

#[derive(Debug)]
enum Event {
    Took { actor: usize, token: u32, at: usize },
    Passed { actor: usize, token: u32, began: usize },
    Seized { token: u32, at: usize },
}

/// A store that makes whoever asks wait for their turn.
#[derive(Clone, Debug, Default)]
struct Stepped(Arc<InMemory>, Arc<Mutex<World>>);

impl fmt::Display for Stepped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stepped")
    }
}

async fn turn() {
    let mut waited = false;
    poll_fn(|_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

#[async_trait]
impl ObjectStore for Stepped {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        turn().await;
        let lost = || Error::Generic { store: "test", source: "connection reset".into() };
        let is_lease = path.extension() == Some("json");
        let fault = self.1.lock().unwrap().next.take_if(|_| is_lease);
        if let Some(Fault::Failed) = fault {
            return Err(lost());
        }
        let lease = is_lease.then(|| payload.iter().flatten().copied().collect::<Vec<u8>>());
        let result = self.0.put_opts(path, payload, options).await?;
        let mut world = self.1.lock().unwrap();
        world.steps += 1;
        let before = world.written.get(path).copied();
        if let Some(bytes) = lease {
            let ran_out = before.is_some_and(|before| world.now >= before + TTL.as_secs());
            world.history.push((serde_json::from_slice(&bytes).unwrap(), ran_out));
        }
        let now = world.now;
        world.written.insert(path.clone(), now);
        match fault {
            Some(Fault::Lost) => Err(lost()),
            Some(Fault::Repeated) => {
                Err(Error::Precondition { path: path.to_string(), source: "it is another by now".into() })
            }
            Some(Fault::Failed) | None => Ok(result),
        }
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        turn().await;
        if self.1.lock().unwrap().down {
            return Err(Error::Generic { store: "test", source: "connection refused".into() });
        }
        let mut found = self.0.get_opts(path, options).await?;
        let mut world = self.1.lock().unwrap();
        world.steps += 1;
        let written = world.written[path];
        let origin = world.origin.get_or_insert_with(|| found.meta.clone()).last_modified;
        found.meta.last_modified = origin + Duration::from_secs(written);
        Ok(found)
    }

    async fn put_multipart_opts(&self, path: &Path, options: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.0.put_multipart_opts(path, options).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.0.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.0.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.0.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.0.copy_opts(from, to, options).await
    }
}

impl Stepped {
    fn cells(&self) -> Arc<Cells> {
        let objects = Objects::on(Arc::new(self.clone()));
        Arc::new(Cells::Remote(Remote::new(objects, Duration::from_mins(1))))
    }

    fn steps(&self) -> usize {
        self.1.lock().unwrap().steps
    }

    fn note(&self, event: Event) {
        self.1.lock().unwrap().log.push(event);
    }
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Take,
    Check,
    Renew,
    Release,
    /// Somebody looks who holds the lock and takes it away.
    Seize,
}

#[derive(Clone, Copy, Debug)]
enum Turn {
    Step(usize),
    Advance(u64),
    Break(Fault),
}

/// One run after the other of one machine, each with its own locks.
async fn play(actor: usize, script: Vec<Act>, store: Stepped) {
    let cells = store.cells();
    let runner = Runner::new(format!("runner {actor}"), None);
    let mut held: Option<Held> = None;
    for act in script {
        let began = store.steps();
        match (act, &held) {
            (Act::Take, _) => {
                // A process that lost its lock, or forgot it, is another run.
                let runner = Runner::new(format!("runner {actor}"), None);
                if let Ok(Taken::Ours(new)) = take(&cells, &cells, CENTER, &runner, TTL).await {
                    store.note(Event::Took { actor, token: new.lease().await.token, at: store.steps() });
                    held = Some(new);
                }
            }
            (Act::Check, Some(held)) => {
                if held.check().await.is_ok() {
                    store.note(Event::Passed { actor, token: held.lease().await.token, began });
                }
            }
            (Act::Renew, Some(held)) => _ = held.renew().await,
            // A run that gave its lock back does nothing more with it.
            (Act::Release, Some(_)) => {
                if let Some(held) = held.take() {
                    _ = held.release().await;
                }
            }
            (Act::Seize, _) => {
                let Ok(Some(stored)) = cells.load(&key(CENTER)).await else { continue };
                if !stored.lease.released && seize(&cells, &stored.lease, &runner).await.is_ok() {
                    store.note(Event::Seized { token: stored.lease.token + 1, at: store.steps() });
                }
            }
            (Act::Check | Act::Renew | Act::Release, None) => {}
        }
    }
}

/// Plays the scripts, each to its end, a request at a time in the order of the turns.
fn run(scripts: Vec<Vec<Act>>, turns: &[Turn]) -> World {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _context = runtime.enter();
    let store = Stepped::default();
    let mut actors: Vec<Option<Pin<Box<dyn Future<Output = ()>>>>> = scripts
        .into_iter()
        .enumerate()
        .map(|(actor, script)| Some(Box::pin(play(actor, script, store.clone())) as Pin<Box<dyn Future<Output = ()>>>))
        .collect();
    let waker = noop_waker();
    let mut step = |actor: usize| {
        let slot = &mut actors[actor];
        if let Some(work) = slot
            && work.as_mut().poll(&mut Context::from_waker(&waker)).is_ready()
        {
            *slot = None;
        }
        actors.iter().any(Option::is_some)
    };
    for turn in turns {
        match *turn {
            Turn::Step(actor) => _ = step(actor),
            Turn::Advance(seconds) => store.1.lock().unwrap().now += seconds,
            Turn::Break(fault) => store.1.lock().unwrap().next = Some(fault),
        }
    }
    let mut actor = 0;
    while step(actor) {
        actor = (actor + 1) % 3;
    }
    std::mem::take(&mut *store.1.lock().unwrap())
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => Just(Act::Take),
        4 => Just(Act::Check),
        2 => Just(Act::Renew),
        2 => Just(Act::Release),
        1 => Just(Act::Seize),
    ]
}

fn a_turn() -> impl Strategy<Value = Turn> {
    let fault = prop_oneof![Just(Fault::Lost), Just(Fault::Repeated), Just(Fault::Failed)];
    prop_oneof![
        12 => (0_usize..3).prop_map(Turn::Step),
        2 => (1_u64..80).prop_map(Turn::Advance),
        1 => fault.prop_map(Turn::Break),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nobody is let through with a token that is not theirs alone, or after a greater one was given out.
    #[test]
    fn one_run_at_a_time(
        scripts in prop::collection::vec(prop::collection::vec(act(), 1..12), 3),
        turns in prop::collection::vec(a_turn(), 0..150),
    ) {
        let world = run(scripts, &turns);
        let mut before: Option<&Lease> = None;
        for (lease, ran_out) in &world.history {
            if let Some(before) = before {
                if lease.token == before.token {
                    prop_assert_eq!(&lease.run, &before.run, "a token belongs to one run");
                    prop_assert!(!before.released, "what was given back is not renewed");
                } else {
                    prop_assert_eq!(lease.token, before.token + 1);
                    // Whoever takes a lock away leaves it released.
                    prop_assert!(before.released || *ran_out || lease.released, "{before:?} was taken by {lease:?}");
                }
            } else {
                prop_assert_eq!(lease.token, 1);
            }
            before = Some(lease);
        }
        let mut owners = BTreeMap::new();
        for event in &world.log {
            let Event::Passed { actor, token, began } = event else { continue };
            prop_assert_eq!(*owners.entry(token).or_insert(actor), actor);
            for other in &world.log {
                let (Event::Took { token: later, at, .. } | Event::Seized { token: later, at }) = other else { continue };
                prop_assert!(later <= token || at > began, "{event:?} after {other:?}");
            }
        }
        for (i, event) in world.log.iter().enumerate() {
            let Event::Took { actor, token, .. } = event else { continue };
            let again = world.log[i + 1..].iter().any(|other| matches!(other, Event::Took { token: same, .. } if same == token));
            prop_assert!(!again, "{token} was taken twice, first by {actor}");
        }
    }
}

/// The steps of one run alone, with nothing in its way.
fn alone<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _context = runtime.enter();
    let mut work = Box::pin(work);
    let waker = noop_waker();
    loop {
        if let Poll::Ready(value) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
    }
}

#[test]
fn a_lock_that_runs_out_goes_to_the_next_with_a_greater_token() {
    let store = Stepped::default();
    let cells = store.cells();
    let (first, second) = (Runner::new("first".to_owned(), None), Runner::new("second".to_owned(), None));
    alone(async {
        let Ok(Taken::Ours(held)) = take(&cells, &cells, CENTER, &first, TTL).await else { panic!("nobody holds it") };
        for now in [0, 30, 61] {
            // A store counts whole seconds, so a lease gets two more than it asked for.
            store.1.lock().unwrap().now = now;
            let Ok(Taken::Theirs(lease)) = take(&cells, &cells, CENTER, &second, TTL).await else {
                panic!("taken after {now} s")
            };
            assert_eq!(lease.holder, "first");
        }
        held.check().await.unwrap();
        held.renew().await.unwrap();
        store.1.lock().unwrap().now = 122;
        assert!(matches!(take(&cells, &cells, CENTER, &second, TTL).await, Ok(Taken::Theirs(_))), "it was renewed");
        store.1.lock().unwrap().now = 123;
        let Ok(Taken::Ours(taken)) = take(&cells, &cells, CENTER, &second, TTL).await else { panic!("it ran out") };
        assert_eq!(taken.lease().await.token, 2);
        let error = held.check().await.unwrap_err().to_string();
        assert_eq!(error, "the lock of https://llm.acme.example was lost to second");
        // It never comes back, also when the other one is gone.
        taken.release().await.unwrap();
        held.check().await.unwrap_err();
        held.renew().await.unwrap_err();
        let Ok(Taken::Ours(third)) = take(&cells, &cells, CENTER, &first, TTL).await else { panic!("it was released") };
        assert_eq!(third.lease().await.token, 3);
        seize(&cells, &third.lease().await, &second).await.unwrap();
        let error = third.check().await.unwrap_err().to_string();
        assert_eq!(error, "the lock of https://llm.acme.example was lost to second, who took it away and released it");
    });
}

#[test]
fn while_the_store_is_away_nothing_is_let_through() {
    let store = Stepped::default();
    let cells = store.cells();
    let runner = Runner::new("first".to_owned(), None);
    alone(async {
        let Ok(Taken::Ours(held)) = take(&cells, &cells, CENTER, &runner, TTL).await else { panic!("nobody holds it") };
        store.1.lock().unwrap().down = true;
        assert!(matches!(held.check().await, Err(LockError::Store(_))));
        assert!(matches!(take(&cells, &cells, "other", &runner, TTL).await, Err(LockError::Store(_))));
        store.1.lock().unwrap().down = false;
        held.check().await.unwrap();
    });
}

#[test]
fn what_is_no_lease_stops_everybody() {
    let objects = Objects::in_memory();
    let cells = Arc::new(Cells::Remote(Remote::new(objects.clone(), TTL)));
    let runner = Runner::new("first".to_owned(), None);
    alone(async {
        let path = objects.below(&["locks", &format!("{}.json", key(CENTER))]);
        objects.create(&path, b"{}").await.unwrap();
        let error = take(&cells, &cells, CENTER, &runner, TTL).await.unwrap_err().to_string();
        assert!(error.contains("is no lease that this Bursar understands: missing field `schema`"), "{error}");
        objects.delete(&path).await;
        let Ok(Taken::Ours(held)) = take(&cells, &cells, CENTER, &runner, TTL).await else { panic!("nobody holds it") };
        objects.delete(&path).await;
        let error = held.check().await.unwrap_err().to_string();
        assert_eq!(error, "the lock of https://llm.acme.example was lost to somebody who deleted its record");
    });
}
