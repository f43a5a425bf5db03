//! What every page has: its mark, refusals on top, the money, and a foot that only a whole page has.

use std::io;

use crate::model::Unit;
use crate::output::escape::{Markdown, MarkdownSentence};
use crate::output::sentence::with_difference;
use crate::output::words;
use crate::plan::{Money, Refusal};

use super::Frame;
use super::budget::{Budget, NOTICE, What};
use super::frame::mark;
use super::people;

/// The most bytes of a list within a sentence.
const LIST: usize = 1500;

/// The parts of a page that are never cut.
pub(super) struct Sheet<'a> {
    /// What the page is: `plan`, `diff`.
    pub(super) title: &'static str,
    /// The headline, and what belongs to it.
    pub(super) head: String,
    pub(super) refusals: &'a [Refusal],
    pub(super) money: &'a Money,
    /// What the money is of.
    pub(super) counted: &'static str,
    /// The end of a whole page: what is approved by it.
    pub(super) foot: String,
    /// The command that writes everything.
    pub(super) whole: &'static str,
    /// What stands where not even this fits.
    pub(super) stub: String,
}

/// Writes a page. `fill` writes what may be cut: what stands above the money and what stands below it, while `kept` bytes
/// more are taken by what it writes beside its budget.
pub(super) fn write(
    out: &mut impl io::Write,
    frame: &Frame<'_>,
    sheet: &Sheet<'_>,
    kept: usize,
    fill: impl FnOnce(&mut Budget) -> (String, String),
) -> io::Result<()> {
    let mark = mark(frame.path);
    let title = format!("### Bursar {} of {}\n\n", sheet.title, people::text(frame.path));
    let refusals = refusals(sheet.refusals);
    let money = money(sheet.money, sheet.counted);
    let fixed = [&mark, &title, &refusals, &sheet.head, &money, &sheet.foot]
        .map(String::len)
        .iter()
        .sum::<usize>();
    let fixed = fixed + kept + NOTICE + frame.link().map_or(0, str::len);
    let Some(left) = frame.budget.checked_sub(fixed) else {
        return out.write_all(stub(&mark, sheet, frame.budget).as_bytes());
    };
    let mut budget = Budget::new(left);
    let (above, below) = fill(&mut budget);
    let notice = budget.notice(frame, sheet.whole);
    // A part that carries the hash could pass for the whole.
    let foot = if notice.is_none() { sheet.foot.as_str() } else { "" };
    let notice = notice.unwrap_or_default();
    for part in [&mark, &title, &notice, &refusals, &sheet.head, &above, &money, &below, foot] {
        out.write_all(part.as_bytes())?;
    }
    Ok(())
}

/// As much as fits of a page whose fixed parts do not.
fn stub(mark: &str, sheet: &Sheet<'_>, budget: usize) -> String {
    let text = format!("{mark}{} Cut to fit; not an approval record.\n", sheet.stub);
    // Half a mark would hide what stands after it.
    if text.len() > budget && mark.len() > budget.saturating_sub(100) {
        return first(text.strip_prefix(mark).unwrap_or_default(), budget);
    }
    first(&text, budget)
}

fn first(text: &str, budget: usize) -> String {
    text.chars()
        .scan(0, |used, c| {
            *used += c.len_utf8();
            (*used <= budget).then_some(c)
        })
        .collect()
}

fn refusals(refusals: &[Refusal]) -> String {
    if refusals.is_empty() {
        return String::new();
    }
    let mut text =
        "> [!CAUTION]\n> **Refused.** This goes over a guardrail and is not applied as it stands:\n>\n".to_owned();
    for refusal in refusals {
        let way = match &refusal.allow {
            Some(allow) => format!("Consent to exactly this is {}.", Markdown(&format!("--allow {allow}"))),
            None => format!("{}.", sentence_case(words::no_consent(refusal))),
        };
        text = format!("{text}> - {}. {way}\n", sentence_case(&MarkdownSentence(&refusal.message).to_string()));
    }
    text.push('\n');
    text
}

fn sentence_case(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| format!("{}{}", first.to_ascii_uppercase(), chars.as_str()))
}

fn money(money: &Money, counted: &str) -> String {
    let whose = words::whose_credits(money);
    let line = |line: &words::MoneyLine| match &whose {
        Some(whose) if line.unit == Unit::Credits => format!("{}, of which {whose}", with_difference(line)),
        _ => with_difference(line),
    };
    let worth = words::worth_lines(money);
    let worth = worth.iter().map(|line| words::worth_words(line, &with_difference(line)));
    let lines: Vec<String> = words::money_lines(money).iter().map(line).chain(worth).collect();
    let lines = if lines.is_empty() { "nothing can be spent".to_owned() } else { fitting(&lines, " · ", "units") };
    format!("**{counted}:** {lines}\n\n")
}

/// As many items as fit, and how many more there are.
pub(super) fn fitting(items: &[String], between: &str, what: &str) -> String {
    let mut text = String::new();
    for (i, item) in items.iter().enumerate() {
        if text.len() + item.len() > LIST {
            let rest = items.len() - i;
            return if i == 0 { format!("{rest} {what}") } else { format!("{text} and {rest} more") };
        }
        if i > 0 {
            text.push_str(between);
        }
        text.push_str(item);
    }
    text
}

/// Writes a list that is folded.
pub(super) fn fold(
    out: &mut String,
    budget: &mut Budget,
    title: &str,
    rows: impl ExactSizeIterator<Item = String>,
    what: What,
) {
    budget.block(out, &format!("<details><summary>{title}</summary>\n\n"), rows, "\n</details>\n\n", what);
}
