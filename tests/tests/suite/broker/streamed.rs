//! Questions that are answered in parts.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use contracts::{
    Actor, Role, UserId,
    ai::{AnswerPart, AskBot},
    streamed::StreamedQuery,
};
use futures::StreamExt;
use platform::broker::{AnsweredInParts, AskError, Broker, PartSender, Process, answer_in_parts};
use tests::{NatsServer, eventually};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Answers with the question's words, or as it says.
#[derive(Default)]
struct Echo {
    under_way: Arc<AtomicUsize>,
}

#[derive(Debug, thiserror::Error)]
#[error("it is told to fail")]
struct Told;

struct UnderWay(Arc<AtomicUsize>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl AnsweredInParts<AskBot> for Echo {
    type Error = Told;

    async fn answer(&self, query: AskBot, parts: PartSender<AnswerPart>) -> Result<(), Told> {
        self.under_way.fetch_add(1, Ordering::SeqCst);
        let _under_way = UnderWay(Arc::clone(&self.under_way));
        for word in query.query.split(' ') {
            match word {
                "fail" => return Err(Told),
                "hang" => std::future::pending().await,
                word => parts.send(AnswerPart::Token(word.to_owned())).await,
            }
        }
        Ok(())
    }
}

struct Place {
    ingress: Broker,
    workers: Broker,
    echo: Arc<Echo>,
    stop: CancellationToken,
    tracker: TaskTracker,
    nats: NatsServer,
    _folder: tempfile::TempDir,
}

impl Place {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let nats = NatsServer::start(folder.path()).await;
        let ingress = Broker::connect(&nats.config("ingress"), Process::Ingress).await.unwrap();
        let workers = Broker::connect(&nats.config("workers"), Process::Workers).await.unwrap();
        let (echo, stop, tracker) = (Arc::default(), CancellationToken::new(), TaskTracker::new());
        Self { ingress, workers, echo, stop, tracker, nats, _folder: folder }
    }

    async fn serve(&self) {
        answer_in_parts::<AskBot, _>(&self.workers, Arc::clone(&self.echo), &self.tracker, self.stop.clone())
            .await
            .unwrap();
        self.workers.client().flush().await.unwrap();
    }

    fn under_way(&self) -> usize {
        self.echo.under_way.load(Ordering::SeqCst)
    }
}

fn question(query: &str) -> AskBot {
    let asker = Actor { user_id: UserId::new(), role: Role::User, department: None };
    AskBot { asker, query: query.to_owned(), past: Vec::new() }
}

fn token(word: &str) -> AnswerPart {
    AnswerPart::Token(word.to_owned())
}

#[tokio::test]
async fn parts_come_in_their_order_and_end() {
    let place = Place::new().await;
    place.serve().await;
    let words: Vec<_> = (0..200).map(|number| number.to_string()).collect();
    let mut parts = place.ingress.ask_in_parts(&question(&words.join(" "))).await.unwrap();
    for word in &words {
        assert_eq!(parts.next().await.unwrap(), Some(token(word)));
    }
    assert_eq!(parts.next().await.unwrap(), None);
    assert_eq!(parts.next().await.unwrap(), None);
    let mut parts = place.ingress.ask_in_parts(&question("a fail b")).await.unwrap();
    assert_eq!(parts.next().await.unwrap(), Some(token("a")));
    assert!(matches!(parts.next().await, Err(AskError::Unavailable { .. })));
    assert_eq!(place.under_way(), 0);
}

#[tokio::test]
async fn an_asker_that_goes_away_stops_its_own_answer() {
    let place = Place::new().await;
    place.serve().await;
    let mut first = place.ingress.ask_in_parts(&question("a hang")).await.unwrap();
    let mut second = place.ingress.ask_in_parts(&question("b hang")).await.unwrap();
    assert_eq!(first.next().await.unwrap(), Some(token("a")));
    assert_eq!(second.next().await.unwrap(), Some(token("b")));
    assert_eq!(place.under_way(), 2);
    drop(first);
    eventually("the first is stopped", || async { (place.under_way() == 1).then_some(()) }).await;
    drop(second);
    eventually("the second is stopped", || async { (place.under_way() == 0).then_some(()) }).await;
    // At once after asking, as well.
    for _ in 0..20 {
        drop(place.ingress.ask_in_parts(&question("hang")).await.unwrap());
    }
    eventually("all are stopped", || async { (place.under_way() == 0).then_some(()) }).await;
}

#[tokio::test]
async fn without_an_answerer_the_asker_hears_so_and_one_that_comes_later_is_found() {
    let place = Place::new().await;
    let question = question("a");
    assert!(matches!(place.ingress.ask_in_parts(&question).await, Err(AskError::NoAnswer { pool: "rag", .. })));
    let (asked, ()) = tokio::join!(place.ingress.ask_in_parts(&question), place.serve());
    assert_eq!(asked.unwrap().next().await.unwrap(), Some(token("a")));
    // One that stops takes no more questions, and ends what it has.
    let mut parts = place.ingress.ask_in_parts(&self::question("a b c")).await.unwrap();
    place.stop.cancel();
    for word in ["a", "b", "c"] {
        assert_eq!(parts.next().await.unwrap(), Some(token(word)));
    }
    place.tracker.close();
    place.tracker.wait().await;
    assert!(place.ingress.ask_in_parts(&question).await.is_err());
}

/// An answerer that hangs is silent.
#[tokio::test]
async fn a_silent_answerer_is_told_to_stop() {
    let place = Place::new().await;
    let silent = place.nats.connect("workers").await;
    let mut questions = silent.subscribe(AskBot::SUBJECT).await.unwrap();
    let mut stops = silent.subscribe(AskBot::STOP_SUBJECT).await.unwrap();
    silent.flush().await.unwrap();
    assert!(matches!(place.ingress.ask_in_parts(&question("a")).await, Err(AskError::NoAnswer { .. })));
    let id = |payload: &[u8]| serde_json::from_slice::<serde_json::Value>(payload).unwrap()["id"].clone();
    // It is asked several times, and each time told.
    for _ in 0..2 {
        assert_eq!(id(&questions.next().await.unwrap().payload), id(&stops.next().await.unwrap().payload));
    }
}
