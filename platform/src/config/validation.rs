//! What the types of the configuration cannot say.

use std::fmt::Write;

use super::{Config, ConfigError, ModerationBackend};

/// An HMAC-SHA-256 key shorter than its output is weaker than it (RFC 7518, section 3.2).
const SIGNING_SECRET_MIN: usize = 32;

impl Config {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let mut problems = Problems::default();
        let filter = self.log.filter.parse::<tracing_subscriber::EnvFilter>();
        problems.unless(filter.is_ok(), "log.filter", "must be directives of tracing, such as info,workers=debug");
        self.check_broker(&mut problems);
        self.check_ingress(&mut problems);
        self.check_chat(&mut problems);
        self.check_auth(&mut problems);
        self.check_accounts(&mut problems);
        self.check_store(&mut problems);
        self.check_index(&mut problems);
        self.check_pools(&mut problems);
        self.check_webhooks(&mut problems);
        problems.into_result()
    }

    fn check_broker(&self, problems: &mut Problems) {
        let servers = self.nats.url.split(',');
        let all = servers.clone().all(|url| url.trim().starts_with("nats://") || url.trim().starts_with("tls://"));
        problems.unless(all, "nats.url", "must be nats://HOST:PORT, or several with commas between");
        let together = self.nats.username.is_some() == self.nats.password.is_some();
        problems.unless(together, "nats.username", "and nats.password go together: set both or neither");
        problems.unless(matches!(self.nats.replicas, 1 | 3 | 5), "nats.replicas", "must be 1, 3 or 5");
        problems.unless(
            (1..=3_650).contains(&self.retention.events_days),
            "retention.events_days",
            "must be 1 to 3650",
        );
    }

    fn check_ingress(&self, problems: &mut Problems) {
        let wait = self.ingress.wait_seconds;
        problems.unless((1..=60).contains(&wait), "ingress.wait_seconds", "must be 1 to 60");
        let ports = (self.ingress.listen.port(), self.ingress.internal_listen.port());
        let same = self.ingress.listen == self.ingress.internal_listen && ports.0 != 0;
        problems.unless(!same, "ingress.internal_listen", "must differ from ingress.listen");
        problems.unless(self.ingress.threads <= 512, "ingress.threads", "must be at most 512; 0 for half of the cores");
        problems.unless(self.workers.threads <= 512, "workers.threads", "must be at most 512; 0 for half of the cores");
    }

    fn check_chat(&self, problems: &mut Problems) {
        let chat = &self.chat;
        problems.unless(
            chat.allowed_origins.iter().all(|origin| is_origin(origin)),
            "chat.allowed_origins",
            "must each be as a browser writes it: http:// or https://, the host in small letters, and the port unless \
             it is the scheme's own; no path and no slash at the end",
        );
        let frames = chat.frames_per_second;
        problems.unless((1..=1_000_000).contains(&frames), "chat.frames_per_second", "must be 1 to 1000000");
        problems.unless((1..=1_000_000).contains(&chat.burst), "chat.burst", "must be 1 to 1000000");
        problems.unless((1..=3_600).contains(&chat.ping_seconds), "chat.ping_seconds", "must be 1 to 3600");
        let outlasts = chat.idle_seconds > chat.ping_seconds && chat.idle_seconds <= 86_400;
        problems.unless(outlasts, "chat.idle_seconds", "must be more than chat.ping_seconds, at most 86400");
    }

    fn check_auth(&self, problems: &mut Problems) {
        let auth = &self.auth;
        problems.unless(auth.keys.len() <= 2, "auth.keys", "holds at most two keys: the first signs, each verifies");
        let long = auth.keys.iter().all(|key| key.secret.expose().len() >= SIGNING_SECRET_MIN);
        problems.unless(long, "auth.keys", "has a secret of fewer than 32 bytes: generate a longer one");
        let named = auth.keys.iter().all(|key| !key.kid.is_empty());
        let distinct = auth.keys.len() < 2 || auth.keys[0].kid != auth.keys[1].kid;
        problems.unless(named && distinct, "auth.keys", "needs a kid of its own for each key");
        problems.unless((60..=86_400).contains(&auth.access_seconds), "auth.access_seconds", "must be 60 to 86400");
        let outlives = auth.refresh_seconds > auth.access_seconds && auth.refresh_seconds <= 31_536_000;
        problems.unless(outlives, "auth.refresh_seconds", "must be more than auth.access_seconds, at most 31536000");
        problems.unless((1..=64).contains(&auth.concurrent_hashes), "auth.concurrent_hashes", "must be 1 to 64");
        problems.unless(!auth.issuer.is_empty(), "auth.issuer", "must not be empty");
        problems.unless(!auth.audience.is_empty(), "auth.audience", "must not be empty");
    }

    fn check_accounts(&self, problems: &mut Problems) {
        let loopback = self.ingress.listen.ip().is_loopback();
        problems.unless(
            loopback || !self.accounts.demo,
            "accounts.demo",
            "needs ingress.listen to be a loopback address: everybody knows the demo passwords",
        );
        let password = self.accounts.admin_password.as_ref();
        let together = self.accounts.admin_username.is_some() == password.is_some();
        problems.unless(together, "accounts.admin_username", "and accounts.admin_password go together");
        let length = contracts::account::PASSWORD_MIN..=contracts::account::PASSWORD_MAX;
        let fits = password.is_none_or(|password| length.contains(&password.expose().chars().count()));
        problems.unless(fits, "accounts.admin_password", "must have 8 to 256 characters");
    }

    fn check_store(&self, problems: &mut Problems) {
        let store = &self.store;
        let nodes = store.nodes.iter().all(|node| is_node(node));
        problems.unless(
            nodes && !store.nodes.is_empty(),
            "store.nodes",
            "must be one node or more, each HOST:PORT, such as [\"10.0.0.5:9042\"]",
        );
        problems.unless(
            is_keyspace(&store.keyspace),
            "store.keyspace",
            "must be a small letter, then small letters, digits and underscores, at most 48 in all",
        );
        problems.unless(matches!(store.replication, 1 | 3 | 5), "store.replication", "must be 1, 3 or 5");
        let datacenter = store.datacenter.as_deref().is_none_or(|name| !name.is_empty());
        problems.unless(datacenter, "store.datacenter", "must not be empty: leave it out to ask every node");
        let together = store.username.is_some() == store.password.is_some();
        problems.unless(together, "store.username", "and store.password go together: set both or neither");
    }

    fn check_index(&self, problems: &mut Problems) {
        let index = &self.index;
        problems.unless(!index.path.as_os_str().is_empty(), "index.path", "must name a folder");
        problems.unless(is_http(&index.url), "index.url", "must start with http:// or https://");
        problems.unless(
            is_collection(&index.collection),
            "index.collection",
            "must be letters, digits, underscores and hyphens, at most 100 in all",
        );
    }

    fn check_pools(&self, problems: &mut Problems) {
        problems.unless((1..=10_000).contains(&self.ratelimit.limit), "ratelimit.limit", "must be 1 to 10000");
        let window = self.ratelimit.window_seconds;
        problems.unless((1..=31_536_000).contains(&window), "ratelimit.window_seconds", "must be 1 to 31536000");
        let model = self.llm.base_url.is_some() && self.llm.model.is_some();
        problems.unless(
            model || self.moderation.backend == ModerationBackend::Local,
            "moderation.backend",
            "is llm, which needs llm.base_url and llm.model",
        );
        let together = self.llm.base_url.is_some() == self.llm.model.is_some();
        problems.unless(together, "llm.base_url", "and llm.model go together: set both or neither");
        problems.unless(
            self.llm.base_url.as_deref().is_none_or(is_http),
            "llm.base_url",
            "must start with http:// or https://",
        );
        problems.unless((1..=120).contains(&self.llm.timeout_seconds), "llm.timeout_seconds", "must be 1 to 120");
        problems.unless((1..=600).contains(&self.llm.answer_seconds), "llm.answer_seconds", "must be 1 to 600");
        problems.unless((1..=4_096).contains(&self.workers.concurrency), "workers.concurrency", "must be 1 to 4096");
        problems.unless((1..=600).contains(&self.workers.grace_seconds), "workers.grace_seconds", "must be 1 to 600");
    }

    fn check_webhooks(&self, problems: &mut Problems) {
        let hooks = &self.webhooks;
        problems.unless(
            hooks.base_url.as_deref().is_none_or(is_http),
            "webhooks.base_url",
            "must start with http:// or https://",
        );
        let signed = hooks.base_url.is_none() || !hooks.secrets.is_empty();
        problems.unless(
            signed,
            "webhooks.secrets",
            "needs a secret, for webhooks.base_url is set and every call is signed",
        );
        problems.unless(hooks.secrets.len() <= 2, "webhooks.secrets", "holds at most two: the new and the old one");
        let form = hooks.secrets.iter().all(|secret| {
            let key = secret.expose().strip_prefix("whsec_").unwrap_or_default();
            (32..=88).contains(&key.len())
                && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
        });
        problems.unless(form, "webhooks.secrets", "must each be whsec_ and base64 of 24 to 64 bytes");
        problems.unless((1..=60).contains(&hooks.timeout_seconds), "webhooks.timeout_seconds", "must be 1 to 60");
        problems.unless((1..=1_024).contains(&hooks.concurrency), "webhooks.concurrency", "must be 1 to 1024");
        let waits =
            hooks.retry_seconds.len() <= 20 && hooks.retry_seconds.iter().all(|wait| (1..=86_400).contains(wait));
        problems.unless(waits, "webhooks.retry_seconds", "must be at most 20 waits of 1 to 86400 seconds");
    }
}

