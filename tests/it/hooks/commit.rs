//! What a commit will hold is what is checked, however it comes about.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use insta::assert_snapshot;

use super::{FILES, MISTAKE, RIGHT, Repo, WRONG};

#[test]
fn a_plain_commit_is_checked_as_it_is_staged() {
    let repo = Repo::new();
    repo.edit("bursar.yaml", RIGHT, WRONG);
    repo.git("add bursar.yaml");
    // The working file is right again, and the index is not.
    repo.edit("bursar.yaml", WRONG, RIGHT);
    let said = repo.try_git("commit -qm two");
    said.stopped();
    assert_snapshot!("commit_stopped", said.text);
    assert_eq!(repo.log(), ["one"]);
    // The other way round.
    repo.edit("bursar.yaml", RIGHT, "cap: 90");
    repo.git("add bursar.yaml");
    repo.edit("bursar.yaml", "cap: 90", WRONG);
    repo.try_git("commit -qm two").silent();
    assert_eq!(repo.log(), ["two", "one"]);
    assert!(repo.git("show HEAD:bursar.yaml").contains("cap: 90"));
}

#[test]
fn commit_all_and_commit_path_are_checked_in_the_index_that_git_makes_for_them() {
    for line in ["commit -qam two", "commit -qm two bursar.yaml", "commit -q --only -m two bursar.yaml"] {
        let repo = Repo::new();
        repo.edit("bursar.yaml", RIGHT, WRONG);
        repo.try_git(line).stopped();
        assert_eq!(repo.log(), ["one"], "{line}");
        repo.edit("bursar.yaml", WRONG, "cap: 90");
        repo.try_git(line).silent();
        assert_eq!(repo.log(), ["two", "one"], "{line}");
    }
    // What is staged beside the path that is committed is no part of the commit.
    let repo = Repo::new();
    repo.write("notes.txt", "a\n");
    repo.git("add notes.txt");
    repo.edit("bursar.yaml", RIGHT, WRONG);
    repo.git("add bursar.yaml");
    repo.try_git("commit -qm notes notes.txt").silent();
    repo.try_git("commit -qm two").stopped();
}

#[test]
fn only_the_hunks_that_are_staged_count() {
    let repo = Repo::new();
    repo.edit("bursar.yaml", "cap: 500", "cap: 400");
    repo.git("add bursar.yaml");
    // `add -p` leaves such a state: one hunk staged, one not.
    repo.edit("bursar.yaml", RIGHT, WRONG);
    repo.try_git("commit -qm two").silent();
    let held = repo.git("show HEAD:bursar.yaml");
    assert!(held.contains("cap: 400") && held.contains(RIGHT), "{held}");
}

#[test]
fn a_commit_that_leaves_the_config_alone_is_not_asked_about() {
    let repo = Repo::new();
    repo.edit("bursar.yaml", RIGHT, WRONG);
    repo.git("add bursar.yaml");
    repo.git("commit -qm broken --no-verify");
    repo.write("notes.txt", "a\n");
    repo.git("add notes.txt");
    repo.try_git("commit -qm notes").silent();
    repo.try_git("commit -q --allow-empty -m empty").silent();
    repo.try_git("commit -q --amend -m empty2 --allow-empty").silent();
    // A fix of it is asked about, and passes.
    repo.edit("bursar.yaml", WRONG, RIGHT);
    repo.try_git("commit -qam fix").silent();
    assert_eq!(repo.log(), ["fix", "empty2", "notes", "broken", "one"]);
}

#[test]
fn a_warning_is_shown_and_stops_nothing() {
    let repo = Repo::new();
    repo.write("bursar.yaml", &FILES.replace("pools:\n", "groups:\n  nobody: []\npools:\n"));
    let said = repo.try_git("commit -qam two");
    assert!(said.done && said.text.contains("warning["), "{}", said.text);
    assert_eq!(repo.log(), ["two", "one"]);
}

#[test]
fn the_first_commit_of_all_is_checked() {
    let repo = Repo::empty();
    repo.write("bursar.yaml", &FILES.replace(RIGHT, WRONG));
    repo.bursar("hook install");
    repo.git("add -A");
    repo.try_git("commit -qm one").stopped();
    repo.write("bursar.yaml", FILES);
    repo.try_git("commit -qam one").stopped_not();
}

impl super::Said {
    #[track_caller]
    fn stopped_not(&self) {
        assert!(self.done && !self.text.contains(MISTAKE), "{}", self.text);
    }
}

