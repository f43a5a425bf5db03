//! Why one person may draw what they may, for a person at a terminal: a paragraph per pool, the deciding line first.

use std::io::{self, Write};

use crate::config::explain::{CapFrom, Explanation, Lost, Person, PoolRight, Right, Standing};
use crate::model::{Cap, Expiry, Lapse, Level, Origin, Others, Period, RuleWho, Source};
use crate::output::escape::Terminal;
use crate::output::explain::{ConfirmedAt, Live, Report, Seen, days_until};
use crate::output::words;
use crate::plan::Periods;

use super::Style;
use super::changes::{cell, step};
use super::style::{COLUMN, Paint};
use super::total;

/// Writes an explanation.
pub fn explain(out: &mut impl Write, report: &Report<'_>, style: Style) -> io::Result<()> {
    let Explanation { person, pools } = report.explanation;
    if let Some(person) = person {
        head(out, person, style)?;
    } else {
        writeln!(out, "{}", style.paint(Paint::Title, &Terminal(report.name).to_string()))?;
        style.sentence(out, 2, None, "not in the files; only a center knows them")?;
    }
    for right in pools {
        writeln!(out)?;
        pool(out, report, right, style)?;
    }
    if pools.is_empty() {
        style.sentence(out, 2, None, "no pool of the files is about them")?;
    }
    match report.totals.filter(|_| !pools.is_empty()) {
        Some(totals) => total::totals(out, totals, style),
        None => Ok(()),
    }
}

fn head(out: &mut impl Write, person: &Person, style: Style) -> io::Result<()> {
    let Person { id, email, logins, source, protected, row, departed } = person;
    let names = email.iter().map(|email| Terminal(email).to_string());
    let logins = logins.iter().map(|(provider, login)| format!("{provider} {}", Terminal(login)));
    let names: Vec<String> = names.chain(logins).collect();
    let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
    writeln!(out, "{}{names}", style.paint(Paint::Title, id.as_str()))?;
    style.sentence(out, 2, None, &format!("a member of the files, at {}", Terminal(&source.to_string())))?;
    if let Some(row) = row {
        style.sentence(out, 2, None, &format!("and one of a CSV, at {}", Terminal(&row.to_string())))?;
    }
    if let Some((status, source)) = departed {
        let (status, source) = (Terminal(status).to_string(), source.to_string());
        let sentence = format!("they left, by `{status}` at {}: what follows is still theirs", Terminal(&source));
        style.sentence(out, 2, None, &sentence)?;
    }
    if *protected {
        let sentence = "protected: nothing is taken from them without --allow protected=N";
        style.sentence(out, 2, None, sentence)?;
    }
    Ok(())
}

fn pool(out: &mut impl Write, report: &Report<'_>, right: &PoolRight, style: Style) -> io::Result<()> {
    let title = format!("{} / {}: {}", right.center, right.pool, verdict(report, right));
    style.sentence(out, 0, Some(Paint::Title), &title)?;
    match &right.known_by {
        Some(name) => style.labelled(out, "known as", &Terminal(name).to_string())?,
        None if report.explanation.person.is_some() => {
            style.labelled(out, "known as", "nothing: the files have no identity of theirs in that center")?;
        }
        None => {}
    }
    if !right.rules.first().is_some_and(|first| first.decides) {
        let what = match right.right {
            Right::PoolAbsent => "the pool shall go",
            _ => "what holds for others, since no rule names them",
        };
        style.labelled(out, "decides", what)?;
        place(out, report, &right.decided_at, style)?;
    }
    for standing in &right.rules {
        rule(out, report, right, standing, style)?;
    }
    match report.live(right) {
        Some(live) => self::live(out, live, style),
        None => Ok(()),
    }
}

/// One more line of what a label is about.
fn more(out: &mut impl Write, style: Style, paint: Option<Paint>, text: &str) -> io::Result<()> {
    style.sentence(out, COLUMN, paint, text)
}

