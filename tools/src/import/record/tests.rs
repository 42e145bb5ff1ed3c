//! Every row of a file is in, or is refused; no row is swallowed by another.

use std::fmt::Write as _;

use super::*;

fn read(text: &str) -> Vec<CsvRecord> {
    let mut records = CsvRecords::new(text.as_bytes(), ',');
    let headers = records.next().expect("text").expect("headers");
    records.set_width(headers.cells.len());
    std::iter::from_fn(|| records.next().expect("text")).collect()
}

/// The lines of the records that are whole, and of those that are not.
fn lines(text: &str) -> (Vec<u64>, Vec<u64>) {
    let (whole, broken): (Vec<_>, Vec<_>) = read(text).into_iter().partition(|one| one.fault.is_none());
    let lines = |records: Vec<CsvRecord>| records.iter().map(|record| record.line).collect();
    (lines(whole), lines(broken))
}

#[test]
fn quoted_cells_hold_separators_marks_and_line_ends() {
    let records = read("a,b,c\nA-1,\"x, \"\"y\"\"\",\"one\r\ntwo\"\nA-2,24\" wide,\"\"\n");
    let cells: Vec<Vec<&str>> = records.iter().map(|record| record.cells.iter().collect()).collect();
    assert_eq!(cells, [vec!["A-1", "x, \"y\"", "one\r\ntwo"], vec!["A-2", "24\" wide", ""]]);
    assert_eq!(records.iter().map(|record| record.line).collect::<Vec<_>>(), [2, 4]);
    assert!(records.iter().all(|record| record.fault.is_none()));
}

#[test]
fn a_mark_that_is_never_closed_costs_its_own_row() {
    let (whole, broken) = lines("a,b,c\nA-1,M,x\nA-2,M,\"24 inch\nA-3,M,x\nA-4,M,x");
    assert_eq!((whole, broken), (vec![2, 4, 5], vec![3]));
}

#[test]
fn two_stray_marks_cost_their_own_rows() {
    let text = "a,b,c\nA-1,M,\"24 inch\nA-2,M,x\nA-3,\"24 inch,x\nA-4,M,x\nA-5,\"x, y\",z\n";
    assert_eq!(lines(text), (vec![3, 5, 6], vec![2, 4]));
}

#[test]
fn a_stray_mark_that_a_mark_within_a_text_closes_swallows_no_row() {
    // Read loosely it is one record of three cells.
    let text = "a,b,c\nA-1,\"24 inch,x\nA-2,M,x\nA-3,Monitor 24\",x\nA-4,M,x\n";
    assert_eq!(lines(text), (vec![3, 4, 5], vec![2]));
    // And here of the wrong number of cells.
    let text = "a,b,c\nA-1,M,\"24 inch\nA-2,M,x\nA-3,Monitor 24\",x\nA-4,M,x\n";
    assert_eq!(lines(text), (vec![3, 4, 5], vec![2]));
}

#[test]
fn a_stray_mark_that_the_opening_one_of_another_cell_closes_swallows_no_row() {
    for cell in ["\"x, y\"", "\",x\"", "\"\"\"x\"\"\"", "\",\"", "\"one\ntwo\""] {
        let text = format!("a,b,c\nA-1,\"24 inch,x\nA-2,M,x\nA-3,{cell},x\nA-4,M,x\n");
        let records = read(&text);
        let tags: Vec<&str> =
            records.iter().filter(|record| record.fault.is_none()).map(|record| &record.cells[0]).collect();
        assert_eq!(tags, ["A-2", "A-3", "A-4"], "{text}");
    }
}

#[test]
fn lines_that_may_be_rows_or_a_text_are_refused_and_none_is_guessed() {
    // With two columns a sentence can look like a row.
    let text = "a,b\nA-1,\"24 inch\nplease,return\"\nA-2,x\n";
    assert_eq!(lines(text), (vec![4], vec![2, 3]));
    let text = "a,b,c\nA-1,M,\"bought in\nLondon, a bag, and a dock\"\nA-2,M,x\n";
    assert_eq!(lines(text), (vec![4], vec![2, 3]));
    // A text whose lines are no rows is a text.
    let text = "a,b,c\nA-1,M,\"bought in\nLondon, with a bag\"\nA-2,M,x\n";
    assert_eq!(lines(text), (vec![2, 4], vec![]));
}

