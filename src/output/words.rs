//! A change in words, the same for a terminal and for Markdown: who, what before, what after, and why.

use std::fmt;

use crate::model::worst_case::{ByUnit, WorstCase};
use crate::model::{
    Amount, Budget, Cap, CenterId, Expiry, Grant, INCLUDED_USAGE, Limit, Membership, Origin, Others, Period, Recipient,
    Subject, Unit,
};
use crate::plan::{
    Calls, Cause, Change, Counts, Credits, Effect, Kind, Money, Object, Periods, Plan, PoolObject, Refusal,
};

/// What is said of a change that was made and that the center does not show afterwards.
pub(super) const NOT_EFFECTIVE: &str = "written but not effective: the center still shows the old value";

/// A piece of text, by who wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// Our own words, numbers and ids: nothing in it needs an escape.
    Own(String),
    /// Somebody else's text: it is escaped by every format.
    Foreign(String),
}

/// One thing that a change does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Who, or which setting.
    pub(super) who: Cell,
    /// Whether it is somebody whom the files do not know.
    pub(super) stranger: bool,
    /// What holds now.
    pub(super) before: Cell,
    /// What will hold.
    pub(super) after: Cell,
    /// By how much an amount grows or shrinks.
    pub(super) worth: Option<String>,
}

fn own(text: impl Into<String>) -> Cell {
    Cell::Own(text.into())
}

/// How often an amount starts again, within a sentence: `a month`.
pub(super) fn each(period: Option<Period>) -> &'static str {
    match period {
        Some(Period::Daily) => " a day",
        Some(Period::Weekly) => " a week",
        Some(Period::Monthly) => " a month",
        Some(Period::Quarterly) => " a quarter",
        Some(Period::Yearly) => " a year",
        Some(Period::Lifetime) => " in all",
        None => "",
    }
}

/// The end of an amount per period: `/month`.
pub(super) fn per(period: Option<Period>) -> &'static str {
    match period {
        Some(Period::Daily) => "/day",
        Some(Period::Weekly) => "/week",
        Some(Period::Monthly) => "/month",
        Some(Period::Quarterly) => "/quarter",
        Some(Period::Yearly) => "/year",
        Some(Period::Lifetime) => " in all",
        None => "",
    }
}

/// A cap, per period: `500 credits/month`.
pub(super) fn cap_words(cap: Cap, period: Option<Period>) -> String {
    match cap {
        Cap::Amount(amount) => format!("{amount}{}", per(period)),
        Cap::Unlimited => "unlimited".to_owned(),
        Cap::Inherit => "the pool's default cap".to_owned(),
    }
}

fn limit_words(limit: Option<Limit>, period: Option<Period>) -> String {
    match limit {
        Some(Limit::Amount(amount)) => format!("{amount}{}", per(period)),
        Some(Limit::None) => "no limit".to_owned(),
        None => "not known".to_owned(),
    }
}

/// The signed difference of two amounts of one unit.
pub(super) fn worth(before: Option<Amount>, after: Option<Amount>) -> Option<String> {
    let (before, after) = (before?, after?);
    if before.unit() != after.unit() || before == after {
        return None;
    }
    let (sign, more, less) = if after > before { ('+', after, before) } else { ('−', before, after) };
    let difference = more.value().checked_sub(less.value())?;
    let difference = Amount::new(difference, after.unit()).ok()?;
    Some(format!("{sign}{}", difference.grouped()))
}

/// The periods of the pool that a change is about.
pub(super) fn periods(plan: &Plan, change: &Change) -> Periods {
    plan.periods
        .get(&change.center)
        .and_then(|pools| pools.get(&change.pool))
        .copied()
        .unwrap_or_default()
}

