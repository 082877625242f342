//! The pool on a real broker, beside the pool that has the articles.

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use contracts::{
    Article, ArticleDraft, ArticleId, Envelope, Outcome, RequestId,
    article::Audience,
    consumer::{Consumer, Pool},
    event::ArticleChangeRequested,
    trace::TraceParent,
};
use platform::{
    broker::{Broker, Process},
    config::{Config, Index as IndexConfig},
};
use tempfile::TempDir;
use tests::{NatsServer, embedding_model, eventually};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use workers::{
    embedding::Embedder,
    process,
    rag::{
        self, Index, Keeper, Passages, Retriever,
        index::{Embedded, Server, State},
    },
};

use super::{samples, server::qdrant::Qdrant};

/// The passages of the real encoder, which is loaded once.
pub(super) fn passages() -> Passages {
    static EMBEDDER: OnceLock<Arc<Embedder>> = OnceLock::new();
    let embedder = EMBEDDER.get_or_init(|| Arc::new(Embedder::open(&embedding_model()).unwrap()));
    Passages::new(Arc::clone(embedder)).unwrap()
}

/// A broker, and the pool that has the articles.
pub(super) struct Place {
    pub(super) broker: Broker,
    folder: TempDir,
    nats: NatsServer,
    _persistence: Running,
}

/// A process of workers, which ends when it is dropped.
struct Running {
    stop: DropGuard,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Place {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let nats = NatsServer::start(folder.path()).await;
        let config = config(&folder, &nats, Pool::Persistence, IndexConfig::default());
        let persistence = run(config.clone());
        let broker = Broker::connect(&config.nats, Process::Workers).await.unwrap();
        broker.provision_streams(config.keep(), 1).await.unwrap();
        Self { broker, folder, nats, _persistence: persistence }
    }

    pub(super) fn config(&self, index: IndexConfig) -> Config {
        config(&self.folder, &self.nats, Pool::Rag, index)
    }

    /// Starts the pool, with an index.
    fn start(&self, index: IndexConfig) -> Running {
        run(self.config(index))
    }

    /// Changes an article, and gives it as it is then.
    async fn change(&self, id: ArticleId, draft: Option<ArticleDraft>, published: bool) -> Article {
        let request = RequestId::new();
        let event =
            ArticleChangeRequested { article_id: id, actor: None, version: None, draft, published: Some(published) };
        let event = Envelope::of_request(event.into(), request, TraceParent::start());
        self.broker.publish(&event).await.unwrap();
        eventually("the article is changed", || async {
            match self.broker.outcome(request).await.unwrap()? {
                Outcome::ArticleChanged { article } => Some(article),
                other => panic!("{other:?}"),
            }
        })
        .await
    }

    async fn publish(&self, id: ArticleId, title: &str, body: &str) -> Article {
        self.change(id, Some(samples::article(title, body, Audience::Everyone).draft()), true).await
    }
}

fn config(folder: &TempDir, nats: &NatsServer, pool: Pool, index: IndexConfig) -> Config {
    let mut config = Config { nats: nats.config("workers"), index, ..Config::default() };
    config.store.path = folder.path().join("desk.db");
    config.embedding.folder = embedding_model();
    config.workers.pools = vec![pool];
    config
}

fn run(config: Config) -> Running {
    let stop = CancellationToken::new();
    let task = tokio::spawn(process::run(config, stop.clone()));
    Running { stop: stop.drop_guard(), task }
}

fn on(server: &Qdrant) -> IndexConfig {
    super::server::config(server.url())
}

