//! `expire`: night after night, against a real remote and a stand-in for the API.

use std::fs;
use std::path::PathBuf;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::github::Fault;
use super::runner::Run;
use super::world::World;

/// So many days from today on.
fn day(days: i32) -> Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date() + days.days()
}

/// Alice's right ended, Bob's ends soon, Carol's ends some day.
fn config() -> String {
    format!(
        "\
version: 1
centers:
  local: {{ provider: embedded }}
members:
  alice: {{ email: alice@acme.example }}
  bob: {{ email: bob@acme.example }}
  carol: {{ email: carol@acme.example }}
pools:
  ai:
    center: local
    budget: {{ limit: 9000, unit: credits, period: monthly, when_exhausted: block }}
    access:
      - {{ member: alice, cap: 500, expires: {} }}
      - {{ member: bob, cap: 100, reason: \"@acme/all #1 <b>`|\", expires: {} }}
      - {{ member: carol, cap: 100, expires: {} }}
    others: blocked
",
        day(-3),
        day(5),
        day(200)
    )
}

/// A workspace with a remote, whose default branch is checked out.
struct Nights {
    world: World,
}

impl Nights {
    fn new(config: &str) -> Option<Self> {
        let mut world = World::new()?;
        world.commit(config);
        let remote = world.folder.path().join("remote.git");
        world.git(&["init", "-q", "--bare", "-b", "main", remote.to_str().unwrap()]);
        world.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
        world.git(&["push", "-q", "origin", "main"]);
        world.runner.env.insert("GITHUB_REF".into(), "refs/heads/main".into());
        Some(Self { world })
    }

    fn remote(&self) -> PathBuf {
        self.world.folder.path().join("remote.git")
    }

    fn night_with(&self, inputs: &[(&str, &str)]) -> Run {
        let mut all = vec![("command", "expire")];
        all.extend(inputs);
        self.world.run(("schedule", &json!({})), &all)
    }

    fn night(&self) -> Run {
        let run = self.night_with(&[]).passed();
        assert_eq!(self.world.github.state().strangers, 0);
        // Nothing is left in the workspace.
        assert_eq!(self.world.git(&["status", "--porcelain"]), "");
        assert_eq!(self.world.git(&["worktree", "list"]).lines().count(), 1);
        run
    }

    fn there(&self, args: &[&str]) -> String {
        let remote = self.remote();
        let mut all = vec!["--git-dir", remote.to_str().unwrap()];
        all.extend(args);
        self.world.git(&all)
    }

    fn branches(&self) -> Vec<String> {
        let all = self.there(&["for-each-ref", "--format=%(refname:short)", "refs/heads"]);
        all.lines().map(str::to_owned).collect()
    }

    fn file(&self, branch: &str) -> String {
        self.there(&["show", &format!("{branch}:bursar.yaml")])
    }

    fn pulls(&self, state: &str) -> Vec<Value> {
        let pulls = self.world.github.state().pulls.clone();
        pulls.into_iter().filter(|pull| pull["state"] == state).collect()
    }

    fn open(&self, branch: &str) -> Value {
        let mut pulls = self.pulls("open");
        pulls.retain(|pull| pull["head"]["ref"] == branch);
        assert_eq!(pulls.len(), 1, "{pulls:#?}");
        pulls.remove(0)
    }

    /// Merges a branch as its pull request would be, and checks the result out.
    fn merge(&self, branch: &str) {
        self.world.git(&["fetch", "-q", "origin", branch]);
        self.world.git(&["merge", "-q", "--no-ff", "-m", "Merge", "FETCH_HEAD"]);
        self.world.git(&["push", "-q", "origin", "main"]);
        for pull in &mut self.world.github.state().pulls {
            if pull["head"]["ref"] == branch {
                pull["state"] = json!("closed");
                pull["merged_at"] = json!("2026-01-01T00:00:00Z");
            }
        }
    }
}

#[test]
fn night_after_night() {
    let Some(nights) = Nights::new(&config()) else { return };
    nights.night();
    assert_eq!(nights.branches(), ["bursar/due", "bursar/expired", "main"]);
    let (expired, due) = (nights.open("bursar/expired"), nights.open("bursar/due"));
    assert_eq!(
        (expired["title"].as_str(), expired["draft"].as_bool()),
        (Some("Remove 1 right that has expired"), Some(false))
    );
    assert_eq!((due["title"].as_str(), due["draft"].as_bool()), (Some("1 right ends within 14 days"), Some(true)));
    let body = due["body"].as_str().unwrap();
    assert!(body.contains("`bob`") && body.contains(&day(5).to_string()) && body.contains("then nothing"), "{body}");
    // What a person wrote stays in a code span.
    assert!(body.contains("`@acme/all #1 <b>\\u{60}\\u{7c}`"), "{body}");
    assert!(!expired["body"].as_str().unwrap().contains("bob"), "{expired:#}");
    assert!(
        !nights.file("bursar/expired").contains("alice, cap") && nights.file("bursar/expired").contains("bob, cap")
    );
    let prolonged = nights.file("bursar/due");
    assert!(prolonged.contains("alice, cap") && !prolonged.contains(&day(5).to_string()), "{prolonged}");

    // The second night finds all of it as it is.
    let before = nights.there(&["rev-parse", "bursar/due", "bursar/expired"]);
    nights.night();
    assert_eq!(nights.there(&["rev-parse", "bursar/due", "bursar/expired"]), before);
    assert_eq!(nights.pulls("open").len(), 2);

    // The default branch moves, and somebody else's right ends: both are made anew upon it, in the same pull requests.
    let moved = config().replace(&day(200).to_string(), &day(-1).to_string());
    nights.world.commit(&moved);
    nights.world.git(&["push", "-q", "origin", "main"]);
    nights.night();
    assert_eq!(nights.pulls("open").len(), 2);
    let again = nights.open("bursar/expired");
    assert_eq!(
        (&again["number"], again["title"].as_str()),
        (&expired["number"], Some("Remove 2 rights that have expired"))
    );
    assert_eq!(nights.there(&["rev-parse", "bursar/expired^"]), nights.there(&["rev-parse", "main"]));
    assert_ne!(nights.there(&["rev-parse", "bursar/due", "bursar/expired"]), before);

    // One is merged, and the other, which may be about the next line, is made anew upon it.
    nights.merge("bursar/expired");
    nights.night();
    assert_eq!(nights.branches(), ["bursar/due", "main"]);
    assert_eq!(nights.there(&["rev-parse", "bursar/due^"]), nights.there(&["rev-parse", "main"]));
    assert_eq!(nights.open("bursar/due")["number"], due["number"]);
    // Both are merged: there is nothing left.
    nights.merge("bursar/due");
    let run = nights.night();
    assert!(run.summary.contains("No right has expired"), "{}", run.summary);
    assert_eq!((nights.pulls("open").len(), nights.pulls("closed").len()), (0, 2));
    assert_eq!(nights.branches(), ["main"]);
    nights.night();
    assert_eq!(nights.pulls("closed").len(), 2);
}

#[test]
fn nothing_to_do_asks_for_nothing() {
    let Some(nights) = Nights::new(&config().replace(&day(-3).to_string(), &day(100).to_string())) else { return };
    nights.night_with(&[("due", "0d")]).passed();
    assert_eq!(nights.branches(), ["main"]);
    assert!(nights.world.github.state().writes().is_empty());
}

/// What was merged in another way, or has been moved, is closed.
#[test]
fn a_pull_request_without_a_cause_is_closed() {
    let Some(nights) = Nights::new(&config()) else { return };
    nights.night();
    let later = config().replace(&day(5).to_string(), &day(300).to_string());
    nights.world.commit(&later);
    nights.world.git(&["push", "-q", "origin", "main"]);
    nights.night();
    let closed = nights.pulls("closed");
    assert_eq!((closed.len(), &closed[0]["head"]["ref"]), (1, &json!("bursar/due")));
    assert_eq!(nights.branches(), ["bursar/expired", "main"]);
    // The day is moved back: that was never declined.
    nights.world.commit(&config());
    nights.world.git(&["push", "-q", "origin", "main"]);
    nights.night();
    nights.open("bursar/due");
}

#[test]
fn what_somebody_closed_is_not_opened_again() {
    let Some(nights) = Nights::new(&config()) else { return };
    nights.night();
    for pull in &mut nights.world.github.state().pulls {
        pull["state"] = json!("closed");
    }
    let run = nights.night();
    assert_eq!(run.annotations.iter().filter(|line| line.contains("not proposed again")).count(), 2, "{}", run.log);
    assert!(nights.pulls("open").is_empty());
    // Somebody else's right ends soon as well, which is another matter.
    nights.world.commit(&config().replace(&day(200).to_string(), &day(9).to_string()));
    nights.world.git(&["push", "-q", "origin", "main"]);
    nights.night();
    assert_eq!(nights.open("bursar/due")["title"], "2 rights end within 14 days");
    assert_eq!(nights.pulls("open").len(), 1);
}

#[test]
fn a_branch_that_somebody_changed_is_left_alone() {
    let Some(nights) = Nights::new(&config()) else { return };
    nights.night();
    let world = &nights.world;
    world.git(&["fetch", "-q", "origin", "bursar/due"]);
    world.git(&["checkout", "-q", "--detach", "FETCH_HEAD"]);
    world.git(&["commit", "-q", "--allow-empty", "-m", "Another day"]);
    world.git(&["push", "-q", "origin", "HEAD:bursar/due"]);
    world.git(&["checkout", "-q", "main"]);
    let theirs = nights.there(&["rev-parse", "bursar/due"]);
    world.commit(&config().replace("cap: 500", "cap: 400"));
    world.git(&["push", "-q", "origin", "main"]);
    let run = nights.night();
    assert!(
        run.annotations
            .iter()
            .any(|line| line.contains("bursar/due") && line.contains("left alone")),
        "{}",
        run.log
    );
    assert_eq!(nights.there(&["rev-parse", "bursar/due"]), theirs);
    assert_eq!(nights.pulls("open").len(), 2);
}

/// Another run pushes between our look and our push: it is looked at again, and never overwritten unseen.
#[test]
fn a_race_is_not_won_by_force() {
    let Some(nights) = Nights::new(&config()) else { return };
    // The remote takes what a person pushes in that moment, once.
    let (remote, at) = (nights.remote(), nights.world.at());
    nights.world.git(&["commit", "-q", "--allow-empty", "-m", "In between"]);
    let theirs = nights.world.head();
    nights.world.git(&["push", "-q", "origin", "HEAD:refs/keep/theirs"]);
    nights.world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let git = which("git");
    let script = format!(
        "#!/bin/bash\nfor word; do case $word in push) if [ ! -e {flag:?} ]; then : > {flag:?}; {git:?} --git-dir {remote:?} update-ref refs/heads/bursar/expired {theirs}; fi ;; esac; done\nexec {git:?} \"$@\"\n",
        flag = nights.world.folder.path().join("raced"),
    );
    nights.world.put("git", &script);
    let run = nights.night();
    assert!(
        at.exists()
            && run
                .annotations
                .iter()
                .any(|line| line.contains("bursar/expired") && line.contains("left alone")),
        "{}",
        run.log
    );
    assert_eq!(nights.there(&["rev-parse", "bursar/expired"]), theirs);
    assert_eq!(nights.branches(), ["bursar/due", "bursar/expired", "main"]);
    assert_eq!(nights.pulls("open").len(), 1);
}

#[test]
fn a_lost_answer_makes_no_second_pull_request() {
    let Some(nights) = Nights::new(&config()) else { return };
    let fault = |status, done| Fault { method: "POST", status, done };
    // What is asked with POST before is who the token is, and nothing here asks that.
    nights.world.github.state().faults.extend([fault(502, true), fault(500, false)]);
    nights.night();
    assert_eq!(nights.pulls("open").len(), 2);
    assert!(nights.world.github.state().faults.is_empty());
}

#[test]
fn a_repository_without_drafts_gets_no_draft() {
    let Some(nights) = Nights::new(&config()) else { return };
    nights.world.github.state().no_drafts = true;
    nights.night();
    assert_eq!(nights.open("bursar/due")["draft"], false);
}

#[test]
fn a_token_that_may_not_is_told_what_it_needs() {
    let Some(nights) = Nights::new(&config()) else { return };
    nights.world.github.state().read_only = true;
    nights.night_with(&[]).failed("let GitHub Actions create pull requests");
    let hook = nights.remote().join("hooks/pre-receive");
    fs::write(&hook, "#!/bin/sh\nexit 1\n").unwrap();
    std::process::Command::new("chmod").arg("+x").arg(&hook).status().unwrap();
    nights.world.git(&[
        "--git-dir",
        nights.remote().to_str().unwrap(),
        "update-ref",
        "-d",
        "refs/heads/bursar/expired",
    ]);
    nights.night_with(&[]).failed("contents: write");
}

/// Two configs of one repository have branches of their own, below their folder too.
#[test]
fn a_config_elsewhere_has_its_own_branches() {
    let Some(nights) = Nights::new(&config()) else { return };
    let world = &nights.world;
    fs::create_dir(world.at().join("team")).unwrap();
    world.write("team/credits.yaml", &config());
    world.git(&["add", "-A"]);
    world.git(&["commit", "-qm", "A team"]);
    world.git(&["push", "-q", "origin", "main"]);
    nights.night_with(&[("working-directory", "team"), ("config", "credits.yaml")]).passed();
    assert_eq!(nights.branches(), ["bursar/due-team-credits-yaml", "bursar/expired-team-credits-yaml", "main"]);
    let changed = nights.there(&["diff", "--name-only", "main", "bursar/expired-team-credits-yaml"]);
    assert_eq!(changed, "team/credits.yaml");
    nights.night_with(&[("config", "../elsewhere.yaml")]).failed("below working-directory");
    nights.night_with(&[("due", "soon")]).failed("due must be a time");
    nights.night_with(&[("prolong", "90")]).failed("prolong must be");
}

/// Files with an error stop the night before anything is proposed.
#[test]
fn wrong_files_propose_nothing() {
    let Some(nights) = Nights::new(&config()) else { return };
    nights.world.commit(&config().replace("cap: 500", "cap: -500"));
    nights.night_with(&[]).failed("findings in the files");
    assert_eq!(nights.branches(), ["main"]);
    assert!(nights.world.github.state().asked.is_empty());
}

/// Bob's next rule begins before the one that ends could be prolonged to: a person has to say what is meant.
#[test]
fn one_edit_that_fails_is_no_reason_against_the_other() {
    let Some(nights) = Nights::new(&config()) else { return };
    nights.night();
    let due = nights.there(&["rev-parse", "bursar/due"]);
    let next = format!("      - {{ member: bob, cap: 5, starts: {} }}\n    others: blocked\n", day(20));
    nights.world.commit(&config().replace("    others: blocked\n", &next));
    nights.world.git(&["push", "-q", "origin", "main"]);
    let run = nights.night_with(&[]).failed("findings in the files");
    assert!(run.log.contains("BUR070"), "{}", run.log);
    assert_eq!(nights.there(&["rev-parse", "bursar/due"]), due);
    assert_eq!(nights.there(&["rev-parse", "bursar/expired^"]), nights.there(&["rev-parse", "main"]));
    assert_eq!(nights.pulls("open").len(), 2);
}

/// A checkout of the newest commit alone, as `actions/checkout` makes it.
#[test]
fn a_shallow_clone_is_enough() {
    let Some(nights) = Nights::new(&config()) else { return };
    nights.night();
    let before = nights.there(&["rev-parse", "bursar/due", "bursar/expired"]);
    let whole = nights.world.at();
    fs::rename(&whole, nights.world.folder.path().join("whole")).unwrap();
    let origin = format!("file://{}", nights.remote().display());
    let cloned = std::process::Command::new("git")
        .args(["clone", "-q", "--depth=1", &origin])
        .arg(&whole)
        .status();
    assert!(cloned.unwrap().success());
    nights.night();
    assert_eq!(nights.there(&["rev-parse", "bursar/due", "bursar/expired"]), before);
    nights.world.commit(&config().replace("cap: 500", "cap: 400"));
    nights.world.git(&["push", "-q", "origin", "main"]);
    nights.night();
    assert_ne!(nights.there(&["rev-parse", "bursar/due", "bursar/expired"]), before);
    assert_eq!(nights.pulls("open").len(), 2);
}

/// Where a program is.
fn which(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.exists())
        .unwrap()
}
