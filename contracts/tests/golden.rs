//! The shape of every event on the wire, as files: a change of it shows in review, and what was stored stays readable.
//!
//! `GOLDEN=write cargo test -p contracts` writes the files of kinds that have none; a file that is there never changes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use std::{fs, path::PathBuf};

use chrono::{DateTime, Utc};
use contracts::{
    Actor, Article, ArticleDraft, ArticleId, Audience, BotSessionId, Department, Envelope, Event, EventId, Kind,
    MessageId, NotificationId, RequestId, Role, SessionId, Status, Ticket, TicketDraft, TicketId, Urgency, User,
    UserId,
    account::PasswordHash,
    ai::Utterance,
    event::{
        AccountChangeRequested, AccountCreateRequested, ArticleChangeRequested, ArticlePublished,
        ArticleReindexRequested, ArticleWithdrawn, AuditAccountChanged, AuditAccountCreated, AuditSessionRevoked,
        AuditWebhookReceived, BotFeedbackGiven, MessageFeedbackGiven, MessageFeedbackRequested, MessageReadRequested,
        MessageRefused, MessageSaved, MessageSent, NotificationCreated, NotificationReadRequested, TicketAdmitted,
        TicketAssignRequested, TicketAssigned, TicketCleared, TicketCloseRequested, TicketClosed, TicketCreated,
        TicketFlagged, TicketRejected, TicketReleaseRequested, TicketReleased, TicketReopenRequested, TicketReopened,
        TicketResolveRequested, TicketResolved, TicketRouted, TicketSaved, WebhookDelivered, WebhookFailed,
    },
    message::{Feedback, Message, Refusal, SenderRole},
    moderation::Verdict,
    notification::{Notification, Topic},
    subject,
    webhook::{Delivery, Hook},
};
use uuid::Uuid;

fn file(kind: Kind) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("golden/{kind}.v{}.json", kind.version()))
}

fn time() -> DateTime<Utc> {
    "2026-03-02T09:30:00.123456Z".parse().unwrap()
}

fn uuid(last: u128) -> Uuid {
    Uuid::from_u128(0x0195_2f3a_1c00_7000_8000_0000_0000_0000 + last)
}

fn draft() -> TicketDraft {
    TicketDraft {
        id: TicketId::from(uuid(1)),
        user_id: UserId::from(uuid(2)),
        title: "Docking station is dead".to_owned(),
        description: "No light, no picture.\nAnother cable changes nothing. Überall gleich.".to_owned(),
        urgency: Urgency::High,
        created_at: time(),
        conversation: Vec::new(),
    }
}

fn ticket() -> Ticket {
    let draft = draft();
    Ticket {
        id: draft.id,
        user_id: draft.user_id,
        title: draft.title,
        description: draft.description,
        urgency: draft.urgency,
        status: Status::Resolved,
        department: Some(Department::It),
        assignee_id: Some(UserId::from(uuid(3))),
        misuse_flag: false,
        feedback: Some("Quick, thank you".to_owned()),
        rating: Some(5),
        created_at: time(),
        updated_at: time(),
        resolved_at: Some(time()),
        closed_at: None,
    }
}

fn article(published: bool) -> Article {
    let ArticleDraft { title, body, audience, tags } = ArticleDraft {
        title: "Reset your password".to_owned(),
        body: "Open the page.\n\n1. Choose **Forgotten**.\n".to_owned(),
        audience: Audience::Everyone,
        tags: vec!["password".to_owned(), "account".to_owned()],
    };
    let (id, created_at) = (ArticleId::from(uuid(8)), time());
    Article { id, version: 4, title, body, audience, tags, published, created_at, updated_at: time() }
}

fn verdict(is_harmful: bool) -> Verdict {
    Verdict {
        is_harmful,
        category: if is_harmful { "harassment" } else { "none" }.to_owned(),
        reason: "why".to_owned(),
        model: "moderation-ngram-1".to_owned(),
        fallback: is_harmful.then(|| "the language model did not answer: it took too long".to_owned()),
    }
}

fn user() -> User {
    User {
        id: UserId::from(uuid(3)),
        username: "it-agent".to_owned(),
        role: Role::Agent,
        department: Some(Department::It),
        disabled: false,
        created_at: time(),
    }
}

fn delivery(delivered: bool) -> Delivery {
    Delivery {
        id: uuid(4),
        hook: Hook::OnTicketCreated,
        ticket_id: TicketId::from(uuid(1)),
        url: "https://hooks.example/on_ticket_created".to_owned(),
        attempts: 2,
        status: delivered.then_some(204),
        error: (!delivered).then(|| "the receiver answered with status 500".to_owned()),
        at: time(),
    }
}

