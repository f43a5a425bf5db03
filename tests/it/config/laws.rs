//! Laws of what the files come to, over many small configs.

use bursar::config::explain::{CapFrom, Right, explain};
use bursar::config::{self, Resolved};
use bursar::model::{Cap, Grant, Lapse, MemberId, Others, PoolId, Subject};
use bursar::plan;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::resolving::resolved;
use super::{providers, texts};

/// A small config in parts that may stand in any order.
#[derive(Clone, Debug)]
struct Parts {
    members: Vec<String>,
    groups: Vec<String>,
    rules: Vec<String>,
}

impl Parts {
    fn files(&self, split: bool) -> Vec<String> {
        let people = format!("version: 1\nmembers:\n{}", self.members.concat());
        let rest = format!(
            "centers: {{ c: {{ provider: embedded }} }}\ngroups:\n{}pools:\n  p:\n    center: c\n    overlap: highest\n    \
             budget: {{ unit: credits, period: monthly }}\n    others: blocked\n    access:\n{}",
            self.groups.concat(),
            self.rules.concat()
        );
        if split { vec![format!("version: 1\n{rest}"), people] } else { vec![format!("{people}{rest}")] }
    }
}

fn parts() -> impl Strategy<Value = Parts> {
    let members: Vec<String> = (0..8).map(|i| format!("  m{i}: {{ email: m{i}@acme.example }}\n")).collect();
    let groups = prop::collection::vec(prop::collection::btree_set(0_usize..8, 0..5), 4).prop_map(|groups| {
        let line = |(i, items): (usize, &std::collections::BTreeSet<usize>)| {
            let mut items: Vec<String> = items.iter().map(|m| format!("m{m}")).collect();
            // A group holds only those before it, so that there is no cycle.
            items.extend((i > 0).then(|| format!("group:g{}", i - 1)));
            format!("  g{i}: [{}]\n", items.join(", "))
        };
        groups.iter().enumerate().map(line).collect::<Vec<_>>()
    });
    let rule = (0_usize..12, 0_u32..4, prop::option::of(1_u32..28), prop::option::of(1_u32..28)).prop_map(
        |(who, cap, starts, ends)| {
            let who = if who < 8 { format!("member: m{who}") } else { format!("group: g{}", who - 8) };
            let cap = if cap == 0 { String::new() } else { format!(", cap: {cap}00") };
            let starts = starts.map_or(String::new(), |day| format!(", starts: 2026-06-{day:02}"));
            let ends = ends.map_or(String::new(), |day| format!(", expires: 2026-07-{day:02}"));
            (who.clone(), format!("      - {{ {who}{cap}{starts}{ends} }}\n"))
        },
    );
    let rules = prop::collection::vec(rule, 1..8).prop_map(|rules| {
        let unique: std::collections::BTreeMap<String, String> = rules.into_iter().collect();
        unique.into_values().collect::<Vec<_>>()
    });
    (Just(members), groups, rules).prop_map(|(members, groups, rules)| Parts { members, groups, rules })
}

