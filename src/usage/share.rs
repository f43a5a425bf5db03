//! The parts that people see of a reading: shares and days.

use jiff::Timestamp;

use crate::model::window;

use super::{Forecast, PersonUse, PoolUse, forecast, percent};

impl PoolUse {
    /// The whole percent of the budget that was drawn; nothing where one of the two is not known.
    pub fn share(&self) -> Option<u64> {
        percent(self.drawn?, self.budget()?)
    }

    /// How many days of the period are left at a moment, with its own; nothing where it has no end.
    pub fn days_left(&self, now: Timestamp) -> Option<u32> {
        let until = self.window?.until?;
        let days = until.since(window::day(now)).ok()?.get_days();
        Some(u32::try_from(days).unwrap_or(0))
    }
}

impl PersonUse {
    /// The whole percent of the cap that was drawn; nothing where one of the two is not known, or there is no cap.
    pub fn share(&self) -> Option<u64> {
        percent(self.drawn?, self.cap?.amount()?)
    }

    /// What it will come to at the end of their period, and when their cap is reached; `counted` is the moment up to which
    /// everything is counted.
    pub fn forecast(&self, pool: &PoolUse, counted: Timestamp) -> Option<Forecast> {
        let cap = self.cap.and_then(|cap| cap.amount());
        forecast(self.drawn?, cap, &self.window.or(pool.window)?, counted)
    }
}
