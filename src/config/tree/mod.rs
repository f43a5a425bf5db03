//! One YAML file as a tree in which every node knows its place in the text.
//!
//! The text is parsed once, and everything comes from this one tree: the typed config, the JSON that a schema would
//! see, and the place of every finding. So no two readers can disagree about what a scalar means.

mod parse;
mod scalar;

use serde_json::Value;

use crate::diagnostics::{FileId, Span};

pub use parse::parse;

/// The most bytes of one file.
pub const MAX_BYTES: usize = 256 << 20;
/// The most collections inside each other.
pub const MAX_DEPTH: usize = 64;
/// The most nodes of one file: a file of [`MAX_BYTES`] with a million rules stays far below it.
pub const MAX_NODES: usize = 20_000_000;

/// What a node is, by the YAML 1.2 core schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing: `null`, `~`, or no text at all.
    Null,
    /// `true` or `false`.
    Bool,
    /// A whole number that fits into 64 bits.
    Int,
    /// A number with a point. Its source text is kept, so that nothing is rounded.
    Float,
    /// Text, quoted or not.
    Text,
    /// A list.
    List,
    /// A map.
    Map,
    /// Something that has its finding already; whoever meets it says nothing more.
    Broken,
}

/// Where the text of a scalar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The span is the text.
    Plain,
    /// The span is the text with one quote on either side.
    Quoted,
    /// The text differs from what is written (escapes, folded lines) and is kept beside the tree.
    Owned,
}

/// One node; its children follow it, and `next` is the node after the last of them.
#[derive(Clone, Copy, Debug)]
struct Node {
    start: u32,
    end: u32,
    next: u32,
    /// The index of an owned text.
    text: u32,
    kind: Kind,
    form: Form,
}

/// One file, parsed.
#[derive(Debug)]
pub struct Tree<'s> {
    source: &'s str,
    file: FileId,
    nodes: Vec<Node>,
    owned: Vec<Box<str>>,
}

impl<'s> Tree<'s> {
    /// The outermost node; a file of nothing but comments has a [`Kind::Null`] there.
    pub fn root(&self) -> NodeRef<'_, 's> {
        NodeRef { tree: self, index: 0 }
    }

    /// The whole file as JSON: what a JSON schema would see. Numbers with a point become floats here, and only here.
    pub fn to_json(&self) -> Value {
        self.root().to_json()
    }
}

/// One node of a tree.
#[derive(Clone, Copy, Debug)]
pub struct NodeRef<'t, 's> {
    tree: &'t Tree<'s>,
    index: u32,
}

impl<'t, 's> NodeRef<'t, 's> {
    fn node(self) -> Node {
        // A tree has at least its root, and indices come from the tree itself.
        self.tree.nodes.get(self.index as usize).copied().unwrap_or(Node {
            start: 0,
            end: 0,
            next: self.index,
            text: 0,
            kind: Kind::Null,
            form: Form::Plain,
        })
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// Where it stands.
    pub fn span(self) -> Span {
        let node = self.node();
        Span { file: self.tree.file, start: node.start, end: node.end }
    }

    /// The text of a scalar, without quotes and with escapes resolved; empty for collections.
    pub fn text(self) -> &'t str
    where
        's: 't,
    {
        let node = self.node();
        let slice = |from: u32, to: u32| self.tree.source.get(from as usize..to as usize).unwrap_or("");
        match (node.kind, node.form) {
            (Kind::List | Kind::Map, _) => "",
            (_, Form::Plain) => slice(node.start, node.end),
            (_, Form::Quoted) => slice(node.start + 1, node.end.saturating_sub(1)),
            (_, Form::Owned) => self.tree.owned.get(node.text as usize).map_or("", AsRef::as_ref),
        }
    }

    /// The items of a list, or keys and values of a map in turn.
    fn children(self) -> impl Iterator<Item = NodeRef<'t, 's>> {
        let node = self.node();
        let end = if matches!(node.kind, Kind::List | Kind::Map) { node.next } else { self.index + 1 };
        let mut index = self.index + 1;
        std::iter::from_fn(move || {
            (index < end).then(|| {
                let child = NodeRef { tree: self.tree, index };
                index = child.node().next;
                child
            })
        })
    }

    /// The items of a list; nothing for anything else.
    pub fn items(self) -> impl Iterator<Item = NodeRef<'t, 's>> {
        let list = self.kind() == Kind::List;
        self.children().take_while(move |_| list)
    }

    /// The keys and values of a map, in the order of the file; nothing for anything else.
    pub fn entries(self) -> impl Iterator<Item = (NodeRef<'t, 's>, NodeRef<'t, 's>)> {
        let map = self.kind() == Kind::Map;
        let mut children = self.children();
        std::iter::from_fn(move || if map { Some((children.next()?, children.next()?)) } else { None })
    }

    /// The node as JSON. As deep as [`MAX_DEPTH`], so it may recurse.
    pub fn to_json(self) -> Value {
        match self.kind() {
            Kind::Null => Value::Null,
            Kind::Bool => Value::Bool(self.text().starts_with(['t', 'T'])),
            Kind::Int => scalar::int(self.text()).unwrap_or(Value::Null),
            Kind::Float => self.text().parse::<f64>().map_or(Value::Null, Value::from),
            Kind::Text | Kind::Broken => Value::from(self.text()),
            Kind::List => self.items().map(NodeRef::to_json).collect(),
            Kind::Map => self.entries().map(|(k, v)| (k.text().to_owned(), v.to_json())).collect(),
        }
    }
}
