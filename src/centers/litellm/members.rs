//! The rows of the calls that add people to a team, set their caps and take them out.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::model::{Amount, Cap, Grant, Period};

use super::map::{Seat, Seen};
use super::teams::{lasting, written};

/// How many people one `member_add` takes. It writes them in one transaction of five seconds, which 271 people used up
/// on a busy machine.
pub(super) const ADD_ROWS: usize = 100;

/// People who are added in the same calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// The cap that they are added with; none where they have none of their own.
    pub(super) cap: Option<Amount>,
    /// When that cap starts again.
    pub(super) period: Option<Period>,
    /// Which of the grants.
    pub(super) rows: Vec<usize>,
}

/// How people are added in the fewest calls, nobody without a cap for a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Steps {
    /// The calls that add.
    pub(super) adds: Vec<Step>,
    /// Which of the grants get their cap afterwards: they were added with a lower one.
    pub(super) then: Vec<usize>,
}

impl Steps {
    /// How many requests they take.
    pub(super) fn requests(&self) -> usize {
        let adds: usize = self.adds.iter().map(|step| step.rows.len().div_ceil(ADD_ROWS)).sum();
        adds + usize::from(!self.then.is_empty())
    }
}

/// The steps that add these grants. One call adds people with one cap; where there are many caps, everybody is added
/// with the lowest, and one further call sets the others.
pub(super) fn steps<'a>(grants: impl Iterator<Item = &'a Grant>) -> Steps {
    let mut groups = BTreeMap::<(Option<Amount>, Option<Period>), Vec<usize>>::new();
    for (row, grant) in grants.enumerate() {
        let cap = grant.cap.and_then(|cap| cap.amount());
        let period = grant.period.filter(|_| cap.is_some());
        groups.entry((cap, period)).or_default().push(row);
    }
    let step = |((cap, period), rows): (_, Vec<usize>)| Step { cap, period, rows };
    let (own, none): (Vec<_>, Vec<_>) = groups.into_iter().partition(|((cap, _), _)| cap.is_some());
    let none = none.into_iter().map(step);
    let each = Steps { adds: none.clone().chain(own.iter().cloned().map(step)).collect(), then: Vec::new() };
    let mut groups = own.into_iter();
    let Some((lowest, mut rows)) = groups.next() else { return each };
    let mut then: Vec<usize> = groups.flat_map(|(_, rows)| rows).collect();
    then.sort_unstable();
    rows.extend(&then);
    rows.sort_unstable();
    let together = Steps { adds: none.chain(std::iter::once(step((lowest, rows)))).collect(), then };
    if together.requests() < each.requests() { together } else { each }
}

/// A person as a row names them: e-mail addresses in lower case, because LiteLLM compares them exactly.
pub(super) fn who(identity: &str) -> (&'static str, String) {
    if identity.contains('@') {
        ("user_email", identity.to_ascii_lowercase())
    } else {
        ("user_id", identity.to_owned())
    }
}

/// Somebody who is in the team, as a row names them: exactly as they stand there.
pub(super) fn seated(seat: &Seat) -> Option<(&'static str, String)> {
    match (&seat.user_id, &seat.email) {
        (Some(id), _) => Some(("user_id", id.clone())),
        (None, Some(email)) => Some(("user_email", email.clone())),
        (None, None) => None,
    }
}

