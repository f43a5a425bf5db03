//! The centers: how each vendor's admin center is read and written, behind two traits and one capability table.
//!
//! One folder per vendor: `mod.rs` is the center, `wire.rs` its JSON, `map.rs` the way between its JSON and our state.

pub mod chatgpt;
mod checkup;
pub mod claude;
mod client;
pub mod embedded;
mod error;
pub mod figma;
pub mod github;
pub mod http;
mod kept;
mod keys;
pub mod litellm;
mod past;
mod requests;
mod settle;

use std::collections::BTreeMap;
use std::path::PathBuf;

use async_trait::async_trait;

use crate::model::capability::{Capabilities, Rates};
use crate::model::{CenterSettings, Checkup, Desired, Drawn, Inventory, Observed, Offered, Scope};
use crate::plan::{Change, Cost, Step, by_hand};

pub use checkup::checkup;
pub use client::{RequestLine, on_request};
pub use error::CenterError;
pub use keys::{Holder, Keys};
pub use requests::{CapRequest, Requests, Settlement, after_denial};

/// Every provider that is built in, by name.
pub fn providers() -> [&'static Capabilities; 10] {
    [
        &embedded::CAPABILITIES,
        &http::CAPABILITIES,
        &figma::CAPABILITIES,
        &github::CAPABILITIES,
        &github::ORGANIZATION_CAPABILITIES,
        &chatgpt::CAPABILITIES,
        &claude::ENTERPRISE,
        &claude::CONSOLE,
        &claude::GATEWAY,
        &litellm::CAPABILITIES,
    ]
}

/// The capabilities of a provider, if there is one of that name; of several tables the first.
pub fn capabilities(provider: &str) -> Option<&'static Capabilities> {
    providers().into_iter().find(|capabilities| capabilities.provider == provider)
}

/// The capabilities of a center, if its provider has a table for it.
pub fn of(settings: &CenterSettings) -> Option<&'static Capabilities> {
    let mut tables = providers().into_iter().filter(|table| table.provider == settings.provider);
    tables.find(|table| table.variant.is_none_or(|variant| variant.fits(|key| settings.value(key))))
}

/// By what a center is known before it is read, and without its token: what its lock is taken under. A center over HTTP
/// tells its own identity only when it is read; until then it is its base URL.
pub fn identity(settings: &CenterSettings) -> Result<String, CenterError> {
    match settings.provider.as_str() {
        "embedded" => Ok(embedded::identity(settings)),
        "figma" => Ok(figma::identity(settings)),
        "github" => github::identity(settings),
        "chatgpt" => Ok(chatgpt::identity(settings)),
        "claude" => claude::identity(settings),
        "http" | "litellm" => client::identity(settings),
        other => Err(CenterError::UnknownProvider(other.to_owned())),
    }
}

/// Where it is written down what people confirmed that they set by hand in a center, if anybody has to.
pub fn record(settings: &CenterSettings) -> Option<PathBuf> {
    let default = of(settings)?.record?;
    Some(settings.folder.join(settings.record.as_deref().unwrap_or(default)))
}

/// A reader of a center. It opens no connection and no file before it is asked to read.
pub fn reader(settings: &CenterSettings) -> Result<Box<dyn Reader>, CenterError> {
    match settings.provider.as_str() {
        "embedded" => Ok(Box::new(embedded::Embedded::new(settings))),
        "http" => Ok(Box::new(http::Http::new(settings)?)),
        "figma" => Ok(Box::new(figma::Figma::new(settings))),
        "github" => Ok(Box::new(github::Github::new(settings)?)),
        "chatgpt" => Ok(Box::new(chatgpt::Chatgpt::new(settings)?)),
        "litellm" => Ok(Box::new(litellm::Litellm::new(settings)?)),
        "claude" => Ok(Box::new(claude::Claude::new(settings)?)),
        other => Err(CenterError::UnknownProvider(other.to_owned())),
    }
}

/// A writer of a center. Only an apply has one: a dry run never constructs it.
pub fn writer(settings: &CenterSettings, scope: &Scope) -> Result<Box<dyn Writer>, CenterError> {
    match settings.provider.as_str() {
        "embedded" => Ok(Box::new(embedded::EmbeddedWriter::open(settings)?)),
        "http" => Ok(Box::new(http::HttpWriter::new(settings)?)),
        "github" => Ok(Box::new(github::GithubWriter::new(settings, scope)?)),
        "litellm" => Ok(Box::new(litellm::LitellmWriter::new(settings, scope)?)),
        "claude" => Ok(Box::new(claude::ClaudeWriter::new(settings, scope)?)),
        "figma" => Err(CenterError::NoWriter("figma")),
        "chatgpt" => Ok(Box::new(chatgpt::ChatgptWriter::new(settings, scope)?)),
        other => Err(CenterError::UnknownProvider(other.to_owned())),
    }
}

