//! Records of a CSV file, read strictly (RFC 4180), each with the line on which it begins.
//!
//! The crate `csv` reads leniently by design: text behind a closing quotation mark, or a mark that is
//! never closed, is no error to it, and the rows up to the next mark become one cell. Here such a
//! record is *broken*: its first line is a row that is refused, and reading goes on at the next line.

mod cells;

use std::collections::VecDeque;
use std::io::{self, Read};

use csv::StringRecord;

use super::lines::{PhysicalLines, without_end};
use cells::{Cells, Fed, QuoteStart, literal};

/// The most bytes of a record that spans lines.
const MAX_RECORD: usize = 1 << 20;

/// A record, or what stands where one should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CsvRecord {
    /// The line on which it begins, from 1.
    pub(crate) line: u64,
    /// Of a broken record, the cells of its line if quotation marks are taken for text.
    pub(crate) cells: StringRecord,
    pub(crate) fault: Option<RecordFault>,
}

/// Why a record is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordFault {
    /// The cell that is to blame, from 0; none if it is the number of cells.
    pub(crate) cell: Option<usize>,
    pub(crate) value: String,
    pub(crate) reason: String,
}

/// Reads records.
pub(crate) struct CsvRecords<R> {
    lines: PhysicalLines<R>,
    delimiter: char,
    /// How many cells a record has, once it is known.
    width: Option<usize>,
    /// Lines that were looked at and not yet taken.
    ahead: VecDeque<String>,
    /// The number of the first of them.
    line: u64,
    /// Lines that are refused, since they may be rows or the text of a cell.
    refused: usize,
}

impl<R: Read> CsvRecords<R> {
    pub(crate) fn new(input: R, delimiter: char) -> Self {
        let lines = PhysicalLines::new(input);
        Self { lines, delimiter, width: None, ahead: VecDeque::new(), line: 1, refused: 0 }
    }

    /// From here on records have so many cells.
    pub(crate) fn set_width(&mut self, width: usize) {
        self.width = Some(width);
    }

    /// Passes over the first line if it is a directive for spreadsheets, such as `sep=;`, which is no
    /// row; gives back the sign that it names.
    pub(crate) fn take_directive(&mut self) -> io::Result<Option<char>> {
        let sign = self.peek(0)?.and_then(|line| directive(without_end(line)));
        if sign.is_some() {
            self.take(1);
        }
        Ok(sign)
    }

