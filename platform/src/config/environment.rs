//! `DESKWIRE_SECTION__KEY=value`: two underscores between the parts, values as in TOML.

use std::ffi::OsString;

use figment::{
    Error, Metadata, Profile, Provider,
    value::{Dict, Map, Value},
};

use super::{ConfigError, FILE_VARIABLE};

const PREFIX: &str = "DESKWIRE_";
/// Keys whose value is text whatever it looks like: a password of digits is no number.
const TEXT: &[&str] = &[
    "nats.url",
    "nats.username",
    "nats.password",
    "accounts.admin_username",
    "accounts.admin_password",
    "llm.base_url",
    "llm.model",
    "llm.api_key",
    "auth.issuer",
    "auth.audience",
    "store.path",
    "store.keyspace",
    "store.datacenter",
    "store.username",
    "store.password",
    "webhooks.base_url",
];

/// The environment's part of the configuration.
pub(super) struct Environment(Dict);

impl Environment {
    /// Takes every variable with the desk's prefix; one that names no key is refused, for it is a slip of the pen.
    pub(super) fn read(variables: impl Iterator<Item = (OsString, OsString)>) -> Result<Self, ConfigError> {
        let mut dict = Dict::new();
        for (name, value) in variables {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
            if name == FILE_VARIABLE || is_the_brokers(name) {
                continue;
            }
            let value = value.into_string().map_err(|_| ConfigError::NotText(name.to_owned()))?;
            let key = name[PREFIX.len()..].to_lowercase().replace("__", ".");
            let Some((section, field)) = key.split_once('.') else {
                return Err(ConfigError::UnknownVariable(name.to_owned()));
            };
            let parsed = if TEXT.contains(&key.as_str()) { Value::from(value) } else { parse(&value) };
            let fields = dict.entry(section.to_owned()).or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, fields) = fields {
                fields.insert(field.to_owned(), parsed);
            }
        }
        Ok(Self(dict))
    }
}

fn parse(text: &str) -> Value {
    text.parse().unwrap_or_else(|never| match never {})
}

/// `nats.conf` takes its passwords from variables such as `DESKWIRE_NATS_INGRESS_PASSWORD`.
fn is_the_brokers(name: &str) -> bool {
    name.starts_with("DESKWIRE_NATS_") && !name.starts_with("DESKWIRE_NATS__")
}

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named("environment variables")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Map::from([(Profile::Default, self.0.clone())]))
    }
}
