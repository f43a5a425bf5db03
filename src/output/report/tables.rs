//! Long tables as HTML: their first rows, in the same words in which the page's script shows the others.

use std::io;

use crate::output::html::Html;

use super::data::{Cell, Column, Kind, Table};

/// How many rows a page of a table has.
pub(super) const PAGE: usize = 100;

/// Writes a table with its first rows, and the places for what the script adds.
pub(super) fn table(out: &mut impl io::Write, table: &Table, caption: &str) -> io::Result<()> {
    let Table { id, columns, rows, sorted, .. } = table;
    let count = rows.len();
    let shown = count.min(PAGE);
    writeln!(
        out,
        "<p id=\"{id}-said\" class=\"said\" role=\"status\" aria-live=\"polite\">1–{shown} of {} {}</p>",
        grouped(count),
        table.noun[usize::from(count != 1)]
    )?;
    if count > PAGE {
        writeln!(
            out,
            "<noscript><p class=\"faint\">Without JavaScript the page shows the first {PAGE} of them.</p></noscript>"
        )?;
    }
    writeln!(
        out,
        "<div class=\"scroll long\"><table id=\"{id}-table\" role=\"table\"><caption class=\"hidden\">{}</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">",
        Html(caption)
    )?;
    for (i, Column { label, kind }) in columns.iter().enumerate() {
        let sort = if *sorted == Some(i) { " aria-sort=\"descending\"" } else { "" };
        writeln!(out, "<th scope=\"col\" role=\"columnheader\" class=\"{}\"{sort}>{label}</th>", class(*kind))?;
    }
    writeln!(out, "</tr></thead>\n<tbody id=\"{id}-rows\" role=\"rowgroup\">")?;
    for cells in rows.iter().take(PAGE) {
        row(out, table, cells)?;
    }
    writeln!(out, "</tbody></table></div>")?;
    writeln!(out, "<div id=\"{id}-pages\" class=\"pages\" hidden></div>")
}

fn row(out: &mut impl io::Write, table: &Table, cells: &[Cell]) -> io::Result<()> {
    write!(out, "<tr role=\"row\">")?;
    for (i, (column, cell)) in table.columns.iter().zip(cells).enumerate() {
        let class = class(column.kind);
        if i == 0 {
            write!(out, "<th scope=\"row\" role=\"rowheader\" class=\"{class}\">")?;
        } else {
            write!(out, "<td role=\"cell\" class=\"{class}\" data-label=\"{}\">", column.label)?;
        }
        content(out, table, cell)?;
        write!(out, "{}", if i == 0 { "</th>" } else { "</td>" })?;
    }
    writeln!(out, "</tr>")
}

fn content(out: &mut impl io::Write, table: &Table, cell: &Cell) -> io::Result<()> {
    match cell {
        Cell::Nothing => write!(out, "<span class=\"none\">–</span>"),
        Cell::Text(text) => write!(out, "<span>{}</span>", Html(text)),
        Cell::Noted(text, note) => write!(out, "<span>{}</span> <small>{}</small>", Html(text), Html(note)),
        Cell::Share(share) => {
            write!(
                out,
                "<span>{share} %</span><svg class=\"mini {}\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" \
                 aria-hidden=\"true\"><rect class=\"track\" width=\"100\" height=\"6\"></rect><rect class=\"drawn\" \
                 width=\"{}\" height=\"6\"></rect></svg>",
                look(*share),
                share.min(&100)
            )
        }
        Cell::Flags(flags) => {
            for flag in flags.iter().filter_map(|flag| table.flags.get(*flag)) {
                write!(out, "<span class=\"flag {}\">{}</span>", flag.look, flag.label)?;
            }
            Ok(())
        }
    }
}

/// How a share looks.
pub(super) fn look(share: u64) -> &'static str {
    match share {
        0..super::HIGH => "calm",
        super::HIGH..100 => "warn",
        _ => "bad",
    }
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Amount => "amount",
        Kind::Share => "share",
        Kind::Date => "date",
        Kind::Source => "source",
        Kind::Flags => "flags",
    }
}

/// A count with thousands separated.
pub(super) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
