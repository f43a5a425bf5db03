//! `bursar grant`: lets somebody draw on a pool, by an edit of the files.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::config::{
    self,
    edit::{self, Written},
    file::{self, Who},
};
use crate::model::{GroupId, MemberId, PoolId, Rule, RuleWho, Source, Subject, parse_decimal};
use crate::output::escape::Terminal;
use crate::output::yaml;

use super::due::{self, Within};
use super::edited::{Before, Edit};
use super::known::KnownArgs;
use super::{CommandError, CommandResult, Context, Exit, Format};

/// Let somebody draw on a pool: edits the files, comments stay
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar grant design-ai bob --cap 500
  bursar grant design-ai bob --cap 500 --reason 'DES-212' --expires 2027-03-31
  bursar grant design-ai zoe --email zoe@example.com --cap 500
  bursar grant design-ai designers --group --cap 500 --dry-run
  bursar grant --due 14d --expires 2027-03-31    prolong every rule that ends within two weeks")]
pub(super) struct GrantArgs {
    /// The pool
    #[arg(required_unless_present = "due")]
    pool: Option<String>,
    /// The member, or with --group the group
    #[arg(required_unless_present = "due")]
    member: Option<String>,
    /// The most that they may draw in a period: an amount in the pool's unit, `unlimited` or `inherit`
    #[arg(long, value_parser = cap)]
    cap: Option<CapText>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The first day
    #[arg(long, value_name = "DATE")]
    starts: Option<Date>,
    /// The last day
    #[arg(long, value_name = "DATE")]
    expires: Option<Date>,
    /// Add them to the members, with this address
    #[arg(long, value_name = "ADDRESS", conflicts_with = "group")]
    email: Option<String>,
    /// MEMBER is a group
    #[arg(long)]
    group: bool,
    /// Prolong every rule whose last day is no further ahead than this, such as 14d or 2w, to --expires
    #[arg(long, value_name = "TIME", requires = "expires", value_parser = due::within)]
    #[arg(conflicts_with_all = ["pool", "member", "cap", "reason", "starts", "email", "group"])]
    due: Option<Within>,
    /// With --due, only the rules of this pool
    #[arg(long = "pool", id = "only", value_name = "POOL", requires = "due")]
    only: Option<String>,
    /// Change nothing: show the edit as a diff
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    known: KnownArgs,
}

impl GrantArgs {
    /// The pool. The command line has one wherever this is asked for.
    fn pool(&self) -> &str {
        self.pool.as_deref().unwrap_or_default()
    }

    /// The member or the group, likewise.
    fn member(&self) -> &str {
        self.member.as_deref().unwrap_or_default()
    }

    /// The edit that gives a member a cap of so much of the pool's unit.
    pub(super) fn of_amount(pool: &PoolId, member: &MemberId, cap: Decimal, terms: Terms, dry_run: bool) -> Self {
        let Terms { reason, expires } = terms;
        let cap = Some(cap_text(file::Cap::Amount(cap)));
        Self {
            pool: Some(pool.to_string()),
            member: Some(member.to_string()),
            cap,
            reason,
            starts: None,
            expires,
            email: None,
            group: false,
            due: None,
            only: None,
            dry_run,
            known: KnownArgs::default(),
        }
    }
}

/// Why somebody is granted something, and until when.
#[derive(Clone, Debug, Args)]
pub(super) struct Terms {
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The last day
    #[arg(long, value_name = "DATE")]
    expires: Option<Date>,
}

/// A cap as it was typed.
#[derive(Clone, Debug)]
struct CapText {
    text: String,
    cap: file::Cap,
}

fn cap(text: &str) -> Result<CapText, String> {
    let cap = match text {
        "unlimited" => file::Cap::Unlimited,
        "inherit" => file::Cap::Inherit,
        _ => file::Cap::Amount(parse_decimal(text).map_err(|error| error.to_string())?),
    };
    Ok(CapText { text: text.to_owned(), cap })
}