#[test]
fn a_linked_working_tree_has_its_own_index_and_the_same_hooks() {
    let repo = Repo::new();
    repo.git("worktree add -q ../other -b other");
    let other = repo.beside("other");
    let git = |line: &str| repo.said(repo.command("git").current_dir(&other).args(line.split_whitespace()));
    fs::write(other.join("bursar.yaml"), FILES.replace(RIGHT, WRONG)).unwrap();
    // The first working tree is sound, the other is not.
    git("commit -qam two").stopped();
    git("commit -qm two bursar.yaml").stopped();
    repo.try_git("commit -q --allow-empty -m main").silent();
    fs::write(other.join("bursar.yaml"), FILES.replace(RIGHT, "cap: 90")).unwrap();
    git("commit -qam two").silent();
}

#[test]
fn working_files_that_are_named_apart_from_the_git_folder_are_those() {
    let repo = Repo::new();
    let apart = repo.beside("apart git");
    fs::rename(repo.at().join(".git"), &apart).unwrap();
    let commit = |at: &Path, name: &str| {
        let mut git = repo.command("git");
        git.current_dir(at).arg("--git-dir").arg(&apart).arg("--work-tree").arg(repo.at());
        repo.said(git.args(["commit", "-qam", name]))
    };
    for at in [repo.at(), &repo.beside("home")] {
        repo.write("bursar.yaml", &FILES.replace(RIGHT, WRONG));
        let said = commit(at, "wrong");
        assert!(!said.done && said.text.contains(MISTAKE), "{}", said.text);
        repo.write("bursar.yaml", &format!("{FILES}# {}\n", at.display()));
        let said = commit(at, "right");
        assert!(said.done, "{}", said.text);
    }
}

#[test]
fn a_merge_is_checked_when_it_is_committed() {
    let repo = Repo::new();
    repo.git("checkout -q -b side");
    repo.edit("bursar.yaml", RIGHT, WRONG);
    repo.git("commit -qam side --no-verify");
    repo.git("checkout -q main");
    repo.write("notes.txt", "a\n");
    repo.git("add notes.txt");
    repo.git("commit -qm notes");
    // Without conflicts it is the hook of merges that is asked.
    let said = repo.try_git("merge -q --no-edit side");
    said.stopped();
    assert!(said.text.contains("git merge --no-verify"), "{}", said.text);
    repo.git("merge --abort");
    // With conflicts it is a commit like any other.
    repo.edit("bursar.yaml", RIGHT, "cap: 90");
    repo.git("commit -qam ours");
    assert!(!repo.try_git("merge -q --no-edit side").done);
    assert_snapshot!("staged_conflict", repo.terminal("validate --staged"));
    assert_snapshot!("hook_conflict", repo.terminal("hook run pre-commit"));
    repo.write("bursar.yaml", &FILES.replace(RIGHT, WRONG));
    repo.git("add bursar.yaml");
    repo.try_git("commit -q --no-edit").stopped();
    repo.write("bursar.yaml", &FILES.replace(RIGHT, "cap: 80"));
    repo.git("add bursar.yaml");
    repo.try_git("commit -q --no-edit").silent();
    assert!(repo.log()[0].starts_with("Merge branch"));
}

#[test]
fn a_config_in_a_folder_is_checked_whole() {
    let repo = Repo::empty();
    let (people, pools) = FILES.split_once("pools:").unwrap();
    repo.write("credits/people.yaml", people);
    repo.write("credits/deep/pools.YML", &format!("version: 1\npools:{pools}"));
    repo.write("credits/readme.txt", "no YAML: [\n");
    repo.git("add -A");
    repo.git("commit -qm one");
    repo.bursar("-c credits hook install");
    // A file that goes takes with it what another one names.
    repo.git("rm -q credits/people.yaml");
    let said = repo.try_git("commit -qm two");
    assert!(!said.done && said.text.contains("credits/deep/pools.YML"), "{}", said.text);
    repo.git("reset -q --hard");
    // A file that is only announced will be in no commit.
    repo.write("credits/new.yaml", "nonsense: [\n");
    repo.git("add --intent-to-add credits/new.yaml");
    repo.edit("credits/people.yaml", "alice@", "alice.a@");
    repo.git("add credits/people.yaml");
    assert_snapshot!("staged_folder", repo.terminal("-c credits validate --staged"));
    assert!(!repo.try_git("commit -qam three").done, "with -a it is in the commit");
    fs::remove_file(repo.at().join("credits/new.yaml")).unwrap();
    repo.git("rm -q --cached credits/new.yaml");
    repo.try_git("commit -qm three").silent();
    // Other files of the folder are none of the config.
    repo.edit("credits/readme.txt", "[", "{");
    repo.try_git("commit -qam readme").silent();
}

