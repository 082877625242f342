//! Who may say what, by nats.conf. Spoken in NATS's own protocol, which answers each line at once.

use contracts::{
    Kind,
    stream::{self, bucket},
};
use tests::NatsServer;
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
const OF_INGRESS: [Kind; 6] = [
    Kind::TicketCreated,
    Kind::TicketResolveRequested,
    Kind::NotificationReadRequested,
    Kind::AccountCreateRequested,
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
    ("events.ticket.saved.x", &[]),
    ("outcome_notice.x", &[]),
    ("0.ticket.saved.x", &[]),
    ("ticket.close_requested.x", &["workers"]),
    ("message.sent.x", &[]),
    ("article.published.x", &[]),
    ("account.update_requested.x", &[]),
    ("chat.room.ticket_x", &[]),
    ("anything", &[]),
    ("_INBOX_ingress.x", &["workers"]),
    ("_INBOX_workers.x", &["workers"]),
    ("_INBOX_outside.x", &[]),
    ("$KV.quota.x", &["workers"]),
    ("$KV.sessions.x", &["ingress"]),
    ("$KV.idempotency.x", &["ingress"]),
    ("$KV.ws_tickets.x", &[]),
    ("$JS.ACK.EVENTS.x.1.1.1.1.1", &["workers"]),
    ("$JS.API.INFO", &["ingress", "workers"]),
    ("$JS.API.STREAM.INFO.EVENTS", &["ingress", "workers"]),
    ("$JS.API.STREAM.NAMES", &["workers"]),
    ("$JS.API.STREAM.CREATE.MINE", &["workers"]),
    ("$JS.API.STREAM.UPDATE.EVENTS", &["workers"]),
    ("$JS.API.STREAM.DELETE.EVENTS", &[]),
    ("$JS.API.STREAM.PURGE.EVENTS", &[]),
    ("$JS.API.STREAM.MSG.DELETE.EVENTS", &[]),
    ("$JS.API.STREAM.MSG.GET.ACCOUNTS", &["workers"]),
    ("$JS.API.DIRECT.GET.ACCOUNTS", &["workers"]),
    ("$JS.API.DIRECT.GET.EVENTS", &["ingress", "workers"]),
    ("$JS.API.DIRECT.GET.OUTCOMES.outcome.x", &["ingress", "workers"]),
    ("$JS.API.CONSUMER.CREATE.EVENTS.mine", &["workers"]),
    ("$JS.API.CONSUMER.MSG.NEXT.EVENTS.routing", &["workers"]),
    ("$JS.API.CONSUMER.DELETE.EVENTS.routing", &["workers"]),
    ("$SYS.REQ.SERVER.PING", &[]),
];

const SUBSCRIBE: &[Row] = &[
    (">", &[]),
    ("_INBOX.x", &[]),
    ("_INBOX_ingress.x", &["ingress"]),
    ("_INBOX_workers.x", &["workers"]),
    ("outcome_notice.*", &["ingress"]),
    ("outcome.*", &[]),
    ("query.ticket.get", &["workers"]),
    ("events.>", &["outside"]),
    ("chat.room.>", &[]),
    ("account.*.*", &[]),
    ("$KV.sessions.*", &[]),
    ("$JS.API.>", &[]),
    ("$SYS.>", &[]),
];

#[tokio::test]
async fn what_is_not_granted_is_denied() {
    let (nats, _folder) = &server().await;
    for user in ["ingress", "workers", "outside"] {
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
