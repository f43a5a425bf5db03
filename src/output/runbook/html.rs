//! The runbook as one page that needs nothing else: it works from a disk, sends nothing, and runs no script but its own.

use std::fmt;
use std::io;

use crate::output::html::{Html, source};
use crate::plan::{Click, Item, Piece, Runbook, Step, embedded};

use super::{afterwards, effort, hash12, list};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// From how many people on their boxes are folded away.
const FOLDED: usize = 20;

/// How many people one list holds. Browsers lay out those lists alone that are seen: with one list of 18,000 people it took
/// seconds to unfold them.
const CHUNK: usize = 200;

/// Writes the page. `file` is what it will be called, for the command that it names.
pub fn html(out: &mut impl io::Write, runbook: &Runbook, file: &str) -> io::Result<()> {
    let data = embedded(runbook).map_err(io::Error::other)?;
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; script-src '{}'; \
         base-uri 'none'; form-action 'none'\">",
        source(STYLE),
        source(SCRIPT)
    )?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(
        out,
        "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">"
    )?;
    writeln!(
        out,
        "<title>Runbook for plan {}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
        Html(hash12(runbook))
    )?;
    head(out, runbook)?;
    writeln!(out, "<main id=\"steps\">")?;
    writeln!(out, "<p class=\"lead\">Do the steps in their order: nobody who keeps a right loses it on the way.</p>")?;
    let several = runbook.centers.len() > 1;
    for group in runbook.steps.chunk_by(|a, b| a.center == b.center) {
        if let Some(first) = group.first().filter(|_| several) {
            writeln!(out, "<h2 class=\"center\">{}: {}</h2>", Html(first.center.as_str()), effort(group))?;
        }
        for one in group {
            step(out, one, if several { 3 } else { 2 })?;
        }
    }
    confirm(out, runbook, file)?;
    writeln!(out, "</main>")?;
    writeln!(out, "<footer><p>Made by Bursar. This page sends nothing; ticks stay in this browser.</p></footer>")?;
    writeln!(out, "<script type=\"application/json\" id=\"runbook\">{data}</script>")?;
    writeln!(out, "<script>{SCRIPT}</script>\n</body>\n</html>")
}

fn head(out: &mut impl io::Write, runbook: &Runbook) -> io::Result<()> {
    let count = runbook.steps.len();
    writeln!(out, "<header>\n<h1>Runbook</h1>\n<p class=\"effort\">{}</p>\n<dl>", effort(&runbook.steps))?;
    writeln!(out, "<div><dt>Plan</dt><dd><code>{}</code></dd></div>", Html(hash12(runbook)))?;
    writeln!(out, "<div><dt>Made</dt><dd>{}</dd></div>", runbook.made_at.strftime("%Y-%m-%d %H:%M UTC"))?;
    for (center, of) in &runbook.centers {
        writeln!(
            out,
            "<div><dt>Center</dt><dd>{} <span class=\"faint\">{}</span></dd></div>",
            Html(center.as_str()),
            Html(&of.identity)
        )?;
    }
    writeln!(
        out,
        "</dl>\n<div class=\"bar\"><progress id=\"bar\" max=\"{count}\" value=\"0\" aria-label=\"Steps done\"></progress>"
    )?;
    writeln!(out, "<p id=\"said\" role=\"status\" aria-live=\"polite\">0 of {count} steps done</p></div>\n</header>")
}

