//! The LiteLLM center: a team of its fake.

use super::Site;
use crate::fakes::litellm::{Fake, KEY};

struct Litellm(Fake);

pub(super) fn start(_: &[&str]) -> Box<dyn Site> {
    Box::new(Litellm(Fake::start()))
}

impl Site for Litellm {
    fn url(&self) -> Option<&str> {
        Some(self.0.url())
    }

    fn center(&self, url: &str) -> String {
        format!("{{ provider: litellm, base_url: \"{url}\", token: {{ env: LITELLM_TOKEN }} }}")
    }

    fn unit(&self) -> &'static str {
        "USD"
    }

    fn token(&self) -> Option<(&'static str, &'static str)> {
        Some(("LITELLM_TOKEN", KEY))
    }

    fn draws(&self, name: &str, amount: u32) {
        self.0.state(|state| state.spends("ai", &format!("{name}@acme.example"), amount.into()));
    }

    fn books(&self) -> Option<Vec<String>> {
        self.0.state(|state| {
            let mut books = Vec::new();
            for (id, team) in &state.teams {
                // Who made the team is in it, and is nobody's grant.
                for (_, email, _) in team.members.iter().filter(|(user, ..)| user != "default_user_id") {
                    let email = email.as_deref().unwrap_or_default();
                    let cap = state.cap(id, email).and_then(|(cap, _)| cap);
                    let cap = cap.map_or("inherit".to_owned(), |cap| cap.to_string());
                    books.push(format!("{} {cap}", email.split('@').next().unwrap_or_default()));
                }
            }
            books.sort();
            Some(books)
        })
    }
}
