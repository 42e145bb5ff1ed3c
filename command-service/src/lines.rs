//! Cutting a stream of bytes into lines of limited length.

use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};

/// One line of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NdjsonLine {
    /// A line without its end.
    Text(Bytes),
    /// A line that was longer than the limit; its bytes are gone.
    TooLong,
}

/// Cuts lines out of chunks and holds no more than one line in memory.
pub(crate) struct Lines<E> {
    chunks: BoxStream<'static, Result<Bytes, E>>,
    buffer: BytesMut,
    max_bytes: usize,
    skips: bool,
    is_at_end: bool,
}

impl<E> Lines<E> {
    pub(crate) fn new(
        chunks: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
        max_bytes: usize,
    ) -> Self {
        Self { chunks: chunks.boxed(), buffer: BytesMut::new(), max_bytes, skips: false, is_at_end: false }
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// What the stream of chunks says.
    pub(crate) async fn next(&mut self) -> Result<Option<NdjsonLine>, E> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(end + 1);
                if std::mem::take(&mut self.skips) || end > self.max_bytes {
                    return Ok(Some(NdjsonLine::TooLong));
                }
                return Ok(Some(NdjsonLine::Text(line.freeze().slice(..end))));
            }
            if self.buffer.len() > self.max_bytes {
                self.skips = true;
                self.buffer.clear();
            }
            if self.is_at_end {
                return Ok(self.last());
            }
            match self.chunks.next().await {
                Some(chunk) => self.buffer.extend_from_slice(&chunk?),
                None => self.is_at_end = true,
            }
        }
    }

    /// Reads on without looking, up to so many bytes.
    pub(crate) async fn let_go(&mut self, max_bytes: usize) {
        let mut bytes = 0;
        while bytes < max_bytes
            && let Some(Ok(chunk)) = self.chunks.next().await
        {
            bytes += chunk.len();
        }
    }

    /// What stands after the last line end.
    fn last(&mut self) -> Option<NdjsonLine> {
        let rest = self.buffer.split().freeze();
        if std::mem::take(&mut self.skips) {
            return Some(NdjsonLine::TooLong);
        }
        if rest.is_empty() { None } else { Some(NdjsonLine::Text(rest)) }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    const TOO_LONG: &str = "(too long)";

    async fn cut(chunks: &'static [&'static str], max_bytes: usize) -> Vec<String> {
        let chunks =
            futures_util::stream::iter(chunks.iter().map(|chunk| Ok::<_, Infallible>(Bytes::from(*chunk))));
        let mut lines = Lines::new(chunks, max_bytes);
        let mut found = Vec::new();
        while let Ok(Some(line)) = lines.next().await {
            found.push(match line {
                NdjsonLine::Text(text) => String::from_utf8_lossy(&text).into_owned(),
                NdjsonLine::TooLong => TOO_LONG.to_owned(),
            });
        }
        found
    }

    #[tokio::test]
    async fn lines_are_cut_wherever_the_chunks_break() {
        assert_eq!(cut(&["a\nb", "c", "\n", "\nd"], 9).await, ["a", "bc", "", "d"]);
        assert_eq!(cut(&["a\n"], 9).await, ["a"]);
        assert_eq!(cut(&[], 9).await, Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_line_over_the_limit_is_skipped_whole_and_the_rest_goes_on() {
        assert_eq!(cut(&["12345\nab\n"], 4).await, [TOO_LONG, "ab"]);
        assert_eq!(cut(&["123", "456", "789\nab\n"], 4).await, [TOO_LONG, "ab"]);
        assert_eq!(cut(&["ab\n123", "456"], 4).await, ["ab", TOO_LONG]);
    }
}
