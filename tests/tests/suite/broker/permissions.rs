//! Who may say what, by nats.conf. Spoken in NATS's own protocol, which answers each line at once.

use std::time::Duration;

use async_nats::{Client, HeaderMap, Message};
use contracts::{
    Kind,
    stream::{self, bucket},
    subject,
};
use futures::StreamExt;
use platform::{
    broker::{Broker, Process},
    config::Config,
};
use serde_json::{Value, json};
use tests::{NatsServer, eventually};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// What the broker says to a line by `user`, up to its answer to a ping; the first error in it.
async fn refused(nats: &NatsServer, user: Option<&str>, line: &str) -> Option<String> {
    let address = nats.url();
    let mut stream = BufReader::new(TcpStream::connect(address.strip_prefix("nats://").unwrap()).await.unwrap());
    let login = user.map_or_else(String::new, |user| format!(r#","user":"{user}","pass":"{}""#, nats.password()));
    let connect = format!("CONNECT {{\"verbose\":false,\"headers\":true{login}}}\r\n{line}PING\r\n");
    stream.get_mut().write_all(connect.as_bytes()).await.unwrap();
    let mut said = String::new();
    loop {
        said.clear();
        match stream.read_line(&mut said).await {
            Ok(0) | Err(_) => return Some("closed".to_owned()),
            Ok(_) if said.starts_with("-ERR") => return Some(said),
            Ok(_) if said.starts_with("PONG") => return None,
            Ok(_) => {}
        }
    }
}

async fn may_publish(nats: &NatsServer, user: &str, subject: &str) -> bool {
    refused(nats, Some(user), &format!("PUB {subject} 0\r\n\r\n")).await.is_none()
}

async fn may_subscribe(nats: &NatsServer, user: &str, subject: &str) -> bool {
    refused(nats, Some(user), &format!("SUB {subject} 1\r\n")).await.is_none()
}

/// The kinds of event that ingress publishes; the others are for the workers to state.
const OF_INGRESS: [Kind; 16] = [
    Kind::TicketCreated,
    Kind::TicketResolveRequested,
    Kind::TicketAssignRequested,
    Kind::TicketCloseRequested,
    Kind::TicketReopenRequested,
    Kind::TicketReleaseRequested,
    Kind::MessageSent,
    Kind::MessageReadRequested,
    Kind::MessageFeedbackRequested,
    Kind::ArticleChangeRequested,
    Kind::NotificationReadRequested,
    Kind::AccountCreateRequested,
    Kind::AccountChangeRequested,
    Kind::BotFeedbackGiven,
    Kind::AuditSessionRevoked,
    Kind::AuditWebhookReceived,
];

async fn server() -> (NatsServer, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (NatsServer::start(folder.path()).await, folder)
}

#[tokio::test]
async fn each_kind_of_event_is_for_its_publisher_alone() {
    let (nats, _folder) = &server().await;
    for kind in Kind::ALL {
        let subject = format!("{kind}.01234567");
        let of_ingress = OF_INGRESS.contains(kind);
        assert_eq!(may_publish(nats, "ingress", &subject).await, of_ingress, "ingress: {kind}");
        let of_workers = kind.entity() != "account";
        assert_eq!(may_publish(nats, "workers", &subject).await, of_workers, "workers: {kind}");
        assert!(!may_publish(nats, "outside", &subject).await, "outside: {kind}");
        assert!(!may_subscribe(nats, "ingress", &subject).await, "ingress: {kind}");
        assert!(!may_subscribe(nats, "outside", &subject).await, "outside: {kind}");
        assert!(may_subscribe(nats, "outside", &format!("events.{kind}.*")).await, "outside: {kind}");
    }
}

/// A subject, and which users may publish to it.
type Row = (&'static str, &'static [&'static str]);

const PUBLISH: &[Row] = &[
    ("outcome.x", &["workers"]),
    ("dead.routing.x", &["workers"]),
    ("query.ticket.get", &["ingress", "workers"]),
    ("query.ai.ask", &["ingress", "workers"]),
    ("query.ai.stop", &["ingress", "workers"]),
    ("events.ticket.saved.x", &[]),
    ("outcome_notice.x", &[]),
    ("0.ticket.saved.x", &[]),
    ("ticket.close_requested.x", &["ingress", "workers"]),
    ("message.sent.x", &["ingress", "workers"]),
    ("message.saved.x", &["workers"]),
    ("article.change_requested.x", &["ingress", "workers"]),
    ("article.published.x", &["workers"]),
    ("account.update_requested.x", &[]),
    ("chat.room.ticket_x", &["ingress", "workers"]),
    ("replay.events", &["outside"]),
    ("replay.events.x", &[]),
    ("replay.accounts", &[]),
    ("anything", &[]),
    ("_INBOX_ingress.x", &["workers"]),
    ("_INBOX_workers.x", &["workers"]),
    ("_INBOX_outside.x", &[]),
    ("$KV.quota.x", &["workers"]),
    ("$KV.sessions.x", &["ingress"]),
    ("$KV.idempotency.x", &["ingress"]),
    ("$KV.ws_tickets.x", &["ingress"]),
    ("$KV.bot_sessions.x", &["ingress"]),
    ("$JS.ACK.EVENTS.x.1.1.1.1.1", &["workers"]),
    ("$JS.API.INFO", &["ingress", "workers", "operator"]),
    ("$JS.API.STREAM.INFO.EVENTS", &["ingress", "workers", "operator"]),
    ("$JS.API.STREAM.NAMES", &["workers", "operator"]),
    ("$JS.API.STREAM.SNAPSHOT.EVENTS", &["operator"]),
    ("$JS.API.STREAM.RESTORE.EVENTS", &["operator"]),
    ("$JS.SNAPSHOT.ACK.EVENTS.x.1.1", &["operator"]),
    ("$JS.SNAPSHOT.RESTORE.EVENTS.x", &["operator"]),
    ("$JS.API.CONSUMER.RESET.EVENTS.routing", &["workers", "operator"]),
    ("$JS.API.CONSUMER.RESET.ACCOUNTS.persistence-accounts", &["workers"]),
    ("$JS.API.STREAM.CREATE.MINE", &["workers"]),
    ("$JS.API.STREAM.UPDATE.EVENTS", &["workers"]),
    ("$JS.API.STREAM.DELETE.EVENTS", &[]),
    ("$JS.API.STREAM.PURGE.EVENTS", &[]),
    ("$JS.API.STREAM.MSG.DELETE.EVENTS", &["operator"]),
    ("$JS.API.STREAM.MSG.DELETE.ACCOUNTS", &[]),
    ("$JS.API.STREAM.MSG.GET.ACCOUNTS", &["workers"]),
    ("$JS.API.DIRECT.GET.ACCOUNTS", &["workers"]),
    ("$JS.API.DIRECT.GET.EVENTS", &["ingress", "workers"]),
    ("$JS.API.DIRECT.GET.DEAD", &["ingress", "workers"]),
    ("$JS.API.DIRECT.GET.OUTCOMES.outcome.x", &["ingress", "workers"]),
    ("$JS.API.CONSUMER.INFO.EVENTS.routing", &["ingress", "workers", "operator"]),
    ("$JS.API.CONSUMER.NAMES.EVENTS", &["ingress", "workers", "operator"]),
    ("$JS.API.CONSUMER.INFO.DEAD.mine", &["workers", "operator"]),
    ("$JS.API.DIRECT.GET.KV_bot_sessions.$KV.bot_sessions.x", &["ingress", "workers"]),
    ("$JS.API.CONSUMER.CREATE.KV_bot_sessions.mine", &["workers"]),
    ("$JS.API.CONSUMER.CREATE.EVENTS.mine", &["workers", "operator"]),
    ("$JS.API.CONSUMER.CREATE.KV_sessions.mine", &["ingress", "workers"]),
    ("$JS.API.CONSUMER.MSG.NEXT.EVENTS.routing", &["workers"]),
    ("$JS.API.CONSUMER.DELETE.EVENTS.routing", &["workers"]),
    ("$SYS.REQ.SERVER.PING", &[]),
];

const SUBSCRIBE: &[Row] = &[
    (">", &[]),
    ("_INBOX.x", &[]),
    ("_INBOX_ingress.x", &["ingress"]),
    ("_INBOX_workers.x", &["workers"]),
    ("_INBOX_operator.x", &["operator"]),
    ("_INBOX_outside.x", &["outside"]),
    ("outcome_notice.*", &["ingress"]),
    ("outcome.*", &[]),
    ("query.ticket.get", &["workers"]),
    ("query.ai.ask", &["workers"]),
    ("query.ai.stop", &["workers"]),
    ("events.>", &["outside"]),
    ("chat.>", &[]),
    ("chat.room.*", &["ingress"]),
    ("replay.events", &[]),
    ("message.*.*", &[]),
    ("query.>", &["workers"]),
    ("$KV.>", &[]),
    ("account.*.*", &[]),
    ("$KV.sessions.*", &[]),
    ("$JS.API.>", &[]),
    ("$SYS.>", &[]),
];

#[tokio::test]
async fn what_is_not_granted_is_denied() {
    let (nats, _folder) = &server().await;
    for user in ["ingress", "workers", "operator", "outside"] {
        for (subject, granted) in PUBLISH {
            assert_eq!(may_publish(nats, user, subject).await, granted.contains(&user), "{user} publishes {subject}");
        }
        for (subject, granted) in SUBSCRIBE {
            assert_eq!(may_subscribe(nats, user, subject).await, granted.contains(&user), "{user} hears {subject}");
        }
    }
}

/// What the streams take and the buckets hold is granted to the workers, who make them.
#[tokio::test]
async fn nobody_is_nobody() {
    let (nats, _folder) = &server().await;
    let error = refused(nats, None, "").await.unwrap();
    assert!(error.contains("Authorization Violation"), "{error}");
    let login = |user, password| format!("nats://{user}:{password}@{}", &nats.url()["nats://".len()..]);
    for (user, password) in [("ingress", "wrong"), ("nobody", nats.password()), ("ingress", "")] {
        assert!(async_nats::connect(login(user, password)).await.is_err(), "{user}");
    }
    for name in [stream::of_bucket(bucket::QUOTA), stream::ACCOUNTS.to_owned(), stream::DEAD.to_owned()] {
        let subject = format!("$JS.API.STREAM.MSG.GET.{name}");
        assert!(!may_publish(nats, "ingress", &subject).await, "ingress reads {name}");
    }
}

/// What JetStream could be asked about a stream.
const ABOUT_A_STREAM: [&str; 12] = [
    "STREAM.INFO.NAME",
    "STREAM.CREATE.NAME",
    "STREAM.UPDATE.NAME",
    "STREAM.DELETE.NAME",
    "STREAM.PURGE.NAME",
    "STREAM.MSG.GET.NAME",
    "STREAM.MSG.DELETE.NAME",
    "DIRECT.GET.NAME",
    "DIRECT.GET.NAME.x",
    "CONSUMER.CREATE.NAME",
    "CONSUMER.CREATE.NAME.mine",
    "CONSUMER.MSG.NEXT.NAME.routing",
];

/// A desk's streams with events in one of them.
struct Stored {
    nats: NatsServer,
    workers: Broker,
    _folder: tempfile::TempDir,
}

impl Stored {
    async fn new(events: u64) -> Self {
        let (nats, folder) = server().await;
        let workers = Broker::connect(&nats.config("workers"), Process::Workers).await.unwrap();
        workers.provision_streams(Config::default().keep(), 1).await.unwrap();
        for number in 1..=events {
            let mut headers = HeaderMap::new();
            headers.insert("ce-id", format!("event-{number}"));
            let subject = format!("ticket.saved.{number}");
            workers.context().publish_with_headers(subject, headers, "{}".into()).await.unwrap().await.unwrap();
        }
        Self { nats, workers, _folder: folder }
    }

    async fn last_sequence(&self) -> u64 {
        let events = self.workers.context().get_stream(stream::EVENTS).await.unwrap();
        events.cached_info().state.last_sequence
    }
}

async fn replay(outside: &Client, request: Value) -> Message {
    outside.request(subject::REPLAY, request.to_string().into()).await.unwrap()
}

fn header<'a>(message: &'a Message, name: &str) -> &'a str {
    message.headers.as_ref().unwrap().get(name).unwrap().as_str()
}

fn place(message: &Message) -> u64 {
    header(message, "Nats-Sequence").parse().unwrap()
}

#[tokio::test]
async fn outsiders_replay_events_from_any_place() {
    let desk = Stored::new(5).await;
    let outside = desk.nats.connect("outside").await;
    let one = replay(&outside, json!({"seq": 3, "next_by_subj": ">"})).await;
    assert_eq!((header(&one, "ce-id"), place(&one)), ("event-3", 3));
    assert!(header(&one, "Nats-Subject").ends_with(".ticket.saved.3"));
    let newest = replay(&outside, json!({"last_by_subj": ">"})).await;
    assert_eq!(place(&newest), 5);

    let inbox = outside.new_inbox();
    let mut answers = outside.subscribe(inbox.clone()).await.unwrap();
    let request = json!({"seq": 2, "batch": 3, "next_by_subj": ">"}).to_string();
    outside.publish_with_reply(subject::REPLAY, inbox, request.into()).await.unwrap();
    for expected in 2..=4 {
        assert_eq!(place(&answers.next().await.unwrap()), expected);
    }
    let end = answers.next().await.unwrap();
    assert_eq!(end.status.unwrap().as_u16(), 204);
    assert_eq!(header(&end, "Nats-Num-Pending"), "1");

    // There is nothing behind the last event, and nothing but events.
    for request in [
        json!({"seq": 6, "batch": 3, "next_by_subj": ">"}),
        json!({"seq": 1, "next_by_subj": "account.>"}),
        json!({"last_by_subj": "$KV.sessions.>"}),
        json!({"last_by_subj": "outcome.*"}),
    ] {
        let nothing = replay(&outside, request.clone()).await;
        assert_eq!(nothing.status.unwrap().as_u16(), 404, "{request}");
    }
}

#[tokio::test]
async fn outsiders_ask_for_nothing_but_a_replay() {
    let desk = Stored::new(1).await;
    for stream in stream::all(Config::default().keep()) {
        for call in ABOUT_A_STREAM {
            let subject = format!("$JS.API.{}", call.replace("NAME", &stream.name));
            assert!(!may_publish(&desk.nats, "outside", &subject).await, "outside: {subject}");
        }
    }
}

/// The broker answers wherever a request says. What outsiders have it answer stays among outsiders.
#[tokio::test]
async fn the_answer_to_an_outsider_reaches_neither_a_stream_nor_the_desk() {
    let desk = Stored::new(2).await;
    let (outside, ingress) = (desk.nats.connect("outside").await, desk.nats.connect("ingress").await);
    let workers = desk.workers.client().clone();
    let mut heard = Vec::new();
    for subject in ["_INBOX_ingress.x", "outcome_notice.*", "chat.room.*"] {
        heard.push(ingress.subscribe(subject).await.unwrap());
    }
    for subject in ["_INBOX_workers.x", "query.>"] {
        heard.push(workers.subscribe(subject).await.unwrap());
    }
    ingress.flush().await.unwrap();
    workers.flush().await.unwrap();
    let request = json!({"seq": 1, "next_by_subj": ">"}).to_string();
    for reply in [
        "ticket.saved.forged",
        "0.ticket.saved.forged",
        "message.saved.forged",
        "events.ticket.saved.forged",
        "account.create_requested.forged",
        "outcome.forged",
        "outcome_notice.forged",
        "dead.routing.forged",
        "$KV.sessions.forged",
        "chat.room.ticket_forged",
        "query.ticket.get",
        "_INBOX_ingress.x",
        "_INBOX_workers.x",
        "$JS.API.STREAM.DELETE.EVENTS",
        "replay.events",
    ] {
        outside.publish_with_reply(subject::REPLAY, reply, request.clone().into()).await.unwrap();
    }
    // When this is answered, so are those before it.
    replay(&outside, json!({"seq": 1, "next_by_subj": ">"})).await;
    // A control: the same from within the desk is stored, and the workers must tell it from an event.
    workers.publish_with_reply("$JS.API.DIRECT.GET.EVENTS", "ticket.saved.forged", request.into()).await.unwrap();
    eventually("the answer is stored", || async { (desk.last_sequence().await > 2).then_some(()) }).await;
    assert_eq!(desk.last_sequence().await, 3);
    for name in [stream::ACCOUNTS, stream::OUTCOMES, stream::DEAD, "KV_sessions"] {
        let info = desk.workers.context().get_stream(name).await.unwrap().cached_info().clone();
        assert_eq!(info.state.messages, 0, "{name}");
    }
    for subscription in &mut heard {
        let message = tokio::time::timeout(Duration::from_millis(50), subscription.next()).await;
        assert!(message.is_err(), "{message:?}");
    }
}
