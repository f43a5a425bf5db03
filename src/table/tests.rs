use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

fn show(bytes: &[u8]) -> String {
    let table = match Table::read(bytes) {
        Ok(table) => table,
        Err(problems) => {
            let mut text = String::new();
            for problem in problems {
                let place = problem.place.map_or("-".to_owned(), |place| place.to_string());
                let _ = writeln!(text, "{place} {}", problem.wrong);
            }
            return text;
        }
    };
    let mut text = format!("{}: {}\n", table.header_line(), table.headers().join("|"));
    for row in table.rows() {
        let cells: Vec<&str> = (0..table.headers().len()).map(|column| row.cell(column)).collect();
        let _ = writeln!(text, "{}: {}", row.line(), cells.join("|"));
    }
    text
}

fn utf16(text: &str, mark: [u8; 2], bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect()
}

#[test]
fn what_spreadsheets_write_is_one_table() {
    let shown = "1: Email|Access\n2: zoë@acme.example|Full access\n";
    let text = "Email,Access\r\nzoë@acme.example,Full access\r\n";
    for text in [
        text.to_owned(),
        text.replace("\r\n", "\n"),
        text.replace("\r\n", "\r"),
        text.replace(',', ";"),
        text.replace(',', "\t"),
    ] {
        assert_eq!(show(text.as_bytes()), shown, "{text:?}");
        assert_eq!(show(format!("\u{feff}{text}").as_bytes()), shown);
        assert_eq!(show(&utf16(&text, [0xff, 0xfe], u16::to_le_bytes)), shown);
        assert_eq!(show(&utf16(&text, [0xfe, 0xff], u16::to_be_bytes)), shown);
    }
}

#[test]
fn a_line_may_say_the_delimiter() {
    let shown = "2: Email, please|Access\n3: a@b.c|No\n";
    for first in ["sep=;", "SEP=;", "\"sep=;\""] {
        assert_eq!(show(format!("{first}\r\nEmail, please;Access\r\na@b.c;No\r\n").as_bytes()), shown, "{first}");
    }
    assert_eq!(show(b"sep=,\nA,B\n1,2\n"), "2: A|B\n3: 1|2\n");
    assert_eq!(show(b"sep=\t\nA\tB\n"), "2: A|B\n");
    assert_eq!(show(b"sep=x\nA\n"), "1: sep=x\n2: A\n");
}

#[test]
fn rows_know_their_lines_whatever_stands_between() {
    let text = "\n\r\nA, b ,C,,\n\n\"one\r\ntwo\",\"say \"\"no\"\"\",3,,\n,,,\n4\n\n\n\"5, five\",\n,\n";
    assert_eq!(show(text.as_bytes()), "3: A|b|C\n5: one\r\ntwo|say \"no\"|3\n8: 4||\n11: 5, five||\n");
    let table = Table::read(text.as_bytes()).unwrap();
    let places: Vec<String> = table.rows().map(|row| row.place(1).to_string()).collect();
    assert_eq!(places, ["6:6", "8:2", "11:11"]);
    let written: Vec<Vec<&str>> = table
        .rows()
        .map(|row| {
            row.ranges()
                .into_iter()
                .map(|range| &text[range.start as usize..range.end as usize])
                .collect()
        })
        .collect();
    assert_eq!(written[0], ["one\r\ntwo", "say \"\"no\"\"", "3", "", ""]);
    assert_eq!(written[1..], [vec!["4"], vec!["5, five", ""]]);
    assert_eq!((table.column(" c "), table.column("d"), table.count("B")), (Some(2), None, 1));
}

