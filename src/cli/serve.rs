//! `bursar serve`: the embedded center over HTTP.

use std::fs;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::output::escape::Terminal;
use crate::server::{Limits, Log, Seen, Server, ServerError, Tokens};

use super::signals::Signals;
use super::{CommandError, CommandResult, Context, Exit, Ui, block_on};

/// The variable that holds the token that reads, where no other is named.
const READ_TOKEN: &str = "BURSAR_SERVE_READ_TOKEN";
/// The variable that holds the token that writes, where no other is named.
const WRITE_TOKEN: &str = "BURSAR_SERVE_WRITE_TOKEN";

/// Serve an embedded center over HTTP, for `http` centers and for applications that draw
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar serve                            loopback only, no tokens needed
  bursar serve --listen 0.0.0.0:8787      needs both tokens; put TLS before it
  bursar serve --listen 127.0.0.1:0       a free port; the first line of stdout says which

Tokens are read from BURSAR_SERVE_READ_TOKEN and BURSAR_SERVE_WRITE_TOKEN. The API is described by
`bursar schema center`. Runs until SIGINT or SIGTERM, and then finishes what is under way.")]
pub(super) struct ServeArgs {
    /// The center's file; made where there is none
    #[arg(long, value_name = "FILE", default_value = ".bursar/center.db")]
    db: PathBuf,
    /// Where to listen
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8787")]
    listen: String,
    /// The variable that holds the token that reads
    #[arg(long, value_name = "NAME", conflicts_with = "read_token_file")]
    read_token_env: Option<String>,
    /// The variable that holds the token that reads, writes and draws
    #[arg(long, value_name = "NAME", conflicts_with = "write_token_file")]
    write_token_env: Option<String>,
    /// The file that holds the token that reads
    #[arg(long, value_name = "FILE")]
    read_token_file: Option<PathBuf>,
    /// The file that holds the token that reads, writes and draws
    #[arg(long, value_name = "FILE")]
    write_token_file: Option<PathBuf>,
    /// How many requests a minute each token has; a second's worth, and at least ten, may come at once
    #[arg(long, value_name = "N")]
    rate: Option<NonZeroU32>,
}

pub(super) fn run(context: &Context, args: &ServeArgs) -> CommandResult {
    let address = address(&args.listen)?;
    let tokens = tokens(context, args)?;
    let db = context.global.directory.join(&args.db);
    let limits = Limits { per_minute: args.rate, ..Limits::default() };
    let ui = context.ui;
    let log = Log::new(move |seen| tell(ui, seen));
    block_on(async {
        let mut signals = Signals::new().map_err(CommandError::failed)?;
        let server = Server::bind(&db, address, tokens, limits, log).await?;
        let address = server.address().map_err(CommandError::failed)?;
        ui.artefact(format!("http://{address}\n").as_bytes())?;
        if !address.ip().is_loopback() {
            ui.say("plain HTTP shows the tokens to the network: let others reach this through a proxy that speaks TLS");
        }
        let (asked, end) = tokio::sync::oneshot::channel::<()>();
        let serving = server.run(async {
            let _ = end.await;
        });
        tokio::pin!(serving);
        tokio::select! {
            _ = &mut serving => return Ok(Exit::Done),
            _ = signals.next() => {}
        }
        ui.say("ending: finishing what is under way; once more to wait for nothing");
        drop(asked);
        tokio::select! {
            done = &mut serving => if !done {
                ui.warn("some requests were still under way; what was acknowledged is kept");
            },
            _ = signals.next() => ui.warn("not waiting for what is under way; what was acknowledged is kept"),
        }
        Ok(Exit::Done)
    })?
}

/// A line per request with `-v`, and one for whatever goes wrong within.
fn tell(ui: Ui, seen: &Seen<'_>) {
    let Seen { method, path, status, milliseconds, trouble } = seen;
    if ui.verbose {
        ui.say(&format!("{} {} {status} {milliseconds} ms", Terminal(method), Terminal(path)));
    }
    if let Some(trouble) = trouble {
        ui.warn(&format!("{method} {path}: {trouble}"));
    }
}

fn address(written: &str) -> Result<SocketAddr, CommandError> {
    let wrong = |why: &str| {
        CommandError::usage(format!("--listen {written}: {why}")).hint("write an address and a port: 127.0.0.1:8787")
    };
    let mut found = written.to_socket_addrs().map_err(|error| wrong(&error.to_string()))?;
    found.next().ok_or_else(|| wrong("no such address"))
}

/// The two tokens, or none.
fn tokens(context: &Context, args: &ServeArgs) -> Result<Tokens, CommandError> {
    let folder = &context.global.directory;
    let read = token(folder, args.read_token_env.as_deref(), args.read_token_file.as_deref(), READ_TOKEN)?;
    let write = token(folder, args.write_token_env.as_deref(), args.write_token_file.as_deref(), WRITE_TOKEN)?;
    match (read, write) {
        (None, None) => Ok(Tokens::open()),
        (Some(read), Some(write)) => Tokens::new(&read, &write)
            .map_err(|error| CommandError::usage(error).hint("make two, for instance with `openssl rand -hex 32`")),
        (read, _) => {
            let (there, missing, variable) =
                if read.is_some() { ("reads", "writes", WRITE_TOKEN) } else { ("writes", "reads", READ_TOKEN) };
            Err(CommandError::usage(format!("there is a token that {there} and none that {missing}"))
                .hint(format!("set {variable} too; or neither, to listen on loopback only")))
        }
    }
}

/// One token; `None` where nothing was named and the usual variable is not set.
fn token(
    folder: &Path,
    variable: Option<&str>,
    file: Option<&Path>,
    usual: &str,
) -> Result<Option<String>, CommandError> {
    if let Some(file) = file {
        let text = fs::read_to_string(folder.join(file)).map_err(|error: io::Error| {
            CommandError::failed(anyhow::Error::new(error).context(format!("{} cannot be read", file.display())))
                .hint("name a file that holds the token and nothing else")
        })?;
        return Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()));
    }
    let name = variable.unwrap_or(usual);
    match std::env::var(name) {
        Ok(token) if !token.is_empty() => Ok(Some(token)),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(CommandError::usage(format!("${name} holds no text"))
                .hint("a token is made of visible ASCII characters"))
        }
        _ if variable.is_some() => {
            Err(CommandError::usage(format!("the token is read from ${name}, which is not set"))
                .hint(format!("export {name} with the token")))
        }
        _ => Ok(None),
    }
}

impl From<ServerError> for CommandError {
    fn from(error: ServerError) -> Self {
        let hint = match &error {
            ServerError::Center(error) => error.help(),
            ServerError::Address { .. } => "name another address or port with --listen".to_owned(),
            ServerError::Unprotected(_) => {
                format!("set {READ_TOKEN} and {WRITE_TOKEN}, or listen on 127.0.0.1 only")
            }
        };
        let usage = matches!(error, ServerError::Unprotected(_));
        let failed = Self::failed(error).hint(hint);
        if usage { Self { exit: Exit::Usage, ..failed } } else { failed }
    }
}
