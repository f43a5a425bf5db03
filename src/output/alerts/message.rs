//! What a message says, in the form of its channel.

use std::fmt::Write as _;

use jiff::ToSpan as _;
use serde::Serialize;

use crate::alerts::{Item, Notice, To};
use crate::model::{CenterId, PoolId, Recipient, Threshold, Window};
use crate::output::escape::{Markdown, Terminal};
use crate::usage::percent;

use super::MatterJson;

/// How many lines a text has at most.
const MOST_LINES: usize = 50;
/// How many alerts a webhook is sent at most.
const MOST_ALERTS: usize = 500;
/// How long a text for Slack is at most, in characters: beyond 4,000 it is cut by Slack.
const MOST_SLACK: usize = 3900;

/// A message as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// `email`, `slack`, `webhook` or `issue`.
    pub channel: &'static str,
    /// The subject of a letter, the title of an issue.
    pub subject: Option<String>,
    /// The text of a letter or an issue; what a webhook is sent.
    pub text: String,
}

/// Puts a message into the form of its channel. Nothing where it has none.
pub fn render(notice: &Notice) -> Option<Rendered> {
    let rendered = match &notice.to {
        To::Recipient(Recipient::Email(_)) => {
            Rendered { channel: "email", subject: Some(subject(&notice.items)), text: letter(&notice.items) }
        }
        To::Recipient(Recipient::Slack(_)) => {
            let body = serde_json::json!({ "text": slack(&notice.items) });
            Rendered { channel: "slack", subject: None, text: body.to_string() }
        }
        To::Recipient(Recipient::Webhook(_)) => Rendered { channel: "webhook", subject: None, text: webhook(notice) },
        To::Recipient(Recipient::Login { .. } | Recipient::Member) => return None,
        To::Issue { pool, window, .. } => {
            let center = &notice.items.first()?.center;
            let title = format!("Credits of {pool} ({center}): {}", period(window));
            Rendered { channel: "issue", subject: Some(title), text: issue(&notice.items) }
        }
    };
    Some(rendered)
}

/// Where a message goes, for people.
pub(super) fn name(to: &To) -> String {
    match to {
        To::Recipient(recipient) => recipient.to_string(),
        To::Issue { pool, window, .. } => format!("the issue of {pool}, {}", period(window)),
    }
}

/// The days of a period.
pub(super) fn period(window: &Window) -> String {
    match window.until.map(|until| until.saturating_sub(1.day())) {
        Some(last) if last == window.since => last.to_string(),
        Some(last) => format!("{} to {last}", window.since),
        None => "in all".to_owned(),
    }
}

/// A level, with what it is of.
pub(super) fn level(at: Threshold, cap: bool) -> String {
    format!("{at} of the {}", if cap { "cap" } else { "budget" })
}

fn subject(items: &[Item]) -> String {
    let Some(first) = items.first() else { return String::new() };
    let Item { center, matter, level: at, .. } = first;
    let mut line = match &first.subject {
        None => format!("{} ({center}): {} is reached", matter.pool, level(*at, false)),
        Some(who) => format!("{} ({center}): {} reached {}", matter.pool, Terminal(who.name()), level(*at, true)),
    };
    if items.len() > 1 {
        let _ = write!(line, ", and {} more", items.len() - 1);
    }
    line
}

/// What an item says, with names as a channel wants them.
fn sentence(item: &Item, name: &dyn Fn(&str) -> String) -> String {
    let Item { matter, center, subject, level: at, drawn, at_least, limit, .. } = item;
    let place = format!("{} in {}", name(matter.pool.as_str()), name(center.as_str()));
    let mut line = match subject {
        None => format!("{place}: "),
        Some(who) => format!("{place}, {}: ", name(who.name())),
    };
    if *at_least {
        line.push_str("at least ");
    }
    match limit {
        Some(limit) => {
            let share = percent(*drawn, *limit).map_or(String::new(), |share| format!(" ({share}%)"));
            let _ = write!(line, "{} of {limit} drawn{share}", drawn.grouped());
        }
        None => {
            let _ = write!(line, "{drawn} drawn");
        }
    }
    let _ = write!(line, ", {} is reached", level(*at, subject.is_some()));
    line
}

fn letter(items: &[Item]) -> String {
    let mut text = String::new();
    let mut last = None;
    for item in items.iter().take(MOST_LINES) {
        let of: (&CenterId, &PoolId, &Window) = (&item.center, &item.matter.pool, &item.window);
        if last != Some(of) && !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "{}", sentence(item, &|name| Terminal(name).to_string()));
        if last != Some(of) && item.window.until.is_some() {
            let _ = writeln!(text, "Period: {} (UTC)", period(&item.window));
        }
        last = Some(of);
    }
    if items.len() > MOST_LINES {
        let _ = writeln!(text, "\n… and {} more", items.len() - MOST_LINES);
    }
    text.push_str("\nThis is said once per period and level. Who hears of what stands under `alerts` in the files.\n");
    text
}

fn slack(items: &[Item]) -> String {
    // In a code span nothing is a mention; the three characters are Slack's own.
    let name = |name: &str| format!("`{}`", Terminal(name).to_string().replace('`', "'"));
    let escaped = |line: String| line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut text = String::new();
    for (i, item) in items.iter().enumerate() {
        let line = escaped(format!("• {}\n", sentence(item, &name)));
        if i == MOST_LINES || text.chars().count() + line.chars().count() > MOST_SLACK {
            let _ = writeln!(text, "… and {} more", items.len() - i);
            break;
        }
        text.push_str(&line);
    }
    text
}

fn issue(items: &[Item]) -> String {
    let mut logins: Vec<String> = Vec::new();
    for item in items {
        if let Recipient::Login { login, .. } = &item.recipient {
            let mention = format!("@{login}");
            if !logins.iter().any(|known| known.eq_ignore_ascii_case(&mention)) {
                logins.push(mention);
            }
        }
    }
    let mut text = format!("{}\n\n", logins.join(" "));
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        let line = format!("- {}", sentence(item, &|name| Markdown(name).to_string()));
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    for line in lines.iter().take(MOST_LINES) {
        let _ = writeln!(text, "{line}");
    }
    if lines.len() > MOST_LINES {
        let _ = writeln!(text, "\n… and {} more", lines.len() - MOST_LINES);
    }
    text
}

#[derive(Serialize)]
struct Body<'a> {
    schema: &'static str,
    id: String,
    alerts: Vec<AlertJson<'a>>,
    /// How many there are beside those that stand here.
    more: usize,
}

#[derive(Serialize)]
struct AlertJson<'a> {
    id: String,
    identity: &'a str,
    #[serde(flatten)]
    matter: MatterJson<'a>,
    level: Threshold,
}

fn webhook(notice: &Notice) -> String {
    let alerts = notice.items.iter().take(MOST_ALERTS).map(|item| AlertJson {
        id: item.id(),
        identity: &item.matter.identity,
        matter: MatterJson::of_item(item),
        level: item.level,
    });
    let body = Body {
        schema: "bursar.alert.v1",
        id: notice.id(),
        alerts: alerts.collect(),
        more: notice.items.len().saturating_sub(MOST_ALERTS),
    };
    // Nothing in it can fail to be written: no map with odd keys, no float.
    serde_json::to_string(&body).unwrap_or_default()
}