/// Everything that a change does, in rows.
pub(super) fn rows(change: &Change, periods: Periods) -> Vec<Row> {
    let row = |who, before, after| Row { who, stranger: false, before, after, worth: None };
    match (change.kind, &change.before, &change.after) {
        (Kind::PoolCreate, _, Some(Object::Pool(pool))) => {
            let mut rows = vec![row(own("the pool"), own("nothing"), own(pool_words(pool)))];
            if let Some(description) = pool.description.as_ref().filter(|text| !text.is_empty()) {
                rows.push(row(own("description"), own("none"), Cell::Foreign(description.clone())));
            }
            rows
        }
        (Kind::PoolDelete, Some(Object::Pool(pool)), _) => {
            let people = match (change.losing().count(), change.kept.len()) {
                (lose, 0) => people_words(lose),
                (0, kept) => format!("{}, with the same right elsewhere", people_words(kept)),
                (lose, kept) => format!("{}, and {kept} more with the same right elsewhere", people_words(lose)),
            };
            vec![row(own("the whole pool"), own(format!("{}; {people}", pool_words(pool))), own("deleted"))]
        }
        (_, Some(Object::Pool(before)), Some(Object::Pool(after))) => {
            // The description is what matters least.
            let (last, first): (Vec<_>, Vec<_>) = change.fields.iter().partition(|field| **field == "description");
            first.into_iter().chain(last).map(|field| pool_row(field, before, after)).collect()
        }
        (_, before, after) if change.subject.is_some() => {
            vec![grant_row(change, grant(before.as_ref()), grant(after.as_ref()), periods)]
        }
        (Kind::OthersUpdate, before, after) => {
            let words = |object: &Option<Object>, period| match object {
                Some(Object::Others(Others::Blocked)) => "blocked".to_owned(),
                Some(Object::Others(Others::Cap(cap))) => format!("{} each", cap_words(*cap, period)),
                _ => "not known".to_owned(),
            };
            let amount = |object: &Option<Object>| match object {
                Some(Object::Others(Others::Cap(cap))) => cap.amount(),
                _ => None,
            };
            let worth = worth(amount(before), amount(after)).filter(|_| periods.before == periods.after);
            let (before, after) = (words(before, periods.before), words(after, periods.after));
            vec![Row { worth, ..row(own("everybody else"), own(before), own(after)) }]
        }
        (_, before, after) => {
            let who = change.alert.map_or_else(|| "alert".to_owned(), |key| format!("alert at {key}"));
            vec![row(own(who), alert_cell(before.as_ref()), alert_cell(after.as_ref()))]
        }
    }
}

/// How somebody may spend whom no grant names, where that is something.
pub(super) const AS_OTHERS: &str = "as everybody else";

/// Whether the person of a change could spend as one of the others until now.
pub(super) fn was_other(change: &Change) -> bool {
    let nothing = |grant: &Grant| grant.cap.and_then(|cap| cap.amount()).is_some_and(|amount| amount.value().is_zero());
    change.kind == Kind::GrantAdd
        && match change.effect {
            Effect::Revokes | Effect::Cuts | Effect::Raises => true,
            Effect::Neutral => grant(change.after.as_ref()).is_some_and(|grant| !nothing(grant)),
            Effect::Grants => false,
        }
}

/// Whether the person of a change may spend as one of the others from now on: then a grant that goes is no right that
/// does.
pub(super) fn is_other(change: &Change) -> bool {
    change.kind == Kind::GrantRevoke && change.effect != Effect::Revokes
}

pub(super) fn grant(object: Option<&Object>) -> Option<&Grant> {
    match object {
        Some(Object::Grant(grant)) => Some(grant),
        _ => None,
    }
}

fn grant_row(change: &Change, before: Option<&Grant>, after: Option<&Grant>, periods: Periods) -> Row {
    let subject = change.subject.as_ref();
    let other = was_other(change) || is_other(change);
    let words = |grant: Option<&Grant>, period: Option<Period>, unknown: &str| {
        let Some(grant) = grant else { return if other { AS_OTHERS } else { "nothing" }.to_owned() };
        grant
            .cap
            .map_or_else(|| unknown.to_owned(), |cap| cap_words(cap, grant.period.or(period)))
    };
    let mut old = words(before, periods.before, "not observed");
    let mut new = words(after, periods.after, "a grant without a cap of its own");
    let ends = |grant: Option<&Grant>| grant.and_then(|grant| grant.expires);
    // An end is worth a word where it changes, and where a grant begins with one.
    if ends(before) != ends(after) {
        for (text, grant) in [(&mut old, before), (&mut new, after)] {
            match (grant, ends(grant)) {
                (Some(_), Some(Expiry::On(date))) => *text = format!("{text}, until {date}"),
                (Some(_), Some(Expiry::Never)) if before.is_some() && after.is_some() => text.push_str(", without end"),
                _ => {}
            }
        }
    }
    let amount = |grant: Option<&Grant>| grant.and_then(|grant| grant.cap).and_then(|cap| cap.amount());
    let of = |grant: Option<&Grant>, period| grant.and_then(|grant| grant.period).or(period);
    // Amounts of two periods have no difference: 400 a day is more than 500 a month.
    let comparable = before.is_none() || after.is_none() || of(before, periods.before) == of(after, periods.after);
    Row {
        who: match subject {
            Some(Subject::Member(id)) => own(id.as_str()),
            Some(Subject::Stranger(name)) => Cell::Foreign(name.to_string()),
            None => own("a grant"),
        },
        stranger: subject.is_some_and(|subject| !subject.is_known()),
        before: own(old),
        after: own(new),
        worth: worth(amount(before), amount(after)).filter(|_| comparable),
    }
}

