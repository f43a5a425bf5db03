//! The page as HTML.

use std::collections::BTreeSet;
use std::{fmt, io};

use crate::output::html::{Html, source};
use crate::output::words::{count_words, people_words};
use crate::plan::embedded;

use super::MARK;
use super::data::{Bar, CenterHead, CenterState, Data, Line, Pool, Table, Worst};
use super::tables::{grouped, look, table};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Writes the page.
pub(super) fn write(out: &mut impl io::Write, data: &Data) -> io::Result<()> {
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n{MARK}")?;
    writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; script-src '{}'; \
         base-uri 'none'; form-action 'none'\">",
        source(STYLE),
        source(SCRIPT)
    )?;
    writeln!(
        out,
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" \
         content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>AI credits: who may draw, and \
         who does</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>"
    )?;
    head(out, data)?;
    writeln!(out, "<main id=\"main\">")?;
    figures(out, data)?;
    pools(out, data)?;
    people(out, data)?;
    unmanaged(out, data)?;
    differences(out, data)?;
    manual(out, data)?;
    worst(out, data)?;
    picture(out, data)?;
    writeln!(out, "</main>\n<footer><p>Made by Bursar. This page asks no network and sends nothing.</p></footer>")?;
    let tables: [&Table; 2] = [&data.people, &data.differences];
    let tables = embedded(&tables).map_err(io::Error::other)?;
    writeln!(out, "<script type=\"application/json\" id=\"tables\">{tables}</script>")?;
    writeln!(out, "<script>{SCRIPT}</script>\n</body>\n</html>")
}

fn head(out: &mut impl io::Write, data: &Data) -> io::Result<()> {
    writeln!(out, "<header>\n<h1>AI credits</h1>\n<dl class=\"facts\">")?;
    for (label, value) in &data.head.facts {
        writeln!(out, "<div><dt>{label}</dt><dd>{}</dd></div>", Dated(value))?;
    }
    writeln!(out, "</dl>\n<ul class=\"centers\" id=\"centers\" aria-label=\"Centers\">")?;
    for CenterHead { name, account, state, notes } in &data.head.centers {
        let (class, says) = match state {
            CenterState::Read(says) => ("", says),
            CenterState::Half(says) => (" class=\"warn\"", says),
            CenterState::Unread(says) => (" class=\"bad\"", says),
        };
        writeln!(
            out,
            "<li{class}><b>{}</b> <span class=\"faint\">{}</span><p>{}</p>",
            Html(name),
            Html(account),
            Html(says)
        )?;
        if !notes.is_empty() {
            writeln!(out, "<details><summary>{}</summary><ul>", count_words(notes.len(), "remark", "remarks"))?;
            for note in notes {
                writeln!(out, "<li>{}</li>", Html(note))?;
            }
            writeln!(out, "</ul></details>")?;
        }
        writeln!(out, "</li>")?;
    }
    writeln!(out, "</ul>\n<nav aria-label=\"Parts of this page\"><ul>")?;
    for (to, name) in [
        ("pools", "Pools"),
        ("people", "People"),
        ("unmanaged", "Unmanaged"),
        ("differences", differences_title(data)),
        ("manual", "By hand"),
        ("worst", "Worst case"),
        ("picture", "Picture"),
    ] {
        writeln!(out, "<li><a href=\"#{to}\">{name}</a></li>")?;
    }
    writeln!(out, "</ul></nav>\n</header>")
}

fn differences_title(data: &Data) -> &'static str {
    if data.caused { "Drift" } else { "Differences" }
}

