//! Who has drawn what of a pool, against what they may draw: pure values from one reading of a center.
//!
//! What people may draw is what the center holds, since that is what stops them; where the center does not show it, it is
//! what the files ask.

mod forecast;
pub mod history;
mod share;
mod snapshot;
mod standing;
mod unused;

pub use forecast::{Forecast, forecast};
pub use history::{History, HistoryError};
pub use snapshot::{SCHEMA, Snapshot, SnapshotError, Unread};
pub use standing::{CapFrom, CenterUse, PersonUse, PoolUse, of_center, percent};
pub use unused::{Idle, Seen, Why, unused};
