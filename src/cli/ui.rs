//! Stdout, stderr, colour and progress. Nothing else prints.

use std::io::{self, BufRead, BufWriter, IsTerminal, StdoutLock, Write};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::apply::Progress;
use crate::centers::RequestLine;
use crate::output::escape::Terminal;

use super::CommandError;

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Where an artefact is written to.
pub(super) type Stdout = BufWriter<StdoutLock<'static>>;

/// The two streams and how to use them.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools)] // four switches, not a state
pub struct Ui {
    /// Colour on stdout.
    pub stdout_color: bool,
    /// Colour on stderr.
    pub stderr_color: bool,
    /// Say only what went wrong.
    pub quiet: bool,
    /// Say more.
    pub verbose: bool,
}

impl Ui {
    /// Looks at the flags, the environment and the terminal.
    pub fn new(color: Color, quiet: bool, verbose: bool) -> Self {
        let wanted = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            // https://no-color.org: set and not empty means no colour.
            Color::Auto => {
                let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
                terminal && !no_color && !dumb
            }
        };
        Self {
            stdout_color: wanted(io::stdout().is_terminal()),
            stderr_color: wanted(io::stderr().is_terminal()),
            quiet,
            verbose,
        }
    }

    /// Writes the artefact to stdout.
    pub fn artefact(&self, text: &[u8]) -> Result<(), CommandError> {
        self.made(|out| out.write_all(text))
    }

    /// Writes the artefact to stdout as it is made: a plan of 100,000 changes is not held twice. A reader that went
    /// away is no error: what it wanted it has.
    #[allow(clippy::unused_self)] // stdout is written through the Ui only
    pub fn made(&self, make: impl FnOnce(&mut Stdout) -> io::Result<()>) -> Result<(), CommandError> {
        let mut stdout = BufWriter::new(io::stdout().lock());
        match make(&mut stdout).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(CommandError::failed(anyhow::Error::new(error).context("stdout cannot be written")))
            }
            _ => Ok(()),
        }
    }

    /// Says something on stderr, unless asked to be quiet.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            Self::stderr(text);
        }
    }

    /// Says something on stderr, also when quiet.
    #[allow(clippy::unused_self)] // stderr is written through the Ui only
    pub fn always(&self, text: &str) {
        Self::stderr(text);
    }

    /// Shows a request that was answered.
    pub fn request(&self, line: &RequestLine<'_>) {
        let status = line.status.map_or("no answer".to_owned(), |status| status.to_string());
        let RequestLine { provider, method, path, status: _, milliseconds } = line;
        self.say(&format!("{provider}: {method} {} {status} {milliseconds} ms", Terminal(path)));
    }

    /// Warns on stderr, also when quiet.
    pub fn warn(&self, text: &str) {
        let style = Style::new().fg_color(Some(AnsiColor::Yellow.into())).bold();
        Self::stderr(&format!("{}: {}", self.paint(style, "warning"), Terminal(text)));
    }

    /// Prints what ended a command, its causes and what to do next.
    pub fn error(&self, error: &CommandError) {
        let red = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
        let cyan = Style::new().fg_color(Some(AnsiColor::Cyan.into())).bold();
        let causes: Vec<String> = error.error.chain().map(ToString::to_string).collect();
        Self::stderr(&format!("{}: {}", self.paint(red, "error"), Terminal(&causes.join(": "))));
        for detail in &error.details {
            Self::stderr(&format!("  {}", Terminal(detail)));
        }
        for hint in &error.hints {
            Self::stderr(&format!("{}: {}", self.paint(cyan, "help"), Terminal(hint)));
        }
    }

    fn paint(self, style: Style, text: &str) -> String {
        if self.stderr_color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// A terminal that is no longer there is no reason to stop.
    fn stderr(text: &str) {
        let say = || {
            let mut stderr = io::stderr().lock();
            let _ = stderr.write_all(text.as_bytes());
            if !text.ends_with('\n') {
                let _ = stderr.write_all(b"\n");
            }
            let _ = stderr.flush();
        };
        match &*on_screen() {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }

    /// Whether there is somebody to ask.
    pub fn can_ask() -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks on the terminal; anything but yes is no.
    pub fn confirm(question: &str) -> bool {
        Self::stderr(&format!("{question} [y/N] "));
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }

    /// How wide the terminal behind stdout is; 100 columns where there is none.
    pub fn width() -> usize {
        terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0)).max(60)
    }

    /// A progress bar for so many steps. It shows itself on a terminal only, and only when it takes longer than a second.
    pub fn progress(&self, steps: usize, what: &'static str) -> Bar {
        self.bar(ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::hidden()), BAR, what)
    }

    /// A sign of life while something takes longer than a second of which nobody knows how long it will take.
    pub fn waiting(&self, what: &'static str) -> Bar {
        self.bar(ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()), SPINNER, what)
    }

    fn bar(self, bar: ProgressBar, template: &str, what: &'static str) -> Bar {
        if self.quiet || !io::stderr().is_terminal() {
            return Bar { drawn: bar, ended: None, thread: None };
        }
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        let (ended, end) = mpsc::channel::<()>();
        let shown = bar.clone();
        // A thread of its own: whatever is waited for may block this one.
        let thread = std::thread::spawn(move || {
            if end.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                shown.set_draw_target(ProgressDrawTarget::stderr());
                shown.enable_steady_tick(TICK);
                *on_screen() = Some(shown);
            }
        });
        Bar { drawn: bar, ended: Some(ended), thread: Some(thread) }
    }
}

/// How long a run may take without a sign of life.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a bar moves.
const TICK: Duration = Duration::from_millis(100);
const BAR: &str = "{spinner} {msg} {wide_bar} {pos}/{len} {elapsed}";
const SPINNER: &str = "{spinner} {msg} {elapsed}";

/// The bar that is on the screen: what is said meanwhile stands above it.
static ON_SCREEN: Mutex<Option<ProgressBar>> = Mutex::new(None);

fn on_screen() -> MutexGuard<'static, Option<ProgressBar>> {
    ON_SCREEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A progress bar that stays away from short runs, and goes when it is dropped.
#[derive(Debug)]
pub struct Bar {
    drawn: ProgressBar,
    ended: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress for Bar {
    fn settled(&self, changes: usize) {
        self.drawn.inc(changes as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        drop(self.ended.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing on the screen.
            let _ = thread.join();
            *on_screen() = None;
            self.drawn.finish_and_clear();
        }
    }
}
