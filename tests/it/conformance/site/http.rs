//! The `http` center: `bursar serve` with tokens.

use std::sync::OnceLock;

use super::Site;
use crate::secrets::Folder;
use crate::serve::{Serving, WRITE};

struct Http {
    // Ended before their folder goes.
    server: Serving,
    /// One without tokens over the same file.
    open: OnceLock<Serving>,
    home: Folder,
}

pub(super) fn start(_: &[&str]) -> Box<dyn Site> {
    let home = Folder::new();
    Box::new(Http { server: Serving::guarded(home.path()), open: OnceLock::new(), home })
}

impl Site for Http {
    fn url(&self) -> Option<&str> {
        Some(&self.server.url)
    }

    fn center(&self, url: &str) -> String {
        format!("{{ provider: http, base_url: \"{url}\", token: {{ env: GATE_TOKEN }} }}")
    }

    fn unit(&self) -> &'static str {
        "credits"
    }

    fn token(&self) -> Option<(&'static str, &'static str)> {
        Some(("GATE_TOKEN", WRITE))
    }

    fn stranger(&self, name: &str) -> String {
        name.to_owned()
    }

    fn draws(&self, name: &str, amount: u32) {
        super::embedded::draw(&self.home.path().join("center.db"), name, amount);
    }

    fn open(&self) -> &str {
        &self.open.get_or_init(|| Serving::open(self.home.path())).url
    }

    fn books(&self) -> Option<Vec<String>> {
        Some(super::embedded::books(&self.home.path().join("center.db")))
    }
}
