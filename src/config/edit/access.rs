//! Edits of who may draw on a pool, in the text of the file that the pool stands in.

use std::collections::BTreeMap;

use crate::config::tree::NodeRef;

use super::splice::{Item, Splices, entry, read};

/// A key of a rule and its value, written as a YAML scalar.
pub type Written = (&'static str, String);

/// Adds a rule to the `access` of a pool. The first of its entries says whom it is about.
///
/// Nothing comes back where the text is written in a way that this edit would damage.
pub fn add_rule(source: &str, pool: &str, rule: &[Written]) -> Option<String> {
    let tree = read(source)?;
    let mut splices = Splices::new(source, &tree)?;
    let pool = pool_of(tree.root(), pool)?;
    let (key, access) = entry(pool, "access")?;
    splices.add_item(key, access, splices.is_flow(pool), &Item::Map(rule))?;
    splices.finish()
}

/// Gives entries of one rule of a pool another value, and adds those that it does not have.
///
/// Nothing comes back where the text is written in a way that this edit would damage.
pub fn change_rule(source: &str, pool: &str, rule: usize, values: &[Written]) -> Option<String> {
    let tree = read(source)?;
    let mut splices = Splices::new(source, &tree)?;
    let (_, access) = entry(pool_of(tree.root(), pool)?, "access")?;
    let rule = access.items().nth(rule)?;
    let (mut near, mut far) = (Vec::new(), Vec::new());
    for (key, value) in values {
        match entry(rule, key) {
            Some((_, old)) => splices.replace(old, value)?,
            None if *key == "cap" => near.push((*key, value.clone())),
            None => far.push((*key, value.clone())),
        }
    }
    // The cap stands with whom it is for.
    let who = rule.entries().map(|(key, _)| key.text()).find(|key| matches!(*key, "member" | "group"));
    let last = rule.entries().last().map(|(key, _)| key.text());
    if who == last {
        near.append(&mut far);
    }
    splices.add_entries(rule, who, &near)?;
    splices.add_entries(rule, None, &far)?;
    splices.finish()
}

/// Takes rules out of a pool, and has other rules, about groups, leave somebody out.
///
/// Nothing comes back where the text is written in a way that this edit would damage.
pub fn remove_rules(
    source: &str,
    pool: &str,
    removed: &[usize],
    but: &[usize],
    who: &str,
    written: &str,
) -> Option<String> {
    let tree = read(source)?;
    let mut splices = Splices::new(source, &tree)?;
    let (_, access) = entry(pool_of(tree.root(), pool)?, "access")?;
    if !removed.is_empty() {
        splices.remove_items(access, &removed.iter().map(|rule| (*rule, who)).collect())?;
    }
    for rule in but {
        let rule = access.items().nth(*rule)?;
        match entry(rule, "except") {
            Some((key, list)) => splices.add_item(key, list, true, &Item::Name(written))?,
            None => splices.add_entries(rule, Some("group"), &[("except", format!("[{written}]"))])?,
        }
    }
    splices.finish()
}

/// Takes rules out of several pools: by pool the positions of its rules, each with whom it is about.
///
/// Nothing comes back where the text is written in a way that this edit would damage.
pub fn take_out(source: &str, pools: &BTreeMap<&str, BTreeMap<usize, &str>>) -> Option<String> {
    let tree = read(source)?;
    let mut splices = Splices::new(source, &tree)?;
    for (pool, rules) in pools {
        let (_, access) = entry(pool_of(tree.root(), pool)?, "access")?;
        splices.remove_items(access, rules)?;
    }
    splices.finish()
}

/// Gives rules of several pools another last day in the place of the one that they have: by pool the positions of its
/// rules.
///
/// Nothing comes back where the text is written in a way that this edit would damage.
pub fn prolong(source: &str, pools: &BTreeMap<&str, Vec<usize>>, last_day: &str) -> Option<String> {
    let tree = read(source)?;
    let mut splices = Splices::new(source, &tree)?;
    for (pool, rules) in pools {
        let (_, access) = entry(pool_of(tree.root(), pool)?, "access")?;
        let all: Vec<NodeRef<'_, '_>> = access.items().collect();
        for rule in rules {
            let (_, expires) = entry(*all.get(*rule)?, "expires")?;
            splices.replace(expires, last_day)?;
        }
    }
    splices.finish()
}

/// Adds a member with an e-mail address, both written as YAML scalars.
///
/// Nothing comes back where the text is written in a way that this edit would damage.
pub fn add_member(source: &str, id: &str, email: &str) -> Option<String> {
    let tree = read(source)?;
    let mut splices = Splices::new(source, &tree)?;
    let member = format!("{{ email: {email} }}");
    match entry(tree.root(), "members") {
        Some((_, members)) if members.entries().next().is_some() => {
            splices.add_entries(members, None, &[(id, member)])?;
        }
        Some((_, members)) => splices.replace(members, &format!("{{ {id}: {member} }}"))?,
        None => {
            let lines = ["members:".to_owned(), format!("  {id}: {member}")];
            splices.add_section(tree.root(), &["groups", "pools"], &lines)?;
        }
    }
    splices.finish()
}

fn pool_of<'t, 's>(root: NodeRef<'t, 's>, pool: &str) -> Option<NodeRef<'t, 's>> {
    let (_, pools) = entry(root, "pools")?;
    entry(pools, pool).map(|(_, pool)| pool)
}
