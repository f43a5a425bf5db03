//! What an edit of the files means for people and money, with no center asked: what it would do to centers that hold
//! exactly what the files asked before it.

mod access;
mod centers;
mod groups;
mod json;
mod limits;
mod settings;
mod unkept;
mod upcoming;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use serde::Serialize;

use crate::model::capability::Capabilities;
use crate::model::{
    Amount, Cap, CenterId, CenterSettings, Desired, Grant, GroupId, Guardrails, MemberId, NotifyId, Period, PoolId,
    RateId, Recipient, Roster, Rule, RuleWho, Source, Subject, Target, Turn,
};

use super::{Allow, Change, Object, Periods, Refusal, Summary};

pub use access::make;

/// The version of the diff's JSON.
pub const DIFF_SCHEMA: &str = "bursar.diff.v1";

/// Which state of the files is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Revision {
    /// As it was asked for: `origin/main`; nothing for the working files.
    pub name: Option<String>,
    /// The commit, in hexadecimal; nothing for the working files.
    pub commit: Option<String>,
}

/// What the files ask of one center.
#[derive(Clone, Debug)]
pub struct FilesCenter {
    /// How it is reached.
    pub settings: CenterSettings,
    /// Which account it is, as far as the settings tell: two centers with the same one are the same.
    pub account: String,
    /// What it shall hold, not fitted to any center; every pool has a target.
    pub desired: Desired,
    /// Who is who in it.
    pub roster: Roster,
}

impl FilesCenter {
    /// A center with what it shall hold as the files say it. A pool without a target is the object that goes by its
    /// name, as its provider takes it.
    pub fn new(
        settings: CenterSettings,
        account: String,
        capabilities: &Capabilities,
        mut desired: Desired,
        roster: Roster,
    ) -> Self {
        if let Some(key) = capabilities.targets.first().filter(|key| !key.required) {
            let name = |id: &PoolId, target: &mut Target| {
                if target.0.is_empty() {
                    *target = Target::of(key.name, id.as_str());
                }
            };
            desired.state.pools.iter_mut().for_each(|(id, pool)| name(id, &mut pool.target));
            desired.absent.iter_mut().for_each(|(id, (target, _))| name(id, target));
        }
        Self { settings, account, desired, roster }
    }
}

/// The files at one revision, resolved on the day of the comparison.
#[derive(Clone, Debug)]
pub struct Files {
    /// Which ones.
    pub revision: Revision,
    /// What they ask of each center.
    pub centers: BTreeMap<CenterId, FilesCenter>,
    /// The rules of each pool, in the order of the file.
    pub rules: BTreeMap<PoolId, Vec<Rule>>,
    /// How those rules take turns over a person for whom another one than today's will decide.
    pub turns: BTreeMap<PoolId, BTreeMap<MemberId, Vec<Turn>>>,
    /// What each member is known by: `email`, and the logins at vendors.
    pub members: BTreeMap<MemberId, BTreeMap<&'static str, String>>,
    /// Where the row of a CSV stands that is about a member.
    pub rows: BTreeMap<MemberId, Source>,
    /// Everybody in each group, through the groups within it.
    pub groups: BTreeMap<GroupId, BTreeSet<MemberId>>,
    /// The limits on plans.
    pub guardrails: Guardrails,
    /// Who hears of alerts.
    pub notify: BTreeMap<NotifyId, BTreeSet<Recipient>>,
    /// Where the locks are, as written; nothing where the files leave it to the default.
    pub lock: Option<String>,
    /// The center that holds a pool while its own lacks a control.
    pub fallbacks: BTreeMap<PoolId, CenterId>,
    /// What credits are worth where a pool is held elsewhere.
    pub rates: BTreeMap<RateId, Amount>,
}

impl Files {
    /// The position of the rule that grants a person something on a day that is not past, as long as no file changes;
    /// nothing where none does.
    pub(super) fn granting(&self, center: &FilesCenter, pool: &PoolId, member: &MemberId, day: Date) -> Option<u32> {
        if let Some(turns) = self.turns.get(pool).and_then(|of_pool| of_pool.get(member)) {
            return turns.iter().rev().find(|turn| turn.from <= day)?.rule;
        }
        let deciding = *center.desired.sources.get(pool)?.deciding.get(member)?;
        self.rules
            .get(pool)?
            .get(deciding as usize)
            .filter(|rule| rule.holds(day))
            .map(|_| deciding)
    }

    /// Those whom a rule names, each once.
    pub fn people<'a>(&'a self, who: &'a RuleWho) -> Box<dyn Iterator<Item = &'a MemberId> + 'a> {
        match who {
            RuleWho::Member(member) => Box::new(std::iter::once(member)),
            RuleWho::Group(group, except) => {
                let people = self.groups.get(group).into_iter().flatten();
                Box::new(people.filter(|member| !except.contains(*member)))
            }
        }
    }
}

/// A change that an edit of the files asks for, with what its rule says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The change. It has no delivery and no precondition: no center was asked.
    pub change: Change,
    /// The rule that decides over its person now, where there is one.
    pub rule: Option<Arc<Rule>>,
    /// The rule that decided over them before; its line is one of the base.
    pub was: Option<Arc<Rule>>,
    /// Where a row of a CSV is about its person now.
    pub row: Option<Source>,
    /// Where one was in the base, if none is now.
    pub row_was: Option<Source>,
    /// The cap that the person had: the pool's default cap where theirs follows it. Nothing where they had no grant.
    pub cap_before: Option<Cap>,
    /// The cap that they have now, likewise.
    pub cap_after: Option<Cap>,
}

