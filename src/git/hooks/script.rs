//! The text of a hook: a POSIX script that calls what stood there before, finds the binary and hands over.

use std::fmt::Write as _;
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use super::kept::Kept;
use super::{HookError, HookName};

/// What a hook calls.
#[derive(Clone, Debug)]
pub struct Call {
    /// The binary that is taken where it is still there, instead of the one in `PATH`.
    pub program: PathBuf,
    /// Its arguments before the command.
    pub arguments: Vec<PathBuf>,
}

/// By what a hook is known to be ours; the hash of everything below stands behind it.
const MARK: &str = "# Written by `bursar hook install`, taken away by `bursar hook uninstall`. Not to be edited: ";
const START: &str = "#!/bin/sh\n";

/// The name under which a foreign hook is kept.
pub(super) fn kept_name(name: HookName) -> String {
    format!("{name}.before-bursar")
}

/// Whether a text is one of our hooks, and if so, whether it is as it was written.
pub(super) fn is_whole(text: &[u8]) -> Option<bool> {
    let text = std::str::from_utf8(text).ok()?;
    let (hash, rest) = text.strip_prefix(START)?.strip_prefix(MARK)?.split_once('\n')?;
    Some(hash == self::hash(rest))
}

/// The hook.
pub(super) fn write(name: HookName, call: &Call, kept: Option<&Kept>) -> Result<String, HookError> {
    let mut body = format!("# To get past it once: {}\n\n", name.skip());
    let is_push = name == HookName::PrePush;
    if is_push {
        // Both hooks want to read what Git says.
        body.push_str("refs=$(cat)\nrefs() { if [ -n \"$refs\" ]; then printf '%s\\n' \"$refs\"; fi; }\n\n");
    }
    let refs = if is_push { "refs | " } else { "" };
    if let Some(kept) = kept {
        let (file, called) = (
            kept_name(name),
            match &kept.shell {
                Some(shell) => format!("{shell} -c '. \"$0.before-bursar\"' \"$here/{name}\""),
                None => "\"$kept\"".to_owned(),
            },
        );
        let again = if kept.manager.is_some() {
            " && [ -z \"${PRE_COMMIT_RUNNING_LEGACY-}${PREK_RUNNING_LEGACY-}\" ]"
        } else {
            ""
        };
        let _ = write!(
            body,
            "# What stood here before comes first.\n\
             case $0 in */*) here=${{0%/*}} ;; *) here=. ;; esac\n\
             kept=$here/{file}\n\
             if [ -x \"$kept\" ]{again}; then\n  {refs}{called} \"$@\" || exit $?\nfi\n\n"
        );
    }
    let program = quoted(&call.program)?;
    let mut arguments = String::new();
    for argument in &call.arguments {
        arguments.push(' ');
        arguments.push_str(&quoted(argument)?);
    }
    let _ = write!(
        body,
        "bursar={program}\n\
         if [ ! -x \"$bursar\" ] && ! bursar=$(command -v bursar); then\n  \
           echo 'error: bursar is neither where this hook was installed from nor in PATH' >&2\n  \
           echo 'help: install it, then `bursar hook install`; to get past the hook once: {}' >&2\n  \
           exit 1\n\
         fi\n\
         {refs}\"$bursar\"{arguments} hook run {name} -- \"$@\"\n",
        name.skip()
    );
    Ok(format!("{START}{MARK}{}\n{body}", hash(&body)))
}

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hash, byte| {
        let _ = write!(hash, "{byte:02x}");
        hash
    })
}

/// A word as a shell reads it back.
fn quoted(path: &std::path::Path) -> Result<String, HookError> {
    match path.to_str() {
        Some(text) if !text.chars().any(char::is_control) => Ok(format!("'{}'", text.replace('\'', "'\\''"))),
        _ => Err(HookError::Unwritable(path.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(program: &str) -> Call {
        Call { program: program.into(), arguments: vec!["-C".into(), "./it's here".into()] }
    }

    #[test]
    fn a_hook_is_known_as_ours_and_an_edit_of_it_is_seen() {
        let text = write(HookName::PreCommit, &call("/bin/bursar"), None).unwrap();
        assert_eq!(is_whole(text.as_bytes()), Some(true));
        assert_eq!(is_whole(format!("{text}npm test\n").as_bytes()), Some(false));
        assert_eq!(is_whole(text.replacen(MARK, "# ", 1).as_bytes()), None);
        assert_eq!(is_whole(b"#!/bin/sh\nnpm test\n"), None);
        assert!(text.contains(r"-C' './it'\''s here' hook run pre-commit"), "{text}");
    }

    #[test]
    fn what_no_line_can_hold_is_in_no_hook() {
        for odd in ["/a\nb/bursar", "/a\rb", "/a\x1bb"] {
            assert!(matches!(write(HookName::PrePush, &call(odd), None), Err(HookError::Unwritable(_))), "{odd:?}");
        }
    }
}
