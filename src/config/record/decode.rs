//! From the tree to what was confirmed.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use crate::config::checks::structure::{DUPLICATE_KEY, KEY_NOT_TEXT, WRONG_TYPE};
use crate::config::decode::{Decode as _, Decoder};
use crate::config::file::{PoolTarget, Version};
use crate::config::text::nearest;
use crate::config::tree::{Kind, NodeRef};
use crate::diagnostics::{Related, Span};
use crate::model::{CenterId, CenterRecord, Confirmed, ControlName, Level, PoolSetting, Target, WhenExhausted};

use super::{MAX_NAME, Recorded};

const BY: &str = "say who confirmed it: `by: Ada Lovelace`";
const AT: &str = "say when it was confirmed: `at: \"2026-11-22T10:00:00Z\"`";

/// Reads a whole record.
pub(super) fn record(root: NodeRef<'_, '_>, decoder: &mut Decoder) -> Recorded {
    let mut recorded = Recorded::default();
    if root.kind() == Kind::Null {
        let finding = WRONG_TYPE.at(root.span(), "the record is empty");
        decoder.push(finding.help("delete the file, or start with `version: 1`"));
        return recorded;
    }
    let mut versioned = false;
    decoder.map(root, "the record", &["version", "centers"], |decoder, key, _, value| match key {
        "version" => {
            versioned = true;
            let _ = Version::decode(value, "`version`", decoder);
        }
        _ => centers(value, decoder, &mut recorded),
    });
    if !versioned {
        decoder.missing(root, "the record", "version", "start with `version: 1`");
    }
    recorded
}

fn centers(node: NodeRef<'_, '_>, decoder: &mut Decoder, recorded: &mut Recorded) {
    if node.kind() != Kind::Map {
        decoder.wrong_type::<()>(node, "`centers`", "a map");
        return;
    }
    for (key, value) in node.entries().filter(|(key, _)| key.kind() == Kind::Text) {
        let Some(id) = decoder.id::<CenterId>(key, "a center") else { continue };
        let center = center(value, &id.value, decoder, recorded);
        recorded.centers.entry(id.value.clone()).or_insert(id.span);
        recorded.record.centers.entry(id.value).or_insert(center);
    }
}

fn center(node: NodeRef<'_, '_>, id: &CenterId, decoder: &mut Decoder, recorded: &mut Recorded) -> CenterRecord {
    let mut center = CenterRecord::default();
    let keys = &["identity", "people", "pools", "missing"];
    decoder.map(node, &format!("the center `{id}`"), keys, |decoder, key, _, value| match key {
        "identity" => {
            center.identity = decoder.line(value, "`identity`").map(str::to_owned);
            recorded.identities.insert(id.clone(), value.span());
        }
        "people" => people(value, id, decoder, &mut center, recorded),
        "pools" => center.pools = pools(value, decoder),
        _ => center.missing = missing(value, decoder),
    });
    center
}

fn people(
    node: NodeRef<'_, '_>,
    id: &CenterId,
    decoder: &mut Decoder,
    center: &mut CenterRecord,
    recorded: &mut Recorded,
) {
    if node.kind() != Kind::Map {
        decoder.wrong_type::<()>(node, "`people`", "a map");
        return;
    }
    let mut written = HashSet::new();
    for (key, value) in node.entries().filter(|(key, _)| key.kind() == Kind::Text) {
        let Some(name) = name(key, decoder) else { continue };
        // The tree has said it already where they are written alike.
        let told = !written.insert(name);
        let place = (id.clone(), name.to_ascii_lowercase());
        if let Some(first) = recorded.people.get(&place) {
            if !told {
                twice(decoder, key.span(), *first, name);
            }
            continue;
        }
        recorded.people.insert(place.clone(), key.span());
        if let Some(confirmed) = person(value, name, decoder) {
            center.people.insert(place.1, confirmed);
        }
    }
}

fn twice(decoder: &mut Decoder, span: Span, first: Span, what: &str) {
    let related = Related { span: first, message: "it is here first".to_owned() };
    let finding = DUPLICATE_KEY.at(span, format!("`{what}` is here a second time"));
    decoder.push(finding.help("keep one of them: the later one is mostly what holds").related(related));
}

/// A person, by the identity that the center knows them by.
fn name<'t>(key: NodeRef<'t, '_>, decoder: &mut Decoder) -> Option<&'t str> {
    let text = decoder.line(key, "a person")?;
    if text.len() > MAX_NAME {
        let finding = KEY_NOT_TEXT.at(key.span(), "this is longer than any name of a person");
        decoder.push(finding.help("write the e-mail address that the center knows them by"));
        return None;
    }
    Some(text)
}

/// Who said something, and when, with the plan that it was done for.
#[derive(Default)]
struct Said {
    by: Option<String>,
    at: Option<Timestamp>,
    plan: Option<String>,
    basis: Option<String>,
}

const SAID: [&str; 4] = ["by", "at", "plan", "basis"];

impl Said {
    fn key(&mut self, decoder: &mut Decoder, key: &str, value: NodeRef<'_, '_>) {
        match key {
            "by" => self.by = decoder.line(value, "`by`").map(str::to_owned),
            "at" => self.at = timestamp(value, decoder),
            "plan" => self.plan = plan(value, decoder),
            _ => self.basis = decoder.line(value, "`basis`").map(str::to_owned),
        }
    }

    fn confirmed<T>(self, value: T) -> Option<Confirmed<T>> {
        let Self { by, at, plan, basis } = self;
        Some(Confirmed { value, by: by?, at: at?, plan, basis })
    }
}

/// Reports what of `by` and `at` is not there: without them nobody can be asked.
fn who_and_when(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) {
    for (key, help) in [("by", BY), ("at", AT)] {
        if !has(node, key) {
            decoder.missing(node, what, key, help);
        }
    }
}

