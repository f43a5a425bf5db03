//! What was spent: of teams and by their members, each in the period of their own row.

use bursar::centers;
use bursar::model::{Drawn, Period, Roster, Target, Window};
use jiff::{SignedDuration, Timestamp};

use super::fake::{Row, Team};
use super::start;
use super::world::{Files, cap, grant, id, pool};

fn shown(drawn: &Drawn) -> Vec<String> {
    let now = Timestamp::now();
    let mut lines = Vec::new();
    for (pool, drawn) in &drawn.pools {
        lines.push(format!("{pool}: {}", drawn.total.map_or("?".to_owned(), |total| total.to_string())));
        assert_eq!(drawn.window, Some(Window::calendar(Period::Monthly, now)));
        for (who, one) in &drawn.people {
            let own = one.window.map(|own| {
                let known = Period::ALL.into_iter().find(|period| Window::calendar(*period, now) == own);
                known.map_or("odd", Period::as_str)
            });
            assert_eq!((one.seat, one.last), (None, None));
            lines.push(format!("  {who}: {} {}", one.pool, own.unwrap_or("as the team")));
        }
    }
    lines.extend(drawn.notes.iter().cloned());
    lines
}

#[tokio::test]
async fn what_was_spent_is_told_without_another_request() {
    let (fake, settings) = start();
    let mut design = pool("100");
    grant(&mut design, &["alice", "bob"], Some(cap("5")));
    let files = Files::of(&["alice", "bob"]).with("design", design).with("missing", pool("1"));
    fake.state(|state| {
        let month = || Some("1mo".to_owned());
        let team = Team { max: Some(100.0), duration: month(), ..Team::default() };
        state.teams.insert("design".to_owned(), team);
        let row =
            |duration: Option<&str>| Some(Row { max: Some(5.0), duration: duration.map(str::to_owned), tpm: None });
        state.seat("design", "u1", Some("Alice@acme.example"), row(Some("1mo")));
        state.seat("design", "u2", Some("bob@acme.example"), row(Some("7d")));
        state.seat("design", "u3", Some("zoe@acme.example"), None);
        state.seat("design", "default_user_id", None, None);
        for (email, usd) in [("Alice@acme.example", 0.1), ("Alice@acme.example", 0.2), ("zoe@acme.example", 0.000_54)] {
            state.spends("design", email, usd);
        }
    });
    let reader = centers::reader(&settings).unwrap();
    reader.read(&files.scope()).await.unwrap();
    fake.asked();
    let drawn = reader.usage(&files.scope()).await.unwrap().unwrap();
    assert_eq!(fake.asked(), [""; 0], "what was read is not read again");
    insta::assert_snapshot!(shown(&drawn).join("\n"), @"
    design: 0.30054 USD
      alice: 0.30 USD as the team
      bob: 0 USD weekly
      zoe@acme.example: 0.00054 USD lifetime
    ");
    assert_eq!(drawn.lag, Some(SignedDuration::from_mins(1)));
    // Whoever asks for nothing else reads the teams of the files, and no list.
    assert_eq!(reader.usage(&files.scope()).await.unwrap().unwrap(), drawn);
    assert_eq!(fake.asked(), ["GET /team/info", "GET /team/info"]);
    let mut scope = files.scope();
    scope.pools.insert(id("other"), Target::of("team", "design"));
    scope.roster = Roster::default();
    scope.as_of = Some("2026-01-31".parse().unwrap());
    let drawn = reader.usage(&scope).await.unwrap().unwrap();
    assert_eq!(
        drawn.notes,
        ["LiteLLM tells what was drawn up to now only, so these are not the numbers of 2026-01-31"]
    );
    assert_eq!(drawn.pools[&id("other")], drawn.pools[&id("design")]);
}
