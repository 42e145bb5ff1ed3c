//! The NATS servers, and as whom one comes to them.

use serde_json::{Map, Value, json};

/// A user of `deploy/nats-permissions.conf`, with what it is for and may do.
struct User {
    name: &'static str,
    may: &'static str,
}

/// Every user of the servers.
const USERS: [User; 8] = [
    User { name: "itam-admin", may: "Keeps the servers; everything in the account of the streams." },
    User { name: "itam-command", may: "Command services: append, keep people and tokens, read those." },
    User { name: "itam-up", may: "All services in one process: what itam-command and itam-sealer may." },
    User {
        name: "itam-reader",
        may: "Query services: read the log, checkpoints, people and tokens' hashes.",
    },
    User { name: "itam-follower", may: "Services that follow the history: read the log, by position." },
    User { name: "itam-sealer", may: "Projectors that seal, and sealers: read, and append checkpoints." },
    User { name: "itam-door", may: "The door of command services: hear commands, and answer." },
    User { name: "itam-sender", may: "Services that send commands; each with an account of its own." },
];

/// Who appends to the log.
pub(super) const APPENDING: [&str; 3] = ["itam-command", "itam-up", "itam-admin"];
/// Who takes commands.
pub(super) const TAKING: [&str; 1] = ["itam-door"];

/// The servers.
pub(super) fn servers() -> Value {
    let names = USERS.map(|user| user.name);
    json!({"nats": {
        "host": "{host}:{port}",
        "protocol": "nats",
        "title": "NATS servers",
        "summary": "One NATS server with JetStream, or a cluster of three; 2.15.1 or newer.",
        "description": "With TLS, since tokens and passwords travel over it: the servers show a certificate of the \
                        installation's own authority (`--nats-ca`) and can ask for one of the client's \
                        (`--nats-cert`, `--nats-key`). Each process is a user of its own, by a password or by a \
                        file of credentials, and is answered below the inbox `_INBOX_<user>` alone. What a user \
                        may, deploy/nats-permissions.conf says; no user but itam-admin sees the streams \
                        themselves.",
        "variables": {
            "host": {"description": "A server's name.", "default": "localhost"},
            "port": {"description": "Its port.", "default": "4222"},
        },
        "security": by_any_of(&names),
        "tags": [{"name": "tls", "description": "Connections are encrypted: tls://{host}:{port}."}],
    }})
}

/// As whom one comes to the servers.
pub(super) fn security_schemes() -> Value {
    let scheme =
        |user: &User| (user.name.to_owned(), json!({"type": "userPassword", "description": user.may}));
    Value::Object(USERS.iter().map(scheme).collect::<Map<_, _>>())
}

/// As any of these users.
pub(super) fn by_any_of(users: &[&str]) -> Value {
    let reference = |user: &&str| json!({ "$ref": format!("#/components/securitySchemes/{user}") });
    users.iter().map(reference).collect()
}
