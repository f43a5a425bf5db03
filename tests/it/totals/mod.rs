//! One person over many centers: what they may draw in all, what a plan's worst case is worth, and who is not known.

mod explained;
mod laws;
mod meant;
mod money;
mod people;

use std::fs;

use crate::secrets::Folder;
use crate::terminal::folder;

/// Two centers that count credits of their own, and pools with every way to hold somebody.
pub(crate) const TWO: &str = "\
version: 1
centers:
  gate: { provider: embedded }
  design:
    provider: figma
    plan: organization
    export: { people: people.csv, columns: { email: Email, access: Access, limit: Limit } }
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
  eve: {}
pools:
  paid:
    center: design
    target: plan
    budget: { limit: 5000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 1500 }, { member: bob, cap: unlimited }]
    others: blocked
  agents:
    center: gate
    budget: { limit: 800, unit: USD, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 10 }]
    others: { cap: 5 }
  weekly:
    center: gate
    budget: { limit: 100, unit: credits, period: weekly, when_exhausted: block }
    access: [{ member: alice, cap: 20 }]
    others: blocked
  lab:
    center: gate
    budget: { limit: 300, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: unlimited }]
    others: unmanaged
  old:
    center: gate
    budget: { limit: 300, unit: credits, period: monthly, when_exhausted: overage }
    access: [{ member: alice, cap: 7, expires: 2026-01-31 }]
    others: { cap: 3 }
";

const RATES: &str = "rates: { figma_credit: \"0.024 USD\", embedded_credit: \"0.01 USD\" }\n";

/// The two centers; nobody has anything in Figma yet but alice and bob their seats.
pub(crate) fn two(rates: bool) -> Folder {
    let folder = folder(&format!("{TWO}{}", if rates { RATES } else { "" }));
    let people = "Email,Access,Limit\nalice@acme.example,No access,\nbob@acme.example,Full access,\n";
    fs::write(folder.path().join("people.csv"), people).unwrap();
    folder
}
