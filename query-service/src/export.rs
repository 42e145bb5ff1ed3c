//! Streamed bodies, of whole exports and of live changes: in bounded memory, and given up when nobody reads.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::{Stream, StreamExt as _};
use itam_service_kit::Representation;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::csv_text::{Columns, CsvText};

/// How many chunks wait for a slow reader.
const CHUNKS_AHEAD: usize = 1;

/// A body that is made chunk by chunk, no further ahead than a reader takes it. A reader that
/// leaves a chunk for longer than `stall` is cut off: with a broken body, never with one that
/// looks whole.
pub(crate) fn body(
    chunks: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    place: impl Send + 'static,
    stall: Duration,
) -> Body {
    let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
    let is_cut = Arc::new(AtomicBool::new(false));
    tokio::spawn(relay(Box::pin(chunks), sender, Arc::clone(&is_cut), stall, place));
    let read = |(mut receiver, is_cut): (mpsc::Receiver<io::Result<Bytes>>, Arc<AtomicBool>)| async move {
        match receiver.recv().await {
            Some(chunk) => Some((chunk, (receiver, is_cut))),
            None if is_cut.swap(false, Ordering::AcqRel) => {
                let error = io::Error::new(io::ErrorKind::TimedOut, "the reader was too slow");
                Some((Err(error), (receiver, is_cut)))
            }
            None => None,
        }
    };
    Body::from_stream(futures_util::stream::unfold((receiver, is_cut), read))
}

async fn relay(
    mut chunks: impl Stream<Item = io::Result<Bytes>> + Send + Unpin,
    sender: mpsc::Sender<io::Result<Bytes>>,
    is_cut: Arc<AtomicBool>,
    stall: Duration,
    _place: impl Send + 'static,
) {
    loop {
        let chunk = tokio::select! {
            chunk = chunks.next() => chunk,
            () = sender.closed() => return,
        };
        let Some(chunk) = chunk else { return };
        if let Err(error) = &chunk {
            tracing::error!(error = error as &dyn std::error::Error, "a stream broke off");
        }
        match tokio::time::timeout(stall, sender.send(chunk)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return,
            Err(_) => {
                tracing::warn!(?stall, "a stream was cut off: its reader is too slow");
                is_cut.store(true, Ordering::Release);
                return;
            }
        }
    }
}

/// Rows of one chunk, in one of the two forms of an export.
pub(crate) enum ExportRows {
    /// One JSON document a line.
    Ndjson(Vec<u8>),
    /// Comma-separated values.
    Csv(Box<CsvText>),
}

impl ExportRows {
    pub(crate) fn new(form: Representation, columns: Columns) -> Self {
        match form {
            Representation::Csv => Self::Csv(Box::new(CsvText::new(columns))),
            _ => Self::Ndjson(Vec::new()),
        }
    }

    /// Adds what comes before the first row.
    pub(crate) fn begin(&mut self) -> io::Result<()> {
        match self {
            Self::Ndjson(_) => Ok(()),
            Self::Csv(text) => text.header(),
        }
    }

    pub(crate) fn push(&mut self, row: &impl Serialize) -> io::Result<()> {
        match self {
            Self::Ndjson(bytes) => {
                serde_json::to_writer(&mut *bytes, row)?;
                bytes.push(b'\n');
                Ok(())
            }
            Self::Csv(text) => text.row(row),
        }
    }

    pub(crate) fn finish(self) -> io::Result<Bytes> {
        match self {
            Self::Ndjson(bytes) => Ok(bytes.into()),
            Self::Csv(text) => text.finish().map(Bytes::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_stalls_gets_a_broken_body_and_the_place_is_free_again() {
        let places = Arc::new(Semaphore::new(1));
        let place = Arc::clone(&places).try_acquire_owned().unwrap();
        let endless = futures_util::stream::repeat_with(|| Ok(Bytes::from_static(b"x")));
        let body = body(endless, place, Duration::from_secs(30));
        let mut data = body.into_data_stream();
        assert!(data.next().await.unwrap().is_ok());
        let freed = tokio::time::timeout(Duration::from_mins(1), places.acquire()).await;
        assert!(freed.is_ok(), "the place is still taken");
        let rest: Vec<_> = data.collect().await;
        let (last, before) = rest.split_last().unwrap();
        assert!(last.is_err() && before.iter().all(Result::is_ok) && before.len() <= CHUNKS_AHEAD);
    }

    #[tokio::test]
    async fn a_stream_whose_reader_left_ends() {
        let places = Arc::new(Semaphore::new(1));
        let place = Arc::clone(&places).try_acquire_owned().unwrap();
        drop(body(futures_util::stream::pending(), place, Duration::from_secs(30)));
        let freed = tokio::time::timeout(Duration::from_secs(10), places.acquire()).await;
        assert!(freed.is_ok(), "the place is still taken");
    }
}
