//! How findings look: for a person, and for a program.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bursar::config::{self, Loaded};
use bursar::diagnostics::Finding;
use bursar::output::{findings_json, findings_text};

use super::{TODAY, providers, texts};

fn text(loaded: &Loaded, findings: &[Finding]) -> String {
    let mut out = Vec::new();
    findings_text::write(&mut out, &loaded.files, findings, false).unwrap();
    String::from_utf8(out).unwrap()
}

fn json(loaded: &Loaded, findings: &[Finding]) -> serde_json::Value {
    let mut out = Vec::new();
    findings_json::write(&mut out, &loaded.files, findings).unwrap();
    assert!(out.ends_with(b"}\n"));
    serde_json::from_slice(&out).unwrap()
}

fn checked(files: &[&str]) -> (Loaded, Vec<Finding>) {
    let loaded = texts(files);
    let findings = config::check(&loaded, &providers(), TODAY);
    (loaded, findings)
}

const WRONG: [&str; 2] = [
    "\
version: 1
centers:
  main: { provider: embeded }
members:
  alice: { email: alice@acme.example }
  bob: { email: Alice@acme.example }
groups:
  designers: [alice, no, carol]
pools:
  ai:
    center: main
    budget: { limit: '500', unit: credits, period: monthly }
    access:
      - { group: designers, cpa: 5 }
      - { member: alcie, cap: 5, expires: 2020-01-31 }
    others: blocked
    others: unmanaged
    alerts:
      - { at: 80, of: budget, notify: [] }
",
    "\
version: 1
members:
  alice: { email: other@acme.example }
groups:
  ü: [&a bob]
",
];

