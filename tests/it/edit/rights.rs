//! `grant` and `revoke` change what they are asked to change, and nobody else's right.

use std::fs;
use std::path::Path;

use bursar::config::{self, Resolved};
use bursar::model::{MemberId, PoolId, Subject};
use insta::assert_snapshot;
use proptest::prelude::*;

use super::messy::{Choices, Messy};
use super::{comments, load};
use crate::terminal::{bursar, example, folder, terminal};

const TODAY: &str = "2026-06-15";

fn run(folder: &Path, line: &str) -> i32 {
    let out = bursar(folder).args(line.split_whitespace()).args(["--as-of", TODAY]).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(!said.contains("panicked"), "{said}");
    out.status.code().unwrap()
}

fn resolved(text: &str) -> Resolved {
    let loaded = load(text);
    config::resolve(&loaded.config, &loaded.files, &crate::config::providers(), crate::config::TODAY)
}

/// What everybody may do but one member.
fn without(resolved: &Resolved, member: &MemberId) -> String {
    let mut desired = resolved.centers["c"].desired.clone();
    for pool in desired.state.pools.values_mut() {
        pool.grants.remove(&Subject::Member(member.clone()));
    }
    for lapsed in desired.lapsed.values_mut() {
        lapsed.remove(member);
    }
    for outlived in desired.outlived.values_mut() {
        outlived.remove(member);
    }
    desired.lapsed.retain(|_, lapsed| !lapsed.is_empty());
    desired.outlived.retain(|_, outlived| !outlived.is_empty());
    format!("{:?} {:?} {:?} {:?}", desired.state, desired.lapsed, desired.outlived, desired.absent)
}

