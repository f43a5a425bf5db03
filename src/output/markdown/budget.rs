//! The room that a page has. What is written first is kept; after the first cut nothing more is written, so that what is
//! left out is always what matters least.

use crate::output::words::count_words;

use super::Frame;

/// Room that is kept for the sentence that says what was cut, beside the address in it.
pub(super) const NOTICE: usize = 700;

/// Room that is kept in each block for the number of its rows that are left out.
const REST: usize = 80;

/// What something is called that is cut: one of it, and more.
pub(super) type What = (&'static str, &'static str);

/// What is left of the room.
pub(super) struct Budget {
    left: usize,
    full: bool,
    cut: Vec<(usize, What)>,
}

impl Budget {
    pub(super) fn new(left: usize) -> Self {
        Self { left, full: false, cut: Vec::new() }
    }

    /// Gives a part of the room away, to something that shall not take it all.
    pub(super) fn share(&mut self, part: usize) -> Self {
        Self::new(self.left.min(part))
    }

    /// Takes back what is left of a share, and what was cut from it.
    pub(super) fn settle(&mut self, share: Self, written: usize) {
        self.left = self.left.saturating_sub(written);
        self.cut.extend(share.cut);
    }

    /// Writes as many rows between `open` and `close` as fit.
    pub(super) fn block(
        &mut self,
        out: &mut String,
        open: &str,
        rows: impl ExactSizeIterator<Item = String>,
        close: &str,
        what: What,
    ) {
        let all = rows.len();
        let mut body = String::new();
        let mut written = 0;
        if !self.full {
            for row in rows {
                if open.len() + body.len() + row.len() + close.len() + REST > self.left {
                    break;
                }
                body.push_str(&row);
                written += 1;
            }
        }
        let (one, many) = what;
        if written > 0 {
            if written < all {
                body = format!("{body}\n**{} left out here.**\n", count_words(all - written, one, many));
            }
            self.left = self.left.saturating_sub(open.len() + body.len() + close.len());
            for part in [open, &body, close] {
                out.push_str(part);
            }
        }
        if written < all {
            self.full = true;
            self.cut.push((all - written, what));
        }
    }

    /// What has to be said of what was cut; nothing where nothing was.
    pub(super) fn notice(&self, frame: &Frame<'_>, whole: &str) -> Option<String> {
        let mut counts: Vec<(usize, What)> = Vec::new();
        for (count, what) in &self.cut {
            match counts.iter_mut().find(|(_, other)| other == what) {
                Some((sum, _)) => *sum += count,
                None => counts.push((*count, *what)),
            }
        }
        if counts.is_empty() {
            return None;
        }
        let cut: Vec<String> = counts.iter().map(|(count, (one, many))| count_words(*count, one, many)).collect();
        let more = match frame.link() {
            Some(link) => format!("more of it is in the [job summary]({link}), all of it is what `{whole}` writes"),
            None => format!("all of it is what `{whole}` writes"),
        };
        Some(format!(
            "> [!WARNING]\n> **Cut to fit: {} left out. What stands here is not an approval record;** {more}.\n\n",
            cut.join(", ")
        ))
    }
}
