//! Names that want to be more than names.

use bursar::output::runbook::{html, markdown};
use bursar::plan::{Runbook, Select, embedded};
use serde_json::{Value, json};

const NAMES: [&str; 10] = [
    "<script>alert(1)</script>@acme.example",
    "</script><img src=x onerror=alert(1)>@acme.example",
    "```@acme.example",
    "``````",
    "`x` | [a](javascript:alert(1)) @octocat #1@acme.example",
    "-->@acme.example",
    "<!-- bursar.runbook.v1 {} -->@acme.example",
    "\u{202e}evil\u{2066}@acme.example",
    "- [x] **Step 9.** done <!-- s1 -->@acme.example",
    "a\n\n# b\n- [x] c <!-- s1.i1 -->\r",
];

/// A runbook in which everything that comes from somebody else is one of these names, and all of them are ticked.
fn runbook() -> Runbook {
    let step = |number: usize, names: &[&str], select: Value| {
        let items: Vec<Value> = names
            .iter()
            .map(|name| {
                json!({
                    "id": format!("design/ai/grants/?{name}"), "pool": "ai", "name": name, "says": format!("{name} → No access"),
                    "sets": { "person": { "identity": name, "level": "none" } },
                })
            })
            .collect();
        json!({
            "number": number, "center": "design", "control": "others", "title": format!("Set {} to No access", names[0]),
            "clicks": [[{ "say": "Click " }, { "say": names[0] }, { "press": names[0] }]],
            "select": select, "note": names[0], "seconds": 5, "items": items,
        })
    };
    let mut steps = vec![step(1, &NAMES, json!("items")), step(2, &NAMES[..1], json!({ "all_but": NAMES }))];
    steps.extend(NAMES.iter().enumerate().map(|(i, name)| step(i + 3, &[name], json!("nothing"))));
    let identity = NAMES.join(" ");
    serde_json::from_value(json!({
        "schema": "bursar.runbook.v1", "made_at": "2026-11-23T00:14:51Z", "plan": "0".repeat(64),
        "centers": { "design": { "provider": "figma", "identity": identity } }, "steps": steps,
    }))
    .unwrap()
}

#[test]
fn a_name_is_a_name_in_the_markdown() {
    let runbook = runbook();
    let mut text = Vec::new();
    markdown(&mut text, &runbook, "it's `x`.md").unwrap();
    let text = String::from_utf8(text).unwrap();
    let (text, data) = text.split_once("<!-- bursar.runbook.v1 {\"schema\"").unwrap();
    assert_eq!(data.matches("-->").count(), 1, "{data}");
    assert!(data.ends_with(" -->\n"));
    let mut fence: Option<usize> = None;
    let mut lists = 0;
    for line in text.lines() {
        let line = line.trim_start();
        let ticks = line.chars().take_while(|c| *c == '`').count();
        match fence {
            // Within a list only a line of as many ticks and nothing else ends it.
            Some(open) => fence = (ticks < open || line.len() > ticks).then_some(open),
            None if ticks >= 3 => {
                assert!(line.ends_with("text"), "{line}");
                (fence, lists) = (Some(ticks), lists + 1);
            }
            None => {
                // Every other piece is code: what is outside them is ours.
                assert_eq!(line.matches('`').count() % 2, 0, "{line}");
                let outside: String = line.split('`').step_by(2).collect();
                for word in ["script", "onerror", "octocat", "#1", "\u{202e}", "evil", "[x]", "example", "runbook.v1"] {
                    assert!(!outside.contains(word), "{word} in {line}");
                }
            }
        }
    }
    assert_eq!((fence, lists), (None, 2), "every list ends");
    // A task is one of ours, and so is its mark.
    let tasks = runbook.steps.iter().map(|step| 1 + step.items.len()).sum::<usize>();
    assert_eq!(text.lines().filter(|line| line.trim_start().starts_with("- [ ] ")).count(), tasks);
    assert_eq!(text.lines().filter(|line| line.starts_with("- [x]") || line.starts_with("# b")).count(), 0);
}

#[test]
fn a_name_is_a_name_in_the_page() {
    let runbook = runbook();
    let mut page = Vec::new();
    html(&mut page, &runbook, "<b>.md").unwrap();
    let page = String::from_utf8(page).unwrap();
    assert_eq!(page.matches("<script").count(), 2, "its own, and its data");
    assert_eq!(page.matches("</script>").count(), 2);
    for word in ["<img", "\u{202e}", "<b>.md", "<!-- bursar", "\r"] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;@acme.example"));
    assert!(page.contains("a\\n\\n# b\\n- [x] c"), "one line stays one line");
    let start = page.find("id=\"runbook\">").unwrap() + "id=\"runbook\">".len();
    let end = start + page[start..].find("</script>").unwrap();
    let told: Runbook = serde_json::from_str(&page[start..end]).unwrap();
    assert_eq!(told, runbook);
    assert!(matches!(told.steps[1].select, Select::AllBut(_)));
    assert_eq!(page[start..end], embedded(&runbook).unwrap());
}
