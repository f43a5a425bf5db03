//! `/v1/pools/{pool}/grants`: who may draw on a pool, and how much.

use serde_json::{Value, json};

use crate::centers::embedded::{Answer, CAPABILITIES, Edit, PoolRow, View};
use crate::model::Grant;
use crate::server::call::check_name;
use crate::server::wire::{self, BatchJson, Expect, GrantJson, Object, RowJson};

use super::{Call, Job, List, Problem, pool_named};

pub(super) fn list(view: View<'_>, call: &Call) -> Result<Answer, Problem> {
    let row = pool_named(view, call.name("pool"))?;
    let list = List::Grants(row.id);
    let (after, limit) = super::asked(call, list)?;
    let grants = view.grants(&row, after, limit + 1)?;
    let rows = grants
        .into_iter()
        .map(|(number, member, grant)| (number, wire::grant(&member, grant)))
        .collect();
    Ok(super::page(list, limit, rows))
}

/// A member's grant, if they have one.
fn shown(view: View<'_>, row: &PoolRow, member: &str) -> Result<Option<Object>, Problem> {
    Ok(view.grant(row, member)?.map(|(member, grant)| wire::grant(&member, grant)))
}

pub(super) fn put(call: &Call) -> Result<Job, Problem> {
    call.query([])?;
    let (pool, member) = (call.name("pool").to_owned(), call.name("member").to_owned());
    let wanted = Grant::from(call.json::<GrantJson>()?);
    let conditions = call.conditions.clone();
    Ok(Box::new(move |edit| {
        let row = pool_named(edit.view(), &pool)?;
        let now = shown(edit.view(), &row, &member)?;
        conditions.hold(now.as_ref().map(|now| now.etag.as_str()))?;
        set(edit, &row, &member, Some(wanted))?;
        let kept = shown(edit.view(), &row, &member)?.unwrap_or_else(|| wire::grant(&member, wanted));
        Ok(super::object(if now.is_some() { 200 } else { 201 }, &kept))
    }))
}

pub(super) fn delete(call: &Call) -> Result<Job, Problem> {
    call.query([])?;
    let (pool, member) = (call.name("pool").to_owned(), call.name("member").to_owned());
    let conditions = call.conditions.clone();
    Ok(Box::new(move |edit| {
        let row = pool_named(edit.view(), &pool)?;
        let now = shown(edit.view(), &row, &member)?;
        conditions.hold(now.as_ref().map(|now| now.etag.as_str()))?;
        if now.is_none() {
            return Err(Problem::not_found("they have no grant in this pool"));
        }
        set(edit, &row, &member, None)?;
        Ok(super::gone())
    }))
}

/// Makes a member's grant what it shall be. Whether there was anything to do.
fn set(edit: &Edit<'_>, row: &PoolRow, member: &str, wanted: Option<Grant>) -> Result<bool, Problem> {
    let now = edit.view().grant(row, member)?.map(|(_, grant)| grant);
    match wanted {
        _ if now == wanted => return Ok(false),
        Some(grant) => edit.put_grant(row, member, grant)?,
        None => edit.remove_grant(row, member)?,
    }
    Ok(true)
}

pub(super) fn batch(call: &Call) -> Result<Job, Problem> {
    call.query([])?;
    let BatchJson { rows } = call.json()?;
    if rows.is_empty() || rows.len() > CAPABILITIES.batch {
        return Err(Problem::invalid(format!("a batch has 1 to {} rows", CAPABILITIES.batch)));
    }
    for (at, row) in rows.iter().enumerate() {
        check_name(&row.member).map_err(|problem| problem.with(json!({ "row": at })))?;
    }
    let pool = call.name("pool").to_owned();
    Ok(Box::new(move |edit| {
        let row = pool_named(edit.view(), &pool)?;
        let results = rows.into_iter().map(|asked| result(edit, &row, asked));
        Ok(super::ok(200, None, &json!({ "results": results.collect::<Result<Vec<Value>, Problem>>()? })))
    }))
}

/// What becomes of one row of a batch. A row that is refused leaves the others as they are.
fn result(edit: &Edit<'_>, row: &PoolRow, asked: RowJson) -> Result<Value, Problem> {
    let RowJson { member, expect, set: wanted } = asked;
    let wanted = wanted.map(Grant::from);
    let now = edit.view().grant(row, &member)?.map(|(_, grant)| grant);
    let expected = match expect {
        Expect::Anything => true,
        Expect::Exactly(grant) => grant.map(Grant::from) == now,
    };
    let outcome = match (now == wanted, expected) {
        (true, _) => "already",
        (false, false) => "refused",
        (false, true) => {
            set(edit, row, &member, wanted)?;
            "applied"
        }
    };
    let grant = shown(edit.view(), row, &member)?.map(|object| object.value);
    Ok(json!({ "member": member, "outcome": outcome, "grant": grant }))
}