fn step(out: &mut impl io::Write, step: &Step, level: u8) -> io::Result<()> {
    let n = step.number;
    writeln!(out, "<section class=\"step\" id=\"s{n}\" aria-labelledby=\"s{n}-title\">")?;
    writeln!(
        out,
        "<div class=\"title\"><input type=\"checkbox\" id=\"s{n}-done\" data-step=\"{n}\" aria-labelledby=\"s{n}-title\">\
         <h{level} id=\"s{n}-title\"><label for=\"s{n}-done\"><span class=\"number\">Step {n}.</span> {}</label></h{level}></div>",
        Html(&step.title)
    )?;
    writeln!(out, "<ol class=\"clicks\">")?;
    for click in &step.clicks {
        writeln!(out, "<li>{}</li>", Line(click))?;
    }
    writeln!(out, "</ol>")?;
    if let Some(note) = &step.note {
        writeln!(out, "<p class=\"note\">{}</p>", Html(note))?;
    }
    if let Some((what, names)) = list(step) {
        let count = names.len();
        writeln!(out, "<div class=\"paste\"><p id=\"s{n}-list\">{what} ({count})</p>")?;
        writeln!(
            out,
            "<button type=\"button\" data-copy=\"s{n}-names\" aria-describedby=\"s{n}-list\">Copy names</button>"
        )?;
        write!(out, "<pre id=\"s{n}-names\" tabindex=\"0\" role=\"region\" aria-labelledby=\"s{n}-list\">")?;
        for (i, name) in names.iter().enumerate() {
            write!(out, "{}{}", if i > 0 { "\n" } else { "" }, Html(name))?;
        }
        writeln!(out, "</pre></div>")?;
    }
    items(out, step)?;
    writeln!(
        out,
        "<p class=\"missing\"><label><input type=\"checkbox\" id=\"s{n}-missing\" data-missing=\"{}\"> This control is not \
         in my console</label></p>\n</section>",
        Html(step.control.key())
    )
}

fn items(out: &mut impl io::Write, step: &Step) -> io::Result<()> {
    let n = step.number;
    // One change is done with its step.
    if let [one] = step.items.as_slice() {
        return writeln!(out, "<p class=\"item\">{}</p>", Changed(one));
    }
    let folded = step.items.len() > FOLDED;
    if folded {
        writeln!(out, "<details><summary>{} people, one by one</summary>", step.items.len())?;
    }
    for (i, chunk) in step.items.chunks(CHUNK).enumerate() {
        let first = i * CHUNK + 1;
        let which = match step.items.len() {
            0..=CHUNK => String::new(),
            _ => format!(", {first} to {}", first + chunk.len() - 1),
        };
        writeln!(out, "<ul class=\"items\" aria-label=\"What step {n} changes{which}\">")?;
        for (k, item) in (first..).zip(chunk) {
            writeln!(out, "<li><label><input type=\"checkbox\" id=\"s{n}.i{k}\"> {}</label></li>", Changed(item))?;
        }
        writeln!(out, "</ul>")?;
    }
    writeln!(out, "{}", if folded { "</details>" } else { "" })
}

fn confirm(out: &mut impl io::Write, runbook: &Runbook, file: &str) -> io::Result<()> {
    writeln!(
        out,
        "<section class=\"confirm\" aria-labelledby=\"confirm\">\n<h2 id=\"confirm\">When it is done</h2>\n\
         <p>Export what is ticked, then record it:</p>\n\
         <p><button type=\"button\" id=\"export\">Export confirmation</button></p>\n\
         <pre tabindex=\"0\" role=\"region\" aria-label=\"The command\">bursar confirm bursar-confirmation-{}.json</pre>\n\
         <p>Where everything was done, <code>bursar confirm {} --all</code> does without the export.</p>\n\
         <p>{}, and <code>bursar plan</code> shows what is still different.</p>\n</section>",
        Html(hash12(runbook)),
        Html(file),
        afterwards(runbook)
    )
}

struct Line<'a>(&'a Click);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in self.0 {
            match piece {
                Piece::Say(text) => Html(text).fmt(f)?,
                Piece::Press(label) => write!(f, "<b class=\"press\">{}</b>", Html(label))?,
            }
        }
        Ok(())
    }
}

struct Changed<'a>(&'a Item);

impl fmt::Display for Changed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Item { name, says, .. } = self.0;
        write!(f, "<span class=\"name\">{}</span> <span class=\"says\">{}</span>", Html(name), Html(says))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_ours_ends_its_element() {
        assert!(!SCRIPT.contains("</") && !STYLE.contains("</") && !SCRIPT.contains("<!--"));
    }
}
