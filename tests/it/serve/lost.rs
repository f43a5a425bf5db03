//! Answers that are lost on the way, before or after the center did what was asked.

use std::io::Write as _;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use bursar::centers::{Verdict, http};
use bursar::server::Limits;

use super::law::{There, absent, small};
use super::limits::Inner;
use super::sql;
use super::wire::Connection;

/// What happens to the next writes on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    /// The request does not arrive.
    Before,
    /// It is done, and the answer does not arrive.
    After,
}

/// A way to a server on which answers are lost.
struct Way {
    url: String,
    losses: Arc<Mutex<Vec<Loss>>>,
    writes: Arc<Mutex<Vec<String>>>,
}

impl Way {
    fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (losses, writes) = (Arc::<Mutex<Vec<Loss>>>::default(), Arc::<Mutex<Vec<String>>>::default());
        let (server, shared, log) = (server.to_owned(), Arc::clone(&losses), Arc::clone(&writes));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, losses, writes) = (server.clone(), Arc::clone(&shared), Arc::clone(&log));
                std::thread::spawn(move || carry(&stream, &server, &losses, &writes));
            }
        });
        Self { url, losses, writes }
    }

    /// Loses so many writes from now on.
    fn lose(&self, loss: Loss, times: usize) {
        *self.losses.lock().unwrap() = vec![loss; times];
    }
}

fn carry(stream: &TcpStream, server: &str, losses: &Mutex<Vec<Loss>>, writes: &Mutex<Vec<String>>) {
    let mut client = Connection::of(stream.try_clone().unwrap());
    while let Some((head, request)) = client.next_request() {
        let write = !head.starts_with("GET ");
        let loss = if write { losses.lock().unwrap().pop() } else { None };
        if write {
            writes.lock().unwrap().push(head);
        }
        let hang_up = || {
            let _ = stream.shutdown(Shutdown::Both);
        };
        if loss == Some(Loss::Before) {
            return hang_up();
        }
        let mut onward = Connection::to(server);
        onward.send(&request).unwrap();
        let answer = onward.answer().unwrap();
        if loss == Some(Loss::After) {
            return hang_up();
        }
        let mut text = format!("HTTP/1.1 {} X\r\n", answer.status);
        for (name, value) in &answer.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if answer.header("content-length").is_none() {
            text.push_str("content-length: 0\r\n");
        }
        let mut out = stream;
        let sent = out.write_all(format!("{text}\r\n").as_bytes()).and_then(|()| out.write_all(&answer.body));
        if sent.is_err() {
            return;
        }
    }
}

#[test]
fn a_lost_answer_is_asked_for_again_and_nothing_is_made_twice() {
    let home = crate::secrets::Folder::new();
    let server = Inner::start(home.path(), Limits::default());
    let way = Way::to(&server.address);
    let center = There::at(&way.url);
    let count = |what: &str| sql::<i64>(home.path(), &format!("SELECT count(*) FROM audit WHERE what = '{what}'"));
    for (loss, sizes) in [(Loss::After, ["10", "20"]), (Loss::Before, ["30", "40"])] {
        for size in sizes {
            let changes = center.plan(&small(size, size));
            assert!(!changes.is_empty());
            for batch in changes.chunk_by(|a, b| (a.kind, &a.pool) == (b.kind, &b.pool)) {
                way.lose(loss, 1);
                let before: i64 = sql(home.path(), "SELECT count(*) FROM audit");
                for written in center.write(batch) {
                    assert_eq!((written.verdict, written.message), (Verdict::Applied, None), "{loss:?}");
                }
                let after: i64 = sql(home.path(), "SELECT count(*) FROM audit");
                assert_eq!(after - before, i64::try_from(batch.len()).unwrap(), "one line per change");
            }
            assert_eq!(center.plan(&small(size, size)), []);
        }
    }
    assert_eq!((count("pool.create"), count("grant.add"), count("grant.update")), (1, 2, 6));
    way.lose(Loss::After, 1);
    center.apply(&absent());
    assert_eq!(count("pool.delete"), 1);
    assert!(server.end());
}

#[test]
fn a_draw_whose_answer_is_lost_is_drawn_once() {
    let home = crate::secrets::Folder::new();
    let server = Inner::start(home.path(), Limits::default());
    let way = Way::to(&server.address);
    let center = There::at(&way.url);
    center.apply(&small("10", "blocked"));
    way.lose(Loss::After, 3);
    let amount = crate::embedded::amount("4");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let drawn = runtime.block_on(http::draw(&center.settings, "p", "alice", amount)).unwrap();
    assert!(drawn.is_drawn(), "{drawn}");
    assert_eq!(sql::<String>(home.path(), "SELECT group_concat(amount) FROM draws"), "4 credits");
    assert_eq!(way.writes.lock().unwrap().iter().filter(|line| line.contains("/draws ")).count(), 4);
}

#[test]
fn where_no_answer_ever_comes_the_center_is_asked_what_is_there() {
    let home = crate::secrets::Folder::new();
    let server = Inner::start(home.path(), Limits::default());
    let way = Way::to(&server.address);
    let center = There::at(&way.url);
    let changes = center.plan(&small("10", "2"));
    let mut verdicts = Vec::new();
    for batch in changes.chunk_by(|a, b| (a.kind, &a.pool) == (b.kind, &b.pool)) {
        way.lose(Loss::After, 500);
        verdicts.extend(center.write(batch).into_iter().map(|written| (written.verdict, written.message.unwrap())));
    }
    assert!(
        verdicts
            .iter()
            .all(|(verdict, why)| *verdict == Verdict::Applied && why.starts_with("read back, it is so")),
        "{verdicts:?}"
    );
    way.lose(Loss::After, 0);
    assert_eq!(center.plan(&small("10", "2")), []);
    // And where it was never done, nobody claims that it was.
    let changes = center.plan(&small("20", "3"));
    way.lose(Loss::Before, 500);
    let written = center.write(&changes[..1]);
    assert_eq!((written.len(), written[0].verdict), (1, Verdict::Unknown), "{written:?}");
    way.lose(Loss::Before, 0);
    assert_eq!(center.plan(&small("20", "3")), changes, "nothing was made");
    // Every try of one write had one key: the center keeps one answer per write that it did.
    let keys: i64 = sql(home.path(), "SELECT count(*) FROM answers");
    assert_eq!(keys, 3);
}
