//! The witness over its HTTP interface: what it countersigns, and what it refuses.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use chrono::{DateTime, Utc};
use itam_proof::{
    Frontier, Hash, KeyPurpose, Leaf, Origin, SignedCheckpoint, SigningKey, TreeCheckpoint, TreeWriter, Trust,
};
use itam_witness::{AddCheckpoint, Memory, MemoryError, Witness, routes};
use tempfile::TempDir;
use tower::ServiceExt as _;

fn now() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

fn leaf(position: u64, body: &str) -> Hash {
    Leaf { position, subject: "itam.main.guard.x", body: body.as_bytes() }.hash()
}

/// A log with a key, and what it has told the witness so far.
struct Log {
    _dir: TempDir,
    tree: TreeWriter,
    key: SigningKey,
    origin: Origin,
}

impl Log {
    /// A log of so many events, of which one may differ from those of other logs.
    fn of(count: u64, different: u64) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let mut tree = TreeWriter::open(&dir.path().join("merkle.redb"), "main").expect("a tree");
        let body = |position| if position == different { "other" } else { "same" };
        tree.append((1..=count).map(|position| leaf(position, body(position)))).expect("leaves");
        let origin = Origin::of_log("main", leaf(1, body(1)));
        let key = SigningKey::from_seed(origin.as_str(), KeyPurpose::Log, &[1; 32]).expect("a key");
        Self { _dir: dir, tree, key, origin }
    }

    fn signed(&self, size: u64) -> SignedCheckpoint {
        let root = self.tree.reader().snapshot().and_then(|tree| tree.root(size)).expect("a root");
        let checkpoint = TreeCheckpoint { origin: self.origin.clone(), size, root, made_at: now() };
        SignedCheckpoint::sign(checkpoint, &[&self.key]).expect("signed")
    }

    fn request(&self, old: u64, size: u64) -> String {
        let proof = match old {
            0 => Vec::new(),
            old => self
                .tree
                .reader()
                .snapshot()
                .and_then(|tree| tree.prove_consistency(old, size))
                .expect("a proof"),
        };
        AddCheckpoint::encode(old, &proof, &self.signed(size).encode())
    }
}

fn witness_key() -> SigningKey {
    SigningKey::from_seed("witness.example", KeyPurpose::Witness, &[9; 32]).expect("a key")
}

fn witness_of(log: &Log, dir: &Path) -> Router {
    let memory = Memory::create(&dir.join("witness.json")).expect("a memory");
    routes(Arc::new(Witness::new(witness_key(), &[log.key.public().clone()], memory)), now)
}

struct Answer {
    status: u16,
    media_type: String,
    text: String,
}

async fn ask(router: &Router, body: impl Into<String>) -> Answer {
    let request = Request::post("/add-checkpoint").body(Body::from(body.into())).expect("a request");
    let response = router.clone().oneshot(request).await.expect("an answer");
    let status = response.status().as_u16();
    let media_type =
        response.headers().get(header::CONTENT_TYPE).map(|value| value.to_str().expect("text").to_owned());
    let bytes = to_bytes(response.into_body(), 100_000).await.expect("a body");
    let text = String::from_utf8(bytes.to_vec()).expect("text");
    Answer { status, media_type: media_type.unwrap_or_default(), text }
}