pub(super) fn pool_words(pool: &PoolObject) -> String {
    let Budget { unit: _, period, limit, when_exhausted } = &pool.budget;
    let mut text = match limit {
        None | Some(Limit::None) => "no limit".to_owned(),
        Some(_) => limit_words(*limit, *period),
    };
    if let Some(when) = when_exhausted {
        text = format!("{text}, then {when}");
    }
    if let Some(cap) = pool.default_cap {
        text = format!("{text}; default cap {}", cap_words(cap, *period));
    }
    text
}

fn pool_row(field: &str, before: &PoolObject, after: &PoolObject) -> Row {
    let mut row = Row {
        who: own(field.strip_prefix("budget.").unwrap_or(field).replace('_', " ")),
        stranger: false,
        before: own("not known"),
        after: own("not known"),
        worth: None,
    };
    let mut set = |words: &dyn Fn(&PoolObject) -> Cell| {
        row.before = words(before);
        row.after = words(after);
    };
    let limit = |pool: &PoolObject| match pool.budget.limit {
        Some(Limit::Amount(amount)) => Some(amount),
        Some(Limit::None) | None => None,
    };
    let default = |pool: &PoolObject| pool.default_cap.and_then(|cap| cap.amount());
    match field {
        "budget.limit" => set(&|pool| own(limit_words(pool.budget.limit, pool.budget.period))),
        "budget.unit" => set(&|pool| own(pool.budget.unit.to_string())),
        "budget.period" => set(&|pool| own(pool.budget.period.map_or("not known", Period::as_str))),
        "budget.when_exhausted" => set(&|pool| own(pool.budget.when_exhausted.map_or("not known", |w| w.as_str()))),
        INCLUDED_USAGE => {
            set(&|pool| {
                pool.target
                    .get(INCLUDED_USAGE)
                    .map_or_else(|| own("not known"), |is| Cell::Foreign(is.to_owned()))
            });
        }
        "default_cap" => set(&|pool| {
            own(match pool.default_cap {
                // A default that follows the next wider rule is none of the pool's own.
                None | Some(Cap::Inherit) => "none".to_owned(),
                Some(cap) => cap_words(cap, pool.budget.period),
            })
        }),
        _ => set(&|pool| match &pool.description {
            Some(text) if !text.is_empty() => Cell::Foreign(text.clone()),
            _ => own("none"),
        }),
    }
    row.worth = match field {
        "budget.limit" => worth(limit(before), limit(after)),
        "default_cap" => worth(default(before), default(after)),
        _ => None,
    }
    .filter(|_| before.budget.period == after.budget.period);
    row
}

fn alert_cell(object: Option<&Object>) -> Cell {
    let Some(Object::Alert(_, notify)) = object else { return own("none") };
    let names: Vec<String> = notify.iter().map(Recipient::to_string).collect();
    if names.is_empty() { own("tells nobody") } else { Cell::Foreign(format!("tells {}", names.join(", "))) }
}

/// Why there is a change, where that is worth a word.
pub(super) fn why(change: &Change) -> Option<&'static str> {
    match change.cause {
        Cause::Expiry => Some("expired"),
        Cause::Drift => Some(match change.kind {
            Kind::PoolCreate | Kind::GrantAdd | Kind::AlertAdd => "removed outside review",
            Kind::PoolDelete | Kind::GrantRevoke | Kind::AlertRemove => "added outside review",
            Kind::PoolUpdate | Kind::GrantUpdate | Kind::OthersUpdate | Kind::AlertUpdate => "changed outside review",
        }),
        Cause::Config | Cause::Unattributed => None,
    }
}