/// Whether a browser would write an origin so (RFC 6454, section 6.2): they are compared letter by letter.
fn is_origin(text: &str) -> bool {
    let (rest, own_port) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (rest, ":443"),
        (_, Some(rest)) => (rest, ":80"),
        _ => return false,
    };
    let in_host = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_:[]".contains(&byte);
    let port = rest.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map(|(_, port)| port);
    let numbered = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number.to_string() == port));
    !rest.is_empty() && !rest.starts_with(':') && rest.bytes().all(in_host) && numbered && !rest.ends_with(own_port)
}

/// Whether a node's name and port can be told apart.
fn is_node(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let bracketed = host.starts_with('[') && host.ends_with(']');
    let named = !host.is_empty() && !host.contains(|sign: char| sign.is_whitespace() || sign == '/');
    named && (bracketed || !host.contains(':')) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

/// Whether a keyspace can be named so without quotes.
fn is_keyspace(name: &str) -> bool {
    let in_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() <= 48 && name.bytes().all(in_name) && name.starts_with(|first: char| first.is_ascii_lowercase())
}

/// Whether a collection of Qdrant, and a consumer of the broker, can be named so.
fn is_collection(name: &str) -> bool {
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    (1..=100).contains(&name.len()) && name.bytes().all(in_name)
}

fn is_http(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

#[derive(Default)]
struct Problems(String);

impl Problems {
    fn unless(&mut self, holds: bool, key: &str, problem: &str) {
        if !holds {
            // Writing to a String cannot fail.
            let _ = write!(self.0, "\n  {key}: {problem}");
        }
    }

    fn into_result(self) -> Result<(), ConfigError> {
        if self.0.is_empty() { Ok(()) } else { Err(ConfigError::Invalid(self.0)) }
    }
}
