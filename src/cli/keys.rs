//! Keys for people whose pool a fallback holds: made for whoever lacks one, and handed to a file or a terminal, never to
//! stdout, a journal or a log.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::pin::pin;

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::apply::Fence;
use crate::centers::{self, CenterError, Holder, Keys};
use crate::model::{CenterId, FALLBACK_MARK, MemberId, PoolId, Scope, Subject, Target};
use crate::output::escape::Terminal;

use super::session::Planned;
use super::signals::{Signals, ended_by};
use super::{CommandError, CommandResult, Context, Exit, Ui};

/// A file that was not there before and that nobody else may read. It goes again where no key came into it.
pub(super) struct KeyFile {
    path: PathBuf,
    file: File,
    used: bool,
}

impl KeyFile {
    /// Makes the file, empty.
    pub(super) fn create(context: &Context, given: &Path) -> Result<Self, CommandError> {
        let path = context.global.directory.join(given);
        if path.file_name().is_none() || given.to_string_lossy().contains("://") {
            return Err(CommandError::usage(format!("{} names no file for the keys", shown(&path)))
                .hint("name one of this machine, such as `--keys-to keys.jsonl`"));
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let made = options.open(&path).and_then(|file| {
            let made = Self { path: path.clone(), file, used: false };
            made.sync_name()?;
            Ok(made)
        });
        made.map_err(|error| {
            let hint = match error.kind() {
                io::ErrorKind::AlreadyExists => "nothing was changed; keys replace no file: name another one",
                _ => "nothing was changed; name a file in a folder that is there and may be written",
            };
            let what = format!("the keys cannot be written to {}", shown(&path));
            CommandError::failed(anyhow::Error::new(error).context(what)).hint(hint)
        })
    }

    /// Lets the file's name last.
    fn sync_name(&self) -> io::Result<()> {
        #[cfg(unix)]
        if let Some(folder) = self.path.parent() {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    /// Writes one key, and comes back when it is on the disk.
    fn write(&mut self, pocket: &Pocket, holder: &Holder, key: &SecretString) -> io::Result<()> {
        let mut line = json!({
            "pool": pocket.pool.as_str(),
            "member": holder.member.as_str(),
            "base_url": pocket.keys.base_url(),
            "key": key.expose_secret(),
        })
        .to_string();
        line.push('\n');
        self.used = true;
        self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_all())
    }
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        if !self.used {
            // An empty file that stays is in the way of nothing but its own name.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A pool that a center with keys holds for another one.
pub(super) struct Pocket {
    pool: PoolId,
    center: CenterId,
    target: Target,
    scope: Scope,
    /// Whom the files grant something in it.
    members: BTreeSet<MemberId>,
    keys: Box<dyn Keys>,
}

impl Pocket {
    /// The help of a center says that nothing was changed, which is not so after a run.
    fn failed(&self, error: CenterError) -> CommandError {
        CommandError::failed(error)
            .context(format!("the keys of {}, center {}", self.pool, self.center))
            .hint(
                "what was applied before stays; `-v` shows the requests, and the token needs the rights of a proxy \
                 admin",
            )
    }
}

/// The pools of a plan that another center than their own holds, and in which people draw with keys.
pub(super) fn held(planned: &Planned) -> Result<Vec<Pocket>, CommandError> {
    let mut pockets = Vec::new();
    for (center, part) in &planned.parts {
        let Some(of) = planned.centers.get(center) else { continue };
        for (pool, wanted) in &part.desired.state.pools {
            if !wanted.target.0.values().any(|name| name.starts_with(FALLBACK_MARK)) {
                continue;
            }
            let keys = centers::keys(&of.settings)
                .map_err(|error| CommandError::from(error).context(format!("center {center}")))?;
            let Some(keys) = keys else { continue };
            let members = wanted.grants.keys().filter_map(|subject| match subject {
                Subject::Member(member) => Some(member.clone()),
                Subject::Stranger(_) => None,
            });
            pockets.push(Pocket {
                pool: pool.clone(),
                center: center.clone(),
                target: wanted.target.clone(),
                scope: of.scope.clone(),
                members: members.collect(),
                keys,
            });
        }
    }
    Ok(pockets)
}

/// Says that there is nobody who would draw with a key.
pub(super) fn none_held(context: &Context) {
    context.ui.say("no fallback with keys of its own holds a pool, so no key was made");
}

/// Makes the keys that people lack after a run, and hands them out. Without a file they are shown on the terminal, to
/// whoever says yes to that; where there is none, it is said who has no key.
pub(super) async fn hand_out(
    context: &Context,
    pockets: &[Pocket],
    mut file: Option<&mut KeyFile>,
    yes: bool,
    fence: &dyn Fence,
    exit: Exit,
) -> CommandResult {
    if !matches!(exit, Exit::Done | Exit::Partial) {
        return Ok(exit);
    }
    if pockets.is_empty() {
        if file.is_some() {
            none_held(context);
        }
        return Ok(exit);
    }
    let mut wanted = Vec::new();
    for pocket in pockets {
        let found = pocket.keys.lacking(&pocket.pool, &pocket.target, &pocket.scope, &pocket.members).await;
        match found {
            Ok(found) => wanted.extend(found.into_iter().map(|holder| (pocket, holder))),
            // Nobody asked for keys, so that they cannot be looked at is no failure of the run.
            Err(error) if file.is_none() => {
                context.ui.warn(&format!("it is not known who has a key for {}: {error}", pocket.pool));
            }
            Err(error) => return Err(pocket.failed(error)),
        }
    }
    if wanted.is_empty() {
        if file.is_some() {
            context.ui.say("everybody who draws on a fallback has a key already, so no key was made");
        }
        return Ok(exit);
    }
    if file.is_none() {
        let people =
            if wanted.len() == 1 { "1 person has".to_owned() } else { format!("{} people have", wanted.len()) };
        context.ui.say(&format!(
            "{people} no key to draw with from {}; `bursar apply --keys-to FILE` makes one for each",
            list(wanted.iter().map(|(pocket, _)| pocket.pool.as_str()))
        ));
        let question = "Make them now, and show them once, here?";
        if yes || context.ui.quiet || !Ui::can_ask() || !Ui::confirm(question) {
            return Ok(exit);
        }
    }
    let count = wanted.len();
    let mut signals = Signals::new().map_err(CommandError::failed)?;
    for (done, (pocket, holder)) in wanted.iter().enumerate() {
        let (result, signal) = {
            let mut one = pin!(mint(context, pocket, holder, file.as_deref_mut(), fence));
            tokio::select! {
                result = &mut one => (result, None),
                number = signals.next() => {
                    context.ui.say("interrupted: finishing the key that is under way, making no other");
                    (one.await, ended_by(number))
                }
            }
        };
        let made = if result.is_ok() { done + 1 } else { done };
        if result.is_err() || signal.is_some() {
            let again = if file.is_some() { "with another file " } else { "" };
            let told = format!("{made} of {count} keys were made; run it again {again}for the rest");
            let error = result.err().unwrap_or_else(|| CommandError::message("interrupted while keys were made"));
            let failed = if made > 0 || exit == Exit::Partial { Exit::Partial } else { error.exit };
            return Err(CommandError { exit: signal.unwrap_or(failed), ..error }.hint(told));
        }
    }
    if let Some(file) = file {
        let keys = if count == 1 { "1 key was".to_owned() } else { format!("{count} keys were") };
        context
            .ui
            .say(&format!("{keys} written to {}; hand them out, then delete it", shown(&file.path)));
    }
    Ok(exit)
}

/// Makes one key and hands it out. A key that could not be handed out is deleted: nobody has its secret.
async fn mint(
    context: &Context,
    pocket: &Pocket,
    holder: &Holder,
    file: Option<&mut KeyFile>,
    fence: &dyn Fence,
) -> Result<(), CommandError> {
    let Pocket { pool, center, target, keys, .. } = pocket;
    fence.check(center).await.map_err(CommandError::message)?;
    let key = keys.mint(pool, target, holder).await.map_err(|error| pocket.failed(error))?;
    let Some(file) = file else {
        let place = Terminal(&keys.base_url()).to_string();
        // Somebody on this terminal asked for it.
        context.ui.always(&format!("{pool}  {}  {place}  {}", holder.member, key.expose_secret()));
        return Ok(());
    };
    let Err(error) = file.write(pocket, holder, &key) else { return Ok(()) };
    keys.withdraw(pool, target, holder).await.map_err(|error| pocket.failed(error))?;
    let what = format!("{} cannot be written, so the key of {} was deleted again", shown(&file.path), holder.member);
    Err(CommandError::failed(anyhow::Error::new(error).context(what)).hint("make room, or name another place"))
}

/// Each name once, in the order of the pools.
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
}

fn shown(path: &Path) -> String {
    Terminal(&path.display().to_string()).to_string()
}
