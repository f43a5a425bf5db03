//! From the files to what each center shall hold on a day: no groups, no rules, one grant per person and pool.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::diagnostics::{Files, Span};
use crate::model::capability::{Capabilities, Identity, Units};
use crate::model::{
    self, Alert, AlertKey, Amount, Budget, CenterId, CenterSettings, Desired, Ended, Expiry, Fallback, Grant, Lapse,
    Limit, MemberId, NotifyId, Place, PoolId, PoolSources, RateId, Recipient, Roster, Scope, SecretSource, Source,
    Subject, Threshold, Unit, fallback_target,
};

use super::directory::{Directory, Verdict, decide, ended};
use super::fallback;
use super::file::{self, Above, At, Config, Contact, Limits, Member, Notified, Pool, Spanned};
use super::load::Loaded;

/// What the files ask of one center.
#[derive(Clone, Debug)]
pub struct ResolvedCenter {
    /// How it is reached.
    pub settings: CenterSettings,
    /// What its provider can do.
    pub capabilities: &'static Capabilities,
    /// What it shall hold.
    pub desired: Desired,
    /// Which pools and people are to be read.
    pub scope: Scope,
}

/// What the files ask, on one day.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Every center whose provider is known.
    pub centers: BTreeMap<CenterId, ResolvedCenter>,
    /// The limits on plans.
    pub guardrails: model::Guardrails,
    /// Who hears of alerts.
    pub notify: BTreeMap<NotifyId, BTreeSet<Recipient>>,
    /// Where the locks are.
    pub lock: Place,
    /// What credits are worth.
    pub rates: BTreeMap<RateId, Amount>,
    /// The pools that another center may hold, as it would hold them.
    pub fallbacks: BTreeMap<PoolId, Fallback>,
}

/// Where the locks are when nobody says: beside the config.
const DEFAULT_LOCK: &str = ".bursar";

/// Resolves a config on a day. Whatever has an error is left out, so call it for a config without errors.
pub fn resolve(config: &Config, files: &Files, providers: &[&'static Capabilities], as_of: Date) -> Resolved {
    let directory = Directory::new(config);
    let notify: BTreeMap<NotifyId, BTreeSet<Recipient>> = config
        .notify
        .iter()
        .map(|entry| (entry.name.value.clone(), recipients(&entry.value)))
        .collect();
    let mut centers = BTreeMap::new();
    for entry in &config.centers {
        let Some(capabilities) = entry.value.capabilities(providers) else { continue };
        let scope = Scope { roster: roster(config, capabilities.identity), as_of: Some(as_of), ..Scope::default() };
        let center = ResolvedCenter {
            settings: settings(&entry.name, &entry.value, files),
            capabilities,
            desired: Desired::default(),
            scope,
        };
        centers.insert(entry.name.value.clone(), center);
    }
    let resolver = Resolver { config, files, directory, notify: &notify, as_of };
    for entry in &config.pools {
        let center = entry.value.center.as_ref().and_then(|center| centers.get_mut(center.value.as_str()));
        if let Some(center) = center {
            resolver.pool(&entry.name, &entry.value, center);
        }
    }
    let rates = config.rates.iter().map(|entry| (entry.name.value.clone(), entry.value.0)).collect();
    let fallbacks = resolver.fallbacks(&rates, &mut centers);
    let guardrails = config.guardrails.as_ref().map(|written| guardrails(&written.value)).unwrap_or_default();
    let lock = config.lock.as_ref().and_then(|lock| lock.place(&Loaded::folder(files, lock.span.file)));
    let lock = lock.unwrap_or_else(|| Place::Local(config.home.join(DEFAULT_LOCK)));
    Resolved { centers, guardrails, notify, lock, rates, fallbacks }
}

struct Resolver<'a> {
    config: &'a Config,
    files: &'a Files,
    directory: Directory<'a>,
    notify: &'a BTreeMap<NotifyId, BTreeSet<Recipient>>,
    as_of: Date,
}

