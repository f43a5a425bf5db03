//! Observed against desired: a pure function, sorted, with one change per object.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::capability::{Ability, Capabilities, Control, Keeps};
use crate::model::{
    Alert, AlertKey, Amount, Cap, CenterId, Desired, Ended, Expiry, Grant, INCLUDED_USAGE, Lapse, MemberId, Membership,
    Observed, Others, Pool, PoolId, PoolSources, Source, Subject, Target,
};

use super::change::{Object, PoolObject, grant_fields};
use super::others::{drawing_others, everybody_else, kept_from_others};
use super::reach::{self, Reach};
use super::{Cause, Change, Delivery, Effect, Kind};

/// What one pool's part of the diff looks at.
struct PoolDiff<'a> {
    center: &'a CenterId,
    pool: &'a PoolId,
    target: Arc<Target>,
    capabilities: &'a Capabilities,
    keeps: Keeps,
    desired: &'a Pool,
    observed: Option<&'a Pool>,
    lapsed: Option<&'a BTreeMap<MemberId, Lapse>>,
    outlived: Option<&'a BTreeMap<MemberId, Ended>>,
    sources: Option<&'a PoolSources>,
    roster: &'a Observed,
    changes: Vec<Change>,
}

/// Every change that brings a center from what was observed to what is desired, sorted by pool and object.
pub fn diff(center: &CenterId, capabilities: &Capabilities, desired: &Desired, observed: &Observed) -> Vec<Change> {
    let mut changes = Vec::new();
    for (id, pool) in &desired.state.pools {
        let mut part = PoolDiff {
            center,
            pool: id,
            target: Arc::new(pool.target.clone()),
            capabilities,
            keeps: capabilities.keeps(&pool.target),
            desired: pool,
            observed: observed.state.pools.get(id),
            lapsed: desired.lapsed.get(id),
            outlived: desired.outlived.get(id),
            sources: desired.sources.get(id),
            roster: observed,
            changes: Vec::new(),
        };
        part.pool();
        part.others();
        part.alerts();
        part.grants();
        changes.append(&mut part.changes);
    }
    for (id, (target, source)) in &desired.absent {
        if let Some(pool) = observed.state.pools.get(id) {
            let people: Vec<Subject> = pool
                .grants
                .keys()
                .cloned()
                .chain(drawing_others(capabilities, id, observed, pool))
                .collect();
            // Whom a cap of nothing keeps from drawing loses nothing with it.
            let may_not = |one: &Subject| pool.grants.get(one).is_some_and(Grant::is_nothing);
            let elsewhere = desired.elsewhere.get(id);
            let kept: Vec<Subject> = elsewhere.map_or_else(Vec::new, |kept| {
                people.iter().filter(|one| kept.contains(*one) || may_not(one)).cloned().collect()
            });
            let harmless = elsewhere.is_some() && kept.len() == people.len();
            changes.push(Change {
                center: center.clone(),
                pool: id.clone(),
                target: Arc::new(target.clone()),
                kind: Kind::PoolDelete,
                subject: None,
                alert: None,
                fields: Vec::new(),
                before: Some(Object::Pool(Box::new(PoolObject::from(pool)))),
                after: None,
                effect: if harmless { Effect::Neutral } else { Effect::Revokes },
                cause: Cause::Unattributed,
                delivery: delivery(capabilities.controls.pool),
                etag: None,
                source: Some(source.clone()),
                written: None,
                audit: None,
                drawn: Vec::new(),
                people,
                kept,
                moves_from: None,
            });
        }
    }
    changes
}

/// How a control's writes get into the center.
fn delivery(control: Control) -> Delivery {
    match control.write {
        Ability::Api | Ability::Gated { .. } => Delivery::Api,
        Ability::Manual(steps) => Delivery::Manual { steps: steps.lines().map(str::to_owned).collect() },
        Ability::ReadOnly(_) | Ability::Unsupported(_) => Delivery::Assert,
    }
}