fn figures(out: &mut impl io::Write, data: &Data) -> io::Result<()> {
    writeln!(
        out,
        "<section class=\"figures\" aria-labelledby=\"figures-title\">\n<h2 id=\"figures-title\" class=\"hidden\">At a \
         glance</h2>\n<div class=\"figure\"><h3>Drawn</h3>"
    )?;
    for sum in &data.drawn {
        writeln!(out, "<p><strong>{}</strong> {}</p>", Html(&sum.drawn), Html(&sum.of))?;
    }
    if data.drawn.is_empty() {
        writeln!(out, "<p class=\"faint\">No center shows what was drawn.</p>")?;
    }
    writeln!(out, "</div>\n<div class=\"figure\"><h3>Worst case in a month</h3>")?;
    let mut all = data.worst.iter().filter(|line| line.center.is_none()).peekable();
    if all.peek().is_none() {
        writeln!(out, "<p class=\"faint\">Nothing can be spent.</p>")?;
    }
    for line in all {
        let Worst { unit, now, planned, is_worth, .. } = line;
        let worth = if *is_worth { "worth " } else { "" };
        write!(out, "<p>{worth}<strong>{}</strong> {}", Html(now), Html(unit))?;
        if now != planned {
            write!(out, ", <span class=\"nowrap\">{} by the files</span>", Html(planned))?;
        }
        writeln!(out, "</p>")?;
    }
    writeln!(out, "</div>\n<div class=\"figure wide\"><h3>Needs attention</h3>")?;
    if data.attention.is_empty() {
        writeln!(out, "<p class=\"fine\">Nothing stands out by what the centers show.</p>")?;
    } else {
        writeln!(out, "<ul class=\"attention\">")?;
        for one in &data.attention {
            let flag = one.flag.map_or_else(String::new, |flag| format!(" data-flag=\"{flag}\""));
            writeln!(
                out,
                "<li class=\"{}\"><a href=\"#{}\"{flag}><b>{}</b> {}</a></li>",
                if one.grave { "bad" } else { "warn" },
                one.to,
                grouped(one.count),
                Html(&one.what)
            )?;
        }
        writeln!(out, "</ul>")?;
    }
    writeln!(out, "</div>\n</section>")
}

fn pools(out: &mut impl io::Write, data: &Data) -> io::Result<()> {
    open(out, "pools", "Pools")?;
    if data.pools.is_empty() {
        return writeln!(out, "<p class=\"empty\">No pool could be shown.</p>\n</section>");
    }
    if data.pools.iter().any(|pool| pool.bar.is_some()) {
        writeln!(
            out,
            "<p class=\"legend\"><span class=\"key drawn\"></span> drawn <span class=\"key forecast\"></span> forecast to \
             the period’s end <span class=\"key budget\"></span> budget</p>"
        )?;
    }
    writeln!(out, "<div class=\"cards\">")?;
    for (i, one) in data.pools.iter().enumerate() {
        pool(out, i, one)?;
    }
    writeln!(out, "</div>\n</section>")
}

fn pool(out: &mut impl io::Write, i: usize, pool: &Pool) -> io::Result<()> {
    writeln!(
        out,
        "<article class=\"card\" aria-labelledby=\"pool-{i}\"><div class=\"name\"><h3 id=\"pool-{i}\">{}</h3> <span \
         class=\"faint\">{}</span></div>",
        Html(&pool.name),
        Html(&pool.center)
    )?;
    if !pool.tags.is_empty() {
        write!(out, "<p class=\"tags\">")?;
        for (words, grave) in &pool.tags {
            write!(out, "<span class=\"flag {}\">{}</span>", if *grave { "bad" } else { "warn" }, Html(words))?;
        }
        writeln!(out, "</p>")?;
    }
    if let Some(description) = &pool.description {
        writeln!(out, "<p class=\"faint\">{}</p>", Html(description))?;
    }
    if let Some(marks) = pool.bar {
        bar(out, marks, pool.share.map_or("calm", look))?;
    }
    writeln!(out, "<dl>")?;
    for (label, value) in &pool.facts {
        writeln!(out, "<div><dt>{label}</dt><dd>{}</dd></div>", Html(value))?;
    }
    writeln!(out, "</dl>")?;
    if let Some(line) = &pool.trend {
        trend(out, line)?;
    }
    writeln!(out, "</article>")
}

/// A text whose dates stay in one line: a browser breaks them at their hyphens.
struct Dated<'a>(&'a str);

impl fmt::Display for Dated<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, word) in self.0.split(' ').enumerate() {
            f.write_str(if i == 0 { "" } else { " " })?;
            if word.get(..10).is_some_and(|start| start.parse::<jiff::civil::Date>().is_ok()) {
                write!(f, "<span class=\"nowrap\">{}</span>", Html(word))?;
            } else {
                write!(f, "{}", Html(word))?;
            }
        }
        Ok(())
    }
}

