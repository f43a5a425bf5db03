//! What people and programs are shown.

mod causes;
mod centers;
mod diff;
mod import;
mod json;
mod markdown;
mod scenes;
mod text;
