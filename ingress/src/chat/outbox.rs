//! What one session sends: messages on their way to disk, one after the other, and those whose word is awaited.

use std::{collections::VecDeque, time::Duration};

use axum::extract::ws::Utf8Bytes;
use contracts::{
    MessageId, TicketId,
    chat::{Ack, ServerFrame},
    message::{Message, Refusal},
    query::GetMessage,
    trace::TraceParent,
};
use futures::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use platform::broker::Broker;
use tokio::time::{Instant, timeout};

use super::{
    draft::{Draft, Sent},
    frame,
    told::{fingerprint, write},
};
use crate::problem::Problem;

/// Messages that may wait for those before them.
const WAITING: usize = 128;
/// So long after it is on disk, a message is acknowledged without its place, unless the store says otherwise in time.
const ACK_AFTER: Duration = Duration::from_secs(1);
const LOOK_FOR: Duration = Duration::from_millis(500);
/// So long after that, a refusal of it is still told.
const REFUSAL_WITHIN: Duration = Duration::from_mins(1);

/// What one session sends.
#[derive(Default)]
pub(super) struct Outbox {
    waiting: VecDeque<(Draft, bool)>,
    /// The message that is being sent.
    sending: Option<BoxFuture<'static, (MessageId, Sent)>>,
    /// A look into the store for messages that take their time.
    looking: Option<BoxFuture<'static, Found>>,
    /// In the order in which they came.
    pending: Vec<Pending>,
}

/// Messages that were looked for, and what the store has of them.
type Found = Vec<(MessageId, Option<Message>)>;

/// Word of messages.
pub(super) enum Word {
    /// What became of one that was sent.
    Sent(MessageId, Sent),
    /// What a look into the store found.
    Found(Found),
}

/// A message whose word is awaited.
struct Pending {
    id: MessageId,
    client_message_id: Option<String>,
    fingerprint: u64,
    on_disk: Option<Instant>,
    acked: bool,
}

impl Outbox {
    /// Takes a message, for a ticket that is `closed` or not.
    pub(super) fn push(&mut self, draft: Draft, closed: bool) -> Result<(), Problem> {
        let fingerprint = fingerprint(draft.content());
        if self.pending.iter().any(|one| one.id == draft.id() && one.fingerprint != fingerprint) {
            return Err(Problem::refused(Refusal::ClientMessageIdReused));
        }
        if self.waiting.len() >= WAITING {
            return Err(Problem::too_many_frames());
        }
        let client_message_id = draft.client_message_id().map(str::to_owned);
        self.pending.push(Pending { id: draft.id(), client_message_id, fingerprint, on_disk: None, acked: false });
        self.waiting.push_back((draft, closed));
        Ok(())
    }

    /// Sends the next message, unless one is being sent.
    pub(super) fn send_next(&mut self, broker: &Broker) {
        if self.sending.is_none()
            && let Some((draft, closed)) = self.waiting.pop_front()
        {
            let (broker, id) = (broker.clone(), draft.id());
            self.sending = Some(async move { (id, draft.send(&broker, closed, TraceParent::start()).await) }.boxed());
        }
    }

    /// Whether messages are on their way to disk.
    pub(super) fn is_busy(&self) -> bool {
        self.sending.is_some() || !self.waiting.is_empty()
    }

    /// The next word of what is being sent or looked for; never, while nothing is.
    pub(super) async fn word(&mut self) -> Word {
        let Self { sending, looking, .. } = self;
        let word = tokio::select! {
            (id, sent) = done(sending) => Word::Sent(id, sent),
            found = done(looking) => Word::Found(found),
        };
        match word {
            Word::Sent(..) => *sending = None,
            Word::Found(_) => *looking = None,
        }
        word
    }

    /// Takes word of what was sent or looked for, and gives the frames that tell of it.
    pub(super) fn settle(&mut self, word: Word, now: Instant) -> Vec<Utf8Bytes> {
        match word {
            Word::Sent(id, sent) => self.sent(id, sent, now),
            Word::Found(found) => {
                found.into_iter().flat_map(|(id, message)| self.found(id, message.as_ref())).collect()
            }
        }
    }

