//! Why one person may draw what they may: the rules that name them, which of them decides, and why the others do not.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::diagnostics::{Files, Span};
use crate::model::capability::{CapScope, Capabilities, Keeps};
use crate::model::total::{Counted, Draw, Open, Part};
use crate::model::{Budget, Cap, CenterId, GroupId, Lapse, MemberId, Others, Period, PoolId, Rule, Source, Unit};

use super::directory::{Directory, by_cap, effective, is_own, lapse, ranked};
use super::file::{self, Config, Entry, GroupItem, Member, Overlap, Pool, Who};
use super::listing::written;
use super::resolve::{budget_of, cap_of, identity, unit_of};

/// One person, and what every pool of the files lets them draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Who they are in the files; nothing for somebody whom only a center knows.
    pub person: Option<Person>,
    /// The pools, by center and name.
    pub pools: Vec<PoolRight>,
}

/// A member of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their name in the files.
    pub id: MemberId,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Their logins, by vendor.
    pub logins: BTreeMap<&'static str, String>,
    /// Where they stand.
    pub source: Source,
    /// Whether the guardrails protect them from being revoked or cut.
    pub protected: bool,
    /// Where a CSV has them too, where they stand in the YAML.
    pub row: Option<Source>,
    /// What a CSV says of somebody who left, and where.
    pub departed: Option<(String, Source)>,
}

/// What one pool lets the person draw, by the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolRight {
    /// The center that the pool is in.
    pub center: CenterId,
    /// The pool.
    pub pool: PoolId,
    /// The provider of the center.
    pub provider: &'static str,
    /// What a cap belongs to there.
    pub cap_scope: CapScope,
    /// The budget of the pool; nothing where the pool shall go.
    pub budget: Option<Budget>,
    /// By what the center knows the person; nothing where they have no identity there.
    pub known_by: Option<String>,
    /// When a cap starts again.
    pub period: Option<Period>,
    /// What they may draw.
    pub right: Right,
    /// The line that decides: a rule, what holds for others, or the pool itself where it shall go.
    pub decided_at: Source,
    /// The rules that name them, the one that decides first, and then those that except them.
    pub rules: Vec<Standing>,
}

impl Explanation {
    /// What each pool lets them draw by the files, to be added up. A center that cannot know them lets them draw nothing.
    pub fn parts(&self) -> Vec<Part> {
        let known = |right: &&PoolRight| self.person.is_none() || right.known_by.is_some();
        self.pools.iter().filter(known).filter_map(PoolRight::part).collect()
    }
}

impl PoolRight {
    fn part(&self) -> Option<Part> {
        let budget = self.budget.as_ref()?;
        let draw = match &self.right {
            Right::Granted { cap: Cap::Amount(amount), .. }
            | Right::Others { others: Some(Others::Cap(Cap::Amount(amount))) } => Draw::UpTo(*amount),
            Right::Granted { cap: Cap::Unlimited, .. }
            | Right::Others { others: Some(Others::Cap(Cap::Unlimited)) } => Draw::Open(Open::Unlimited),
            Right::Granted { cap: Cap::Inherit, .. } | Right::Others { others: Some(Others::Cap(Cap::Inherit)) } => {
                Draw::Open(Open::CenterDefault)
            }
            Right::Others { others: None } => Draw::Open(Open::Unmanaged),
            Right::Lapsed(_) | Right::Others { others: Some(Others::Blocked) } | Right::PoolAbsent => Draw::Nothing,
        };
        Some(Part {
            center: self.center.clone(),
            pool: self.pool.clone(),
            counted: Counted::of(budget.unit, self.provider),
            cap_scope: self.cap_scope,
            draw,
            own: matches!(self.right, Right::Granted { .. }),
            period: self.period,
            budget: budget.blocks(),
        })
    }
}

