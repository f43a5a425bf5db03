//! Cutting and inserting at the places of a tree: block and flow collections, with the comments around them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::config::tree::{Kind, NodeRef, Tree, parse};
use crate::diagnostics::FileId;

use super::tokens::{Token, What, tokens};

/// A text that is being edited. Nothing of it is changed before [`Splices::finish`].
pub(super) struct Splices<'s> {
    source: &'s str,
    line_end: &'static str,
    tokens: Vec<Token>,
    cuts: Vec<(Range<usize>, String)>,
    /// The comments whose blanks in front of them were cut already.
    moved: BTreeSet<usize>,
}

/// A text as a tree; nothing where it has findings of its own.
pub(super) fn read(source: &str) -> Option<Tree<'_>> {
    let mut findings = Vec::new();
    parse(source, FileId::default(), &mut findings).filter(|_| findings.is_empty())
}

/// The entry of a map with this key.
pub(super) fn entry<'t, 's>(map: NodeRef<'t, 's>, key: &str) -> Option<(NodeRef<'t, 's>, NodeRef<'t, 's>)> {
    map.entries().find(|(name, _)| name.kind() == Kind::Text && name.text() == key)
}

impl<'s> Splices<'s> {
    pub(super) fn new(source: &'s str, tree: &Tree<'s>) -> Option<Self> {
        // A carriage return ends a line for YAML and not here, so a comment behind it would go with the line before.
        if source.split('\r').skip(1).any(|rest| !rest.starts_with('\n')) {
            return None;
        }
        let tokens = tokens(tree.root(), source)?;
        let line_end = if source.contains("\r\n") { "\r\n" } else { "\n" };
        Some(Self { source, line_end, tokens, cuts: Vec::new(), moved: BTreeSet::new() })
    }

    /// The edited text; nothing where two edits meet.
    pub(super) fn finish(mut self) -> Option<String> {
        self.cuts.sort_by_key(|(range, _)| (range.start, range.end));
        let mut out = String::with_capacity(self.source.len() + 200);
        let mut at = 0;
        for (range, text) in &self.cuts {
            out.push_str(self.source.get(at..range.start)?);
            out.push_str(text);
            at = range.end;
        }
        out.push_str(self.source.get(at..)?);
        Some(out)
    }

    fn cut(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.cuts.push((range, text.into()));
    }

    /// Inserts in a line. A comment behind it keeps its column where it can.
    fn insert(&mut self, at: usize, text: String) {
        if let Some(comment) = self.comment_behind(at)
            && self.moved.insert(comment.start)
        {
            let before = self.text(at..comment.start);
            let blanks = before.len() - before.trim_end_matches(' ').len();
            let room = blanks.saturating_sub(text.chars().count()).max(1);
            self.cut(comment.start - blanks..comment.start, " ".repeat(room));
        }
        self.cut(at..at, text);
    }

