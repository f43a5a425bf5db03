//! The file itself: made when something is written, refused when it is another program's, read where nothing can be
//! written.

use std::path::Path;

use bursar::centers::embedded::{Embedded, draw};
use bursar::centers::{CenterError, Reader, reader, writer};
use bursar::model::{CenterSettings, Observed, Scope};

use super::{Center, amount, block_on, desired, limited, settings};

fn read(settings: &CenterSettings) -> Result<Observed, CenterError> {
    block_on(Embedded::new(settings).read(&Scope::default()))
}

/// What each way to open a file says, without the folder's name.
fn refusals(center: &Center) -> String {
    let folder = center.folder.path().display().to_string();
    let write = writer(&center.settings, &Scope::default()).err().unwrap();
    let drawn = draw(&center.settings, "p", "alice", amount("1"), jiff::Timestamp::UNIX_EPOCH).unwrap_err();
    [read(&center.settings).unwrap_err(), write, drawn]
        .map(|error| {
            assert!(matches!(error, CenterError::NotACenter { .. }), "{error}");
            error.to_string().replace(&folder, "DIR")
        })
        .join("\n")
}

fn with_file(make: impl FnOnce(&Path)) -> Center {
    let center = Center::new();
    std::fs::create_dir(center.folder.path().join(".bursar")).unwrap();
    make(&center.file());
    center
}

#[test]
fn reading_makes_nothing() {
    let center = Center::new();
    let observed = read(&center.settings).unwrap();
    assert!(observed.state.pools.is_empty());
    assert_eq!(observed.identity, ".bursar/center.db");
    let inventory = block_on(reader(&center.settings).unwrap().inventory(&bursar::model::Scope::default())).unwrap();
    assert!(inventory.pools.is_empty());
    assert_eq!(std::fs::read_dir(center.folder.path()).unwrap().count(), 0);
}

#[test]
fn an_empty_file_is_an_empty_center() {
    let center = with_file(|file| std::fs::write(file, "").unwrap());
    assert!(read(&center.settings).unwrap().state.pools.is_empty());
    center.apply(&desired(&[("p", limited("10", &[]))]));
    assert_eq!(center.sql::<String>("PRAGMA journal_mode"), "wal");
}

#[test]
fn a_path_of_ones_own_is_relative_to_the_file_and_is_the_identity() {
    let mut center = Center::new();
    center.settings.path = Some("data/deep/gate #1?.db".to_owned());
    center.apply(&desired(&[("p", limited("10", &[]))]));
    assert!(center.folder.path().join("data/deep/gate #1?.db").is_file());
    assert_eq!(read(&center.settings).unwrap().identity, "data/deep/gate #1?.db");
    assert_eq!(read(&center.settings).unwrap().unmanaged.len(), 1);
}

#[test]
fn another_kind_of_file_is_refused() {
    let center = with_file(|file| std::fs::write(file, "version: 1\n".repeat(200)).unwrap());
    insta::assert_snapshot!(refusals(&center), @r"
    DIR/.bursar/center.db is not an embedded center: it is no SQLite file
    DIR/.bursar/center.db is not an embedded center: it is no SQLite file
    DIR/.bursar/center.db is not an embedded center: it is no SQLite file
    ");
    assert!(std::fs::read_to_string(center.file()).unwrap().starts_with("version: 1"));
}

#[test]
fn another_programs_database_is_refused() {
    let center = with_file(|file| {
        let db = rusqlite::Connection::open(file).unwrap();
        db.execute_batch("CREATE TABLE pools (name TEXT)").unwrap();
    });
    insta::assert_snapshot!(refusals(&center), @r"
    DIR/.bursar/center.db is not an embedded center: it is a SQLite file of another program
    DIR/.bursar/center.db is not an embedded center: it is a SQLite file of another program
    DIR/.bursar/center.db is not an embedded center: it is a SQLite file of another program
    ");
    assert_eq!(center.sql::<i64>("SELECT count(*) FROM sqlite_schema"), 1);
    assert_eq!(center.sql::<String>("PRAGMA journal_mode"), "delete", "not even its mode was changed");
}

#[test]
fn a_newer_version_is_refused() {
    let center = Center::new();
    center.apply(&desired(&[("p", limited("10", &[]))]));
    center.meddle("PRAGMA user_version = 3");
    insta::assert_snapshot!(refusals(&center), @r"
    DIR/.bursar/center.db is not an embedded center: a newer Bursar made it (version 3 of its tables; this one knows 2)
    DIR/.bursar/center.db is not an embedded center: a newer Bursar made it (version 3 of its tables; this one knows 2)
    DIR/.bursar/center.db is not an embedded center: a newer Bursar made it (version 3 of its tables; this one knows 2)
    ");
}

#[test]
fn a_folder_is_no_file() {
    let center = with_file(|file| std::fs::create_dir(file).unwrap());
    insta::assert_snapshot!(refusals(&center), @r"
    DIR/.bursar/center.db is not an embedded center: it is no file
    DIR/.bursar/center.db is not an embedded center: it is no file
    DIR/.bursar/center.db is not an embedded center: it is no file
    ");
}

#[test]
fn a_file_where_the_folder_should_be_is_said() {
    let center = Center::new();
    std::fs::write(center.folder.path().join(".bursar"), "").unwrap();
    for error in [read(&center.settings).err(), writer(&center.settings, &Scope::default()).err()] {
        let error = error.unwrap();
        assert!(matches!(error, CenterError::File { .. }), "{error}");
        assert!(!error.help().is_empty());
    }
}

#[test]
fn a_draw_on_a_center_that_is_not_there_says_how_it_comes_to_be() {
    let center = Center::new();
    let error = draw(&center.settings, "p", "alice", amount("1"), jiff::Timestamp::UNIX_EPOCH).unwrap_err();
    assert!(error.to_string().ends_with("it is not there yet; the first apply makes it"), "{error}");
    assert!(!center.file().exists());
}

#[test]
fn two_who_make_the_file_at_once_make_one_center() {
    let center = Center::new();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| writer(&center.settings, &Scope::default()).map(|_| ()).unwrap());
        }
    });
    center.apply(&desired(&[("p", limited("10", &[("alice", "1")]))]));
    assert_eq!(read(&center.settings).unwrap().unmanaged.len(), 1);
}

