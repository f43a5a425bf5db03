//! Keys with which people draw on a pool, where a center has such keys: looked for, made, and taken back.

use std::collections::BTreeSet;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::model::{MemberId, PoolId, Scope, Target};

use super::CenterError;

/// Somebody who may draw on a pool, and as whom the center knows them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// The member.
    pub member: MemberId,
    /// The center's own id of them.
    pub user: String,
}

/// A center whose people draw with keys. Only an apply has one; nothing but [`Keys::mint`] and [`Keys::withdraw`] writes.
#[async_trait]
pub trait Keys: Send + Sync {
    /// Where people draw with their keys.
    fn base_url(&self) -> String;

    /// Those of some members who have their right in the pool by now, and no key for it.
    async fn lacking(
        &self,
        pool: &PoolId,
        target: &Target,
        scope: &Scope,
        members: &BTreeSet<MemberId>,
    ) -> Result<Vec<Holder>, CenterError>;

    /// Makes the key of one person for one pool, with no right but to draw. Where an answer is lost, the key that may
    /// have come of it is deleted first: nobody has its secret.
    async fn mint(&self, pool: &PoolId, target: &Target, holder: &Holder) -> Result<SecretString, CenterError>;

    /// Deletes the key of one person for one pool, if there is one.
    async fn withdraw(&self, pool: &PoolId, target: &Target, holder: &Holder) -> Result<(), CenterError>;
}
