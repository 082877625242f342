//! The sections of the configuration, with their defaults.

use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

use contracts::consumer::Pool;
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// Quota records outlive their window by this much, so that a late redelivery is judged as the first delivery was.
pub(super) const QUOTA_SLACK: Duration = Duration::from_hours(1);

/// A value that neither logs nor errors show.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(SecretString);

impl Secret {
    /// The value itself.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Serialize for Secret {
    /// Only defaults are ever serialized, and no default is a secret.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

/// The broker.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nats {
    /// One address, or several of one cluster with commas between.
    pub url: String,
    /// `ingress` or `workers`, as the process is.
    pub username: Option<String>,
    /// Of that user.
    pub password: Option<Secret>,
    /// Copies that each stream is kept in: 1 alone, 3 in a cluster.
    pub replicas: usize,
}

impl Default for Nats {
    fn default() -> Self {
        Self { url: "nats://127.0.0.1:4222".to_owned(), username: None, password: None, replicas: 1 }
    }
}

/// Logs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// For people or for machines.
    pub format: LogFormat,
    /// Directives of `tracing`, such as `info,workers=debug`.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info,async_nats=warn,scylla=error".to_owned() }
    }
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// The HTTP side.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ingress {
    /// Where people connect.
    pub listen: SocketAddr,
    /// Where other parts of the desk connect; never open it to people.
    pub internal_listen: SocketAddr,
    /// How long a request waits for its outcome before it is answered with 202.
    pub wait_seconds: u64,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Threads of the process; 0 for half of the cores.
    pub threads: usize,
}

impl Default for Ingress {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            internal_listen: SocketAddr::from(([127, 0, 0, 1], 8081)),
            wait_seconds: 10,
            trusted_proxies: Vec::new(),
            threads: 0,
        }
    }
}

impl Ingress {
    /// How long a request waits for its outcome.
    pub fn wait(&self) -> Duration {
        Duration::from_secs(self.wait_seconds)
    }
}

/// Logins and tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    /// The `iss` of a token.
    pub issuer: String,
    /// The `aud` of a token.
    pub audience: String,
    /// One key or two: the first signs, each verifies.
    pub keys: Vec<SigningKey>,
    /// The life of an access token.
    pub access_seconds: u64,
    /// The life of a login that is not used.
    pub refresh_seconds: u64,
    /// Password hashes that are computed at once; each takes 19 MiB and one core.
    pub concurrent_hashes: usize,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            issuer: "deskwire".to_owned(),
            audience: "deskwire".to_owned(),
            keys: Vec::new(),
            access_seconds: 15 * 60,
            refresh_seconds: 7 * 24 * 60 * 60,
            concurrent_hashes: 2,
        }
    }
}

impl Auth {
    /// The life of a login that is not used.
    pub fn refresh(&self) -> Duration {
        Duration::from_secs(self.refresh_seconds)
    }
}

/// A key that signs tokens with HMAC-SHA-256.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKey {
    /// The `kid` in a token's header.
    pub kid: String,
    /// At least 32 bytes.
    pub secret: Secret,
}

/// The accounts that are made at the first start.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// Makes the demo logins; refused where `ingress.listen` is not a loopback address.
    pub demo: bool,
    /// The first admin's name.
    pub admin_username: Option<String>,
    /// The first admin's password; changing it here later changes nothing.
    pub admin_password: Option<Secret>,
}

/// How many tickets a person may raise.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ratelimit {
    /// Tickets in any window.
    pub limit: u32,
    /// The window's length.
    pub window_seconds: u64,
}

impl Default for Ratelimit {
    fn default() -> Self {
        Self { limit: 5, window_seconds: 24 * 60 * 60 }
    }
}

impl Ratelimit {
    /// The window's length.
    pub fn window(&self) -> Duration {
        Duration::from_secs(self.window_seconds)
    }
}

/// Which model judges tickets.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Moderation {
    /// The local classifier, or the language model.
    pub backend: ModerationBackend,
}

impl Default for Moderation {
    fn default() -> Self {
        Self { backend: ModerationBackend::Local }
    }
}

/// A model that judges tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModerationBackend {
    /// The classifier in the process.
    Local,
    /// The language model of the section `llm`; the local classifier stands in when it fails.
    Llm,
}

/// The model that turns texts into vectors, in the process of the workers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Embedding {
    /// The folder of all-MiniLM-L6-v2: `model.safetensors` and `tokenizer.json`.
    pub folder: PathBuf,
}

impl Default for Embedding {
    fn default() -> Self {
        Self { folder: PathBuf::from(".deskwire/embedding") }
    }
}