pub(super) fn run(context: &Context, args: &GrantArgs) -> CommandResult {
    if args.due.is_none() {
        context.format("grant", &[Format::Text])?;
    }
    if args.expires.is_some_and(|day| day < context.today()) {
        return Err(CommandError::usage("this last day has passed already").hint("name one that is still to come"));
    }
    if let (Some(within), Some(last_day)) = (args.due, args.expires) {
        return due::prolong(context, args.known.read(context)?, within, last_day, args.only.as_deref(), args.dry_run);
    }
    let mut before = Before::open(context, args.pool())?;
    before.all.known = args.known.read(context)?;
    let (who, joins) = whom(&before, args)?;
    let own: Vec<usize> = before
        .rules()
        .iter()
        .enumerate()
        .filter(|(_, rule)| is_about(rule, &who))
        .map(|(i, _)| i)
        .collect();
    let current = |i: &usize| {
        before
            .rules()
            .get(*i)
            .is_some_and(|rule| rule.expires.is_none_or(|day| day >= context.today()))
    };
    let rule = match own.as_slice() {
        [] => None,
        [one] => Some(*one),
        several => {
            let holding: Vec<usize> = several.iter().copied().filter(current).collect();
            let [one] = holding.as_slice() else {
                let places: Vec<String> = several
                    .iter()
                    .filter_map(|i| before.rules().get(*i))
                    .map(|rule| rule.source.to_string())
                    .collect();
                let message = format!("{} has several rules in {}: {}", args.member(), before.pool, places.join(", "));
                return Err(CommandError::message(message).hint("edit the one that is meant"));
            };
            Some(*one)
        }
    };
    match rule {
        Some(rule) => change(context, &before, args, &who, rule),
        None => add(context, &before, args, &who, joins),
    }
}

/// Whom the new rule is about, and the member who is to be added for it.
fn whom(before: &Before, args: &GrantArgs) -> Result<(Who, Option<MemberId>), CommandError> {
    let name = args.member();
    if args.group {
        return Ok((Who::Group(group(before, name)?), None));
    }
    let Some(email) = &args.email else {
        return before
            .member(name)
            .map(|id| (Who::Member(id), None))
            .map_err(|error| error.hint("--email ADDRESS adds somebody who is not there yet"));
    };
    let others = before.all.loaded.config.members.iter().filter(|entry| entry.name.as_str() != name);
    let mut others = others.filter(|entry| entry.value.addresses().any(|known| known.eq_ignore_ascii_case(email)));
    match before.all.loaded.config.members.get(name) {
        None => {
            if let Some(other) = others.next() {
                let place = before.place(other.name.span);
                let message = format!("`{}` is the address of `{}`: {place}", Terminal(email), other.name.value);
                return Err(CommandError::usage(message).hint(format!("name them so: `{}`", other.name.value)));
            }
            let id =
                MemberId::new(name).map_err(|error| CommandError::usage(error).hint("choose another name for them"))?;
            Ok((Who::Member(id.clone()), Some(id)))
        }
        Some(entry) if entry.value.email.as_ref().is_some_and(|known| ***known == **email) => {
            Ok((Who::Member(entry.name.value.clone()), None))
        }
        Some(_) => Err(CommandError::usage(format!("`{name}` is a member already, with another address or none"))
            .hint("leave --email out, or give the new member another name")),
    }
}

/// Whether a rule names exactly them.
pub(super) fn is_about(rule: &Rule, who: &Who) -> bool {
    match (&rule.who, who) {
        (RuleWho::Member(a), Who::Member(b)) => a == b,
        (RuleWho::Group(a, _), Who::Group(b)) => a == b,
        _ => false,
    }
}

/// Those whose rights a rule about them may change.
pub(super) fn people(before: &Before, who: &Who) -> BTreeSet<MemberId> {
    match who {
        Who::Member(id) => BTreeSet::from([id.clone()]),
        Who::Group(id) => before.all.files.groups.get(id).cloned().unwrap_or_default(),
    }
}

/// `member: alice`, as keys and values of a rule.
pub(super) fn who_written(who: &Who) -> Written {
    match who {
        Who::Member(id) => ("member", yaml::scalar(id.as_str()).into_owned()),
        Who::Group(id) => ("group", yaml::scalar(id.as_str()).into_owned()),
    }
}

