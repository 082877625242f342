//! The runtime, on a real broker.

use std::{sync::Arc, time::Duration};

use async_nats::HeaderMap;
use chrono::{DateTime, Utc};
use contracts::{
    Actor, Envelope, Event, EventId, Kind, MessageId, RequestId, Role, TicketId, UserId,
    chat::{Refused, RoomFrame},
    consumer::{Consumer, Pool},
    event::{MessageRefused, MessageSent},
    message::Refusal,
    stream::{EVENTS, Keep},
    subject,
    trace::TraceParent,
};
use futures::StreamExt;
use platform::broker::{Broker, Process};
use tempfile::TempDir;
use tests::{NatsServer, eventually};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use workers::runtime::{Effects, Failure, Pace, Worker, consume};

/// Refuses every message.
struct Refusing {
    /// Whether it says that it does so for the first time.
    first: bool,
    /// It waits for a permit before each.
    gate: Arc<Semaphore>,
}

impl Refusing {
    fn new(first: bool) -> Self {
        Self { first, gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)) }
    }
}

impl Worker for Refusing {
    const POOL: Pool = Pool::Persistence;
    type Input = MessageSent;

    async fn handle(&self, event: &Envelope<MessageSent>, _attempt: u32) -> Result<Effects, Failure> {
        let MessageSent { message_id: id, ticket_id, .. } = event.event;
        self.gate.acquire().await.unwrap().forget();
        let frames = vec![(ticket_id, RoomFrame::Refused(Refused { id, reason: Refusal::TicketClosed }))];
        Ok(Effects { frames, first: self.first, ..Effects::event(refusal(&event.event)) })
    }

    fn give_up(&self, _event: &Envelope<MessageSent>, _attempts: u32, _cause: &str) -> Effects {
        Effects::none()
    }
}

fn refusal(sent: &MessageSent) -> MessageRefused {
    MessageRefused {
        message_id: sent.message_id,
        ticket_id: sent.ticket_id,
        sender_id: sent.actor.user_id,
        client_message_id: None,
        reason: Refusal::TicketClosed,
    }
}

fn sent(ticket_id: TicketId, time: DateTime<Utc>) -> Envelope<Event> {
    let message = MessageSent {
        message_id: MessageId::new(),
        ticket_id,
        actor: Actor { user_id: UserId::new(), role: Role::User, department: None },
        content: "Hello".to_owned(),
        is_ai: false,
        client_message_id: None,
    };
    let id = EventId::of_request(Kind::MessageSent, RequestId::from(message.message_id.uuid()));
    Envelope { id, time, trace: TraceParent::start(), event: message.into() }
}

/// What the pool publishes for a message.
fn follower(sent: &Envelope<Event>) -> Envelope<Event> {
    let Event::MessageSent(message) = &sent.event else { panic!("{sent:?}") };
    sent.follow(refusal(message).into())
}

