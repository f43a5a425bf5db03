//! Bursar keeps AI credits as code: one reviewed YAML says which shared credit pools exist, who may draw on them, how
//! much each person may draw, and when someone is warned.
//!
//! Data goes one way: [`config`] turns text into a desired state, [`centers`] read the observed one, [`plan`] is their
//! difference, [`apply`] makes it so, and [`output`] shows it. Plans, journals and locks
//! may lie in a [`store`], with the [`ledger`] of who did what, a [`table`] is what people export, [`usage`] is what was drawn against it. [`model`] holds the words that all of them share.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod alerts;
pub mod apply;
pub mod centers;
pub mod cli;
pub mod config;
mod cryptography;
pub mod diagnostics;
pub mod git;
pub mod ledger;
pub mod model;
pub mod notify;
pub mod output;
pub mod plan;
pub mod server;
mod sqlite;
pub mod store;
pub mod table;
pub mod usage;
