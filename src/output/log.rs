//! What the ledger tells: what is shown of it, and its JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use crate::git::Commit;
use crate::ledger::{Act, Broken, Chain, Made, Right, Run, Standing};
use crate::model::{Cap, CenterId, Expiry, Origin, Others, Period, PoolId, Source, Subject};

use super::explain::{self, word};
use super::json::document;

/// The version of the JSON.
pub const SCHEMA: &str = "bursar.log.v1";

/// What a ledger tells, with what the files and Git say of it.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// Where the ledger is.
    pub place: &'a str,
    /// The chain of its lines.
    pub chain: &'a Chain,
    /// Who was asked for, if anybody.
    pub name: Option<&'a str>,
    /// What they have by the ledger.
    pub standings: &'a [Standing<'a>],
    /// What the files say of them, where they can be read.
    pub files: Option<explain::Report<'a>>,
    /// The changes that were asked for, the newest first.
    pub acts: &'a [&'a Act],
    /// How many more there are.
    pub left_out: usize,
    /// Every run, by its id.
    pub runs: &'a BTreeMap<String, Run>,
    /// The commits that Git has here, by their ids.
    pub commits: &'a BTreeMap<String, Commit>,
}

/// What a look at the chain tells.
#[derive(Clone, Copy, Debug)]
pub struct Check<'a> {
    /// Where the ledger is.
    pub place: &'a str,
    /// The chain of its lines.
    pub chain: &'a Chain,
    /// The hash that must be in it, and the number of its entry; no number where it is not.
    pub expected: Option<(&'a str, Option<usize>)>,
    /// The runs whose end nobody wrote down.
    pub open: &'a [(&'a str, &'a Run)],
}

impl Check<'_> {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.chain.broken.is_none() && self.expected.is_none_or(|(_, entry)| entry.is_some())
    }
}

/// The first wrong line, or what is missing.
#[derive(Serialize)]
struct CheckJson<'a> {
    sound: bool,
    line: Option<u64>,
    why: Option<String>,
    expected: Option<&'a str>,
    expected_entry: Option<usize>,
}

#[derive(Serialize)]
struct ReportJson<'a> {
    schema: &'static str,
    place: &'a str,
    entries: usize,
    head: Option<String>,
    check: CheckJson<'a>,
    runs: Vec<RunJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    told: Option<ToldJson<'a>>,
}

#[derive(Serialize)]
struct ToldJson<'a> {
    member: Option<&'a str>,
    standings: Vec<StandingJson<'a>>,
    files: Vec<FilesJson<'a>>,
    changes: Vec<ActJson<'a>>,
    left_out: usize,
}

#[derive(Serialize)]
struct RunJson<'a> {
    run: &'a str,
    entry: u64,
    at: Timestamp,
    command: &'a str,
    by: &'a str,
    from: &'a str,
    rerun_by: Option<&'a str>,
    confirmed_by: Option<&'a str>,
    request: Option<&'a str>,
    approvers: &'a [String],
    plan: Option<&'a str>,
    commit: Option<CommitJson<'a>>,
    dirty: bool,
    #[serde(rename = "ref")]
    reference: Option<&'a str>,
    host: &'a str,
    run_url: Option<&'a str>,
    journal: Option<&'a str>,
    exit: Option<u8>,
    ended: bool,
}

#[derive(Serialize)]
struct CommitJson<'a> {
    id: &'a str,
    author: Option<&'a str>,
    at: Option<Timestamp>,
    subject: Option<&'a str>,
}

#[derive(Serialize)]
struct StandingJson<'a> {
    center: &'a CenterId,
    pool: &'a PoolId,
    subject: &'a Subject,
    known: bool,
    right: &'static str,
    cap: Option<Cap>,
    period: Option<Period>,
    expires: Option<jiff::civil::Date>,
    since: Timestamp,
    entry: u64,
    run: &'a str,
    unknown_entry: Option<u64>,
}

#[derive(Serialize)]
struct FilesJson<'a> {
    center: &'a CenterId,
    pool: &'a PoolId,
    right: &'static str,
    cap: Option<Cap>,
    period: Option<Period>,
    source: &'a Source,
    commit: Option<CommitJson<'a>>,
    committed: Option<bool>,
}

#[derive(Serialize)]
struct ActJson<'a> {
    entry: u64,
    at: Timestamp,
    run: &'a str,
    #[serde(flatten)]
    made: &'a Made,
}

fn run_json<'a>(id: &'a str, run: &'a Run, commits: &'a BTreeMap<String, Commit>) -> RunJson<'a> {
    let Run { seq, at, command, who, confirmed_by, request, plan, journal, centers: _, exit, ended, told: _ } = run;
    RunJson {
        run: id,
        entry: *seq,
        at: *at,
        command,
        by: &who.name,
        from: &who.from,
        rerun_by: who.rerun_by.as_deref(),
        confirmed_by: confirmed_by.as_deref(),
        request: request.as_deref(),
        approvers: &who.approvers,
        plan: plan.as_deref(),
        commit: who.commit.as_deref().map(|id| commit_json(id, commits.get(id))),
        dirty: who.dirty,
        reference: who.reference.as_deref(),
        host: &who.host,
        run_url: who.run_url.as_deref(),
        journal: journal.as_deref(),
        exit: *exit,
        ended: *ended,
    }
}