/// What the files let somebody draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Right {
    /// So much.
    Granted {
        /// The cap: what `inherit` comes to where the pool has a default, else `inherit`.
        cap: Cap,
        /// What gave the cap.
        from: CapFrom,
    },
    /// Nothing today: a rule names them and does not hold on this day.
    Lapsed(Lapse),
    /// What everybody may draw whom no rule names.
    Others {
        /// The value, `inherit` followed to the pool's default; nothing where they are unmanaged.
        others: Option<Others>,
    },
    /// Nothing: the pool shall go.
    PoolAbsent,
}

/// What gave a cap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CapFrom {
    /// The rule that decides.
    Rule,
    /// The pool's default cap, which stands there.
    DefaultCap(Source),
    /// What others may draw, which stands there: in this center whoever has no cap of their own is one of them.
    Others(Source),
    /// The files give none, so that the center's own default holds.
    Center,
}

/// A rule and how it fares for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The rule as written.
    pub rule: Rule,
    /// The groups from the rule's to the one that holds the person; empty for a rule about a member.
    pub way: Vec<GroupId>,
    /// Where a CSV says that they are in that group; nothing where the YAML does.
    pub row: Option<Source>,
    /// What its cap comes to: its own, else the pool's default, else `inherit`.
    pub cap: Cap,
    /// Whether it decides over the person.
    pub decides: bool,
    /// Why it gives nothing, if it does not. A rule that decides may have lapsed, where all have.
    pub lost: Option<Lost>,
}

/// Why a rule gives a person nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It does not hold on this day.
    Lapsed(Lapse),
    /// It names its group without them.
    Excepted,
    /// They have a rule of their own.
    OwnRule,
    /// Another group gives more, and the pool says `overlap: highest`.
    OverlapHighest,
    /// Another group gives less, and the pool says `overlap: lowest`.
    OverlapLowest,
    /// Another rule gives the same, for as long or longer.
    SameCap,
}

impl Lost {
    /// The word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lapsed(Lapse::Expired(_)) => "expired",
            Self::Lapsed(Lapse::NotStarted(_)) => "not_started",
            Self::Excepted => "excepted",
            Self::OwnRule => "own_rule",
            Self::OverlapHighest => "overlap_highest",
            Self::OverlapLowest => "overlap_lowest",
            Self::SameCap => "same_cap",
        }
    }
}

/// Whom a name stands for: the member of that id, else everybody with that e-mail address or login. Case does not matter.
pub fn find<'a>(config: &'a Config, name: &str) -> Vec<&'a MemberId> {
    if let Some(entry) = config.members.get(name.to_ascii_lowercase().as_str()) {
        return vec![&entry.name.value];
    }
    let same = |text: &str| text.eq_ignore_ascii_case(name);
    let is = |member: &Member| {
        member.addresses().any(|email| same(email)) || member.logins.iter().any(|login| same(&login.name))
    };
    config
        .members
        .iter()
        .filter(|entry| is(&entry.value))
        .map(|entry| &entry.name.value)
        .collect()
}

/// Explains what the files let somebody draw on a day; without a member, what they let anybody draw whom they do not
/// name. What has an error is left out, so call it for a config without errors.
pub fn explain(
    config: &Config,
    files: &Files,
    providers: &[&'static Capabilities],
    member: Option<&MemberId>,
    as_of: Date,
) -> Explanation {
    let explainer = Explainer {
        config,
        files,
        directory: Directory::new(config),
        member: member.and_then(|id| config.members.get(id.as_str())),
        as_of,
    };
    let mut pools: Vec<PoolRight> = config.pools.iter().filter_map(|entry| explainer.pool(entry, providers)).collect();
    pools.sort_by(|a, b| (&a.center, &a.pool).cmp(&(&b.center, &b.pool)));
    Explanation { person: explainer.member.map(|entry| explainer.person(entry)), pools }
}

struct Explainer<'a> {
    config: &'a Config,
    files: &'a Files,
    directory: Directory<'a>,
    member: Option<&'a Entry<MemberId, Member>>,
    as_of: Date,
}

