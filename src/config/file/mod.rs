//! The file as types. Each type knows how it is read from the tree, and generates its part of the JSON schema.

mod alert;
mod center;
mod contact;
mod export;
mod guardrails;
mod lock;
mod member;
mod people;
mod pool;
mod rate;
mod rule;
mod scalars;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::diagnostics::Span;
use crate::model::{CenterId, GroupId, MemberId, NotifyId, PoolId, RateId};

use super::checks::structure::{BAD_VERSION, WRONG_TYPE};
use super::decode::{Decode, Decoder, Name};
use super::tree::{Kind, NodeRef};

pub use alert::{Alert, At, Notified};
pub use center::{Center, EnvRef};
pub use contact::{Contact, HookRef};
pub use export::{Export, Scim};
pub use guardrails::{Above, Guardrails, Limits, Threat};
pub use lock::LockPlace;
pub use member::{LOGINS, Login, Member, Row};
pub use people::{Columns, Filter, GroupNames, People, TablePath, Values};
pub use pool::{Budget, Ensure, Overlap, Pool, PoolTarget};
pub use rate::Rate;
pub use rule::{GroupItem, Others, Rule, RuleRest, Who};
pub use scalars::{Cap, Day, Email, EnvName, Line, Number, Prose, UnitWord, Url};

/// A value and the place where it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// The place.
    pub span: Span,
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// One entry of a map of names.
#[derive(Clone, Debug)]
pub struct Entry<K, V> {
    /// The name, at its place.
    pub name: Spanned<K>,
    /// What it names.
    pub value: V,
}

/// A map of names, sorted, with the place of each.
#[derive(Clone, Debug)]
pub struct Entries<K, V>(Vec<Entry<K, V>>);

impl<K, V> Default for Entries<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> Entries<K, V> {
    /// Adds the entries of another file and returns the names that are in both: the first place, and the second.
    pub(super) fn merge(&mut self, other: Self) -> Vec<(Span, Spanned<K>)> {
        self.0.extend(other.0);
        // Stable, so the file that was read first keeps the name.
        self.0.sort_by(|a, b| a.name.value.cmp(&b.name.value));
        let mut twice = Vec::new();
        let mut kept: Vec<Entry<K, V>> = Vec::with_capacity(self.0.len());
        for entry in self.0.drain(..) {
            match kept.last() {
                Some(last) if last.name.value == entry.name.value => twice.push((last.name.span, entry.name)),
                _ => kept.push(entry),
            }
        }
        self.0 = kept;
        twice
    }

    /// The entries, to be put back by [`Self::of`].
    pub(super) fn take(&mut self) -> Vec<Entry<K, V>> {
        std::mem::take(&mut self.0)
    }

    /// Entries of which no two have one name.
    pub(super) fn of(mut entries: Vec<Entry<K, V>>) -> Self {
        entries.sort_by(|a, b| a.name.value.cmp(&b.name.value));
        Self(entries)
    }

    /// What a name names.
    pub fn get<Q: Ord + ?Sized>(&self, name: &Q) -> Option<&Entry<K, V>>
    where
        K: std::borrow::Borrow<Q>,
    {
        let index = self.0.binary_search_by(|entry| entry.name.value.borrow().cmp(name)).ok()?;
        self.0.get(index)
    }

    /// Every entry, sorted by name.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry<K, V>> {
        self.0.iter()
    }

    /// The entry at a position of the sorted order.
    pub fn at(&self, index: usize) -> Option<&Entry<K, V>> {
        self.0.get(index)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a, K: Ord, V> IntoIterator for &'a Entries<K, V> {
    type Item = &'a Entry<K, V>;
    type IntoIter = std::slice::Iter<'a, Entry<K, V>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: Name + Ord, V: Decode> Decode for Entries<K, V> {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        if node.kind() != Kind::Map {
            return decoder.wrong_type(node, what, "a map");
        }
        let mut entries: Vec<Entry<K, V>> = Vec::new();
        for (key, value) in node.entries() {
            if key.kind() != Kind::Text {
                continue;
            }
            let name = decoder.id::<K>(key, "a name");
            let value = V::decode(value, &format!("`{}`", key.text()), decoder);
            if let (Some(name), Some(value)) = (name, value) {
                entries.push(Entry { name, value });
            }
        }
        // A key that is there twice has its finding from the tree; the first counts.
        entries.sort_by(|a, b| a.name.value.cmp(&b.name.value));
        entries.dedup_by(|later, first| later.name.value == first.name.value);
        Some(Self(entries))
    }
}

impl<K: JsonSchema, V: JsonSchema> JsonSchema for Entries<K, V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}Entries", V::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": generator.subschema_for::<K>(),
            "additionalProperties": generator.subschema_for::<V>(),
        })
    }
}

/// The version of the format. There is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version;

