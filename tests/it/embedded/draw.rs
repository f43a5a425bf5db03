//! Spending: who may, how much, and that nobody gets more, however many try at once.

use std::process::{Command, Stdio};

use bursar::centers::CenterError;
use bursar::centers::embedded::{Draw, Exhausted, Ineligible, draw, usage};
use bursar::model::{Limit, Others, Period, Pool, WhenExhausted};
use jiff::Timestamp;

use super::{Center, amount, cap, desired, limited, member, settings};

const NOVEMBER: &str = "2026-11-22T12:00:00Z";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn center_with(pool: Pool) -> Center {
    let center = Center::new();
    center.apply(&desired(&[("p", pool)]));
    center
}

/// Draws and says in a few words what became of it.
fn try_draw(center: &Center, name: &str, what: &str, time: &str) -> String {
    match draw(&center.settings, "p", name, amount(what), at(time)).unwrap() {
        Draw::Drawn(balance) => {
            let left = |left: Option<bursar::model::Amount>| left.map_or("all".to_owned(), |left| left.number());
            format!(
                "drawn {} of the cap, {} left; {} of the pool, {} left",
                balance.drawn_by_member.number(),
                left(balance.left_of_cap),
                balance.drawn_from_pool.number(),
                left(balance.left_of_pool)
            )
        }
        Draw::NotEligible { why } => why.to_string(),
        Draw::UsedUp { what: Exhausted::Cap, balance } => {
            format!("cap {} used up, {} left", balance.cap.unwrap(), balance.left_of_cap.unwrap().number())
        }
        Draw::UsedUp { what: Exhausted::Budget, balance } => {
            format!("budget {} used up, {} left", balance.limit.unwrap(), balance.left_of_pool.unwrap().number())
        }
    }
}

