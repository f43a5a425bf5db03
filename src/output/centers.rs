//! The capability table of the providers: what Bursar can set, what it can only check, and what a person must do.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use crate::model::capability::{
    Ability, CapScope, Capabilities, Control, Identity, Keeps, Key, Rate, Rates, Units, Variant,
};

/// The version of the table's JSON.
pub const SCHEMA: &str = "bursar.centers.v1";

/// How a control is named in one word: what writing it takes, or reading it where it is only read.
fn word(control: Control) -> &'static str {
    match (control.read, control.write) {
        (Ability::Api, Ability::Unsupported(_)) => "read_only",
        (_, write) => write.word(),
    }
}

/// The limits of a provider as pairs of a name and a sentence.
fn facts(capabilities: &Capabilities) -> Vec<(&'static str, String)> {
    let Capabilities {
        provider: _,
        variant: _,
        title: _,
        controls: _,
        cap_scope,
        single_membership,
        keeping: _,
        keeping_of: _,
        grant_period: _,
        alerts_with_pool: _,
        sends_alerts: _,
        units,
        precision,
        periods,
        when_exhausted,
        identity,
        plans: _,
        record: _,
        settings: _,
        targets,
        batch,
        concurrency,
        rates,
    } = capabilities;
    let join = |words: Vec<&str>| words.join(", ");
    vec![
        (
            "a cap is",
            match cap_scope {
                CapScope::Pool => "per person and pool",
                CapScope::Center => "per person in the whole center",
            }
            .to_owned(),
        ),
        (
            "a person is in",
            match single_membership {
                Some(key) if targets.len() > 1 => format!("one pool of a `{key}` only"),
                Some(_) => "one pool only".to_owned(),
                None => "any number of pools".to_owned(),
            },
        ),
        ("the default cap is", kept(capabilities, |keeps| keeps.default_cap)),
        ("others are", kept(capabilities, |keeps| keeps.others)),
        ("people by", identity_words(*identity)),
        (
            "units",
            match units {
                Units::Any => "any".to_owned(),
                Units::Only(units) => units.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            },
        ),
        ("precision", format!("{} digits, {} of them after the point", precision.digits, precision.decimals)),
        ("periods", join(periods.iter().map(|period| period.as_str()).collect())),
        ("when exhausted", join(when_exhausted.iter().map(|when| when.as_str()).collect())),
        ("changes per write", batch.to_string()),
        ("writes at once", concurrency.to_string()),
        ("requests a minute", rate_words(rates)),
    ]
}

/// Who keeps something of a pool, and for which targets it is otherwise.
fn kept(capabilities: &Capabilities, which: impl Fn(Keeps) -> bool) -> String {
    let words = |one: bool| if one { "one setting of the center" } else { "written member by member" };
    let whole = which(capabilities.keeping);
    let other: Vec<String> = capabilities
        .keeping_of
        .iter()
        .filter(|(_, keeps)| which(*keeps) != whole)
        .map(|(key, _)| format!("`{key}`"))
        .collect();
    match other.as_slice() {
        [] => words(whole).to_owned(),
        other => format!("{}; of a {} {}", words(whole), other.join(" or a "), words(!whole)),
    }
}

/// The anchor that GitHub gives a heading with the name of a provider.
fn anchor(capabilities: &Capabilities) -> String {
    capabilities.name().replace(' ', "-").replace(['(', ')'], "")
}

fn rate_words(rates: &Rates) -> String {
    let words: Vec<String> = rate_classes(rates)
        .into_iter()
        .filter_map(|(class, rate)| {
            let Rate { per_minute, burst } = rate?;
            let of = if class == "all" { String::new() } else { format!(" that {class}") };
            Some(format!("{per_minute}{of}, {burst} of them at once"))
        })
        .collect();
    if words.is_empty() { "no limit known".to_owned() } else { words.join("; ") }
}

/// The limits by their names.
fn rate_classes(rates: &Rates) -> [(&'static str, Option<Rate>); 3] {
    let Rates { read, write, all } = *rates;
    [("read", read), ("write", write), ("all", all)]
}

fn identity_words(identity: Identity) -> String {
    match identity {
        Identity::Id => "the member's id".to_owned(),
        Identity::Email => "email".to_owned(),
        Identity::EmailOr(key) => format!("email, else `{key}`"),
        Identity::Login(key) => format!("`{key}`"),
    }
}

fn key_words(key: &Key) -> String {
    format!("{} ({})", key.help, if key.required { "required" } else { "optional" })
}

/// Writes the table for a terminal.
pub fn text(out: &mut impl Write, providers: &[&Capabilities]) -> io::Result<()> {
    for (i, capabilities) in providers.iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}: {}", capabilities.name(), capabilities.title)?;
        for (name, control) in capabilities.controls.iter() {
            let (read, write) = (control.read.word(), control.write.word());
            writeln!(out, "  {name:<16} read {read:<12} write {write:<12} {}", control.how)?;
        }
        for (name, sentence) in facts(capabilities) {
            writeln!(out, "  {name:<19} {sentence}")?;
        }
        for (kind, keys) in [("center", capabilities.settings), ("target", capabilities.targets)] {
            for key in keys {
                writeln!(out, "  {kind:<6} {:<16} {}", key.name, key_words(key))?;
            }
        }
    }
    Ok(())
}

/// Writes the table as `bursar.centers.v1`.
pub fn json(out: &mut impl Write, providers: &[&Capabilities]) -> io::Result<()> {
    #[derive(Serialize)]
    struct Document {
        schema: &'static str,
        providers: Vec<Value>,
    }
    let providers = providers.iter().map(|capabilities| provider_json(capabilities)).collect();
    super::json::document(out, &Document { schema: SCHEMA, providers })
}

