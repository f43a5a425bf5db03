//! `bursar requests`: what people ask for in the vendor's own product, answered through the files, so that those stay
//! the truth.

mod told;

use clap::{Args, Subcommand};
use rust_decimal::Decimal;

use crate::centers::{self, CapRequest, CenterError, Settlement};
use crate::config::explain::{self, PoolRight};
use crate::config::{Loaded, ResolvedCenter};
use crate::model::{Amount, CenterId, MemberId, Subject, Unit, parse_decimal};
use crate::output::escape::Terminal;
use crate::output::requests::{Landing, Request, json};
use crate::output::{self, text::Style};

use super::grant::{self, GrantArgs, Terms};
use super::locking::{self, LockArgs};
use super::session::{self, Selection, Session};
use super::{CommandError, CommandResult, Context, Exit, Format, Ui, block_on, ledger};

/// Show and answer members' requests for a higher cap, where the vendor has them
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct RequestsArgs {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    List(ListArgs),
    Approve(ApproveArgs),
    Deny(DenyArgs),
}

/// Show the requests that wait for an answer
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar requests list
  bursar requests list --center chatgpt --format json

Nothing is written, in no center and no file.")]
struct ListArgs {
    /// Only this center
    #[arg(long, value_name = "CENTER")]
    center: Option<String>,
}

/// Grant a request: the files first, then the vendor
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar requests approve req_123                 as much as they ask for
  bursar requests approve req_123 --cap 800 --expires 2026-12-31 --reason 'DES-212'
  bursar requests approve req_123 --dry-run       the edit as a diff, and nothing else
  bursar requests approve req_123 --file-only     the edit alone: the next apply sets the cap

The edit is the one of `bursar grant`: comments stay, and it is refused unless it means exactly
what it should. Where it is refused, the vendor is not asked. The exit code is 4 where the files
were edited and the vendor did not take the answer.")]
struct ApproveArgs {
    /// The vendor's id of the request
    id: String,
    /// How much, in the pool's unit, where it is not what they ask for
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    cap: Option<Decimal>,
    /// The pool, where nothing else tells which
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
    /// The center that it was made in
    #[arg(long, value_name = "CENTER")]
    center: Option<String>,
    #[command(flatten)]
    terms: Terms,
    /// Edit the files, and leave the request as it is
    #[arg(long)]
    file_only: bool,
    /// Change nothing: show the edit as a diff
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    lock: LockArgs,
}

/// Refuse a request: the files stay as they are
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar requests deny req_123
  bursar requests deny req_123 --yes           without asking, as in CI")]
