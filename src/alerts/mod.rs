//! The alerts that Bursar watches itself: which thresholds are reached, who is to hear of it, and what they have heard
//! already. Pure values: nothing here reads a clock, a file or a center, and nothing is sent.
//!
//! Nobody hears of one crossing twice within an hour, unless it is sure that the first message did not arrive; and whoever
//! has surely not heard of it is told as long as the period lasts. So a message is claimed in the [`State`] before it is
//! sent, and what became of it is written there afterwards.

mod level;
mod notice;
mod reading;
mod state;
mod watch;

pub use notice::{Item, Notice, To};
pub use reading::{Evaluated, Matter, Reading, Unevaluated, Who, evaluate};
pub use state::{Claim, Ended, State, StateError, Verdict};
pub use watch::{Watch, watch};
