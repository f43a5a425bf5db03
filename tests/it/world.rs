//! Two tiny worlds, desired and observed, that start out equal: a test edits one side and looks at the plan.

use std::collections::{BTreeMap, BTreeSet};

use bursar::centers::{embedded, litellm};
use bursar::model::capability::{Capabilities, Units};
use bursar::model::{
    Alert, AlertKey, AlertScope, Amount, Budget, Cap, CenterId, Desired, Expiry, ForeignPool, Grant, Guardrails, Lapse,
    Limit, MemberId, Observed, Others, Period, Pool, PoolId, PoolSources, Recipient, Source, Subject, Target,
    Threshold, Unit, WhenExhausted, parse_decimal,
};
use bursar::plan::{self, Allow, CenterPart, Cost, Plan};

/// One center with one pool `ai`, in which alice has 500, bob the default of 300 and carol 200; dave has no grant.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) center: CenterId,
    pub(crate) capabilities: &'static Capabilities,
    pub(crate) unit: Unit,
    pub(crate) desired: Desired,
    pub(crate) base: Option<Desired>,
    pub(crate) observed: Observed,
    pub(crate) guardrails: Guardrails,
    pub(crate) allows: Vec<Allow>,
    pub(crate) notes: Vec<String>,
}

pub(crate) fn member(name: &str) -> Subject {
    Subject::Member(id(name))
}

pub(crate) fn stranger(name: &str) -> Subject {
    Subject::Stranger(name.into())
}

pub(crate) fn id(name: &str) -> MemberId {
    MemberId::new(name).unwrap()
}

pub(crate) fn pool_id(name: &str) -> PoolId {
    PoolId::new(name).unwrap()
}

pub(crate) fn date(text: &str) -> jiff::civil::Date {
    text.parse().unwrap()
}

pub(crate) fn source(line: u32) -> Source {
    Source { file: "bursar.yaml".into(), line }
}

impl World {
    pub(crate) fn embedded() -> Self {
        Self::on(&embedded::CAPABILITIES)
    }

    pub(crate) fn litellm() -> Self {
        Self::on(&litellm::CAPABILITIES)
    }

    pub(crate) fn on(capabilities: &'static Capabilities) -> Self {
        let unit = match capabilities.units {
            Units::Any => Unit::Credits,
            Units::Only(units) => units[0],
        };
        let mut world = Self {
            center: CenterId::new("gateway").unwrap(),
            capabilities,
            unit,
            desired: Desired::default(),
            base: None,
            observed: Observed {
                identity: "center.db".to_owned(),
                roster: ["alice", "bob", "carol", "dave"].map(member).into(),
                ..Observed::default()
            },
            guardrails: Guardrails::default(),
            allows: Vec::new(),
            notes: Vec::new(),
        };
        let pool = world.pool();
        world.add("ai", &pool);
        world
    }

    /// The pool that both sides begin with, in the center's own terms.
    fn pool(&self) -> Pool {
        Pool {
            target: Target::of("pool", "ai"),
            description: None,
            budget: Budget {
                unit: self.unit,
                period: Some(Period::Monthly),
                limit: Some(Limit::Amount(self.amount("10000"))),
                when_exhausted: Some(WhenExhausted::Block),
            },
            default_cap: Some(self.cap("300")),
            others: Some(Others::Blocked),
            alerts: Some(BTreeMap::from([self.alert("80%", &["ops@acme.example"])])),
            grants: BTreeMap::from([
                (member("alice"), self.grant("500")),
                (member("bob"), self.grant("inherit")),
                (member("carol"), self.grant("200")),
            ]),
        }
    }

    /// Adds a pool to both sides.
    pub(crate) fn add(&mut self, name: &str, pool: &Pool) {
        let line = 10 * u32::try_from(self.desired.sources.len() + 1).unwrap();
        let mut observed = pool.clone();
        if !self.capabilities.keeping.others {
            observed.others = None;
        }
        let deciding = pool.grants.keys().filter_map(|subject| match subject {
            Subject::Member(id) => Some(id.clone()),
            Subject::Stranger(_) => None,
        });
        let sources = PoolSources {
            pool: source(line),
            budget: source(line + 1),
            default_cap: source(line + 2),
            others: source(line + 3),
            alerts: pool.alerts.iter().flatten().map(|(key, _)| (*key, source(line + 4))).collect(),
            rules: vec![source(line + 5)],
            deciding: deciding.map(|id| (id, 0)).collect(),
        };
        self.desired.state.pools.insert(pool_id(name), pool.clone());
        self.desired.sources.insert(pool_id(name), sources);
        self.observed.state.pools.insert(pool_id(name), observed);
    }

    /// The pool `ai` as it shall be.
    pub(crate) fn want(&mut self) -> &mut Pool {
        self.desired.state.pools.get_mut("ai").unwrap()
    }

