//! The tokens of a text whose tree is known: every leaf of the tree, and what stands between them.
//!
//! The tree says where each scalar is, so what is left between two of them is blanks, punctuation and comments. Nothing
//! here decides what a scalar is.

use crate::config::tree::{Kind, NodeRef};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// From `#` to the end of the line, without the blanks before it ends.
    Comment,
    /// `---`.
    DocumentStart,
    /// The `-` of an item.
    Dash,
    /// The `?` of a key.
    Question,
    /// The `:` after a key.
    Colon,
    /// The `,` in a flow collection.
    Comma,
    /// `[` or `{`.
    Open,
    /// `]` or `}`.
    Close,
    /// A scalar with its quotes; a block scalar with its header and its last line.
    Scalar,
}

/// One token, by its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) what: What,
    pub(super) start: usize,
    pub(super) end: usize,
    /// How many characters stand before it in its line.
    pub(super) column: usize,
    /// Whether it is the first of its line.
    pub(super) first: bool,
    /// Whether there is an empty line before it.
    pub(super) blank: bool,
}

/// The lines of a block scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// The end of the header's line.
    pub(super) header: usize,
    /// The end of the last line of the text, without its line end.
    pub(super) end: usize,
    /// How many spaces stand before the text of each line.
    pub(super) indent: usize,
    /// Whether the empty lines at its end are part of the text.
    pub(super) keeps: bool,
}

/// Whether a scalar is written as a block.
pub(super) fn is_block(written: &str) -> bool {
    written.starts_with(['|', '>'])
}

/// Where a block scalar ends, whose header starts at a byte; nothing where its text does not tell.
pub(super) fn block(source: &str, start: usize, text: &str) -> Option<Block> {
    let line_end =
        |from: usize| source.get(from..).and_then(|rest| rest.find('\n')).map_or(source.len(), |at| from + at);
    let header = line_end(start);
    let indicators = source.get(start..header)?.split([' ', '\t']).next()?;
    let keeps = indicators.contains('+');
    let spaces = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let has_text = |line: &&str| !line.trim_matches([' ', '\r']).is_empty();
    let Some(first) = text.split('\n').find(has_text) else {
        return (text.is_empty()).then_some(Block { header, end: header, indent: 0, keeps: false });
    };
    let written = source.get(header..)?.split('\n').find(has_text)?;
    let indent = spaces(written).checked_sub(spaces(first))?;
    let (mut end, mut at) = (header, header);
    while at < source.len() {
        let from = at + 1;
        if from >= source.len() {
            break;
        }
        at = line_end(from);
        let line = source.get(from..at)?;
        if has_text(&line) || spaces(line) > indent {
            if spaces(line) < indent {
                break;
            }
            end = at - usize::from(line.ends_with('\r'));
        } else if keeps {
            end = at - usize::from(line.ends_with('\r'));
        }
    }
    Some(Block { header, end, indent, keeps })
}

/// The tokens in the order of the text; nothing where something stands in it that is none of them.
pub(super) fn tokens(root: NodeRef<'_, '_>, source: &str) -> Option<Vec<Token>> {
    let mut scanner =
        Scanner { source, tokens: Vec::new(), at: 0, line: 0, first: true, blank: false, column: 0, counted: 0 };
    if source.starts_with('\u{feff}') {
        scanner.at = '\u{feff}'.len_utf8();
        scanner.line = scanner.at;
        scanner.counted = scanner.at;
    }
    scanner.node(root)?;
    let header = scanner.gap(source.len())?;
    (!header).then_some(scanner.tokens)
}

struct Scanner<'s> {
    source: &'s str,
    tokens: Vec<Token>,
    at: usize,
    /// Where the line of `at` starts.
    line: usize,
    first: bool,
    blank: bool,
    /// How many characters of the line were counted, and up to where.
    column: usize,
    counted: usize,
}

impl Scanner<'_> {
    /// As deep as a tree may be, so it may recurse.
    fn node(&mut self, node: NodeRef<'_, '_>) -> Option<()> {
        match node.kind() {
            Kind::List => node.items().try_for_each(|item| self.node(item)),
            Kind::Map => node.entries().try_for_each(|(key, value)| {
                self.node(key)?;
                self.node(value)
            }),
            _ => self.leaf(node),
        }
    }

    fn leaf(&mut self, node: NodeRef<'_, '_>) -> Option<()> {
        let (start, end) = (node.span().start as usize, node.span().end as usize);
        if start == end && node.kind() != Kind::Text {
            return Some(());
        }
        // The tree has the text of a block scalar only; its header is on the way there, and is all there is of an empty one.
        let start = if start == end { self.source.len() } else { start };
        let header = self.gap(start)?;
        let start = self.at;
        let end = if header { block(self.source, start, node.text())?.end } else { end };
        self.push(What::Scalar, end);
        let lines = self.source.get(start..end)?;
        if let Some(last) = lines.rfind('\n') {
            self.line = start + last + 1;
            self.column = 0;
            self.counted = self.line;
        }
        Some(())
    }

    fn push(&mut self, what: What, end: usize) {
        // Characters are counted once: a line may be long.
        if self.counted < self.line {
            self.counted = self.line;
            self.column = 0;
        }
        self.column += self.source.get(self.counted..self.at).map_or(0, |text| text.chars().count());
        self.counted = self.at;
        let Self { at: start, column, first, blank, .. } = *self;
        self.tokens.push(Token { what, start, end, column, first, blank });
        self.at = end;
        self.first = false;
        self.blank = false;
    }

    /// What stands before a byte, up to the header of a block scalar. Whether there is one.
    fn gap(&mut self, to: usize) -> Option<bool> {
        while self.at < to {
            let rest = self.source.get(self.at..to)?;
            let at_start = self.at == self.line;
            let one = self.at + 1;
            match rest.as_bytes().first()? {
                b' ' | b'\t' | b'\r' => self.at = one,
                b'\n' => {
                    self.blank |= self.first && one > 1 && !self.tokens.is_empty();
                    self.at = one;
                    self.line = one;
                    self.first = true;
                }
                b'#' => {
                    let line = rest.split('\n').next()?;
                    let end = self.at + line.trim_end_matches([' ', '\t', '\r']).len();
                    self.push(What::Comment, end);
                    self.at = self.at.max(end);
                }
                b'-' if at_start && rest.starts_with("---") => self.push(What::DocumentStart, self.at + 3),
                // The end of the only document says nothing.
                b'.' if at_start && rest.starts_with("...") => {
                    self.at += 3;
                    self.first = true;
                }
                b'-' => self.push(What::Dash, one),
                b'?' => self.push(What::Question, one),
                b':' => self.push(What::Colon, one),
                b',' => self.push(What::Comma, one),
                b'[' | b'{' => self.push(What::Open, one),
                b']' | b'}' => self.push(What::Close, one),
                b'|' | b'>' => return Some(true),
                _ => return None,
            }
        }
        Some(false)
    }
}
