//! The plan as Markdown for a pull request or a job summary. Everything from files and centers stands in code spans,
//! and the page never outgrows its budget: it is cut from the end, says what it cut, and is then no approval record.

use std::fmt::Write as _;
use std::io;

use crate::plan::{Change, Delivery, Effect, Plan};

use super::escape::Markdown;
use super::words::{self, Cell};

/// How many rows of a table stand open; the rest of the table is folded.
const OPEN: usize = 25;
/// How many people are named where a change hits many.
const NAMES: usize = 20;
/// Room that is kept for the sentence that says what was cut.
const NOTICE: usize = 400;

/// Writes a plan in at most `budget` bytes.
pub fn plan(out: &mut impl io::Write, plan: &Plan, budget: usize) -> io::Result<()> {
    let head = head(plan);
    let refusals = refusals(plan);
    let (money, foot) = (money(plan), foot(plan));
    let fixed = head.len() + refusals.len() + money.len() + foot.len() + NOTICE;
    let Some(left) = budget.checked_sub(fixed) else {
        return out.write_all(stub(plan, budget).as_bytes());
    };
    let mut losses = Page::new(left);
    body(&mut losses, plan);
    let mut folded = Page::new(left.saturating_sub(losses.text.len()));
    folded.full = losses.full;
    appendix(&mut folded, plan);
    let cut = [losses.cut, folded.cut].concat();
    let notice = if cut.is_empty() { String::new() } else { notice(&cut) };
    let foot = if cut.is_empty() { foot } else { String::new() };
    for part in [head, notice, refusals, losses.text, money, folded.text, foot] {
        out.write_all(part.as_bytes())?;
    }
    Ok(())
}

fn head(plan: &Plan) -> String {
    let counts = words::counts_words(&plan.summary.counts);
    let centers = words::centers(plan, |text| Markdown(text).to_string());
    let centers = if centers.is_empty() { "no center".to_owned() } else { fitting(&centers, 1500) };
    if plan.is_empty() {
        return format!("### Bursar plan: nothing to change\n\nLooked: {centers}.\n\n");
    }
    let causes = words::causes(plan).map_or_else(String::new, |causes| format!(" Causes: {causes}."));
    format!("### Bursar plan: {counts}\n\nFor {centers}.{causes}\n\n")
}

/// As many items as fit, and how many more there are.
fn fitting(items: &[String], most: usize) -> String {
    let mut text = String::new();
    for (i, item) in items.iter().enumerate() {
        if text.len() + item.len() > most {
            let rest = items.len() - i;
            return if i == 0 { format!("{rest} centers") } else { format!("{text} and {rest} more") };
        }
        if i > 0 {
            text.push_str(", ");
        }
        text.push_str(item);
    }
    text
}

fn refusals(plan: &Plan) -> String {
    if plan.refusals.is_empty() {
        return String::new();
    }
    let mut text = "**Refused.** This plan goes over a guardrail and is not applied as it stands:\n\n".to_owned();
    for refusal in &plan.refusals {
        let _ = write!(text, "- {}: ", Markdown(&refusal.message));
        let way = match &refusal.allow {
            Some(allow) => format!("consent to exactly this with {}\n", Markdown(&format!("--allow {allow}"))),
            None => format!("{}\n", words::no_consent(refusal)),
        };
        text.push_str(&way);
    }
    text.push('\n');
    text
}

fn money(plan: &Plan) -> String {
    let lines: Vec<String> = words::money(&plan.summary.worst_case);
    format!("**Worst case:** {}\n\n", lines.join(" · "))
}

fn foot(plan: &Plan) -> String {
    if plan.is_empty() {
        return String::new();
    }
    let calls = words::calls(plan, |text| Markdown(text).to_string());
    let calls = if calls.is_empty() { String::new() } else { format!("Requests: {}. ", fitting(&calls, 1500)) };
    format!("{calls}Plan `{}`.\n", plan.hash)
}

