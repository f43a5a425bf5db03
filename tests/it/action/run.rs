//! The commands: outputs, exit codes, artifacts, and what inputs and files cannot do.

use std::fs;

use serde_json::{Value, json};

use super::world::{BASE, World, raised};

fn push() -> Value {
    json!({ "ref": "refs/heads/main", "before": "0".repeat(40) })
}

#[test]
fn a_plan_tells_its_changes_as_outputs() {
    let Some(world) = World::new() else { return };
    let run = world.plan(&raised(300)).passed();
    assert_eq!(run.output("exit-code"), "2");
    assert_eq!(run.output("has-changes"), "true");
    assert_eq!([run.output("added"), run.output("changed"), run.output("removed")], ["0", "1", "0"]);
    let (name, files) = run.artifact.as_ref().unwrap();
    assert_eq!(name, "bursar-plan");
    assert_eq!(files.keys().collect::<Vec<_>>(), ["page.md", "plan.json"]);
    let plan: Value = serde_json::from_slice(&files["plan.json"]).unwrap();
    assert_eq!(run.output("plan-sha256"), plan["hash"]);
    // The base was found by itself: what the pull request changes is called its doing.
    assert_eq!(plan["changes"][0]["cause"], "config");

    let run = world.plan(BASE).passed();
    assert_eq!(run.output("exit-code"), "0");
    assert_eq!(run.output("has-changes"), "false");
}

#[test]
fn fail_on_says_what_changes_mean() {
    let Some(world) = World::new() else { return };
    let event = world.propose(&raised(300));
    let plan = |more: &[(&str, &str)]| {
        let mut inputs = vec![("command", "plan"), ("comment", "never")];
        inputs.extend(more);
        world.run(("pull_request", &event), &inputs)
    };
    plan(&[]).passed();
    plan(&[("fail-on", "changes")]).failed("there are changes");
    plan(&[("fail-on", "never")]).passed();
    // What is wrong with the workflow is never passed over.
    plan(&[("fail-on", "often")]).failed("fail-on must be");
    plan(&[("fail-on", "never"), ("allow", "revocations")]).failed("allow must name");
    plan(&[("fail-on", "never"), ("allow", "nobody=1")]).failed("wrong usage");
    plan(&[("command", "lock")]).failed("command must be");
}

#[test]
fn a_refused_plan_fails_and_consent_names_the_number() {
    let Some(world) = World::new() else { return };
    let event = world.propose(&BASE.replace("      - { member: bob, cap: 100 }\n", ""));
    let plan = |more: &[(&str, &str)]| {
        let mut inputs = vec![("command", "plan")];
        inputs.extend(more);
        world.run(("pull_request", &event), &inputs)
    };
    let run = plan(&[]).failed("refused by a guardrail");
    assert_eq!((run.output("exit-code"), run.output("removed")), ("3", "1"));
    let body = world.github.state().comments[0].body.clone();
    assert!(body.contains("--allow revocations=1"), "{body}");
    assert!(run.artifact.is_some(), "what was refused can be looked at");
    plan(&[("allow", "revocations=2")]).failed("refused by a guardrail");
    plan(&[("allow", "\n \trevocations=1,\n")]).passed();
    plan(&[("fail-on", "never")]).passed();
}

#[test]
fn an_apply_does_what_was_saved_and_keeps_its_journal() {
    let Some(world) = World::new() else { return };
    world.commit(&raised(300));
    let planned = world.run(("push", &push()), &[("command", "plan"), ("plan-file", "plan.json")]).passed();
    assert!(planned.output("plan-file").ends_with("/credits/plan.json"), "{}", planned.output("plan-file"));
    assert!(planned.artifact.unwrap().1.contains_key("plan.json"));
    let saved = [("plan-file", "plan.json")];
    world
        .run(("merge_group", &json!({ "merge_group": {} })), &[("command", "verify"), saved[0]])
        .passed();

    let run = world
        .run(("push", &push()), &[("command", "apply"), saved[0], ("lock-timeout", "5s")])
        .passed();
    assert_eq!(run.output("exit-code"), "0");
    assert!(run.summary.contains("Applied") && run.summary.contains("1 change: 1 applied"), "{}", run.summary);
    let (name, files) = run.artifact.unwrap();
    assert_eq!(name, "bursar-apply");
    assert!(String::from_utf8_lossy(&files["journal.jsonl"]).contains("outcome"));

    world.commit(&raised(400));
    let run = world.run(("push", &push()), &[("command", "apply"), saved[0]]).failed("stale");
    assert_eq!(run.output("exit-code"), "5");
    world.run(("push", &push()), &[("command", "verify"), saved[0]]).failed("stale");
    world
        .run(("push", &push()), &[("command", "apply"), ("fail-on", "never")])
        .failed("must not fail unseen");
    world
        .run(("push", &push()), &[("command", "apply"), ("lock-timeout", "long")])
        .failed("wrong usage");
    world.run(("push", &push()), &[("command", "apply")]).passed();
    let last = world.run(("push", &push()), &[("command", "plan")]).passed();
    assert_eq!(last.output("has-changes"), "false");
}

