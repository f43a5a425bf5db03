//! The LiteLLM center, against a fake with the real one's quirks; and the same road against a real one.

mod faults;
mod import;
mod pace;
mod process;
mod refused;
mod road;
mod traps;
mod usage;
pub(crate) mod world;

use bursar::model::CenterSettings;

use crate::fakes::litellm as fake;
use fake::Fake;

pub(crate) use fake::KEY;

/// A fake and the settings that lead to it. The token comes from a variable that cargo sets for every test, so that no
/// test has to change the environment.
fn start() -> (Fake, CenterSettings) {
    let fake = Fake::start();
    let settings = world::settings(fake.url(), "CARGO_PKG_NAME");
    (fake, settings)
}