/// What the person may draw, in a few words.
pub(super) fn verdict(report: &Report<'_>, right: &PoolRight) -> String {
    let expires = right.rules.first().filter(|first| first.decides).and_then(|first| first.rule.expires);
    match &right.right {
        Right::Others { .. } if right.known_by.is_none() && report.explanation.person.is_some() => {
            "not known".to_owned()
        }
        Right::Granted { cap, from } => {
            let mut text = match (cap, from) {
                (Cap::Inherit, _) => "granted, with the center's own default as cap".to_owned(),
                (cap, CapFrom::DefaultCap(_)) => format!("{}, the pool's default cap", amount(*cap, right.period)),
                (cap, CapFrom::Others(_)) => format!("{}, as others may", amount(*cap, right.period)),
                (cap, _) => amount(*cap, right.period),
            };
            if let Some(day) = expires {
                text = format!("{text}, until {day} ({})", left(days_until(report.as_of, day)));
            }
            text
        }
        Right::Lapsed(lapse) => format!("nothing; {}", lapsed(*lapse)),
        Right::Others { others: Some(Others::Blocked) } => "nothing; others are blocked".to_owned(),
        Right::Others { others: Some(Others::Cap(Cap::Inherit)) } => {
            "as one of the others, with the center's own default as cap".to_owned()
        }
        Right::Others { others: Some(Others::Cap(cap)) } => {
            format!("{}, as one of the others", amount(*cap, right.period))
        }
        Right::Others { others: None } => "unmanaged: whatever they have there is left as it is".to_owned(),
        Right::PoolAbsent => "nothing".to_owned(),
    }
}

fn amount(cap: Cap, period: Option<Period>) -> String {
    words::cap_words(cap, period)
}

fn left(days: i32) -> String {
    match days {
        0 => "its last day".to_owned(),
        1 => "1 more day".to_owned(),
        days => format!("{days} more days"),
    }
}

fn lapsed(lapse: Lapse) -> String {
    match lapse {
        Lapse::Expired(day) => format!("{day} was the last day"),
        Lapse::NotStarted(day) => format!("{day} will be the first day"),
    }
}

fn rule(
    out: &mut impl Write,
    report: &Report<'_>,
    right: &PoolRight,
    standing: &Standing,
    style: Style,
) -> io::Result<()> {
    let Standing { rule, way, row, cap, decides, lost } = standing;
    let who = match &rule.who {
        RuleWho::Member(member) => format!("member {member}"),
        RuleWho::Group(group, _) if way.is_empty() => format!("group {group}"),
        RuleWho::Group(..) => {
            let way: Vec<&str> = way.iter().map(crate::model::GroupId::as_str).collect();
            format!("group {}", way.join(" > "))
        }
    };
    let cap = match (rule.cap, cap) {
        (None, Cap::Inherit) => "no cap".to_owned(),
        (None, cap) => format!("no cap of its own, so {} by default", amount(*cap, right.period)),
        (Some(cap), _) => amount(cap, right.period),
    };
    let mut text = format!("{who}: {cap}");
    if let Some(day) = rule.starts {
        text = format!("{text}, from {day}");
    }
    if let Some(day) = rule.expires {
        text = format!("{text}, until {day}");
    }
    let label = match lost {
        _ if *decides => "decides",
        Some(Lost::Excepted) => "excepted",
        Some(Lost::Lapsed(_)) => "not today",
        _ => "overridden",
    };
    style.labelled(out, label, &text)?;
    place(out, report, &rule.source, style)?;
    if let Some(row) = row {
        more(out, style, None, "in that group by a CSV:")?;
        place(out, report, row, style)?;
    }
    if let Some(lost) = lost {
        more(out, style, None, &why(*lost))?;
    }
    if let Some(reason) = &rule.reason {
        more(out, style, None, &format!("reason: {}", Terminal(reason)))?;
    }
    match &right.right {
        Right::Granted { from: CapFrom::DefaultCap(source), .. } if *decides => {
            style.labelled(out, "default", "the pool's default cap, for whom no rule gives one")?;
            place(out, report, source, style)
        }
        Right::Granted { from: CapFrom::Others(source), .. } if *decides => {
            style.labelled(
                out,
                "follows",
                "what others may draw: here whoever has no cap of their own is one of them",
            )?;
            place(out, report, source, style)
        }
        _ => Ok(()),
    }
}

