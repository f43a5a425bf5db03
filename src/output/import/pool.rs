//! One pool of an imported file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::civil::Date;

use crate::config::file::LOGINS;
use crate::model::capability::{Capabilities, Keeps};
use crate::model::{
    Alert, AlertKey, Amount, Cap, CenterSettings, Expiry, Grant, Limit, Others, Pool, Recipient, Threshold, Unit,
};
use crate::output::yaml;

use super::names::Names;
use super::people::{People, is_email, is_name};

/// How many people with one cap make a group.
const GROUP: usize = 3;

/// The groups of the file: their names by pool and cap, and who is in them.
#[derive(Default)]
pub(super) struct Groups {
    names: Names<(String, String)>,
    members: BTreeMap<String, Vec<String>>,
}

impl Groups {
    /// Writes them, one person a line.
    pub(super) fn write(&self, text: &mut String) {
        if !self.members.is_empty() {
            text.push_str("\ngroups:\n");
        }
        for (group, members) in &self.members {
            let _ = writeln!(text, "  {}:", yaml::scalar(group));
            for member in members {
                let _ = writeln!(text, "    - {}", yaml::scalar(member));
            }
        }
    }
}

/// Everything that one pool of the file is made from.
pub(super) struct PoolPart<'a> {
    pub(super) center: &'a CenterSettings,
    pub(super) capabilities: &'a Capabilities,
    pub(super) people: &'a People,
    pub(super) today: Date,
    /// The center's own name for it.
    pub(super) name: &'a str,
    pub(super) pool: &'a Pool,
}

