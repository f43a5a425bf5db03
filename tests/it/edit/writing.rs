//! How the files are written: whole or not at all, and only where something is to be written.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use insta::assert_snapshot;

use crate::terminal::{bursar, example, folder, terminal};

const MESSY: &str =
    "version: 1\ncenters:\n    c:   {provider: embedded}   # the one\nmembers: {a: {email: a@acme.example}}\n";

#[test]
fn fmt_says_what_it_does() {
    let folder = folder(MESSY);
    let at = folder.path();
    assert_snapshot!("fmt_check", terminal(at, "fmt --check"));
    assert_snapshot!("fmt_diff", terminal(at, "fmt --diff"));
    assert_eq!(fs::read_to_string(at.join("bursar.yaml")).unwrap(), MESSY);
    assert_snapshot!("fmt", terminal(at, "fmt"));
    assert_snapshot!("fmt_again", terminal(at, "fmt"));
    assert_snapshot!("fmt_check_again", terminal(at, "fmt --check"));
    assert_snapshot!("fmt_file", fs::read_to_string(at.join("bursar.yaml")).unwrap());
}

#[test]
fn the_commands_explain_themselves() {
    let folder = crate::secrets::Folder::new();
    for command in ["fmt", "grant", "revoke"] {
        assert_snapshot!(format!("help_{command}"), terminal(folder.path(), &format!("{command} --help")));
    }
}

#[test]
fn fmt_refuses_what_has_errors() {
    let folder = folder("version: 1\nmembers:\n  a: &x { email: a@acme.example }\n  b: no\n");
    let at = folder.path();
    fs::write(at.join("bad.yaml"), b"version: 1\n# \xff\n").unwrap();
    fs::write(at.join("good.yaml"), MESSY).unwrap();
    assert_snapshot!("fmt_error", terminal(at, "fmt"));
    assert_snapshot!("fmt_error_among_others", terminal(at, "fmt bad.yaml good.yaml"));
    assert_ne!(fs::read_to_string(at.join("good.yaml")).unwrap(), MESSY, "the others are laid out all the same");
    assert_snapshot!("fmt_nothing_there", terminal(at, "fmt nowhere.yaml"));
    assert_snapshot!("fmt_both", terminal(at, "fmt --check --diff"));
    assert_snapshot!("fmt_two_places", terminal(at, "fmt -c bursar.yaml good.yaml"));
}

/// A key of two lines can be said in one way only, and that is not ours.
#[test]
fn fmt_leaves_alone_what_it_is_not_sure_of() {
    let text = "version: 1\nmembers:\n  ? a\n  # between\n  : {email: a@acme.example}\n";
    let folder = folder(text);
    assert_snapshot!("fmt_unsure", terminal(folder.path(), "fmt"));
    assert_eq!(fs::read_to_string(folder.path().join("bursar.yaml")).unwrap(), text);
}

#[test]
fn what_init_writes_is_canonical() {
    for provider in ["embedded", "http", "litellm"] {
        let folder = crate::secrets::Folder::new();
        terminal(folder.path(), &format!("init --center {provider}"));
        let shown = terminal(folder.path(), "fmt --check bursar.yaml");
        assert!(shown.contains("--- exit 0"), "{shown}");
    }
}

#[test]
fn links_and_modes_stay() {
    let folder = example("company");
    let at = folder.path();
    let real = at.join("real.yaml");
    let link = at.join("bursar/people.yaml");
    let text = fs::read_to_string(&link).unwrap().replace("bob: {", "bob:    {");
    fs::write(&real, &text).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    fs::remove_file(&link).unwrap();
    symlink("../real.yaml", &link).unwrap();
    assert!(terminal(at, "fmt").contains("--- exit 0"));
    assert!(link.is_symlink());
    assert_ne!(fs::read_to_string(&real).unwrap(), text);
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    let names: Vec<_> = fs::read_dir(at.join("bursar")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

/// A disk without room, and a kill at the first byte: the old file is there, whole.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_old_file() {
    for (trap, code) in [("trap '' XFSZ; ", Some(1)), ("", None)] {
        for line in ["fmt", "grant p a --cap 5"] {
            let text = format!(
                "{MESSY}pools:\n  p:\n    center: c\n    budget: {{ limit: 9, unit: credits, period: monthly, when_exhausted: block }}\n    others: blocked\n    access: []\n"
            );
            let folder = folder(&text);
            let at = folder.path();
            let script =
                format!("{trap}ulimit -c 0; ulimit -f 0; exec {} {line} 2>&1 | cat", env!("CARGO_BIN_EXE_bursar"));
            let script = script.replace("exec ", "").replace("2>&1 | cat", "2>&1 | cat; exit ${PIPESTATUS[0]}");
            let out = Command::new("bash")
                .args(["-c", &script])
                .current_dir(at)
                .env("NO_COLOR", "1")
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&out.stdout);
            if let Some(code) = code {
                assert_eq!(out.status.code(), Some(code), "{said}");
                assert!(said.contains("cannot be written") && said.contains("left as it is"), "{said}");
                assert_eq!(fs::read_dir(at).unwrap().count(), 1, "nothing is left behind");
            } else {
                assert_ne!(out.status.code(), Some(0), "{said}");
            }
            assert_eq!(fs::read_to_string(at.join("bursar.yaml")).unwrap(), text);
        }
    }
}

#[test]
fn one_file_under_two_names_is_laid_out_once() {
    let folder = folder(MESSY);
    let at = folder.path();
    symlink("bursar.yaml", at.join("same.yaml")).unwrap();
    let out = bursar(at).args(["fmt", "bursar.yaml", "same.yaml"]).output().unwrap();
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
}
