//! The `http` center: `bursar serve` with tokens.

use super::Site;
use crate::secrets::Folder;
use crate::serve::{Serving, WRITE};

struct Http {
    // Ended before its folder goes.
    server: Serving,
    home: Folder,
}

pub(super) fn start(_: &[&str]) -> Box<dyn Site> {
    let home = Folder::new();
    Box::new(Http { server: Serving::guarded(home.path()), home })
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

    fn books(&self) -> Option<Vec<String>> {
        Some(super::embedded::books(&self.home.path().join("center.db")))
    }
}
