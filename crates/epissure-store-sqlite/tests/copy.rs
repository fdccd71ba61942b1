//! Copies of whole databases, from one file to another.

use std::path::Path;

use epissure_store::StoreError;
use epissure_store::archive::Stopped;
use epissure_store::suite::copying::{self, Faulty, NAME};
use epissure_store::suite::{differential, party_differential};
use epissure_store_sqlite::{FILE_NAME, Settings, SqliteArchive, SqliteStore};

fn open(path: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(&Settings::new(path.to_owned()))
}

#[tokio::test]
async fn everything_goes_to_another_file_however_often_it_is_broken_off() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (from, to) = (folder.path().join(FILE_NAME), folder.path().join("copy.sqlite"));
    copying::fill(&open(&from).expect("a database")).await;
    let source = SqliteArchive::source(&from).expect("a source");
    let mut starts = 0;
    let copied = loop {
        let target = SqliteArchive::target(&to).expect("a target");
        match copying::run(&source, &Faulty::after(&target, 10)).await {
            Ok(copied) => break copied,
            Err(Stopped::Failed(..)) => starts += 1,
            Err(other) => panic!("{other:?}"),
        }
        drop(target);
        let refused = open(&to).err();
        assert!(matches!(&refused, Some(StoreError::Unfinished { of }) if of == NAME), "{refused:?}");
    };
    assert!(starts > 3 && copied.resumed, "{starts}");
    assert!(copied.tables.iter().all(|table| table.sum.rows > 0));
    assert!(!to.with_extension("sqlite-wal").exists(), "all of it is in the file");
    let store = open(&to).expect("the copy opens");
    assert!(store.integrity().await.expect("checked").is_empty());
    copying::add_one_of_each(&store, 900_001).await;
}

#[tokio::test]
async fn what_was_copied_answers_as_the_evaluator_does() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (from, to) = (folder.path().join(FILE_NAME), folder.path().join("copy.sqlite"));
    let store = open(&from).expect("a database");
    let mut tickets = differential::fill(&store, 21, 60).await;
    let mut parties = party_differential::fill(&store, 22, 40).await;
    drop(store);
    let source = SqliteArchive::source(&from).expect("a source");
    copying::run(&source, &SqliteArchive::target(&to).expect("a target")).await.expect("copied");
    let store = open(&to).expect("the copy opens");
    let compared = differential::ask(&store, &mut tickets, 100).await.expect("the same answers");
    assert!(compared.matches > 200, "{compared:?}");
    let compared = party_differential::ask(&store, &mut parties, 1).await.expect("the same answers");
    assert!(compared.matches > 200, "{compared:?}");
}
