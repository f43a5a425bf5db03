//! What is checked, one file per check, each with a stable code. `docs/checks.md` is made from this registry.

use std::fmt::Write as _;

use jiff::civil::Date;

use crate::diagnostics::{Finding, Severity, Span};
use crate::model::capability::Capabilities;
use crate::model::{CenterId, PoolId, Unit, Worth};

use super::directory::{Directory, MAX_LOOKS, Named};
use super::fallback::worth;
use super::file::{Center, Config, Entry, Pool, Rule, Spanned, Who};
use super::load::Loaded;
use super::resolve::unit_of;

pub mod secret;
pub mod structure;

macro_rules! checks {
    ($($module:ident)*) => {
        $(mod $module;)*
        /// The checks of meaning, by code.
        const MEANING: &[&Check] = &[$(&$module::CHECK),*];
    };
}

checks! {
    unknown_member unknown_group unknown_center unknown_notify unknown_provider
    group_cycle empty_group
    center_key center_key_missing unsafe_url target_key same_target fallback_self host_not_allowed
    center_plan needs_plan
    email_twice login_twice no_identity notify_named_member left_member
    grant_twice caps_differ center_caps_differ two_pools except_stranger named_twice empty_access
    others_join follows_others
    expired starts_after_expires
    no_unit no_period unit precision period when_exhausted cap_kind control cap_above_budget
    alert_twice alert_above_budget alert_without_member alert_without_address
    missing_reason missing_expiry worst_case unused_unit
    fallback_rate fallback_fit fallback_identity fallback_console fallback_target fallback_chain unknown_rate
}

/// A check: what it is about, with an example that a test holds against it.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// The stable code, such as `BUR010`.
    pub code: &'static str,
    /// The name, such as `unknown-key`.
    pub name: &'static str,
    /// How grave its findings are.
    pub severity: Severity,
    /// What it is about, in a sentence or two.
    pub about: &'static str,
    /// The part of a file that it finds something in.
    pub bad: &'static str,
    /// What it says of that part.
    pub says: &'static str,
    /// A part of a file that it finds nothing in.
    pub good: &'static str,
    /// Whether the JSON schema refuses the bad part too.
    pub schema: bool,
    /// The check itself; what the reader of the files finds has none.
    run: Option<fn(&Context<'_>, &mut Vec<Finding>)>,
}

impl Check {
    /// A finding of this check.
    pub(super) fn at(&self, span: Span, message: impl Into<String>) -> Finding {
        Finding {
            code: self.code,
            severity: self.severity,
            span,
            message: message.into(),
            help: None,
            related: Vec::new(),
        }
    }
}

/// Every check there is, by code.
pub fn registry() -> impl Iterator<Item = &'static Check> {
    structure::ALL.iter().chain(MEANING).copied()
}

/// A pool with what the checks ask of it again and again.
struct PoolView<'a> {
    name: &'a Entry<PoolId, Pool>,
    pool: &'a Pool,
    center: Option<&'a Entry<CenterId, Center>>,
    capabilities: Option<&'static Capabilities>,
    unit: Option<Unit>,
    named: Named,
}

/// A pool with a fallback, what is written of it, and what both providers can do.
type HeldView<'b, 'a> = (&'b PoolView<'a>, &'a Spanned<CenterId>, &'static Capabilities, &'static Capabilities);

/// What the checks look at.
pub struct Context<'a> {
    config: &'a Config,
    directory: Directory<'a>,
    pools: Vec<PoolView<'a>>,
    providers: &'a [&'static Capabilities],
    as_of: Date,
    partial: bool,
    loaded: &'a Loaded,
}