#[test]
fn a_cap_holds_to_the_last_hundredth() {
    let center = center_with(limited("50", &[("alice", "10.5")]));
    let draws = ["10.45", "0.06", "0.05", "0.01"].map(|what| try_draw(&center, "alice", what, NOVEMBER));
    insta::assert_snapshot!(draws.join("\n"), @r"
    drawn 10.45 of the cap, 0.05 left; 10.45 of the pool, 39.55 left
    cap 10.5 credits used up, 0.05 left
    drawn 10.5 of the cap, 0 left; 10.5 of the pool, 39.5 left
    cap 10.5 credits used up, 0 left
    ");
}

#[test]
fn a_budget_holds_for_all_together() {
    let center = center_with(limited("10", &[("alice", "8"), ("bob", "unlimited")]));
    let draws = [("alice", "8"), ("bob", "3"), ("bob", "2"), ("bob", "0.01")]
        .map(|(name, what)| try_draw(&center, name, what, NOVEMBER));
    insta::assert_snapshot!(draws.join("\n"), @r"
    drawn 8 of the cap, 0 left; 8 of the pool, 2 left
    budget 10 credits used up, 2 left
    drawn 2 of the cap, all left; 10 of the pool, 0 left
    budget 10 credits used up, 0 left
    ");
}

#[test]
fn zero_is_a_cap_and_a_budget_like_any_other() {
    let center = center_with(limited("10", &[("alice", "0")]));
    assert_eq!(try_draw(&center, "alice", "0.01", NOVEMBER), "cap 0 credits used up, 0 left");
    let center = center_with(limited("0", &[("alice", "5")]));
    assert_eq!(try_draw(&center, "alice", "0.01", NOVEMBER), "budget 0 credits used up, 0 left");
}

#[test]
fn only_a_budget_that_blocks_stops_a_draw() {
    for when in [WhenExhausted::Alert, WhenExhausted::Overage] {
        let mut pool = limited("10", &[("alice", "unlimited")]);
        pool.budget.when_exhausted = Some(when);
        let center = center_with(pool);
        assert_eq!(try_draw(&center, "alice", "25", NOVEMBER), "drawn 25 of the cap, all left; 25 of the pool, 0 left");
    }
    let mut pool = limited("10", &[("alice", "unlimited")]);
    pool.budget.limit = Some(Limit::None);
    let center = center_with(pool);
    assert_eq!(try_draw(&center, "alice", "25", NOVEMBER), "drawn 25 of the cap, all left; 25 of the pool, all left");
}

#[test]
fn the_default_cap_is_for_those_who_inherit() {
    let mut pool = limited("100", &[("alice", "inherit"), ("bob", "9")]);
    pool.default_cap = Some(cap("5"));
    let center = center_with(pool);
    assert_eq!(try_draw(&center, "alice", "6", NOVEMBER), "cap 5 credits used up, 5 left");
    assert_eq!(try_draw(&center, "bob", "6", NOVEMBER), "drawn 6 of the cap, 3 left; 6 of the pool, 94 left");
    let center = center_with(limited("100", &[("alice", "inherit")]));
    assert_eq!(try_draw(&center, "alice", "99", NOVEMBER), "drawn 99 of the cap, all left; 99 of the pool, 1 left");
}

#[test]
fn others_draw_what_others_may() {
    let center = center_with(limited("100", &[("alice", "5")]));
    assert_eq!(try_draw(&center, "mallory", "1", NOVEMBER), "no grant names them, and others are blocked");
    assert_eq!(center.sql::<i64>("SELECT count(*) FROM members"), 1, "a refused stranger leaves no trace");

    let mut pool = limited("100", &[("alice", "5")]);
    pool.others = Some(Others::Cap(cap("2")));
    let desired = desired(&[("p", pool)]);
    center.apply(&desired);
    assert_eq!(try_draw(&center, "mallory", "2", NOVEMBER), "drawn 2 of the cap, 0 left; 2 of the pool, 98 left");
    assert_eq!(try_draw(&center, "Mallory", "1", NOVEMBER), "cap 2 credits used up, 0 left");
    let roster = center.read(&desired).roster;
    let mallory = bursar::model::Subject::Stranger("mallory".into());
    assert_eq!(roster, [member("alice"), member("bob"), member("carol"), mallory].into());
}

#[test]
fn a_grant_ends_after_its_last_day_and_leaves_nobody_to_others() {
    let mut pool = limited("100", &[("alice", "5 until 2026-11-30")]);
    pool.others = Some(Others::Cap(cap("50")));
    let center = center_with(pool);
    assert_eq!(
        try_draw(&center, "alice", "1", "2026-11-30T23:59:59.999Z"),
        "drawn 1 of the cap, 4 left; 1 of the pool, 99 left"
    );
    assert_eq!(try_draw(&center, "alice", "1", "2026-12-01T00:00:00Z"), "their grant ended after 2026-11-30");
}

#[test]
fn a_new_month_is_a_new_cap_and_a_new_budget() {
    let center = center_with(limited("8", &[("alice", "5"), ("bob", "5")]));
    let times = ["2026-11-30T23:59:59.9Z", "2026-12-01T00:00:00Z", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"];
    let draws = times.map(|time| {
        [("alice", "5"), ("alice", "1"), ("bob", "3"), ("bob", "1")]
            .map(|(name, what)| format!("{time} {name} {what}: {}", try_draw(&center, name, what, time)))
            .join("\n")
    });
    insta::assert_snapshot!(draws.join("\n"), @r"
    2026-11-30T23:59:59.9Z alice 5: drawn 5 of the cap, 0 left; 5 of the pool, 3 left
    2026-11-30T23:59:59.9Z alice 1: cap 5 credits used up, 0 left
    2026-11-30T23:59:59.9Z bob 3: drawn 3 of the cap, 2 left; 8 of the pool, 0 left
    2026-11-30T23:59:59.9Z bob 1: budget 8 credits used up, 0 left
    2026-12-01T00:00:00Z alice 5: drawn 5 of the cap, 0 left; 5 of the pool, 3 left
    2026-12-01T00:00:00Z alice 1: cap 5 credits used up, 0 left
    2026-12-01T00:00:00Z bob 3: drawn 3 of the cap, 2 left; 8 of the pool, 0 left
    2026-12-01T00:00:00Z bob 1: budget 8 credits used up, 0 left
    2026-12-31T23:59:59Z alice 5: cap 5 credits used up, 0 left
    2026-12-31T23:59:59Z alice 1: cap 5 credits used up, 0 left
    2026-12-31T23:59:59Z bob 3: cap 5 credits used up, 2 left
    2026-12-31T23:59:59Z bob 1: budget 8 credits used up, 0 left
    2027-01-01T00:00:00Z alice 5: drawn 5 of the cap, 0 left; 5 of the pool, 3 left
    2027-01-01T00:00:00Z alice 1: cap 5 credits used up, 0 left
    2027-01-01T00:00:00Z bob 3: drawn 3 of the cap, 2 left; 8 of the pool, 0 left
    2027-01-01T00:00:00Z bob 1: budget 8 credits used up, 0 left
    ");
}

#[test]
fn another_period_gives_nobody_what_they_have_had() {
    let with = |period| {
        let mut pool = limited("100", &[("alice", "10")]);
        pool.budget.period = Some(period);
        desired(&[("p", pool)])
    };
    let center = Center::new();
    for (period, time, what, expected) in [
        (Period::Monthly, "2026-11-02T08:00:00Z", "7", "drawn 7 of the cap, 3 left; 7 of the pool, 93 left"),
        (Period::Daily, "2026-11-22T08:00:00Z", "2", "drawn 2 of the cap, 8 left; 2 of the pool, 98 left"),
        (Period::Monthly, "2026-11-22T09:00:00Z", "2", "cap 10 credits used up, 1 left"),
        (Period::Lifetime, "2031-01-01T09:00:00Z", "1", "drawn 10 of the cap, 0 left; 10 of the pool, 90 left"),
    ] {
        center.apply(&with(period));
        assert_eq!(try_draw(&center, "alice", what, time), expected, "{period}");
    }
}

#[test]
fn a_clock_that_goes_back_gives_nobody_anything_twice() {
    let center = center_with(limited("100", &[("alice", "10"), ("bob", "10")]));
    for (time, name, what, expected) in [
        ("2026-11-22T12:00:00Z", "alice", "3", "drawn 3 of the cap, 7 left; 3 of the pool, 97 left"),
        // Somebody sets the clock a month ahead, and later back.
        ("2026-12-22T12:00:00Z", "alice", "4", "drawn 4 of the cap, 6 left; 4 of the pool, 96 left"),
        ("2026-11-22T12:05:00Z", "alice", "4", "cap 10 credits used up, 3 left"),
        ("2026-11-22T12:06:00Z", "alice", "2", "drawn 9 of the cap, 1 left; 9 of the pool, 91 left"),
        ("2026-11-22T12:07:00Z", "bob", "10", "drawn 10 of the cap, 0 left; 19 of the pool, 81 left"),
        // What was drawn in what was December then is December's still, and nothing else is.
        ("2026-12-01T00:00:00Z", "alice", "6", "drawn 10 of the cap, 0 left; 10 of the pool, 90 left"),
        ("2026-12-01T00:00:00Z", "alice", "1", "cap 10 credits used up, 0 left"),
        ("2026-12-01T00:00:00Z", "bob", "1", "drawn 1 of the cap, 9 left; 11 of the pool, 89 left"),
        // Within the month it makes no difference.
        ("2026-12-31T23:00:00Z", "bob", "8", "drawn 9 of the cap, 1 left; 19 of the pool, 81 left"),
        ("2026-12-05T23:00:00Z", "bob", "2", "cap 10 credits used up, 1 left"),
    ] {
        assert_eq!(try_draw(&center, name, what, time), expected, "{time} {name} {what}");
    }
}

#[test]
fn a_cap_in_another_unit_opens_nothing() {
    let center = center_with(limited("100", &[("alice", "5")]));
    center.meddle("UPDATE pools SET unit = 'USD', budget = '100 USD'");
    let drawn = draw(&center.settings, "p", "alice", amount("1 USD"), at(NOVEMBER)).unwrap();
    assert_eq!(drawn, Draw::NotEligible { why: Ineligible::OtherUnit(bursar::model::Unit::Credits) });
}

#[test]
fn nonsense_is_no_draw() {
    let center = center_with(limited("100", &[("alice", "5")]));
    let error = |pool: &str, name: &str, what: &str| {
        let error = draw(&center.settings, pool, name, amount(what), at(NOVEMBER)).unwrap_err();
        assert!(matches!(error, CenterError::NotDrawable(_) | CenterError::UnknownPool(_)));
        error.to_string()
    };
    let errors = [
        error("p", "alice", "0"),
        error("p", "alice", "1 USD"),
        error("p", "", "1"),
        error("p", "a\nb", "1"),
        error("nowhere", "alice", "1"),
    ];
    insta::assert_snapshot!(errors.join("\n"), @r"
    this cannot be drawn: it is nothing
    this cannot be drawn: `p` counts credits, not USD
    this cannot be drawn: that is nobody's name
    this cannot be drawn: that is nobody's name
    the center has no pool `nowhere`
    ");
    assert_eq!(center.sql::<i64>("SELECT count(*) FROM draws"), 0);
}

#[test]
fn a_sum_that_outgrows_its_digits_is_refused_rather_than_rounded() {
    let center = center_with(limited("100", &[("alice", "unlimited")]));
    let mut pool = limited("100", &[("alice", "unlimited")]);
    pool.budget.limit = Some(Limit::None);
    center.apply(&desired(&[("p", pool)]));
    try_draw(&center, "alice", "9999999999999999999999999999", NOVEMBER);
    let error = draw(&center.settings, "p", "alice", amount("0.5"), at(NOVEMBER)).unwrap_err();
    assert!(error.to_string().contains("more than 28 digits"), "{error}");
}

#[test]
fn usage_is_what_the_ledger_says() {
    let center = center_with(limited("100", &[("alice", "50"), ("bob", "50")]));
    for (name, what, time) in [
        ("alice", "7", "2026-10-31T23:59:59Z"),
        ("alice", "0.1", "2026-11-01T00:00:00Z"),
        ("bob", "3", "2026-11-21T00:00:00Z"),
        ("alice", "0.2", NOVEMBER),
    ] {
        try_draw(&center, name, what, time);
    }
    let usage = usage(&center.settings, "p", at(NOVEMBER)).unwrap();
    assert_eq!(usage.since.to_string(), "2026-11-01");
    assert_eq!(usage.total, amount("3.3"));
    let members: Vec<_> = usage
        .members
        .iter()
        .map(|(name, of)| (name.as_str(), of.drawn, of.last.to_string()))
        .collect();
    let last = NOVEMBER[..10].to_owned();
    assert_eq!(members, [("alice", amount("0.3"), last), ("bob", amount("3"), "2026-11-21".to_owned())]);
}

/// How much alice, bob and the pool have drawn, by the ledger and not by the totals that the draws themselves kept.
fn ledger(center: &Center) -> (String, String, String) {
    let usage = usage(&center.settings, "p", at(NOVEMBER)).unwrap();
    let of = |name: &str| usage.members.get(name).map_or_else(String::new, |of| of.drawn.number());
    (of("alice"), of("bob"), usage.total.number())
}

#[test]
fn many_threads_never_overdraw() {
    let center = center_with(limited("30", &[("alice", "10"), ("bob", "100")]));
    std::thread::scope(|scope| {
        for name in ["alice", "bob", "alice", "bob"] {
            let center = &center;
            scope.spawn(move || {
                for _ in 0..25 {
                    try_draw(center, name, "1", NOVEMBER);
                }
            });
        }
    });
    let (alice, bob, total) = ledger(&center);
    // Either may come too late for anything; together they get everything.
    let number = |text: String| if text.is_empty() { 0 } else { text.parse::<u32>().unwrap() };
    assert!(number(alice) <= 10);
    assert!(number(bob) >= 20, "whatever alice leaves is bob's");
    assert_eq!(total, "30");
}

const FOLDER: &str = "BURSAR_TEST_FOLDER";

#[test]
#[ignore = "one of the processes of many_processes_never_overdraw"]
fn draws_in_a_process_of_its_own() {
    let folder = std::env::var_os(FOLDER).unwrap();
    for _ in 0..20 {
        draw(&settings(folder.as_ref()), "p", "alice", amount("1"), at(NOVEMBER)).unwrap();
    }
}

#[test]
fn many_processes_never_overdraw() {
    let center = center_with(limited("100", &[("alice", "33")]));
    let children: Vec<_> = (0..4)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args(["embedded::draw::draws_in_a_process_of_its_own", "--exact", "--ignored"])
                .env(FOLDER, center.folder.path())
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(ledger(&center), ("33".to_owned(), String::new(), "33".to_owned()));
}
