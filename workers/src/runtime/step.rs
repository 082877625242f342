//! One event from delivery to acknowledgement.

use std::{any::Any, panic::AssertUnwindSafe, time::Duration};

use async_nats::jetstream::{AckKind, Message};
use chrono::Utc;
use contracts::{
    Envelope, Event, TicketId,
    chat::RoomFrame,
    consumer::{ACK_WAIT, PULL_WAIT},
    stream::{DUPLICATE_WINDOW, EVENTS},
};
use futures::FutureExt;
use platform::{
    broker::{Broker, PublishError, read_event},
    telemetry::with_causes,
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{Effects, Failure, Input, Retry, Worker, dead_letter::dead_letter, jittered};

/// The longest wait for something that is away.
const AWAY_MAX: Duration = Duration::from_secs(5);
/// A message that was delivered this often and never finished kills its worker; it is buried unread.
const DELIVERIES_MAX: i64 = 100;

pub(super) struct Step<W> {
    pub(super) broker: Broker,
    pub(super) worker: std::sync::Arc<W>,
    /// Cancelled when the process stops: what failed is not tried again here.
    pub(super) stop: CancellationToken,
    /// Cancelled when the grace time is over.
    pub(super) abandon: CancellationToken,
}

/// How one event ended, for the broker.
enum End {
    Done,
    /// Deliver it again, after this wait.
    Again(Option<Duration>),
    /// Never deliver it again: it lies with the dead letters.
    Buried,
}

impl<W: Worker> Step<W> {
    /// Runs one event to its end and tells the broker. Says every now and then that the work goes on.
    pub(super) async fn run(&self, message: Message) {
        let working = self.finish(&message);
        tokio::pin!(working);
        let end = loop {
            tokio::select! {
                biased;
                () = self.abandon.cancelled() => break End::Again(None),
                end = &mut working => break end,
                () = tokio::time::sleep(ACK_WAIT / 3) => self.acknowledge(&message, AckKind::Progress).await,
            }
        };
        let kind = match end {
            End::Done => AckKind::Ack,
            End::Again(wait) => AckKind::Nak(wait),
            End::Buried => AckKind::Term,
        };
        self.acknowledge(&message, kind).await;
    }

    /// An acknowledgement that is lost means a second delivery, which has no second effect.
    async fn acknowledge(&self, message: &Message, kind: AckKind) {
        if let Err(error) = message.ack_with(kind).await {
            tracing::warn!(pool = %W::POOL, %error, "an acknowledgement was not sent");
        }
    }

    async fn finish(&self, message: &Message) -> End {
        let delivered = message.info().map_or(1, |info| info.delivered);
        let event = message
            .headers
            .as_ref()
            .ok_or_else(|| "the message has no headers".to_owned())
            .and_then(|headers| read_event(headers, &message.payload).map_err(|error| with_causes(&error)));
        let envelope = event.map(|envelope| (envelope.id.clone(), envelope.try_map(W::Input::from_event)));
        match envelope {
            Ok((_, Some(envelope))) if delivered <= DELIVERIES_MAX => {
                let span =
                    tracing::info_span!("event", pool = %W::POOL, id = %envelope.id, trace = envelope.trace.trace_id());
                self.attempt(message, &envelope, delivered).instrument(span).await
            }
            Ok((_, Some(envelope))) => {
                let cause = format!("delivered {delivered} times without an end");
                self.give_up(message, &envelope, 0, &cause).await
            }
            Ok((id, None)) => self.bury(message, 0, &format!("{id} is no event of this pool")).await,
            Err(cause) => self.bury(message, 0, &cause).await,
        }
    }

    async fn attempt(&self, message: &Message, envelope: &Envelope<W::Input>, delivered: i64) -> End {
        let retry = self.worker.retry();
        let mut attempt = match retry {
            Retry::InPlace(_) => 1,
            Retry::Later(_) => u32::try_from(delivered).unwrap_or(u32::MAX),
        };
        let mut away = Duration::from_millis(50);
        loop {
            let failure = match self.guarded(envelope, attempt).await {
                Ok(effects) => match self.publish(message, envelope, effects).await {
                    Ok(()) => {
                        tracing::debug!(attempt, "done");
                        return End::Done;
                    }
                    Err(failure) => failure,
                },
                Err(failure) => failure,
            };
            let cause = with_causes(&failure);
            match failure {
                Failure::Invalid(_) => return self.give_up(message, envelope, attempt, &cause).await,
                Failure::Unavailable(_) => {
                    tracing::warn!(cause, "waiting");
                    if self.pause(jittered(away)).await {
                        return End::Again(Some(PULL_WAIT));
                    }
                    away = (away * 2).min(AWAY_MAX);
                }
                Failure::Failed(_) => {
                    tracing::warn!(cause, attempt, "failed");
                    if attempt >= retry.attempts() {
                        return self.give_up(message, envelope, attempt, &cause).await;
                    }
                    let index = usize::try_from(attempt).unwrap_or(usize::MAX) - 1;
                    match &retry {
                        Retry::Later(waits) => return End::Again(waits.get(index).copied().map(jittered)),
                        Retry::InPlace(waits) => {
                            let wait = waits.get(index).copied().unwrap_or_default();
                            if self.pause(jittered(wait)).await {
                                return End::Again(Some(PULL_WAIT));
                            }
                        }
                    }
                    attempt += 1;
                }
            }
        }
    }

    /// Handles the event; a panic fails this event alone.
    async fn guarded(&self, envelope: &Envelope<W::Input>, attempt: u32) -> Result<Effects, Failure> {
        let handled = AssertUnwindSafe(self.worker.handle(envelope, attempt)).catch_unwind().await;
        handled.unwrap_or_else(|panic| Err(Failure::Failed(panic_text(&*panic).into())))
    }

    /// True when the process stops meanwhile. The event then goes back, for after this process's last pull request.
    async fn pause(&self, wait: Duration) -> bool {
        self.stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none()
    }

    /// Tells the rooms, and then publishes what follows. What is confirmed came after the frames on one connection, if
    /// it is the connection of before; otherwise the frames are told again.
    async fn publish(&self, message: &Message, envelope: &Envelope<W::Input>, effects: Effects) -> Result<(), Failure> {
        let connections = self.broker.connections();
        self.tell(&effects.frames).await?;
        let mut followers: Vec<_> = effects.events.into_iter().map(|event| envelope.follow(event)).collect();
        let age = Utc::now() - envelope.time;
        if !effects.first && age.to_std().is_ok_and(|age| age > DUPLICATE_WINDOW / 2) {
            followers = self.not_yet_there(message, followers).await?;
        }
        let events = futures::future::try_join_all(followers.iter().map(|follower| self.broker.publish(follower)));
        let outcome = async {
            match (effects.outcome, envelope.id.request()) {
                (Some(outcome), Some(request)) => self.broker.record_outcome(request, &outcome).await.map(drop),
                _ => Ok(()),
            }
        };
        tokio::try_join!(events, outcome).map(drop).map_err(|error| match error {
            PublishError::Unconfirmed(_) => Failure::Unavailable(error.into()),
            error => Failure::Failed(error.into()),
        })?;
        if self.broker.connections() != connections {
            self.tell(&effects.frames).await?;
        }
        Ok(())
    }

    async fn tell(&self, frames: &[(TicketId, RoomFrame)]) -> Result<(), Failure> {
        for (room, frame) in frames {
            self.broker.tell_room(*room, frame).await.map_err(|error| Failure::Unavailable(error.into()))?;
        }
        Ok(())
    }

    /// Of what follows from an old event, what is not in the stream: the broker may have forgotten its ids, if all
    /// workers were away since an earlier try.
    async fn not_yet_there(
        &self,
        message: &Message,
        followers: Vec<Envelope<Event>>,
    ) -> Result<Vec<Envelope<Event>>, Failure> {
        let cause = message.info().ok().filter(|info| info.stream == EVENTS).map_or(0, |info| info.stream_sequence);
        let mut rest = Vec::with_capacity(followers.len());
        for follower in followers {
            // A request that was sent again stands in the stream twice, and what follows from it before its second place.
            // A message that was sent again is known to the store; its ticket may have thousands of others.
            let place = if follower.event.kind().entity() == "message" { cause } else { 0 };
            let there = self.broker.holds(&follower, place).await;
            if !there.map_err(|error| Failure::Unavailable(error.into()))? {
                rest.push(follower);
            }
        }
        Ok(rest)
    }

    async fn give_up(&self, message: &Message, envelope: &Envelope<W::Input>, attempts: u32, cause: &str) -> End {
        let effects = self.worker.give_up(envelope, attempts, cause);
        if let Err(failure) = self.publish(message, envelope, effects).await {
            tracing::error!(cause = with_causes(&failure), "what follows from giving up was not published");
            return End::Again(Some(AWAY_MAX));
        }
        self.bury(message, attempts, cause).await
    }

    async fn bury(&self, message: &Message, attempts: u32, cause: &str) -> End {
        let (id, letter) = dead_letter(W::POOL, message, attempts, cause);
        match self.broker.bury(id, &letter).await {
            Ok(_) => {
                tracing::error!(pool = %W::POOL, subject = %message.subject, cause, attempts, "dead letter");
                End::Buried
            }
            Err(error) => {
                tracing::error!(pool = %W::POOL, error = with_causes(&error), "a dead letter was not kept; trying again");
                End::Again(Some(AWAY_MAX))
            }
        }
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the handler panicked: {}", text.unwrap_or("no text"))
}
