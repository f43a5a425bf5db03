//! The canonical layout: one way to write what a file says.
//!
//! Two spaces for each level, also for the items of a list under their key; `{ a: 1, b: 2 }` and `[a, b]`; one space
//! after a colon; double quotes where single ones would say the same; no two empty lines, one between the sections of
//! the file; no blanks at the end of a line, one line end at the end of the file. The order of everything stays, and so do
//! the comments, the column of those behind something, and the line breaks within flow collections.

use crate::config::tree::{Kind, NodeRef, Tree, parse};
use crate::diagnostics::{FileId, Finding};

use super::tokens::{Token, What, block, is_block, tokens};

/// What a text looks like in the canonical layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// It has it already.
    Canonical,
    /// This is the same in the canonical layout.
    Differs(String),
    /// It is written in a way that the layout cannot be relied on to keep.
    Unsure,
}

/// Lays a text out. Where the text has findings of its own (it is no YAML, or uses what a config may not), they are
/// returned instead.
pub fn layout(source: &str, file: FileId) -> Result<Layout, Vec<Finding>> {
    let mut findings = Vec::new();
    let tree = parse(source, file, &mut findings);
    let Some(before) = tree.filter(|_| findings.is_empty()) else { return Err(findings) };
    // Line ends within a text are line feeds to every reader.
    let lines = source.replace("\r\n", "\n").replace('\r', "\n");
    Ok(laid_out(&before, &lines)
        .map_or(Layout::Unsure, |text| if text == source { Layout::Canonical } else { Layout::Differs(text) }))
}

fn laid_out(before: &Tree<'_>, source: &str) -> Option<String> {
    let mut findings = Vec::new();
    let tree = parse(source, FileId::default(), &mut findings).filter(|_| findings.is_empty())?;
    let read = tokens(tree.root(), source)?;
    let mut printer = Printer::new(source, &read);
    printer.file(tree.root())?;
    let text = printer.out;
    let after = parse(&text, FileId::default(), &mut findings).filter(|_| findings.is_empty())?;
    let written = tokens(after.root(), &text)?;
    let same = same(before.root(), after.root()) && comments(&read, source).eq(comments(&written, &text));
    same.then_some(text)
}

/// The comments, in their order.
fn comments<'a>(tokens: &'a [Token], source: &'a str) -> impl Iterator<Item = &'a str> {
    let comments = tokens.iter().filter(|token| token.what == What::Comment);
    comments.map(|token| source.get(token.start..token.end).unwrap_or_default())
}

/// Whether two trees say the same, to the digit.
fn same(one: NodeRef<'_, '_>, other: NodeRef<'_, '_>) -> bool {
    let parts = |node: NodeRef<'_, '_>| node.items().count() + 2 * node.entries().count();
    one.kind() == other.kind()
        && one.text() == other.text()
        && parts(one) == parts(other)
        && one.items().zip(other.items()).all(|(one, other)| same(one, other))
        && one
            .entries()
            .zip(other.entries())
            .all(|(one, other)| same(one.0, other.0) && same(one.1, other.1))
}

/// How many spaces one level is.
pub(super) const STEP: usize = 2;

/// Writes tokens anew, in the order of the tree. Nothing where the tree and the tokens do not agree.
pub(super) struct Printer<'a> {
    pub(super) source: &'a str,
    tokens: &'a [Token],
    at: usize,
    /// A comma that was written before the comments in front of it.
    written: Option<usize>,
    out: String,
    /// Where the last line starts.
    line: usize,
    /// Whether an empty line would be out of place here: where something begins, or where it would become text.
    tight: bool,
}

impl<'a> Printer<'a> {
    fn new(source: &'a str, tokens: &'a [Token]) -> Self {
        let out = String::with_capacity(source.len() + source.len() / 8);
        Self { source, tokens, at: 0, written: None, out, line: 0, tight: true }
    }

    fn file(&mut self, root: NodeRef<'_, '_>) -> Option<()> {
        match root.kind() {
            Kind::Null => {}
            Kind::List | Kind::Map => {
                // With a start of its own, what stands above the document is not about its first entry.
                let begins = self.tokens.iter().position(|token| token.what != What::Comment);
                let begins =
                    begins.filter(|at| self.tokens.get(*at).is_some_and(|token| token.what == What::DocumentStart));
                for _ in 0..begins.map_or(0, |at| at + 1) {
                    self.own_line(0)?;
                }
                if self.peek_is(What::Open) {
                    self.begin_line(0);
                    self.flow(root, 0)?;
                    self.trailing();
                } else {
                    self.block(root, 0, false)?;
                }
            }
            _ => return None,
        }
        while self.peek().is_some() {
            self.own_line(0)?;
        }
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        Some(())
    }

    pub(super) fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    pub(super) fn peek_is(&self, what: What) -> bool {
        self.peek().is_some_and(|token| token.what == what)
    }

