//! The commit lane against a real broker.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_nats::{HeaderMap, header, jetstream};
use futures::{StreamExt, future::join_all};
use platform::{
    broker::{Broker, Lane, Process, PublishError, Stored},
    config::Config,
};
use tempfile::TempDir;
use tests::{NatsServer, eventually};

struct Setup {
    broker: Broker,
    lane: Lane,
    nats: NatsServer,
    _folder: TempDir,
}

async fn setup() -> Setup {
    let folder = tempfile::tempdir().unwrap();
    let nats = NatsServer::start(folder.path()).await;
    let broker = Broker::connect(&nats.config("workers"), Process::Workers).await.unwrap();
    broker.provision_streams(Config::default().keep(), 1).await.unwrap();
    let lane = Lane::start(broker.client().clone(), "EVENTS".to_owned());
    Setup { broker, lane, nats, _folder: folder }
}

async fn publish(lane: &Lane, id: &str, headers: &[(&str, &str)]) -> Result<Stored, PublishError> {
    let mut all = HeaderMap::new();
    all.insert(header::NATS_MESSAGE_ID, id);
    for (name, value) in headers {
        all.insert(*name, *value);
    }
    lane.publish(format!("ticket.created.{id}"), all, id.to_owned().into()).await
}

/// The payload of every stored message, by its place.
async fn stored(broker: &Broker) -> BTreeMap<u64, String> {
    let stream = broker.context().get_stream("EVENTS").await.unwrap();
    let config = jetstream::consumer::pull::OrderedConfig::default();
    let consumer = stream.create_consumer(config).await.unwrap();
    let count = usize::try_from(consumer.cached_info().num_pending).unwrap();
    let messages = consumer.messages().await.unwrap().take(count);
    let entry = |message: Result<jetstream::Message, _>| {
        let message = message.unwrap();
        (message.info().unwrap().stream_sequence, String::from_utf8(message.payload.to_vec()).unwrap())
    };
    messages.map(entry).collect().await
}

#[tokio::test]
async fn a_thousand_at_once_are_each_stored_once_at_the_place_they_are_told() {
    let Setup { broker, lane, .. } = &setup().await;
    let ids: Vec<String> = (0..1_000).map(|number| format!("m{number}")).collect();
    let answers = join_all(ids.iter().map(|id| publish(lane, id, &[]))).await;
    let told: BTreeMap<u64, String> = answers
        .into_iter()
        .zip(&ids)
        .map(|(answer, id)| {
            let Stored { sequence, duplicate } = answer.unwrap();
            assert!(!duplicate);
            (sequence, id.clone())
        })
        .collect();
    assert_eq!(told.len(), 1_000);
    assert_eq!(stored(broker).await, told);
}

#[tokio::test]
async fn a_repeated_id_is_answered_as_a_duplicate_and_its_neighbours_are_stored() {
    let Setup { broker, lane, .. } = &setup().await;
    let first = publish(lane, "a", &[]).await.unwrap();
    let answers = join_all(["b", "a", "c", "b"].map(|id| publish(lane, id, &[]))).await;
    let answers: Vec<Stored> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers[1], Stored { duplicate: true, ..first });
    assert_eq!(answers.iter().filter(|answer| answer.duplicate).count(), 2);
    assert_eq!(answers[0].sequence, answers[3].sequence);
    let mut kept: Vec<String> = stored(broker).await.into_values().collect();
    kept.sort();
    assert_eq!(kept, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_conflict_fails_its_own_message_alone() {
    let Setup { broker, lane, .. } = &setup().await;
    publish(lane, "a", &[]).await.unwrap();
    let expect = |sequence| [(header::NATS_EXPECTED_LAST_SEQUENCE.as_ref(), sequence)];
    let (stale, other) = (expect("77"), []);
    let answers = join_all(
        [("b", &other[..]), ("c", &stale[..]), ("d", &other[..])].map(|(id, headers)| publish(lane, id, headers)),
    )
    .await;
    assert!(matches!(answers[1], Err(PublishError::Conflict)), "{answers:?}");
    assert!(answers[0].is_ok() && answers[2].is_ok(), "{answers:?}");
    assert_eq!(stored(broker).await.len(), 3);
}

/// As Jepsen's queue test: each writer counts, and what was acknowledged is there, once, and in its order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_killed_broker() {
    const WRITERS: usize = 8;
    const EACH: usize = 600;
    let mut setup = setup().await;
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let writers = (0..WRITERS).map(|writer| {
        let (lane, acknowledged) = (setup.lane.clone(), Arc::clone(&acknowledged));
        tokio::spawn(async move {
            let mut told = BTreeMap::new();
            for count in 0..EACH {
                let id = format!("w{writer}-{count:05}");
                if let Ok(stored) = publish(&lane, &id, &[]).await {
                    told.insert(stored.sequence, id);
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                }
            }
            told
        })
    });
    let writers: Vec<_> = writers.collect();
    for kill in 1..=3 {
        let enough = WRITERS * EACH * kill / 4;
        let reached = || async { (acknowledged.load(Ordering::Relaxed) >= enough).then_some(()) };
        eventually("messages are acknowledged", reached).await;
        setup.nats.kill();
        setup.nats.restart().await;
    }
    let mut told = BTreeMap::new();
    for writer in writers {
        told.extend(writer.await.unwrap());
    }
    let kept = stored(&setup.broker).await;
    let lost: Vec<_> = told.iter().filter(|(sequence, id)| kept.get(sequence) != Some(id)).collect();
    let mut seen = BTreeMap::<&str, usize>::new();
    for id in kept.values() {
        *seen.entry(id).or_default() += 1;
    }
    let doubled: Vec<_> = seen.iter().filter(|(_, count)| **count > 1).collect();
    eprintln!("{} acknowledged, {} stored, lost {lost:?}, doubled {doubled:?}", told.len(), kept.len());
    assert!(lost.is_empty() && doubled.is_empty());
    assert_eq!(told.len(), WRITERS * EACH, "the lane outlives three restarts");
    for writer in 0..WRITERS {
        let own: Vec<_> = kept.values().filter(|id| id.starts_with(&format!("w{writer}-"))).collect();
        assert!(own.is_sorted(), "the messages of one writer are in their order");
    }
}
