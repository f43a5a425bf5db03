//! Tells people: claims each message in the state before it is sent, and writes down afterwards what became of it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use crate::alerts::{Claim, Ended, Item, Notice, Reading, State, To, Verdict};
use crate::cli::CommandError;
use crate::model::{Place, Recipient, Threshold};
use crate::notify::Delivery;
use crate::output::alerts::{Message, Reached, Recovered, Report, Status, Told, render};
use crate::store::Document;

use super::channels::Channels;

/// The file in the store.
const FILE: &str = "alerts.json";
/// How many messages are claimed at once.
const BATCH: usize = 50;
/// How long messages of a batch are begun: half of what a claim lasts, so that the last of them ends within it.
const BEGIN: Duration = Duration::from_mins(5);
/// How often a state that others write to is tried.
const TURNS: u32 = 30;

/// A matter, and one who is to hear of it.
struct Look<'a> {
    reading: &'a Reading,
    recipient: &'a Recipient,
    /// How they stand to it, once that was looked at.
    told: Option<(Threshold, Status)>,
    /// Whether this run has told them, or tried.
    done: bool,
}

/// A message that was claimed, with the looks that it is about.
struct Claimed {
    notice: Notice,
    looks: Vec<usize>,
}

/// Tells everybody who is to hear of something, and reports it.
pub(super) async fn everybody(
    store: &Place,
    readings: &[Reading],
    mut channels: Channels,
    report: &mut Report,
) -> Result<(), CommandError> {
    let document = Document::of(store, FILE)?;
    let each = |reading| move |recipient| Look { reading, recipient, told: None, done: false };
    let mut looks: Vec<Look<'_>> =
        readings.iter().flat_map(|reading| reading.levels.keys().map(each(reading))).collect();
    let by = run_id();
    let mut ended: Vec<(usize, Ended)> = Vec::new();
    let mut first = true;
    loop {
        let step = |state: &mut State| {
            let now = Timestamp::now();
            for (look, ended) in &ended {
                if let Some(Look { reading, recipient, .. }) = looks.get(*look) {
                    state.settle(&reading.matter, recipient, &by, *ended, now);
                }
            }
            let recovered = if first { take_in(state, &looks, now) } else { Vec::new() };
            (recovered, claim(state, &mut looks, &channels, &by, now))
        };
        let (recovered, batch) =
            if report.dry_run { look_on(&document, step).await? } else { update(&document, step).await? };
        report.recovered.extend(recovered);
        first = false;
        ended.clear();
        if batch.is_empty() {
            break;
        }
        let begun = Instant::now();
        for Claimed { notice, looks: about } in batch {
            if begun.elapsed() > BEGIN {
                // It is given back, and claimed again by the next batch.
                ended.extend(about.into_iter().map(|look| (look, Ended::Failed)));
                continue;
            }
            let Some(rendered) = render(&notice) else { continue };
            let (status, end) = match (report.dry_run, channels.refusal_of(&notice)) {
                (true, Some(why)) => (Status::Unreachable(why), Ended::Failed),
                (true, None) => (Status::Would, Ended::Failed),
                (false, _) => match channels.send(&notice, &rendered).await {
                    Delivery::Sent => (Status::Sent, Ended::Sent),
                    Delivery::Failed(why) => (Status::Failed(why), Ended::Failed),
                    Delivery::Unknown(why) => (Status::Unknown(why), Ended::Unknown),
                },
            };
            for look in about {
                ended.push((look, end));
                if let Some(look) = looks.get_mut(look) {
                    look.done = true;
                    look.told = look.told.take().map(|(level, _)| (level, status.clone()));
                }
            }
            report.messages.push(Message { id: notice.id(), to: notice.to, status, rendered });
        }
    }
    channels.close().await;
    report.reached = reached(&looks);
    Ok(())
}