#[test]
fn everything_is_found_in_one_run() {
    let (loaded, findings) = checked(&WRONG);
    insta::assert_snapshot!(text(&loaded, &findings), @r#"
    error[BUR034]: there is no provider `embeded`
     --> bursar.yaml:3:21
      |
    3 |   main: { provider: embeded }
      |                     ^^^^^^^
      |
      = help: did you mean `embedded`?

    error[BUR060]: `bob` has the e-mail address of `alice`
     --> bursar.yaml:6:17
      |
    6 |   bob: { email: Alice@acme.example }
      |                 ^^^^^^^^^^^^^^^^^^
      |
     ::: bursar.yaml:5:19
      |
    5 |   alice: { email: alice@acme.example }
      |                   ------------------ `alice` has it here
      |
      = help: make one member of them, or correct one of the two

    error[BUR005]: `no` is a text to some readers of YAML and a truth value to others
     --> bursar.yaml:8:22
      |
    8 |   designers: [alice, no, carol]
      |                      ^^
      |
      = help: quote it: "no"

    error[BUR030]: there is no member `carol`
     --> bursar.yaml:8:26
      |
    8 |   designers: [alice, no, carol]
      |                          ^^^^^
      |
      = help: add them under `members:`, or take the name out

    error[BUR012]: `limit` must be a number, and this is a text
      --> bursar.yaml:12:22
       |
    12 |     budget: { limit: '500', unit: credits, period: monthly }
       |                      ^^^^^
       |
       = help: write 500 without quotes

    error[BUR010]: a rule of `access` has no key `cpa`
      --> bursar.yaml:14:29
       |
    14 |       - { group: designers, cpa: 5 }
       |                             ^^^
       |
       = help: did you mean `cap`?

    error[BUR030]: there is no member `alcie`
      --> bursar.yaml:15:19
       |
    15 |       - { member: alcie, cap: 5, expires: 2020-01-31 }
       |                   ^^^^^
       |
       = help: did you mean `alice`?

    warning[BUR080]: this rule expired on 2020-01-31
      --> bursar.yaml:15:43
       |
    15 |       - { member: alcie, cap: 5, expires: 2020-01-31 }
       |                                           ^^^^^^^^^^
       |
       = help: take the rule out, or give it a new last day; until then it still names its people

    error[BUR003]: the key `others` is here a second time
      --> bursar.yaml:17:5
       |
    17 |     others: unmanaged
       |     ^^^^^^
       |
      ::: bursar.yaml:16:5
       |
    16 |     others: blocked
       |     ------ it is here first
       |
       = help: keep one of them

    error[BUR012]: `at` must be a percentage such as `80%`, or a map with `amount`, and this is a number
      --> bursar.yaml:19:15
       |
    19 |       - { at: 80, of: budget, notify: [] }
       |               ^^
       |
       = help: write `80%` or `{ amount: 80 }`

    error[BUR021]: nobody hears of this alert
      --> bursar.yaml:19:39
       |
    19 |       - { at: 80, of: budget, notify: [] }
       |                                       ^^
       |
       = help: name somebody from `notify:`, or `member` for the person concerned

    error[BUR018]: the member `alice` is in two files
     --> more-1.yaml:3:3
      |
    3 |   alice: { email: other@acme.example }
      |   ^^^^^
      |
     ::: bursar.yaml:5:3
      |
    5 |   alice: { email: alice@acme.example }
      |   ----- it is here first
      |
      = help: keep one of them

    error[BUR013]: `ü` is no id: an id starts with a lower-case letter or a digit, not with 'ü'
     --> more-1.yaml:5:3
      |
    5 |   ü: [&a bob]
      |   ^
      |
      = help: choose a name like `design-team` or `alice@acme.example`

    error[BUR006]: anchors are not accepted, since aliases are not
     --> more-1.yaml:5:10
      |
    5 |   ü: [&a bob]
      |          ^^^
      |
      = help: leave out the `&` and the name after it

    13 errors, 1 warning
    "#);
}

#[test]
fn json_has_the_published_shape() {
    let (loaded, findings) = checked(&WRONG);
    let report = json(&loaded, &findings);
    let schema = include_str!("../../../schema/findings.v1.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let problems: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(report["findings"].as_array().unwrap().len(), findings.len());
    insta::assert_json_snapshot!(report["findings"][0], @r#"
    {
      "code": "BUR034",
      "severity": "error",
      "message": "there is no provider `embeded`",
      "help": "did you mean `embedded`?",
      "file": "bursar.yaml",
      "line": 3,
      "column": 21,
      "end_line": 3,
      "end_column": 28,
      "related": []
    }
    "#);
    insta::assert_json_snapshot!(report["summary"], @r#"
    {
      "errors": 13,
      "warnings": 1
    }
    "#);
    let empty = json(&loaded, &[]);
    assert!(validator.is_valid(&empty));
}

#[test]
fn no_findings_are_no_output() {
    let (loaded, _) = checked(&["version: 1\n"]);
    assert_eq!(text(&loaded, &[]), "");
}

#[test]
fn colour_is_only_there_when_asked_for() {
    let (loaded, findings) = checked(&["version: 2\n"]);
    assert!(!text(&loaded, &findings).contains('\u{1b}'));
    let mut out = Vec::new();
    findings_text::write(&mut out, &loaded.files, &findings, true).unwrap();
    assert!(out.contains(&0x1b));
}

#[test]
fn a_secret_is_never_shown() {
    // Put together here, so that no scanner takes this file for a leak.
    let token = ["ghp_", "0123456789abcdefghijABCDEFGHIJ"].concat();
    let file = format!(
        "version: 1 # {token}\ncenters: {{ c: {{ provider: litellm, base_url: 'http://127.0.0.1:1', token: hunter2, tken: {token} }} }}\n"
    );
    let (loaded, findings) = checked(&[&file]);
    assert_eq!(findings.iter().filter(|finding| finding.code == "BUR023").count(), 3);
    let (text, json) = (text(&loaded, &findings), json(&loaded, &findings).to_string());
    for shown in [&text, &json] {
        assert!(!shown.contains(&token) && !shown.contains("hunter2"), "{shown}");
    }
    assert!(text.contains("*******"));
}

#[test]
fn no_message_repeats_a_secret() {
    let token = ["ghp_", "0123456789abcdefghijABCDEFGHIJ"].concat();
    let file = format!(
        "version: 1\ncenters: {{ {token}: {{ provider: {token}, {token}: 1 }} }}\n\
         members: {{ alice: {{ email: {token} }}, {token}: {{}} }}\ngroups: {{ g: [{lower}, group:{lower}] }}\n\
         pools: {{ ai: {{ center: {lower}, target: {{ {token}: x }}, budget: {{ unit: {token}, period: {token} }}, \
         access: [{{ member: alice, cap: {token}, expires: {token} }}], others: {token} }} }}\n",
        lower = token.to_lowercase(),
    );
    let (loaded, findings) = checked(&[&file]);
    for shown in [text(&loaded, &findings), json(&loaded, &findings).to_string()] {
        assert!(!shown.to_lowercase().contains("0123456789abcdef"), "{shown}");
    }
    assert!(findings.iter().any(|finding| finding.message.contains("***` is no e-mail address")));
}

#[test]
fn hidden_characters_do_not_reach_the_terminal() {
    let (loaded, findings) = checked(&[
        "version: 1\nmembers: { alice: { figma: \"a\u{202e}\u{1b}[31mb\" } }\n",
        "version: 1\n\"bad\u{202e}\": 1\ngroups: { \"g\\e[31mx\": [\"m\\e[31mx\"] }\n",
    ]);
    assert!(findings.iter().any(|finding| finding.message.contains('\u{1b}')));
    assert!(findings.iter().any(|finding| finding.message.contains('\u{202e}')));
    let text = text(&loaded, &findings);
    assert!(!text.contains('\u{202e}') && !text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn a_long_line_is_shown_in_part() {
    let people: Vec<String> = (0..20_000).map(|i| format!("m{i}")).collect();
    let file = format!("version: 1\ngroups: {{ g: [{}] }}\n", people.join(", "));
    let (loaded, findings) = checked(&[&file]);
    assert_eq!(findings.len(), 20_000);
    let start = Instant::now();
    let text = text(&loaded, &findings[19_990..]);
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(text.len() < 20_000, "{}", text.len());
    let column = file.lines().nth(1).unwrap().find("m19999").unwrap() + 1;
    assert!(text.contains(&format!("bursar.yaml:2:{column}")), "{text}");
    assert!(text.contains("m19999"));
}

#[test]
fn a_file_that_cannot_be_read_has_a_finding_too() {
    let files = [
        ("latin.yaml", b"version: 1\n# caf\xe9\n".to_vec()),
        ("utf16.yaml", b"\xff\xfev\0e\0".to_vec()),
        ("binary.yaml", b"version: 1\0\n".to_vec()),
        ("empty.yaml", Vec::new()),
    ];
    let loaded = config::load_texts(Path::new(""), files.map(|(name, bytes)| (PathBuf::from(name), bytes)));
    let findings = config::check(&loaded, &providers(), TODAY);
    insta::assert_snapshot!(text(&loaded, &findings), @r"
    error[BUR001]: this is not UTF-8
     --> latin.yaml:2:6
      |
    2 | # caf�
      |      ^
      |
      = help: save the file as UTF-8

    error[BUR001]: this file is UTF-16
     --> utf16.yaml:1:1
      |
    1 | ��v␀e␀
      | ^
      |
      = help: save the file as UTF-8

    error[BUR001]: there is a NUL byte here, so this is no text file
     --> binary.yaml:1:11
      |
    1 | version: 1␀
      |           ^
      |
      = help: save the file as UTF-8 text

    error[BUR012]: the file is empty
    --> empty.yaml:1:1
     = help: start with `version: 1`

    4 errors
    ");
}

#[test]
fn a_comment_hides_nothing_either() {
    let (loaded, findings) =
        checked(&["version: 1 # \u{202e}}} :elbasrever\nmembers: { alice: { figma: \"a\u{200b}\" } } # \u{2066}x\n"]);
    insta::assert_snapshot!(super::lines(&loaded, &findings), @r"
    BUR017 1:14 there is a character here that cannot be seen: U+202E
    BUR017 2:30 there is a character here that cannot be seen: U+200B
    BUR017 2:39 there is a character here that cannot be seen: U+2066
    ");
    let (loaded, findings) = checked(&["version: 1\nmembers: { alice: { figma: \"a\tb\", github: \"c\\u200bd\" } }\n"]);
    insta::assert_snapshot!(super::lines(&loaded, &findings), @r"
    BUR017 2:28 there is a character here that cannot be seen: U+0009
    BUR017 2:43 there is a character here that cannot be seen: U+200B
    ");
    let (_, findings) = checked(&["\u{feff}version: 1 # Zoë, नमस्ते\r\nmembers:\r\n  zoe: { figma: \"Zoë\" }\t# x\r\n"]);
    assert_eq!(findings, []);
}
