//! A cluster of the shipped files takes in no server that does not know the secret, or shows no
//! certificate.

use std::fs;
use std::path::{Path, PathBuf};

use itam_tests::nats::{NatsCluster, NatsServer, ROUTE_PASSWORD, Wire};
use itam_tests::{eventually, eventually_within};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Certificates of one authority for servers that talk to each other.
fn certificates() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let key = KeyPair::generate().expect("a key");
    let mut authority = CertificateParams::new(Vec::new()).expect("parameters");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let path = |name: &str| folder.path().join(name);
    fs::write(path("ca.pem"), authority.self_signed(&key).expect("a certificate").pem()).expect("written");
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().expect("a key");
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let leaf =
        CertificateParams::new(names).expect("parameters").signed_by(&key, &issuer).expect("a certificate");
    fs::write(path("server.pem"), leaf.pem()).expect("written");
    fs::write(path("server.key"), key.serialize_pem()).expect("written");
    folder
}

async fn fetch(url: &str) -> Option<Value> {
    let answer = reqwest::get(url).await.ok()?;
    serde_json::from_slice(&answer.bytes().await.ok()?).ok()
}

/// The servers that a server has routes to.
async fn neighbours(server: &NatsServer) -> Vec<String> {
    let routes = fetch(&format!("{}/routez", server.monitoring_url())).await.expect("its routes");
    let routes = routes["routes"].as_array().cloned().unwrap_or_default();
    let mut names: Vec<String> =
        routes.iter().map(|route| route["remote_name"].as_str().unwrap_or_default().to_owned()).collect();
    names.sort();
    names.dedup();
    names
}

/// A server that wants to join.
fn rogue(cluster: &NatsCluster, login: &str, tls: &str) -> String {
    let routes: Vec<String> = cluster
        .servers
        .iter()
        .map(|server| format!("\"nats://{login}127.0.0.1:{}\"", server.route_port()))
        .collect();
    format!("cluster {{ name: itam, listen: \"127.0.0.1:$ROUTE\", routes: [{}], {tls} }}", routes.join(", "))
}

fn tls(folder: &Path) -> String {
    let path = |name: &str| -> PathBuf { folder.join(name) };
    format!(
        "tls {{ cert_file: \"{}\", key_file: \"{}\", ca_file: \"{}\", verify: true }}",
        path("server.pem").display(),
        path("server.key").display(),
        path("ca.pem").display()
    )
}

/// Whoever asks with this configuration stays outside, and whoever is with her is heard by nobody.
async fn stays_outside(cluster: &NatsCluster, configuration: &str, reason: &str) {
    let said = || cluster.servers.iter().map(NatsServer::log).collect::<String>().matches(reason).count();
    let before = said();
    let rogue = NatsServer::start_rogue(configuration).await.expect("a server");
    let within = std::time::Duration::from_secs(30);
    eventually_within(within, "it is refused", || async { (said() > before).then_some(()) }).await;
    let mut stranger =
        eventually_within(within, "it serves", || async { Wire::connect(rogue.port(), None).await.ok() })
            .await;
    stranger.publish("itam.main.event.asset.a", None, "{}").await.expect("sent");
    stranger.publish("$JS.API.STREAM.DELETE.ITAM_main", None, "").await.expect("sent");
    stranger.barrier().await.expect("judged");
    assert_eq!(neighbours(&rogue).await, Vec::<String>::new(), "{}", rogue.log());
    for server in &cluster.servers {
        let names = neighbours(server).await;
        assert!(!names.contains(&"rogue".to_owned()) && names.len() == 2, "{names:?}");
    }
}

/// A stream of three, as the administrator makes it, with one message.
async fn stream(cluster: &NatsCluster) -> Wire {
    let user = Some(("itam-admin", "itam-admin"));
    let mut keeper = Wire::connect(cluster.servers[0].port(), user).await.expect("a connection");
    let stream =
        json!({"name": "ITAM_main", "subjects": ["itam.main.event.>"], "num_replicas": 3}).to_string();
    let mut made = Value::Null;
    for _ in 0..50 {
        made = keeper.ask_json("$JS.API.STREAM.CREATE.ITAM_main", &stream).await.expect("an answer");
        if made["config"].is_object() {
            break;
        }
    }
    assert!(made["config"].is_object(), "{made}");
    let stored = eventually("the stream takes a message", || async {
        let mut keeper = Wire::connect(cluster.servers[0].port(), user).await.ok()?;
        keeper.ask_json("itam.main.event.asset.b", "{}").await.ok().filter(|stored| stored["seq"].is_u64())
    })
    .await;
    assert_eq!(stored["stream"], json!("ITAM_main"));
    keeper
}

async fn unharmed(keeper: &mut Wire) {
    let info = keeper.ask_json("$JS.API.STREAM.INFO.ITAM_main", "").await.expect("an answer");
    assert_eq!(info["state"]["num_subjects"], json!(1), "{info}");
}

#[tokio::test]
async fn a_server_without_the_secret_of_the_routes_does_not_join() {
    let cluster = NatsCluster::start_as_shipped(None).await.expect("a cluster");
    let mut keeper = stream(&cluster).await;
    for login in ["", "itam-route:wrong@", "itam-command:itam-command@", "itam-admin:itam-admin@"] {
        stays_outside(&cluster, &rogue(&cluster, login, ""), "authentication error").await;
    }
    unharmed(&mut keeper).await;
    for server in &cluster.servers {
        let shown = fetch(&format!("{}/varz", server.monitoring_url())).await.expect("its settings");
        for door in ["leaf", "gateway", "websocket", "mqtt"] {
            assert!(shown[door]["port"].is_null(), "{door} is open: {}", shown[door]);
        }
    }
}

#[tokio::test]
async fn with_mutual_tls_the_secret_alone_does_not_let_a_server_in() {
    let (own, foreign) = (certificates(), certificates());
    let cluster = NatsCluster::start_as_shipped(Some(own.path())).await.expect("a cluster");
    let mut keeper = stream(&cluster).await;
    let login = format!("itam-route:{ROUTE_PASSWORD}@");
    stays_outside(&cluster, &rogue(&cluster, &login, &tls(foreign.path())), "TLS route handshake error")
        .await;
    stays_outside(&cluster, &rogue(&cluster, &login, ""), "TLS").await;
    stays_outside(&cluster, &rogue(&cluster, "", &tls(own.path())), "authentication error").await;
    unharmed(&mut keeper).await;
}
