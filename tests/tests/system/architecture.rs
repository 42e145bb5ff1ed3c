//! The rooms of the workspace, and who may know whom.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use itam_tests::sources::{root, rust_files};
use serde_json::Value;

/// The most lines of one file.
const MAX_LINES: usize = 400;

/// The rooms below all others, which a star does not stand for: files of their owner alone, and how labels are compared.
const BELOW_ALL: &[&str] = &["itam-files", "itam-labels"];

/// What each package must not depend on, not even by way of others of the workspace. A star at
/// the end stands for every name that begins so.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("itam-files", &["itam-*", "itam-labels", "tokio", "redb", "axum"]),
    ("itam-labels", &["itam-*", "itam-files", "tokio", "redb", "axum", "serde"]),
    (
        "itam-domain",
        &["itam-*", "itam-files", "tokio", "async-nats", "redb", "axum", "reqwest", "tracing", "rand"],
    ),
    (
        "itam-event-log",
        &[
            "itam-vault",
            "itam-read-model",
            "itam-service-kit",
            "itam-command-service",
            "itam-projector",
            "itam-query-service",
            "axum",
        ],
    ),
    (
        "itam-vault",
        &[
            "itam-domain",
            "itam-event-log",
            "itam-read-model",
            "itam-service-kit",
            "itam-command-service",
            "itam-projector",
            "itam-query-service",
            "axum",
        ],
    ),
    ("itam-nats", &["itam-*", "redb", "axum"]),
    (
        "itam-read-model",
        &[
            "itam-event-log",
            "itam-vault",
            "itam-service-kit",
            "itam-command-service",
            "itam-projector",
            "itam-query-service",
            "async-nats",
            "axum",
        ],
    ),
    (
        "itam-proof",
        &[
            "itam-event-log",
            "itam-vault",
            "itam-read-model",
            "itam-service-kit",
            "itam-command-service",
            "itam-projector",
            "itam-query-service",
            "async-nats",
            "axum",
            "tokio",
            "rand",
        ],
    ),
    (
        "itam-service-kit",
        &[
            "itam-event-log",
            "itam-vault",
            "itam-read-model",
            "itam-proof",
            "itam-sealer",
            "itam-command-service",
            "itam-projector",
            "itam-query-service",
            "async-nats",
            "redb",
        ],
    ),
    ("itam-command-service", &["itam-read-model", "itam-projector", "itam-query-service"]),
    (
        "itam-projector",
        &["itam-vault", "itam-service-kit", "itam-command-service", "itam-query-service", "axum"],
    ),
    (
        "itam-sealer",
        &[
            "itam-vault",
            "itam-read-model",
            "itam-service-kit",
            "itam-command-service",
            "itam-projector",
            "itam-query-service",
            "axum",
            "reqwest",
            "rand",
        ],
    ),
    (
        "itam-witness",
        &[
            "itam-event-log",
            "itam-vault",
            "itam-read-model",
            "itam-service-kit",
            "itam-command-service",
            "itam-projector",
            "itam-query-service",
            "itam-sealer",
            "async-nats",
            "reqwest",
            "rand",
        ],
    ),
    ("itam-query-service", &["itam-command-service", "itam-projector"]),
    (
        "itam-tools",
        &["itam", "itam-query-service", "itam-witness", "itam-schemas", "itam-bench", "itam-tests"],
    ),
    ("itam", &["itam-schemas", "itam-bench", "itam-tests"]),
    ("itam-tests", &["itam-*", "itam-files", "itam-labels", "itam", "redb"]),
];

#[test]
fn no_room_knows_what_it_must_not_know() {
    let workspace = Workspace::read();
    for (package, forbidden) in FORBIDDEN {
        let reached = workspace.reached(package);
        for pattern in *forbidden {
            let hits: Vec<&str> = reached.iter().copied().filter(|name| matches(pattern, name)).collect();
            assert!(hits.is_empty(), "{package} must not depend on {pattern}, but reaches {hits:?}");
        }
    }
}

