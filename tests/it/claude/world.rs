//! Two small worlds: a file as a company writes it, and a Claude account; with a plan and an apply between them.

use std::path::{Path, PathBuf};

use bursar::centers::{self, CenterError, Reader, Verdict, Written};
use bursar::config::{self, ResolvedCenter};
use bursar::model::{Grant, Observed};
use bursar::plan::{self, Change, Cost, Object, batches, diff, phases, sort};

use super::fake::{Fake, Flavor};

/// The pool of the whole organization, with these lines below it.
pub(super) fn file(fake: &Fake, pools: &str) -> String {
    let (flavor, organization) = fake.state(|state| (state.flavor, state.organization.0.clone()));
    let settings = match flavor {
        Flavor::Enterprise => format!("flavor: enterprise, organization: {organization}"),
        Flavor::Console => format!("flavor: console, organization: {organization}"),
        Flavor::Gateway => "flavor: gateway".to_owned(),
    };
    let people: String = ["ana", "bo", "cy", "dee", "eve"]
        .map(|name| format!("  {name}: {{ email: {name}@acme.example, claude: user_{name} }}\n"))
        .concat();
    let url = fake.url();
    format!(
        "version: 1\ncenters:\n  claude: {{ provider: claude, {settings}, base_url: \"{url}\", token: {{ env: \
         CARGO_PKG_NAME }} }}\nmembers:\n{people}pools:\n{pools}"
    )
}

/// A pool in the notation of a file.
pub(super) fn pool(name: &str, target: &str, budget: &str, access: &str, others: &str) -> String {
    format!(
        "  {name}:\n    center: claude\n    target: {target}\n    budget: {{ {budget} }}\n    access: [{access}]\n    \
         others: {others}\n"
    )
}

/// The pool of everybody, monthly, in dollars.
pub(super) fn everybody(access: &str, others: &str) -> String {
    pool("ai", "organization", "unit: USD, period: monthly", access, others)
}

/// The findings of a file, as lines.
pub(super) fn findings(text: &str) -> Vec<String> {
    let loaded = load(text);
    let findings = config::check(&loaded, &centers::providers(), today());
    findings.iter().map(|finding| format!("{} {}", finding.code, finding.message)).collect()
}

fn today() -> jiff::civil::Date {
    jiff::civil::date(2026, 11, 22)
}

fn load(text: &str) -> config::Loaded {
    config::load_texts(Path::new("."), [(PathBuf::from("bursar.yaml"), text.as_bytes().to_vec())])
}

/// The only center of a file without an error.
pub(super) fn center(text: &str) -> ResolvedCenter {
    let loaded = load(text);
    let findings = config::check(&loaded, &centers::providers(), today());
    let errors: Vec<_> = findings
        .iter()
        .filter(|finding| finding.severity == bursar::diagnostics::Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let mut resolved = config::resolve(&loaded.config, &loaded.files, &centers::providers(), today());
    resolved.centers.remove("claude").unwrap()
}

/// A plan: the changes in their order, what was observed, and what there is to say.
pub(super) struct Planned {
    pub(super) changes: Vec<Change>,
    pub(super) observed: Observed,
    pub(super) notes: Vec<String>,
    pub(super) cost: Cost,
    pub(super) center: ResolvedCenter,
    pub(super) reader: Box<dyn Reader>,
}

/// Plans, as a command does.
pub(super) async fn plan(text: &str) -> Result<Planned, CenterError> {
    let center = center(text);
    let reader = centers::reader(&center.settings)?;
    let mut observed = reader.read(&center.scope).await?;
    let mut desired = center.desired.clone();
    let capabilities = center.capabilities;
    plan::fit(&mut desired, capabilities);
    let notes = reader.fit(&mut desired);
    plan::narrow(&desired, capabilities, &mut observed);
    let mut changes = diff(&center.settings.id, capabilities, &desired, &observed);
    sort(&mut changes, |_| Some(capabilities));
    let all: Vec<&[Change]> = cut(&changes, capabilities);
    let cost = reader.cost(&all);
    Ok(Planned { changes, observed, notes, cost, center, reader })
}

fn cut<'a>(changes: &'a [Change], capabilities: &'static bursar::model::capability::Capabilities) -> Vec<&'a [Change]> {
    let phases = phases(changes, |_| Some(capabilities));
    batches(changes, &phases, capabilities)
        .into_iter()
        .map(|batch| &changes[batch.changes])
        .collect()
}

/// Writes the changes of a plan that an API takes, batch by batch.
pub(super) async fn write(planned: &Planned) -> Vec<Written> {
    let writer = centers::writer(&planned.center.settings, &planned.center.scope).unwrap();
    let changes: Vec<Change> = planned
        .changes
        .iter()
        .filter(|change| change.delivery == plan::Delivery::Api)
        .cloned()
        .collect();
    let mut written = Vec::new();
    for batch in cut(&changes, planned.center.capabilities) {
        written.extend(writer.write(batch).await);
    }
    written
}

/// Plans and writes; every change must come to be applied. Gives the changes in words.
pub(super) async fn apply(text: &str) -> Vec<String> {
    let planned = plan(text).await.unwrap();
    for (change, written) in planned.changes.iter().zip(write(&planned).await) {
        assert_eq!((written.verdict, written.message.as_deref()), (Verdict::Applied, None), "{}", change.id());
    }
    shown(&planned.changes)
}

fn grant(grant: &Grant) -> String {
    grant.cap.map_or("granted".to_owned(), |cap| cap.to_string())
}

/// Changes in words.
pub(super) fn shown(changes: &[Change]) -> Vec<String> {
    let object = |object: &Option<Object>| match object {
        None => "–".to_owned(),
        Some(Object::Grant(found)) => grant(found),
        Some(Object::Pool(pool)) => {
            let limit = pool.budget.limit.map_or("?".to_owned(), |limit| limit.to_string());
            let default = pool.default_cap.map_or(String::new(), |cap| format!(" each {cap}"));
            format!("{limit}{default}")
        }
        Some(Object::Others(others)) => others.to_string(),
        Some(Object::Alert(..)) => unreachable!("Claude has no alerts"),
    };
    let delivery = |change: &Change| match change.delivery {
        plan::Delivery::Api => "",
        plan::Delivery::Manual { .. } => " (by hand)",
        plan::Delivery::Assert => " (only said)",
    };
    changes
        .iter()
        .map(|change| {
            let (before, after) = (object(&change.before), object(&change.after));
            format!("{} {}: {before} → {after}{}", change.kind, change.object(), delivery(change))
        })
        .collect()
}

/// What became of changes, in words.
pub(super) fn outcomes(written: &[Written]) -> Vec<String> {
    written
        .iter()
        .map(|written| match &written.message {
            None => format!("{:?}", written.verdict),
            Some(message) => format!("{:?}: {message}", written.verdict),
        })
        .collect()
}
