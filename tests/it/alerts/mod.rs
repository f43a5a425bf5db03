//! `bursar alerts`: what is reached, who is told, and that nobody is told twice or never.

mod faults;
mod issue;
mod laws;
mod message;
mod shown;

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::fakes::post::{Hooks, Mail};
use crate::secrets::Folder;
use crate::terminal::{Bursar, bursar, folder, show};

/// What stands in the URLs of webhooks and must not be shown.
pub(crate) const HOOK: &str = "hook-T7xQeV2mZr9KcWbY4uNs";
/// The password of the mail server.
pub(crate) const PASSWORD: &str = "mail-Pq3ZsXv8RtLw6NyGd1Jf";
/// The secret that webhooks are signed with.
pub(crate) const SIGNING: &str = "whsec_c2VjcmV0LW9mLXRoZS10ZXN0cy1hbmQtb2Ytbm9ib2R5";

/// A pool without end, so that no date stands in what is shown.
const FILE: &str = "\
version: 1
centers:
  local: { provider: embedded }
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
  carol: { github: carol-acme }
pools:
  ai:
    center: local
    budget: { limit: 1000, unit: credits, period: lifetime, when_exhausted: block }
    access:
      - { member: alice, cap: 600 }
      - { member: bob, cap: 200 }
      - { member: carol, cap: 200 }
    others: blocked
    alerts:
ALERTS
notify:
  ops: { email: [ai-ops@acme.example] }
  chat: { slack: { env: BURSAR_SLACK } }
  hook: { webhook: { url: { env: BURSAR_HOOK } } }
  board: { github: [ai-ops-bot, cfo_acme] }
";

/// A center, and everybody who hears of it.
struct World {
    folder: Folder,
    mail: Mail,
    hooks: Hooks,
}

impl World {
    /// A pool with these alerts, one a line.
    fn new(alerts: &[&str]) -> Self {
        let alerts: Vec<String> = alerts.iter().map(|alert| format!("      - {alert}")).collect();
        let world = Self {
            folder: folder(&FILE.replace("ALERTS", &alerts.join("\n"))),
            mail: Mail::start(),
            hooks: Hooks::start(),
        };
        world.apply();
        world
    }

    fn at(&self) -> &Path {
        self.folder.path()
    }

    fn apply(&self) {
        let out = bursar(self.at()).args(["apply", "--yes", "-q"]).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }

    fn edit(&self, from: &str, to: &str) {
        let path = self.at().join("bursar.yaml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(path, text.replace(from, to)).unwrap();
        self.apply();
    }

    fn draw(&self, who: &str, amount: &str) {
        let out = bursar(self.at()).args(["draw", "ai", who, amount]).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }

    /// The command with every channel there is.
    fn command(&self, line: &str) -> Bursar {
        let mut command = bursar(self.at());
        command
            .args(line.split_whitespace())
            .env("BURSAR_SMTP_URL", format!("smtp://bursar:{PASSWORD}@{}", self.mail.address))
            .env("BURSAR_MAIL_FROM", "Bursar <bursar@acme.example>")
            .env("BURSAR_SLACK", format!("{}/slack/{HOOK}", self.hooks.url))
            .env("BURSAR_HOOK", format!("{}/hook/{HOOK}", self.hooks.url))
            .env("BURSAR_WEBHOOK_SECRET", SIGNING)
            .env("GITHUB_TOKEN", crate::action::TOKEN)
            .env("GITHUB_API_URL", &self.hooks.url);
        command
    }

    fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }

    fn show(&self, line: &str) -> String {
        show(line, &self.run(line), self.at())
    }

    /// Runs it, and how it ended, with its report.
    fn alerts(&self) -> (i32, Value) {
        let out = self.run("alerts --format json");
        let code = out.status.code().unwrap();
        let report = serde_json::from_slice(&out.stdout);
        (code, report.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&out.stderr))))
    }

    /// What became of everybody who is to hear of something.
    fn statuses(&self) -> Vec<String> {
        let (_, report) = self.alerts();
        let told = report["reached"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|reached| reached["told"].as_array().unwrap());
        told.map(|told| told["status"].as_str().unwrap().to_owned()).collect()
    }

    fn state(&self) -> Value {
        serde_json::from_slice(&fs::read(self.at().join(".bursar/alerts.json")).unwrap()).unwrap()
    }

    /// Lets time pass for the state.
    fn minutes_pass(&self, minutes: i64) {
        let mut state = self.state();
        for row in state["told"].as_array_mut().unwrap() {
            if let Some(at) = row["entry"]["open"].get_mut("at") {
                let then: jiff::Timestamp = at.as_str().unwrap().parse().unwrap();
                *at = (then - jiff::SignedDuration::from_mins(minutes)).to_string().into();
            }
        }
        fs::write(self.at().join(".bursar/alerts.json"), state.to_string()).unwrap();
    }
}
