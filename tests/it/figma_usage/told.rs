//! What was drawn, as it is told beside what is set.

use std::path::PathBuf;

use bursar::centers;
use bursar::config::{self, ResolvedCenter};
use bursar::model::Drawn;
use jiff::{SignedDuration, ToSpan as _};

use crate::fakes::figma::{Fake, Row};

use super::{USAGE, ago, drew, world};

/// The center of a folder. Tests in this process cannot set variables, so the token is that of one which cargo sets.
fn center(folder: &std::path::Path, more: &str) -> ResolvedCenter {
    let text = std::fs::read_to_string(folder.join("bursar.yaml")).unwrap();
    let text = text
        .replace("BURSAR_FIGMA_TOKEN", "CARGO_PKG_NAME")
        .replace("pools:\n", &format!("pools:\n{more}"));
    let loaded = config::load_texts(folder, [(PathBuf::from("bursar.yaml"), text.into_bytes())]);
    let mut resolved = config::resolve(&loaded.config, &loaded.files, &centers::providers(), ago(0));
    resolved.centers.remove("design").unwrap()
}

fn shown(drawn: &Drawn) -> String {
    let mut lines = Vec::new();
    let day = |day: jiff::civil::Date| {
        (0..60)
            .find(|days| ago(*days) == day)
            .map_or(day.to_string(), |days| format!("[-{days}]"))
    };
    for (pool, drawn) in &drawn.pools {
        let window = drawn.window.unwrap();
        let ends = window.until == window.since.checked_add(1.month()).ok();
        lines.push(format!(
            "{pool} since {} for a month {ends}: {} and {} of seats",
            day(window.since),
            drawn.total.unwrap(),
            drawn.seat.unwrap()
        ));
        lines.extend(drawn.people.iter().map(|(who, one)| {
            let seat = one.seat.map_or("?".to_owned(), |seat| seat.to_string());
            format!("  {who}: {} and {seat}, last {}", one.pool, one.last.map_or("never".to_owned(), day))
        }));
    }
    lines.extend(drawn.notes.iter().cloned());
    lines.join("\n")
}

fn busy() -> Fake {
    let fake = Fake::start();
    fake.state(|state| {
        let design = |row: Row| Row { group: Some("Design"), ..row };
        state.rows = vec![
            drew("alice", 3, 85),
            drew("alice", 1, 0),
            design(drew("bob", 4, 400)),
            design(drew("bob", 2, 20)),
            drew("Carol", 1, 0),
            drew("zoe", 3, 12),
            Row { email: None, ..drew("?", 3, 7) },
            // Of the period before.
            Row { period: ago(39), ..drew("alice", 9, 4000) },
        ];
    });
    fake
}

#[tokio::test]
async fn paid_credits_are_told_apart_from_those_of_the_seats() {
    let fake = busy();
    let folder = world(&fake, USAGE);
    let center = center(folder.path(), "");
    let reader = centers::reader(&center.settings).unwrap();
    reader.read(&center.scope).await.unwrap();
    let read = fake.asked().len();
    let drawn = reader.usage(&center.scope).await.unwrap().unwrap();
    assert_eq!(fake.asked(), [""; 0], "what was read is not read again");
    insta::assert_snapshot!(shown(&drawn), @"
    design-ai since [-8] for a month true: 524 credits and 1,920 credits of seats
      alice: 85 credits and 640 credits, last [-3]
      bob: 420 credits and 640 credits, last [-2]
      1360815874257948001: 7 credits and ?, last never
      Carol@acme.example: 0 credits and 320 credits, last never
      zoe@acme.example: 12 credits and 320 credits, last [-3]
    ");
    assert_eq!(drawn.lag, Some(SignedDuration::from_hours(6)));
    assert_eq!(reader.usage(&center.scope).await.unwrap().unwrap(), drawn);
    assert_eq!(fake.asked().len(), read);
}

#[tokio::test]
async fn a_billing_group_has_what_its_people_drew() {
    let fake = busy();
    let folder = world(&fake, USAGE);
    let people = std::fs::read_to_string(folder.path().join("people.csv")).unwrap();
    let people: String = people
        .lines()
        .map(|line| {
            let group = if line.starts_with("Email") {
                "Group"
            } else if line.starts_with("Bob") {
                "Design"
            } else {
                ""
            };
            format!("{line},{group}\n")
        })
        .collect::<Vec<_>>()
        .concat();
    std::fs::write(folder.path().join("people.csv"), people).unwrap();
    let path = folder.path().join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text
        .replace("limit: Limit }", "limit: Limit, billing_group: Group }")
        .replace("      - { member: bob, cap: 500 }\n", "");
    std::fs::write(&path, text).unwrap();
    let group = "  group:
    center: design
    target: { billing_group: Design }
    budget: { unit: credits, period: monthly }
    access: [{ member: bob, cap: 500 }]
    others: blocked
";
    let center = center(folder.path(), group);
    let drawn = centers::reader(&center.settings).unwrap().usage(&center.scope).await.unwrap().unwrap();
    insta::assert_snapshot!(shown(&drawn), @"
    design-ai since [-8] for a month true: 524 credits and 1,280 credits of seats
      alice: 85 credits and 640 credits, last [-3]
      1360815874257948001: 7 credits and ?, last never
      Carol@acme.example: 0 credits and 320 credits, last never
      zoe@acme.example: 12 credits and 320 credits, last [-3]
    group since [-8] for a month true: 420 credits and 640 credits of seats
      bob: 420 credits and 640 credits, last [-2]
    design-ai: what billing groups drew of the credits set aside for them is counted here too
    ");
}

#[tokio::test]
async fn without_a_token_nothing_is_told() {
    let fake = busy();
    let folder = world(&fake, "");
    let center = center(folder.path(), "");
    assert_eq!(centers::reader(&center.settings).unwrap().usage(&center.scope).await.unwrap(), None);
    assert_eq!(fake.asked(), [""; 0]);
}
