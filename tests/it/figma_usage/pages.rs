//! How usage is asked for.

use jiff::ToSpan;

use crate::fakes::figma::{Fake, Row};
use crate::secrets::Folder;

use super::{USAGE, ago, code, drew, run, world};

/// What was asked, with days told from today.
fn asked(fake: &Fake) -> Vec<String> {
    fake.asked().iter().map(|target| super::alike(target)).collect()
}

fn many(page: usize) -> (Fake, Folder) {
    let fake = Fake::start();
    fake.state(|state| {
        state.page = Some(page);
        // One row a day and editor: only their sum is more than the limit.
        state.rows = (0..5).map(|day| drew("bob", day, 130)).collect();
    });
    let folder = world(&fake, USAGE);
    (fake, folder)
}

#[test]
fn every_page_is_read_until_the_cursor_is_empty() {
    let (fake, folder) = many(2);
    let shown = run(folder.path(), "plan");
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("drew 650 paid credits from [today-4] to [today-0], although the export"), "{shown}");
    let query = "/v1/ai_usage/daily?start_date=[today-31]&end_date=[today-0]&limit=1000";
    assert_eq!(asked(&fake), [query.to_owned(), format!("{query}&cursor=c-2"), format!("{query}&cursor=c-4")]);
}

#[test]
fn a_metering_day_spares_the_days_before_it() {
    let (fake, folder) = many(9);
    let day = ago(8).day();
    let path = folder.path().join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace(USAGE, &format!("{USAGE}\n    metering_day: {day}"))).unwrap();
    assert_eq!(code(folder.path(), "plan"), 3);
    assert_eq!(asked(&fake), ["/v1/ai_usage/daily?start_date=[today-8]&end_date=[today-0]&limit=1000"]);
}

#[test]
fn a_wrong_metering_day_is_found_out() {
    let (fake, folder) = many(9);
    fake.state(|state| state.rows.extend((5..8).map(|day| Row { email: None, ..drew("?", day, 1) })));
    let day = ago(3).day();
    let path = folder.path().join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace(USAGE, &format!("{USAGE}\n    metering_day: {day}"))).unwrap();
    let shown = run(folder.path(), "plan");
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let note = format!("`metering_day` is {day}, and by Figma's rows the running period began on [today-8]");
    assert!(words.contains(&note), "{shown}");
    assert!(words.contains("drew 650 paid credits from [today-4]"), "{shown}");
    assert!(words.contains("3 paid credits were drawn since"), "all of the period is read: {shown}");
    assert_eq!(asked(&fake).len(), 2);
}

#[test]
fn draws_of_a_period_that_is_over_say_nothing() {
    let (fake, folder) = many(9);
    let before = ago(0).checked_sub(1.month()).unwrap().checked_sub(1.day()).unwrap();
    fake.state(|state| {
        for row in &mut state.rows {
            row.period = before;
        }
    });
    assert_eq!(code(folder.path(), "plan --detailed-exitcode"), 0);
}

#[test]
fn the_draws_of_a_billing_group_are_told() {
    let (fake, folder) = many(9);
    fake.state(|state| {
        for (i, row) in state.rows.iter_mut().enumerate() {
            row.group = Some(if i == 0 { "Design" } else { "Growth" });
        }
    });
    let path = folder.path().join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        text.replace("limit: Limit }", "limit: Limit, billing_group: Group }")
            .replace("    budget:", "    target: { billing_group: Design }\n    budget:"),
    )
    .unwrap();
    let people = "Email,Access,Limit,Group\nalice@acme.example,Custom limit,2000,Design\n\
                  bob@acme.example,Custom limit,500,Design\n";
    std::fs::write(folder.path().join("people.csv"), people).unwrap();
    let shown = run(folder.path(), "plan");
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("650 paid credits drawn since [today-8] (Design 130 paid credits); Figma's count"),
        "{shown}"
    );
}

#[test]
fn what_is_told_about_requests_holds_no_token() {
    // The harness searches every stream and every file.
    let (_fake, folder) = many(9);
    let path = folder.path().join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace(USAGE, &format!("{USAGE}\n    {}", super::scim()))).unwrap();
    let mut command = crate::terminal::bursar(folder.path());
    command
        .env("BURSAR_FIGMA_TOKEN", super::TOKEN)
        .env("BURSAR_FIGMA_SCIM_TOKEN", super::SCIM_TOKEN);
    command.env("BURSAR_HTTP_LOG", folder.path().join("http.jsonl")).args(["plan", "-v"]);
    let out = command.output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(said.contains("/v1/ai_usage/daily") && said.contains("/scim/v2/"), "{said}");
    let log = std::fs::read_to_string(folder.path().join("http.jsonl")).unwrap();
    let mut lines: Vec<String> = log
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            format!("{} {}", line["provider"].as_str().unwrap(), line["req_headers"])
        })
        .collect();
    lines.sort();
    let shown = [r#"figma {"x-figma-token":"REDACTED"}"#, r#"figma-scim {"authorization":"Bearer REDACTED"}"#];
    assert_eq!(lines, shown);
}