fn commit_json<'a>(id: &'a str, commit: Option<&'a Commit>) -> CommitJson<'a> {
    CommitJson {
        id,
        author: commit.map(|commit| commit.author.as_str()),
        at: commit.map(|commit| commit.at),
        subject: commit.map(|commit| commit.subject.as_str()),
    }
}

fn standing_json<'a>(standing: &Standing<'a>) -> StandingJson<'a> {
    let Standing { center, pool, subject, right, since, unknown } = standing;
    let (word, cap, period, expires) = match right {
        Right::Grant(grant, period) => {
            let expires = match grant.expires {
                Some(Expiry::On(day)) => Some(day),
                Some(Expiry::Never) | None => None,
            };
            ("granted", grant.cap, *period, expires)
        }
        Right::NoGrant => ("no_grant", None, None, None),
        Right::NoPool => ("no_pool", None, None, None),
        Right::Others(Others::Blocked, _) => ("blocked", None, None, None),
        Right::Others(Others::Cap(cap), period) => ("others", Some(*cap), *period, None),
    };
    StandingJson {
        center,
        pool,
        subject,
        known: subject.is_known(),
        right: word,
        cap,
        period,
        expires,
        since: since.at,
        entry: since.seq,
        run: &since.run,
        unknown_entry: unknown.map(|act| act.seq),
    }
}

fn files_json<'a>(files: &explain::Report<'a>, commits: &'a BTreeMap<String, Commit>) -> Vec<FilesJson<'a>> {
    let explain::Report { explanation, origins, .. } = *files;
    let right = explanation.pools.iter().map(|right| {
        let origin = origins.and_then(|origins| origins.get(&right.decided_at)).map(AsRef::as_ref);
        let (word, cap) = word(&right.right);
        FilesJson {
            center: &right.center,
            pool: &right.pool,
            right: word,
            cap,
            period: right.period,
            source: &right.decided_at,
            commit: match origin {
                Some(Origin::Commit { id, .. }) => Some(commit_json(id, commits.get(id))),
                Some(Origin::NotCommitted) | None => None,
            },
            committed: origin.map(|origin| *origin != Origin::NotCommitted),
        }
    });
    right.collect()
}

/// Writes what a ledger tells as `bursar.log.v1`.
pub fn json(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    let Report { place, chain, name, standings, files, acts, left_out, runs, commits } = *report;
    let told: BTreeSet<&str> = acts
        .iter()
        .map(|act| act.run.as_str())
        .chain(standings.iter().map(|standing| standing.since.run.as_str()))
        .chain(runs.iter().filter(|(_, run)| !run.ended).map(|(id, _)| id.as_str()))
        .collect();
    let mut listed: Vec<_> = told.into_iter().filter_map(|id| runs.get_key_value(id)).collect();
    listed.sort_by_key(|(_, run)| std::cmp::Reverse(run.seq));
    let changes = acts
        .iter()
        .map(|act| ActJson { entry: act.seq, at: act.at, run: &act.run, made: &act.made });
    let told = ToldJson {
        member: name,
        standings: standings.iter().map(standing_json).collect(),
        files: files.as_ref().map(|files| files_json(files, commits)).unwrap_or_default(),
        changes: changes.collect(),
        left_out,
    };
    document(
        out,
        &ReportJson {
            schema: SCHEMA,
            place,
            entries: chain.entries(),
            head: chain.head(),
            check: check_json(chain.broken.as_ref(), None),
            runs: listed.into_iter().map(|(id, run)| run_json(id, run, commits)).collect(),
            told: Some(told),
        },
    )
}

fn check_json<'a>(broken: Option<&Broken>, expected: Option<(&'a str, Option<usize>)>) -> CheckJson<'a> {
    let missing = expected.is_some_and(|(_, entry)| entry.is_none());
    CheckJson {
        sound: broken.is_none() && !missing,
        line: broken.map(|broken| broken.line),
        why: broken.map(ToString::to_string),
        expected: expected.map(|(hash, _)| hash),
        expected_entry: expected.and_then(|(_, entry)| entry),
    }
}

/// Writes what a look at the chain tells as `bursar.log.v1`.
pub fn check_as_json(out: &mut impl Write, check: &Check<'_>) -> io::Result<()> {
    let Check { place, chain, expected, open } = *check;
    let none = BTreeMap::new();
    document(
        out,
        &ReportJson {
            schema: SCHEMA,
            place,
            entries: chain.entries(),
            head: chain.head(),
            check: check_json(chain.broken.as_ref(), expected),
            runs: open.iter().map(|(id, run)| run_json(id, run, &none)).collect(),
            told: None,
        },
    )
}
