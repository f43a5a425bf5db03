//! `/v1/pools/{pool}/usage`: what was drawn.

use jiff::Timestamp;

use crate::centers::embedded::{Answer, View};
use crate::server::wire;

use super::{Call, Problem, pool_named};

pub(super) fn read(view: View<'_>, call: &Call) -> Result<Answer, Problem> {
    let [period] = call.query(["period"])?;
    let since = match period {
        Some(text) => {
            let bad = || Problem::malformed("`period` is the first day of a period, such as 2026-11-01");
            Some(wire::parse_day(text).ok_or_else(bad)?)
        }
        None => None,
    };
    let row = pool_named(view, call.name("pool"))?;
    let usage = view
        .usage(&row, since, Timestamp::now())?
        .ok_or_else(|| Problem::invalid(format!("no {} period that has begun begins on that day", row.period)))?;
    Ok(super::ok(200, None, &wire::usage(&usage)))
}
