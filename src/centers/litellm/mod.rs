//! LiteLLM: a pool is a team, a grant a membership, a cap the member's budget in the team.

mod capabilities;

pub use capabilities::CAPABILITIES;
