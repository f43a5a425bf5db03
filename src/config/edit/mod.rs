//! Edits of a text that keep its comments: text in, text out. Whoever calls reads and writes the files, and holds what
//! an edit did against what it was meant to do.

mod access;
mod flow;
mod layout;
mod splice;
#[cfg(test)]
mod tests;
mod tokens;

pub use access::{Written, add_member, add_rule, change_rule, prolong, remove_rules, take_out};
pub use layout::{Layout, layout};