fn message() -> Message {
    Message {
        id: MessageId::from(uuid(7)),
        seq: 12,
        ticket_id: TicketId::from(uuid(1)),
        sender_id: UserId::from(uuid(3)),
        sender_role: SenderRole::Agent,
        content: "Is the \u{201e}power\u{201c} light on?\nThe one at the back.".to_owned(),
        is_ai: false,
        feedback: Feedback::None,
        timestamp: time(),
        client_message_id: Some("web-12".to_owned()),
    }
}

fn sample(kind: Kind) -> Event {
    let (draft, ticket, user, message) = (draft(), ticket(), user(), message());
    let actor = Actor::from(&user);
    let ticket_id = draft.id;
    match kind {
        Kind::TicketCreated => TicketCreated { draft }.into(),
        Kind::TicketAdmitted => TicketAdmitted { draft }.into(),
        Kind::TicketRejected => {
            let user_id = draft.user_id;
            TicketRejected { ticket_id, user_id, limit: 5, window_seconds: 86_400, retry_at: time() }.into()
        }
        Kind::TicketCleared => TicketCleared { draft, verdict: verdict(false) }.into(),
        Kind::TicketFlagged => TicketFlagged { draft, verdict: verdict(true) }.into(),
        Kind::TicketRouted => {
            TicketRouted { draft, department: Department::It, model: "routing-ngram-1".to_owned() }.into()
        }
        Kind::TicketSaved => TicketSaved { ticket }.into(),
        Kind::TicketResolveRequested => {
            let feedback = Some("Quick, thank you".to_owned());
            TicketResolveRequested { ticket_id, actor, feedback, rating: Some(5) }.into()
        }
        Kind::TicketResolved => TicketResolved { ticket, actor }.into(),
        Kind::TicketAssignRequested => {
            let (department, assignee_id) = (Some(Department::It), Some(user.id));
            TicketAssignRequested { ticket_id, actor, department, assignee_id, reason: Some("why".to_owned()) }.into()
        }
        Kind::TicketAssigned => TicketAssigned { ticket, actor: Some(actor), reason: Some("why".to_owned()) }.into(),
        Kind::TicketCloseRequested => TicketCloseRequested { ticket_id, actor }.into(),
        Kind::TicketClosed => TicketClosed { ticket, actor }.into(),
        Kind::TicketReopenRequested => TicketReopenRequested { ticket_id, actor }.into(),
        Kind::TicketReopened => TicketReopened { ticket, actor }.into(),
        Kind::TicketReleaseRequested => TicketReleaseRequested { ticket_id, actor }.into(),
        Kind::TicketReleased => TicketReleased { draft, actor }.into(),
        Kind::MessageSent => {
            let Message { id: message_id, content, is_ai, client_message_id, .. } = message;
            MessageSent { message_id, ticket_id, actor, content, is_ai, client_message_id }.into()
        }
        Kind::MessageSaved => MessageSaved { message }.into(),
        Kind::MessageRefused => {
            let Message { id: message_id, sender_id, client_message_id, .. } = message;
            MessageRefused { message_id, ticket_id, sender_id, client_message_id, reason: Refusal::TicketClosed }.into()
        }
        Kind::MessageReadRequested => MessageReadRequested { ticket_id, user_id: user.id, seq: 12 }.into(),
        Kind::MessageFeedbackRequested => {
            let feedback = Feedback::NotHelpful;
            MessageFeedbackRequested { ticket_id, message_id: message.id, actor, feedback }.into()
        }
        Kind::MessageFeedbackGiven => {
            let message = Message { is_ai: true, feedback: Feedback::NotHelpful, ..message };
            MessageFeedbackGiven { message, actor }.into()
        }
        Kind::ArticleChangeRequested => {
            let (article_id, draft) = (article(true).id, Some(article(true).draft()));
            let (version, published) = (Some(3), Some(true));
            ArticleChangeRequested { article_id, actor: Some(actor), version, draft, published }.into()
        }
        Kind::ArticlePublished => ArticlePublished { article: article(true) }.into(),
        Kind::ArticleWithdrawn => ArticleWithdrawn { article: article(false) }.into(),
        Kind::ArticleReindexRequested => ArticleReindexRequested { request_id: RequestId::from(uuid(1)) }.into(),
        Kind::NotificationCreated => {
            let notification = Notification {
                id: NotificationId::from(uuid(5)),
                user_id: user.id,
                topic: Topic::TicketFlagged,
                ticket_id,
                text: "A ticket was flagged as harassment: why".to_owned(),
                created_at: time(),
                read_at: None,
            };
            NotificationCreated { notification }.into()
        }
        Kind::NotificationReadRequested => {
            NotificationReadRequested { notification_id: NotificationId::from(uuid(5)), user_id: user.id }.into()
        }
        Kind::BotFeedbackGiven => {
            let (session_id, article_ids) = (BotSessionId::from(uuid(9)), vec![article(true).id]);
            let query = "How do I reset my password?".to_owned();
            let (user_id, answered) = (UserId::from(uuid(2)), true);
            BotFeedbackGiven { session_id, turn: 2, user_id, helpful: false, query, answered, article_ids }.into()
        }
        Kind::WebhookDelivered => WebhookDelivered { delivery: delivery(true) }.into(),
        Kind::WebhookFailed => WebhookFailed { delivery: delivery(false) }.into(),
        Kind::AccountCreateRequested => {
            let password_hash = PasswordHash("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned());
            AccountCreateRequested { user, password_hash }.into()
        }
        Kind::AccountChangeRequested => {
            let password_hash = Some(PasswordHash("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned()));
            AccountChangeRequested { user_id: user.id, disabled: Some(true), password_hash }.into()
        }
        Kind::AuditAccountCreated => AuditAccountCreated { user }.into(),
        Kind::AuditAccountChanged => AuditAccountChanged { user, password_changed: true }.into(),
        Kind::AuditSessionRevoked => {
            let reason = "a refresh token was used twice".to_owned();
            AuditSessionRevoked { session_id: SessionId::from(uuid(6)), user_id: user.id, reason }.into()
        }
        Kind::AuditWebhookReceived => {
            AuditWebhookReceived { webhook_id: uuid(4), hook: Hook::OnTicketCreated, ticket_id }.into()
        }
    }
}

fn pretty(event: &Event) -> String {
    // By name, whatever order the features of the whole workspace keep them in.
    let mut json: serde_json::Value = serde_json::from_slice(&event.encode().unwrap()).unwrap();
    json.sort_all_objects();
    format!("{json:#}\n")
}

#[test]
fn every_kind_is_written_as_its_file_says() {
    for kind in Kind::ALL {
        let (path, written) = (file(*kind), pretty(&sample(*kind)));
        if !path.exists() && std::env::var_os("GOLDEN").is_some() {
            fs::write(&path, &written).unwrap();
        }
        let golden = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{kind} has no golden file"));
        assert_eq!(golden, written, "{kind}: a change of the shape needs a new version and a file of its own");
    }
}

#[test]
fn every_file_is_still_read() {
    for kind in Kind::ALL {
        let golden = fs::read(file(*kind)).unwrap();
        assert_eq!(Event::decode(*kind, &golden).unwrap(), sample(*kind), "{kind}");
    }
}

/// A ticket that was raised without the bot is written as before there was one.
#[test]
fn a_ticket_may_begin_with_what_was_said_to_the_bot() {
    let said = |is_ai, content: &str, feedback| Utterance { is_ai, content: content.to_owned(), feedback, at: time() };
    let conversation = vec![
        said(false, "How do I reset my password?", Feedback::None),
        said(true, "Choose **Forgotten**. [1]\n\n[1] Reset your password", Feedback::NotHelpful),
    ];
    let event = Event::from(TicketCreated { draft: TicketDraft { conversation, ..draft() } });
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/ticket.created.v1.after_the_bot.json");
    if !path.exists() && std::env::var_os("GOLDEN").is_some() {
        fs::write(&path, pretty(&event)).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap();
    assert_eq!(golden, pretty(&event));
    assert_eq!(Event::decode(Kind::TicketCreated, golden.as_bytes()).unwrap(), event);
}

#[test]
fn an_envelope_survives_its_headers_and_keeps_its_request() {
    let request = RequestId::from(uuid(1));
    let trace: contracts::trace::TraceParent =
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap();
    let created = Envelope::of_request(sample(Kind::TicketCreated), request, trace);
    let created = Envelope { time: time(), ..created };
    let headers = created.headers("ingress");
    let find = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
    let read = Envelope::from_headers(find, &created.event.encode().unwrap()).unwrap();
    assert_eq!(read, created);
    let admitted = read.follow(sample(Kind::TicketAdmitted));
    assert_eq!(admitted.id.to_string(), format!("ticket.admitted:{request}"));
    assert_eq!(admitted.id.request(), Some(request));
    assert_eq!(admitted.trace.trace_id(), trace.trace_id());
    assert_eq!(admitted.id, created.follow(sample(Kind::TicketAdmitted)).id, "a repeated step has the same id");
}

#[test]
fn one_step_gives_one_of_its_answers() {
    let request = RequestId::from(uuid(1));
    let trace = contracts::trace::TraceParent::start();
    let created = Envelope::of_request(sample(Kind::TicketCreated), request, trace);
    let id = |kind: Kind| created.follow(sample(kind)).deduplication_id();
    assert_eq!(id(Kind::TicketCleared), id(Kind::TicketFlagged));
    assert_eq!(id(Kind::TicketAdmitted), id(Kind::TicketRejected));
    let distinct = [Kind::TicketCleared, Kind::TicketAdmitted, Kind::TicketRouted, Kind::TicketSaved].map(id);
    assert_eq!(std::collections::HashSet::from(distinct).len(), 4);
}

#[test]
fn a_message_sent_again_is_one_event_and_with_another_content_another() {
    let trace = contracts::trace::TraceParent::start();
    let Event::MessageSent(sent) = sample(Kind::MessageSent) else { panic!("not a message") };
    let id = |content: &str| {
        let sent = MessageSent { content: content.to_owned(), ..sent.clone() };
        Envelope::of_request(sent.into(), RequestId::from(uuid(7)), trace).deduplication_id()
    };
    assert_eq!(id("Hello"), id("Hello"));
    assert_ne!(id("Hello"), id("Good-bye"));
}

#[test]
fn a_missing_or_wrong_header_is_named() {
    let request = RequestId::from(uuid(1));
    let created = Envelope::of_request(sample(Kind::TicketCreated), request, contracts::trace::TraceParent::start());
    let (headers, payload) = (created.headers("ingress"), created.event.encode().unwrap());
    for (broken, _) in headers
        .iter()
        .filter(|(name, _)| !matches!(*name, "ce-specversion" | "ce-source" | "ce-subject" | "content-type"))
    {
        let find = |name: &str| {
            let found = headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
            found.filter(|_| name != *broken)
        };
        let error = Envelope::from_headers(find, &payload).unwrap_err().to_string();
        assert!(error.contains(broken), "{broken}: {error}");
    }
}

#[test]
fn a_kind_and_an_id_are_read_back_from_their_text() {
    for kind in Kind::ALL {
        assert_eq!(kind.to_string().parse::<Kind>().unwrap(), *kind);
    }
    assert!("ticket.lost".parse::<Kind>().is_err());
    assert!("ticket.created".parse::<EventId>().is_err());
    assert!("ticket.created:not-an-id".parse::<EventId>().is_err());
}

#[test]
fn subjects_and_filters_fit_each_other() {
    for kind in Kind::ALL {
        let event = sample(*kind);
        let subject = subject::of_event(&event);
        assert_eq!(subject.split('.').count(), 3, "{subject}");
        assert!(subject.starts_with(&format!("{kind}.")), "{subject}");
        assert_eq!(subject::stored_about(*kind, event.entity_id()), format!("*.{subject}"));
    }
    let request = RequestId::from(uuid(1));
    let notice = subject::outcome(request).replace("outcome.", "outcome_notice.");
    assert_eq!(subject::outcome_notice_request(&notice), Some(request));
}

#[test]
fn every_consumer_reads_a_stream_that_keeps_what_it_filters() {
    let keep = contracts::stream::Keep {
        events: std::time::Duration::from_hours(1),
        quota: std::time::Duration::from_hours(1),
        sessions: std::time::Duration::from_hours(1),
    };
    let streams: Vec<String> = contracts::stream::all(keep).into_iter().map(|stream| stream.name).collect();
    let mut durables = Vec::new();
    for pool in contracts::consumer::Pool::ALL {
        for consumer in pool.consumers() {
            assert!(streams.contains(&consumer.stream.to_owned()), "{}", consumer.durable);
            assert!(!consumer.filters.is_empty(), "{}", consumer.durable);
            durables.push(format!("{}/{}", consumer.stream, consumer.durable));
        }
    }
    let all = durables.len();
    durables.sort();
    durables.dedup();
    assert_eq!(durables.len(), all, "a durable name is used twice");
}
