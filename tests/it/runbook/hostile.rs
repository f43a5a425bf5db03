//! Names that want to be more than names.

use std::fs;

use super::{FIGMA, data, world};
use crate::terminal::bursar;

const NAMES: [&str; 8] = [
    "<script>alert(1)</script>@acme.example",
    "</script><img src=x onerror=alert(1)>@acme.example",
    "```@acme.example",
    "`x` | [a](javascript:alert(1)) @octocat #1@acme.example",
    "-->@acme.example",
    "<!-- bursar.runbook.v1 {} -->@acme.example",
    "\u{202e}evil\u{2066}@acme.example",
    "- [x] **Step 9.** done <!-- s1 -->@acme.example",
];

#[test]
fn a_name_is_a_name_in_the_runbook() {
    let mut people = "Email,Access,Limit\n".to_owned();
    for name in NAMES {
        people.push_str(&format!("{name},Full access,\n"));
    }
    let folder = world(FIGMA, &people);
    let at = folder.path();
    let out = bursar(at).args(["apply", "--yes", "-q", "--runbook", "steps.md"]).output().unwrap();
    if out.status.code() == Some(1) {
        // A reader may well refuse such a file.
        return;
    }
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    let [markdown, page] = data(at, "steps");
    assert_eq!(markdown, page);
    let said = markdown.to_string();
    assert!(NAMES.iter().all(|name| said.contains(&serde_json::to_string(name).unwrap()[1..])), "{said}");

    let text = fs::read_to_string(at.join("steps.md")).unwrap();
    assert_eq!(text.matches("<!-- bursar.runbook.v1 {\"schema\"").count(), 1);
    let mut fence: Option<usize> = None;
    for line in text.lines().filter(|line| !line.starts_with("<!-- bursar.runbook.v1")) {
        let ticks = line.trim_start().chars().take_while(|c| *c == '`').count();
        match fence {
            // Within the list only a line of as many ticks and nothing else ends it.
            Some(open) => fence = (ticks < open || line.trim_start().len() > ticks).then_some(open),
            None if ticks >= 3 => fence = Some(ticks),
            None => {
                // Odd pieces are code: what is outside them is ours.
                let outside: String = line.split('`').step_by(2).collect();
                for word in ["script", "onerror", "octocat", "javascript", "\u{202e}", "done <!--"] {
                    assert!(!outside.contains(word), "{word} in {line}");
                }
                assert_eq!(line.matches('`').count() % 2, 0, "{line}");
            }
        }
    }
    assert_eq!(fence, None, "every list ends");

    let page = fs::read_to_string(at.join("steps.html")).unwrap();
    assert_eq!(page.matches("<script").count(), 2, "its own, and its data");
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(!page.contains("<img") && !page.contains('\u{202e}'));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;@acme.example"));
}
