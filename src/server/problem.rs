//! What went wrong with a request, as `application/problem+json` (RFC 9457).

use serde_json::{Map, Value, json};

use crate::centers::embedded::RowError;

/// A request that was no success.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Problem {
    /// The status of the answer.
    pub(super) status: u16,
    /// What kind of problem it is: the end of its `type`.
    kind: &'static str,
    /// This very problem, in a sentence.
    detail: String,
    /// What else a program may want to know.
    more: Box<Map<String, Value>>,
    /// What only the server's own log may say.
    pub(super) inner: Option<String>,
}

impl Problem {
    fn new(status: u16, kind: &'static str, detail: impl Into<String>) -> Self {
        Self { status, kind, detail: detail.into(), more: Box::default(), inner: None }
    }

    /// 400: the request cannot be understood.
    pub(super) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(400, "malformed", detail)
    }

    /// 401: nobody knows who asks.
    pub(super) fn unauthorized() -> Self {
        Self::new(401, "unauthorized", "send `Authorization: Bearer` with a token of this server")
    }

    /// 402: the cap or the budget does not reach.
    pub(super) fn used_up(detail: impl Into<String>) -> Self {
        Self::new(402, "used-up", detail)
    }

    /// 403: the token does not reach.
    pub(super) fn read_only() -> Self {
        Self::new(403, "read-only-token", "this token only reads; writing and drawing need the other one")
    }

    /// 403: the member may not draw on the pool.
    pub(super) fn not_eligible(detail: impl Into<String>) -> Self {
        Self::new(403, "not-eligible", detail)
    }

    /// 404: there is no such thing.
    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(404, "not-found", detail)
    }

    /// 405: it is there, and cannot be asked for that.
    pub(super) fn method_not_allowed() -> Self {
        Self::new(405, "method-not-allowed", "`Allow` names the methods")
    }

    /// 408: the request did not come to its end in time.
    pub(super) fn too_slow() -> Self {
        Self::new(408, "too-slow", "the request did not come to its end in time")
    }

    /// 409: it would do more than the request says.
    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(409, "conflict", detail)
    }

    /// 412: the object is not as the request expects.
    pub(super) fn moved(detail: impl Into<String>) -> Self {
        Self::new(412, "precondition-failed", detail)
    }

    /// 413: the body is too long.
    pub(super) fn too_large(most: usize) -> Self {
        Self::new(413, "too-large", format!("the body may have {most} bytes"))
    }

    /// 415: the body is no JSON.
    pub(super) fn no_json() -> Self {
        Self::new(415, "no-json", "send the body as `Content-Type: application/json`")
    }

    /// 421: the request was meant for another host.
    pub(super) fn misdirected() -> Self {
        let why = "without tokens this server answers only to localhost; `Host` names another place";
        Self::new(421, "misdirected", why)
    }

    /// 422: it can be understood, and nobody can do it.
    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(422, "invalid", detail)
    }

    /// 422: the key was used for another request.
    pub(super) fn other_request() -> Self {
        Self::new(422, "idempotency-key-reused", "another request had this `Idempotency-Key`; take a new one")
    }

    /// 429: too many requests.
    pub(super) fn too_many(per_minute: u32) -> Self {
        Self::new(429, "too-many", format!("this server takes {per_minute} requests a minute; `Retry-After` says when"))
    }

    /// 500: the server's own fault.
    pub(super) fn internal(inner: impl Into<String>) -> Self {
        let detail = "the center could not do that; its log says why";
        Self { inner: Some(inner.into()), ..Self::new(500, "internal", detail) }
    }

    /// 503: not now.
    pub(super) fn busy(inner: impl Into<String>) -> Self {
        let detail = "the center is busy; whether a write was made, the same request with the same key tells";
        Self { inner: Some(inner.into()), ..Self::new(503, "busy", detail) }
    }

    /// 507: there is no more room.
    pub(super) fn full(inner: impl Into<String>) -> Self {
        let detail = "there is no room for it on the center's disk; nothing was written";
        Self { inner: Some(inner.into()), ..Self::new(507, "disk-full", detail) }
    }

    /// The same with more for programs.
    #[must_use]
    pub(super) fn with(mut self, more: Value) -> Self {
        if let Value::Object(more) = more {
            self.more.extend(more);
        }
        self
    }

    /// The body.
    pub(super) fn json(&self) -> Value {
        let mut body = json!({
            "type": format!("urn:bursar:problem:{}", self.kind),
            "title": self.kind.replace('-', " "),
            "status": self.status,
            "detail": self.detail,
        });
        if let Value::Object(body) = &mut body {
            body.extend(self.more.as_ref().clone());
        }
        body
    }
}

impl From<RowError> for Problem {
    fn from(error: RowError) -> Self {
        match error {
            RowError::Refused(why) => Self::invalid(why),
            RowError::Sqlite(error) => match error.sqlite_error_code() {
                Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                    Self::busy(error.to_string())
                }
                Some(rusqlite::ErrorCode::DiskFull) => Self::full(error.to_string()),
                _ => Self::internal(error.to_string()),
            },
            error @ (RowError::Foreign { .. } | RowError::Elsewhere) => Self::internal(error.to_string()),
        }
    }
}
