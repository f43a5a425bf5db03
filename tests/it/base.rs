//! `--base`: real repositories, and what a person sees of them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::serve::{READ, Serving, WRITE};
use crate::terminal::{bursar, show, terminal};

pub(crate) const FILES: &str = "\
version: 1
centers:
  local: { provider: embedded }
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
  carol: { email: carol@acme.example }
pools:
  ai:
    center: local
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access:
      - { member: alice, cap: 500 }
      - { member: bob, cap: 100 }
    others: blocked
";

/// How carol gets in past the files.
const LET_IN: (&str, &str) = ("    others", "      - { member: carol, cap: 70 }\n    others");

/// A clone with commits whose ids are the same on every day and machine.
pub(crate) struct Clone {
    folder: crate::secrets::Folder,
    author: String,
}

impl Clone {
    /// A repository with this config, committed and applied.
    fn new(config: &str) -> Self {
        let clone = Self::empty();
        clone.write("bursar.yaml", config);
        clone.commit("Grant credits");
        clone.bursar("apply --yes -q");
        clone
    }

    pub(crate) fn empty() -> Self {
        let clone = Self { folder: crate::secrets::Folder::new(), author: "Ana Müller".to_owned() };
        clone.git(&["init", "-q", "-b", "main"]);
        clone.write(".gitignore", ".bursar/\n");
        clone
    }

    pub(crate) fn at(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        let mut command = Command::new("git");
        command.arg("-C").arg(self.at()).args(args).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.at());
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), &self.author);
            command.env(format!("GIT_{who}_EMAIL"), "ana@acme.example");
            command.env(format!("GIT_{who}_DATE"), "2026-11-20T10:00:00Z");
        }
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        let out = command.output().unwrap();
        assert!(out.status.success(), "{args:?}\n{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.at().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.at().join(path)).unwrap();
        assert!(text.contains(from), "{from}");
        self.write(path, &text.replace(from, to));
    }

    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-qm", message]);
    }

    /// Runs something that has to succeed.
    fn bursar(&self, line: &str) {
        let out = bursar(self.at()).args(line.split_whitespace()).output().unwrap();
        assert!(out.status.success(), "{line}\n{}", String::from_utf8_lossy(&out.stderr));
    }

    pub(crate) fn terminal(&self, line: &str) -> String {
        terminal(self.at(), line)
    }

    /// Somebody works in the center past the files: these files are applied, and then they are as before.
    fn by_hand(&self, edits: &[(&str, &str)]) {
        let before = fs::read_to_string(self.at().join("bursar.yaml")).unwrap();
        for (from, to) in edits {
            self.edit("bursar.yaml", from, to);
        }
        self.bursar("apply --yes -q");
        self.write("bursar.yaml", &before);
    }
}

/// A clone in which the last commit raises alice, and carol was let in past the files.
fn drifted() -> Clone {
    let clone = Clone::new(FILES);
    clone.by_hand(&[LET_IN]);
    clone.edit("bursar.yaml", "cap: 500", "cap: 600");
    clone.commit("Raise alice");
    clone
}

#[test]
fn an_edit_and_what_was_done_past_it_are_told_apart() {
    let clone = drifted();
    assert_snapshot!("base_text", clone.terminal("plan --base HEAD~1"));
    assert_snapshot!("base_markdown", clone.terminal("plan --base HEAD~1 --format markdown"));
    assert_snapshot!("base_json", clone.terminal("plan --base HEAD~1 --format json"));
    // Without a base nothing of it is said.
    assert_snapshot!("base_none", clone.terminal("plan"));
    // Any way to name a commit.
    let id = clone.git(&["rev-parse", "HEAD~1"]);
    for base in ["main^", "main~1", &id[..12], "@~"] {
        let line = format!("plan --base {}", base.trim());
        assert_eq!(
            clone.terminal(&line).split_once('\n').unwrap().1,
            clone.terminal("plan --base HEAD~1").split_once('\n').unwrap().1
        );
    }
}

