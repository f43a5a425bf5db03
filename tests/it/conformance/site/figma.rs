//! Figma: an export of people, and a person who clicks.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Site;

/// The people of an export, each with all that there is.
struct Figma(String);

pub(super) fn start(people: &[&str]) -> Box<dyn Site> {
    let mut csv = "Email,Access,Limit\n".to_owned();
    for name in people {
        let _ = writeln!(csv, "{name}@acme.example,Full access,");
    }
    Box::new(Figma(csv))
}

impl Site for Figma {
    fn center(&self, _: &str) -> String {
        // What is confirmed today is newer.
        let day = Timestamp::now().to_zoned(TimeZone::UTC).date().yesterday().unwrap();
        format!(
            "{{ provider: figma, plan: organization, export: {{ people: people.csv, taken: {day}, columns: {{ email: Email, \
             access: Access, limit: Limit }} }} }}"
        )
    }

    fn target(&self) -> Option<String> {
        Some("plan".to_owned())
    }

    fn unit(&self) -> &'static str {
        "credits"
    }

    fn furnish(&self, folder: &Path) {
        std::fs::write(folder.join("people.csv"), &self.0).unwrap();
    }

    fn books(&self) -> Option<Vec<String>> {
        None
    }
}
