use std::ffi::OsString;

use figment::{
    Figment,
    providers::{Format, Toml},
};

use super::{Config, ConfigError, StoreBackend};

fn load(file: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Config::from_sources(Figment::from(Toml::string(file)), variables)
}

fn error(file: &str, variables: &[(&str, &str)]) -> String {
    load(file, variables).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_defaults() {
    let config =
        load("[ratelimit]\nlimit = 7\nwindow_seconds = 60\n", &[("DESKWIRE_RATELIMIT__LIMIT", "9"), ("OTHER", "x")])
            .unwrap();
    assert_eq!((config.ratelimit.limit, config.ratelimit.window_seconds), (9, 60));
    assert_eq!(config.store.backend, StoreBackend::Sqlite);
}

#[test]
fn a_password_of_digits_is_text() {
    let config = load("", &[("DESKWIRE_NATS__USERNAME", "7"), ("DESKWIRE_NATS__PASSWORD", "00123")]).unwrap();
    assert_eq!(config.nats.password.unwrap().expose(), "00123");
}

#[test]
fn lists_and_tables_come_from_the_environment() {
    let keys = format!("[{{kid=\"a\",secret=\"{}\"}}]", "s".repeat(32));
    let config = load("", &[("DESKWIRE_AUTH__KEYS", &keys), ("DESKWIRE_WORKERS__POOLS", "[\"rag-less\"]")]);
    assert!(config.is_err(), "a pool that does not exist is refused");
    let config = load("", &[("DESKWIRE_AUTH__KEYS", &keys), ("DESKWIRE_WORKERS__POOLS", "[\"routing\"]")]).unwrap();
    assert_eq!(config.auth.keys[0].kid, "a");
    assert_eq!(config.workers.pools().len(), 1);
}

#[test]
fn a_slip_names_the_key_and_the_keys_there_are() {
    assert!(error("[ratelimit]\nlimits = 7\n", &[]).contains("limits"));
    assert!(error("[ratelimit]\nlimits = 7\n", &[]).contains("window_seconds"));
    assert!(error("", &[("DESKWIRE_INGRESS_LISTEN", "1")]).contains("DESKWIRE_INGRESS_LISTEN"));
    assert!(error("[store]\nbackend = \"oracle\"\n", &[]).contains("store.backend"));
    assert!(error("[ratelimit]\nlimit = 0\n", &[]).contains("ratelimit.limit: must be 1 to 10000"));
}

#[test]
fn the_brokers_own_variables_are_left_alone() {
    assert!(load("", &[("DESKWIRE_NATS_INGRESS_PASSWORD", "x")]).is_ok());
}

#[test]
fn errors_show_no_value() {
    let secret = "hunter2hunter2";
    for (file, variables) in [
        (format!("[auth]\nkeys = \"{secret}\"\n"), vec![]),
        (format!("[auth]\nkeys = [{{kid = \"a\", secret = \"{secret}\"}}]\n"), vec![]),
        (format!("[llm]\napi_key = [\"{secret}\"]\n"), vec![]),
        (String::new(), vec![("DESKWIRE_AUTH__KEYS", secret)]),
        (String::new(), vec![("DESKWIRE_RATELIMIT__LIMIT", secret)]),
        (format!("[webhooks]\nsecrets = [\"{secret}\"]\n"), vec![]),
    ] {
        assert!(!error(&file, &variables).contains(secret), "{file} {variables:?}");
    }
}

#[test]
fn demo_logins_stay_on_this_machine() {
    let demo = ("DESKWIRE_ACCOUNTS__DEMO", "true");
    assert!(load("", &[demo]).is_ok());
    assert!(error("", &[demo, ("DESKWIRE_INGRESS__LISTEN", "0.0.0.0:8080")]).contains("accounts.demo"));
}

#[test]
fn origins_are_as_browsers_write_them() {
    let origins = |list: &str| load(&format!("[chat]\nallowed_origins = {list}\n"), &[]);
    let good = r#"["https://desk.example", "http://127.0.0.1:8080", "http://[::1]:8080", "https://[2001:db8::1]"]"#;
    assert!(origins(good).is_ok());
    for bad in [
        "null",
        "*",
        "desk.example",
        "https://desk.example/",
        "https://Desk.example",
        "https://desk.example:443",
        "http://desk.example:80",
        "https://desk.example:",
        "https://desk.example:08080",
        "https://*.example",
        "https://",
        "ftp://desk.example",
        "https://ada@desk.example",
    ] {
        assert!(origins(&format!("[\"{bad}\"]")).is_err(), "{bad}");
    }
    assert!(error("[chat]\nidle_seconds = 25\n", &[]).contains("chat.idle_seconds"));
}

#[test]
fn nodes_and_keyspaces_are_checked_before_they_are_asked_for() {
    let store = |key: &str, value: &str| load(&format!("[store]\nbackend = \"scylla\"\n{key} = {value}\n"), &[]);
    for good in [r#"["127.0.0.1:9042"]"#, r#"["db-1.example:9042", "[::1]:9042"]"#] {
        assert!(store("nodes", good).is_ok(), "{good}");
    }
    for bad in ["[]", r#"["db-1"]"#, r#"["::1:9042"]"#, r#"["cql://db-1:9042"]"#, r#"["db-1:0"]"#, r#"[":9042"]"#] {
        assert!(store("nodes", bad).is_err(), "{bad}");
    }
    assert!(store("keyspace", "\"desk_2\"").is_ok());
    for bad in ["", "2desk", "Desk", "desk; DROP", &"d".repeat(49)] {
        assert!(store("keyspace", &format!("\"{bad}\"")).is_err(), "{bad}");
    }
    assert!(store("replication", "2").is_err());
    assert!(store("username", "\"desk\"").is_err(), "a name without a password");
    let login = [("DESKWIRE_STORE__USERNAME", "7"), ("DESKWIRE_STORE__PASSWORD", "00123")];
    assert_eq!(load("", &login).unwrap().store.password.unwrap().expose(), "00123");
}

#[test]
fn the_example_holds_the_defaults_and_every_key() {
    let example = include_str!("../../../deskwire.example.toml");
    let written = load(example, &[]).unwrap();
    let json = |config: &Config| serde_json::to_value(config).unwrap();
    assert_eq!(json(&written), json(&Config::default()));
    // A key without a default is there as a comment.
    let keys = example.lines().filter_map(|line| line.trim_start_matches("# ").split_once(" = "));
    let keys: Vec<&str> = keys.map(|(key, _)| key).collect();
    for (section, fields) in json(&Config::default()).as_object().unwrap() {
        assert!(example.contains(&format!("[{section}]")), "{section}");
        for key in fields.as_object().unwrap().keys() {
            assert!(keys.contains(&key.as_str()), "{section}.{key}");
        }
    }
}
