//! Who approved an apply: asked of GitHub by the action, and told by the ledger.

use std::fs;

use serde_json::{Value, json};

use super::github::Fault;
use super::runner::Run;
use super::world::{World, raised};

const STEP: &str = "Find out who approved";

/// What GitHub documents of a review.
fn review(state: &str, login: &Value) -> Value {
    json!({ "environments": [{ "id": 1, "name": "bursar-apply" }], "state": state, "comment": "", "user": { "login": login } })
}

fn apply(world: &World) -> Run {
    world.run(("push", &json!({ "ref": "refs/heads/main", "before": "0".repeat(40) })), &[("command", "apply")])
}

/// What the last run wrote into the ledger of who it was.
fn who(world: &World) -> Value {
    let text = fs::read_to_string(world.at().join(".bursar/ledger.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.iter().rfind(|line| line["kind"] == "begun").unwrap()["who"].clone()
}

#[test]
fn who_approved_is_asked_of_github() {
    let Some(mut world) = World::new() else { return };
    world.runner.env.insert("GITHUB_ACTOR".into(), "alice".into());
    world.runner.env.insert("CI".into(), "true".into());
    world.commit(&raised(300));
    let reviews = [
        review("rejected", &"mallory".into()),
        review("approved", &"dave_acme".into()),
        review("approved", &"carol".into()),
        review("approved", &"carol".into()),
        review("approved", &"x, eve\nBURSAR_ACTOR=root".into()),
        review("approved", &Value::Null),
        review("pending", &"bob".into()),
    ];
    world.github.state().approvals = Some(reviews.to_vec().into());
    // A server that stumbles once is asked again.
    world.github.state().faults.push_back(Fault { method: "GET", status: 502, done: false });
    let run = apply(&world).passed();
    assert!(run.ran.iter().any(|step| step == STEP));
    let who = self::who(&world);
    assert_eq!((&who["name"], &who["approvers"]), (&"alice".into(), &json!(["carol", "dave_acme"])));
    assert_eq!(who["run_url"], "https://github.com/acme/credits/actions/runs/17");
    assert!(run.log.contains("ledger: entry 4, head "), "the log is what the ledger is held against: {}", run.log);
    assert_eq!(world.github.state().strangers, 0);

    // Nobody had to approve.
    world.github.state().approvals = Some(json!([]));
    world.commit(&raised(301));
    let run = apply(&world).passed();
    assert_eq!(self::who(&world).get("approvers"), None);
    assert!(run.annotations.iter().all(|line| !line.contains("approver")), "{:?}", run.annotations);

    // The workflow says it itself, and nobody is asked.
    world.runner.env.insert("BURSAR_APPROVER".into(), "the board".into());
    world.commit(&raised(302));
    let asked = world.github.state().asked.len();
    apply(&world).passed();
    assert_eq!(self::who(&world)["approvers"], json!(["the board"]));
    assert_eq!(world.github.state().asked.len(), asked);
}

#[test]
fn an_apply_does_not_wait_for_github_to_tell() {
    let Some(mut world) = World::new() else { return };
    let mut cap = 300;
    let mut says = |world: &World, words: &str| {
        cap += 1;
        world.commit(&raised(cap));
        let run = apply(world).passed();
        let said = run.annotations.iter().any(|line| line.starts_with("notice: ") && line.contains(words));
        assert!(said, "{words}: {:?}", run.annotations);
        assert_eq!(who(world).get("approvers"), None);
    };
    says(&world, "GitHub answered 403; give the job `permissions: actions: read`");
    world.github.state().approvals = Some(json!({ "message": "what is this" }));
    says(&world, "cannot be read");
    for _ in 0..3 {
        world.github.state().faults.push_back(Fault { method: "GET", status: 503, done: false });
    }
    says(&world, "GitHub answered 503");
    world.runner.env.insert("GITHUB_RUN_ID".into(), "../../evil".into());
    says(&world, "which run this is");
    // Whatever does not write is not approved, and asks nobody.
    let run = world.plan(&raised(500)).passed();
    assert!(run.ran.iter().all(|step| step != STEP));
}