struct Bench {
    nats: NatsServer,
    broker: Broker,
    stop: CancellationToken,
    _folder: TempDir,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let nats = NatsServer::start(folder.path()).await;
        let broker = Broker::connect(&nats.config("workers"), Process::Workers).await.unwrap();
        let day = Duration::from_hours(24);
        broker.provision_streams(Keep { events: day, quota: day, sessions: day }, 1).await.unwrap();
        Self { nats, broker, stop: CancellationToken::new(), _folder: folder }
    }

    async fn start(&self, worker: Refusing) {
        let pace = Pace {
            concurrency: 8,
            stop: self.stop.clone(),
            abandon: CancellationToken::new(),
            tracker: TaskTracker::new(),
        };
        let filters = vec![subject::stored(Kind::MessageSent, None)];
        let spec = Consumer {
            pool: Pool::Persistence,
            stream: EVENTS,
            durable: "tried".to_owned(),
            filters,
            partition: None,
            forgotten_after: None,
        };
        consume(&self.broker, spec, Arc::new(worker), None, pace).await.unwrap();
    }

    /// Stores an event as one that the broker does not know any more: without the id by which it knows one.
    async fn store_forgotten(&self, envelope: &Envelope<Event>) {
        let mut headers = HeaderMap::new();
        for (name, value) in envelope.headers("workers") {
            headers.insert(name, value);
        }
        let payload = envelope.event.encode().unwrap();
        let stored =
            self.broker.context().publish_with_headers(subject::of_event(&envelope.event), headers, payload.into());
        stored.await.unwrap().await.unwrap();
    }

    async fn drained(&self) {
        let stream = self.broker.context().get_stream_no_info(EVENTS).await.unwrap();
        eventually("every event is done", || async {
            let info = stream.consumer_info("tried").await.ok()?;
            (info.num_pending == 0 && info.num_ack_pending == 0).then_some(())
        })
        .await;
    }

    /// The requests whose refusals are stored, in their order.
    async fn refused(&self, ticket: TicketId) -> Vec<RequestId> {
        let mut place = 0;
        let stream = self.broker.context().get_stream_no_info(EVENTS).await.unwrap();
        let mut refused = Vec::new();
        let subject = subject::stored_about(Kind::MessageRefused, ticket);
        while let Ok(message) = stream.direct_get_next_for_subject(subject.as_str(), Some(place + 1)).await {
            place = message.sequence;
            let id: EventId = message.headers.get("ce-id").unwrap().as_str().parse().unwrap();
            refused.push(id.request().unwrap());
        }
        refused
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn requests(sent: &[Envelope<Event>]) -> Vec<RequestId> {
    sent.iter().map(|sent| sent.id.request().unwrap()).collect()
}

#[tokio::test]
async fn the_log_knows_each_event_behind_a_place() {
    let bench = Bench::new().await;
    let ticket = TicketId::new();
    let messages: Vec<_> = (0..3).map(|_| sent(ticket, Utc::now())).collect();
    let mut places = Vec::new();
    for message in &messages {
        places.push(bench.broker.publish(message).await.unwrap().sequence);
    }
    for (message, place) in messages.iter().zip(places) {
        for (behind, holds) in [(0, true), (place - 1, true), (place, false), (place + 9, false)] {
            assert_eq!(bench.broker.holds(message, behind).await.unwrap(), holds, "{place} behind {behind}");
        }
    }
    assert!(!bench.broker.holds(&sent(ticket, Utc::now()), 0).await.unwrap());
    assert!(!bench.broker.holds(&follower(&messages[0]), 0).await.unwrap(), "another kind");
    let elsewhere = sent(TicketId::new(), Utc::now());
    let same_id = Envelope { id: messages[0].id.clone(), ..elsewhere };
    assert!(!bench.broker.holds(&same_id, 0).await.unwrap(), "another entity");
}

#[tokio::test]
async fn what_followed_from_an_old_event_does_not_follow_again() {
    let bench = Bench::new().await;
    let ticket = TicketId::new();
    let long_ago = Utc::now() - Duration::from_hours(1);
    let old: Vec<_> = (0..4).map(|_| sent(ticket, long_ago)).collect();
    for message in &old {
        bench.broker.publish(message).await.unwrap();
    }
    // The last event of the kind about the ticket is that of another message.
    for followed in [0, 2] {
        bench.store_forgotten(&follower(&old[followed])).await;
    }
    bench.start(Refusing::new(false)).await;
    bench.drained().await;
    let order = [0, 2, 1, 3].map(|nth| old[nth].clone());
    assert_eq!(bench.refused(ticket).await, requests(&order));
}

#[tokio::test]
async fn what_follows_for_the_first_time_is_not_looked_for() {
    let bench = Bench::new().await;
    let ticket = TicketId::new();
    let old = [sent(ticket, Utc::now() - Duration::from_hours(1))];
    bench.broker.publish(&old[0]).await.unwrap();
    bench.store_forgotten(&follower(&old[0])).await;
    bench.start(Refusing::new(true)).await;
    bench.drained().await;
    assert_eq!(bench.refused(ticket).await, [requests(&old), requests(&old)].concat());
}

#[tokio::test]
async fn the_room_is_told_of_each_event_in_order() {
    let bench = Bench::new().await;
    let ticket = TicketId::new();
    let ingress = Broker::connect(&bench.nats.config("ingress"), Process::Ingress).await.unwrap();
    let mut room = ingress.listen_to_room(ticket).await.unwrap();
    ingress.flush().await;
    let messages: Vec<_> = (0..5).map(|_| sent(ticket, Utc::now())).collect();
    for message in &messages {
        bench.broker.publish(message).await.unwrap();
    }
    bench.start(Refusing::new(true)).await;
    for message in &messages {
        let frame = room.next().await.unwrap();
        let RoomFrame::Refused(refused) = serde_json::from_slice(&frame).unwrap() else { panic!("{frame:?}") };
        assert_eq!(Some(refused.id.uuid()), message.id.request().map(RequestId::uuid));
    }
    bench.drained().await;
    assert_eq!(bench.refused(ticket).await, requests(&messages));
}

#[tokio::test]
async fn a_frame_that_may_be_lost_with_the_connection_is_told_again() {
    let mut bench = Bench::new().await;
    let ticket = TicketId::new();
    let ingress = Broker::connect(&bench.nats.config("ingress"), Process::Ingress).await.unwrap();
    let mut room = ingress.listen_to_room(ticket).await.unwrap();
    ingress.flush().await;
    let message = sent(ticket, Utc::now());
    bench.broker.publish(&message).await.unwrap();
    let gate = Arc::new(Semaphore::new(0));
    bench.start(Refusing { first: true, gate: Arc::clone(&gate) }).await;
    let stream = bench.broker.context().get_stream_no_info(EVENTS).await.unwrap();
    eventually("the event is under way", || async {
        let info = stream.consumer_info("tried").await.ok()?;
        (info.num_ack_pending == 1).then_some(())
    })
    .await;
    // A broker that stands still takes the frame and hands it to nobody before it dies.
    bench.nats.process().signal("STOP");
    gate.add_permits(1);
    eventually("the event is handled", || async { (gate.available_permits() == 0).then_some(()) }).await;
    bench.broker.flush().await;
    bench.nats.kill();
    bench.nats.restart().await;
    let frame = tokio::time::timeout(tests::PATIENCE, room.next()).await.unwrap().unwrap();
    assert!(matches!(serde_json::from_slice(&frame).unwrap(), RoomFrame::Refused(_)));
    gate.add_permits(1);
    bench.drained().await;
    assert_eq!(bench.refused(ticket).await, requests(&[message]));
}