/// The keys with which people draw on a center's pools; `None` where they draw without. Only an apply asks for them.
pub fn keys(settings: &CenterSettings) -> Result<Option<Box<dyn Keys>>, CenterError> {
    match settings.provider.as_str() {
        "litellm" => Ok(Some(Box::new(litellm::LitellmKeys::new(settings)?))),
        _ => Ok(None),
    }
}

/// The requests for a higher cap that people made in a center; `None` where its vendor has none.
pub fn requests(settings: &CenterSettings, scope: &Scope) -> Result<Option<Box<dyn Requests>>, CenterError> {
    match settings.provider.as_str() {
        "chatgpt" => Ok(Some(Box::new(chatgpt::ChatgptRequests::new(settings, scope)?))),
        "claude" => {
            let requests = claude::ClaudeRequests::new(settings, scope)?;
            Ok(requests.map(|requests| Box::new(requests) as Box<dyn Requests>))
        }
        _ => Ok(None),
    }
}

/// Reads a center. Nothing that can be reached through a reader changes the center.
#[async_trait]
pub trait Reader: Send + Sync {
    /// What the provider can do.
    fn capabilities(&self) -> &'static Capabilities;

    /// Brings a desired state into the center's own terms, after [`crate::plan::fit`] did what is common to all: full
    /// targets, thresholds as the center keeps them. Returns what the reader should be told.
    fn fit(&self, desired: &mut Desired) -> Vec<String>;

    /// Reads the managed pools, and the names of all others.
    async fn read(&self, scope: &Scope) -> Result<Observed, CenterError>;

    /// Reads everything, for `import`, whatever pools the scope names.
    async fn inventory(&self, scope: &Scope) -> Result<Inventory, CenterError>;

    /// What was drawn in the running period, where the center shows it.
    async fn usage(&self, scope: &Scope) -> Result<Option<Drawn>, CenterError> {
        let _ = scope;
        Ok(None)
    }

    /// What it takes to write these batches in their order, and to look at the center after that as [`Self::read`]
    /// did the last time.
    fn cost(&self, batches: &[&[Change]]) -> Cost;

    /// The limits that hold for its requests: those of the provider's table, unless the center told of others.
    fn rates(&self) -> Rates {
        self.capabilities().rates
    }

    /// Which of its controls this account really has. What nothing is known of is as the table says.
    async fn offers(&self, scope: &Scope) -> Result<Vec<Offered>, CenterError> {
        let _ = scope;
        Ok(checkup::by_table(self.capabilities()))
    }

    /// Looks whether the center can be reached, what the token may do, and which controls the account has. What goes
    /// wrong is part of the answer.
    async fn checkup(&self, scope: &Scope) -> Checkup {
        checkup::by_reading(self, scope).await
    }

    /// The manual ones among these changes as steps for a person, without their numbers: as few clicks as the console
    /// allows, and nobody who keeps a right loses it on the way.
    fn steps(&self, changes: &[&Change], scope: &Scope, observed: &Observed) -> Vec<Step> {
        let _ = observed;
        by_hand(changes, scope)
    }

    /// What the center's own audit record says of changes that were made in it outside review: who, and when, in a few
    /// words, by [`Change::id`]. Nothing where the center keeps no record, or none that can be read.
    async fn audit(&self, changes: &[&Change], scope: &Scope) -> Result<BTreeMap<String, String>, CenterError> {
        let _ = (changes, scope);
        Ok(BTreeMap::new())
    }
}

/// What became of one write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was made.
    Applied,
    /// It was so already.
    Already,
    /// The object is no longer as the plan saw it; nothing was written.
    Refused,
    /// The center said no.
    Failed,
    /// It was sent, and no answer tells whether it was made.
    Unknown,
}

/// What became of one change, in the center's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What became of it.
    pub verdict: Verdict,
    /// The center's own words, where it said any.
    pub message: Option<String>,
    /// The center's id of the request, where it gave one.
    pub request_id: Option<String>,
}

impl Written {
    /// A verdict without words.
    pub fn plain(verdict: Verdict) -> Self {
        Self { verdict, message: None, request_id: None }
    }

    /// A verdict with the reason.
    pub fn because(verdict: Verdict, message: impl Into<String>) -> Self {
        Self { verdict, message: Some(message.into()), request_id: None }
    }
}

/// Writes to a center.
#[async_trait]
pub trait Writer: Send + Sync {
    /// Makes some changes of one pool and of one kind (or of a pool and its alerts, where the provider writes them in
    /// one call), at most [`Capabilities::batch`] of them. Checks each change's precondition against what is there now.
    /// Returns one answer per change, in their order.
    async fn write(&self, changes: &[Change]) -> Vec<Written>;
}
