//! `/v1/members`: whom the center knows.

use crate::centers::embedded::{Answer, View};
use crate::server::wire::{self, MemberJson};

use super::{Call, Job, List, Problem};

pub(super) fn list(view: View<'_>, call: &Call) -> Result<Answer, Problem> {
    let (after, limit) = super::asked(call, List::Members)?;
    let rows = view.members(after, limit + 1)?;
    let rows = rows.into_iter().map(|(number, member)| (number, wire::member(&member))).collect();
    Ok(super::page(List::Members, limit, rows))
}

pub(super) fn put(call: &Call) -> Result<Job, Problem> {
    call.query([])?;
    let wanted = call.json::<MemberJson>()?.named(call.name("member"))?;
    let conditions = call.conditions.clone();
    Ok(Box::new(move |edit| {
        let now = edit.view().member(&wanted.name)?;
        conditions.hold(now.as_ref().map(|now| wire::member(now).etag).as_deref())?;
        if now.as_ref().is_none_or(|now| now.email != wanted.email) {
            edit.put_member(&wanted)?;
        }
        let kept = edit.view().member(&wanted.name)?.unwrap_or(wanted);
        Ok(super::object(if now.is_some() { 200 } else { 201 }, &wire::member(&kept)))
    }))
}

pub(super) fn delete(call: &Call) -> Result<Job, Problem> {
    call.query([])?;
    let name = call.name("member").to_owned();
    let conditions = call.conditions.clone();
    Ok(Box::new(move |edit| {
        let now = edit.view().member(&name)?;
        conditions.hold(now.as_ref().map(|now| wire::member(now).etag).as_deref())?;
        if now.is_none() {
            return Err(Problem::not_found("there is no such member"));
        }
        match edit.view().pools_of(&name)? {
            0 => edit.remove_member(&name)?,
            pools => {
                let why = format!("they have grants in {pools} pools; revoke those first");
                return Err(Problem::conflict(why));
            }
        }
        Ok(super::gone())
    }))
}
