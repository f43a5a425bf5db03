//! The head of the page: what it is about, how old it is, what it comes to, and what somebody should look at.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::model::total::{Counted, nothing};
use crate::model::worst_case::{self, ByUnit};
use crate::model::{Amount, Period, Unit};
use crate::output::words::{self, MoneyLine, count_words, each};
use crate::plan::Money;

use super::data::{Attention, CenterHead, CenterState, Data, Head, Sum, Worst};
use super::facts::{Center, Facts, ReadCenter};
use super::people::Special;
use super::{HIGH, NEAR_DAYS};

/// What the page is about.
pub(super) fn of(facts: &Facts<'_>) -> Head {
    let mut head = vec![("Config", facts.config.clone())];
    if !facts.selected.is_empty() {
        head.push(("Only", facts.selected.join(", ")));
    }
    head.push(match facts.made_at {
        Some(moment) => ("Made", clock(moment)),
        None => ("As of", facts.as_of.to_string()),
    });
    if let Some((commit, differs)) = &facts.commit {
        let commit = words::shortened_commit(commit);
        head.push(("Commit", if *differs { format!("{commit}, edited since") } else { commit.to_owned() }));
    }
    head.extend(facts.base.map(|base| ("Compared with", base.to_owned())));
    if let Some(trends) = &facts.trends {
        head.push(("History", count_words(trends.snapshots, "snapshot", "snapshots")));
    }
    Head { facts: head, centers: facts.centers.iter().map(|center| of_center(facts, center)).collect() }
}

