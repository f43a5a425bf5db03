//! Measurements of many people: how near an apply comes to the vendor's own limit, and how much memory a plan takes.
//! `bench/pace` runs them; speed is no matter of a test that must pass.

use std::process::{Command, Stdio};
use std::time::Instant;

use super::desk::Desk;
use super::file::File;
use super::site::{ROWS, Row};
use super::stage::Stage;
use crate::fakes::proxy::{Faults, Got, Pace, Told};

/// A number or a word that `bench/pace` says.
fn said(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

fn row() -> &'static Row {
    let name = said("BURSAR_PACE_SITE", "litellm");
    ROWS.iter().find(|row| row.name == name).unwrap_or_else(|| panic!("no center {name}"))
}

/// So many people, each with a cap of 10.
fn file(names: &[&str]) -> File {
    names.iter().fold(File::of(names).limit(5_000_000), |file, name| file.more(name, "10"))
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("p{i:05}")).collect()
}

/// Runs the binary under GNU time; the most memory it had, in KiB.
fn peak(desk: &Desk<'_>, line: &str) -> u64 {
    let told = desk.path("time");
    let mut command = Command::new("/usr/bin/time");
    command.args(["-f", "%M", "-o"]).arg(&told).arg(env!("CARGO_BIN_EXE_bursar"));
    command
        .args(line.split_whitespace())
        .current_dir(desk.at())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some((variable, token)) = desk.stage.site.token() {
        command.env(variable, token);
    }
    command.status().unwrap();
    let text = std::fs::read_to_string(told).unwrap();
    text.lines()
        .last()
        .and_then(|line| line.trim().parse().ok())
        .unwrap_or_else(|| panic!("{text}"))
}

#[test]
#[ignore = "a measurement, run by bench/pace"]
fn an_apply_at_the_pace_of_the_vendor() {
    let row = row();
    let people: usize = said("BURSAR_PACE_PEOPLE", "10000").parse().unwrap();
    let per_second: u32 = said("BURSAR_PACE_RATE", "100").parse().unwrap();
    let told = if row.provider == "github" { Told::Github } else { Told::Nothing };
    let pace = Pace::new(per_second * 60, per_second).telling(told);
    let names = names(people);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let stage = Stage::with(row, &names, Faults { pace: Some(pace), ..Faults::default() });
    let desk = stage.desk(&file(&names));
    let planned = desk.plan();
    let consent = planned.consent();
    let before = stage.proxy().log().len();
    let started = Instant::now();
    desk.ends(&format!("apply --yes -q{consent}"), 0);
    let took = started.elapsed().as_secs_f64();
    let log = &stage.proxy().log()[before..];
    let refused = log
        .iter()
        .filter(|exchange| exchange.server.is_none() && exchange.client == Got::Answer(429))
        .count();
    let through = log.len() - refused;
    // What may come at once does not have to be waited for.
    let bound = f64::from(u32::try_from(through).unwrap().saturating_sub(per_second)) / f64::from(per_second);
    println!(
        "pace: {}: {people} people, {} changes, {through} requests at {per_second} a second: {took:.1} s, {:.2} times {bound:.1} s; \
         {refused} asked to wait",
        row.name,
        planned.changes().len(),
        took / bound,
    );
}

#[test]
#[ignore = "a measurement, run by bench/pace"]
fn the_memory_of_a_plan() {
    let row = row();
    let sizes = said("BURSAR_PACE_SIZES", "1000 10000 50000");
    for size in sizes.split_whitespace() {
        let people: usize = size.parse().unwrap();
        let names = names(people);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let stage = Stage::of(row, &names);
        let desk = stage.desk(&file(&names));
        let reading = peak(&desk, "plan -q");
        let alone = peak(&desk, "validate -q");
        let reads = stage.seen().reads;
        let each = reading.saturating_sub(alone) * 1024 / u64::try_from(people).unwrap();
        println!(
            "pace: {}: a plan of {people} people in {reads} reads: {} MiB at most, of which the files alone {} MiB; {each} bytes \
             a person beyond them",
            row.name,
            reading / 1024,
            alone / 1024,
        );
    }
}