fn may(resolved: &Resolved, member: &MemberId) -> Option<String> {
    let pool = &resolved.centers["c"].desired.state.pools[&PoolId::new("p").unwrap()];
    let grant = pool.grants.get(&Subject::Member(member.clone()))?;
    Some(grant.cap.map_or_else(|| "default".to_owned(), |cap| cap.to_string()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_else_is_touched(seed in any::<u64>(), who in 0_u8..6, grant in any::<bool>()) {
        let source = Messy::text(seed);
        let at = folder(&source);
        let file = at.path().join("bursar.yaml");
        let member = MemberId::new(&format!("m{who}")).unwrap();
        let cap = 1 + Choices::new(seed).below(99);
        let before = resolved(&source);
        let line = if grant { format!("grant p {member} --cap {cap}") } else { format!("revoke p {member}") };
        prop_assert_eq!(run(at.path(), &line), 0, "{}\n{}", line, source);
        let text = fs::read_to_string(&file).unwrap();
        let after = resolved(&text);
        prop_assert_eq!(without(&after, &member), without(&before, &member), "{}\n{}", line, source);
        let expected = grant.then(|| format!("{cap} credits"));
        prop_assert_eq!(may(&after, &member), expected, "{}\n{}\n{}", line, source, text);
        if grant {
            prop_assert_eq!(comments(&text), comments(&source), "{}\n{}", source, text);
        } else {
            let mut all = comments(&source).into_iter();
            for comment in comments(&text) {
                prop_assert!(all.any(|known| known == comment), "{}\n{}\n{}", comment, source, text);
            }
        }
        // A second time there is nothing to do.
        prop_assert_eq!(run(at.path(), &line), 0);
        prop_assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }

    /// Somebody whom no rule names comes and goes, and the file is as it was.
    #[test]
    fn a_grant_and_its_revocation_leave_nothing(seed in any::<u64>()) {
        let source = Messy::text(seed);
        let at = folder(&source);
        let file = at.path().join("bursar.yaml");
        let new = MemberId::new("new").unwrap();
        prop_assert_eq!(run(at.path(), "grant p new --email new@acme.example --cap 7 --reason Tries --expires 2026-12-31"), 0, "{}", source);
        let between = fs::read_to_string(&file).unwrap();
        prop_assert_eq!(may(&resolved(&between), &new), Some("7 credits".to_owned()));
        prop_assert_eq!(comments(&between), comments(&source));
        prop_assert_eq!(run(at.path(), "revoke p new"), 0, "{}", between);
        let text = fs::read_to_string(&file).unwrap();
        prop_assert_eq!(without(&resolved(&text), &new), without(&resolved(&source), &new));
        prop_assert_eq!(may(&resolved(&text), &new), None);
        prop_assert_eq!(comments(&text), comments(&source));
    }
}

#[test]
fn a_member_is_granted_and_revoked() {
    let folder = example("quickstart");
    let at = folder.path();
    assert_snapshot!(
        "grant",
        terminal(at, "grant design-ai carol --cap 700 --reason Prototype --expires 2027-01-31 --as-of 2026-11-22")
    );
    assert_snapshot!("grant_again", terminal(at, "grant design-ai carol --cap 700 --as-of 2026-11-22"));
    assert_snapshot!(
        "grant_changes_a_cap",
        terminal(at, "grant design-ai alice --cap 12.50 --dry-run --as-of 2026-11-22")
    );
    assert_snapshot!(
        "grant_over_a_group",
        terminal(at, "grant design-ai bob --expires 2027-01-31 --dry-run --as-of 2026-11-22")
    );
    assert_snapshot!("grant_by_a_group_already", terminal(at, "grant design-ai bob --as-of 2026-11-22"));
    assert_snapshot!(
        "grant_somebody_new",
        terminal(at, "grant design-ai zoe --email zoe@acme.example --cap 50 --as-of 2026-11-22")
    );
    assert_snapshot!("revoke", terminal(at, "revoke design-ai carol --as-of 2026-11-22"));
    assert_snapshot!("revoke_again", terminal(at, "revoke design-ai carol --as-of 2026-11-22"));
    assert_snapshot!("revoke_from_a_group", terminal(at, "revoke design-ai alice --as-of 2026-11-22"));
    assert_snapshot!("revoke_a_group", terminal(at, "revoke design-ai designers --group --dry-run --as-of 2026-11-22"));
    assert_snapshot!("file_after_grants", fs::read_to_string(at.join("bursar.yaml")).unwrap());
}

#[test]
fn a_folder_of_files_is_edited_where_each_thing_stands() {
    let folder = example("company");
    let at = folder.path();
    let pools = fs::read_to_string(at.join("bursar/pools.yaml")).unwrap();
    assert_snapshot!(
        "grant_in_a_folder",
        terminal(
            at,
            "grant code-ai zoe --email zoe@acme.example --cap 4000 --reason Release --dry-run --as-of 2026-11-22"
        )
    );
    assert_snapshot!("grant_without_reason", terminal(at, "grant code-ai erin --cap 4000 --as-of 2026-11-22"));
    assert_snapshot!("grant_without_end", terminal(at, "grant code-ai erin --cap 6000 --as-of 2026-11-22"));
    assert_snapshot!("revoke_someone_protected", terminal(at, "revoke design-ai dana --dry-run --as-of 2026-11-22"));
    assert_snapshot!("revoke_where_others_may", terminal(at, "revoke code-ai erin --dry-run --as-of 2026-11-22"));
    assert_snapshot!(
        "grant_a_group",
        terminal(at, "grant code-ai brand --group --cap 50 --dry-run --as-of 2026-11-22")
    );
    assert_eq!(fs::read_to_string(at.join("bursar/pools.yaml")).unwrap(), pools);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let folder = example("company");
    let at = folder.path();
    for (name, line) in [
        ("grant_no_pool", "grant design bob"),
        ("grant_absent_pool", "grant old-trial bob"),
        ("grant_no_member", "grant design-ai zoe"),
        ("grant_group_without_flag", "grant design-ai brand"),
        ("grant_no_group", "grant design-ai brands --group"),
        ("grant_wrong_cap", "grant design-ai bob --cap 1e3"),
        ("grant_in_the_past", "grant design-ai bob --expires 2020-01-01"),
        ("grant_other_address", "grant design-ai bob --email robert@acme.example"),
        ("grant_bad_name", "grant design-ai Bob --email bobby@acme.example"),
        ("grant_starts_after_end", "grant design-ai bob --cap 5 --starts 2027-02-02 --expires 2027-01-01"),
        ("revoke_no_member", "revoke design-ai zoe"),
        ("revoke_format", "revoke design-ai bob --format json"),
    ] {
        assert_snapshot!(name, terminal(at, &format!("{line} --as-of 2026-11-22")));
    }
    assert_snapshot!("grant_expired", terminal(at, "grant design-ai frank --as-of 2027-03-15"));
    fs::write(at.join("bursar/pools.yaml"), "version: 1\npools: { ai: }\n").unwrap();
    assert_snapshot!("grant_in_wrong_files", terminal(at, "grant ai bob"));
}

/// A text that our splices do not dare to touch: the person is told what to write and where.
#[test]
fn what_is_not_safe_is_left_to_a_person() {
    let text = "version: 1\ncenters: { c: { provider: embedded } }\nmembers: { a: { email: a@acme.example } }\npools:\n  p:\n    center: c\n    \
         budget: { limit: 9, unit: credits, period: monthly, when_exhausted: block }\n    others: blocked\n    access: [ # nobody\n    ]\n";
    let folder = folder(text);
    assert_snapshot!("grant_by_hand", terminal(folder.path(), "grant p a --cap 5"));
    assert_eq!(fs::read_to_string(folder.path().join("bursar.yaml")).unwrap(), text);
    // Lines that end with nothing but a carriage return, and a comment behind one of them.
    let text = text.replace("[ # nobody\n    ]\n", "\n      - member: a # their\r      # of somebody else\r");
    fs::write(folder.path().join("bursar.yaml"), &text).unwrap();
    assert_eq!(run(folder.path(), "revoke p a"), 1);
    assert_eq!(fs::read_to_string(folder.path().join("bursar.yaml")).unwrap(), text);
}
