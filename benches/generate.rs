//! Writes a large input: `cargo bench --bench generate -- OUT_DIR GRANTS` makes `OUT_DIR/bursar.yaml` with that many
//! grants and `OUT_DIR/.bursar/center.db`, an embedded center that has nine tenths of them already.

#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

#[allow(dead_code)] // each benchmark uses its own part
mod support;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use support::World;

fn main() {
    // Cargo adds a flag of its own, and runs every bench without arguments when it is asked for all.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let [folder, grants] = args.as_slice() else {
        eprintln!("usage: cargo bench --bench generate -- OUT_DIR GRANTS");
        return;
    };
    let folder = PathBuf::from(folder);
    let world = World::new(grants.parse().unwrap());
    std::fs::create_dir_all(&folder).unwrap();
    let mut yaml = BufWriter::new(File::create(folder.join("bursar.yaml")).unwrap());
    world.write_yaml(&mut yaml).unwrap();
    yaml.flush().unwrap();
    world.fill(&folder);
}
