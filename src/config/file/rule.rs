//! A rule of `access`: who may draw on a pool, and how much.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::config::checks::structure::{MISSING_KEY, WRONG_TYPE};
use crate::config::decode::{Decode, Decoder};
use crate::config::schema::ID_PATTERN;
use crate::config::tree::{Kind, NodeRef};
use crate::diagnostics::Span;
use crate::model::{GroupId, MemberId};

use super::{Cap, Day, Prose, Spanned};

/// Whom a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// One person.
    Member(MemberId),
    /// Everybody in a group.
    Group(GroupId),
}

/// What few rules have.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RuleRest {
    /// Members of the group whom this rule does not grant.
    pub except: Option<Box<Spanned<Vec<Spanned<MemberId>>>>>,
    /// Why; for whoever reviews the cap.
    pub reason: Option<Spanned<Prose>>,
    /// The first day, UTC unless the center resets elsewhere.
    pub starts: Option<Spanned<Day>>,
    /// The last day, UTC unless the center resets elsewhere.
    pub expires: Option<Spanned<Day>>,
}

/// A right to draw on the pool, for one member or for a group. There may be many, so what is rare is kept aside.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The whole rule.
    pub span: Span,
    /// Whom it is about.
    pub who: Option<Spanned<Who>>,
    /// The most that each of them may draw.
    pub cap: Option<Spanned<Cap>>,
    rest: Option<Box<RuleRest>>,
}

impl Rule {
    /// The people of the group whom the rule does not grant.
    pub fn except(&self) -> &[Spanned<MemberId>] {
        self.rest
            .as_ref()
            .and_then(|rest| rest.except.as_ref())
            .map_or(&[], |except| &except.value)
    }

    /// Why it is there.
    pub fn reason(&self) -> Option<&Spanned<Prose>> {
        self.rest.as_ref()?.reason.as_ref()
    }

    /// The first day.
    pub fn starts(&self) -> Option<Spanned<Day>> {
        self.rest.as_ref()?.starts
    }

    /// The last day.
    pub fn expires(&self) -> Option<Spanned<Day>> {
        self.rest.as_ref()?.expires
    }

    /// Whether there is a day on which both rules hold.
    pub fn meets(&self, other: &Self) -> bool {
        let before = |end: Option<Spanned<Day>>, start: Option<Spanned<Day>>| matches!((end, start), (Some(end), Some(start)) if end.value < start.value);
        !before(self.expires(), other.starts()) && !before(other.expires(), self.starts())
    }
}

const KEYS: &[&str] = &["member", "group", "cap", "except", "reason", "starts", "expires"];

impl Decode for Rule {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let mut rule = Self { span: node.span(), who: None, cap: None, rest: None };
        let mut rest = RuleRest::default();
        let mut whose: Option<(&str, Span)> = None;
        let mut except_at = None;
        decoder.map(node, what, KEYS, |decoder, key, span, value| match key {
            "member" | "group" => {
                if let Some((first, _)) = whose {
                    let message =
                        format!("a rule is about one member or one group, and this one has `{first}` already");
                    decoder.push(WRONG_TYPE.at(span, message).help("make two rules of it"));
                    return;
                }
                whose = Some((key, span));
                rule.who = if key == "member" {
                    decoder
                        .id(value, "`member`")
                        .map(|id| Spanned { value: Who::Member(id.value), span: id.span })
                } else {
                    decoder
                        .id(value, "`group`")
                        .map(|id| Spanned { value: Who::Group(id.value), span: id.span })
                };
            }
            "cap" => rule.cap = decoder.value(value, "`cap`"),
            "except" => {
                except_at = Some(span);
                let list = decoder.list(value, "`except`", |decoder, item| decoder.id(item, "a member"));
                rest.except = list.map(Box::new);
            }
            "reason" => rest.reason = decoder.value(value, "`reason`"),
            "starts" => rest.starts = decoder.value(value, "`starts`"),
            _ => rest.expires = decoder.value(value, "`expires`"),
        })?;
        match (whose, except_at) {
            (None, _) => decoder.missing(node, what, "member", "say whom it is about with `member:` or `group:`"),
            (Some(("member", _)), Some(span)) => {
                let message = "`except` belongs to a rule about a group, and this one is about one member";
                decoder.push(WRONG_TYPE.at(span, message).help("leave it out"));
            }
            _ => {}
        }
        let RuleRest { except, reason, starts, expires } = &rest;
        if except.is_some() || reason.is_some() || starts.is_some() || expires.is_some() {
            rule.rest = Some(Box::new(rest));
        }
        Some(rule)
    }
}

