//! What stands before every endpoint: who asks and may they, how often, how long, and what the log says of it.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::time::{Instant, timeout_at};

use crate::centers::embedded::Answer;

use super::api::{ROUTES, Route};
use super::call::Call;
use super::gate::Gate;
use super::limits::Limits;
use super::problem::Problem;
use super::tokens::{Access, Tokens};
use super::{Log, Seen};

/// What all requests share.
pub(super) struct Front {
    pub(super) gate: Gate,
    pub(super) tokens: Tokens,
    pub(super) limits: Limits,
    pub(super) log: Log,
    rates: Option<Rates>,
}

/// How often each token may ask.
struct Rates {
    per_minute: NonZeroU32,
    burst: NonZeroU32,
    readers: Limiter,
    writers: Limiter,
    clock: DefaultClock,
}

/// A limit that tells how much of it is left.
type Limiter = DefaultDirectRateLimiter<StateInformationMiddleware>;

impl Front {
    /// What requests to a center share.
    pub(super) fn new(gate: Gate, tokens: Tokens, limits: Limits, log: Log) -> Self {
        let rates = limits.per_minute.zip(limits.burst()).map(|(per_minute, burst)| {
            let limiter = || RateLimiter::direct(Quota::per_minute(per_minute).allow_burst(burst)).with_middleware();
            Rates { per_minute, burst, readers: limiter(), writers: limiter(), clock: DefaultClock::default() }
        });
        Self { gate, tokens, limits, log, rates }
    }

    /// What a request with these headers may do.
    fn admit(&self, headers: &HeaderMap, reads: bool) -> Result<Access, Problem> {
        // Of two that contradict each other, a proxy on the way may have looked at the other one.
        let text = |name: HeaderName| {
            let mut values = headers.get_all(name).iter();
            values.next().filter(|_| values.next().is_none())?.to_str().ok()
        };
        // A page in a browser can be made to take this server for its own by a name that leads to loopback.
        if self.tokens.is_open() && !text(header::HOST).is_some_and(is_this_machine) {
            return Err(Problem::misdirected());
        }
        let access = self.tokens.access(text(header::AUTHORIZATION)).ok_or_else(Problem::unauthorized)?;
        if !reads && !access.may_write() {
            return Err(Problem::read_only());
        }
        Ok(access)
    }

    /// Counts a request of that token: how many more may come now, where there is a limit. The error is how long to wait
    /// where it has asked too often.
    fn count(&self, access: Access) -> Result<Option<u32>, Duration> {
        let Some(rates) = &self.rates else { return Ok(None) };
        let limiter = if access == Access::Read { &rates.readers } else { &rates.writers };
        match limiter.check() {
            Ok(left) => Ok(Some(left.remaining_burst_capacity())),
            Err(not_until) => Err(not_until.wait_time_from(rates.clock.now())),
        }
    }
}

impl Rates {
    /// What an answer tells of the limit: the rule, how many more may come now, and when one more may.
    fn tell(&self, response: &mut Response, left: u32) {
        let Self { per_minute, burst, .. } = self;
        let next = 60_u32.div_ceil(per_minute.get());
        for (name, value) in [
            ("ratelimit-policy", format!("\"token\";q={per_minute};w=60;burst={burst}")),
            ("ratelimit", format!("\"token\";r={left};t={next}")),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
    }
}

/// Whether a `Host` names this machine.
fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The endpoints behind the front.
pub(super) fn router(front: &Arc<Front>) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let shared = Arc::clone(front);
        let endpoint = move |request: Request| answer(Arc::clone(&shared), route, request);
        let methods: MethodRouter = on(filter(route.method), endpoint);
        router = router.route(route.path, methods);
    }
    router
        .fallback(async || respond(Err(Problem::not_found("there is nothing at this path"))))
        .method_not_allowed_fallback(async || respond(Err(Problem::method_not_allowed())))
        .layer(from_fn_with_state(Arc::clone(front), before))
}

fn filter(method: &str) -> MethodFilter {
    match method {
        "GET" => MethodFilter::GET,
        "PUT" => MethodFilter::PUT,
        "DELETE" => MethodFilter::DELETE,
        _ => MethodFilter::POST,
    }
}

