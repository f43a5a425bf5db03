//! Which header of the export holds what. Nobody documents them ([?] in Figma's help), so they are told by the files;
//! a guess is only ever a proposal to paste, except for the e-mail address.

use crate::model::{Column, Export};
use crate::table::{Row, Table};

/// The headers that are taken for the e-mail address where nobody said which one it is.
const EMAIL: [&str; 3] = ["email", "e-mail", "email address"];
/// The longest header that is repeated to people.
const MAX_SHOWN: usize = 64;
/// How many headers are repeated to people.
const MAX_HEADERS: usize = 40;

/// The columns of the export, by their position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// The person's e-mail address.
    pub(super) email: usize,
    /// Whether they may draw.
    pub(super) access: Option<usize>,
    /// Their cap.
    pub(super) limit: Option<usize>,
    /// What people call them.
    pub(super) name: Option<usize>,
    /// The billing group that they are in.
    pub(super) billing_group: Option<usize>,
}

/// Finds the columns; `Err` says what is wrong with them, each in a sentence.
pub(super) fn find(table: &Table, export: &Export) -> Result<Columns, Vec<String>> {
    let mut wrong = Vec::new();
    for (column, header) in &export.columns {
        match table.count(header) {
            0 => wrong.push(format!("no header is `{header}`, which `columns` names for {}", column.key())),
            1 => {}
            n => wrong
                .push(format!("{n} columns have the header `{header}`, which `columns` names for {}", column.key())),
        }
    }
    let of = |column: Column| export.columns.get(&column).and_then(|header| table.column(header));
    let email = match export.columns.get(&Column::Email) {
        Some(header) => table.column(header),
        None => {
            let guessed: Vec<usize> = EMAIL.iter().filter_map(|header| table.column(header)).collect();
            if guessed.is_empty() {
                wrong.push("no header is known to hold e-mail addresses".to_owned());
            }
            guessed.first().copied()
        }
    };
    match email.filter(|_| wrong.is_empty()) {
        Some(email) => Ok(Columns {
            email,
            access: of(Column::Access),
            limit: of(Column::Limit),
            name: of(Column::Name),
            billing_group: of(Column::BillingGroup),
        }),
        None => Err(wrong),
    }
}

/// The headers of the file, for people. Nothing where the file does not look like a table of people: whoever may edit
/// the path in the files must not have the runner read its other files to them.
pub(super) fn headers(table: &Table) -> Option<String> {
    if !is_of_people(table) {
        return None;
    }
    let shown = table.headers().iter().filter(|header| !header.is_empty());
    let mut words: Vec<String> = shown
        .clone()
        .take(MAX_HEADERS)
        .map(|header| {
            let length = header.chars().count();
            if length > MAX_SHOWN { format!("(one of {length} characters)") } else { format!("`{header}`") }
        })
        .collect();
    let more = shown.count().saturating_sub(MAX_HEADERS);
    if more > 0 {
        words.push(format!("and {more} more"));
    }
    Some(words.join(", "))
}

/// Whether there are two columns or more, rows, and a column of e-mail addresses, by its header or by its cells.
fn is_of_people(table: &Table) -> bool {
    let named = |header: &String| {
        header.len() <= 40
            && header.to_lowercase().contains("mail")
            && header.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
    };
    let by_cells = |column: usize| {
        let mut cells = table.rows().take(20).map(|row: Row<'_>| row.cell(column)).filter(|cell| !cell.is_empty());
        cells.next().is_some_and(is_email) && cells.all(is_email)
    };
    let by_header = table.headers().iter().any(named);
    table.headers().len() >= 2 && table.rows().len() > 0 && (by_header || (0..table.headers().len()).any(by_cells))
}

/// Whether a cell is an e-mail address, by the rule of the files and a little more: nothing that a spreadsheet takes
/// for a formula is one.
pub(super) fn is_email(cell: &str) -> bool {
    let formula = cell.starts_with(['=', '+', '-', '@', '\'']);
    let usual = |c: char| c.is_alphanumeric() || "@.!#$%&'*+-/?^_{}~".contains(c);
    let sides = cell.split_once('@');
    let fine = sides.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    // RFC 5321 lets an address have 254 characters.
    fine && !formula && cell.len() <= 254 && cell.chars().all(usual)
}

/// What a header may be called, by column; for guesses that somebody looks at before they are used.
fn names(column: Column) -> &'static [&'static str] {
    match column {
        Column::Email => &["email", "e-mail", "email address", "user email"],
        Column::Access => &["paid ai credit access", "ai credit access", "paid ai access", "ai access", "access"],
        Column::Limit => &["paid ai credit limit", "custom credit limit", "ai credit limit", "credit limit", "limit"],
        Column::Name => &["name", "full name", "display name"],
        Column::BillingGroup => &["billing group", "billing_group"],
        Column::Seat => &["seat", "seat type"],
        Column::Workspace => &["workspace"],
    }
}

