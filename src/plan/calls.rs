//! What the requests of an apply come to, and how long a center's rate limits make them take.

use serde::Serialize;

use crate::model::capability::{Rate, Rates};

/// What an apply sends to one center once the plan is made, if nothing comes between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// Requests that read: the looks before and after writes, and the one at the end.
    pub reads: u64,
    /// Requests that write.
    pub writes: u64,
    /// How long the vendor's rate limit makes them take, in whole seconds.
    pub seconds: u64,
}

/// What it takes to make changes, as the reader of their center counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Requests that read around the writes: preconditions, and what came of it.
    pub reads: u64,
    /// Requests that write.
    pub writes: u64,
    /// Requests of the look at the end.
    pub look: u64,
}

impl Cost {
    /// The requests, and how long they take at these rates, right after the look that the plan is made from:
    /// `looked` is how many requests that took.
    pub fn calls(self, rates: &Rates, looked: u64) -> Calls {
        let Self { reads, writes, look } = self;
        let Rates { read, write, all } = *rates;
        let mut buckets = [Bucket::after(looked, read), Bucket::after(0, write), Bucket::after(looked, all)];
        // The look begins when the last write is made; until then its limit has recovered.
        let seconds: f64 = [[reads, writes, reads + writes], [look, 0, look]]
            .into_iter()
            .map(|requests| {
                let longest = buckets.iter().zip(requests).map(|(bucket, count)| bucket.takes(count));
                let seconds = longest.fold(0.0, f64::max);
                for (bucket, count) in buckets.iter_mut().zip(requests) {
                    bucket.pass(seconds, count);
                }
                seconds
            })
            .sum();
        Calls { reads: reads + look, writes, seconds: whole(seconds) }
    }
}

/// A limit on its way: how many requests may go at once now.
#[derive(Clone, Copy, Debug)]
struct Bucket(Option<(Rate, f64)>);

impl Bucket {
    /// What so many requests leave of a full one.
    fn after(count: u64, rate: Option<Rate>) -> Self {
        Self(rate.map(|rate| (rate, (f64::from(rate.burst.max(1)) - float(count)).max(0.0))))
    }

    fn per_second(rate: Rate) -> f64 {
        f64::from(rate.per_minute.max(1)) / 60.0
    }

    /// How many seconds so many requests take.
    fn takes(&self, count: u64) -> f64 {
        self.0
            .map_or(0.0, |(rate, left)| ((float(count) - left) / Self::per_second(rate)).max(0.0))
    }

    /// What is left when those requests were sent in that time.
    fn pass(&mut self, seconds: f64, count: u64) {
        if let Some((rate, left)) = &mut self.0 {
            let came = seconds * Self::per_second(*rate);
            *left = (*left + came - float(count)).clamp(0.0, f64::from(rate.burst.max(1)));
        }
    }
}

/// A count of requests; so many that they have no exact float take no exact time either.
fn float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Seconds as they are announced: begun ones count.
fn whole(seconds: f64) -> u64 {
    std::time::Duration::try_from_secs_f64(seconds.ceil()).map_or(u64::MAX, |duration| duration.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(rates: Rates, reads: u64, writes: u64, look: u64) -> u64 {
        Cost { reads, writes, look }.calls(&rates, 0).seconds
    }

    const SLOW: Option<Rate> = Some(Rate { per_minute: 60, burst: 10 });

    #[test]
    fn what_is_over_the_burst_takes_its_time() {
        let all = Rates { all: SLOW, ..Rates::NONE };
        assert_eq!(seconds(all, 4, 4, 2), 0);
        assert_eq!(seconds(all, 8, 12, 5), 15);
        assert_eq!(seconds(Rates::NONE, 1000, 1000, 1000), 0);
        assert_eq!(
            seconds(Rates { all: Some(Rate { per_minute: 600, burst: 1 }), ..Rates::NONE }, 0, 2, 0),
            1,
            "begun seconds count"
        );
    }

    #[test]
    fn classes_go_side_by_side_and_the_look_comes_after() {
        let each = Rates { read: SLOW, write: SLOW, all: None };
        // Thirty writes take 20 s, in which the reads go too; then the reads' bucket is full again.
        assert_eq!(seconds(each, 20, 30, 0), 20);
        assert_eq!(seconds(each, 20, 30, 10), 20);
        assert_eq!(seconds(each, 20, 30, 25), 35);
        // A limit for all holds as well.
        assert_eq!(seconds(Rates { all: SLOW, ..each }, 20, 30, 0), 40);
        // A look that uses up what came while the writes were slow, and no more than a bucket holds.
        assert_eq!(seconds(Rates { all: None, read: SLOW, write: None }, 10, 0, 10), 10);
    }

    #[test]
    fn what_was_looked_at_before_is_used_up() {
        let after = |looked, rates| Cost { reads: 5, writes: 20, look: 0 }.calls(&rates, looked).seconds;
        let all = Rates { all: SLOW, ..Rates::NONE };
        assert_eq!([0, 4, 10, 1000].map(|looked| after(looked, all)), [15, 19, 25, 25]);
        let each = Rates { read: SLOW, write: SLOW, all: None };
        assert_eq!(after(10, each), 10, "reading uses up nothing of what may be written");
    }

    #[test]
    fn the_look_counts_as_reads() {
        let calls = Cost { reads: 2, writes: 3, look: 4 }.calls(&Rates::NONE, 5);
        assert_eq!((calls.reads, calls.writes, calls.seconds), (6, 3, 0));
    }
}
