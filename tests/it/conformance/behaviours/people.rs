//! One person: what they may draw, and until when.

use crate::conformance::file::File;
use crate::conformance::site::Row;
use crate::conformance::stage::Stage;

pub(super) fn one_person_is_granted_raised_cut_and_revoked(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.apply();
    let steps: [(File, &str, &[&str]); 4] = [
        (File::base().cap("dave", "40"), "dave 40", &["grants", "raises", "cuts"]),
        (File::base().cap("dave", "60"), "dave 60", &["raises"]),
        (File::base().cap("dave", "20"), "dave 20", &["cuts"]),
        (File::base(), "", &["revokes"]),
    ];
    for (file, entry, effects) in steps {
        desk.asks(&file);
        let plan = desk.apply();
        let change = plan.one();
        assert_eq!(change["subject"], "dave", "{change:#}");
        assert!(effects.contains(&change["effect"].as_str().unwrap()), "{change:#}");
        let books = ["alice 30", "bob 50", "carol 70", entry];
        stage.assert_books(if entry.is_empty() { &books[..3] } else { &books });
    }
}

pub(super) fn a_cap_of_nothing(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.apply();
    desk.asks(&File::base().cap("bob", "0"));
    let plan = desk.apply();
    let change = plan.one();
    assert!(["cuts", "revokes"].contains(&change["effect"].as_str().unwrap()), "{change:#}");
    stage.assert_books(&["alice 30", "bob 0", "carol 70"]);
    desk.asks(&File::base());
    assert_eq!(desk.apply().one()["subject"], "bob");
    stage.assert_books(&["alice 30", "bob 50", "carol 70"]);
}

pub(super) fn no_limit(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.apply();
    desk.asks(&File::base().cap("bob", "unlimited"));
    assert_eq!(desk.apply().words(), ["grant.update bob raises"]);
    stage.assert_books(&["alice 30", "bob unlimited", "carol 70"]);
    desk.asks(&File::base());
    assert_eq!(desk.apply().words(), ["grant.update bob cuts"]);
    stage.assert_books(&["alice 30", "bob 50", "carol 70"]);
}

pub(super) fn what_is_wider_holds(row: &Row) {
    let stage = Stage::open(row);
    // Where nobody else may draw, whoever follows them may not either.
    let file = File::base().others("unmanaged");
    let desk = stage.desk(&file);
    desk.apply();
    desk.asks(&file.clone().cap("bob", "inherit"));
    let plan = desk.apply();
    assert_eq!(plan.one()["subject"], "bob", "{:#}", plan.one());
    desk.asks(&file);
    let plan = desk.apply();
    assert_eq!(plan.one()["subject"], "bob", "{:#}", plan.one());
    stage.assert_books(&["alice 30", "bob 50", "carol 70"]);
}

pub(super) fn a_value_that_is_not_there_is_a_finding(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.ends("validate", 0);
    for (control, cap) in [("cap_zero", "0"), ("cap_unlimited", "unlimited"), ("cap_inherit", "inherit")] {
        // Where nobody else may draw, whoever follows them may not either.
        desk.asks(&File::base().cap("bob", cap).others("unmanaged"));
        let there = stage.table.settable(control);
        let said = desk.ends("validate", i32::from(!there));
        assert!(there || said.contains("help: "), "{said}");
    }
}

pub(super) fn a_name_in_another_case_is_the_same_person(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.apply();
    desk.asks(&File::base().email("alice", "Alice@ACME.example"));
    desk.assert_settled();
    desk.asks(&File::base().email("alice", "Alice@ACME.example").cap("alice", "35"));
    assert_eq!(desk.apply().one()["subject"], "alice");
    stage.assert_books(&["alice 35", "bob 50", "carol 70"]);
}

pub(super) fn two_hundred_and_fifty_people(row: &Row) {
    let names: Vec<String> = (0..250).map(|i| format!("p{i:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let stage = Stage::of(row, &names);
    let file = names.iter().fold(File::of(&names).limit(5000), |file, name| file.more(name, "10"));
    let desk = stage.desk(&file);
    desk.apply();
    let books: Vec<String> = names.iter().map(|name| format!("{name} 10")).collect();
    stage.assert_books(&books.iter().map(String::as_str).collect::<Vec<_>>());
    desk.asks(&file.cap("p137", "12"));
    assert_eq!(desk.apply().words(), ["grant.update p137 raises"]);
}

pub(super) fn a_right_that_ends_by_the_file(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.apply();
    // The rights of yesterday are no longer asked for.
    desk.asks(&File::base().until("bob", "50", "2026-01-31"));
    let plan = desk.apply();
    let change = plan.one();
    assert_eq!((&change["subject"], &change["cause"]), (&"bob".into(), &"expiry".into()), "{change:#}");
    assert_eq!(change["effect"], "revokes", "{change:#}");
    stage.assert_books(&["alice 30", "carol 70"]);
}

pub(super) fn a_right_that_ends_by_itself(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.apply();
    let day = stage.site.last_day();
    desk.asks(&File::base().until("bob", "50", &day));
    assert_eq!(desk.apply().words(), ["grant.update bob neutral"]);
    desk.asks(&File::base());
    assert_eq!(desk.apply().words(), ["grant.update bob neutral"]);
    stage.assert_books(&["alice 30", "bob 50", "carol 70"]);
}
