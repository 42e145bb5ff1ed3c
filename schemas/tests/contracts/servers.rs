//! The servers of the document of NATS are those that `deploy/` sets up.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::support::committed;

/// The users to whom the servers open.
fn users_of_the_servers() -> BTreeSet<String> {
    let path = itam_schemas::folder().join("../deploy/nats-permissions.conf");
    let text = fs::read_to_string(path).expect("the permissions");
    let users = text.lines().filter_map(|line| line.trim().strip_prefix("user: \"")?.strip_suffix('"'));
    users.map(str::to_owned).collect()
}

fn users_of(security: &Value) -> BTreeSet<String> {
    let reference = |scheme: &Value| scheme["$ref"].as_str().expect("a reference").to_owned();
    let schemes = security.as_array().expect("security").iter().map(reference);
    schemes.map(|scheme| scheme.rsplit('/').next().expect("a name").to_owned()).collect()
}

#[test]
fn the_document_of_nats_names_every_user_of_the_servers_and_nobody_else() {
    let document = committed("asyncapi/itam.json");
    let users = users_of_the_servers();
    assert!(users.contains("itam-command"), "{users:?}");
    let schemes = document["components"]["securitySchemes"].as_object().expect("schemes");
    assert_eq!(schemes.keys().cloned().collect::<BTreeSet<_>>(), users);
    assert_eq!(users_of(&document["servers"]["nats"]["security"]), users);
}

#[test]
fn every_operation_on_nats_names_who_may_do_it() {
    let document = committed("asyncapi/itam.json");
    let users = users_of_the_servers();
    for (name, operation) in document["operations"].as_object().expect("operations") {
        let named = users_of(&operation["security"]);
        assert!(!named.is_empty() && named.is_subset(&users), "{name}: {named:?}");
    }
}