impl PoolPart<'_> {
    /// Writes the pool under its id.
    pub(super) fn write(&self, text: &mut String, id: &str, notify: &mut Names<Recipient>, groups: &mut Groups) {
        if id != self.name {
            let _ = writeln!(text, "  # {}", yaml::comment(self.name));
        }
        let _ = writeln!(text, "  {}:\n    center: {}", yaml::scalar(id), yaml::scalar(self.center.id.as_str()));
        self.target(text, id);
        if let Some(description) = self.pool.description.as_deref().filter(|text| !text.is_empty()) {
            if is_name(description) {
                let _ = writeln!(text, "    description: {}", yaml::scalar(description));
            } else {
                let _ = writeln!(
                    text,
                    "    # Its description has characters that a file cannot have: {}",
                    yaml::comment(description)
                );
            }
        }
        self.budget(text);
        let all_named = self.access(text, id, groups);
        if let Some(cap) = self.default_cap() {
            let _ = writeln!(text, "    default_cap: {}", cap_text(cap));
        }
        self.others(text, all_named);
        self.alerts(text, notify);
    }

    fn unit(&self) -> Unit {
        self.pool.budget.unit
    }

    /// Whether a cap counts in the unit of the pool, which is the only one that the file has for it.
    fn holds(&self, cap: Cap) -> bool {
        cap.amount().is_none_or(|amount| amount.unit() == self.unit())
    }

    fn default_cap(&self) -> Option<Cap> {
        // Without amounts a written default would decide over everybody whose cap is left alone.
        self.pool.default_cap.filter(|cap| self.holds(*cap) && self.pool.budget.period.is_some())
    }

    /// Whether a file can say a cap: an amount means nothing without the period that it is for.
    fn says(&self, cap: Cap) -> bool {
        self.pool.budget.period.is_some() || cap.amount().is_none()
    }

    /// The vendor's object, unless it is the one that the pool's id stands for anyway.
    fn target(&self, text: &mut String, id: &str) {
        let target = &self.pool.target;
        let implied = match self.capabilities.targets {
            [key] if !key.required && target.0.len() == 1 => target.get(key.name) == Some(id),
            _ => false,
        };
        if !implied && !target.0.is_empty() {
            let entries = target.0.iter().map(|(key, value)| (key.as_str(), yaml::scalar(value).into_owned()));
            let _ = writeln!(text, "    target: {}", yaml::map(entries));
        }
    }

    fn budget(&self, text: &mut String) {
        let budget = &self.pool.budget;
        let limit = match budget.limit {
            Some(Limit::Amount(amount)) => Some(amount),
            Some(Limit::None) | None => None,
        };
        if budget.period.is_none() {
            text.push_str("    # Its period is none that a file has, so its limit, caps and alerts are left alone.\n");
        }
        let limit = limit.filter(|_| budget.period.is_some());
        let entries = [
            ("limit", limit.map(|amount| amount.number())),
            ("unit", Some(budget.unit.to_string())),
            ("period", budget.period.map(|period| period.to_string())),
            ("when_exhausted", limit.and(budget.when_exhausted).map(|when| when.to_string())),
        ];
        let entries = entries.into_iter().filter_map(|(key, value)| Some((key, value?)));
        let _ = writeln!(text, "    budget: {}", yaml::map(entries));
    }

    /// Writes the rules; returns whether everybody with a grant is named by one.
    fn access(&self, text: &mut String, pool: &str, groups: &mut Groups) -> bool {
        let mut all_named = true;
        let mut rules = String::new();
        let alike = self.alike();
        for (cap, members) in &alike {
            let group = groups.names.name(&(pool.to_owned(), cap.clone()), &format!("{pool}-{cap}"), "group");
            let _ = writeln!(rules, "      - group: {}\n        cap: {cap}", yaml::scalar(&group));
            groups.members.insert(group, members.iter().map(|id| (*id).to_owned()).collect());
        }
        let grouped: BTreeSet<&str> = alike.into_values().flatten().collect();
        for (subject, grant) in &self.pool.grants {
            if self.people.id(subject).is_ok_and(|id| grouped.contains(id)) {
                continue;
            }
            let rule = self.people.id(subject).map_err(str::to_owned).and_then(|id| Ok((id, self.rule(grant)?)));
            match rule {
                Ok((id, entries)) => {
                    let _ = writeln!(rules, "      - member: {}", yaml::scalar(id));
                    for (key, value) in entries {
                        let _ = writeln!(rules, "        {key}: {value}");
                    }
                }
                Err(why) => {
                    all_named = false;
                    let _ = writeln!(rules, "      # left alone: {}: {why}", yaml::comment(subject.name()));
                }
            }
        }
        let none = !rules.lines().any(|line| line.starts_with("      -"));
        if none {
            // With no rule in the list there is nothing that the comments could be indented like.
            let _ = write!(text, "    access: []\n{}", rules.replace("      #", "    #"));
        } else {
            let _ = write!(text, "    access:\n{rules}");
        }
        all_named
    }

    fn keeps(&self) -> Keeps {
        self.capabilities.keeps(&self.pool.target)
    }

    /// Those who have one cap, by it, where a cap is a level that many people have and that is set for all of them at once.
    fn alike(&self) -> BTreeMap<String, Vec<&str>> {
        let mut alike: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        if !self.keeps().others_by_roster {
            return alike;
        }
        for (subject, grant) in &self.pool.grants {
            if let (Ok(id), Ok(entries)) = (self.people.id(subject), self.rule(grant))
                && let [("cap", cap)] = entries.as_slice()
            {
                alike.entry(cap.clone()).or_default().push(id);
            }
        }
        alike.retain(|_, members| members.len() >= GROUP);
        alike
    }

    /// The rest of a rule, or why the grant cannot be written as one.
    fn rule(&self, grant: &Grant) -> Result<Vec<(&'static str, String)>, String> {
        let mut entries = Vec::new();
        let default = self.default_cap();
        match grant.cap {
            Some(cap) if !self.holds(cap) => return Err(format!("the cap of {cap} is not in {}", self.unit())),
            Some(Cap::Inherit) if default.is_some() && self.keeps().default_cap => {}
            // Without a cap of its own the rule would follow the default.
            Some(cap) if !self.says(cap) && default.is_some() => {
                return Err(format!("its cap of {cap} has no period that a file has"));
            }
            Some(cap) if !self.says(cap) => {}
            Some(cap) => entries.push(("cap", cap_text(cap))),
            // What is not observed must not become what is asked for.
            None if default.is_some() || self.keeps().others_by_roster => {
                return Err("the center does not show the cap".to_owned());
            }
            None => {}
        }
        let own_period = self.capabilities.grant_period && grant.cap.is_some_and(|cap| cap.amount().is_some());
        if let Some(period) = self.pool.budget.period
            && own_period
            && grant.period != Some(period)
        {
            return Err(match grant.period {
                Some(own) => format!("the cap starts again {own}, and the pool {period}"),
                None => format!("the cap never starts again, and the pool does {period}"),
            });
        }
        if let Some(Expiry::On(date)) = grant.expires {
            if date < self.today {
                return Err(format!("the grant ended with {date}"));
            }
            entries.push(("expires", date.to_string()));
        }
        Ok(entries)
    }

    fn others(&self, text: &mut String, all_named: bool) {
        let keeps = self.keeps();
        let word = match (all_named, keeps.others, self.pool.others) {
            // Whoever has no setting of their own draws, and is not named above.
            (_, false, _) if keeps.own_setting => "unmanaged".to_owned(),
            // What the center has no word for is what it does without one.
            (_, _, Some(Others::Cap(Cap::Unlimited))) if !keeps.others_unlimited => "unmanaged".to_owned(),
            // Everybody who can draw is named above.
            (true, false, _) | (true, true, Some(Others::Blocked)) => "blocked".to_owned(),
            (true, true, Some(Others::Cap(cap))) if self.holds(cap) && self.says(cap) => {
                yaml::map([("cap", cap_text(cap))])
            }
            (false, ..) | (true, true, None | Some(Others::Cap(_))) => "unmanaged".to_owned(),
        };
        let _ = writeln!(text, "    others: {word}");
    }

    fn alerts(&self, text: &mut String, notify: &mut Names<Recipient>) {
        let Some(alerts) = self.pool.alerts.as_ref().filter(|alerts| !alerts.is_empty()) else { return };
        if self.pool.budget.period.is_none() {
            return;
        }
        let fits = |(key, alert): (&AlertKey, &Alert)| {
            let at = match key.at {
                Threshold::Percent(percent) => (1..=100).contains(&percent),
                Threshold::Amount(amount) => amount.unit() == self.unit() && !amount.is_zero(),
            };
            at && !alert.notify.is_empty() && alert.notify.iter().all(recipient_fits)
        };
        if !alerts.iter().all(fits) {
            text.push_str("    # Its alerts are left alone: the file cannot say all of them.\n");
            return;
        }
        // `member` in a list is the person concerned.
        notify.reserve("member");
        text.push_str("    alerts:\n");
        for (key, alert) in alerts {
            let at = match key.at {
                Threshold::Percent(percent) => format!("{percent}%"),
                Threshold::Amount(amount) => yaml::map([("amount", Amount::number(&amount))]),
            };
            let names: Vec<String> = alert.notify.iter().map(|recipient| name(notify, recipient)).collect();
            let notify = yaml::list(names.iter().map(String::as_str));
            let _ =
                writeln!(text, "      - {}", yaml::map([("at", at), ("of", key.of.to_string()), ("notify", notify)]));
        }
    }
}

