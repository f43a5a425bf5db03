//! Who of a CSV is whom of the files: rows and YAML about one person become one member.

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, HashSet};

use crate::config::checks::structure::{PEOPLE_DIFFER, PEOPLE_ROW};
use crate::config::file::{Email, Entry, Group, GroupItem, Login, Member, Row, Spanned};
use crate::config::load::Loaded;
use crate::diagnostics::{Finding, Span};
use crate::model::{GroupId, IdError, MemberId};

use super::related;

/// By what a row says who it is about.
pub(super) enum Who {
    /// By a column.
    Id(Spanned<MemberId>),
    /// By the e-mail address: whoever has it, else what stands before the `@`, if that can be an id.
    Email(Result<Spanned<MemberId>, IdError>),
}

/// What a row says of a person.
pub(super) struct Person {
    pub(super) email: Option<Spanned<Email>>,
    pub(super) aliases: Vec<Spanned<Email>>,
    pub(super) logins: Vec<Login>,
    pub(super) groups: Vec<Spanned<GroupId>>,
    pub(super) row: Row,
}

/// Everybody who is known so far.
pub(super) struct Join {
    members: Vec<Entry<MemberId, Member>>,
    by_id: HashMap<MemberId, usize>,
    /// By e-mail address in lower case, where some CSV asks for it.
    by_email: Option<HashMap<String, usize>>,
    groups: Vec<Entry<GroupId, Group>>,
    groups_by_id: HashMap<GroupId, usize>,
    /// Who stands in a group itself, of those groups that a row names.
    in_group: HashMap<usize, HashSet<MemberId>>,
    /// The rows of the CSV that is being read, by member.
    seen: HashMap<usize, Span>,
    left_out: HashMap<String, Span>,
}

impl Join {
    /// Begins with whom the YAML knows. `by_email` is whether some CSV has no ids.
    pub(super) fn new(loaded: &mut Loaded, by_email: bool) -> Self {
        let (members, groups) = (loaded.config.members.take(), loaded.config.groups.take());
        let mut addresses = by_email.then(HashMap::new);
        if let Some(addresses) = &mut addresses {
            for (index, entry) in members.iter().enumerate() {
                for email in entry.value.addresses() {
                    addresses.entry(email.to_lowercase()).or_insert(index);
                }
            }
        }
        Self {
            by_id: members
                .iter()
                .enumerate()
                .map(|(index, entry)| (entry.name.value.clone(), index))
                .collect(),
            by_email: addresses,
            groups_by_id: groups
                .iter()
                .enumerate()
                .map(|(index, entry)| (entry.name.value.clone(), index))
                .collect(),
            members,
            groups,
            in_group: HashMap::new(),
            seen: HashMap::new(),
            left_out: HashMap::new(),
        }
    }

    /// Begins with another CSV.
    pub(super) fn start(&mut self) {
        self.seen.clear();
    }

    /// Remembers a row that is about nobody of the config.
    pub(super) fn left_out(&mut self, name: &str, span: Span) {
        if let Some((local, _)) = name.split_once('@') {
            self.left_out.entry(local.to_owned()).or_insert(span);
        }
        self.left_out.entry(name.to_owned()).or_insert(span);
    }

    /// Gives everybody back.
    pub(super) fn finish(self, loaded: &mut Loaded) {
        loaded.config.members = crate::config::file::Entries::of(self.members);
        loaded.config.groups = crate::config::file::Entries::of(self.groups);
        loaded.left_out = self.left_out;
    }

    /// Adds what a row says.
    pub(super) fn add(&mut self, who: Who, person: Person, findings: &mut Vec<Finding>) {
        let known = person
            .email
            .as_ref()
            .and_then(|email| self.by_email.as_ref()?.get(&email.to_lowercase()).copied());
        let id = match (who, known) {
            (Who::Email(_), Some(index)) => Ok(index),
            (Who::Id(id) | Who::Email(Ok(id)), _) => match self.by_id.get(&id.value) {
                Some(index) => Ok(*index),
                None => Err(id),
            },
            (Who::Email(Err(error)), None) => {
                if let Some(email) = &person.email {
                    let message = format!("what stands before the `@` of `{}` is no id: {error}", &*email.value);
                    let help = format!(
                        "give them a name under `members:`, such as `name: {{ email: \"{}\" }}`, or map a column as `id`",
                        &*email.value
                    );
                    findings.push(PEOPLE_ROW.at(email.span, message).help(help));
                }
                return;
            }
        };
        let groups = person.groups.clone();
        let index = match id {
            Ok(index) => {
                let Some(index) = self.again(index, person, findings) else { return };
                index
            }
            Err(id) => self.new_member(id, person),
        };
        self.put_into(index, &groups);
    }

