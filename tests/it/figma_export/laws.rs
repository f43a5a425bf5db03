//! The laws of a center that is read from an export, on random worlds: somebody clicks what a plan says, exports again,
//! and there is nothing left to click; and no pool decides over whom another one names.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bursar::model::{Cap, CenterId, Observed, PoolId, Subject};
use bursar::plan::{Change, Object, applied, diff, fit, narrow};
use bursar::{centers, config};
use proptest::prelude::*;
use proptest::sample::select;

use super::world;

/// A person of a random world.
#[derive(Clone, Debug)]
struct Somebody {
    /// Whether the files know them.
    known: bool,
    /// Whether the export has them.
    exported: bool,
    access: &'static str,
    group: &'static str,
    /// The pool that names them, its cap, and whether the rule has ended.
    rule: Option<(usize, &'static str, bool)>,
}

#[derive(Clone, Debug)]
struct World {
    people: Vec<Somebody>,
    /// What others may draw, by pool; `None` where there is no such pool.
    pools: [Option<&'static str>; 3],
}

const POOLS: [(&str, &str); 3] =
    [("plan-ai", "plan"), ("design-ai", "{ billing_group: Design }"), ("eng-ai", "{ billing_group: Eng }")];

prop_compose! {
    fn somebody()(
        known in any::<bool>(),
        exported in prop::bool::weighted(0.9),
        access in select(vec!["Full access,", "No access,", "Custom limit,50", "Custom limit,500", ","]),
        group in select(vec!["", "Design", "Eng", "Ops"]),
        rule in prop::option::of((0..3usize, select(vec!["", "cap: 0,", "cap: 50,", "cap: 500,", "cap: unlimited,"]), prop::bool::weighted(0.2))),
    ) -> Somebody {
        Somebody { known, exported, access, group, rule: rule.filter(|_| known) }
    }
}

fn random() -> impl Strategy<Value = World> {
    let others = || {
        prop::option::weighted(
            0.8,
            select(vec!["blocked", "unmanaged", "{ cap: 50 }", "{ cap: 0 }", "{ cap: unlimited }"]),
        )
    };
    (prop::collection::vec(somebody(), 0..10), others(), others(), others())
        .prop_map(|(people, a, b, c)| World { people, pools: [a, b, c] })
}

impl World {
    fn files(&self) -> String {
        let mut text = "version: 1\ncenters:\n  design:\n    provider: figma\n    plan: enterprise\n    export:\n      people: exports/people.csv\n      columns: { email: Email, access: Access, limit: Limit, billing_group: Group }\nmembers:\n  nobody: {}\n".to_owned();
        for (i, _) in self.people.iter().enumerate().filter(|(_, somebody)| somebody.known) {
            let _ = writeln!(text, "  p{i}: {{ email: P{i}@acme.example }}");
        }
        text.push_str("pools:\n");
        for (n, ((pool, target), others)) in POOLS.iter().zip(self.pools).enumerate() {
            let Some(others) = others else { continue };
            let _ = write!(
                text,
                "  {pool}:\n    center: design\n    target: {target}\n    budget: {{ unit: credits, period: monthly }}\n    others: {others}\n    access:"
            );
            let mut rules = String::new();
            for (i, somebody) in self.people.iter().enumerate() {
                if let Some((_, cap, ended)) = somebody.rule.filter(|(at, ..)| *at == n) {
                    let ends = if ended { "expires: 2026-01-01" } else { "" };
                    let _ = write!(rules, "\n      - {{ member: p{i}, {cap} {ends} }}");
                }
            }
            let _ = writeln!(text, "{}", if rules.is_empty() { " []" } else { &rules });
        }
        text
    }

