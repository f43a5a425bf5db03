//! What people and programs are shown.

mod causes;
mod centers;
mod diff;
mod import;
pub(crate) mod json;
mod markdown;
mod scenes;
mod text;
