//! Findings for code scanning and for a workflow: SARIF and annotations.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bursar::config::checks::registry;
use bursar::config::{self, Loaded};
use bursar::diagnostics::Finding;
use bursar::output::artifacts::{Artifact, Artifacts};
use bursar::output::{github, sarif};
use insta::assert_snapshot;
use serde_json::Value;

use super::checks::whole;
use super::{TODAY, providers, texts};
use crate::secrets::Folder;
use crate::terminal::{bursar, folder, show, terminal};

fn checked(files: &[&str]) -> (Loaded, Vec<Finding>) {
    let loaded = texts(files);
    let findings = config::check(&loaded, &providers(), TODAY);
    (loaded, findings)
}

/// The files under names of the test's own.
fn artifacts(loaded: &Loaded, name: impl Fn(&str) -> Artifact) -> Artifacts {
    loaded.files.iter().map(|file| (file, name(&loaded.files.shown(file)))).collect()
}

fn inside(name: &str) -> Artifact {
    Artifact { path: name.to_owned(), inside: true }
}

fn sarif_of(files: &[&str]) -> Value {
    let (loaded, findings) = checked(files);
    let mut out = Vec::new();
    sarif::write(&mut out, &loaded.files, &artifacts(&loaded, inside), &findings).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn results(log: &Value) -> &Vec<Value> {
    log["runs"][0]["results"].as_array().unwrap()
}

/// The fingerprints, by what was found.
fn prints(files: &[&str]) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let log = sarif_of(files);
    let print = |result: &Value| {
        let prints = result["partialFingerprints"].as_object().unwrap();
        assert_eq!(prints.len(), 1);
        (text(&result["message"]["text"]), text(&prints["primaryLocationLineHash"]))
    };
    results(&log).iter().map(print).collect()
}

/// What every log must hold, whatever is in it.
fn sound(log: &Value) {
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), registry().count());
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let mut seen = BTreeSet::new();
    for result in results(log) {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(seen.insert(result["partialFingerprints"].to_string()), "{result}");
        let related = result["relatedLocations"].as_array().into_iter().flatten();
        for place in result["locations"].as_array().unwrap().iter().chain(related) {
            let location = &place["physicalLocation"]["artifactLocation"];
            let uri = location["uri"].as_str().unwrap();
            let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~%".contains(c);
            assert!(!uri.is_empty() && uri.trim_start_matches("file://").chars().all(plain), "{uri}");
            let base = location
                .get("uriBaseId")
                .map(|base| run["originalUriBaseIds"][base.as_str().unwrap()].clone());
            assert_eq!(base.is_some(), !uri.starts_with("file:"));
            let region = &place["physicalLocation"]["region"];
            let at = |key: &str| region[key].as_u64().filter(|number| *number > 0).unwrap();
            assert!((at("startLine"), at("startColumn")) <= (at("endLine"), at("endColumn")), "{region}");
        }
    }
}

