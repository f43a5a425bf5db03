//! Bursar's one integration binary: a module per area.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
mod litellm;