    fn rows(&self) -> BTreeMap<String, (String, String)> {
        let exported = self.people.iter().enumerate().filter(|(_, somebody)| somebody.exported);
        exported
            .map(|(i, somebody)| {
                (format!("p{i}@acme.example"), (somebody.access.to_owned(), somebody.group.to_owned()))
            })
            .collect()
    }
}

fn csv(rows: &BTreeMap<String, (String, String)>) -> String {
    let rows = rows.iter().map(|(email, (access, group))| format!("{email},{access},{group}\n"));
    format!("Email,Access,Limit,Group\n{}", rows.collect::<String>())
}

struct Read {
    desired: bursar::model::Desired,
    observed: Observed,
    scope: bursar::model::Scope,
    changes: Vec<Change>,
}

/// Reads files and export, for one pool or for all, and plans.
fn read(folder: &std::path::Path, only: Option<&str>) -> Read {
    let day = crate::world::date("2026-11-22");
    let loaded = config::load(folder, None).unwrap();
    let errors: Vec<_> = config::check(&loaded, &centers::providers(), day)
        .into_iter()
        .filter(|finding| finding.severity == bursar::diagnostics::Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    let mut resolved = config::resolve(&loaded.config, &loaded.files, &centers::providers(), day);
    let id = CenterId::new("design").unwrap();
    let config::ResolvedCenter { settings, capabilities, mut desired, scope } = resolved.centers.remove(&id).unwrap();
    desired.state.pools.retain(|pool, _| only.is_none_or(|only| pool.as_str() == only));
    desired.lapsed.retain(|pool, _| only.is_none_or(|only| pool.as_str() == only));
    fit(&mut desired, capabilities);
    let reader = centers::reader(&settings).unwrap();
    reader.fit(&mut desired);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut observed = runtime.block_on(reader.read(&scope)).unwrap();
    narrow(&desired, capabilities, &mut observed);
    let changes = diff(&id, capabilities, &desired, &observed);
    Read { desired, observed, scope, changes }
}

/// Somebody sets in the console what a change says, and it is in the next export.
fn click(rows: &mut BTreeMap<String, (String, String)>, change: &Change, read: &Read) {
    let Some(subject) = &change.subject else { return };
    let email = read.scope.roster.identity(subject).unwrap().to_ascii_lowercase();
    let level = match &change.after {
        Some(Object::Grant(grant)) => match grant.cap {
            Some(Cap::Amount(amount)) => format!("Custom limit,{}", amount.number()),
            Some(Cap::Unlimited | Cap::Inherit) | None => "Full access,".to_owned(),
        },
        _ => "No access,".to_owned(),
    };
    rows.entry(email).or_default().0 = level;
}

/// The pool that names somebody.
fn names(world: &World, subject: &Subject) -> Option<&'static str> {
    let Subject::Member(member) = subject else { return None };
    let somebody = &world.people[member.as_str().strip_prefix('p')?.parse::<usize>().ok()?];
    let (pool, ..) = somebody.rule?;
    world.pools[pool].map(|_| POOLS[pool].0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_clicked_is_not_planned_again(random in random()) {
        prop_assume!(random.pools.iter().any(Option::is_some));
        let mut rows = random.rows();
        let folder = world(&random.files(), csv(&rows));
        let first = read(folder.path(), None);
        for change in &first.changes {
            click(&mut rows, change, &first);
        }
        std::fs::write(folder.path().join("exports/people.csv"), csv(&rows)).unwrap();
        let second = read(folder.path(), None);
        prop_assert!(second.changes.is_empty(), "{}\n{}\n{:#?}", random.files(), csv(&rows), second.changes);
    }

    #[test]
    fn what_is_applied_is_not_planned_again(random in random()) {
        prop_assume!(random.pools.iter().any(Option::is_some));
        let folder = world(&random.files(), csv(&random.rows()));
        let Read { desired, observed, .. } = read(folder.path(), None);
        let capabilities = &centers::figma::CAPABILITIES;
        let state = applied(capabilities, &desired, &observed);
        let after = Observed { state, ..observed };
        prop_assert_eq!(diff(&CenterId::new("design").unwrap(), capabilities, &desired, &after), Vec::new());
    }

    #[test]
    fn no_pool_decides_over_whom_another_one_names(random in random()) {
        prop_assume!(random.pools.iter().any(Option::is_some));
        let folder = world(&random.files(), csv(&random.rows()));
        let all = read(folder.path(), None);
        let mut decided: BTreeMap<&Subject, &PoolId> = BTreeMap::new();
        for change in &all.changes {
            let Some(subject) = &change.subject else { continue };
            prop_assert!(names(&random, subject).is_none_or(|pool| change.pool.as_str() == pool), "{change:?}");
            let other = decided.insert(subject, &change.pool);
            prop_assert!(other.is_none(), "{subject} is decided over by {} and by {other:?}", change.pool);
        }
        // A selection plans what the whole plan has of that pool, and nothing else.
        for (pool, _) in POOLS.iter().zip(random.pools).filter(|(_, others)| others.is_some()).map(|(pool, _)| pool) {
            let alone = read(folder.path(), Some(pool));
            let of: Vec<&Change> = all.changes.iter().filter(|change| change.pool.as_str() == *pool).collect();
            prop_assert_eq!(alone.changes.iter().collect::<Vec<_>>(), of);
        }
    }
}