impl Resolver<'_> {
    fn source(&self, span: Span) -> Source {
        Source { file: self.files.shown(span.file), line: self.files.line(span) }
    }

    fn pool(&self, name: &Spanned<PoolId>, pool: &Pool, center: &mut ResolvedCenter) {
        let id = name.value.clone();
        let target = pool.model_target();
        center.scope.pools.insert(id.clone(), target.clone());
        if pool.is_absent() {
            center.desired.absent.insert(id, (target, self.source(name.span)));
            return;
        }
        let Some(unit) = unit_of(pool, center.capabilities) else { return };
        center.scope.units.insert(id.clone(), unit);
        let budget = budget_of(pool, unit);
        center.scope.periods.extend(budget.period.map(|period| (id.clone(), period)));
        let others = match pool.others.as_ref().map(|others| &others.value) {
            Some(file::Others::Blocked) => Some(model::Others::Blocked),
            Some(file::Others::Cap(cap)) => cap_of(cap.value, unit).map(model::Others::Cap),
            Some(file::Others::Unmanaged) | None => None,
        };
        let mut sources = self.sources(name, pool);
        let mut grants = BTreeMap::new();
        let mut lapsed = BTreeMap::new();
        let mut outlived = BTreeMap::new();
        self.grants(pool, unit, &mut grants, &mut lapsed, &mut outlived, &mut sources.deciding);
        if center.capabilities.shares_people() {
            let named = sources.deciding.keys();
            let named = named.map(|member| (member.clone(), grants.contains_key(&Subject::Member(member.clone()))));
            center.scope.named.insert(id.clone(), named.collect());
        }
        if !outlived.is_empty() {
            center.desired.outlived.insert(id.clone(), outlived);
        }
        let alerts = self.alerts(pool, unit, &mut sources.alerts);
        let pool = model::Pool {
            target,
            description: pool.description.as_ref().map(|text| text.value.to_string()),
            budget,
            default_cap: pool.default_cap.and_then(|cap| cap_of(cap.value, unit)),
            others,
            alerts,
            grants,
        };
        center.desired.state.pools.insert(id.clone(), pool);
        if !lapsed.is_empty() {
            center.desired.lapsed.insert(id.clone(), lapsed);
        }
        center.desired.sources.insert(id, sources);
    }

    /// The pools that another center may hold, which keeps them in its scope from then on: what is left of a way back
    /// has to be seen.
    fn fallbacks(
        &self,
        rates: &BTreeMap<RateId, Amount>,
        centers: &mut BTreeMap<CenterId, ResolvedCenter>,
    ) -> BTreeMap<PoolId, Fallback> {
        let mut fallbacks = BTreeMap::new();
        for entry in &self.config.pools {
            let (id, pool) = (&entry.name.value, &entry.value);
            let (Some(home), Some(named)) = (&pool.center, &pool.fallback) else { continue };
            let (Some(from), Some(to)) = (centers.get(&home.value), centers.get(&named.value)) else { continue };
            let Some(key) = to.capabilities.targets.first().filter(|_| home.value != named.value) else { continue };
            let target = fallback_target(key.name, id);
            let worth = from.desired.state.pools.get(id).and_then(|held| {
                fallback::worth(held.budget.unit, from.capabilities, to.capabilities, |rate| rates.get(rate).copied())
            });
            let Some(desired) = worth.and_then(|worth| worth.pool(&from.desired, id, &target)) else { continue };
            let fallback = Fallback {
                home: home.value.clone(),
                center: named.value.clone(),
                target: target.clone(),
                desired,
                source: self.source(named.span),
            };
            if let Some(to) = centers.get_mut(&named.value) {
                to.scope.pools.insert(id.clone(), target);
            }
            fallbacks.insert(id.clone(), fallback);
        }
        fallbacks
    }

    fn sources(&self, name: &Spanned<PoolId>, pool: &Pool) -> PoolSources {
        let own = self.source(name.span);
        let or_own = |span: Option<Span>| span.map_or_else(|| own.clone(), |span| self.source(span));
        PoolSources {
            budget: or_own(pool.budget.as_ref().map(|budget| budget.span)),
            default_cap: or_own(pool.default_cap.as_ref().map(|cap| cap.span)),
            others: or_own(pool.others.as_ref().map(|others| others.span)),
            alerts: BTreeMap::new(),
            rules: pool.rules().iter().map(|rule| self.source(rule.span)).collect(),
            deciding: BTreeMap::new(),
            pool: own,
        }
    }

    fn grants(
        &self,
        pool: &Pool,
        unit: Unit,
        grants: &mut BTreeMap<Subject, Grant>,
        lapsed: &mut BTreeMap<MemberId, Lapse>,
        outlived: &mut BTreeMap<MemberId, Ended>,
        deciding: &mut BTreeMap<MemberId, u32>,
    ) {
        let named = self.directory.named(pool);
        let people = named.people();
        let mut granted = Vec::with_capacity(people);
        let mut decided = Vec::with_capacity(people);
        for (member, rules) in named.iter() {
            let Some(entry) = self.config.members.at(member as usize) else { continue };
            let id = &entry.name.value;
            match decide(pool, rules, self.as_of) {
                Some(Verdict::Granted(index)) => {
                    let Some(rule) = pool.rules().get(index as usize) else { continue };
                    let grant = Grant {
                        cap: rule.cap.and_then(|cap| cap_of(cap.value, unit)),
                        period: None,
                        expires: Some(rule.expires().map_or(Expiry::Never, |day| Expiry::On(day.value.0))),
                    };
                    granted.push((Subject::Member(id.clone()), grant));
                    if rules.len() > 1
                        && let Some((rule, on)) = ended(pool, rules, self.as_of)
                    {
                        let cap = rule.cap.or(pool.default_cap).and_then(|cap| cap_of(cap.value, unit));
                        outlived.insert(id.clone(), Ended { on, cap });
                    }
                    decided.push((id.clone(), index));
                }
                Some(Verdict::Lapsed(index, lapse)) => {
                    lapsed.insert(id.clone(), lapse);
                    decided.push((id.clone(), index));
                }
                None => {}
            }
        }
        // Both come sorted, so the maps are built in one go and full.
        *grants = granted.into_iter().collect();
        *deciding = decided.into_iter().collect();
    }

    fn alerts(
        &self,
        pool: &Pool,
        unit: Unit,
        sources: &mut BTreeMap<AlertKey, Source>,
    ) -> Option<BTreeMap<AlertKey, Alert>> {
        let written = pool.alerts.as_ref()?;
        let mut alerts = BTreeMap::new();
        for alert in &written.value {
            let (Some(at), Some(of), Some(notify)) = (alert.at, alert.of, &alert.notify) else { continue };
            let at = match at.value {
                At::Percent(percent) => Threshold::Percent(percent),
                At::Amount(number) => match Amount::new(number, unit) {
                    Ok(amount) => Threshold::Amount(amount),
                    Err(_) => continue,
                },
            };
            let mut hear = BTreeSet::new();
            for name in &notify.value {
                match &name.value {
                    Notified::Member => _ = hear.insert(Recipient::Member),
                    Notified::Name(id) => hear.extend(self.notify.get(id).into_iter().flatten().cloned()),
                }
            }
            let key = AlertKey { of: of.value, at };
            sources.insert(key, self.source(alert.span));
            alerts.insert(key, Alert { notify: hear });
        }
        Some(alerts)
    }
}