#[tokio::test]
async fn a_checkpoint_that_continues_the_last_one_is_countersigned_again_and_again() {
    let (log, dir) = (Log::of(300, 0), tempfile::tempdir().expect("a folder"));
    let mut trust = Trust::new();
    trust.add(log.key.public().clone());
    trust.add(witness_key().public().clone());
    let mut old = 0;
    // With a new process each time, and the same checkpoint twice.
    for size in [1, 7, 7, 256, 300] {
        let answer = ask(&witness_of(&log, dir.path()), log.request(old, size)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let note = format!("{}{}", log.signed(size).encode(), answer.text);
        let found = SignedCheckpoint::parse(&note).expect("a note").verify(&trust).expect("verified");
        assert_eq!(found.countersignatures[0].time, now());
        old = size;
    }
}

#[tokio::test]
async fn another_history_an_older_state_another_log_and_a_wrong_key_are_refused() {
    let (log, dir) = (Log::of(300, 0), tempfile::tempdir().expect("a folder"));
    let router = witness_of(&log, dir.path());
    assert_eq!(ask(&router, log.request(0, 200)).await.status, 200);
    let fork = Log::of(300, 150);
    let mut impostor = Log::of(300, 0);
    impostor.key = SigningKey::from_seed(log.origin.as_str(), KeyPurpose::Log, &[2; 32]).expect("a key");
    let stranger = Log::of(300, 1);
    let no_proof = AddCheckpoint::encode(200, &[], &log.signed(300).encode());
    for (request, status, words) in [
        (fork.request(200, 300), 422, "not proven to continue the one of 200 positions"),
        (fork.request(200, 200), 409, "200\n"),
        (no_proof, 422, "not proven"),
        // An older state that goes on, and one that says so.
        (log.request(100, 150), 409, "200\n"),
        (log.request(0, 300), 409, "200\n"),
        (AddCheckpoint::encode(200, &[], &log.signed(150).encode()), 400, "cannot continue"),
        (impostor.request(200, 300), 403, "signature"),
        (stranger.request(0, 300), 404, "does not know the log itam/main/"),
        (String::new(), 400, "cannot be read"),
        ("old x\n\nnote".to_owned(), 400, "\"old\" and a size"),
        ("old 01\n\nnote".to_owned(), 400, "\"old\" and a size"),
        ("old 200\nAAAA\n\nnote".to_owned(), 400, "base64"),
        ("old 200\n\nnote".to_owned(), 400, "not a signed note"),
        (
            log.request(200, 300)
                .replace("old 200", &format!("old 200{}", format!("\n{}", Hash::EMPTY_ROOT).repeat(60))),
            400,
            "63",
        ),
    ] {
        let answer = ask(&router, request).await;
        assert_eq!(answer.status, status, "{words}: {}", answer.text);
        assert!(answer.text.contains(words), "{words}: {}", answer.text);
        assert_eq!(status == 409, answer.media_type == "text/x.tlog.size", "{words}");
    }
    // Nothing of that changed what it knows.
    assert_eq!(ask(&router, log.request(200, 300)).await.status, 200);
}

#[tokio::test]
async fn of_two_histories_that_are_shown_at_once_one_is_countersigned() {
    for _ in 0..20 {
        let (log, fork, dir) = (Log::of(20, 0), Log::of(20, 9), tempfile::tempdir().expect("a folder"));
        let router = witness_of(&log, dir.path());
        assert_eq!(ask(&router, log.request(0, 5)).await.status, 200);
        let requests = [log.request(5, 20), fork.request(5, 20)];
        let [one, two] = requests.map(|request| {
            tokio::spawn({
                let router = router.clone();
                async move { ask(&router, request).await.status }
            })
        });
        let mut statuses = [one.await.expect("asked"), two.await.expect("asked")];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
    }
}

#[tokio::test]
async fn what_cannot_be_remembered_is_not_signed() {
    let (log, dir) = (Log::of(20, 0), tempfile::tempdir().expect("a folder"));
    let router = witness_of(&log, dir.path());
    std::fs::remove_dir_all(dir.path()).expect("removed");
    let answer = ask(&router, log.request(0, 5)).await;
    assert_eq!(answer.status, 500, "{}", answer.text);
    assert!(!answer.text.contains('—'), "{}", answer.text);
    std::fs::create_dir(dir.path()).expect("made");
    assert_eq!(ask(&router, log.request(0, 20)).await.status, 200, "it had not signed the other");
}

#[test]
fn a_memory_that_is_lost_damaged_newer_or_in_use_is_refused_with_the_reason() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("witness.json");
    assert!(matches!(Memory::open(&path), Err(MemoryError::Lost(_))));
    let memory = Memory::create(&path).expect("made");
    assert!(matches!(Memory::open(&path), Err(MemoryError::InUse(_))));
    drop(memory);
    Memory::open(&path).expect("opened");
    for (text, words) in
        [("{", "not readable"), ("{\"format\":1}", "not readable"), ("{\"format\":2}", "format 2")]
    {
        std::fs::write(&path, text).expect("written");
        let refused = Memory::open(&path).expect_err("refused").to_string();
        assert!(refused.contains(words), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).expect("there"), text);
    }
}

#[test]
fn an_empty_tree_has_nothing_to_countersign() {
    assert_eq!(Frontier::default().root(), Hash::EMPTY_ROOT);
    let nothing = "itam/main/00000000000000000000000000000000\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\ntime 2026-11-22T12:00:00.000Z\n\n";
    assert!(AddCheckpoint::parse(&format!("old 0\n\n{nothing}")).is_err());
}
