//! Bytes of a file as UTF-8 text, in bounded memory: a byte that is not of the encoding is an
//! error that names its place, never a replacement character.

use std::io::{self, Read, Seek, SeekFrom};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};

/// A byte that does not belong to the encoding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: byte {offset} (0x{byte:02X}) is not {encoding}")]
pub(crate) struct BadByte {
    /// The line of the file, from 1.
    pub(crate) line: u64,
    /// The offset in the file, from 0.
    pub(crate) offset: u64,
    /// The byte.
    pub(crate) byte: u8,
    /// The encoding's name.
    pub(crate) encoding: &'static str,
}

/// The encoding of a file: the one that its byte-order mark names, else UTF-8 if all of it is, else the
/// one that was declared.
pub(crate) fn encoding_of(
    file: &mut (impl Read + Seek),
    declared: Option<&'static Encoding>,
) -> io::Result<&'static Encoding> {
    let mut head = Vec::new();
    file.by_ref().take(3).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    if let Some((marked, _)) = Encoding::for_bom(&head) {
        return Ok(marked);
    }
    // Without a declaration a byte that is not UTF-8 is reported where it is met.
    match declared {
        Some(declared) if !is_utf8(file)? => Ok(declared),
        _ => Ok(UTF_8),
    }
}

/// Whether all of it is text in UTF-8. Texts in UTF-16 can be bytes of UTF-8, but hold zeros; those in
/// ISO-2022 hold escapes.
fn is_utf8(input: impl Read) -> io::Result<bool> {
    let mut reader = Utf8Reader::new(input, UTF_8);
    let mut buffer = vec![0; CHUNK];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(true),
            Ok(count) if buffer[..count].iter().any(|byte| matches!(byte, 0 | 0x1b)) => return Ok(false),
            Ok(_) => {}
            Err(error) if bad_byte(&error).is_some() => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

/// The bad byte behind an error, if there is one.
pub(crate) fn bad_byte(error: &io::Error) -> Option<&BadByte> {
    error.get_ref()?.downcast_ref::<BadByte>()
}

/// Reads `inner` as UTF-8, without a byte-order mark.
pub(crate) struct Utf8Reader<R> {
    inner: R,
    encoding: &'static Encoding,
    decoder: Decoder,
    input: Vec<u8>,
    consumed: usize,
    is_at_end: bool,
    is_done: bool,
    output: Vec<u8>,
    given: usize,
    place: DecodePosition,
}

/// How far the input was decoded.
struct DecodePosition {
    line: u64,
    offset: u64,
    last: u8,
}

const CHUNK: usize = 64 * 1024;

impl<R: Read> Utf8Reader<R> {
    pub(crate) fn new(inner: R, encoding: &'static Encoding) -> Self {
        Self {
            inner,
            encoding,
            decoder: encoding.new_decoder_with_bom_removal(),
            input: Vec::new(),
            consumed: 0,
            is_at_end: false,
            is_done: false,
            output: Vec::new(),
            given: 0,
            place: DecodePosition { line: 1, offset: 0, last: 0 },
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.input.resize(CHUNK, 0);
        let count = loop {
            match self.inner.read(&mut self.input) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.input.truncate(count);
        self.consumed = 0;
        self.is_at_end = count == 0;
        Ok(())
    }

    /// Decodes the next piece of the input into the output.
    fn decode(&mut self) -> io::Result<()> {
        if self.consumed == self.input.len() && !self.is_at_end {
            self.refill()?;
        }
        let source = &self.input[self.consumed..];
        self.output.resize(CHUNK, 0);
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(source, &mut self.output, self.is_at_end);
        self.output.truncate(written);
        self.given = 0;
        self.place.pass(&source[..read]);
        self.consumed += read;
        match result {
            DecoderResult::InputEmpty => {
                self.is_done = self.is_at_end;
                Ok(())
            }
            DecoderResult::OutputFull => Ok(()),
            DecoderResult::Malformed(length, after) => {
                let back = u64::from(length) + u64::from(after);
                let bad = BadByte {
                    line: self.place.line,
                    offset: self.place.offset.saturating_sub(back),
                    byte: self.place.bad_byte(source, read, usize::from(length) + usize::from(after)),
                    encoding: self.encoding.name(),
                };
                Err(io::Error::new(io::ErrorKind::InvalidData, bad))
            }
        }
    }
}

impl DecodePosition {
    fn pass(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let is_break = *byte == b'\r' || (*byte == b'\n' && self.last != b'\r');
            self.line += u64::from(is_break);
            self.last = *byte;
        }
        self.offset += bytes.len() as u64;
    }

    /// The first byte of the malformed sequence, or the last one read if it began in an earlier
    /// piece.
    fn bad_byte(&self, source: &[u8], read: usize, back: usize) -> u8 {
        let at = read.checked_sub(back);
        at.and_then(|at| source.get(at)).copied().unwrap_or(self.last)
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() {
            if self.is_done {
                return Ok(0);
            }
            self.decode()?;
        }
        let count = buffer.len().min(self.output.len() - self.given);
        buffer[..count].copy_from_slice(&self.output[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8], declared: Option<&'static Encoding>) -> Result<String, BadByte> {
        let encoding = encoding_of(&mut io::Cursor::new(bytes), declared).expect("readable");
        let mut text = String::new();
        match Utf8Reader::new(bytes, encoding).read_to_string(&mut text) {
            Ok(_) => Ok(text),
            Err(error) => {
                let bad = error.get_ref().and_then(|bad| bad.downcast_ref::<BadByte>());
                Err(bad.expect("a bad byte").clone())
            }
        }
    }

    #[test]
    fn byte_order_marks_name_the_encoding_and_are_taken_off() {
        assert_eq!(decode(b"\xef\xbb\xbfTag", None), Ok("Tag".to_owned()));
        assert_eq!(decode(b"\xff\xfeT\0\xe9\0", None), Ok("T\u{e9}".to_owned()));
        assert_eq!(decode(b"\xfe\xff\0T\0\xe9", None), Ok("T\u{e9}".to_owned()));
    }

    #[test]
    fn a_byte_that_is_not_utf8_is_named_with_its_line() {
        let bad = decode(b"Tag,Name\r\nA-1,Caf\xe9\r\nA-2,x", None).expect_err("not UTF-8");
        assert_eq!((bad.line, bad.offset, bad.byte), (2, 17, 0xe9));
        assert_eq!(bad.to_string(), "line 2: byte 17 (0xE9) is not UTF-8");
    }

    #[test]
    fn a_cut_off_character_at_the_end_is_an_error_too() {
        assert!(decode(b"Tag\xc3", None).is_err());
    }

    #[test]
    fn a_declared_encoding_is_followed() {
        let declared = Encoding::for_label(b"windows-1252");
        assert_eq!(decode(b"Caf\xe9 \x80", declared), Ok("Caf\u{e9} \u{20ac}".to_owned()));
    }

    #[test]
    fn what_is_utf8_or_marked_is_read_so_whatever_was_declared() {
        let declared = Encoding::for_label(b"windows-1252");
        assert_eq!(decode("Jos\u{e9}".as_bytes(), declared), Ok("Jos\u{e9}".to_owned()));
        assert_eq!(decode(b"\xef\xbb\xbfTag", declared), Ok("Tag".to_owned()));
        assert_eq!(decode(b"\xff\xfeT\0\xe9\0", declared), Ok("T\u{e9}".to_owned()));
        assert_eq!(decode(b"T\0a\0", Encoding::for_label(b"utf-16le")), Ok("Ta".to_owned()));
        let japanese = b"\x1b$B$\"\x1b(B";
        assert_eq!(decode(japanese, Encoding::for_label(b"iso-2022-jp")), Ok("\u{3042}".to_owned()));
    }

    #[test]
    fn text_longer_than_the_buffers_comes_out_whole() {
        let text = "Gr\u{fc}\u{df}e,".repeat(40_000);
        assert_eq!(decode(text.as_bytes(), None), Ok(text));
    }
}
