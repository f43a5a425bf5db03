//! The GitHub Action: its own steps, run as GitHub would run them, against a stand-in for GitHub's API.

mod approver;
mod comment;
mod events;
mod expire;
mod expression;
mod forks;
mod github;
mod install;
mod pulls;
mod run;
mod runner;
mod world;
mod written;

/// The token that the action is given.
pub(crate) const TOKEN: &str = "ghs_1d84c70e9b62f35a48de07";
