//! The NATS servers are reached by a credentials file, and by TLS in which both sides show who
//! they are.

use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use itam_tests::nats::{NatsOptions, NatsServer};
use itam_tests::{Client, Service, admin_token, run_itam};
use nkeys::KeyPair;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair as CertificateKey};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Certificates of one authority, as files.
struct Certificates {
    folder: TempDir,
}

impl Certificates {
    fn make() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let key = CertificateKey::generate().expect("a key");
        let mut authority = CertificateParams::new(Vec::new()).expect("parameters");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = authority.self_signed(&key).expect("a certificate");
        let certificates = Self { folder };
        fs::write(certificates.path("ca.pem"), certificate.pem()).expect("written");
        let issuer = Issuer::new(authority, key);
        for (name, subject) in [("server", "localhost"), ("client", "itam")] {
            let key = CertificateKey::generate().expect("a key");
            let names = vec![subject.to_owned(), "127.0.0.1".to_owned()];
            let leaf = CertificateParams::new(names).expect("parameters");
            let leaf = leaf.signed_by(&key, &issuer).expect("a certificate");
            fs::write(certificates.path(&format!("{name}.pem")), leaf.pem()).expect("written");
            fs::write(certificates.path(&format!("{name}.key")), key.serialize_pem()).expect("written");
        }
        certificates
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("a path").to_owned()
    }
}

async fn start(extra_configuration: String) -> NatsServer {
    let options = NatsOptions { extra_configuration, ..NatsOptions::default() };
    NatsServer::start(options).await.expect("a nats-server")
}

/// `itam up` carries out a command and shows it.
async fn works(data: &Path, args: &[&str]) {
    let service = Service::start("up", data, args).await;
    service.ready().await;
    let client = Client::new(&service.url, &admin_token(data).await);
    let vendor = client.done("define-vendor", json!({"name": "Northwind"})).await;
    let shown = client.fetch(&format!("/v1/vendors?min_position={}", vendor["position"])).await;
    assert_eq!(shown["items"][0]["name"], json!("Northwind"));
}

#[tokio::test]
async fn by_tls_both_sides_show_who_they_are() {
    let certificates = Certificates::make();
    let [ca, certificate, key] = ["ca.pem", "server.pem", "server.key"].map(|name| certificates.text(name));
    let nats = start(format!(
        "tls {{ cert_file: \"{certificate}\", key_file: \"{key}\", ca_file: \"{ca}\", verify: true }}"
    ))
    .await;
    let url = nats.url().replace("nats://", "tls://");
    let [client, client_key] = ["client.pem", "client.key"].map(|name| certificates.text(name));
    let mutual = ["--nats", &url, "--nats-ca", &ca, "--nats-cert", &client, "--nats-key", &client_key];
    works(certificates.folder.path(), &mutual).await;
    // Without a certificate of its own, or trusting another authority, nobody comes in.
    let strangers = Certificates::make();
    let [foreign, foreign_key] = ["client.pem", "client.key"].map(|name| strangers.text(name));
    let other_authority = strangers.text("ca.pem");
    for wrong in [
        vec!["--nats", &url, "--nats-ca", &ca],
        vec!["--nats", &url, "--nats-ca", &ca, "--nats-cert", &foreign, "--nats-key", &foreign_key],
        vec![
            "--nats",
            &url,
            "--nats-ca",
            &other_authority,
            "--nats-cert",
            &client,
            "--nats-key",
            &client_key,
        ],
    ] {
        let all = [&["log", "check"][..], &wrong].concat();
        let output = run_itam(&all, &[]).await;
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{wrong:?}: {complaint}");
        assert!(complaint.contains("do not answer"), "{wrong:?}: {complaint}");
    }
}

/// A JSON web token as nats-servers read it, signed by `issuer`.
fn token(issuer: &KeyPair, subject: &KeyPair, name: &str, nats: &Value) -> String {
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let header = json!({"typ": "JWT", "alg": "ed25519-nkey"});
    let claims = json!({
        "jti": name, "iat": 1_767_225_600, "iss": issuer.public_key(), "name": name,
        "sub": subject.public_key(), "nats": nats,
    });
    let signed = format!("{}.{}", encode(&header), encode(&claims));
    let signature = issuer.sign(signed.as_bytes()).expect("a signature");
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
}

#[tokio::test]
async fn a_credentials_file_opens_the_servers_and_a_wrong_one_does_not() {
    let (operator, account, user) = (KeyPair::new_operator(), KeyPair::new_account(), KeyPair::new_user());
    let limits = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1,
        "leaf": -1, "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1,
    });
    let operator_token = token(&operator, &operator, "operator", &json!({"type": "operator", "version": 2}));
    let account_claims = json!({"type": "account", "version": 2, "limits": limits});
    let account_token = token(&operator, &account, "account", &account_claims);
    // JetStream needs an account of the server's own.
    let system = KeyPair::new_account();
    let system_token = token(&operator, &system, "system", &json!({"type": "account", "version": 2}));
    let user_claims = json!({"type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1});
    let user_token = token(&account, &user, "itam", &user_claims);
    let (name, system) = (account.public_key(), system.public_key());
    let nats = start(format!(
        "operator: {operator_token}\nsystem_account: {system}\nresolver: MEMORY\n\
         resolver_preload: {{ {name}: {account_token}, {system}: {system_token} }}"
    ))
    .await;
    let data = tempfile::tempdir().expect("a folder");
    let credentials = |name: &str, token: &str, user: &KeyPair| {
        let path = data.path().join(name);
        let seed = user.seed().expect("a seed");
        let text = format!(
            "-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n\
             -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
        );
        fs::write(&path, text).expect("written");
        path.to_str().expect("a path").to_owned()
    };
    let url = nats.url();
    let good = credentials("good.creds", &user_token, &user);
    works(data.path(), &["--nats", &url, "--nats-creds", &good]).await;

    let stranger = KeyPair::new_account();
    let foreign = credentials("foreign.creds", &token(&stranger, &user, "itam", &user_claims), &user);
    let garbage = data.path().join("garbage.creds");
    fs::write(&garbage, "nothing").expect("written");
    for (path, words) in [
        (foreign.as_str(), "do not answer"),
        (garbage.to_str().expect("a path"), "garbage.creds"),
        ("/nonexistent/itam.creds", "/nonexistent/itam.creds"),
    ] {
        let output = run_itam(&["log", "check", "--nats", &url, "--nats-creds", path], &[]).await;
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{complaint}");
        assert!(complaint.contains(words), "{path}: {complaint}");
    }
}
