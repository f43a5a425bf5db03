//! What others fell into, one test each.

use bursar::centers::{self, Verdict};
use bursar::model::{Expiry, INCLUDED_USAGE, MemberId};
use insta::assert_snapshot;
use jiff::civil::Date;
use serde_json::json;

use super::fake::{Budget, Fault, When};
use super::start;
use super::world::{Files, apply, design, others, people, plan, pool, whole, write};
use crate::litellm::world::{cap, grant, outcomes, person, shown};

/// A cost center with these people, each with a cap.
fn group(names: &[&str], amount: Option<&str>) -> Files {
    let mut center = design(None);
    grant(&mut center, names, Some(cap(amount.unwrap_or("inherit"))));
    Files::of(names).with("design", center)
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("m{i:03}")).collect()
}

/// The whole account with a cap for these people.
fn account(names: &[&str], amount: &str) -> Files {
    let mut account = pool(whole(), None, others("19"));
    grant(&mut account, names, Some(cap(amount)));
    Files::of(names).with("everybody", account)
}

fn set_end(files: &mut Files, name: &str, end: Option<Date>) {
    for grant in files.pool(name).grants.values_mut() {
        grant.expires = Some(end.map_or(Expiry::Never, Expiry::On));
    }
}

#[tokio::test]
async fn the_id_of_a_cost_center_is_written_and_its_name_is_read_back() {
    let (fake, settings) = start();
    let mut files = group(&["alice"], None);
    files.pool("design").default_cap = Some(cap("40"));
    apply(&settings, &files).await;
    let center = fake.state(|state| state.named("Design").unwrap().id.clone());
    let entities: Vec<_> = fake
        .bodies()
        .into_iter()
        .filter_map(|body| body["budget_entity_name"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(entities, [center]);
    assert_eq!(apply(&settings, &files).await, [""; 0]);
    // Whoever renames it renames what its budgets are read by.
    fake.state(|state| state.centers[0].name = "Design & Research".to_owned());
    files.pool("design").target = super::world::center("Design & Research");
    assert_eq!(apply(&settings, &files).await, [""; 0]);
}

#[tokio::test]
async fn a_budget_of_all_users_that_is_listed_as_one_of_the_cost_center_is_told_apart() {
    let (fake, settings) = start();
    fake.state(|state| state.odd.hides_cost_center_ulb = true);
    let mut files = group(&["alice"], None);
    files.pool("design").default_cap = Some(cap("40"));
    apply(&settings, &files).await;
    assert_eq!(apply(&settings, &files).await, [""; 0]);
    files.pool("design").default_cap = Some(cap("inherit"));
    assert_eq!(apply(&settings, &files).await.len(), 1);
    fake.state(|state| assert!(state.budgets.is_empty()));
}

#[tokio::test]
async fn where_nothing_tells_them_apart_none_is_changed() {
    let (fake, settings) = start();
    let mut files = group(&["alice"], None);
    apply(&settings, &files).await;
    fake.state(|state| {
        let id = state.centers[0].id.clone();
        state.budget(Budget::of("cost_center", &id, 500));
        state.budget(Budget::of("multi_user_cost_center", &id, 40));
        state.odd.ambiguous = true;
    });
    let center = files.pool("design");
    center.default_cap = Some(cap("inherit"));
    center.budget.limit = Some(bursar::model::Limit::Amount(crate::litellm::world::usd("600")));
    let planned = plan(&settings, &files).await.unwrap();
    assert_snapshot!(planned.notes.join("\n"), @"
    there are 2 budgets of cost center Design; Bursar changes none of them: one may be that of all its users, which GitHub lists alike here; see in GitHub which is which
    granted but without a Copilot seat: alice
    ");
    assert_snapshot!(outcomes(&write(&settings, &files, &planned.changes).await).join("\n"), @"Failed: there are 2 budgets of cost center Design, so none of them is changed: one may be that of all its users, which GitHub lists alike here; see in GitHub which is which");
    fake.state(|state| assert_eq!(state.budgets.iter().map(|b| b.amount).collect::<Vec<_>>(), [500, 40]));
}

#[tokio::test]
async fn a_list_of_budgets_goes_on_by_what_its_body_says() {
    let (fake, settings) = start();
    fake.state(|state| {
        for i in 0..250 {
            state.budget(Budget::user(&format!("m{i:03}-acme"), 60));
        }
    });
    let everybody = names(250);
    let files = account(&everybody.iter().map(String::as_str).collect::<Vec<_>>(), "60");
    let pages = |fake: &super::Fake| fake.asked().iter().filter(|line| line.contains("/budgets?")).count();
    assert_eq!(shown(&plan(&settings, &files).await.unwrap().changes).len(), 1, "only the others");
    assert_eq!(pages(&fake), 3);
    fake.state(|state| state.odd.ignores_per_page = true);
    assert_eq!(shown(&plan(&settings, &files).await.unwrap().changes).len(), 1);
    assert_eq!(pages(&fake), 25, "ten to a page, whatever was asked for");
    fake.state(|state| state.odd.tells_no_end = true);
    assert_eq!(shown(&plan(&settings, &files).await.unwrap().changes).len(), 1);
    assert_eq!(pages(&fake), 26, "an empty page is the end");
    fake.state(|state| state.odd = super::fake::Odd { total_off: 3, ..Default::default() });
    let error = plan(&settings, &files)
        .await
        .err()
        .unwrap()
        .to_string()
        .replace(fake.url(), "http://FAKE");
    assert_snapshot!(error, @"http://FAKE is not a GitHub account with AI credits: its list says 253 budgets and shows 250; somebody may have changed it meanwhile, so run again");
}

#[tokio::test]
async fn a_list_of_cost_centers_that_shows_a_part_of_the_people_is_completed() {
    let (fake, settings) = start();
    let everybody = names(230);
    let mut all: Vec<&str> = everybody.iter().map(String::as_str).collect();
    apply(&settings, &group(&all, None)).await;
    fake.state(|state| state.odd.list_cuts = Some(30));
    assert_eq!(apply(&settings, &group(&all, None)).await, [""; 0]);
    let gone = all.pop().unwrap();
    let mut files = group(&all, None);
    files.roster.insert(MemberId::new(gone).unwrap(), &format!("{gone}-Acme"));
    assert_eq!(apply(&settings, &files).await, [format!("grant.revoke design/grants/{gone}: inherit → –")]);
    assert_eq!(people(&fake, "Design").len(), 229);
    assert!(fake.asked().iter().all(|line| !line.contains("state=")), "the filter hung for others");
}

#[tokio::test]
async fn fifty_people_go_into_one_call_and_out_by_a_delete_with_a_body() {
    let (fake, settings) = start();
    let everybody = names(120);
    let all: Vec<&str> = everybody.iter().map(String::as_str).collect();
    let mut files = group(&all, None);
    assert_eq!(apply(&settings, &files).await.len(), 121);
    let sizes = |fake: &super::Fake| -> Vec<usize> {
        fake.bodies().iter().filter_map(|body| Some(body["users"].as_array()?.len())).collect()
    };
    assert_eq!(sizes(&fake), [50, 50, 20]);
    fake.asked();
    files.pool("design").grants.clear();
    assert_eq!(apply(&settings, &files).await.len(), 120);
    assert_eq!(sizes(&fake), [50, 50, 20]);
    let deletes = fake
        .asked()
        .iter()
        .filter(|line| line.starts_with("DELETE") && line.ends_with("/resource"))
        .count();
    assert_eq!(deletes, 3);
    assert!(people(&fake, "Design").is_empty());
}

#[tokio::test]
async fn a_403_that_is_a_rate_limit_is_waited_for_and_another_is_said() {
    let (fake, settings) = start();
    let files = account(&["alice"], "60");
    let write_to = "POST /enterprises/acme/settings/billing/budgets";
    fake.fault(Fault::limited(write_to, "retry-after: 0\r\n"));
    fake.fault(Fault::limited(
        "GET /enterprises/acme/settings/billing/budgets",
        "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 1\r\n",
    ));
    apply(&settings, &files).await;
    fake.state(|state| assert_eq!((state.own("alice-acme"), state.budgets.len()), (Some(60), 2)));
    let files = account(&["alice"], "70");
    let planned = plan(&settings, &files).await.unwrap();
    fake.state(|state| state.writes = false);
    fake.asked();
    let told = outcomes(&write(&settings, &files, &planned.changes).await);
    assert_snapshot!(told.join("\n").replace(fake.url(), "http://FAKE"), @"Failed: http://FAKE does not let this token do that: Must have admin rights to manage billing.");
    assert_eq!(fake.asked().iter().filter(|line| line.starts_with("PATCH")).count(), 1, "it is not tried again");
}

#[tokio::test]
async fn a_budget_that_expired_is_gone_and_no_drift() {
    let (fake, settings) = start();
    let today = fake.state(|state| state.today);
    let tomorrow = today.tomorrow().unwrap();
    let mut files = account(&["alice"], "60");
    set_end(&mut files, "everybody", Some(tomorrow));
    apply(&settings, &files).await;
    fake.state(|state| assert_eq!(state.own_budget("alice-acme").unwrap().expires, Some(tomorrow)));
    assert_eq!(apply(&settings, &files).await, [""; 0]);
    // The day after, GitHub has deleted it, and the rule grants nothing any more.
    fake.state(|state| state.today = tomorrow.tomorrow().unwrap());
    files.pool("everybody").grants.clear();
    assert_eq!(apply(&settings, &files).await, [""; 0]);
    fake.state(|state| assert_eq!(state.own("alice-acme"), None));
}

#[tokio::test]
async fn an_end_that_is_not_to_come_is_never_sent() {
    let (fake, settings) = start();
    let today = fake.state(|state| state.today);
    for end in [today, today.yesterday().unwrap()] {
        let mut files = group(&["alice"], Some("60"));
        set_end(&mut files, "design", Some(end));
        apply(&settings, &files).await;
        assert_eq!(apply(&settings, &files).await, [""; 0]);
    }
    let bodies = fake.bodies();
    assert!(!bodies.is_empty() && bodies.iter().all(|body| body.get("expires_at").is_none()));
}

#[tokio::test]
async fn an_end_is_set_moved_and_taken_away() {
    let (fake, settings) = start();
    let first = fake.state(|state| state.today).tomorrow().unwrap();
    let second = first.tomorrow().unwrap();
    let mut files = group(&["alice"], Some("60"));
    for end in [Some(first), Some(second), None] {
        set_end(&mut files, "design", end);
        apply(&settings, &files).await;
        assert_eq!(fake.state(|state| state.own_budget("alice-acme").unwrap().expires), end);
        assert_eq!(apply(&settings, &files).await, [""; 0]);
    }
    let ends: Vec<_> = fake.bodies().iter().filter_map(|body| body.get("expires_at").cloned()).collect();
    assert_eq!(ends, [json!(first.to_string()), json!(second.to_string()), json!(null)]);
}

#[tokio::test]
async fn what_nobody_described_is_passed_over_and_never_sent_back() {
    // No answer of this test would hold against the description.
    if crate::terminal::unrecorded("github::traps::what_nobody_described_is_passed_over_and_never_sent_back") {
        return;
    }
    let (fake, settings) = start();
    fake.state(|state| state.odd.unknowns = true);
    let mut files = group(&["alice"], Some("60"));
    files.pool("design").default_cap = Some(cap("40"));
    apply(&settings, &files).await;
    fake.bodies();
    files.pool("design").default_cap = Some(cap("45"));
    let planned = plan(&settings, &files).await.unwrap();
    assert_snapshot!(planned.notes.join("\n"), @"
    there is a budget of the scope `multi_user_galaxy`, which Bursar does not know and leaves alone
    granted but without a Copilot seat: alice
    ");
    apply(&settings, &files).await;
    assert_eq!(fake.bodies(), [json!({ "budget_amount": 45 })]);
    assert_eq!(apply(&settings, &files).await, [""; 0]);
}

#[tokio::test]
async fn a_second_budget_is_never_made_because_an_answer_was_lost() {
    for (when, there) in [(When::After, true), (When::Before, false)] {
        let (fake, settings) = start();
        let files = account(&["alice"], "60");
        let planned = plan(&settings, &files).await.unwrap();
        // The budget of all users comes last, so this hits the one of alice.
        fake.fault(Fault::reset("POST /enterprises/acme/settings/billing/budgets", when));
        let written = write(&settings, &files, &planned.changes).await;
        let posts = fake.asked().iter().filter(|line| line.starts_with("POST")).count();
        assert_eq!(posts, 2, "each once");
        assert_eq!(written[0].verdict, if there { Verdict::Applied } else { Verdict::Unknown }, "{written:?}");
        fake.clear_faults();
        apply(&settings, &files).await;
        assert_eq!(apply(&settings, &files).await, [""; 0]);
        fake.state(|state| assert_eq!(state.budgets.len(), 2, "{when:?}"));
    }
}

#[tokio::test]
async fn two_budgets_of_one_user_are_said_and_left_alone() {
    let (fake, settings) = start();
    fake.state(|state| {
        state.budget(Budget::user("alice-acme", 60));
        state.budget(Budget::user("Alice-ACME", 90));
    });
    let mut files = account(&["alice", "bob"], "70");
    let planned = plan(&settings, &files).await.unwrap();
    assert_snapshot!(planned.notes.join("\n"), @"
    there are 2 budgets of alice-acme; Bursar changes none of them: delete all but one in GitHub, then plan again
    granted but without a Copilot seat: alice, bob
    ");
    let written = write(&settings, &files, &planned.changes).await;
    assert_snapshot!(outcomes(&written).join("\n"), @"
    Applied
    Failed: there are 2 budgets of alice-acme, so none of them is changed: delete all but one in GitHub, then plan again
    Applied
    ");
    files.pool("everybody").grants.clear();
    let planned = plan(&settings, &files).await.unwrap();
    write(&settings, &files, &planned.changes).await;
    let left: Vec<i64> = fake.state(|state| {
        let own = |budget: &&Budget| budget.scope == "user";
        state.budgets.iter().filter(own).map(|budget| budget.amount).collect()
    });
    assert_eq!(left, [60, 90]);
}

#[tokio::test]
async fn logins_are_compared_without_case() {
    let (fake, settings) = start();
    fake.state(|state| {
        state.center("Design", &["ALICE-acme"]);
        state.budget(Budget::user("alice-ACME", 60));
    });
    assert_eq!(apply(&settings, &group(&["alice"], Some("60"))).await, [""; 0]);
    assert_eq!(
        apply(&settings, &group(&["alice"], Some("61"))).await,
        ["grant.update design/grants/alice: 60 USD → 61 USD"]
    );
}

#[tokio::test]
async fn a_wrong_login_spoils_only_its_own_row() {
    let (fake, settings) = start();
    let files = group(&["alice", "bob", "carol"], None);
    let mut empty = files.clone();
    empty.pool("design").grants.clear();
    apply(&settings, &empty).await;
    let planned = plan(&settings, &files).await.unwrap();
    // Nobody says whether one wrong login spoils a call: here it does, as long as more than one is in it.
    let on = "POST /enterprises/acme/settings/billing/cost-centers/";
    for skip in [0, 0] {
        fake.fault(Fault { skip, ..Fault::status(on, 400) });
    }
    let written = outcomes(&write(&settings, &files, &planned.changes).await);
    assert_eq!(written.iter().filter(|one| *one == "Applied").count(), 2, "{written:?}");
    assert_eq!(people(&fake, "Design").len(), 2);
}

#[tokio::test]
async fn the_share_of_the_included_credits_is_set_where_the_file_says_so() {
    let (fake, settings) = start();
    fake.state(|state| state.center("Design", &[]));
    let mut files = group(&[], None);
    assert_eq!(apply(&settings, &files).await, [""; 0]);
    for wanted in ["true", "false"] {
        files.pool("design").target.0.insert(INCLUDED_USAGE.to_owned(), wanted.to_owned());
        let planned = plan(&settings, &files).await.unwrap();
        assert_eq!(planned.changes.len(), usize::from(wanted == "true" || !planned.changes.is_empty()));
        apply(&settings, &files).await;
        assert_eq!(fake.state(|state| state.centers[0].pool.unwrap_or_default().to_string()), wanted);
        assert_eq!(apply(&settings, &files).await, [""; 0]);
    }
    fake.state(|state| state.centers[0].orgs.push("acme-labs".to_owned()));
    files.pool("design").target.0.insert(INCLUDED_USAGE.to_owned(), "true".to_owned());
    let planned = plan(&settings, &files).await.unwrap();
    assert_snapshot!(outcomes(&write(&settings, &files, &planned.changes).await).join("\n"), @"Failed: PATCH /enterprises/acme/settings/billing/cost-centers/00000001-6903-41ee-8c99-0242ac120002 answered 400: The AI credit pool needs a cost center that contains users and teams only.");
}

#[tokio::test]
async fn a_cost_center_that_somebody_made_meanwhile_is_already_there_or_refused() {
    for (amount, verdict) in [(None, Verdict::Already), (Some(7), Verdict::Refused)] {
        let (fake, settings) = start();
        let files = group(&[], None);
        let planned = plan(&settings, &files).await.unwrap();
        let id = fake.state(|state| state.center("Design", &[]));
        if let Some(amount) = amount {
            fake.state(|state| state.budget(Budget::of("cost_center", &id, amount)));
        }
        let mut files = files.clone();
        files.pool("design").budget.limit = None;
        let written = write(&settings, &files, &planned.changes).await;
        // What a new one is made with is looked at only where there is one, so its budgets are the next plan's matter.
        assert!([Verdict::Already, verdict].contains(&written[0].verdict), "{written:?}");
        fake.state(|state| assert_eq!(state.centers.len(), 1));
    }
}

#[tokio::test]
async fn who_came_into_a_cost_center_since_the_plan_to_archive_it_keeps_it() {
    let (fake, settings) = start();
    let mut files = group(&["alice"], None);
    apply(&settings, &files).await;
    files.pools.clear();
    files.absent.insert(crate::litellm::world::id("design"), super::world::center("Design"));
    let planned = plan(&settings, &files).await.unwrap();
    fake.state(|state| state.centers[0].users.push("eve".to_owned()));
    assert_snapshot!(outcomes(&write(&settings, &files, &planned.changes).await).join("\n"), @"Refused: changed since the plan: it was no limit, then overage, default cap inherit, it is a cost center with eve, whom the plan did not name");
    fake.state(|state| assert!(!state.centers[0].archived));
    apply(&settings, &files).await;
    fake.state(|state| assert!(state.centers[0].archived));
}

#[tokio::test]
async fn what_moved_since_the_plan_is_refused_alone() {
    let (fake, settings) = start();
    apply(&settings, &group(&["alice", "bob", "carol"], Some("60"))).await;
    let files = group(&["alice", "bob", "carol"], Some("90"));
    let planned = plan(&settings, &files).await.unwrap();
    fake.state(|state| {
        for (login, amount) in [("alice-Acme", 70), ("carol-Acme", 90)] {
            let own = |budget: &&mut Budget| budget.user.as_deref() == Some(login);
            state.budgets.iter_mut().find(own).unwrap().amount = amount;
        }
    });
    assert_snapshot!(outcomes(&write(&settings, &files, &planned.changes).await).join("\n"), @"
    Refused: changed since the plan: it was cap 60 USD, it is cap 70 USD
    Applied
    Already
    ");
}

#[tokio::test]
async fn whose_budget_another_pool_gives_keeps_it_when_they_leave_a_cost_center() {
    let (fake, settings) = start();
    let mut account = pool(whole(), None, None);
    grant(&mut account, &["alice"], Some(cap("60")));
    let mut files = group(&["alice", "bob"], Some("60")).with("everybody", account);
    let planned = plan(&settings, &files).await.unwrap();
    let written = write(&settings, &files, &planned.changes).await;
    // The budget that both pools ask for is made once.
    assert!(written.iter().all(|one| matches!(one.verdict, Verdict::Applied | Verdict::Already)), "{written:?}");
    files.pool("design").grants.clear();
    apply(&settings, &files).await;
    fake.state(|state| assert_eq!((state.own("alice-acme"), state.own("bob-acme")), (Some(60), None)));
    assert!(people(&fake, "Design").is_empty());
    assert_eq!(apply(&settings, &files).await, [""; 0]);
    assert!(files.pool("everybody").grants.contains_key(&person("alice")));
}

#[tokio::test]
async fn the_token_goes_to_github_and_to_its_hosts_of_data_residency_only() {
    let (_fake, mut settings) = start();
    let mut said = |url: Option<&str>| {
        settings.base_url = url.map(str::to_owned);
        centers::reader(&settings).map_or_else(|error| error.to_string(), |_| "may have it".to_owned())
    };
    for fine in [None, Some("https://api.github.com"), Some("https://api.acme.ghe.com"), Some("http://127.0.0.1:1")] {
        assert_eq!(said(fine), "may have it", "{fine:?}");
    }
    for wrong in [
        "https://api.acme.ghe.com.evil.example",
        "https://acme.ghe.com",
        "https://api.a.b.ghe.com",
        "https://api.ghe.com",
        "https://ghe.acme.example/api/v3",
        "http://api.acme.ghe.com",
    ] {
        assert_ne!(said(Some(wrong)), "may have it", "{wrong}");
    }
}

#[tokio::test]
async fn the_requests_that_are_announced_are_those_that_are_sent() {
    let (fake, settings) = start();
    fake.state(|state| {
        for i in 0..130 {
            state.seat(&[&format!("m{i:03}-acme")]);
        }
        state.budget(Budget::user("zoe", 5));
    });
    let everybody = names(130);
    let mut center = design(Some("500"));
    center.default_cap = Some(cap("40"));
    super::road::heard(&mut center, &["ops-bot"]);
    let mut account = pool(whole(), Some("100"), others("19"));
    for (i, name) in everybody.iter().enumerate() {
        if i % 3 == 0 {
            grant(&mut account, &[name], Some(cap(&(1 + i % 5).to_string())));
        } else {
            grant(&mut center, &[name], (i % 3 == 1).then(|| cap(&(1 + i % 5).to_string())));
        }
    }
    let all: Vec<&str> = everybody.iter().map(String::as_str).collect();
    let mut files = Files::of(&all).with("design", center).with("everybody", account);
    for step in 0..4 {
        let planned = plan(&settings, &files).await.unwrap();
        assert!(step == 3 || !planned.changes.is_empty());
        fake.asked();
        let written = write(&settings, &files, &planned.changes).await;
        assert!(written.iter().all(|written| written.verdict == Verdict::Applied), "{written:?}");
        let asked = fake.asked();
        let (reads, writes): (Vec<_>, Vec<_>) = asked.iter().partition(|line| line.starts_with("GET "));
        assert_eq!(planned.cost.reads, reads.len() as u64, "{step} {asked:#?}");
        assert_eq!(planned.cost.writes, writes.len() as u64, "{step} {asked:#?}");
        let again = plan(&settings, &files).await.unwrap();
        assert_eq!(planned.cost.look, again.observed.reads, "{step} {:#?}", fake.asked());
        match step {
            0 => {
                let center = files.pool("design");
                center.default_cap = Some(cap("inherit"));
                center.alerts = Some(std::collections::BTreeMap::new());
                center.grants.retain(|subject, _| subject.name() > "m060");
                files.pool("everybody").grants.clear();
            }
            1 => {
                files.pools.remove(&crate::litellm::world::id("design"));
                files.absent.insert(crate::litellm::world::id("design"), super::world::center("Design"));
            }
            _ => {}
        }
    }
}
