//! Who acts, by whose approval and from which commit, as the environment says. All of it is a claim: whoever sets the
//! environment of a run sets this.

use crate::apply::lock::Runner;
use crate::git::Repository;
use crate::ledger::Who;

use super::{Context, files};

/// The most characters of a name, a URL or a branch that are kept.
const MOST: usize = 1000;

/// Whoever runs this process.
pub(super) fn who(context: &Context, runner: &Runner, paths: &[std::path::PathBuf]) -> Who {
    // A config in no repository has no commit, and nobody is kept from an apply because of that.
    let repository = files::repository(context).ok();
    let variable = |name: &str| std::env::var(name).ok();
    let git = || repository.as_ref().and_then(|(repository, _)| repository.user_name());
    let mut who =
        Who { host: kept(&runner.name).unwrap_or_default(), run_url: runner.url.clone(), ..claimed(variable, git) };
    if let Some((repository, places)) = &repository
        && let Ok(head) = repository.revision("HEAD")
    {
        who.commit = Some(head.commit());
        who.dirty = is_dirty(repository, places, paths);
    }
    who
}

/// Whether the files of the config, or the CSVs that it names, differ from the commit that is checked out.
fn is_dirty(repository: &Repository, places: &[std::path::PathBuf], paths: &[std::path::PathBuf]) -> bool {
    let mut all = Vec::new();
    for path in paths {
        match repository.path_of(path) {
            Ok(path) => all.push(path),
            // A file elsewhere is in no commit of this repository.
            Err(_) => return true,
        }
    }
    all.extend(places.iter().filter(|place| repository.root().join(place).is_dir()).cloned());
    // What Git cannot tell is not called the same.
    repository.differs(&all).unwrap_or(true)
}

/// A text in one piece, if there is any.
fn kept(text: &str) -> Option<String> {
    let text: String = text.trim().chars().take(MOST).collect();
    (!text.is_empty()).then_some(text)
}

/// What the variables say of who acts; `git` is asked where they say nothing.
fn claimed(variable: impl Fn(&str) -> Option<String>, git: impl FnOnce() -> Option<String>) -> Who {
    let variable = |name: &str| kept(&variable(name)?);
    let named = |name: &str, from: &'static str| Some((variable(name)?, from));
    let on_github = variable("GITHUB_ACTIONS").is_some();
    let on_gitlab = variable("GITLAB_CI").is_some();
    let (name, from) = named("BURSAR_ACTOR", "bursar")
        .or_else(|| named("GITHUB_ACTOR", "github").filter(|_| on_github))
        .or_else(|| named("GITLAB_USER_LOGIN", "gitlab").filter(|_| on_gitlab))
        .or_else(|| Some((kept(&git()?)?, "git")))
        .or_else(|| ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| named(name, "system")))
        .unwrap_or_else(|| ("somebody".to_owned(), "system"));
    let rerun_by = variable("GITHUB_TRIGGERING_ACTOR").filter(|by| from == "github" && *by != name);
    let approvers = variable("BURSAR_APPROVER").unwrap_or_default();
    let reference = variable("GITHUB_REF")
        .filter(|_| on_github)
        .or_else(|| variable("CI_COMMIT_REF_NAME").filter(|_| on_gitlab));
    let commit = variable("GITHUB_SHA")
        .filter(|_| on_github)
        .or_else(|| variable("CI_COMMIT_SHA").filter(|_| on_gitlab));
    Who {
        name,
        from: from.to_owned(),
        rerun_by,
        approvers: approvers.split(',').filter_map(kept).collect(),
        commit: commit.filter(|commit| commit.bytes().all(|byte| byte.is_ascii_hexdigit())),
        reference,
        ..Who::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)], git: Option<&str>) -> Who {
        let variable =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        claimed(variable, || git.map(str::to_owned))
    }

    #[test]
    fn on_github() {
        let github = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_ACTOR", "alice"),
            ("GITHUB_TRIGGERING_ACTOR", "alice"),
            ("GITHUB_SHA", "0123abc"),
            ("GITHUB_REF", "refs/heads/main"),
            ("BURSAR_APPROVER", " carol , dave,"),
        ];
        let who = of(&github, Some("Git"));
        assert_eq!((who.name.as_str(), who.from.as_str(), &who.rerun_by), ("alice", "github", &None));
        assert_eq!(who.approvers, ["carol", "dave"]);
        assert_eq!((who.commit.as_deref(), who.reference.as_deref()), (Some("0123abc"), Some("refs/heads/main")));
        let again = [github[0], github[1], ("GITHUB_TRIGGERING_ACTOR", "bob"), ("GITHUB_SHA", "--evil")];
        let who = of(&again, None);
        assert_eq!(who.rerun_by.as_deref(), Some("bob"));
        assert_eq!(who.commit, None, "no commit");
        // The variables of one system mean nothing on another.
        assert_eq!(of(&github[1..], Some("Git")).name, "Git");
        let named = [github[0], github[1], ("BURSAR_ACTOR", "the nightly run")];
        assert_eq!(of(&named, None).name, "the nightly run");
    }

    #[test]
    fn elsewhere() {
        let gitlab = [("GITLAB_CI", "true"), ("GITLAB_USER_LOGIN", "alice"), ("CI_COMMIT_SHA", "0123abc")];
        let who = of(&gitlab, Some("Git"));
        assert_eq!((who.name.as_str(), who.from.as_str(), who.commit.as_deref()), ("alice", "gitlab", Some("0123abc")));
        let who = of(&[("USER", "root")], Some(" Dana "));
        assert_eq!((who.name.as_str(), who.from.as_str()), ("Dana", "git"));
        let who = of(&[("USER", " "), ("LOGNAME", "root")], None);
        assert_eq!((who.name.as_str(), who.from.as_str()), ("root", "system"));
        assert_eq!(of(&[], None).name, "somebody");
        assert_eq!(of(&[("BURSAR_ACTOR", &"x".repeat(5000))], None).name.len(), MOST);
    }
}