#[test]
fn what_is_no_table_is_said_without_its_words() {
    assert_eq!(show(b""), "- the file is empty\n");
    assert_eq!(show(b"\xef\xbb\xbf\r\n ,, \r\n"), "- the file is empty\n");
    assert_eq!(show(b"PK\x03\x04rest"), "- the file is an Excel workbook, not a CSV\n");
    assert_eq!(show(b"A,B\nJos\xe9,x\n"), "2:4 the file is not UTF-8\n");
    assert_eq!(show(b"\xff\xfeA"), "- the file begins as UTF-16 and is none\n");
    assert_eq!(show(b"\xff\xfe\x00\xd8"), "- the file begins as UTF-16 and is none\n");
    assert_eq!(show(b"A\0\n"), "1:2 a control character, U+0000\n");
    assert_eq!(show(b"A\n\x1b[31m\n"), "2:1 a control character, U+001B\n");
    assert_eq!(show("A\nb\u{85}\n".as_bytes()), "2:2 a control character, U+0085\n");
    assert_eq!(show(b"A,B\n1,2\n3,\"4\n5,6\n"), "3:1 a quote opens and never closes\n");
    assert_eq!(show(b"\"A,B\n1,2"), "1:1 a quote opens and never closes\n");
    assert_eq!(
        show(b"A,B\n1,2,3\n,,\n\"x\",\"a,b\",c\n"),
        "2:5 the row has more cells than there are headers\n4:11 the row has more cells than there are headers\n"
    );
}

#[test]
fn what_is_too_much_is_refused() {
    let long = "x".repeat(MAX_CELL + 1);
    assert_eq!(show(format!("A,B\n1,{long}\n").as_bytes()), "2:3 a cell has more than 32 KiB\n");
    assert_eq!(show(format!("A,B\n1,{}\n", &long[1..]).as_bytes()).len(), MAX_CELL + 13);
    assert_eq!(show(vec![b'x'; 70 << 20].as_slice()), "- the file has more than 64 MiB\n");
    assert_eq!(show(vec![b','; 1 << 20].as_slice()), "- the file is empty\n");
    let wide = format!("{}y\n", "x,".repeat(MAX_COLUMNS));
    assert_eq!(
        show(wide.as_bytes()),
        format!("1:{} the line of headers has more than 512 columns\n", 2 * MAX_COLUMNS + 1)
    );
    let rows = format!("A\n{}", "1\n".repeat(MAX_ROWS + 1));
    assert_eq!(show(rows.as_bytes()), format!("{}:1 the file has more than 1000000 rows\n", MAX_ROWS + 2));
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(load(folder.path()).unwrap_err().to_string(), "it is a folder");
    assert_eq!(load(&folder.path().join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(load(Path::new("/dev/zero")).unwrap_err().to_string(), "it is no regular file");
    let path = folder.path().join("large");
    File::create(&path).unwrap().set_len(MAX_BYTES * 2).unwrap();
    assert_eq!(load(&path).unwrap().len() as u64, MAX_BYTES + 1);
}

proptest! {
    #[test]
    fn any_bytes_are_a_table_or_a_problem(bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b",;\t\"\r\n=ax".to_vec())], 0..200)) {
        let _ = show(&bytes);
    }

    #[test]
    fn cells_come_back_as_they_were_written(rows in prop::collection::vec(prop::collection::vec("[a-c,;\"\t\r\n ]{0,6}", 3), 1..8), delimiter in prop::sample::select(b",;\t".to_vec())) {
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
        writer.write_record(["one", "two", "three"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let table = Table::read(&bytes).unwrap();
        let read: Vec<Vec<String>> = table.rows().map(|row| (0..3).map(|at| row.cell(at).to_owned()).collect()).collect();
        let filled = |row: &&Vec<String>| row.iter().any(|cell| !cell.trim().is_empty());
        let written: Vec<Vec<String>> =
            rows.iter().filter(filled).map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect()).collect();
        prop_assert_eq!(read, written);
        for row in table.rows() {
            // A place is where the quote of the cell stands.
            let place = row.place(2);
            let text = String::from_utf8(bytes.clone()).unwrap();
            let mut at = Place { line: 1, column: 1 };
            let found = text.char_indices().find(|(index, _)| { at = Place { line: 1, column: 1 }; parse::advance(&mut at, &text[..*index]); at == place });
            prop_assert_eq!(found.map(|(_, c)| c), Some('"'));
        }
    }
}
