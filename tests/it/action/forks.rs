//! Forks: their run has no rights; a trusted run posts its page, which is data.

use std::fs;

use serde_json::{Value, json};

use super::runner::Run;
use super::world::{BASE, World, raised};

const HEAD: &str = "0123456789012345678901234567890123456789";
const PAGE: &str = "<!-- bursar:bursar.yaml -->\n**`bob` may now spend 300.**\n\n| who | why |\n| --- | --- |\n\
    | `bob` | `@all <b>` |\n\n<details><summary>2 more</summary>\n\n| `a` | b |\n\n</details>\n\n\
    The rest is in [the summary](https://github.com/acme/credits/actions/runs/16).\n\n\
    <sub>Requests: `local`: 1 read.</sub>\n";

fn event() -> Value {
    json!({ "workflow_run": {
        "event": "pull_request", "head_sha": HEAD, "head_branch": "main", "pull_requests": [],
        "head_repository": { "owner": { "login": "mallory" } },
    } })
}

fn pull(number: u32, sha: &str, base: &str) -> Value {
    json!({ "number": number, "head": { "sha": sha }, "base": { "repo": { "full_name": base } } })
}

/// The trusted run, with this page in the artifact.
fn comment(world: &World, page: &[u8]) -> Run {
    fs::write(world.at().join("page.md"), page).unwrap();
    world
        .runner
        .run(&world.at(), ("workflow_run", &event()), &[("command", "comment"), ("page", "page.md")])
}

fn world() -> Option<World> {
    let world = World::new()?;
    {
        let mut state = world.github.state();
        HEAD.clone_into(&mut state.head);
        state.pulls = vec![pull(7, HEAD, "acme/credits")];
    }
    Some(world)
}

#[test]
fn a_forks_run_tells_its_page_in_the_summary_and_the_artifact_and_the_trusted_run_takes_it() {
    let Some(world) = world() else { return };
    for (config, said) in [(raised(5000), "5,000"), (BASE.replace("cap: 100", "cap: ["), "failed")] {
        let mut event = world.propose(&config);
        event["pull_request"]["head"]["repo"]["full_name"] = json!("mallory/credits");
        world.github.state().read_only = true;
        let run = world.run(("pull_request", &event), &[("command", "plan")]);
        assert!(run.summary.contains(said), "{}", run.log);
        assert!(run.annotations.iter().any(|line| line.contains("GitHub answered 403")));

        let page = &run.artifact.unwrap().1["page.md"];
        {
            let mut state = world.github.state();
            state.read_only = false;
            HEAD.clone_into(&mut state.head);
        }
        comment(&world, page).passed();
        let state = world.github.state();
        assert_eq!(state.comments.len(), 1);
        assert!(state.comments[0].body.contains("From a fork") && state.comments[0].body.contains(said));
    }
}

#[test]
fn the_trusted_run_posts_the_page_in_a_frame() {
    let Some(world) = world() else { return };
    // It needs no binary.
    fs::remove_file(world.runner.bin.join("bursar")).unwrap();
    comment(&world, PAGE.as_bytes()).passed();
    comment(&world, PAGE.replace("300", "400").as_bytes()).passed();
    let state = world.github.state();
    assert_eq!(state.comments.len(), 1);
    let body = &state.comments[0].body;
    assert!(body.starts_with("<!-- bursar:bursar.yaml -->\n> **From a fork.**"), "{body}");
    assert!(body.contains("no approval record") && body.contains("may now spend 400"), "{body}");
    let list = state.asked.iter().find(|line| line.contains("/pulls?")).unwrap();
    assert!(list.ends_with("head=mallory%3Amain"), "{list}");
}