#[test]
fn drift_is_refused_until_somebody_consents_to_exactly_that() {
    let clone = drifted();
    assert_snapshot!("base_apply_refused", clone.terminal("apply --yes --base HEAD~1"));
    let with = |allow: &str| {
        bursar(clone.at())
            .args(["apply", "--yes", "-q", "--base", "HEAD~1", "--allow", allow])
            .output()
            .unwrap()
            .status
            .code()
    };
    assert_eq!(with("drift=2"), Some(3));
    assert_eq!(with("revocations=1"), Some(3));
    assert_eq!(with("drift=1"), Some(0));
    assert!(clone.terminal("plan").contains("Nothing to change."));
}

#[test]
fn a_saved_plan_lets_no_drift_through() {
    let clone = drifted();
    let at = clone.at();
    let code = |line: &str| bursar(at).args(line.split_whitespace()).output().unwrap().status.code();
    assert_eq!(code("plan -q --base HEAD~1 --out plan.json"), Some(3));
    assert_snapshot!("base_apply_saved_refused", clone.terminal("apply plan.json --yes"));
    assert_eq!(code("apply plan.json --yes -q --allow drift=2"), Some(3));
    assert_eq!(code("apply plan.json --yes -q --base HEAD~1"), Some(3));
    // Whether it is still what would be done is another question.
    assert_eq!(code("verify plan.json"), Some(0));
    // What was saved without a base knows of no drift.
    assert_eq!(code("plan -q --out unattributed.json"), Some(0));
    assert!(!clone.terminal("apply unattributed.json").contains("outside review"));
    // Who rewrites the causes in the file gets what a plan without any has, and nothing where the base is looked at.
    let text = fs::read_to_string(at.join("plan.json")).unwrap();
    let forged = text.replace("\"cause\": \"drift\"", "\"cause\": \"config\"");
    assert_ne!(forged, text);
    clone.write("forged.json", &forged);
    assert_eq!(code("apply forged.json --yes -q --base HEAD~1"), Some(3));
    assert_eq!(code("apply plan.json --yes -q --allow drift=1"), Some(0));
    assert!(clone.terminal("plan").contains("Nothing to change."));
}

#[test]
fn a_saved_plan_reverts_drift_where_the_files_say_so() {
    let clone = drifted();
    clone.edit("bursar.yaml", "    others: blocked\n", "    others: blocked\nguardrails: { drift: revert }\n");
    clone.commit("Let the files win");
    clone.bursar("plan -q --base HEAD --out plan.json");
    clone.bursar("apply plan.json --yes -q");
}

#[test]
fn drift_goes_like_any_other_change_where_the_files_say_so() {
    let clone = drifted();
    clone.edit("bursar.yaml", "    others: blocked\n", "    others: blocked\nguardrails: { drift: revert }\n");
    clone.commit("Let the files win");
    assert_snapshot!("base_apply_reverts", clone.terminal("apply --yes --base HEAD"));
}

#[test]
fn what_was_removed_or_changed_past_the_files_is_named_as_such() {
    let clone = Clone::new(FILES);
    clone.by_hand(&[
        ("      - { member: bob, cap: 100 }\n", ""),
        ("cap: 500", "cap: 900"),
        ("limit: 1000,", "limit: 800,"),
    ]);
    assert_snapshot!("base_removed_and_changed", clone.terminal("plan --base HEAD"));
}