fn name(notify: &mut Names<Recipient>, recipient: &Recipient) -> String {
    let text = match recipient {
        Recipient::Member => return "member".to_owned(),
        Recipient::Email(address) => address.split('@').next().unwrap_or(address),
        Recipient::Login { login, .. } => login,
        Recipient::Slack(variable) | Recipient::Webhook(variable) => variable,
    };
    notify.name(recipient, text, "notify")
}

fn recipient_fits(recipient: &Recipient) -> bool {
    match recipient {
        Recipient::Member => true,
        Recipient::Email(address) => is_email(address),
        Recipient::Login { provider, login } => LOGINS.contains(&provider.as_str()) && is_name(login),
        Recipient::Slack(variable) | Recipient::Webhook(variable) => is_variable(variable),
    }
}

/// Whether a text can be the name of an environment variable.
fn is_variable(text: &str) -> bool {
    let letter = |b: u8| b.is_ascii_alphabetic() || b == b'_';
    text.bytes().next().is_some_and(letter) && text.bytes().all(|b| letter(b) || b.is_ascii_digit())
}

fn cap_text(cap: Cap) -> String {
    match cap {
        Cap::Amount(amount) => amount.number(),
        Cap::Unlimited => "unlimited".to_owned(),
        Cap::Inherit => "inherit".to_owned(),
    }
}
