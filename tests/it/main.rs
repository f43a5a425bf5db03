//! Bursar's one integration binary: a module per area.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
// What a long search found is for whoever watches it.
#![allow(clippy::print_stdout, clippy::option_option, clippy::similar_names)]

mod action;
mod alerts;
mod apply;
mod apply_laws;
mod base;
mod chatgpt;
mod claude;
mod cli;
mod config;
mod confirm;
mod conformance;
mod doctor;
mod due;
mod edit;
mod embedded;
mod explain;
mod fakes;
mod fallback;
mod faults;
mod figma_export;
mod figma_road;
mod figma_usage;
mod files_diff;
mod fuzz;
mod github;
mod hooks;
mod ledger;
mod litellm;
mod lock;
mod output;
mod page;
mod people;
mod places;
mod plan;
mod process;
mod proxy;
mod report;
mod requests;
mod resume;
mod runbook;
mod s3_server;
mod saved;
mod secrets;
mod serve;
mod terminal;
mod totals;
mod usage_view;
mod world;
