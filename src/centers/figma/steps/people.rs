//! Levels of people: *Paid AI credit access*, one person (A) or many (B).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Amount, Cap, ControlName, Limit, Observed, Scope, Subject};
use crate::plan::{Change, Click, Effect, Item, Object, Select, Sets, Step};

use super::{CHOOSE, FILTER, LISTED, NUMBER, OPEN, TICK, open, press, say};

/// What a person's access can be set to. No access comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// *Full access*.
    Full,
    /// *Custom credit limit*, the largest first.
    Limit(Reverse<Amount>),
    /// *No access*.
    None,
}

impl Level {
    /// The level of a grant, or of there being none; nothing where Figma has no such level.
    pub(super) fn of(object: Option<&Object>) -> Option<Self> {
        match object {
            None => Some(Self::None),
            Some(Object::Grant(grant)) => match grant.cap {
                Some(Cap::Unlimited) | None => Some(Self::Full),
                // Nobody knows whether the slider goes to zero, and this means the same.
                Some(Cap::Amount(amount)) if amount.is_zero() => Some(Self::None),
                Some(Cap::Amount(amount)) => Some(Self::Limit(Reverse(amount))),
                Some(Cap::Inherit) => None,
            },
            Some(_) => None,
        }
    }

    /// The label in the console.
    fn label(self) -> &'static str {
        match self {
            Self::Full => "Full access",
            Self::Limit(_) => "Custom credit limit",
            Self::None => "No access",
        }
    }

    fn words(self) -> String {
        match self {
            Self::Limit(Reverse(amount)) => format!("{} {}", self.label(), amount.grouped()),
            Self::Full | Self::None => self.label().to_owned(),
        }
    }

    fn record(self) -> String {
        match self {
            Self::Full => "unlimited".to_owned(),
            Self::Limit(Reverse(amount)) => Sets::limit_words(Limit::Amount(amount)),
            Self::None => "none".to_owned(),
        }
    }
}

/// When a level is set: who gains first, who loses last.
fn rank(level: Level, change: &Change) -> u8 {
    match change.effect {
        _ if level == Level::None => 2,
        Effect::Grants | Effect::Raises | Effect::Neutral => 0,
        Effect::Cuts => 1,
        Effect::Revokes => 2,
    }
}

/// One bulk step per level, or several where a list would get too long to tick.
pub(super) fn steps(changes: &[&Change], scope: &Scope, observed: &Observed) -> Vec<Step> {
    let mut levels: BTreeMap<Level, Vec<&Change>> = BTreeMap::new();
    for change in changes {
        if let Some(level) = Level::of(change.after.as_ref()) {
            levels.entry(level).or_default().push(change);
        }
    }
    let mut ordered: Vec<(u8, Level, Vec<&Change>)> = levels
        .into_iter()
        .map(|(level, changes)| {
            // Setting a level that somebody else is waiting for takes nothing that they would keep.
            let rank = changes.iter().map(|change| rank(level, change)).min().unwrap_or(0);
            (rank, level, changes)
        })
        .collect();
    ordered.sort_by_key(|(rank, level, _)| (*rank, *level));
    let crowd = Crowd::of(changes, scope, observed);
    ordered
        .into_iter()
        .flat_map(|(_, level, changes)| level_steps(level, &changes, scope, &crowd))
        .collect()
}

fn level_steps(level: Level, changes: &[&Change], scope: &Scope, crowd: &Crowd<'_>) -> Vec<Step> {
    let mut items: Vec<(&Change, Item)> = changes.iter().map(|change| (*change, item(level, change, scope))).collect();
    items.sort_by(|a, b| (&a.1.name, &a.1.id).cmp(&(&b.1.name, &b.1.id)));
    if let Some(keep) = crowd.all_but(level, changes) {
        let items = items.into_iter().map(|(_, item)| item).collect();
        return changes.first().map(|first| all_but(level, first, items, keep)).into_iter().collect();
    }
    let chunks = items.chunks(LISTED);
    chunks
        .filter_map(|chunk| {
            let (first, _) = chunk.first()?;
            let control = control(level, chunk.iter().map(|(change, _)| *change));
            let items: Vec<Item> = chunk.iter().map(|(_, item)| item.clone()).collect();
            Some(if items.len() == 1 { one(level, first, control, items) } else { many(level, first, control, items) })
        })
        .collect()
}

