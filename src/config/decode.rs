//! From the tree to types: every finding of a file in one run, each at its place.
//!
//! A decoder that gives `None` has left a finding, or has met a node that had one already.

use std::collections::HashSet;

use crate::diagnostics::{Finding, Span};
use crate::model::{CenterId, GroupId, IdError, MemberId, NotifyId, PoolId, RateId};

use super::checks::structure::{BAD_ID, BAD_VALUE, HIDDEN_CHARACTER, MISSING_KEY, UNKNOWN_KEY, WRONG_TYPE};
use super::file::Spanned;
use super::text::{first_hidden, list, nearest};
use super::tree::{Kind, NodeRef};

/// What the decoding of all files shares: the findings, and one copy of each name.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// Everything found so far.
    pub(super) findings: Vec<Finding>,
    members: HashSet<MemberId>,
    groups: HashSet<GroupId>,
    centers: HashSet<CenterId>,
}

/// A type that can be read from a node of the tree.
pub(super) trait Decode: Sized {
    /// Reads it. `what` names it in messages.
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self>;
}

/// An id, with one copy of its text where the same id stands in many places.
pub(super) trait Name: Sized {
    /// The id, or why it is none.
    fn name(text: &str, decoder: &mut Decoder) -> Result<Self, IdError>;
}

macro_rules! shared_name {
    ($type:ty, $names:ident) => {
        impl Name for $type {
            fn name(text: &str, decoder: &mut Decoder) -> Result<Self, IdError> {
                if let Some(known) = decoder.$names.get(text) {
                    return Ok(known.clone());
                }
                let new = Self::new(text)?;
                decoder.$names.insert(new.clone());
                Ok(new)
            }
        }
    };
}
shared_name!(MemberId, members);
shared_name!(GroupId, groups);
shared_name!(CenterId, centers);

impl Name for PoolId {
    fn name(text: &str, _decoder: &mut Decoder) -> Result<Self, IdError> {
        Self::new(text)
    }
}

impl Name for RateId {
    fn name(text: &str, _decoder: &mut Decoder) -> Result<Self, IdError> {
        Self::new(text)
    }
}

impl Name for NotifyId {
    fn name(text: &str, _decoder: &mut Decoder) -> Result<Self, IdError> {
        Self::new(text)
    }
}

/// What a node is, in words.
fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "nothing",
        Kind::Bool => "a truth value",
        Kind::Int | Kind::Float => "a number",
        Kind::Text | Kind::Broken => "a text",
        Kind::List => "a list",
        Kind::Map => "a map",
    }
}

/// What to do about a value of the wrong kind, where nothing better is known.
fn kind_help(node: NodeRef<'_, '_>, expected: &str) -> String {
    match node.kind() {
        Kind::Null => "write a value, or leave the key out".to_owned(),
        Kind::Text | Kind::Int if expected.starts_with("a list") => format!("write `[{}]`", node.text()),
        _ => format!("write {expected} here"),
    }
}

impl Decoder {
    /// Adds a finding.
    pub(super) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Reports that a node is of the wrong kind, unless it has its finding already.
    pub(super) fn wrong_type<T>(&mut self, node: NodeRef<'_, '_>, what: &str, expected: &str) -> Option<T> {
        self.wrong_type_help(node, what, expected, None)
    }

    /// The same, with what to write instead.
    pub(super) fn wrong_type_help<T>(
        &mut self,
        node: NodeRef<'_, '_>,
        what: &str,
        expected: &str,
        help: Option<String>,
    ) -> Option<T> {
        if node.kind() != Kind::Broken {
            let found = kind_words(node.kind());
            let mut finding = WRONG_TYPE.at(node.span(), format!("{what} must be {expected}, and this is {found}"));
            finding.help = Some(help.unwrap_or_else(|| kind_help(node, expected)));
            self.push(finding);
        }
        None
    }

    /// Reports a value that is of the right kind and still none that can stand here.
    pub(super) fn bad_value<T>(&mut self, span: Span, message: String, help: impl Into<String>) -> Option<T> {
        self.push(BAD_VALUE.at(span, message).help(help));
        None
    }