#[test]
fn readers_go_on_while_one_writes() {
    let center = Center::new();
    center.apply(&desired(&[("p", limited("10", &[("alice", "1")]))]));
    let db = rusqlite::Connection::open(center.file()).unwrap();
    db.execute_batch("BEGIN IMMEDIATE; DELETE FROM grants").unwrap();
    let observed = center.read(&desired(&[("p", limited("10", &[]))]));
    assert_eq!(observed.state.pools[&super::id("p")].grants.len(), 1);
    db.execute_batch("ROLLBACK").unwrap();
}

#[cfg(unix)]
mod permissions {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_new_file_is_its_owners() {
        let center = Center::new();
        center.apply(&desired(&[("p", limited("10", &[]))]));
        assert_eq!(std::fs::metadata(center.file()).unwrap().permissions().mode() & 0o777, 0o600);
    }

    /// Root may do everything, so for root a test of permissions is run once more as nobody. Whether that was needed.
    fn handed_to_nobody(test: &str) -> bool {
        let probe = tempfile::tempdir().unwrap();
        set_mode(probe.path(), 0o555);
        if std::fs::write(probe.path().join("x"), "").is_err() {
            return false;
        }
        set_mode(probe.path(), 0o755);
        let copy = probe.path().join("it");
        std::fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
        let mut command = Command::new(copy);
        let test = format!("embedded::files::permissions::{test}");
        command.args([&test, "--exact"]).current_dir("/").uid(65534).gid(65534);
        let output = crate::terminal::output_of_a_copy(&mut command);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
        true
    }

    #[test]
    fn a_center_in_a_folder_where_nothing_can_be_written_is_read() {
        if handed_to_nobody("a_center_in_a_folder_where_nothing_can_be_written_is_read") {
            return;
        }
        let center = Center::new();
        let wanted = desired(&[("p", limited("10", &[("alice", "1")]))]);
        center.apply(&wanted);
        let folder = center.folder.path().join(".bursar");
        set_mode(&folder, 0o555);
        set_mode(&center.file(), 0o444);
        assert_eq!(center.plan(&wanted), []);
        let error = writer(&center.settings, &Scope::default()).err().unwrap();
        assert!(error.to_string().contains("Permission denied"), "{error}");
        set_mode(&folder, 0o755);
    }

    #[test]
    fn writes_that_wait_in_the_log_are_never_passed_over() {
        if handed_to_nobody("writes_that_wait_in_the_log_are_never_passed_over") {
            return;
        }
        let center = Center::new();
        let wanted = desired(&[("p", limited("10", &[("alice", "1")]))]);
        center.apply(&wanted);
        let folder = center.folder.path().join(".bursar");
        std::fs::write(folder.join("center.db-wal"), "x").unwrap();
        set_mode(&folder.join("center.db-wal"), 0o000);
        set_mode(&folder, 0o555);
        let error = read(&center.settings).unwrap_err();
        assert!(error.to_string().contains("center.db-wal"), "{error}");
        set_mode(&folder, 0o755);
    }

    #[test]
    fn a_file_that_may_not_be_read_is_said() {
        if handed_to_nobody("a_file_that_may_not_be_read_is_said") {
            return;
        }
        let center = Center::new();
        center.apply(&desired(&[("p", limited("10", &[]))]));
        set_mode(&center.file(), 0o000);
        let error = read(&settings(center.folder.path())).unwrap_err();
        assert!(matches!(error, CenterError::File { .. }), "{error}");
        assert!(error.to_string().contains("Permission denied"), "{error}");
    }
}
