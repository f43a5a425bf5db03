//! The message to a vendor that asks for controls that this account does not have: numbers, and nobody's name.

use std::io::{self, Write};

use crate::model::{Availability, Offered};
use crate::output::escape::Terminal;
use crate::output::text::wrap;

use super::{Examined, Wants};

/// How wide a message is, so that a quoted one still fits.
const WIDTH: usize = 76;

/// Writes one message per center that lacks something, and says whether there was one. With `all` also what the files do
/// not need is asked for.
pub fn note(out: &mut impl Write, centers: &[Examined], all: bool) -> io::Result<bool> {
    let mut first = true;
    for examined in centers {
        let lacking: Vec<&Offered> = examined
            .checkup
            .offers
            .iter()
            .filter(|offered| can_come(offered) && (all || examined.blocks(offered)))
            .collect();
        if lacking.is_empty() {
            continue;
        }
        if !first {
            writeln!(out, "\n{}\n", "-".repeat(WIDTH))?;
        }
        first = false;
        message(out, examined, &lacking)?;
    }
    Ok(!first)
}

/// Whether a vendor can be asked for it: it exists, and this account does not have it.
fn can_come(offered: &Offered) -> bool {
    matches!(offered.availability, Availability::NotEnabledYet | Availability::NeedsPlan(_))
}

fn message(out: &mut impl Write, examined: &Examined, lacking: &[&Offered]) -> io::Result<()> {
    let vendor = vendor(examined);
    let names: Vec<String> = lacking.iter().map(|offered| name(examined, offered)).collect();
    // A subject is one line.
    let subject = format!("Subject: AI credit controls: {}", names.join("; "));
    let subject =
        if subject.chars().count() > WIDTH { "Subject: AI credit controls for our account" } else { &subject };
    writeln!(out, "{subject}")?;
    writeln!(out)?;
    let hello = vendor.map_or("Hello,".to_owned(), |vendor| format!("Hello {vendor} support team,"));
    paragraph(out, &hello, 0)?;
    writeln!(out)?;
    let what = if lacking.len() == 1 { "a control that we do" } else { "controls that we do" };
    paragraph(out, &format!("we manage our AI credits by reviewed files and need {what} not have in our account."), 0)?;
    writeln!(out)?;
    let account = examined.checkup.identity.as_deref().map_or_else(
        || "[name of the organization or team, and its ID as in the address bar]".to_owned(),
        |identity| {
            let provider = examined.capabilities.provider;
            let own = identity
                .strip_prefix(provider)
                .and_then(|rest| rest.strip_prefix(' '))
                .unwrap_or(identity);
            Terminal(own).to_string()
        },
    );
    paragraph(out, &format!("Account: {account}"), 0)?;
    let plan = examined
        .checkup
        .plan
        .as_deref()
        .map_or("[plan]".to_owned(), |plan| Terminal(plan).to_string());
    paragraph(out, &format!("Plan: {plan}"), 0)?;
    for offered in lacking {
        writeln!(out)?;
        paragraph(out, &format!("- {}", name(examined, offered)), 2)?;
        paragraph(out, &format!("  {}", seen(offered)), 2)?;
    }
    let pools = wanted(examined, lacking);
    if !pools.is_empty() {
        writeln!(out)?;
        paragraph(out, "What we want to do with it:", 0)?;
        for (pool, wants) in pools {
            paragraph(out, &format!("- {}", sentence(pool, wants)), 2)?;
        }
    }
    writeln!(out)?;
    paragraph(out, &ask(lacking), 0)?;
    writeln!(out)?;
    paragraph(out, "Thank you, and kind regards", 0)?;
    writeln!(out)?;
    paragraph(out, "[your name]", 0)?;
    paragraph(out, "[your role in the account, such as organization admin]", 0)?;
    paragraph(out, "[how to reach you]", 0)
}

/// The vendor's name, where the provider is one.
fn vendor(examined: &Examined) -> Option<&'static str> {
    let first = examined.capabilities.title.split([' ', ',']).next()?;
    first.eq_ignore_ascii_case(examined.capabilities.provider).then_some(first)
}

/// A control by the vendor's own name.
fn name(examined: &Examined, offered: &Offered) -> String {
    let how = examined.capabilities.controls.of(offered.control).how;
    match offered.availability {
        Availability::NeedsPlan(_) => format!("{} ({})", Terminal(&offered.why), offered.control),
        _ => format!("{how} ({})", offered.control),
    }
}

/// What was looked at. Who did is nobody's business but ours.
fn seen(offered: &Offered) -> String {
    match (offered.availability, offered.since) {
        (Availability::NeedsPlan(plan), _) => {
            format!("We understand that it comes with the {plan} plan. We have not tried it on ours.")
        }
        (_, Some(day)) => format!(
            "Missing at least since {day}: on that day an admin of ours looked for it in the admin console, where your \
             documentation has it, and did not find it."
        ),
        _ => "An admin of ours looked for it in the admin console and did not find it.".to_owned(),
    }
}

fn wanted<'a>(examined: &'a Examined, lacking: &[&Offered]) -> Vec<(&'a str, &'a Wants)> {
    let asks = |pool: &str| {
        lacking
            .iter()
            .any(|offered| examined.needs(offered.control).iter().any(|need| need.pool.as_str() == pool))
    };
    let pools = examined.wants.iter().map(|(pool, wants)| (pool.as_str(), wants));
    pools.filter(|(pool, _)| asks(pool)).collect()
}

fn sentence(pool: &str, wants: &Wants) -> String {
    let people = |number: usize| if number == 1 { "1 person".to_owned() } else { format!("{number} people") };
    let mut text = format!("pool {pool}: {} may draw on the paid credits", people(wants.granted));
    if wants.capped > 0 {
        text = format!("{text}, {} of them up to a limit of their own", wants.capped);
    }
    let others = if wants.others_blocked { "; everybody else stays on the credits of their own seat" } else { "" };
    format!("{text}{others}.")
}

fn ask(lacking: &[&Offered]) -> String {
    let (it, is) = if lacking.len() == 1 { ("it", "it is") } else { ("them", "they are") };
    let rollout = lacking.iter().any(|offered| offered.availability == Availability::NotEnabledYet);
    let plan = lacking.iter().find_map(|offered| match offered.availability {
        Availability::NeedsPlan(plan) => Some(plan),
        _ => None,
    });
    match (rollout, plan) {
        (true, None) => format!(
            "Could you enable {it} for our account, or tell us when {is} planned to arrive and whether something on our \
             side, such as a setting or a role, keeps {it} away?"
        ),
        (true, Some(plan)) => format!(
            "Could you enable for our account what does not depend on the plan, or tell us when it is planned to arrive; \
             and tell us whether the rest can be had without moving to the {plan} plan?"
        ),
        (false, _) => format!(
            "Could you confirm that {is} not part of our plan, and tell us whether there is a way to get {it} without \
             moving to {}, or what moving would mean for us?",
            plan.map_or("another plan".to_owned(), |plan| format!("the {plan} plan"))
        ),
    }
}

/// One paragraph; lines after the first are indented.
fn paragraph(out: &mut impl Write, text: &str, indent: usize) -> io::Result<()> {
    let trimmed = text.trim_start();
    let first = text.len() - trimmed.len();
    for (i, line) in wrap(trimmed, WIDTH - indent.max(first)).into_iter().enumerate() {
        let pad = if i == 0 { first } else { indent };
        writeln!(out, "{:pad$}{line}", "")?;
    }
    Ok(())
}