/// A `columns:` to paste, with the best guess for each field, on one line. Nothing where no header looks like any.
pub(super) fn proposal(table: &Table) -> Option<String> {
    if !is_of_people(table) {
        return None;
    }
    let usable = |header: &str| !header.is_empty() && header.chars().count() <= MAX_SHOWN && table.count(header) == 1;
    let mut likely: Vec<(f64, Column, usize)> = Vec::new();
    for column in Column::ALL {
        for (at, header) in table.headers().iter().enumerate().filter(|(_, header)| usable(header)) {
            let header = header.to_lowercase();
            let likeness = names(column)
                .iter()
                .map(|name| strsim::normalized_levenshtein(name, &header))
                .fold(0.0, f64::max);
            likely.push((likeness, column, at));
        }
    }
    likely.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut guessed: Vec<(Column, usize)> = Vec::new();
    for (_, column, at) in likely.into_iter().filter(|(likeness, ..)| *likeness >= 0.7) {
        if guessed.iter().all(|(other, taken)| *other != column && *taken != at) {
            guessed.push((column, at));
        }
    }
    guessed.sort_unstable();
    let entries: Vec<String> = guessed
        .iter()
        .filter_map(|(column, at)| Some(format!("{}: {}", column.key(), quoted(table.headers().get(*at)?))))
        .collect();
    (!entries.is_empty()).then(|| format!("columns: {{ {} }}", entries.join(", ")))
}

/// A header as YAML: in quotes, which both YAML and JSON read alike.
fn quoted(header: &str) -> String {
    serde_json::Value::from(header).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        Table::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn what_is_an_email_is_told_from_a_formula() {
        for good in ["alice@acme.example", "zoë@acme.example", "a+b-c@d", "o'brien@x.y"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "alice",
            "@acme.example",
            "alice@",
            "a@b@c",
            "a b@c.d",
            "=cmd|'/C'!A0@x",
            "=HYPERLINK(\"a@b\")",
            "+a@b.c",
            "-a@b.c",
            "'a@b.c",
            "a@b.c,d@e.f",
            "<a@b.c>",
            "a\u{202e}@b.c",
            "mailto:a@b.c",
            "a=1@b",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
        assert!(!is_email(&format!("{}@b.c", "a".repeat(260))));
    }

    #[test]
    fn a_proposal_is_by_likeness_and_takes_no_header_twice() {
        let people = table("Name;E-Mail;AI credit access;Paid AI credit Limit;Billing Group;Seat\nA;a@b.c;x;;D;Full\n");
        assert_eq!(
            proposal(&people).unwrap(),
            "columns: { email: \"E-Mail\", access: \"AI credit access\", limit: \"Paid AI credit Limit\", name: \"Name\", \
             billing_group: \"Billing Group\", seat: \"Seat\" }"
        );
        let odd = table("Usuario,\"Say \"\"x\"\"\"\na@b.c,1\n");
        assert_eq!(proposal(&odd), None);
        assert_eq!(headers(&odd).unwrap(), "`Usuario`, `Say \"x\"`");
    }

    #[test]
    fn a_file_that_is_no_table_of_people_keeps_its_words() {
        for text in [
            "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1\n",
            "-----BEGIN PRIVATE KEY-----\nabcdef\n",
            "TOKEN=abc,def\nOTHER=ghi,jkl\n",
            "{\"client_email\":\"a@b.c\",\"private_key\":\"secret\"}\n",
            "{\"client_email\":\"a@b.c\",\"private_key\":\"secret\"}\nx,y\n",
            "email,token\n",
            "email\na@b.c\n",
        ] {
            assert_eq!(headers(&table(text)), None, "{text}");
            assert_eq!(proposal(&table(text)), None, "{text}");
        }
        assert_eq!(headers(&table("Mail,X\n,\n1,2\n")).unwrap(), "`Mail`, `X`");
        let long = table(&format!("Mail,{}\n1,2\n", "x".repeat(65)));
        assert_eq!(headers(&long).unwrap(), "`Mail`, (one of 65 characters)");
        let wide = format!("Mail{}\n1,2\n", ",h".repeat(50));
        assert!(headers(&table(&wide)).unwrap().ends_with("`h`, and 11 more"));
    }

    #[test]
    fn without_columns_only_the_email_is_guessed() {
        let columns = find(&table("Access,Email Address,Limit\n"), &Export::default()).unwrap();
        assert_eq!(columns, Columns { email: 1, ..Columns::default() });
        let wrong = find(&table("Access,Login\n"), &Export::default()).unwrap_err();
        assert_eq!(wrong, ["no header is known to hold e-mail addresses"]);
        let export = Export {
            columns: [(Column::Email, " LOGIN".to_owned()), (Column::Access, "access".to_owned())].into(),
            ..Export::default()
        };
        let wrong = find(&table("Access,access,Logins\n"), &export).unwrap_err();
        assert_eq!(wrong.len(), 2, "{wrong:?}");
        let columns = find(&table("Access,Login\n"), &export).unwrap();
        assert_eq!(columns, Columns { email: 1, access: Some(0), ..Columns::default() });
    }
}
