//! An address to which checkpoints are posted.

use async_trait::async_trait;
use itam_proof::KeptCheckpoint;
use itam_sealer::{Archive, Cause};
use itam_tools::Failure;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

/// Posts checkpoints.
pub(super) struct Webhook {
    url: Url,
    client: Client,
}

impl Webhook {
    pub(super) fn try_new(url: &str) -> Result<Self, Failure> {
        Ok(Self { url: http_url(url)?, client: http_client()? })
    }
}

/// A client that follows no redirection: what is posted would arrive as a question without a body,
/// and its answer would look like success.
pub(super) fn http_client() -> Result<Client, Failure> {
    let client = Client::builder().redirect(Policy::none()).build();
    client.map_err(|error| Failure::Usage(format!("no HTTP client can be made: {error}")))
}

/// An address that can be posted to.
pub(super) fn http_url(text: &str) -> Result<Url, Failure> {
    let wrong = || Failure::Usage(format!("{text:?} is not an address such as https://witness.example"));
    let url: Url = text.parse().map_err(|_| wrong())?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err(wrong()) }
}

#[async_trait]
impl Archive for Webhook {
    fn name(&self) -> String {
        // Without what may be a secret in the query or before the host.
        format!("the webhook at {}", self.url.host_str().unwrap_or_default())
    }

    async fn newest(&self) -> Result<Option<String>, Cause> {
        Ok(None)
    }

    async fn keep(&self, checkpoint: &KeptCheckpoint) -> Result<(), Cause> {
        let request = self.client.post(self.url.clone());
        let request = request.header("content-type", "text/plain; charset=utf-8");
        let answer =
            request.body(checkpoint.note.clone()).send().await.map_err(reqwest::Error::without_url)?;
        let status = answer.status();
        if status.is_success() { Ok(()) } else { Err(format!("it answered {status}").into()) }
    }
}
