//! `bursar report --html`: what the page says, where it goes, and that nothing in it is more than text.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value;

use crate::runbook::{FIGMA, PEOPLE};
use crate::secrets::Folder;
use crate::terminal::{bursar, example, folder, terminal};

const AS_OF: &str = "report --html page.html --as-of 2026-11-23";

/// The page that a command line writes.
fn page(folder: &Path, line: &str) -> String {
    let shown = terminal(folder, line);
    assert!(shown.ends_with("--- exit 0\n"), "{shown}");
    fs::read_to_string(folder.join("page.html")).unwrap()
}

/// The tables that the page's script shows: people, and differences.
fn tables(page: &str) -> [Value; 2] {
    let (_, rest) = page.split_once("<script type=\"application/json\" id=\"tables\">").unwrap();
    let (json, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(json).unwrap()
}

/// The rows of a table, cell by cell as one line each.
fn rows(table: &Value) -> Vec<String> {
    let flags = table["flags"].as_array().unwrap();
    let columns = table["columns"].as_array().unwrap();
    let cell = |(cell, column): (&Value, &Value)| match cell {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(share) => format!("{share} %"),
        Value::Array(all) if column["kind"] == "flags" => {
            let names = all
                .iter()
                .map(|at| flags[usize::try_from(at.as_u64().unwrap()).unwrap()]["label"].as_str().unwrap());
            names.collect::<Vec<_>>().join(", ")
        }
        Value::Array(noted) => format!("{} ({})", noted[0].as_str().unwrap(), noted[1].as_str().unwrap()),
        other => panic!("{other}"),
    };
    let row = |row: &Value| row.as_array().unwrap().iter().zip(columns).map(cell).collect::<Vec<_>>().join(" | ");
    table["rows"].as_array().unwrap().iter().map(row).collect()
}

/// The text of a part of the page, without its markup.
fn text(page: &str, id: &str) -> String {
    let (_, rest) = page.split_once(&format!("<section id=\"{id}\"")).unwrap();
    let (part, _) = rest.split_once("</section>").unwrap();
    let mut text = String::new();
    for piece in part.split('<').skip(1) {
        let (_, words) = piece.split_once('>').unwrap();
        let words = words.trim();
        if !words.is_empty() {
            text.push_str(words);
            text.push('\n');
        }
    }
    text
}

fn git(at: &Path, args: &[&str]) {
    let out = Command::new("git")
        .arg("-C")
        .arg(at)
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

fn db(folder: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(folder.join(".bursar/center.db")).unwrap()
}

#[test]
fn a_page_is_written_and_replaced() {
    let folder = example("quickstart");
    terminal(folder.path(), "apply --yes");
    assert_snapshot!(terminal(folder.path(), AS_OF));
    let path = folder.path().join("page.html");
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600,
        "who drew what is nobody else's business"
    );
    let first = fs::read(&path).unwrap();
    assert_snapshot!(terminal(folder.path(), AS_OF));
    assert_eq!(fs::read(&path).unwrap(), first, "the same input makes the same page");
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "{names:?}");
}

#[test]
fn nothing_else_is_replaced() {
    let folder = example("quickstart");
    let before = fs::read(folder.path().join("bursar.yaml")).unwrap();
    assert_snapshot!(terminal(folder.path(), "report --html bursar.yaml"));
    assert_eq!(fs::read(folder.path().join("bursar.yaml")).unwrap(), before);
    fs::create_dir(folder.path().join("pages")).unwrap();
    assert_snapshot!(terminal(folder.path(), "report --html pages"));
    assert_snapshot!(terminal(folder.path(), "report --html nowhere/page.html"));
    assert_snapshot!(terminal(folder.path(), "report --html s3://bucket/page.html"));
    // What a link leads to is replaced, and the link stays.
    page(folder.path(), "report --html page.html -q");
    fs::rename(folder.path().join("page.html"), folder.path().join("pages/real.html")).unwrap();
    std::os::unix::fs::symlink("pages/real.html", folder.path().join("page.html")).unwrap();
    page(folder.path(), "report --html page.html -q --as-of 2026-11-23");
    assert!(folder.path().join("page.html").is_symlink());
    let real = fs::read_to_string(folder.path().join("pages/real.html")).unwrap();
    assert!(real.contains("2026-11-23"));
}