/// The bar says nothing that the numbers beside it do not say.
fn bar(out: &mut impl io::Write, marks: Bar, look: &str) -> io::Result<()> {
    let Bar { drawn, forecast, budget } = marks;
    write!(
        out,
        "<svg class=\"bar {look}\" viewBox=\"0 0 1000 40\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect \
         class=\"track\" y=\"10\" width=\"{}\" height=\"20\"></rect>",
        budget.unwrap_or(1000)
    )?;
    let from = drawn.unwrap_or(0);
    if let Some(to) = forecast.filter(|to| *to > from) {
        write!(out, "<rect class=\"forecast\" x=\"{from}\" y=\"15\" width=\"{}\" height=\"10\"></rect>", to - from)?;
        write!(out, "<path class=\"end\" d=\"M{to} 10V30\"></path>")?;
    }
    if let Some(drawn) = drawn {
        write!(out, "<rect class=\"drawn\" y=\"10\" width=\"{drawn}\" height=\"20\"></rect>")?;
    }
    if let Some(budget) = budget {
        write!(out, "<path class=\"budget\" d=\"M{budget} 2V38\"></path>")?;
    }
    writeln!(out, "</svg>")
}

fn trend(out: &mut impl io::Write, line: &Line) -> io::Result<()> {
    write!(
        out,
        "<figure class=\"trend\"><svg viewBox=\"0 -20 1000 1040\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"{}\"><polyline points=\"",
        Html(&line.says)
    )?;
    for (i, (x, y)) in line.points.iter().enumerate() {
        write!(out, "{}{x},{y}", if i > 0 { " " } else { "" })?;
    }
    writeln!(
        out,
        "\"></polyline></svg><figcaption><span>{}</span><span>{}</span></figcaption></figure>",
        Html(&line.from),
        Html(&line.until)
    )
}

fn people(out: &mut impl io::Write, data: &Data) -> io::Result<()> {
    open(out, "people", "People")?;
    if data.people.rows.is_empty() {
        return writeln!(out, "<p class=\"empty\">Nobody has a right in a pool that could be shown.</p>\n</section>");
    }
    filters(out, data)?;
    table(out, &data.people, "Who may draw from which pool, and what they drew")?;
    writeln!(out, "</section>")
}

fn filters(out: &mut impl io::Write, data: &Data) -> io::Result<()> {
    writeln!(
        out,
        "<form id=\"people-filters\" class=\"filters\" role=\"search\" aria-label=\"Filter people\" hidden>\n<label \
         for=\"people-text\">Find <input id=\"people-text\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" \
         placeholder=\"name, pool, file\"></label>"
    )?;
    let of = |name: &dyn Fn(&Pool) -> String| data.pools.iter().map(name).collect::<BTreeSet<String>>();
    for (id, label, names) in
        [("center", "Center", of(&|pool| pool.center.clone())), ("pool", "Pool", of(&|pool| pool.name.clone()))]
    {
        // There is nothing to choose from one.
        if names.len() > 1 {
            write!(
                out,
                "<label for=\"people-{id}\">{label} <select id=\"people-{id}\"><option value=\"\">all</option>"
            )?;
            for name in names {
                write!(out, "<option>{}</option>", Html(&name))?;
            }
            writeln!(out, "</select></label>")?;
        }
    }
    write!(out, "<label for=\"people-flag\">Flag <select id=\"people-flag\"><option value=\"\">any</option>")?;
    for (i, flag) in data.people.flags.iter().enumerate() {
        let count = data.people.flagged(i);
        if count > 0 {
            write!(out, "<option value=\"{i}\">{} ({})</option>", flag.label, grouped(count))?;
        }
    }
    writeln!(out, "</select></label>\n<button type=\"button\" id=\"people-clear\">Clear</button>\n</form>")
}

fn unmanaged(out: &mut impl io::Write, data: &Data) -> io::Result<()> {
    open(out, "unmanaged", "Unmanaged pools")?;
    if data.unmanaged.is_empty() {
        return writeln!(out, "<p class=\"empty\">None: every pool of the centers is in the files.</p>\n</section>");
    }
    writeln!(
        out,
        "<p class=\"lead\">They are in the centers and in no file. Bursar lists them and never touches them.</p>\n<ul class=\"plain\">"
    )?;
    for (name, center) in &data.unmanaged {
        writeln!(out, "<li>{} <span class=\"faint\">{}</span></li>", Html(name), Html(center))?;
    }
    writeln!(out, "</ul>\n</section>")
}

fn differences(out: &mut impl io::Write, data: &Data) -> io::Result<()> {
    open(out, "differences", differences_title(data))?;
    let lead = if data.caused {
        "What was done in the centers outside review: the files did not change here, and yet the centers differ."
    } else {
        "What the centers hold other than the files ask, whoever changed it. `--base REV` tells drift from edits of the files."
    };
    if data.differences.rows.is_empty() {
        let none = if data.caused {
            "No drift: nothing was changed outside review."
        } else {
            "None: the centers are as the files ask."
        };
        return writeln!(out, "<p class=\"empty\">{none}</p>\n</section>");
    }
    writeln!(out, "<p class=\"lead\">{}</p>", lead.replace("`--base REV`", "<code>--base REV</code>"))?;
    table(out, &data.differences, "What the centers hold, and what the files ask")?;
    writeln!(out, "</section>")
}