/// The control that a step needs. A level for those whom no rule names is what `others` asks.
fn control<'a>(level: Level, mut changes: impl Iterator<Item = &'a Change>) -> ControlName {
    let named = changes.any(|change| change.subject.as_ref().is_some_and(Subject::is_known));
    match level {
        Level::Limit(_) => ControlName::CapAmount,
        _ if !named => ControlName::Others,
        Level::Full => ControlName::CapUnlimited,
        Level::None => ControlName::CapZero,
    }
}

fn item(level: Level, change: &Change, scope: &Scope) -> Item {
    let subject = change.subject.as_ref();
    let identity = subject.map_or("", |subject| scope.roster.identity(subject).unwrap_or(subject.name()));
    let before = match &change.before {
        Some(Object::Grant(grant)) if grant.cap.is_none() => "not known".to_owned(),
        before => Level::of(before.as_ref()).map_or_else(|| "not known".to_owned(), Level::words),
    };
    Item {
        id: change.id(),
        pool: change.pool.clone(),
        name: identity.to_owned(),
        member: subject.and_then(|subject| match subject {
            Subject::Member(id) => Some(id.clone()),
            Subject::Stranger(_) => None,
        }),
        says: format!("{before} → {}", level.words()),
        sets: Sets::Person { identity: identity.to_owned(), level: level.record() },
    }
}

/// What is chosen in a dialog, and how it is closed.
fn choose(level: Level, close: &str) -> Click {
    let mut click = vec![say("Choose "), press(level.label())];
    if let Level::Limit(Reverse(amount)) = level {
        click.push(say(format!(", set it to {} credits a month", amount.grouped())));
    }
    if close == "confirm" {
        click.push(say(", then confirm."));
    } else {
        click.extend([say(", then "), press(close), say(".")]);
    }
    click
}

/// A: one person.
fn one(level: Level, first: &Change, control: ControlName, items: Vec<Item>) -> Step {
    let name = items.first().map_or("", |item| item.name.as_str());
    Step {
        number: 0,
        center: first.center.clone(),
        control,
        title: format!("Set {name} to {}", level.words()),
        clicks: vec![
            open(&["Admin", "People"]),
            vec![
                say("Click the name of "),
                say(name),
                say(", and in the side panel under "),
                press("AI credits"),
                say(" press "),
                press("Set limit"),
                say("."),
            ],
            choose(level, "Save"),
        ],
        select: Select::Nothing,
        note: None,
        seconds: OPEN + TICK + CHOOSE + number(level),
        items,
    }
}

/// B: several people, ticked one by one.
fn many(level: Level, first: &Change, control: ControlName, items: Vec<Item>) -> Step {
    let people = items.len();
    Step {
        number: 0,
        center: first.center.clone(),
        control,
        title: format!("Set {people} people to {}", level.words()),
        clicks: vec![
            open(&["Admin", "People"]),
            vec![say(format!("Tick the {people} people of the list."))],
            vec![say("Press "), press("Change paid AI credit access"), say(".")],
            choose(level, "confirm"),
        ],
        select: Select::Items,
        note: amount_note(level),
        seconds: OPEN + CHOOSE + number(level) + ticks(people),
        items,
    }
}