fn notice(cut: &[(usize, &str)]) -> String {
    let mut counts: Vec<(usize, &str)> = Vec::new();
    for (count, what) in cut {
        match counts.iter_mut().find(|(_, other)| other == what) {
            Some((sum, _)) => *sum += count,
            None => counts.push((*count, what)),
        }
    }
    let cut: Vec<String> = counts.iter().map(|(count, what)| format!("{count} {what}")).collect();
    format!(
        "**Cut to fit: {} left out. What stands here is not an approval record;** the whole plan is what \
         `bursar plan --format json` writes.\n\n",
        cut.join(", ")
    )
}

/// What stands where not even the head fits.
fn stub(plan: &Plan, budget: usize) -> String {
    let text = format!(
        "Bursar plan: {}, {}. Cut to fit; not an approval record.\n",
        words::count_words(plan.changes.len(), "change", "changes"),
        words::count_words(plan.refusals.len(), "refusal", "refusals"),
    );
    text.chars()
        .scan(0, |used, c| {
            *used += c.len_utf8();
            (*used <= budget).then_some(c)
        })
        .collect()
}

/// A part of the page that may be cut.
struct Page {
    text: String,
    left: usize,
    full: bool,
    cut: Vec<(usize, &'static str)>,
}

impl Page {
    fn new(left: usize) -> Self {
        Self { text: String::new(), left, full: false, cut: Vec::new() }
    }

    /// Writes as many rows between `open` and `close` as fit. After the first cut nothing more is written, so that
    /// what is left out is always what matters least.
    fn block(&mut self, open: &str, rows: impl ExactSizeIterator<Item = String>, close: &str, what: &'static str) {
        let all = rows.len();
        let mut body = String::new();
        let mut written = 0;
        if !self.full {
            for row in rows {
                if open.len() + body.len() + row.len() + close.len() > self.left {
                    break;
                }
                body.push_str(&row);
                written += 1;
            }
        }
        if written > 0 {
            self.left -= open.len() + body.len() + close.len();
            for part in [open, &body, close] {
                self.text.push_str(part);
            }
        }
        if written < all {
            self.full = true;
            self.cut.push((all - written, what));
        }
    }

    /// A table with what stands open first and the rest folded.
    fn table(&mut self, title: &str, plan: &Plan, changes: &[&Change], what: &'static str) {
        const COLUMNS: &str = "| | who | before | after | why | source |\n| --- | --- | --- | --- | --- | --- |\n";
        let (open, folded) = changes.split_at(changes.len().min(OPEN));
        let row = |change: &&Change| row(plan, change);
        self.block(&format!("{title}{COLUMNS}"), open.iter().map(row), "\n", what);
        if !folded.is_empty() {
            let head = format!("<details><summary>{} more</summary>\n\n{COLUMNS}", folded.len());
            self.block(&head, folded.iter().map(row), "\n</details>\n\n", what);
        }
    }
}

/// The changes that Bursar makes, by what they mean and by pool.
fn body(page: &mut Page, plan: &Plan) {
    let sections: [(&str, &[Effect]); 3] = [
        ("Revocations and cuts", &[Effect::Revokes, Effect::Cuts]),
        ("Raises and grants", &[Effect::Raises, Effect::Grants]),
        ("Other changes", &[Effect::Neutral]),
    ];
    for (title, effects) in sections {
        let mut changes: Vec<&Change> = plan.changes.iter().filter(|change| effects.contains(&change.effect)).collect();
        by_pool(&mut changes);
        for (i, group) in changes.chunk_by(|a, b| (&a.center, &a.pool) == (&b.center, &b.pool)).enumerate() {
            let heading = if i == 0 { format!("#### {title}\n\n") } else { String::new() };
            page.table(&format!("{heading}{}\n\n", place(group)), plan, group, "changes");
        }
    }
}

fn by_pool(changes: &mut [&Change]) {
    changes.sort_by(|a, b| {
        (&a.center, &a.pool, a.effect, a.kind, &a.subject, &a.alert)
            .cmp(&(&b.center, &b.pool, b.effect, b.kind, &b.subject, &b.alert))
    });
}

fn place(group: &[&Change]) -> String {
    group.first().map_or_else(String::new, |change| {
        format!("{} / {}", Markdown(change.center.as_str()), Markdown(change.pool.as_str()))
    })
}

fn verb(change: &Change) -> &'static str {
    match (change.effect, &change.delivery) {
        (_, Delivery::Assert) => "differs",
        (Effect::Revokes, _) => "revoked",
        (Effect::Cuts, _) => "cut",
        (Effect::Raises, _) => "raised",
        (Effect::Grants, _) => "granted",
        (Effect::Neutral, _) => "changed",
    }
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Own(text) => text.clone(),
        Cell::Foreign(text) => Markdown(text).to_string(),
    }
}

