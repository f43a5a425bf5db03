//! What can be wrong with an export, and that no other file can be read through its path.

use std::fmt::Write as _;
use std::fs;

use insta::assert_snapshot;

use super::{MAPPED, POOL, files, plan, world};

/// What a plan says over this export.
fn over(csv: impl AsRef<[u8]>) -> String {
    plan(world(&files("organization", MAPPED, POOL), csv).path())
}

#[test]
fn everything_that_is_wrong_is_told_in_one_run() {
    let mut csv = "Name,Email,Access,Limit\n".to_owned();
    csv.push_str("Alice,alice@acme.example,Full access,\nAlice,ALICE@acme.example,No access,\n");
    csv.push_str("Bob,bob@acme.example,Custom limit,\nMax,max@acme.example,Custom limit,12.50\n");
    csv.push_str("\"Two\nlines\",zoe@acme.example,Restricted,\n");
    csv.push_str("Eve,\"=HYPERLINK(\"\"http://evil.example\"\";\"\"a@b\"\")\",Full access,\n");
    csv.push_str(
        "Eve,@SUM(1+1)*cmd|' /C calc'!A0,Full access,\nEve,+eve@acme.example,Full access,\nEve,-1+1@x,Full access,\n",
    );
    for i in 0..30 {
        let _ = writeln!(csv, "P{i},p{i}@acme.example,?,");
    }
    let shown = over(csv);
    assert_snapshot!("all_at_once", shown);
    assert!(!shown.contains("HYPERLINK") && !shown.contains("cmd") && !shown.contains("Restricted"), "{shown}");
}

#[test]
fn what_excel_writes_is_read() {
    let plain = "Name,Email,Access,Limit\r\nAlice,alice@acme.example,Full access,\r\nBob,bob@acme.example,Custom limit,\"1,500\"\r\n";
    let semicolons = "Name;Email;Access;Limit\r\nAlice;alice@acme.example;Full access;\r\nBob;bob@acme.example;Custom limit;1.500\r\n";
    let wanted = over(plain);
    assert!(wanted.contains("1,500 credits/month → 500 credits/month"), "{wanted}");
    let wanted = hashless(&wanted);
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for csv in [
        format!("\u{feff}{plain}").into_bytes(),
        semicolons.as_bytes().to_vec(),
        format!("\u{feff}{semicolons}").into_bytes(),
        format!("sep=;\r\n{semicolons}").into_bytes(),
        wide(&format!("\u{feff}{}", semicolons.replace(';', "\t"))),
    ] {
        assert_eq!(hashless(&over(&csv)), wanted, "{}", String::from_utf8_lossy(&csv));
    }
}

fn hashless(shown: &str) -> String {
    shown
        .lines()
        .filter(|line| !line.starts_with("Plan "))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn what_is_no_table_says_what_to_do() {
    let mut shown = String::new();
    let mut add = |what: &str, csv: &[u8]| {
        let over = over(csv);
        let said: String = over.lines().skip(2).map(|line| format!("{line}\n")).collect();
        let _ = write!(shown, "# {what}\n{said}");
    };
    add("empty", b"");
    add("headers only", b"Name,Email,Access,Limit\r\n");
    add("Latin-1", b"Name,Email,Access,Limit\nJos\xe9,jose@acme.example,Full access,\n");
    add("a workbook", b"PK\x03\x04\x14\0");
    add("NUL", b"Name,Email,Access,Limit\nA\0,a@acme.example,Full access,\n");
    add("an open quote", b"Name,Email,Access,Limit\n\"A,a@acme.example,Full access,\nB,b@acme.example,No access,\n");
    add("too many cells", b"Name,Email,Access,Limit\nA,a@acme.example,Custom limit,1,500\n");
    add("a long line", &vec![b'x'; 100_000_000]);
    assert_snapshot!("no_table", shown);
}

#[test]
fn what_is_no_file_says_how_to_get_one() {
    let folder = world(&files("organization", MAPPED, POOL), "");
    fs::remove_file(folder.path().join("exports/people.csv")).unwrap();
    assert_snapshot!("missing", plan(folder.path()));
    fs::create_dir(folder.path().join("exports/people.csv")).unwrap();
    assert_snapshot!("folder", plan(folder.path()));
    let device = files("organization", MAPPED, POOL).replace("exports/people.csv", "/dev/zero");
    assert_snapshot!("device", plan(world(&device, "").path()));
}

#[test]
fn no_other_file_is_read_through_the_path() {
    let secret = "hunter2-hunter2";
    let columns = [
        "",
        "columns: { email: nothing }\n",
        "columns: { email: email, access: token }\n",
        "columns: { email: x, name: y }\n",
    ];
    for text in [
        format!("-----BEGIN PRIVATE KEY-----\n{secret}\n"),
        format!("TOKEN={secret},x\nOTHER={secret},y\n"),
        format!("{{\"client_email\":\"ci@acme.example\",\"private_key\":\"{secret}\"}}\n\n"),
        format!("{{\n  \"client_email\": \"ci@acme.example\",\n  \"private_key\": \"{secret}\"\n}}\n"),
        format!("email,token\nci@acme.example,{secret}\n"),
        format!("email,token\n{secret},{secret}\n"),
        format!("{secret}:x:0\nroot:{secret}\n"),
        format!("x,y\n,{secret}=\n"),
    ] {
        for columns in columns {
            let shown = plan(world(&files("organization", columns, POOL), &text).path());
            assert!(!shown.contains(secret), "{columns}{shown}");
        }
    }
}

#[test]
fn twenty_thousand_people_are_read_in_one_go() {
    let mut csv = "Name,Email,Access,Limit\n".to_owned();
    for i in 0..20_000 {
        let level = ["Full access,", "No access,", "Custom limit,50"][i % 3];
        let _ = writeln!(csv, "Person {i},p{i}@acme.example,{level}");
    }
    let folder = world(&files("organization", MAPPED, POOL), csv);
    let shown = plan(folder.path());
    assert!(shown.contains("takes a right from 13334 people"), "{}", &shown[..1000.min(shown.len())]);
    assert!(shown.contains("--- exit 3"), "{}", &shown[..1000.min(shown.len())]);
}
