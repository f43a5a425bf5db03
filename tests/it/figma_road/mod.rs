//! The Figma road as somebody walks it who has read the README: `examples/figma` from the refused first plan to one
//! without changes, and what comes after it.

mod after;
mod answers;
mod many;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::secrets::Folder;
use crate::terminal::{bursar, show};

/// The day on which the example is walked, three days after its export.
const DAY: &str = "2026-11-23";

/// `examples/figma` in a folder, as it is in the repository.
struct Road(Folder);

impl Road {
    /// The tracked files of the example and nothing that a run may have left beside them.
    fn new() -> Self {
        let folder = Folder::new();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/figma");
        let to = folder.path().join("examples/figma");
        fs::create_dir_all(to.join("exports")).unwrap();
        for file in ["bursar.yaml", "exports/people.csv"] {
            fs::copy(from.join(file), to.join(file)).unwrap();
        }
        Self(folder)
    }

    /// The example after its first apply: the runbook is written and nothing is confirmed.
    fn applied() -> Self {
        let road = Self::new();
        assert_eq!(road.code("apply -C examples/figma --yes --allow revocations=8 --runbook steps.md"), 0);
        road
    }

    /// The example once everything is confirmed.
    fn confirmed() -> Self {
        let road = Self::applied();
        assert_eq!(road.code("confirm -C examples/figma steps.md --all --by Ada"), 0);
        road
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join("examples/figma").join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Changes a file, which must have what is replaced.
    fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.text(name);
        assert!(text.contains(from), "{from} is not in {text}");
        fs::write(self.path(name), text.replace(from, to)).unwrap();
    }

    fn run(&self, line: &str) -> Output {
        let mut command = bursar(self.0.path());
        if !line.contains("--as-of") {
            command.args(["--as-of", DAY]);
        }
        command.args(line.split_whitespace()).output().unwrap()
    }

    fn code(&self, line: &str) -> i32 {
        self.run(line).status.code().unwrap()
    }

    fn stdout(&self, line: &str) -> String {
        String::from_utf8(self.run(line).stdout).unwrap()
    }

    fn terminal(&self, line: &str) -> String {
        show(line, &self.run(line), self.0.path())
    }

    /// Runs a line of a page as a shell does.
    fn shell(&self, folder: &Path, line: &str) -> Output {
        let binary = Path::new(env!("CARGO_BIN_EXE_bursar"));
        let mut paths = vec![binary.parent().unwrap().to_owned()];
        paths.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        let output = Command::new("sh")
            .args(["-c", line])
            .current_dir(folder)
            .env("PATH", std::env::join_paths(paths).unwrap())
            .output()
            .unwrap();
        let _ = show(line, &output, self.0.path());
        output
    }
}

/// The commands of the first block of a page that has this line.
fn commands(page: &str, line: &str) -> Vec<String> {
    let block = page
        .split("```")
        .find(|block| block.starts_with("console") && block.contains(line))
        .unwrap();
    block.lines().filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned).collect()
}

/// Shown as a terminal would, with clocks and days of the clock made alike.
macro_rules! shown {
    ($name:literal, $text:expr) => {
        insta::with_settings!({filters => vec![
            (r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\dZ)?", "[time]"),
            (r"(confirmed|confirmed by Ada|looked for it) on 20\d\d-\d\d-\d\d", "$1 on [day]"),
            (r"since 20\d\d-\d\d-\d\d", "since [day]"),
        ]}, { insta::assert_snapshot!($name, $text) })
    };
}
use shown;