    /// The next record; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<CsvRecord>> {
        if self.peek(0)?.is_none() {
            return Ok(None);
        }
        if self.refused > 0 {
            self.refused -= 1;
            let reason = "the line may be a row, or the text of a cell that a line before it opens";
            return Ok(Some(self.broken(None, reason.to_owned())));
        }
        let (fed, cells, count) = self.parse(0)?;
        Ok(Some(match fed {
            Fed::Complete => self.judge(cells, count)?,
            Fed::Continues => {
                let reason = "a quotation mark opens here that is never closed";
                self.broken(Some(cells.spanning()), reason.to_owned())
            }
            Fed::Broken { character } => {
                let line = self.line + count as u64 - 1;
                let reason = format!(
                    "a quotation mark opens here, and text follows the one that closes it (line {line}, character \
                     {character}); within a cell marks are doubled"
                );
                self.broken(Some(cells.opened()), reason)
            }
        }))
    }

    /// Reads a record from the line `from` on, of those that are ahead; gives back how many lines it took.
    fn parse(&mut self, from: usize) -> io::Result<(Fed, Cells, usize)> {
        let mut cells = Cells::new(self.delimiter);
        let mut bytes = 0;
        let mut count = 0;
        while let Some(line) = self.peek(from + count)? {
            bytes += line.len();
            let fed = cells.feed(line);
            count += 1;
            if fed != Fed::Continues || bytes > MAX_RECORD {
                return Ok((fed, cells, count));
            }
        }
        Ok((Fed::Continues, cells, count))
    }

    /// A record whose marks are right, which may yet have swallowed rows: a stray mark can pair with
    /// another one. So it is asked what stands there if the mark is stray.
    fn judge(&mut self, cells: Cells, count: usize) -> io::Result<CsvRecord> {
        let spanning = cells.spanning();
        let record = self.fitting(cells.finish());
        let Some(width) = self.width.filter(|width| count > 1 || record.len() != *width) else {
            return Ok(self.whole(record, None, count));
        };
        let first = self.ahead.front().map(|line| literal(line, self.delimiter).len());
        let swallowed = self.swallowed(count)?;
        let is_text = record.len() == width && first != Some(width);
        if is_text || swallowed.rows + swallowed.sentences == 0 {
            let fault = (record.len() != width).then(|| wrong_width(record.len(), width));
            return Ok(self.whole(record, fault, count));
        }
        let last = self.line + count as u64 - 1;
        let reason =
            format!("a quotation mark opens here that line {last} closes, over lines that look like rows");
        if !swallowed.are_rows(width) {
            self.refused = count - 1;
        }
        Ok(self.broken(Some(spanning), reason))
    }

    /// What the lines of a record behind its first one are if they are read by themselves.
    fn swallowed(&mut self, count: usize) -> io::Result<SwallowedLines> {
        let mut swallowed = SwallowedLines::default();
        let mut from = 1;
        while from < count {
            let (fed, cells, length) = self.parse(from)?;
            let record = self.fitting(cells.finish());
            let is_row = fed == Fed::Complete && Some(record.len()) == self.width;
            // Behind a comma in prose stands a space.
            let is_sentence = record.iter().skip(1).any(|cell| cell.starts_with(' '));
            match (is_row, is_sentence) {
                (true, false) => swallowed.rows += 1,
                (true, true) => swallowed.sentences += 1,
                (false, _) => swallowed.others += 1,
            }
            from += if is_row { length } else { 1 };
        }
        Ok(swallowed)
    }

    /// Takes surplus cells away that say nothing.
    fn fitting(&self, mut record: StringRecord) -> StringRecord {
        let Some(width) = self.width else { return record };
        if record.len() > width && record.iter().skip(width).all(|cell| cell.trim().is_empty()) {
            record.truncate(width);
        }
        record
    }

    fn whole(&mut self, cells: StringRecord, fault: Option<RecordFault>, count: usize) -> CsvRecord {
        let record = CsvRecord { line: self.line, cells, fault };
        self.take(count);
        record
    }

    /// The first line as a broken record; `start` is where the cell that is to blame opens.
    fn broken(&mut self, start: Option<QuoteStart>, reason: String) -> CsvRecord {
        let line = self.ahead.front().map(String::as_str).unwrap_or_default();
        let cells = literal(line, self.delimiter);
        let fault = match start {
            None => RecordFault { cell: None, value: String::new(), reason },
            Some(start) => {
                let line = self.ahead.get(start.line).map_or("", |line| without_end(line));
                let behind = line.chars().skip(start.character - 1);
                let value = behind.take_while(|c| *c != self.delimiter).collect();
                let (line, character) = (self.line + start.line as u64, start.character);
                let reason = format!("line {line}, character {character}: {reason}");
                RecordFault { cell: Some(start.cell), value, reason }
            }
        };
        self.whole(cells, Some(fault), 1)
    }

    fn peek(&mut self, index: usize) -> io::Result<Option<&str>> {
        while self.ahead.len() <= index {
            let Some(line) = self.lines.next()? else { return Ok(None) };
            self.ahead.push_back(line);
        }
        Ok(self.ahead.get(index).map(String::as_str))
    }

    fn take(&mut self, count: usize) {
        self.ahead.drain(..count);
        self.line += count as u64;
    }
}

fn wrong_width(has: usize, width: usize) -> RecordFault {
    let reason = format!(
        "the row has {has} cells and the headers {width}; perhaps a quotation mark or a separator is missing"
    );
    RecordFault { cell: None, value: String::new(), reason }
}

/// What lines within a record look like.
#[derive(Debug, Default)]
struct SwallowedLines {
    rows: usize,
    /// They have as many cells as a row, and read like prose.
    sentences: usize,
    others: usize,
}

impl SwallowedLines {
    /// Whether they are rows beyond doubt, and no text that has as many separators by chance.
    fn are_rows(&self, width: usize) -> bool {
        match width {
            0..=2 => false,
            3..=4 => self.rows > self.sentences + self.others,
            _ => self.rows > 0,
        }
    }
}

/// The sign that `sep=` names.
fn directive(line: &str) -> Option<char> {
    let line = line.trim_matches('"');
    let sign = line.strip_prefix("sep=").or_else(|| line.strip_prefix("SEP="))?;
    let mut signs = sign.chars();
    let sign = signs.next().filter(|sign| sign.is_ascii() && !sign.is_alphanumeric())?;
    signs.next().is_none().then_some(sign)
}

#[cfg(test)]
mod tests;
