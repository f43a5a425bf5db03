//! The laws of every comparison, on random files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use bursar::centers::embedded;
use bursar::model::{CenterId, Observed, Subject};
use bursar::plan::files::{Files, FilesDiff, Terms, make};
use bursar::plan::{Change, Effect, Kind, Object, applied, diff, fit};
use proptest::prelude::*;
use proptest::sample::select;

use super::{compare, side};
use crate::config::{TODAY, texts};

/// A config in parts that may stand in any order.
#[derive(Clone, Debug)]
struct Parts {
    groups: Vec<String>,
    /// The two pools: what stands before their rules, and the rules.
    pools: Vec<(String, Vec<String>)>,
}

impl Parts {
    fn text(&self) -> String {
        let mut text = "version: 1\ncenters: { gateway: { provider: embedded } }\nmembers:\n".to_owned();
        for i in 0..6 {
            let _ = writeln!(text, "  m{i}: {{ email: m{i}@acme.example }}");
        }
        let _ = write!(text, "groups:\n{}{}", self.groups.concat(), self.pools());
        text
    }

    fn pools(&self) -> String {
        let pool = |(head, rules): &(String, Vec<String>)| format!("{head}    access:\n{}", rules.concat());
        format!("pools:\n{}", self.pools.iter().map(pool).collect::<Vec<_>>().concat())
    }

    /// The same in two files, with comments and in another order.
    fn laid_out_anew(&self) -> [String; 2] {
        let mut other = self.clone();
        other.pools.reverse();
        other.groups.reverse();
        for (_, rules) in &mut other.pools {
            rules.reverse();
        }
        let text = other.text();
        let (people, _) = text.split_once("pools:\n").unwrap();
        let pools = other
            .pools()
            .replace("      - {", "      # a rule\n      -   {")
            .replace(", cap", ",   cap");
        [format!("# the pools\nversion: 1\n{pools}"), people.to_owned()]
    }
}

fn pool(name: &'static str) -> impl Strategy<Value = (String, Vec<String>)> {
    let rule = (0_usize..8, 0_u32..4, prop::option::weighted(0.2, 1_u32..28), prop::option::weighted(0.3, 1_u32..28));
    let rule = rule.prop_map(|(who, cap, starts, ends)| {
        let who = if who < 6 { format!("member: m{who}") } else { format!("group: g{}", who - 6) };
        let cap = if cap == 0 { String::new() } else { format!(", cap: {cap}00") };
        let starts = starts.map_or(String::new(), |day| format!(", starts: 2026-06-{day:02}"));
        let ends = ends.map_or(String::new(), |day| format!(", expires: 2026-07-{day:02}"));
        // Half of what ends has ended.
        let ends = if cap.is_empty() { ends.replace("-07-", "-05-") } else { ends };
        let starts = if ends.contains("-05-") { String::new() } else { starts };
        (who.clone(), format!("      - {{ {who}{cap}{starts}{ends} }}\n"))
    });
    let rules = prop::collection::vec(rule, 1..6)
        .prop_map(|rules| rules.into_iter().collect::<BTreeMap<_, _>>().into_values().collect::<Vec<_>>());
    let head = (1_u32..4, 1_u32..4, select(vec!["blocked", "{ cap: 50 }", "{ cap: 250 }"]));
    let head = head.prop_map(move |(limit, default, others)| {
        format!(
            "  {name}:\n    center: gateway\n    overlap: highest\n    description: x\n    budget: {{ limit: {limit}000, \
             unit: credits, period: monthly, when_exhausted: block }}\n    default_cap: {default}00\n    others: \
             {others}\n    alerts: []\n"
        )
    });
    (head, rules)
}

fn parts() -> impl Strategy<Value = Parts> {
    let groups = prop::collection::vec(prop::collection::btree_set(0_usize..6, 0..4), 2).prop_map(|groups| {
        let line = |(i, people): (usize, &BTreeSet<usize>)| {
            let people: Vec<String> = people.iter().map(|m| format!("m{m}")).collect();
            format!("  g{i}: [{}]\n", people.join(", "))
        };
        groups.iter().enumerate().map(line).collect::<Vec<_>>()
    });
    (groups, pool("a"), pool("b")).prop_map(|(groups, a, b)| Parts { groups, pools: vec![a, b] })
}