/// The index of articles, by which answers are found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Index {
    /// The engine.
    pub backend: IndexBackend,
    /// The folder of the index in the process, of this process alone; it is made where it is missing.
    pub path: PathBuf,
    /// The address of the Qdrant server's gRPC port.
    pub url: String,
    /// Who the desk is to the Qdrant server.
    pub api_key: Option<Secret>,
    /// The alias by which the collection is known there; the collections behind it bear its name.
    pub collection: String,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            backend: IndexBackend::Embedded,
            path: PathBuf::from(".deskwire/index"),
            url: "http://127.0.0.1:6334".to_owned(),
            api_key: None,
            collection: "deskwire".to_owned(),
        }
    }
}

/// An engine that keeps the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IndexBackend {
    /// In the process; each process has an index of its own.
    Embedded,
    /// A Qdrant server, which all processes share.
    Qdrant,
}

/// An OpenAI-compatible endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Llm {
    /// Up to and without `/chat/completions`.
    pub base_url: Option<String>,
    /// The model's name.
    pub model: Option<String>,
    /// Sent as bearer token.
    pub api_key: Option<Secret>,
    /// For one call; for an answer of the bot, for each silence in it.
    pub timeout_seconds: u64,
    /// For a whole answer of the bot.
    pub answer_seconds: u64,
}

impl Default for Llm {
    fn default() -> Self {
        Self { base_url: None, model: None, api_key: None, timeout_seconds: 3, answer_seconds: 30 }
    }
}

/// Where the data is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// The engine.
    pub backend: StoreBackend,
    /// The file of the SQLite database; its folder is made where it is missing.
    pub path: PathBuf,
    /// Nodes of the cluster, each HOST:PORT; the others are found by these.
    pub nodes: Vec<String>,
    /// The keyspace, made where it is missing.
    pub keyspace: String,
    /// Copies of each row; counts when the keyspace is made.
    pub replication: usize,
    /// Whether ScyllaDB may keep a new keyspace in tablets.
    pub tablets: bool,
    /// The datacenter whose nodes are asked; all, where there is one alone.
    pub datacenter: Option<String>,
    /// Who the desk is to the cluster.
    pub username: Option<String>,
    /// Of that user.
    pub password: Option<Secret>,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            backend: StoreBackend::Sqlite,
            path: PathBuf::from(".deskwire/store/deskwire.db"),
            nodes: vec!["127.0.0.1:9042".to_owned()],
            keyspace: "deskwire".to_owned(),
            replication: 3,
            tablets: true,
            datacenter: None,
            username: None,
            password: None,
        }
    }
}

/// An engine that keeps the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreBackend {
    /// A file in the process.
    Sqlite,
    /// A cluster of ScyllaDB or of Apache Cassandra.
    Scylla,
}

/// Calls to other systems.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Webhooks {
    /// The hook's name is put behind it. None calls nobody.
    pub base_url: Option<String>,
    /// `whsec_` and base64 of 24 to 64 bytes; during a rotation the new and the old one, and both sign.
    pub secrets: Vec<Secret>,
    /// For one call.
    pub timeout_seconds: u64,
    /// The waits between the tries of one call; after the last it is a dead letter.
    pub retry_seconds: Vec<u64>,
    /// Calls at once.
    pub concurrency: usize,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self {
            base_url: None,
            secrets: Vec::new(),
            timeout_seconds: 10,
            retry_seconds: vec![5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400],
            concurrency: 32,
        }
    }
}

/// The worker processes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Workers {
    /// The pools of this process; all, where the list is empty.
    #[serde(with = "pool_names")]
    pub pools: Vec<Pool>,
    /// Events that one consumer handles at once.
    pub concurrency: usize,
    /// How long a stopping process finishes what it began.
    pub grace_seconds: u64,
    /// Threads of the process; 0 for half of the cores.
    pub threads: usize,
}

impl Default for Workers {
    fn default() -> Self {
        Self { pools: Vec::new(), concurrency: 256, grace_seconds: 20, threads: 0 }
    }
}

impl Workers {
    /// The pools of this process.
    pub fn pools(&self) -> &[Pool] {
        if self.pools.is_empty() { Pool::ALL } else { &self.pools }
    }

    /// How long a stopping process finishes what it began.
    pub fn grace(&self) -> Duration {
        Duration::from_secs(self.grace_seconds)
    }
}

mod pool_names {
    use contracts::consumer::Pool;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(pools: &[Pool], serializer: S) -> Result<S::Ok, S::Error> {
        pools.iter().map(|pool| pool.as_str()).collect::<Vec<_>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Pool>, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        names.iter().map(|name| name.parse().map_err(D::Error::custom)).collect()
    }
}

/// How long events are kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Events and dead letters.
    pub events_days: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { events_days: 30 }
    }
}

impl Retention {
    /// How long events are kept.
    pub fn events(&self) -> Duration {
        Duration::from_hours(24 * self.events_days)
    }
}