#[test]
fn who_did_it_past_the_files_is_named_where_the_center_keeps_a_record() {
    let clone = Clone::new(FILES);
    let record = clone.at().join(".bursar");
    let tokens = [("BURSAR_SERVE_READ_TOKEN", READ), ("BURSAR_SERVE_WRITE_TOKEN", WRITE)];
    let server = Serving::start(&record, &[], &tokens);
    let bearer = format!("Bearer {WRITE}");
    let write = |method: &str, path: &str, body: Option<&Value>| {
        let answer = server.ask(method, &format!("/v1/pools/ai{path}"), &[("authorization", &bearer)], body);
        assert!(answer.status < 300, "{path}: {}", answer.status);
    };
    let cap = |amount: &str| json!({ "cap": { "amount": amount, "unit": "credits" } });
    write("PUT", "/grants/m%7C%3Cb%3Eal%60lory", Some(&cap("9")));
    // The center tells people apart without regard to case.
    write("PUT", "/grants/BOB", Some(&cap("99")));
    write("DELETE", "/grants/alice", None);
    let mut pool = crate::serve::pool("1000");
    pool["others"] = cap("3");
    pool["alerts"] = json!([{ "of": "budget", "at": { "percent": 80 }, "notify": [{ "email": "x@acme.example" }] }]);
    write("PUT", "", Some(&pool));
    let year = jiff::Timestamp::now().strftime("write token, %Y-").to_string();
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME");
    settings.bind(|| {
        for format in ["text", "markdown", "json"] {
            let shown = clone.terminal(&format!("plan --base HEAD --format {format}"));
            assert!(shown.contains(&year), "{shown}");
            assert_snapshot!(format!("base_record_{format}"), shown);
        }
    });
    // What an apply did is in its journal, and nobody else's doing.
    clone.bursar("apply --yes -q");
    clone.by_hand(&[LET_IN]);
    let shown = clone.terminal("plan --base HEAD");
    assert!(shown.contains("added outside review") && !shown.contains("token,"), "{shown}");
}

#[test]
fn an_expiry_is_neither_an_edit_nor_drift() {
    let clone = Clone::empty();
    clone.write("bursar.yaml", &FILES.replace("bob, cap: 100", "bob, cap: 100, expires: 2026-12-31"));
    clone.commit("Grant bob until the end of the year");
    clone.bursar("apply --yes -q --as-of 2026-11-22");
    clone.edit("bursar.yaml", "cap: 500", "cap: 400");
    clone.commit("Cut alice");
    assert_snapshot!("base_expiry", clone.terminal("plan --base HEAD~1 --as-of 2027-01-01"));
    // Where the edit itself brings the end, it is the edit's.
    clone.bursar("apply --yes -q --as-of 2026-11-22");
    clone.edit("bursar.yaml", "2026-12-31", "2026-11-30");
    clone.commit("End the grant of bob");
    assert_snapshot!("base_expiry_by_edit", clone.terminal("plan --base HEAD~1 --as-of 2026-12-15"));
}

#[test]
fn a_line_that_is_not_committed_says_so() {
    let clone = Clone::new(FILES);
    clone.edit("bursar.yaml", "cap: 500", "cap: 600");
    clone.edit("bursar.yaml", "version: 1\n", "# credits\nversion: 1\n");
    assert_snapshot!("base_not_committed", clone.terminal("plan --base HEAD"));
    let json = clone.terminal("plan --base HEAD --format json");
    assert!(json.contains("\"commit\": null"), "{json}");
    // Line ends are the checkout's business.
    let text = fs::read_to_string(clone.at().join("bursar.yaml")).unwrap();
    clone.commit("Raise alice");
    clone.write("bursar.yaml", &text.replace('\n', "\r\n"));
    assert_snapshot!("base_other_line_ends", clone.terminal("plan --base HEAD~1"));
}

