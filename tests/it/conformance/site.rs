//! The centers: one row each.

mod chatgpt;
mod claude;
mod embedded;
mod figma;
mod github;
mod http;
mod litellm;

use std::path::Path;

/// One center of the suite.
pub(super) struct Row {
    /// What the suite calls it.
    pub(super) name: &'static str,
    /// The word under `provider:`.
    pub(super) provider: &'static str,
    /// Which of the provider's capability tables it is of, where there are several.
    pub(super) variant: Option<&'static str>,
    /// Which key its pool's target has, where the table makes a difference.
    pub(super) target: Option<&'static str>,
    /// How many percent of the behaviours it has to run at least.
    pub(super) share: usize,
    /// Starts one of its own, empty, in which these people are.
    pub(super) start: fn(&[&str]) -> Box<dyn Site>,
}

/// Every center. The next one is a file beside this one and a row here.
pub(super) const ROWS: &[Row] = &[
    Row { share: 65, ..row("embedded", "embedded", embedded::start) },
    Row { share: 90, ..row("http", "http", http::start) },
    Row { share: 35, ..row("figma", "figma", figma::start) },
    Row { share: 85, ..row("litellm", "litellm", litellm::start) },
    Row {
        variant: Some("enterprise"),
        target: Some("cost_center"),
        ..row("github-cost-center", "github", github::cost_center)
    },
    Row { variant: Some("enterprise"), ..row("github-enterprise", "github", github::enterprise) },
    Row { variant: Some("organization"), ..row("github-organization", "github", github::organization) },
    Row { target: Some("workspace"), ..row("chatgpt-workspace", "chatgpt", chatgpt::workspace) },
    Row { target: Some("group"), ..row("chatgpt-group", "chatgpt", chatgpt::group) },
    Row { variant: Some("enterprise"), ..row("claude-enterprise", "claude", claude::enterprise) },
    Row { variant: Some("enterprise"), target: Some("rbac_group"), ..row("claude-group", "claude", claude::group) },
    Row {
        variant: Some("console"),
        target: Some("workspace"),
        share: 25,
        ..row("claude-workspace", "claude", claude::console)
    },
    Row { variant: Some("gateway"), ..row("claude-gateway", "claude", claude::gateway) },
];

/// A row of a provider with one table.
const fn row(name: &'static str, provider: &'static str, start: fn(&[&str]) -> Box<dyn Site>) -> Row {
    Row { name, provider, variant: None, target: None, share: 80, start }
}

/// A running center: what a file says of it, and what an administrator of the vendor sees in it.
pub(super) trait Site: Send + Sync {
    /// Where its API listens; nothing where it is no server.
    fn url(&self) -> Option<&str> {
        None
    }

    /// The center as a file names it, in one line of YAML, reached at this URL.
    fn center(&self, url: &str) -> String;

    /// The pool's `target`, in one line of YAML; nothing where the pool's name is enough.
    fn target(&self) -> Option<String> {
        None
    }

    /// The target of a second pool, in one line of YAML; nothing where the pool's name is enough.
    fn second(&self) -> Option<String> {
        None
    }

    /// The unit of amounts.
    fn unit(&self) -> &'static str;

    /// The variable of the token, and a token that reads and writes.
    fn token(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// A member as a file names them, in one line of YAML, with their address.
    fn member(&self, name: &str, email: &str) -> String {
        let _ = name;
        format!("{{ email: {email} }}")
    }

    /// What a center says of somebody whom the files do not name.
    fn stranger(&self, name: &str) -> String {
        format!("{name}@acme.example")
    }

    /// What a file says of everybody else where a behaviour does not care.
    fn others(&self) -> &'static str {
        "blocked"
    }

    /// Somebody who is told of alerts, as it stands under `notify:`.
    fn notify(&self) -> &'static str {
        "{ email: [ops@acme.example] }"
    }

    /// Alerts that it can keep.
    fn alerts(&self) -> &'static str {
        "[{ at: 80%, of: budget, notify: [ops] }]"
    }

    /// A last day of a grant that it can keep.
    fn last_day(&self) -> String {
        "2999-12-31".to_owned()
    }

    /// Puts files beside the config that the center is read from.
    fn furnish(&self, folder: &Path) {
        let _ = folder;
    }

    /// Who has a right of their own and which, by the center's own books: `alice 30`, sorted, one entry for each object.
    /// Nothing where nobody can look.
    fn books(&self) -> Option<Vec<String>>;

    /// Somebody drew so much of the pool `ai`.
    fn draws(&self, name: &str, amount: u32) {
        panic!("{name} cannot draw {amount} here");
    }

    /// Where the process of the tests reaches it with a token of its own.
    fn open(&self) -> &str {
        self.url().unwrap_or_default()
    }

    /// The file of a center that is a file.
    fn file(&self) -> Option<std::path::PathBuf> {
        None
    }
}