    /// The pool `ai` as it is.
    pub(crate) fn have(&mut self) -> &mut Pool {
        self.observed.state.pools.get_mut("ai").unwrap()
    }

    pub(crate) fn amount(&self, text: &str) -> Amount {
        Amount::new(parse_decimal(text).unwrap(), self.unit).unwrap()
    }

    pub(crate) fn cap(&self, text: &str) -> Cap {
        match text {
            "unlimited" => Cap::Unlimited,
            "inherit" => Cap::Inherit,
            text => Cap::Amount(self.amount(text)),
        }
    }

    /// A grant in the center's own terms.
    pub(crate) fn grant(&self, cap: &str) -> Grant {
        let cap = self.cap(cap);
        let period = (self.capabilities.grant_period && cap.amount().is_some()).then_some(Period::Monthly);
        let expires = self.capabilities.controls.expiry.write.is_api().then_some(Expiry::Never);
        Grant { cap: Some(cap), period, expires }
    }

    /// An alert of the budget that tells e-mail addresses.
    pub(crate) fn alert(&self, at: &str, notify: &[&str]) -> (AlertKey, Alert) {
        let at = match at.strip_suffix('%') {
            Some(percent) => Threshold::Percent(percent.parse().unwrap()),
            None => Threshold::Amount(self.amount(at)),
        };
        let notify: BTreeSet<Recipient> = notify.iter().map(|text| Recipient::Email((*text).to_owned())).collect();
        (AlertKey { of: AlertScope::Budget, at }, Alert { notify })
    }

    /// Grants as many numbered members on both sides.
    pub(crate) fn crowd(&mut self, count: usize, cap: &str) {
        let grant = self.grant(cap);
        for n in 0..count {
            let subject = member(&format!("m{n:03}"));
            self.want().grants.insert(subject.clone(), grant);
            self.have().grants.insert(subject.clone(), grant);
            self.observed.roster.insert(subject);
        }
    }

    /// Whom the rules name and grant nothing today.
    pub(crate) fn lapse(&mut self, name: &str, lapse: Lapse) {
        self.want().grants.remove(&member(name));
        self.desired.lapsed.entry(pool_id("ai")).or_default().insert(id(name), lapse);
    }

    pub(crate) fn foreign(&mut self, name: &str) {
        self.observed
            .unmanaged
            .push(ForeignPool { name: name.to_owned(), target: Target::of("pool", name) });
    }

    pub(crate) fn allow(&mut self, text: &str) {
        self.allows.push(text.parse().unwrap());
    }

    pub(crate) fn parts(&self) -> BTreeMap<CenterId, CenterPart> {
        BTreeMap::from([(
            self.center.clone(),
            CenterPart {
                capabilities: self.capabilities,
                desired: self.desired.clone(),
                base: self.base.clone(),
                observed: self.observed.clone(),
                notes: self.notes.clone(),
            },
        )])
    }

    pub(crate) fn plan(&self) -> Plan {
        plan_of(&self.parts(), &self.guardrails, &self.allows)
    }
}

pub(crate) fn plan_of(parts: &BTreeMap<CenterId, CenterPart>, guardrails: &Guardrails, allows: &[Allow]) -> Plan {
    let until = "2026-11-23T12:00:00Z".parse().unwrap();
    plan::make(parts, guardrails, allows, until, |center, batches| {
        let rates = parts[center].capabilities.rates;
        Cost { reads: 0, writes: batches.len() as u64, look: 3 }.calls(&rates, 3)
    })
}

/// The changes of a plan, a line each, in their order.
pub(crate) fn lines(plan: &Plan) -> String {
    let json = |object: &Option<plan::Object>| serde_json::to_string(object).unwrap();
    let mut lines: Vec<String> = plan
        .changes
        .iter()
        .map(|change| {
            let mut line = format!("{} {} {}", change.effect.as_str(), change.kind, change.object());
            if !change.fields.is_empty() {
                line = format!("{line} [{}]", change.fields.join(" "));
            }
            line = format!("{line}: {} -> {}", json(&change.before), json(&change.after));
            if change.cause != plan::Cause::Unattributed {
                line = format!("{line} ({})", change.cause.as_str());
            }
            if !change.people.is_empty() {
                let people: Vec<_> = change.people.iter().map(Subject::name).collect();
                line = format!("{line} hits {}", people.join(" "));
            }
            format!("{line} @{}", change.source.as_ref().map_or(0, |source| source.line))
        })
        .collect();
    lines.extend(plan.refusals.iter().map(|refusal| {
        format!("refused {}: {} ({})", refusal.guardrail, refusal.message, refusal.allow.as_deref().unwrap_or("no way"))
    }));
    if lines.is_empty() { "nothing".to_owned() } else { lines.join("\n") }
}
