//! A runbook as it comes back from a person: the steps, and which of them are ticked. Nothing in it is trusted beyond
//! its form: what it says is held against the files by whoever reads it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Runbook, SCHEMA};

/// The version of the JSON that the page of a runbook exports.
pub const CONFIRMATION: &str = "bursar.confirmation.v1";

/// The most bytes of a runbook: 20,000 items take less than 16 MiB.
pub const MAX_BYTES: u64 = 64 << 20;
/// The most items of a runbook.
const MAX_ITEMS: usize = 200_000;
/// The most steps of a runbook.
const MAX_STEPS: usize = 20_000;

const OPENING: &str = "<!-- bursar.runbook.v1 ";

/// Where an item is: the position of its step, and its own within the step.
pub type Position = (usize, usize);

/// A runbook with its ticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticked {
    /// The runbook.
    pub runbook: Runbook,
    /// What is ticked. Nothing where the file is of a kind that keeps no ticks.
    pub done: Option<BTreeSet<Position>>,
    /// The keys of controls that somebody did not find in the console.
    pub missing: BTreeSet<String>,
    /// What was ticked in a way that two people may read differently, in words.
    pub notes: Vec<String>,
}

/// Why a text is no runbook.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Nothing in it is one.
    #[error("there is no runbook in it")]
    NoRunbook,
    /// More than one.
    #[error("there are two runbooks in it")]
    Two,
    /// The JSON in it is none, or not of this version.
    #[error("the runbook in it cannot be read: {0}")]
    Json(String),
    /// It is of another version.
    #[error("it is of the version `{0}`")]
    Version(String),
    /// It is larger than any that Bursar writes.
    #[error("it has more than {0}")]
    TooLarge(String),
    /// Its parts do not belong together.
    #[error("{0}")]
    Inconsistent(String),
}

impl ReadError {
    /// What to do next.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NoRunbook | Self::Json(_) => {
                "give a runbook as `bursar apply` wrote it (Markdown or HTML), or what its page exported; the comment at \
                 the end of the Markdown belongs to it"
            }
            Self::Two => "give one runbook at a time",
            Self::Version(_) => "make the runbook anew with this version of Bursar",
            Self::TooLarge(_) => "make runbooks of a part, with `bursar plan --center` or `--pool`",
            Self::Inconsistent(_) => "make the runbook anew: this one was changed beyond its ticks",
        }
    }
}

#[derive(Deserialize)]
struct Confirmation {
    runbook: Runbook,
    done: BTreeSet<String>,
    #[serde(default)]
    missing: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Versioned {
    schema: String,
}

/// Reads a runbook: its Markdown, its HTML, its JSON, or what its page exported.
///
/// # Errors
/// [`ReadError`] where it is none of them, or is not as Bursar writes it.
pub fn read(text: &str) -> Result<Ticked, ReadError> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let start: String = text.chars().take(15).flat_map(char::to_lowercase).collect();
    if text.starts_with('{') {
        return json(text);
    }
    if start.starts_with("<!doctype html") || start.starts_with("<html") {
        let runbook = runbook(between(text, &["id=\"runbook\">", "id=runbook>"], "</script")?)?;
        return Ok(Ticked { runbook, done: None, missing: BTreeSet::new(), notes: Vec::new() });
    }
    let runbook = runbook(between(text, &[OPENING], "-->")?)?;
    markdown(runbook, text)
}

/// What stands behind the one opening and before its end.
fn between<'t>(text: &'t str, openings: &[&str], end: &str) -> Result<&'t str, ReadError> {
    let found: Vec<(usize, &str)> = openings.iter().flat_map(|opening| text.match_indices(opening)).take(2).collect();
    let (at, opening) = match found.as_slice() {
        [] => return Err(ReadError::NoRunbook),
        [one] => *one,
        _ => return Err(ReadError::Two),
    };
    let rest = text.get(at + opening.len()..).unwrap_or_default();
    let length = rest.find(end).ok_or(ReadError::NoRunbook)?;
    Ok(rest.get(..length).unwrap_or_default().trim())
}

fn parsed<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, ReadError> {
    serde_json::from_str(text).map_err(|error| ReadError::Json(error.to_string()))
}

fn runbook(text: &str) -> Result<Runbook, ReadError> {
    let Versioned { schema } = parsed(text)?;
    if schema != SCHEMA {
        return Err(ReadError::Version(schema));
    }
    sound(parsed(text)?)
}

