//! Flow collections in the canonical layout: their spacing is fixed, their line breaks are the author's.

use crate::config::tree::{Kind, NodeRef};

use super::layout::{Printer, STEP, is_absent};
use super::tokens::What;

impl Printer<'_> {
    /// A flow collection in a line that begins at an indent.
    pub(super) fn flow(&mut self, node: NodeRef<'_, '_>, indent: usize) -> Option<()> {
        let open = self.peek().filter(|token| token.what == What::Open)?;
        let map = node.kind() == Kind::Map;
        self.advance();
        self.push(self.source.get(open.start..open.end)?);
        let count = if map { node.entries().count() } else { node.items().count() };
        let mut items = node
            .items()
            .map(|item| (item, None))
            .chain(node.entries().map(|(key, value)| (key, Some(value))));
        for i in 0..count {
            let (item, value) = items.next()?;
            let broken = self.break_flow(indent + STEP)?;
            if !broken && (i > 0 || map) {
                self.push(" ");
            }
            let inner = if broken { indent + STEP } else { indent };
            match value {
                Some(value) => self.pair(item, value, inner)?,
                None => self.item(item, inner)?,
            }
            let comma = self.take_comma();
            let closed = self.after_comments()?;
            let alone = closed.1 || closed.0.first;
            if if i + 1 < count { comma } else { alone } {
                self.push(",");
            }
        }
        let broken = self.break_flow(indent)?;
        if !broken && map && count > 0 {
            self.push(" ");
        }
        let close = self.peek().filter(|token| token.what == What::Close)?;
        self.advance();
        self.push(self.source.get(close.start..close.end)?);
        Some(())
    }

    /// Writes the comments that come next, and begins a line where they or the author did. Whether it did.
    fn break_flow(&mut self, indent: usize) -> Option<bool> {
        let mut broken = self.trailing();
        // The comments in front of a closing bracket stand with the items.
        let closing = self.after_comments()?.0.what == What::Close;
        while self.peek_is(What::Comment) {
            self.own_line(if closing { indent + STEP } else { indent })?;
            broken = true;
        }
        broken |= self.peek()?.first;
        if broken {
            self.begin_line(indent);
        }
        Some(broken)
    }

    /// A key and its value, which may both be nothing but the key.
    fn pair(&mut self, key: NodeRef<'_, '_>, value: NodeRef<'_, '_>, indent: usize) -> Option<()> {
        if self.peek_is(What::Question) {
            self.advance();
        }
        let token = self.peek().filter(|token| token.what == What::Scalar)?;
        self.advance();
        self.scalar(token, key, indent + STEP);
        if !self.peek_is(What::Colon) {
            return Some(());
        }
        self.advance();
        self.push(":");
        if is_absent(value) {
            return Some(());
        }
        if self.peek_is(What::Comment) {
            // There is no good place for a comment between a key and its value.
            return None;
        }
        self.push(" ");
        self.item(value, indent)
    }

    fn item(&mut self, node: NodeRef<'_, '_>, indent: usize) -> Option<()> {
        match self.peek()?.what {
            What::Open => self.flow(node, indent),
            What::Scalar | What::Question if node.kind() == Kind::Map => {
                // A pair without braces, in a list.
                let (key, value) = node.entries().next()?;
                self.pair(key, value, indent)
            }
            What::Scalar => {
                let token = self.peek()?;
                self.advance();
                self.scalar(token, node, indent + STEP);
                Some(())
            }
            _ => None,
        }
    }
}
