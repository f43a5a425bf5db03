//! A center that runs, with a proxy before it where it is spoken to over HTTP.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::desk::Desk;
use super::file::File;
use super::need::Table;
use super::site::{Row, Site};
use crate::fakes::proxy::{Count, Faults, Hold, Proxy};

/// The people of a center. The last of them is in no file but where it says so.
pub(super) const PEOPLE: [&str; 5] = ["alice", "bob", "carol", "dave", "zoe"];

/// How many requests there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) reads: usize,
    pub(super) writes: usize,
}

impl std::ops::Sub for Seen {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self { reads: self.reads - before.reads, writes: self.writes - before.writes }
    }
}

/// The origin of a URL, and its path.
fn split(url: &str) -> (&str, &str) {
    let host = url.find("://").map_or(0, |at| at + 3);
    url.split_at(url[host..].find('/').map_or(url.len(), |at| host + at))
}

/// A center on which a behaviour runs.
pub(super) struct Stage {
    pub(super) row: &'static str,
    pub(super) table: Table,
    pub(super) site: Box<dyn Site>,
    pub(super) proxy: Option<Proxy>,
}

impl Stage {
    /// A center of a row, empty, with the people of the suite.
    pub(super) fn open(row: &Row) -> Self {
        Self::of(row, &PEOPLE)
    }

    /// A center of a row, empty, with these people.
    pub(super) fn of(row: &Row, people: &[&str]) -> Self {
        Self::with(row, people, Faults::default())
    }

    /// The same, with what goes wrong on the way to it.
    pub(super) fn with(row: &Row, people: &[&str], faults: Faults) -> Self {
        let site = (row.start)(people);
        let proxy = site.url().map(|url| Proxy::start(split(url).0, faults));
        Self { row: row.name, table: Table::of(row), site, proxy }
    }

    /// A folder with a file about this center.
    pub(super) fn desk(&self, file: &File) -> Desk<'_> {
        let url = self
            .proxy
            .as_ref()
            .map_or(String::new(), |proxy| format!("{}{}", proxy.url(), split(self.site.url().unwrap_or_default()).1));
        Desk::new(self, &url, file)
    }

    /// The same, past the proxy: what is asked there is not counted, not held and meets no fault.
    pub(super) fn desk_behind(&self, file: &File) -> Desk<'_> {
        Desk::new(self, self.site.url().unwrap_or_default(), file)
    }

    pub(super) fn proxy(&self) -> &Proxy {
        self.proxy.as_ref().unwrap()
    }

    /// Every request so far.
    pub(super) fn seen(&self) -> Seen {
        let log = self.proxy.as_ref().map(Proxy::log).unwrap_or_default();
        let reads = log.iter().filter(|exchange| exchange.method == "GET").count();
        Seen { reads, writes: log.len() - reads }
    }

    /// Looks into the center's own books, where anybody can.
    pub(super) fn assert_books(&self, expected: &[&str]) {
        let Some(mut books) = self.site.books() else { return };
        // Whom others being blocked takes everything from is written down with nothing by some centers.
        books.retain(|entry| !entry.ends_with(" 0") || expected.contains(&entry.as_str()));
        // Where there are no caps, people are there or not.
        let name = |entry: &str| entry.split(' ').next().unwrap_or_default().to_owned();
        if self.table.settable("cap_amount") {
            assert_eq!(books, expected, "what {} has in its books", self.row);
        } else {
            let names: Vec<String> = books.iter().map(|entry| name(entry)).collect();
            let expected: Vec<String> = expected.iter().map(|entry| name(entry)).collect();
            assert_eq!(names, expected, "who is in the books of {}", self.row);
        }
    }

    /// Nothing is held and nothing goes wrong any more.
    pub(super) fn calm_down(&self) {
        if let Some(proxy) = &self.proxy {
            proxy.calm_down();
        }
    }

    /// Lets the next write wait.
    pub(super) fn freeze(&self) -> Freeze {
        if let Some(proxy) = &self.proxy {
            let hold = Arc::new(Hold::new(Count::Writes, 0));
            proxy.hold(&hold);
            return Freeze::Proxy(hold);
        }
        let file = self.site.file().unwrap();
        let center = rusqlite::Connection::open(file).unwrap();
        center.execute_batch("BEGIN IMMEDIATE").unwrap();
        Freeze::File(center)
    }
}

/// A write that waits.
pub(super) enum Freeze {
    /// In the proxy.
    Proxy(Arc<Hold>),
    /// For the lock of a file.
    File(rusqlite::Connection),
}

impl Freeze {
    /// Waits until somebody is about to write; who keeps this journal, where nothing else tells.
    pub(super) fn came(&self, journal: &Path) {
        match self {
            Self::Proxy(hold) => assert!(hold.came(), "nobody writes"),
            Self::File(_) => {
                let started = Instant::now();
                while std::fs::metadata(journal).map_or(0, |file| file.len()) == 0 {
                    assert!(started.elapsed() < Duration::from_secs(30), "nobody writes");
                    std::thread::sleep(Duration::from_millis(2));
                }
            }
        }
    }

    /// Lets it go on; whether the center sees it where it waits in the proxy.
    pub(super) fn let_go(self, seen: bool) {
        match self {
            Self::Proxy(hold) => hold.let_go(seen),
            Self::File(center) => drop(center),
        }
    }
}
