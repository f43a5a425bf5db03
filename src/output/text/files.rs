//! What an edit of the files means, for a person: what loosens a limit and what takes something away come first, the
//! money comes last.

use std::io::{self, Write};

use crate::model::{Expiry, RuleWho, Subject};
use crate::output::escape::Terminal;
use crate::output::words;
use crate::plan::files::{Edit, FilesDiff, GuardrailEdit, NotifyEdit, Revision, SettingEdit, Upcoming};
use crate::plan::{Change, Effect, Object};

use super::Style;
use super::changes::{Listed, groups};
use super::plan::{SHOWN, SHOWN_LOSSES, money, refusals};
use super::style::Paint;

/// An edit as it is listed.
struct Plain<'a> {
    edit: &'a Edit,
    change: Change,
}

impl Listed for Plain<'_> {
    fn change(&self) -> &Change {
        &self.change
    }

    fn via(&self) -> Option<String> {
        let of = |who: &RuleWho| match who {
            RuleWho::Group(group, _) => Some(format!("group:{group}")),
            RuleWho::Member(_) => None,
        };
        let via = match (&self.edit.rule, &self.edit.was) {
            (Some(rule), _) => of(&rule.who).map(|group| format!("via {group}")),
            (None, Some(was)) => of(&was.who).map(|group| format!("until now via {group}")),
            (None, None) => None,
        }?;
        Some(match (&self.edit.row, &self.edit.row_was) {
            (Some(row), _) => format!("{via} ({})", Terminal(&row.to_string())),
            (None, Some(row)) => format!("{via} ({} before)", Terminal(&row.to_string())),
            (None, None) => via,
        })
    }

    fn remark(&self) -> Option<String> {
        let rule = self.edit.rule.as_ref()?;
        let mut parts = Vec::new();
        parts.extend(rule.reason.as_deref().map(|reason| format!("reason: {}", Terminal(reason))));
        let ends = |object: &Option<Object>| match object {
            Some(Object::Grant(grant)) => grant.expires,
            _ => None,
        };
        let (before, after) = (ends(&self.change.before), ends(&self.change.after));
        match (after, rule.starts, rule.expires) {
            // Where the end changes, the change itself says so.
            (Some(Expiry::On(day)), ..) if before == after => parts.push(format!("until {day}")),
            (None, Some(starts), _) if self.change.takes() => parts.push(format!("its rule begins on {starts}")),
            (None, _, Some(ended)) if self.change.takes() => parts.push(format!("its rule ended on {ended}")),
            _ => {}
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// Writes what an edit of the files means.
pub fn diff(out: &mut impl Write, diff: &FilesDiff, style: Style) -> io::Result<()> {
    head(out, diff, style)?;
    refusals(out, &diff.refusals, style)?;
    section(out, style, "Notes", None, &diff.notes.iter().map(|note| escaped(note)).collect::<Vec<_>>())?;
    guardrails(out, &diff.guardrails, style)?;
    for effect in Effect::ALL {
        edits(out, diff, style, effect)?;
    }
    upcoming(out, &diff.upcoming, style)?;
    left(out, diff, style)?;
    fan_out(out, diff, style)?;
    notify(out, &diff.notify, style)?;
    let settings: Vec<String> = diff.settings.iter().map(setting).collect();
    section(out, style, "Settings", Some(settings.len()), &settings)?;
    refusals(out, &diff.refusals, style)?;
    writeln!(out)?;
    let whole_pools = diff.released.iter().any(|released| released.subject.is_none());
    let title = if whole_pools { "worst case, without the pools that are left as they are" } else { "worst case" };
    money(out, &diff.summary.worst_case, style, title)
}

fn escaped(text: &str) -> String {
    Terminal(text).to_string()
}

fn head(out: &mut impl Write, diff: &FilesDiff, style: Style) -> io::Result<()> {
    let title = match diff.edits.len() {
        0 if diff.is_empty() => "No difference.".to_owned(),
        0 if !diff.notes.is_empty() => "As far as the files tell, nobody's right changes.".to_owned(),
        0 if !diff.upcoming.is_empty() => "Nobody's right changes today.".to_owned(),
        0 => "Nobody's right changes.".to_owned(),
        count => {
            let changes = words::count_words(count, "change", "changes");
            format!("{changes}: {}", words::counts_words(&diff.summary.counts))
        }
    };
    writeln!(out, "{}", style.paint(Paint::Title, &title))?;
    let text = format!("From {} to {}, by the files alone.", revision(&diff.base), revision(&diff.head));
    style.sentence(out, 0, None, &text)
}

/// A revision by its name, and the commit where the name is not that already.
fn revision(revision: &Revision) -> String {
    let Revision { name, commit } = revision;
    let short = commit.as_deref().map(|commit| commit.get(..10).unwrap_or(commit));
    match (name, commit, short) {
        (Some(name), Some(commit), Some(short)) if !commit.starts_with(name.as_str()) => {
            format!("{} ({short})", Terminal(name))
        }
        (Some(name), ..) => escaped(name),
        (None, ..) => "the working files".to_owned(),
    }
}

/// A titled list, cut short unless everything is shown; the lines are escaped already.
fn section(out: &mut impl Write, style: Style, title: &str, count: Option<usize>, lines: &[String]) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let title = count.map_or_else(|| title.to_owned(), |count| format!("{title} ({count})"));
    writeln!(out, "\n{}", style.paint(Paint::Title, &title))?;
    let limit = if style.verbose { lines.len() } else { SHOWN };
    for line in lines.iter().take(limit) {
        style.sentence(out, 2, None, line)?;
    }
    if lines.len() > limit {
        let rest = lines.len() - limit;
        writeln!(out, "  {}", style.paint(Paint::Faint, &format!("… and {rest} more; -v shows all")))?;
    }
    Ok(())
}

/// `before → after`, where nothing is said as such.
fn step(before: Option<&str>, after: Option<&str>, nothing: &str) -> String {
    let side = |side: Option<&str>| side.map_or_else(|| nothing.to_owned(), escaped);
    format!("{} → {}", side(before), side(after))
}

/// Every limit that is another one, those that let more through first.
fn guardrails(out: &mut impl Write, guardrails: &[GuardrailEdit], style: Style) -> io::Result<()> {
    if guardrails.is_empty() {
        return Ok(());
    }
    let loosened = guardrails.iter().filter(|edit| edit.loosened).count();
    let title = if loosened == 0 { "Guardrails".to_owned() } else { format!("Guardrails: {loosened} loosened") };
    let paint = if loosened == 0 { Paint::Title } else { Paint::Bad };
    writeln!(out, "\n{}", style.paint(paint, &title))?;
    let mut sorted: Vec<&GuardrailEdit> = guardrails.iter().collect();
    sorted.sort_by_key(|edit| !edit.loosened);
    for GuardrailEdit { name, before, after, loosened } in sorted {
        let nothing = if name == "protected" { "nobody" } else { "no limit" };
        let how = if *loosened { "loosened: " } else { "tightened:" };
        let step = step(before.as_deref(), after.as_deref(), nothing);
        style.sentence(out, 2, None, &format!("{how} {name} {step}"))?;
    }
    Ok(())
}

fn edits(out: &mut impl Write, diff: &FilesDiff, style: Style, effect: Effect) -> io::Result<()> {
    let mut edits: Vec<&Edit> = diff.edits.iter().filter(|edit| edit.change.effect == effect).collect();
    if edits.is_empty() {
        return Ok(());
    }
    edits.sort_by(|a, b| {
        let (a, b) = (&a.change, &b.change);
        (&a.center, &a.pool, a.kind, &a.subject, &a.alert).cmp(&(&b.center, &b.pool, b.kind, &b.subject, &b.alert))
    });
    let title = format!("{} ({})", words::title(effect), edits.len());
    writeln!(out, "\n{}", style.paint(Paint::Title, &title))?;
    let shown = if matches!(effect, Effect::Revokes | Effect::Cuts) { SHOWN_LOSSES } else { SHOWN };
    let periods = |change: &Change| {
        let pools = diff.periods.get(&change.center);
        pools.and_then(|pools| pools.get(&change.pool)).copied().unwrap_or_default()
    };
    let edits: Vec<Plain<'_>> = edits.into_iter().map(|edit| Plain { edit, change: edit.plain() }).collect();
    groups(out, style, &edits, periods, shown)
}

fn upcoming(out: &mut impl Write, upcoming: &[Upcoming], style: Style) -> io::Result<()> {
    let line = |entry: &Upcoming| {
        let Upcoming { center, pool, added, from, rule, period, people } = entry;
        let who = match &rule.who {
            RuleWho::Member(member) => member.to_string(),
            RuleWho::Group(group, _) => format!("group:{group}, {}", words::people_words(*people)),
        };
        let cap = rule.cap.map_or("the pool's default cap".to_owned(), |cap| words::cap_words(cap, *period));
        let until = rule.expires.map_or(String::new(), |day| format!(", until {day}"));
        let (sign, no_longer) = if *added { ("+", "") } else { ("-", ", no longer") };
        let reason = rule
            .reason
            .as_deref()
            .map_or(String::new(), |reason| format!("; reason: {}", Terminal(reason)));
        let place = if *added { format!("; {}", Terminal(&rule.source.to_string())) } else { String::new() };
        format!("{sign} from {from}{no_longer}: {center} / {pool}, {who}: {cap}{until}{reason}{place}")
    };
    section(out, style, "Later", Some(upcoming.len()), &upcoming.iter().map(line).collect::<Vec<_>>())
}

/// What nothing decides over any more.
fn left(out: &mut impl Write, diff: &FilesDiff, style: Style) -> io::Result<()> {
    let mut lines = Vec::new();
    for group in diff.released.chunk_by(|a, b| (&a.center, &a.pool) == (&b.center, &b.pool)) {
        let Some(first) = group.first() else { continue };
        let people: Vec<&Subject> = group.iter().filter_map(|released| released.subject.as_ref()).collect();
        let what = if people.is_empty() {
            "the whole pool".to_owned()
        } else {
            format!("{}: {}", words::people_words(people.len()), names(style, people.iter().map(|who| who.name())))
        };
        lines.push(format!("{} / {}: {what}", first.center, first.pool));
    }
    for entry in &diff.unkept {
        let field = entry.field.strip_prefix("budget.").unwrap_or(entry.field).replace('_', " ");
        let whose = entry
            .subject
            .as_ref()
            .map_or(String::new(), |who| format!(" of {}", Terminal(who.name())));
        let before = Terminal(&entry.before);
        lines.push(format!("{} / {}: the {field}{whose}, which was {before}", entry.center, entry.pool));
    }
    section(out, style, "Left as they are: the files do not decide over these any more", Some(lines.len()), &lines)
}

/// As many names as are shown, escaped.
fn names<'a>(style: Style, names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let count = names.len();
    let limit = if style.verbose { count } else { SHOWN };
    let mut shown: Vec<String> = names.take(limit).map(escaped).collect();
    if count > limit {
        shown.push(format!("… and {} more; -v shows all", count - limit));
    }
    shown.join(", ")
}

