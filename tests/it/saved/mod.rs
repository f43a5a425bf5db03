//! Saved plans: what a person sees, how it ends, and what no file can be made to do.

mod laws;
mod terminal;
