//! People from a CSV as a person meets them: the samples of identity providers, Git, hooks, and edits of the files.

mod edits;
mod git;
mod samples;

/// A config whose people all stand in `people.csv` beside it.
pub(crate) const FILES: &str = "\
version: 1
centers:
  local: { provider: embedded }
people:
  - csv: people.csv
    columns: { email: Email, github: GitHub, groups: Teams, status: Status }
pools:
  ai:
    center: local
    budget: { limit: 10000, unit: credits, period: monthly, when_exhausted: block }
    access:
      - { group: designers, cap: 500 }
      - { member: bob, cap: 100 }
    others: blocked
guardrails:
  revocations: { count: 0 }
";

pub(crate) const PEOPLE: &str = "\
Email,GitHub,Teams,Status
alice@acme.example,alice-acme,designers,active
bob@acme.example,,,active
carol@acme.example,,designers,active
zoe@acme.example,,,active
";
