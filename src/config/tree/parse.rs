//! The parser's events, made into a tree. The parser is known to this file alone.

use std::collections::HashMap;

use granit_parser::{Event, Options, Parser, ScalarStyle, StructureStyle};

use crate::config::checks::structure::{
    AMBIGUOUS_SCALAR, DUPLICATE_KEY, HIDDEN_CHARACTER, KEY_NOT_TEXT, SYNTAX, TOO_LARGE, YAML_FEATURE,
};
use crate::config::text::{first_hidden, is_hidden};
use crate::diagnostics::{FileId, Finding, Related, Span};

use super::scalar::{Plain, classify};
use super::{Form, Kind, MAX_BYTES, MAX_DEPTH, MAX_NODES, Node, NodeRef, Tree};

/// Up to this many keys a map is searched for duplicates without a table.
const FEW_KEYS: usize = 16;
/// What to do about a file that is too large.
const SPLIT: &str = "split it: a config may be a folder of files";

/// A collection that is still open.
struct Frame {
    node: usize,
    /// Whether what comes next is a key of a map.
    key_next: bool,
    block: bool,
}

struct Builder<'s, 'f> {
    tree: Tree<'s>,
    open: Vec<Frame>,
    findings: &'f mut Vec<Finding>,
}

/// Parses a text. A syntax error ends the parse, and everything else is reported and passed over.
///
/// Returns no tree where the text cannot be relied on at all: then the last finding says why.
pub fn parse<'s>(source: &'s str, file: FileId, findings: &mut Vec<Finding>) -> Option<Tree<'s>> {
    let start = Span { file, start: 0, end: 0 };
    if source.len() > MAX_BYTES {
        findings.push(
            TOO_LARGE
                .at(start, format!("the file is larger than {} MiB", MAX_BYTES >> 20))
                .help(SPLIT),
        );
        return None;
    }
    if let Some(at) = source.bytes().position(|b| b == 0) {
        findings.push(
            SYNTAX
                .at(span(file, at, at + 1), "there is a NUL byte here, so this is no text file")
                .help("save the file as UTF-8 text"),
        );
        return None;
    }
    unseen(source, file, findings);
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.disallow_directives = true;
    // One more than we allow, so that ours is the message.
    options.flow_nesting_limit = MAX_DEPTH + 1;
    options.block_nesting_limit = MAX_DEPTH + 1;
    // An alias is a finding of its own, whether there is an anchor or not.
    options.emit_unresolved_aliases = true;
    let tree = Tree { source, file, nodes: Vec::with_capacity((source.len() / 8).min(MAX_NODES)), owned: Vec::new() };
    let mut builder = Builder { tree, open: Vec::new(), findings };
    let mut documents = 0_usize;
    for event in Parser::new_from_str_with_options(source, options) {
        let (event, place) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(source.len()).min(source.len());
                let end = source.get(at..).and_then(|rest| rest.chars().next()).map_or(at, |c| at + c.len_utf8());
                let finding = SYNTAX.at(span(file, at, end), format!("this is not YAML: {}", error.info()));
                builder.findings.push(finding.help(syntax_help(&error.info())));
                return None;
            }
        };
        let at = |marker: granit_parser::Marker| marker.byte_offset().unwrap_or(source.len()).min(source.len());
        let place = span(file, at(place.start), at(place.end));
        if matches!(event, Event::DocumentStart(..)) {
            documents += 1;
            if documents > 1 {
                let finding = YAML_FEATURE
                    .at(place, "a second document starts here, and a file has one")
                    .help("put it into a file of its own");
                builder.findings.push(finding);
                break;
            }
        }
        if let Err(finding) = builder.event(event, place) {
            builder.findings.push(finding);
            return None;
        }
    }
    if builder.tree.nodes.is_empty() {
        let node = Node { start: 0, end: 0, next: 1, text: 0, kind: Kind::Null, form: Form::Plain };
        builder.tree.nodes.push(node);
    }
    Some(builder.tree)
}