impl<'a> Context<'a> {
    /// Everything that the checks share, computed once.
    pub fn new(loaded: &'a Loaded, providers: &'a [&'static Capabilities], as_of: Date) -> Self {
        let config = &loaded.config;
        let directory = Directory::new(config);
        let pools = config
            .pools
            .iter()
            .map(|name| {
                let pool = &name.value;
                let center = pool.center.as_ref().and_then(|center| config.centers.get(center.value.as_str()));
                let capabilities = center.and_then(|center| capabilities(&center.value, providers));
                let unit = match capabilities {
                    Some(capabilities) => unit_of(pool, capabilities),
                    None => pool.unit(),
                };
                PoolView { name, pool, center, capabilities, unit, named: directory.named(pool) }
            })
            .collect();
        Self { config, directory, pools, providers, as_of, partial: loaded.partial, loaded }
    }

    /// The pools with a fallback, what is written of it, and what both providers can do.
    fn fallbacks(&self) -> impl Iterator<Item = HeldView<'_, 'a>> {
        self.pools.iter().filter_map(|view| {
            let fallback = view.pool.fallback.as_ref()?;
            let there = &self.config.centers.get(fallback.value.as_str())?.value;
            let there = capabilities(there, self.providers)?;
            (view.center?.name.value != fallback.value).then_some((view, fallback, view.capabilities?, there))
        })
    }

    /// What one unit of a pool is worth in its fallback.
    fn worth(&self, unit: Unit, home: &Capabilities, there: &Capabilities) -> Option<Worth> {
        worth(unit, home, there, |name| Some(self.config.rates.get(name)?.value.0))
    }

    /// The name of the member at a position.
    fn member_name(&self, member: u32) -> &str {
        self.config.members.at(member as usize).map_or("?", |entry| entry.name.as_str())
    }
}

fn capabilities(center: &Center, providers: &[&'static Capabilities]) -> Option<&'static Capabilities> {
    center.capabilities(providers)
}

/// Whom a rule is about, as the file names them.
fn whom(rule: &Rule) -> &str {
    match rule.who.as_ref().map(|who| &who.value) {
        Some(Who::Member(id)) => id.as_str(),
        Some(Who::Group(id)) => id.as_str(),
        None => "?",
    }
}

/// `alice`, `alice and bob`, `alice, bob and 12 more`.
fn some_of<'a>(mut names: impl Iterator<Item = &'a str>) -> String {
    let shown: Vec<String> = names.by_ref().take(3).map(|name| format!("`{name}`")).collect();
    let more = names.count();
    match (shown.as_slice(), more) {
        ([], _) => String::new(),
        ([one], 0) => one.clone(),
        ([all @ .., last], 0) => format!("{} and {last}", all.join(", ")),
        (all, more) => format!("{} and {more} more", all.join(", ")),
    }
}

/// All findings of a config on a day, sorted by file, place and code.
pub fn check(loaded: &Loaded, providers: &[&'static Capabilities], as_of: Date) -> Vec<Finding> {
    let context = Context::new(loaded, providers, as_of);
    let mut findings = loaded.findings.clone();
    for run in MEANING.iter().filter_map(|check| check.run) {
        run(&context, &mut findings);
    }
    if let Some(pool) = context.pools.first().filter(|_| context.directory.is_exhausted()) {
        let message = format!("the groups of all rules together name more than {MAX_LOOKS} people");
        let finding = structure::TOO_LARGE.at(pool.name.name.span, message);
        findings.push(finding.help("write fewer rules about groups within groups, or split the config"));
    }
    findings.iter_mut().for_each(secret::hide);
    findings.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    findings.dedup();
    findings
}

/// The page that lists the checks.
pub fn docs() -> String {
    let mut page = "# Checks\n\nWhat `bursar validate` looks for. This page is made from the checks themselves; the examples are \
parts of files, and tests hold them against what is said here.\n\nAn error is what nobody can have meant; a warning is what \
is stale or odd. Warnings do not fail a run, unless it is `--strict`.\n\n| code | name | severity |\n| --- | --- | --- |\n"
        .to_owned();
    for check in registry() {
        let Check { code, name, .. } = check;
        let _ = writeln!(page, "| [{code}](#{}-{name}) | {name} | {} |", code.to_lowercase(), word(check.severity));
    }
    for check in registry() {
        let Check { code, name, about, bad, says, good, .. } = check;
        let _ = write!(
            page,
            "\n## {code} {name}\n\n{about}\n\n```yaml\n{bad}```\n\n> {}: {says}\n\nWithout a finding:\n\n```yaml\n{good}```\n",
            word(check.severity)
        );
    }
    page
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
