//! The file that a behaviour asks with: one pool and its people, in words that every center understands.

use std::fmt::Write as _;

use super::stage::{PEOPLE, Stage};

/// One rule of a pool.
#[derive(Clone, Debug)]
struct Rule {
    who: String,
    cap: Option<String>,
    expires: Option<String>,
}

/// A file. Every method gives another one that differs in what it names.
#[derive(Clone, Debug)]
pub(super) struct File {
    members: Vec<(String, String)>,
    rules: Vec<Rule>,
    limit: u32,
    default_cap: Option<String>,
    others: Option<String>,
    alerts: Option<&'static str>,
    absent: bool,
    second: bool,
}

impl File {
    /// alice may draw 30, bob 50 and carol 70; dave is a member and may not.
    pub(super) fn base() -> Self {
        Self::of(&PEOPLE[..4]).cap("alice", "30").cap("bob", "50").cap("carol", "70")
    }

    /// These people, and no rule.
    pub(super) fn of(people: &[&str]) -> Self {
        let members = people.iter().map(|name| ((*name).to_owned(), format!("{name}@acme.example"))).collect();
        Self {
            members,
            rules: Vec::new(),
            limit: 500,
            default_cap: None,
            others: None,
            alerts: None,
            absent: false,
            second: false,
        }
    }

    /// One member more.
    pub(super) fn member(mut self, name: &str) -> Self {
        self.members.push((name.to_owned(), format!("{name}@acme.example")));
        self
    }

    /// A member with another address.
    pub(super) fn email(mut self, name: &str, email: &str) -> Self {
        self.members
            .iter_mut()
            .filter(|(member, _)| member == name)
            .for_each(|(_, old)| email.clone_into(old));
        self
    }

    /// A rule with this cap, in the place of an older one.
    pub(super) fn cap(self, who: &str, cap: &str) -> Self {
        self.rule(who, Some(cap), None)
    }

    /// A rule with this cap for somebody who has none.
    pub(super) fn more(mut self, who: &str, cap: &str) -> Self {
        self.rules.push(Rule { who: who.to_owned(), cap: Some(cap.to_owned()), expires: None });
        self
    }

    /// A rule with this cap that ends.
    pub(super) fn until(self, who: &str, cap: &str, day: &str) -> Self {
        self.rule(who, Some(cap), Some(day))
    }

    /// A rule without a cap.
    pub(super) fn granted(self, who: &str) -> Self {
        self.rule(who, None, None)
    }

    fn rule(mut self, who: &str, cap: Option<&str>, expires: Option<&str>) -> Self {
        self = self.without(who);
        self.rules
            .push(Rule { who: who.to_owned(), cap: cap.map(str::to_owned), expires: expires.map(str::to_owned) });
        self
    }

    /// No rule for somebody.
    pub(super) fn without(mut self, who: &str) -> Self {
        self.rules.retain(|rule| rule.who != who);
        self
    }

    /// No rule for anybody.
    pub(super) fn nobody(mut self) -> Self {
        self.rules.clear();
        self
    }

    pub(super) fn limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    pub(super) fn default_cap(mut self, cap: &str) -> Self {
        self.default_cap = Some(cap.to_owned());
        self
    }

    pub(super) fn others(mut self, others: &str) -> Self {
        self.others = Some(others.to_owned());
        self
    }

    pub(super) fn alerts(mut self, alerts: &'static str) -> Self {
        self.alerts = Some(alerts);
        self
    }

    /// The pool shall go.
    pub(super) fn absent(mut self) -> Self {
        self.absent = true;
        self
    }

    /// A second pool beside it, in which dave may draw 5.
    pub(super) fn second(mut self) -> Self {
        self.second = true;
        self
    }

    /// The text, for a center that is reached at this URL.
    pub(super) fn text(&self, stage: &Stage, url: &str) -> String {
        let site = &stage.site;
        let mut text = format!("version: 1\ncenters:\n  main: {}\nmembers:\n", site.center(url));
        for (name, email) in &self.members {
            let _ = writeln!(text, "  {name}: {}", site.member(name, email));
        }
        text.push_str("pools:\n  ai:\n    center: main\n");
        if let Some(target) = site.target() {
            let _ = writeln!(text, "    target: {target}");
        }
        if self.absent {
            text.push_str("    ensure: absent\n");
            return text;
        }
        let unit = site.unit();
        let limit = if stage.table.by_itself("budget") {
            format!("limit: {}, when_exhausted: block, ", self.limit)
        } else {
            String::new()
        };
        let _ = writeln!(text, "    budget: {{ {limit}unit: {unit}, period: monthly }}");
        text.push_str(if self.rules.is_empty() { "    access: []\n" } else { "    access:\n" });
        for Rule { who, cap, expires } in &self.rules {
            let cap = cap.as_deref().filter(|_| stage.table.settable("cap_amount"));
            let cap = cap.map_or(String::new(), |cap| format!(", cap: {cap}"));
            let expires = expires.as_deref().map_or(String::new(), |day| format!(", expires: {day}"));
            let _ = writeln!(text, "      - {{ member: {who}{cap}{expires} }}");
        }
        if let Some(cap) = &self.default_cap {
            let _ = writeln!(text, "    default_cap: {cap}");
        }
        let _ = writeln!(text, "    others: {}", self.others.as_deref().unwrap_or_else(|| site.others()));
        if let Some(alerts) = self.alerts {
            let _ = writeln!(text, "    alerts: {alerts}\nnotify:\n  ops: {}", site.notify());
        }
        if self.second {
            let target = site.second().map_or(String::new(), |target| format!("    target: {target}\n"));
            let pool = format!(
                "  labs:\n    center: main\n{target}    budget: {{ {limit}unit: {unit}, period: monthly }}\n    access: [{{ member: dave, \
                 cap: 5 }}]\n    others: {}\n",
                site.others()
            );
            text = text.replacen("pools:\n", &format!("pools:\n{pool}"), 1);
        }
        text
    }
}