#[test]
fn a_config_that_was_renamed_is_the_same_config() {
    // By a commit, by `git mv`, and by hand.
    for how in ["commit", "index", "hand"] {
        let clone = Clone::empty();
        clone.write("credits.yaml", &FILES.replace("embedded", "embedded, path: center.db"));
        clone.write("other.yaml", &"# something else\n".repeat(9));
        clone.commit("Grant credits");
        clone.bursar("apply --yes -q -c credits.yaml");
        clone.write(".gitignore", ".bursar/\ncenter.db*\n");
        match how {
            "hand" => fs::rename(clone.at().join("credits.yaml"), clone.at().join("bursar.yaml")).unwrap(),
            _ => drop(clone.git(&["mv", "credits.yaml", "bursar.yaml"])),
        }
        clone.edit("bursar.yaml", "cap: 500", "cap: 600");
        let base = if how == "commit" {
            clone.commit("Rename");
            "HEAD~1"
        } else {
            "HEAD"
        };
        clone.by_hand(&[LET_IN]);
        let shown = clone.terminal(&format!("plan --base {base}"));
        if how == "commit" {
            assert_snapshot!("base_renamed", shown);
        }
        assert!(shown.contains("added outside review"), "{how}\n{shown}");
        assert!(shown.contains("Causes: 1 drift"), "the raise was applied by hand: {how}\n{shown}");
    }
}

#[test]
fn a_folder_is_read_as_a_folder() {
    let clone = Clone::empty();
    let (people, pools) = FILES.split_once("pools:\n").unwrap();
    clone.write("bursar/people.yaml", &people.replace("embedded", "embedded, path: ../.bursar/center.db"));
    clone.write("bursar/pools/ai.yml", &format!("version: 1\npools:\n{pools}"));
    clone.write("bursar/README.md", "not YAML: [\n");
    clone.commit("Grant credits");
    clone.bursar("apply --yes -q");
    clone.git(&["mv", "bursar/pools/ai.yml", "bursar/ai.yaml"]);
    clone.edit("bursar/ai.yaml", "cap: 500", "cap: 600");
    clone.edit("bursar/ai.yaml", "      - { member: bob, cap: 100 }\n", "");
    clone.commit("Raise alice, and move the pool");
    assert_snapshot!("base_folder", clone.terminal("plan --base HEAD~1"));
    // The whole folder moves, and a file of it goes.
    clone.git(&["mv", "bursar", "credits"]);
    clone.commit("Move");
    let shown = clone.terminal("plan --base HEAD~2 -c credits");
    assert!(!shown.contains("another account"), "{shown}");
    assert_snapshot!("base_folder_renamed", shown);
    // It becomes one file.
    let whole = format!(
        "{}{}",
        fs::read_to_string(clone.at().join("credits/people.yaml"))
            .unwrap()
            .replace("../.bursar", ".bursar"),
        fs::read_to_string(clone.at().join("credits/ai.yaml"))
            .unwrap()
            .replace("version: 1\n", "")
    );
    clone.git(&["mv", "credits", "bursar"]);
    clone.commit("Move back");
    clone.git(&["rm", "-rq", "bursar"]);
    clone.write("bursar.yaml", &whole);
    clone.commit("One file");
    let shown = clone.terminal("plan --base HEAD~1");
    assert!(shown.contains("Causes: 2 drift"), "the edit came before: {shown}");
}

#[test]
fn links_are_followed_within_the_tree() {
    let clone = Clone::empty();
    clone.write("shared/pools.yaml", FILES);
    fs::create_dir(clone.at().join("bursar")).unwrap();
    std::os::unix::fs::symlink("../shared", clone.at().join("bursar/all")).unwrap();
    std::os::unix::fs::symlink("..", clone.at().join("bursar/all/up")).unwrap();
    clone.commit("Grant credits");
    clone.bursar("apply --yes -q -c bursar/all/pools.yaml");
    fs::remove_file(clone.at().join("shared/up")).unwrap();
    clone.edit("shared/pools.yaml", "cap: 500", "cap: 600");
    assert_snapshot!("base_links", clone.terminal("plan --base HEAD -c bursar"));
    std::os::unix::fs::symlink("/etc/pools.yaml", clone.at().join("bursar/more.yaml")).unwrap();
    clone.commit("Link out of it");
    fs::remove_file(clone.at().join("bursar/more.yaml")).unwrap();
    assert_snapshot!("base_error_link", clone.terminal("plan --base HEAD -c bursar"));
}

