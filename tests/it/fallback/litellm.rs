//! A pool of Figma that a LiteLLM holds, there and back.

use std::fs;

use insta::assert_snapshot;

use super::{DONE, control_comes};
use crate::fakes::litellm::{Fake, KEY};
use crate::secrets::Folder;
use crate::terminal::{bursar, show};

/// The pool of 5,000 credits, held by a LiteLLM at two cents a credit.
pub(super) fn world(fake: &Fake) -> Folder {
    let folder = super::world();
    let gateway = format!("gateway: {{ provider: litellm, base_url: \"{}\", token: {{ env: TOKEN }} }}", fake.url());
    let text = super::CONFIG
        .replace("gateway: { provider: embedded }", &gateway)
        .replace(
            "members:\n",
            "rates: { figma_credit: \"0.02 USD\" }\nnotify: { ops: { email: [ops@acme.example] } }\nmembers:\n",
        )
        .replace(
            "budget: { unit: credits, period: monthly }",
            "budget: { limit: 5000, unit: credits, period: monthly, when_exhausted: block }",
        )
        .replace(
            "    others: blocked\n",
            "    others: blocked\n    alerts: [{ at: 75%, of: budget, notify: [ops] }]\n",
        );
    fs::write(folder.path().join("bursar.yaml"), text).unwrap();
    folder
}

/// Runs it and shows it as a terminal would; hashes hold the fake's port.
pub(super) fn run(folder: &Folder, line: &str) -> String {
    let out = bursar(folder.path()).env("TOKEN", KEY).args(line.split_whitespace()).output().unwrap();
    let text = show(line, &out, folder.path());
    let line = |line: &str| if line.starts_with("Plan ") { "Plan [hash]\n".to_owned() } else { line.to_owned() };
    text.split_inclusive('\n').map(line).collect()
}

#[test]
fn the_road_there_and_back() {
    let fake = Fake::start();
    let folder = world(&fake);
    assert_snapshot!("fallback_litellm_plan", run(&folder, "plan"));
    let made = run(&folder, "apply --yes --center gateway");
    assert!(made.ends_with("--- exit 0\n"), "{made}");
    let name = "bursar-fallback-design-ai";
    fake.state(|state| {
        let team = &state.teams[name];
        assert_eq!((team.max, team.soft), (Some(100.0), Some(75.0)), "5,000 credits, and 75 % of them");
        assert_eq!(team.metadata["soft_budget_alerting_emails"][0], "ops@acme.example");
        assert_eq!(team.duration.as_deref(), Some("1mo"));
        assert_eq!(state.cap(name, "alice@acme.example"), Some((Some(40.0), Some("1mo".to_owned()))));
        assert_eq!(state.cap(name, "bob@acme.example"), Some((Some(10.0), Some("1mo".to_owned()))));
        assert_eq!(team.members.len(), 2, "and nobody else");
    });
    let plan = run(&folder, "plan --center gateway --detailed-exitcode");
    assert!(plan.ends_with("--- exit 0\n"), "{plan}");

    control_comes(folder.path());
    let plan = run(&folder, "plan --center gateway --detailed-exitcode");
    assert!(plan.contains("stays on gateway until design shows it") && plan.ends_with("--- exit 0\n"), "{plan}");
    fs::write(folder.path().join("people.csv"), DONE).unwrap();
    assert_snapshot!("fallback_litellm_control_came", run(&folder, "plan"));
}

/// The budget of a plan of Figma is in no export, so somebody confirms it.
#[test]
fn what_was_confirmed_lets_the_team_go() {
    let fake = Fake::start();
    let folder = world(&fake);
    run(&folder, "apply --yes --center gateway --keys-to keys.jsonl");
    fs::remove_file(folder.path().join("keys.jsonl")).unwrap();
    fake.state(|state| assert_eq!(state.keys.len(), 2));
    control_comes(folder.path());
    run(&folder, "apply --yes --center design --runbook book.md");
    let done = run(&folder, "confirm book.md --all --by Ada");
    assert!(done.ends_with("--- exit 0\n"), "{done}");
    assert_snapshot!("fallback_litellm_last_step", run(&folder, "plan"));
    let gone = run(&folder, "apply --yes");
    assert!(gone.ends_with("--- exit 0\n"), "{gone}");
    fake.state(|state| assert!(state.teams.is_empty() && state.keys.is_empty()));
    assert!(run(&folder, "plan --detailed-exitcode").ends_with("--- exit 0\n"));
}
