//! What has expired and what soon will: listed beside a plan, taken out of the files, prolonged.

mod laws;
mod listed;
mod prolonged;
mod taken_out;

/// The day that the files here were written for.
const TODAY: &str = "2026-11-22";

/// Two pools: in one others are blocked, in the other they may draw.
const FILE: &str = "\
version: 1
centers:
  local: { provider: embedded }
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
  carol: { email: carol@acme.example }
  dave: { email: dave@acme.example }
  erin: { email: erin@acme.example }
groups:
  designers: [alice, bob, carol]
  trial: [dave, erin]
pools:
  ai:
    center: local
    budget: { limit: 9000, unit: credits, period: monthly, when_exhausted: block }
    access:
      - group: designers
        cap: 300
      # alice leads the prototype
      - member: alice
        cap: 2000
        reason: Leads the `prototype` | <b>@acme/all</b>, DES-212
        expires: 2026-11-30
      # bob's sprint
      # of the autumn
      - member: bob
        cap: 900
        expires: 2026-10-31 # the last day of it
      - { group: trial, cap: 50, expires: 2026-11-01 }
    others: blocked
  open:
    center: local
    budget: { unit: credits, period: weekly }
    access: [{ member: alice, cap: 10, starts: 2026-12-01 }, { member: dave, cap: 90, expires: 2026-11-21 }, { member: erin, expires: 2026-11-22 }]
    default_cap: 7
    others: { cap: 50 }
";

/// A command line on that day.
fn on_the_day(line: &str) -> String {
    format!("{line} --as-of {TODAY}")
}
