//! People from a CSV: who they are, what is wrong with their rows, and that it is all the same as in YAML.

use bursar::config::{self, Loaded};
use bursar::diagnostics::{Finding, Severity};
use proptest::prelude::*;

use super::resolving::resolved;
use super::{TODAY, providers, texts};

/// A config that reads `people.csv` by these columns and whatever else is in an entry of `people:`.
fn yaml(columns: &str, rest: &str) -> String {
    format!("version: 1\npeople:\n  - csv: people.csv\n    columns: {columns}\n{rest}")
}

fn csv(text: &str) -> String {
    format!("# --- people.csv ---\n{text}")
}

fn checked(yaml: &str, table: &str) -> (Loaded, Vec<Finding>) {
    let loaded = texts(&[yaml, &csv(table)]);
    let findings = config::check(&loaded, &providers(), TODAY);
    (loaded, findings)
}

/// Findings with their file, their help and what belongs to them.
fn told(loaded: &Loaded, findings: &[Finding]) -> String {
    let place = |span| {
        let at = loaded.files.location(span);
        format!("{}:{}:{}", loaded.files.shown(span.file), at.line, at.column)
    };
    let line = |finding: &Finding| {
        let related = finding
            .related
            .iter()
            .map(|related| format!("    {} {}\n", place(related.span), related.message));
        let help = finding.help.as_deref().unwrap_or("none");
        format!(
            "{} {} {}\n    help: {help}\n{}",
            finding.code,
            place(finding.span),
            finding.message,
            related.collect::<String>()
        )
    };
    findings.iter().map(line).collect()
}

fn said(yaml: &str, table: &str) -> String {
    let (loaded, findings) = checked(yaml, table);
    told(&loaded, &findings)
}

/// Everybody with what they are known by, and every group.
fn everybody(loaded: &Loaded) -> String {
    let mut text = String::new();
    for entry in &loaded.config.members {
        let addresses: Vec<String> = entry.value.addresses().map(|email| email.to_string()).collect();
        let logins = entry.value.logins.iter().map(|login| format!(" {}={}", login.provider, &**login.name));
        let line = loaded.files.line(entry.name.span);
        let file = loaded.files.shown(entry.name.span.file);
        text +=
            &format!("{} {}{} ({file}:{line})\n", entry.name.value, addresses.join(" "), logins.collect::<String>());
    }
    for (group, people) in config::groups(&loaded.config) {
        text += &format!("{group}: {people:?}\n");
    }
    text
}