#[test]
fn what_a_person_has_to_do_is_in_the_summary_and_the_artifact() {
    let Some(world) = World::new() else { return };
    world.write("people.csv", crate::runbook::PEOPLE);
    world.commit(crate::runbook::FIGMA);
    let run = world.run(("push", &push()), &[("command", "apply")]).passed();
    assert!(run.summary.contains("- [ ] **Step 1.** Set `bob@acme.example`"), "{}", run.summary);
    assert!(run.summary.contains("bursar confirm runbook.md"), "{}", run.summary);
    assert!(!run.summary.contains("bursar.runbook.v1"), "data for programs: {}", run.summary);
    assert!(run.output("runbook").ends_with("/runbook.md"), "{}", run.output("runbook"));
    let (_, files) = run.artifact.unwrap();
    assert_eq!(files.keys().collect::<Vec<_>>(), ["journal.jsonl", "runbook.html", "runbook.md"]);

    // More than GitHub takes: the artifact has it.
    let rows: Vec<String> = (0..12_000).map(|i| format!("person-number-{i:05}@acme.example,Full access,")).collect();
    let people = format!("Email,Access,Limit\n{}\n", rows.join("\n"));
    world.write("people.csv", &people);
    world
        .commit(&format!("{}guardrails: {{ revocations: {{ percent: 100, count: 20000 }} }}\n", crate::runbook::FIGMA));
    let run = world.run(("push", &push()), &[("command", "apply")]).passed();
    assert!(run.summary.contains("The runbook is too long for a job summary."), "{}", run.summary);
    assert!(run.summary.len() < 1024 * 1024 && run.summary.contains("Applied"));
    assert!(run.artifact.unwrap().1.contains_key("runbook.html"));
    // Nothing by hand, nothing to say.
    world.commit(BASE);
    let run = world.run(("push", &push()), &[("command", "apply")]).passed();
    assert_eq!(run.outputs.get("runbook").map_or("", String::as_str), "");
}

#[test]
fn no_input_is_a_script_and_none_is_a_flag() {
    let Some(world) = World::new() else { return };
    let event = world.propose(&raised(300));
    for hostile in ["$(touch pwned)`touch pwned`\"; touch pwned; \"", "x\nexit-code=0\n", "--help"] {
        for input in ["config", "base", "plan-file", "working-directory", "lock-timeout", "page", "artifact", "sarif"] {
            for command in ["plan", "validate"] {
                let run = world
                    .run(("pull_request", &event), &[("command", command), (input, hostile), ("comment", "never")]);
                let pwned = walk(world.folder.path());
                assert!(!pwned, "{command} {input} {hostile:?}\n{}", run.log);
            }
        }
        world.run(("pull_request", &event), &[("command", hostile)]).failed("command must be");
    }
}

