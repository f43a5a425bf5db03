//! `bursar explain`: why one person may draw what they may, and what the centers hold of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clap::Args;

use crate::centers;
use crate::config::explain::{self, Explanation, PoolRight};
use crate::config::{Config, Loaded};
use crate::model::total::{self, Part};
use crate::model::{Cap, CenterId, MemberId, Origin, Others, Pool, PoolId, Source, Subject};
use crate::output;
use crate::output::escape::Terminal;
use crate::output::explain::{ConfirmedAt, Live, Report, Seen, Totals};
use crate::output::text::Style;
use crate::plan::{CenterPart, Change, Kind};

use super::origins::origins;
use super::session::{self, Planned, Session, unknown};
use super::{CommandError, CommandResult, Context, Exit, Format, Ui, block_on, files};

/// Say why one person may draw what they may, with the line that decides
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar explain alice
  bursar explain alice@acme.example --pool design-ai
  bursar explain alice --live                what do the centers hold now?
  bursar explain alice --as-of 2027-01-01    what will hold on that day?")]
pub(super) struct ExplainArgs {
    /// Who: a member of the files, or an e-mail address or login of theirs
    member: String,
    /// Only this pool
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
    /// Read the centers too, and show what they hold beside what the files ask
    #[arg(long)]
    live: bool,
}

/// What the centers hold, by center and pool.
type LivePools = BTreeMap<(CenterId, PoolId), Live>;

pub(super) fn run(context: &Context, args: &ExplainArgs) -> CommandResult {
    let format = context.format("explain", &[Format::Text, Format::Json])?;
    let loaded = session::checked(context)?;
    let pools = || loaded.config.pools.iter().map(|entry| entry.name.value.as_str());
    if let Some(name) = args.pool.as_deref().filter(|name| !pools().any(|pool| pool == *name)) {
        return Err(unknown("pool", name, pools()));
    }
    let member = member(&loaded.config, args)?;
    let mut explanation =
        explain::explain(&loaded.config, &loaded.files, &centers::providers(), member, context.today());
    explanation
        .pools
        .retain(|right| args.pool.as_ref().is_none_or(|name| right.pool.as_str() == name));
    let live = if args.live { Some(live(context, &loaded, &mut explanation, args)?) } else { None };
    let (live, name) = live.unzip();
    let origins = written(context, &explanation);
    // What one pool comes to is no sum of everything.
    let totals = args.pool.is_none().then(|| totals(&loaded.config, &explanation, live.as_ref()));
    let report = Report {
        name: name.as_deref().unwrap_or(&args.member),
        as_of: context.today(),
        explanation: &explanation,
        origins: origins.as_ref(),
        live: live.as_ref(),
        totals: totals.as_ref(),
    };
    context.ui.made(|out| {
        if format == Format::Json {
            output::explain::json(out, &report)
        } else {
            let style = Style { color: context.ui.stdout_color, width: Ui::width(), verbose: context.ui.verbose };
            output::text::explain(out, &report, style)
        }
    })?;
    Ok(Exit::Done)
}

/// What it all comes to, by the files and by what the centers hold.
fn totals(config: &Config, explanation: &Explanation, live: Option<&LivePools>) -> Totals {
    let rates = config.rates.iter().map(|entry| (entry.name.value.clone(), entry.value.0)).collect();
    let held = |live: &LivePools| {
        let parts: Vec<Part> = live.iter().filter_map(|((_, pool), live)| live.part(pool)).collect();
        total::total(&parts, &rates)
    };
    Totals { files: total::total(&explanation.parts(), &rates), live: live.map(held) }
}

/// The member that the argument stands for; nothing where only a center may know them.
fn member<'a>(config: &'a Config, args: &ExplainArgs) -> Result<Option<&'a MemberId>, CommandError> {
    match explain::find(config, &args.member).as_slice() {
        [member] => Ok(Some(member)),
        [] if args.live => Ok(None),
        [] => Err(stranger(config, args).hint("with --live, somebody whom only a center knows is explained too")),
        several => {
            let names: Vec<&str> = several.iter().map(|member| member.as_str()).collect();
            let message = format!("`{}` is what {} are known by", args.member, names.join(" and "));
            Err(CommandError::usage(message).hint("name one of them by their name in the files"))
        }
    }
}

fn stranger(config: &Config, args: &ExplainArgs) -> CommandError {
    let emails = config.members.iter().flat_map(|entry| entry.value.addresses()).map(|email| &*email.value);
    let ids = config.members.iter().map(|entry| entry.name.value.as_str());
    if args.member.contains('@') {
        unknown("member", &args.member, emails)
    } else {
        unknown("member", &args.member, ids)
    }
}

