//! The product's use of the broker, against the real one.

mod lane;
mod permissions;
mod streamed;

use async_nats::jetstream::{self, stream::Config};
use tests::{Desk, Part};

/// The streams are made from data; one that cannot be what this version needs is an error that names it.
#[tokio::test]
async fn a_stream_that_the_broker_does_not_change_stops_the_workers() {
    let config = |name: &str| Config { name: name.to_owned(), ..Config::default() };
    let in_memory = Config {
        subjects: vec!["ticket.*.*".to_owned()],
        storage: jetstream::stream::StorageType::Memory,
        ..config("EVENTS")
    };
    let other_retention = Config {
        subjects: vec!["dead.*.*".to_owned()],
        retention: jetstream::stream::RetentionPolicy::WorkQueue,
        ..config("DEAD")
    };
    let overlapping = Config { subjects: vec!["outcome.>".to_owned()], ..config("ELSE") };
    for (present, named) in [(in_memory, "EVENTS"), (other_retention, "DEAD"), (overlapping, "OUTCOMES")] {
        let mut desk = Desk::builder().prepare().await;
        let broker = jetstream::new(desk.nats().connect("workers").await);
        broker.create_stream(present).await.unwrap();
        desk.restart(Part::Workers(0)).await;
        assert_eq!(desk.ended(Part::Workers(0)).await, 1);
        let output = desk.process(Part::Workers(0)).output();
        let last = output.lines().last().unwrap();
        assert!(last.starts_with(&format!("deskwire-workers: the broker refused the stream {named}: ")), "{output}");
    }
}

#[tokio::test]
async fn a_process_stops_when_it_is_told_to_though_the_broker_is_away() {
    let mut desk = Desk::builder().set("workers.grace_seconds", 1).start().await;
    desk.kill(Part::Nats(0));
    for part in [Part::Workers(0), Part::Ingress(0)] {
        assert_eq!(desk.stop(part).await, 0, "{part:?}");
    }
}

/// A second start with other settings changes what may be changed, and keeps what is there.
#[tokio::test]
async fn streams_are_brought_to_what_the_configuration_says() {
    let mut desk = Desk::start().await;
    desk.login("user1").await.raise("A screen", "It flickers.").await.expect(201);
    desk.drained().await;
    let broker = jetstream::new(desk.nats().connect("workers").await);
    let before = broker.get_stream("EVENTS").await.unwrap().cached_info().clone();
    assert_eq!(before.config.storage, jetstream::stream::StorageType::File);
    desk.kill(Part::Workers(0));
    desk.set_for(Part::Workers(0), "retention.events_days", 7);
    desk.restart(Part::Workers(0)).await;
    desk.ready().await;
    let after = broker.get_stream("EVENTS").await.unwrap().cached_info().clone();
    assert_eq!(after.config.max_age, std::time::Duration::from_hours(7 * 24));
    assert_eq!(after.state.messages, before.state.messages);
}