    fn text(&self, range: Range<usize>) -> &'s str {
        self.source.get(range).unwrap_or_default()
    }

    /// The first token of a node. The tree has the text of a block scalar only, and here its header counts.
    fn first(&self, node: NodeRef<'_, '_>) -> Option<Token> {
        let byte = node.span().start as usize;
        let index = self.tokens.partition_point(|token| token.end <= byte);
        self.tokens.get(index).copied().filter(|token| token.start <= byte)
    }

    /// Where a node starts.
    fn start(&self, node: NodeRef<'_, '_>) -> Option<usize> {
        self.first(node).map(|token| token.start)
    }

    /// Whether a collection is written in brackets.
    pub(super) fn is_flow(&self, node: NodeRef<'_, '_>) -> bool {
        // Where the first item of a block list is a flow map, the tree may have both start there.
        let open = if node.kind() == Kind::List { '[' } else { '{' };
        self.first(node).is_some_and(|token| self.text(token.start..token.end).starts_with(open))
    }

    /// The position in the tokens of the first that starts at a byte or after it.
    fn token_at(&self, byte: usize) -> usize {
        self.tokens.partition_point(|token| token.start < byte)
    }

    /// Where a node ends; the last line of its text, where it is a block scalar.
    fn end(&self, node: NodeRef<'_, '_>) -> Option<usize> {
        let last = match node.kind() {
            Kind::List | Kind::Map if self.is_flow(node) => return Some(node.span().end as usize),
            Kind::List => node.items().last(),
            Kind::Map => node.entries().last().map(|(_, value)| value),
            _ => return self.first(node).filter(|token| token.what == What::Scalar).map(|token| token.end),
        };
        self.end(last?)
    }

    fn line_start(&self, byte: usize) -> usize {
        self.text(0..byte).rfind('\n').map_or(0, |at| at + 1)
    }

    /// The end of the line that a byte is in, without the line end itself.
    fn line_stop(&self, byte: usize) -> usize {
        let rest = self.text(byte..self.source.len());
        let line = rest.split('\n').next().unwrap_or_default();
        byte + line.strip_suffix('\r').unwrap_or(line).len()
    }

    /// Adds lines below the line that a byte is in.
    fn below(&mut self, byte: usize, lines: &[String]) {
        let at = self.line_stop(byte);
        let text: String = lines.iter().flat_map(|line| [self.line_end, line.as_str()]).collect();
        self.cut(at..at, text);
    }

    /// How far the first token of a node is indented.
    fn column(&self, node: NodeRef<'_, '_>) -> Option<usize> {
        self.first(node).map(|token| token.column)
    }

    /// The dash of an item of a block list.
    fn dash(&self, item: NodeRef<'_, '_>) -> Option<Token> {
        let before = self.tokens.get(..self.token_at(self.start(item)?))?;
        before
            .iter()
            .rev()
            .find(|token| token.what != What::Comment)
            .copied()
            .filter(|token| token.what == What::Dash)
    }

    /// The comment in the line of a byte, behind it.
    fn comment_behind(&self, byte: usize) -> Option<Token> {
        let stop = self.line_stop(byte);
        self.tokens
            .get(self.token_at(byte)..)?
            .iter()
            .take_while(|token| token.start < stop)
            .find(|token| token.what == What::Comment)
            .copied()
    }

    /// Puts another scalar in the place of one. A comment behind it keeps its column where it can.
    pub(super) fn replace(&mut self, node: NodeRef<'_, '_>, text: &str) -> Option<()> {
        let range = self.start(node)?..self.end(node)?;
        let old = self.text(range.clone());
        let between = self.comment_behind(range.end).map(|comment| comment.start - range.end);
        let only_blanks = between.filter(|length| self.text(range.end..range.end + length).trim().is_empty());
        match only_blanks.filter(|_| !old.contains('\n')) {
            Some(blanks) => {
                let room = (old.chars().count() + blanks).saturating_sub(text.chars().count()).max(1);
                self.cut(range.start..range.end + blanks, format!("{text}{}", " ".repeat(room)));
            }
            None => self.cut(range, text),
        }
        Some(())
    }

    /// Adds entries to a map that is not empty, behind the entry with a key, else at its end.
    pub(super) fn add_entries(
        &mut self,
        map: NodeRef<'_, '_>,
        behind: Option<&str>,
        entries: &[(&str, String)],
    ) -> Option<()> {
        if entries.is_empty() {
            return Some(());
        }
        let value = match behind.and_then(|key| entry(map, key)) {
            Some((_, value)) => value,
            None => map.entries().last()?.1,
        };
        let at = self.end(value)?;
        if self.is_flow(map) {
            let text = entries.iter().flat_map(|(key, value)| [", ", *key, ": ", value.as_str()]).collect();
            self.insert(at, text);
        } else {
            let indent = " ".repeat(self.column(map)?);
            let lines: Vec<String> = entries.iter().map(|(key, value)| format!("{indent}{key}: {value}")).collect();
            self.below(at, &lines);
        }
        Some(())
    }

    /// Adds an item to a list, which is the value of a key: a map of these entries, or a name.
    pub(super) fn add_item(
        &mut self,
        key: NodeRef<'_, '_>,
        list: NodeRef<'_, '_>,
        in_flow: bool,
        item: &Item<'_>,
    ) -> Option<()> {
        let Some(bottom) = list.items().last() else {
            let range = self.start(list)?..self.end(list)?;
            let inside = self.tokens.get(self.token_at(range.start)..self.token_at(range.end))?;
            if inside.iter().any(|token| token.what == What::Comment) {
                return None;
            }
            if in_flow {
                self.cut(range, format!("[{}]", item.flow()));
                return Some(());
            }
            let colon = self
                .tokens
                .get(self.token_at(self.start(list)?).checked_sub(1)?)
                .filter(|token| token.what == What::Colon)?;
            let gap = colon.end..range.end;
            let room = if self.comment_behind(range.end).is_some() { gap.len() } else { 0 };
            self.cut(gap, " ".repeat(room));
            let indent = self.column(key)? + 2;
            self.below(range.end, &item.block(indent));
            return Some(());
        };
        let end = self.end(bottom)?;
        if !self.is_flow(list) {
            let indent = self.dash(list.items().next()?)?.column;
            let lines = if self.is_flow(bottom) {
                vec![format!("{}- {}", " ".repeat(indent), item.flow())]
            } else {
                item.block(indent)
            };
            self.below(end, &lines);
            return Some(());
        }
        let next = self.tokens.get(self.token_at(end)..)?;
        let first = self.first(bottom)?;
        let closing = next.iter().find(|token| !matches!(token.what, What::Comment | What::Comma))?;
        if first.first && closing.first {
            // Each on a line of its own.
            let comma = next
                .iter()
                .take_while(|token| token.start < closing.start)
                .find(|token| token.what == What::Comma);
            let line = format!("{}{},", " ".repeat(first.column), item.flow());
            let stop = self.line_stop(comma.map_or(end, |comma| comma.end.max(end)));
            if comma.is_none() {
                self.cut(end..end, ",");
            }
            self.below(stop, &[line]);
        } else {
            self.insert(end, format!(", {}", item.flow()));
        }
        Some(())
    }

    /// Takes items out of a list, each with the comments behind it and those right above that name whom it is about.
    pub(super) fn remove_items(&mut self, list: NodeRef<'_, '_>, removed: &BTreeMap<usize, &str>) -> Option<()> {
        let items: Vec<NodeRef<'_, '_>> = list.items().collect();
        if !self.is_flow(list) {
            if removed.len() == items.len() {
                let first = self.start(*items.first()?)?;
                let before = self.tokens.get(..self.token_at(first))?;
                let colon = before.iter().rev().find(|token| token.what == What::Colon)?.end;
                self.cut(colon..colon, " []");
            }
            for (item, about) in removed.iter().filter_map(|(i, about)| Some((items.get(*i)?, about))) {
                let dash = self.dash(*item)?;
                let end = self.end(*item)?;
                self.remove_lines(dash, end, about);
            }
            return Some(());
        }
        let mut i = 0;
        while i < items.len() {
            let run = (i..items.len()).take_while(|i| removed.contains_key(i)).count();
            if run > 0 {
                self.remove_run(&items, i..i + run, removed)?;
            }
            i += run.max(1);
        }
        Some(())
    }

    /// Where an item of a list in brackets ends, with the comma behind it.
    fn end_with_comma(&self, item: NodeRef<'_, '_>) -> Option<usize> {
        let end = self.end(item)?;
        let behind = self.tokens.get(self.token_at(end)..)?;
        let comma = behind.first().filter(|token| token.what == What::Comma);
        Some(comma.map_or(end, |comma| comma.end))
    }

    fn remove_run(
        &mut self,
        items: &[NodeRef<'_, '_>],
        run: Range<usize>,
        removed: &BTreeMap<usize, &str>,
    ) -> Option<()> {
        let (first, last) = (items.get(run.start)?, items.get(run.end - 1)?);
        let end = self.end_with_comma(*last)?;
        let stop = self.line_stop(end);
        let next = self.tokens.get(self.token_at(end)..)?.iter().find(|token| token.what != What::Comment)?;
        if self.first(*first)?.first && next.start >= stop {
            // Line by line, so that a comment between two of them stays.
            let mut from = run.start;
            for at in run.clone() {
                let goes_on = at + 1 < run.end && !self.first(*items.get(at + 1)?)?.first;
                if !goes_on {
                    let (token, end) = (self.first(*items.get(from)?)?, self.end_with_comma(*items.get(at)?)?);
                    self.remove_lines(token, end, removed.get(&from)?);
                    from = at + 1;
                }
            }
            return Some(());
        }
        let range = match (items.get(run.end), run.start.checked_sub(1).and_then(|before| items.get(before))) {
            (Some(next), _) => self.start(*first)?..self.start(*next)?,
            (None, Some(before)) => self.end(*before)?..self.end(*last)?,
            (None, None) => self.start(*first)?..end,
        };
        let inside = self.tokens.get(self.token_at(range.start)..self.token_at(range.end))?;
        if inside.iter().any(|token| token.what == What::Comment) {
            return None;
        }
        self.cut(range, "");
        Some(())
    }

    /// Removes whole lines, and the comments right above that name somebody.
    fn remove_lines(&mut self, first: Token, end: usize, about: &str) {
        let mut from = self.line_start(first.start);
        let above = self.tokens.get(..self.token_at(first.start)).unwrap_or_default();
        let mut next = first;
        for comment in above.iter().rev() {
            let right_above =
                comment.what == What::Comment && comment.first && !next.blank && comment.column == first.column;
            if !right_above || !names(self.text(comment.start..comment.end), about) {
                break;
            }
            from = self.line_start(comment.start);
            next = *comment;
        }
        let to = self.text(end..self.source.len()).find('\n').map_or(self.source.len(), |at| end + at + 1);
        self.cut(from..to, "");
    }

    /// Adds a section to the file, above the first of these keys.
    pub(super) fn add_section(&mut self, root: NodeRef<'_, '_>, above: &[&str], lines: &[String]) -> Option<()> {
        if self.is_flow(root) {
            return None;
        }
        let (key, _) = root.entries().find(|(key, _)| above.contains(&key.text()))?;
        let index = self.token_at(self.start(key)?);
        let mut first = *self.tokens.get(index)?;
        for comment in self.tokens.get(..index)?.iter().rev() {
            if comment.what != What::Comment || !comment.first || first.blank || comment.start == 0 {
                break;
            }
            first = *comment;
        }
        let at = self.line_start(first.start);
        let text: String = lines.iter().flat_map(|line| [line.as_str(), self.line_end]).collect();
        self.cut(at..at, format!("{text}{}", self.line_end));
        Some(())
    }
}

/// What is added to a list.
pub(super) enum Item<'a> {
    /// A map, as keys and written values.
    Map(&'a [(&'a str, String)]),
    /// A written scalar.
    Name(&'a str),
}

impl Item<'_> {
    fn flow(&self) -> String {
        match self {
            Self::Map(entries) => {
                let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                format!("{{ {} }}", entries.join(", "))
            }
            Self::Name(name) => (*name).to_owned(),
        }
    }

    fn block(&self, indent: usize) -> Vec<String> {
        let indent = " ".repeat(indent);
        match self {
            Self::Map(entries) => entries
                .iter()
                .enumerate()
                .map(|(i, (key, value))| format!("{indent}{} {key}: {value}", if i == 0 { "-" } else { " " }))
                .collect(),
            Self::Name(name) => vec![format!("{indent}- {name}")],
        }
    }
}

/// Whether a comment has a name in it, as a word.
fn names(comment: &str, name: &str) -> bool {
    let comment = comment.to_lowercase();
    let in_name = |c: char| c.is_alphanumeric() || "._@+-".contains(c);
    comment
        .split(|c: char| !in_name(c))
        .any(|word| word.trim_matches(|c: char| !c.is_alphanumeric()) == name)
}