impl Edit {
    /// The change for people to read: a cap that follows the pool's default cap is that amount.
    pub fn plain(&self) -> Change {
        let plain = |object: &Option<Object>, cap| match object {
            Some(Object::Grant(grant)) => Some(Object::Grant(Grant { cap, ..*grant })),
            object => object.clone(),
        };
        let (before, after) = (&self.change.before, &self.change.after);
        Change { before: plain(before, self.cap_before), after: plain(after, self.cap_after), ..self.change.clone() }
    }
}

/// A pool or a person whom the files no longer name and whose right stays as it is: nothing decides over them any more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Released {
    /// The center.
    pub center: CenterId,
    /// The pool.
    pub pool: PoolId,
    /// The person; nothing where it is the whole pool.
    pub subject: Option<Subject>,
}

/// A setting of a pool, or a person's cap, that the files no longer ask for: the center keeps what it has, and nothing
/// holds it there any more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unkept {
    /// The center.
    pub center: CenterId,
    /// The pool.
    pub pool: PoolId,
    /// Whose cap it is; nothing for a setting of the pool.
    pub subject: Option<Subject>,
    /// Which one: `budget.limit`, `default_cap`, `others`, `cap`.
    pub field: &'static str,
    /// What the files asked before, in words.
    pub before: String,
}

/// A rule that begins later and that only one of the two sides has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upcoming {
    /// The center.
    pub center: CenterId,
    /// The pool.
    pub pool: PoolId,
    /// Whether the head has it; else it was there before.
    pub added: bool,
    /// Its first day.
    pub from: Date,
    /// The rule.
    pub rule: Arc<Rule>,
    /// When its cap starts again, where the files say so.
    pub period: Option<Period>,
    /// How many people it names.
    pub people: usize,
}

/// Who came into a group or left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupEdit {
    /// The group.
    pub group: GroupId,
    /// Who is in it now and was not.
    pub joined: BTreeSet<MemberId>,
    /// Who was in it and is not.
    pub left: BTreeSet<MemberId>,
    /// The pools whose rules name the group, on either side.
    pub pools: BTreeSet<PoolId>,
    /// Where rows of a CSV are about these people now, else where they were in the base.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rows: BTreeMap<MemberId, Source>,
}

impl GroupEdit {
    /// Somebody with the line of the CSV that is about them.
    pub fn named(&self, member: &MemberId) -> String {
        match self.rows.get(member) {
            Some(row) => format!("{member} ({row})"),
            None => member.to_string(),
        }
    }
}

/// A limit on plans that is another one now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GuardrailEdit {
    /// Which: `revocations.count`, `worst_case.USD`, `protected`.
    pub name: String,
    /// What it was; nothing where there was no limit.
    pub before: Option<String>,
    /// What it is; nothing where there is no limit.
    pub after: Option<String>,
    /// Whether it lets more through than before.
    pub loosened: bool,
}

/// A list of people to notify that is another one now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotifyEdit {
    /// Its name under `notify:`.
    pub name: NotifyId,
    /// Who heard of it; nothing where there was no such list.
    pub before: Option<BTreeSet<Recipient>>,
    /// Who hears of it now.
    pub after: Option<BTreeSet<Recipient>>,
}

/// A setting beyond rights and money that is another one now: where a center is, what its token is read from, where the
/// locks are, who somebody is, which center would hold a pool and at which rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettingEdit {
    /// Which: `centers.gateway.base_url`, `lock`, `members.alice.email`,
    /// `pools.design-ai.fallback`, `rates.figma_credit`.
    pub name: String,
    /// What it was.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

/// What an edit of the files means.
#[derive(Clone, Debug)]
pub struct FilesDiff {
    /// Compared with this.
    pub base: Revision,
    /// The edit ends here.
    pub head: Revision,
    /// What it does to people and money, in the order of a plan.
    pub edits: Vec<Edit>,
    /// What begins later.
    pub upcoming: Vec<Upcoming>,
    /// What the files let go of without taking it away.
    pub released: Vec<Released>,
    /// What the files no longer ask for, and the center keeps.
    pub unkept: Vec<Unkept>,
    /// Who is in which group, of those groups that some rule names.
    pub groups: Vec<GroupEdit>,
    /// The limits on plans.
    pub guardrails: Vec<GuardrailEdit>,
    /// Who hears of alerts.
    pub notify: Vec<NotifyEdit>,
    /// Where centers and locks are, and who is who.
    pub settings: Vec<SettingEdit>,
    /// Remarks on what the files alone do not tell.
    pub notes: Vec<String>,
    /// The limits of the head that the edit goes over, as far as the files alone can tell.
    pub refusals: Vec<Refusal>,
    /// The periods of the pools that the changes are about.
    pub periods: BTreeMap<CenterId, BTreeMap<PoolId, Periods>>,
    /// What it all comes to.
    pub summary: Summary,
}

impl FilesDiff {
    /// Whether the edit means nothing: rules were moved, comments written, lines laid out anew.
    pub fn is_empty(&self) -> bool {
        let Self {
            base: _,
            head: _,
            edits,
            upcoming,
            released,
            unkept,
            groups,
            guardrails,
            notify,
            settings,
            notes,
            refusals: _,
            periods: _,
            summary: _,
        } = self;
        edits.is_empty()
            && upcoming.is_empty()
            && released.is_empty()
            && unkept.is_empty()
            && groups.is_empty()
            && guardrails.is_empty()
            && notify.is_empty()
            && settings.is_empty()
            && notes.is_empty()
    }
}

/// Everything of a comparison that its caller decides.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The consents given.
    pub allows: &'a [Allow],
    /// The day on which rules hold or not.
    pub as_of: Date,
}
