//! The embedded center: a file in a folder of its own.

use std::path::{Path, PathBuf};

use super::Site;
use crate::secrets::Folder;

struct Embedded(Folder);

pub(super) fn start(_: &[&str]) -> Box<dyn Site> {
    Box::new(Embedded(Folder::new()))
}

/// Who has which cap, by the tables of an embedded center.
pub(super) fn books(file: &Path) -> Vec<String> {
    let Ok(center) = rusqlite::Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY) else {
        return Vec::new();
    };
    let query = "SELECT m.name, g.cap FROM grants g JOIN members m ON m.id = g.member ORDER BY m.name";
    let Ok(mut rows) = center.prepare(query) else { return Vec::new() };
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?));
    let rows = rows.query_map([], row).unwrap();
    rows.map(|row| {
        let (name, cap) = row.unwrap();
        let cap = cap.unwrap_or_else(|| "inherit".to_owned());
        format!("{name} {}", cap.split(' ').next().unwrap_or_default())
    })
    .collect()
}

/// Somebody draws from the pool `ai` of a file.
pub(super) fn draw(file: &Path, name: &str, amount: u32) {
    let id = bursar::model::CenterId::new("main").unwrap();
    let settings = bursar::model::CenterSettings {
        path: Some(file.to_str().unwrap().to_owned()),
        ..bursar::model::CenterSettings::new(id, "embedded", ".")
    };
    let amount = bursar::model::Amount::whole(amount, bursar::model::Unit::Credits);
    let drawn = bursar::centers::embedded::draw(&settings, "ai", name, amount, jiff::Timestamp::now()).unwrap();
    assert!(matches!(drawn, bursar::centers::embedded::Draw::Drawn(_)), "{drawn:?}");
}

impl Site for Embedded {
    fn center(&self, _: &str) -> String {
        format!("{{ provider: embedded, path: \"{}\" }}", self.0.path().join("center.db").display())
    }

    fn unit(&self) -> &'static str {
        "credits"
    }

    fn stranger(&self, name: &str) -> String {
        name.to_owned()
    }

    fn books(&self) -> Option<Vec<String>> {
        Some(books(&self.0.path().join("center.db")))
    }

    fn draws(&self, name: &str, amount: u32) {
        draw(&self.0.path().join("center.db"), name, amount);
    }

    fn file(&self) -> Option<PathBuf> {
        Some(self.0.path().join("center.db"))
    }
}