/// B, the other way round: everybody is ticked, and those who keep what they have are not.
fn all_but(level: Level, first: &Change, items: Vec<Item>, keep: Vec<String>) -> Step {
    let who = match keep.len() {
        0 => "everybody".to_owned(),
        1 => "everybody but 1 person".to_owned(),
        kept => format!("everybody but {kept} people"),
    };
    let filter = if level == Level::None { "Access enabled" } else { "All" };
    let mut clicks = vec![
        open(&["Admin", "People"]),
        vec![say("Set the access filter to "), press(filter), say(", then select all.")],
    ];
    match keep.len() {
        0 => {}
        1 => clicks.push(vec![say("Un-tick the one person of the list: they keep what they have.")]),
        kept => clicks.push(vec![say(format!("Un-tick the {kept} people of the list: they keep what they have."))]),
    }
    clicks.push(vec![say("Press "), press("Change paid AI credit access"), say(".")]);
    clicks.push(choose(level, "confirm"));
    let late = format!(
        "Whoever joined after the export was made is ticked with the rest and gets {} as well: the files ask that of \
         everybody whom they do not name.",
        level.words()
    );
    let note = amount_note(level).map_or_else(|| late.clone(), |note| format!("{late} {note}"));
    Step {
        number: 0,
        center: first.center.clone(),
        control: ControlName::Others,
        title: format!("Set {who} to {}", level.words()),
        clicks,
        seconds: OPEN + FILTER + CHOOSE + number(level) + ticks(keep.len()),
        select: Select::AllBut(keep),
        note: Some(note),
        items,
    }
}

fn number(level: Level) -> u32 {
    if matches!(level, Level::Limit(_)) { NUMBER } else { 0 }
}

fn ticks(people: usize) -> u32 {
    u32::try_from(people).unwrap_or(u32::MAX).saturating_mul(TICK)
}

/// Whether the bulk dialog takes an amount is not documented.
fn amount_note(level: Level) -> Option<String> {
    matches!(level, Level::Limit(_)).then(|| {
        "If the bulk dialog does not take an amount, do it one by one: the name, then Set limit in the side panel."
            .to_owned()
    })
}

/// Everybody in the account, as far as a bulk action by exclusion has to know them.
struct Crowd<'a> {
    scope: &'a Scope,
    observed: &'a Observed,
    /// What each person of this plan is set to.
    set: BTreeMap<&'a Subject, Level>,
    /// Who has access now, or may have.
    access: BTreeSet<&'a Subject>,
    /// Whether the pools of the files decide over everybody.
    whole: bool,
}

impl<'a> Crowd<'a> {
    fn of(changes: &[&'a Change], scope: &'a Scope, observed: &'a Observed) -> Self {
        let set: BTreeMap<&Subject, Level> = changes
            .iter()
            .filter_map(|change| Some((change.subject.as_ref()?, Level::of(change.after.as_ref())?)))
            .collect();
        let access: BTreeSet<&Subject> = observed.state.pools.values().flat_map(|pool| pool.grants.keys()).collect();
        let decided: BTreeSet<&Subject> = observed.state.pools.keys().flat_map(|pool| observed.scope(pool)).collect();
        let told =
            |subject: &Subject| decided.contains(subject) || set.contains_key(subject) || access.contains(subject);
        let whole = observed.roster.iter().all(told);
        Self { scope, observed, set, access, whole }
    }

    /// Whom to un-tick where everybody else gets a level, if that is less work than ticking and hits nobody else: only
    /// where the files decide over everybody, and nobody keeps anything whom they do not name.
    fn all_but(&self, level: Level, changes: &[&Change]) -> Option<Vec<String>> {
        let strangers = changes
            .iter()
            .any(|change| change.subject.as_ref().is_some_and(|subject| !subject.is_known()));
        if !self.whole || !strangers || changes.len() < 2 {
            return None;
        }
        let everybody: BTreeSet<&Subject> = self.observed.roster.iter().chain(self.set.keys().copied()).collect();
        let mut keep = Vec::new();
        for subject in everybody {
            let keeps = match self.set.get(subject) {
                Some(set) => *set != level,
                None if level == Level::None => self.access.contains(subject),
                None => true,
            };
            if keeps {
                if !subject.is_known() {
                    return None;
                }
                keep.push(self.scope.roster.identity(subject)?.to_owned());
            }
        }
        // Ticking has to be chunked and read line by line too, so that the filter is all that this costs more.
        (ticks(keep.len()) + FILTER < ticks(changes.len())).then_some(keep)
    }
}
