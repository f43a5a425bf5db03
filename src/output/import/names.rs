//! Ids for things that a center names in its own way: valid, readable, and each used once.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{MAX_ID, check_id};

/// The nearest text that keeps the rule for ids.
pub(super) fn slug(text: &str, fallback: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if slug.len() >= MAX_ID - 8 {
            break;
        }
        let keeps = c.is_ascii_lowercase() || c.is_ascii_digit();
        if keeps || (!slug.is_empty() && "._@+-".contains(c)) {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if check_id(slug).is_ok() { slug.to_owned() } else { fallback.to_owned() }
}

/// Ids that were given out, by what they stand for.
#[derive(Debug)]
pub(super) struct Names<K> {
    by_key: BTreeMap<K, String>,
    used: BTreeSet<String>,
}

impl<K> Default for Names<K> {
    fn default() -> Self {
        Self { by_key: BTreeMap::new(), used: BTreeSet::new() }
    }
}

impl<K: Ord + Clone> Names<K> {
    /// Keeps an id from being given out.
    pub(super) fn reserve(&mut self, id: &str) {
        self.used.insert(id.to_owned());
    }

    /// The id of a thing: the one it has, else a new one made from a text.
    pub(super) fn name(&mut self, key: &K, text: &str, fallback: &str) -> String {
        if let Some(id) = self.by_key.get(key) {
            return id.clone();
        }
        let base = slug(text, fallback);
        let numbered = (2..).map(|n: u32| format!("{base}-{n}"));
        let free = std::iter::once(base.clone())
            .chain(numbered)
            .find(|id| !self.used.contains(id))
            .unwrap_or(base);
        self.used.insert(free.clone());
        self.by_key.insert(key.clone(), free.clone());
        free
    }

    /// Every thing with its id, sorted by id.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &K)> {
        let by_id: BTreeMap<&str, &K> = self.by_key.iter().map(|(key, id)| (id.as_str(), key)).collect();
        by_id.into_iter()
    }

    /// Whether no id was given out.
    pub(super) fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_near_the_text() {
        assert_eq!(slug("Ana.Müller", "member"), "ana.m-ller");
        assert_eq!(slug("  --Design AI!! ", "pool"), "design-ai");
        assert_eq!(slug("日本", "pool"), "pool");
        assert_eq!(slug("", "pool"), "pool");
        assert!(slug(&"x".repeat(500), "pool").len() <= MAX_ID);
    }

    #[test]
    fn an_id_is_given_once() {
        let mut names = Names::default();
        assert_eq!(names.name(&1, "Ops", "x"), "ops");
        assert_eq!(names.name(&2, "ops", "x"), "ops-2");
        assert_eq!(names.name(&1, "other", "x"), "ops");
        names.reserve("member");
        assert_eq!(names.name(&3, "member", "x"), "member-2");
    }
}
