//! `itam audit evidence`: the history of one asset with what proves it, from a running service.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use reqwest::{Method, Url};

use crate::failure::Failure;
use crate::server::ServerArgs;

/// The arguments of `itam audit evidence`.
#[derive(Args, Debug)]
pub(crate) struct EvidenceArgs {
    /// The asset: its tag or its id.
    asset: String,
    /// The new file.
    #[arg(long)]
    out: PathBuf,
    /// As of the checkpoint of so many positions, not of the newest one.
    #[arg(long)]
    size: Option<u64>,
    #[command(flatten)]
    server: ServerArgs,
}

/// Runs `itam audit evidence`.
pub(crate) async fn run(args: EvidenceArgs) -> Result<(), Failure> {
    if args.out.exists() {
        let path = args.out.display();
        return Err(Failure::Usage(format!("{path} is there already: nothing is overwritten")));
    }
    let server = args.server.named_or_here();
    let url = evidence_of(server.address(), &args.asset, args.size)
        .ok_or_else(|| Failure::Usage(format!("{} is not the address of a service", server.address())))?;
    let response = server.send(server.request_url(Method::GET, url)).await?;
    let evidence = response.bytes().await.map_err(|error| server.silent(&error))?;
    keep(&args.out, &evidence).map_err(|source| Failure::File { path: args.out.clone(), source })?;
    let path = args.out.display();
    eprintln!("{path} holds the evidence of {}; `itam audit verify` checks it", args.asset);
    Ok(())
}

/// Where the evidence of an asset is. A tag may hold anything, a slash too.
fn evidence_of(server: &str, asset: &str, size: Option<u64>) -> Option<Url> {
    let mut url = Url::parse(server).ok()?;
    url.path_segments_mut().ok()?.pop_if_empty().extend(["v1", "assets", asset, "evidence"]);
    if let Some(size) = size {
        url.query_pairs_mut().append_pair("size", &size.to_string());
    }
    Some(url)
}

/// Writes a new file, durably. It says where an asset was and who had it: that is for its owner.
fn keep(path: &Path, evidence: &[u8]) -> io::Result<()> {
    let mut file = itam_files::create_new(path)?;
    file.write_all(evidence)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_tag_holds_is_one_segment_of_the_path() {
        let found = |asset| evidence_of("http://127.0.0.1:8080", asset, None).map(String::from);
        let expected = "http://127.0.0.1:8080/v1/assets/LT%2F1%20%3Fx/evidence";
        assert_eq!(found("LT/1 ?x").as_deref(), Some(expected));
        let behind = evidence_of("https://example.com/itam/", "LT-1", Some(7)).map(String::from);
        assert_eq!(behind.as_deref(), Some("https://example.com/itam/v1/assets/LT-1/evidence?size=7"));
        assert_eq!(evidence_of("localhost", "LT-1", None), None);
    }
}
