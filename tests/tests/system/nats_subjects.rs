//! Every subject on a server by which harm could be done, or secrets heard.

use itam_tests::nats::SHIPPED_USERS;
use serde_json::json;

pub(crate) const LOG: &str = "ITAM_main";
pub(crate) const CHECKPOINTS: &str = "ITAM_main_CHECKPOINTS";
pub(crate) const PEOPLE: &str = "KV_ITAM_main_people";
pub(crate) const TOKENS: &str = "KV_ITAM_main_tokens";
pub(crate) const STREAMS: [&str; 4] = [LOG, CHECKPOINTS, PEOPLE, TOKENS];

/// The consumer of somebody else.
pub(crate) const VICTIM: &str = "victim";

/// Every verb of the servers' interface on a stream, read or write; the body is one that would work.
fn verbs(stream: &str) -> Vec<(String, String)> {
    let config = json!({"name": stream, "subjects": ["itam.other.>"], "max_msgs": 1}).to_string();
    let made = json!({
        "stream_name": stream,
        "config": {"name": "own", "deliver_subject": "itam.main.checkpoint", "ack_policy": "none"},
    });
    let pause = json!({"pause_until": "2099-01-01T00:00:00Z"}).to_string();
    let mut verbs: Vec<(String, String)> = [
        ("STREAM.CREATE.@", config.as_str()),
        ("STREAM.UPDATE.@", &config),
        ("STREAM.DELETE.@", ""),
        ("STREAM.PURGE.@", ""),
        ("STREAM.INFO.@", ""),
        ("STREAM.MSG.GET.@", r#"{"seq":1}"#),
        ("STREAM.MSG.DELETE.@", r#"{"seq":1}"#),
        ("STREAM.SNAPSHOT.@", r#"{"deliver_subject":"itam.main.checkpoint"}"#),
        ("STREAM.RESTORE.@", "{}"),
        ("STREAM.PEER.REMOVE.@", r#"{"peer":"itam-1"}"#),
        ("STREAM.LEADER.STEPDOWN.@", ""),
        ("DIRECT.GET.@", r#"{"seq":1}"#),
        ("DIRECT.GET.@.itam.main.event.asset.a", ""),
        ("CONSUMER.CREATE.@", &made.to_string()),
        ("CONSUMER.CREATE.@.own", &made.to_string()),
        ("CONSUMER.CREATE.@.own.itam.main.>", &made.to_string()),
        ("CONSUMER.DURABLE.CREATE.@.own", &made.to_string()),
        ("CONSUMER.NAMES.@", ""),
        ("CONSUMER.LIST.@", ""),
        ("CONSUMER.INFO.@.victim", ""),
        ("CONSUMER.DELETE.@.victim", ""),
        ("CONSUMER.PAUSE.@.victim", &pause),
        ("CONSUMER.RESET.@.victim", ""),
        ("CONSUMER.UNPIN.@.victim", r#"{"group":"a"}"#),
        ("CONSUMER.LEADER.STEPDOWN.@.victim", ""),
        ("CONSUMER.MSG.NEXT.@.victim", "1"),
    ]
    .into_iter()
    .flat_map(|(verb, body)| {
        let verb = verb.replace('@', stream);
        ["$JS.API", "ITAM.API", "$JS.itam.API"].map(|prefix| (format!("{prefix}.{verb}"), body.to_owned()))
    })
    .collect();
    verbs.push((format!("$JS.ACK.{stream}.{VICTIM}.1.1.1.1.0"), "+TERM".to_owned()));
    verbs.push((format!("$JS.FC.{stream}.{VICTIM}.a"), String::new()));
    verbs.push((format!("$JS.SNAPSHOT.RESTORE.{stream}.a"), String::new()));
    verbs
}

/// Whatever is protected, each with a body that would do harm.
pub(crate) fn everything() -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = [
        "itam.main.event.asset.a",
        "itam.main.key.tag.a",
        "itam.main.guard.locations",
        "itam.main.checkpoint",
        "itam.main.command.report-missing",
        "itam.other.event.asset.a",
        "$KV.ITAM_main_people.p.a",
        "$KV.ITAM_main_people.e.a",
        "$KV.ITAM_main_tokens.t.a",
        "$SRV.PING",
        "$SRV.INFO",
        "$SRV.STATS",
        "$SYS.REQ.USER.INFO",
        "$SYS.REQ.SERVER.PING",
        "$SYS.REQ.SERVER.PING.CONNZ",
        "$SYS.REQ.ACCOUNT.ITAM.INFO",
        "$SYS.REQ.ACCOUNT.PING.CONNZ",
        "$SYS.REQ.SERVER.a.RELOAD",
        "$SYS.REQ.CLAIMS.UPDATE",
        "$SYS.ACCOUNT.ITAM.CONNECT",
        "$NRG.V.a",
        "_R_.a.b",
        "_GR_.a.b.c",
        "_INBOX.a",
    ]
    .map(|subject| (subject.to_owned(), "{}".to_owned()))
    .into();
    all.extend(SHIPPED_USERS.map(|user| (format!("_INBOX_{user}.a.b"), "{}".to_owned())));
    for verb in [
        "INFO",
        "STREAM.NAMES",
        "STREAM.LIST",
        "META.LEADER.STEPDOWN",
        "SERVER.REMOVE",
        "ACCOUNT.PURGE.ITAM",
        "ACCOUNT.STREAM.MOVE.ITAM.ITAM_main",
        "ACCOUNT.STREAM.CANCEL_MOVE.ITAM.ITAM_main",
        "STREAM.CREATE.OTHER",
        "STREAM.DELETE.OTHER",
    ] {
        let body =
            json!({"name": "OTHER", "sources": [{"name": LOG}], "republish": {"src": ">", "dest": "a.>"}});
        all.extend(["$JS.API", "ITAM.API"].map(|prefix| (format!("{prefix}.{verb}"), body.to_string())));
    }
    all.extend(STREAMS.into_iter().flat_map(verbs));
    all
}

/// Whatever nobody else should hear.
pub(crate) fn every_subscription() -> Vec<String> {
    let others = SHIPPED_USERS.map(|user| format!("_INBOX_{user}.>"));
    let rest = [
        ">",
        "*",
        "_INBOX.>",
        "*.>",
        "_R_.>",
        "itam.>",
        "itam.main.event.>",
        "itam.main.checkpoint",
        "itam.main.command.>",
        "itam.main.command.*",
        "$KV.>",
        "$JS.>",
        "$JS.API.>",
        "ITAM.API.>",
        "$JS.ACK.>",
        "$SRV.>",
        "$SYS.>",
        "$SYS.REQ.USER.INFO",
    ];
    others.into_iter().chain(rest.map(str::to_owned)).collect()
}

/// Whether a pattern covers a subject, which may be one itself.
pub(crate) fn covers(pattern: &str, subject: &str) -> bool {
    let mut tokens = subject.split('.');
    for wanted in pattern.split('.') {
        match (wanted, tokens.next()) {
            (">", Some(_)) => return true,
            ("*", Some(_)) => {}
            (wanted, Some(token)) if wanted == token => {}
            _ => return false,
        }
    }
    tokens.next().is_none()
}