/// What has no place of a file in it.
fn essence(resolved: &Resolved) -> String {
    let center = &resolved.centers["c"];
    format!("{:?} {:?} {:?} {:?}", center.desired.state, center.desired.lapsed, center.desired.absent, center.scope)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_the_files_matters(
        (first, second) in parts().prop_flat_map(|parts| {
            let Parts { members, groups, rules } = parts.clone();
            let shuffled = (Just(members).prop_shuffle(), Just(groups).prop_shuffle(), Just(rules).prop_shuffle());
            (Just(parts), shuffled.prop_map(|(members, groups, rules)| Parts { members, groups, rules }))
        }),
        split in any::<bool>(),
        day in 1_i8..30,
    ) {
        let resolve = |files: Vec<String>| {
            let files: Vec<&str> = files.iter().map(String::as_str).collect();
            essence(&resolved(&files, date(2026, 7, day)))
        };
        prop_assert_eq!(resolve(first.files(false)), resolve(second.files(split)));
    }

    /// Written again and simply: the decision over each person, straight from the words of the design.
    #[test]
    fn each_person_gets_what_the_rules_say(parts in parts(), day in 1_i8..30) {
        let today = date(2026, 7, day);
        let files = parts.files(false);
        let resolved = resolved(&[&files[0]], today);
        let desired = &resolved.centers["c"].desired;
        let pool = PoolId::new("p").unwrap();
        for i in 0..8 {
            let id = MemberId::new(&format!("m{i}")).unwrap();
            let named: Vec<Rule> = parts.rules.iter().map(|rule| Rule::read(rule)).filter(|rule| rule.names(&parts, i)).collect();
            let holds: Vec<&Rule> = named.iter().filter(|rule| rule.starts <= today && today <= rule.ends).collect();
            let own: Vec<&&Rule> = holds.iter().filter(|rule| rule.who.starts_with('m')).collect();
            let cap = match own.first() {
                Some(rule) => Some(rule.cap),
                // No cap of one's own is no limit here, since the pool has no default.
                None => holds.iter().map(|rule| rule.cap).max_by_key(|cap| cap.unwrap_or(u32::MAX)),
            };
            let grant = desired.state.pools[&pool].grants.get(&Subject::Member(id.clone()));
            let got = grant.map(|grant| grant.cap.map(|cap| cap.amount().unwrap().value().try_into().unwrap()));
            prop_assert_eq!(got, cap, "m{} on {}: {:?}", i, today, named);
            let lapsed = desired.lapsed.get(&pool).is_some_and(|lapsed| lapsed.contains_key(&id));
            prop_assert_eq!(lapsed, holds.is_empty() && !named.is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is explained is what is asked of the center: the right, the cap, the line and the reason to have nothing.
    #[test]
    fn an_explanation_says_what_the_files_come_to(
        parts in parts(),
        day in 1_i8..30,
        overlap in proptest::sample::select(&["highest", "lowest"][..]),
        others in proptest::sample::select(&["blocked", "unmanaged", "{ cap: 7 }", "{ cap: inherit }"][..]),
        default in proptest::sample::select(&["", "    default_cap: 150\n", "    default_cap: unlimited\n"][..]),
    ) {
        let today = date(2026, 7, day);
        let text = parts.files(false).concat()
            .replace("overlap: highest", &format!("overlap: {overlap}"))
            .replace("    others: blocked\n", &format!("    others: {others}\n{default}"))
            .replace("cap: 300", "cap: inherit");
        let resolved = resolved(&[&text], today);
        let desired = &resolved.centers["c"].desired;
        let pool = PoolId::new("p").unwrap();
        let state = &desired.state.pools[&pool];
        let loaded = texts(&[&text]);
        let followed = |cap: Option<Cap>| match cap.unwrap_or(Cap::Inherit) {
            Cap::Inherit => state.default_cap.unwrap_or(Cap::Inherit),
            cap => cap,
        };
        // A center without a default cap of its own gets it member by member: that is the road to the same cap.
        let mut fitted = desired.clone();
        plan::fit(&mut fitted, &bursar::centers::litellm::CAPABILITIES);
        for i in 0..8 {
            let id = MemberId::new(&format!("m{i}")).unwrap();
            let subject = Subject::Member(id.clone());
            let explanation = explain(&loaded.config, &loaded.files, &providers(), Some(&id), today);
            let [right] = explanation.pools.as_slice() else { panic!("{explanation:?}") };
            let grant: Option<&Grant> = state.grants.get(&subject);
            let lapse: Option<Lapse> = desired.lapsed.get(&pool).and_then(|lapsed| lapsed.get(&id)).copied();
            match (&right.right, grant, lapse) {
                (Right::Granted { cap, from }, Some(grant), None) => {
                    prop_assert_eq!(*cap, followed(grant.cap));
                    prop_assert_eq!(*cap, followed(fitted.state.pools[&pool].grants[&subject].cap));
                    let own = !matches!(grant.cap, None | Some(Cap::Inherit));
                    prop_assert_eq!(*from == CapFrom::Rule, own);
                    prop_assert_eq!(*from == CapFrom::Center, !own && state.default_cap.is_none());
                    prop_assert_eq!(right.rules[0].lost, None);
                }
                (Right::Lapsed(explained), None, Some(lapse)) => prop_assert_eq!(*explained, lapse),
                (Right::Others { others }, None, None) => {
                    prop_assert_eq!(*others, state.others.map(|others| match others {
                        Others::Cap(cap) => Others::Cap(followed(Some(cap))),
                        Others::Blocked => Others::Blocked,
                    }));
                }
                other => prop_assert!(false, "{:?}", other),
            }
            prop_assert_eq!(&right.decided_at, desired.sources[&pool].of_subject(&subject));
            // Every rule that names the person is there once, and each that does not decide says why.
            let named: Vec<Rule> =
                parts.rules.iter().map(|rule| Rule::read(rule)).filter(|rule| rule.names(&parts, i)).collect();
            prop_assert_eq!(right.rules.len(), named.len());
            for (place, standing) in right.rules.iter().enumerate() {
                prop_assert_eq!(standing.decides, place == 0);
                prop_assert!(place == 0 || standing.lost.is_some());
                prop_assert_eq!(standing.way.is_empty(), matches!(standing.rule.who, bursar::model::RuleWho::Member(_)));
            }
        }
        // Who is not in the files is one of the others.
        let nobody = explain(&loaded.config, &loaded.files, &providers(), None, today);
        let others = matches!(nobody.pools[0].right, Right::Others { .. });
        prop_assert!(others && nobody.person.is_none());
        prop_assert!(config::explain::find(&loaded.config, "M3@Acme.Example").len() == 1);
    }
}

#[derive(Debug)]
struct Rule {
    who: String,
    cap: Option<u32>,
    starts: Date,
    ends: Date,
}

impl Rule {
    fn read(line: &str) -> Self {
        let field = |key: &str| {
            let at = line.find(&format!("{key}: "))? + key.len() + 2;
            line[at..].split([',', ' ']).next()
        };
        Self {
            who: field("member").or(field("group")).unwrap().to_owned(),
            cap: field("cap").map(|cap| cap.parse().unwrap()),
            starts: field("starts").map_or(Date::MIN, |day| day.parse().unwrap()),
            ends: field("expires").map_or(Date::MAX, |day| day.parse().unwrap()),
        }
    }

    fn names(&self, parts: &Parts, member: usize) -> bool {
        let Some(group) = self.who.strip_prefix('g') else { return self.who == format!("m{member}") };
        let group: usize = group.parse().unwrap();
        // A group holds all those before it.
        (0..=group).any(|g| {
            let line = parts.groups.iter().find(|line| line.starts_with(&format!("  g{g}:"))).unwrap();
            line.contains(&format!("m{member}"))
        })
    }
}
