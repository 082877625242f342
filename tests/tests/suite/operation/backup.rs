//! A desk is kept elsewhere and brought back.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use platform::config::StoreBackend;
use serde_json::Value;
use tests::{Desk, DeskBuilder, Part};

use super::{HARMLESS, Story, Writer, expect_whole, id_of, run};

/// A desk of which backups are made; where desks keep their data in the file.
fn on_file() -> Option<DeskBuilder> {
    let desk = Desk::builder().only_on(StoreBackend::Sqlite)?;
    Some(desk.set("ingress.wait_seconds", 1).set("ratelimit.limit", 10_000))
}

/// What an operator runs.
fn operate(desk: &Desk, command: &str, folder: &Path) -> Command {
    let mut operate = desk.command(Part::Workers(0));
    operate.env("DESKWIRE_NATS__USERNAME", "operator").arg(command).arg(folder);
    operate
}

/// Brings a backup back to a new desk, and starts it.
async fn bring_back(folder: &Path) -> Desk {
    let mut desk = on_file().unwrap().prepare().await;
    let (well, said) = run(operate(&desk, "restore", folder)).await;
    assert!(well, "{said}");
    let manifest: Value = serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let last = desk.stored_on(">").await.last().map(|event| event.sequence);
    assert_eq!(last, manifest["place"].as_u64(), "the log ends at the instant");
    assert_eq!(desk.stop(Part::Nats(0)).await, 0);
    for part in [Part::Nats(0), Part::Workers(0), Part::Ingress(0)] {
        desk.restart(part).await;
    }
    desk.ready().await;
    desk
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_comes_back_as_it_was_at_one_instant() {
    let Some(desk) = on_file() else { return };
    let desk = desk.start().await;
    let story = Story::tell(&desk).await;
    let seen = story.look(&desk).await;
    let user = desk.login("user2").await;
    let ticket = id_of(&user.raise(HARMLESS.0, HARMLESS.1).await.json());
    desk.drained().await;
    let writer = Writer::start(user.clone(), ticket.clone());
    writer.more(20).await;
    let before = writer.so_far();

    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("kept");
    let secret = place.path().join("secret.json");
    fs::write(&secret, "{}").unwrap();
    let mut keep = operate(&desk, "backup", &folder);
    keep.arg("--include").arg(&secret);
    let (well, said) = run(keep).await;
    assert!(well && said.contains("Kept"), "{said}");
    writer.more(5).await;
    let taken = writer.stop().await;
    drop(desk);
    assert_eq!(fs::read(folder.join("secret.json")).unwrap(), b"{}");
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(Result::unwrap).collect();
    assert!(files.len() > 8, "{files:?}");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }

    let desk = bring_back(&folder).await;
    let known: Vec<_> = before.tickets.iter().chain(&story.tickets).chain([&ticket]).cloned().collect();
    let messages = expect_whole(&desk, &known, &ticket).await;
    assert!(messages > before.messages, "{messages} messages, {} before", before.messages);
    story.expect(&desk, &seen).await;
    // The session outlives it, too. Of what came later nothing is there in part.
    let user = user.at(&desk.url(0));
    let there = user.get("/tickets?limit=1").await.expect(200)["total"].as_u64().unwrap();
    assert!(there > before.tickets.len() as u64 && there <= taken.tickets.len() as u64 + 1, "{there}");
    assert_eq!(user.get("/quota").await.expect(200)["used"], there);
    // Later writes get through.
    let writer = Writer::start(user.clone(), ticket.clone());
    writer.more(5).await;
    let later = writer.stop().await;
    let all: Vec<_> = known.iter().chain(&later.tickets).cloned().collect();
    expect_whole(&desk, &all, &ticket).await;

    let (well, said) = run(operate(&desk, "restore", &folder)).await;
    assert!(!well && said.contains("store.path"), "{said}");
    let (well, said) = run(operate(&desk, "backup", &folder)).await;
    assert!(!well && said.contains("is not empty"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_is_not_whole_changes_nothing_and_what_waited_is_done_when_it_is_whole() {
    let Some(desk) = on_file() else { return };
    let mut desk = desk.start().await;
    let user = desk.login("user1").await;
    let first = id_of(&user.raise(HARMLESS.0, HARMLESS.1).await.json());
    desk.drained().await;
    // This one is accepted, and nobody has done anything for it yet.
    desk.kill(Part::Workers(0));
    let second = id_of(&user.raise(HARMLESS.0, HARMLESS.1).await.expect(202));
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("kept");
    let (well, said) = run(operate(&desk, "backup", &folder)).await;
    assert!(well, "{said}");
    let mut check = operate(&desk, "restore", &folder);
    let (well, said) = run({
        check.arg("--check");
        check
    })
    .await;
    assert!(well && said.contains("Whole"), "{said}");

    let new = on_file().unwrap().prepare().await;
    for name in ["EVENTS.snapshot", "store.db", "manifest.json"] {
        let path = folder.join(name);
        let whole = fs::read(&path).unwrap();
        let mut broken = whole.clone();
        let middle = broken.len() / 2;
        broken[middle] ^= 1;
        for content in [Some(broken), Some(whole[..whole.len() - 1].to_vec()), None] {
            match content {
                Some(content) => fs::write(&path, content).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            let (well, said) = run(operate(&new, "restore", &folder)).await;
            assert!(!well && said.contains(name), "{name}: {said}");
        }
        fs::write(&path, whole).unwrap();
    }
    assert!(!Path::new(&new.store_address()).exists());
    let broker = async_nats::jetstream::new(new.nats().connect("workers").await);
    assert!(broker.get_stream("EVENTS").await.is_err());
    let mut other = operate(&new, "restore", &folder);
    other.env("DESKWIRE_NATS__USERNAME", "workers");
    let (well, said) = run(other).await;
    assert!(!well && said.contains("nats.username"), "{said}");
    drop(new);

    let desk = bring_back(&folder).await;
    expect_whole(&desk, &[first.clone(), second], &first).await;
    assert_eq!(desk.login("user1").await.get("/quota").await.expect(200)["used"], 2);
}
