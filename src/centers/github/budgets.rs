//! Budgets, one call each. What a budget is of cannot be changed; there is never a second one of the same.

use serde_json::{Map, Value, json};

use jiff::civil::Date;

use crate::model::{Cap, Expiry, Grant, Limit, Others, Recipient, WhenExhausted};
use crate::plan::{Change, Kind, Object};

use super::PROVIDER;
use super::api::{Account, Api};
use super::live::{Budget, Found, Live, Of, SKU, TYPE};
use super::map::in_dollars;
use super::wire::{Alerting, BudgetAnswer};
use super::writer::Batch;
use crate::centers::settle::Sent;

/// What a budget shall be. `None` leaves as it is what is there.
#[derive(Clone, Debug, Default)]
pub(super) struct Want {
    /// Whole USD.
    pub(super) amount: Option<i64>,
    pub(super) block: Option<bool>,
    pub(super) alerting: Option<Alerting>,
    /// The last day, or none.
    pub(super) expires: Option<Expiry>,
}

/// The last day, where there is one.
fn day(expiry: Expiry) -> Option<Date> {
    match expiry {
        Expiry::On(last) => Some(last),
        Expiry::Never => None,
    }
}

impl Want {
    /// A grant's own cap; nothing where it has no amount.
    pub(super) fn of(grant: &Grant) -> Result<Option<Self>, String> {
        let Some(Cap::Amount(cap)) = grant.cap else { return Ok(None) };
        let amount = in_dollars(cap).ok_or_else(|| format!("{cap} is no whole number of USD"))?;
        // A budget of a user always stops, and tells nobody [D].
        Ok(Some(Self { amount: Some(amount), block: Some(true), alerting: None, expires: grant.expires }))
    }

    /// Whether a budget is so already.
    pub(super) fn is(&self, budget: &Budget) -> bool {
        (self.amount.is_none() || self.amount == budget.amount.and_then(in_dollars))
            && self.block.is_none_or(|block| block == budget.block)
            && self.alerting.as_ref().is_none_or(|alerting| *alerting == budget.alerting)
            && self.expires.is_none_or(|expires| day(expires) == budget.expires)
    }
}

/// The budgets of an account, for writing.
pub(super) struct Budgets<'a> {
    api: &'a Api,
    live: &'a mut Live,
}

impl<'a> Budgets<'a> {
    pub(super) fn of(api: &'a Api, live: &'a mut Live) -> Self {
        Self { api, live }
    }

    fn several(&self, of: &Of, count: usize) -> Sent {
        Sent::no(format!(
            "there are {count} budgets of {}, so none of them is changed: {}",
            self.live.name(of),
            several(of)
        ))
    }

    /// Makes or changes the budget of something.
    pub(super) async fn set(&mut self, of: &Of, login: Option<&str>, want: &Want) -> Sent {
        let (answer, made) = match self.live.budget(of) {
            Found::Several(count) => return self.several(of, count),
            Found::One(budget) => {
                let mut body = Map::new();
                let amount = budget.amount.and_then(in_dollars);
                if want.amount.is_some() && want.amount != amount {
                    body.insert("budget_amount".to_owned(), want.amount.into());
                }
                if want.block.is_some_and(|block| block != budget.block) {
                    body.insert("prevent_further_usage".to_owned(), want.block.into());
                }
                if let Some(alerting) = want.alerting.as_ref().filter(|alerting| **alerting != budget.alerting) {
                    body.insert("budget_alerting".to_owned(), alerts(alerting));
                }
                if let Some(wanted) = want.expires.map(day).filter(|wanted| *wanted != budget.expires) {
                    body.insert("expires_at".to_owned(), wanted.map_or(Value::Null, |last| last.to_string().into()));
                }
                if body.is_empty() {
                    return Sent::default();
                }
                let id = budget.id.clone();
                (self.api.patch_budget(&id, Value::Object(body)).await, false)
            }
            Found::None => {
                let Some(amount) = want.amount else { return Sent::no("there is no budget that could be changed") };
                let body = self.body(of, login, amount, want);
                (self.api.create_budget(body).await, true)
            }
        };
        match answer {
            Ok(reply) => {
                let told = reply.json::<BudgetAnswer>().map(|answer| self.live.told(of, answer.budget));
                if told.is_err() && made {
                    // It is made, and read back.
                    self.live.deleted(of);
                }
                Sent::yes(&reply)
            }
            Err(error) => Sent::from(&error),
        }
    }

    /// The body that makes a budget.
    fn body(&self, of: &Of, login: Option<&str>, amount: i64, want: &Want) -> Value {
        let (scope, entity) = match of {
            Of::Account => match self.api.account() {
                Account::Enterprise(_) => ("enterprise", String::new()),
                Account::Organization(name) => ("organization", name.clone()),
            },
            // The id, not the name.
            Of::Center(id) => ("cost_center", id.clone()),
            Of::Members(id) => ("multi_user_cost_center", id.clone()),
            Of::Everybody => ("multi_user_customer", String::new()),
            Of::User(_) => ("user", String::new()),
        };
        let mut body = json!({
            "budget_type": TYPE,
            "budget_product_sku": SKU,
            "budget_scope": scope,
            "budget_entity_name": entity,
            "budget_amount": amount,
            "prevent_further_usage": want.block.unwrap_or(true),
            "budget_alerting": alerts(&want.alerting.clone().unwrap_or_default()),
        });
        if let Of::User(known) = of {
            body["user"] = login.unwrap_or(known).into();
        }
        if let Some(Expiry::On(last)) = want.expires {
            body["expires_at"] = last.to_string().into();
        }
        body
    }