/// Reports every character that cannot be seen, also in comments: one that reorders a line makes a comment look like
/// something else, or something else like a comment.
fn unseen(source: &str, file: FileId, findings: &mut Vec<Finding>) {
    // Nearly every file is plain ASCII, which bytes tell fastest.
    if source.bytes().all(|b| matches!(b, b'\t' | b'\n' | b'\r' | 0x20..0x7f)) {
        return;
    }
    // A mark of the byte order is no content where the text begins.
    let start = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let hidden = source.char_indices().skip_while(|(at, _)| *at < start);
    for (at, c) in hidden.filter(|(_, c)| is_hidden(*c) && !matches!(c, '\t' | '\n' | '\r')) {
        findings.push(hidden_character(span(file, at, at + c.len_utf8()), c));
    }
}

fn hidden_character(place: Span, hidden: char) -> Finding {
    HIDDEN_CHARACTER
        .at(place, format!("there is a character here that cannot be seen: U+{:04X}", u32::from(hidden)))
        .help("take it out: what a reviewer cannot see must not decide")
}

/// What to do about what the parser says: what people mostly did there.
fn syntax_help(said: &str) -> &'static str {
    match said {
        _ if said.contains("tab") => "indent with spaces: YAML takes no tabs there",
        _ if said.contains("nclosed") || said.contains("end of stream") || said.contains("EOF") => {
            "close the bracket, brace or quote that was opened"
        }
        _ if said.contains("irective") => "leave out the line that starts with `%`",
        _ if said.contains("unexpected character") => "take the character out",
        _ => "check the indentation, the colons and the quotes here and on the line above",
    }
}

fn span(file: FileId, start: usize, end: usize) -> Span {
    let byte = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { file, start: byte(start), end: byte(end.max(start)) }
}

