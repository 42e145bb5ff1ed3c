//! A checkpoint on paper: from a file, a data directory or a running service, and kept up by a sealer.

use std::fs;

use itam_tests::{Client, Service, admin_token, eventually};
use reqwest::Method;
use serde_json::json;

use crate::audit_proof::{done, refused, text, write};

#[tokio::test]
async fn a_checkpoint_is_printed_from_everywhere_and_replaces_no_file() {
    let (data, out) = [(); 2].map(|()| tempfile::tempdir().expect("a folder")).into();
    let newest = out.path().join("newest.html");
    let itam = Service::start("up", data.path(), &["--checkpoint-page", text(&newest)]).await;
    let token = admin_token(data.path()).await;
    let client = Client::new(&itam.url, &token);
    client.done("define-vendor", json!({"name": "Northwind"})).await;
    let note = client.send(client.request(Method::POST, "/v1/sealer/checkpoint")).await.text;
    let (kept, data) = (write(out.path(), "kept.txt", &note), text(data.path()));
    let key = done(&["key", "show", "--data", data], None).await;
    let [file, folder, server] =
        ["file.html", "folder.html", "server.html"].map(|name| out.path().join(name));
    let page = ["page", "--key", key.trim(), "--out"];
    done(&[&page[..], &[text(&file), "--file", text(&kept)]].concat(), None).await;
    done(&[&page[..], &[text(&folder), "--data", data]].concat(), None).await;
    let ask = ["--server", &itam.url, "--token", &token];
    done(&[&page[..], &[text(&server)], &ask].concat(), None).await;
    let printed = fs::read_to_string(&file).expect("a page");
    let words = ["verified with the key that was given", "<svg ", "itam audit verify kept.txt", &note];
    for word in words.iter().chain(&note.lines().collect::<Vec<_>>().as_slice()[..3]) {
        assert!(printed.contains(word), "{word} is not in {printed}");
    }
    // It stands for itself: no script, and nothing is fetched.
    for word in ["<script", "href=", "src=", "url(", "@import"] {
        assert!(!printed.contains(word), "{word} is in {printed}");
    }
    for other in [&folder, &server] {
        assert_eq!(fs::read_to_string(other).expect("a page"), printed);
    }
    eventually("the sealer keeps a page", || async {
        fs::read_to_string(&newest).ok().filter(|page| page.contains(&note))
    })
    .await;

    let again = refused(&[&page[..], &[text(&file), "--data", data]].concat(), 1).await;
    assert!(again.contains("file.html"), "{again}");
    assert_eq!(fs::read_to_string(&file).expect("a page"), printed);
    let other = out.path().join("other.html");
    let refuse = async |args: &[&str], words: &str| {
        let complaint = refused(&[&["page", "--out", text(&other)], args].concat(), 1).await;
        assert!(complaint.contains(words) && !other.exists(), "{complaint}");
    };
    refuse(&["--data", data, "--size", "9999"], "there is no checkpoint of 9999 positions").await;
    refuse(&["--data", text(out.path())], "nothing is sealed yet").await;
    refuse(&["--server", "http://127.0.0.1:9", "--token", "x"], "127.0.0.1:9").await;
    refuse(&["--server", &itam.url, "--token", "x"], "401").await;
    let forged = write(out.path(), "forged.txt", &note.replacen("\ntime 2", "\ntime 3", 1));
    refuse(&["--file", text(&forged), "--key", key.trim()], "is wrong").await;
    refuse(&["--file", text(&newest)], "newest.html").await;
    let lines = (0..40).map(|number| format!("— w{number} {}\n", "A".repeat(104)));
    let long = lines.fold(note, |note, line| note + &line);
    let long = write(out.path(), "long.txt", &long);
    refuse(&["--file", text(&long)], "fits no QR code").await;
}
