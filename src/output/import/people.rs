//! The members of an imported file: an id for each person, and the identity by which the center knows them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::model::capability::{Capabilities, Identity};
use crate::model::{Inventory, Person};
use crate::model::{MemberId, Roster, Subject, check_id};
use crate::output::escape::is_hidden;
use crate::output::yaml;

use super::names::Names;

/// One member as the file names them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    id: String,
    /// The identities, by key.
    keys: Vec<(&'static str, String)>,
}

/// Everybody with a grant, and why some of them cannot be members of the file.
pub(super) struct People {
    members: BTreeMap<Subject, Result<Member, &'static str>>,
}

/// Whether a text can stand in a file as a name.
pub(super) fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(is_hidden)
}

/// Whether a text can stand in a file as an e-mail address.
pub(super) fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    let bad = |c: char| c.is_whitespace() || matches!(c, '@' | ',' | ';' | '<' | '>');
    let good = |part: &str| !part.is_empty() && !part.contains(bad);
    is_name(text) && parts.is_some_and(|(local, domain)| good(local) && good(domain))
}

impl People {
    pub(super) fn of(inventory: &Inventory, capabilities: &Capabilities, roster: &Roster) -> Self {
        let mut persons: BTreeMap<&Subject, Option<&Person>> = inventory
            .pools
            .iter()
            .flat_map(|(_, pool)| pool.grants.keys())
            .map(|subject| (subject, None))
            .collect();
        persons.extend(inventory.people.iter().map(|person| (&person.subject, Some(person))));
        let mut maker = Maker { capabilities, roster, ids: Names::default(), emails: BTreeSet::new() };
        // Ids that are somebody's already are not given to anybody else.
        for (member, _) in roster.iter() {
            maker.ids.reserve(member.as_str());
        }
        for subject in persons.keys() {
            if let Subject::Member(id) = subject {
                maker.ids.reserve(id.as_str());
            }
        }
        let members = persons
            .into_iter()
            .map(|(subject, person)| (subject.clone(), maker.member(subject, person)))
            .collect();
        Self { members }
    }

    /// The id of a person in the file, or why there is none.
    pub(super) fn id(&self, subject: &Subject) -> Result<&str, &'static str> {
        match self.members.get(subject) {
            Some(Ok(member)) => Ok(&member.id),
            Some(Err(why)) => Err(why),
            None => Err("the center does not say who this is"),
        }
    }

    pub(super) fn write(&self, text: &mut String) {
        let sorted: BTreeMap<&str, &Member> =
            self.members.values().flatten().map(|member| (member.id.as_str(), member)).collect();
        if sorted.is_empty() {
            return;
        }
        text.push_str("\nmembers:\n");
        for (id, member) in sorted {
            let keys = member.keys.iter().map(|(key, value)| (*key, yaml::scalar(value).into_owned()));
            let _ = writeln!(text, "  {}: {}", yaml::scalar(id), yaml::map(keys));
        }
    }
}

struct Maker<'a> {
    capabilities: &'a Capabilities,
    roster: &'a Roster,
    ids: Names<Subject>,
    emails: BTreeSet<String>,
}

impl Maker<'_> {
    fn member(&mut self, subject: &Subject, person: Option<&Person>) -> Result<Member, &'static str> {
        let known = self.roster.identity(subject).unwrap_or_else(|| subject.name());
        let email = person
            .and_then(|person| person.email.as_deref())
            .or(Some(known))
            .filter(|email| is_email(email) && !self.emails.contains(&email.to_ascii_lowercase()));
        let vendor_id = person.and_then(|person| person.vendor_id.as_deref());
        let keys = match self.capabilities.identity {
            Identity::Id => {
                check_id(known).map_err(|_| "the center's name is no id that the file could have")?;
                email.map(|email| ("email", email.to_owned())).into_iter().collect()
            }
            Identity::Email => {
                vec![("email", email.ok_or("the center shows no e-mail address of their own")?.to_owned())]
            }
            Identity::EmailOr(key) => match (email, vendor_id.unwrap_or(known)) {
                (Some(email), _) => vec![("email", email.to_owned())],
                (None, id) if is_name(id) => vec![(key, id.to_owned())],
                (None, _) => return Err("the center's name has characters that a file cannot have"),
            },
            Identity::Login(key) if is_name(known) => vec![(key, known.to_owned())],
            Identity::Login(_) => return Err("the center's name has characters that a file cannot have"),
        };
        let id = match (subject, self.capabilities.identity) {
            (Subject::Member(id), _) => MemberId::as_str(id).to_owned(),
            // Here the id is the identity, so it is the center's name itself.
            (Subject::Stranger(_), Identity::Id) => known.to_owned(),
            (Subject::Stranger(name), _) => {
                let text = email.map_or(&**name, |email| email.split('@').next().unwrap_or(email));
                self.ids.name(subject, text, "member")
            }
        };
        self.emails.extend(email.map(str::to_ascii_lowercase));
        Ok(Member { id, keys })
    }
}