/// What a pool will be once the desired fields are in it: what the files do not mention stays as it is.
pub(crate) fn overlay(desired: &Pool, observed: Option<&Pool>) -> PoolObject {
    let mut after = PoolObject::from(desired);
    if let Some(observed) = observed {
        after.description = after.description.or_else(|| observed.description.clone());
        after.budget.period = after.budget.period.or(observed.budget.period);
        after.budget.limit = after.budget.limit.or(observed.budget.limit);
        after.budget.when_exhausted = after.budget.when_exhausted.or(observed.budget.when_exhausted);
        after.default_cap = after.default_cap.or(observed.default_cap);
    }
    after
}

impl PoolDiff<'_> {
    fn change(&self, kind: Kind, control: Control) -> Change {
        Change {
            center: self.center.clone(),
            pool: self.pool.clone(),
            target: Arc::clone(&self.target),
            kind,
            subject: None,
            alert: None,
            fields: Vec::new(),
            before: None,
            after: None,
            effect: Effect::Neutral,
            cause: Cause::Unattributed,
            delivery: delivery(control),
            etag: None,
            source: None,
            written: None,
            audit: None,
            drawn: Vec::new(),
            people: Vec::new(),
            kept: Vec::new(),
            moves_from: None,
        }
    }

    fn source(&self, pick: impl FnOnce(&PoolSources) -> &Source) -> Option<Source> {
        self.sources.map(|sources| pick(sources).clone())
    }

    /// The pool as it will be.
    fn after(&self) -> PoolObject {
        overlay(self.desired, self.observed)
    }

    fn pool(&mut self) {
        let after = self.after();
        let Some(observed) = self.observed else {
            let mut change = self.change(Kind::PoolCreate, self.capabilities.controls.pool);
            change.after = Some(Object::Pool(Box::new(after)));
            change.effect = Effect::Grants;
            change.source = self.source(|sources| &sources.pool);
            self.changes.push(change);
            return;
        };
        let before = PoolObject::from(observed);
        let PoolObject { target, description, budget, default_cap } = &after;
        let included = target.get(INCLUDED_USAGE);
        let differs = [
            (INCLUDED_USAGE, included.is_some() && included != before.target.get(INCLUDED_USAGE)),
            ("description", *description != before.description),
            ("budget.limit", budget.limit != before.budget.limit),
            ("budget.unit", budget.unit != before.budget.unit),
            ("budget.period", budget.period != before.budget.period),
            ("budget.when_exhausted", budget.when_exhausted != before.budget.when_exhausted),
            ("default_cap", *default_cap != before.default_cap),
        ];
        let fields: Vec<_> = differs.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
        if fields.is_empty() {
            return;
        }
        let (effect, people) = self.pool_effect(&before, &after);
        let controls = &self.capabilities.controls;
        let only_default = matches!(fields.as_slice(), ["default_cap"]);
        let mut change =
            self.change(Kind::PoolUpdate, if only_default { controls.default_cap } else { controls.budget });
        change.source = self.source(|sources| match fields.as_slice() {
            ["default_cap"] => &sources.default_cap,
            ["description"] => &sources.pool,
            _ => &sources.budget,
        });
        change.fields = fields;
        change.before = Some(Object::Pool(Box::new(before)));
        change.after = Some(Object::Pool(Box::new(after)));
        change.effect = effect;
        change.people = people;
        self.changes.push(change);
    }

    /// What an update of the pool itself means, and whose right it takes or lessens.
    fn pool_effect(&self, before: &PoolObject, after: &PoolObject) -> (Effect, Vec<Subject>) {
        let limit = |pool: &PoolObject| {
            pool.budget
                .limit
                .map(|limit| reach::of_limit(limit, pool.budget.when_exhausted, pool.budget.period))
        };
        let default = |pool: &PoolObject| reach::of_cap(Some(Cap::Inherit), pool.default_cap, pool.budget.period);
        let everyone = |pool: &PoolObject| {
            let one = Amount::whole(1, pool.budget.unit);
            reach::of_cap(Some(Cap::Amount(one)), None, pool.budget.period)
        };
        // A limit that somebody has to look up, and did not yet, is as likely to be what it shall be.
        let looked_up = self.capabilities.controls.budget.read != Ability::Api && before.budget.limit.is_none();
        let by_limit = match (limit(before), limit(after)) {
            _ if before.budget.unit != after.budget.unit => Effect::Cuts,
            (None, Some(after @ Reach::Amount(_))) if looked_up && !after.is_nothing() => Effect::Neutral,
            (before, after) => reach::effect(before, after),
        };
        let by_default = reach::effect(default(before), default(after));
        let by_period = reach::effect(everyone(before), everyone(after));
        let grants = || self.observed.into_iter().flat_map(|pool| &pool.grants);
        let others = || {
            self.observed
                .into_iter()
                .flat_map(|pool| drawing_others(self.capabilities, self.pool, self.roster, pool))
        };
        let all = || grants().map(|(subject, _)| subject.clone()).chain(others()).collect::<Vec<_>>();
        let inheriting = || {
            let inherit = Some(Others::Cap(Cap::Inherit));
            let others = others().filter(|_| self.observed.is_some_and(|pool| pool.others == inherit));
            grants()
                .filter(|(_, grant)| grant.cap == Some(Cap::Inherit))
                .map(|(subject, _)| subject.clone())
                .chain(others)
                .collect::<Vec<_>>()
        };
        let lessens = |effect| matches!(effect, Effect::Revokes | Effect::Cuts);
        // Amounts of two units cannot be compared, so a change of the unit counts as a cut of everybody.
        let other_unit = before.budget.unit != after.budget.unit;
        let people = if by_limit == Effect::Revokes || lessens(by_period) || other_unit {
            all()
        } else {
            let mut people = if lessens(by_default) { inheriting() } else { Vec::new() };
            people.extend(self.out_of_reach(before, limit(before), limit(after)));
            people.sort_unstable();
            people.dedup();
            people
        };
        (reach::gravest([by_limit, by_default, by_period]), people)
    }

    /// Those whose cap fitted into the pool's limit and no longer does: what is left of the limit is now their cap.
    fn out_of_reach(&self, pool: &PoolObject, before: Option<Reach>, after: Option<Reach>) -> Vec<Subject> {
        let (Some(before), Some(after)) = (before, after) else { return Vec::new() };
        let cut = |reach: Option<Reach>| {
            reach.is_some_and(|reach| reach != Reach::Unbounded && reach <= before && reach > after)
        };
        let of = |cap, period: Option<_>| reach::of_cap(cap, pool.default_cap, period.or(pool.budget.period));
        let granted = self.observed.into_iter().flat_map(|pool| &pool.grants);
        let granted = granted
            .filter(|(_, grant)| cut(of(grant.cap, grant.period)))
            .map(|(subject, _)| subject.clone());
        let others = self.observed.into_iter().filter(|pool| match pool.others {
            Some(Others::Cap(cap)) => cut(of(Some(cap), None)),
            Some(Others::Blocked) | None => false,
        });
        granted
            .chain(others.flat_map(|pool| drawing_others(self.capabilities, self.pool, self.roster, pool)))
            .collect()
    }

    /// `others` where the center keeps it as one setting; else it is in the grants.
    fn others(&mut self) {
        if !self.keeps.others {
            return;
        }
        let Some(desired) = self.desired.others else { return };
        // A pool that does not exist yet begins with nobody else in it.
        let before = self.observed.map_or(Some(Others::Blocked), |pool| pool.others);
        if before == Some(desired) {
            return;
        }
        let after = self.after();
        let default = self.observed.and_then(|pool| pool.default_cap);
        let period = self.observed.and_then(|pool| pool.budget.period);
        let inherited = self.roster.inherited.get(self.pool);
        let mut change = self.change(Kind::OthersUpdate, self.capabilities.controls.others);
        change.fields = vec!["others"];
        change.effect = reach::effect(
            before.and_then(|others| reach::of_others(others, default, period)),
            reach::of_others(desired, after.default_cap, after.budget.period),
        );
        change.source = self.source(|sources| &sources.others);
        change.people = self
            .roster
            .scope(self.pool)
            .iter()
            .filter(|subject| !self.names(subject))
            .filter(|subject| !inherited.is_some_and(|inherited| inherited.contains_key(*subject)))
            .filter(|subject| self.observed.is_none_or(|pool| !pool.grants.contains_key(*subject)))
            .cloned()
            .collect();
        change.before = before.map(Object::Others);
        change.after = Some(Object::Others(desired));
        self.changes.push(change);
    }

    /// Whether a rule of the files decides over a person, rather than what holds for others.
    fn names(&self, subject: &Subject) -> bool {
        let granted = self.desired.grants.get(subject).is_some_and(|grant| self.keeps.holds(grant));
        granted || (self.lapse(subject).is_some() && !self.keeps.own_setting)
    }

    fn lapse(&self, subject: &Subject) -> Option<Lapse> {
        match subject {
            Subject::Member(id) => self.lapsed.and_then(|lapsed| lapsed.get(id)).copied(),
            Subject::Stranger(_) => None,
        }
    }

    fn ended(&self, subject: &Subject) -> Option<Ended> {
        match subject {
            Subject::Member(id) => self.outlived.and_then(|outlived| outlived.get(id)).copied(),
            Subject::Stranger(_) => None,
        }
    }

    fn alerts(&mut self) {
        let Some(desired) = &self.desired.alerts else { return };
        let none = BTreeMap::new();
        let observed = self.observed.and_then(|pool| pool.alerts.as_ref()).unwrap_or(&none);
        let control = self.capabilities.controls.alert;
        let object = |key: &AlertKey, alert: &Alert| Some(Object::Alert(*key, alert.notify.clone()));
        let mut found = Vec::new();
        for (key, alert) in desired {
            let kind = match observed.get(key) {
                None => Kind::AlertAdd,
                Some(before) if before != alert => Kind::AlertUpdate,
                Some(_) => continue,
            };
            let mut change = self.change(kind, control);
            change.alert = Some(*key);
            change.before = observed.get(key).and_then(|alert| object(key, alert));
            change.after = object(key, alert);
            change.source = self.source(|sources| sources.alerts.get(key).unwrap_or(&sources.pool));
            if kind == Kind::AlertUpdate {
                change.fields = vec!["notify"];
            }
            found.push(change);
        }
        for (key, alert) in observed {
            if !desired.contains_key(key) {
                let mut change = self.change(Kind::AlertRemove, control);
                change.alert = Some(*key);
                change.before = object(key, alert);
                change.source = self.source(|sources| &sources.pool);
                found.push(change);
            }
        }
        self.changes.append(&mut found);
    }

    fn grants(&mut self) {
        let control = self.capabilities.controls.grant;
        let after_pool = self.after();
        let none = BTreeMap::new();
        let observed = self.observed.map_or(&none, |pool| &pool.grants);
        let before_default = self.observed.and_then(|pool| self.keeps.fallback(pool));
        let before_period = self.observed.and_then(|pool| pool.budget.period);
        let before = |subject: &Subject, grant: &Grant| {
            let default = self.inherited(subject).or(before_default);
            reach::of_cap(grant.cap, default, grant.period.or(before_period))
        };
        let after_default = self.after_default(&after_pool);
        let after = |subject: &Subject, grant: &Grant| {
            let default = self.inherited(subject).or(after_default);
            reach::of_cap(grant.cap, default, grant.period.or(after_pool.budget.period))
        };
        let mut found = Vec::new();
        for (subject, grant) in &self.desired.grants {
            if let Some(mut change) = self.desired_grant(subject, grant, observed.get(subject), &before, &after) {
                // Some centers have to be asked for a grant of nothing where a rule ended.
                if let (Some(Lapse::Expired(_)), Effect::Cuts | Effect::Revokes) = (self.lapse(subject), change.effect)
                {
                    change.cause = Cause::Expiry;
                }
                found.push(change);
            }
        }
        let kept = kept_from_others(self.capabilities, self.desired, self.observed, self.lapsed);
        found.extend(self.kept_from_others(&kept, observed, &before, &after));
        for (subject, wanted) in everybody_else(self.capabilities, self.desired, self.pool, self.roster, self.lapsed) {
            if !observed.contains_key(&subject) {
                found.extend(self.desired_grant(&subject, &wanted, None, &before, &after));
            }
        }
        for (subject, grant) in observed {
            if self.desired.grants.contains_key(subject) || kept.contains_key(subject) {
                continue;
            }
            let lapse = self.lapse(subject);
            let others = match (lapse, self.desired.others) {
                // Where there is nothing to join, they are then one of the others.
                (Some(_), others) if self.keeps.own_setting && self.keeps.others => {
                    others.or_else(|| self.observed.and_then(|pool| pool.others)).unwrap_or(Others::Blocked)
                }
                (Some(_), _) => Others::Blocked,
                (None, Some(others)) => others,
                (None, None) => continue,
            };
            if let (Others::Cap(cap), false) = (others, self.keeps.others) {
                // Where the center keeps no rule for others, each of them is a grant with their cap.
                let period = cap.amount().and_then(|_| self.grant_period());
                let wanted = Grant { cap: Some(cap), period, expires: None };
                found.extend(self.desired_grant(subject, &wanted, Some(grant), &before, &after));
                continue;
            }
            let inherited = self.inherited(subject);
            let after_reach = match inherited {
                Some(cap) => reach::of_cap(Some(cap), None, after_pool.budget.period),
                None => reach::of_others(others, after_pool.default_cap, after_pool.budget.period),
            };
            let mut change = self.change(Kind::GrantRevoke, control);
            change.before = Some(Object::Grant(*grant));
            change.effect = match reach::effect(before(subject, grant), after_reach) {
                _ if others == Others::Blocked && inherited.is_none() => Effect::Revokes,
                effect => effect,
            };
            change.source = self.source(|sources| sources.of_subject(subject));
            if let Some(Lapse::Expired(_)) = lapse {
                change.cause = Cause::Expiry;
            }
            change.subject = Some(subject.clone());
            found.push(change);
        }
        if self.roster.fixed.contains(self.pool) {
            let joins = |change: &&mut Change| matches!(change.kind, Kind::GrantAdd | Kind::GrantRevoke);
            found.iter_mut().filter(joins).for_each(|change| change.delivery = Delivery::Assert);
        }
        found.sort_by(|a, b| a.subject.cmp(&b.subject));
        self.changes.append(&mut found);
    }

    /// The grants of nothing that keep people whose rule does not hold today from drawing as others.
    fn kept_from_others(
        &self,
        kept: &BTreeMap<Subject, Grant>,
        observed: &BTreeMap<Subject, Grant>,
        before: &impl Fn(&Subject, &Grant) -> Option<Reach>,
        after: &impl Fn(&Subject, &Grant) -> Option<Reach>,
    ) -> Vec<Change> {
        kept.iter()
            .filter_map(|(subject, nothing)| {
                let mut change = self.desired_grant(subject, nothing, observed.get(subject), before, after)?;
                if let (Some(Lapse::Expired(_)), Effect::Cuts | Effect::Revokes) = (self.lapse(subject), change.effect)
                {
                    change.cause = Cause::Expiry;
                }
                Some(change)
            })
            .collect()
    }

    /// What somebody draws by another rule of the center's who has no setting of their own.
    fn inherited(&self, subject: &Subject) -> Option<Cap> {
        self.roster.inherited.get(self.pool)?.get(subject).copied()
    }

    /// What whoever has no cap of their own will draw of the pool.
    fn after_default(&self, after: &PoolObject) -> Option<Cap> {
        if !self.keeps.own_setting {
            return after.default_cap;
        }
        match self.desired.others.or_else(|| self.observed.and_then(|pool| pool.others))? {
            Others::Blocked => Some(Cap::Amount(Amount::zero(after.budget.unit))),
            Others::Cap(cap) => Some(cap),
        }
    }

    /// What somebody without a grant may draw now.
    fn as_other(&self, subject: &Subject) -> Reach {
        let outside = self.roster.outside.get(self.pool).and_then(|people| people.get(subject).copied());
        if let Some(cap) = self.inherited(subject).or(outside) {
            let period = self.observed.and_then(|pool| pool.budget.period);
            return reach::of_cap(Some(cap), None, period).unwrap_or(Reach::NOTHING);
        }
        // Where there is nothing to join and the center sets nothing for others, nothing holds them.
        if self.keeps.own_setting && self.observed.is_some_and(|pool| pool.others.is_none()) {
            return Reach::Unbounded;
        }
        let others = self.observed.filter(|_| self.keeps.others).and_then(|pool| {
            let others = pool.others?;
            reach::of_others(others, pool.default_cap, pool.budget.period)
        });
        others.unwrap_or(Reach::NOTHING)
    }

    /// Where the center takes somebody out of who joins this pool.
    fn moves_from(&self, subject: &Subject) -> Option<Membership> {
        let membership = self
            .roster
            .memberships
            .get(subject)
            .filter(|_| self.capabilities.is_single(&self.target))?;
        (membership.pool.as_ref() != Some(self.pool)).then(|| membership.clone())
    }

    fn grant_period(&self) -> Option<crate::model::Period> {
        if self.capabilities.grant_period { self.desired.budget.period } else { None }
    }

    fn desired_grant(
        &self,
        subject: &Subject,
        grant: &Grant,
        observed: Option<&Grant>,
        before: &impl Fn(&Subject, &Grant) -> Option<Reach>,
        after: &impl Fn(&Subject, &Grant) -> Option<Reach>,
    ) -> Option<Change> {
        let mut change = match observed {
            None if !self.keeps.holds(grant) => return None,
            None => {
                let mut change = self.change(Kind::GrantAdd, self.capabilities.controls.grant);
                change.effect = reach::effect(Some(self.as_other(subject)), after(subject, grant));
                change.moves_from = self.moves_from(subject);
                change.after = Some(Object::Grant(*grant));
                change
            }
            Some(observed) => {
                let fields = grant_fields(grant, observed);
                if fields.is_empty() {
                    return None;
                }
                let cap = grant.cap.or(observed.cap);
                // A period of its own goes with the amount that it belonged to.
                let keeps_period = cap == observed.cap || cap.is_some_and(|cap| cap.amount().is_some());
                let whole = Grant {
                    cap,
                    period: grant.period.or(observed.period.filter(|_| keeps_period)),
                    expires: grant.expires.or(observed.expires),
                };
                let mut change = self.change(Kind::GrantUpdate, self.capabilities.controls.grant);
                change.effect = reach::effect(before(subject, observed), after(subject, &whole));
                change.fields = fields;
                change.before = Some(Object::Grant(*observed));
                change.after = Some(Object::Grant(whole));
                change
            }
        };
        // A rule that ended and left a lower one behind: nobody edited the files, the day came.
        if matches!(change.effect, Effect::Cuts | Effect::Revokes)
            && let (Some(ended), Some(observed)) = (self.ended(subject), observed)
            && (observed.cap == ended.cap || observed.expires == Some(Expiry::On(ended.on)))
        {
            change.cause = Cause::Expiry;
        }
        change.source = self.source(|sources| sources.of_subject(subject));
        change.subject = Some(subject.clone());
        Some(change)
    }
}
