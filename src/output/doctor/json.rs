//! What was found out about the centers, for programs.

use std::io::{self, Write};

use jiff::civil::Date;
use serde::Serialize;

use crate::model::{Availability, CenterId, ControlName, Offered, PoolId, Reached, Source, TokenState};
use crate::output::json::document;
use crate::plan::Need;

use super::Examined;

/// The version of the JSON.
pub const SCHEMA: &str = "bursar.doctor.v1";

#[derive(Serialize)]
struct DoctorJson<'a> {
    schema: &'static str,
    as_of: Date,
    ok: bool,
    centers: Vec<CenterJson<'a>>,
}

#[derive(Serialize)]
struct CenterJson<'a> {
    center: &'a CenterId,
    provider: &'static str,
    identity: Option<&'a str>,
    plan: Option<&'a str>,
    used: bool,
    reached: ReachedJson<'a>,
    exported: Option<Date>,
    tokens: Vec<TokenJson<'a>>,
    controls: Vec<ControlJson<'a>>,
    notes: &'a [String],
    problems: Vec<String>,
}

#[derive(Serialize)]
struct ReachedJson<'a> {
    state: &'static str,
    says: &'a str,
    next: Option<&'a str>,
}

#[derive(Serialize)]
struct TokenJson<'a> {
    variable: &'a str,
    purpose: &'a str,
    state: &'static str,
    scopes: &'a [String],
    too_wide: Option<&'a str>,
    next: Option<&'a str>,
}

#[derive(Serialize)]
struct ControlJson<'a> {
    control: ControlName,
    availability: &'static str,
    needs_plan: Option<&'static str>,
    since: Option<Date>,
    why: &'a str,
    next: Option<String>,
    needed: Vec<NeedJson<'a>>,
    missing: bool,
}

#[derive(Serialize)]
struct NeedJson<'a> {
    pool: &'a PoolId,
    source: &'a Source,
    people: usize,
}

/// Writes what was found out as `bursar.doctor.v1`.
pub fn json(out: &mut impl Write, centers: &[Examined], as_of: Date) -> io::Result<()> {
    let ok = centers.iter().all(|center| center.problems().is_empty());
    let centers = centers.iter().map(center).collect();
    document(out, &DoctorJson { schema: SCHEMA, as_of, ok, centers })
}

fn center(examined: &Examined) -> CenterJson<'_> {
    let checkup = &examined.checkup;
    let (state, says, next) = match &checkup.reached {
        Reached::Yes(says) => ("reached", says, None),
        Reached::Files(says) => ("files", says, None),
        Reached::No { why, help } => ("not_reached", why, Some(help.as_str())),
    };
    CenterJson {
        center: &examined.center,
        provider: examined.capabilities.provider,
        identity: checkup.identity.as_deref(),
        plan: checkup.plan.as_deref(),
        used: examined.used,
        reached: ReachedJson { state, says, next },
        exported: examined.exported,
        tokens: checkup
            .tokens
            .iter()
            .map(|token| TokenJson {
                variable: &token.variable,
                purpose: &token.purpose,
                state: token_word(token.state),
                scopes: &token.scopes,
                too_wide: token.too_wide.as_deref(),
                next: token.next.as_deref(),
            })
            .collect(),
        controls: checkup.offers.iter().map(|offered| control(examined, offered)).collect(),
        notes: &checkup.notes,
        problems: examined.problems(),
    }
}

fn token_word(state: TokenState) -> &'static str {
    match state {
        TokenState::Accepted => "accepted",
        TokenState::Refused => "refused",
        TokenState::NotSet => "not_set",
        TokenState::Malformed => "malformed",
        TokenState::NotTried => "not_tried",
    }
}

fn control<'a>(examined: &'a Examined, offered: &'a Offered) -> ControlJson<'a> {
    let (availability, needs_plan) = match offered.availability {
        Availability::Available => ("available", None),
        Availability::NotEnabledYet => ("not_enabled_yet", None),
        Availability::NeedsPlan(plan) => ("needs_plan", Some(plan)),
        Availability::ConsoleOnly => ("console_only", None),
        Availability::NotOffered => ("not_offered", None),
    };
    let need = |Need { pool, source, people }: &'a Need| NeedJson { pool, source, people: *people };
    ControlJson {
        control: offered.control,
        availability,
        needs_plan,
        since: offered.since,
        why: &offered.why,
        next: examined.next(offered),
        needed: examined.needs(offered.control).iter().map(need).collect(),
        missing: examined.blocks(offered),
    }
}