impl<'s> Builder<'s, '_> {
    /// Takes one event in. The error is the finding that ends the parse.
    fn event(&mut self, event: Event<'_>, place: Span) -> Result<(), Finding> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.properties(anchor, tag.as_deref(), place);
                let tagged = tag.is_some();
                self.scalar(&text, style, tagged, place)?;
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.properties(anchor, tag.as_deref(), place);
                self.open(Kind::List, style, place)?;
            }
            Event::MappingStart(style, anchor, tag) => {
                self.properties(anchor, tag.as_deref(), place);
                self.open(Kind::Map, style, place)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(place),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let finding = YAML_FEATURE
                    .at(place, "aliases are not accepted: one line would change many people")
                    .help("write the value out, or name a group");
                self.findings.push(finding);
                self.push(Kind::Broken, Form::Plain, place)?;
                self.closed();
            }
            _ => {}
        }
        Ok(())
    }

    fn properties(&mut self, anchor: usize, tag: Option<&granit_parser::Tag>, place: Span) {
        if anchor != 0 {
            let finding = YAML_FEATURE
                .at(place, "anchors are not accepted, since aliases are not")
                .help("leave out the `&` and the name after it");
            self.findings.push(finding);
        }
        if tag.is_some() {
            let finding = YAML_FEATURE
                .at(place, "tags are not accepted")
                .help("leave out the `!` and the name after it");
            self.findings.push(finding);
        }
    }

    /// Adds a node, after the rules for keys.
    fn push(&mut self, kind: Kind, form: Form, place: Span) -> Result<usize, Finding> {
        let index = self.tree.nodes.len();
        if index >= MAX_NODES {
            return Err(TOO_LARGE.at(place, format!("the file has more than {MAX_NODES} values")).help(SPLIT));
        }
        let next = u32::try_from(index + 1).unwrap_or(u32::MAX);
        self.tree
            .nodes
            .push(Node { start: place.start, end: place.end, next, text: 0, kind, form });
        if self.open.last().is_some_and(|frame| frame.key_next) && !matches!(kind, Kind::Text | Kind::Broken) {
            let written = self.tree.source.get(place.start as usize..place.end as usize).unwrap_or("");
            let finding = KEY_NOT_TEXT.at(place, "a key must be a text");
            self.findings.push(match kind {
                Kind::Int | Kind::Float | Kind::Bool => finding.help(format!("quote it: \"{written}\"")),
                _ => finding.help("write a name and a colon"),
            });
        }
        Ok(index)
    }

    fn open(&mut self, kind: Kind, style: StructureStyle, place: Span) -> Result<(), Finding> {
        if self.open.len() >= MAX_DEPTH {
            let finding = TOO_LARGE.at(place, format!("this is nested more than {MAX_DEPTH} deep"));
            return Err(finding.help("nothing in the format nests that deep; look for a bracket too many"));
        }
        let node = self.push(kind, Form::Plain, place)?;
        self.open
            .push(Frame { node, key_next: kind == Kind::Map, block: style == StructureStyle::Block });
        Ok(())
    }

    fn close(&mut self, place: Span) {
        let Some(frame) = self.open.pop() else { return };
        let count = self.tree.nodes.len();
        let last_end = self.tree.nodes.last().map_or(0, |last| last.end);
        if let Some(node) = self.tree.nodes.get_mut(frame.node) {
            node.next = u32::try_from(count).unwrap_or(u32::MAX);
            // A block collection ends with its last child; the parser only sees that when the next thing starts.
            node.end = if frame.block && count > frame.node + 1 { last_end } else { place.end }.max(node.start);
            if node.kind == Kind::Map {
                self.duplicates(frame.node);
            }
        }
        self.closed();
    }

    /// A value is complete: in a map, keys and values take turns.
    fn closed(&mut self) {
        if let Some(frame) = self.open.last_mut()
            && self.tree.nodes.get(frame.node).is_some_and(|node| node.kind == Kind::Map)
        {
            frame.key_next = !frame.key_next;
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tagged: bool, place: Span) -> Result<(), Finding> {
        let source: &'s str = self.tree.source;
        let (start, end) = (place.start as usize, place.end as usize);
        let written = source.get(start..end).unwrap_or("");
        let form = if written == text {
            Form::Plain
        } else if written.len() >= 2 && written.get(1..written.len() - 1) == Some(text) {
            Form::Quoted
        } else {
            Form::Owned
        };
        let is_key = self.open.last().is_some_and(|frame| frame.key_next);
        let kind = match style {
            _ if tagged => Kind::Broken,
            ScalarStyle::Plain => self.plain(text, is_key, place),
            _ => Kind::Text,
        };
        // What stands in the file as it is was reported for the whole file, where tabs and line ends may be.
        if let Some(hidden) = first_hidden(text, true)
            && (matches!(hidden, '\t' | '\r') || !written.contains(hidden))
        {
            self.findings.push(hidden_character(place, hidden));
        }
        let index = self.push(kind, form, place)?;
        if form == Form::Owned {
            let owned = u32::try_from(self.tree.owned.len()).unwrap_or(u32::MAX);
            self.tree.owned.push(text.into());
            if let Some(node) = self.tree.nodes.get_mut(index) {
                node.text = owned;
            }
        }
        self.closed();
        Ok(())
    }

    /// What a plain scalar is, with a finding where readers of YAML disagree.
    fn plain(&mut self, text: &str, is_key: bool, place: Span) -> Kind {
        if is_key && text == "<<" {
            let finding = YAML_FEATURE
                .at(place, "merge keys are not accepted: one line would change many people")
                .help("write the keys out");
            self.findings.push(finding);
            return Kind::Broken;
        }
        let (message, help) = match classify(text) {
            Plain::Is(kind) => return kind,
            Plain::OldBool => (
                format!("`{text}` is a text to some readers of YAML and a truth value to others"),
                format!("quote it: \"{text}\""),
            ),
            Plain::OldNumber => (
                format!("`{text}` is a number to some readers of YAML and a text, or another number, to others"),
                format!("quote it if it is a text: \"{text}\"; write a number with digits and a point only"),
            ),
            Plain::NotFinite => (
                format!("`{text}` is not a finite number"),
                format!("quote it if it is a text: \"{text}\"; write `unlimited` for a cap without an amount"),
            ),
            Plain::TooLarge => {
                ("this number has more than 64 bits".to_owned(), format!("quote it if it is a text: \"{text}\""))
            }
        };
        self.findings.push(AMBIGUOUS_SCALAR.at(place, message).help(help));
        Kind::Broken
    }

    /// Reports the keys of a map that are there twice.
    fn duplicates(&mut self, map: usize) {
        let node = NodeRef { tree: &self.tree, index: u32::try_from(map).unwrap_or(u32::MAX) };
        let keys = || node.entries().map(|(key, _)| key).filter(|key| matches!(key.kind(), Kind::Text));
        let mut found = Vec::new();
        let count = keys().take(FEW_KEYS + 1).count();
        if count <= FEW_KEYS {
            for (i, key) in keys().enumerate() {
                if let Some(first) = keys().take(i).find(|first| first.text() == key.text()) {
                    found.push((first, key));
                }
            }
        } else {
            let mut seen: HashMap<&str, NodeRef<'_, '_>> = HashMap::new();
            for key in keys() {
                match seen.get(key.text()) {
                    Some(first) => found.push((*first, key)),
                    None => _ = seen.insert(key.text(), key),
                }
            }
        }
        for (first, key) in found {
            let related = Related { span: first.span(), message: "it is here first".to_owned() };
            self.findings.push(
                DUPLICATE_KEY
                    .at(key.span(), format!("the key `{}` is here a second time", key.text()))
                    .help("keep one of them")
                    .related(related),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(source: &str) -> (Option<Tree<'_>>, Vec<Finding>) {
        let mut findings = Vec::new();
        let tree = parse(source, FileId(0), &mut findings);
        (tree, findings)
    }

    #[test]
    fn nodes_are_small() {
        assert_eq!(size_of::<Node>(), 20);
    }

    #[test]
    fn every_node_knows_its_text() {
        let source =
            "a: [x, 'y', \"z\\n\", 5.0]\r\nb:\n  - {c: ~}\n  - |\n    two\n    lines\n# end\nd: long text # note\n";
        let (tree, findings) = tree(source);
        assert_eq!(findings, []);
        let tree = tree.unwrap();
        let json = serde_json::json!({
            "a": ["x", "y", "z\n", 5.0], "b": [{"c": null}, "two\nlines\n"], "d": "long text"
        });
        assert_eq!(tree.to_json(), json);
        assert_eq!(tree.owned.len(), 2, "only escapes and blocks are copied");
        let spans: Vec<&str> = tree
            .root()
            .entries()
            .map(|(_, value)| &source[value.span().start as usize..value.span().end as usize])
            .collect();
        assert_eq!(spans[0], "[x, 'y', \"z\\n\", 5.0]");
        assert_eq!(spans[2], "long text");
    }

    #[test]
    fn a_byte_order_mark_is_no_content() {
        let (tree, findings) = tree("\u{feff}version: 1\n");
        assert_eq!(findings, []);
        let tree = tree.unwrap();
        assert_eq!(tree.to_json(), serde_json::json!({"version": 1}));
        let (key, _) = tree.root().entries().next().unwrap();
        assert_eq!(key.span().start, 3);
    }

    #[test]
    fn depth_is_bounded() {
        for source in
            ["[".repeat(10_000), (0..200).flat_map(|i| [" ".repeat(i), "a:\n".to_owned()]).collect(), "- ".repeat(500)]
        {
            let (tree, findings) = tree(&source);
            assert!(tree.is_none());
            assert_eq!(findings.len(), 1, "{findings:?}");
        }
    }

    #[test]
    fn a_laughing_file_is_cheap() {
        let mut source = "a: &a [x]\n".to_owned();
        for _ in 0..9 {
            source.push_str("b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n");
        }
        let (tree, findings) = tree(&source);
        assert!(tree.unwrap().nodes.len() < 200);
        assert!(findings.iter().any(|finding| finding.code == YAML_FEATURE.code));
    }
}