fn manual(out: &mut impl io::Write, data: &Data) -> io::Result<()> {
    open(out, "manual", "Waiting to be done by hand")?;
    if data.steps.is_empty() {
        return writeln!(out, "<p class=\"empty\">Nothing waits for a person.</p>\n</section>");
    }
    let minutes = usize::try_from(data.minutes).unwrap_or(usize::MAX);
    writeln!(
        out,
        "<p class=\"lead\">{}, about {}. <code>bursar apply</code> writes the runbook, <code>bursar confirm</code> records \
         what was done.</p>\n<ol class=\"plain\">",
        count_words(data.steps.len(), "step", "steps"),
        count_words(minutes, "minute", "minutes")
    )?;
    for step in &data.steps {
        write!(out, "<li>{} <span class=\"faint\">{}", Html(&step.title), Html(&step.center))?;
        if step.people > 0 {
            write!(out, ", {}", people_words(step.people))?;
        }
        writeln!(out, "</span></li>")?;
    }
    writeln!(out, "</ol>\n</section>")
}

fn worst(out: &mut impl io::Write, data: &Data) -> io::Result<()> {
    open(out, "worst", "Worst case in a month")?;
    if data.worst.is_empty() {
        return writeln!(out, "<p class=\"empty\">Nothing can be spent.</p>\n</section>");
    }
    writeln!(
        out,
        "<p class=\"lead\">The most that budgets and caps let people spend in 31 days.</p>\n<div class=\"scroll\" \
         tabindex=\"0\" role=\"region\" aria-label=\"Worst case by center\"><table><caption class=\"hidden\">Worst case in a \
         month, by center</caption>\n<thead><tr><th scope=\"col\">Center</th><th scope=\"col\">Unit</th><th scope=\"col\" \
         class=\"amount\">As it is</th><th scope=\"col\" class=\"amount\">By the files</th><th scope=\"col\" \
         class=\"amount\">Difference</th></tr></thead>\n<tbody>"
    )?;
    for line in &data.worst {
        let Worst { center, unit, now, planned, difference, is_worth } = line;
        let unit = if *is_worth { format!("worth in {unit}") } else { unit.clone() };
        writeln!(
            out,
            "<tr{}><th scope=\"row\">{}</th><td>{}</td><td class=\"amount\">{}</td><td class=\"amount\">{}</td><td \
             class=\"amount\">{}</td></tr>",
            if center.is_none() { " class=\"total\"" } else { "" },
            Html(center.as_deref().unwrap_or("all together")),
            Html(&unit),
            Html(now),
            Html(planned),
            Html(difference.as_deref().unwrap_or("–"))
        )?;
    }
    writeln!(out, "</tbody></table></div>")?;
    if !data.rates.is_empty() {
        writeln!(out, "<p class=\"faint\">By the rates of the files: {}.</p>", Html(&data.rates.join("; ")))?;
    }
    writeln!(out, "</section>")
}

fn picture(out: &mut impl io::Write, data: &Data) -> io::Result<()> {
    open(out, "picture", "Who can draw from where")?;
    if data.picture.is_empty() {
        return writeln!(out, "<p class=\"empty\">There is no pool to draw from.</p>\n</section>");
    }
    writeln!(
        out,
        "<p class=\"lead\">Broader lines stand for more people; broken ones for rights that no file gives.</p>\n<div \
         class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Picture\">"
    )?;
    data.picture.svg(out)?;
    writeln!(out, "</div>\n<details><summary>The same as a table</summary>")?;
    data.picture.table(out)?;
    writeln!(out, "</details>\n</section>")
}

fn open(out: &mut impl io::Write, id: &str, title: &str) -> io::Result<()> {
    writeln!(out, "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{title}</h2>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_stay_whole_and_nothing_else_is_markup() {
        let said = Dated("until 2026-11-29, <b> & 2026-11").to_string();
        assert_eq!(said, "until <span class=\"nowrap\">2026-11-29,</span> &lt;b&gt; &amp; 2026-11");
    }

    #[test]
    fn nothing_of_ours_ends_its_element() {
        assert!(!SCRIPT.contains("</") && !STYLE.contains("</") && !SCRIPT.contains("<!--"));
    }
}
