//! `bursar serve`: an embedded center over HTTP, as `schema/center.v1.openapi.yaml` describes it.

mod api;
mod call;
mod conditions;
mod front;
mod gate;
mod limits;
mod page;
mod patient;
mod problem;
mod tokens;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::centers::CenterError;
use front::Front;
use gate::Gate;
use patient::Patient;

pub use limits::Limits;
pub use tokens::{SHORTEST_TOKEN, TokenError, Tokens};

/// Every endpoint: its method and its path, as the API's description names them.
pub fn endpoints() -> impl Iterator<Item = (&'static str, &'static str)> {
    api::ROUTES.iter().map(|route| (route.method, route.path))
}

/// One request that was answered, as a log may show it: no query, no header, no body.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The method.
    pub method: &'a str,
    /// The path.
    pub path: &'a str,
    /// The status of the answer.
    pub status: u16,
    /// How long it took.
    pub milliseconds: u64,
    /// What went wrong within the server.
    pub trouble: Option<&'a str>,
}

/// Who hears of requests.
#[derive(Clone)]
pub struct Log(Arc<dyn Fn(&Seen<'_>) + Send + Sync>);

impl Log {
    /// Has every request told.
    pub fn new(tell: impl Fn(&Seen<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    fn tell(&self, seen: &Seen<'_>) {
        (self.0)(seen);
    }
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The center cannot be opened.
    #[error(transparent)]
    Center(#[from] CenterError),
    /// The address cannot be listened at.
    #[error("{address} cannot be listened at: {why}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        why: io::Error,
    },
    /// The address can be reached by others, and whoever reaches it could do everything.
    #[error("{0} can be reached from other machines, and there are no tokens")]
    Unprotected(SocketAddr),
}

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    router: Router,
    limits: Limits,
}

impl Server {
    /// Opens a center, making its file where there is none, and listens. Needs a Tokio runtime.
    ///
    /// # Errors
    /// [`ServerError`]; without tokens it listens on loopback only.
    pub async fn bind(
        db: &Path,
        address: SocketAddr,
        tokens: Tokens,
        limits: Limits,
        log: Log,
    ) -> Result<Self, ServerError> {
        if tokens.is_open() && !address.ip().is_loopback() {
            return Err(ServerError::Unprotected(address));
        }
        // First the address: a server that cannot listen leaves no file behind.
        let listener = TcpListener::bind(address).await.map_err(|why| ServerError::Address { address, why })?;
        let gate = Gate::open(db)?;
        let front = Arc::new(Front::new(gate, tokens, limits, log));
        Ok(Self { listener, router: front::router(&front), limits })
    }

    /// Where it listens, with the port that the system chose where none was named.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `end` comes, and then until what is under way is done, for as long as the limits say. Whether
    /// everything was done.
    pub async fn run(self, end: impl Future<Output = ()>) -> bool {
        let Self { listener, router, limits } = self;
        let places = Arc::new(Semaphore::new(limits.connections));
        let (ending, ended) = watch::channel(());
        let mut connections = JoinSet::new();
        tokio::pin!(end);
        loop {
            // A place first: whoever comes when all are taken waits to be let in.
            let place = tokio::select! {
                () = &mut end => break,
                place = Arc::clone(&places).acquire_owned() => place,
            };
            let accepted = tokio::select! {
                () = &mut end => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    let connection = serve(stream, router.clone(), limits, ended.clone());
                    connections.spawn(async move {
                        connection.await;
                        drop(place);
                    });
                }
                // No more files may be open, or the client is gone already.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            }
            while connections.try_join_next().is_some() {}
        }
        drop(listener);
        drop(ending);
        let all = async { while connections.join_next().await.is_some() {} };
        tokio::time::timeout(limits.drain_time, all).await.is_ok()
    }
}

/// Serves one connection, until it ends or the server does; then the request that is under way is the last.
async fn serve(stream: TcpStream, router: Router, limits: Limits, mut ended: watch::Receiver<()>) {
    // Answers are small and whole.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Patient::new(stream, limits.write_time));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_headers(limits.headers)
        .max_buf_size(limits.head)
        .serve_connection(io, TowerToHyperService::new(router));
    tokio::pin!(connection);
    tokio::select! {
        // A client that goes away in the middle is no trouble of ours.
        _ = connection.as_mut() => return,
        _ = ended.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
