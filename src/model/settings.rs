//! What a file says about a center: which provider, where, and where its token comes from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;

use super::CenterId;

/// Where a secret comes from. Secrets are named in files, never written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
}

/// How a token is shown to a vendor who takes it in several ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, schemars::JsonSchema)]
#[schemars(rename = "auth", rename_all = "snake_case")]
pub enum Auth {
    /// In the vendor's own header.
    ApiKey,
    /// As a bearer.
    Bearer,
    /// As a bearer that the run's own identity was exchanged for, so that nobody keeps one.
    Oidc,
}

impl Auth {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::ApiKey, Self::Bearer, Self::Oidc];

    /// The word in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::Bearer => "bearer",
            Self::Oidc => "oidc",
        }
    }
}

/// The settings of one center, checked against the keys that its provider takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CenterSettings {
    /// The center's name in the files.
    pub id: CenterId,
    /// The provider's word.
    pub provider: String,
    /// The folder of the file that names the center: relative paths start there.
    pub folder: PathBuf,
    /// `path`: the embedded center's file, as written.
    pub path: Option<String>,
    /// `base_url`: where the API is.
    pub base_url: Option<String>,
    /// `allow_host`: hosts beside the provider's own that the token may go to.
    pub allow_host: Vec<String>,
    /// `token`: where the token comes from.
    pub token: Option<SecretSource>,
    /// `ignore_members`: identities that are in every pool and are nobody's grant.
    pub ignore_members: Option<Vec<String>>,
    /// `plan`: the plan that was bought, one of the provider's.
    pub plan: Option<String>,
    /// `organization`: the vendor's own name or id of it.
    pub organization: Option<String>,
    /// `enterprise`: the vendor's own name or id of it.
    pub enterprise: Option<String>,
    /// `workspace`: the vendor's own id of it.
    pub workspace: Option<String>,
    /// `flavor`: which of the vendor's products it is.
    pub flavor: Option<String>,
    /// `auth`: how the token is shown.
    pub auth: Option<Auth>,
    /// `federation_rule`: by which rule an identity is exchanged for a token.
    pub federation_rule: Option<String>,
    /// `export`: what was exported from the vendor's console.
    pub export: Option<Export>,
    /// `scim`: where the roster can be read.
    pub scim: Option<Scim>,
    /// `metering_day`: the first day of the vendor's monthly period, from 1 to 31.
    pub metering_day: Option<u8>,
    /// `record`: the file of what people confirmed, as written.
    pub record: Option<String>,
}

impl CenterSettings {
    /// A center of which nothing is said but its provider.
    pub fn new(id: CenterId, provider: impl Into<String>, folder: impl Into<PathBuf>) -> Self {
        Self {
            id,
            provider: provider.into(),
            folder: folder.into(),
            path: None,
            base_url: None,
            allow_host: Vec::new(),
            token: None,
            ignore_members: None,
            plan: None,
            organization: None,
            enterprise: None,
            workspace: None,
            flavor: None,
            auth: None,
            federation_rule: None,
            export: None,
            scim: None,
            metering_day: None,
            record: None,
        }
    }

    /// What is written under one of the keys by which a provider's tables differ.
    pub fn value(&self, key: &str) -> Option<String> {
        match key {
            "enterprise" => self.enterprise.clone(),
            "organization" => self.organization.clone(),
            "workspace" => self.workspace.clone(),
            "flavor" => self.flavor.clone(),
            _ => None,
        }
    }
}

/// Something that a column of an export may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// The person's e-mail address.
    Email,
    /// Whether they may draw.
    Access,
    /// Their cap.
    Limit,
    /// What people call them.
    Name,
    /// The billing group that they are in.
    BillingGroup,
    /// Their seat.
    Seat,
    /// Their workspace.
    Workspace,
}

impl Column {
    /// Every column.
    pub const ALL: [Self; 7] =
        [Self::Email, Self::Access, Self::Limit, Self::Name, Self::BillingGroup, Self::Seat, Self::Workspace];

    /// The key under `columns:`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Access => "access",
            Self::Limit => "limit",
            Self::Name => "name",
            Self::BillingGroup => "billing_group",
            Self::Seat => "seat",
            Self::Workspace => "workspace",
        }
    }
}

/// The words of the vendor for the three levels of access, as the cells of an export have them; empty where nobody said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessWords {
    /// No limit of their own.
    pub full: Vec<String>,
    /// A limit of their own.
    pub custom: Vec<String>,
    /// No draw at all.
    pub none: Vec<String>,
}

/// A file that was exported from the vendor's console.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Export {
    /// The file, as written.
    pub people: String,
    /// Which header holds what.
    pub columns: BTreeMap<Column, String>,
    /// What the cells of [`Column::Access`] say.
    pub values: AccessWords,
    /// The day on which it was exported.
    pub taken: Option<Date>,
}

/// Where a roster can be read by SCIM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scim {
    /// The tenant's id.
    pub tenant: String,
    /// Where its token comes from.
    pub token: SecretSource,
}