fn row(plan: &Plan, change: &Change) -> String {
    let mut text = String::new();
    for (i, row) in words::rows(change, words::periods(plan, change)).iter().enumerate() {
        let who = match &change.subject {
            Some(subject) => Markdown(subject.name()).to_string(),
            None => cell(&row.who),
        };
        let mut after = cell(&row.after);
        if let Some(worth) = &row.worth {
            after = format!("{after} ({worth})");
        }
        let (mut why, mut source) = (Vec::new(), String::new());
        if i == 0 {
            why.extend(words::why(change).map(str::to_owned));
            why.extend(row.stranger.then(|| "not in the files".to_owned()));
            why.extend(matches!(change.delivery, Delivery::Manual { .. }).then(|| "by hand".to_owned()));
            why.extend(hits(change));
            why.extend(words::record(change).map(|record| format!("the center's record: {}", Markdown(&record))));
            source = change
                .source
                .as_ref()
                .map_or_else(String::new, |source| Markdown(&source.to_string()).to_string());
            match words::written(change) {
                Some((commit, Some(author))) => source = format!("{source} {commit} {}", Markdown(&author)),
                Some((commit, None)) => source = format!("{source} {commit}"),
                None => {}
            }
        }
        let (verb, before, why) = (verb(change), cell(&row.before), why.join(", "));
        let _ = writeln!(text, "| {verb} | {who} | {before} | {after} | {why} | {source} |");
    }
    text
}

fn hits(change: &Change) -> Option<String> {
    let people = &change.people;
    if people.is_empty() {
        return None;
    }
    let mut names: Vec<String> =
        people.iter().take(NAMES).map(|subject| Markdown(subject.name()).to_string()).collect();
    if people.len() > NAMES {
        names.push(format!("and {} more", people.len() - NAMES));
    }
    Some(format!("hits {}: {}", words::people_words(people.len()), names.join(", ")))
}

/// What is folded away below the money: steps for a person, differences that cannot be written, and what is only told.
fn appendix(page: &mut Page, plan: &Plan) {
    let mut steps: Vec<&[String]> = plan
        .changes
        .iter()
        .filter_map(|change| match &change.delivery {
            Delivery::Manual { steps } => Some(steps.as_slice()),
            Delivery::Api | Delivery::Assert => None,
        })
        .collect();
    steps.sort_unstable();
    steps.dedup();
    for steps in steps {
        let rows = steps.iter().map(|step| format!("1. {}\n", Markdown(step)));
        page.block(
            "<details open><summary>By hand: what a person has to do</summary>\n\n",
            rows,
            "\n</details>\n\n",
            "steps",
        );
    }
    let mut asserts: Vec<&Change> = plan.asserts.iter().collect();
    by_pool(&mut asserts);
    for group in asserts.chunk_by(|a, b| (&a.center, &a.pool) == (&b.center, &b.pool)) {
        let title = format!("Differences that can only be seen, {}\n\n", place(group));
        page.table(&title, plan, group, "differences");
    }
    fold(page, "Unmanaged pools", ", never touched", &plan.unmanaged, "unmanaged pools", |pool| {
        format!("- {} / {}\n", Markdown(pool.center.as_str()), Markdown(&pool.pool))
    });
    fold(page, "Notes", "", &plan.notes, "notes", |note| {
        format!("- {}: {}\n", Markdown(note.center.as_str()), Markdown(&note.message))
    });
}

fn fold<T>(page: &mut Page, title: &str, more: &str, items: &[T], what: &'static str, row: impl Fn(&T) -> String) {
    let open = format!("<details><summary>{title} ({}){more}</summary>\n\n", items.len());
    page.block(&open, items.iter().map(row), "\n</details>\n\n", what);
}
