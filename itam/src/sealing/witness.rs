//! A witness that is asked over HTTP (C2SP tlog-witness).

use async_trait::async_trait;
use itam_proof::{Hash, VerifierKey};
use itam_sealer::{Cause, Witness, WitnessAnswer};
use itam_tools::Failure;
use itam_witness::AddCheckpoint;
use reqwest::{Client, StatusCode, Url};

use super::webhook::{http_client, http_url};

/// A witness at an address.
pub(super) struct HttpWitness {
    url: Url,
    key: VerifierKey,
    client: Client,
}

impl HttpWitness {
    pub(super) fn try_new(url: &str, key: VerifierKey) -> Result<Self, Failure> {
        let url = http_url(&format!("{}/add-checkpoint", url.trim_end_matches('/')))?;
        Ok(Self { url, key, client: http_client()? })
    }
}

#[async_trait]
impl Witness for HttpWitness {
    fn key(&self) -> &VerifierKey {
        &self.key
    }

    async fn add_checkpoint(&self, old: u64, proof: &[Hash], note: &str) -> Result<WitnessAnswer, Cause> {
        let body = AddCheckpoint::encode(old, proof, note);
        let answer = self.client.post(self.url.clone()).body(body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        match status {
            StatusCode::OK => Ok(WitnessAnswer::Countersigned(text)),
            StatusCode::CONFLICT => {
                let size = text.trim().parse().map_err(|_| format!("it knows another size: {text:?}"))?;
                Ok(WitnessAnswer::Knows(size))
            }
            status if status.is_client_error() => {
                Ok(WitnessAnswer::Refused(format!("{status}: {}", text.trim())))
            }
            status => Err(format!("it answered {status}: {}", text.trim()).into()),
        }
    }
}