fn has(node: NodeRef<'_, '_>, key: &str) -> bool {
    node.entries().any(|(k, _)| k.text() == key)
}

fn timestamp(node: NodeRef<'_, '_>, decoder: &mut Decoder) -> Option<Timestamp> {
    let text = decoder.line(node, "`at`")?;
    match text.parse() {
        Ok(at) => Some(at),
        Err(_) => decoder.bad_value(
            node.span(),
            format!("`{text}` is no point in time"),
            "write it as \"2026-11-22T10:00:00Z\"",
        ),
    }
}

fn plan(node: NodeRef<'_, '_>, decoder: &mut Decoder) -> Option<String> {
    let text = decoder.line(node, "`plan`")?;
    if text.len() == 12 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Some(text.to_owned());
    }
    decoder.bad_value(node.span(), format!("`{text}` is no plan"), "write the first twelve digits of its hash")
}

fn person(node: NodeRef<'_, '_>, name: &str, decoder: &mut Decoder) -> Option<Confirmed<Level>> {
    let mut said = Said::default();
    let mut level = None;
    let what = format!("`{name}`");
    decoder.map(node, &what, &["cap", "by", "at", "plan", "basis"], |decoder, key, _, value| match key {
        "cap" => level = self::level(value, decoder),
        key => said.key(decoder, key, value),
    })?;
    if !has(node, "cap") {
        decoder.missing(node, &what, "cap", "write what they were set to: `2000 credits`, `none` or `unlimited`");
    }
    who_and_when(node, &what, decoder);
    said.confirmed(level?)
}

fn level(node: NodeRef<'_, '_>, decoder: &mut Decoder) -> Option<Level> {
    const HELP: &str = "write an amount with its unit such as `2000 credits`, `none` or `unlimited`";
    if matches!(node.kind(), Kind::Int | Kind::Float) {
        let help = format!("write the unit too, such as `{} credits`", node.text());
        return decoder.wrong_type_help(node, "`cap`", "an amount with its unit", Some(help));
    }
    let text = decoder.line(node, "`cap`")?;
    if let Ok(level) = text.parse() {
        return Some(level);
    }
    let help = nearest(text, ["none", "unlimited"]);
    let help = help.map_or_else(|| HELP.to_owned(), |near| format!("did you mean `{near}`?"));
    decoder.bad_value(node.span(), format!("`cap` cannot be `{text}`"), help)
}

fn pools(node: NodeRef<'_, '_>, decoder: &mut Decoder) -> BTreeMap<Target, Confirmed<PoolSetting>> {
    let mut pools = BTreeMap::new();
    let mut places: BTreeMap<Target, Span> = BTreeMap::new();
    let items = decoder.list(node, "`pools`", |decoder, item| Some((item.span(), pool(item, decoder)?)));
    for (span, (target, confirmed)) in items.into_iter().flat_map(|items| items.value) {
        if let Some(first) = places.get(&target) {
            twice(decoder, span, *first, &shown(&target));
        } else {
            places.insert(target.clone(), span);
            pools.insert(target, confirmed);
        }
    }
    pools
}

fn shown(target: &Target) -> String {
    let keys: Vec<String> = target.0.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    keys.join(", ")
}

fn pool(node: NodeRef<'_, '_>, decoder: &mut Decoder) -> Option<(Target, Confirmed<PoolSetting>)> {
    let mut said = Said::default();
    let mut setting = PoolSetting::default();
    let mut target = None;
    let what = "the pool";
    let keys = &["target", "limit", "when_exhausted", "by", "at", "plan", "basis"];
    let mut fine = true;
    decoder.map(node, what, keys, |decoder, key, _, value| match key {
        "target" => {
            target = PoolTarget::decode(value, "`target`", decoder)
                .map(|keys| Target(keys.0.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()));
        }
        "limit" => {
            setting.limit = decoder.line(value, "`limit`").and_then(|text| match PoolSetting::limit_of(text) {
                Ok(limit) => Some(limit),
                Err(_) => decoder.bad_value(
                    value.span(),
                    format!("`limit` cannot be `{text}`"),
                    "write an amount with its unit such as `5000 credits`, or `none`",
                ),
            });
            fine &= setting.limit.is_some();
        }
        "when_exhausted" => {
            let words = WhenExhausted::ALL.map(|when| (when.as_str(), when));
            setting.when_exhausted = decoder.word(value, "`when_exhausted`", &words).map(|word| word.value);
            fine &= setting.when_exhausted.is_some();
        }
        key => said.key(decoder, key, value),
    })?;
    if !has(node, "target") {
        decoder.missing(node, what, "target", "write the vendor's object: `target: { plan: plan }`");
    }
    who_and_when(node, what, decoder);
    let confirmed = said.confirmed(setting).filter(|_| fine)?;
    Some((target?, confirmed))
}

fn missing(node: NodeRef<'_, '_>, decoder: &mut Decoder) -> BTreeMap<ControlName, Confirmed<()>> {
    let mut missing = BTreeMap::new();
    let keys: Vec<&str> = ControlName::ALL.into_iter().map(ControlName::key).collect();
    decoder.map(node, "`missing`", &keys, |decoder, key, _, value| {
        let mut said = Said::default();
        let what = format!("`{key}`");
        let read = decoder.map(value, &what, &SAID, |decoder, key, _, value| said.key(decoder, key, value));
        if read.is_some() {
            who_and_when(value, &what, decoder);
        }
        if let (Some(control), Some(confirmed)) = (ControlName::of_key(key), said.confirmed(())) {
            missing.entry(control).or_insert(confirmed);
        }
    });
    missing
}