#[test]
fn wrong_usage_is_told() {
    let folder = example("quickstart");
    assert_snapshot!(terminal(folder.path(), "report"));
    assert_snapshot!(terminal(folder.path(), "report --html page.html --format json"));
    assert_snapshot!(terminal(folder.path(), "report --html page.html --pool desing-ai"));
    assert_snapshot!(terminal(folder.path(), "report --html page.html --history usage"));
    assert_snapshot!(terminal(folder.path(), "report --unused --base main"));
}

/// The drawn amounts come from the center, everything else from the files and the plan.
#[test]
fn everything_that_was_asked_is_there() {
    let folder = example("quickstart");
    terminal(folder.path(), "apply --yes");
    let page = page(folder.path(), AS_OF);
    let order: Vec<usize> = [
        "<header>",
        "id=\"pools\"",
        "id=\"people\"",
        "id=\"unmanaged\"",
        "id=\"differences\"",
        "id=\"manual\"",
        "id=\"worst\"",
        "id=\"picture\"",
        "<footer>",
    ]
    .iter()
    .map(|part| page.find(part).unwrap_or_else(|| panic!("{part}")))
    .collect();
    assert!(order.is_sorted(), "{order:?}");
    assert_snapshot!(text(&page, "worst"));
    assert_snapshot!(text(&page, "picture"));
    for empty in ["unmanaged", "differences", "manual"] {
        assert!(page.contains(&format!("<section id=\"{empty}\"")), "{empty}");
    }
    assert!(!page.contains("http://") || page.matches("http://").count() == 1, "the name of SVG alone");
    assert!(!page.contains("https://") && !page.contains(" src=") && !page.contains("style=\""));
}

#[test]
fn what_is_in_the_table_is_in_the_page() {
    let folder = example("quickstart");
    terminal(folder.path(), "apply --yes");
    let page = page(folder.path(), AS_OF);
    let [people, differences] = tables(&page);
    let cells = text(&page, "people");
    for cell in people["rows"].as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap()) {
        if let Value::String(words) = cell {
            assert!(cells.contains(words.as_str()), "{words}");
        }
    }
    assert_eq!(differences["rows"], Value::Array(Vec::new()));
}

/// What was drawn stands beside what may be, in the pool and of each person; what is special of somebody is said in words.
#[test]
fn what_was_drawn_is_held_against_what_may_be() {
    let folder = example("quickstart");
    terminal(folder.path(), "apply --yes");
    let draw = "INSERT INTO draws (pool, pool_name, member, amount, at) SELECT 1, 'design-ai', id, ?2, ?3 FROM members \
                WHERE name = ?1";
    for (who, amount, at) in [
        ("alice", "1700 credits", "2026-11-10T08:00:00Z"),
        ("bob", "500 credits", "2026-11-21T08:00:00Z"),
        ("alice", "7 credits", "2026-10-31T23:59:59Z"),
        ("bob", "9 credits", "2026-11-24T00:00:00Z"),
    ] {
        db(folder.path()).execute(draw, [who, amount, at]).unwrap();
    }
    let page = page(folder.path(), AS_OF);
    assert_snapshot!(rows(&tables(&page)[0]).join("\n"));
    assert_snapshot!(text(&page, "pools"));
    assert!(page.contains("<b>1</b> cap reached") && page.contains("<b>1</b> cap over 80 %"));
    assert!(page.contains("<strong>2,200</strong> of 5,000 credits a month"));
}

#[test]
fn a_center_that_cannot_be_read_leaves_the_others() {
    let folder = folder(
        "version: 1\ncenters:\n  good: { provider: embedded, path: good.db }\n  bad: { provider: embedded, path: bad.db }\n\
         members:\n  alice: { email: alice@acme.example }\npools:\n  one:\n    center: good\n    budget: { limit: 10, unit: \
         credits, period: monthly, when_exhausted: block }\n    access: [{ member: alice, cap: 5 }]\n    others: blocked\n  two:\n    \
         center: bad\n    budget: { limit: 10, unit: credits, period: monthly, when_exhausted: block }\n    access: [{ member: \
         alice, cap: 5 }]\n    others: blocked\n",
    );
    fs::write(folder.path().join("bad.db"), "this is no center").unwrap();
    assert_snapshot!(terminal(folder.path(), AS_OF));
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(page.contains("<li class=\"bad\"><b>bad</b>") && page.contains("could not be read: center bad"), "{page}");
    assert!(page.contains("center not read whole"));
    let [people, differences] = tables(&page);
    assert_snapshot!(rows(&people).join("\n"));
    assert_snapshot!(rows(&differences).join("\n"));
    // The picture shows what the files ask of both.
    assert!(text(&page, "picture").contains("two"));
    // Whoever asks for the good one alone is not told of the other.
    assert_snapshot!(terminal(folder.path(), &format!("{AS_OF} --center good")));
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(!page.contains("<b>bad</b>") && page.contains("<dd>center good</dd>"));
}

