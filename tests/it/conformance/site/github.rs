//! GitHub: a cost center, a whole enterprise, an organization of no enterprise.

use super::Site;
use crate::fakes::github::{Budget, Fake, TOKEN};

/// What the pool is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pool {
    CostCenter,
    Enterprise,
    Organization,
}

struct Github(Fake, Pool);

fn start(people: &[&str], pool: Pool) -> Box<dyn Site> {
    let fake = Fake::start();
    fake.state(|state| {
        let logins: Vec<String> = people.iter().map(|name| format!("{name}-acme")).collect();
        state.seat(&logins.iter().map(String::as_str).collect::<Vec<_>>());
        if pool == Pool::Organization {
            state.enterprise = None;
            state.organization = Some("acme".to_owned());
        }
    });
    Box::new(Github(fake, pool))
}

pub(super) fn cost_center(people: &[&str]) -> Box<dyn Site> {
    start(people, Pool::CostCenter)
}

pub(super) fn enterprise(people: &[&str]) -> Box<dyn Site> {
    start(people, Pool::Enterprise)
}

pub(super) fn organization(people: &[&str]) -> Box<dyn Site> {
    start(people, Pool::Organization)
}

fn name(login: &str) -> &str {
    login.split('-').next().unwrap_or_default()
}

impl Site for Github {
    fn url(&self) -> Option<&str> {
        Some(self.0.url())
    }

    fn center(&self, url: &str) -> String {
        let account = if self.1 == Pool::Organization { "organization" } else { "enterprise" };
        format!("{{ provider: github, {account}: acme, base_url: \"{url}\", token: {{ env: GITHUB_BILLING }} }}")
    }

    fn target(&self) -> Option<String> {
        (self.1 == Pool::CostCenter).then(|| "{ cost_center: Design }".to_owned())
    }

    fn second(&self) -> Option<String> {
        Some("{ cost_center: labs }".to_owned())
    }

    fn unit(&self) -> &'static str {
        "USD"
    }

    fn token(&self) -> Option<(&'static str, &'static str)> {
        Some(("GITHUB_BILLING", TOKEN))
    }

    fn member(&self, _: &str, email: &str) -> String {
        let login = email.split('@').next().unwrap_or_default();
        format!("{{ github: {login}-acme }}")
    }

    fn stranger(&self, name: &str) -> String {
        format!("{name}-acme")
    }

    fn notify(&self) -> &'static str {
        "{ github: [ops-bot] }"
    }

    fn alerts(&self) -> &'static str {
        "[{ at: 75%, of: budget, notify: [ops] }, { at: 90%, of: budget, notify: [ops] }, { at: 100%, of: budget, notify: [ops] }]"
    }

    fn draws(&self, name: &str, amount: u32) {
        self.0
            .state(|state| *state.consumed.entry(format!("{name}-acme")).or_default() += f64::from(amount));
    }

    fn books(&self) -> Option<Vec<String>> {
        self.0.state(|state| {
            let own = |budget: &Budget| budget.is("user", "").then(|| (budget.user.clone(), budget.amount));
            let caps: Vec<(String, i64)> = state
                .budgets
                .iter()
                .filter_map(own)
                .filter_map(|(user, amount)| Some((user?, amount)))
                .collect();
            let mut books: Vec<String> = if self.1 == Pool::CostCenter {
                let users = state.named("Design").map(|center| center.users.clone()).unwrap_or_default();
                let without = users.iter().filter(|user| !caps.iter().any(|(login, _)| login == *user));
                let without = without.map(|user| format!("{} inherit", name(user))).collect::<Vec<_>>();
                let of = caps.iter().filter(|(login, _)| users.contains(login));
                of.map(|(login, amount)| format!("{} {amount}", name(login))).chain(without).collect()
            } else {
                caps.iter().map(|(login, amount)| format!("{} {amount}", name(login))).collect()
            };
            books.sort();
            Some(books)
        })
    }
}
