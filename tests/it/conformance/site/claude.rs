//! Claude: an Enterprise organization, a group of one, a workspace of the Console, a gateway.

use super::Site;
use crate::fakes::claude::{Fake, Flavor, KEY, Workspace};

/// What the pool is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pool {
    Organization,
    Group,
    Workspace,
    Gateway,
}

struct Claude(Fake, Pool);

fn start(people: &[&str], pool: Pool) -> Box<dyn Site> {
    let fake = Fake::start(match pool {
        Pool::Organization | Pool::Group => Flavor::Enterprise,
        Pool::Workspace => Flavor::Console,
        Pool::Gateway => Flavor::Gateway,
    });
    fake.state(|state| {
        state.people(people);
        match pool {
            Pool::Group => state.group("group-design", "Design", "direct", &[]),
            Pool::Workspace => {
                let (id, name) = ("wrkspc_design".to_owned(), "Design".to_owned());
                state.workspaces.push(Workspace { id, name, archived: false, members: Vec::new() });
            }
            Pool::Organization | Pool::Gateway => {}
        }
    });
    Box::new(Claude(fake, pool))
}

pub(super) fn enterprise(people: &[&str]) -> Box<dyn Site> {
    start(people, Pool::Organization)
}

pub(super) fn group(people: &[&str]) -> Box<dyn Site> {
    start(people, Pool::Group)
}

pub(super) fn console(people: &[&str]) -> Box<dyn Site> {
    start(people, Pool::Workspace)
}

pub(super) fn gateway(people: &[&str]) -> Box<dyn Site> {
    start(people, Pool::Gateway)
}

/// Minor units as a decimal.
fn dollars(cents: &str) -> String {
    let cents: i64 = cents.parse().unwrap();
    if cents % 100 == 0 { (cents / 100).to_string() } else { format!("{}.{:02}", cents / 100, cents % 100) }
}

impl Site for Claude {
    fn url(&self) -> Option<&str> {
        Some(self.0.url())
    }

    fn center(&self, url: &str) -> String {
        let organization = self.0.state(|state| state.organization.0.clone());
        let account = match self.1 {
            Pool::Organization | Pool::Group => format!("flavor: enterprise, organization: {organization}"),
            Pool::Workspace => format!("flavor: console, organization: {organization}"),
            Pool::Gateway => "flavor: gateway".to_owned(),
        };
        format!("{{ provider: claude, {account}, base_url: \"{url}\", token: {{ env: CLAUDE_KEY }} }}")
    }

    fn target(&self) -> Option<String> {
        match self.1 {
            Pool::Group => Some("{ rbac_group: Design }".to_owned()),
            Pool::Workspace => Some("{ workspace: Design }".to_owned()),
            Pool::Organization | Pool::Gateway => None,
        }
    }

    fn unit(&self) -> &'static str {
        "USD"
    }

    fn token(&self) -> Option<(&'static str, &'static str)> {
        Some(("CLAUDE_KEY", KEY))
    }

    fn member(&self, _: &str, email: &str) -> String {
        let name = email.split('@').next().unwrap_or_default();
        if self.1 == Pool::Gateway { format!("{{ claude: user_{name} }}") } else { format!("{{ email: {email} }}") }
    }

    fn stranger(&self, name: &str) -> String {
        if self.1 == Pool::Gateway { format!("user_{name}") } else { format!("{name}@acme.example") }
    }

    fn draws(&self, name: &str, amount: u32) {
        self.0.state(|state| {
            let spent = state.spent.entry((format!("user_{name}"), "monthly".to_owned())).or_default();
            let before: u32 = spent.parse().unwrap_or(0);
            *spent = (before + amount * 100).to_string();
        });
    }

    fn books(&self) -> Option<Vec<String>> {
        self.0.state(|state| {
            let name = |id: &str| id.trim_start_matches("user_").to_owned();
            let mut inside: Option<Vec<String>> = match self.1 {
                Pool::Group => Some(state.groups[0].members.iter().map(|id| name(id)).collect()),
                Pool::Workspace => Some(state.workspaces[0].members.iter().map(|(id, _)| name(id)).collect()),
                Pool::Organization | Pool::Gateway => None,
            };
            let mut books = Vec::new();
            for limit in state.limits.iter().filter(|limit| limit.scope["type"] == "user") {
                let who = name(limit.scope["user_id"].as_str().unwrap());
                let cap = limit.amount.as_deref().map_or("unlimited".to_owned(), dollars);
                let joined = inside.as_ref().is_none_or(|inside| inside.contains(&who));
                books.push(if joined {
                    format!("{who} {cap}")
                } else {
                    format!("{who} has {cap} outside of the group")
                });
                if let Some(inside) = &mut inside {
                    inside.retain(|other| *other != who);
                }
            }
            books.extend(inside.unwrap_or_default().iter().map(|who| format!("{who} inherit")));
            books.sort();
            Some(books)
        })
    }
}
