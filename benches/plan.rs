//! How long a plan takes once everything is read: a tenth of the grants is still to be added.

#![allow(clippy::unwrap_used, missing_docs)]

#[allow(dead_code)] // each benchmark uses its own part
mod support;

use std::collections::BTreeMap;
use std::hint::black_box;

use bursar::centers::Reader;
use bursar::centers::embedded::{CAPABILITIES, Embedded};
use bursar::model::{CenterId, Guardrails};
use bursar::plan::{self, CenterPart};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use support::World;

fn make(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan::make");
    group.sample_size(10);
    for grants in [1_000, 10_000, 100_000] {
        let folder = tempfile::tempdir().unwrap();
        let world = World::new(grants);
        world.fill(folder.path());
        let observed = World::read(folder.path(), &world.scope());
        let part = CenterPart {
            capabilities: &CAPABILITIES,
            desired: world.desired(),
            base: None,
            observed,
            notes: Vec::new(),
        };
        let parts = BTreeMap::from([(CenterId::new("gate").unwrap(), part)]);
        let reader = Embedded::new(&support::settings(folder.path()));
        let guardrails = Guardrails::default();
        group.throughput(Throughput::Elements(grants as u64));
        group.bench_function(BenchmarkId::from_parameter(grants), |bencher| {
            bencher.iter(|| {
                let expires = jiff::Timestamp::UNIX_EPOCH;
                let plan = plan::make(black_box(&parts), &guardrails, &[], expires, |_, batches| {
                    reader.cost(batches).calls(&reader.rates(), 1)
                });
                assert_eq!(plan.changes.len(), grants / 10);
                plan
            });
        });
    }
}

criterion_group!(benches, make);
criterion_main!(benches);