/// The official schema, where this machine has it.
fn official() -> Option<jsonschema::Validator> {
    let Some(shared) = std::env::var_os("SHARED") else {
        println!("skipped: SARIF's own schema, since SHARED names no folder with specs/sarif-schema-2.1.0.json");
        return None;
    };
    let text = fs::read_to_string(Path::new(&shared).join("specs/sarif-schema-2.1.0.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    Some(jsonschema::options().should_validate_formats(true).build(&schema).unwrap())
}

#[test]
fn every_finding_there_is_makes_a_sound_log() {
    let official = official();
    let mut codes = BTreeSet::new();
    let hostile = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/hostile")).unwrap();
    let hostile = hostile.map(|entry| String::from_utf8_lossy(&fs::read(entry.unwrap().path()).unwrap()).into_owned());
    let cases = registry()
        .map(|check| whole(check.bad))
        .chain(hostile.map(|text| vec![text]))
        .chain([Vec::new()]);
    for files in cases {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let log = sarif_of(&files);
        sound(&log);
        codes.extend(results(&log).iter().map(|result| result["ruleId"].to_string()));
        if let Some(official) = &official {
            let errors: Vec<String> = official
                .iter_errors(&log)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
    }
    assert_eq!(codes.len(), registry().count());
}

#[test]
fn a_log_that_is_not_sarif_is_told_apart() {
    let Some(official) = official() else { return };
    let mut log = sarif_of(&["version: 2\n"]);
    assert!(official.is_valid(&log));
    log["runs"][0]["columnKind"] = "characters".into();
    assert!(!official.is_valid(&log));
}

const WRONG: &str = "\
version: 1
centers: { main: { provider: embedded } }
members: { alice: {} }
pools:
  ai:
    center: main
    budget: { unit: credits, period: monthly }
    access: [{ member: alice, cpa: 5 }]
    others: blocked
  bi:
    center: main
    budget: { unit: credits, period: monthly }
    access: [{ member: alice, cpa: 5 }, { member: alice, cpa: 6, starts: 2030-01-01 }]
    others: blocked
";

#[test]
fn a_finding_stays_the_same_when_lines_move() {
    let before = prints(&[WRONG]);
    assert!(before.len() > 3, "{before:?}");
    let distinct: BTreeSet<&String> = before.iter().map(|(_, print)| print).collect();
    assert_eq!(distinct.len(), before.len());
    let moved = WRONG
        .replace("version: 1\n", "# one\n\n# more\nversion: 1\n")
        .replace("  bi:\n", "\n  # the second: one\n  bi:\n")
        .replace("    access:", "    description: new\n    access:");
    assert_eq!(prints(&[&moved]), before);
    // What was found in the second pool is not taken for what was put right in the first.
    let mended = prints(&[&WRONG.replacen("cpa", "cap", 1)]);
    assert_eq!(mended.len(), before.len() - 1);
    assert!(mended.iter().all(|print| before.contains(print)), "{mended:?}\n{before:?}");
    // The same text in another file is another finding.
    let renamed = {
        let (loaded, findings) = checked(&[WRONG]);
        let mut out = Vec::new();
        sarif::write(&mut out, &loaded.files, &artifacts(&loaded, |_| inside("other.yaml")), &findings).unwrap();
        serde_json::from_slice::<Value>(&out).unwrap()
    };
    let print = &results(&renamed)[0]["partialFingerprints"]["primaryLocationLineHash"];
    assert!(before.iter().all(|(_, old)| print != old));
}

#[test]
fn columns_count_characters() {
    let log = sarif_of(&["version: 1\ngroups:\n  g: [\"\u{1f980}ü\", &a bob]\n"]);
    let anchor = results(&log).iter().find(|result| result["ruleId"] == "BUR006").unwrap();
    let region = &anchor["locations"][0]["physicalLocation"]["region"];
    // Behind two spaces, `g: ["`, a crab, `ü` and `", &a `: in UTF-16 it would be one more, in bytes four more.
    assert_eq!((&region["startLine"], &region["startColumn"]), (&3.into(), &16.into()), "{region}");
}

#[test]
fn files_are_named_as_uris() {
    let (loaded, findings) = checked(&["version: 2\n", "version: 3\n"]);
    let named = |name: &str| match name {
        "bursar.yaml" => inside("a b/ü#%20\n.yaml"),
        _ => Artifact { path: "/else where/x.yaml".to_owned(), inside: false },
    };
    let mut out = Vec::new();
    sarif::write(&mut out, &loaded.files, &artifacts(&loaded, named), &findings).unwrap();
    let log: Value = serde_json::from_slice(&out).unwrap();
    sound(&log);
    let uris: Vec<&str> = results(&log)
        .iter()
        .map(|result| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap())
        .collect();
    assert_eq!(uris, ["a%20b/%C3%BC%23%2520%0A.yaml", "file:///else%20where/x.yaml"]);
}

/// Keys that would start commands, links and lines of their own.
fn hostile() -> String {
    let mut text = String::from("version: 1\n");
    for key in [
        "\\r\\n::set-output name=x::pwned",
        "\\n##[set-env name=PATH]/tmp",
        "a\\u2028::add-mask::a",
        "100%0A::error::x",
        "[click](https://evil.example)",
        "::stop-commands::x",
        "\\e[2J\\u202e",
        "a,line=99,title=x::b",
    ] {
        let _ = writeln!(text, "\"{key}\": 1");
    }
    text
}

/// What the runner makes of a line: the command, its properties, and the message.
fn parsed(line: &str) -> (String, Vec<(String, String)>, String) {
    let unescape = |text: &str| {
        text.replace("%3A", ":")
            .replace("%2C", ",")
            .replace("%0A", "\n")
            .replace("%0D", "\r")
            .replace("%25", "%")
    };
    let (head, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
    let (command, properties) = head.split_once(' ').unwrap();
    let pair = |text: &str| text.split_once('=').map(|(key, value)| (key.to_owned(), unescape(value))).unwrap();
    (command.to_owned(), properties.split(',').map(pair).collect(), unescape(message))
}

#[test]
fn no_text_of_a_file_starts_a_command() {
    let text = hostile();
    let (loaded, findings) = checked(&[&text]);
    assert!(findings.len() >= 8, "{findings:?}");
    let name = |_: &str| inside("a,b::c\n::set-output name=x::y%.yaml");
    let mut out = Vec::new();
    github::write(&mut out, &loaded.files, &artifacts(&loaded, name), &findings).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(!out.contains("##["), "{out}");
    assert_eq!(out.lines().count(), findings.len() + 1, "{out}");
    assert!(out.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}' && c != '\u{2028}'), "{out:?}");
    for (line, finding) in out.lines().zip(&findings) {
        let (command, properties, message) = parsed(line);
        assert_eq!(command, "error", "{line}");
        let names: Vec<&str> = properties.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(names, ["file", "line", "endLine", "col", "endColumn", "title"], "{line}");
        assert_eq!(properties[0].1, "a,b::c\\n::set-output name=x::y%.yaml");
        assert_eq!(properties[1].1, loaded.files.line(finding.span).to_string());
        assert!(properties[5].1.starts_with(finding.code), "{line}");
        assert!(!message.contains('\r'), "{line}");
    }
    assert_snapshot!("github_hostile", out);
    // And no link in what code scanning shows.
    let log = sarif_of(&[&text]);
    sound(&log);
    assert!(
        results(&log)
            .iter()
            .all(|result| !result["message"]["text"].as_str().unwrap().contains("]("))
    );
    assert!(log.to_string().contains("[click]\\\\(https://evil.example)"));
}

#[test]
fn errors_come_before_warnings_and_all_are_counted() {
    let warn = "version: 1\nmembers: { alice: {} }\ngroups: { empty: [] }\nversions: 1\n";
    let (loaded, findings) = checked(&[warn]);
    let mut out = Vec::new();
    github::write(&mut out, &loaded.files, &artifacts(&loaded, inside), &findings).unwrap();
    assert_snapshot!("github_order", String::from_utf8(out).unwrap());
    let many: String = (0..11).map(|i| format!("key-{i}: 1\n")).collect();
    let (loaded, findings) = checked(&[&format!("version: 1\n{many}")]);
    let mut out = Vec::new();
    github::write(&mut out, &loaded.files, &artifacts(&loaded, inside), &findings).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert_eq!(
        out.lines().last().unwrap(),
        "::notice title=bursar validate::11 errors, of which GitHub shows the first 10 of each; the log has all"
    );
    let mut nothing = Vec::new();
    github::write(&mut nothing, &loaded.files, &artifacts(&loaded, inside), &[]).unwrap();
    assert!(nothing.is_empty());
}

/// A repository with a wrong config in a folder of it.
fn repository() -> Folder {
    let folder = Folder::new();
    fs::create_dir_all(folder.path().join("teams/design")).unwrap();
    fs::write(
        folder.path().join("teams/design/bursar.yaml"),
        "version: 1\ngroups:\n  g: [alcie]\nmembers: { alice: {} }\n",
    )
    .unwrap();
    let init = Command::new("git").args(["init", "-q"]).current_dir(folder.path()).output().unwrap();
    assert!(init.status.success());
    folder
}

#[test]
fn paths_begin_at_the_root_of_the_repository() {
    let folder = repository();
    let at = folder.path();
    assert_snapshot!("validate_github", terminal(at, "validate -C teams/design --format github"));
    let uri = |folder: &Path, line: &str| {
        let out = bursar(folder).args(line.split_whitespace()).output().unwrap();
        assert_eq!(out.status.code(), Some(1));
        let log: Value = serde_json::from_slice(&out.stdout).unwrap();
        sound(&log);
        results(&log)[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(uri(at, "validate -C teams/design --format sarif"), "teams/design/bursar.yaml");
    assert_eq!(uri(&at.join("teams"), "validate design/bursar.yaml --format sarif"), "teams/design/bursar.yaml");
    // The workflow's folder may be above the repository, and annotations begin there.
    let path = |workspace: &Path| {
        let mut command = bursar(at);
        command
            .args(["validate", "-C", "teams/design", "--format", "github"])
            .env("GITHUB_WORKSPACE", workspace);
        let out = String::from_utf8(command.output().unwrap().stdout).unwrap();
        parsed(out.lines().next().unwrap()).1[0].1.clone()
    };
    let name = at.canonicalize().unwrap().file_name().unwrap().to_string_lossy().into_owned();
    assert_eq!(path(at.parent().unwrap()), format!("{name}/teams/design/bursar.yaml"));
    assert_eq!(path(at), "teams/design/bursar.yaml");
    assert_eq!(path(&at.join("teams")), "design/bursar.yaml");
    // Where the files are not in it, it says nothing.
    assert_eq!(path(Path::new(env!("CARGO_MANIFEST_DIR"))), "teams/design/bursar.yaml");
    assert_eq!(path(Path::new("")), "teams/design/bursar.yaml");
    // Without a repository they begin where Bursar was started for.
    let alone = self::folder("version: 2\n");
    assert_eq!(uri(alone.path(), "validate --format sarif"), "bursar.yaml");
}

#[test]
fn a_sarif_log_for_a_person_to_read() {
    let folder = repository();
    let out = bursar(folder.path())
        .args(["validate", "-C", "teams/design", "--format", "sarif"])
        .output()
        .unwrap();
    let mut log: Value = serde_json::from_slice(&out.stdout).unwrap();
    let driver = log["runs"][0]["tool"]["driver"].as_object_mut().unwrap();
    let rules = driver["rules"].as_array_mut().unwrap();
    rules.retain(|rule| rule["id"] == "BUR020");
    driver.insert("version".to_owned(), "[version]".into());
    driver.insert("semanticVersion".to_owned(), "[version]".into());
    assert_snapshot!("validate_sarif", serde_json::to_string_pretty(&log).unwrap());
}

#[test]
fn a_sound_config_has_a_log_without_results() {
    let folder = folder("version: 1\n");
    assert_snapshot!("validate_github_sound", terminal(folder.path(), "validate --format github"));
    let out = bursar(folder.path()).args(["validate", "--format", "sarif"]).output().unwrap();
    assert_eq!(out.status.code(), Some(0));
    let log: Value = serde_json::from_slice(&out.stdout).unwrap();
    sound(&log);
    assert!(results(&log).is_empty());
    let line = "plan --format sarif";
    let refused = bursar(folder.path()).args(line.split_whitespace()).output().unwrap();
    assert_snapshot!("plan_has_no_sarif", show(line, &refused, folder.path()));
}

/// A file whose name is a command, through the binary.
#[test]
fn a_hostile_name_of_a_file_is_a_name() {
    let folder = Folder::new();
    let name = "x,line=9::y\n::set-output name=a::b.yaml";
    fs::write(folder.path().join(name), "version: 2\n").unwrap();
    let mut command = bursar(folder.path());
    command.args(["validate", "--format", "github"]).arg(PathBuf::from(name));
    let out = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert_eq!(out.lines().count(), 2, "{out}");
    assert_eq!(parsed(out.lines().next().unwrap()).1[0].1, name.replace('\n', "\\n"));
}

#[test]
fn the_name_of_a_file_is_no_command_to_a_terminal() {
    let folder = crate::secrets::Folder::new();
    std::fs::create_dir(folder.path().join("bursar")).unwrap();
    std::fs::write(folder.path().join("bursar/a\u{1b}[2K\nerror: b\u{202e}.yaml"), "version: 1\nx: 1\n").unwrap();
    let said = crate::terminal::terminal(folder.path(), "validate --format=text");
    assert!(said.contains(r"bursar/a\u{1b}[2K\nerror: b\u{202e}.yaml:2:1"), "{said}");
}
