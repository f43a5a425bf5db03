//! Plans that show something of everything.

use bursar::apply::{Outcome, Report, Settled};
use bursar::centers::embedded;
use bursar::model::capability::{Ability, Capabilities, Control, Rate};
use bursar::model::{Expiry, Grant, Lapse, Limit, Others, Period, WhenExhausted};
use bursar::plan::{Change, Effect, Plan};

use crate::world::{World, date, member, stranger};

const STEPS: &str = "Open Admin > Credits > People\nSet the cap of the person";

/// A center whose grants a person sets, and whose alerts can only be seen.
pub(crate) static BY_HAND: Capabilities = {
    let mut capabilities = embedded::CAPABILITIES;
    capabilities.provider = "console";
    capabilities.controls.grant = Control { read: Ability::Api, write: Ability::Manual(STEPS), how: "console" };
    capabilities.controls.others =
        Control { read: Ability::Api, write: Ability::ReadOnly("the console shows it"), how: "console" };
    capabilities.rates.all = Some(Rate { per_minute: 300, burst: 20 });
    capabilities.rates.write = Some(Rate { per_minute: 30, burst: 1 });
    capabilities
};

/// Something of everything that a plan can hold.
pub(crate) fn everything() -> World {
    let mut world = World::embedded();
    world.crowd(12, "100");
    let (raised, cut) = (world.grant("2000"), world.grant("120.5"));
    world.want().grants.insert(member("alice"), raised);
    world.want().grants.insert(member("carol"), cut);
    world.lapse("bob", Lapse::Expired(date("2026-10-31")));
    for n in 0..11 {
        world.want().grants.remove(&member(&format!("m{n:03}")));
    }
    let zoe = world.grant("40");
    world.have().grants.insert(stranger("Zoë Q."), zoe);
    let until = Grant { expires: Some(Expiry::On(date("2026-12-31"))), ..world.grant("unlimited") };
    world.want().grants.insert(member("dave"), until);
    let budget = world.amount("20000");
    world.want().budget.limit = Some(Limit::Amount(budget));
    world.want().description = Some("Paid credits for the design org".to_owned());
    let (key, alert) = world.alert("90%", &["ops@acme.example", "cfo@acme.example"]);
    world.want().alerts.as_mut().unwrap().insert(key, alert);
    let mut new = world.want().clone();
    new.grants.retain(|subject, _| *subject == member("alice"));
    new.budget.when_exhausted = Some(WhenExhausted::Overage);
    new.budget.period = Some(Period::Yearly);
    world.add("research", &new);
    world.observed.state.pools.remove("research");
    let some = Others::Cap(world.cap("50"));
    world.have().others = Some(some);
    for name in ["legacy", "trial"] {
        world.foreign(name);
    }
    world.notes.push("a cap of 0.001 credits was rounded by nobody".to_owned());
    world
}

/// A center where a person has to do most of it.
pub(crate) fn by_hand() -> World {
    let mut world = World::on(&BY_HAND);
    let raised = world.grant("600");
    world.want().grants.insert(member("alice"), raised);
    world.want().grants.remove(&member("bob"));
    let some = Others::Cap(world.cap("50"));
    world.have().others = Some(some);
    world
}

/// Many people of one kind.
pub(crate) fn many(people: usize) -> World {
    let mut world = World::embedded();
    let grant = world.grant("100");
    for n in 0..people {
        world.want().grants.insert(member(&format!("m{n:04}")), grant);
    }
    world
}

/// A world in which everything that somebody else wrote is hostile.
pub(crate) fn hostile(text: &str) -> World {
    let mut world = World::embedded();
    let grant = world.grant("40");
    world.have().grants.insert(stranger(text), grant);
    world.observed.roster.insert(stranger(text));
    world.have().others = Some(Others::Cap(grant.cap.unwrap()));
    world.want().description = Some(text.to_owned());
    let (key, alert) = world.alert("90%", &[text]);
    world.want().alerts.as_mut().unwrap().insert(key, alert);
    world.foreign(text);
    world.notes.push(text.to_owned());
    text.clone_into(&mut world.observed.identity);
    world
}

/// What became of a plan: the outcomes go around.
pub(crate) fn report(plan: &Plan) -> Report {
    let outcomes: Vec<Settled> = plan
        .changes
        .iter()
        .zip(Outcome::ALL.into_iter().cycle())
        .map(|(change, outcome)| Settled {
            change: change.clone(),
            outcome,
            message: (outcome == Outcome::Failed).then(|| "422: max_budget must be a \u{1b}[1mnumber".to_owned()),
            request_id: (outcome == Outcome::Failed).then(|| "req-7".to_owned()),
        })
        .collect();
    let left = |settled: &&Settled| matches!(settled.outcome, Outcome::Failed | Outcome::Refused);
    let remaining: Vec<Change> = outcomes.iter().filter(left).map(|settled| settled.change.clone()).collect();
    assert!(plan.changes.iter().any(|change| change.effect == Effect::Revokes));
    Report { outcomes, verified: true, remaining, interrupted: false }
}

/// Names that have tried to be something else.
pub(crate) const HOSTILE: [&str; 30] = [
    "@acme/everyone",
    "a | b | c |",
    "<script>alert(1)</script>",
    "</details></td></table>",
    "<!-- hidden",
    "`code` ``more`` ```",
    "line\n\n## Approved\n\n",
    "\r\n\u{2028}\u{2029}\u{85}",
    "\u{202e}desrever\u{2066}",
    "\u{200b}\u{feff}\u{e0041}",
    "[click](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "https://evil.example www.evil.example a@evil.example",
    "# heading",
    "- [x] approved",
    "1. one",
    "---",
    "**bold** __bold__ ~~gone~~ $x$ :+1:",
    "back\\slash\\",
    "\\`|\\|",
    "&lt;b&gt; &#96;",
    ":tada: :shipit:",
    "| --- | --- |",
    "> [!CAUTION]",
    "[!NOTE] [^1] [a]: https://evil.example",
    "<details open><summary>more</summary>",
    "--> <!-- bursar:other.yaml -->",
    "<a href=\"https://evil.example\">x</a> <https://evil.example> mailto:a@evil.example",
    "$`x`$ ```mermaid\n~~~",
    "#1 GH-1 acme/repo#1 a5c3785ed8d6a35868bc169f07e40e889087fd2e",
];