impl Explainer<'_> {
    fn source(&self, span: Span) -> Source {
        Source { file: self.files.shown(span.file), line: self.files.line(span) }
    }

    fn person(&self, entry: &Entry<MemberId, Member>) -> Person {
        let protected = self.config.guardrails.iter().flat_map(|guardrails| &guardrails.value.protected);
        let mut protected = protected.flat_map(|list| &list.value);
        let row = entry.value.row.as_deref();
        let left = row.and_then(|row| row.left.as_ref());
        Person {
            row: row.filter(|row| row.span.file != entry.name.span.file).map(|row| self.source(row.span)),
            departed: left.map(|left| (left.value.to_string(), self.source(left.span))),
            id: entry.name.value.clone(),
            email: entry.value.email.as_ref().map(|email| email.to_string()),
            logins: entry.value.logins.iter().map(|login| (login.provider, login.name.to_string())).collect(),
            source: self.source(entry.name.span),
            protected: protected.any(|id| id.value == entry.name.value),
        }
    }

    fn pool(&self, entry: &Entry<PoolId, Pool>, providers: &[&'static Capabilities]) -> Option<PoolRight> {
        let pool = &entry.value;
        let center = self.config.centers.get(pool.center.as_ref()?.value.as_str())?;
        let capabilities = center.value.capabilities(providers)?;
        let known_by = self
            .member
            .and_then(|entry| identity(&entry.name.value, &entry.value, capabilities.identity).0.map(str::to_owned));
        let mut right = PoolRight {
            center: center.name.value.clone(),
            pool: entry.name.value.clone(),
            provider: capabilities.provider,
            cap_scope: capabilities.cap_scope,
            budget: None,
            known_by,
            period: pool.budget.as_ref().and_then(|budget| budget.value.period).map(|period| period.value),
            right: Right::PoolAbsent,
            decided_at: self.source(entry.name.span),
            rules: Vec::new(),
        };
        if pool.is_absent() {
            return Some(right);
        }
        let unit = unit_of(pool, capabilities)?;
        right.budget = Some(budget_of(pool, unit));
        right.rules = self.rules(pool, unit);
        if let Some(first) = right.rules.first().filter(|first| first.decides) {
            right.decided_at = first.rule.source.clone();
            right.right = match first.lost {
                Some(Lost::Lapsed(lapse)) => Right::Lapsed(lapse),
                _ => self.granted(pool, &first.rule, unit, capabilities.keeps(&pool.model_target())),
            };
        } else {
            if let Some(others) = &pool.others {
                right.decided_at = self.source(others.span);
            }
            right.right = Right::Others { others: others(pool, unit) };
        }
        Some(right)
    }

    fn granted(&self, pool: &Pool, rule: &Rule, unit: Unit, keeps: Keeps) -> Right {
        let follows = pool.others.as_ref().filter(|_| keeps.own_setting).map(|written| written.span);
        let default = pool.default_cap.as_ref().and_then(|cap| Some((cap_of(cap.value, unit)?, cap.span)));
        match (rule.cap, default) {
            (Some(Cap::Inherit) | None, Some((cap, span))) if cap != Cap::Inherit => {
                Right::Granted { cap, from: CapFrom::DefaultCap(self.source(span)) }
            }
            (Some(Cap::Inherit) | None, _) => match (others(pool, unit), follows) {
                (Some(Others::Cap(cap)), Some(span)) => {
                    Right::Granted { cap, from: CapFrom::Others(self.source(span)) }
                }
                _ => Right::Granted { cap: Cap::Inherit, from: CapFrom::Center },
            },
            (Some(cap), _) => Right::Granted { cap, from: CapFrom::Rule },
        }
    }

    fn rules(&self, pool: &Pool, unit: Unit) -> Vec<Standing> {
        let Some(member) = self.member.and_then(|entry| self.directory.member(entry.name.value.as_str())) else {
            return Vec::new();
        };
        let rules = pool.rules();
        let positions = |pick: &dyn Fn(&file::Rule) -> bool| -> Vec<(u32, u32)> {
            let picked = rules.iter().zip(0..).filter(|(rule, _)| pick(rule));
            picked.map(|(_, index)| (member, index)).collect()
        };
        let named = positions(&|rule| self.directory.people_of_rule(rule).binary_search(&member).is_ok());
        let order = ranked(pool, &named, self.as_of);
        let winner = order.first().and_then(|index| rules.get(*index as usize));
        let excepted = positions(&|rule| self.excepts(rule, member));
        let all = order.iter().copied().chain(excepted.iter().map(|(_, index)| *index));
        all.enumerate()
            .filter_map(|(place, index)| {
                let rule = rules.get(index as usize)?;
                let lost = match winner {
                    _ if place >= order.len() => Some(Lost::Excepted),
                    Some(winner) => self.lost(pool, winner, rule, place == 0),
                    None => None,
                };
                let way = self.way(rule, member);
                Some(Standing {
                    rule: written(rule, Some(unit), self.files)?,
                    row: way.last().and_then(|group| self.row(group)),
                    way,
                    cap: cap_of(effective(rule, pool), unit).unwrap_or(Cap::Inherit),
                    decides: place == 0 && winner.is_some(),
                    lost,
                })
            })
            .collect()
    }

    /// Whether a rule is about a group of the person and leaves them out.
    fn excepts(&self, rule: &file::Rule, member: u32) -> bool {
        rule.except().iter().any(|id| self.directory.member(id.as_str()) == Some(member))
            && !self.way(rule, member).is_empty()
    }

    fn way(&self, rule: &file::Rule, member: u32) -> Vec<GroupId> {
        let Some(Who::Group(group)) = rule.who.as_ref().map(|who| &who.value) else { return Vec::new() };
        let way = self.directory.way(group.as_str(), member).unwrap_or_default();
        let name = |at: u32| self.config.groups.at(at as usize).map(|entry| entry.name.value.clone());
        way.into_iter().filter_map(name).collect()
    }

    /// Where a CSV puts the person into a group.
    fn row(&self, group: &GroupId) -> Option<Source> {
        let row = self.member?.value.row.as_deref()?;
        let items = &self.config.groups.get(group.as_str())?.value.0.value;
        let theirs = |item: &&file::Spanned<GroupItem>| {
            item.span.file == row.span.file
                && matches!(&item.value, GroupItem::Member(id) if Some(id) == self.member.map(|entry| &entry.name.value))
        };
        items.iter().find(theirs).map(|item| self.source(item.span))
    }

    /// Why a rule does not give what it says, in the order in which rules are compared.
    fn lost(&self, pool: &Pool, winner: &file::Rule, rule: &file::Rule, wins: bool) -> Option<Lost> {
        if let Some(lapse) = lapse(rule, self.as_of) {
            return Some(Lost::Lapsed(lapse));
        }
        if wins {
            return None;
        }
        let highest = pool.overlap.is_some_and(|overlap| overlap.value == Overlap::Highest);
        Some(if is_own(winner) && !is_own(rule) {
            Lost::OwnRule
        } else if by_cap(pool, winner, rule).is_eq() {
            Lost::SameCap
        } else if highest {
            Lost::OverlapHighest
        } else {
            Lost::OverlapLowest
        })
    }
}

/// What others may draw of a pool, `inherit` followed to its default.
fn others(pool: &Pool, unit: Unit) -> Option<Others> {
    match &pool.others.as_ref()?.value {
        file::Others::Blocked => Some(Others::Blocked),
        file::Others::Unmanaged => None,
        file::Others::Cap(cap) => {
            let cap = match (cap.value, pool.default_cap) {
                (file::Cap::Inherit, Some(default)) => default.value,
                (cap, _) => cap,
            };
            cap_of(cap, unit).map(Others::Cap)
        }
    }
}
