//! A file that somebody hands to an auditor: it is refused, or what it says is what was signed.
//! The keys are known here, and still no input forges a signature.

#![no_main]

#[path = "../../seal/proof/tests/proof/evidences.rs"]
mod evidences;
#[path = "../../seal/proof/tests/proof/world.rs"]
mod world;

use std::sync::LazyLock;

use itam_proof::{
    Known, Trust, is_statement, verify_checkpoint, verify_evidence, verify_export, verify_statement,
};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// What the log holds, and whose signatures count.
struct Log {
    /// Position, subject and body of each message.
    messages: Vec<(String, Vec<u8>)>,
    origin: String,
    root: String,
    trust: Trust,
}

static LOG: LazyLock<Log> = LazyLock::new(|| {
    let world = evidences::world();
    let messages = world.messages.iter();
    Log {
        messages: messages.map(|message| (message.subject.clone(), message.body.clone())).collect(),
        origin: world.origin.to_string(),
        root: world.tree.root().to_string(),
        trust: world.trust(),
    }
});

fuzz_target!(|bytes: &[u8]| {
    let known = || (LOG.trust.clone(), Known::new());
    let (mut trust, mut seen) = known();
    if let Ok(report) = verify_export(bytes, &mut trust, &mut seen) {
        assert_eq!(report.origin.as_str(), LOG.origin);
        assert!(report.to <= LOG.messages.len() as u64, "more than was signed");
        bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).for_each(check_event);
    }
    let (mut trust, mut seen) = known();
    if let Ok(report) = verify_evidence(bytes, &mut trust, &mut seen) {
        assert!(report.positions.iter().all(|position| *position <= LOG.messages.len() as u64));
        assert_eq!(report.origin.as_str(), LOG.origin);
    }
    let Ok(note) = std::str::from_utf8(bytes) else { return };
    let (mut trust, mut seen) = known();
    if let Ok(attested) = verify_checkpoint(note, &trust, &mut seen) {
        let checkpoint = &attested.checkpoint;
        assert!(checkpoint.size < 12 || checkpoint.root.to_string() == LOG.root, "another root");
    }
    if is_statement(note) {
        // No seed is signed by the log's key, so that no successor is ever trusted.
        let _ = verify_statement(note, &mut trust);
    }
});

/// An event of an export that was accepted is one of the log.
fn check_event(line: &[u8]) {
    let line: Value = serde_json::from_slice(line).expect("it was accepted");
    let event = &line["event"];
    let Some(position) = event["position"].as_u64() else { return };
    let (subject, body) = &LOG.messages[usize::try_from(position - 1).expect("small")];
    assert_eq!(event["subject"], subject.as_str());
    if let Some(text) = event["body"]["text"].as_str() {
        assert_eq!(text.as_bytes(), body);
    }
}
