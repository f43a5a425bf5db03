//! Figma's AI Usage API and its SCIM, as far as Bursar speaks to them: with the documented quirks, and with faults on
//! demand. Answers of the usage API have the shapes of Figma's own description (0.43.0).

mod faults;
mod http;
mod scim;
mod usage;

use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard};

use super::listen::listen;

pub(crate) use faults::Fault;
pub(crate) use scim::{Paging, User};
pub(crate) use usage::Row;

/// The plan access token that the usage API takes.
pub(crate) const TOKEN: &str = "figp-8c1d5e90b7a2463f9d04";
/// The bearer token that SCIM takes.
pub(crate) const SCIM_TOKEN: &str = "scim-5b27c9e4a1f04d6385ba";
/// The tenant.
pub(crate) const TENANT: &str = "1401286822445493852";

/// What the fake keeps.
#[derive(Default)]
pub(crate) struct State {
    /// What was drawn.
    pub(crate) rows: Vec<Row>,
    /// The most rows that a page holds, where that is less than what was asked for.
    pub(crate) page: Option<usize>,
    /// Whether the token has expired: a 403, not a 401.
    pub(crate) expired: bool,
    /// Who is in the organisation.
    pub(crate) users: Vec<User>,
    /// How SCIM pages.
    pub(crate) paging: Paging,
}

#[derive(Default)]
struct Inner {
    state: State,
    faults: Vec<(&'static str, Fault)>,
    asked: Vec<String>,
}

/// A running fake.
pub(crate) struct Fake {
    url: String,
    inner: Arc<Mutex<Inner>>,
}

impl Fake {
    /// Starts one on a free port of loopback.
    pub(crate) fn start() -> Self {
        let inner = Arc::new(Mutex::new(Inner::default()));
        let shared = Arc::clone(&inner);
        let url = listen(move |stream| serve(stream, &shared));
        Self { url, inner }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// Looks at the state, or changes it behind Bursar's back.
    pub(crate) fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.lock().state)
    }

    /// Asks for a fault of the next request whose path begins so.
    pub(crate) fn fault(&self, path: &'static str, fault: Fault) {
        self.lock().faults.push((path, fault));
    }

    /// What was asked since the last time: path and query.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().asked)
    }
}

fn serve(stream: &TcpStream, inner: &Mutex<Inner>) {
    let mut reader = std::io::BufReader::new(stream.try_clone().unwrap());
    while let Some(asked) = http::read(&mut reader) {
        let (fault, answer) = {
            let mut inner = inner.lock().unwrap();
            inner.asked.push(asked.target.clone());
            let at = inner.faults.iter().position(|(path, _)| asked.target.starts_with(path));
            let fault = at.map(|at| inner.faults.remove(at).1);
            (fault, route(&asked, &inner.state))
        };
        let sent = match fault {
            Some(fault) => fault.instead_of(stream, &answer),
            None => http::answer(stream, answer.0, "", &answer.1.to_string()),
        };
        if !sent {
            return;
        }
    }
}

fn route(asked: &http::Asked, state: &State) -> http::Answer {
    let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["v1", "ai_usage", "daily"] => usage::daily(asked, state),
        ["scim", "v2", TENANT, "Users"] => scim::users(asked, state),
        _ => usage::error(404, "Not found"),
    }
}
