//! Who watches the requests of this process: the line of `-v` per request, without any secret.

use std::sync::OnceLock;

/// One request as it may be shown: no query, no body, no header.
#[derive(Clone, Copy, Debug)]
pub struct RequestLine<'a> {
    /// The provider that is spoken to.
    pub provider: &'a str,
    /// The method.
    pub method: &'a str,
    /// The path.
    pub path: &'a str,
    /// The status of the answer, if one came.
    pub status: Option<u16>,
    /// How long it took.
    pub milliseconds: u64,
}

type Observer = Box<dyn Fn(&RequestLine<'_>) + Send + Sync>;

static OBSERVER: OnceLock<Observer> = OnceLock::new();

/// Has every request of this process told to `observer`, once it is answered. Only the first observer counts.
pub fn on_request(observer: impl Fn(&RequestLine<'_>) + Send + Sync + 'static) {
    // There is one command line per process; a second observer would only repeat it.
    let _ = OBSERVER.set(Box::new(observer));
}

/// Tells the observer, if there is one.
pub(super) fn tell(line: &RequestLine<'_>) {
    if let Some(observer) = OBSERVER.get() {
        observer(line);
    }
}
