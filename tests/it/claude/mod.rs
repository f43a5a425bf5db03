//! The Claude center in its three flavors, against a fake with the quirks that the vendor documents.

mod calls;
mod console;
mod enterprise;
mod faults;
mod gateway;
mod groups;
mod process;
mod requests;
mod traps;
mod world;

use crate::fakes::claude as fake;
pub(crate) use fake::{ACTIONS, ASSERTION, KEY, MINTED};

use fake::{Fake, Flavor};

/// A fake with five people in it.
fn start(flavor: Flavor) -> Fake {
    let fake = Fake::start(flavor);
    fake.state(|state| state.people(&["ana", "bo", "cy", "dee", "eve"]));
    fake
}
