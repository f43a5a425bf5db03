//! LiteLLM's traps, one test each.

use bursar::centers::{self, Verdict};
use bursar::model::{MemberId, Period, Recipient};

use super::fake::{Fault, Row, Team};
use super::start;
use super::world::{Files, alert, apply, cap, grant, id, outcomes, plan, pool, settings, shown, write};

/// A team of somebody else's making: monthly, with a default cap if one is given.
fn team(fake: &super::Fake, name: &str, default: Option<f64>) {
    fake.state(|state| {
        let mut team = Team { max: Some(100.0), duration: Some("30d".to_owned()), ..Team::default() };
        if let Some(max) = default {
            let row = state.row(Row { max: Some(max), duration: Some("30d".to_owned()), tpm: None });
            team.metadata.insert("team_member_budget_id".to_owned(), row.into());
        }
        state.teams.insert(name.to_owned(), team);
    });
}

fn row(max: f64, duration: Option<&str>) -> Row {
    Row { max: Some(max), duration: duration.map(str::to_owned), tpm: None }
}

fn one(member: &str, wanted: Option<&str>, default: Option<&str>) -> Files {
    let mut pool = pool("100");
    pool.default_cap = default.map(cap);
    grant(&mut pool, &[member], wanted.map(cap));
    Files::of(&["alice", "bob", "carol"]).with("eng", pool)
}

#[tokio::test]
async fn the_caller_is_taken_out_of_a_team_that_it_makes() {
    let (fake, settings) = start();
    apply(&settings, &one("bob", None, None)).await;
    let members = fake.state(|state| state.teams["eng"].members.clone());
    assert_eq!(members.len(), 1);
    assert_eq!(members[0].1.as_deref(), Some("bob@acme.example"));
}

#[tokio::test]
async fn the_caller_is_nobodys_grant_where_it_stayed() {
    let (fake, settings) = start();
    team(&fake, "eng", None);
    fake.state(|state| state.seat("eng", "default_user_id", None, None));
    assert_eq!(apply(&settings, &one("bob", None, None)).await, ["grant.add eng/grants/bob: – → ?"]);
    let mut own = settings.clone();
    own.ignore_members = Some(vec!["somebody-else".to_owned()]);
    let planned = plan(&own, &one("bob", None, None)).await.unwrap();
    assert_eq!(shown(&planned.changes), ["grant.revoke eng/grants/?default_user_id: inherit → –"]);
}

#[tokio::test]
async fn addresses_are_compared_without_case_and_sent_in_lower_case() {
    let (fake, settings) = start();
    team(&fake, "eng", None);
    fake.state(|state| state.seat("eng", "u-bob", Some("BOB@Acme.example"), Some(row(5.0, Some("1mo")))));
    let mut files = one("bob", Some("5"), None);
    files.roster.insert(MemberId::new("carol").unwrap(), "Carol@ACME.example");
    grant(files.pools.get_mut(&id("eng")).unwrap(), &["carol"], None);
    assert_eq!(apply(&settings, &files).await, ["grant.add eng/grants/carol: – → ?"]);
    assert!(fake.state(|state| state.has("eng", "carol@acme.example")));
    // And who is there in capitals is changed and taken out as they stand there.
    grant(files.pools.get_mut(&id("eng")).unwrap(), &["bob"], Some(cap("6")));
    assert_eq!(apply(&settings, &files).await, ["grant.update eng/grants/bob: 5 USD monthly → 6 USD monthly"]);
    files.pools.get_mut(&id("eng")).unwrap().grants.remove(&super::world::person("bob"));
    assert_eq!(apply(&settings, &files).await, ["grant.revoke eng/grants/bob: 6 USD monthly → –"]);
}

#[tokio::test]
async fn people_are_known_by_user_id_first() {
    let (fake, settings) = start();
    team(&fake, "eng", None);
    fake.state(|state| {
        state.seat("eng", "u-7", Some("old-name@acme.example"), None);
        state.seat("eng", "svc-build", None, None);
    });
    let mut files = one("bob", None, None);
    files.roster.alias(MemberId::new("bob").unwrap(), "u-7");
    files.roster.insert(MemberId::new("build").unwrap(), "svc-build");
    files.roster.insert(MemberId::new("deploy").unwrap(), "svc-deploy");
    grant(files.pools.get_mut(&id("eng")).unwrap(), &["build", "deploy"], None);
    assert_eq!(apply(&settings, &files).await, ["grant.add eng/grants/deploy: – → ?"]);
    assert!(fake.state(|state| state.users.contains_key("svc-deploy")));
    assert_eq!(apply(&settings, &files).await, [""; 0]);
}