fn json(text: &str) -> Result<Ticked, ReadError> {
    let Versioned { schema } = parsed(text)?;
    if schema == SCHEMA {
        return Ok(Ticked { runbook: runbook(text)?, done: None, missing: BTreeSet::new(), notes: Vec::new() });
    }
    if schema != CONFIRMATION {
        return Err(ReadError::Version(schema));
    }
    let Confirmation { runbook, done, missing } = parsed(text)?;
    if runbook.schema != SCHEMA {
        return Err(ReadError::Version(runbook.schema));
    }
    let runbook = sound(runbook)?;
    let mut unknown: BTreeSet<&str> = done.iter().map(String::as_str).collect();
    let mut positions = BTreeSet::new();
    for (s, step) in runbook.steps.iter().enumerate() {
        for (i, item) in step.items.iter().enumerate().filter(|(_, item)| done.contains(&item.id)) {
            unknown.remove(item.id.as_str());
            positions.insert((s, i));
        }
    }
    if let Some(id) = unknown.first() {
        return Err(ReadError::Inconsistent(format!("`{id}` is said to be done, and is no item of the runbook")));
    }
    Ok(Ticked { runbook, done: Some(positions), missing, notes: Vec::new() })
}

/// Holds a runbook against what every runbook is.
fn sound(runbook: Runbook) -> Result<Runbook, ReadError> {
    let inconsistent = |what: String| Err(ReadError::Inconsistent(what));
    if runbook.steps.len() > MAX_STEPS {
        return Err(ReadError::TooLarge(format!("{MAX_STEPS} steps")));
    }
    if runbook.steps.iter().map(|step| step.items.len()).sum::<usize>() > MAX_ITEMS {
        return Err(ReadError::TooLarge(format!("{MAX_ITEMS} items")));
    }
    if runbook.plan.len() < 12 || !runbook.plan.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return inconsistent("the plan that it names is no hash".to_owned());
    }
    let mut numbers = BTreeSet::new();
    for step in &runbook.steps {
        if !numbers.insert(step.number) {
            return inconsistent(format!("two steps have the number {}", step.number));
        }
        if !runbook.centers.contains_key(&step.center) {
            return inconsistent(format!("it says nothing of the center `{}` of step {}", step.center, step.number));
        }
    }
    Ok(runbook)
}

/// Reads the ticks of Markdown: of `- [x] … <!-- s2 -->` and `- [x] … <!-- s2.i1 -->`.
fn markdown(runbook: Runbook, text: &str) -> Result<Ticked, ReadError> {
    let by_number: BTreeMap<u32, usize> = runbook.steps.iter().enumerate().map(|(s, step)| (step.number, s)).collect();
    let mut steps = BTreeSet::new();
    let mut items = BTreeSet::new();
    // The names of a step stand in a fence, as the center has them: no name ticks a box.
    let mut fence = None;
    for line in text.lines() {
        let backticks = line.trim_start().chars().take_while(|c| *c == '`').count();
        match fence {
            Some(opened) if backticks >= opened && line.trim().len() == backticks => fence = None,
            None if backticks >= 3 => fence = Some(backticks),
            _ => {}
        }
        if fence.is_some() {
            continue;
        }
        let Some((ticked, number, item)) = tick(line) else { continue };
        let step = by_number.get(&number).and_then(|s| Some((*s, runbook.steps.get(*s)?)));
        let Some((s, step)) = step else {
            return Err(ReadError::Inconsistent(format!("there is a box for step {number}, and no such step")));
        };
        match item {
            None if ticked => _ = steps.insert(s),
            Some(i) if i == 0 || i > step.items.len() => {
                let what = format!("there is a box for item {i} of step {number}, and no such item");
                return Err(ReadError::Inconsistent(what));
            }
            Some(i) if ticked => _ = items.insert((s, i - 1)),
            _ => {}
        }
    }
    let mut done = items.clone();
    let mut notes = Vec::new();
    for s in steps {
        let Some(step) = runbook.steps.get(s) else { continue };
        let own = items.range((s, 0)..(s + 1, 0)).count();
        if own == 0 {
            done.extend((0..step.items.len()).map(|i| (s, i)));
        } else if own < step.items.len() {
            // Whoever ticked some of them may have meant just these.
            notes.push(format!(
                "step {} is ticked, and only {own} of its {} items are: only these count",
                step.number,
                step.items.len()
            ));
        }
    }
    Ok(Ticked { runbook, done: Some(done), missing: BTreeSet::new(), notes })
}

