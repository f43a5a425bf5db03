//! Whether a run may still write: asked before each write, so that a run which lost its lock stops by itself.

use async_trait::async_trait;

use crate::model::CenterId;

/// What stands between a run and a center.
#[async_trait]
pub trait Fence: Send + Sync {
    /// Whether the run may write to the center now. The error is the reason in a sentence; nothing is sent then.
    async fn check(&self, center: &CenterId) -> Result<(), String>;
}

/// No fence: for a center that nobody else can be writing to.
#[derive(Clone, Copy, Debug)]
pub struct Unfenced;

#[async_trait]
impl Fence for Unfenced {
    async fn check(&self, _center: &CenterId) -> Result<(), String> {
        Ok(())
    }
}
