//! Bursar's one integration binary: a module per area.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod apply;
mod apply_laws;
mod cli;
mod config;
mod embedded;
mod litellm;
mod output;
mod plan;
mod process;
mod serve;
mod terminal;
mod world;
