//! Small configs as many hands would have written them: any indent, any style, comments anywhere.

/// Choices that follow from a seed.
pub(crate) struct Choices(u64);

impl Choices {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % most
    }

    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn spaces(&mut self, least: u64, most: u64) -> String {
        let count = least + self.below(most - least + 1);
        " ".repeat(usize::try_from(count).unwrap())
    }
}

/// The members are `m0` to `m5`, the groups `g0` and `g1`, the pool is `p`, the center `c`.
pub(crate) struct Messy {
    choices: Choices,
    lines: Vec<String>,
    comments: u32,
    step: String,
}

impl Messy {
    pub(crate) fn text(seed: u64) -> String {
        let mut choices = Choices::new(seed);
        let step = choices.spaces(1, 4);
        let mut messy = Self { choices, lines: Vec::new(), comments: 0, step };
        messy.file();
        let end = if messy.choices.one_in(4) { "\r\n" } else { "\n" };
        let mut text = messy.lines.join(end);
        if !messy.choices.one_in(4) {
            text.push_str(end);
        }
        text
    }

    fn comment(&mut self) -> String {
        self.comments += 1;
        format!("# c{}: note, {{of}} [m{}]", self.comments, self.choices.below(6))
    }

    /// A line, perhaps with a comment behind it, comments or empty lines above it.
    fn line(&mut self, indent: &str, text: &str) {
        while self.choices.one_in(6) {
            let comment = self.comment();
            self.lines.push(format!("{indent}{comment}"));
        }
        while self.choices.one_in(8) {
            let blanks = self.choices.spaces(0, 2);
            self.lines.push(blanks);
        }
        let behind = if self.choices.one_in(4) {
            let comment = self.comment();
            format!("{}{comment}", self.choices.spaces(1, 9))
        } else {
            let most = if self.choices.one_in(6) { 2 } else { 0 };
            self.choices.spaces(0, most)
        };
        self.lines.push(format!("{indent}{text}{behind}"));
    }

    /// `key: value`, with any spaces after the colon.
    fn pair(&mut self, indent: &str, key: &str, value: &str) {
        let gap = if value.is_empty() { String::new() } else { self.choices.spaces(1, 3) };
        self.line(indent, &format!("{key}:{gap}{value}"));
    }

    fn flow(&mut self, open: &str, items: &[String], close: &str) -> String {
        let pad = |choices: &mut Choices| choices.spaces(0, 1);
        let mut text = open.to_owned();
        for (i, item) in items.iter().enumerate() {
            text += &pad(&mut self.choices);
            text += item;
            text += &pad(&mut self.choices);
            if i + 1 < items.len() {
                text += ", ";
            }
        }
        text + close
    }

    fn file(&mut self) {
        self.line("", "version: 1");
        if self.choices.one_in(2) {
            self.pair("", "centers", "{c: {provider: embedded}}");
        } else {
            let step = self.step.clone();
            self.pair("", "centers", "");
            self.pair(&step, "c", "");
            self.pair(&step.repeat(2), "provider", "'embedded'");
        }
        let step = self.step.clone();
        self.pair("", "members", "");
        for i in 0..6 {
            self.pair(&step, &format!("m{i}"), &format!("{{email: m{i}@acme.example }}"));
        }
        self.pair("", "groups", "");
        for (group, people) in [("g0", ["m0", "m1"]), ("g1", ["m1", "m2"])] {
            let people: Vec<String> = people.iter().map(|id| (*id).to_owned()).collect();
            let people = self.flow("[", &people, "]");
            self.pair(&step, group, &people);
        }
        self.pair("", "pools", "");
        self.pair(&step, "p", "");
        let inner = step.repeat(2);
        self.pair(&inner, "center", "c");
        self.pair(&inner, "overlap", "highest");
        if self.choices.one_in(3) {
            self.line(&inner, "description: >-");
            // No comment may stand here.
            self.lines.push(format!("{inner}   Two lines"));
            self.lines.push(format!("{inner}   of prose"));
        }
        self.pair(&inner, "budget", "{limit: 9000,unit: credits, period: monthly , when_exhausted: block}");
        self.access(&inner);
        let others = ["blocked", "unmanaged", "{ cap: 50}"][usize::try_from(self.choices.below(3)).unwrap()];
        self.pair(&inner, "others", others);
        if self.choices.one_in(3) {
            let comment = self.comment();
            self.lines.push(comment);
        }
    }

    fn rules(&mut self) -> Vec<Vec<(&'static str, String)>> {
        let mut names: Vec<(&str, String)> = (0..6).map(|i| ("member", format!("m{i}"))).collect();
        names.extend([("group", "g0".to_owned()), ("group", "g1".to_owned())]);
        let mut rules = Vec::new();
        for (key, name) in names {
            if self.choices.below(5) < 3 {
                continue;
            }
            let mut rule = vec![(key, name)];
            if key == "group" && self.choices.one_in(2) {
                rule.push(("except", "[m1]".to_owned()));
            }
            if self.choices.below(4) > 0 {
                rule.push((
                    "cap",
                    ["100", "12.50", "0", "unlimited"][usize::try_from(self.choices.below(4)).unwrap()].to_owned(),
                ));
            }
            if self.choices.one_in(3) {
                rule.push((
                    "reason",
                    ["'Because, really'", "\"No #1\"", "Plain words"][usize::try_from(self.choices.below(3)).unwrap()]
                        .replace('#', ""),
                ));
            }
            if self.choices.one_in(4) {
                rule.push(("expires", "2026-12-31".to_owned()));
            }
            rules.push(rule);
        }
        if self.choices.one_in(2) {
            rules.reverse();
        }
        rules
    }

    fn access(&mut self, indent: &str) {
        let rules = self.rules();
        let written = |messy: &mut Self, rule: &[(&str, String)]| {
            let pairs: Vec<String> = rule.iter().map(|(key, value)| format!("{key}: {value}")).collect();
            messy.flow("{", &pairs, "}")
        };
        if rules.is_empty() || self.choices.one_in(5) {
            let items: Vec<String> = rules.iter().map(|rule| written(self, rule)).collect();
            let list = self.flow("[", &items, "]");
            self.pair(indent, "access", &list);
            return;
        }
        if self.choices.one_in(5) {
            let deeper = format!("{indent}{}", self.choices.spaces(1, 4));
            self.line(indent, "access: [");
            let last = rules.len() - 1;
            for (i, rule) in rules.iter().enumerate() {
                let comma = if i < last || self.choices.one_in(2) { "," } else { "" };
                let rule = written(self, rule);
                self.line(&deeper, &format!("{rule}{comma}"));
            }
            self.line(&deeper, "]");
            return;
        }
        self.pair(indent, "access", "");
        let deeper = format!("{indent}{}", self.choices.spaces(0, 3));
        for rule in &rules {
            if self.choices.one_in(3) {
                let rule = written(self, rule);
                self.line(&deeper, &format!("- {rule}"));
                continue;
            }
            let gap = self.choices.spaces(1, 3);
            for (i, (key, value)) in rule.iter().enumerate() {
                if i == 0 {
                    self.line(&deeper, &format!("-{gap}{key}: {value}"));
                } else {
                    self.pair(&format!("{deeper} {gap}"), key, value);
                }
            }
        }
    }
}
