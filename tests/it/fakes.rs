//! The servers that tests run against.

#[path = "../fakes/chatgpt/mod.rs"]
pub(crate) mod chatgpt;
#[path = "../fakes/claude/mod.rs"]
pub(crate) mod claude;
#[path = "../fakes/figma/mod.rs"]
pub(crate) mod figma;
#[path = "../fakes/github/mod.rs"]
pub(crate) mod github;
#[path = "../fakes/listen.rs"]
pub(crate) mod listen;
#[path = "../fakes/litellm/mod.rs"]
pub(crate) mod litellm;
#[path = "../fakes/post/mod.rs"]
pub(crate) mod post;
#[path = "../fakes/proxy/mod.rs"]
pub(crate) mod proxy;
