//! ChatGPT: a workspace, and a group of one, in the newer shape, which can say when a limit ends.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::Site;
use crate::fakes::chatgpt::{Fake, KEY, Limit, WORKSPACE};

struct Chatgpt {
    fake: Fake,
    group: bool,
}

/// The first day of the next usage period.
fn next_period() -> Date {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    today.last_of_month().saturating_add(1.day())
}

fn start(people: &[&str], group: bool) -> Box<dyn Site> {
    let fake = Fake::start();
    fake.state(|state| {
        state.newer = true;
        state.period_ends = format!("{}T00:00:00.000Z", next_period()).leak();
        for name in people {
            state.join(name);
        }
        if group {
            state.group("group-design", "Design", None, &[]);
        }
    });
    Box::new(Chatgpt { fake, group })
}

pub(super) fn workspace(people: &[&str]) -> Box<dyn Site> {
    start(people, false)
}

pub(super) fn group(people: &[&str]) -> Box<dyn Site> {
    start(people, true)
}

impl Site for Chatgpt {
    fn url(&self) -> Option<&str> {
        Some(self.fake.url())
    }

    fn center(&self, url: &str) -> String {
        format!("{{ provider: chatgpt, workspace: {WORKSPACE}, base_url: \"{url}\", token: {{ env: CHATGPT_KEY }} }}")
    }

    fn target(&self) -> Option<String> {
        self.group.then(|| "{ group: Design }".to_owned())
    }

    fn unit(&self) -> &'static str {
        "credits"
    }

    fn token(&self) -> Option<(&'static str, &'static str)> {
        Some(("CHATGPT_KEY", KEY))
    }

    fn last_day(&self) -> String {
        next_period().saturating_sub(1.day()).to_string()
    }

    fn draws(&self, name: &str, amount: u32) {
        self.fake
            .state(|state| state.users.get_mut(&format!("user-{name}")).unwrap().used += amount);
    }

    fn books(&self) -> Option<Vec<String>> {
        self.fake.state(|state| {
            let mut books = Vec::new();
            for (id, user) in &state.users {
                let name = id.trim_start_matches("user-");
                let own = user.limit.as_ref().map(Limit::word);
                let joined = self.group && state.groups["group-design"].members.contains(id);
                match own {
                    Some(own) if joined || !self.group => books.push(format!("{name} {own}")),
                    Some(own) => books.push(format!("{name} has {own} outside of the group")),
                    None if joined => books.push(format!("{name} inherit")),
                    None => {}
                }
            }
            Some(books)
        })
    }
}
