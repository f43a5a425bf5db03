//! The page about GitHub says how many requests a plan and an apply take; this holds it true.

use super::start;
use super::world::{Files, design, others, plan, pool, whole};
use crate::litellm::world::{cap, grant};
use bursar::centers::github::CAPABILITIES;

/// So many people with seats and no budgets, and files that give half of them a cap of their own in a cost center and
/// the others its default.
async fn row(count: usize) -> String {
    let (fake, settings) = start();
    let names: Vec<String> = (0..count).map(|i| format!("m{i:05}")).collect();
    fake.state(|state| {
        for name in &names {
            state.seat(&[&format!("{name}-acme")]);
        }
    });
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let (own, default) = all.split_at(count / 10);
    let mut center = design(Some("500"));
    center.default_cap = Some(cap("40"));
    grant(&mut center, own, Some(cap("60")));
    grant(&mut center, default, None);
    let account = pool(whole(), Some("2000"), others("19"));
    let files = Files::of(&all).with("design", center).with("everybody", account);
    let planned = plan(&settings, &files).await.unwrap();
    let calls = planned.cost.calls(&CAPABILITIES.rates, planned.observed.reads);
    let minutes = calls.seconds.div_ceil(60);
    let shown = |number: u64| {
        let digits = number.to_string();
        if digits.len() > 3 {
            format!("{},{}", &digits[..digits.len() - 3], &digits[digits.len() - 3..])
        } else {
            digits
        }
    };
    format!(
        "| {} | {} | {} | {} | {minutes} min |",
        shown(count as u64),
        shown(planned.observed.reads),
        shown(calls.reads),
        shown(calls.writes)
    )
}

#[tokio::test]
async fn the_page_says_what_it_costs() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/centers/github.md");
    let page = std::fs::read_to_string(path).unwrap();
    let mut rows = Vec::new();
    for count in [100, 1000, 10_000] {
        rows.push(row(count).await);
    }
    let rows = rows.join("\n");
    assert!(page.contains(&rows), "docs/centers/github.md should say\n{rows}");
}