async fn holds(index: &dyn Index, articles: &[&Article]) {
    let wanted = articles.iter().map(|article| (article.id, Some(State::of(article)))).collect();
    eventually("the index is as the store", || async { (index.states(None).await.unwrap() == wanted).then_some(()) })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_follows_the_articles_whichever_process_hears_of_them() {
    let (place, server) = (Place::new().await, Qdrant::start().await);
    let index = Server::open(&on(&server)).await.unwrap();
    let before = place.publish(ArticleId::new(), "Before", "Published before the pool starts.").await;
    let _processes = [place.start(on(&server)), place.start(on(&server))];
    holds(&index, &[&before]).await;
    let vpn =
        place.publish(ArticleId::new(), "VPN", "# Connect\n\nChoose **Connect**.\n\n# Trouble\n\nRestart it.").await;
    holds(&index, &[&before, &vpn]).await;
    let vpn = place.publish(vpn.id, "VPN", "# Connect\n\nChoose **Start**.").await;
    holds(&index, &[&before, &vpn]).await;
    place.change(before.id, None, false).await;
    holds(&index, &[&vpn]).await;
    let before = place.change(before.id, None, true).await;
    holds(&index, &[&before, &vpn]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_waited_for() {
    let (place, server) = (Place::new().await, Qdrant::start().await);
    let index = Server::open(&on(&server)).await.unwrap();
    server.refuse(tonic::Code::Unavailable);
    let process = place.start(on(&server));
    let article = place.publish(ArticleId::new(), "VPN", "Choose **Connect**.").await;
    server.serve_again();
    holds(&index, &[&article]).await;
    server.refuse_behind(1, tonic::Code::Unavailable);
    let newer = place.publish(article.id, "VPN", "Choose **Start**.").await;
    let consumer = Consumer::of_index(index.name());
    let progress = || place.broker.progress(&consumer);
    assert!(!progress().await.unwrap().unwrap().idle, "the event is not done");
    server.serve_again();
    holds(&index, &[&newer]).await;
    eventually("the event is done", || async { progress().await.unwrap()?.idle.then_some(()) }).await;
    assert!(!process.task.is_finished());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_is_asked_for_brings_back_what_the_index_lost() {
    let (place, server) = (Place::new().await, Qdrant::start().await);
    let index = Server::open(&on(&server)).await.unwrap();
    let _process = place.start(on(&server));
    let article = place.publish(ArticleId::new(), "VPN", "Choose **Connect**.").await;
    holds(&index, &[&article]).await;
    index.remove(article.id).await.unwrap();
    let made_at = index.made_at().await.unwrap();
    rag::ask_for_rebuild(&place.config(on(&server))).await.unwrap();
    eventually("it is made anew", || async { (index.made_at().await.unwrap() > made_at).then_some(()) }).await;
    holds(&index, &[&article]).await;
    eventually("the request is done", || async {
        place.broker.progress(&Consumer::of_index(index.name())).await.unwrap()?.idle.then_some(())
    })
    .await;
    assert_eq!(server.collections().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_with_an_index_of_its_own_fills_it_and_takes_it_up_again() {
    let place = Place::new().await;
    let path = place.folder.path().join("index");
    let in_process = || IndexConfig { path: path.clone(), ..IndexConfig::default() };
    let (kept, gone) = (ArticleId::new(), ArticleId::new());
    place.publish(kept, "Kept", "One text.").await;
    place.publish(gone, "Gone", "Another text.").await;
    let mut expected = Vec::new();
    for round in 0..2 {
        let process = place.start(in_process());
        if round == 1 {
            expected = vec![place.publish(kept, "Kept", "Changed while the pool runs.").await];
        }
        let name = eventually("the index is there", || async {
            std::fs::read_to_string(path.join("identity")).ok().filter(|name| !name.is_empty())
        })
        .await;
        let consumer = Consumer::of_index(&name);
        eventually("all is done", || async { place.broker.progress(&consumer).await.unwrap()?.idle.then_some(()) })
            .await;
        drop(process.stop);
        process.task.await.unwrap().unwrap();
        if round == 0 {
            // While the pool is away.
            place.change(gone, None, false).await;
        }
    }
    let index = opened(path).await;
    holds(&index, &expected.iter().collect::<Vec<_>>()).await;
}

async fn opened(path: PathBuf) -> Embedded {
    Embedded::open(&path).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_is_brought_to_what_the_store_says_whatever_it_held() {
    let place = Place::new().await;
    let index: Arc<dyn Index> = Arc::new(opened(place.folder.path().join("index")).await);
    let keeper = Keeper::new(place.broker.clone(), Arc::clone(&index), passages());
    let first = place.publish(ArticleId::new(), "VPN", "Choose **Connect**.").await;
    let second = place.publish(ArticleId::new(), "Payday", "The 25th of each month.").await;
    keeper.bring_all().await.unwrap();
    holds(&*index, &[&first, &second]).await;
    // What the store does not know, and what it says otherwise.
    let stray = samples::article("Stray", "", Audience::Everyone);
    index.replace(stray.id, State::of(&stray), samples::points(&stray, &[(1, "Stray")])).await.unwrap();
    let older = Article { version: 7, body: "Newer than the store's.".to_owned(), ..first.clone() };
    index.replace(older.id, State::of(&older), samples::points(&older, &[(2, "Newer")])).await.unwrap();
    index.remove(second.id).await.unwrap();
    keeper.bring_all().await.unwrap();
    holds(&*index, &[&first, &second]).await;
    place.change(first.id, None, false).await;
    keeper.bring(first.id).await.unwrap();
    holds(&*index, &[&second]).await;
    assert_eq!(keeper.rebuild().await.unwrap().articles, 1);
    holds(&*index, &[&second]).await;
    let retriever = Retriever::new(index, passages());
    let found = retriever.search("When do I get my money?", &[Audience::Everyone], 3).await.unwrap();
    assert_eq!(found.passages[0].article_id, second.id);
    assert_eq!(retriever.search("When do I get my money?", &[], 3).await.unwrap().passages, []);
    assert_eq!(retriever.search("  ", &[Audience::Everyone], 3).await.unwrap().passages, []);
}