/// What is known of a request before its endpoint is.
#[derive(Clone, Copy)]
struct Admitted {
    access: Access,
    until: Instant,
}

async fn before(State(front): State<Arc<Front>>, mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let reads = method.is_safe();
    let admitted = front.admit(request.headers(), reads);
    let counted = admitted.as_ref().map(|access| front.count(*access));
    let left = match &counted {
        Ok(Ok(left)) => *left,
        Ok(Err(_)) => Some(0),
        Err(_) => None,
    };
    let mut response = match counted {
        Err(problem) => {
            let mut response = respond(Err(problem.clone()));
            if problem.status == 401 {
                response
                    .headers_mut()
                    .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            response
        }
        Ok(Err(wait)) => {
            let per_minute = front.rates.as_ref().map_or(0, |rates| rates.per_minute.get());
            let mut response = respond(Err(Problem::too_many(per_minute)));
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
            response
        }
        Ok(Ok(_)) => {
            let access = admitted.unwrap_or(Access::Read);
            request
                .extensions_mut()
                .insert(Admitted { access, until: start + front.limits.request_time });
            next.run(request).await
        }
    };
    if let (Some(rates), Some(left)) = (&front.rates, left) {
        rates.tell(&mut response, left);
    }
    let inner = response.extensions().get::<Inner>().map(|inner| inner.0.clone());
    front.log.tell(&Seen {
        method: method.as_str(),
        path: &path,
        status: response.status().as_u16(),
        milliseconds: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        trouble: inner.as_deref(),
    });
    response
}

async fn answer(front: Arc<Front>, route: Route, request: Request) -> Response {
    let Some(Admitted { access, until }) = request.extensions().get::<Admitted>().copied() else {
        return respond(Err(Problem::unauthorized()));
    };
    let call = match timeout_at(until, call(&front, route, request, access)).await {
        Ok(Ok(call)) => call,
        Ok(Err(problem)) => return respond(Err(problem)),
        Err(_) => return respond(Err(Problem::too_slow())),
    };
    let answered = timeout_at(until, front.gate.answer(route.work, call)).await;
    respond(answered.unwrap_or_else(|_| Err(Problem::busy("a request took too long"))))
}

/// Reads a request whole.
async fn call(front: &Front, route: Route, request: Request, access: Access) -> Result<Call, Problem> {
    let (mut parts, body) = request.into_parts();
    let params = RawPathParams::from_request_parts(&mut parts, &())
        .await
        .map_err(|_| Problem::malformed("the path is no UTF-8"))?;
    let params: BTreeMap<String, String> =
        params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let body = if route.most > 0 {
        if !is_json(&parts.headers) {
            return Err(Problem::no_json());
        }
        to_bytes(body, route.most).await.map_err(|_| Problem::too_large(route.most))?.to_vec()
    } else {
        Vec::new()
    };
    Call::of(&parts, params, body, access, front.limits)
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

/// What only the log may say of an answer.
#[derive(Clone)]
struct Inner(String);

fn respond(answer: Result<Answer, Problem>) -> Response {
    let (answer, inner) = match answer {
        Ok(answer) => (answer, None),
        Err(problem) => {
            let body = problem.json().to_string();
            (Answer { status: problem.status, etag: None, body }, problem.inner)
        }
    };
    let Answer { status, etag, body } = answer;
    let kind = if status >= 400 { "application/problem+json" } else { "application/json" };
    let empty = body.is_empty();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if !empty {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    // Who may draw how much is nothing for caches on the way.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(&etag).ok()) {
        headers.insert(header::ETAG, etag);
    }
    if let Some(inner) = inner {
        response.extensions_mut().insert(Inner(inner));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::is_this_machine;

    #[test]
    fn hosts_of_this_machine() {
        for host in ["localhost", "LOCALHOST:8787", "127.0.0.1", "127.8.9.1:1", "[::1]:8787", "[::1]"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example:80", "127.0.0.1.evil.example", "10.0.0.1:8787"] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
