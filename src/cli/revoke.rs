//! `bursar revoke`: takes somebody's right to draw on a pool away, by an edit of the files.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;

use crate::config::{
    edit,
    file::{Others, Who},
};
use crate::model::{GroupId, MemberId, Rule, RuleWho};
use crate::output::escape::Terminal;

use super::due;
use super::edited::{Before, Edit};
use super::grant::{group, is_about, people, who_written};
use super::known::KnownArgs;
use super::{CommandResult, Context, Exit, Format};

/// Take somebody's right to draw on a pool away: edits the files, comments stay
#[derive(Debug, Args)]
#[command(after_help = "\
A rule about a group stays and leaves the member out from now on (`except`).
The group itself stays as it is, since other pools may use it.

Examples:
  bursar revoke design-ai bob
  bursar revoke design-ai designers --group --dry-run
  bursar revoke --expired                        take out every rule whose last day has passed")]
pub(super) struct RevokeArgs {
    /// The pool
    #[arg(required_unless_present = "expired")]
    pool: Option<String>,
    /// The member, or with --group the group
    #[arg(required_unless_present = "expired")]
    member: Option<String>,
    /// MEMBER is a group: its rule goes
    #[arg(long)]
    group: bool,
    #[command(flatten)]
    lapsed: Lapsed,
    /// Change nothing: show the edit as a diff
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    known: KnownArgs,
}

/// Everything that has expired, in the place of one member.
#[derive(Debug, Args)]
struct Lapsed {
    /// Take out every rule whose last day has passed, as far as that gives nobody anything
    #[arg(long, conflicts_with_all = ["pool", "member", "group"])]
    expired: bool,
    /// With --expired, only the rules of this pool
    #[arg(long = "pool", id = "only", value_name = "POOL", requires = "expired")]
    only: Option<String>,
    /// With --expired, also the rules without which `others` of the pool decides over somebody and is not `blocked`
    #[arg(long, requires = "expired")]
    yes: bool,
}

pub(super) fn run(context: &Context, args: &RevokeArgs) -> CommandResult {
    let (false, Some(pool), Some(member)) = (args.lapsed.expired, &args.pool, &args.member) else {
        return due::take_out(
            context,
            args.known.read(context)?,
            args.lapsed.only.as_deref(),
            args.lapsed.yes,
            args.dry_run,
        );
    };
    context.format("revoke", &[Format::Text])?;
    let mut before = Before::open(context, pool)?;
    before.all.known = args.known.read(context)?;
    let who = if args.group { Who::Group(group(&before, member)?) } else { Who::Member(before.member(member)?) };
    let place = |test: &dyn Fn(&Rule) -> bool| -> Vec<usize> {
        before.rules().iter().enumerate().filter(|(_, rule)| test(rule)).map(|(i, _)| i).collect()
    };
    let removed = place(&|rule| is_about(rule, &who));
    let groups = match &who {
        Who::Member(id) => place(&|rule| names(&before, rule, id).is_some()),
        Who::Group(_) => Vec::new(),
    };
    let pool = &before.pool;
    if removed.is_empty() && groups.is_empty() {
        context.ui.say(&format!("no rule of {pool} names {member}; nothing was changed"));
        others(context, &before, &who);
        return Ok(Exit::Done);
    }
    let mut rules = Vec::new();
    let mut by_hand = Vec::new();
    let mut but = String::new();
    let (_, written) = who_written(&who);
    for (i, rule) in before.rules().iter().enumerate() {
        let at = format!("{}:{}", Terminal(&rule.source.file), rule.source.line);
        if removed.contains(&i) {
            by_hand.push(format!("take out the rule in {at}"));
            continue;
        }
        let mut rule = rule.clone();
        if groups.contains(&i)
            && let (RuleWho::Group(group, except), Who::Member(id)) = (&mut rule.who, &who)
        {
            by_hand.push(format!("add `{written}` to `except:` of the rule in {at}"));
            let _ = write!(but, "\n  the rule of the group {group} leaves {member} out ({at})");
            except.insert(id.clone());
        }
        rules.push(rule);
    }
    let (file, text) = before.file();
    let texts = edit::remove_rules(text, pool.as_str(), &removed, &groups, member, &written);
    let edit = Edit {
        texts: texts.map(|text| BTreeMap::from([(file, text)])),
        pools: before.only(rules, people(&before, &who)),
        joins: None,
        by_hand: by_hand.join("; "),
        done: format!("revoked: {member} in {pool}{but}"),
        answer: Vec::new(),
    };
    let done = before.all.make(context, &edit, args.dry_run)?;
    others(context, &before, &who);
    Ok(done)
}

/// The group by which a rule names somebody.
fn names(before: &Before, rule: &Rule, id: &MemberId) -> Option<GroupId> {
    match &rule.who {
        RuleWho::Group(group, except) if !except.contains(id) => before
            .all
            .files
            .groups
            .get(group)
            .filter(|people| people.contains(id))
            .map(|_| group.clone()),
        _ => None,
    }
}

/// Says what somebody still has whom no rule names.
fn others(context: &Context, before: &Before, who: &Who) {
    let written = before.written().and_then(|pool| pool.others.as_ref());
    let whom = match who {
        Who::Member(id) => id.to_string(),
        Who::Group(_) => "everybody whom no other rule names".to_owned(),
    };
    if let Some(Others::Cap(_)) = written.map(|others| &others.value) {
        let given = before
            .desired()
            .and_then(|(_, pool)| pool.others)
            .map_or_else(String::new, |cap| format!(": {cap}"));
        context
            .ui
            .warn(&format!("`others` of {} lets {whom} draw all the same{given}", before.pool));
    }
}
