//! What a file says about a center: which provider, where, and where its token comes from.

use std::path::PathBuf;

use super::CenterId;

/// Where a secret comes from. Secrets are named in files, never written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
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
}