    /// Lets the budget of something go.
    pub(super) async fn clear(&mut self, of: &Of) -> Sent {
        let id = match self.live.budget(of) {
            Found::None => return Sent::default(),
            Found::Several(count) => return self.several(of, count),
            Found::One(budget) => budget.id.clone(),
        };
        match self.api.delete_budget(&id).await {
            Ok(true) => {
                self.live.deleted(of);
                Sent::default()
            }
            Ok(false) => Sent::no("GitHub does not find the budget, or does not let the token delete it"),
            Err(error) => Sent::from(&error),
        }
    }
}

/// What to do where there is more than one budget of something.
pub(super) fn several(of: &Of) -> &'static str {
    match of {
        // Some accounts list both alike, and even the filter does not tell them apart (seen by others).
        Of::Center(_) => {
            "one may be that of all its users, which GitHub lists alike here; see in GitHub which is which"
        }
        _ => "delete all but one in GitHub, then plan again",
    }
}

fn alerts(alerting: &Alerting) -> Value {
    json!({ "will_alert": alerting.will_alert, "alert_recipients": alerting.alert_recipients })
}

/// The one setting that the alerts of a batch come to: GitHub has all three or none.
fn alerting<'a>(changes: impl Iterator<Item = &'a Change>) -> Option<Alerting> {
    let mut wanted = None;
    for change in changes {
        match (&change.kind, &change.after) {
            (Kind::AlertAdd | Kind::AlertUpdate, Some(Object::Alert(_, notify))) => {
                let logins = notify.iter().filter_map(|one| match one {
                    Recipient::Login { provider, login } if provider == PROVIDER => Some(login.clone()),
                    _ => None,
                });
                wanted = Some(Alerting { will_alert: true, alert_recipients: logins.collect() });
            }
            (Kind::AlertRemove, _) => {
                wanted.get_or_insert_with(Alerting::default);
            }
            _ => {}
        }
    }
    wanted
}

impl Batch<'_> {
    /// Brings the budgets of a pool to what the changes of the batch ask.
    pub(super) async fn budgets(&mut self, rows: &[usize]) -> Sent {
        let changes: Vec<&Change> = rows.iter().map(|row| &self.changes[*row]).collect();
        let alerting = alerting(changes.iter().copied());
        let center = self.center_id();
        let own = center.clone().map_or(Of::Account, Of::Center);
        let after = changes.iter().find_map(|change| match &change.after {
            Some(Object::Pool(pool)) => Some(pool),
            _ => None,
        });
        let mut want = Want { alerting, ..Want::default() };
        let mut sent = Sent::default();
        let mut gone = false;
        if let Some(pool) = after {
            match pool.budget.limit {
                Some(Limit::Amount(limit)) => match in_dollars(limit) {
                    Some(dollars) => {
                        want.amount = Some(dollars);
                        want.block = pool.budget.when_exhausted.map(|when| when == WhenExhausted::Block);
                    }
                    None => return Sent::no(format!("{limit} is no whole number of USD")),
                },
                Some(Limit::None) => gone = true,
                None => {}
            }
        }
        let mut budgets = Budgets::of(&self.writer.api, &mut self.live);
        if gone {
            sent.and(budgets.clear(&own).await);
        } else if want.amount.is_some() || want.alerting.is_some() {
            sent.and(budgets.set(&own, None, &want).await);
        }
        if let (Some(id), Some(default)) = (center, after.and_then(|pool| pool.default_cap)) {
            let of = Of::Members(id);
            match default {
                Cap::Amount(cap) => match in_dollars(cap) {
                    Some(amount) => {
                        let want = Want { amount: Some(amount), block: Some(true), ..Want::default() };
                        sent.and(budgets.set(&of, None, &want).await);
                    }
                    None => sent.and(Sent::no(format!("{cap} is no whole number of USD"))),
                },
                Cap::Inherit | Cap::Unlimited => sent.and(budgets.clear(&of).await),
            }
        }
        sent
    }

    /// Sets what everybody may draw who has no budget of their own.
    pub(super) async fn others(&mut self, rows: &[usize]) -> Vec<(usize, Sent)> {
        let after = rows.first().and_then(|row| self.changes[*row].after.clone());
        let mut budgets = Budgets::of(&self.writer.api, &mut self.live);
        let amount = match after {
            Some(Object::Others(Others::Blocked)) => Ok(0),
            Some(Object::Others(Others::Cap(Cap::Amount(cap)))) => {
                in_dollars(cap).ok_or_else(|| format!("{cap} is no whole number of USD"))
            }
            _ => Err("GitHub has no such value for all users".to_owned()),
        };
        let sent = match amount {
            Ok(amount) => {
                let want = Want { amount: Some(amount), block: Some(true), ..Want::default() };
                budgets.set(&Of::Everybody, None, &want).await
            }
            Err(why) => Sent::no(why),
        };
        rows.iter().map(|row| (*row, sent.clone())).collect()
    }
}