#[test]
fn a_bare_repository_among_the_files_runs_nothing() {
    let Some(world) = World::new() else { return };
    let program = world.runner.bin.join("remote");
    world.put("remote", &format!("#!/bin/bash\ntouch {:?}\n", world.at().join("pwned")));
    for folder in ["sub/refs/heads", "sub/objects"] {
        fs::create_dir_all(world.at().join(folder)).unwrap();
        world.write(&format!("{folder}/.keep"), "");
    }
    // Its one commit is missing, and is to be had from a remote that is a program.
    world.write("sub/HEAD", "ref: refs/heads/main\n");
    world.write("sub/refs/heads/main", &format!("{}\n", "1".repeat(40)));
    world.write(
        "sub/config",
        &format!(
            "[core]\nrepositoryformatversion = 1\nbare = true\n[extensions]\npartialClone = x\n[remote \"x\"]\n\
             url = ext::{}\npromisor = true\n[protocol \"ext\"]\nallow = always\n",
            program.display()
        ),
    );
    let event = world.propose(&raised(300));
    for command in ["diff", "plan"] {
        let run = world.run(("pull_request", &event), &[("command", command), ("working-directory", "sub")]);
        assert!(!world.at().join("pwned").exists(), "{}", run.log);
    }
}

/// Whether a file of that name is anywhere.
fn walk(folder: &std::path::Path) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let entry = entry.unwrap();
        entry.file_name() == "pwned" || (entry.file_type().unwrap().is_dir() && walk(&entry.path()))
    })
}

#[test]
fn no_text_of_the_files_is_a_command_to_the_runner() {
    let Some(world) = World::new() else { return };
    let hostile = "\"::error::pwned ##[error]pwned ::set-output name=verdict::pass @acme/all\"";
    let config = raised(300).replace("cap: 300 }", &format!("cap: 300, reason: {hostile} }}"));
    let config = config.replace("    others: blocked", &format!("    description: {hostile}\n    others: blocked"));
    let run = world.plan(&config).passed();
    assert!(!run.annotations.iter().any(|line| line.contains("pwned")), "{:?}", run.annotations);
    // Nor of a binary that is somebody else's.
    world.put("bursar", "#!/bin/bash\necho '::error::pwned'; echo '::error::pwned' >&2; [ \"$1\" = --version ]\n");
    let run = world.run(("pull_request", &world.propose(BASE)), &[("command", "plan"), ("comment", "never")]);
    assert_eq!(run.annotations.len(), 1, "{:?}", run.annotations);
    assert!(run.annotations[0].contains("the run failed"));
}

#[test]
fn a_cancelled_apply_is_told_and_its_journal_kept() {
    let Some(world) = World::new() else { return };
    // An apply that ends only when it is told to, on a runner that cancels the step at once: with one signal, then with
    // the other, since a shell cannot hear the first one where whoever started the tests ignores it.
    world.put(
        "bursar",
        "#!/bin/bash\ncase $1 in apply) ;; *) exit 0 ;; esac\n\
         for word; do case $word in --journal=*) journal=${word#--journal=} ;; esac; done\n\
         trap 'echo closed >> \"$journal\"; exit 143' TERM\n\
         echo begun > \"$journal\"\nkill -INT \"$PPID\"\nkill -TERM \"$PPID\"\nwhile :; do sleep 0.05; done\n",
    );
    let run = world.run(("push", &push()), &[("command", "apply")]);
    assert!(!run.success);
    let files = run.artifact.as_ref().expect("the journal").1.clone();
    assert_eq!(String::from_utf8_lossy(&files["journal.jsonl"]), "begun\nclosed\n", "{}", run.log);
    assert_eq!(run.output("exit-code"), "143");
}

#[test]
fn findings_are_not_written_where_a_link_in_the_files_leads() {
    let Some(world) = World::new() else { return };
    let event = world.propose(BASE);
    let elsewhere = world.folder.path().join("elsewhere");
    fs::write(&elsewhere, "kept").unwrap();
    std::os::unix::fs::symlink(&elsewhere, world.at().join("found.sarif")).unwrap();
    world
        .run(("pull_request", &event), &[("command", "validate"), ("sarif", "found.sarif")])
        .passed();
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "kept");
    assert!(fs::read_to_string(world.at().join("found.sarif")).unwrap().contains("2.1.0"));
}