#[test]
fn rows_and_yaml_about_one_person_are_one_member() {
    let text = yaml(
        "{ id: Login, email: [Mail, UPN], aliases: Others, github: GH, groups: Teams }",
        "\
members:
  alice: { github: Alice-Acme }
  bob: { email: bob@acme.example }
groups:
  designers: [bob, alice]
",
    );
    let (loaded, findings) = checked(
        &text,
        "\
Login,Mail,UPN,Others,GH,Teams
ALICE,alice@acme.example,,SMTP:alice@acme.example;smtp:A.Smith@acme.example;X500:/o=acme,alice-acme,Designers; All
bob,BOB@acme.example,bob@acme.onmicrosoft.example,,bob-acme,all
carol.jones,,carol@acme.onmicrosoft.example,,,
",
    );
    assert_eq!(told(&loaded, &findings), "");
    insta::assert_snapshot!(everybody(&loaded), @r#"
    alice alice@acme.example A.Smith@acme.example github=Alice-Acme (bursar.yaml:6)
    bob bob@acme.example github=bob-acme (bursar.yaml:7)
    carol.jones carol@acme.onmicrosoft.example (people.csv:4)
    all: {"alice", "bob"}
    designers: {"alice", "bob"}
    "#);
}

#[test]
fn without_ids_the_address_says_who_it_is() {
    let text = yaml(
        "{ email: Mail }",
        "members: { obrien: { email: o'brien@acme.example }, al: { aliases: [Alice@acme.example] } }\n",
    );
    let (loaded, findings) = checked(&text, "Mail\nO'Brien@acme.example\nalice@ACME.example\nCarol@acme.example\n");
    assert_eq!(told(&loaded, &findings), "");
    insta::assert_snapshot!(everybody(&loaded), @r"
    al alice@ACME.example (bursar.yaml:5)
    carol Carol@acme.example (people.csv:4)
    obrien o'brien@acme.example (bursar.yaml:5)
    ");
}

#[test]
fn what_cannot_be_told_is_a_finding_at_its_own_cell() {
    let text = yaml(
        "{ id: Login, email: Mail, github: GH, groups: Teams }",
        "\
members:
  alice: { email: alice@acme.example, github: alice }
",
    );
    insta::assert_snapshot!(said(
        &text,
        "\
Login,Mail,GH,Teams
alice,a.smith@acme.example,Alice,
bob,bob@acme.example,bob,
BOB,bob2@acme.example,,
,nobody@acme.example,,
Dan Smith,dan@acme.example,,
erin,erin at acme,,Everyone in Acme;x
frank,Bob@acme.example,BOB,Everyone in Acme
gina\u{202e},gina@acme.example,,Everyone in Acme
"
    ));
}

#[test]
fn people_of_one_name_are_told_apart_or_not_at_all() {
    let text = yaml("{ email: Mail }", "");
    insta::assert_snapshot!(said(
        &text,
        "Mail\nalice@acme.example\nAlice@other.example\nalice@acme.example\no'brien@acme.example\n\"x, y\"\n"
    ));
}

#[test]
fn what_is_no_table_of_these_columns_is_said_at_the_yaml() {
    let text = yaml("{ email: Mail, groups: Team }", "");
    let mut all = said(&text, "E-Mail,Teams,Team,TEAM\nalice@acme.example,a,b,c\n");
    all += &said(&text, "Mail,Team\nalice@acme.example,\"a\nbob@acme.example,b\n");
    all += &said(&text, "Mail,Team\nalice@acme.example,a,b\nbob@acme.example,a,c\n");
    all += &said(&text, "PK\x03\x04");
    let twice = format!(
        "{text}  - csv: people.csv\n    columns: {{ email: Mail }}\n  - csv: none.csv\n    columns: {{ email: Mail }}\n"
    );
    all += &said(&twice, "Mail,Team\nalice@acme.example,a\n");
    insta::assert_snapshot!(all);
    // Whoever is in it is not known, so nobody is said to be missing.
    let (_, findings) = checked(&format!("{text}groups: {{ g: [zoe] }}\n"), "Email\nzoe@acme.example\n");
    assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["BUR027", "BUR027"]);
}

const POOL: &str = "\
centers: { main: { provider: embedded }, gh: { provider: one-pool } }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    others: blocked
    access:
";

#[test]
fn a_name_that_nobody_has_comes_with_whom_it_may_mean() {
    let text = yaml(
        "{ id: Login, email: Mail, name: Name, github: GH }",
        &format!(
            "    except: {{ Kind: bot }}\n{POOL}      - {{ member: asmith@acme.example, cap: 1 }}
      - {{ member: alice-smith, cap: 1 }}
      - {{ member: octo-alice, cap: 1 }}
      - {{ member: b.jones, cap: 1 }}
      - {{ member: caroll, cap: 1 }}
      - {{ member: deploy, cap: 1 }}
      - {{ member: zzz, cap: 1 }}
"
        ),
    );
    insta::assert_snapshot!(said(
        &text,
        "\
Login,Mail,Name,GH,Kind
alice,ASmith@acme.example,Alice Smith,octo-alice,
bob,bob.jones@acme.example,B. Jones,,
bea,bea@acme.example,B Jones,,
carol,carol@acme.example,Carol,,
Deploy,deploy@acme.example,Deployment,deploy-acme,Bot
"
    ));
}

#[test]
fn somebody_without_an_identity_comes_with_who_may_have_it() {
    let text = yaml(
        "{ id: Login, email: Mail, github: GH, groups: Teams }",
        &format!(
            "members: {{ alice: {{ email: alice@acme.example }} }}\n{}      - {{ member: alice, cap: 1 }}
      - {{ group: designers, cap: 1 }}
",
            POOL.replace("center: main", "center: gh")
        ),
    );
    insta::assert_snapshot!(said(
        &text,
        "\
Login,Mail,GH,Teams
a.lice,a.lice@contractor.example,alice-acme,
bob,bob@acme.example,,designers
"
    ));
}

#[test]
fn whoever_left_is_named_and_keeps_what_they_have() {
    let rest = format!(
        "    values: {{ left: [Gone, \"false\"] }}\n{POOL}      - {{ group: designers, cap: 1 }}\n      - {{ member: carol, cap: 2 }}\n      - {{ member: erin, cap: 2, expires: 2020-01-01 }}\n"
    );
    let text = yaml("{ email: Mail, groups: Teams, status: Status }", &rest);
    let table = "Mail,Teams,Status\nalice@acme.example,designers,gone\nbob@acme.example,designers,here\ncarol@acme.example,,FALSE\ndan@acme.example,,gone\nerin@acme.example,,gone\n";
    insta::assert_snapshot!(said(&text, table));
    let resolved = resolved(&[&text, &csv(table)], TODAY);
    let pool = resolved.centers["main"].desired.state.pools.values().next().unwrap();
    let granted: Vec<&str> = pool.grants.keys().map(bursar::model::Subject::name).collect();
    assert_eq!(granted, ["alice", "bob", "carol"]);
    // Without a word of the files, what Okta, Entra and Google write.
    let text = yaml(
        "{ email: Mail, groups: Teams, status: Status }",
        &rest.replace("    values: { left: [Gone, \"false\"] }\n", ""),
    );
    for (status, left) in [
        ("DEPROVISIONED", true),
        ("Suspended", true),
        ("Archived", true),
        ("False", true),
        ("ACTIVE", false),
        ("gone", false),
    ] {
        let table = format!(
            "Mail,Teams,Status\nalice@acme.example,designers,{status}\ncarol@acme.example,,\nerin@acme.example,,\n"
        );
        let warned = checked(&text, &table).1.iter().any(|finding| finding.code == "BUR064");
        assert_eq!(warned, left, "{status}");
    }
}

#[test]
fn rows_are_let_in_and_left_out_by_their_cells() {
    let table = "Mail,Type,Kind,Teams\nalice@acme.example,Member,,a\nbob@acme.example,GUEST,,a\ncarol@acme.example,member,Bot,a\nnot an address,Service,,\n";
    for (rest, people) in [
        ("    only: { Type: Member }\n    except: { Kind: [bot, room] }\n", "alice"),
        ("    only: { Type: [member, guest] }\n", "alice bob carol"),
        ("    except: { type: service, kind: BOT }\n", "alice bob"),
        ("    only: { Type: member, Kind: bot }\n", "carol"),
    ] {
        let (loaded, findings) = checked(&yaml("{ email: Mail, groups: Teams }", rest), table);
        assert_eq!(told(&loaded, &findings), "", "{rest}");
        let ids: Vec<&str> = loaded.config.members.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(ids.join(" "), people, "{rest}");
    }
}

#[test]
fn names_of_groups_may_be_given_ids() {
    let rest = "    values: { groups: { AI Designers: designers, Everyone: all } }\n";
    let (loaded, findings) = checked(
        &yaml("{ email: Mail, groups: Teams }", rest),
        "Mail,Teams\nalice@acme.example,ai designers;Jira Users;Everyone\nbob@acme.example,everyone\n",
    );
    assert_eq!(told(&loaded, &findings), "");
    assert_eq!(format!("{:?}", config::groups(&loaded.config)), r#"{"all": {"alice", "bob"}, "designers": {"alice"}}"#);
}

#[test]
fn several_tables_tell_of_one_person_in_any_order() {
    let entry = |csv: &str, columns: &str| format!("  - csv: {csv}\n    columns: {columns}\n");
    let okta = (
        "# --- okta.csv ---\nlogin,email,team\nalice,alice@acme.example,a\nbob,bob@acme.example,\n",
        entry("okta.csv", "{ id: login, email: email, groups: team }"),
    );
    let github = (
        "# --- github.csv ---\nmail,name\nALICE@acme.example,octo-alice\n",
        entry("github.csv", "{ email: mail, github: name }"),
    );
    let both = |first: &(&str, String), second: &(&str, String)| {
        let yaml = format!("version: 1\npeople:\n{}{}", first.1, second.1);
        let loaded = texts(&[&yaml, first.0, second.0]);
        assert_eq!(told(&loaded, &config::check(&loaded, &providers(), TODAY)), "");
        everybody(&loaded)
    };
    let one = both(&okta, &github);
    assert_eq!(one, both(&github, &okta));
    insta::assert_snapshot!(one, @r#"
    alice alice@acme.example github=octo-alice (okta.csv:2)
    bob bob@acme.example (okta.csv:3)
    a: {"alice"}
    "#);
}

#[test]
fn a_secret_in_a_table_is_found_and_never_shown() {
    let secret = ["ghp_", "0123456789abcdefghijABCDEFGHIJ"].concat();
    let text = yaml("{ email: Mail, github: GH }", "");
    let said =
        said(&text, &format!("Mail,GH,Note\nalice@acme.example,{secret},\nbob@acme.example,,{secret}\nx,{secret},\n"));
    assert!(!said.contains(&secret), "{said}");
    insta::assert_snapshot!(said);
}

#[test]
fn places_are_right_in_every_encoding() {
    let text = yaml("{ email: Mail, groups: Teams }", "");
    let table = "Mail;Teams\r\n\"zoë@acme.example\";\"x\r\ny\"\r\nzoë@acme.example;\r\n";
    let cr = table.replace("\r\n", "\r");
    for bytes in [
        table.as_bytes().to_vec(),
        cr.as_bytes().to_vec(),
        format!("\u{feff}{table}").into_bytes(),
        [0xff, 0xfe].into_iter().chain(table.encode_utf16().flat_map(u16::to_le_bytes)).collect(),
    ] {
        let loaded = config::load_texts(
            std::path::Path::new(""),
            [("bursar.yaml".into(), text.clone().into_bytes()), ("people.csv".into(), bytes.clone())],
        );
        let findings = config::check(&loaded, &providers(), TODAY);
        let [id, group, last] = findings.as_slice() else { panic!("{}", told(&loaded, &findings)) };
        let at = |finding: &Finding| {
            let at = loaded.files.location(finding.span);
            (at.line, at.column, at.end_line, at.end_column)
        };
        assert_eq!((at(id), at(group), at(last)), ((2, 2, 2, 18), (2, 21, 3, 2), (4, 1, 4, 17)), "{bytes:?}");
    }
}

/// So many rows, by what is in each.
fn rows(headers: &str, row: impl Fn(usize) -> String) -> String {
    let rows = (0..20_000).map(|i| format!("{}\n", row(i)));
    format!("{headers}\n{}", rows.collect::<String>())
}

#[test]
fn twenty_thousand_rows_are_read_and_every_finding_is_told() {
    let text = yaml("{ id: Login, email: Mail, groups: Teams, github: GH }", "");
    let headers = "Login,Mail,Teams,GH";
    let good = rows(headers, |i| format!("m{i},m{i}@acme.example,team-{};all,gh-{i}", i % 50));
    let (loaded, findings) = checked(&text, &good);
    assert_eq!(findings.len(), 0);
    assert_eq!((loaded.config.members.len(), loaded.config.groups.len()), (20_000, 51));
    assert_eq!(
        config::groups(&loaded.config)
            .values()
            .map(std::collections::BTreeSet::len)
            .sum::<usize>(),
        40_000
    );
    // Every row is the first one again; everybody has one address, one login; nobody has an id; nobody is known.
    let same = rows(headers, |_| "m,m@acme.example,a,gh".to_owned());
    let one_address = rows(headers, |i| format!("m{i},m@acme.example,a,gh"));
    let no_id = rows(headers, |i| format!("m {i},m{i}@acme.example,a,"));
    let codes = |table: &str, text: &str| {
        let mut codes = std::collections::BTreeMap::new();
        let (_, findings) = checked(text, table);
        for finding in findings.iter().filter(|finding| finding.severity == Severity::Error) {
            *codes.entry(finding.code).or_insert(0) += 1;
        }
        format!("{codes:?}")
    };
    assert_eq!(codes(&same, &text), r#"{"BUR029": 19999}"#);
    assert_eq!(codes(&one_address, &text), r#"{"BUR060": 19999, "BUR061": 19999}"#);
    assert_eq!(codes(&no_id, &text), r#"{"BUR028": 20000}"#);
    let names: String = (0..20_000).map(|i| format!("n{i}, ")).collect();
    assert_eq!(codes(&good, &format!("{text}groups: {{ strangers: [{names}] }}\n")), r#"{"BUR030": 20000}"#);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// The law: people in a CSV are what the same people are in YAML.
    #[test]
    fn people_in_a_csv_are_the_same_as_in_yaml(
        people in prop::collection::vec((any::<bool>(), any::<bool>(), prop::option::of(0_u8..9), prop::collection::btree_set(0_usize..3, 0..3)), 1..8),
        order in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle(),
        both in prop::collection::vec(0_u8..3, 8),
        by_email in any::<bool>(),
        rules in prop::collection::vec((0_usize..11, 1_u32..9), 1..5),
        delimiter in prop::sample::select(vec![",", ";", "\t"]),
    ) {
        let (mut members, mut table) = (String::new(), String::new());
        let mut row_members = String::new();
        let mut groups = vec![Vec::new(); 3];
        let mut half_groups = vec![Vec::new(); 3];
        let mut rows = Vec::new();
        for (i, (github, figma, alias, teams)) in people.iter().enumerate() {
            let email = format!("M{i}@acme.example");
            let aliases = alias.map_or(String::new(), |n| format!("m{i}.{n}@other.example"));
            let logins = [("github", *github), ("figma", *figma)];
            let logins: Vec<String> = logins.iter().filter(|(_, has)| *has).map(|(key, _)| format!("{key}: {key}-{i}")).collect();
            let keys: Vec<String> = [format!("email: {email}"), format!("aliases: [{aliases}]")].into_iter().chain(logins.clone()).collect();
            members += &format!("  m{i}: {{ {} }}\n", keys.join(", "));
            for team in teams {
                groups[*team].push(format!("m{i}"));
                // Some stand in a group by the YAML, some by their row, some by both.
                if both[i] != 0 {
                    half_groups[*team].push(format!("m{i}"));
                }
            }
            // Some are in the CSV alone, some partly in the YAML too, some in the YAML alone.
            match both[i] {
                1 => row_members += &format!("  m{i}: {{ email: m{i}@ACME.example, {} }}\n", logins.join(", ")).replace(", }", " }"),
                2 => row_members += &format!("  m{i}: {{ {} }}\n", keys.join(", ")),
                _ => {}
            }
            if both[i] != 2 {
                let of = |has: bool, key: &str| if has { format!("{key}-{i}") } else { String::new() };
                let teams: Vec<String> = teams.iter().map(|team| format!("G{team}")).collect();
                rows.push((i, [format!("M{i}"), email, format!("SMTP:{aliases}").replace("SMTP:", if aliases.is_empty() { "" } else { "smtp:" }), of(*github, "github"), of(*figma, "figma"), format!("\"{}\"", teams.join("; "))].join(delimiter)));
            }
        }
        rows.sort_by_key(|(i, _)| order[*i]);
        for (_, row) in &rows {
            table += row;
            table += "\r\n";
        }
        let headers = ["Login", "Mail", "Alias", "GitHub", "Figma", "Teams"].join(delimiter);
        let group_lines = |groups: &[Vec<String>]| groups.iter().enumerate().map(|(i, people)| format!("  g{i}: [{}]\n", people.join(", "))).collect::<String>();
        let mut pool = String::from("centers: { main: { provider: embedded }, mail: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_X } } }\npools:\n  p:\n    center: mail\n    target: { team: t }\n    budget: { unit: USD, period: monthly }\n    overlap: highest\n    others: unmanaged\n    access:\n");
        let mut seen = std::collections::BTreeSet::new();
        for (who, cap) in rules {
            let who = if who < 8 { format!("member: m{}", who % people.len()) } else { format!("group: g{}", who - 8) };
            if seen.insert(who.clone()) {
                pool += &format!("      - {{ {who}, cap: {cap} }}\n");
            }
        }
        let plain = format!("version: 1\nmembers:\n{members}groups:\n{}{pool}", group_lines(&groups));
        let id = if by_email { "" } else { "id: login, " };
        let row_members = if row_members.is_empty() { String::new() } else { format!("members:\n{row_members}") };
        let with_csv = format!(
            "version: 1\npeople: [{{ csv: people.csv, columns: {{ {id}email: mail, aliases: ALIAS, github: github, figma: figma, groups: teams }} }}]\n{row_members}groups:\n{}{pool}",
            group_lines(&half_groups),
        );
        let table = csv(&format!("{headers}\r\n{table}"));
        let essence = |files: &[&str]| {
            let loaded = texts(files);
            let errors: Vec<Finding> = config::check(&loaded, &providers(), TODAY).into_iter().filter(|finding| finding.severity == Severity::Error).collect();
            prop_assert!(errors.is_empty(), "{}\n{}", told(&loaded, &errors), files.concat());
            let resolved = resolved(files, TODAY);
            let center = &resolved.centers["mail"];
            let rules = center.desired.sources.values().map(|sources| &sources.deciding).collect::<Vec<_>>();
            let scope = format!("{:?} {:?}", rules, resolved.centers["main"].scope.roster.iter().collect::<Vec<_>>());
            // Addresses are compared without regard to case.
            let text = format!("{:?} {:?} {scope} {:?} {:?}", center.desired.state, center.desired.lapsed, config::groups(&loaded.config), center.scope.roster);
            Ok(text.to_lowercase())
        };
        prop_assert_eq!(essence(&[&plain])?, essence(&[&with_csv, &table])?);
    }

    /// Whatever stands in a CSV, there are findings or there are members.
    #[test]
    fn any_csv_is_people_or_findings(
        cells in prop::collection::vec(prop::collection::vec(prop_oneof![
            "[ -~]{0,12}", Just("alice@acme.example".to_owned()), Just("\u{202e}".to_owned()), Just("a;b;group:c".to_owned()), any::<String>(),
        ], 0..5), 0..6),
        quoted in any::<bool>(),
    ) {
        let line = |row: &Vec<String>| {
            let cell = |cell: &String| if quoted { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() };
            row.iter().map(cell).collect::<Vec<_>>().join(",")
        };
        let table = format!("ID,Mail,GH,Teams\n{}\n", cells.iter().map(line).collect::<Vec<_>>().join("\n"));
        for columns in ["{ id: id, email: mail, github: gh, groups: teams, aliases: gh }", "{ email: [mail, gh], groups: teams, status: id }"] {
            let (loaded, findings) = checked(&yaml(columns, "members: { alice: { email: a@acme.example } }\n"), &table);
            for finding in &findings {
                let at = loaded.files.location(finding.span);
                prop_assert!(at.line >= 1 && loaded.files.text(finding.span.file).get(finding.span.start as usize..finding.span.end as usize).is_some());
            }
            // Where nothing is wrong, every row is somebody of their own.
            let sound = findings.iter().all(|finding| finding.severity == Severity::Warning);
            if quoted && sound {
                let filled = cells.iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty())).count();
                let from_rows = loaded.config.members.iter().filter(|entry| entry.value.row.is_some()).count();
                prop_assert_eq!(from_rows, filled, "{}", table);
            }
        }
    }
}
