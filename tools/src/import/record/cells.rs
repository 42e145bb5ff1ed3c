//! The cells of one record, fed line by line.

use csv::StringRecord;

use super::super::lines::without_end;

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fed {
    /// The record ends with it.
    Complete,
    /// A quoted cell goes on in the next line.
    Continues,
    /// Text follows a closing quotation mark, at this character, from 1.
    Broken { character: usize },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Nothing of the cell was seen yet.
    Beginning,
    Plain,
    Quoted,
    /// A quotation mark in a quoted cell: the end of it, or the first half of a doubled one.
    Marked,
}

/// The cells of a record.
#[derive(Debug)]
pub(super) struct Cells {
    delimiter: char,
    record: StringRecord,
    cell: String,
    within: Within,
    /// How many lines were fed.
    lines: usize,
    /// Where the last quoted cell opened.
    opened: QuoteStart,
    /// Where the first one that spans lines did.
    spanning: Option<QuoteStart>,
}

/// Where a quoted cell opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct QuoteStart {
    /// The line of the record, from 0.
    pub(super) line: usize,
    /// The character of the line, from 1.
    pub(super) character: usize,
    /// The cell of the record, from 0.
    pub(super) cell: usize,
}

impl Cells {
    pub(super) fn new(delimiter: char) -> Self {
        Self {
            delimiter,
            record: StringRecord::new(),
            cell: String::new(),
            within: Within::Beginning,
            lines: 0,
            opened: QuoteStart::default(),
            spanning: None,
        }
    }

    pub(super) fn feed(&mut self, line: &str) -> Fed {
        let text = without_end(line);
        for (index, c) in text.chars().enumerate() {
            let character = index + 1;
            match self.within {
                Within::Beginning if c == '"' => {
                    self.opened = QuoteStart { line: self.lines, character, cell: self.record.len() };
                    self.within = Within::Quoted;
                }
                Within::Quoted if c == '"' => self.within = Within::Marked,
                Within::Quoted => self.cell.push(c),
                Within::Marked if c == '"' => {
                    self.cell.push(c);
                    self.within = Within::Quoted;
                }
                _ if c == self.delimiter => self.end_cell(),
                Within::Beginning | Within::Plain => {
                    self.cell.push(c);
                    self.within = Within::Plain;
                }
                Within::Marked => return Fed::Broken { character },
            }
        }
        self.lines += 1;
        if self.within == Within::Quoted {
            self.cell.push_str(&line[text.len()..]);
            self.spanning.get_or_insert(self.opened);
            return Fed::Continues;
        }
        self.end_cell();
        Fed::Complete
    }

    /// The record, once it is complete.
    pub(super) fn finish(self) -> StringRecord {
        self.record
    }

    /// Where the last quoted cell opened.
    pub(super) fn opened(&self) -> QuoteStart {
        self.opened
    }

    /// Where the first cell opened that spans lines, or else the last quoted one.
    pub(super) fn spanning(&self) -> QuoteStart {
        self.spanning.unwrap_or(self.opened)
    }

    fn end_cell(&mut self) {
        self.record.push_field(&self.cell);
        self.cell.clear();
        self.within = Within::Beginning;
    }
}

/// The cells of a line in which quotation marks are text.
pub(super) fn literal(line: &str, delimiter: char) -> StringRecord {
    without_end(line).split(delimiter).collect()
}
