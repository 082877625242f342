//! Pull requests to a durable consumer: one at a time, for as many events as can be begun.
//!
//! The client library's own stream of messages asks for more than can be begun, and when it is dropped what is on the
//! way to it is lost until the ack wait is over. This one asks for no event without a permit, and whoever stops reads
//! the last request to its end.

use async_nats::{
    Client, Message, StatusCode, Subscriber,
    connection::State,
    header::NATS_PIN_ID,
    jetstream::{self, Context},
};
use bytes::Bytes;
use contracts::consumer::{Consumer, PIN_GROUP};
use futures::StreamExt;
use platform::broker::Broker;
use serde::Serialize;
use tokio::time::{Duration, Instant, sleep, timeout_at};

/// How much later than promised the answer to a request may come before the request counts as lost.
const SLACK: Duration = Duration::from_millis(500);
/// How often a lost connection is looked after.
const LOOK: Duration = Duration::from_millis(50);

/// A pull request (ADR-13).
#[derive(Serialize)]
struct Request<'a> {
    batch: usize,
    /// In nanoseconds.
    expires: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

/// The broker has no such consumer, or the subscription ended.
#[derive(Debug, thiserror::Error)]
#[error("the consumer is gone: {0}")]
pub(super) struct Gone(String);

/// The broker did not begin again where the last acknowledgements left off.
#[derive(Debug, thiserror::Error)]
#[error("the consumer was not rewound: {0}")]
pub(super) struct NotRewound(String);

/// Asks one durable consumer.
pub(super) struct Puller {
    broker: Broker,
    client: Client,
    context: Context,
    /// Where requests go.
    subject: String,
    /// Where a pin is given up.
    unpin: String,
    /// Where delivery begins again after the last event up to which all are acknowledged.
    reset: String,
    inbox: String,
    answers: Subscriber,
    group: Option<&'static str>,
    /// Names this process as the one that the consumer is pinned to.
    pin: Option<String>,
    /// Under which pin and on which connection delivery began again.
    rewound: Option<(String, u64)>,
    serial: u64,
    until: Instant,
}

impl Puller {
    pub(super) async fn open(broker: &Broker, consumer: &Consumer) -> Result<Self, async_nats::SubscribeError> {
        let client = broker.client().clone();
        let inbox = client.new_inbox();
        let answers = client.subscribe(format!("{inbox}.*")).await?;
        let of = |verb: &str| format!("$JS.API.CONSUMER.{verb}.{}.{}", consumer.stream, consumer.durable);
        Ok(Self {
            context: broker.context().clone(),
            subject: of("MSG.NEXT"),
            unpin: of("UNPIN"),
            reset: of("RESET"),
            inbox,
            answers,
            group: consumer.partition.map(|_| PIN_GROUP),
            pin: None,
            rewound: None,
            serial: 0,
            until: Instant::now(),
            broker: broker.clone(),
            client,
        })
    }

    /// Makes a request for at most `batch` events that waits for at most `wait`, once there is a connection: one that waited
    /// in the client's buffer would be answered beside the next.
    pub(super) async fn ask(&mut self, batch: usize, wait: Duration) -> Result<(), async_nats::PublishError> {
        while self.client.connection_state() != State::Connected {
            sleep(LOOK).await;
        }
        self.serial += 1;
        self.until = Instant::now() + wait + SLACK;
        let expires = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
        let request = Request { batch, expires, group: self.group, id: self.pin.as_deref() };
        let request = serde_json::to_vec(&request).unwrap_or_default();
        self.client.publish_with_reply(self.subject.clone(), self.inbox_now(), request.into()).await
    }

    /// Whether events may have been sent to another owner of the consumer, or on a lost connection, that would come again
    /// only after those that follow them: then it must be rewound before the next event is begun.
    pub(super) fn must_rewind(&self) -> bool {
        let Some(pin) = &self.pin else { return false };
        !matches!(&self.rewound, Some((rewound, connection)) if rewound == pin && *connection == self.broker.connections())
    }

    /// Has the broker send again, in order and before anything new, what is not acknowledged. What was begun must be done
    /// before; what came and was not begun is forgotten.
    pub(super) async fn rewind(&mut self) -> Result<(), NotRewound> {
        let failed = |error: &dyn std::error::Error| NotRewound(error.to_string());
        let connection = self.broker.connections();
        let inbox = self.client.new_inbox();
        let answers = self.client.subscribe(format!("{inbox}.*")).await.map_err(|error| failed(&error))?;
        // The broker drops requests that nobody hears the answers of; they must not take what it sends from now on.
        let mut former = std::mem::replace(&mut self.answers, answers);
        former.unsubscribe().await.map_err(|error| failed(&error))?;
        self.inbox = inbox;
        let reply = self.client.request(self.reset.clone(), Bytes::new()).await.map_err(|error| failed(&error))?;
        let reply: serde_json::Value = serde_json::from_slice(&reply.payload).map_err(|error| failed(&error))?;
        if let Some(error) = reply.get("error") {
            return Err(NotRewound(error.to_string()));
        }
        self.rewound = self.pin.clone().map(|pin| (pin, connection));
        Ok(())
    }

    /// The next event in answer to the request that was made last; none when that is over, or when the consumer
    /// [must be rewound](Self::must_rewind) first.
    pub(super) async fn next(&mut self) -> Result<Option<jetstream::Message>, Gone> {
        loop {
            let message = match timeout_at(self.until, self.answers.next()).await {
                // The connection went, and the request with it.
                Err(_) => return Ok(None),
                Ok(None) => return Err(Gone("the subscription ended".to_owned())),
                Ok(Some(message)) => message,
            };
            match message.status {
                None | Some(StatusCode::OK) => {
                    let event = self.event(message);
                    return Ok((!self.must_rewind()).then_some(event));
                }
                // An earlier request, which counted as lost.
                _ if message.subject.as_str() != self.inbox_now() => {}
                Some(StatusCode::NO_RESPONDERS) => return Err(Gone("nobody takes pull requests".to_owned())),
                Some(StatusCode::PIN_ID_MISMATCH) => {
                    self.pin = None;
                    return Ok(None);
                }
                Some(_) => {
                    let description = message.description.unwrap_or_default();
                    let gone = ["Consumer Deleted", "Consumer is push based"].contains(&description.as_str());
                    return if gone { Err(Gone(description)) } else { Ok(None) };
                }
            }
        }
    }

    /// Whether this process has the consumer, as far as it knows; one that nobody pins it has.
    pub(super) fn has_pin(&self) -> bool {
        self.group.is_none() || self.pin.is_some()
    }

    /// Gives the pin up, whoever holds it, for whoever asks next.
    pub(super) async fn unpin(&mut self) {
        let Some(group) = self.group else { return };
        self.pin = None;
        let request = serde_json::json!({ "group": group }).to_string();
        if let Err(error) = self.client.request(self.unpin.clone(), request.into()).await {
            tracing::debug!(%error, "the pin was not given up; it times out");
        }
    }

    fn event(&mut self, message: Message) -> jetstream::Message {
        // A published header of this name would come before the broker's.
        let pin = message.headers.as_ref().and_then(|headers| headers.get_last(NATS_PIN_ID));
        if let (Some(_), Some(pin)) = (self.group, pin)
            && self.pin.as_deref() != Some(pin.as_str())
        {
            self.pin = Some(pin.as_str().to_owned());
        }
        jetstream::Message { message, context: self.context.clone() }
    }

    fn inbox_now(&self) -> String {
        format!("{}.{}", self.inbox, self.serial)
    }
}