/// Which groups have other people in them, and which pools that reaches.
fn fan_out(out: &mut impl Write, diff: &FilesDiff, style: Style) -> io::Result<()> {
    if diff.groups.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", style.paint(Paint::Title, &format!("Groups ({})", diff.groups.len())))?;
    let limit = if style.verbose { diff.groups.len() } else { SHOWN };
    for edit in diff.groups.iter().take(limit) {
        let pools = edit.pools.iter().map(crate::model::PoolId::as_str).collect::<Vec<_>>();
        let title = format!("{}, which rules of {} name", edit.group, names(style, pools.into_iter()));
        style.sentence(out, 2, None, &title)?;
        for (sign, people) in [("+", &edit.joined), ("-", &edit.left)] {
            if !people.is_empty() {
                let people: Vec<String> = people.iter().map(|member| edit.named(member)).collect();
                let list = names(style, people.iter().map(String::as_str));
                style.sentence(out, 4, None, &format!("{sign} {}: {list}", words::people_words(people.len())))?;
            }
        }
    }
    if diff.groups.len() > limit {
        let rest = format!("… and {} more; -v shows all", diff.groups.len() - limit);
        writeln!(out, "  {}", style.paint(Paint::Faint, &rest))?;
    }
    Ok(())
}

fn notify(out: &mut impl Write, notify: &[NotifyEdit], style: Style) -> io::Result<()> {
    let line = |NotifyEdit { name, before, after }: &NotifyEdit| {
        let words = |here: &Option<std::collections::BTreeSet<_>>, there: &Option<std::collections::BTreeSet<_>>| {
            let not_there = |who: &&crate::model::Recipient| !there.as_ref().is_some_and(|there| there.contains(*who));
            let list: Vec<String> =
                here.iter().flatten().filter(not_there).map(|who| escaped(&who.to_string())).collect();
            list.join(", ")
        };
        let (added, removed) = (words(after, before), words(before, after));
        let parts = [("no longer ", removed), ("now also ", added)];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(_, who)| !who.is_empty())
            .map(|(how, who)| format!("{how}{who}"))
            .collect();
        match (before, after) {
            (None, _) => format!("{name}, new: {}", parts.join("; ").replacen("now also ", "", 1)),
            (_, None) => format!("{name} is gone: {}", parts.join("; ")),
            _ => format!("{name}: {}", parts.join("; ")),
        }
    };
    section(out, style, "Who is told", Some(notify.len()), &notify.iter().map(line).collect::<Vec<_>>())
}

fn setting(edit: &SettingEdit) -> String {
    let SettingEdit { name, before, after } = edit;
    format!("{}: {}", Terminal(name), step(before.as_deref(), after.as_deref(), "not set"))
}
