//! Starting on a configuration that cannot be used.

use platform::config::StoreBackend;
use tests::{Desk, Part};

const BOTH: [Part; 2] = [Part::Workers(0), Part::Ingress(0)];
const SECRET: &str = "hunter2hunter2";

/// A key, a value that it cannot have, and what the message says.
const BAD: &[(&str, &str, &str)] = &[
    ("ingress.wait_seconds", "0", "ingress.wait_seconds: must be 1 to 60"),
    ("ingress.listen", "everywhere", "ingress.listen: "),
    ("ingress.listen", "0.0.0.0:8080", "accounts.demo: needs ingress.listen to be a loopback address"),
    (
        "chat.allowed_origins",
        "[\"https://desk.example/\"]",
        "chat.allowed_origins: must each be as a browser writes it",
    ),
    ("chat.allowed_origins", "[\"null\"]", "chat.allowed_origins: must each be as a browser writes it"),
    ("chat.frames_per_second", "0", "chat.frames_per_second: must be 1 to 1000000"),
    ("chat.idle_seconds", "25", "chat.idle_seconds: must be more than chat.ping_seconds"),
    ("ratelimit.limit", "many", "ratelimit.limit: expected"),
    ("ratelimit.limits", "5", "limits"),
    ("store.backend", "oracle", "store.backend: must be one of sqlite"),
    ("moderation.backend", "llm", "moderation.backend: is llm, which needs llm.base_url and llm.model"),
    ("llm.base_url", "localhost", "llm.base_url: must start with http:// or https://"),
    ("nats.url", "http://localhost", "nats.url: must be nats://HOST:PORT"),
    ("nats.replicas", "2", "nats.replicas: must be 1, 3 or 5"),
    ("log.format", "xml", "log.format: must be one of text, json"),
    ("log.filter", "workers=loud", "log.filter: "),
    ("workers.pools", "[\"kitchen\"]", "workers.pools: "),
    ("workers.grace_seconds", "0", "workers.grace_seconds: must be 1 to 600"),
    ("webhooks.retry_seconds", "[0]", "webhooks.retry_seconds: must be"),
    ("webhooks.secrets", "[\"hunter2hunter2\"]", "webhooks.secrets: must each be whsec_"),
    ("auth.keys", "[{kid=\"a\",secret=\"hunter2hunter2\"}]", "auth.keys: has a secret of fewer than 32 bytes"),
    ("auth.keys", "hunter2hunter2", "auth.keys: "),
    ("accounts.admin_password", "hunter2hunter2", "accounts.admin_username: and accounts.admin_password go together"),
    ("no_such_section.key", "1", "no_such_section"),
];

#[tokio::test]
async fn a_value_that_cannot_be_used_is_named_and_no_secret_is_shown() {
    let mut desk = Desk::builder().prepare().await;
    for part in BOTH {
        for (key, value, message) in BAD {
            let mut command = desk.command(part);
            command.env(format!("DESKWIRE_{}", key.to_uppercase().replace('.', "__")), value);
            let output = command.output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{part:?} {key}: {said}");
            assert!(said.contains(message), "{part:?} {key}: {said}");
            assert!(said.lines().next().unwrap().starts_with("deskwire-"), "{part:?} {key}: {said}");
            assert!(!said.contains(SECRET), "{part:?} {key}: {said}");
            assert!(output.stdout.is_empty());
        }
    }
    desk.set_for(Part::Ingress(0), "auth.keys", "[]");
    desk.restart(Part::Ingress(0)).await;
    assert_eq!(desk.ended(Part::Ingress(0)).await, 1);
    assert!(desk.logs().contains("auth.keys"), "ingress needs a key to sign with");
}

#[tokio::test]
async fn pools_that_read_texts_do_not_start_without_the_embedding_model() {
    let mut desk = Desk::builder().prepare().await;
    let nowhere = desk.folder().join("nowhere").display().to_string();
    desk.set_for(Part::Workers(0), "embedding.folder", &nowhere);
    for pool in ["moderation", "routing"] {
        desk.set_for(Part::Workers(0), "workers.pools", format!("[\"{pool}\"]"));
        desk.restart(Part::Workers(0)).await;
        assert_eq!(desk.ended(Part::Workers(0)).await, 1);
        let logs = desk.logs();
        assert!(logs.contains(&format!("the {pool} pool does not start: embedding.folder: {nowhere}")), "{logs}");
        assert!(logs.contains("./deploy/up fetches all-MiniLM-L6-v2"), "{logs}");
    }
}

#[tokio::test]
async fn the_file_is_read_and_its_slips_are_named() {
    let desk = Desk::builder().prepare().await;
    let file = desk.folder().join("other.toml");
    for (content, message) in [
        (Some("[ratelimit]\nlimit = 0\n".to_owned()), "ratelimit.limit: must be 1 to 10000"),
        (Some(format!("[llm]\napi_key = [\"{SECRET}\"]\n")), "llm.api_key: expected"),
        (Some(format!("[llm]\napi_key = \"{SECRET}\n")), "cannot be read"),
        (None, "DESKWIRE_CONFIG names"),
    ] {
        match content {
            Some(content) => std::fs::write(&file, content).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        for part in BOTH {
            let output = desk.command(part).env("DESKWIRE_CONFIG", &file).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.contains(message) && !said.contains(SECRET), "{said}");
        }
    }
}

#[tokio::test]
async fn help_is_there_without_a_configuration() {
    let desk = Desk::builder().prepare().await;
    for part in BOTH {
        let output = desk.command(part).env_clear().arg("--help").output().unwrap();
        assert!(output.status.success());
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("deskwire.example.toml") && said.contains("DESKWIRE_CONFIG"), "{said}");
        assert_eq!(desk.command(part).arg("--no-such-flag").output().unwrap().status.code(), Some(2));
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let mut desk = Desk::builder().prepare().await;
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let _holder = std::net::TcpListener::bind(taken).unwrap();
    desk.set_for(Part::Ingress(0), "ingress.internal_listen", taken);
    desk.restart(Part::Ingress(0)).await;
    assert_eq!(desk.ended(Part::Ingress(0)).await, 1);
    assert!(desk.logs().contains(&format!("ingress.internal_listen: {taken} cannot be used")), "{}", desk.logs());
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_named() {
    let Some(desk) = Desk::builder().only_on(StoreBackend::Sqlite) else { return };
    let mut desk = desk.prepare().await;
    desk.set_for(Part::Workers(0), "store.path", "/dev/null/desk.db");
    desk.restart(Part::Workers(0)).await;
    assert_eq!(desk.ended(Part::Workers(0)).await, 1);
    let logs = desk.logs();
    assert!(logs.contains("deskwire-workers: the persistence pool does not start: "), "{logs}");
    assert!(logs.contains("/dev/null/desk.db"), "{logs}");

    let text = desk.folder().join("text.db");
    std::fs::write(&text, "this is no database, and long enough to be taken for one ".repeat(20)).unwrap();
    desk.set_for(Part::Workers(0), "store.path", text.display());
    desk.restart(Part::Workers(0)).await;
    assert_eq!(desk.ended(Part::Workers(0)).await, 1);
    assert!(desk.logs().contains("text.db"), "{}", desk.logs());
}
