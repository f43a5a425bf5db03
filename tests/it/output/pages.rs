//! Pages for programs that are not ours: `tests/tools/markdown` reads them as GitHub does, and shows them in a browser.

use std::path::{Path, PathBuf};

use bursar::output::markdown::{self, Frame};
use bursar::plan::Plan;
use bursar::plan::files::FilesDiff;

use super::scenes::{self, HOSTILE};
use super::{causes, edits};
use crate::world::World;

const LINK: &str = "https://github.com/acme/credits/actions/runs/17";

fn plan(plan: &Plan, frame: &Frame<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    markdown::plan(&mut out, plan, frame).unwrap();
    out
}

fn diff(diff: &FilesDiff, frame: &Frame<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    markdown::diff(&mut out, diff, frame).unwrap();
    out
}

/// Writes every page into a folder.
fn write(folder: &Path) {
    let frame = Frame { link: Some(LINK), ..Frame::comment("conf/bursar.yaml") };
    let base = Frame { base: Some("origin/main"), ..frame };
    let save = |name: &str, page: Vec<u8>| std::fs::write(folder.join(format!("{name}.md")), page).unwrap();
    save("plan-nothing", plan(&World::embedded().plan(), &frame));
    save("plan-everything", plan(&scenes::everything().plan(), &frame));
    save("plan-by-hand", plan(&scenes::by_hand().plan(), &frame));
    save("plan-causes", plan(&causes::plan(), &base));
    save("plan-cut", plan(&scenes::many(60).plan(), &Frame { budget: 3_600, ..frame }));
    save("plan-long", plan(&scenes::many(3000).plan(), &frame));
    save("diff-one", diff(&edits::one(), &frame));
    save("diff-everything", diff(&edits::everything(), &frame));
    save("diff-long", diff(&edits::many(5000), &frame));
    save("hostile-plan-0-tame", plan(&scenes::hostile("x").plan(), &frame));
    save("hostile-diff-0-tame", diff(&edits::hostile("x"), &frame));
    for (n, text) in HOSTILE.iter().enumerate() {
        let frame = Frame { path: text, ..frame };
        save(&format!("hostile-plan-{:02}", n + 1), plan(&scenes::hostile(text).plan(), &frame));
        save(&format!("hostile-diff-{:02}", n + 1), diff(&edits::hostile(text), &frame));
    }
}

#[test]
fn pages_for_other_programs() {
    let own = tempfile::tempdir().unwrap();
    let folder = std::env::var_os("BURSAR_PAGES").map_or_else(|| own.path().to_owned(), PathBuf::from);
    write(&folder);
    let pages = std::fs::read_dir(&folder).unwrap().filter(|entry| {
        let path = entry.as_ref().unwrap().path();
        path.extension().is_some_and(|extension| extension == "md")
    });
    assert_eq!(pages.count(), 11 + 2 * HOSTILE.len());
}