#[test]
fn a_submodule_is_no_part_of_a_revision() {
    let clone = Clone::empty();
    clone.write("bursar/pools.yaml", FILES);
    clone.commit("Grant credits");
    let id = clone.git(&["rev-parse", "HEAD"]);
    clone.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},bursar/other", id.trim())]);
    clone.git(&["commit", "-qm", "Add a submodule"]);
    assert_snapshot!("base_error_submodule", clone.terminal("plan --base HEAD"));
}

#[test]
fn no_config_at_the_base_makes_everything_the_edit_s() {
    let clone = Clone::empty();
    clone.commit("Begin");
    clone.write("bursar.yaml", FILES);
    clone.commit("Grant credits");
    assert_snapshot!("base_absent", clone.terminal("plan --base HEAD~1"));
}

#[test]
fn another_account_is_another_center() {
    let clone = drifted();
    clone.edit("bursar.yaml", "provider: embedded", "provider: embedded, path: other.db");
    assert_snapshot!("base_other_account", clone.terminal("plan --base HEAD --pool ai"));
}

#[test]
fn names_of_authors_are_shown_and_never_obeyed() {
    let mut clone = Clone::new(FILES);
    clone.author =
        "Eve \u{1b}[31m`|<!-- @acme/all\u{202e} and a name that is longer than anybody would ever want".to_owned();
    clone.edit("bursar.yaml", "cap: 500", "cap: 600");
    clone.commit("Raise alice");
    assert_snapshot!("base_author", clone.terminal("plan --base HEAD~1"));
    assert_snapshot!("base_author_markdown", clone.terminal("plan --base HEAD~1 --format markdown"));
}

#[test]
fn errors_of_git_say_what_to_do() {
    let clone = Clone::new(FILES);
    assert_snapshot!("base_error_unknown", clone.terminal("plan --base origin/main"));
    assert_snapshot!("base_error_flag", clone.terminal("plan --base=--all"));
    assert_snapshot!("base_error_no_commit", clone.terminal("plan --base HEAD:bursar.yaml"));
    clone.edit("bursar.yaml", "cap: 500", "cap: [500]");
    clone.commit("Break it");
    clone.git(&["revert", "--no-edit", "HEAD"]);
    assert_snapshot!("base_error_in_the_files", clone.terminal("plan --base HEAD~1"));
    assert_snapshot!("base_error_outside", {
        let elsewhere = crate::terminal::folder(FILES);
        let mut command = bursar(clone.at());
        command.args(["plan", "--base", "HEAD", "-c"]).arg(elsewhere.path().join("bursar.yaml"));
        command.env("GIT_DIR", ".git");
        show("plan --base HEAD -c [folder]/bursar.yaml", &command.output().unwrap(), elsewhere.path())
            .replace(&clone.at().display().to_string(), "[clone]")
    });
}

#[test]
fn where_there_is_no_repository() {
    let folder = crate::terminal::folder(FILES);
    let mut command = bursar(folder.path());
    // Whatever is above the folder of the tests is not theirs.
    command
        .args(["plan", "--base", "main"])
        .env("GIT_CEILING_DIRECTORIES", folder.path().parent().unwrap());
    assert_snapshot!("base_error_no_repository", show("plan --base main", &command.output().unwrap(), folder.path()));
    let bare = Clone::new(FILES);
    bare.git(&["config", "core.bare", "true"]);
    assert_snapshot!("base_error_bare", bare.terminal("plan --base HEAD"));
}

