//! What holds for any file: taking out what has expired changes nobody's right on any day, and prolonging changes nothing
//! but last days.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bursar::config::{self, Resolved};
use bursar::model::{CenterId, Lapse, State};
use jiff::civil::Date;
use proptest::prelude::*;

use crate::edit::messy::{Choices, Messy};
use crate::edit::{comments, load};
use crate::terminal::{bursar, folder};
use crate::world::date;

/// The days around those that the generator writes.
const DAYS: [&str; 6] = ["2026-06-15", "2026-06-30", "2026-07-01", "2026-12-31", "2027-01-01", "2027-06-15"];

/// A file in which some rules end in the summer and some have not begun.
fn written(seed: u64) -> String {
    let mut choices = Choices::new(seed.rotate_left(17));
    let mut text = String::new();
    for (i, part) in Messy::text(seed).split("expires: 2026-12-31").enumerate() {
        if i > 0 {
            text += ["expires: 2026-12-31", "expires: 2026-06-30", "expires: 2026-03-31", "starts: 2026-07-01"]
                [usize::try_from(choices.below(4)).unwrap()];
        }
        text += part;
    }
    text
}

fn resolved(text: &str, day: &str) -> Resolved {
    let loaded = load(text);
    config::resolve(&loaded.config, &loaded.files, &crate::config::providers(), date(day))
}

fn states(resolved: &Resolved) -> BTreeMap<CenterId, State> {
    resolved
        .centers
        .iter()
        .map(|(id, center)| (id.clone(), center.desired.state.clone()))
        .collect()
}

fn run(folder: &Path, line: &str, day: &str) {
    let out = bursar(folder).args(line.split(' ')).args(["--as-of", day]).output().unwrap();
    assert!(out.status.success(), "{line}: {}", String::from_utf8_lossy(&out.stderr));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobodys_right_is_another_on_any_day(seed in any::<u64>(), day in proptest::sample::select(&DAYS[..]), yes in any::<bool>()) {
        let source = written(seed);
        let at = folder(&source);
        let line = if yes { "revoke --expired --yes" } else { "revoke --expired" };
        run(at.path(), line, day);
        let text = fs::read_to_string(at.path().join("bursar.yaml")).unwrap();
        for later in DAYS.iter().filter(|later| **later >= day) {
            let (before, after) = (resolved(&source, later), resolved(&text, later));
            prop_assert_eq!(states(&after), states(&before), "{} on {}\n{}", day, later, source);
        }
        let (before, after) = (resolved(&source, day), resolved(&text, day));
        let (was, is) = (&before.centers["c"].desired, &after.centers["c"].desired);
        let open = !text.contains("others: blocked") && !text.contains("others:  blocked") && !text.contains("others:   blocked");
        let named = |desired: &bursar::model::Desired| -> BTreeMap<_, _> {
            desired.lapsed.values().flatten().map(|(member, lapse)| (member.clone(), *lapse)).collect()
        };
        let (was, is) = (named(was), named(is));
        for (member, lapse) in &is {
            let before = was.get(member);
            let same = before == Some(lapse);
            let now_only_later = matches!((before, lapse), (Some(Lapse::Expired(_)), Lapse::NotStarted(_)));
            prop_assert!(same || now_only_later, "{member}: {before:?} {lapse:?}\n{source}\n{text}");
        }
        if open && !yes {
            // Whom `others` would decide over is still named.
            prop_assert!(was.keys().eq(is.keys()), "{was:?} {is:?}\n{source}\n{text}");
        } else {
            prop_assert!(!is.values().any(|lapse| matches!(lapse, Lapse::Expired(_))), "{is:?}\n{text}");
            let left = load(&text);
            let ended = left.config.pools.iter().flat_map(|entry| entry.value.rules());
            let ended = ended.filter(|rule| rule.expires().is_some_and(|last| last.value.0 < date(day))).count();
            prop_assert_eq!(ended, 0, "{}", text);
        }
        let mut all = comments(&source).into_iter();
        for comment in comments(&text) {
            prop_assert!(all.any(|known| known == comment), "{}\n{}\n{}", comment, source, text);
        }
        // A second time there is nothing to do.
        run(at.path(), line, day);
        prop_assert_eq!(fs::read_to_string(at.path().join("bursar.yaml")).unwrap(), text);
    }

    #[test]
    fn prolonging_changes_last_days_alone(seed in any::<u64>(), day in proptest::sample::select(&DAYS[..])) {
        let source = written(seed);
        let at = folder(&source);
        run(at.path(), "grant --due 2w --expires 2028-02-29", day);
        let text = fs::read_to_string(at.path().join("bursar.yaml")).unwrap();
        let until: Date = date(day).saturating_add(jiff::Span::new().days(14));
        let mut expected = source.clone();
        for last in ["2026-12-31", "2026-06-30", "2026-03-31"] {
            if (date(day)..=until).contains(&date(last)) {
                expected = expected.replace(last, "2028-02-29");
            }
        }
        prop_assert_eq!(text, expected, "{}", day);
    }
}
