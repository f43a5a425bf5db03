//! Tables of who gets and who loses what, by pool.

use crate::model::{Amount, Expiry, Rule, RuleWho, Subject};
use crate::output::drawn;
use crate::output::escape::Markdown;
use crate::output::words::{self, Cell, Row, shortened};
use crate::plan::{Change, Delivery, Effect, Kind, Object, Periods, Strike};

use super::budget::{Budget, What};

/// How many rows of a table stand open; the rest of the table is folded.
const OPEN: usize = 25;
/// How many people are named where there are many.
pub(super) const NAMES: usize = 20;
/// How many characters of a name are shown.
const NAME: usize = 80;
/// How many characters of a description or a reason are shown.
const TEXT: usize = 240;

/// A change with what is known of it.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) change: &'a Change,
    pub(super) periods: Periods,
    /// The rule that asks for it, where there is one.
    pub(super) rule: Option<&'a Rule>,
    /// The rule that asked before, where that is known.
    pub(super) was: Option<&'a Rule>,
}

/// What a section is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Losses,
    Gains,
    Rest,
}

impl About {
    fn holds(self, change: &Change) -> bool {
        match self {
            Self::Losses => matches!(change.effect, Effect::Revokes | Effect::Cuts),
            Self::Gains => matches!(change.effect, Effect::Raises | Effect::Grants),
            Self::Rest => change.effect == Effect::Neutral,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Losses => "What is taken away",
            Self::Gains => "What is given",
            Self::Rest => "What else changes",
        }
    }
}