#[test]
fn a_repository_among_the_files_tells_no_history() {
    let clone = Clone::new(FILES);
    let base = clone.git(&["rev-parse", "HEAD"]).trim().to_owned();
    // The config is a folder, and in it lies a repository whose HEAD is the base: nothing would have changed.
    clone.git(&["mv", "-k", "bursar.yaml", "moved.yaml"]);
    fs::create_dir_all(clone.at().join("bursar/refs/heads")).unwrap();
    clone.write("bursar/all.yaml", &FILES.replace("cap: 100", "cap: 900"));
    let copied = Command::new("cp")
        .args(["-r", ".git/objects", "bursar/"])
        .current_dir(clone.at())
        .status();
    assert!(copied.unwrap().success());
    clone.write("bursar/HEAD", "ref: refs/heads/main\n");
    clone.write("bursar/refs/heads/main", &format!("{base}\n"));
    clone.write("bursar/config", "[core]\nrepositoryformatversion = 0\nbare = false\nworktree = ..\n");
    clone.commit("Raise");
    let said = clone.terminal(&format!("diff {base}..HEAD"));
    assert!(said.contains("/bursar is bare") && !said.contains("No difference"), "{said}");
}

#[test]
fn formats_of_repositories_that_are_not_known_are_named() {
    let clone = Clone::new(FILES);
    clone.git(&["config", "core.repositoryformatversion", "1"]);
    clone.git(&["config", "extensions.refstorage", "reftable"]);
    assert_snapshot!("base_error_reftable", terminal_of(&clone));
    clone.git(&["config", "--unset", "extensions.refstorage"]);
    clone.git(&["config", "extensions.objectformat", "sha256"]);
    assert_snapshot!("base_error_sha256", terminal_of(&clone));
}

fn terminal_of(clone: &Clone) -> String {
    clone.terminal("plan --base HEAD")
}

#[test]
fn a_repository_of_somebody_else_is_not_trusted() {
    let clone = Clone::new(FILES);
    // Only root can give files away.
    if std::os::unix::fs::chown(clone.at(), Some(4711), Some(4711)).is_err() {
        return;
    }
    std::os::unix::fs::chown(clone.at().join(".git"), Some(4711), Some(4711)).unwrap();
    let mut command = bursar(clone.at());
    command.args(["plan", "--base", "HEAD"]).env("HOME", clone.at());
    assert_snapshot!("base_error_not_owned", show("plan --base HEAD", &command.output().unwrap(), clone.at()));
}

/// A clone of the latest commits only.
fn shallow(of: &Clone, depth: &str) -> Clone {
    let clone = Clone { folder: crate::secrets::Folder::new(), author: of.author.clone() };
    let url = format!("file://{}", of.at().display());
    clone.git(&["clone", "-q", "--depth", depth, &url, "."]);
    fs::create_dir(clone.at().join(".bursar")).unwrap();
    fs::copy(of.at().join(".bursar/center.db"), clone.at().join(".bursar/center.db")).unwrap();
    clone
}

#[test]
fn a_shallow_clone_says_how_to_get_the_rest() {
    let clone = drifted();
    let latest = shallow(&clone, "1");
    assert_snapshot!("base_error_shallow", latest.terminal("plan --base HEAD~1"));
    // Two commits are enough for the base; who wrote the lines before them is not in it.
    clone.edit("bursar.yaml", "cap: 100", "cap: 150");
    clone.commit("Raise bob");
    assert_snapshot!("base_shallow", shallow(&clone, "2").terminal("plan --base HEAD~1 -v"));
}

#[test]
fn a_partial_clone_says_what_is_missing() {
    let clone = drifted();
    let base = clone.git(&["rev-parse", "HEAD~1:bursar.yaml"]);
    let object = base.trim();
    fs::remove_file(clone.at().join(".git/objects").join(&object[..2]).join(&object[2..])).unwrap();
    assert_snapshot!("base_error_partial", clone.terminal("plan --base HEAD~1"));
}