    /// Goes through a map, key by key; a key that is not among `keys` is reported.
    pub(super) fn map<'t, 's>(
        &mut self,
        node: NodeRef<'t, 's>,
        what: &str,
        keys: &[&str],
        mut each: impl FnMut(&mut Self, &'t str, Span, NodeRef<'t, 's>),
    ) -> Option<()> {
        if node.kind() != Kind::Map {
            return self.wrong_type(node, what, "a map");
        }
        for (key, value) in node.entries() {
            if key.kind() != Kind::Text {
                continue;
            }
            let name = key.text();
            if keys.contains(&name) {
                each(self, name, key.span(), value);
            } else {
                self.unknown_key(key.span(), what, name, keys);
            }
        }
        Some(())
    }

    fn unknown_key(&mut self, span: Span, what: &str, name: &str, keys: &[&str]) {
        let finding = UNKNOWN_KEY.at(span, format!("{what} has no key `{name}`"));
        self.push(match nearest(name, keys.iter().copied()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help(format!("the keys are {}", list(keys.iter().copied()))),
        });
    }

    /// Reports a missing key at the first key of its map, where a person would write it.
    pub(super) fn missing(&mut self, node: NodeRef<'_, '_>, what: &str, key: &str, help: &str) {
        if node.kind() == Kind::Map {
            let span = node.entries().next().map_or(node.span(), |(first, _)| first.span());
            self.push(MISSING_KEY.at(span, format!("{what} has no `{key}`")).help(help));
        }
    }

    /// Goes through a list.
    pub(super) fn list<'t, 's, T>(
        &mut self,
        node: NodeRef<'t, 's>,
        what: &str,
        mut each: impl FnMut(&mut Self, NodeRef<'t, 's>) -> Option<T>,
    ) -> Option<Spanned<Vec<T>>> {
        if node.kind() != Kind::List {
            return self.wrong_type(node, what, "a list");
        }
        let mut items = Vec::with_capacity(node.items().size_hint().0);
        for item in node.items() {
            items.extend(each(self, item));
        }
        items.shrink_to_fit();
        Some(Spanned { value: items, span: node.span() })
    }

    /// A text, quoted or not.
    pub(super) fn text<'t>(&mut self, node: NodeRef<'t, '_>, what: &str) -> Option<&'t str> {
        match node.kind() {
            Kind::Text if node.text().is_empty() => {
                self.bad_value(node.span(), format!("{what} is empty"), "write a text, or leave the key out")
            }
            Kind::Text => Some(node.text()),
            Kind::Int | Kind::Float | Kind::Bool => {
                let help = format!("quote it: \"{}\"", node.text());
                self.wrong_type_help(node, what, "a text", Some(help))
            }
            _ => self.wrong_type(node, what, "a text"),
        }
    }

    /// A text of one line.
    pub(super) fn line<'t>(&mut self, node: NodeRef<'t, '_>, what: &str) -> Option<&'t str> {
        let text = self.text(node, what)?;
        // Other hidden characters were reported when the text was parsed.
        if first_hidden(text, false) == Some('\n') {
            let finding = HIDDEN_CHARACTER.at(node.span(), format!("{what} must be one line"));
            self.push(finding.help("take the line end out"));
            return None;
        }
        Some(text)
    }

    /// An id that stands as a key or a value.
    pub(super) fn id<T: Name>(&mut self, node: NodeRef<'_, '_>, what: &str) -> Option<Spanned<T>> {
        let text = self.text(node, what)?;
        self.id_of(text, node.span())
    }

    /// An id that is part of a text.
    pub(super) fn id_of<T: Name>(&mut self, text: &str, span: Span) -> Option<Spanned<T>> {
        match T::name(text, self) {
            Ok(value) => Some(Spanned { value, span }),
            Err(error) => {
                let finding = BAD_ID.at(span, format!("`{text}` is no id: {error}"));
                let lower = text.to_lowercase();
                self.push(if crate::model::check_id(&lower).is_ok() {
                    finding.help(format!("write `{lower}`"))
                } else {
                    finding.help("choose a name like `design-team` or `alice@acme.example`")
                });
                None
            }
        }
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(
        &mut self,
        node: NodeRef<'_, '_>,
        what: &str,
        words: &[(&str, T)],
    ) -> Option<Spanned<T>> {
        let text = self.text(node, what)?;
        let names = || words.iter().map(|(word, _)| *word);
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(Spanned { value: *value, span: node.span() });
        }
        let help = match nearest(text, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of {}", list(names())),
        };
        self.bad_value(node.span(), format!("{what} cannot be `{text}`"), help)
    }

    /// A value of some type, with its place.
    pub(super) fn value<T: Decode>(&mut self, node: NodeRef<'_, '_>, what: &str) -> Option<Spanned<T>> {
        T::decode(node, what, self).map(|value| Spanned { value, span: node.span() })
    }
}