    fn sent(&mut self, id: MessageId, sent: Sent, now: Instant) -> Vec<Utf8Bytes> {
        match sent {
            Sent::OnDisk => {
                let of_id = self.pending.iter_mut().filter(|one| one.id == id && one.on_disk.is_none());
                of_id.for_each(|one| one.on_disk = Some(now));
                Vec::new()
            }
            Sent::Saved(message) => self.saved(id, message.seq, fingerprint(&message.content)),
            Sent::Refused(refusal) => self.refused(id, &Problem::refused(refusal)),
            // The same message may have come twice: the second is still to be sent.
            Sent::Failed(problem) => {
                let index = self.pending.iter().position(|one| one.id == id);
                let failed = index.map(|index| self.pending.remove(index));
                failed.map(|one| frame::error(&problem, one.client_message_id)).into_iter().collect()
            }
        }
    }

    /// Acknowledges a message that takes its time, by what was found of it in the store.
    fn found(&mut self, id: MessageId, message: Option<&Message>) -> Vec<Utf8Bytes> {
        match message {
            Some(message) => self.saved(id, message.seq, fingerprint(&message.content)),
            None => self.acknowledge_where(|one| one.id == id),
        }
    }

    /// A message is in the store. What was sent under its id with another content will not be.
    pub(super) fn saved(&mut self, id: MessageId, seq: u64, fingerprint: u64) -> Vec<Utf8Bytes> {
        let word = |one: Pending| {
            if one.fingerprint != fingerprint {
                let problem = Problem::refused(Refusal::ClientMessageIdReused);
                return Some(frame::error(&problem, one.client_message_id));
            }
            (!one.acked).then(|| one.ack(Some(seq)))
        };
        self.take(id).filter_map(word).collect()
    }

    /// A message will not be in the store.
    pub(super) fn refused(&mut self, id: MessageId, problem: &Problem) -> Vec<Utf8Bytes> {
        self.take(id).map(|one| frame::error(problem, one.client_message_id)).collect()
    }

    /// Looks for messages that are on disk and take their time to be saved, unless a look is under way.
    pub(super) fn look(&mut self, broker: &Broker, ticket_id: TicketId, now: Instant) {
        self.pending.retain(|one| !one.acked || one.on_disk.is_none_or(|at| now.duration_since(at) < REFUSAL_WITHIN));
        if self.looking.is_some() {
            return;
        }
        let is_late = |one: &&Pending| !one.acked && one.on_disk.is_some_and(|at| now.duration_since(at) >= ACK_AFTER);
        let late: Vec<MessageId> = self.pending.iter().filter(is_late).map(|one| one.id).collect();
        if late.is_empty() {
            return;
        }
        let broker = broker.clone();
        let look = move |message_id| {
            let broker = broker.clone();
            async move {
                let found = timeout(LOOK_FOR, broker.ask(&GetMessage { ticket_id, message_id })).await;
                (message_id, found.ok().and_then(Result::ok).flatten())
            }
        };
        self.looking = Some(join_all(late.into_iter().map(look)).boxed());
    }

    /// Acknowledges everything that is on disk.
    pub(super) fn acknowledge_all(&mut self) -> Vec<Utf8Bytes> {
        self.acknowledge_where(|_| true)
    }

    /// When the next look is due.
    pub(super) fn look_at(&self) -> Option<Instant> {
        if self.looking.is_some() {
            return None;
        }
        let on_disk = self.pending.iter().filter(|one| !one.acked).find_map(|one| one.on_disk);
        on_disk.map(|at| at + ACK_AFTER)
    }

    fn acknowledge_where(&mut self, meant: impl Fn(&Pending) -> bool) -> Vec<Utf8Bytes> {
        let due = self.pending.iter_mut().filter(|one| !one.acked && one.on_disk.is_some() && meant(one));
        due.map(|one| {
            one.acked = true;
            one.ack(None)
        })
        .collect()
    }

    fn take(&mut self, id: MessageId) -> std::vec::IntoIter<Pending> {
        let taken: Vec<Pending> = self.pending.extract_if(.., |one| one.id == id).collect();
        taken.into_iter()
    }
}

impl Pending {
    fn ack(&self, seq: Option<u64>) -> Utf8Bytes {
        write(&ServerFrame::Ack(Ack { client_message_id: self.client_message_id.clone(), id: self.id, seq }))
    }
}

