//! When a request may go: one budget per center and class of requests, and a pause that all requests of a center share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::model::capability::{Rate, Rates};

use super::limits::Limits;

/// What is kept of a limit that the server counts along with us: others may use it too, and whoever uses it up is
/// told to wait until it starts again.
const RESERVE: f64 = 1.0;

/// What a request is to a rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// It reads.
    Read,
    /// It writes.
    Write,
}

/// A bucket of tokens: one goes with each request, and new ones come at the pace of a limit.
#[derive(Clone, Debug)]
struct Bucket {
    rate: Rate,
    /// Below zero where requests wait for tokens to come.
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn new(rate: Rate, now: Instant) -> Self {
        Self { rate, tokens: f64::from(rate.burst.max(1)), at: now }
    }

    fn per_second(&self) -> f64 {
        f64::from(self.rate.per_minute.max(1)) / 60.0
    }

    fn fill(&mut self, now: Instant) {
        let came = now.saturating_duration_since(self.at).as_secs_f64() * self.per_second();
        self.tokens = (self.tokens + came).min(f64::from(self.rate.burst.max(1)));
        self.at = self.at.max(now);
    }

    /// Takes a token; how long it is until it comes.
    fn take(&mut self, now: Instant) -> Duration {
        self.fill(now);
        self.tokens -= 1.0;
        Duration::try_from_secs_f64(-self.tokens / self.per_second()).unwrap_or_default()
    }

    /// Learns how many the server has left.
    fn left(&mut self, tokens: f64, now: Instant) {
        self.fill(now);
        self.tokens = self.tokens.min(tokens);
    }
}

/// One limit and how it stands.
#[derive(Debug, Default)]
struct Scope {
    bucket: Option<Bucket>,
    /// Nothing goes before that.
    paused: Option<Instant>,
}

#[derive(Debug, Default)]
struct Scopes {
    read: Scope,
    write: Scope,
    all: Scope,
    under_way: u32,
}

impl Scopes {
    /// The scopes that a request of a class counts in.
    fn of(&mut self, class: Class) -> [&mut Scope; 2] {
        let own = match class {
            Class::Read => &mut self.read,
            Class::Write => &mut self.write,
        };
        [own, &mut self.all]
    }

    /// The scope that a server speaks of in its answer: that of the class where the class has one of its own.
    fn spoken_of(&mut self, class: Class) -> &mut Scope {
        let [own, all] = self.of(class);
        if own.bucket.is_some() { own } else { all }
    }
}

/// The budgets of one center.
#[derive(Debug)]
pub(super) struct Pace(Mutex<Scopes>);

/// A request's place among those that are under way.
#[derive(Debug)]
pub(super) struct Turn<'a>(&'a Pace);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut scopes = self.0.lock();
        scopes.under_way = scopes.under_way.saturating_sub(1);
    }
}

/// The paces of this process: whoever reads a center and whoever writes to it share one.
static PACES: Mutex<BTreeMap<String, Weak<Pace>>> = Mutex::new(BTreeMap::new());

impl Pace {
    /// The pace of a center, shared by all its clients.
    pub(super) fn of(center: String, rates: Rates) -> Arc<Self> {
        let mut paces = PACES.lock().unwrap_or_else(PoisonError::into_inner);
        paces.retain(|_, pace| pace.strong_count() > 0);
        if let Some(pace) = paces.get(&center).and_then(Weak::upgrade) {
            return pace;
        }
        let pace = Arc::new(Self::new(rates, Instant::now()));
        paces.insert(center, Arc::downgrade(&pace));
        pace
    }

    fn new(rates: Rates, now: Instant) -> Self {
        let Rates { read, write, all } = rates;
        let scope = |rate: Option<Rate>| Scope { bucket: rate.map(|rate| Bucket::new(rate, now)), paused: None };
        Self(Mutex::new(Scopes { read: scope(read), write: scope(write), all: scope(all), under_way: 0 }))
    }

