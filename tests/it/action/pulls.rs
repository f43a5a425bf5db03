//! Pull requests as GitHub keeps them: made, changed and closed through the API, one open one for a branch.

use serde_json::{Value, json};

use super::github::State;

/// Answers what is about pull requests; nothing where a request is about something else.
pub(super) fn answer(state: &mut State, method: &str, path: &str, query: &str, body: &Value) -> Option<(u16, Value)> {
    let rest = path.strip_prefix("/repos/acme/credits/pulls")?;
    let refused = |message: &str| (422, json!({ "message": "Validation Failed", "errors": [{ "message": message }] }));
    Some(match (method, rest.strip_prefix('/')) {
        ("GET", None) => {
            let asked = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)).map(decoded);
            let (wanted, head) = (asked("state=").unwrap(), asked("head=").unwrap());
            let shown = |pull: &&Value| {
                // The pull requests that a test puts here as they are have no state.
                let state = pull.get("state").map_or("open", |state| state.as_str().unwrap());
                let branch = pull["head"]["ref"].as_str().is_none_or(|name| head == format!("acme:{name}"));
                state == wanted && branch
            };
            (200, state.pulls.iter().filter(shown).cloned().collect())
        }
        ("POST", None) if state.read_only => {
            (403, json!({ "message": "GitHub Actions is not permitted to create or approve pull requests." }))
        }
        ("POST", None) => {
            let open = |pull: &Value| pull["state"] == "open" && pull["head"]["ref"] == body["head"];
            if state.pulls.iter().any(open) {
                return Some(refused("A pull request already exists for acme:bursar."));
            }
            if body["draft"] == true && state.no_drafts {
                return Some((422, json!({ "message": "Draft pull requests are not supported in this repository." })));
            }
            assert!(body["body"].as_str().unwrap().chars().count() <= 65_536, "GitHub would refuse this body");
            let number = 100 + state.pulls.len();
            let mut pull = body.clone();
            let more = json!({
                "number": number,
                "state": "open",
                "merged_at": null,
                "head": { "ref": body["head"], "repo": { "full_name": "acme/credits" } },
                "html_url": format!("https://github.com/acme/credits/pull/{number}"),
            });
            pull.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            state.pulls.push(pull.clone());
            (201, pull)
        }
        ("PATCH", Some(number)) => {
            let found = state.pulls.iter_mut().find(|pull| pull["number"].as_u64() == number.parse().ok());
            match found {
                Some(pull) => {
                    pull.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
                    (200, pull.clone())
                }
                None => (404, json!({ "message": "Not Found" })),
            }
        }
        _ => return None,
    })
}

/// A value of a query.
fn decoded(text: &str) -> String {
    text.replace("%3A", ":").replace("%2F", "/")
}
