//! A client of itam's HTTP API, as any program might write it.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

/// Chooses the TLS implementation, which HTTP clients are built to be told. Another part of the
/// process may have chosen it already.
pub(crate) fn choose_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client with a token.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

/// An answer with what tests look at.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body as text.
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// If it is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// A header as text, if it is there.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Client {
    /// A client of the server at `base`; an empty token is not sent.
    #[must_use]
    pub fn new(base: &str, token: &str) -> Self {
        choose_tls();
        Self { http: reqwest::Client::new(), base: base.to_owned(), token: token.to_owned() }
    }

    /// A request to be filled in.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    /// Sends a request.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request).await.expect("the server answers")
    }

    /// Sends a request.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn try_send(&self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, text: response.text().await? })
    }

    /// `GET`.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// `GET` of JSON that must succeed.
    ///
    /// # Panics
    /// If it does not.
    pub async fn fetch(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    /// Sends a command.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn command(&self, name: &str, fields: Value) -> Answer {
        self.send(self.request(Method::POST, &format!("/v1/commands/{name}")).json(&fields)).await
    }

    /// Sends a command under an idempotency key.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn command_once(&self, key: &str, name: &str, fields: Value) -> Answer {
        let request = self.request(Method::POST, &format!("/v1/commands/{name}")).json(&fields);
        self.send(request.header("Idempotency-Key", key)).await
    }

    /// Sends a command that must succeed, and gives its answer.
    ///
    /// # Panics
    /// If it does not succeed.
    pub async fn done(&self, name: &str, fields: Value) -> Value {
        let answer = self.command(name, fields).await;
        assert_eq!(answer.status, 201, "{name}: {}", answer.text);
        answer.json()
    }

    /// Whether the process says that it is alive.
    pub async fn is_alive(&self) -> bool {
        self.says_ok("/livez").await
    }

    /// Whether the process says that it is ready.
    pub async fn is_ready(&self) -> bool {
        self.says_ok("/readyz").await
    }

    async fn says_ok(&self, path: &str) -> bool {
        let answer = self.request(Method::GET, path).send().await;
        answer.is_ok_and(|answer| answer.status() == StatusCode::OK)
    }
}