/// Takes what was read into the state, and says what recovered.
fn take_in(state: &mut State, looks: &[Look<'_>], now: Timestamp) -> Vec<Recovered> {
    state.forget(now);
    let mut recovered = Vec::new();
    for Look { reading, recipient, .. } in looks {
        if let Some(from) = state.take_in(reading, recipient) {
            recovered.push(Recovered { reading: (*reading).clone(), recipient: (*recipient).clone(), from });
        }
    }
    recovered
}

/// Looks how everybody stands, and claims the next messages: one for each recipient, with everything that concerns them.
fn claim(state: &mut State, looks: &mut [Look<'_>], channels: &Channels, by: &str, now: Timestamp) -> Vec<Claimed> {
    let mut messages: BTreeMap<To, Vec<(usize, Claim)>> = BTreeMap::new();
    for (i, look) in looks.iter_mut().enumerate().filter(|(_, look)| !look.done) {
        let Look { reading, recipient, told, .. } = look;
        let (reading, recipient): (&Reading, &Recipient) = (reading, recipient);
        *told = match state.verdict(reading, recipient, now) {
            Verdict::Below | Verdict::Old => None,
            Verdict::Heard(level) => Some((level, Status::Before)),
            Verdict::Waits(level, until) => Some((level, Status::Waits(until))),
            Verdict::Tell(claim) => {
                let stranger = reading.subject.as_ref().is_some_and(|subject| !subject.is_known());
                let status = match (recipient, channels.refusal(recipient)) {
                    (Recipient::Member, _) if stranger => Status::Stranger,
                    (Recipient::Member | Recipient::Login { .. }, Some(why)) => Status::Unreachable(why),
                    // What would be said is shown, even where nothing can be sent.
                    (_, Some(why)) if !channels.is_dry() => Status::Unreachable(why),
                    _ => {
                        messages.entry(to(reading, recipient)).or_default().push((i, claim.clone()));
                        Status::Would
                    }
                };
                Some((claim.level, status))
            }
        };
    }
    let mut batch = Vec::new();
    for (to, mut about) in messages.into_iter().take(BATCH) {
        // Budgets of all centers stand before people.
        about.sort_by_key(|(i, _)| (looks.get(*i).is_some_and(|look| look.reading.subject.is_some()), *i));
        let mut claimed = Claimed { notice: Notice { to, items: Vec::new() }, looks: Vec::new() };
        for (i, claim) in about {
            let Some(Look { reading, recipient, .. }) = looks.get(i) else { continue };
            state.claim(reading, recipient, &claim, by, now);
            claimed.notice.items.push(Item::of(reading, recipient, &claim));
            claimed.looks.push(i);
        }
        batch.push(claimed);
    }
    batch
}

/// Where a recipient hears of something.
fn to(reading: &Reading, recipient: &Recipient) -> To {
    match recipient {
        Recipient::Login { .. } => To::Issue {
            identity: reading.matter.identity.clone(),
            pool: reading.matter.pool.clone(),
            window: reading.window,
        },
        _ => To::Recipient(recipient.clone()),
    }
}

/// What is reached, matter by matter.
fn reached(looks: &[Look<'_>]) -> Vec<Reached> {
    let same = |a: &Look<'_>, b: &Look<'_>| std::ptr::eq(a.reading, b.reading);
    let each = looks.chunk_by(same).filter_map(|about| {
        let told = about.iter().filter_map(|look| {
            let (level, status) = look.told.clone()?;
            Some(Told { recipient: look.recipient.clone(), level, status })
        });
        let told: Vec<Told> = told.collect();
        let reading = about.first()?.reading.clone();
        (!told.is_empty()).then_some(Reached { reading, told })
    });
    let mut reached: Vec<Reached> = each.collect();
    reached.sort_by_key(|reached| reached.reading.subject.is_some());
    reached
}

/// Does to the state what a run would do, and writes nothing.
async fn look_on<T>(document: &Document, mut step: impl FnMut(&mut State) -> T) -> Result<T, CommandError> {
    let mut state = parse(document, &document.load().await?.bytes)?;
    Ok(step(&mut state))
}

/// Changes the state, however many runs do so at the same moment.
async fn update<T>(document: &Document, mut step: impl FnMut(&mut State) -> T) -> Result<T, CommandError> {
    for turn in 1..=TURNS {
        let stored = document.load().await?;
        let before = parse(document, &stored.bytes)?;
        let mut state = before.clone();
        let done = step(&mut state);
        if state == before {
            return Ok(done);
        }
        let bytes = state.bytes().map_err(|error| damaged(document, error))?;
        if document.swap(&stored, &bytes).await? {
            return Ok(done);
        }
        // Whoever was faster is done in a moment; the number of this process keeps two of them apart.
        tokio::time::sleep(Duration::from_millis(u64::from(turn * 10 + std::process::id() % 17))).await;
    }
    let message = format!("{} is written to by others all the time", document.place());
    Err(CommandError::message(message)
        .hint("run it again in a moment; what was sent is not sent again within the hour"))
}

fn parse(document: &Document, bytes: &[u8]) -> Result<State, CommandError> {
    State::parse(bytes).map_err(|error| damaged(document, error))
}

fn damaged(document: &Document, error: crate::alerts::StateError) -> CommandError {
    CommandError::failed(error).context(format!("{} cannot be used", document.place())).hint(
        "nobody was told: move the file away to begin anew, and whoever heard of something in this period hears of it again",
    )
}

/// A name of this run that no other has.
fn run_id() -> String {
    let now = Timestamp::now().as_nanosecond();
    let chance = std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), now);
    let hash = Sha256::digest(format!("{now} {chance} {}", std::process::id()));
    hash.iter().take(8).fold(String::new(), |name, byte| format!("{name}{byte:02x}"))
}
