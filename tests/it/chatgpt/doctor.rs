//! What `doctor` finds out of a workspace and a key.

use insta::assert_snapshot;

use super::fake::{Key, Limit};
use super::{World, whole};
use crate::terminal::{bursar, show};

#[test]
fn doctor_tries_what_the_key_may_do_and_changes_nothing() {
    let world = World::of(&["alice"], &whole("{ member: alice, cap: 9 }", "blocked"));
    world.fake.state(|state| state.set("alice", Limit::of("9")));
    for (key, name) in [
        (Key::Full, "full"),
        (Key::Reads, "reads"),
        (Key::LimitsOnly, "limits_only"),
        (Key::DirectoryOnly, "directory_only"),
        (Key::Platform, "platform"),
    ] {
        world.fake.state(|state| (state.key, state.words) = (key, key != Key::Full));
        assert_snapshot!(format!("doctor_{name}"), world.run("doctor"));
    }
    world
        .fake
        .state(|state| assert_eq!((state.own("alice"), state.others()), ("9".into(), "–".into())));
}

#[test]
fn doctor_says_which_key_to_make() {
    let world = World::of(&["alice"], &whole("{ member: alice, cap: 9 }", "blocked"));
    let run = |token: Option<&str>| {
        let mut command = bursar(world.folder.path());
        if let Some(token) = token {
            command.env(super::VARIABLE, token);
        }
        show("doctor", &command.args(["doctor"]).output().unwrap(), world.folder.path())
    };
    assert_snapshot!("doctor_wrong_key", run(Some("adm-nobody-knows-this-one")));
    assert_snapshot!("doctor_no_key", run(None));
}
