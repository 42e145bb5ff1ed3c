//! Writing a backup, piece by piece, while the services go on.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use futures_util::Stream;
use itam_event_log::{Tenant, TransferRecord};
use itam_service_kit::{Clock, SystemClock};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::format::{
    BackupEnd, BackupHeader, FORMAT, FrameKind, MAGIC, PersonEntry, encode_message, write_frame,
};
use crate::failure::Failure;
use crate::transfer::{CHUNK, Census, HistoryHash, TransferSource};

/// How many pieces may wait for a slow reader.
const WAITING: usize = 2;
/// How large a piece grows before it is given out.
const PIECE_BYTES: usize = 256 * 1024;

type Pieces = mpsc::Sender<Result<Bytes, Failure>>;

/// A backup of everything up to the commit that is the last one now, as pieces of its file.
pub(crate) async fn pieces(
    source: TransferSource,
    tenant: &Tenant,
) -> Result<(BackupHeader, impl Stream<Item = Result<Bytes, Failure>> + Send + 'static), Failure> {
    let last = source.last().await.map_err(Failure::Log)?;
    let header = BackupHeader {
        tenant: tenant.as_str().to_owned(),
        created_at: SystemClock.now(),
        itam_version: env!("CARGO_PKG_VERSION").to_owned(),
        head: last.as_ref().map_or(0, |record| record.message.position),
        head_hash: last.as_ref().map(|record| HEXLOWER.encode(&Sha256::digest(&record.message.body))),
    };
    let (pieces, received) = mpsc::channel(WAITING);
    let mut writer = BackupWriter { source, pieces, buffer: Vec::new(), checksum: Sha256::new() };
    let begun = header.clone();
    tokio::spawn(async move {
        if let Err(WriteStop::Failed(failure)) = writer.write(&begun).await {
            // Whoever reads may have gone; then nobody waits for the failure either.
            let _ = writer.pieces.send(Err(failure)).await;
        }
    });
    let stream = futures_util::stream::unfold(received, |mut received| async move {
        received.recv().await.map(|piece| (piece, received))
    });
    Ok((header, stream))
}

/// Why writing ended early.
enum WriteStop {
    /// Nobody reads any more.
    Unread,
    Failed(Failure),
}

struct BackupWriter {
    source: TransferSource,
    pieces: Pieces,
    buffer: Vec<u8>,
    checksum: Sha256,
}

impl BackupWriter {
    async fn write(&mut self, header: &BackupHeader) -> Result<(), WriteStop> {
        self.buffer.extend_from_slice(MAGIC);
        self.buffer.extend_from_slice(&FORMAT.to_be_bytes());
        self.put(FrameKind::Header, header);
        let (history, census) = self.write_history(header.head).await?;
        let mut end =
            BackupEnd { messages: history.messages, people: 0, tokens: 0, history_hash: history.text() };
        // The people as they are now, at the end: who was erased meanwhile is not in the backup.
        for (id, details) in self.source.people() {
            if census.may_keep(id) {
                self.put(FrameKind::Person, &PersonEntry { id, details: (*details).clone() });
                end.people += 1;
                self.give_out(PIECE_BYTES).await?;
            }
        }
        for token in self.source.tokens().await.map_err(|error| WriteStop::Failed(Failure::Vault(error)))? {
            self.put(FrameKind::Token, &token);
            end.tokens += 1;
        }
        self.put(FrameKind::End, &end);
        self.give_out(0).await?;
        self.buffer = self.checksum.finalize_reset().to_vec();
        self.give_out(0).await
    }

    async fn write_history(&mut self, head: u64) -> Result<(HistoryHash, Census), WriteStop> {
        let (mut history, mut census) = (HistoryHash::default(), Census::default());
        while history.messages < head {
            let from = history.messages + 1;
            let records = self.source.log.export(from, CHUNK).await;
            let records = records.map_err(|error| WriteStop::Failed(Failure::Log(error)))?;
            let is_wanted = |record: &&TransferRecord| record.message.position <= head;
            for record in records.iter().take_while(is_wanted) {
                census.note(record);
                history.add(record);
                write_frame(FrameKind::Message, &encode_message(record), &mut self.buffer);
                self.give_out(PIECE_BYTES).await?;
            }
        }
        Ok((history, census))
    }

    fn put<T: Serialize>(&mut self, kind: FrameKind, value: &T) {
        let payload = serde_json::to_vec(value).expect("a backup's entries are plain JSON");
        write_frame(kind, &payload, &mut self.buffer);
    }

    /// Gives out what has gathered, once it is as large as that.
    async fn give_out(&mut self, at_least: usize) -> Result<(), WriteStop> {
        if self.buffer.len() < at_least {
            return Ok(());
        }
        self.checksum.update(&self.buffer);
        let piece = Bytes::from(std::mem::take(&mut self.buffer));
        self.pieces.send(Ok(piece)).await.map_err(|_| WriteStop::Unread)
    }
}
