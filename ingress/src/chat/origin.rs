//! Whose scripts may open a chat. A browser opens a WebSocket for any page and says in `Origin` for which.

use axum::http::{HeaderMap, StatusCode, header};
use platform::config::Config;

use crate::problem::Problem;

/// The origins from which a chat may be opened.
pub(crate) struct Origins(Vec<String>);

impl Origins {
    /// Those of `chat.allowed_origins`, or those that `ingress.listen` serves.
    pub(crate) fn new(config: &Config) -> Self {
        if !config.chat.allowed_origins.is_empty() {
            return Self(config.chat.allowed_origins.clone());
        }
        let listen = config.ingress.listen;
        // A browser leaves out the scheme's own port.
        let port = if listen.port() == 80 { String::new() } else { format!(":{}", listen.port()) };
        let host = if listen.is_ipv6() { format!("[{}]", listen.ip()) } else { listen.ip().to_string() };
        let mut hosts = vec![host];
        if listen.ip().is_loopback() {
            hosts.extend(["localhost", "127.0.0.1"].map(str::to_owned));
        }
        Self(hosts.iter().map(|host| format!("http://{host}{port}")).collect())
    }

    /// Refuses a page that is not among them. Without `Origin` it is no browser that asks.
    pub(super) fn check(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let mut given = headers.get_all(header::ORIGIN).iter();
        if given.all(|origin| self.0.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes())) {
            return Ok(());
        }
        let detail = "Pages of this origin may not open a chat. An operator can allow it in chat.allowed_origins.";
        Err(Problem::new(StatusCode::FORBIDDEN, "ORIGIN_NOT_ALLOWED", detail))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn origins(listen: &str, allowed: &[&str]) -> Origins {
        let mut config = Config::default();
        config.ingress.listen = listen.parse().unwrap();
        config.chat.allowed_origins = allowed.iter().map(|origin| (*origin).to_owned()).collect();
        Origins::new(&config)
    }

    fn allows(origins: &Origins, given: &[&'static str]) -> bool {
        let given = given.iter().map(|origin| (header::ORIGIN, HeaderValue::from_static(origin)));
        origins.check(&given.collect()).is_ok()
    }

    #[test]
    fn only_the_very_origins_may() {
        let origins = origins("127.0.0.1:8080", &["https://desk.example"]);
        assert!(allows(&origins, &["https://desk.example"]));
        assert!(allows(&origins, &[]));
        for foreign in [
            "null",
            "",
            "http://desk.example",
            "https://desk.example.evil.example",
            "https://evil-desk.example",
            "https://desk.example:8443",
            "https://desk.example/",
            "https://DESK.example",
            "http://127.0.0.1:8080",
        ] {
            assert!(!allows(&origins, &[foreign]), "{foreign}");
        }
        assert!(!allows(&origins, &["https://desk.example", "https://evil.example"]));
    }

    #[test]
    fn without_a_list_it_is_what_is_served() {
        let local = origins("127.0.0.1:8080", &[]);
        assert!(allows(&local, &["http://127.0.0.1:8080"]) && allows(&local, &["http://localhost:8080"]));
        assert!(!allows(&local, &["http://localhost:8081"]) && !allows(&local, &["http://localhost"]));
        let six = origins("[::1]:80", &[]);
        assert!(allows(&six, &["http://[::1]"]) && allows(&six, &["http://localhost"]));
        let open = origins("192.0.2.1:8080", &[]);
        assert!(allows(&open, &["http://192.0.2.1:8080"]) && !allows(&open, &["http://localhost:8080"]));
    }
}