/// What a pool counts: what its budget says, else what its center counts in, where that is one thing.
pub(super) fn unit_of(pool: &Pool, capabilities: &Capabilities) -> Option<Unit> {
    pool.unit().or(match (&pool.budget, capabilities.units) {
        (None, Units::Only(&[unit])) => Some(unit),
        _ => None,
    })
}

/// A pool's budget as the file asks for it.
pub(super) fn budget_of(pool: &Pool, unit: Unit) -> Budget {
    let written = pool.budget.as_ref().map(|budget| &budget.value);
    let limit = written.and_then(|budget| Amount::new(budget.limit?.value.0, unit).ok());
    Budget {
        unit,
        period: written.and_then(|budget| budget.period.map(|period| period.value)),
        limit: limit.map(Limit::Amount),
        when_exhausted: written.and_then(|budget| budget.when_exhausted.map(|when| when.value)),
    }
}

/// A cap in a unit.
pub fn cap_of(cap: file::Cap, unit: Unit) -> Option<model::Cap> {
    match cap {
        file::Cap::Amount(number) => Amount::new(number, unit).ok().map(model::Cap::Amount),
        file::Cap::Unlimited => Some(model::Cap::Unlimited),
        file::Cap::Inherit => Some(model::Cap::Inherit),
    }
}

/// What a provider knows a member by: the one identity, and a second one by which it may show them as well.
pub(super) fn identity<'a>(
    id: &'a MemberId,
    member: &'a Member,
    identity: Identity,
) -> (Option<&'a str>, Option<&'a str>) {
    let email = member.email.as_ref().map(|email| &*email.value);
    let login = |key: &str| member.login(key).map(|login| &*login.value);
    match identity {
        Identity::Id => (Some(id.as_str()), None),
        Identity::Email => (email, None),
        Identity::EmailOr(key) => match email {
            Some(email) => (Some(email), login(key)),
            None => (login(key), None),
        },
        Identity::Login(key) => (login(key), None),
    }
}