fn clock(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn of_center(facts: &Facts<'_>, center: &Center) -> CenterHead {
    let mut account = center.provider.clone();
    let (state, notes) = match &center.read {
        Err(error) => (CenterState::Unread(format!("could not be read: {error}")), Vec::new()),
        Ok(read) => {
            if !read.usage.identity.is_empty() {
                account = format!("{account}, {}", read.usage.identity);
            }
            let mut notes: Vec<String> = read.usage.notes.clone();
            notes.extend(read.plan.notes.iter().map(|note| note.message.clone()));
            let state = match &read.unread {
                Some(error) => CenterState::Half(format!("what was drawn could not be read: {error}")),
                None => CenterState::Read(age(facts, read)),
            };
            (state, notes)
        }
    };
    CenterHead { name: center.id.to_string(), account, state, notes }
}

/// How old the numbers of a center are.
fn age(facts: &Facts<'_>, read: &ReadCenter) -> String {
    let read_at = match facts.made_at {
        Some(_) => format!("as of {}", clock(read.usage.read_at)),
        None => format!("as of {}", facts.as_of),
    };
    let mut text = match (read.usage.told, read.usage.lag) {
        (false, _) => format!("{read_at}; does not show what was drawn"),
        (true, None) => format!("{read_at}, counted at once"),
        (true, Some(lag)) => format!("{read_at}; may be {} behind", lag_words(lag)),
    };
    if read.usage.zero_is_unsure {
        text.push_str("; 0 may also mean that nothing is known");
    }
    text
}

fn lag_words(lag: SignedDuration) -> String {
    let minutes = lag.as_mins().max(1);
    let count = |number: i64, one, many| count_words(usize::try_from(number).unwrap_or(usize::MAX), one, many);
    match minutes {
        0..=119 => count(minutes, "minute", "minutes"),
        120..=2879 => count(lag.as_hours(), "hour", "hours"),
        _ => count(lag.as_hours() / 24, "day", "days"),
    }
}

/// The worst case of each center, and of all of them together.
pub(super) fn worst(facts: &Facts<'_>) -> Vec<Worst> {
    let read: Vec<(&Center, &Money)> = facts
        .centers
        .iter()
        .filter_map(|center| Some((center, &center.read.as_ref().ok()?.plan.summary.worst_case)))
        .collect();
    let mut lines = Vec::new();
    for (center, money) in &read {
        lines.extend(words::money_lines(money).iter().map(|line| worst_line(Some(center), line, false)));
        lines.extend(words::worth_lines(money).iter().map(|line| worst_line(Some(center), line, true)));
    }
    if let [(_, money)] = read.as_slice() {
        // What one center comes to is what all of them do.
        let mut all: Vec<Worst> = words::money_lines(money).iter().map(|line| worst_line(None, line, false)).collect();
        all.extend(words::worth_lines(money).iter().map(|line| worst_line(None, line, true)));
        all.append(&mut lines);
        return all;
    }
    let (mut before, mut after) = (ByUnit::new(), ByUnit::new());
    for (_, money) in &read {
        add_all(&mut before, &money.before);
        add_all(&mut after, &money.after);
    }
    let mut all: Vec<Worst> = words::lines_of(&before, &after)
        .iter()
        .map(|line| worst_line(None, line, false))
        .collect();
    all.extend(worth(&read).unwrap_or_default());
    all.append(&mut lines);
    all
}

/// What everything is worth together; nothing where there are credits that no rate is for, or no credits at all.
fn worth(read: &[(&Center, &Money)]) -> Option<Vec<Worst>> {
    let (mut before, mut after) = (ByUnit::new(), ByUnit::new());
    let credits = |cases: &ByUnit| cases.get(&Unit::Credits).is_some_and(|case| !nothing(case));
    for (_, money) in read {
        let (of_before, of_after) = match &money.worth {
            Some(worth) => (&worth.before, &worth.after),
            None if credits(&money.before) || credits(&money.after) => return None,
            None => (&money.before, &money.after),
        };
        add_all(&mut before, of_before);
        add_all(&mut after, of_after);
    }
    let any = read.iter().any(|(_, money)| money.worth.is_some());
    let lines = words::lines_of(&before, &after);
    any.then(|| {
        lines
            .iter()
            .filter(|line| line.unit != Unit::Credits)
            .map(|line| worst_line(None, line, true))
            .collect()
    })
}

fn add_all(sums: &mut ByUnit, cases: &ByUnit) {
    for case in cases.values() {
        worst_case::add(sums, *case);
    }
}

fn worst_line(center: Option<&Center>, line: &MoneyLine, is_worth: bool) -> Worst {
    Worst {
        center: center.map(|center| center.id.to_string()),
        unit: line.unit.to_string(),
        now: line.before.to_string(),
        planned: line.after.to_string(),
        difference: line.difference(),
        is_worth,
    }
}

/// What credits are worth by the files.
pub(super) fn rates(facts: &Facts<'_>) -> Vec<String> {
    let rates = facts.resolved.rates.iter();
    rates.map(|(rate, amount)| format!("1 of {rate} is worth {amount}")).collect()
}

/// What was drawn in the running periods: credits of two providers are different things, and so are two periods.
pub(super) fn drawn(facts: &Facts<'_>) -> Vec<Sum> {
    #[derive(Clone, Copy)]
    struct Both {
        drawn: Amount,
        /// Nothing where a pool has none.
        budget: Option<Amount>,
        at_least: bool,
    }
    let mut sums: BTreeMap<(Counted, Option<Period>), Both> = BTreeMap::new();
    let plus = |a: Amount, b: Amount| Amount::new(a.value().checked_add(b.value())?, a.unit()).ok();
    for read in facts.centers.iter().filter_map(|center| center.read.as_ref().ok()) {
        for pool in &read.usage.pools {
            let Some(drawn) = pool.drawn else { continue };
            let one = Both { drawn, budget: pool.budget(), at_least: pool.at_least };
            let key = (Counted::of(drawn.unit(), &read.usage.provider), pool.period);
            let sum = match sums.get(&key) {
                None => one,
                Some(sum) => Both {
                    drawn: plus(sum.drawn, one.drawn).unwrap_or(sum.drawn),
                    budget: sum.budget.zip(one.budget).and_then(|(a, b)| plus(a, b)),
                    at_least: sum.at_least || one.at_least,
                },
            };
            sums.insert(key, sum);
        }
    }
    let several = sums.keys().filter(|(counted, _)| counted.unit == Unit::Credits).count() > 1;
    let words = |((counted, period), sum): (&(Counted, Option<Period>), &Both)| {
        let number = sum.drawn.grouped();
        let unit = if several { counted.to_string() } else { counted.unit.to_string() };
        let each = each(*period).trim_start();
        Sum {
            drawn: if sum.at_least { format!("{number}+") } else { number },
            of: match sum.budget {
                Some(budget) => format!("of {} {unit} {each}", budget.grouped()),
                None => format!("{unit}, {each}"),
            },
        }
    };
    sums.iter().map(words).collect()
}

/// What somebody should look at, the gravest first; nothing that does not occur.
pub(super) fn attention(facts: &Facts<'_>, data: &Data) -> Vec<Attention> {
    let unread = facts.centers.iter().filter(|center| match &center.read {
        Err(_) => true,
        Ok(read) => read.unread.is_some(),
    });
    let tagged = |tag: &str| data.pools.iter().filter(|pool| pool.tags.iter().any(|(words, _)| words == tag)).count();
    let flagged = |special: Special| data.people.flagged(special as usize);
    let one = |count: usize, one: &str, many: &str, to, grave| Attention {
        count,
        what: if count == 1 { one.to_owned() } else { many.to_owned() },
        to,
        flag: None,
        grave,
    };
    let people = |special: Special, one_is: &str, many: &str, grave| Attention {
        flag: Some(special as usize),
        ..one(flagged(special), one_is, many, "people", grave)
    };
    let differences = data.differences.rows.len();
    let over = format!("over {HIGH} %");
    let all = [
        one(unread.count(), "center not read whole", "centers not read whole", "centers", true),
        one(tagged("used up"), "pool used up", "pools used up", "pools", true),
        people(Special::CapReached, "cap reached", "caps reached", true),
        one(
            tagged("will be used up"),
            "pool used up before its period ends",
            "pools used up before their period ends",
            "pools",
            true,
        ),
        one(tagged(&over), &format!("pool {over}"), &format!("pools {over}"), "pools", false),
        people(Special::High, &format!("cap {over}"), &format!("caps {over}"), false),
        if data.caused {
            one(differences, "drift", "drifts", "differences", true)
        } else {
            one(differences, "difference to the files", "differences to the files", "differences", false)
        },
        one(data.steps.len(), "step waits for a person", "steps wait for a person", "manual", false),
        people(
            Special::Near,
            &format!("grant expires within {NEAR_DAYS} days"),
            &format!("grants expire within {NEAR_DAYS} days"),
            false,
        ),
        people(Special::Stranger, "person not in the files", "people not in the files", false),
        one(data.unmanaged.len(), "unmanaged pool", "unmanaged pools", "unmanaged", false),
    ];
    all.into_iter().filter(|one| one.count > 0).collect()
}
