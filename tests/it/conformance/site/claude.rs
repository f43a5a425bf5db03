//! Claude: a group of an Enterprise organization, everybody of a gateway. A Console organization has no caps of people,
//! which the suite's own file asks for.

use super::Site;
use crate::fakes::claude::{Fake, Flavor, KEY};

struct Claude(Fake);

fn start(people: &[&str], flavor: Flavor) -> Box<dyn Site> {
    let fake = Fake::start(flavor);
    fake.state(|state| {
        state.people(people);
        for (id, name) in [("1", "Design"), ("2", "labs")] {
            state.group(&format!("rbac_group_{id}"), name, "direct", &[]);
        }
    });
    Box::new(Claude(fake))
}

pub(super) fn group(people: &[&str]) -> Box<dyn Site> {
    start(people, Flavor::Enterprise)
}

pub(super) fn gateway(people: &[&str]) -> Box<dyn Site> {
    start(people, Flavor::Gateway)
}

impl Claude {
    fn target_of(&self, name: &str) -> Option<String> {
        match self.0.state(|state| state.flavor) {
            Flavor::Enterprise => Some(format!("{{ rbac_group: {name} }}")),
            _ => None,
        }
    }
}

impl Site for Claude {
    fn url(&self) -> Option<&str> {
        Some(self.0.url())
    }

    fn center(&self, url: &str) -> String {
        let (flavor, organization) = self.0.state(|state| (state.flavor, state.organization.0.clone()));
        let account = match flavor {
            Flavor::Enterprise => format!("flavor: enterprise, organization: {organization}"),
            _ => "flavor: gateway".to_owned(),
        };
        format!("{{ provider: claude, {account}, base_url: \"{url}\", token: {{ env: CLAUDE_TOKEN }} }}")
    }

    fn target(&self) -> Option<String> {
        self.target_of("Design")
    }

    fn second(&self) -> Option<String> {
        self.target_of("labs").or_else(|| Some("{ rbac_group: labs }".to_owned()))
    }

    fn unit(&self) -> &'static str {
        "USD"
    }

    fn token(&self) -> Option<(&'static str, &'static str)> {
        Some(("CLAUDE_TOKEN", KEY))
    }

    fn member(&self, _: &str, email: &str) -> String {
        // The `sub` of a provider is what it is, however an address is written.
        let name = email.split('@').next().unwrap_or_default().to_ascii_lowercase();
        format!("{{ email: {email}, claude: user_{name} }}")
    }

    fn stranger(&self, name: &str) -> String {
        match self.0.state(|state| state.flavor) {
            Flavor::Gateway => format!("user_{name}"),
            _ => format!("{name}@acme.example"),
        }
    }

    fn books(&self) -> Option<Vec<String>> {
        self.0.state(|state| {
            let name = |user: &str| user.trim_start_matches("user_").to_owned();
            let cap = |user: &str| match state.own(&name(user), "monthly") {
                None => "inherit".to_owned(),
                Some(None) => "unlimited".to_owned(),
                Some(Some(cents)) => (cents.parse::<u64>().unwrap() / 100).to_string(),
            };
            let mut books: Vec<String> = match state.flavor {
                Flavor::Enterprise => state.groups[0]
                    .members
                    .iter()
                    .map(|user| format!("{} {}", name(user), cap(user)))
                    .collect(),
                Flavor::Console => state.workspaces[0]
                    .members
                    .iter()
                    .map(|(user, _)| format!("{} inherit", name(user)))
                    .collect(),
                Flavor::Gateway => {
                    let rows = state.limits.iter().filter_map(|limit| limit.scope["user_id"].as_str());
                    rows.map(|user| format!("{} {}", name(user), cap(user))).collect()
                }
            };
            books.sort();
            Some(books)
        })
    }
}
