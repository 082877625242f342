//! Somebody who speaks HTTP to the desk.

use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
}

impl Answer {
    /// Sends a request and reads the answer to its end.
    pub async fn to(request: reqwest::RequestBuilder) -> reqwest::Result<Self> {
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Self { status, headers, text: response.text().await? })
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// Panics unless the status is `status`, and gives the body.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self.json()
    }

    /// The names of the fields that a problem finds wrong, in alphabetical order.
    pub fn wrong_fields(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        let mut fields: Vec<_> = errors.iter().filter_map(|error| error["field"].as_str().map(str::to_owned)).collect();
        fields.sort_unstable();
        fields
    }

    /// The refresh token that came as a cookie.
    pub fn refresh_token(&self) -> String {
        let cookie = self.headers["set-cookie"].to_str().unwrap();
        let pair = cookie.split(';').next().unwrap();
        pair.strip_prefix("__Host-deskwire_refresh=").unwrap().to_owned()
    }

    /// Panics unless this is a problem with `status` and `code`, and gives the body.
    pub fn expect_problem(&self, status: u16, code: &str) -> Value {
        let body = self.expect(status);
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.text);
        assert_eq!(body["code"], code, "{}", self.text);
        assert_eq!(body["status"], status);
        body
    }
}

/// A person with a session, or without one.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    /// Where the desk is.
    pub url: String,
    /// The access token, once logged in.
    pub token: Option<String>,
    /// What login said of the account.
    pub user: Value,
}

impl Client {
    /// Somebody without a session.
    pub fn new(url: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { http, url: url.to_owned(), token: None, user: Value::Null }
    }

    /// The same person at another ingress process.
    #[must_use]
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// The same person with another access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Logs in.
    pub async fn login(&self, username: &str, password: &str) -> Self {
        let body = json!({"username": username, "password": password});
        let answer = self.post("/auth/login", &body).await;
        let body = answer.expect(200);
        let token = body["access_token"].as_str().map(str::to_owned);
        Self { token, user: body["user"].clone(), ..self.clone() }
    }

    /// Uses a refresh token.
    pub async fn refresh(&self, token: &str) -> Answer {
        self.post_raw("/auth/refresh", &[("cookie", &format!("__Host-deskwire_refresh={token}"))], "").await
    }

    /// The account's id.
    pub fn id(&self) -> &str {
        self.user["id"].as_str().unwrap()
    }

    /// A request to be made further.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.try_get(path).await.unwrap()
    }

    /// GET from a desk that may be away.
    pub async fn try_get(&self, path: &str) -> reqwest::Result<Answer> {
        Answer::to(self.request(Method::GET, path)).await
    }

    /// POST with JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.try_post(path, body).await.unwrap()
    }

    /// POST with JSON, to a desk that may be away.
    pub async fn try_post(&self, path: &str, body: &Value) -> reqwest::Result<Answer> {
        Answer::to(self.request(Method::POST, path).json(body)).await
    }

    /// POST with a body and headers as they are given.
    pub async fn post_raw(&self, path: &str, headers: &[(&str, &str)], body: impl Into<reqwest::Body>) -> Answer {
        let request = self.request(Method::POST, path).body(body);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        Answer::to(request).await.unwrap()
    }

    /// Any method, without a body.
    pub async fn call(&self, method: Method, path: &str) -> Answer {
        Answer::to(self.request(method, path)).await.unwrap()
    }

    /// Raises a ticket.
    pub async fn raise(&self, title: &str, description: &str) -> Answer {
        self.post("/tickets", &json!({"title": title, "description": description, "urgency": "medium"})).await
    }
}
