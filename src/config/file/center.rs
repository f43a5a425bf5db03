//! A center: one vendor account whose settings are read and changed.

use schemars::JsonSchema;

use crate::config::checks::structure::SECRET;
use crate::config::decode::{Decode, Decoder};
use crate::config::tree::{Kind, NodeRef};
use crate::diagnostics::Span;
use crate::model::capability::Capabilities;
use crate::model::{Auth, is_record};

use super::export::{Export, Scim, day_of_month};
use super::{EnvName, Line, Spanned, Url};

/// One vendor account (enterprise, organisation, workspace, gateway) whose live settings Bursar reads and changes.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename = "center", deny_unknown_fields)]
pub struct Center {
    /// The whole center.
    #[schemars(skip)]
    pub span: Span,
    /// Every key that is there, also where its value could not be read.
    #[schemars(skip)]
    pub keys: Vec<&'static str>,
    /// Which vendor, or `embedded`.
    #[schemars(required)]
    pub provider: Option<Spanned<Line>>,
    /// The embedded center's file, relative to the file that names it.
    pub path: Option<Spanned<Line>>,
    /// Where the API answers: https, or loopback.
    pub base_url: Option<Spanned<Url>>,
    /// Hosts beside the vendor's own that the token may go to.
    pub allow_host: Option<Spanned<Vec<Spanned<Line>>>>,
    /// Where the token comes from. Secrets are named, never written.
    pub token: Option<Spanned<EnvRef>>,
    /// Identities that are in every pool and are nobody's grant.
    pub ignore_members: Option<Spanned<Vec<Spanned<Line>>>>,
    /// The plan that was bought, where it decides what the vendor offers.
    pub plan: Option<Spanned<Line>>,
    /// What was exported from the vendor's console: a file, relative to the file that names it, or how to read it too.
    pub export: Option<Spanned<Export>>,
    /// Where the roster can be read by SCIM.
    pub scim: Option<Spanned<Scim>>,
    /// The first day of the vendor's monthly period, where nothing else tells it.
    #[schemars(range(min = 1, max = 31))]
    pub metering_day: Option<Spanned<u8>>,
    /// The file of what people confirmed that they set by hand, relative to the file that names it.
    pub record: Option<Spanned<Line>>,
    /// The enterprise, by the vendor's own name or id.
    pub enterprise: Option<Spanned<Line>>,
    /// The organisation, by the vendor's own name or id.
    pub organization: Option<Spanned<Line>>,
    /// The workspace, by the vendor's own id.
    pub workspace: Option<Spanned<Line>>,
    /// Which of the vendor's products it is, where they are administered in different ways.
    pub flavor: Option<Spanned<Line>>,
    /// How the token is shown: `api_key` in the vendor's own header, `bearer`, or `oidc`, where the run's own identity is
    /// exchanged for one.
    pub auth: Option<Spanned<Auth>>,
    /// The vendor's rule by which an identity is exchanged for a token, for `auth: oidc`.
    pub federation_rule: Option<Spanned<Line>>,
}

impl Center {
    /// Every key that is written, beside `provider`, with its place.
    pub fn written(&self) -> Vec<(&'static str, Span)> {
        let Self {
            span: _,
            keys: _,
            provider: _,
            path,
            base_url,
            allow_host,
            token,
            ignore_members,
            plan,
            export,
            scim,
            metering_day,
            record,
            enterprise,
            organization,
            workspace,
            flavor,
            auth,
            federation_rule,
        } = self;
        [
            ("path", path.as_ref().map(|v| v.span)),
            ("base_url", base_url.as_ref().map(|v| v.span)),
            ("allow_host", allow_host.as_ref().map(|v| v.span)),
            ("token", token.as_ref().map(|v| v.span)),
            ("ignore_members", ignore_members.as_ref().map(|v| v.span)),
            ("plan", plan.as_ref().map(|v| v.span)),
            ("export", export.as_ref().map(|v| v.span)),
            ("scim", scim.as_ref().map(|v| v.span)),
            ("metering_day", metering_day.as_ref().map(|v| v.span)),
            ("record", record.as_ref().map(|v| v.span)),
            ("enterprise", enterprise.as_ref().map(|v| v.span)),
            ("organization", organization.as_ref().map(|v| v.span)),
            ("workspace", workspace.as_ref().map(|v| v.span)),
            ("flavor", flavor.as_ref().map(|v| v.span)),
            ("auth", auth.as_ref().map(|v| v.span)),
            ("federation_rule", federation_rule.as_ref().map(|v| v.span)),
        ]
        .into_iter()
        .filter_map(|(key, span)| span.map(|span| (key, span)))
        .collect()
    }

