//! Which identities may be meant where one is not known: the same person under another domain, with dots, with a
//! suffix, or with a slip of the finger.

/// The most identities that are named.
const NAMED: usize = 3;

/// The identities that are most like one that is not known, the likest first; at most three.
pub fn alike<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wrong = Parts::of(wrong);
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|name| Some((wrong.distance(&Parts::of(name))?, name)))
        .collect();
    found.sort_unstable();
    found.dedup();
    found.truncate(NAMED);
    found.into_iter().map(|(_, name)| name).collect()
}

/// An e-mail address or a login, as people mistake it.
struct Parts {
    /// What stands before the `@`, without case, `+suffix` and what separates words.
    name: String,
    /// What stands behind it; nothing in a login.
    domain: Option<String>,
}

impl Parts {
    fn of(identity: &str) -> Self {
        let identity = identity.to_lowercase();
        let (name, domain) = match identity.rsplit_once('@') {
            Some((name, domain)) => (name, Some(domain.to_owned())),
            None => (identity.as_str(), None),
        };
        let name = name.split('+').next().unwrap_or(name);
        Self { name: name.chars().filter(|c| !".-_".contains(*c)).collect(), domain }
    }

    /// How far two are from each other; nothing where nobody would take one for the other.
    fn distance(&self, other: &Self) -> Option<usize> {
        if self.name.is_empty() || other.name.is_empty() {
            return None;
        }
        let same_domain = self.domain == other.domain;
        if self.name == other.name {
            return Some(usize::from(!same_domain));
        }
        let length = self.name.chars().count();
        let most = (length / 3).clamp(1, 2);
        // The distance is at least the difference in length, and that is cheap.
        if !same_domain || length < 3 || other.name.chars().count().abs_diff(length) > most {
            return None;
        }
        let distance = strsim::osa_distance(&self.name, &other.name);
        (distance <= most).then_some(1 + distance)
    }
}

#[cfg(test)]
mod tests {
    use super::alike;

    #[test]
    fn what_people_mistake() {
        let known = [
            "alice@acme-corp.example",
            "a.lice+work@acme.example",
            "alcie@acme.example",
            "malice@other.example",
            "bob@acme.example",
            "alice-acme",
        ];
        assert_eq!(
            alike("alice@acme.example", known),
            ["a.lice+work@acme.example", "alice@acme-corp.example", "alcie@acme.example"]
        );
        assert_eq!(alike("Alice", known), ["a.lice+work@acme.example", "alice@acme-corp.example"]);
        assert_eq!(alike("aliceacme", known), ["alice-acme"]);
        assert_eq!(alike("bobby@acme.example", known), [""; 0], "too far for so short a name");
        assert_eq!(alike("jo@acme.example", ["yo@acme.example"]), [""; 0]);
        assert_eq!(alike("zoe@acme.example", known), [""; 0]);
        assert_eq!(alike("@", known), [""; 0]);
    }

    #[test]
    fn no_more_than_three_are_named() {
        let known: Vec<String> = (0..9).map(|n| format!("alice@acme{n}.example")).collect();
        let known = known.iter().map(String::as_str);
        assert_eq!(alike("alice@acme.example", known.clone()).len(), 3);
        let doubled = alike("alice@acme0.example", known.clone().chain(known));
        assert_eq!(doubled, ["alice@acme0.example", "alice@acme1.example", "alice@acme2.example"]);
    }
}
