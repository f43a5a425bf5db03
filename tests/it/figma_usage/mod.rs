//! What Figma's APIs tell of a center that is set by hand: usage and SCIM, against a fake with the documented quirks.

mod drawn;
mod faults;
mod pages;
mod people;
mod told;

use std::path::Path;
use std::process::Output;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::fakes::figma::{Fake, Row, SCIM_TOKEN, TENANT, TOKEN};
use crate::secrets::Folder;
use crate::terminal::{bursar, folder, show};

/// The day, in UTC, so many days ago. The fake refuses days that Figma would refuse, so none of them can be fixed.
fn ago(days: i32) -> Date {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    today.checked_sub(days.days()).unwrap()
}

/// What somebody drew so many days ago, in a metering period that began eight days ago.
fn drew(name: &str, days: i32, paid: u32) -> Row {
    Row {
        user: "1360815874257948001",
        email: Some(format!("{name}@acme.example")),
        day: ago(days),
        paid,
        seat: 320,
        group: None,
        period: ago(8),
    }
}

/// A center with an export that was taken five days ago. `more` goes to the settings of the center.
fn world(fake: &Fake, more: &str) -> Folder {
    let (url, taken) = (fake.url(), ago(5));
    let folder = folder(&format!(
        "version: 1
centers:
  design:
    provider: figma
    plan: enterprise
    base_url: {url}
    export: {{ people: people.csv, columns: {{ email: Email, access: Access, limit: Limit }}, taken: {taken} }}
    {more}
members:
  alice: {{ email: alice@acme.example }}
  bob: {{ email: bob@acme.example }}
pools:
  design-ai:
    center: design
    budget: {{ unit: credits, period: monthly }}
    access:
      - {{ member: alice, cap: 2000 }}
      - {{ member: bob, cap: 500 }}
    others: blocked
"
    ));
    let people = "Email,Access,Limit\nalice@acme.example,Custom limit,2000\nBob@acme.example,Custom limit,500\n\
                  Carol@acme.example,No access,\ndan@acme.example,No access,\n";
    std::fs::write(folder.path().join("people.csv"), people).unwrap();
    folder
}

/// The settings for usage.
const USAGE: &str = "token: { env: BURSAR_FIGMA_TOKEN }";

/// The settings for SCIM.
fn scim() -> String {
    format!("scim: {{ tenant: \"{TENANT}\", token: {{ env: BURSAR_FIGMA_SCIM_TOKEN }} }}")
}

fn output(folder: &Path, line: &str) -> Output {
    let mut command = bursar(folder);
    command.env("BURSAR_FIGMA_TOKEN", TOKEN).env("BURSAR_FIGMA_SCIM_TOKEN", SCIM_TOKEN);
    command.args(line.split_whitespace()).args(["--as-of", &ago(0).to_string()]);
    command.output().unwrap()
}

/// Runs a command line and shows it, with days told from today.
fn run(folder: &Path, line: &str) -> String {
    alike(&show(line, &output(folder, line), folder))
}

fn alike(text: &str) -> String {
    let mut text = text.to_owned();
    for days in 0..45 {
        text = text.replace(&ago(days).to_string(), &format!("[today-{days}]"));
    }
    let is_hash = |line: &str| line.trim_start_matches("<sub>").starts_with("Plan ");
    let line = |line: &str| if is_hash(line) { "Plan [hash]\n".to_owned() } else { line.to_owned() };
    text.split_inclusive('\n').map(line).collect()
}

fn code(folder: &Path, line: &str) -> i32 {
    output(folder, line).status.code().unwrap()
}
