//! The second verifier, `docs/verify_itam.py`, comes to the same verdicts as the first.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use itam_proof::{KeyPurpose, SigningKey};
use tempfile::TempDir;

use crate::evidences;
use crate::exports;
use crate::world::{World, now};

/// The one package that the second verifier needs; pinned, so that a test today is one tomorrow.
const PACKAGE: &str = "cryptography==48.0.0";

/// The interpreter of an environment that has what the verifier needs, made on first use.
fn python() -> PathBuf {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(make_python).clone()
}

fn make_python() -> PathBuf {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("verify-itam");
    let python = environment.join("bin/python");
    let is_ready = || Command::new(&python).args(["-c", "import cryptography"]).output();
    if is_ready().is_ok_and(|ready| ready.status.success()) {
        return python;
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(&environment));
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", PACKAGE]));
    python
}

fn run(command: &mut Command) {
    let advice = "the second verifier is tested with python3, its venv module, and pip with a registry";
    let output = command.output().unwrap_or_else(|error| panic!("{advice}: {command:?}: {error}"));
    assert!(output.status.success(), "{advice}: {command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Files, and the second verifier's verdict on them.
struct PythonVerifier {
    python: PathBuf,
    dir: TempDir,
    key: String,
}

impl PythonVerifier {
    fn verify(&self, files: &[(&str, Vec<u8>)], more: &[&str]) -> Output {
        let mut command = Command::new(&self.python);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verify_itam.py"));
        for (name, bytes) in files {
            let path = self.dir.path().join(name);
            std::fs::write(&path, bytes).expect("written");
            command.arg(path);
        }
        command.args(["--key", &self.key]).args(more).output().expect("python runs")
    }

    fn accepts(&self, files: &[(&str, Vec<u8>)], more: &[&str]) -> String {
        let output = self.verify(files, more);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    fn refuses(&self, name: &str, file: Vec<u8>, because: &str) {
        let output = self.verify(&[(name, file)], &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(because) && !said.contains("Traceback"), "{because:?} is not in {said}");
    }
}

fn verifier(world: &World) -> PythonVerifier {
    let dir = tempfile::tempdir().expect("a directory");
    PythonVerifier { python: python(), dir, key: world.key.public().to_string() }
}

#[test]
fn what_the_first_verifier_accepts_the_second_accepts() {
    let world = evidences::world();
    let verifier = verifier(&world);
    let whole = world.export(1, 12, &[5, 12]);
    let cut: Vec<u8> = whole.split_inclusive(|byte| *byte == b'\n').take(6).flatten().copied().collect();
    let joined = [cut, world.export(6, 12, &[12])].concat();
    let mut files = vec![
        ("whole.ndjson", whole),
        ("joined.ndjson", joined),
        ("evidence.json", evidences::evidence(&world, 12)),
        ("kept.txt", world.signed(7).encode().into_bytes()),
    ];
    // Every shape of a tree: where a part begins and ends, and how far its checkpoint reaches.
    let parts: Vec<(String, Vec<u8>)> = (1..=12)
        .flat_map(|from| (from..=12).map(move |to| (from, to)))
        .map(|(from, to)| (format!("{from}-{to}.ndjson"), world.export(from, to, &[12])))
        .collect();
    files.extend(parts.iter().map(|(name, part)| (name.as_str(), part.clone())));
    let said = verifier.accepts(&files, &[]);
    assert!(said.contains("positions 1 to 12 of itam/main/"), "{said}");
    assert!(
        said.contains("4 events of asset/019a5c3e-8000-7000-8000-000000000101 are in the checkpoint of 12")
    );

    // The newest key alone, and the first one by the chain.
    let (changed, newest) = exports::with_three_keys(&world);
    verifier.accepts(&[("changed.ndjson", changed.clone())], &[]);
    let newest = PythonVerifier {
        key: newest.public().to_string(),
        python: python(),
        dir: tempfile::tempdir().expect("a folder"),
    };
    newest.accepts(&[("changed.ndjson", changed.clone())], &[]);
    let unsigned = String::from_utf8(changed).expect("text").replacen("— i", "— j", 3).into_bytes();
    newest.refuses("unsigned.ndjson", unsigned, "is not signed");

    let witness =
        SigningKey::from_seed("witness.example.com/w1", KeyPurpose::Witness, &[2; 32]).expect("a key");
    let mut signed = world.signed(12);
    signed.cosign(&witness, now()).expect("countersigned");
    let vkey = witness.public().to_string();
    let said = verifier.accepts(&[("kept.txt", signed.encode().into_bytes())], &["--witness", &vkey]);
    assert!(said.contains("countersigned by 1 of 1"), "{said}");
    let silent =
        verifier.verify(&[("kept.txt", world.signed(12).encode().into_bytes())], &["--witness", &vkey]);
    assert_eq!(silent.status.code(), Some(1));
    // What an export is compared with is covered by the checkpoint at its end, and that one counts.
    let export =
        |sizes: &[u64]| world.export_of(1, 12, &[5, 12], |size| world.witnessed(size, sizes, &witness));
    // Paper has no end of a line.
    let kept = world.signed(7).encode().trim_end().as_bytes().to_vec();
    let pair = [("kept.txt", kept.clone()), ("whole.ndjson", export(&[12]))];
    let said = verifier.accepts(&pair, &["--witness", &vkey]);
    assert!(said.contains("countersigned by 0 of 1") && said.contains("countersigned by 1 of 1"), "{said}");
    let early = verifier.verify(&[("kept.txt", kept), ("whole.ndjson", export(&[5]))], &["--witness", &vkey]);
    assert_eq!(early.status.code(), Some(1));
}

#[test]
fn both_verifiers_trust_a_key_after_a_lost_one_only_if_it_is_given() {
    let world = World::new(12, "a");
    let (export, new) = exports::after_a_loss(&world);
    let mut old = verifier(&world);
    let refused = old.verify(&[("export.ndjson", export.clone())], &[]);
    assert_eq!(refused.status.code(), Some(1), "{}", String::from_utf8_lossy(&refused.stdout));
    let new = new.public().to_string();
    old.accepts(&[("export.ndjson", export.clone())], &["--key", &new]);
    old.key = new;
    old.accepts(&[("export.ndjson", export)], &[]);
}

#[test]
fn both_verifiers_prove_what_is_alien_and_do_not_count_it() {
    let world = evidences::world_with_aliens();
    let file = evidences::evidence_with_aliens(&world);
    let said = verifier(&world).accepts(&[("evidence.json", file)], &[]);
    assert!(said.contains("4 events of asset/"), "{said}");
}

#[test]
fn what_the_first_verifier_refuses_the_second_refuses() {
    let world = evidences::world();
    let verifier = verifier(&world);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let whole = text(world.export(1, 12, &[12]));
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    verifier.refuses(
        "edited",
        whole.replacen(r#"\":4}"#, r#"\":5}"#, 1).into_bytes(),
        "position 4: it was edited",
    );
    verifier.refuses("cut", lines[..6].concat().into_bytes(), "position 6: the file is cut off");
    verifier.refuses("torn", whole[..whole.len() - 30].into(), "position 13");
    verifier.refuses(
        "hole",
        [&lines[..5], &lines[6..]].concat().concat().into_bytes(),
        "position 5 should come",
    );
    verifier.refuses("bare", world.export(1, 12, &[]), "no checkpoint");
    verifier.refuses("short", world.export(1, 12, &[5]), "position 12: no checkpoint");
    verifier.refuses("other", World::new(12, "b").export(1, 12, &[12]), "the checkpoint of 12 is not signed");
    let mut forged = evidences::world().messages;
    forged[3].body = b"{}".to_vec();
    let forged = World::of(forged);
    let end = [lines[13], lines[14]].concat();
    let forged: String = text(forged.export(1, 12, &[12])).split_inclusive('\n').take(13).collect();
    let differs = "position 1 to 12: not what the checkpoint of 12 is of";
    verifier.refuses("forged", (forged + &end).into_bytes(), differs);
    let signature = whole.replacen(&format!("12\\n{}", world.tree.root()), "12\\nAA", 1);
    verifier.refuses("signature", signature.into_bytes(), "wrong");

    let evidence = text(evidences::evidence(&world, 12));
    let edited = evidence.replacen("4711", "4712", 1);
    verifier.refuses("evidence", edited.into_bytes(), "position 2: it is not in the checkpoint");
    verifier.refuses("truncated", evidence[..evidence.len() / 2].into(), "wrong");
    let early = evidence.replacen("\"position\": 2", "\"position\": 13", 1);
    verifier.refuses("beyond", early.into_bytes(), "position 13 is beyond the checkpoint, which covers 12");

    let mut other = evidences::world().messages;
    other[7].body = b"{}".to_vec();
    let kept = World::of(other).signed(9).encode().into_bytes();
    let both = verifier.verify(&[("kept.txt", kept), ("whole.ndjson", whole.into_bytes())], &[]);
    let said = String::from_utf8_lossy(&both.stderr);
    assert!(said.contains("position 9: ") && said.contains("has shown two histories"), "{said}");
}
