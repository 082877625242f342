//! The index in the process.

use std::{fs, path::Path, sync::Arc};

use contracts::article::Audience;
use workers::rag::{
    Index, IndexError,
    index::{Embedded, State},
};

use super::{
    conformance,
    samples::{article, near, points},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_index_in_the_process_does_what_every_index_must() {
    let folder = tempfile::tempdir().unwrap();
    conformance::run(Arc::new(Embedded::open(&folder.path().join("made/on/the/way")).await.unwrap())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_one_processes() {
    let folder = tempfile::tempdir().unwrap();
    let _first = Embedded::open(folder.path()).await.unwrap();
    let Err(second) = Embedded::open(folder.path()).await else { panic!("two have one folder") };
    assert!(matches!(second, IndexError::InUse(_)));
    assert!(second.to_string().contains("index.path"), "{second}");
    assert!(second.to_string().contains("another folder"), "{second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_outlives_the_process() {
    let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let index = Embedded::open(folder.path()).await.unwrap();
    let (kept, gone) = (article("Kept", "", Audience::Everyone), article("Gone", "", Audience::Everyone));
    for article in [&kept, &gone] {
        let points = points(article, &[(1, "One"), (2, "Two")]);
        index.replace(article.id, State::of(article), points).await.unwrap();
    }
    index.remove(gone.id).await.unwrap();
    // What a process that is killed now would leave behind.
    copy_folder(folder.path(), copy.path());
    let again = Embedded::open(copy.path()).await.unwrap();
    assert_eq!(again.states(None).await.unwrap(), [(kept.id, Some(State::of(&kept)))].into());
    assert_eq!(again.search(vec![near(1, &[Audience::Everyone])]).await.unwrap()[0].len(), 2);
    assert_eq!(again.name(), index.name());
    assert_eq!(again.made_at().await.unwrap(), index.made_at().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_opened_again_and_again_takes_writes() {
    let folder = tempfile::tempdir().unwrap();
    let mut held = article("Held", "", Audience::Everyone);
    for version in 1..5 {
        let index = Embedded::open(folder.path()).await.unwrap();
        if version > 1 {
            assert_eq!(index.states(None).await.unwrap(), [(held.id, Some(State::of(&held)))].into());
        }
        held.version = version;
        index.replace(held.id, State::of(&held), points(&held, &[(1, "One"), (2, "Two")])).await.unwrap();
        let passing = article("Passing", "", Audience::Everyone);
        index.replace(passing.id, State::of(&passing), points(&passing, &[(3, "Three")])).await.unwrap();
        index.remove(passing.id).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_index_and_one_of_another_form_are_made_anew() {
    for broken in [true, false] {
        let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let index = Embedded::open(folder.path()).await.unwrap();
        let held = article("Held", "", Audience::Everyone);
        index.replace(held.id, State::of(&held), points(&held, &[(1, "One")])).await.unwrap();
        copy_folder(folder.path(), copy.path());
        let current = copy.path().join("current");
        let name = fs::read_to_string(&current).unwrap();
        if broken {
            fs::write(copy.path().join(&name).join("edge_config.json"), "{").unwrap();
        } else {
            let other = name.replacen('v', "other", 1);
            fs::rename(copy.path().join(&name), copy.path().join(&other)).unwrap();
            fs::write(&current, other).unwrap();
        }
        let anew = Embedded::open(copy.path()).await.unwrap();
        assert!(anew.states(None).await.unwrap().is_empty());
        anew.replace(held.id, State::of(&held), points(&held, &[(1, "One")])).await.unwrap();
        let collections = fs::read_dir(copy.path()).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir());
        assert_eq!(collections.count(), 1, "nothing is left behind");
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            copy_folder(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}
