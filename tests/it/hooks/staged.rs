//! `validate --staged`.

use insta::assert_snapshot;

use super::{FILES, RIGHT, Repo, WRONG};

#[test]
fn what_is_staged_is_checked_and_nothing_else() {
    let repo = Repo::without_hooks();
    assert_snapshot!("staged_sound", repo.terminal("validate --staged"));
    repo.edit("bursar.yaml", RIGHT, WRONG);
    assert!(repo.terminal("validate --staged").ends_with("--- exit 0\n"), "it is not staged");
    repo.git("add -A");
    repo.edit("bursar.yaml", WRONG, RIGHT);
    assert_snapshot!("staged_wrong", repo.terminal("validate --staged"));
    let json = repo.terminal("validate --staged --format json");
    assert!(json.contains("\"file\": \"bursar.yaml\"") && json.ends_with("--- exit 1\n"), "{json}");
    assert!(repo.terminal("validate").ends_with("--- exit 0\n"), "the working file is right");
}

#[test]
fn files_can_be_named_and_have_to_be_staged() {
    let repo = Repo::without_hooks();
    repo.write("more/other.yaml", &FILES.replace(RIGHT, WRONG));
    assert_snapshot!("staged_not_there", repo.terminal("validate --staged more/other.yaml"));
    repo.git("add -A");
    let said = repo.terminal("-C more validate --staged other.yaml");
    assert!(said.contains("--> more/other.yaml:13") && said.ends_with("--- exit 1\n"), "{said}");
    assert!(repo.terminal("validate --staged more").contains("--> more/other.yaml:13"));
    assert_snapshot!("staged_both", repo.terminal("-c bursar.yaml validate --staged bursar.yaml"));
    assert_snapshot!("staged_outside", repo.terminal("validate --staged /etc/hosts"));
}

#[test]
fn without_a_config_or_a_repository_there_is_nothing_to_check() {
    let repo = Repo::empty();
    repo.write("bursar.yaml", FILES);
    assert_snapshot!("staged_none", repo.terminal("validate --staged"));
    let folder = crate::terminal::folder(FILES);
    assert_snapshot!("staged_no_repository", crate::terminal::terminal(folder.path(), "validate --staged"));
}

#[test]
fn an_index_of_somebody_elses_choice_is_the_one_that_counts() {
    let repo = Repo::without_hooks();
    let index = repo.beside("index");
    let git = |line: &str| {
        assert!(
            repo.said(repo.command("git").env("GIT_INDEX_FILE", &index).args(line.split_whitespace()))
                .done
        );
    };
    git("read-tree HEAD");
    repo.edit("bursar.yaml", RIGHT, WRONG);
    git("add bursar.yaml");
    assert!(repo.terminal("validate --staged").ends_with("--- exit 0\n"));
    for dir in [None, Some(".git")] {
        let mut command = crate::terminal::bursar(repo.at());
        command.args(["validate", "--staged"]).env("GIT_INDEX_FILE", &index);
        if let Some(dir) = dir {
            command.env("GIT_DIR", dir);
        }
        assert_eq!(command.output().unwrap().status.code(), Some(1), "{dir:?}");
    }
}
