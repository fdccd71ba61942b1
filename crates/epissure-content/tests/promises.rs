//! Contract of the content store, tested on a folder, and on a bucket when `EPISSURE_TEST_BUCKET`
//! names one (`s3://bucket/prefix`, with the usual `AWS_…` variables).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop where it is")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use epissure_content::{Content, Error};
use futures_util::TryStreamExt as _;

const HASH: &str = "ab00000000000000000000000000000000000000000000000000000000000001";
const OTHER: &str = "ab00000000000000000000000000000000000000000000000000000000000002";

fn folder() -> (tempfile::TempDir, Content) {
    let folder = tempfile::tempdir().unwrap();
    let content = Content::in_folder(&folder.path().join("attachments")).unwrap();
    (folder, content)
}

async fn receive(content: &Content, upload: &str, part: &str, bytes: &[u8]) {
    let mut incoming = content.receive(upload, part).await.unwrap();
    for piece in bytes.chunks(100_000) {
        incoming.write(piece.to_vec().into()).await.unwrap();
    }
    incoming.finish().await.unwrap();
}

async fn gathered(content: &Content, upload: &str, parts: &[&str]) -> Result<Vec<u8>, Error> {
    let parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
    let (mut seen, mut read) = (Vec::new(), Vec::new());
    let mut file = content.gather(upload, &parts, |bytes| seen.extend_from_slice(bytes)).await?;
    file.read_to_end(&mut read).unwrap();
    assert_eq!(seen, read, "what is seen on the way is what is there");
    Ok(read)
}

fn file(bytes: &[u8]) -> fs::File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

async fn read(content: &Content, hash: &str, range: std::ops::Range<u64>) -> Result<Vec<u8>, Error> {
    let pieces: Vec<_> = content.read(hash, range).await?.try_collect().await?;
    Ok(pieces.concat())
}

/// Checks the contract common to folders and buckets.
async fn keeps_its_promises(content: &Content) {
    let large: Vec<u8> = (0..13_000_000_u32).map(|at| (at % 251) as u8).collect();
    receive(content, "one", "b", b"second").await;
    receive(content, "one", "a", &large).await;
    receive(content, "two", "empty", b"").await;
    assert_eq!(gathered(content, "one", &["a", "b"]).await.unwrap(), [&large[..], b"second"].concat());
    assert_eq!(gathered(content, "two", &["empty"]).await.unwrap(), b"");
    receive(content, "one", "b", b"again").await;
    assert_eq!(gathered(content, "one", &["b"]).await.unwrap(), b"again");
    assert!(matches!(gathered(content, "one", &["c"]).await, Err(Error::Missing(_))));
    let mut uploads = content.uploads().await.unwrap();
    uploads.sort();
    assert_eq!(uploads, ["one", "two"]);

    content.rename("one", "b", "c").await.unwrap();
    assert!(matches!(content.rename("one", "b", "d").await, Err(Error::Missing(_))));
    assert_eq!(gathered(content, "one", &["c"]).await.unwrap(), b"again");
    content.withdraw("one", "c").await.unwrap();
    content.withdraw("one", "c").await.unwrap();
    assert!(matches!(gathered(content, "one", &["c"]).await, Err(Error::Missing(_))));

    content.receive("three", "a").await.unwrap().abandon().await;
    assert!(matches!(gathered(content, "three", &["a"]).await, Err(Error::Missing(_))));

    assert_eq!(content.size(HASH).await.unwrap(), None);
    assert!(matches!(read(content, HASH, 0..1).await, Err(Error::Missing(_))));
    content.publish("one", HASH, file(&large)).await.unwrap();
    // Publishes twice, then from another upload of the same file.
    content.publish("one", HASH, file(&large)).await.unwrap();
    content.publish("two", HASH, file(&large)).await.unwrap();
    content.publish("two", OTHER, file(b"other")).await.unwrap();
    for upload in ["one", "two", "three", "never"] {
        content.discard(upload).await.unwrap();
    }
    assert_eq!(content.uploads().await.unwrap(), [""; 0]);
    assert_eq!(content.size(HASH).await.unwrap(), Some(13_000_000), "what is published stays");
    assert_eq!(read(content, HASH, 0..13_000_000).await.unwrap(), large);
    assert_eq!(read(content, HASH, 6_000_000..6_000_010).await.unwrap(), large[6_000_000..6_000_010]);
    assert_eq!(read(content, OTHER, 4..5).await.unwrap(), b"r");
    let mut fetched = Vec::new();
    content.fetch(OTHER, |_| {}).await.unwrap().read_to_end(&mut fetched).unwrap();
    assert_eq!(fetched, b"other");
}

#[tokio::test]
async fn a_folder_keeps_its_promises() {
    let (_folder, content) = folder();
    keeps_its_promises(&content).await;
}

#[tokio::test]
#[ignore = "needs a bucket: EPISSURE_TEST_BUCKET, as s3://BUCKET/PREFIX"]
async fn a_bucket_keeps_its_promises() {
    let bucket = std::env::var("EPISSURE_TEST_BUCKET").expect("EPISSURE_TEST_BUCKET names a bucket");
    keeps_its_promises(&Content::in_bucket(&bucket).unwrap()).await;
}

#[tokio::test]
async fn what_is_dropped_or_half_written_has_not_arrived_and_is_discarded() {
    let (folder, content) = folder();
    let mut incoming = content.receive("one", "a").await.unwrap();
    incoming.write(vec![0; 1_000_000].into()).await.unwrap();
    drop(incoming);
    assert!(matches!(gathered(&content, "one", &["a"]).await, Err(Error::Missing(_))));
    // Simulates a killed process.
    let upload = folder.path().join("attachments/incoming/one");
    fs::write(upload.join("a#7"), "half").unwrap();
    assert_eq!(content.uploads().await.unwrap(), ["one"]);
    content.discard("one").await.unwrap();
    assert!(!upload.exists());
}

#[tokio::test]
async fn everything_is_for_its_owner_only() {
    let (folder, content) = folder();
    receive(&content, "one", "a", b"a").await;
    content.publish("two", HASH, file(b"a")).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let root = folder.path().join("attachments");
    for (path, expected) in [
        ("", 0o700),
        ("incoming", 0o700),
        ("incoming/one", 0o700),
        ("incoming/one/a", 0o600),
        ("sha256/ab", 0o700),
        (&format!("sha256/ab/{}", &HASH[2..]), 0o600),
    ] {
        assert_eq!(mode(&root.join(path)), expected, "{path}");
    }
}

#[test]
fn an_address_of_a_bucket_has_a_bucket() {
    for address in ["", "s3://", "s3:///prefix", "bucket/prefix", "https://bucket", "s3://bucket/a//b"] {
        let refused = Content::in_bucket(address);
        assert!(matches!(refused, Err(Error::Address(_))), "{address}: {refused:?}");
    }
    assert!(Content::in_bucket("s3://bucket").is_ok() && Content::in_bucket("s3://bucket/a/b/").is_ok());
}
