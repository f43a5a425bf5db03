//! A name that stands for nobody is a finding that says who may be meant.

use crate::terminal::{folder, terminal};

fn help(text: &str, code: &str) -> Vec<String> {
    let folder = folder(text);
    let shown = terminal(folder.path(), "validate --format json -q");
    let json = &shown[shown.find('{').unwrap()..=shown.rfind('}').unwrap()];
    let value: serde_json::Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {shown}"));
    let findings = value["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["code"] == code)
        .map(|finding| finding["help"].as_str().unwrap().to_owned())
        .collect()
}

fn named(name: &str) -> Vec<String> {
    let text = format!(
        "version: 1
members:
  alice: {{ email: alice@acme.example, github: Alice-Acme }}
  bob: {{ email: bob@acme.example, cursor: sam }}
  eve: {{ github: sam }}
groups:
  team: [{name}]
"
    );
    help(&text, "BUR030")
}

#[test]
fn a_member_that_is_none() {
    for (name, says) in [
        ("alcie", "did you mean `alice`?"),
        ("alice@acme.example", "it is the e-mail address of `alice`: write `alice`"),
        ("alice-acme", "it is the github login of `alice`: write `alice`"),
        ("sam", "it is what `bob` and `eve` are known by: write one of them"),
        ("a.lice@acme.example", "`alice` may be meant"),
        ("bob@acme-corp.example", "`bob` may be meant"),
        ("zoe", "add them under `members:`, or take the name out"),
    ] {
        assert_eq!(named(name), [says], "{name}");
    }
}

#[test]
fn a_member_whom_the_center_cannot_know() {
    let text = |members: &str| {
        format!(
            "version: 1
centers:
  gate: {{ provider: litellm, base_url: \"http://127.0.0.1:9\", token: {{ env: NO_SUCH_TOKEN }} }}
members:
{members}pools:
  ai:
    center: gate
    budget: {{ limit: 1000, unit: USD, period: monthly, when_exhausted: block }}
    access: [{{ member: alice, cap: 100 }}]
    others: blocked
"
        )
    };
    let help = |members: &str| help(&text(members), "BUR062");
    assert_eq!(help("  alice: {}\n  bob: { email: bob@acme.example }\n"), ["add `email:` under `members:`"]);
    assert_eq!(
        help("  alice: {}\n  alice.a: { email: alice@acme.example }\n  al: { litellm: alice }\n"),
        ["add `email:` under `members:`; `al` and `alice.a` have one and go by a name like that"]
    );
    assert_eq!(
        help("  alice: { github: aa-acme }\n  anna: { email: aa-acme@acme.example }\n"),
        ["add `email:` under `members:`; `anna` has one and goes by a name like that"]
    );
}
