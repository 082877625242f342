//! The configuration of the whole desk: defaults, then `deskwire.toml`, then `DESKWIRE_…` environment variables.

mod chat;
mod environment;
mod error;
mod sections;
mod validation;

use std::path::PathBuf;

use figment::{
    Figment,
    providers::{Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};

pub use chat::Chat;
pub use error::ConfigError;
pub use sections::{
    Accounts, Auth, Embedding, Index, IndexBackend, Ingress, Llm, Log, LogFormat, Moderation, ModerationBackend, Nats,
    Ratelimit, Retention, Secret, SigningKey, Store, StoreBackend, Webhooks, Workers,
};

/// Names the configuration file, where it is not `deskwire.toml` in the current folder.
pub const FILE_VARIABLE: &str = "DESKWIRE_CONFIG";

/// Every key that the desk knows. `deskwire.example.toml` describes them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The broker.
    pub nats: Nats,
    /// Logs.
    pub log: Log,
    /// The HTTP side.
    pub ingress: Ingress,
    /// Chats, over a WebSocket each.
    pub chat: Chat,
    /// Logins and tokens.
    pub auth: Auth,
    /// The accounts that are made at the first start.
    pub accounts: Accounts,
    /// How many tickets a person may raise.
    pub ratelimit: Ratelimit,
    /// Which model judges tickets.
    pub moderation: Moderation,
    /// The model that turns texts into vectors.
    pub embedding: Embedding,
    /// The index of articles.
    pub index: Index,
    /// The language model, where there is one.
    pub llm: Llm,
    /// Where the data is.
    pub store: Store,
    /// Calls to other systems.
    pub webhooks: Webhooks,
    /// The worker processes.
    pub workers: Workers,
    /// How long events are kept.
    pub retention: Retention,
}

impl Config {
    /// Reads the configuration of this process. The error says which key is wrong and how to mend it, and never
    /// holds a value.
    pub fn load() -> Result<Self, ConfigError> {
        let named = std::env::var_os(FILE_VARIABLE).map(PathBuf::from);
        if let Some(path) = named.as_ref().filter(|path| !path.is_file()) {
            return Err(ConfigError::NoFile(path.clone()));
        }
        let here = PathBuf::from("deskwire.toml");
        let file = named.or_else(|| here.is_file().then_some(here));
        let file = file.map_or_else(Figment::new, |path| Figment::from(Toml::file_exact(path)));
        Self::from_sources(file, std::env::vars_os())
    }

    fn from_sources(
        file: Figment,
        variables: impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
    ) -> Result<Self, ConfigError> {
        let environment = environment::Environment::read(variables)?;
        let merged = Figment::from(Serialized::defaults(Self::default())).merge(file).merge(environment);
        let config: Self = merged.extract().map_err(ConfigError::from_figment)?;
        config.validate()?;
        Ok(config)
    }

    /// What the streams are made with.
    pub fn keep(&self) -> contracts::stream::Keep {
        contracts::stream::Keep {
            events: self.retention.events(),
            quota: self.ratelimit.window() + sections::QUOTA_SLACK,
            sessions: self.auth.refresh(),
        }
    }
}

#[cfg(test)]
mod tests;