impl JsonSchema for Rule {
    fn schema_name() -> Cow<'static, str> {
        "rule".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = RuleRest::json_schema(generator);
        let own = |name: &str, mut schema: Schema, description: &str| {
            schema.insert("description".to_owned(), description.into());
            (name.to_owned(), serde_json::Value::from(schema))
        };
        let mut properties: serde_json::Map<String, serde_json::Value> = [
            own("member", generator.subschema_for::<MemberId>(), "The member whom it is about. Beats every group."),
            own("group", generator.subschema_for::<GroupId>(), "The group whose members it is about."),
            own("cap", generator.subschema_for::<Cap>(), "The most that each of them may draw in one period."),
        ]
        .into_iter()
        .collect();
        if let Some(serde_json::Value::Object(rest)) = schema.remove("properties") {
            properties.extend(rest);
        }
        schema.insert("properties".to_owned(), properties.into());
        schema.insert("description".to_owned(), "A right to draw on the pool, for one member or for a group.".into());
        schema.insert(
            "oneOf".to_owned(),
            serde_json::json!([
                { "required": ["member"], "not": { "anyOf": [{ "required": ["group"] }, { "required": ["except"] }] } },
                { "required": ["group"], "not": { "required": ["member"] } },
            ]),
        );
        schema.insert(
            "defaultSnippets".to_owned(),
            serde_json::json!([
                { "label": "group", "body": { "group": "${1:designers}", "cap": "${2:500}" } },
                { "label": "member", "body": { "member": "${1:alice}", "cap": "${2:500}", "reason": "${3:why}" } },
            ]),
        );
        schema
    }
}

/// One item of a group: a member, or everybody in another group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupItem {
    /// One person.
    Member(MemberId),
    /// Everybody in another group.
    Group(GroupId),
}

impl Decode for GroupItem {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        if node.kind() == Kind::Map {
            let help = node
                .entries()
                .next()
                .filter(|(key, _)| key.text() == "group")
                .map(|(_, value)| format!("write `group:{}`, without a space", value.text()));
            return decoder.wrong_type_help(node, what, "a name, or `group:` and a name", help);
        }
        let text = decoder.text(node, what)?;
        match text.strip_prefix("group:") {
            Some(group) => decoder.id_of(group, node.span()).map(|id| Self::Group(id.value)),
            None => decoder.id_of(text, node.span()).map(|id| Self::Member(id.value)),
        }
    }
}

impl JsonSchema for GroupItem {
    fn schema_name() -> Cow<'static, str> {
        "groupItem".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        let pattern = format!("^(group:)?{}", ID_PATTERN.trim_start_matches('^'));
        json_schema!({
            "description": "A member, or `group:` and the name of a group.",
            "type": "string", "pattern": pattern, "examples": ["alice", "group:designers"],
        })
    }
}

/// What everybody may draw whom no rule names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Others {
    /// Nothing from the pool; the credits of their own seat stay.
    Blocked,
    /// Whatever they have is left exactly as it is.
    Unmanaged,
    /// Up to this much each.
    Cap(Spanned<Cap>),
}

impl Decode for Others {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        match node.kind() {
            Kind::Text => {
                let words = [("blocked", Self::Blocked), ("unmanaged", Self::Unmanaged)];
                decoder
                    .word(node, what, &words.each_ref().map(|(word, value)| (*word, value)))
                    .map(|word| word.value.clone())
            }
            Kind::Map => {
                let mut cap = None;
                let mut written = false;
                decoder.map(node, what, &["cap"], |decoder, _, _, value| {
                    written = true;
                    cap = decoder.value(value, "`cap`");
                })?;
                if !written {
                    decoder
                        .push(MISSING_KEY.at(node.span(), format!("{what} has no `cap`")).help("write `{ cap: 50 }`"));
                }
                cap.map(Self::Cap)
            }
            _ => decoder.wrong_type_help(
                node,
                what,
                "`blocked`, `unmanaged` or a map with `cap`",
                matches!(node.kind(), Kind::Int | Kind::Float).then(|| format!("write `{{ cap: {} }}`", node.text())),
            ),
        }
    }
}

impl JsonSchema for Others {
    fn schema_name() -> Cow<'static, str> {
        "others".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "What everybody may draw whom no rule names: `blocked` takes what they have, `{ cap }` sets it, \
        `unmanaged` leaves them exactly as they are.",
            "markdownDescription": "What everybody may draw **whom no rule names**:\n\n- `blocked` takes what they have; the \
        credits of their own seat stay\n- `{ cap: 50 }` sets it\n- `unmanaged` leaves them exactly as they are",
            "anyOf": [
                { "enum": ["blocked", "unmanaged"] },
                {
                    "type": "object",
                    "properties": { "cap": generator.subschema_for::<Cap>() },
                    "required": ["cap"],
                    "additionalProperties": false,
                },
            ],
            "examples": ["blocked", "unmanaged", { "cap": 50 }],
        })
    }
}
