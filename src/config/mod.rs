//! From YAML text to the desired state: parse, decode, check, resolve.
//!
//! The text is parsed once into a tree that knows the place of every node; the types come from the tree, and the checks
//! work on the types. Nothing here speaks HTTP or knows a vendor: what a provider can do comes in as a table.

pub mod checks;
mod decode;
mod directory;
pub mod edit;
pub mod explain;
mod fallback;
pub mod file;
mod listing;
mod load;
mod people;
pub mod record;
mod resolve;
pub mod schema;
mod text;
pub mod tree;

pub use checks::{Context, check};
pub use file::Config;
pub use listing::{groups, rows, rules, turns};
pub use load::{
    DEFAULT_FILE, DEFAULT_FOLDER, LoadError, Loaded, load, load_paths, load_texts, load_with, places, shown,
};
pub use people::Fetch;
pub use resolve::{Resolved, ResolvedCenter, cap_of, resolve};