    /// What is written under one of the keys by which a provider's tables differ.
    pub fn value(&self, key: &str) -> Option<String> {
        let line = match key {
            "enterprise" => &self.enterprise,
            "organization" => &self.organization,
            "workspace" => &self.workspace,
            "flavor" => &self.flavor,
            _ => return None,
        };
        line.as_ref().map(|line| line.value.to_string())
    }

    /// The table of its provider that this center takes; nothing where the provider is not known, or no table fits.
    pub fn capabilities(&self, providers: &[&'static Capabilities]) -> Option<&'static Capabilities> {
        let provider = self.provider.as_ref()?;
        let mut tables = providers.iter().filter(|table| *table.provider == *provider.value);
        tables
            .find(|table| table.variant.is_none_or(|variant| variant.fits(|key| self.value(key))))
            .copied()
    }
}

const KEYS: &[&str] = &[
    "provider",
    "path",
    "base_url",
    "allow_host",
    "token",
    "ignore_members",
    "plan",
    "export",
    "scim",
    "metering_day",
    "record",
    "enterprise",
    "organization",
    "workspace",
    "flavor",
    "auth",
    "federation_rule",
];

impl Decode for Center {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let mut center = Self {
            span: node.span(),
            keys: KEYS
                .iter()
                .filter(|name| node.entries().any(|(key, _)| key.text() == **name))
                .copied()
                .collect(),
            provider: None,
            path: None,
            base_url: None,
            allow_host: None,
            token: None,
            ignore_members: None,
            plan: None,
            export: None,
            scim: None,
            metering_day: None,
            record: None,
            enterprise: None,
            organization: None,
            workspace: None,
            flavor: None,
            auth: None,
            federation_rule: None,
        };
        let what = format!("the center {what}");
        let mut provided = false;
        decoder.map(node, &what, KEYS, |decoder, key, _, value| match key {
            "provider" => {
                provided = true;
                center.provider = decoder.value(value, "`provider`");
            }
            "path" => center.path = decoder.value(value, "`path`"),
            "base_url" => center.base_url = decoder.value(value, "`base_url`"),
            "allow_host" => {
                center.allow_host = decoder.list(value, "`allow_host`", |decoder, host| decoder.value(host, "a host"));
            }
            "token" => center.token = decoder.value(value, "`token`"),
            "ignore_members" => {
                center.ignore_members =
                    decoder.list(value, "`ignore_members`", |decoder, id| decoder.value(id, "an identity"));
            }
            "plan" => center.plan = decoder.value(value, "`plan`"),
            "export" => center.export = decoder.value(value, "`export`"),
            "scim" => center.scim = decoder.value(value, "`scim`"),
            "metering_day" => center.metering_day = day_of_month(value, decoder),
            "record" => {
                center.record = decoder.value::<Line>(value, "`record`").and_then(|record| {
                    if is_record(std::path::Path::new(&**record)) {
                        return Some(record);
                    }
                    // A folder of a config would take it for a part of the config.
                    let help = "name it so that it ends in `.record.yaml`";
                    decoder.bad_value(value.span(), format!("`{}` is no name for a record", &**record), help)
                });
            }
            "enterprise" => center.enterprise = decoder.value(value, "`enterprise`"),
            "organization" => center.organization = decoder.value(value, "`organization`"),
            "workspace" => center.workspace = decoder.value(value, "`workspace`"),
            "flavor" => center.flavor = decoder.value(value, "`flavor`"),
            "auth" => {
                let words = Auth::ALL.map(|auth| (auth.as_str(), auth));
                center.auth = decoder.word(value, "`auth`", &words);
            }
            _ => center.federation_rule = decoder.value(value, "`federation_rule`"),
        });
        if !provided {
            decoder.missing(node, &what, "provider", "`bursar centers` lists the providers");
        }
        Some(center)
    }
}

/// A secret by the name of the environment variable that holds it.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename = "secret", deny_unknown_fields, extend("defaultSnippets" = [{ "label": "{ env: … }", "body": { "env": "${1:BURSAR_TOKEN}" } }]))]
pub struct EnvRef {
    /// The environment variable.
    pub env: Spanned<EnvName>,
}

impl Decode for EnvRef {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        if matches!(node.kind(), Kind::Text | Kind::Int | Kind::Float) {
            // What stands here may be the secret itself, so it is not repeated.
            let finding = SECRET.at(node.span(), format!("{what} must name an environment variable"));
            decoder.push(finding.help(
                "write `{ env: BURSAR_TOKEN }` with the variable's name; if this is the secret itself, replace it at the vendor",
            ));
            return None;
        }
        let mut env = None;
        let mut written = false;
        decoder.map(node, what, &["env"], |decoder, _, _, value| {
            written = true;
            env = decoder.value(value, "`env`");
        })?;
        if !written {
            decoder.missing(node, what, "env", "write `{ env: BURSAR_TOKEN }` with the variable's name");
        }
        env.map(|env| Self { env })
    }
}
