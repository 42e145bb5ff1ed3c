//! The physical lines of a text, with their ends: line feed, carriage return, or both.

use std::io::{self, Read};

/// The longest line that is read, in bytes. A file without line ends is no table.
const MAX_LINE: usize = 1 << 20;

const CHUNK: usize = 64 * 1024;

/// Reads UTF-8 text line by line.
pub(crate) struct PhysicalLines<R> {
    input: R,
    buffer: Vec<u8>,
    /// Where the next line begins in the buffer.
    start: usize,
    is_at_end: bool,
}

impl<R: Read> PhysicalLines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), start: 0, is_at_end: false }
    }

    /// The next line with its end; `None` after the last one.
    pub(crate) fn next(&mut self) -> io::Result<Option<String>> {
        let mut searched = 0;
        loop {
            let rest = &self.buffer[self.start..];
            if let Some(length) = line_length(rest, searched, self.is_at_end) {
                let line = rest[..length].to_vec();
                self.start += length;
                let line = String::from_utf8(line);
                return line.map(Some).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error));
            }
            if self.is_at_end {
                return Ok(None);
            }
            searched = rest.len().saturating_sub(1);
            if searched > MAX_LINE {
                let sentence = "a line is longer than 1 MiB: this is no table";
                return Err(io::Error::new(io::ErrorKind::InvalidData, sentence));
            }
            self.refill()?;
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let length = self.buffer.len();
        self.buffer.resize(length + CHUNK, 0);
        let count = loop {
            match self.input.read(&mut self.buffer[length..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.buffer.truncate(length + count);
        self.is_at_end = count == 0;
        Ok(())
    }
}

/// How long the first line is, if all of it is there. Up to `searched` there is no end of a line.
fn line_length(text: &[u8], searched: usize, is_at_end: bool) -> Option<usize> {
    let end = text[searched..].iter().position(|byte| matches!(byte, b'\r' | b'\n'));
    let Some(end) = end.map(|end| searched + end) else {
        return (is_at_end && !text.is_empty()).then_some(text.len());
    };
    match (text[end], text.get(end + 1)) {
        (b'\r', Some(b'\n')) => Some(end + 2),
        // Whether a line feed follows is not known yet.
        (b'\r', None) if !is_at_end => None,
        _ => Some(end + 1),
    }
}

/// A line without its end.
pub(crate) fn without_end(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(1);
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn lines(input: impl Read) -> Vec<String> {
        let mut lines = PhysicalLines::new(input);
        std::iter::from_fn(|| lines.next().expect("text")).collect()
    }

    #[test]
    fn lines_end_in_every_way_and_nothing_of_them_is_lost() {
        let text = "one\r\ntwo\rthree\n\n\r\rfour";
        let expected = ["one\r\n", "two\r", "three\n", "\n", "\r", "\r", "four"];
        assert_eq!(lines(text.as_bytes()), expected);
        assert_eq!(lines(Slow(text.as_bytes())), expected);
        assert_eq!(lines(&b"end\r"[..]), ["end\r"]);
        assert!(lines(&b""[..]).is_empty());
        assert_eq!(without_end("one\r\n"), "one");
        assert_eq!(without_end("one"), "one");
    }

    #[test]
    fn a_text_without_lines_is_no_table() {
        let text = vec![b'x'; 2 << 20];
        assert!(PhysicalLines::new(&text[..]).next().is_err());
    }
}