async fn done<T>(work: &mut Option<BoxFuture<'static, T>>) -> T {
    match work {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use contracts::{Actor, Role, UserId, chat::Chat};
    use serde_json::{Value, json};

    use super::*;

    struct Person(TicketId, Actor);

    impl Person {
        fn new() -> Self {
            Self(TicketId::new(), Actor { user_id: UserId::new(), role: Role::User, department: None })
        }

        fn draft(&self, id: Option<&str>, content: &str) -> Draft {
            let chat =
                Chat { content: content.to_owned(), client_message_id: id.map(str::to_owned), ..Chat::default() };
            Draft::new(chat, self.0, &self.1).unwrap()
        }

        /// Pushes a message; its id.
        fn push(&self, outbox: &mut Outbox, id: Option<&str>, content: &str) -> MessageId {
            let draft = self.draft(id, content);
            let id = draft.id();
            outbox.push(draft, false).unwrap();
            id
        }
    }

    fn json_of(frames: &[Utf8Bytes]) -> Vec<Value> {
        frames.iter().map(|frame| serde_json::from_str(frame).unwrap()).collect()
    }

    #[test]
    fn a_message_is_answered_once() {
        let (person, mut outbox, now) = (Person::new(), Outbox::default(), Instant::now());
        let id = person.push(&mut outbox, Some("1"), "a");
        assert!(outbox.settle(Word::Sent(id, Sent::OnDisk), now).is_empty());
        assert_eq!(outbox.look_at(), Some(now + ACK_AFTER));
        let acks = outbox.saved(id, 7, fingerprint("a"));
        assert_eq!(json_of(&acks), [json!({"type": "ack", "client_message_id": "1", "id": id, "seq": 7})]);
        assert!(outbox.saved(id, 7, fingerprint("a")).is_empty());
        assert_eq!(outbox.look_at(), None);

        let id = person.push(&mut outbox, None, "b");
        outbox.settle(Word::Sent(id, Sent::OnDisk), now);
        let acks = outbox.settle(Word::Found(vec![(id, None)]), now);
        assert_eq!(json_of(&acks), [json!({"type": "ack", "client_message_id": null, "id": id})]);
        assert!(outbox.acknowledge_all().is_empty());
        assert!(outbox.saved(id, 8, fingerprint("b")).is_empty());
    }

    #[test]
    fn a_refusal_is_told_even_after_the_ack() {
        let (person, mut outbox, now) = (Person::new(), Outbox::default(), Instant::now());
        let id = person.push(&mut outbox, Some("1"), "a");
        outbox.settle(Word::Sent(id, Sent::OnDisk), now);
        assert_eq!(outbox.acknowledge_all().len(), 1);
        let errors = json_of(&outbox.refused(id, &Problem::refused(Refusal::TicketClosed)));
        assert_eq!((&errors[0]["code"], &errors[0]["client_message_id"]), (&json!("TICKET_CLOSED"), &json!("1")));
    }

    #[test]
    fn an_id_has_one_content() {
        let (person, mut outbox) = (Person::new(), Outbox::default());
        let id = person.push(&mut outbox, Some("1"), "a");
        // The same once more is the same; another one is an error at once.
        person.push(&mut outbox, Some("1"), "a");
        assert_eq!(outbox.push(person.draft(Some("1"), "b"), false).unwrap_err().code(), "CLIENT_MESSAGE_ID_REUSED");
        assert_eq!(outbox.saved(id, 1, fingerprint("a")).len(), 2);
        // Another socket of the same person was first.
        person.push(&mut outbox, Some("1"), "b");
        let errors = json_of(&outbox.saved(id, 1, fingerprint("a")));
        assert_eq!(errors[0]["code"], "CLIENT_MESSAGE_ID_REUSED");
    }

    #[test]
    fn only_so_many_wait() {
        let (person, mut outbox) = (Person::new(), Outbox::default());
        for _ in 0..WAITING {
            person.push(&mut outbox, None, "a");
        }
        assert_eq!(outbox.push(person.draft(None, "a"), false).unwrap_err().code(), "RATE_LIMITED");
        assert_eq!(outbox.pending.len(), WAITING, "what is not taken is not awaited");
    }
}