fn already(context: &Context, args: &GrantArgs, before: &Before, source: &Source) -> Exit {
    context.ui.say(&format!(
        "{} may draw on {} already: {}:{}; nothing was changed",
        args.member(),
        before.pool,
        Terminal(&source.file),
        source.line
    ));
    Exit::Done
}

/// Adds a rule of their own.
fn add(context: &Context, before: &Before, args: &GrantArgs, who: &Who, joins: Option<MemberId>) -> CommandResult {
    // What the rule of a group gives them today stays, as far as nothing else is asked for.
    let held = match who {
        Who::Member(id) => held(before, id),
        Who::Group(_) => None,
    };
    let asks = args.cap.is_some() || args.reason.is_some() || args.starts.is_some() || args.expires.is_some();
    if let Some((_, rule)) = held.as_ref().filter(|_| !asks) {
        return Ok(already(context, args, before, &rule.source));
    }
    let as_written = held.as_ref().and_then(|(index, _)| before.written()?.rules().get(*index));
    let cap = args.cap.clone().or_else(|| as_written?.cap.map(|cap| cap_text(cap.value)));
    let expires = args.expires.or_else(|| as_written?.expires().map(|day| day.value.0));
    let mut written = vec![who_written(who)];
    written.extend(cap.as_ref().map(|cap| ("cap", cap.text.clone())));
    written.extend(args.reason.as_ref().map(|reason| ("reason", yaml::scalar(reason).into_owned())));
    written.extend(args.starts.map(|day| ("starts", day.to_string())));
    written.extend(expires.map(|day| ("expires", day.to_string())));
    let (file, text) = before.file();
    let mut texts = edit::add_rule(text, before.pool.as_str(), &written).map(|text| BTreeMap::from([(file, text)]));
    if let (Some(id), Some(email)) = (&joins, &args.email) {
        let files = before.all.loaded.config.members.iter().map(|entry| entry.name.span.file);
        let home = files.into_iter().find(|id| !before.all.loaded.is_table(*id)).unwrap_or(file);
        texts = texts.and_then(|mut texts| {
            let text = texts.get(&home).map_or_else(|| before.all.loaded.files.text(home), String::as_str);
            let text = edit::add_member(text, &yaml::scalar(id.as_str()), &yaml::scalar(email))?;
            texts.insert(home, text);
            Some(texts)
        });
    }
    let mut rules = before.rules().to_vec();
    rules.push(Rule {
        who: match who {
            Who::Member(id) => RuleWho::Member(id.clone()),
            Who::Group(id) => RuleWho::Group(id.clone(), BTreeSet::new()),
        },
        cap: cap.as_ref().and_then(|cap| config::cap_of(cap.cap, before.desired()?.1.budget.unit)),
        reason: args.reason.as_deref().map(Into::into),
        starts: args.starts,
        expires,
        source: Source { file: "".into(), line: 0 },
    });
    let shown: Vec<String> = written.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    if let (Some((_, rule)), Some(end)) = (&held, args.expires) {
        let lasts = rule.expires.is_none_or(|day| day > end);
        if lasts && let RuleWho::Group(group, _) = &rule.who {
            context
                .ui
                .warn(&format!("after {end} the rule of the group {group} holds for {} again", args.member()));
        }
    }
    let edit = Edit {
        texts,
        pools: before.only(rules, people(before, who)),
        joins,
        by_hand: format!("put this under `access:` in {}: - {{ {} }}", before.access_line(), shown.join(", ")),
        done: format!("granted: {} in {}{}", args.member(), before.pool, terms(before, cap.as_ref(), expires)),
        answer: Vec::new(),
    };
    before.all.make(context, &edit, args.dry_run)
}

