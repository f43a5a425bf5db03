//! What a look at the centers came to: what is shown of it, and whether the files can be used as they are.

mod json;
mod note;
mod text;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::model::capability::{Ability, Capabilities};
use crate::model::{Availability, Cap, CenterId, Checkup, ControlName, Desired, Offered, Others, PoolId, TokenState};
use crate::plan::{Need, Needed, is_own, lacks};

pub use json::{SCHEMA, json};
pub use note::note;
pub use text::text;

/// One center, and what was found out about it.
#[derive(Clone, Debug)]
pub struct Examined {
    /// Its name in the files.
    pub center: CenterId,
    /// What its provider can do.
    pub capabilities: &'static Capabilities,
    /// Which of its controls the files need.
    pub needed: Needed,
    /// What was found out.
    pub checkup: Checkup,
    /// The day on which the export that it is read from was made, where somebody wrote it down.
    pub exported: Option<Date>,
    /// What the files want of each pool, in numbers.
    pub wants: BTreeMap<PoolId, Wants>,
    /// Whether the files use the center at all.
    pub used: bool,
}

/// What the files want of a pool, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// How many people may draw.
    pub granted: usize,
    /// How many of them have a cap of some amount.
    pub capped: usize,
    /// Whether everybody else is kept out.
    pub others_blocked: bool,
    /// The center that holds the pool while this one lacks a control.
    pub fallback: Option<CenterId>,
}

impl Wants {
    /// What the files want of each pool, which another center may hold meanwhile.
    pub fn of(desired: &Desired, fallbacks: &BTreeMap<PoolId, CenterId>) -> BTreeMap<PoolId, Self> {
        let amount = |cap: Option<Cap>| matches!(cap, Some(Cap::Amount(_)));
        let pools = desired.state.pools.iter().map(|(id, pool)| {
            let wants = Self {
                granted: pool.grants.len(),
                capped: pool.grants.values().filter(|grant| amount(grant.cap.or(pool.default_cap))).count(),
                others_blocked: pool.others == Some(Others::Blocked),
                fallback: fallbacks.get(id).cloned(),
            };
            (id.clone(), wants)
        });
        pools.collect()
    }
}

impl Examined {
    /// The needs of a control.
    pub fn needs(&self, control: ControlName) -> &[Need] {
        self.needed.get(&control).map_or(&[], Vec::as_slice)
    }

    /// The controls that the files need and that are not there.
    pub fn missing(&self) -> impl Iterator<Item = &Offered> {
        self.lacks().map(|(offered, _)| offered)
    }

    /// The same, each with the pools that need it.
    pub fn lacks(&self) -> impl Iterator<Item = (&Offered, &[Need])> {
        lacks(&self.needed, self.capabilities, &self.checkup.offers)
    }

    /// Whether the files cannot be used because of this control.
    pub fn blocks(&self, offered: &Offered) -> bool {
        self.missing().any(|missing| missing.control == offered.control)
    }

    /// What keeps the files from being used with this center, each in a few words.
    pub fn problems(&self) -> Vec<String> {
        if !self.used {
            return Vec::new();
        }
        let mut problems = Vec::new();
        let refused = self.checkup.tokens.iter().filter(|token| token.state.is_bad());
        let refused: Vec<String> = refused
            .map(|token| format!("the token in ${} is {}", token.variable, state(token.state)))
            .collect();
        if !self.checkup.reached.is_there() && refused.is_empty() {
            problems.push("it cannot be read".to_owned());
        }
        problems.extend(refused);
        problems.extend(self.missing().map(|offered| format!("{}: {}", offered.control, offered.availability)));
        problems
    }

    /// What to do about a control, where there is something to do.
    pub fn next(&self, offered: &Offered) -> Option<String> {
        let needs = self.needs(offered.control);
        if needs.is_empty() {
            return None;
        }
        let held = needs.iter().find_map(|need| self.wants.get(&need.pool)?.fallback.as_ref());
        match offered.availability {
            Availability::Available => None,
            Availability::ConsoleOnly => {
                let control = self.capabilities.controls.of(offered.control);
                [control.write, control.read].into_iter().find_map(|ability| match ability {
                    Ability::Manual(steps) => Some(steps.to_owned()),
                    _ => None,
                })
            }
            Availability::NotEnabledYet => Some(match held {
                Some(center) => {
                    format!("{center} can hold the pool meanwhile; `bursar doctor --support-note` asks for it")
                }
                None => {
                    "`bursar doctor --support-note` asks the vendor for it; `fallback:` names a center that holds the \
                         pool meanwhile; confirm a step that uses it once it is there"
                        .to_owned()
                }
            }),
            Availability::NeedsPlan(plan) => Some(match held {
                Some(center) => format!("{center} can hold the pool meanwhile; with plan {plan}, write `plan: {plan}`"),
                None => format!(
                    "if you have plan {plan}, write `plan: {plan}`; else take it out of the files, name a `fallback:`, \
                     or ask with `bursar doctor --support-note`"
                ),
            }),
            Availability::NotOffered if is_own(offered.control, self.capabilities) => {
                Some("nothing: it stays in the files, and no plan fails for it".to_owned())
            }
            Availability::NotOffered => Some("take it out of the files, or move the pool to another center".to_owned()),
        }
    }
}

/// What became of a token, in words.
fn state(state: TokenState) -> &'static str {
    match state {
        TokenState::Accepted => "accepted",
        TokenState::Refused => "refused",
        TokenState::NotSet => "not set",
        TokenState::Malformed => "no token",
        TokenState::NotTried => "not tried",
    }
}

/// How long ago an export was made, in words.
pub(super) fn age(exported: Date, as_of: Date) -> String {
    /// An export older than this is likely to show people who left and none who came.
    const FRESH: i32 = 7;
    match (as_of - exported).get_days() {
        // One that is still to come is no export that could be read.
        ..=0 => format!("exported {exported}, today"),
        1 => format!("exported {exported}, yesterday"),
        days if days > FRESH => format!("exported {exported}, {days} days ago: export anew before you rely on it"),
        days => format!("exported {exported}, {days} days ago"),
    }
}