/// Who wrote the lines that are shown; nothing without a repository.
fn written(context: &Context, explanation: &Explanation) -> Option<BTreeMap<Source, Arc<Origin>>> {
    let repository = match files::repository(context) {
        Ok((repository, _)) => repository,
        Err(error) => {
            context
                .ui
                .say(&format!("who wrote the lines is not known: {}", Terminal(&error.error.to_string())));
            return None;
        }
    };
    let of_pool = |right: &PoolRight| {
        let default = match &right.right {
            explain::Right::Granted {
                from: explain::CapFrom::DefaultCap(source) | explain::CapFrom::Others(source),
                ..
            } => Some(source.clone()),
            _ => None,
        };
        let rules = right.rules.iter().map(|standing| standing.rule.source.clone());
        let rows = right.rules.iter().filter_map(|standing| standing.row.clone());
        rules.chain(rows).chain(default).chain([right.decided_at.clone()]).collect::<Vec<_>>()
    };
    let sources: BTreeSet<Source> = explanation.pools.iter().flat_map(of_pool).collect();
    Some(origins(context, &repository, &context.global.directory, sources.iter(), "this"))
}

/// Reads the centers that the explanation is about, and takes from it the pools that they do not know the person in.
/// Returns what they hold, and the name of the person.
fn live(
    context: &Context,
    loaded: &Loaded,
    explanation: &mut Explanation,
    args: &ExplainArgs,
) -> Result<(LivePools, String), CommandError> {
    let member = explanation.person.as_ref().map(|person| person.id.clone());
    let concerned = explanation
        .pools
        .iter()
        .filter(|right| member.is_none() || right.known_by.is_some())
        .map(|right| (right.center.clone(), right.pool.clone()))
        .collect();
    let mut session = Session::of(context, loaded)?;
    session.keep(&concerned);
    let recorded = Arc::clone(&session.recorded);
    let Planned { plan, parts, centers, held, .. } = block_on(session.plan(context, &[]))??;
    for note in &plan.notes {
        context.ui.say(&format!("{}: {}", note.center, Terminal(&note.message)));
    }
    let subjects: BTreeMap<&CenterId, Subject> = match &member {
        Some(member) => parts.keys().map(|center| (center, Subject::Member(member.clone()))).collect(),
        None => parts
            .iter()
            .filter_map(|(id, part)| Some((id, seen_stranger(part, &args.member)?)))
            .collect(),
    };
    if member.is_none() {
        if subjects.is_empty() {
            return Err(
                stranger(&loaded.config, args).hint("the centers that were read know nobody of that name either")
            );
        }
        explanation.pools.retain(|right| subjects.contains_key(&right.center));
        for right in &mut explanation.pools {
            right.known_by = subjects.get(&right.center).map(|subject| subject.name().to_owned());
        }
    }
    let changes: Vec<&Change> = plan.changes.iter().chain(&plan.asserts).collect();
    let mut live = LivePools::new();
    for right in &explanation.pools {
        let center = held.get(&right.pool).unwrap_or(&right.center);
        let (Some(part), Some(subject)) = (parts.get(center), subjects.get(center)) else { continue };
        let mut found = about(part, center, right, subject, &changes);
        found.confirmed = centers.get(&right.center).and_then(|center| {
            let identity = center.scope.roster.identity(subject)?.to_ascii_lowercase();
            let confirmed = center.scope.record.people.get(&identity)?.clone();
            let source = recorded.get(&right.center)?.get(&identity)?.clone();
            Some(ConfirmedAt { confirmed, source })
        });
        live.insert((right.center.clone(), right.pool.clone()), found);
    }
    let name = subjects
        .values()
        .next()
        .map_or_else(|| args.member.clone(), |subject| subject.name().to_owned());
    Ok((live, name))
}

/// Somebody of that name whom only the center knows.
fn seen_stranger(part: &CenterPart, name: &str) -> Option<Subject> {
    let granted = part.observed.state.pools.values().flat_map(|pool| pool.grants.keys());
    let mut seen = part.observed.roster.iter().chain(granted);
    seen.find(|subject| !subject.is_known() && subject.name().eq_ignore_ascii_case(name))
        .cloned()
}

/// What a center holds of a person in a pool, and what a plan would change of it.
fn about(part: &CenterPart, center: &CenterId, right: &PoolRight, subject: &Subject, changes: &[&Change]) -> Live {
    let pool = part.observed.state.pools.get(&right.pool);
    let seen = pool.map_or(Seen::NoPool, |pool| seen(part, &right.pool, pool, subject));
    let inherits = match &seen {
        Seen::Grant { grant, .. } => grant.cap == Some(Cap::Inherit),
        Seen::Others(_) => pool.is_some_and(|pool| pool.others == Some(Others::Cap(Cap::Inherit))),
        Seen::NoPool | Seen::Nothing | Seen::NotObserved => false,
    };
    let draws = !matches!(seen, Seen::NoPool | Seen::Nothing | Seen::Others(Others::Blocked));
    let theirs = |change: &Change| match change.kind {
        Kind::GrantAdd | Kind::GrantUpdate | Kind::GrantRevoke => change.subject.as_ref() == Some(subject),
        Kind::OthersUpdate => change.people.contains(subject),
        Kind::PoolDelete => draws,
        Kind::PoolUpdate => {
            let touches = |name: &str| change.fields.contains(&name);
            draws && (touches("budget.unit") || touches("budget.period") || (inherits && touches("default_cap")))
        }
        Kind::PoolCreate | Kind::AlertAdd | Kind::AlertUpdate | Kind::AlertRemove => false,
    };
    let changes = changes
        .iter()
        .filter(|change| change.center == *center && change.pool == right.pool && theirs(change));
    Live {
        center: center.clone(),
        provider: part.capabilities.provider,
        cap_scope: part.capabilities.cap_scope,
        budget: pool.map(|pool| pool.budget.clone()),
        identity: part.observed.identity.clone(),
        seen,
        period: pool.and_then(|pool| pool.budget.period).or(right.period),
        changes: changes.map(|change| (*change).clone()).collect(),
        confirmed: None,
    }
}