#[test]
fn drift_is_told_from_edits_by_a_base() {
    let folder = example("quickstart");
    let at = folder.path();
    git(at, &["init", "-q", "-b", "main"]);
    git(at, &["add", "bursar.yaml"]);
    git(at, &["-c", "user.name=A", "-c", "user.email=a@acme.example", "commit", "-qm", "Begin"]);
    terminal(at, "apply --yes");
    db(at)
        .execute("UPDATE grants SET cap = '700 credits' WHERE cap = '500 credits'", [])
        .unwrap();
    let text = fs::read_to_string(at.join("bursar.yaml")).unwrap();
    let clean = page(at, AS_OF);
    assert!(clean.contains("<dt>Commit</dt>") && !clean.contains("edited since"));
    fs::write(at.join("bursar.yaml"), text.replace("cap: 2000", "cap: 2500")).unwrap();
    let both = page(at, AS_OF);
    assert!(both.contains("edited since"));
    assert_snapshot!(rows(&tables(&both)[1]).join("\n"));
    assert!(both.contains("<b>2</b> differences to the files"), "{both}");
    let drift = page(at, &format!("{AS_OF} --base main"));
    assert_snapshot!(rows(&tables(&drift)[1]).join("\n"));
    assert!(drift.contains("<b>1</b> drift"));
}

#[test]
fn what_a_person_has_to_do_is_listed() {
    let folder = folder(FIGMA);
    fs::write(folder.path().join("people.csv"), PEOPLE).unwrap();
    let page = page(folder.path(), AS_OF);
    assert_snapshot!(text(&page, "manual"));
    assert!(page.contains("steps wait for a person"));
}

#[test]
fn snapshots_make_a_trend() {
    let folder = example("quickstart");
    terminal(folder.path(), "apply --yes");
    let usage = folder.path().join("usage");
    fs::create_dir(&usage).unwrap();
    let snapshot = |day: &str, drawn: &str| {
        let text = serde_json::json!({
            "schema": "bursar.usage.v1", "read_at": format!("{day}T06:00:00Z"), "unread": [],
            "centers": [{
                "center": "local", "identity": "x", "provider": "embedded", "read_at": format!("{day}T06:00:00Z"),
                "lag_seconds": null, "told": true, "zero_is_unsure": false, "notes": [],
                "pools": [{
                    "pool": "design-ai", "exists": true, "unit": "credits", "period": "monthly", "window": null,
                    "limit": null, "when_exhausted": null, "drawn": { "amount": drawn, "unit": "credits" },
                    "at_least": false, "seat": null, "forecast": null, "members": [],
                }],
            }],
        });
        fs::write(usage.join(format!("{day}T06-00-00Z.json")), text.to_string()).unwrap();
    };
    snapshot("2026-11-01", "0");
    snapshot("2026-11-11", "50");
    snapshot("2026-11-21", "200");
    snapshot("2026-12-21", "9000");
    fs::write(usage.join("2026-11-02T06-00-00Z.json"), "torn").unwrap();
    fs::write(usage.join("notes.txt"), "no snapshot").unwrap();
    assert_snapshot!(terminal(folder.path(), &format!("{AS_OF} --history usage")));
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    let (_, line) = page.split_once("<polyline points=\"").unwrap();
    let (points, _) = line.split_once('"').unwrap();
    assert!(points.starts_with("0,1000 "), "{points}");
    assert!(!page.contains("9,000"), "what came after the day is not shown");
    assert!(page.contains("4 snapshots"));
}

