//! The GitHub center, against a fake with the quirks that are documented or that others saw.

mod docs;
mod faults;
mod gaps;
mod import;
mod moves;
mod process;
mod refused;
mod road;
mod traps;
mod usage;
mod warnings;
pub(crate) mod world;

use bursar::model::CenterSettings;

use crate::fakes::github as fake;
use fake::Fake;

/// A fake and the settings that lead to it.
fn start() -> (Fake, CenterSettings) {
    let fake = Fake::start();
    let settings = world::settings(fake.url());
    (fake, settings)
}
