//! Figma: the pool is the plan's paid AI credits, a grant is a person's *Paid AI credit access*. No API writes it and
//! none reads it, so what is observed comes from the people export and from what people confirmed.

mod capabilities;
mod cell;
mod checkup;
mod columns;
mod evidence;
mod export;
mod fit;
mod map;
mod offers;
mod scim;
mod steps;
mod tokens;
mod usage;
mod wire;

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::centers::kept::Kept;
use crate::centers::{CenterError, Reader};
use crate::model::capability::Capabilities;
use crate::model::{
    CenterRecord, CenterSettings, Checkup, Desired, Drawn, Inventory, Observed, Offered, PoolId, Scope, Subject, Target,
};
use crate::plan::{Change, Cost, Step};

pub use capabilities::CAPABILITIES;
use export::Rows;
use usage::Usage;

/// The key of a target that is the whole plan.
const PLAN: &str = "plan";
/// The key of a target that is a billing group.
const BILLING_GROUP: &str = "billing_group";

/// By what the account is known: Figma shows no id without a token, so it is what the files call it.
pub(super) fn identity(settings: &CenterSettings) -> String {
    let tenant = settings.scim.as_ref().map(|scim| scim.tenant.as_str());
    let export = settings.export.as_ref().map(|export| export.people.as_str());
    format!("figma {}", tenant.or(settings.organization.as_deref()).or(export).unwrap_or_default())
}

/// The pool's target in full.
fn full(target: &Target) -> Target {
    match target.get(BILLING_GROUP) {
        Some(group) => Target::of(BILLING_GROUP, group),
        None => Target::of(PLAN, PLAN),
    }
}

/// What the files say of an account of which nobody confirmed anything.
fn unconfirmed(scope: &Scope) -> Scope {
    Scope { record: CenterRecord::default(), ..scope.clone() }
}

/// Everything that the export and the record show.
fn inventory(settings: &CenterSettings, rows: &Rows, scope: &Scope) -> Inventory {
    let groups = settings.plan.as_deref() == Some("enterprise");
    Inventory { identity: identity(settings), ..map::inventory(rows, scope, groups) }
}

/// A Figma plan, as its export and its record show it.
#[derive(Debug)]
pub struct Figma {
    settings: CenterSettings,
    /// What was drawn, where it could be read, and who is there.
    seen: Kept<(Option<Usage>, BTreeMap<String, Subject>)>,
}

impl Figma {
    /// The account that the settings name. Reads nothing yet.
    pub fn new(settings: &CenterSettings) -> Self {
        Self { settings: settings.clone(), seen: Kept::default() }
    }

    /// The people of the export.
    fn rows(&self, scope: &Scope) -> Result<Rows, CenterError> {
        let export = self.settings.export.as_ref().ok_or(CenterError::MissingSetting("export"))?;
        export::read(&self.settings, &self.settings.folder.join(&export.people), scope.as_of)
    }

    /// What the export shows by itself, without what people confirmed.
    async fn exported(&self, scope: &Scope) -> Result<Inventory, CenterError> {
        self.inventory(&unconfirmed(scope)).await
    }

    fn no_groups(&self, pool: &PoolId) -> CenterError {
        let file = self.settings.export.as_ref().map_or("", |export| &export.people);
        CenterError::Export {
            problems: vec![format!("{file}: no header is named for billing groups, and the pool {pool} is one")],
            help: "write `billing_group:` with the header that tells it under `columns:` of the export".to_owned(),
        }
    }
}

#[async_trait]
impl Reader for Figma {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn fit(&self, desired: &mut Desired) -> Vec<String> {
        fit::fit(desired)
    }

    async fn read(&self, scope: &Scope) -> Result<Observed, CenterError> {
        let rows = self.rows(scope)?;
        let pools = scope
            .pools
            .iter()
            .map(|(pool, target)| (pool, full(target)))
            .collect::<Vec<(&PoolId, Target)>>();
        if !rows.has_groups
            && let Some((pool, _)) = pools.iter().find(|(_, target)| target.get(BILLING_GROUP).is_some())
        {
            return Err(self.no_groups(pool));
        }
        let mut observed = Observed { identity: identity(&self.settings), ..map::observed(&rows, &pools, scope) };
        let usage = evidence::add(&self.settings, scope, &mut observed).await?;
        self.seen.keep(scope, (usage, evidence::by_email(&observed, scope)));
        Ok(observed)
    }

    async fn offers(&self, scope: &Scope) -> Result<Vec<Offered>, CenterError> {
        let export = self.exported(scope).await?;
        Ok(offers::offers(&self.settings, scope, Some(&export)))
    }

    async fn checkup(&self, scope: &Scope) -> Checkup {
        checkup::look(&self.settings, scope, self.rows(scope)).await
    }

    async fn inventory(&self, scope: &Scope) -> Result<Inventory, CenterError> {
        Ok(inventory(&self.settings, &self.rows(scope)?, scope))
    }

    async fn usage(&self, scope: &Scope) -> Result<Option<Drawn>, CenterError> {
        // Who draws is told by address only, so it takes the export to know them.
        let seen = if let Some(seen) = self.seen.take(scope) {
            Some(seen)
        } else {
            self.read(scope).await?;
            self.seen.take(scope)
        };
        Ok(seen.and_then(|(usage, by_email)| Some(usage::drawn(&usage?, scope, &by_email))))
    }

    fn cost(&self, _batches: &[&[Change]]) -> Cost {
        Cost::default()
    }

    fn steps(&self, changes: &[&Change], scope: &Scope, observed: &Observed) -> Vec<Step> {
        steps::steps(changes, scope, observed)
    }
}