struct DenyArgs {
    /// The vendor's id of the request
    id: String,
    /// The center that it was made in
    #[arg(long, value_name = "CENTER")]
    center: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

fn amount(text: &str) -> Result<Decimal, String> {
    parse_decimal(text).map_err(|error| error.to_string())
}

pub(super) fn run(context: &Context, args: &RequestsArgs) -> CommandResult {
    match &args.command {
        What::List(args) => list(context, args),
        What::Approve(args) => approve(context, args),
        What::Deny(args) => deny(context, args),
    }
}

/// A center whose vendor has requests, and those that wait.
struct Waiting {
    id: CenterId,
    center: ResolvedCenter,
    vendor: Box<dyn centers::Requests>,
    requests: Vec<CapRequest>,
}

/// Reads the requests of one center, or of all.
fn waiting(context: &Context, center: Option<&String>) -> Result<(Loaded, Session, Vec<Waiting>), CommandError> {
    let loaded = session::checked(context)?;
    let mut session = Session::of(context, &loaded)?;
    session.select(&Selection::center(center.cloned()))?;
    let mut asked = Vec::new();
    for (id, center) in &session.resolved.centers {
        let at = |error| CommandError::from(error).context(format!("center {id}"));
        if let Some(vendor) = centers::requests(&center.settings, &center.scope).map_err(at)? {
            asked.push((id.clone(), center.clone(), vendor));
        }
    }
    let _waiting = context.ui.waiting("reading the requests");
    let read = block_on(async {
        let mut read = Vec::new();
        for (id, center, vendor) in asked {
            let requests = vendor.list().await;
            let requests = requests.map_err(|error| CommandError::from(error).context(format!("center {id}")))?;
            read.push(Waiting { id, center, vendor, requests });
        }
        Ok::<_, CommandError>(read)
    })??;
    Ok((loaded, session, read))
}

/// What is said where no vendor has requests.
fn none(session: &Session) -> String {
    let centers = session.resolved.centers.iter();
    let named: Vec<String> = centers.map(|(id, center)| format!("{id} ({})", center.settings.provider)).collect();
    match named.as_slice() {
        [] => "the files have no center".to_owned(),
        [one] => format!("{one} has no requests for a higher cap"),
        several => format!("no center of the files has requests for a higher cap: {}", several.join(", ")),
    }
}

/// A request with the pool that it lands in.
fn placed(context: &Context, loaded: &Loaded, center: &CenterId, request: &CapRequest) -> Request {
    let CapRequest { id, who, now, asked, period: asked_period, reason, since } = request.clone();
    let member = match &who {
        Subject::Member(member) => Some(member),
        Subject::Stranger(_) => None,
    };
    let providers = centers::providers();
    let explained = explain::explain(&loaded.config, &loaded.files, &providers, member, context.today());
    let rights: Vec<PoolRight> = explained.pools.into_iter().filter(|right| right.center == *center).collect();
    let landing = Landing::of(rights);
    Request { center: center.clone(), id, who, landing, now, asked, asked_period, reason, since }
}

fn list(context: &Context, args: &ListArgs) -> CommandResult {
    let format = context.format("requests list", &[Format::Text, Format::Json])?;
    let (loaded, session, read) = waiting(context, args.center.as_ref())?;
    let requests: Vec<Request> = read
        .iter()
        .flat_map(|waiting| waiting.requests.iter().map(|request| placed(context, &loaded, &waiting.id, request)))
        .collect();
    context.ui.made(|out| {
        if format == Format::Json {
            let asked: Vec<CenterId> = read.iter().map(|waiting| waiting.id.clone()).collect();
            json(out, &asked, &requests)
        } else {
            let style = Style { color: context.ui.stdout_color, width: Ui::width(), verbose: context.ui.verbose };
            output::text::requests(out, &requests, style)
        }
    })?;
    if read.is_empty() {
        context.ui.say(&none(&session));
    } else if requests.is_empty() {
        context.ui.say("no request waits for an answer");
    }
    Ok(Exit::Done)
}

/// The one request of that id.
fn found(session: &Session, read: Vec<Waiting>, id: &str) -> Result<(Waiting, CapRequest), CommandError> {
    if read.is_empty() {
        return Err(CommandError::usage(none(session)).hint("`bursar grant` edits the files of any center"));
    }
    let has = |waiting: &Waiting| waiting.requests.iter().any(|request| request.id == id);
    let mut having: Vec<Waiting> = read.into_iter().filter(has).collect();
    let Some(waiting) = having.pop() else {
        return Err(CommandError::message(format!("no request `{}` waits for an answer", Terminal(id)))
            .hint("`bursar requests list` shows those that do; somebody may have answered it"));
    };
    if !having.is_empty() {
        return Err(CommandError::usage(format!("there is a request `{}` in several centers", Terminal(id)))
            .hint("say which with --center"));
    }
    let request = waiting.requests.iter().find(|request| request.id == id).cloned();
    let request = request.ok_or_else(|| CommandError::message("the request went while it was read"))?;
    Ok((waiting, request))
}

/// What an approval comes to.
struct Approval {
    member: MemberId,
    right: PoolRight,
    cap: Amount,
}

/// How much is granted, in the pool's unit.
fn how_much(args: &ApproveArgs, request: &Request, unit: Unit) -> Result<Decimal, CommandError> {
    if let Some(cap) = args.cap {
        return Ok(cap);
    }
    match request.asked {
        Some(asked) if asked.unit() == unit => Ok(asked.value()),
        Some(asked) => Err(CommandError::usage(format!("they ask for {asked}, and the pool counts {unit}"))
            .hint(format!("say how much with --cap, in {unit}"))),
        None => Err(CommandError::usage("they do not say how much they ask for").hint("say how much with --cap")),
    }
}

/// Whose cap, in which pool, and how much.
fn meant(args: &ApproveArgs, request: &Request) -> Result<Approval, CommandError> {
    let Subject::Member(member) = request.who.clone() else {
        let who = Terminal(request.who.name()).to_string();
        return Err(CommandError::message(format!("the files do not know {who}, so there is no cap to raise"))
            .hint("add them under `members:` first, or with `bursar grant POOL ID --email ADDRESS`"));
    };
    let pools: Vec<String> = request.landing.pools().into_iter().map(ToString::to_string).collect();
    let right = match (&request.landing, &args.pool) {
        (Landing::Nowhere, _) => {
            return Err(CommandError::message(format!("the files have no pool in {}", request.center))
                .hint("add the pool that it is about to the files first"));
        }
        (Landing::Pool(right), None) => (**right).clone(),
        (Landing::Pool(right), Some(pool)) if right.pool.as_str() == pool => (**right).clone(),
        (Landing::Several(several), Some(pool)) if pools.contains(pool) => {
            let one = several.iter().find(|right| right.pool.as_str() == pool).cloned();
            one.ok_or_else(|| CommandError::message("the pool went while it was read"))?
        }
        (_, Some(pool)) => {
            return Err(CommandError::usage(format!("the request is not about the pool `{}`", Terminal(pool)))
                .hint(format!("it may be about {}", pools.join(" or "))));
        }
        (Landing::Several(_), None) => {
            return Err(CommandError::usage(format!("{member} has a right in several pools of {}", request.center))
                .hint(format!("say which with --pool: {}", pools.join(" or "))));
        }
    };
    let Some(unit) = right.budget.as_ref().map(|budget| budget.unit) else {
        return Err(CommandError::message(format!("the pool {} shall go", right.pool)).hint("name another with --pool"));
    };
    let cap = how_much(args, request, unit)?;
    let cap = Amount::new(cap, unit).map_err(|error| CommandError::usage(error).hint("write a plain number"))?;
    Ok(Approval { member, right, cap })
}

fn approve(context: &Context, args: &ApproveArgs) -> CommandResult {
    context.format("requests approve", &[Format::Text])?;
    let (loaded, session, read) = waiting(context, args.center.as_ref())?;
    let (waiting, request) = found(&session, read, &args.id)?;
    let shown = placed(context, &loaded, &waiting.id, &request);
    let Approval { member, right, cap } = meant(args, &shown)?;
    let id = Terminal(&args.id).to_string();
    if let (Some(asked), Some(own)) = (request.period, right.period)
        && asked != own
    {
        let message = format!("{id} is about the {asked} cap of {member}, and the pool {} has a {own} one", right.pool);
        return Err(
            CommandError::message(message).hint("answer it at the vendor: the files hold no cap of that period")
        );
    }
    let edit = GrantArgs::of_amount(&right.pool, &member, cap.value(), args.terms.clone(), args.dry_run);
    if args.dry_run {
        grant::run(context, &edit)?;
        context.ui.say(&format!("{} would be told to grant {cap} for {id}", waiting.id));
        return Ok(Exit::Done);
    }
    if args.file_only {
        grant::run(context, &edit)?;
        context
            .ui
            .say(&format!("{id} still waits at {}; commit the edit, and `bursar apply` sets the cap", waiting.id));
        return Ok(Exit::Done);
    }
    let identity = centers::identity(&waiting.center.settings)
        .map_err(|error| CommandError::from(error).context(format!("center {}", waiting.id)))?;
    let (store, paths) = (session.resolved.lock.clone(), session.paths.clone());
    block_on(async {
        let locks = locking::lock(context, &session_of(session, &waiting.id)?, &args.lock).await?;
        let outcome = async {
            // The files stay the truth: where they cannot say it, the vendor is not told either.
            grant::run(context, &edit)?;
            let answer = waiting.vendor.approve(&request.id, cap).await;
            if let Some(outcome) = told::outcome(&answer) {
                let told = told::told((&waiting, identity), &request, &right, cap, outcome);
                ledger::note(context, &store, &paths, told, "the vendor was told").await;
            }
            settle(&waiting, &id, answer).map_err(|error| CommandError { exit: Exit::Partial, ..error }.hint(STAYS))?;
            context.ui.say(&format!("approved at {}: {id}, {cap} for {member}", waiting.id));
            context.ui.say("commit the edit and have it reviewed: the next apply goes by the files");
            Ok(Exit::Done)
        };
        let outcome = outcome.await;
        locking::unlock(context, locks, outcome).await
    })?
}

/// What is left to do where the files were edited and the vendor did not take the answer.
const STAYS: &str = "the edit stays in the files: commit it, and `bursar apply` sets the cap; or take it back";

/// Whether the vendor took an answer. `id` is escaped.
fn settle(waiting: &Waiting, id: &str, answer: Result<Settlement, CenterError>) -> Result<(), CommandError> {
    let still = "`bursar requests list` shows what still waits";
    match answer {
        Ok(Settlement::Done) => Ok(()),
        Ok(Settlement::NotPending(words)) => {
            let message = format!("{id} waits no longer at {}: {}", waiting.id, Terminal(&words));
            Err(CommandError::message(message).hint(still))
        }
        Ok(Settlement::Unknown(words)) => {
            let message =
                format!("the answer to {id} was sent, and nothing tells whether it was taken: {}", Terminal(&words));
            Err(CommandError { exit: Exit::Partial, ..CommandError::message(message) }.hint(still))
        }
        Err(error) => Err(CommandError::from(error).context(format!("center {}", waiting.id))),
    }
}

/// The session of one center alone, so that no other is locked.
fn session_of(mut session: Session, center: &CenterId) -> Result<Session, CommandError> {
    session.select(&Selection::center(Some(center.to_string())))?;
    Ok(session)
}

fn deny(context: &Context, args: &DenyArgs) -> CommandResult {
    context.format("requests deny", &[Format::Text])?;
    let (_, session, read) = waiting(context, args.center.as_ref())?;
    let (waiting, request) = found(&session, read, &args.id)?;
    let id = Terminal(&args.id).to_string();
    let who = Terminal(request.who.name()).to_string();
    let asks = request.asked.map_or_else(|| "more".to_owned(), |asked| asked.to_string());
    context.ui.always(&format!("{}: {who} asks for {asks}\n", waiting.id));
    if let Some(reason) = &request.reason {
        context.ui.always(&format!("  they say: {}\n", Terminal(reason)));
    }
    if let Some(also) = centers::after_denial(&waiting.center.settings.provider) {
        context.ui.always(&format!("  {also}\n"));
    }
    if !args.yes {
        if !Ui::can_ask() {
            return Err(CommandError::usage("there is no terminal to ask on, so nothing was denied")
                .hint("look at the request above, then run again with --yes"));
        }
        if !Ui::confirm(&format!("Deny {id}?")) {
            return Err(CommandError::message("not confirmed, so nothing was denied"));
        }
    }
    settle(&waiting, &id, block_on(waiting.vendor.deny(&request.id))?)?;
    context.ui.say(&format!("denied at {}: {id}; the files stay as they are", waiting.id));
    Ok(Exit::Done)
}
