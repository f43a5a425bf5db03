//! `/v1/pools`: the pools, each with its budget, its default cap, what holds for others, and its alerts.

use std::collections::BTreeMap;

use serde_json::json;

use crate::centers::embedded::{Answer, Edit, PoolRow, RowError, View};
use crate::model::{Alert, AlertKey};
use crate::server::wire::{self, Object, PoolJson, PoolParts};

use super::{Call, Job, List, Problem, pool_named};

fn shown(view: View<'_>, row: &PoolRow) -> Result<Object, Problem> {
    let alerts: Result<_, RowError> = view.alerts(row);
    wire::pool(row, alerts?)
}

pub(super) fn list(view: View<'_>, call: &Call) -> Result<Answer, Problem> {
    let (after, limit) = super::asked(call, List::Pools)?;
    let rows = view.pools(after, limit + 1)?;
    let rows = rows.iter().map(|row| shown(view, row).map(|object| (row.id, object)));
    Ok(super::page(List::Pools, limit, rows.collect::<Result<_, _>>()?))
}

pub(super) fn get(view: View<'_>, call: &Call) -> Result<Answer, Problem> {
    call.query([])?;
    let row = pool_named(view, call.name("pool"))?;
    Ok(super::object(200, &shown(view, &row)?))
}

pub(super) fn put(call: &Call) -> Result<Job, Problem> {
    call.query([])?;
    let name = call.name("pool").to_owned();
    let wanted = call.json::<PoolJson>()?.parts(&name)?;
    let conditions = call.conditions.clone();
    Ok(Box::new(move |edit| {
        let now = edit.view().pool(&name)?;
        let etag = now.as_ref().map(|row| shown(edit.view(), row)).transpose()?.map(|object| object.etag);
        conditions.hold(etag.as_deref())?;
        let PoolParts { object, others, alerts } = wanted;
        let row = match &now {
            Some(row) if row.object() == object => row.clone(),
            _ => edit.put_pool(&name, &object)?,
        };
        if row.others != others {
            edit.put_others(&row, others)?;
        }
        put_alerts(edit, &row, &alerts)?;
        let row = pool_named(edit.view(), &name)?;
        Ok(super::object(if now.is_some() { 200 } else { 201 }, &shown(edit.view(), &row)?))
    }))
}

fn put_alerts(edit: &Edit<'_>, row: &PoolRow, wanted: &BTreeMap<AlertKey, Alert>) -> Result<(), Problem> {
    let now = edit.view().alerts(row)?;
    for key in now.keys().filter(|key| !wanted.contains_key(*key)) {
        edit.remove_alert(row, *key)?;
    }
    for (key, alert) in wanted.iter().filter(|(key, alert)| now.get(*key) != Some(*alert)) {
        edit.put_alert(row, *key, alert)?;
    }
    Ok(())
}

pub(super) fn delete(call: &Call) -> Result<Job, Problem> {
    let [grants] = call.query(["grants"])?;
    let named = match grants {
        None => 0,
        Some(text) if text.bytes().all(|b| b.is_ascii_digit()) => {
            text.parse::<u32>().map_err(|_| Problem::malformed("`grants` is a number"))?
        }
        Some(_) => return Err(Problem::malformed("`grants` is a number")),
    };
    let name = call.name("pool").to_owned();
    let conditions = call.conditions.clone();
    Ok(Box::new(move |edit| {
        let now = edit.view().pool(&name)?;
        let etag = now.as_ref().map(|row| shown(edit.view(), row)).transpose()?.map(|object| object.etag);
        conditions.hold(etag.as_deref())?;
        let row = now.ok_or_else(|| Problem::not_found("there is no such pool"))?;
        let grants = edit.view().grant_count(&row)?;
        if grants != named {
            let why = format!("{grants} grants would go with the pool, and the request names {named}");
            return Err(Problem::conflict(why).with(json!({ "grants": grants })));
        }
        edit.remove_pool(&row)?;
        Ok(super::gone())
    }))
}
