//! Where the binary comes from, and what is never run.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::runner::Run;
use super::world::{World, program};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const BINARY: &str = "#!/bin/bash\necho \"bursar released\"\n";

fn asset() -> String {
    format!("v{VERSION}/bursar-{VERSION}-x86_64-unknown-linux-musl")
}

fn sha(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

/// A machine with a copy of the action that lists this SHA-256, a mirror of the releases, and a cargo that says what it
/// was asked.
fn world(listed: Option<&str>) -> Option<World> {
    let mut world = World::new()?;
    fs::remove_file(world.runner.bin.join("bursar")).unwrap();
    world
        .runner
        .env
        .insert("BURSAR_RELEASES".into(), format!("{}/releases", world.github.url));
    world.put(
        "cargo",
        "#!/bin/bash\necho \"cargo $*\"\nwhile [ $# -gt 0 ]; do [ \"$1\" = --root ] && root=$2; shift; done\n\
         mkdir -p \"$root/bin\"\nprintf '#!/bin/bash\\necho bursar built\\n' > \"$root/bin/bursar\"\nchmod +x \"$root/bin/bursar\"\n",
    );
    world.put("gh", "#!/bin/bash\nexit 1\n");
    let action = world.folder.path().join("action");
    let from = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let copied = Command::new("cp")
        .arg("-r")
        .arg(from.join("action"))
        .arg(world.folder.path())
        .status()
        .unwrap();
    assert!(copied.success());
    if let Some(sha) = listed {
        let line = format!("{sha}  {}\n", asset().split_once('/').unwrap().1);
        fs::write(action.join("checksums.txt"), line).unwrap();
    }
    fs::copy(from.join("action.yml"), world.folder.path().join("action.yml")).unwrap();
    world.folder.path().clone_into(&mut world.runner.action);
    world.github.state().files.insert(asset(), BINARY.into());
    Some(world)
}

fn install(world: &World, inputs: &[(&str, &str)]) -> Run {
    let mut all = vec![("command", "alerts")];
    all.extend(inputs);
    world.runner.run(&world.at(), ("push", &json!({})), &all)
}

#[test]
fn a_release_is_run_if_its_sha_is_listed_and_kept_for_the_next_job() {
    let Some(world) = world(Some(&sha(BINARY))) else { return };
    let run = install(&world, &[]).passed();
    assert!(run.log.contains("downloaded and checked: bursar released"), "{}", run.log);
    let run = install(&world, &[]).passed();
    assert!(run.log.contains("kept by the runner"), "{}", run.log);
    assert_eq!(world.github.state().asked.len(), 1);

    // Who changed what was kept is found out.
    let kept = world.runner.tools().join(format!("bursar/{VERSION}/x86_64-unknown-linux-musl/bursar"));
    program(&kept, "#!/bin/bash\necho pwned\n");
    let run = install(&world, &[]).passed();
    assert!(run.log.contains("downloaded and checked") && !run.log.contains("pwned"), "{}", run.log);
}

#[test]
fn another_sha_ends_the_job_and_nothing_else_is_tried() {
    let Some(world) = world(Some(&sha("something else"))) else { return };
    let run = install(&world, &[]).failed("it was not run");
    assert!(!run.log.contains("cargo") && !run.log.contains("bursar released"), "{}", run.log);
    assert_eq!(run.ran, ["Install Bursar"]);
}

#[test]
fn without_a_release_cargo_builds_that_version_as_it_was_locked() {
    let Some(world) = world(Some(&sha(BINARY))) else { return };
    world.github.state().files.clear();
    let run = install(&world, &[]).passed();
    assert!(run.log.contains(&format!("cargo install --locked --quiet bursar --version ={VERSION} ")), "{}", run.log);
    // Built once.
    let run = install(&world, &[]).passed();
    assert!(run.log.contains("built by cargo before") && !run.log.contains("cargo install"), "{}", run.log);
}

#[test]
fn what_is_not_listed_is_not_downloaded() {
    let Some(world) = world(None) else { return };
    let run = install(&world, &[]).passed();
    assert!(run.log.contains("cargo install"), "{}", run.log);
    let other = world.github.state().asked.len();
    assert_eq!(other, 0);
    install(&world, &[("version", "9.9.9")]).passed();
    assert!(world.github.state().asked.is_empty());
}

#[test]
fn whoever_names_a_sha_gets_that_file_or_nothing() {
    let Some(world) = world(None) else { return };
    world
        .github
        .state()
        .files
        .insert("v9.9.9/bursar-9.9.9-x86_64-unknown-linux-musl".into(), BINARY.into());
    let good = sha(BINARY);
    let run = install(&world, &[("version", "v9.9.9"), ("checksum", &good)]).passed();
    assert!(run.log.contains("downloaded and checked"), "{}", run.log);
    install(&world, &[("version", "9.9.8"), ("checksum", &good)]).failed("cannot be downloaded");
    install(&world, &[("version", "9.9.9"), ("checksum", &sha("x"))]).failed("it was not run");
    install(&world, &[("checksum", "abc")]).failed("64 hexadecimal digits");
    for wrong in ["latest", "1.0", "1.0.0/../..", "1.0.0 --git x", "$(touch pwned)"] {
        install(&world, &[("version", wrong)]).failed("version must be");
    }
}

#[test]
fn the_token_is_for_gh_and_the_files_of_the_workspace_choose_no_compiler() {
    let Some(world) = world(Some(&sha(BINARY))) else { return };
    // What cargo leaves is the binary; both say what they were given and where they are.
    world.put(
        "cargo",
        "#!/bin/bash\necho \"cargo in [$PWD] with [$GH_TOKEN]\"\nroot=${!#}\nmkdir -p \"$root/bin\"\n\
         printf '#!/bin/bash\\necho \"bursar with [$GH_TOKEN]\"\\n' > \"$root/bin/bursar\"\nchmod +x \"$root/bin/bursar\"\n",
    );
    let built = install(&world, &[("version", "9.9.9")]).passed();
    assert!(built.log.contains("with []") && built.log.contains("bursar with []"), "{}", built.log);
    // A rust-toolchain.toml there may name any program as cargo.
    assert!(!built.log.contains(&format!("cargo in [{}", world.at().display())), "{}", built.log);
}

#[test]
fn an_attestation_that_does_not_hold_ends_the_job() {
    let Some(world) = world(Some(&sha(BINARY))) else { return };
    world.put("gh", "#!/bin/bash\necho \"gh $*\"\n[ \"$2\" = --help ]\n");
    let run = install(&world, &[]).failed("no attestation of acme/bursar");
    assert!(!run.log.contains("cargo") && !run.log.contains("bursar released"), "{}", run.log);
    world.put("gh", "#!/bin/bash\n[ -n \"$GH_TOKEN\" ]\n");
    install(&world, &[]).passed();
}

#[test]
fn a_checkout_is_built_from_itself() {
    let Some(mut world) = world(Some(&sha(BINARY))) else { return };
    world.runner.repository = String::new();
    let run = install(&world, &[]).passed();
    let asked = format!("cargo install --locked --quiet --path {} ", world.runner.action.display());
    assert!(run.log.contains(&asked), "{}", run.log);
    assert!(world.github.state().asked.is_empty());
}

#[test]
fn another_system_has_cargo() {
    let Some(mut world) = world(Some(&sha(BINARY))) else { return };
    world.runner.env.insert("RUNNER_OS".into(), "Windows".into());
    assert!(install(&world, &[]).passed().log.contains("cargo install"));
    install(&world, &[("checksum", &sha(BINARY))]).failed("no releases for Windows");
    install(&world, &[("version", "preinstalled")]).failed("no bursar on PATH");
}
