//! Requests of a Claude Enterprise organization: people ask for more and cannot say how much.

use std::fs;
use std::process::Output;

use insta::assert_snapshot;

use crate::fakes::claude::{Fake, Flavor, IncreaseRequest, KEY, State};
use crate::secrets::Folder;
use crate::terminal::{bursar, folder, show};

const POOLS: &str = "\
members:
  bo: { email: bo@acme.example }
  cy: { email: cy@acme.example }
pools:
  extra:
    center: claude
    target: organization
    budget: { unit: USD, period: monthly }
    access: [{ member: bo, cap: 100 }]
    others: unmanaged
";

struct World {
    fake: Fake,
    folder: Folder,
}

impl World {
    fn new() -> Self {
        let fake = Fake::start(Flavor::Enterprise);
        fake.state(|state| {
            state.people(&["bo", "cy"]);
            state.limit(State::user("bo"), Some("10000"), "monthly");
            for (id, user, period) in
                [("slir_1", "user_bo", "monthly"), ("slir_2", "user_cy", "monthly"), ("slir_3", "user_bo", "weekly")]
            {
                let (id, user, period) = (id.to_owned(), user.to_owned(), period.to_owned());
                state.requests.push(IncreaseRequest { id, user, period, status: "pending".to_owned() });
            }
        });
        let center = format!(
            "  claude: {{ provider: claude, flavor: enterprise, organization: {}, base_url: \"{}\", token: {{ env: BURSAR_CLAUDE_TOKEN }} }}\n",
            fake.state(|state| state.organization.0.clone()),
            fake.url()
        );
        let folder = folder(&format!("version: 1\ncenters:\n{center}{POOLS}"));
        Self { fake, folder }
    }

    fn command(&self, line: &str) -> Output {
        let mut command = bursar(self.folder.path());
        command.env("BURSAR_CLAUDE_TOKEN", KEY).args(line.split_whitespace()).output().unwrap()
    }

    fn run(&self, line: &str) -> String {
        show(line, &self.command(line), self.folder.path())
    }

    fn file(&self) -> String {
        fs::read_to_string(self.folder.path().join("bursar.yaml")).unwrap()
    }

    fn status(&self, id: &str) -> String {
        self.fake
            .state(|state| state.requests.iter().find(|one| one.id == id).unwrap().status.clone())
    }
}

#[test]
fn how_much_has_to_be_said() {
    let world = World::new();
    assert_snapshot!("claude_list", world.run("requests list"));
    assert_snapshot!("claude_how_much", world.run("requests approve slir_1"));
    assert_eq!((world.file().contains("cap: 100 }"), world.status("slir_1").as_str()), (true, "pending"));
    assert_snapshot!("claude_approve", world.run("requests approve slir_1 --cap 250.5"));
    assert!(world.file().contains("cap: 250.5 }"), "{}", world.file());
    assert_eq!(world.fake.state(|state| state.own("bo", "monthly")), Some(Some("25050".to_owned())));
    assert_eq!(world.status("slir_1"), "approved");
    assert_eq!(world.command("plan --detailed-exitcode").status.code(), Some(0));
}

/// A weekly cap is another one than the monthly that the pool has.
#[test]
fn a_cap_of_another_period_is_not_the_files_business() {
    let world = World::new();
    let before = world.file();
    assert_snapshot!("claude_weekly", world.run("requests approve slir_3 --cap 50"));
    assert_eq!((world.file(), world.status("slir_3").as_str()), (before, "pending"));
    assert_eq!(world.fake.state(|state| state.own("bo", "weekly")), None);
}

#[test]
fn what_a_no_does_besides_is_said_before_it() {
    let world = World::new();
    let asked = world.run("requests deny slir_2");
    assert!(asked.contains("for 30 days"), "{asked}");
    assert_eq!(world.status("slir_2"), "pending");
    assert_snapshot!("claude_deny", world.run("requests deny slir_2 --yes"));
    assert_eq!(world.status("slir_2"), "denied");
    assert!(world.file().ends_with(POOLS));
}
