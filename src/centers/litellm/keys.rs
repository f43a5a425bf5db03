//! Virtual keys: one per person and team, under an alias that says whose it is. LiteLLM deletes them by itself when the
//! person leaves the team, and with the team (observed on 1.106.2).

use std::collections::BTreeSet;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::centers::client::{HttpError, Reach};
use crate::centers::keys::{Holder, Keys};
use crate::centers::{CenterError, litellm};
use crate::model::{CenterSettings, MemberId, PoolId, Scope, Subject, Target};

use super::api::Api;
use super::fit::team;
use super::map;

/// How often a key is tried to be made before its trouble is told.
const TRIES: u32 = 3;

/// The keys of a LiteLLM proxy.
#[derive(Debug)]
pub struct LitellmKeys {
    api: Api,
    ignored: Vec<String>,
}

impl LitellmKeys {
    /// The keys of the proxy that the settings name. Reads the token, sends nothing.
    pub fn new(settings: &CenterSettings) -> Result<Self, CenterError> {
        Ok(Self { api: Api::new(settings)?, ignored: litellm::ignored(settings) })
    }
}

/// The name of a key. LiteLLM has each only once.
fn alias(pool: &PoolId, member: &MemberId) -> String {
    format!("bursar/{pool}/{member}")
}

#[async_trait]
impl Keys for LitellmKeys {
    fn base_url(&self) -> String {
        self.api.identity()
    }

    async fn lacking(
        &self,
        pool: &PoolId,
        target: &Target,
        scope: &Scope,
        members: &BTreeSet<MemberId>,
    ) -> Result<Vec<Holder>, CenterError> {
        let team = team(pool, target);
        // A key can be made for a team that is not there, and for anybody: who is in the team is looked at first.
        let Some(info) = self.api.team(team).await? else { return Ok(Vec::new()) };
        let keys = self.api.keys(team).await?;
        let taken: BTreeSet<&str> = keys.iter().filter_map(|key| key.alias.as_deref()).collect();
        let people = map::seen(&info, &scope.roster, &self.ignored).people.into_iter();
        let holder = |(subject, seat): (Subject, map::Seat)| match subject {
            Subject::Member(member) if members.contains(&member) => Some(Holder { member, user: seat.user_id? }),
            _ => None,
        };
        Ok(people
            .filter_map(holder)
            .filter(|holder| !taken.contains(alias(pool, &holder.member).as_str()))
            .collect())
    }

    async fn mint(&self, pool: &PoolId, target: &Target, holder: &Holder) -> Result<SecretString, CenterError> {
        let (team, alias) = (team(pool, target), alias(pool, &holder.member));
        let mut lost = false;
        for left in (0..TRIES).rev() {
            let error = match self.api.mint(team, &holder.user, &alias).await {
                Ok(Some(secret)) => return Ok(secret),
                Ok(None) => {
                    self.withdraw(pool, target, holder).await?;
                    return Err(self.api.no_secret());
                }
                Err(error) => error,
            };
            let unsure = matches!(error.reach, Reach::NoAnswer | Reach::Answered(500..));
            // What was lost may also come about later, and then its name is taken.
            let taken = lost && error.reach == Reach::Answered(400);
            if unsure || taken {
                self.withdraw(pool, target, holder).await?;
            }
            if left == 0 || !(unsure || taken) {
                return Err(HttpError::into(error));
            }
            lost = true;
        }
        Err(self.api.no_secret())
    }

    async fn withdraw(&self, pool: &PoolId, target: &Target, holder: &Holder) -> Result<(), CenterError> {
        let alias = alias(pool, &holder.member);
        for key in self.api.keys(team(pool, target)).await? {
            if key.alias.as_deref() == Some(alias.as_str()) {
                self.api.delete_key(&key.hash).await?;
            }
        }
        Ok(())
    }
}
