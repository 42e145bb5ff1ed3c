//! A running service that a tool asks for what it alone can do.

use std::time::Duration;

use clap::Args;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;
use serde_json::Value;

use crate::failure::Failure;

/// Where a service is, if nothing is said.
const HERE: &str = "http://127.0.0.1:8080";
/// How often a running projector is asked how far it got.
const LOOK: Duration = Duration::from_millis(300);
/// A rebuild of a small log is over before it is seen, so the looking has a bound at its start.
const LOOKS_BEFORE: u32 = 3;

/// A running service, and who asks it.
#[derive(Args, Debug)]
pub struct ServerArgs {
    /// The running service that shall do it, such as `http://127.0.0.1:8080`, which is asked where one is
    /// needed and none is named.
    #[arg(long)]
    server: Option<String>,
    /// The token of who asks the service.
    #[arg(long, env = "ITAM_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

impl ServerArgs {
    /// The service, if one was named.
    #[must_use]
    pub fn named(&self) -> Option<ServiceClient> {
        self.server.as_deref().map(|server| self.at(server))
    }

    /// The service that was named, or the one on this host.
    #[must_use]
    pub fn named_or_here(&self) -> ServiceClient {
        self.at(self.server.as_deref().unwrap_or(HERE))
    }

    fn at(&self, server: &str) -> ServiceClient {
        let token = self.token.clone().unwrap_or_default();
        ServiceClient { client: Client::new(), address: server.trim_end_matches('/').to_owned(), token }
    }
}

/// A service that is asked with a token.
#[derive(Clone, Debug)]
pub struct ServiceClient {
    client: Client,
    address: String,
    token: String,
}

/// How far a rebuild got.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct RebuildProgress {
    /// The last position that is applied.
    pub applied: u64,
    /// The last position of the log.
    pub head: u64,
}

/// What is read of a projector's status.
#[derive(Deserialize)]
struct ProjectorStatus {
    rebuild: Option<RebuildProgress>,
    trouble: Option<String>,
}

impl ServiceClient {
    /// Where it is.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A request for a path that begins with a slash.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.address)).bearer_auth(&self.token)
    }

    /// A request for an address at this service.
    pub(crate) fn request_url(&self, method: Method, url: Url) -> RequestBuilder {
        self.client.request(method, url).bearer_auth(&self.token)
    }

    /// Sends a request, and takes nothing for an answer but success.
    ///
    /// # Errors
    /// If it does not answer, or with a problem.
    pub async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let response = request.send().await.map_err(|error| self.silent(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let problem: Value =
            serde_json::from_str(&response.text().await.unwrap_or_default()).unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (detail, place) = (text(&problem["detail"]), text(&problem["errors"][0]["detail"]));
        if status == StatusCode::UNAUTHORIZED && self.token.is_empty() {
            let advice = "it wants to know who asks: put a token into ITAM_TOKEN";
            return Err(Failure::Usage(format!("{} answered {status}: {advice}", self.address)));
        }
        let said = format!("{} answered {status}: {detail} {place}", self.address);
        Err(Failure::Usage(said.trim_end().trim_end_matches(':').to_owned()))
    }

    /// The JSON of the answer to a request; null if it has none.
    ///
    /// # Errors
    /// If it does not answer, or with a problem.
    pub async fn json(&self, request: RequestBuilder) -> Result<Value, Failure> {
        let text = self.send(request).await?.text().await.map_err(|error| self.silent(&error))?;
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Waits for the end of a rebuild that was just asked for.
    ///
    /// # Errors
    /// If it does not answer as a projector, or the rebuild fails.
    pub async fn follow_rebuild(&self, mut show: impl FnMut(RebuildProgress)) -> Result<(), Failure> {
        let mut was_seen = false;
        for look in 0_u32.. {
            let status = self.json(self.request(Method::GET, "/v1/projector")).await?;
            let status: ProjectorStatus = serde_json::from_value(status).map_err(|error| {
                Failure::Usage(format!("{} does not answer as a projector: {error}", self.address))
            })?;
            match (status.rebuild, status.trouble) {
                (Some(progress), _) => {
                    was_seen = true;
                    show(progress);
                }
                (None, Some(trouble)) => return Err(Failure::Usage(trouble)),
                (None, None) if was_seen || look > LOOKS_BEFORE => break,
                (None, None) => {}
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// Nothing that can be understood came back.
    pub(crate) fn silent(&self, error: &reqwest::Error) -> Failure {
        Failure::Usage(format!("{} does not answer: {}", self.address, itam_service_kit::error_chain(error)))
    }
}
