//! `/v1/pools/{pool}/draws`: spending credits.

use crate::centers::embedded::Draw;
use crate::server::call::check_name;
use crate::server::wire::DrawJson;

use super::{Call, Job, Problem, pool_named};

pub(super) fn draw(call: &Call) -> Result<Job, Problem> {
    call.query([])?;
    let DrawJson { member, amount } = call.json()?;
    check_name(&member)?;
    if amount.is_zero() {
        return Err(Problem::invalid("nothing cannot be drawn"));
    }
    let pool = call.name("pool").to_owned();
    Ok(Box::new(move |edit| {
        let row = pool_named(edit.view(), &pool)?;
        if row.unit != amount.unit() {
            return Err(Problem::invalid(format!("the pool counts {}, not {}", row.unit, amount.unit())));
        }
        let draw = edit.draw(&row, &member, amount)?;
        let body = serde_json::to_value(&draw).map_err(|error| Problem::internal(error.to_string()))?;
        match &draw {
            Draw::Drawn(_) => Ok(super::ok(200, None, &body)),
            Draw::NotEligible { .. } => Err(Problem::not_eligible(draw.to_string()).with(body)),
            Draw::UsedUp { .. } => Err(Problem::used_up(draw.to_string()).with(body)),
        }
    }))
}