/// Changes their own rule.
fn change(context: &Context, before: &Before, args: &GrantArgs, who: &Who, index: usize) -> CommandResult {
    let (Some(rule), Some(pool)) = (before.rules().get(index), before.written()) else { return Ok(Exit::Done) };
    let mut new = rule.clone();
    let mut values: Vec<Written> = Vec::new();
    let unit = before.desired().map(|(_, pool)| pool.budget.unit);
    let cap = args.cap.as_ref().and_then(|cap| Some((cap, config::cap_of(cap.cap, unit?)?)));
    if let Some((typed, cap)) = cap.filter(|(_, cap)| rule.cap != Some(*cap)) {
        new.cap = Some(cap);
        values.push(("cap", typed.text.clone()));
    }
    if let Some(reason) = args.reason.as_ref().filter(|reason| rule.reason.as_deref() != Some(reason.as_str())) {
        new.reason = Some(reason.as_str().into());
        values.push(("reason", yaml::scalar(reason).into_owned()));
    }
    if let Some(day) = args.starts.filter(|day| rule.starts != Some(*day)) {
        new.starts = Some(day);
        values.push(("starts", day.to_string()));
    }
    if let Some(day) = args.expires.filter(|day| rule.expires != Some(*day)) {
        new.expires = Some(day);
        values.push(("expires", day.to_string()));
    }
    if let Some(day) = new.expires.filter(|day| *day < context.today()) {
        let message = format!("the rule of {} in {} ended with {day}: {}", args.member(), before.pool, rule.source);
        return Err(CommandError::message(message).hint("say until when it shall hold now: --expires DATE"));
    }
    if values.is_empty() {
        return Ok(already(context, args, before, &rule.source));
    }
    let shown: Vec<String> = values.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    let (file, text) = before.file();
    let cap = args.cap.clone().or_else(|| pool.rules().get(index)?.cap.map(|cap| cap_text(cap.value)));
    let mut rules = before.rules().to_vec();
    let by_hand = format!("write this into the rule in {}: {}", rule.source, shown.join(", "));
    let done = format!("changed: {} in {}{}", args.member(), before.pool, terms(before, cap.as_ref(), new.expires));
    if let Some(place) = rules.get_mut(index) {
        *place = new;
    }
    let texts =
        edit::change_rule(text, before.pool.as_str(), index, &values).map(|text| BTreeMap::from([(file, text)]));
    let pools = before.only(rules, people(before, who));
    let edit = Edit { texts, pools, joins: None, by_hand, done, answer: Vec::new() };
    before.all.make(context, &edit, args.dry_run)
}

/// The rule of a group that grants somebody today, with its position.
fn held(before: &Before, id: &MemberId) -> Option<(usize, Rule)> {
    let (center, pool) = before.desired()?;
    pool.grants.get(&Subject::Member(id.clone()))?;
    let sources = before.all.resolved.centers.get(center)?.desired.sources.get(&before.pool)?;
    let index = *sources.deciding.get(id)? as usize;
    before.rules().get(index).map(|rule| (index, rule.clone()))
}

fn cap_text(cap: file::Cap) -> CapText {
    let text = match cap {
        file::Cap::Amount(number) => number.to_string(),
        file::Cap::Unlimited => "unlimited".to_owned(),
        file::Cap::Inherit => "inherit".to_owned(),
    };
    CapText { text, cap }
}

/// `, cap 500 credits, until 2027-03-31`.
fn terms(before: &Before, cap: Option<&CapText>, expires: Option<Date>) -> String {
    let unit = before.desired().map(|(_, pool)| pool.budget.unit);
    let cap = cap.and_then(|cap| Some(format!(", cap {}", config::cap_of(cap.cap, unit?)?)));
    let until = expires.map(|day| format!(", until {day}"));
    format!("{}{}", cap.unwrap_or_default(), until.unwrap_or_default())
}

/// The group of that name.
pub(super) fn group(before: &Before, name: &str) -> Result<GroupId, CommandError> {
    match before.all.loaded.config.groups.get(name) {
        Some(entry) => Ok(entry.name.value.clone()),
        None => Err(CommandError::usage(format!("there is no group `{}` in the files", Terminal(name)))
            .hint("check the name; it is the one under `groups:`")),
    }
}
