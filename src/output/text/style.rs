//! How text for a terminal looks: colour, width, and how much of it there is.

use std::io::{self, Write};

use anstyle::{AnsiColor, Effects};

use crate::plan::Effect;

/// How a plan or a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour.
    pub color: bool,
    /// How many characters a line should have at most; sentences are wrapped there.
    pub width: usize,
    /// Whether long lists are written whole.
    pub verbose: bool,
}

impl Default for Style {
    /// What a file or a pipe gets.
    fn default() -> Self {
        Self { color: false, width: 100, verbose: false }
    }
}

/// Where what stands behind a label begins.
pub(super) const COLUMN: usize = 14;

/// The colours, by what they mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::output) enum Paint {
    Title,
    Bad,
    Faint,
    Of(Effect),
}

impl Paint {
    fn ansi(self) -> anstyle::Style {
        match self {
            Self::Title => anstyle::Style::new().effects(Effects::BOLD),
            Self::Bad => AnsiColor::Red.on_default().effects(Effects::BOLD),
            Self::Faint => anstyle::Style::new().effects(Effects::DIMMED),
            Self::Of(Effect::Revokes) => AnsiColor::Red.on_default(),
            Self::Of(Effect::Cuts) => AnsiColor::Yellow.on_default(),
            Self::Of(Effect::Raises) => AnsiColor::Cyan.on_default(),
            Self::Of(Effect::Grants) => AnsiColor::Green.on_default(),
            Self::Of(Effect::Neutral) => anstyle::Style::new(),
        }
    }
}

impl Style {
    /// The text in a colour, if colours are on. The text must hold nothing that is not escaped.
    pub(in crate::output) fn paint(self, paint: Paint, text: &str) -> String {
        if !self.color {
            return text.to_owned();
        }
        let style = paint.ansi();
        format!("{style}{text}{style:#}")
    }

    /// Writes a sentence, wrapped at the width, with an indent; lines after the first are indented a little more.
    pub(in crate::output) fn sentence(
        self,
        out: &mut impl Write,
        indent: usize,
        paint: Option<Paint>,
        text: &str,
    ) -> io::Result<()> {
        for (i, line) in wrap(text, self.width.saturating_sub(indent + 2).max(20)).into_iter().enumerate() {
            let pad = if i == 0 { indent } else { indent + 2 };
            let line = paint.map_or_else(|| line.clone(), |paint| self.paint(paint, &line));
            writeln!(out, "{:pad$}{line}", "")?;
        }
        Ok(())
    }

    /// Writes a label, and a sentence in the column behind it, wrapped there.
    pub(in crate::output) fn labelled(self, out: &mut impl Write, label: &str, text: &str) -> io::Result<()> {
        for (i, line) in wrap(text, self.width.saturating_sub(COLUMN).max(20)).into_iter().enumerate() {
            let label = if i == 0 { label } else { "" };
            writeln!(out, "  {label:width$}{line}", width = COLUMN - 2)?;
        }
        Ok(())
    }
}

/// Breaks a text at spaces; a word that is longer than a line stays whole.
pub(in crate::output) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += length;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_break_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("incomprehensibilities no", 5), ["incomprehensibilities", "no"]);
        assert_eq!(wrap("", 5), [""]);
    }
}