#[test]
fn the_end_of_a_grant_is_seen_in_time() {
    let folder = folder(
        "version: 1\ncenters:\n  local: { provider: embedded }\nmembers:\n  alice: { email: alice@acme.example }\n  bob: { \
         email: bob@acme.example }\n  carol: { email: carol@acme.example }\npools:\n  p:\n    center: local\n    budget: { limit: 10, \
         unit: credits, period: monthly, when_exhausted: block }\n    access:\n      - { member: alice, cap: 5, expires: \
         2026-12-07 }\n      - { member: bob, cap: 5, expires: 2026-12-08 }\n      - { member: carol, cap: 5, expires: 2026-11-25 }\n    \
         others: unmanaged\n",
    );
    terminal(folder.path(), "apply --yes --as-of 2026-11-20");
    db(folder.path())
        .execute_batch(
            "INSERT INTO members (name) VALUES ('mallory'); INSERT INTO grants (pool, member, cap) SELECT 1, id, '3 credits' \
             FROM members WHERE name = 'mallory'",
        )
        .unwrap();
    let page = page(folder.path(), AS_OF);
    assert_snapshot!(rows(&tables(&page)[0]).join("\n"));
    assert!(page.contains("grants expire within 14 days") && page.contains("person not in the files"));
    // Three weeks later the one is a revocation.
    let page = self::page(folder.path(), "report --html page.html --as-of 2026-11-26");
    assert!(
        rows(&tables(&page)[0])
            .iter()
            .any(|row| row.starts_with("carol") && row.contains("expired")),
        "{page}"
    );
}

const HOSTILE: [&str; 9] = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "</td></table></section><h1>x</h1>",
    "<!--",
    "--><h1>x</h1>",
    "\"><svg onload=alert(1)>",
    "'><b>",
    "\u{202e}evil\u{2066}\u{200b}",
    "a\tb\nc\u{1b}[31m",
];

#[test]
fn a_name_is_a_name() {
    let folder = example("quickstart");
    terminal(folder.path(), "apply --yes");
    let db = db(folder.path());
    let add = |name: &str| {
        db.execute("INSERT INTO members (name) VALUES (?1)", [name]).unwrap();
        let granted = "INSERT INTO grants (pool, member, cap) SELECT 1, id, '5 credits' FROM members WHERE name = ?1";
        db.execute(granted, [name]).unwrap();
        db.execute("INSERT INTO pools (name, unit, period) VALUES (?1, 'credits', 'monthly')", [name])
            .unwrap();
    };
    add("somebody");
    let plain = page(folder.path(), AS_OF);
    HOSTILE.into_iter().for_each(add);
    db.execute("UPDATE pools SET description = ?1 WHERE id = 1", [HOSTILE.join(" ")]).unwrap();
    let page = page(folder.path(), AS_OF);
    for tag in
        ["<script", "</script", "<img", "<h1", "</table", "<!--", "<svg onload", "\u{202e}", "\u{1b}", "\u{200b}"]
    {
        assert_eq!(page.matches(tag).count(), plain.matches(tag).count(), "{tag}");
    }
    let [people, differences] = tables(&page);
    let shown = rows(&people).join("\n");
    for name in ["<script>alert(1)</script>", "\\u{202e}evil\\u{2066}\\u{200b}", "a\\tb\\nc\\u{1b}[31m"] {
        assert!(shown.contains(name), "{name}: {shown}");
    }
    assert!(rows(&differences).len() >= HOSTILE.len());
    assert!(text(&page, "unmanaged").contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[test]
fn a_page_of_nothing_says_so() {
    let folder = folder("version: 1\ncenters:\n  local: { provider: embedded }\n");
    let page = page(folder.path(), AS_OF);
    for empty in
        ["No pool could be shown", "Nobody has a right", "Nothing can be spent", "There is no pool to draw from"]
    {
        assert!(page.contains(empty), "{empty}");
    }
}

/// What the page may run is told by its fingerprint: nothing of it is anything else.
#[test]
fn the_policy_names_what_stands_there() {
    let folder = Folder::new();
    fs::write(folder.path().join("bursar.yaml"), "version: 1\n").unwrap();
    let out = bursar(folder.path()).args(AS_OF.split(' ')).output().unwrap();
    assert!(out.stdout.is_empty(), "the page is no text for a pipe");
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    let (_, policy) = page.split_once("http-equiv=\"Content-Security-Policy\" content=\"").unwrap();
    let (policy, _) = policy.split_once('"').unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let (head, _) = page.split_once("<title>").unwrap();
    assert!(head.len() < 1024 && head.contains("bursar report"));
}