/// The body that adds people with one cap.
pub(super) fn add(team: &str, people: &[(&'static str, String)], step: &Step, seen: &Seen) -> Result<Value, String> {
    let members: Vec<Value> = people
        .iter()
        .map(|(key, name)| {
            let mut member = Map::from_iter([("role".to_owned(), Value::from("user"))]);
            member.insert((*key).to_owned(), Value::from(name.as_str()));
            Value::Object(member)
        })
        .collect();
    let mut body = Map::from_iter([("team_id".to_owned(), Value::from(team)), ("member".to_owned(), members.into())]);
    if let Some(cap) = step.cap {
        body.insert("max_budget_in_team".to_owned(), written(cap)?);
        let duration = lasts(step.period, seen)?;
        if !duration.is_null() {
            body.insert("budget_duration".to_owned(), duration);
        }
    }
    Ok(Value::Object(body))
}

/// The row that gives somebody a cap, or clears it. `seat` is the place that they have, if it is known.
pub(super) fn cap(
    who: (&'static str, String),
    grant: &Grant,
    seat: Option<&Seat>,
    seen: &Seen,
) -> Result<Value, String> {
    let mut row = Map::from_iter([(who.0.to_owned(), Value::from(who.1))]);
    let mut put = |name: &str, value: Value| row.insert(name.to_owned(), value);
    match grant.cap {
        Some(Cap::Amount(amount)) => {
            put("max_budget_in_team", written(amount)?);
            // A row without a duration would never start again. One that has one keeps it where the file says nothing.
            if grant.period.is_some() || !seat.is_some_and(|seat| seat.own_row) {
                put("budget_duration", lasts(grant.period, seen)?);
            }
        }
        Some(Cap::Inherit) => {
            put("max_budget_in_team", Value::Null);
            // A row that is kept for its other limits counts the spend against the default cap, too.
            let kept = seat.is_some_and(|seat| seat.other_limits);
            put("budget_duration", if kept { json!(seen.duration) } else { Value::Null });
        }
        Some(Cap::Unlimited) => return Err("LiteLLM has no unlimited cap".to_owned()),
        None => {
            if let Some(period) = grant.period {
                put("budget_duration", lasting(period)?);
            }
        }
    }
    Ok(Value::Object(row))
}

/// The row that takes somebody out.
pub(super) fn leave(who: (&'static str, String)) -> Value {
    Value::Object(Map::from_iter([(who.0.to_owned(), Value::from(who.1))]))
}

/// When a cap starts again: as the file says, else with the team's budget.
fn lasts(period: Option<Period>, seen: &Seen) -> Result<Value, String> {
    period.map_or_else(|| Ok(json!(seen.duration)), lasting)
}

/// The body that says the shared row again, as it stands: that links everybody to it who has no row. A member whose cap
/// was cleared has none; the default cap holds them, and without the link their spend would never start again.
pub(super) fn relink(seen: &Seen) -> Option<Value> {
    let shared = seen.shared.as_ref()?;
    let mut body = Map::new();
    if let Some(cap) = shared.max_budget.clone().filter(|cap| !cap.is_null()) {
        body.insert("team_member_budget".to_owned(), cap);
    }
    if let Some(duration) = &shared.duration {
        body.insert("team_member_budget_duration".to_owned(), duration.as_str().into());
    }
    (!body.is_empty()).then_some(Value::Object(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Unit;

    fn plan(caps: &[Option<u32>]) -> String {
        let grants: Vec<Grant> = caps
            .iter()
            .map(|cap| Grant {
                cap: Some(cap.map_or(Cap::Inherit, |cap| Cap::Amount(Amount::whole(cap, Unit::USD)))),
                ..Grant::default()
            })
            .collect();
        let steps = steps(grants.iter());
        let adds: Vec<String> = steps
            .adds
            .iter()
            .map(|step| format!("{}×{}", step.cap.map_or("none".to_owned(), |cap| cap.number()), step.rows.len()))
            .collect();
        format!("{} then {} = {}", adds.join(" "), steps.then.len(), steps.requests())
    }

    #[test]
    fn the_fewest_calls_that_leave_nobody_uncapped() {
        assert_eq!(plan(&[Some(5), Some(5)]), "5×2 then 0 = 1");
        assert_eq!(plan(&[Some(5), None]), "none×1 5×1 then 0 = 2");
        assert_eq!(plan(&[Some(9), Some(5)]), "5×1 9×1 then 0 = 2");
        assert_eq!(plan(&[Some(9), Some(5), Some(7), None]), "none×1 5×3 then 2 = 3");
        let many: Vec<Option<u32>> = (0..350).map(|i| Some(10 + i % 7)).collect();
        assert_eq!(plan(&many), "10×350 then 300 = 5");
    }
}
