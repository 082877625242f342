//! The data goes from the file to a cluster.

use std::process::Command;

use platform::config::StoreBackend;
use serde_json::json;
use tests::{Desk, DeskBuilder, Keyspace, Part, eventually};

use super::{HARMLESS, Story, Writer, expect_whole, id_of, run};

/// A desk that keeps its data in the file, and knows of a keyspace; where desks keep it in the file.
fn on_file(keyspace: &Keyspace) -> Option<DeskBuilder> {
    let desk = Desk::builder().only_on(StoreBackend::Sqlite)?;
    let desk = desk.set("ingress.wait_seconds", 1).set("ratelimit.limit", 10_000);
    let variables = keyspace.variables().into_iter();
    Some(variables.fold(desk, |desk, (name, value)| desk.environment(&name, &value)).set("store.backend", "sqlite"))
}

fn transfer(desk: &Desk, arguments: &[&str]) -> Command {
    let mut command = desk.command(Part::Workers(0));
    command.arg("move").args(arguments);
    command
}

/// From which place to which the log was followed.
fn followed(said: &str) -> [u64; 2] {
    let line = said.lines().find_map(|line| line.strip_prefix("Followed the log from event ")).unwrap();
    let places: Vec<_> = line.trim_end_matches('.').split(" to ").map(|place| place.parse().unwrap()).collect();
    places.try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_moves_while_people_write_and_goes_on_in_the_cluster() {
    let keyspace = Keyspace::lend().await;
    let Some(desk) = on_file(&keyspace) else { return };
    let mut desk = desk.start().await;
    let story = Story::tell(&desk).await;
    let seen = story.look(&desk).await;
    let user = desk.login("user2").await;
    let ticket = id_of(&user.raise(HARMLESS.0, HARMLESS.1).await.json());
    desk.drained().await;
    let writer = Writer::start(user.clone(), ticket.clone());
    writer.more(10).await;

    // With or without a difference at its end, for people write meanwhile.
    let (_, said) = run(transfer(&desk, &[])).await;
    assert!(said.contains("while workers write") || said.contains("the workers go on writing"), "{said}");
    let [from, to] = followed(&said);
    assert!(to > from, "what came meanwhile was looked at again: {said}");
    writer.more(10).await;
    assert_eq!(desk.stop(Part::Workers(0)).await, 0);
    writer.more(2).await;
    eventually("the cluster holds the same", || async {
        let (well, said) = run(transfer(&desk, &[])).await;
        // The broker remembers for a moment whom it had for a consumer.
        assert!(well && said.contains("Different: 0."), "{said}");
        said.contains("no worker runs").then_some(())
    })
    .await;
    let (well, said) = run(transfer(&desk, &[])).await;
    assert!(well && said.contains("Copied: 0. Different: 0."), "again it has nothing to do: {said}");

    desk.set("store.backend", "scylla");
    let (well, said) = run(transfer(&desk, &[])).await;
    assert!(!well && said.contains("store.backend"), "{said}");
    desk.restart(Part::Workers(0)).await;
    desk.ready().await;
    writer.more(5).await;
    let taken = writer.stop().await;
    let all: Vec<_> = taken.tickets.iter().chain(&story.tickets).chain([&ticket]).cloned().collect();
    let messages = expect_whole(&desk, &all, &ticket).await;
    // The first is the desk's own.
    assert_eq!(messages, taken.messages + 1);
    story.expect(&desk, &seen).await;
    assert_eq!(user.get("/quota").await.expect(200)["used"], taken.tickets.len() + 1);
    let said = json!({"content": "Later", "client_message_id": "later"});
    let later = user.post(&format!("/tickets/{ticket}/messages"), &said).await.expect(201);
    assert_eq!(later["seq"], messages + 1);
    // What was sent before the move is known.
    let again = json!({"content": "1", "client_message_id": "writer-1"});
    user.post(&format!("/tickets/{ticket}/messages"), &again).await;
    desk.drained().await;
    assert_eq!(expect_whole(&desk, &all, &ticket).await, messages + 1);

    // The file is old by now.
    let mut command = transfer(&desk, &[]);
    command.env("DESKWIRE_STORE__BACKEND", "sqlite");
    let (well, said) = run(command).await;
    assert!(!well && said.contains("newer in the cluster"), "{said}");
    story.expect(&desk, &seen).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_differs_is_named() {
    let keyspace = Keyspace::lend().await;
    let Some(desk) = on_file(&keyspace) else { return };
    let mut desk = desk.start().await;
    let (story, user) = (Story::tell(&desk).await, desk.login("user1").await);
    let admin = desk.login("admin").await;
    let article = json!({"title": "VPN", "body": "Choose **Connect**.", "audience": "everyone", "tags": ["vpn"]});
    let article = admin.post("/articles", &article).await.expect(201)["id"].as_str().unwrap().to_owned();
    admin.call(reqwest::Method::POST, &format!("/articles/{article}/publish")).await.expect(200);
    desk.drained().await;
    assert_eq!(desk.stop(Part::Workers(0)).await, 0);
    let (well, said) = run(transfer(&desk, &["--compare"])).await;
    assert!(!well && said.contains(&format!("ticket {}", story.tickets[0])) && said.contains("Copied: 0."), "{said}");
    let (well, said) = run(transfer(&desk, &[])).await;
    assert!(well, "{said}");
    let rows = |kind: &str| said.lines().find_map(|line| line.strip_prefix(kind)).map(str::split_whitespace).unwrap();
    assert!(rows("articles ").eq(["1", "1"]) && rows("changes of articles").eq(["2", "2"]), "{said}");

    let session = keyspace.session().await;
    let cuts = [
        (
            format!("DELETE FROM tickets WHERE ticket_id = {} AND section = 2 AND place = 2", story.tickets[0]),
            0,
            "its messages",
        ),
        (
            format!("DELETE FROM tickets_by_user WHERE user_id = {} AND ticket_id = {}", user.id(), story.tickets[1]),
            1,
            "what lists it",
        ),
    ];
    for (cut, number, part) in cuts {
        session.query_unpaged(cut, ()).await.unwrap();
        let (well, said) = run(transfer(&desk, &["--compare"])).await;
        assert!(!well && said.contains(&format!("ticket {}: {part}", story.tickets[number])), "{said}");
        assert!(said.contains("Do not start the workers on the cluster"), "{said}");
    }
    session.query_unpaged("TRUNCATE article_ids", ()).await.unwrap();
    let (well, said) = run(transfer(&desk, &["--compare"])).await;
    assert!(!well && said.contains(&format!("article {article}: the article")), "{said}");
    session.query_unpaged("TRUNCATE users", ()).await.unwrap();
    let (well, said) = run(transfer(&desk, &["--compare"])).await;
    assert!(!well && said.contains("account "), "{said}");
}
