//! How long people take to be read and checked: as many in a CSV as in the YAML itself.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use bursar::centers;
use bursar::config::{self, Loaded};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use jiff::civil::date;

/// Whoever is in a group of the first pool.
const POOLS: &str = "centers: { main: { provider: embedded } }
pools:
  ai:
    center: main
    budget: { limit: 1000000, unit: credits, period: monthly, when_exhausted: block }
    others: blocked
    access: [{ group: team-1, cap: 100 }]
";

/// The same people once in YAML and once in a CSV.
fn texts(people: usize) -> [Vec<(PathBuf, Vec<u8>)>; 2] {
    let (mut members, mut rows) = (String::from("members:\n"), String::from("Login,Mail,GitHub,Teams\n"));
    let mut groups = vec![Vec::new(); 50];
    for i in 0..people {
        let team = i % groups.len();
        writeln!(members, "  m{i}: {{ email: m{i}@acme.example, github: gh-{i} }}").unwrap();
        writeln!(rows, "m{i},m{i}@acme.example,gh-{i},team-{team}").unwrap();
        groups[team].push(format!("m{i}"));
    }
    let mut written = String::from("groups:\n");
    for (i, group) in groups.iter().enumerate() {
        writeln!(written, "  team-{i}: [{}]", group.join(", ")).unwrap();
    }
    let people = "people: [{ csv: people.csv, columns: { id: Login, email: Mail, github: GitHub, groups: Teams } }]\n";
    let file = |text: String| (PathBuf::from("bursar.yaml"), text.into_bytes());
    [
        vec![file(format!("version: 1\n{POOLS}{members}{written}"))],
        vec![file(format!("version: 1\n{POOLS}{people}")), (PathBuf::from("people.csv"), rows.into_bytes())],
    ]
}

fn read(texts: &[(PathBuf, Vec<u8>)]) -> Loaded {
    let loaded = config::load_texts(Path::new(""), texts.to_vec());
    let findings = config::check(&loaded, &centers::providers(), date(2026, 6, 15));
    assert!(findings.is_empty(), "{findings:?}");
    loaded
}

fn validate(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("people");
    group.sample_size(10);
    for people in [2_000, 20_000] {
        let [yaml, csv] = texts(people);
        assert_eq!(config::groups(&read(&yaml).config), config::groups(&read(&csv).config));
        group.throughput(Throughput::Elements(people as u64));
        for (name, texts) in [("yaml", &yaml), ("csv", &csv)] {
            group.bench_function(BenchmarkId::new(name, people), |bencher| {
                bencher.iter(|| read(black_box(texts)));
            });
        }
    }
}

criterion_group!(benches, validate);
criterion_main!(benches);