fn why(lost: Lost) -> String {
    match lost {
        Lost::Lapsed(lapse) => lapsed(lapse),
        Lost::Excepted => "it excepts them".to_owned(),
        Lost::OwnRule => "a rule of their own beats those of groups".to_owned(),
        Lost::OverlapHighest => "another group gives more, and the pool says `overlap: highest`".to_owned(),
        Lost::OverlapLowest => "another group gives less, and the pool says `overlap: lowest`".to_owned(),
        Lost::SameCap => "another rule gives the same".to_owned(),
    }
}

/// Where something stands, and who last wrote it.
fn place(out: &mut impl Write, report: &Report<'_>, source: &Source, style: Style) -> io::Result<()> {
    let written = match report.written(source) {
        None => String::new(),
        Some(Origin::NotCommitted) => ", not committed yet".to_owned(),
        Some(Origin::Commit { id, author, at }) => {
            let author = words::shortened(author, words::NAME);
            let day = at.to_zoned(jiff::tz::TimeZone::UTC).date();
            format!(", {} {}, {day}", id.get(..10).unwrap_or(id), Terminal(&author))
        }
    };
    more(out, style, Some(Paint::Faint), &format!("{}{written}", Terminal(&source.to_string())))
}

fn live(out: &mut impl Write, live: &Live, style: Style) -> io::Result<()> {
    let Live { identity, seen, period, changes, confirmed, .. } = live;
    let text = match seen {
        Seen::NoPool => "the center has no such pool".to_owned(),
        Seen::Grant { grant, cap } => {
            let cap = match cap {
                None => "a grant, with a cap that the center does not show".to_owned(),
                Some(Cap::Inherit) => "a grant without a cap of its own".to_owned(),
                Some(cap) if grant.cap == Some(Cap::Inherit) => {
                    format!("{}, the pool's default cap", amount(*cap, grant.period.or(*period)))
                }
                Some(cap) => amount(*cap, grant.period.or(*period)),
            };
            match grant.expires {
                Some(Expiry::On(day)) => format!("{cap}, until {day}"),
                Some(Expiry::Never) | None => cap,
            }
        }
        Seen::Others(Others::Blocked) => "nothing; others are blocked".to_owned(),
        Seen::Others(Others::Cap(Cap::Inherit)) => "no grant; others may draw without a cap of their own".to_owned(),
        Seen::Others(Others::Cap(cap)) => format!("{}, as one of the others", amount(*cap, *period)),
        Seen::Nothing => "no grant".to_owned(),
        Seen::NotObserved => "not observed: the center does not show it".to_owned(),
    };
    let account = if identity.is_empty() { String::new() } else { format!(" ({})", Terminal(identity)) };
    style.labelled(out, "live", &format!("{text}{account}"))?;
    if changes.is_empty() {
        more(out, style, None, "as the files ask")?;
    }
    for change in changes {
        let periods = Periods { before: *period, after: *period };
        for row in words::rows(change, periods) {
            let text = format!("differs: {}  {}", cell(&row.who), step(&row.before, &row.after));
            more(out, style, Some(Paint::Of(change.effect)), &text)?;
        }
    }
    match confirmed {
        Some(confirmed) => self::confirmed(out, confirmed, *period, style),
        None => Ok(()),
    }
}

/// What somebody confirmed that they set by hand, and where that stands.
fn confirmed(out: &mut impl Write, at: &ConfirmedAt, period: Option<Period>, style: Style) -> io::Result<()> {
    let ConfirmedAt { confirmed, source } = at;
    let level = match confirmed.value {
        Level::Blocked => "no access".to_owned(),
        Level::Cap(cap) => amount(cap, period),
    };
    let by = words::shortened(&confirmed.by, words::NAME);
    let time = confirmed.at.strftime("%Y-%m-%d %H:%M UTC");
    style.labelled(out, "confirmed", &format!("{level}, by {}, {time}", Terminal(&by)))?;
    more(out, style, Some(Paint::Faint), &Terminal(&source.to_string()).to_string())
}
