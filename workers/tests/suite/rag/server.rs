//! The index on a Qdrant server, spoken to over gRPC as it is spoken to in use.

mod convert;
mod engine;
pub(super) mod qdrant;

use std::sync::Arc;

use contracts::article::Audience;
use platform::config::{Index as IndexConfig, IndexBackend};
use tests::free_port;
use workers::rag::{
    Index, IndexError,
    index::{Server, State, open},
};

use self::qdrant::Qdrant;
use super::{
    conformance,
    samples::{article, near, points},
};

pub(super) fn config(url: &str) -> IndexConfig {
    IndexConfig { backend: IndexBackend::Qdrant, url: url.to_owned(), ..IndexConfig::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_on_a_server_does_what_every_index_must() {
    let server = Qdrant::start().await;
    let index = open(&config(server.url())).await.unwrap();
    conformance::run(index.into()).await;
    assert_eq!(server.collections().len(), 1, "nothing is left of the old ones, nor of a draft that was dropped");
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_share_the_index_and_rebuild_it_without_a_gap() {
    let server = Qdrant::start().await;
    let (one, other) = (Server::open(&config(server.url())).await.unwrap(), config(server.url()));
    let other = Arc::new(Server::open(&other).await.unwrap());
    assert_eq!(one.name(), other.name());
    let held = article("Held", "", Audience::Everyone);
    one.replace(held.id, State::of(&held), points(&held, &[(1, "One")])).await.unwrap();
    let searches = tokio::spawn({
        let other = Arc::clone(&other);
        async move {
            let mut searched = 0;
            while searched < 200 {
                let hits = other.search(vec![near(1, &[Audience::Everyone])]).await.unwrap().remove(0);
                assert_eq!(hits.len(), 1, "it is found in the old index or in the new");
                searched += 1;
            }
        }
    });
    let mut rebuilds = 0;
    while !searches.is_finished() || rebuilds == 0 {
        let mut draft = one.draft().await.unwrap();
        draft.add(points(&held, &[(1, "One")])).await.unwrap();
        draft.publish().await.unwrap();
        rebuilds += 1;
    }
    searches.await.unwrap();
    assert_eq!(server.collections().len(), 1, "the old ones are dropped");
    assert_eq!(one.made_at().await.unwrap(), other.made_at().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_named_and_one_that_comes_back_is_used() {
    let away = format!("http://127.0.0.1:{}", free_port());
    let Err(error) = Server::open(&config(&away)).await else { panic!("nobody is there") };
    assert!(matches!(error, IndexError::Unavailable { .. }), "{error:?}");
    assert!(error.to_string().contains(&away) && error.to_string().contains("index.url"), "{error}");

    let server = Qdrant::start().await;
    let index = Server::open(&config(server.url())).await.unwrap();
    let held = article("Held", "", Audience::Everyone);
    let put = || index.replace(held.id, State::of(&held), points(&held, &[(1, "One"), (2, "Two")]));
    server.refuse(tonic::Code::Unavailable);
    let error = put().await.unwrap_err();
    assert!(matches!(&error, IndexError::Unavailable { url, .. } if url == server.url()), "{error:?}");
    let error = index.search(vec![near(1, &[Audience::Everyone])]).await.unwrap_err();
    assert!(error.to_string().contains(server.url()), "{error}");
    server.refuse(tonic::Code::PermissionDenied);
    assert!(matches!(put().await.unwrap_err(), IndexError::Refused { .. }));
    server.serve_again();
    put().await.unwrap();
    assert_eq!(index.search(vec![near(1, &[Audience::Everyone])]).await.unwrap()[0].len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_half_written_when_the_server_went_is_written_whole_later() {
    let server = Qdrant::start().await;
    let index = Server::open(&config(server.url())).await.unwrap();
    let mut held = article("Held", "", Audience::Everyone);
    index.replace(held.id, State::of(&held), points(&held, &[(1, "One"), (2, "Two"), (3, "Three")])).await.unwrap();
    held.version = 2;
    let newer = || index.replace(held.id, State::of(&held), points(&held, &[(1, "Uno"), (2, "Due")]));
    // The new points are there, and the old ones are not dropped yet.
    server.refuse_behind(1, tonic::Code::Unavailable);
    newer().await.unwrap_err();
    server.serve_again();
    assert_eq!(index.states(None).await.unwrap(), [(held.id, None)].into(), "it is in no state");
    newer().await.unwrap();
    assert_eq!(index.states(None).await.unwrap(), [(held.id, Some(State::of(&held)))].into());
}