fn files(parts: &Parts) -> Files {
    side(&texts(&[&parts.text()]), "x", TODAY)
}

fn between(base: &Files, head: &Files) -> FilesDiff {
    make(base, head, Terms { allows: &[], as_of: TODAY })
}

/// A change without its place in a file and its cause.
fn essence(change: &Change) -> String {
    let Change { kind, fields, before, after, effect, people, .. } = change;
    let name = change.subject.as_ref().map(Subject::name);
    let json = |object: &Option<Object>| serde_json::to_string(object).unwrap();
    // A plan does not list who gains by a default cap.
    let people = if change.takes() { people.as_slice() } else { &[] };
    let people: Vec<_> = people.iter().map(Subject::name).collect();
    format!("{} {kind} {name:?} {fields:?} {} {} {effect:?} {people:?}", change.pool, json(before), json(after))
}

/// Whether one side of a grant is nothing at all: such a grant is no right.
fn is_zero(change: &Change) -> bool {
    let zero = |object: &Option<Object>| match object {
        Some(Object::Grant(grant)) => grant.cap.is_some_and(|cap| cap.amount().is_some_and(|amount| amount.is_zero())),
        _ => false,
    };
    zero(&change.before) || zero(&change.after)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_edit_is_no_difference(parts in parts()) {
        let files = files(&parts);
        let diff = between(&files, &files);
        prop_assert!(diff.is_empty() && diff.refusals.is_empty(), "{diff:#?}");
        let [one, two] = parts.laid_out_anew();
        let diff = compare(&[&parts.text()], &[&one, &two], TODAY, &[]);
        prop_assert!(diff.is_empty(), "{one}{two}{diff:#?}");
    }

    #[test]
    fn the_way_back_is_the_reverse(one in parts(), two in parts()) {
        let (one, two) = (files(&one), files(&two));
        let (there, back) = (between(&one, &two), between(&two, &one));
        let effects = |diff: &FilesDiff, turn: fn(Effect) -> Effect| -> BTreeSet<(String, Effect)> {
            let rights = diff.edits.iter().map(|edit| &edit.change).filter(|change| {
                matches!(change.kind, Kind::GrantAdd | Kind::GrantUpdate | Kind::GrantRevoke) && !is_zero(change)
            });
            // To lose all of a right and to be cut from one's own to what others have are both losses.
            rights.map(|change| (change.object(), turn(change.effect))).collect()
        };
        let turned = |effect| match effect {
            Effect::Revokes => Effect::Grants,
            Effect::Grants => Effect::Revokes,
            Effect::Cuts => Effect::Raises,
            Effect::Raises => Effect::Cuts,
            Effect::Neutral => Effect::Neutral,
        };
        prop_assert_eq!(effects(&there, turned), effects(&back, |effect| effect));
        prop_assert_eq!(&there.summary.worst_case.before, &back.summary.worst_case.after);
        prop_assert_eq!(&there.summary.worst_case.after, &back.summary.worst_case.before);
        prop_assert_eq!(there.groups.len(), back.groups.len());
        prop_assert_eq!(there.upcoming.len(), back.upcoming.len());
    }

    #[test]
    fn a_plan_for_a_center_that_was_applied_from_the_base_has_the_same_changes(one in parts(), two in parts()) {
        let (one, two) = (files(&one), files(&two));
        let found = between(&one, &two);
        let name = CenterId::new("gateway").unwrap();
        let (mut base, mut head) = (one.centers[&name].desired.clone(), two.centers[&name].desired.clone());
        fit(&mut base, &embedded::CAPABILITIES);
        fit(&mut head, &embedded::CAPABILITIES);
        let roster: BTreeSet<Subject> = one.members.keys().chain(two.members.keys()).cloned().map(Subject::Member).collect();
        let state = applied(&embedded::CAPABILITIES, &base, &Observed { roster: roster.clone(), ..Observed::default() });
        let observed = Observed { state, roster, ..Observed::default() };
        let planned = diff(&name, &embedded::CAPABILITIES, &head, &observed);
        let planned: BTreeSet<String> = planned.iter().map(essence).collect();
        let found: BTreeSet<String> = found.edits.iter().map(|edit| essence(&edit.change)).collect();
        prop_assert_eq!(found, planned);
    }
}
