//! The comment on the pull request.

use serde_json::json;

use super::github::{Comment, Fault};
use super::world::{BASE, World, raised};

const MARKER: &str = "<!-- bursar:bursar.yaml -->\n";

#[test]
fn a_pull_request_gets_one_comment_and_each_push_updates_it() {
    let Some(world) = World::new() else { return };
    let run = world.plan(&raised(5000)).passed();
    let first = world.github.state().comments.clone();
    assert_eq!(first.len(), 1, "{}", run.log);
    assert_eq!(first[0].login, "github-actions[bot]");
    assert!(first[0].body.starts_with(MARKER) && first[0].body.contains("5,000"), "{}", first[0].body);
    assert_eq!(run.summary.trim_end(), first[0].body.trim_end());
    assert_eq!(run.output("summary").trim_end(), first[0].body.trim_end());

    world.plan(&raised(6000)).passed();
    let state = world.github.state();
    assert_eq!(state.comments.len(), 1);
    assert_eq!(state.comments[0].id, first[0].id);
    assert!(state.comments[0].body.contains("6,000") && !state.comments[0].body.contains("5,000"));
    assert_eq!(state.strangers, 0, "every request comes with the token");
}

#[test]
fn what_somebody_else_wrote_is_left_alone() {
    let Some(world) = World::new() else { return };
    let quoted = format!("{MARKER}I say no");
    for login in ["mallory", "other[bot]"] {
        world
            .github
            .state()
            .comments
            .push(Comment { id: 1, login: login.into(), body: quoted.clone() });
    }
    // Ours, but about another config, or only quoting the marker.
    for (id, body) in [(2, "<!-- bursar:other.yaml -->\nx".to_owned()), (3, format!("> {quoted}"))] {
        world
            .github
            .state()
            .comments
            .push(Comment { id, login: "github-actions[bot]".into(), body });
    }
    world.plan(&raised(5000)).passed();
    let state = world.github.state();
    assert_eq!(state.comments.len(), 5);
    assert!(state.comments[4].body.contains("5,000"));
    assert!(state.comments[..4].iter().all(|comment| !comment.body.contains("5,000")));
}

#[test]
fn ours_is_found_behind_many_others_and_under_the_name_of_an_app() {
    let Some(world) = World::new() else { return };
    world.github.state().viewer = Some("acme-bursar[bot]".into());
    for id in 1..=230 {
        let login = if id == 215 { "acme-bursar[bot]" } else { "ana" };
        world
            .github
            .state()
            .comments
            .push(Comment { id, login: login.into(), body: format!("{MARKER}{id}") });
    }
    world.plan(&raised(5000)).passed();
    let state = world.github.state();
    assert_eq!(state.comments.len(), 230);
    assert!(state.comments[214].body.contains("5,000"));
}

#[test]
fn where_the_api_does_not_say_whose_the_token_is_it_is_the_workflows() {
    let Some(world) = World::new() else { return };
    world.github.state().viewer = None;
    world.plan(&raised(5000)).passed();
    world.plan(&raised(6000)).passed();
    assert_eq!(world.github.state().comments.len(), 1);
}

#[test]
fn a_token_that_only_reads_makes_no_comment_and_no_failure() {
    let Some(world) = World::new() else { return };
    world.github.state().read_only = true;
    let run = world.plan(&raised(5000)).passed();
    assert!(world.github.state().comments.is_empty());
    assert!(run.annotations.iter().any(|line| line.contains("GitHub answered 403")), "{:?}", run.annotations);
    assert!(run.summary.contains("5,000"));
    assert_eq!(world.github.state().writes().len(), 1, "it is not tried again");
}

#[test]
fn trouble_that_passes_is_waited_for_and_nothing_is_said_twice() {
    let Some(world) = World::new() else { return };
    for (method, status, done) in [("GET", 502, false), ("POST", 403, false), ("POST", 502, true)] {
        world.github.state().faults.push_back(Fault { method, status, done });
    }
    world.plan(&raised(5000)).passed();
    let state = world.github.state();
    assert!(state.faults.is_empty(), "all of it happened");
    assert_eq!(state.comments.len(), 1, "the answer to the first was lost, not the comment: {:?}", state.asked);
    drop(state);

    for _ in 0..5 {
        world.github.state().faults.push_back(Fault { method: "PATCH", status: 500, done: false });
    }
    world.plan(&raised(6000)).failed("an older one may stand");
}

#[test]
fn an_older_run_does_not_overwrite_a_newer_one() {
    let Some(world) = World::new() else { return };
    let event = world.propose(&raised(5000));
    world.github.state().head = "f".repeat(40);
    let run = world.run(("pull_request", &event), &[("command", "plan")]).passed();
    assert!(world.github.state().writes().is_empty());
    assert!(run.annotations.iter().any(|line| line.contains("newer commit")));
}

#[test]
fn nobody_is_asked_where_no_comment_is_wanted() {
    let Some(world) = World::new() else { return };
    let event = world.propose(&raised(5000));
    world.run(("pull_request", &event), &[("command", "plan"), ("comment", "never")]).passed();
    world.run(("push", &json!({ "ref": "refs/heads/main" })), &[("command", "plan")]).passed();
    world
        .run(("pull_request", &event), &[("command", "verify"), ("plan-file", "no.json")])
        .failed("bursar verify");
    assert!(world.github.state().asked.is_empty());
}

#[test]
fn a_page_that_github_would_refuse_is_replaced() {
    let Some(world) = World::new() else { return };
    let event = world.propose(&raised(5000));
    world.put(
        "bursar",
        "#!/bin/bash\ncase $1 in plan) ;; *) exit 0 ;; esac\nfor last; do :; done\n\
        echo '{\"changes\": [], \"hash\": \"x\", \"summary\": {\"counts\": {}}}' > \"${last#--out=}\"\n\
        echo '<!-- bursar:a -->'; head -c 70000 /dev/zero | tr '\\0' x\n",
    );
    world.run(("pull_request", &event), &[("command", "plan")]).passed();
    let state = world.github.state();
    assert!(state.comments[0].body.starts_with("<!-- bursar:a -->\n"), "{}", state.comments[0].body);
    assert!(state.comments[0].body.contains("This is no approval record"));
    assert!(state.comments[0].body.contains("https://github.com/acme/credits/actions/runs/17"));
}

#[test]
fn a_failed_plan_does_not_leave_the_last_one_standing() {
    let Some(world) = World::new() else { return };
    world.plan(&raised(5000)).passed();
    world.plan(&BASE.replace("cap: 100", "cap: [")).failed("findings in the files");
    let state = world.github.state();
    assert_eq!(state.comments.len(), 1);
    let body = &state.comments[0].body;
    assert!(body.starts_with(MARKER) && body.contains("failed") && !body.contains("5,000"), "{body}");
}
