//! Requests for a higher cap, which people of an Enterprise organization make in the product.

use async_trait::async_trait;
use serde_json::json;

use crate::centers::client::{HttpError, Reach, Reply};
use crate::centers::{CapRequest, CenterError, Requests, Settlement};
use crate::model::{Amount, CenterSettings, Period, Scope};

use super::api::Api;
use super::map;
use super::wire::IncreaseRequest;
use super::{Flavor, money};

/// The requests of one organization.
#[derive(Debug)]
pub struct ClaudeRequests {
    api: Api,
    scope: Scope,
}

impl ClaudeRequests {
    /// The requests of the account that the settings name; `None` where its product has none. Sends nothing.
    pub fn new(settings: &CenterSettings, scope: &Scope) -> Result<Option<Self>, CenterError> {
        let is_enterprise = Flavor::of(settings)? == Flavor::Enterprise;
        let open = || Ok(Self { api: Api::new(settings)?, scope: scope.clone() });
        is_enterprise.then(open).transpose()
    }

    fn shown(&self, request: &IncreaseRequest) -> Option<CapRequest> {
        let roster = &self.scope.roster;
        let who = match (&request.actor.email_address, &request.actor.user_id) {
            (Some(email), _) => roster.subject(&email.to_ascii_lowercase()),
            (None, Some(id)) => roster.subject(id),
            (None, None) => return None,
        };
        let now = request.spend_summary.as_ref();
        Some(CapRequest {
            id: request.id.clone(),
            who,
            now: now.and_then(|now| map::cap(now.amount.as_deref(), &now.currency)),
            // People ask for more; how much, they cannot say [S].
            asked: None,
            period: Period::from_word(&request.period),
            reason: None,
            since: request.created_at.parse().ok(),
        })
    }

    /// What an answer to a request came to; where none came, the request itself says it.
    async fn settle(
        &self,
        id: &str,
        wanted: &str,
        answer: Result<Reply, HttpError>,
    ) -> Result<Settlement, CenterError> {
        let Err(error) = answer else { return Ok(Settlement::Done) };
        match error.reach {
            Reach::Answered(400 | 404 | 409) => {}
            Reach::NotSent | Reach::Answered(..500) => return Err(error.error),
            Reach::Answered(_) | Reach::NoAnswer => {
                return Ok(match self.api.request(id).await {
                    Ok(request) if request.status == wanted => Settlement::Done,
                    _ => Settlement::Unknown(error.error.to_string()),
                });
            }
        }
        Ok(Settlement::NotPending(error.error.to_string()))
    }
}

#[async_trait]
impl Requests for ClaudeRequests {
    async fn list(&self) -> Result<Vec<CapRequest>, CenterError> {
        let mut requests = self.api.requests().await?;
        requests.sort_by(|a, b| (&a.created_at, &a.id).cmp(&(&b.created_at, &b.id)));
        Ok(requests.iter().filter_map(|request| self.shown(request)).collect())
    }

    async fn approve(&self, id: &str, cap: Amount) -> Result<Settlement, CenterError> {
        let amount = money::minor(cap).ok_or_else(|| CenterError::Unfit {
            why: format!("{cap} is no whole number of the currency's smallest unit"),
            help: "approve an amount that the organization can hold".to_owned(),
        })?;
        let answer = self.api.resolve(id, "approve", json!({ "amount": amount })).await;
        self.settle(id, "approved", answer).await
    }

    /// The person's button for asking is hidden for 30 days then (documented): only a command does that, never a plan.
    async fn deny(&self, id: &str) -> Result<Settlement, CenterError> {
        let answer = self.api.resolve(id, "deny", json!({})).await;
        self.settle(id, "denied", answer).await
    }
}
