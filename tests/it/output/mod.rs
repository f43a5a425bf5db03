//! What people and programs are shown.

mod causes;
mod centers;
mod diff;
mod edits;
mod import;
pub(crate) mod json;
mod markdown;
mod markdown_diff;
mod pages;
mod scenes;
mod text;