impl Decode for Version {
    fn decode(node: NodeRef<'_, '_>, _what: &str, decoder: &mut Decoder) -> Option<Self> {
        match node.kind() {
            Kind::Int if node.text() == "1" => Some(Self),
            Kind::Broken => None,
            _ => {
                let finding = BAD_VERSION.at(node.span(), "this version of Bursar reads `version: 1` only");
                decoder.push(finding.help("write `version: 1`, without quotes"));
                None
            }
        }
    }
}

impl JsonSchema for Version {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Version".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "const": 1, "default": 1 })
    }
}

/// AI credits as code: which shared credit pools there are, who may draw on them, how much, and who is warned.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(title = "Bursar", deny_unknown_fields)]
pub struct File {
    /// The version of the format: 1. Every file of a folder has it.
    #[schemars(required)]
    pub version: Option<Spanned<Version>>,
    /// The vendor accounts whose settings are read and changed, by a name of your own.
    pub centers: Option<Entries<CenterId, Center>>,
    /// The people, by a name of your own.
    pub members: Option<Entries<MemberId, Member>>,
    /// More people, read from a CSV such as an identity provider's export, and the groups that they are in there.
    pub people: Option<Spanned<Vec<People>>>,
    /// Named sets of members.
    pub groups: Option<Entries<GroupId, Group>>,
    /// Shared credits that several members draw on.
    pub pools: Option<Entries<PoolId, Pool>>,
    /// Who hears of alerts, by a name of your own. `member` is taken: it means the person concerned.
    pub notify: Option<Entries<NotifyId, Contact>>,
    /// What a vendor's credits are worth, by `<provider>_credit`: `figma_credit: "0.024 USD"`. Needed where a pool falls
    /// back to a center that does not count credits.
    pub rates: Option<Entries<RateId, Rate>>,
    /// Limits on what a plan may do. They stand in one file of a folder.
    pub guardrails: Option<Spanned<Guardrails>>,
    /// Where the locks are that keep two runs from writing to one center at once: a folder, relative to the file that
    /// names it, or a prefix in an object store that all runners share. It stands in one file of a folder; where it is left
    /// out, the locks are in `.bursar` beside the files.
    pub lock: Option<Spanned<LockPlace>>,
}

const KEYS: &[&str] =
    &["version", "centers", "members", "people", "groups", "pools", "notify", "rates", "guardrails", "lock"];

impl File {
    /// Reads a whole file.
    pub(super) fn decode(root: NodeRef<'_, '_>, decoder: &mut Decoder) -> Self {
        let mut file = Self::default();
        let mut versioned = false;
        if root.kind() == Kind::Null {
            let finding = WRONG_TYPE.at(root.span(), "the file is empty");
            decoder.push(finding.help("start with `version: 1`"));
            return file;
        }
        decoder.map(root, "the file", KEYS, |decoder, key, _, value| match key {
            "version" => {
                versioned = true;
                file.version = decoder.value(value, "`version`");
            }
            "centers" => file.centers = Entries::decode(value, "`centers`", decoder),
            "members" => file.members = Entries::decode(value, "`members`", decoder),
            "people" => {
                file.people = decoder
                    .list(value, "`people`", |decoder, item| People::decode(item, "an entry of `people`", decoder));
            }
            "groups" => file.groups = Entries::decode(value, "`groups`", decoder),
            "pools" => file.pools = Entries::decode(value, "`pools`", decoder),
            "notify" => file.notify = Entries::decode(value, "`notify`", decoder),
            "rates" => file.rates = Entries::decode(value, "`rates`", decoder),
            "guardrails" => file.guardrails = decoder.value(value, "`guardrails`"),
            _ => file.lock = decoder.value(value, "`lock`"),
        });
        if !versioned {
            decoder.missing(root, "the file", "version", "start with `version: 1`");
        }
        file
    }
}

/// A named set of members: `alice`, or `group:designers` for everybody in another group.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename = "group", transparent)]
pub struct Group(pub Spanned<Vec<Spanned<GroupItem>>>);

impl Decode for Group {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        decoder
            .list(node, what, |decoder, item| decoder.value(item, "a member of a group"))
            .map(Self)
    }
}

/// All files together.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The centers.
    pub centers: Entries<CenterId, Center>,
    /// The people.
    pub members: Entries<MemberId, Member>,
    /// The groups.
    pub groups: Entries<GroupId, Group>,
    /// The pools.
    pub pools: Entries<PoolId, Pool>,
    /// Who hears of alerts.
    pub notify: Entries<NotifyId, Contact>,
    /// What credits are worth.
    pub rates: Entries<RateId, Rate>,
    /// The guardrails, where a file has some.
    pub guardrails: Option<Spanned<Guardrails>>,
    /// Where the locks are, where a file says so.
    pub lock: Option<Spanned<LockPlace>>,
    /// The folder that the config's files stand in.
    pub home: PathBuf,
}

impl Config {
    /// The center that is named to hold a pool while its own lacks a control.
    pub fn fallbacks(&self) -> BTreeMap<PoolId, CenterId> {
        let pools = self.pools.iter();
        pools
            .filter_map(|entry| Some((entry.name.value.clone(), entry.value.fallback.as_ref()?.value.clone())))
            .collect()
    }
}
