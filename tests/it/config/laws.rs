//! Laws of what the files come to, over many small configs.

use bursar::config::Resolved;
use bursar::model::{MemberId, PoolId, Subject};
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::resolving::resolved;

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