#[test]
fn no_link_in_the_files_shows_what_is_on_the_machine() {
    let Some(mut world) = World::new() else { return };
    world.runner.env.insert("A_CENTERS_TOKEN".into(), "not-for-the-log".into());
    let event = world.propose(BASE);
    fs::remove_file(world.at().join("bursar.yaml")).unwrap();
    fs::create_dir_all(world.at().join("bursar")).unwrap();
    world.write("inside.yaml", BASE);
    std::os::unix::fs::symlink("../inside.yaml", world.at().join("bursar/all.yaml")).unwrap();
    let run = |command| world.run(("pull_request", &event), &[("command", command), ("comment", "never")]);
    run("validate").passed();
    fs::write(world.folder.path().join("token"), "A_CENTERS_TOKEN=not-for-the-log\n").unwrap();
    std::os::unix::fs::symlink("../../token", world.at().join("bursar/more.yaml")).unwrap();
    // Nor a folder that is a link, nor the settings of the clone.
    let outside = world.folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("bursar.yaml"), "A_CENTERS_TOKEN=not-for-the-log\n").unwrap();
    std::os::unix::fs::symlink(&outside, world.at().join("linked")).unwrap();
    let inputs = [("command", "validate"), ("working-directory", "linked")];
    world.run(("pull_request", &event), &inputs).failed("leads out of the workspace");
    std::os::unix::fs::symlink(".git/config", world.at().join("settings.yaml")).unwrap();
    let inputs = [("command", "validate"), ("config", "settings.yaml")];
    world.run(("pull_request", &event), &inputs).failed("leads into .git");
    for command in ["validate", "plan", "apply"] {
        let run = match command {
            "apply" => world.run(("push", &push()), &[("command", command)]),
            command => run(command),
        };
        let run = run.failed("leads out of the workspace");
        assert!(!run.log.contains("not-for-the-log") && !run.summary.contains("not-for-the-log"), "{}", run.log);
    }
}

#[test]
fn every_exit_code_but_those_that_are_let_through_fails() {
    let Some(world) = World::new() else { return };
    let event = world.propose(&raised(300));
    let saved = world.folder.path().join("saved.json");
    fs::write(&saved, "{}").unwrap();
    for code in [0, 1, 2, 3, 4, 64, 139] {
        // A binary that does all that is asked of it, and then ends so.
        world.put(
            "bursar",
            &format!(
                "#!/bin/bash\n[ \"$1\" != --version ] || exit 0\nplan='{{\"changes\": [], \"hash\": \"x\", \"summary\": {{\"counts\": {{}}}}}}'\n\
                 for word; do case $word in --out=*) echo \"$plan\" > \"${{word#--out=}}\" ;; esac; done\necho \"$plan\"\nexit {code}\n"
            ),
        );
        for command in ["validate", "diff", "plan", "apply", "alerts", "verify"] {
            for fail_on in ["error", "changes", "never"] {
                let writes = ["apply", "alerts", "verify"].contains(&command);
                if writes && fail_on == "never" {
                    continue;
                }
                let event = if writes { push() } else { event.clone() };
                let inputs = [
                    ("command", command),
                    ("fail-on", fail_on),
                    ("comment", "never"),
                    ("base", "HEAD"),
                    ("plan-file", saved.to_str().unwrap()),
                ];
                let run = world.run((if writes { "push" } else { "pull_request" }, &event), &inputs);
                let through = match fail_on {
                    "error" => &[0, 2][..if ["apply", "alerts"].contains(&command) { 1 } else { 2 }],
                    "changes" => &[0][..],
                    _ => &[0, 1, 2, 3][..],
                };
                assert_eq!(run.success, through.contains(&code), "{command} {fail_on} {code}\n{}", run.log);
            }
        }
    }
}

#[test]
fn findings_are_annotations_and_sarif() {
    let Some(world) = World::new() else { return };
    let event = world.propose(&BASE.replace("cap: 100", "cap: -1"));
    let run = world
        .run(("pull_request", &event), &[("command", "validate"), ("sarif", "found.sarif")])
        .failed("findings in the files");
    assert!(
        run.annotations
            .iter()
            .any(|line| line.starts_with("error: ") && line.contains("negative")),
        "{}",
        run.log
    );
    assert!(run.summary.contains("bursar.yaml:"), "{}", run.summary);
    let sarif: Value = serde_json::from_str(&fs::read_to_string(world.at().join("found.sarif")).unwrap()).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert!(run.artifact.is_none());
    world
        .run(("pull_request", &event), &[("command", "validate"), ("fail-on", "never")])
        .passed();
    world.run(("pull_request", &world.propose(BASE)), &[("command", "validate")]).passed();
}