fn seen(part: &CenterPart, id: &PoolId, pool: &Pool, subject: &Subject) -> Seen {
    let controls = &part.capabilities.controls;
    let keeps = part.capabilities.keeps(&pool.target);
    let by_rule = part.observed.inherited.get(id).and_then(|inherited| inherited.get(subject)).copied();
    let followed = |cap: Cap| match cap {
        Cap::Inherit => by_rule.or(keeps.fallback(pool)).unwrap_or(cap),
        cap => cap,
    };
    match (pool.grants.get(subject), by_rule) {
        (Some(grant), _) => Seen::Grant { grant: *grant, cap: grant.cap.map(followed) },
        // An export lists everybody: whoever stands in it without a grant has none.
        (None, _) if !controls.grant.read.is_api() && !part.observed.roster.contains(subject) => Seen::NotObserved,
        (None, Some(cap)) if keeps.own_setting => Seen::Others(Others::Cap(cap)),
        (None, _) if !keeps.others => Seen::Nothing,
        (None, _) => match pool.others {
            Some(Others::Cap(cap)) => Seen::Others(Others::Cap(followed(cap))),
            Some(Others::Blocked) => Seen::Others(Others::Blocked),
            None => Seen::NotObserved,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::centers::{embedded, litellm};
    use crate::model::capability::Capabilities;
    use crate::model::{Amount, Budget, Desired, Grant, Observed, Target, Unit};

    fn three() -> Cap {
        Cap::Amount(Amount::whole(3, Unit::Credits))
    }

    fn found(capabilities: &'static Capabilities, others: Option<Others>, grant: Option<Grant>) -> Seen {
        looked(capabilities, others, grant, false)
    }

    /// With a rule of the center's by which she has three.
    fn by_rule(capabilities: &'static Capabilities, grant: Option<Grant>) -> Seen {
        looked(capabilities, None, grant, true)
    }

    fn looked(
        capabilities: &'static Capabilities,
        others: Option<Others>,
        grant: Option<Grant>,
        inherits: bool,
    ) -> Seen {
        let zoe = Subject::Stranger("zoe".into());
        let pool = Pool {
            target: Target::default(),
            description: None,
            budget: Budget { unit: Unit::Credits, period: None, limit: None, when_exhausted: None },
            default_cap: Some(Cap::Amount(Amount::whole(9, Unit::Credits))),
            others,
            alerts: None,
            grants: grant.map(|grant| (zoe.clone(), grant)).into_iter().collect(),
        };
        let part = CenterPart {
            capabilities,
            desired: Desired::default(),
            base: None,
            observed: Observed {
                inherited: if inherits {
                    BTreeMap::from([(PoolId::new("ai").unwrap(), BTreeMap::from([(zoe.clone(), three())]))])
                } else {
                    BTreeMap::new()
                },
                ..Observed::default()
            },
            notes: Vec::new(),
        };
        seen(&part, &PoolId::new("ai").unwrap(), &pool, &zoe)
    }

    #[test]
    fn what_is_not_shown_is_not_taken_for_nothing() {
        let nine = Cap::Amount(Amount::whole(9, Unit::Credits));
        let embedded = &embedded::CAPABILITIES;
        assert_eq!(found(embedded, None, None), Seen::NotObserved);
        assert_eq!(found(embedded, Some(Others::Blocked), None), Seen::Others(Others::Blocked));
        assert_eq!(found(embedded, Some(Others::Cap(Cap::Inherit)), None), Seen::Others(Others::Cap(nine)));
        let grant = |cap| Grant { cap, ..Grant::default() };
        assert_eq!(found(embedded, None, Some(grant(None))), Seen::Grant { grant: grant(None), cap: None });
        assert_eq!(
            found(embedded, None, Some(grant(Some(Cap::Inherit)))),
            Seen::Grant { grant: grant(Some(Cap::Inherit)), cap: Some(nine) }
        );
        // A rule that is neither the pool's default nor what others may draw.
        let rule = |observed: Option<Grant>| by_rule(embedded, observed);
        assert_eq!(
            rule(Some(grant(Some(Cap::Inherit)))),
            Seen::Grant { grant: grant(Some(Cap::Inherit)), cap: Some(three()) }
        );
        assert_eq!(rule(None), Seen::NotObserved, "a pool that is joined");
        // Without a setting for others, whoever has no grant has nothing.
        assert_eq!(found(&litellm::CAPABILITIES, None, None), Seen::Nothing);
    }
}
