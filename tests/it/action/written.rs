//! What stands in the action, the workflows and their description.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn yaml(path: &Path) -> Value {
    serde_yaml::from_str(&fs::read_to_string(path).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The action and every workflow.
fn files() -> Vec<PathBuf> {
    let mut files = vec![root().join("action.yml")];
    for folder in ["examples/workflows", ".github/workflows"] {
        let mut found: Vec<_> = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(!found.is_empty());
        found.sort();
        files.append(&mut found);
    }
    files
}

fn steps(file: &Value) -> Vec<&Value> {
    let jobs = file["jobs"]
        .as_object()
        .into_iter()
        .flat_map(|jobs| jobs.values().map(|job| &job["steps"]));
    jobs.chain([&file["runs"]["steps"]]).filter_map(Value::as_array).flatten().collect()
}

#[test]
fn the_action_installs_the_version_that_it_belongs_to() {
    assert_eq!(fs::read_to_string(root().join("action/version")).unwrap(), concat!(env!("CARGO_PKG_VERSION"), "\n"));
    for line in fs::read_to_string(root().join("action/checksums.txt")).unwrap().lines() {
        let right = || {
            let (sha, asset) = line.split_once("  ")?;
            let target = asset.strip_prefix("bursar-")?.split_once('-')?.1;
            (sha.len() == 64 && sha.bytes().all(|b| b.is_ascii_hexdigit()) && target.contains('-')).then_some(())
        };
        assert!(line.starts_with('#') || right().is_some(), "{line}");
    }
}

#[test]
fn everything_used_is_pinned_and_nothing_is_pasted_into_a_script() {
    for path in files() {
        let text = fs::read_to_string(&path).unwrap();
        for line in text
            .lines()
            .filter(|line| line.trim_start().trim_start_matches("- ").starts_with("uses:"))
        {
            // The repo itself has no hash yet that could stand here.
            let uses = line.split_once("uses:").unwrap().1.trim();
            if uses.starts_with("./ ") || uses.starts_with("OWNER/bursar@0000") {
                continue;
            }
            let (name, comment) = uses.split_once(" # v").unwrap_or_else(|| panic!("{}: {line}", path.display()));
            let hash = name.split_once('@').unwrap().1;
            assert!(hash.len() == 40 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{}: {line}", path.display());
            assert!(comment.starts_with(|c: char| c.is_ascii_digit()), "{line}");
        }
        for step in steps(&yaml(&path)) {
            let run = step["run"].as_str().unwrap_or_default();
            assert!(!run.contains("${{"), "{}: {run}", path.display());
        }
    }
}

#[test]
fn no_workflow_may_do_more_than_it_says() {
    for path in files().iter().skip(1) {
        let file = yaml(path);
        let name = path.display();
        assert_eq!(file["permissions"], serde_json::json!({}), "{name}: rights are given job by job");
        for job in file["jobs"].as_object().unwrap().values() {
            assert!(job["permissions"].is_object(), "{name}");
            assert!(job["timeout-minutes"].is_number(), "{name}");
        }
        assert!(!fs::read_to_string(path).unwrap().contains("pull_request_target"), "{name}");
    }
}

#[test]
fn the_examples_use_what_there_is_and_the_page_tells_all_of_it() {
    let action = yaml(&root().join("action.yml"));
    let page = fs::read_to_string(root().join("docs/github-action.md")).unwrap();
    let names = |part: &str| action[part].as_object().unwrap().keys().cloned().collect::<BTreeSet<String>>();
    for name in names("inputs").union(&names("outputs")) {
        assert!(page.contains(&format!("| `{name}` |")), "docs/github-action.md does not tell `{name}`");
    }
    let mut commands = BTreeSet::new();
    for path in files().iter().skip(1) {
        for step in steps(&yaml(path)) {
            if step["uses"]
                .as_str()
                .is_some_and(|uses| uses.starts_with("OWNER/bursar@") || uses == "./")
            {
                for (input, value) in step["with"].as_object().unwrap() {
                    assert!(names("inputs").contains(input), "{}: {input}", path.display());
                    if input == "command" {
                        commands.insert(value.as_str().unwrap().to_owned());
                    }
                }
            }
        }
        let shown = path.file_name().unwrap().to_str().unwrap();
        if path.starts_with(root().join("examples")) {
            assert!(page.contains(&format!("../examples/workflows/{shown}")), "docs/github-action.md: {shown}");
        }
    }
    for command in ["validate", "diff", "plan", "apply", "verify", "alerts", "comment"] {
        assert!(commands.contains(command), "no workflow shows {command}");
    }
}
