//! The live state of a center as a whole file: one that validates, and that plans to no change.
//!
//! What the file format cannot express is left alone rather than guessed at: it becomes a comment, and `others` of its
//! pool is then `unmanaged`, so that nobody loses anything by being left out.

mod names;
mod people;
mod pool;

use std::fmt::Write as _;

use jiff::civil::Date;

use crate::model::capability::Capabilities;
use crate::model::{AccessWords, CenterSettings, Export, Inventory, Recipient, Roster, Scim, SecretSource};

use super::yaml;
use names::Names;
use people::{People, is_name};

/// The live state of a center as a file. `roster` holds the members that are already known, whose ids are kept; a grant
/// that ended before `today` is not written, since that rule would have lapsed.
pub fn import(
    center: &CenterSettings,
    capabilities: &Capabilities,
    inventory: &Inventory,
    roster: &Roster,
    today: Date,
) -> String {
    let people = People::of(inventory, capabilities, roster);
    let mut notify = Names::default();
    let mut pool_ids = Names::default();
    let mut pools = String::new();
    let mut groups = pool::Groups::default();
    let mut left_alone = String::new();
    for (name, pool) in &inventory.pools {
        if !pool.target.0.values().all(|object| is_name(object)) {
            let name = yaml::comment(name);
            let _ = writeln!(left_alone, "# left alone: {name}: its name has characters that a file cannot have");
            continue;
        }
        let id = pool_ids.name(name, name, "pool");
        let part = pool::PoolPart { center, capabilities, people: &people, today, name, pool };
        part.write(&mut pools, &id, &mut notify, &mut groups);
    }
    let mut text = String::from("# yaml-language-server: $schema=./schema/bursar.v1.schema.json\n");
    if !inventory.identity.is_empty() {
        let _ = writeln!(text, "# Imported from {}", yaml::comment(&inventory.identity));
    }
    for note in &inventory.notes {
        let _ = writeln!(text, "# {}", yaml::comment(note));
    }
    text.push_str("version: 1\n");
    centers(&mut text, center);
    people.write(&mut text);
    groups.write(&mut text);
    if !left_alone.is_empty() {
        let _ = write!(text, "\n{left_alone}");
    }
    if !pools.is_empty() {
        let _ = write!(text, "\npools:\n{pools}");
    }
    if !notify.is_empty() {
        text.push_str("\nnotify:\n");
        for (id, recipient) in notify.iter() {
            let _ = writeln!(text, "  {}: {}", yaml::scalar(id), recipient_text(recipient));
        }
    }
    // Where a center's own words end in blanks, a comment does not.
    text.lines().flat_map(|line| [line.trim_end_matches(' '), "\n"]).collect()
}

fn centers(text: &mut String, center: &CenterSettings) {
    let CenterSettings {
        id,
        provider,
        folder: _,
        path,
        base_url,
        allow_host,
        token,
        ignore_members,
        plan,
        organization,
        enterprise,
        workspace,
        flavor,
        auth,
        federation_rule,
        export,
        scim,
        metering_day,
        record,
    } = center;
    let _ = writeln!(text, "\ncenters:\n  {}:\n    provider: {}", yaml::scalar(id.as_str()), yaml::scalar(provider));
    let auth = auth.map(|auth| auth.as_str().to_owned());
    let written = [
        ("flavor", flavor),
        ("path", path),
        ("base_url", base_url),
        ("plan", plan),
        ("enterprise", enterprise),
        ("organization", organization),
        ("workspace", workspace),
        ("auth", &auth),
        ("federation_rule", federation_rule),
        ("record", record),
    ];
    for (key, value) in written {
        if let Some(value) = value {
            let _ = writeln!(text, "    {key}: {}", yaml::scalar(value));
        }
    }
    if !allow_host.is_empty() {
        let _ = writeln!(text, "    allow_host: {}", yaml::list(allow_host.iter().map(String::as_str)));
    }
    if let Some(SecretSource::Env(variable)) = token {
        let _ = writeln!(text, "    token: {}", yaml::map([("env", yaml::scalar(variable).into_owned())]));
    }
    if let Some(ignored) = ignore_members {
        let _ = writeln!(text, "    ignore_members: {}", yaml::list(ignored.iter().map(String::as_str)));
    }
    if let Some(Scim { tenant, token: SecretSource::Env(variable) }) = scim {
        let token = yaml::map([("env", yaml::scalar(variable).into_owned())]);
        let scim = yaml::map([("tenant", yaml::scalar(tenant).into_owned()), ("token", token)]);
        let _ = writeln!(text, "    scim: {scim}");
    }
    if let Some(day) = metering_day {
        let _ = writeln!(text, "    metering_day: {day}");
    }
    if let Some(export) = export {
        self::export(text, export);
    }
}

fn export(text: &mut String, export: &Export) {
    let Export { people, columns, values: AccessWords { full, custom, none }, taken } = export;
    let _ = writeln!(text, "    export:\n      people: {}", yaml::scalar(people));
    if !columns.is_empty() {
        text.push_str("      columns:\n");
    }
    for (column, header) in columns {
        let _ = writeln!(text, "        {}: {}", column.key(), yaml::scalar(header));
    }
    let values = [("full", full), ("custom", custom), ("none", none)];
    if values.iter().any(|(_, words)| !words.is_empty()) {
        text.push_str("      values:\n");
    }
    for (level, words) in values.into_iter().filter(|(_, words)| !words.is_empty()) {
        let _ = writeln!(text, "        {level}: {}", yaml::list(words.iter().map(String::as_str)));
    }
    if let Some(day) = taken {
        let _ = writeln!(text, "      taken: {day}");
    }
}

fn recipient_text(recipient: &Recipient) -> String {
    let env = |variable: &str| yaml::map([("env", yaml::scalar(variable).into_owned())]);
    match recipient {
        Recipient::Email(address) => yaml::map([("email", yaml::list([address.as_str()]))]),
        Recipient::Login { provider, login } => yaml::map([(provider.as_str(), yaml::list([login.as_str()]))]),
        Recipient::Slack(variable) => yaml::map([("slack", env(variable))]),
        Recipient::Webhook(variable) => yaml::map([("webhook", yaml::map([("url", env(variable))]))]),
        // The person concerned needs no entry; `pool` writes the word `member` for them.
        Recipient::Member => yaml::map([]),
    }
}