fn roster(config: &Config, kind: Identity) -> Roster {
    let mut roster = Roster::default();
    for entry in &config.members {
        let (known_by, also) = identity(&entry.name.value, &entry.value, kind);
        if let Some(known_by) = known_by {
            roster.insert(entry.name.value.clone(), known_by);
        }
        if let Some(also) = also {
            roster.alias(entry.name.value.clone(), also);
        }
        // A center that knows people by their addresses may show any of them.
        if matches!(kind, Identity::Email | Identity::EmailOr(_)) {
            for alias in &entry.value.aliases {
                roster.alias(entry.name.value.clone(), &alias.value);
            }
        }
    }
    roster
}

fn settings(name: &Spanned<CenterId>, center: &file::Center, files: &Files) -> CenterSettings {
    let lines = |list: &Spanned<Vec<Spanned<file::Line>>>| list.value.iter().map(|line| line.to_string()).collect();
    CenterSettings {
        id: name.value.clone(),
        provider: center.provider.as_ref().map(|provider| provider.value.to_string()).unwrap_or_default(),
        folder: Loaded::folder(files, name.span.file),
        path: center.path.as_ref().map(|path| path.value.to_string()),
        base_url: center.base_url.as_ref().map(|url| url.value.to_string()),
        allow_host: center.allow_host.as_ref().map(lines).unwrap_or_default(),
        token: center.token.as_ref().map(|token| SecretSource::Env(token.value.env.value.to_string())),
        ignore_members: center.ignore_members.as_ref().map(lines),
        plan: center.plan.as_ref().map(|plan| plan.value.to_string()),
        organization: center.organization.as_ref().map(|organization| organization.value.to_string()),
        enterprise: center.value("enterprise"),
        workspace: center.value("workspace"),
        flavor: center.value("flavor"),
        auth: center.auth.map(|auth| auth.value),
        federation_rule: center.federation_rule.as_ref().map(|rule| rule.value.to_string()),
        export: center.export.as_ref().map(|export| export.value.to_model()),
        scim: center.scim.as_ref().and_then(|scim| scim.value.to_model()),
        metering_day: center.metering_day.map(|day| day.value),
        record: center.record.as_ref().map(|record| record.value.to_string()),
    }
}

fn recipients(contact: &Contact) -> BTreeSet<Recipient> {
    let Contact { span: _, email, logins, slack, webhook } = contact;
    let emails = email.iter().map(|email| Recipient::Email(email.to_string()));
    let logins = logins
        .iter()
        .map(|(provider, login)| Recipient::Login { provider: (*provider).to_owned(), login: login.to_string() });
    let slack = slack.iter().map(|slack| Recipient::Slack(slack.env.to_string()));
    let webhook = webhook.iter().map(|webhook| Recipient::Webhook(webhook.url.env.to_string()));
    emails.chain(logins).chain(slack).chain(webhook).collect()
}

/// The guardrails as written, on top of the defaults.
pub(super) fn guardrails(written: &file::Guardrails) -> model::Guardrails {
    let file::Guardrails {
        revocations,
        cuts,
        moves,
        additions,
        worst_case,
        reason_above,
        expiry_above,
        protected,
        drift,
    } = written;
    let default = model::Guardrails::default();
    let threat = |written: &Option<Spanned<file::Threat>>, default: Option<model::Threat>| match written {
        Some(threat) => Some(model::Threat {
            count: threat.count.value,
            percent: threat
                .percent
                .map(|percent| percent.value)
                .or(default.and_then(|default| default.percent)),
        }),
        None => default,
    };
    model::Guardrails {
        revocations: threat(revocations, Some(default.revocations)).unwrap_or(default.revocations),
        cuts: threat(cuts, Some(default.cuts)).unwrap_or(default.cuts),
        moves: threat(moves, Some(default.moves)).unwrap_or(default.moves),
        additions: threat(additions, default.additions),
        worst_case: worst_case.as_ref().map(|limits| by_unit(&limits.value)).unwrap_or_default(),
        reason_above: above(reason_above.as_ref()),
        expiry_above: above(expiry_above.as_ref()),
        protected: protected.iter().flat_map(|list| &list.value).map(|id| id.value.clone()).collect(),
        drift: drift.map_or(default.drift, |drift| drift.value),
    }
}

fn by_unit(limits: &Limits) -> BTreeMap<Unit, Amount> {
    let amounts = limits
        .0
        .iter()
        .filter_map(|(unit, number)| Amount::new(number.value.0, unit.value.0).ok());
    amounts.map(|amount| (amount.unit(), amount)).collect()
}

fn above(written: Option<&Spanned<Above>>) -> model::Above {
    match written.map(|above| &above.value) {
        None => model::Above::None,
        Some(Above::Every(number)) => model::Above::Every(number.0),
        Some(Above::Units(limits)) => model::Above::Units(by_unit(limits)),
    }
}