fn provider_json(capabilities: &Capabilities) -> Value {
    let ability = |ability: Ability| match ability {
        Ability::Api => json!({ "ability": "api" }),
        Ability::Manual(steps) => json!({ "ability": "manual", "steps": steps.lines().collect::<Vec<_>>() }),
        Ability::Gated { why, shows } => json!({ "ability": "gated", "why": why, "shows": shows }),
        Ability::ReadOnly(why) | Ability::Unsupported(why) => json!({ "ability": ability.word(), "why": why }),
    };
    let controls: serde_json::Map<String, Value> = capabilities
        .controls
        .iter()
        .map(|(name, control)| {
            let value = json!({ "read": ability(control.read), "write": ability(control.write), "how": control.how });
            (name.key().to_owned(), value)
        })
        .collect();
    let rates: serde_json::Map<String, Value> = rate_classes(&capabilities.rates)
        .into_iter()
        .map(|(class, rate)| {
            let rate = rate.map(|rate| json!({ "per_minute": rate.per_minute, "burst": rate.burst }));
            (class.to_owned(), Value::from(rate))
        })
        .collect();
    let keys = |keys: &[Key]| -> Vec<Value> {
        keys.iter()
            .map(|key| json!({ "name": key.name, "required": key.required, "help": key.help }))
            .collect()
    };
    json!({
        "provider": capabilities.provider,
        "variant": capabilities.variant.map(Variant::word),
        "title": capabilities.title,
        "controls": controls,
        "cap_scope": match capabilities.cap_scope { CapScope::Pool => "pool", CapScope::Center => "center" },
        "single_membership": capabilities.single_membership,
        "native_default_cap": capabilities.keeping.default_cap,
        "native_others": capabilities.keeping.others,
        "by_target": capabilities
            .keeping_of
            .iter()
            .map(|(key, keeps)| {
                let own = json!({ "native_default_cap": keeps.default_cap, "native_others": keeps.others });
                ((*key).to_owned(), own)
            })
            .collect::<serde_json::Map<String, Value>>(),
        "identity": match capabilities.identity {
            Identity::Id => vec!["id"],
            Identity::Email => vec!["email"],
            Identity::EmailOr(key) => vec!["email", key],
            Identity::Login(key) => vec![key],
        },
        "units": match capabilities.units { Units::Any => Value::from("any"), Units::Only(units) => json!(units) },
        "precision": { "decimals": capabilities.precision.decimals, "digits": capabilities.precision.digits },
        "periods": capabilities.periods,
        "when_exhausted": capabilities.when_exhausted,
        "settings": keys(capabilities.settings),
        "targets": keys(capabilities.targets),
        "batch": capabilities.batch,
        "concurrency": capabilities.concurrency,
        "rates": rates,
    })
}

/// The table as the page `docs/centers.md`.
pub fn markdown(providers: &[&Capabilities]) -> String {
    let mut page = String::from(
        "# Centers\n\n\
         <!-- Generated from the capability table in the code. Do not edit: run the tests with BURSAR_BLESS=1. -->\n\n\
         What Bursar can set by itself, what it can only check, and what a person must do, for every provider.\n\n\
         | word | meaning |\n| --- | --- |\n\
         | api | Bursar reads or writes it through the vendor's API |\n\
         | gated | through the API, if the tenant's plan or rollout has it |\n\
         | read_only | Bursar compares it and reports a difference; it cannot set it |\n\
         | manual | a person does it; the plan says what to click |\n\
         | unsupported | the vendor has no such thing |\n\n\
         ## At a glance\n\n| control |",
    );
    for capabilities in providers {
        let _ = write!(page, " [{}](#{}) |", capabilities.name(), anchor(capabilities));
    }
    let _ = writeln!(page, "\n| --- |{}", " --- |".repeat(providers.len()));
    let names = providers
        .first()
        .map(|first| first.controls.iter().map(|(name, _)| name).collect::<Vec<_>>());
    for (row, name) in names.unwrap_or_default().into_iter().enumerate() {
        let _ = write!(page, "| {name} |");
        for capabilities in providers {
            let control = capabilities.controls.iter().nth(row);
            let _ = write!(page, " {} |", control.map_or("", |(_, control)| word(control)));
        }
        page.push('\n');
    }
    for capabilities in providers {
        provider_markdown(&mut page, capabilities);
    }
    page
}

fn provider_markdown(page: &mut String, capabilities: &Capabilities) {
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', "<br>");
    let _ = writeln!(page, "\n## {}\n\n{}.\n", capabilities.name(), capabilities.title);
    page.push_str("| control | read | write | how |\n| --- | --- | --- | --- |\n");
    for (name, control) in capabilities.controls.iter() {
        let (read, write) = (control.read.word(), control.write.word());
        let mut how = cell(control.how);
        for reason in [control.read.why(), control.write.why()] {
            let reason = cell(reason);
            if !reason.is_empty() && !how.contains(&reason) {
                how = format!("{how}; {reason}");
            }
        }
        let _ = writeln!(page, "| {name} | {read} | {write} | {how} |");
    }
    page.push_str("\n| limit | |\n| --- | --- |\n");
    for (name, sentence) in facts(capabilities) {
        let _ = writeln!(page, "| {name} | {} |", cell(&sentence));
    }
    for (title, keys) in
        [("Keys of the center", capabilities.settings), ("Keys of a pool's `target`", capabilities.targets)]
    {
        if keys.is_empty() {
            continue;
        }
        let _ = writeln!(page, "\n{title}:\n");
        for key in keys {
            let _ = writeln!(page, "- `{}`: {}", key.name, key_words(key));
        }
    }
}
