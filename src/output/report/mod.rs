//! `report --html`: one page about the state of things that needs nothing else. It works from a disk, asks no network,
//! and runs no script but its own.

mod data;
mod differences;
mod facts;
mod head;
mod html;
mod people;
mod picture;
mod pools;
mod tables;

use std::io;

use data::Data;

pub use facts::{Center, Facts, ReadCenter, Trend, Trends};

/// By what a page of ours is known, at its beginning.
pub const MARK: &str = "<meta name=\"generator\" content=\"bursar report\">";

/// Within how many days an end is near.
const NEAR_DAYS: i64 = 14;

/// From how many percent on there is reason to look.
const HIGH: u64 = 80;

/// Writes the page.
pub fn write(out: &mut impl io::Write, facts: &Facts<'_>) -> io::Result<()> {
    html::write(out, &data(facts))
}

fn data(facts: &Facts<'_>) -> Data {
    let pools = pools::of(facts);
    let people = people::of(facts);
    let (differences, caused) = differences::of(facts);
    let (steps, minutes) = differences::steps(facts);
    let unmanaged = pools::unmanaged(facts);
    let mut data = Data {
        head: head::of(facts),
        worst: head::worst(facts),
        rates: head::rates(facts),
        drawn: head::drawn(facts),
        attention: Vec::new(),
        picture: picture::of(facts),
        pools,
        people,
        unmanaged,
        differences,
        caused,
        steps,
        minutes,
    };
    data.attention = head::attention(facts, &data);
    data
}
