//! Tokens without the right: a sentence that says what GitHub does not say, a help line, and nothing is changed.

use std::ffi::OsStr;

use insta::assert_snapshot;

use super::fake::{Fake, Fault, TOKEN};
use super::process::{company, shown};
use crate::terminal::bursar;

fn refused(fake: &Fake, token: &str) -> String {
    let folder = company(fake);
    let mut command = bursar(folder.path());
    command.env("BURSAR_GITHUB_TOKEN", OsStr::new(token)).args(["apply", "--yes"]);
    let shown = shown("apply --yes", &command.env_remove("BURSAR_HTTP_LOG").output().unwrap(), folder.path());
    fake.state(|state| assert!(state.budgets.is_empty() && state.centers.is_empty()));
    assert!(shown.contains("help: ") && !shown.ends_with("--- exit 0\n"), "{shown}");
    shown
}

#[test]
fn a_404_may_be_a_missing_right() {
    let fake = Fake::start();
    fake.state(|state| state.reads = false);
    assert_snapshot!("refused_not_found", refused(&fake, TOKEN));
}

#[test]
fn the_token_of_a_run_of_actions_cannot_do_this() {
    let fake = Fake::start();
    let on = "GET /enterprises/acme/settings/billing/cost-centers";
    fake.fault(Fault { times: 9, ..Fault::status(on, 403) });
    // Only its beginning is looked at.
    assert_snapshot!("refused_actions", refused(&fake, "ghs_0"));
}

#[test]
fn a_wrong_token() {
    let fake = Fake::start();
    assert_snapshot!("refused_wrong", refused(&fake, "wrong-token-of-nobody"));
}

#[test]
fn a_token_that_only_reads_changes_nothing_and_says_so() {
    let fake = Fake::start();
    fake.state(|state| state.writes = false);
    let folder = company(&fake);
    let mut command = bursar(folder.path());
    // GitHub describes no 403 of this one endpoint.
    command.env_remove("BURSAR_HTTP_LOG").env("BURSAR_GITHUB_TOKEN", TOKEN).args([
        "--as-of",
        "2026-12-01",
        "apply",
        "--yes",
        "--allow",
        "cuts=3",
    ]);
    assert_snapshot!("refused_reads_only", shown("apply --yes", &command.output().unwrap(), folder.path()));
    fake.state(|state| assert!(state.budgets.is_empty() && state.centers.is_empty()));
}
