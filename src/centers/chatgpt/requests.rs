//! Members' requests for a higher limit. An approval writes the person's own limit [D].

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::centers::client::{HttpError, Reach, Reply};
use crate::centers::{CapRequest, CenterError, Requests, Settlement};
use crate::model::{Amount, Cap, CenterSettings, Period, Scope, Subject};

use super::api::Api;
use super::limit;
use super::wire::Asking;

/// The word of a request that nobody has answered [D].
const PENDING: &str = "pending";

/// The requests of one workspace.
#[derive(Debug)]
pub struct ChatgptRequests {
    api: Api,
    scope: Scope,
}

impl ChatgptRequests {
    /// The requests of the workspace that the settings name. Reads the token, sends nothing.
    pub fn new(settings: &CenterSettings, scope: &Scope) -> Result<Self, CenterError> {
        Ok(Self { api: Api::new(settings)?, scope: scope.clone() })
    }

    fn request(&self, asking: Asking) -> CapRequest {
        let cap = |value: Option<&Value>| limit::read(value).and_then(|setting| setting.cap);
        let name = asking
            .requester_email
            .filter(|email| !email.is_empty())
            .unwrap_or(asking.requester_user_id);
        let who = match self.scope.roster.subject(&name) {
            Subject::Stranger(name) if name.contains('@') => Subject::Stranger(name.to_ascii_lowercase().into()),
            subject => subject,
        };
        CapRequest {
            id: asking.id,
            who,
            now: cap(asking.original_monthly_usage_limit.as_ref()),
            asked: cap(asking.recommended_monthly_usage_limit.as_ref()).and_then(|cap| cap.amount()),
            period: Some(Period::Monthly),
            reason: asking.justification.filter(|text| !text.trim().is_empty()),
            since: None,
        }
    }

    /// What became of an answer. Where nobody knows, the list tells.
    async fn settle(
        &self,
        id: &str,
        wanted: &str,
        answer: Result<Reply, HttpError>,
    ) -> Result<Settlement, CenterError> {
        match answer {
            Ok(_) => Ok(Settlement::Done),
            Err(HttpError { reach: Reach::Answered(409), error, .. }) => Ok(Settlement::NotPending(error.to_string())),
            Err(HttpError { reach: Reach::NoAnswer | Reach::Answered(500..), error, .. }) => {
                let Ok(all) = self.api.requests().await else { return Ok(Settlement::Unknown(error.to_string())) };
                Ok(match all.into_iter().find(|asking| asking.id == id) {
                    Some(asking) if asking.status == wanted => Settlement::Done,
                    Some(asking) if asking.status != PENDING => {
                        Settlement::NotPending(format!("it is {}", asking.status.escape_debug()))
                    }
                    _ => Settlement::Unknown(error.to_string()),
                })
            }
            Err(error) => Err(error.into()),
        }
    }
}

#[async_trait]
impl Requests for ChatgptRequests {
    async fn list(&self) -> Result<Vec<CapRequest>, CenterError> {
        let all = self.api.requests().await?;
        // The vendor tells no time; the list is in its own stable order [D].
        Ok(all
            .into_iter()
            .filter(|asking| asking.status == PENDING)
            .map(|asking| self.request(asking))
            .collect())
    }

    async fn approve(&self, id: &str, cap: Amount) -> Result<Settlement, CenterError> {
        let limit = limit::asking(Cap::Amount(cap), false);
        let limit = limit.map_err(|why| CenterError::Unfit {
            why,
            help: "approve an amount that the workspace can hold".to_owned(),
        })?;
        let body = json!({ "status": "approved", "approved_monthly_usage_limit": limit });
        let answer = self.api.answer(id, body).await;
        self.settle(id, "approved", answer).await
    }

    async fn deny(&self, id: &str) -> Result<Settlement, CenterError> {
        let answer = self.api.answer(id, json!({ "status": "denied" })).await;
        self.settle(id, "denied", answer).await
    }
}