    pub(super) fn advance(&mut self) {
        self.at += 1;
        if self.written == Some(self.at) {
            self.at += 1;
        }
    }

    /// The next token that is no comment, and whether there are comments before it.
    pub(super) fn after_comments(&self) -> Option<(Token, bool)> {
        let rest = self.tokens.iter().enumerate().skip(self.at).filter(|(at, _)| self.written != Some(*at));
        let mut comments = false;
        for (_, token) in rest {
            if token.what != What::Comment {
                return Some((*token, comments));
            }
            comments = true;
        }
        None
    }

    /// Takes a comma, also one behind comments, which then come after it.
    pub(super) fn take_comma(&mut self) -> bool {
        let comments = self.tokens.iter().skip(self.at).take_while(|token| token.what == What::Comment).count();
        let comma = self.at + comments;
        if self.tokens.get(comma).is_none_or(|token| token.what != What::Comma) {
            return false;
        }
        self.written = Some(comma);
        if comments == 0 {
            self.at += 1;
        }
        true
    }

    /// Takes a token that must be there.
    fn take(&mut self, what: What) -> Option<Token> {
        let token = self.peek().filter(|token| token.what == what)?;
        self.advance();
        Some(token)
    }

    pub(super) fn push(&mut self, text: &str) {
        self.out.push_str(text);
        self.tight = false;
    }

    /// Begins a line with so many spaces.
    pub(super) fn begin_line(&mut self, indent: usize) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.line = self.out.len();
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    /// An empty line, where one may be.
    fn empty_line(&mut self) {
        if !self.tight && !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn text(&self, token: Token) -> &'a str {
        self.source.get(token.start..token.end).unwrap_or_default()
    }

    /// Writes the comments that stand behind something. Whether there were any.
    pub(super) fn trailing(&mut self) -> bool {
        let mut any = false;
        while let Some(token) = self.peek().filter(|token| token.what == What::Comment && !token.first) {
            let width = self.out.get(self.line..).map_or(0, |line| line.chars().count());
            let column = token.column.max(width + 1);
            self.out.extend(std::iter::repeat_n(' ', column - width));
            self.push(self.text(token));
            self.advance();
            any = true;
        }
        any
    }

    /// Writes a comment, or the start of the document, as a line of its own.
    pub(super) fn own_line(&mut self, indent: usize) -> Option<()> {
        let token = self.peek().filter(|token| matches!(token.what, What::Comment | What::DocumentStart))?;
        if token.blank {
            self.empty_line();
        }
        self.begin_line(indent);
        self.push(self.text(token));
        self.advance();
        if token.what == What::DocumentStart {
            self.trailing();
        }
        Some(())
    }

    /// Begins the line of an entry, after the comments above it.
    fn begin_entry(&mut self, indent: usize, section: bool) -> Option<()> {
        let above = self.tokens.iter().skip(self.at);
        let apart = above.take_while(|token| token.what == What::Comment).any(|token| token.blank)
            || self.after_comments().is_some_and(|(token, _)| token.blank);
        if section && !apart {
            self.empty_line();
        }
        while self.peek_is(What::Comment) {
            self.own_line(indent)?;
        }
        if self.peek()?.blank {
            self.empty_line();
        }
        self.begin_line(indent);
        Some(())
    }

    /// A block collection; `inline` where its first entry goes on in a line that was begun.
    fn block(&mut self, node: NodeRef<'_, '_>, indent: usize, inline: bool) -> Option<()> {
        let mut column = None;
        let root = self.out.is_empty() || indent == 0;
        let mut large = false;
        let mut here = inline;
        let mut begin = |printer: &mut Self, large: bool, here: bool| {
            if !here {
                printer.begin_entry(indent, large)?;
            }
            let token = printer.peek()?;
            column.get_or_insert(token.column);
            Some(())
        };
        for item in node.items() {
            begin(self, false, std::mem::take(&mut here))?;
            self.take(What::Dash)?;
            self.push("-");
            self.value(item, indent)?;
        }
        for (key, value) in node.entries() {
            let is_large = matches!(value.kind(), Kind::List | Kind::Map) && self.is_block_next();
            let section = root && (large || is_large);
            large = is_large;
            begin(self, section && column_is_set(node, key), std::mem::take(&mut here))?;
            if self.peek_is(What::Question) {
                self.advance();
            }
            let token = self.take(What::Scalar)?;
            self.scalar(token, key, indent);
            if self.peek_is(What::Comment) && self.after_comments()?.0.what == What::Colon {
                // Between a key and its colon there is no place for a comment.
                return None;
            }
            self.take(What::Colon)?;
            self.push(":");
            self.value(value, indent)?;
        }
        self.tail(column?, indent)
    }

    /// Whether the next entry's value begins with no bracket. Its tokens tell: a list at the column of its key may start,
    /// for the tree, at the bracket of its first item.
    fn is_block_next(&self) -> bool {
        let rest = self.tokens.iter().skip(self.at).skip_while(|token| token.what != What::Colon).skip(1);
        rest.map(|token| token.what)
            .find(|what| *what != What::Comment)
            .is_some_and(|what| what != What::Open)
    }

