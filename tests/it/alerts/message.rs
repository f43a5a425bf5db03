//! What messages say when names want to be more than names.

use std::collections::BTreeMap;

use bursar::alerts::{Claim, Item, Matter, Notice, Reading, To, Who};
use bursar::model::{Amount, CenterId, PoolId, Recipient, Subject, Threshold, Unit, Window};
use bursar::output::alerts::render;
use insta::assert_snapshot;

fn item(name: &str, recipient: &Recipient) -> Item {
    let subject = Subject::Stranger(name.into());
    let reading = Reading {
        matter: Matter {
            identity: "acme".to_owned(),
            pool: PoolId::new("ai").unwrap(),
            who: Some(Who::from(&subject)),
        },
        center: CenterId::new("local").unwrap(),
        subject: Some(subject),
        window: Window { since: jiff::civil::date(2026, 11, 1), until: Some(jiff::civil::date(2026, 12, 1)) },
        drawn: Amount::whole(95, Unit::USD),
        at_least: true,
        limit: Some(Amount::whole(100, Unit::USD)),
        unlimited: false,
        levels: BTreeMap::new(),
    };
    Item::of(&reading, recipient, &Claim { level: Threshold::Percent(90), round: 0 })
}

const HOSTILE: [&str; 5] = [
    "<!channel> @all *x*",
    "a`b|c",
    "x\r\nBcc: all@acme.example",
    "\u{202e}evil\u{1b}[31m",
    "<!-- bursar-notice:1 -->",
];

fn said(recipient: &Recipient, to: To) -> String {
    let items = HOSTILE.iter().map(|name| item(name, recipient)).collect();
    let rendered = render(&Notice { to, items }).unwrap();
    format!("{}\n\n{}", rendered.subject.unwrap_or_default(), rendered.text)
}

#[test]
fn a_name_is_a_name_in_every_channel() {
    let email = Recipient::Email("ops@acme.example".to_owned());
    let slack = Recipient::Slack("BURSAR_SLACK".to_owned());
    let login = Recipient::Login { provider: "github".to_owned(), login: "ops".to_owned() };
    let window = Window { since: jiff::civil::date(2026, 11, 1), until: Some(jiff::civil::date(2026, 12, 1)) };
    assert_snapshot!("hostile_letter", said(&email, To::Recipient(email.clone())));
    assert_snapshot!("hostile_slack", said(&slack, To::Recipient(slack.clone())));
    let issue = To::Issue { identity: "acme".to_owned(), pool: PoolId::new("ai").unwrap(), window };
    assert_snapshot!("hostile_issue", said(&login, issue));
}

#[test]
fn a_long_message_ends() {
    let slack = Recipient::Slack("BURSAR_SLACK".to_owned());
    let items = |number: usize, name: &str| (0..number).map(|i| item(&format!("{name}{i}"), &slack)).collect();
    let text = |items| {
        let rendered = render(&Notice { to: To::Recipient(slack.clone()), items }).unwrap();
        let body: serde_json::Value = serde_json::from_str(&rendered.text).unwrap();
        body["text"].as_str().unwrap().to_owned()
    };
    let many = text(items(10_000, "p"));
    assert!(many.lines().count() <= 51 && many.chars().count() < 4000 && many.ends_with(" more\n"), "{many}");
    let long = text(items(60, &"n".repeat(500)));
    assert!(long.chars().count() < 4000 && long.contains("… and "), "{long}");
    let hook = Recipient::Webhook("BURSAR_HOOK".to_owned());
    let notice = Notice { to: To::Recipient(hook), items: items(600, "p") };
    let body: serde_json::Value = serde_json::from_str(&render(&notice).unwrap().text).unwrap();
    assert_eq!((body["alerts"].as_array().unwrap().len(), &body["more"]), (500, &100.into()));
}