#[test]
fn the_contracts_and_the_tests_are_nobodys_normal_dependency_but_their_own() {
    let workspace = Workspace::read();
    for (package, dependencies) in &workspace.members {
        assert!(
            !dependencies.contains("itam-schemas") || package == "itam-bench",
            "{package} depends on itam-schemas"
        );
        assert!(!dependencies.contains("itam-bench"), "{package} depends on itam-bench");
        let may_use_harness = ["itam-tests", "itam-bench"].contains(&package.as_str());
        assert!(may_use_harness || !dependencies.contains("itam-tests"), "{package} depends on itam-tests");
    }
}

#[test]
fn every_room_is_listed() {
    let workspace = Workspace::read();
    let listed: BTreeSet<&str> = FORBIDDEN.iter().map(|(package, _)| *package).collect();
    let unbound = BTreeSet::from(["itam-bench", "itam-schemas"]);
    let members: BTreeSet<&str> = workspace.members.keys().map(String::as_str).collect();
    let expected: BTreeSet<&str> = listed.union(&unbound).copied().collect();
    assert_eq!(members, expected, "say in FORBIDDEN what a new room must not know");
}

#[test]
fn no_file_is_longer_than_it_can_be_read() {
    let files = rust_files(&root());
    let mut too_long = Vec::new();
    for path in &files {
        let lines = std::fs::read_to_string(path).expect("a source file").lines().count();
        if lines > MAX_LINES {
            too_long.push(format!("{}: {lines}", path.display()));
        }
    }
    assert!(files.len() > 100, "only {} files were found", files.len());
    assert!(too_long.is_empty(), "more than {MAX_LINES} lines:\n{}", too_long.join("\n"));
}

/// Words of audits, which are the domain's: the front door counts whatever a command says that it counts.
const AUDIT_WORDS: [&str; 5] = ["audit", "scan", "campaign", "finding", "frozen"];

#[test]
fn the_front_door_has_no_word_of_audits() {
    let files = rust_files(&root().join("command-service/src"));
    let mut hits = Vec::new();
    for path in &files {
        let text = std::fs::read_to_string(path).expect("a source file").to_lowercase();
        let found = text.lines().filter(|line| AUDIT_WORDS.iter().any(|word| line.contains(word)));
        hits.extend(found.map(|line| format!("{}: {line}", path.display())));
    }
    assert!(files.len() > 20, "only {} files were found", files.len());
    assert!(hits.is_empty(), "audits are the domain's:\n{}", hits.join("\n"));
}

/// The normal dependencies of every package of the workspace, by name.
struct Workspace {
    members: BTreeMap<String, BTreeSet<String>>,
}

impl Workspace {
    fn read() -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(["metadata", "--format-version", "1", "--locked"]);
        let output = command.current_dir(root()).stdin(Stdio::null()).output().expect("cargo can be run");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
        let ids: BTreeSet<&str> = list(&metadata["workspace_members"]).filter_map(Value::as_str).collect();
        let is_member = |package: &&Value| package["id"].as_str().is_some_and(|id| ids.contains(id));
        let members = list(&metadata["packages"]).filter(is_member).map(named).collect();
        Self { members }
    }

    /// Everything that a package depends on, directly or by way of others of the workspace.
    fn reached(&self, package: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&str> = vec![package];
        while let Some(name) = open.pop() {
            for dependency in self.members.get(name).into_iter().flatten() {
                if reached.insert(dependency.as_str()) {
                    open.push(dependency);
                }
            }
        }
        reached
    }
}

/// A package's name, and the names of its normal dependencies.
fn named(package: &Value) -> (String, BTreeSet<String>) {
    let is_normal = |dependency: &&Value| dependency["kind"].is_null();
    let dependencies = list(&package["dependencies"]).filter(is_normal);
    (name_of(package), dependencies.map(name_of).collect())
}

fn name_of(value: &Value) -> String {
    value["name"].as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start) && !BELOW_ALL.contains(&name),
        None => name == pattern,
    }
}
