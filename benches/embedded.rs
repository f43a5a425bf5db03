//! How long an embedded center takes to be read, and to give.

#![allow(clippy::unwrap_used, missing_docs)]

#[allow(dead_code)] // each benchmark uses its own part
mod support;

use bursar::centers::embedded::{self, Draw};
use bursar::model::{Amount, Unit};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use support::World;

fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("embedded::read");
    group.sample_size(10);
    for grants in [1_000, 10_000, 100_000] {
        let folder = tempfile::tempdir().unwrap();
        let world = World::new(grants);
        world.fill(folder.path());
        let scope = world.scope();
        group.throughput(Throughput::Elements(grants as u64));
        group.bench_function(BenchmarkId::from_parameter(grants), |bencher| {
            bencher.iter(|| World::read(folder.path(), &scope));
        });
    }
}

fn draw(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    World::new(10).fill(folder.path());
    let settings = support::settings(folder.path());
    let little = Amount::new("0.0000001".parse().unwrap(), Unit::Credits).unwrap();
    let now = jiff::Timestamp::UNIX_EPOCH;
    criterion.benchmark_group("embedded").sample_size(10).bench_function("draw", |bencher| {
        bencher.iter(|| {
            let drawn = embedded::draw(&settings, "team-0000", "m000000", little, now).unwrap();
            assert!(matches!(drawn, Draw::Drawn(_)));
        });
    });
}

criterion_group!(benches, read, draw);
criterion_main!(benches);