/// How many characters of a name are shown: it is whatever its owner set.
pub(super) const NAME: usize = 40;

/// How many characters of a center's record are shown.
const RECORD: usize = 200;

/// Who wrote the line that asks for a change: the commit, and the author's name, which every format escapes. Shown of
/// what an edit of the files asks for; elsewhere the line is not what matters.
pub(super) fn written(change: &Change) -> Option<(String, Option<String>)> {
    if change.cause != Cause::Config {
        return None;
    }
    Some(match &**change.written.as_ref()? {
        Origin::NotCommitted => ("not committed yet".to_owned(), None),
        Origin::Commit { id, author, at: _ } => (shortened_commit(id).to_owned(), Some(shortened(author, NAME))),
    })
}

/// The first characters of a commit's id.
pub(super) fn shortened_commit(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}

/// Where the center takes somebody out of when they join; every format escapes it.
pub(super) fn leaves(change: &Change) -> Option<String> {
    let Membership { pool, name } = change.moves_from.as_ref()?;
    let name = shortened(name, NAME);
    Some(match pool {
        Some(pool) if pool.as_str() != name => format!("{name} (the pool {pool})"),
        _ => name,
    })
}

/// What the center's own record says of a change; every format escapes it.
pub(super) fn record(change: &Change) -> Option<String> {
    change.audit.as_ref().map(|record| shortened(record, RECORD))
}

/// As many characters of somebody else's text.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let mut short: String = text.chars().take(most).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// How many changes have which cause, where a base told them apart.
pub(super) fn causes(plan: &Plan) -> Option<String> {
    let count = |cause| plan.changes.iter().filter(|change| change.cause == cause).count();
    let counts = [(Cause::Config, "config"), (Cause::Drift, "drift"), (Cause::Expiry, "expiry")];
    let counts = counts.map(|(cause, word)| (count(cause), word));
    let known = counts[..2].iter().any(|(count, _)| *count > 0);
    let words: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    known.then(|| words.join(", "))
}

/// What to do about a refusal that no consent lets through.
pub(super) fn no_consent(refusal: &Refusal) -> &'static str {
    if refusal.actual == "0" {
        "leave that consent out"
    } else {
        "no consent lets this through; the files have to change"
    }
}

/// `1 person`, `12 people`.
pub(super) fn people_words(count: usize) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

/// `1 change`, `12 changes`.
pub(super) fn count_words(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

/// The effects of a plan in one line, the gravest first; those that do not occur are left out.
pub(super) fn counts_words(counts: &Counts) -> String {
    let Counts { revokes, cuts, grants, raises, neutral } = *counts;
    [
        (revokes, "revocation", "revocations"),
        (cuts, "cut", "cuts"),
        (raises, "raise", "raises"),
        (grants, "grant", "grants"),
        (neutral, "other change", "other changes"),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, one, many)| count_words(count, one, many))
    .collect::<Vec<_>>()
    .join(", ")
}

/// What a section of changes with one effect is called.
pub(super) fn title(effect: Effect) -> &'static str {
    match effect {
        Effect::Revokes => "Revocations",
        Effect::Cuts => "Cuts",
        Effect::Raises => "Raises",
        Effect::Grants => "Grants",
        Effect::Neutral => "Other changes",
    }
}

/// The sign in front of a change.
pub(super) fn sign(effect: Effect) -> &'static str {
    match effect {
        Effect::Revokes => "-",
        Effect::Cuts => "↓",
        Effect::Raises => "↑",
        Effect::Grants => "+",
        Effect::Neutral => "~",
    }
}

/// Every center with the account that it is, each escaped by `escape`.
pub(super) fn centers(plan: &Plan, escape: impl Fn(&str) -> String) -> Vec<String> {
    let account = |(center, identity): (&CenterId, &String)| match identity.as_str() {
        "" => escape(center.as_str()),
        identity => format!("{} at {}", escape(center.as_str()), escape(identity)),
    };
    plan.centers.iter().map(account).collect()
}