#[test]
fn where_it_goes_is_told_by_the_commit_alone() {
    let Some(world) = world() else { return };
    let nowhere = |pulls: Vec<Value>| {
        world.github.state().pulls = pulls;
        let run = comment(&world, PAGE.as_bytes()).passed();
        assert!(run.annotations.iter().any(|line| line.contains("nothing to comment on")), "{}", run.log);
        assert!(world.github.state().writes().is_empty());
    };
    nowhere(vec![]);
    nowhere(vec![pull(7, &"f".repeat(40), "acme/credits")]);
    nowhere(vec![pull(7, HEAD, "mallory/credits")]);
    // Two pull requests from one branch: which one the page is about, nobody can tell.
    nowhere(vec![pull(7, HEAD, "acme/credits"), pull(8, HEAD, "acme/credits")]);
}

#[test]
fn a_page_that_bursar_did_not_write_is_refused() {
    let Some(world) = world() else { return };
    let with = |text: &str| format!("{PAGE}\n{text}\n").into_bytes();
    let hostile: Vec<(&str, Vec<u8>)> = vec![
        ("no marker", b"approved".to_vec()),
        ("empty", Vec::new()),
        ("two markers", with("<!-- bursar:other.yaml -->")),
        ("mention", with("cc @acme/admins")),
        ("mention in an escaped span", with("\\` @acme/admins \\`")),
        ("mention in a double span", with("`` ` `` @acme/admins `` ` ``")),
        ("mention in HTML", with("<details>\n`@acme/admins`\n</details>")),
        ("mention in other HTML", with("<sub>\n`@acme/admins`\n</sub>")),
        ("mention in a quote", with("> <details>\n> `@acme/admins`")),
        ("mention in a list", with("1. <sub>\n   `@acme/admins`")),
        ("mention in a cut cell", with("| a | b |\n| - | - |\n| `x | @acme ` |")),
        ("script", with("<script>alert(1)</script>")),
        ("attribute", with("<details ontoggle=x>")),
        ("image", with("![x](https://evil.example/x.png)")),
        ("image of a run", with("![x](https://github.com/acme/credits/actions/runs/1)")),
        ("link to more than a run", with("](https://github.com/acme/credits/actions/runs/2)x")),
        ("hidden mention", with("&commat;acme &#64;acme")),
        ("escape", with("\\[x]")),
        ("link", with("[the summary](https://evil.example)")),
        ("link by name", with("[a][b]\n\n[b]: /x")),
        ("link to another repository", with("[x](https://github.com/mallory/credits/actions/runs/1)")),
        ("bare link", with("https://evil.example")),
        ("link without a scheme", with("www.evil.example")),
        ("reference", with("Closes #12")),
        ("reference elsewhere", with("acme/secret#12")),
        ("open span", with("`")),
        ("bidi", with("a\u{202e}b")),
        ("control", with("a\u{1b}b")),
        ("zero-width", with("a\u{200b}b")),
        ("NUL", with("a\0b")),
        ("filler", with("a\u{3164}b")),
        ("variation", with("a\u{fe0f}b")),
        ("tag character", with("a\u{e0061}b")),
        ("reference in small letters", with("see gh-12")),
        ("commit", with("see 0123abcd.")),
        ("diagram", with("~~~mermaid\ngraph TD\nA[Approved]\n~~~")),
        ("formula", with("$`\\href{https://evil.example}{Approved}`$")),
        ("formula of two lines", with("$$\n`\\color{white}`\n$$")),
        ("not UTF-8", [PAGE.as_bytes(), b"\xff\xfe"].concat()),
        ("too long", with(&"x".repeat(65_000))),
    ];
    for (what, page) in hostile {
        let run = comment(&world, &page);
        assert!(!run.success, "{what}\n{}", run.log);
        assert!(world.github.state().writes().is_empty(), "{what}");
    }
    fs::remove_file(world.at().join("page.md")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", world.at().join("page.md")).unwrap();
    let inputs = [("command", "comment"), ("page", "page.md")];
    world.runner.run(&world.at(), ("workflow_run", &event()), &inputs).failed("no page");
    world.runner.run(&world.at(), ("push", &json!({})), &inputs).failed("workflow_run");
}
