//! Claude Console: limits of the organization and of workspaces, and who is in a workspace.

use serde_json::json;

use super::fake::{Fake, Flavor, Workspace};
use super::start;
use super::world::{apply, file, findings, outcomes, plan, pool, shown, write};

const BUDGET: &str = "limit: 2500, unit: USD, period: monthly, when_exhausted: block";

fn console() -> Fake {
    let fake = start(Flavor::Console);
    fake.state(|state| {
        for (id, name, archived) in [("wrkspc_1", "ML", false), ("wrkspc_2", "ML", true), ("wrkspc_3", "Web", false)] {
            let members = vec![("user_bo".to_owned(), "workspace_admin".to_owned())];
            let (id, name) = (id.to_owned(), name.to_owned());
            state.workspaces.push(Workspace { id, name, archived, members });
        }
    });
    fake
}

#[tokio::test]
async fn the_limit_and_the_members_of_a_workspace() {
    let fake = console();
    let scope = json!({"type": "workspace", "workspace_id": "wrkspc_1"});
    fake.state(|state| state.limit(scope.clone(), Some("100000"), "monthly"));
    let text = file(&fake, &pool("ml", "{ workspace: ML }", BUDGET, "{ member: ana }", "blocked"));
    insta::assert_snapshot!(apply(&text).await.join("\n"), @"
    pool.update ml: 1,000 USD → 2,500 USD
    grant.add ml/grants/ana: – → granted
    grant.revoke ml/grants/bo: granted → –
    ");
    fake.state(|state| {
        assert_eq!(state.row(&scope, "monthly"), Some(Some("250000".to_owned())));
        assert_eq!(state.workspaces[0].members, [("user_ana".to_owned(), "workspace_user".to_owned())]);
        assert_eq!(state.workspaces[2].members.len(), 1, "another workspace is left alone");
    });
    assert_eq!(apply(&text).await, [""; 0]);
}

#[tokio::test]
async fn the_limit_of_the_organization_and_nobody_is_thrown_out() {
    let fake = console();
    let organization = json!({"type": "organization"});
    let text = file(&fake, &pool("api", "organization", BUDGET, "{ member: ana }", "blocked"));
    let planned = plan(&text).await.unwrap();
    insta::assert_snapshot!(planned.notes.join("\n"), @"api: everybody of the organization can draw; whoever shall not leaves it, which Bursar does not do to them");
    insta::assert_snapshot!(shown(&planned.changes).join("\n"), @"pool.update api: no limit → 2,500 USD");
    assert_eq!(outcomes(&write(&planned).await), ["Applied"]);
    assert_eq!(fake.state(|state| state.row(&organization, "monthly")), Some(Some("250000".to_owned())));
    assert_eq!(fake.state(|state| state.users.len()), 5);
    assert_eq!(apply(&text).await, [""; 0]);
}

#[tokio::test]
async fn what_holds_for_people_is_never_asked_of_a_console_organization() {
    let fake = console();
    fake.asked();
    plan(&file(&fake, &pool("ml", "{ workspace: ML }", BUDGET, "{ member: bo }", "blocked")))
        .await
        .unwrap();
    let asked = fake.asked();
    assert!(!asked.iter().any(|line| line.ends_with("/effective")), "{asked:#?}");
}

#[test]
fn caps_of_people_are_a_finding() {
    let fake = console();
    let text = file(&fake, &pool("ml", "{ workspace: ML }", BUDGET, "{ member: ana, cap: 5 }", "blocked"));
    insta::assert_snapshot!(findings(&text).join("\n"), @"BUR096 `claude` has no cap of an amount: a Console organization has no limits of people");
}

#[tokio::test]
async fn a_cap_that_anthropic_sets_itself_is_said_and_left_alone() {
    let fake = console();
    fake.state(|state| state.limit(json!({"type": "usage_tier"}), Some("20000000"), "monthly"));
    let planned = plan(&file(&fake, &pool("ml", "{ workspace: ML }", BUDGET, "{ member: bo }", "blocked")))
        .await
        .unwrap();
    insta::assert_snapshot!(planned.observed.notes.join("\n"), @"Anthropic's own cap of the account is 200,000 USD monthly");
}

#[tokio::test]
async fn writing_that_is_not_switched_on_is_said_once_and_not_tried_again() {
    let fake = console();
    fake.state(|state| state.writes = false);
    let text = file(&fake, &pool("ml", "{ workspace: ML }", BUDGET, "{ member: bo }", "blocked"));
    let planned = plan(&text).await.unwrap();
    let written = outcomes(&write(&planned).await).join("\n").replace(fake.url(), "http://FAKE");
    insta::assert_snapshot!(written, @"Failed: http://FAKE does not let this token do that: spend limit writes are not enabled for this organization (spend_limits_admin_api_writes_not_enabled)");
}