/// The worst case in one unit, before and after.
#[derive(Clone, Copy, Debug)]
pub(super) struct MoneyLine {
    pub(super) unit: Unit,
    pub(super) before: WorstCase,
    pub(super) after: WorstCase,
}

impl MoneyLine {
    /// By how much it grows or shrinks, where both are known and differ.
    pub(super) fn difference(&self) -> Option<String> {
        let amount = |case| match case {
            WorstCase::Bounded(amount) => Some(amount),
            WorstCase::Unbounded(_) => None,
        };
        worth(amount(self.before), amount(self.after))
    }

    /// Whether it stays what it is.
    pub(super) fn stays(&self) -> bool {
        self.before == self.after
    }
}

impl fmt::Display for MoneyLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unit, before, after } = self;
        if self.stays() {
            write!(f, "{after} {unit}/month, as before")
        } else {
            write!(f, "{before} → {after} {unit}/month")
        }
    }
}

/// The worst case by unit.
pub(super) fn money_lines(money: &Money) -> Vec<MoneyLine> {
    lines_of(&money.before, &money.after)
}

pub(super) fn lines_of(before: &ByUnit, after: &ByUnit) -> Vec<MoneyLine> {
    let mut units: Vec<Unit> = before.keys().chain(after.keys()).copied().collect();
    units.sort_unstable();
    units.dedup();
    let case = |cases: &ByUnit, unit| cases.get(&unit).copied().unwrap_or(WorstCase::Bounded(Amount::zero(unit)));
    units
        .into_iter()
        .map(|unit| MoneyLine { unit, before: case(before, unit), after: case(after, unit) })
        .collect()
}

/// Whose credits are in a sum of credits: `figma 40,000 → 42,500, github 1,000`.
pub(super) fn whose_credits(money: &Money) -> Option<String> {
    let whose = |(provider, credits): (&String, &Credits)| {
        let Credits { before, after } = credits;
        if before == after { format!("{provider} {after}") } else { format!("{provider} {before} → {after}") }
    };
    let parts: Vec<String> = money.credits.iter().map(whose).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What the money is worth, a line per unit.
pub(super) fn worth_lines(money: &Money) -> Vec<MoneyLine> {
    money.worth.as_ref().map_or_else(Vec::new, |worth| lines_of(&worth.before, &worth.after))
}

/// A line of what the money is worth, in words.
pub(super) fn worth_words(line: &MoneyLine, text: &str) -> String {
    let bounded = |case| matches!(case, WorstCase::Bounded(_));
    if bounded(line.before) && bounded(line.after) { format!("worth at most {text}") } else { format!("worth {text}") }
}

/// The money of a plan, one sentence per unit, and what it is worth.
pub fn money(money: &Money) -> Vec<String> {
    let lines = money_lines(money);
    if lines.is_empty() {
        return vec!["nothing can be spent".to_owned()];
    }
    let whose = whose_credits(money);
    let line = |line: &MoneyLine| match &whose {
        Some(whose) if line.unit == Unit::Credits => format!("{line} ({whose})"),
        _ => line.to_string(),
    };
    let worth = worth_lines(money).into_iter().map(|line| worth_words(&line, &line.to_string()));
    lines.iter().map(line).chain(worth).collect()
}

/// How long something takes, roughly.
pub(super) fn duration(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("about {seconds} s"),
        _ => format!("about {} min", seconds.div_ceil(60)),
    }
}

/// The requests of an apply, one sentence per center that it sends some to; the names are escaped by `escape`.
pub(super) fn calls(plan: &Plan, escape: impl Fn(&str) -> String) -> Vec<String> {
    plan.calls
        .iter()
        .filter(|(_, calls)| **calls != Calls::default())
        .map(|(center, calls)| {
            let reads = usize::try_from(calls.reads).unwrap_or(usize::MAX);
            let writes = usize::try_from(calls.writes).unwrap_or(usize::MAX);
            let text = format!(
                "{}: {}, {}",
                escape(center.as_str()),
                count_words(reads, "read", "reads"),
                count_words(writes, "write", "writes")
            );
            if calls.seconds > 0 { format!("{text}, {}", duration(calls.seconds)) } else { text }
        })
        .collect()
}
