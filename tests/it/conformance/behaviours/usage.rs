//! What people drew.

use std::path::PathBuf;

use bursar::centers;
use bursar::config;
use bursar::model::{Amount, Drawn, PoolId, Unit, parse_decimal};

use crate::conformance::file::File;
use crate::conformance::need::Need;
use crate::conformance::site::Row;
use crate::conformance::stage::Stage;

/// What a reader tells of the center that a file names. Tests in this process cannot set variables, so the token is that
/// of one which cargo sets.
fn told(stage: &Stage, file: &File) -> Drawn {
    let text = file.text(stage, stage.site.open());
    let text = match stage.site.token() {
        Some((variable, _)) => text.replace(variable, "CARGO_PKG_NAME"),
        None => text,
    };
    let loaded = config::load_texts(&PathBuf::from("."), [(PathBuf::from("bursar.yaml"), text.into_bytes())]);
    let today = jiff::Zoned::now().date();
    let resolved = config::resolve(&loaded.config, &loaded.files, &centers::providers(), today);
    let center = &resolved.centers["main"];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let reader = centers::reader(&center.settings).unwrap();
    let drawn = runtime.block_on(reader.usage(&center.scope)).unwrap().unwrap();
    // Right after a plan it is the same.
    runtime.block_on(reader.read(&center.scope)).unwrap();
    assert_eq!(runtime.block_on(reader.usage(&center.scope)).unwrap().unwrap(), drawn, "on {}", stage.row);
    drawn
}

/// Everybody who drew something.
fn people(stage: &Stage, drawn: &Drawn) -> Vec<(String, Amount)> {
    let pool = &drawn.pools[&PoolId::new("ai").unwrap()];
    let unit: Unit = stage.site.unit().parse().unwrap();
    let all = pool.people.values().map(|one| one.pool).chain(pool.total).chain(pool.seat);
    assert!(all.into_iter().all(|amount| amount.unit() == unit), "on {}: {pool:?}", stage.row);
    let drew = pool.people.iter().filter(|(_, one)| !one.pool.is_zero());
    drew.map(|(who, one)| (format!("{} {}", who.is_known(), who.name()), one.pool)).collect()
}

pub(super) fn what_people_drew_is_told(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.apply();
    assert_eq!(people(&stage, &told(&stage, &File::base())), [], "on {}", stage.row);
    for (name, amount) in [("alice", 7), ("carol", 3), ("alice", 1)] {
        stage.site.draws(name, amount);
    }
    let unit: Unit = stage.site.unit().parse().unwrap();
    let amount = |number: &str| Amount::new(parse_decimal(number).unwrap(), unit).unwrap();
    let drawn = told(&stage, &File::base());
    let of = |known: bool, name: &str, number: &str| (format!("{known} {name}"), amount(number));
    assert_eq!(people(&stage, &drawn), [of(true, "alice", "8"), of(true, "carol", "3")], "on {}", stage.row);
    // Who is in no file goes by the center's own name.
    let without = File::of(&["alice", "bob", "dave"]).cap("alice", "30").cap("bob", "50");
    let stranger = stage.site.stranger("carol");
    let drawn = told(&stage, &without);
    assert_eq!(people(&stage, &drawn), [of(true, "alice", "8"), of(false, &stranger, "3")], "on {}", stage.row);
    if stage.table.by_itself("pool") && stage.table.lacks(Need::Pools).is_none() {
        let drawn = told(&stage, &File::base().second());
        assert_eq!(drawn.pools.len(), 1, "on {}: a pool that is not there tells nothing", stage.row);
    }
}
