//! The people export: a CSV whose headers nobody documents.

use std::path::Path;

use crate::centers::CenterError;
use crate::model::{CenterSettings, Column};

/// What a row says of a person's access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Full,
    Custom(u64),
    None,
    /// No column tells.
    Unknown,
}

/// A person of the export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) email: String,
    pub(super) access: Access,
    pub(super) billing_group: Option<String>,
}

/// Everybody in the export, and what it is known by.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    pub(super) people: Vec<Row>,
    pub(super) fingerprint: String,
    pub(super) notes: Vec<String>,
}

/// Reads the export.
pub(super) fn read(settings: &CenterSettings, path: &Path) -> Result<Rows, CenterError> {
    let file = |why: String| CenterError::File { path: path.to_owned(), why };
    let text = std::fs::read_to_string(path).map_err(|error| file(error.to_string()))?;
    let mut lines = text.lines();
    let headers: Vec<&str> = lines.next().unwrap_or_default().split(',').map(str::trim).collect();
    let export = settings.export.as_ref();
    let column = |column: Column| {
        let name = export.and_then(|export| export.columns.get(&column)).map_or(column.key(), String::as_str);
        headers.iter().position(|header| header.eq_ignore_ascii_case(name))
    };
    let email = column(Column::Email).ok_or_else(|| file("no column holds e-mail addresses".to_owned()))?;
    let (access, limit, group) = (column(Column::Access), column(Column::Limit), column(Column::BillingGroup));
    let mut rows = Rows { fingerprint: format!("{:x}", text.len()), ..Rows::default() };
    for line in lines {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let cell = |index: Option<usize>| index.and_then(|index| cells.get(index)).copied();
        let access = match cell(access) {
            Some("Full access") => Access::Full,
            Some("Custom limit") => {
                Access::Custom(cell(limit).and_then(|limit| limit.parse().ok()).unwrap_or_default())
            }
            Some("No access") => Access::None,
            _ => Access::Unknown,
        };
        rows.people.push(Row {
            email: cell(Some(email)).unwrap_or_default().to_owned(),
            access,
            billing_group: cell(group).map(str::to_owned),
        });
    }
    Ok(rows)
}
