//! Those who are sent messages: a mail server and a receiver of webhooks, both with faults that are told beforehand.

mod hooks;
mod mail;

pub(crate) use hooks::{Answer, Hooks};
pub(crate) use mail::{Fault, Mail};
