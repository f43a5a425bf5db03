//! Every endpoint: what it reads or writes, as a function of the request and the center.

mod center;
mod draws;
mod grants;
mod members;
mod pools;
mod usage;

use serde_json::{Value, json};

use crate::centers::embedded::{Answer, Edit, PoolRow, RowError, View};

use super::call::Call;
use super::page::{self, List};
use super::problem::Problem;
use super::wire::Object;

/// The longest body.
const BODY: usize = 1 << 20;
/// The longest body with many rows in it.
const BATCH_BODY: usize = 4 << 20;

/// What is done within one transaction.
type Job = Box<dyn FnOnce(&Edit<'_>) -> Result<Answer, Problem> + Send>;

/// What an endpoint does.
#[derive(Clone, Copy)]
pub(super) enum Work {
    /// It reads.
    Read(fn(View<'_>, &Call) -> Result<Answer, Problem>),
    /// It checks the request, and then writes.
    Write(fn(&Call) -> Result<Job, Problem>),
}

/// An endpoint.
#[derive(Clone, Copy)]
pub(super) struct Route {
    /// The method.
    pub(super) method: &'static str,
    /// The path.
    pub(super) path: &'static str,
    /// The longest body, in bytes; 0 where there is none to read.
    pub(super) most: usize,
    /// What it does.
    pub(super) work: Work,
}

const fn read(path: &'static str, work: fn(View<'_>, &Call) -> Result<Answer, Problem>) -> Route {
    Route { method: "GET", path, most: 0, work: Work::Read(work) }
}

const fn write(
    method: &'static str,
    path: &'static str,
    most: usize,
    work: fn(&Call) -> Result<Job, Problem>,
) -> Route {
    Route { method, path, most, work: Work::Write(work) }
}

/// Every endpoint.
pub(super) const ROUTES: [Route; 14] = [
    read("/v1/center", center::read),
    read("/v1/members", members::list),
    write("PUT", "/v1/members/{member}", BODY, members::put),
    write("DELETE", "/v1/members/{member}", 0, members::delete),
    read("/v1/pools", pools::list),
    read("/v1/pools/{pool}", pools::get),
    write("PUT", "/v1/pools/{pool}", BODY, pools::put),
    write("DELETE", "/v1/pools/{pool}", 0, pools::delete),
    read("/v1/pools/{pool}/grants", grants::list),
    write("PUT", "/v1/pools/{pool}/grants/{member}", BODY, grants::put),
    write("DELETE", "/v1/pools/{pool}/grants/{member}", 0, grants::delete),
    write("POST", "/v1/pools/{pool}/grants:batch", BATCH_BODY, grants::batch),
    write("POST", "/v1/pools/{pool}/draws", BODY, draws::draw),
    read("/v1/pools/{pool}/usage", usage::read),
];

/// An answer with a body.
fn ok(status: u16, etag: Option<String>, body: &Value) -> Answer {
    Answer { status, etag, body: body.to_string() }
}

/// An object that was read or written.
fn object(status: u16, object: &Object) -> Answer {
    ok(status, Some(object.etag.clone()), &object.value)
}

/// An object that is no longer there.
fn gone() -> Answer {
    Answer { status: 204, etag: None, body: String::new() }
}

/// A page of a list. `rows` was read with one row more than asked for, which tells whether there are more.
fn page(list: List, most: u32, mut rows: Vec<(i64, Object)>) -> Answer {
    let most = most as usize;
    let more = rows.len() > most;
    rows.truncate(most);
    let next = rows.last().filter(|_| more).map(|(number, _)| list.cursor(*number));
    let items: Vec<Value> = rows.into_iter().map(|(_, object)| object.value).collect();
    ok(200, None, &json!({ "items": items, "next": next }))
}

/// Where a page begins, and how many rows it has.
fn asked(call: &Call, list: List) -> Result<(i64, u32), Problem> {
    let [cursor, limit] = call.query(["cursor", "limit"])?;
    Ok((list.after(cursor)?, page::rows(limit)?))
}

/// The pool of that name, or that there is none.
fn pool_named(view: View<'_>, name: &str) -> Result<PoolRow, Problem> {
    let found: Result<Option<PoolRow>, RowError> = view.pool(name);
    found?.ok_or_else(|| Problem::not_found("there is no such pool"))
}