    /// What stands after a dash or a colon that was written.
    fn value(&mut self, node: NodeRef<'_, '_>, indent: usize) -> Option<()> {
        let collection = matches!(node.kind(), Kind::List | Kind::Map);
        if is_absent(node) {
            self.trailing();
            return Some(());
        }
        let after_dash = self.out.ends_with('-');
        let commented = self.trailing();
        let (next, apart) = self.after_comments()?;
        if collection && next.what != What::Open {
            self.tight = true;
            let inline = after_dash && !commented && !apart;
            if inline {
                self.push(" ");
            }
            return self.block(node, indent + STEP, inline);
        }
        if apart {
            self.tight = true;
        }
        while self.peek_is(What::Comment) {
            self.own_line(indent + STEP)?;
        }
        let several = next.what == What::Scalar && self.text(next).contains('\n') && !is_block(self.text(next));
        if commented || apart || (several && next.first) {
            self.begin_line(indent + STEP);
        } else {
            self.push(" ");
        }
        if next.what == What::Open {
            // Its last bracket too has to stand further in than what it belongs to.
            self.flow(node, indent + STEP)?;
        } else {
            let token = self.take(What::Scalar)?;
            self.scalar(token, node, indent + STEP);
        }
        self.trailing();
        Some(())
    }

    /// The comments at the end of a block, as far as they are indented like it.
    fn tail(&mut self, column: usize, indent: usize) -> Option<()> {
        let next = self.after_comments().map_or(0, |(token, _)| token.column);
        while let Some(token) = self.peek().filter(|token| token.what == What::Comment && token.first) {
            if token.column < column || token.column <= next {
                break;
            }
            self.own_line(indent)?;
        }
        Some(())
    }

    /// A scalar; its further lines begin at an indent.
    pub(super) fn scalar(&mut self, token: Token, node: NodeRef<'_, '_>, indent: usize) {
        let written = self.text(token);
        if is_block(written) {
            self.block_scalar(token, node, indent);
            return;
        }
        if !written.contains('\n') {
            match single_quoted(written) {
                Some(inner) => {
                    self.push("\"");
                    self.push(inner);
                    self.push("\"");
                }
                None => self.push(written),
            }
            return;
        }
        let doubly = written.starts_with('"');
        for (i, line) in written.split('\n').enumerate() {
            let line = if i == 0 { line } else { line.trim_start_matches([' ', '\t']) };
            let short = line.trim_end_matches([' ', '\t']);
            // A blank after a backslash is text.
            let line = if doubly && short.ends_with('\\') { line } else { short };
            if i > 0 {
                self.begin_line(if line.is_empty() { 0 } else { indent });
            }
            self.push(line);
        }
    }

    fn block_scalar(&mut self, token: Token, node: NodeRef<'_, '_>, indent: usize) {
        let Some(block) = block(self.source, token.start, node.text()) else { return };
        let header = self.source.get(token.start..block.header).unwrap_or_default();
        let (indicators, comment) = header.split_at(header.find([' ', '\t']).unwrap_or(header.len()));
        let body = self.source.get(block.header..block.end).unwrap_or_default();
        let mut lines = body.split('\n').skip(1);
        // Where the text itself begins with spaces, the header says how many of them are layout.
        let explicit = lines.clone().find(|line| !line.trim_matches(' ').is_empty());
        let explicit = explicit.is_some_and(|line| line.get(block.indent..).is_some_and(|text| text.starts_with(' ')));
        let digit = |c: char| c.is_ascii_digit();
        self.push(indicators.get(..1).unwrap_or_default());
        if explicit || indicators.contains(digit) {
            self.push("2");
        }
        self.push(indicators.get(1..).unwrap_or_default().trim_matches(digit));
        let comment = comment.trim_matches([' ', '\t']);
        if !comment.is_empty() {
            self.push(" ");
            self.push(comment);
        }
        for line in &mut lines {
            let text = line.get(block.indent..).unwrap_or_default();
            self.begin_line(if text.is_empty() { 0 } else { indent });
            self.push(text);
        }
        self.tight = block.keeps;
    }
}

/// Whether something of the map stands before this key.
fn column_is_set(map: NodeRef<'_, '_>, key: NodeRef<'_, '_>) -> bool {
    map.entries().next().is_some_and(|(first, _)| first.span() != key.span())
}

/// Whether nothing is written where a value could be.
pub(super) fn is_absent(node: NodeRef<'_, '_>) -> bool {
    let span = node.span();
    node.kind() == Kind::Null && span.start == span.end
}

/// The text between single quotes that double quotes would hold as well.
fn single_quoted(written: &str) -> Option<&str> {
    let inner = written.strip_prefix('\'')?.strip_suffix('\'')?;
    (!inner.contains(['\'', '"', '\\'])).then_some(inner)
}