#[test]
fn what_is_wrong_is_said_with_line_and_character() {
    let records = read("a,b,c\nA-1,M,\"24\" wide\nA-2,M\nA-3,M,x,y\n");
    let faults: Vec<&RecordFault> = records.iter().filter_map(|record| record.fault.as_ref()).collect();
    assert_eq!((faults[0].cell, faults[0].value.as_str()), (Some(2), "\"24\" wide"));
    assert!(faults[0].reason.contains("line 2, character 7"), "{:?}", faults[0]);
    assert!(faults[0].reason.contains("character 11"), "{:?}", faults[0]);
    assert!(faults[1].reason.contains("2 cells") && faults[2].reason.contains("4 cells"), "{faults:?}");
}

#[test]
fn only_a_sign_is_a_directive() {
    for (line, sign) in [("sep=;", Some(';')), ("\"sep=,\"", Some(',')), ("SEP=\t", Some('\t'))] {
        assert_eq!(directive(line), sign, "{line}");
    }
    for line in ["sep=", "sep=;;", "sep=a", "separator=;"] {
        assert_eq!(directive(line), None, "{line}");
    }
}

/// Numbers without a pattern (splitmix64).
struct Noise(u64);

impl Noise {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let limit = u64::try_from(limit).expect("small");
        usize::try_from((mixed ^ (mixed >> 31)) % limit).expect("small")
    }
}

/// Texts of cells with the way they are written.
const WRITTEN: [(&str, &str); 9] = [
    ("plain", "plain"),
    ("", ""),
    ("", "\"\""),
    ("x, y", "\"x, y\""),
    (",x", "\",x\""),
    ("24\" wide", "24\" wide"),
    ("24\"", "24\""),
    ("he said \"hi\"", "\"he said \"\"hi\"\"\""),
    ("one\ntwo", "\"one\ntwo\""),
];

/// Rows that cannot be read; each is a line of its own.
fn faulty(kind: usize, tag: &str) -> String {
    match kind {
        0 => format!("{tag},M,\"24 inch,x,y,z"),
        1 => format!("{tag},M,x,y,z,\"24 inch"),
        2 => format!("{tag},M,\"24\" wide,x,y,z"),
        3 => format!("{tag},M,x,y,z,w,more"),
        4 => format!("{tag},M,x,y"),
        _ => format!("\"{tag},M,x,y,z,w"),
    }
}

#[test]
fn of_100_000_rows_with_1_000_faults_of_six_kinds_every_other_row_is_in() {
    for seed in 0..3 {
        let mut noise = Noise(seed);
        let mut text = "tag,model,name,notes,serial,cost\n".to_owned();
        let mut expected: Vec<Vec<String>> = Vec::new();
        let mut planted = 0;
        let mut faults: Vec<bool> = (0..100_000).map(|row| row < 1_000).collect();
        for row in (1..faults.len()).rev() {
            faults.swap(row, noise.below(row + 1));
        }
        for (row, is_faulty) in faults.into_iter().enumerate() {
            let tag = format!("T-{row}");
            if is_faulty {
                planted += 1;
                writeln!(text, "{}", faulty(noise.below(6), &tag)).expect("text");
                continue;
            }
            let mut cells = vec![tag];
            let mut line = cells[0].clone();
            for _ in 0..5 {
                let (meant, written) = WRITTEN[noise.below(WRITTEN.len())];
                cells.push(meant.to_owned());
                line = line + "," + written;
            }
            expected.push(cells);
            text = text + &line + "\n";
        }
        let (whole, broken): (Vec<_>, Vec<_>) = read(&text).into_iter().partition(|one| one.fault.is_none());
        assert_eq!((planted, whole.len(), broken.len()), (1_000, 99_000, 1_000), "seed {seed}");
        for (record, cells) in whole.iter().zip(&expected) {
            assert!(record.cells.iter().eq(cells), "seed {seed}: {record:?}");
        }
    }
}
