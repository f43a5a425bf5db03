//! What the page says about calls and minutes.

use std::fmt::Write as _;
use std::path::Path;

use bursar::centers::claude::ENTERPRISE;

use super::fake::{Fake, Flavor};
use super::world::{file, plan};

/// A first apply that gives everybody a cap: what it takes by the vendor's own limits is what the page says.
#[tokio::test]
async fn the_page_tells_the_calls_and_minutes_of_a_first_apply() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/centers/claude.md");
    let page = std::fs::read_to_string(page).unwrap();
    for (people, shown) in [(100, "100"), (1000, "1,000"), (10_000, "10,000")] {
        let fake = Fake::start(Flavor::Enterprise);
        let names: Vec<String> = (0..people).map(|number| format!("p{number:05}")).collect();
        fake.state(|state| state.people(&names.iter().map(String::as_str).collect::<Vec<_>>()));
        let mut text = file(&fake, "");
        text.truncate(text.find("pools:").unwrap());
        for name in &names {
            let _ = writeln!(text, "  {name}: {{ email: {name}@acme.example }}");
        }
        let _ = writeln!(
            text,
            "groups:\n  all: [{}]\npools:\n  ai:\n    center: claude\n    budget: {{ unit: USD, period: monthly }}\n    \
             access: [{{ group: all, cap: 20 }}]\n    others: unmanaged",
            names.join(", ")
        );
        let planned = plan(&text).await.unwrap();
        assert_eq!(planned.changes.len(), people);
        let calls = planned.cost.calls(&ENTERPRISE.rates, planned.observed.reads);
        let (reads, all) = (planned.observed.reads, calls.reads + calls.writes);
        let row = format!("| {shown} | {reads} | {} | {} |", grouped(all), calls.seconds.div_ceil(60));
        assert!(page.contains(&row), "{row}");
        // Within a fifth of what sixty a minute would take for the limits alone.
        let least = f64::from(u32::try_from(people).unwrap());
        let seconds = f64::from(u32::try_from(calls.seconds).unwrap());
        assert!(seconds <= least * 1.2, "{seconds} {least}");
    }
}

fn grouped(number: u64) -> String {
    let text = number.to_string();
    match text.len() {
        0..=3 => text,
        length => format!("{},{}", &text[..length - 3], &text[length - 3..]),
    }
}