#[tokio::test]
async fn one_address_of_two_users_spoils_only_its_own_row() {
    let (fake, settings) = start();
    team(&fake, "eng", None);
    fake.state(|state| {
        state.users.insert("u-1".to_owned(), Some("bob@acme.example".to_owned()));
        state.users.insert("u-2".to_owned(), Some("bob@acme.example".to_owned()));
    });
    let mut files = one("bob", Some("5"), None);
    grant(files.pools.get_mut(&id("eng")).unwrap(), &["alice", "carol"], Some(cap("5")));
    let planned = plan(&settings, &files).await.unwrap();
    insta::assert_snapshot!(outcomes(&write(&settings, &files, &planned.changes).await).join("\n"), @"
    Applied
    Failed: POST /team/member_add answered 400: Multiple users found with email 'bob@acme.example'. Please use 'user_id' instead.
    Applied
    ");
}

#[tokio::test]
async fn two_users_of_one_address_are_two_people() {
    let (fake, settings) = start();
    team(&fake, "eng", None);
    fake.state(|state| {
        state.seat("eng", "u-1", Some("bob@acme.example"), None);
        state.seat("eng", "u-2", Some("bob@acme.example"), None);
    });
    let planned = plan(&settings, &one("bob", None, None)).await.unwrap();
    assert_eq!(shown(&planned.changes), ["grant.revoke eng/grants/?u-2: inherit → –"]);
    assert_eq!(planned.observed.notes, ["team eng: bob is there twice; user u-2 is taken for somebody else"]);
}

#[tokio::test]
async fn the_shared_row_is_never_written_back_as_a_members_own() {
    let (fake, settings) = start();
    team(&fake, "eng", Some(10.0));
    fake.state(|state| state.seat("eng", "u-bob", Some("bob@acme.example"), None));
    let before = fake.state(|state| state.rows.len());
    assert_eq!(apply(&settings, &one("bob", None, Some("10"))).await, [""; 0]);
    let done = apply(&settings, &one("bob", None, Some("12"))).await;
    assert_eq!(done, ["pool.update eng: 100 USD monthly each 10 USD → 100 USD monthly each 12 USD"]);
    assert_eq!(fake.state(|state| (state.rows.len(), state.cap("eng", "bob@acme.example"))), (before, None));
}

#[tokio::test]
async fn a_cleared_cap_is_linked_to_the_default_again() {
    let (fake, settings) = start();
    team(&fake, "eng", Some(10.0));
    fake.state(|state| state.seat("eng", "u-bob", Some("bob@acme.example"), Some(row(5.0, Some("1mo")))));
    let done = apply(&settings, &one("bob", None, Some("10"))).await;
    assert_eq!(done, ["grant.update eng/grants/bob: 5 USD monthly → inherit"]);
    let (link, shared) = fake.state(|state| {
        let team = &state.teams["eng"];
        (team.links["u-bob"].clone(), team.shared().map(str::to_owned))
    });
    assert!(link.is_some());
    assert_eq!(link, shared);
}

#[tokio::test]
async fn a_row_with_limits_of_others_keeps_them_when_its_cap_goes() {
    let (fake, settings) = start();
    team(&fake, "eng", None);
    let limited = Row { max: Some(5.0), duration: Some("1d".to_owned()), tpm: Some(100) };
    fake.state(|state| state.seat("eng", "u-bob", Some("bob@acme.example"), Some(limited)));
    let done = apply(&settings, &one("bob", Some("inherit"), None)).await;
    assert_eq!(done, ["grant.update eng/grants/bob: 5 USD daily → inherit"]);
    assert_eq!(fake.state(|state| state.cap("eng", "bob@acme.example")), Some((None, Some("30d".to_owned()))));
    assert_eq!(apply(&settings, &one("bob", Some("inherit"), None)).await, [""; 0]);
}

#[tokio::test]
async fn a_cap_that_never_starts_again_is_a_change() {
    let (fake, settings) = start();
    team(&fake, "eng", None);
    fake.state(|state| state.seat("eng", "u-bob", Some("bob@acme.example"), Some(row(5.0, None))));
    let done = apply(&settings, &one("bob", Some("5"), None)).await;
    assert_eq!(done, ["grant.update eng/grants/bob: 5 USD lifetime → 5 USD monthly"]);
    let held = fake.state(|state| state.cap("eng", "bob@acme.example"));
    assert_eq!(held, Some((Some(5.0), Some("1mo".to_owned()))));
}

#[tokio::test]
async fn negative_amounts_of_others_are_told_and_repaired() {
    let (fake, settings) = start();
    team(&fake, "eng", None);
    fake.state(|state| state.seat("eng", "u-bob", Some("bob@acme.example"), Some(row(-1.0, None))));
    let planned = plan(&settings, &one("bob", Some("5"), None)).await.unwrap();
    assert_eq!(planned.observed.notes, ["team eng: the cap of bob: -1 is negative"]);
    apply(&settings, &one("bob", Some("5"), None)).await;
    assert_eq!(apply(&settings, &one("bob", Some("5"), None)).await, [""; 0]);
}

#[tokio::test]
async fn a_default_of_zero_is_written_member_by_member() {
    let (fake, settings) = start();
    let files = one("bob", None, Some("0"));
    let (_, notes) = files.desired(centers::reader(&settings).unwrap().as_ref());
    assert_eq!(notes, ["eng: LiteLLM takes a default cap of 0 for no cap, so it is written member by member"]);
    apply(&settings, &files).await;
    let held = fake.state(|state| state.cap("eng", "bob@acme.example"));
    assert_eq!(held, Some((Some(0.0), Some("1mo".to_owned()))));
    assert_eq!(fake.state(|state| state.teams["eng"].shared().map(str::to_owned)), None);
    assert_eq!(apply(&settings, &files).await, [""; 0]);
}

#[tokio::test]
async fn a_default_of_zero_by_others_is_no_cap() {
    let (fake, settings) = start();
    team(&fake, "eng", Some(0.0));
    let planned = plan(&settings, &one("bob", None, Some("10"))).await.unwrap();
    let update = "pool.update eng: 100 USD monthly each inherit → 100 USD monthly each 10 USD";
    assert!(shown(&planned.changes).iter().any(|change| change == update));
    assert_eq!(planned.observed.notes, ["team eng: team_member_budget is 0, which LiteLLM takes for no cap"]);
}

#[tokio::test]
async fn members_without_a_link_to_the_default_are_told() {
    let (fake, settings) = start();
    team(&fake, "eng", Some(10.0));
    fake.state(|state| {
        state.seat("eng", "u-bob", Some("bob@acme.example"), None);
        state.teams.get_mut("eng").unwrap().links.insert("u-bob".to_owned(), None);
    });
    let planned = plan(&settings, &one("bob", None, Some("10"))).await.unwrap();
    insta::assert_snapshot!(planned.observed.notes.join("\n"), @"team eng: the default cap never starts again for 1 of its members; setting it anew heals that");
    assert_eq!(shown(&planned.changes), [""; 0]);
}

#[tokio::test]
async fn a_limit_and_its_alert_pass_each_other_in_one_request() {
    let (fake, settings) = start();
    let ask = |limit: &str| {
        let mut pool = pool(limit);
        // A cap that moves with the limit: in a plan it must not come between the limit and its alert.
        grant(&mut pool, &["bob"], Some(cap(limit)));
        alert(&mut pool, 80, &["ops@acme.example"]);
        Files::of(&["bob"]).with("eng", pool)
    };
    apply(&settings, &ask("100")).await;
    for (limit, soft) in [("1000", 800.0), ("10", 8.0)] {
        fake.asked();
        apply(&settings, &ask(limit)).await;
        assert_eq!(fake.state(|state| state.teams["eng"].soft), Some(soft));
        assert_eq!(fake.asked().iter().filter(|line| line.starts_with("PATCH")).count(), 1);
    }
}

#[tokio::test]
async fn what_others_keep_in_the_metadata_stays() {
    let (fake, settings) = start();
    team(&fake, "eng", None);
    fake.state(|state| state.teams.get_mut("eng").unwrap().metadata.insert("k".to_owned(), "v".into()));
    let mut files = Files::of(&["bob"]).with("eng", pool("100"));
    alert(files.pools.get_mut(&id("eng")).unwrap(), 50, &["ops@acme.example"]);
    apply(&settings, &files).await;
    files.pools.get_mut(&id("eng")).unwrap().alerts = Some(std::collections::BTreeMap::new());
    apply(&settings, &files).await;
    let metadata = fake.state(|state| state.teams["eng"].metadata.clone());
    assert_eq!(serde_json::Value::from(metadata), serde_json::json!({ "k": "v" }));
}

#[tokio::test]
async fn only_one_alert_fits_and_the_rest_is_told() {
    let (_fake, settings) = start();
    let mut pool = pool("100");
    alert(&mut pool, 90, &["ops@acme.example"]);
    alert(&mut pool, 50, &["ops@acme.example"]);
    alert(&mut pool, 100, &["ops@acme.example"]);
    alert(&mut pool, 10, &[]);
    pool.alerts.as_mut().unwrap().values_mut().for_each(|alert| {
        alert.notify.insert(Recipient::Slack("HOOK".to_owned()));
    });
    let files = Files::of(&["bob"]).with("eng", pool);
    let (desired, notes) = files.desired(centers::reader(&settings).unwrap().as_ref());
    insta::assert_snapshot!(notes.join("\n"), @"
    eng: the center cannot watch the alert at 10% of budget; bursar alerts does
    eng: the center cannot watch the alert at 90% of budget; bursar alerts does
    eng: the center cannot watch the alert at 100% of budget; bursar alerts does
    eng: at 50% of budget the center tells e-mail addresses only; bursar alerts tells the others
    ");
    let kept: Vec<String> = desired.state.pools[&id("eng")]
        .alerts
        .as_ref()
        .unwrap()
        .keys()
        .map(ToString::to_string)
        .collect();
    assert_eq!(kept, ["50 USD of budget"]);
}

#[tokio::test]
async fn what_moved_since_the_plan_is_refused_alone() {
    let (fake, settings) = start();
    team(&fake, "eng", None);
    fake.state(|state| {
        state.seat("eng", "u-alice", Some("alice@acme.example"), Some(row(5.0, Some("1mo"))));
        state.seat("eng", "u-bob", Some("bob@acme.example"), Some(row(5.0, Some("1mo"))));
        state.seat("eng", "u-carol", Some("carol@acme.example"), Some(row(5.0, Some("1mo"))));
    });
    let mut files = one("bob", Some("9"), None);
    grant(files.pools.get_mut(&id("eng")).unwrap(), &["alice", "carol"], Some(cap("9")));
    let planned = plan(&settings, &files).await.unwrap();
    fake.state(|state| {
        for (user, max) in [("u-alice", 7.0), ("u-carol", 9.0)] {
            let link = state.teams["eng"].links[user].clone().unwrap();
            state.rows.get_mut(&link).unwrap().max = Some(max);
        }
    });
    insta::assert_snapshot!(outcomes(&write(&settings, &files, &planned.changes).await).join("\n"), @"
    Refused: changed since the plan: it was cap 5 USD, monthly, it is cap 7 USD, monthly
    Applied
    Already
    ");
    assert_eq!(fake.state(|state| state.cap("eng", "alice@acme.example").unwrap().0), Some(7.0));
}

#[tokio::test]
async fn who_came_into_a_team_since_the_plan_to_delete_it_keeps_it() {
    let (fake, settings) = start();
    team(&fake, "old", None);
    fake.state(|state| state.seat("old", "u-bob", Some("bob@acme.example"), None));
    let mut files = Files::of(&["bob"]);
    files.absent.insert(id("old"));
    let planned = plan(&settings, &files).await.unwrap();
    fake.state(|state| state.seat("old", "u-eve", Some("eve@acme.example"), None));
    let written = outcomes(&write(&settings, &files, &planned.changes).await);
    insta::assert_snapshot!(written.join("\n"), @"Refused: changed since the plan: it was 100 USD, monthly, default cap inherit, it is a team with eve@acme.example, whom the plan did not name");
    fake.state(|state| assert!(state.has("old", "bob@acme.example")));
    apply(&settings, &files).await;
    fake.state(|state| assert!(!state.teams.contains_key("old")));
}

#[tokio::test]
async fn a_team_that_somebody_made_meanwhile_is_already_there_or_refused() {
    for (max, verdict) in [(100.0, Verdict::Already), (7.0, Verdict::Refused)] {
        let (fake, settings) = start();
        let files = Files::of(&["bob"]).with("eng", pool("100"));
        let planned = plan(&settings, &files).await.unwrap();
        team(&fake, "eng", None);
        fake.state(|state| state.teams.get_mut("eng").unwrap().max = Some(max));
        let written = write(&settings, &files, &planned.changes).await;
        assert_eq!(written[0].verdict, verdict, "{written:?}");
        assert_eq!(fake.state(|state| state.teams["eng"].max), Some(max));
    }
}

#[tokio::test]
async fn the_requests_that_are_announced_are_those_that_are_sent() {
    let (fake, settings) = start();
    team(&fake, "old", Some(10.0));
    fake.state(|state| {
        state.seat("old", "u-alice", Some("alice@acme.example"), Some(row(5.0, Some("1mo"))));
        state.seat("old", "u-bob", Some("bob@acme.example"), Some(row(5.0, Some("1mo"))));
        state.seat("old", "u-eve", Some("eve@acme.example"), None);
    });
    let names: Vec<String> = (0..230).map(|i| format!("m{i}")).collect();
    let mut members: Vec<&str> = names.iter().map(String::as_str).collect();
    members.extend(["alice", "bob"]);
    let mut new = pool("100");
    alert(&mut new, 80, &["ops@acme.example"]);
    for (i, name) in names.iter().enumerate() {
        grant(&mut new, &[name], (i > 20).then(|| cap(&(1 + i % 5).to_string())));
    }
    let mut old = pool("90");
    old.default_cap = Some(cap("11"));
    grant(&mut old, &["alice"], None);
    grant(&mut old, &["bob"], Some(cap("6")));
    let mut files = Files::of(&members).with("new", new).with("old", old);
    for _ in 0..2 {
        let planned = plan(&settings, &files).await.unwrap();
        fake.asked();
        let written = write(&settings, &files, &planned.changes).await;
        assert!(written.iter().all(|written| written.verdict == Verdict::Applied));
        let asked = fake.asked();
        let (reads, writes): (Vec<_>, Vec<_>) = asked.iter().partition(|line| line.starts_with("GET "));
        assert_eq!(planned.cost.reads, reads.len() as u64, "{asked:#?}");
        assert_eq!(planned.cost.writes, writes.len() as u64, "{asked:#?}");
        let again = plan(&settings, &files).await.unwrap();
        assert_eq!(planned.cost.look, again.observed.reads, "{:#?}", fake.asked());
        files.pools.remove(&id("old"));
        files.absent.insert(id("old"));
    }
}

#[tokio::test]
async fn a_list_of_teams_has_pages_and_only_managed_teams_are_looked_at() {
    let (fake, settings) = start();
    for i in 0..250 {
        team(&fake, &format!("t{i:03}"), None);
    }
    let planned = plan(&settings, &Files::of(&["bob"]).with("t042", pool("100"))).await.unwrap();
    assert_eq!(planned.observed.unmanaged.len(), 249);
    assert_eq!(planned.observed.reads, 4);
    assert_eq!(fake.asked().len(), 4);
    assert_eq!(shown(&planned.changes), [""; 0]);
}

#[tokio::test]
async fn a_deleted_team_can_be_made_again() {
    let (_fake, settings) = start();
    let files = one("bob", Some("5"), Some("7"));
    for _ in 0..2 {
        assert_eq!(apply(&settings, &files).await.len(), 2);
        let mut gone = files.clone();
        gone.pools.clear();
        gone.absent.insert(id("eng"));
        assert_eq!(apply(&settings, &gone).await, ["pool.delete eng: 100 USD monthly each 7 USD → –"]);
    }
}

#[tokio::test]
async fn odd_durations_and_blocked_teams_are_told() {
    let (fake, settings) = start();
    team(&fake, "eng", None);
    fake.state(|state| {
        let team = state.teams.get_mut("eng").unwrap();
        team.duration = Some("12h".to_owned());
        team.blocked = true;
        team.soft = Some(5.0);
    });
    let mut files = one("bob", None, None);
    files.pools.get_mut(&id("eng")).unwrap().budget.period = Some(Period::Daily);
    let planned = plan(&settings, &files).await.unwrap();
    insta::assert_snapshot!(planned.observed.notes.join("\n"), @"
    team eng: budget_duration 12h is no period that Bursar knows
    team eng: it is blocked: nobody can draw on it
    team eng: it has a soft_budget of which nobody hears
    ");
    assert_eq!(
        apply(&settings, &files).await[0],
        "pool.update eng: 100 USD ? each inherit → 100 USD daily each inherit"
    );
}

#[tokio::test]
async fn a_team_id_that_cannot_stand_in_a_path_is_not_written() {
    let (fake, settings) = start();
    team(&fake, "a/b", None);
    let mut odd = pool("5");
    odd.target = bursar::model::Target::of("team", "a/b");
    let files = Files::of(&["bob"]).with("odd", odd);
    let planned = plan(&settings, &files).await.unwrap();
    let written = outcomes(&write(&settings, &files, &planned.changes).await);
    assert_eq!(written, ["Failed: the team's id cannot stand in a URL path"]);
}

#[tokio::test]
async fn wrong_tokens_and_wrong_places_are_said_plainly() {
    let (fake, right) = start();
    let said = async |settings: &bursar::model::CenterSettings| match centers::reader(settings) {
        Err(error) => error.to_string(),
        Ok(reader) => reader.read(&bursar::model::Scope::default()).await.unwrap_err().to_string(),
    };
    let mut wrong = right.clone();
    wrong.token = Some(bursar::model::SecretSource::Env("CARGO_PKG_VERSION".to_owned()));
    let place = fake.url().to_owned();
    let mut unset = right.clone();
    unset.token = Some(bursar::model::SecretSource::Env("BURSAR_NO_SUCH_TOKEN".to_owned()));
    let mut foreign = right.clone();
    foreign.base_url = Some("https://llm.acme.example".to_owned());
    let closed = settings("http://127.0.0.1:1", "CARGO_PKG_NAME");
    let mut all = Vec::new();
    for settings in [&wrong, &unset, &foreign, &closed] {
        all.push(said(settings).await.replace(&place, "http://FAKE"));
    }
    insta::assert_snapshot!(all.join("\n"), @"
    http://FAKE does not accept the token: Authentication Error, Invalid proxy server token passed. Received API Key = sk-...
    the token is read from $BURSAR_NO_SUCH_TOKEN, which is not set
    the token would go to llm.acme.example, which is not allowed
    http://127.0.0.1:1 cannot be reached: Connection refused (os error 111); tried 5 times
    ");
}

#[tokio::test]
async fn something_else_that_answers_is_no_litellm() {
    // The exchanges of this test are wrong on purpose and would not hold against the description.
    if crate::terminal::unrecorded("litellm::traps::something_else_that_answers_is_no_litellm") {
        return;
    }
    let (fake, settings) = start();
    fake.fault(Fault::status("GET /v2/team/list", 200));
    let mut elsewhere = settings.clone();
    elsewhere.base_url = Some(format!("{}/llm", fake.url()));
    let mut words = Vec::new();
    for settings in [settings, elsewhere] {
        let error = plan(&settings, &Files::of(&["bob"])).await.err().unwrap();
        words.push(error.to_string().replace(fake.url(), "http://FAKE"));
    }
    insta::assert_snapshot!(words.join("\n"), @"
    http://FAKE is not a LiteLLM proxy: /v2/team/list does not answer with a list of teams (missing field `teams` at line 1 column 27)
    http://FAKE/llm is not a LiteLLM proxy: GET /llm/v2/team/list answered 404: Not Found
    ");
}