#[test]
fn a_diff_needs_nothing_but_the_files() {
    let Some(world) = World::new() else { return };
    let event = world.propose(&raised(300));
    fs::remove_dir_all(world.at().join(".bursar")).unwrap();
    let run = world.run(("pull_request", &event), &[("command", "diff")]).passed();
    assert_eq!((run.output("exit-code"), run.output("has-changes"), run.output("changed")), ("2", "true", "1"));
    let (name, files) = run.artifact.unwrap();
    assert_eq!(
        (name.as_str(), files.keys().map(String::as_str).collect()),
        ("bursar-diff", vec!["diff.json", "page.md"])
    );
    assert!(world.github.state().comments[0].body.contains("300 credits"));
    assert!(!world.at().join(".bursar").exists());
    let event = world.propose(BASE);
    let run = world
        .run(("pull_request", &event), &[("command", "diff"), ("fail-on", "changes")])
        .passed();
    assert_eq!(run.output("has-changes"), "false");
    world.run(("push", &push()), &[("command", "diff")]).failed("set base");
}

#[test]
fn what_was_merged_meanwhile_is_not_the_pull_requests_doing() {
    let Some(world) = World::new() else { return };
    let event = world.propose(&raised(300));
    let changed = || {
        let run = world.run(("pull_request", &event), &[("command", "diff"), ("comment", "never")]).passed();
        run.output("changed").to_owned()
    };
    // A smaller budget is merged: GitHub makes the merge commit anew, and its event still tells the old base.
    world.git(&["checkout", "-q", "main"]);
    world.commit(&BASE.replace("limit: 9000", "limit: 8000"));
    world.git(&["checkout", "-q", "--detach", "main"]);
    world.git(&["merge", "-q", "--no-ff", "-m", "merge", "change"]);
    assert!(fs::read_to_string(world.at().join("bursar.yaml")).unwrap().contains("limit: 8000"));
    assert_eq!(changed(), "1");

    // The head of the pull request is checked out, and the event tells a base that it does not have.
    let mut event = event.clone();
    event["pull_request"]["base"]["sha"] = json!(world.git(&["rev-parse", "main"]));
    world.git(&["checkout", "-q", "change"]);
    let run = world.run(("pull_request", &event), &[("command", "diff"), ("comment", "never")]).passed();
    assert_eq!(run.output("changed"), "1");

    // A clone that is too shallow to have it says what to set.
    let whole = world.at();
    fs::rename(&whole, world.folder.path().join("whole")).unwrap();
    let origin = format!("file://{}", world.folder.path().join("whole").display());
    let clone = std::process::Command::new("git")
        .args(["clone", "-q", "--depth=1", "--branch=change", &origin])
        .arg(&whole)
        .status();
    assert!(clone.unwrap().success());
    let run = world.run(("pull_request", &event), &[("command", "diff"), ("comment", "never")]);
    let run = run.failed("the run failed");
    assert!(run.log.contains("fetch-depth"), "{}", run.log);
}

#[test]
fn alerts_are_told_on_a_schedule_and_never_for_a_pull_request() {
    let Some(world) = World::new() else { return };
    let alerts = "    others: blocked\n    alerts: [{ at: 10%, of: budget, notify: [ops] }]\n";
    let config = BASE.replace("    others: blocked\n", alerts) + "notify: { ops: { email: [ops@acme.example] } }\n";
    world.commit(&config);
    let schedule = json!({ "schedule": "7 * * * *" });
    let run = world.run(("schedule", &schedule), &[("command", "alerts")]);
    assert!(run.success, "{}", run.log);
    assert!(run.summary.contains("## Alerts"), "{}", run.summary);
    world
        .run(("schedule", &schedule), &[("command", "alerts"), ("issue", "acme")])
        .failed("wrong usage");
    world
        .run(("schedule", &schedule), &[("command", "alerts"), ("fail-on", "never")])
        .failed("must not fail unseen");
    let event = world.propose(&raised(300));
    world.run(("pull_request", &event), &[("command", "alerts")]).failed("alerts");
}