    /// Adds somebody whom nothing else names.
    fn new_member(&mut self, id: Spanned<MemberId>, person: Person) -> usize {
        let index = self.members.len();
        let Person { email, aliases, logins, groups: _, row } = person;
        let span = row.span;
        if let Some(addresses) = &mut self.by_email {
            for email in email.iter().chain(&aliases) {
                addresses.entry(email.to_lowercase()).or_insert(index);
            }
        }
        self.by_id.insert(id.value.clone(), index);
        self.seen.insert(index, span);
        let (aliases, logins) = (aliases.into(), logins.into());
        let member = Member { span, email, aliases, logins, row: Some(Box::new(row)) };
        self.members.push(Entry { name: id, value: member });
        index
    }

    /// Adds a row to somebody who is known. Nothing where the same CSV had a row about them already.
    fn again(&mut self, index: usize, person: Person, findings: &mut Vec<Finding>) -> Option<usize> {
        let entry = self.members.get_mut(index)?;
        let id = entry.name.value.clone();
        match self.seen.entry(index) {
            Slot::Occupied(first) => {
                let at = person.email.as_ref().map_or(person.row.span, |email| email.span);
                let finding = PEOPLE_DIFFER.at(at, format!("this is a second row about `{id}`"));
                let help = "correct the export, or leave one of the rows out with `except`; where they are two people, map a column \
                            as `id` in which they differ";
                findings.push(related(finding.help(help), *first.get(), "the first is here"));
                return None;
            }
            Slot::Vacant(slot) => _ = slot.insert(person.row.span),
        }
        let member = &mut entry.value;
        let Person { email, aliases, logins, groups: _, row } = person;
        let mut others: Vec<Spanned<Email>> = std::mem::take(&mut member.aliases).into_vec();
        match (&member.email, email) {
            (None, email) => {
                if let Some(email) = &email {
                    others.retain(|alias| !alias.eq_ignore_ascii_case(email));
                    if let Some(addresses) = &mut self.by_email {
                        addresses.entry(email.to_lowercase()).or_insert(index);
                    }
                }
                member.email = email;
            }
            (Some(_), None) => {}
            (Some(known), Some(email)) => {
                let same = |a: &Email, b: &Email| a.eq_ignore_ascii_case(b);
                let is_alias = others.iter().any(|alias| same(&alias.value, &email.value));
                if same(&known.value, &email.value) || is_alias {
                } else if aliases.iter().any(|alias| same(&alias.value, &known.value)) {
                    others.push(email);
                } else {
                    differ(&id, "e-mail address", (known.span, known), (email.span, &email), findings);
                }
            }
        }
        let new = |alias: &Spanned<Email>, others: &[Spanned<Email>]| {
            others.iter().chain(&member.email).all(|known| !known.eq_ignore_ascii_case(alias))
        };
        for alias in aliases {
            if new(&alias, &others) {
                others.push(alias);
            }
        }
        member.aliases = others.into();
        for login in logins {
            match member.login(login.provider) {
                None => {
                    let mut all = std::mem::take(&mut member.logins).into_vec();
                    all.push(login);
                    member.logins = all.into();
                }
                Some(known) if known.eq_ignore_ascii_case(&login.name) => {}
                Some(known) => {
                    let what = format!("{} login", login.provider);
                    differ(&id, &what, (known.span, known), (login.name.span, &login.name), findings);
                }
            }
        }
        match &mut member.row {
            None => member.row = Some(Box::new(row)),
            Some(known) => {
                known.left = known.left.take().or(row.left);
                known.name = known.name.take().or(row.name);
            }
        }
        Some(index)
    }

    /// Puts somebody into groups.
    fn put_into(&mut self, member: usize, groups: &[Spanned<GroupId>]) {
        let Some(id) = self.members.get(member).map(|entry| entry.name.value.clone()) else { return };
        for group in groups {
            let index = *self.groups_by_id.entry(group.value.clone()).or_insert_with(|| {
                let value = Group(Spanned { value: Vec::new(), span: group.span });
                self.groups.push(Entry { name: group.clone(), value });
                self.groups.len() - 1
            });
            let Some(entry) = self.groups.get_mut(index) else { continue };
            let items = &mut entry.value.0.value;
            let inside = self.in_group.entry(index).or_insert_with(|| {
                let member = |item: &Spanned<GroupItem>| match &item.value {
                    GroupItem::Member(id) => Some(id.clone()),
                    GroupItem::Group(_) => None,
                };
                items.iter().filter_map(member).collect()
            });
            if inside.insert(id.clone()) {
                items.push(Spanned { value: GroupItem::Member(id.clone()), span: group.span });
            }
        }
    }
}

/// Says that two places tell different things of one person.
fn differ(id: &MemberId, what: &str, first: (Span, &str), second: (Span, &str), findings: &mut Vec<Finding>) {
    let message = format!("`{id}` has the {what} `{}` here and `{}` elsewhere", second.1, first.1);
    let finding = PEOPLE_DIFFER.at(second.0, message);
    let help = "make them the same where it is one person; where they are two, give each an id of their own";
    findings.push(related(finding.help(help), first.0, "the other is here"));
}