/// A box of a list with its mark at the end: whether it is ticked, the step, and the item within it.
fn tick(line: &str) -> Option<(bool, u32, Option<usize>)> {
    let line = line.trim();
    let rest = line.strip_prefix(['-', '*', '+'])?.trim_start().strip_prefix('[')?;
    let (state, rest) = (rest.chars().next()?, rest.get(1..)?.strip_prefix(']')?);
    let ticked = match state {
        'x' | 'X' => true,
        ' ' => false,
        _ => return None,
    };
    let mark = rest.strip_suffix("-->")?.trim_end();
    let mark = mark.rsplit_once("<!--")?.1.trim().strip_prefix('s')?;
    let (step, item) = match mark.split_once(".i") {
        Some((step, item)) => (step, Some(item.parse().ok()?)),
        None => (mark, None),
    };
    Some((ticked, step.parse().ok()?, item))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::runbook::embedded;

    fn book() -> Runbook {
        let item = |name: &str| {
            serde_json::json!({
                "id": format!("design/ai/grants/{name}"), "pool": "ai", "name": format!("{name}@acme.example"),
                "member": name, "says": "no access → 500 credits",
                "sets": { "person": { "identity": format!("{name}@acme.example"), "level": "500 credits" } },
            })
        };
        let step = |number: u32, names: &[&str]| {
            serde_json::json!({
                "number": number, "center": "design", "control": "cap_amount", "title": "Set <!-- s9 --> 500",
                "clicks": [], "select": "items", "seconds": 30,
                "items": names.iter().map(|name| item(name)).collect::<Vec<_>>(),
            })
        };
        serde_json::from_value(serde_json::json!({
            "schema": SCHEMA, "made_at": "2026-11-22T10:00:00Z", "plan": "3f2a9c01b2c4d5e6",
            "centers": { "design": { "provider": "figma", "identity": "figma acme", "basis": "9b1c" } },
            "steps": [step(1, &["alice", "bob"]), step(2, &["carol"])],
        }))
        .unwrap()
    }

    fn page(ticks: &str) -> String {
        format!("# Runbook\n{ticks}\n<!-- {SCHEMA} {} -->\n", embedded(&book()).unwrap())
    }

    fn done(text: &str) -> Vec<Position> {
        read(text).unwrap().done.unwrap().into_iter().collect()
    }

    #[test]
    fn ticks_are_read() {
        assert_eq!(done(&page("- [ ] **Step 1.** <!-- s1 -->\n  - [ ] bob <!-- s1.i2 -->")), []);
        assert_eq!(done(&page("- [x] **Step 1.** <!-- s1 -->\n  - [ ] bob <!-- s1.i2 -->")), [(0, 0), (0, 1)]);
        assert_eq!(done(&page("- [ ] **Step 1.** <!-- s1 -->\r\n  - [X] bob <!-- s1.i2 -->\r\n")), [(0, 1)]);
        assert_eq!(done(&page("* [x] evil <!-- s1.i1 --> really <!-- s2.i1 -->")), [(1, 0)]);
        assert_eq!(done(&page("  - [x] no mark\n- [y] odd <!-- s2 -->\n[x] <!-- s2 -->")), []);
        let named =
            "  ````text\n  - [x] evil <!-- s2 -->\n  ```\n  - [x] evil <!-- s2 -->\n  ````\n- [x] <!-- s1.i1 -->";
        assert_eq!(done(&page(named)), [(0, 0)]);
        let both = read(&page("- [x] 1 <!-- s1 -->\n  - [x] a <!-- s1.i1 -->\n  - [ ] b <!-- s1.i2 -->")).unwrap();
        assert_eq!(both.done.unwrap().into_iter().collect::<Vec<_>>(), [(0, 0)]);
        assert_eq!(both.notes, ["step 1 is ticked, and only 1 of its 2 items are: only these count"]);
    }

    #[test]
    fn html_and_exports_are_read() {
        let json = embedded(&book()).unwrap();
        let html = format!("<!DOCTYPE html>\n<script type=\"application/json\" id=\"runbook\">{json}</script>");
        let read_html = read(&html).unwrap();
        assert_eq!((read_html.runbook, read_html.done), (book(), None));
        let export = |done: &str| {
            format!(
                "{{\"schema\":\"{CONFIRMATION}\",\"runbook\":{json},\"done\":[{done}],\"missing\":[\"cap_amount\"]}}"
            )
        };
        let ticked = read(&export("\"design/ai/grants/bob\"")).unwrap();
        assert_eq!(ticked.done.unwrap().into_iter().collect::<Vec<_>>(), [(0, 1)]);
        assert_eq!(ticked.missing.into_iter().collect::<Vec<_>>(), ["cap_amount"]);
        assert!(matches!(read(&export("\"design/ai/grants/eve\"")), Err(ReadError::Inconsistent(_))));
    }

    #[test]
    fn what_is_no_runbook_is_refused() {
        let two = format!("{}{}", page(""), page(""));
        let other = page("").replace("\\u002e", ".").replace("bursar.runbook.v1\"", "bursar.runbook.v9\"");
        for (text, error) in [
            (String::new(), "there is no runbook in it"),
            ("# nothing".to_owned(), "there is no runbook in it"),
            (format!("{OPENING}{{}} -->"), "the runbook in it cannot be read"),
            (format!("{OPENING}{{"), "there is no runbook in it"),
            (two, "there are two runbooks in it"),
            (other, "it is of the version `bursar.runbook.v9`"),
            ("{\"schema\":\"x\"}".to_owned(), "it is of the version `x`"),
            (page("- [x] <!-- s7 -->"), "there is a box for step 7, and no such step"),
            (page("- [ ] <!-- s1.i3 -->"), "there is a box for item 3 of step 1"),
            (page("- [ ] <!-- s1.i0 -->"), "there is a box for item 0 of step 1"),
        ] {
            let found = read(&text).unwrap_err();
            assert!(found.to_string().starts_with(error), "{text}\n{found}");
            assert!(!found.help().is_empty());
        }
    }
}