/// Writes those of the changes that a section is about.
pub(super) fn section(out: &mut String, budget: &mut Budget, items: &[Item<'_>], about: About) {
    let mut items: Vec<Item<'_>> = items.iter().copied().filter(|item| about.holds(item.change)).collect();
    by_pool(&mut items);
    for (i, group) in items.chunk_by(|a, b| same_pool(a.change, b.change)).enumerate() {
        let heading = if i == 0 { format!("#### {}\n\n", about.title()) } else { String::new() };
        table(out, budget, &format!("{heading}{}\n\n", place(group)), group, ("change", "changes"));
    }
}

/// Writes differences that cannot be written, by pool.
pub(super) fn asserts(out: &mut String, budget: &mut Budget, mut items: Vec<Item<'_>>) {
    by_pool(&mut items);
    for (i, group) in items.chunk_by(|a, b| same_pool(a.change, b.change)).enumerate() {
        let heading = if i == 0 { "#### What can only be seen, not changed\n\n" } else { "" };
        table(out, budget, &format!("{heading}{}\n\n", place(group)), group, ("difference", "differences"));
    }
}

fn same_pool(a: &Change, b: &Change) -> bool {
    (&a.center, &a.pool) == (&b.center, &b.pool)
}

fn by_pool(items: &mut [Item<'_>]) {
    items.sort_by(|a, b| {
        let (a, b) = (a.change, b.change);
        (&a.center, &a.pool, a.effect, a.kind, &a.subject, &a.alert)
            .cmp(&(&b.center, &b.pool, b.effect, b.kind, &b.subject, &b.alert))
    });
}

fn place(group: &[Item<'_>]) -> String {
    group.first().map_or_else(String::new, |item| {
        format!("**{}** in {}", Markdown(item.change.pool.as_str()), Markdown(item.change.center.as_str()))
    })
}

/// The columns of a table. Those that say nothing in any row are left out.
const COLUMNS: [(&str, &str); 5] =
    [("who or what", ":---"), ("change", ":---"), ("difference", "---:"), ("until", ":---"), ("why", ":---")];

/// A row of a table, by [`COLUMNS`].
type Cells = [String; COLUMNS.len()];

/// A table with what stands open first and the rest folded.
fn table(out: &mut String, budget: &mut Budget, title: &str, items: &[Item<'_>], what: What) {
    let rows: Vec<Vec<Cells>> = items.iter().map(rows).collect();
    let mut used = [true, true, false, false, false];
    for cells in rows.iter().flatten() {
        for (used, cell) in used.iter_mut().zip(cells) {
            *used |= !cell.is_empty();
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let used = cells.zip(used).filter(|(_, used)| *used).map(|(cell, _)| cell);
        used.fold("|".to_owned(), |line, cell| format!("{line} {cell} |")) + "\n"
    };
    let titles = line(&mut COLUMNS.iter().map(|(title, _)| *title));
    let columns = titles + &line(&mut COLUMNS.iter().map(|(_, side)| *side));
    let text =
        |rows: &Vec<Cells>| rows.iter().map(|cells| line(&mut cells.iter().map(String::as_str))).collect::<String>();
    let (open, folded) = rows.split_at(rows.len().min(OPEN));
    budget.block(out, &format!("{title}{columns}"), open.iter().map(text), "\n", what);
    if !folded.is_empty() {
        let head = format!("<details><summary>{} more</summary>\n\n{columns}", folded.len());
        budget.block(out, &head, folded.iter().map(text), "\n</details>\n\n", what);
    }
    let records = items.iter().filter_map(|item| Some((item.change, words::record(item.change)?)));
    let records: Vec<String> = records
        .map(|(change, record)| {
            let about = change.subject.as_ref().map_or(change.pool.as_str(), Subject::name);
            format!("- The center's record of {}: {}\n", name(about), Markdown(&record))
        })
        .collect();
    budget.block(out, "", records.into_iter(), "\n", ("record", "records"));
}

/// A change in rows of the table.
fn rows(item: &Item<'_>) -> Vec<Cells> {
    let rows = words::rows(item.change, item.periods);
    let cells = rows.iter().enumerate().map(|(i, row)| {
        let first = i == 0;
        let (what, by) = what(item, row, first);
        let (until, why) = if first { (until(item), why(item)) } else { (String::new(), String::new()) };
        [who(item.change, row), what, by, until, why]
    });
    cells.collect()
}

fn who(change: &Change, row: &Row) -> String {
    match &change.subject {
        Some(subject) if row.stranger => format!("{} (not in the files)", name(subject.name())),
        Some(subject) => name(subject.name()),
        None => cell(&row.who),
    }
}

/// What changes, in words, and by how much.
fn what(item: &Item<'_>, row: &Row, first: bool) -> (String, String) {
    let change = item.change;
    let worth = row.worth.clone().unwrap_or_default();
    if change.alert.is_some() {
        return (step(&told(change.before.as_ref()), &told(change.after.as_ref())), worth);
    }
    if first && change.kind == Kind::PoolCreate {
        return (format!("new: {}", cell(&row.after)), worth);
    }
    if change.subject.is_none() {
        let text = match change.effect {
            Effect::Revokes | Effect::Cuts if first => format!("**{}**", step(&cell(&row.before), &cell(&row.after))),
            _ => step(&cell(&row.before), &cell(&row.after)),
        };
        return (text, worth);
    }
    let (before, after) = (words::grant(change.before.as_ref()), words::grant(change.after.as_ref()));
    let cap = |grant: Option<&crate::model::Grant>, period| match grant.map(|grant| (grant.cap, grant.period)) {
        Some((Some(cap), own)) => Some(words::cap_words(cap, own.or(period))),
        _ => None,
    };
    let (was, is) = (cap(before, item.periods.before), cap(after, item.periods.after));
    let amount = |object: Option<&Object>| words::grant(object).and_then(|grant| grant.cap?.amount());
    let nothing = |amount: Option<Amount>| amount.map(|amount| Amount::zero(amount.unit()));
    let verb = match change.effect {
        Effect::Cuts | Effect::Revokes => "**cut**: ",
        Effect::Raises | Effect::Grants => "raised: ",
        Effect::Neutral => "",
    };
    if words::was_other(change) || words::is_other(change) {
        let others = |cap: Option<String>, grant: bool| match (cap, grant) {
            (Some(cap), _) => cap,
            (None, true) => "a grant".to_owned(),
            (None, false) => words::AS_OTHERS.to_owned(),
        };
        return (
            format!("{verb}{}", step(&others(was, before.is_some()), &others(is, after.is_some()))),
            String::new(),
        );
    }
    match (before.is_some(), after.is_some(), was, is) {
        (_, false, was, _) => {
            let had = was.map_or_else(|| "had a grant".to_owned(), |was| format!("had {was}"));
            let lost = amount(change.before.as_ref());
            (format!("**loses access**, {had}"), words::worth(lost, nothing(lost)).unwrap_or_default())
        }
        (false, true, _, is) => {
            let has = is.map_or_else(|| "may now draw".to_owned(), |is| format!("gains access: {is}"));
            let given = amount(change.after.as_ref());
            (has, words::worth(nothing(given), given).unwrap_or_default())
        }
        (true, true, was, is) if was == is => {
            (is.map_or_else(|| "keeps the grant".to_owned(), |is| format!("keeps {is}")), worth)
        }
        (true, true, was, is) => {
            let unknown = || "not known".to_owned();
            (format!("{verb}{}", step(&was.unwrap_or_else(unknown), &is.unwrap_or_else(unknown))), worth)
        }
    }
}

/// Whom an alert tells.
fn told(alert: Option<&Object>) -> String {
    let Some(Object::Alert(_, notify)) = alert else { return "none".to_owned() };
    let names: Vec<String> = notify.iter().map(ToString::to_string).collect();
    if names.is_empty() {
        "tells nobody".to_owned()
    } else {
        format!("tells {}", list(names.iter().map(String::as_str)))
    }
}

/// `500 → 300 credits/month`: what both sides end with is said once.
fn step(old: &str, new: &str) -> String {
    let number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let shared = new.find([' ', '/']).map_or("", |at| new.get(at..).unwrap_or(""));
    match old.strip_suffix(shared) {
        Some(short) if number(old) && number(new) && !short.contains(' ') => format!("{short} → {new}"),
        _ => format!("{old} → {new}"),
    }
}

/// The last day of a grant: as the center will hold it, else as the rule says.
fn until(item: &Item<'_>) -> String {
    let end = |object: &Option<Object>| words::grant(object.as_ref()).and_then(|grant| grant.expires);
    let (Some(_), was, is) =
        (words::grant(item.change.after.as_ref()), end(&item.change.before), end(&item.change.after))
    else {
        return String::new();
    };
    match (was, is) {
        (Some(Expiry::On(was)), Some(Expiry::On(is))) if was != is => format!("{is}, was {was}"),
        (Some(Expiry::On(was)), Some(Expiry::Never)) => format!("no end, was {was}"),
        (_, Some(Expiry::On(is))) => is.to_string(),
        _ => item.rule.and_then(|rule| rule.expires).map_or_else(String::new, |date| date.to_string()),
    }
}

fn why(item: &Item<'_>) -> String {
    let change = item.change;
    let mut why = Vec::new();
    why.extend(drawn::sentences(change, false, name).into_iter().map(|(strike, text)| match strike {
        Strike::Takes => text,
        Strike::Blocks | Strike::UsesUp => format!("**{text}**"),
    }));
    why.extend(words::why(change).map(str::to_owned));
    if let Some(rule) = item.rule {
        why.extend(rule.reason.as_deref().map(text));
        why.extend(group(rule).map(|group| format!("as one of {group}")));
        // Who loses something while a rule still names them is told when it holds.
        why.extend(change.after.is_none().then(|| holds(rule)).flatten());
    } else if let Some(was) = item.was {
        why.extend(group(was).map(|group| format!("was one of {group}")));
    }
    why.extend(matches!(change.delivery, Delivery::Manual { .. }).then(|| "by hand".to_owned()));
    why.extend(words::leaves(change).map(|place| format!("moves here, and leaves {}", name(&place))));
    let hit: Vec<Subject> = change.losing().cloned().collect();
    why.extend((!hit.is_empty()).then(|| format!("hits {}: {}", words::people_words(hit.len()), names(&hit))));
    why.join(", ")
}

/// The group that a rule names.
fn group(rule: &Rule) -> Option<String> {
    match &rule.who {
        RuleWho::Group(group, _) => Some(Markdown(group.as_str()).to_string()),
        RuleWho::Member(_) => None,
    }
}

/// The days on which a rule holds, where not always.
fn holds(rule: &Rule) -> Option<String> {
    match (rule.starts, rule.expires) {
        (Some(from), Some(to)) => Some(format!("the rule is from {from} to {to}")),
        (Some(from), None) => Some(format!("the rule is from {from}")),
        (None, Some(to)) => Some(format!("the rule was until {to}")),
        (None, None) => None,
    }
}

/// A cell, escaped.
fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Own(text) => text.clone(),
        Cell::Foreign(foreign) => text(foreign),
    }
}

/// Somebody's name, escaped.
pub(super) fn name(name: &str) -> String {
    Markdown(&shortened(name, NAME)).to_string()
}

/// Somebody else's text, escaped.
pub(super) fn text(text: &str) -> String {
    Markdown(&shortened(text, TEXT)).to_string()
}

/// People by name, and how many more there are.
pub(super) fn names(people: &[Subject]) -> String {
    list(people.iter().map(Subject::name))
}

/// Names, and how many more there are.
pub(super) fn list<'a>(all: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = all.len().saturating_sub(NAMES);
    let mut names: Vec<String> = all.take(NAMES).map(name).collect();
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    names.join(", ")
}
