//! What is refused on which event, before any binary is run.

use serde_json::{Value, json};

use super::world::{World, raised};

/// A binary that must not be run.
fn guarded(world: &World) {
    world.put("bursar", "#!/bin/bash\ncase $1 in --version) ;; *) echo RUN; exit 0 ;; esac");
}

#[test]
fn nothing_is_applied_that_was_not_merged() {
    let Some(world) = World::new() else { return };
    let pull = world.propose(&raised(300));
    guarded(&world);
    let run_of = |event: &str| json!({ "workflow_run": { "event": event, "head_sha": "x" } });
    let none = json!({});
    let refused: [(&str, Value); 18] = [
        ("pull_request", pull.clone()),
        ("pull_request_target", pull.clone()),
        ("pull_request_review", pull.clone()),
        ("pull_request_review_comment", pull.clone()),
        ("pull_request_of_the_future", none.clone()),
        ("merge_group", none.clone()),
        ("issue_comment", json!({ "issue": { "pull_request": { "url": "x" } } })),
        ("commit_comment", none.clone()),
        ("discussion_comment", none.clone()),
        ("workflow_dispatch", pull),
        ("workflow_run", run_of("pull_request")),
        ("workflow_run", run_of("pull_request_target")),
        ("workflow_run", run_of("merge_group")),
        ("workflow_run", run_of("issue_comment")),
        ("workflow_run", run_of("discussion_comment")),
        ("workflow_run", run_of("workflow_run")),
        (
            "workflow_run",
            json!({ "workflow_run": { "event": "push", "head_branch": "gh-readonly-queue/main/pr-7-0a" } }),
        ),
        ("workflow_run", none.clone()),
    ];
    for command in ["apply", "alerts", "expire"] {
        for (name, event) in &refused {
            let run = world.run((name, event), &[("command", command)]).failed("");
            assert!(!run.log.contains("RUN"), "{command} on {name}: {}", run.log);
            let ran: Vec<&str> = run.ran.iter().map(String::as_str).collect();
            let asked = if command == "apply" { Some("Find out who approved") } else { None };
            let expected: Vec<&str> = ["Install Bursar"].into_iter().chain(asked).chain(["Run Bursar"]).collect();
            assert_eq!(ran, expected);
        }
        let allowed: [(&str, Value); 5] = [
            ("push", json!({ "ref": "refs/heads/main" })),
            ("schedule", none.clone()),
            ("workflow_dispatch", none.clone()),
            ("repository_dispatch", none.clone()),
            ("workflow_run", run_of("push")),
        ];
        // What it runs there is no answer of the log: see `expire`.
        for (name, event) in allowed.iter().filter(|_| command != "expire") {
            let run = world.run((name, event), &[("command", command)]).passed();
            assert!(run.log.contains("RUN"), "{command} on {name}: {}", run.log);
        }
    }
}

#[test]
fn a_dispatch_on_the_ref_of_a_pull_request_is_no_merge() {
    let Some(mut world) = World::new() else { return };
    guarded(&world);
    world.runner.env.insert("GITHUB_REF".into(), "refs/pull/7/merge".into());
    let run = world
        .run(("workflow_dispatch", &json!({})), &[("command", "apply")])
        .failed("refused for a pull request");
    assert!(!run.log.contains("RUN"));
    // The branch of a merge queue is pushed before the merge, and workflows on push see it.
    world
        .runner
        .env
        .insert("GITHUB_REF".into(), "refs/heads/gh-readonly-queue/main/pr-7-0a".into());
    let run = world
        .run(("push", &json!({})), &[("command", "apply")])
        .failed("refused in a merge queue");
    assert!(!run.log.contains("RUN"));
}

#[test]
fn foreign_files_never_meet_secrets() {
    let Some(world) = World::new() else { return };
    let pull = world.propose(&raised(300));
    guarded(&world);
    for command in ["validate", "diff", "plan", "apply", "verify", "alerts", "expire", "comment"] {
        let run = world
            .run(("pull_request_target", &pull), &[("command", command)])
            .failed("pull_request_target");
        assert!(!run.log.contains("RUN"));
    }
}