#[test]
fn a_config_in_a_subfolder_with_an_odd_name_is_found_from_everywhere() {
    let repo = Repo::empty();
    let folder = "it's \"odd\" $HOME/ü";
    repo.write(&format!("{folder}/bursar.yaml"), FILES);
    repo.git("add -A");
    repo.git("commit -qm one");
    let at = repo.at().join(folder);
    let out = crate::terminal::bursar(&at).args(["hook", "install"]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    fs::write(at.join("bursar.yaml"), FILES.replace(RIGHT, WRONG)).unwrap();
    let said = repo.said(repo.command("git").current_dir(&at).args(["commit", "-qam", "two"]));
    said.stopped();
    assert!(said.text.contains(&format!("{folder}/bursar.yaml:13")), "{}", said.text);
    repo.try_git("commit -qam two").stopped();
}

#[test]
fn a_linked_config_is_checked_where_the_link_leads() {
    let repo = Repo::empty();
    repo.write("real/credits.yaml", FILES);
    symlink("real/credits.yaml", repo.at().join("bursar.yaml")).unwrap();
    repo.git("add -A");
    repo.git("commit -qm one");
    repo.bursar("hook install");
    repo.edit("real/credits.yaml", RIGHT, WRONG);
    repo.try_git("commit -qam two").stopped();
    repo.git("checkout -q .");
    // A link that no longer leads anywhere in the repository.
    fs::remove_file(repo.at().join("bursar.yaml")).unwrap();
    symlink("/etc/hostname", repo.at().join("bursar.yaml")).unwrap();
    repo.git("add -A");
    assert_snapshot!("staged_link_outside", repo.terminal("validate --staged"));
    assert!(!repo.try_git("commit -qm two").done);
}

#[test]
fn a_config_that_is_moved_or_deleted_is_said() {
    let repo = Repo::new();
    repo.git("mv bursar.yaml credits.yaml");
    repo.edit("credits.yaml", RIGHT, WRONG);
    repo.git("add -A");
    repo.try_git("commit -qm moved").stopped();
    repo.edit("credits.yaml", WRONG, RIGHT);
    repo.git("add -A");
    let said = repo.try_git("commit -qm moved");
    assert!(said.done);
    assert_snapshot!("commit_moves", said.text);
    let repo = Repo::new();
    // Into the other default place it is no move that anybody has to know of.
    fs::create_dir(repo.at().join("bursar")).unwrap();
    repo.git("mv bursar.yaml bursar/main.yaml");
    repo.try_git("commit -qm folder").silent();
    repo.edit("bursar/main.yaml", RIGHT, WRONG);
    repo.try_git("commit -qam two").stopped();
    repo.git("rm -qf bursar/main.yaml");
    let said = repo.try_git("commit -qm gone");
    assert!(said.done);
    assert_snapshot!("commit_deletes", said.text);
    repo.try_git("commit -q --allow-empty -m after").silent();
}

#[test]
fn a_folder_that_is_moved_is_checked_where_it_goes() {
    let repo = Repo::empty();
    let (people, pools) = FILES.split_once("pools:").unwrap();
    repo.write("credits/deep/people.yaml", people);
    repo.write("credits/pools.yaml", &format!("version: 1\npools:{pools}"));
    repo.git("add -A");
    repo.git("commit -qm one");
    repo.bursar("-c credits hook install");
    repo.git("mv credits ai");
    repo.edit("ai/pools.yaml", RIGHT, WRONG);
    repo.git("add -A");
    let said = repo.try_git("commit -qm moved");
    said.stopped();
    assert!(said.text.contains("moves the config to ai;"), "{}", said.text);
    repo.edit("ai/pools.yaml", WRONG, RIGHT);
    assert!(repo.try_git("commit -qam moved").done);
    // Nothing is where the hook looks, not even the folder.
    repo.try_git("commit -q --allow-empty -m after").silent();
    let repo = Repo::empty();
    repo.write("sub/bursar.yaml", FILES);
    repo.git("add -A");
    repo.git("commit -qm one");
    repo.bursar("-C sub hook install");
    repo.git("rm -qr sub");
    assert!(repo.try_git("commit -qm gone").text.contains("deletes the config"));
    repo.try_git("commit -q --allow-empty -m after").silent();
}

#[test]
fn an_index_that_cannot_be_read_stops_the_commit() {
    let repo = Repo::new();
    repo.edit("bursar.yaml", RIGHT, "cap: 90");
    repo.git("add -A");
    repo.git("update-index --split-index");
    let said = repo.try_git("commit -qm two");
    assert!(!said.done);
    assert_snapshot!("commit_split_index", said.text);
}
