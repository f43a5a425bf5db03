//! Lists in pages. A cursor says after which number to go on; numbers are given once and in order, so what is written
//! meanwhile neither repeats a row nor hides one that stays.

use super::problem::Problem;

/// How many rows a page has where nobody says.
const ROWS: u32 = 100;
/// How many rows a page has at most.
pub(super) const MOST_ROWS: u32 = 1000;

/// Which list a cursor belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// The pools.
    Pools,
    /// The members.
    Members,
    /// The grants of the pool of that number.
    Grants(i64),
}

impl List {
    fn mark(self) -> String {
        match self {
            Self::Pools => "p".to_owned(),
            Self::Members => "m".to_owned(),
            Self::Grants(pool) => format!("g{pool:x}"),
        }
    }

    /// The cursor of what comes after a number.
    pub(super) fn cursor(self, after: i64) -> String {
        format!("{}-{after:x}", self.mark())
    }

    /// The number in a cursor of this list.
    pub(super) fn after(self, cursor: Option<&str>) -> Result<i64, Problem> {
        let Some(cursor) = cursor else { return Ok(0) };
        let digits = cursor.strip_prefix(&self.mark()).and_then(|rest| rest.strip_prefix('-'));
        digits
            .filter(|digits| !digits.starts_with(['+', '-']))
            .and_then(|digits| i64::from_str_radix(digits, 16).ok())
            .ok_or_else(|| Problem::malformed("the cursor is none that this list gave"))
    }
}

/// How many rows are asked for.
pub(super) fn rows(limit: Option<&str>) -> Result<u32, Problem> {
    let Some(limit) = limit else { return Ok(ROWS) };
    let digits = limit.bytes().all(|b| b.is_ascii_digit());
    match limit.parse() {
        Ok(rows) if digits && (1..=MOST_ROWS).contains(&rows) => Ok(rows),
        _ => Err(Problem::malformed(format!("`limit` is a number from 1 to {MOST_ROWS}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_belongs_to_its_list() {
        let cursor = List::Grants(31).cursor(255);
        assert_eq!(cursor, "g1f-ff");
        assert_eq!(List::Grants(31).after(Some(&cursor)).unwrap(), 255);
        assert_eq!(List::Pools.after(None).unwrap(), 0);
        for (list, cursor) in [
            (List::Grants(1), "g1f-ff"),
            (List::Pools, "m-1"),
            (List::Pools, "p-"),
            (List::Pools, "p--1"),
            (List::Pools, "p-+1"),
            (List::Pools, "p-1 OR 1=1"),
            (List::Pools, ""),
            (List::Pools, "p-fffffffffffffffff"),
        ] {
            assert_eq!(list.after(Some(cursor)).unwrap_err().status, 400, "{cursor}");
        }
    }

    #[test]
    fn a_page_is_neither_empty_nor_endless() {
        assert_eq!(rows(None).unwrap(), 100);
        assert_eq!(rows(Some("1000")).unwrap(), 1000);
        for bad in ["0", "1001", "-1", "+5", "ten", "", "99999999999"] {
            assert_eq!(rows(Some(bad)).unwrap_err().status, 400, "{bad}");
        }
    }
}
