//! The capability table, and the page that is made from it.

use bursar::centers::providers;
use bursar::output::centers;
use insta::assert_snapshot;

use super::scenes::BY_HAND;

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8(out).unwrap()
}

/// `BURSAR_BLESS=1` writes the page anew.
#[test]
fn the_page_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/centers.md");
    let page = centers::markdown(&providers());
    if std::env::var_os("BURSAR_BLESS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    assert_eq!(committed, page, "run the tests with BURSAR_BLESS=1");
}

#[test]
fn the_table_for_a_terminal() {
    assert_snapshot!(written(|out| centers::text(out, &[&BY_HAND]).unwrap()), @r#"
    console: A credit gate in one SQLite file, for trying things and for teams without a vendor API
      pool             read api          write api          a row
      budget           read api          write api          enforced at every draw
      grant            read api          write manual       console
      cap: amount      read api          write api          enforced at every draw
      cap: zero        read api          write api          a cap like any other
      cap: unlimited   read api          write api          only the budget holds
      cap: inherit     read api          write api          the pool's default cap
      default cap      read api          write api          one setting of the pool
      others           read api          write read_only    console
      alert            read api          write api          kept beside the pool; bursar alerts watches it
      expiry           read api          write api          enforced at every draw
      usage            read api          write api          every draw is kept
      roster           read api          write api          everybody who was ever granted or drew
      a cap is            per person and pool
      a person is in      any number of pools
      the default cap is  one setting of the center
      others are          one setting of the center
      people by           the member's id
      units               any
      precision           28 digits, 28 of them after the point
      periods             daily, weekly, monthly, quarterly, yearly, lifetime
      when exhausted      block, alert, overage
      changes per write   500
      writes at once      1
      requests a minute   30 that write, 1 of them at once; 300, 20 of them at once
      center path             the file, relative to the one that names it; .bursar/center.db by default (optional)
      target pool             the pool's name in the center; its name in the files by default (optional)
    "#);
}

#[test]
fn the_table_for_programs() {
    let json = written(|out| centers::json(out, &providers()).unwrap());
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["schema"], "bursar.centers.v1");
    assert_eq!(value["providers"].as_array().unwrap().len(), providers().len());
    for (provider, capabilities) in value["providers"].as_array().unwrap().iter().zip(providers()) {
        assert_eq!(provider["provider"], capabilities.provider);
        assert_eq!(provider["controls"].as_object().unwrap().len(), capabilities.controls.iter().count());
    }
    let manual = written(|out| centers::json(out, &[&BY_HAND]).unwrap());
    let manual: serde_json::Value = serde_json::from_str(&manual).unwrap();
    assert_snapshot!(manual["providers"][0]["controls"]["grant"], @r#"{"read":{"ability":"api"},"write":{"ability":"manual","steps":["Open Admin > Credits > People","Set the cap of the person"]},"how":"console"}"#);
}
