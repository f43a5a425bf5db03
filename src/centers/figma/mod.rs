//! Figma: the pool is the plan's paid AI credits, a grant is a person's *Paid AI credit access*. No API writes it and
//! none reads it, so what is observed comes from the people export and from what people confirmed.

mod capabilities;
mod checkup;
mod export;
mod map;
mod offers;
mod tokens;

use std::path::PathBuf;

use async_trait::async_trait;

use crate::centers::{CenterError, Reader};
use crate::model::capability::Capabilities;
use crate::model::{CenterSettings, Checkup, Desired, Inventory, Observed, Offered, PoolId, Roster, Scope, Target};
use crate::plan::{Change, Cost};

pub use capabilities::CAPABILITIES;

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

/// A Figma plan, as its export and its record show it.
#[derive(Clone, Debug)]
pub struct Figma {
    settings: CenterSettings,
}

impl Figma {
    /// The account that the settings name. Reads nothing yet.
    pub fn new(settings: &CenterSettings) -> Self {
        Self { settings: settings.clone() }
    }

    fn file(&self) -> Result<PathBuf, CenterError> {
        let export = self.settings.export.as_ref().ok_or(CenterError::MissingSetting("export"))?;
        Ok(self.settings.folder.join(&export.people))
    }
}

#[async_trait]
impl Reader for Figma {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn fit(&self, desired: &mut Desired) -> Vec<String> {
        for pool in desired.state.pools.values_mut() {
            pool.target = full(&pool.target);
            // There is no field for it.
            pool.description = None;
        }
        for (target, _) in desired.absent.values_mut() {
            *target = full(target);
        }
        Vec::new()
    }

    async fn read(&self, scope: &Scope) -> Result<Observed, CenterError> {
        let rows = export::read(&self.settings, &self.file()?)?;
        let pools = scope
            .pools
            .iter()
            .map(|(pool, target)| (pool, full(target)))
            .collect::<Vec<(&PoolId, Target)>>();
        Ok(Observed { identity: identity(&self.settings), ..map::observed(rows, &pools, scope) })
    }

    async fn offers(&self, scope: &Scope) -> Result<Vec<Offered>, CenterError> {
        let export = self.inventory(&scope.roster).await?;
        Ok(offers::offers(&self.settings, scope, Some(&export)))
    }

    async fn checkup(&self, scope: &Scope) -> Checkup {
        checkup::look(&self.settings, scope, self.inventory(&scope.roster).await)
    }

    async fn inventory(&self, roster: &Roster) -> Result<Inventory, CenterError> {
        let rows = export::read(&self.settings, &self.file()?)?;
        Ok(Inventory { identity: identity(&self.settings), ..map::inventory(rows, roster) })
    }

    fn cost(&self, _batches: &[&[Change]]) -> Cost {
        Cost::default()
    }
}
