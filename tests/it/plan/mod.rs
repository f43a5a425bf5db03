//! The plan: what differs, what it means for people, in which order, within which limits, under which hash.

mod cause_laws;
mod causes;
mod changes;
mod guardrails;
pub(crate) mod laws;
mod order;
mod settings;