    fn lock(&self) -> MutexGuard<'_, Scopes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The limits as they are known by now.
    pub(super) fn rates(&self) -> Rates {
        let scopes = self.lock();
        let rate = |scope: &Scope| scope.bucket.as_ref().map(|bucket| bucket.rate);
        Rates { read: rate(&scopes.read), write: rate(&scopes.write), all: rate(&scopes.all) }
    }

    /// Waits until a request may go. The error is how long the center lets nothing through, where that is longer than
    /// `longest`: a limit that is used up for an hour is no matter of patience.
    pub(super) async fn turn(&self, class: Class, longest: Duration) -> Result<Turn<'_>, Duration> {
        let mut has_token = false;
        loop {
            let now = Instant::now();
            let wait = match self.paused(class, now) {
                Some(pause) if pause > longest => return Err(pause),
                Some(pause) => pause,
                None if has_token => break,
                None => {
                    has_token = true;
                    self.take(class, now)
                }
            };
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
        }
        self.lock().under_way += 1;
        Ok(Turn(self))
    }

    fn paused(&self, class: Class, now: Instant) -> Option<Duration> {
        let mut scopes = self.lock();
        let until = scopes.of(class).into_iter().filter_map(|scope| scope.paused).max()?;
        until.checked_duration_since(now).filter(|pause| !pause.is_zero())
    }

    fn take(&self, class: Class, now: Instant) -> Duration {
        let mut scopes = self.lock();
        let waits = scopes.of(class).into_iter().filter_map(|scope| Some(scope.bucket.as_mut()?.take(now)));
        waits.max().unwrap_or_default()
    }

    /// Lets no request of the center go for a while.
    pub(super) fn pause(&self, pause: Duration, now: Instant) {
        let mut scopes = self.lock();
        let until = now.checked_add(pause);
        scopes.all.paused = scopes.all.paused.max(until);
    }

    /// Takes to heart what an answer said about the limits.
    pub(super) fn heard(&self, class: Class, limits: &Limits, now: Instant) {
        let mut scopes = self.lock();
        // Those that are under way may be counted by the server or not.
        let others = f64::from(scopes.under_way.saturating_sub(1));
        let scope = scopes.spoken_of(class);
        if let Some(rate) = limits.policy {
            match &mut scope.bucket {
                Some(bucket) => {
                    bucket.rate.per_minute = bucket.rate.per_minute.min(rate.per_minute);
                    bucket.rate.burst = bucket.rate.burst.min(rate.burst);
                }
                none => *none = Some(Bucket::new(rate, now)),
            }
        }
        let Some(remaining) = limits.remaining else { return };
        if let Some(bucket) = &mut scope.bucket {
            let remaining = u32::try_from(remaining).unwrap_or(u32::MAX);
            bucket.left(f64::from(remaining) - others - RESERVE, now);
        }
        if let (0, Some(reset)) = (remaining, limits.reset) {
            scope.paused = scope.paused.max(now.checked_add(reset));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_minute: 600, burst: 3 };

    fn rates(all: Option<Rate>) -> Rates {
        Rates { all, ..Rates::NONE }
    }

    /// How long each of some requests at one moment waits, in milliseconds.
    fn waits(pace: &Pace, class: Class, count: usize, at: Instant) -> Vec<u128> {
        (0..count).map(|_| pace.take(class, at).as_millis()).collect()
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_at_the_pace() {
        let start = Instant::now();
        let pace = Pace::new(rates(Some(RATE)), start);
        assert_eq!(waits(&pace, Class::Read, 6, start), [0, 0, 0, 100, 200, 300]);
        // Two seconds later the bucket is full again, and not fuller.
        assert_eq!(waits(&pace, Class::Write, 4, start + Duration::from_secs(2)), [0, 0, 0, 100]);
    }

    #[test]
    fn each_class_has_a_budget_of_its_own_and_a_share_of_the_one_for_all() {
        let start = Instant::now();
        let one = Some(Rate { burst: 1, ..RATE });
        let pace = Pace::new(Rates { write: one, ..rates(Some(RATE)) }, start);
        assert_eq!(waits(&pace, Class::Write, 2, start), [0, 100]);
        assert_eq!(waits(&pace, Class::Read, 2, start), [0, 100]);
        let free = Pace::new(Rates::NONE, start);
        assert_eq!(waits(&free, Class::Write, 100, start), [0; 100]);
    }

    #[test]
    fn what_the_server_has_left_counts_more_than_what_we_think() {
        let start = Instant::now();
        let pace = Pace::new(rates(Some(RATE)), start);
        let said = Limits { remaining: Some(2), ..Limits::default() };
        pace.heard(Class::Read, &said, start);
        assert_eq!(waits(&pace, Class::Read, 2, start), [0, 100]);
        // More than we think changes nothing.
        pace.heard(Class::Read, &Limits { remaining: Some(50), ..said }, start);
        assert_eq!(waits(&pace, Class::Read, 1, start), [200]);
    }

    #[test]
    fn a_limit_that_is_used_up_is_waited_for_and_only_where_it_holds() {
        let start = Instant::now();
        let used_up = Limits { remaining: Some(0), reset: Some(Duration::from_secs(9)), ..Limits::default() };
        let pace = Pace::new(Rates { write: Some(RATE), ..Rates::NONE }, start);
        pace.heard(Class::Write, &used_up, start);
        assert_eq!(pace.paused(Class::Write, start), Some(Duration::from_secs(9)));
        assert_eq!(pace.paused(Class::Read, start), None);
        // Where the classes have no limits of their own, it holds for all.
        let pace = Pace::new(Rates::NONE, start);
        pace.heard(Class::Write, &used_up, start);
        assert_eq!(pace.paused(Class::Read, start), Some(Duration::from_secs(9)));
        assert_eq!(pace.paused(Class::Read, start + Duration::from_secs(9)), None);
        // A shorter pause does not end a longer one.
        pace.pause(Duration::from_secs(1), start);
        assert_eq!(pace.paused(Class::Write, start), Some(Duration::from_secs(9)));
    }

    #[test]
    fn a_limit_is_learned_from_an_answer_and_never_loosened_by_it() {
        let start = Instant::now();
        let pace = Pace::new(Rates::NONE, start);
        let said = |per_minute, burst| Limits { policy: Some(Rate { per_minute, burst }), ..Limits::default() };
        pace.heard(Class::Read, &said(600, 3), start);
        assert_eq!(pace.rates(), rates(Some(RATE)));
        pace.heard(Class::Write, &said(60, 30), start);
        assert_eq!(pace.rates(), rates(Some(Rate { per_minute: 60, burst: 3 })));
    }

    #[test]
    fn clients_of_one_center_share_it_as_long_as_there_is_one() {
        let center = "litellm http://127.0.0.1:1".to_owned();
        let reader = Pace::of(center.clone(), Rates::NONE);
        let writer = Pace::of(center.clone(), Rates::NONE);
        assert!(Arc::ptr_eq(&reader, &writer));
        assert!(!Arc::ptr_eq(&reader, &Pace::of("litellm http://127.0.0.1:2".to_owned(), Rates::NONE)));
        reader.pause(Duration::from_secs(100), Instant::now());
        drop((reader, writer));
        assert!(Pace::of(center, Rates::NONE).paused(Class::Read, Instant::now()).is_none());
    }

    #[tokio::test]
    async fn a_pause_that_is_too_long_is_not_waited_for() {
        let pace = Pace::new(Rates::NONE, Instant::now());
        pace.pause(Duration::from_hours(1), Instant::now());
        let longest = Duration::from_mins(5);
        assert!(pace.turn(Class::Read, longest).await.unwrap_err() > Duration::from_mins(59));
        let free = Pace::new(Rates::NONE, Instant::now());
        let turn = free.turn(Class::Read, longest).await.unwrap();
        assert_eq!(free.lock().under_way, 1);
        drop(turn);
        assert_eq!(free.lock().under_way, 0);
    }
}
