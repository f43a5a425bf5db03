//! Files and folders on a disk.

use std::fs;
use std::path::{Path, PathBuf};

use bursar::config::{self, LoadError};
use bursar::model::MemberId;
use tempfile::TempDir;

use super::{TODAY, lines, providers};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn the_file_comes_before_the_folder() {
    let both = folder(&[
        ("bursar.yaml", "version: 1\nmembers: { file: {} }\n"),
        ("bursar/a.yaml", "version: 1\nmembers: { folder: {} }\n"),
    ]);
    let loaded = config::load(both.path(), None).unwrap();
    assert!(loaded.config.members.get("file").is_some());
    assert!(loaded.config.members.get("folder").is_none());

    let only_folder = folder(&[("bursar/a.yaml", "version: 1\nmembers: { folder: {} }\n")]);
    let loaded = config::load(only_folder.path(), None).unwrap();
    assert!(loaded.config.members.get("folder").is_some());
}

#[test]
fn a_folder_is_one_config() {
    let folder = folder(&[
        ("bursar/people/z.yml", "version: 1\nmembers: { zoe: {}, alice: {} }\n"),
        ("bursar/people/a.yaml", "version: 1\nmembers: { alice: {}, anna: {} }\n"),
        ("bursar/groups.yaml", "version: 1\ngroups: { all: [alice, zoe, anna] }\n"),
        ("bursar/notes.txt", "not ours"),
        ("bursar/more.yaml", "groups: { some: [alice] }\n"),
    ]);
    let loaded = config::load(folder.path(), None).unwrap();
    let findings = config::check(&loaded, &providers(), TODAY);
    insta::assert_snapshot!(lines(&loaded, &findings), @r"
    BUR011 1:1 the file has no `version`
    BUR018 2:21 the member `alice` is in two files
    ");
    let shown: Vec<String> = loaded.files.iter().map(|file| loaded.files.shown(file).to_string()).collect();
    assert_eq!(shown, ["bursar/groups.yaml", "bursar/more.yaml", "bursar/people/a.yaml", "bursar/people/z.yml"]);
    let alice = findings.iter().find(|finding| finding.code == "BUR018").unwrap();
    assert_eq!(&*loaded.files.shown(alice.span.file), "bursar/people/z.yml");
    assert_eq!(&*loaded.files.shown(alice.related[0].span.file), "bursar/people/a.yaml");
    assert_eq!(loaded.config.members.len(), 3);
    assert_eq!(loaded.config.members.at(0).unwrap().name.value, MemberId::new("alice").unwrap());
}

#[test]
fn paths_are_put_together() {
    let folder = folder(&[
        ("a.yaml", "version: 1\nmembers: { alice: {} }\n"),
        ("b/b.yaml", "version: 1\ngroups: { g: [alice] }\n"),
        ("c.yaml", "version: 1\ngroups: { h: [nobody] }\n"),
    ]);
    let paths = [PathBuf::from("b"), PathBuf::from("a.yaml"), PathBuf::from("b/b.yaml")];
    let loaded = config::load_paths(folder.path(), &paths).unwrap();
    assert_eq!(config::check(&loaded, &providers(), TODAY), []);
}

#[test]
fn what_cannot_be_read_says_what_to_do() {
    let folder = folder(&[("bursar/notes.txt", "")]);
    let say = |result: Result<config::Loaded, LoadError>| {
        let error = result.unwrap_err();
        let name = folder.path().display().to_string();
        format!("{error}\nhelp: {}\n", error.help()).replace(&name, "[root]")
    };
    let said = [
        say(config::load(folder.path(), None)),
        say(config::load(folder.path(), Some(Path::new("elsewhere.yaml")))),
        say(config::load(&folder.path().join("bursar"), None)),
    ];
    insta::assert_snapshot!(said.concat(), @r"
    [root]/bursar holds no .yaml and no .yml file
    help: put the config into a file such as bursar.yaml
    [root]/elsewhere.yaml is not there
    help: check the path; it is relative to where Bursar was started, or to -C
    there is no bursar.yaml and no folder bursar in [root]/bursar
    help: `bursar init` writes one, and `--config PATH` names another place
    ");
}

#[test]
fn a_broken_file_hides_no_findings_of_others_and_makes_no_false_ones() {
    let folder = folder(&[
        ("bursar/a.yaml", "version: 1\nmembers: { alice: [\n"),
        ("bursar/b.yaml", "version: 1\ngroups: { g: [alice], h: no }\n"),
    ]);
    let loaded = config::load(folder.path(), None).unwrap();
    let findings = config::check(&loaded, &providers(), TODAY);
    insta::assert_snapshot!(lines(&loaded, &findings), @r"
    BUR001 2:19 this is not YAML: unclosed bracket '['
    BUR005 2:26 `no` is a text to some readers of YAML and a truth value to others
    ");
}

#[test]
#[cfg(unix)]
fn nothing_of_a_folder_is_left_out_silently() {
    use std::os::unix::fs::symlink;
    let folder = folder(&[
        ("bursar/a.yaml", "version: 1\nmembers: { alice: {} }\n"),
        ("bursar/B.YAML", "version: 1\nmembers: { bob: {} }\n"),
        ("bursar/.hidden/c.yml", "version: 1\nmembers: { carol: {} }\n"),
        ("elsewhere/d.yaml", "version: 1\nmembers: { dan: {} }\n"),
        ("elsewhere/e.yaml", "version: 1\nmembers: { eve: {} }\n"),
    ]);
    let at = |path: &str| folder.path().join(path);
    symlink("../elsewhere", at("bursar/linked")).unwrap();
    // Neither a way back nor a second way to the same folder reads anything twice.
    symlink("..", at("elsewhere/back")).unwrap();
    symlink(".", at("bursar/again")).unwrap();
    symlink("../elsewhere", at("bursar/twice")).unwrap();
    let loaded = config::load(folder.path(), None).unwrap();
    assert_eq!(config::check(&loaded, &providers(), TODAY), []);
    let shown: Vec<String> = loaded.files.iter().map(|file| loaded.files.shown(file).to_string()).collect();
    assert_eq!(
        shown,
        ["bursar/.hidden/c.yml", "bursar/B.YAML", "bursar/a.yaml", "bursar/linked/d.yaml", "bursar/linked/e.yaml"]
    );

    symlink("gone.yaml", at("bursar/f.yaml")).unwrap();
    let error = config::load(folder.path(), None).unwrap_err();
    assert!(error.to_string().ends_with("bursar/f.yaml is a link that leads nowhere"), "{error}");
    assert!(matches!(config::load(folder.path(), Some(Path::new("bursar/f.yaml"))), Err(LoadError::DeadLink(_))));
}

#[test]
#[cfg(target_os = "linux")]
fn a_device_without_an_end_has_one() {
    let loaded = config::load(Path::new("/"), Some(Path::new("dev/zero"))).unwrap();
    assert_eq!(loaded.findings.len(), 1);
    assert_eq!(loaded.findings[0].message, "the file is larger than 256 MiB");
}