#[test]
fn a_linked_worktree_and_a_hook_find_their_repository() {
    let clone = drifted();
    let worktree = crate::secrets::Folder::new();
    clone.git(&["worktree", "add", "-q", &worktree.path().join("wt").display().to_string(), "HEAD"]);
    let at = worktree.path().join("wt");
    fs::create_dir(at.join(".bursar")).unwrap();
    fs::copy(clone.at().join(".bursar/center.db"), at.join(".bursar/center.db")).unwrap();
    assert!(terminal(&at, "plan --base HEAD~1").contains("added outside review"));
    let mut command = bursar(clone.at());
    command
        .args(["plan", "--base", "HEAD~1"])
        .env("GIT_DIR", ".git")
        .env("GIT_INDEX_FILE", ".git/index");
    let out = command.output().unwrap();
    assert!(String::from_utf8_lossy(&out.stdout).contains("added outside review"));
    assert_eq!(out.status.code(), Some(3));
    // From a folder below, the config above.
    fs::create_dir(clone.at().join("sub")).unwrap();
    let shown = terminal(&clone.at().join("sub"), "plan --base HEAD~1 -C ..");
    assert!(shown.contains("added outside review"), "{shown}");
}

/// Every line of a history with merges, renames and insertions has the author that `git blame` names.
#[test]
fn lines_have_the_commits_that_git_names() {
    let clone = Clone::empty();
    let people = |caps: &[u32]| {
        let mut text = "version: 1\ncenters:\n  local: { provider: embedded }\nmembers:\n".to_owned();
        for i in 0..caps.len() {
            let _ = writeln!(text, "  p{i}: {{ email: p{i}@acme.example }}");
        }
        text.push_str(
            "pools:\n  ai:\n    center: local\n    budget: { unit: credits, period: monthly }\n    access:\n",
        );
        for (i, cap) in caps.iter().enumerate() {
            let _ = writeln!(text, "      - {{ member: p{i}, cap: {cap} }}");
        }
        text + "    others: blocked\n"
    };
    let mut caps = vec![1; 40];
    clone.write("credits.yaml", &people(&caps));
    clone.commit("Begin");
    for round in 0..6 {
        for i in (round..caps.len()).step_by(7) {
            caps[i] += 1;
        }
        caps.insert(round * 3, 100);
        clone.write("credits.yaml", &people(&caps));
        clone.commit(&format!("Round {round}"));
    }
    clone.git(&["checkout", "-q", "-b", "side", "HEAD~2"]);
    let side = fs::read_to_string(clone.at().join("credits.yaml")).unwrap();
    clone.write(
        "credits.yaml",
        &side
            .replace("version: 1\n", "# from the side\nversion: 1\n")
            .replace("  p5: { email: p5@", "  p5: { email: p.5@"),
    );
    clone.commit("On the side");
    clone.git(&["checkout", "-q", "main"]);
    clone.git(&["merge", "-q", "--no-edit", "side"]);
    clone.git(&["mv", "credits.yaml", "bursar.yaml"]);
    clone.edit("bursar.yaml", "p10, cap", "p10,  cap");
    clone.commit("Rename");
    clone.edit("bursar.yaml", "p20, cap", "p20,  cap");
    let blame = clone.git(&["blame", "-l", "-s", "--root", "bursar.yaml"]);
    let blame: Vec<&str> = blame.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    let plan = bursar(clone.at()).args(["plan", "--base", "HEAD", "--format", "json"]).output().unwrap();
    let plan: serde_json::Value = serde_json::from_slice(&plan.stdout).unwrap();
    let mut commits = std::collections::BTreeSet::new();
    for change in plan["changes"].as_array().unwrap() {
        let (_, line) = change["source"].as_str().unwrap().split_once(':').unwrap();
        let named = blame[line.parse::<usize>().unwrap() - 1];
        let found = change["written"]["commit"].as_str();
        assert_eq!(found.unwrap_or("0000000000000000000000000000000000000000"), named, "{change}");
        commits.insert(named);
    }
    assert!(commits.len() > 8, "{commits:?}");
}
