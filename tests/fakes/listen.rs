//! How a fake listens: on a free port of loopback, with a thread for each connection.

use std::net::{TcpListener, TcpStream};

/// Starts to listen, and returns the URL.
pub(crate) fn listen(serve: impl Fn(&TcpStream) + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            std::thread::spawn(move || serve(&stream));
        }
    });
    url
}
