//! The runbook as Markdown: a list of tasks that can stand in a repository, an issue or a job summary, with the same
//! as data at its end for `bursar confirm`.

use std::fmt;
use std::io;

use crate::output::escape::{Markdown, Terminal};
use crate::plan::{Click, Piece, RUNBOOK_SCHEMA, Runbook, Step, embedded};

use super::{afterwards, effort, hash12, list, quoted};

/// From how many people on their lines are folded away.
const FOLDED: usize = 20;

/// Writes a runbook. `file` is what it will be called, for the commands that it names.
pub fn markdown(out: &mut impl io::Write, runbook: &Runbook, file: &str) -> io::Result<()> {
    writeln!(out, "# Runbook: {}\n", effort(&runbook.steps))?;
    writeln!(out, "For plan `{}`, made at {}.\n", hash12(runbook), runbook.made_at.strftime("%Y-%m-%d %H:%M UTC"))?;
    for (center, of) in &runbook.centers {
        writeln!(
            out,
            "- Center {}, which is {} ({})",
            Markdown(center.as_str()),
            Markdown(&of.identity),
            Markdown(&of.provider)
        )?;
    }
    writeln!(out, "\nDo the steps in their order: nobody who keeps a right loses it on the way. Tick what is done.\n")?;
    let several = runbook.centers.len() > 1;
    for group in runbook.steps.chunk_by(|a, b| a.center == b.center) {
        if let Some(first) = group.first().filter(|_| several) {
            writeln!(out, "## {}: {}\n", Markdown(first.center.as_str()), effort(group))?;
        }
        for one in group {
            step(out, one)?;
        }
    }
    writeln!(out, "---\n\n## When it is done\n")?;
    writeln!(out, "- All of it: {}", Command(&format!("bursar confirm {} --all", quoted(file))))?;
    writeln!(out, "- What is ticked in this file: {}", Command(&format!("bursar confirm {}", quoted(file))))?;
    writeln!(out, "\n{}, and `bursar plan` shows what is still different.\n", afterwards(runbook))?;
    let data = embedded(runbook).map_err(io::Error::other)?;
    writeln!(out, "<!-- {RUNBOOK_SCHEMA} {data} -->")
}

fn step(out: &mut impl io::Write, step: &Step) -> io::Result<()> {
    let Step { number, title, clicks, note, items, .. } = step;
    writeln!(out, "- [ ] **Step {number}.** {} <!-- s{number} -->\n", Words(title))?;
    for (i, click) in clicks.iter().enumerate() {
        writeln!(out, "  {}. {}", i + 1, Line(click))?;
    }
    writeln!(out)?;
    if let Some((what, names)) = list(step) {
        let names: Vec<String> = names.into_iter().map(|name| Terminal(name).to_string()).collect();
        let fence = fence(&names);
        writeln!(out, "  {what} ({}):\n\n  {fence}text", names.len())?;
        for name in &names {
            writeln!(out, "  {name}")?;
        }
        writeln!(out, "  {fence}\n")?;
    }
    if let Some(note) = note {
        writeln!(out, "  _{}_\n", Words(note))?;
    }
    let folded = items.len() > FOLDED;
    if folded {
        writeln!(out, "  <details><summary>{} people</summary>\n", items.len())?;
    }
    for (i, item) in items.iter().enumerate() {
        let k = i + 1;
        writeln!(out, "  - [ ] {}: {} <!-- s{number}.i{k} -->", Markdown(&item.name), Words(&item.says))?;
    }
    if folded {
        writeln!(out, "\n  </details>")?;
    }
    writeln!(out)
}

/// A fence that no line of the list ends.
fn fence(names: &[String]) -> String {
    let longest = names.iter().map(|name| name.chars().take_while(|c| *c == '`').count()).max().unwrap_or(0);
    "`".repeat(3.max(longest + 1))
}

/// A command in a code span.
struct Command<'a>(&'a str);

impl fmt::Display for Command<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Markdown(self.0).fmt(f)
    }
}

/// One line of what to do: labels in bold, and words.
struct Line<'a>(&'a Click);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in self.0 {
            match piece {
                Piece::Say(text) => Words(text).fmt(f)?,
                Piece::Press(label) if label.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ') => {
                    write!(f, "**{label}**")?;
                }
                Piece::Press(label) => write!(f, "**{}**", Markdown(label))?,
            }
        }
        Ok(())
    }
}

/// Sentences of ours with names in them that are not. Plain words, numbers and their punctuation stay as they are;
/// everything else stands in a code span, word by word.
struct Words<'a>(&'a str);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, word) in self.0.split(' ').enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            let body = word.trim_start_matches('(');
            let (open, _) = word.split_at(word.len() - body.len());
            let bare = body.trim_end_matches([',', ';', ':', '.', ')']);
            let (_, end) = body.split_at(bare.len());
            if is_plain(bare) {
                f.write_str(word)?;
            } else {
                write!(f, "{open}{}{end}", Markdown(bare))?;
            }
        }
        Ok(())
    }
}

/// Whether a word is nothing but letters, some of them after a hyphen, or a number: no markup, mention, address or
/// reference.
fn is_plain(word: &str) -> bool {
    let letters = word
        .split('-')
        .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphabetic()));
    let number = word
        .split([',', '.'])
        .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()));
    // What could be a commit is shown as one.
    let commit = word.len() >= 7 && word.chars().all(|c| c.is_ascii_hexdigit());
    word.is_empty() || word == "→" || ((letters || number) && !commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_words_stay_and_names_stand_apart() {
        let words = |text: &str| Words(text).to_string();
        assert_eq!(words("Un-tick the 2,000 people (all): they keep."), "Un-tick the 2,000 people (all): they keep.");
        assert_eq!(words("Set ana@acme.example to No access"), "Set `ana@acme.example` to No access");
        assert_eq!(
            words("a <b> #1 @x *y* [z](q) GH-1."),
            "a `<b>` `#1` `@x` `*y*` `[z](q` ) `GH-1`.".replace(" )", ")")
        );
        assert_eq!(words("| ` deadbeef www.a.b"), "`\\u{7c}` `\\u{60}` `deadbeef` `www.a.b`");
        assert_eq!(words("a\n# b"), "`a\\n#` b");
    }

    #[test]
    fn no_name_ends_the_list() {
        assert_eq!(fence(&["a".into()]), "```");
        assert_eq!(fence(&["`````".into(), "```x".into()]), "``````");
    }

    #[test]
    fn a_path_is_one_word_of_a_command() {
        assert_eq!(quoted(".bursar/runbooks/a.md"), ".bursar/runbooks/a.md");
        assert_eq!(quoted("it's $(x).md"), r"'it'\''s $(x).md'");
    }
}
