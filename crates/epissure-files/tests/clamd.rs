//! Antivirus client, tested against a simulated clamd.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use epissure_files::clamd::{Address, Answer, Clamd, Limits, Why};
use epissure_files::{Reason, Verdict};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::task::JoinHandle;

/// Behavior of the simulated clamd.
#[derive(Clone, Copy)]
enum Play {
    /// Reads the file to its end, and sends this reply.
    Answer(&'static [u8]),
    /// Replies before it has read the file, and closes the connection.
    Interrupt(&'static [u8]),
    /// Reads the file, and never replies.
    Silence,
}

/// Starts a clamd on a socket of its own; the task returns the received file.
fn clamd(play: Play) -> (tempfile::TempDir, Clamd, JoinHandle<io::Result<Vec<u8>>>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("clamd.ctl");
    let listener = UnixListener::bind(&path).expect("a socket");
    let task = tokio::spawn(async move {
        let (socket, _) = listener.accept().await?;
        act(socket, play).await
    });
    (folder, Clamd::new(Address::Unix(path), Limits::default()), task)
}

async fn act(mut socket: UnixStream, play: Play) -> io::Result<Vec<u8>> {
    if let Play::Interrupt(reply) = play {
        socket.write_all(reply).await?;
        return Ok(Vec::new());
    }
    let file = received(&mut socket).await?;
    match play {
        Play::Answer(reply) => socket.write_all(reply).await?,
        _ => std::future::pending().await,
    }
    Ok(file)
}

/// Reads a file as clamd(8) specifies its transmission.
async fn received(socket: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut command = [0; 10];
    socket.read_exact(&mut command).await?;
    assert_eq!(&command, b"zINSTREAM\0");
    let mut file = Vec::new();
    loop {
        match socket.read_u32().await? {
            0 => return Ok(file),
            length => {
                let start = file.len();
                file.resize(start + length as usize, 0);
                socket.read_exact(&mut file[start..]).await?;
            }
        }
    }
}

async fn answer(play: Play, file: &[u8]) -> Answer {
    let (_folder, clamd, _task) = clamd(play);
    clamd.scan(file).await
}

#[tokio::test]
async fn the_file_arrives_as_it_is_whatever_its_length() {
    for length in [0, 1, 65_536, 65_537, 1_000_000] {
        let file: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        let (_folder, clamd, task) = clamd(Play::Answer(b"stream: OK\0"));
        assert_eq!(clamd.scan(&file[..]).await, Answer::Clean);
        assert_eq!(task.await.expect("no panic").expect("read"), file);
    }
}

#[tokio::test]
async fn it_is_asked_over_tcp_too() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("tcp:{}", listener.local_addr().expect("bound"));
    let task = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await?;
        let file = received(&mut socket).await?;
        socket.write_all(b"stream: OK\0").await?;
        Ok::<_, io::Error>(file)
    });
    let clamd = Clamd::new(address.parse().expect("an address"), Limits::default());
    assert_eq!(clamd.scan(&b"plan"[..]).await, Answer::Clean);
    assert_eq!(task.await.expect("no panic").expect("read"), b"plan");
}

#[tokio::test]
async fn nothing_but_exactly_ok_is_clean() {
    let replies: [&'static [u8]; 11] = [
        b"stream: OK",
        b"stream: OK\n",
        b"stream: OK\0\0",
        b"stream: OK\0stream: OK\0",
        b"stream: OK \0",
        b"stream: ok\0",
        b"OK\0",
        b"1: stream: OK\0",
        b"stream: Access denied. ERROR\0",
        b"UNKNOWN COMMAND\0",
        b"\0",
    ];
    for reply in replies {
        let answer = answer(Play::Answer(reply), b"plan").await;
        assert!(matches!(answer, Answer::Unknown(_)), "{answer:?}");
        assert_eq!(answer.verdict(), None);
    }
}

#[tokio::test]
async fn what_it_finds_has_its_name() {
    let answer = answer(Play::Answer(b"stream: Eicar-Test-Signature FOUND\0"), b"plan").await;
    assert_eq!(answer, Answer::Infected("Eicar-Test-Signature".into()));
    assert_eq!(answer.verdict(), Some(Verdict::Rejected(Reason::Infected)));
}

#[tokio::test]
async fn a_file_that_is_too_large_for_it_is_not_clean() {
    let said = Play::Interrupt(b"INSTREAM size limit exceeded. ERROR\0");
    assert_eq!(answer(said, &vec![0; 8 << 20]).await, Answer::Unknown(Why::TooLarge));
}

#[tokio::test]
async fn an_ok_before_the_file_was_sent_is_not_one() {
    let early = Play::Interrupt(b"stream: OK\0");
    assert_eq!(answer(early, &vec![0; 8 << 20]).await, Answer::Unknown(Why::Closed));
}

#[tokio::test]
async fn a_lost_connection_says_nothing() {
    assert_eq!(answer(Play::Answer(b""), b"plan").await, Answer::Unknown(Why::Closed));
    assert_eq!(answer(Play::Interrupt(b""), &vec![0; 8 << 20]).await, Answer::Unknown(Why::Closed));
    let nobody = Clamd::new(Address::Unix("/nonexistent/clamd.ctl".into()), Limits::default());
    assert_eq!(nobody.scan(&b""[..]).await, Answer::Unknown(Why::Unreachable(io::ErrorKind::NotFound)));
}

#[tokio::test(start_paused = true)]
async fn it_is_not_waited_for_for_ever() {
    assert_eq!(answer(Play::Silence, b"plan").await, Answer::Unknown(Why::TimedOut));
}

#[tokio::test(start_paused = true)]
async fn one_that_does_not_take_the_file_is_not_waited_for_either() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("clamd.ctl");
    let _listener = UnixListener::bind(&path).expect("a socket");
    let clamd = Clamd::new(Address::Unix(path), Limits::default());
    assert_eq!(clamd.scan(&vec![0; 8 << 20][..]).await, Answer::Unknown(Why::TimedOut));
}

#[tokio::test]
async fn garbage_is_told_shortly_and_without_controls() {
    let garbage: &'static [u8] = Box::leak(vec![b'\x1b'; 10].into_iter().chain([b'a'; 9000]).collect());
    let answer = answer(Play::Answer(garbage), b"plan").await;
    let Answer::Unknown(Why::Unexpected(told)) = answer else { panic!("{answer:?}") };
    assert_eq!(told, "a".repeat(120));
}

/// File that cannot be read to its end.
struct Broken;

impl AsyncRead for Broken {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::ErrorKind::StorageFull.into()))
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_not_clean() {
    let (_folder, clamd, _task) = clamd(Play::Answer(b"stream: OK\0"));
    assert_eq!(clamd.scan(Broken).await, Answer::Unknown(Why::Unreadable(io::ErrorKind::StorageFull)));
}

#[test]
fn addresses_are_written_as_they_are_read() {
    for text in ["unix:/run/clamav/clamd.ctl", "tcp:127.0.0.1:3310", "tcp:[::1]:3310"] {
        assert_eq!(text.parse::<Address>().expect(text).to_string(), text);
    }
    for text in ["", "unix:clamd.ctl", "tcp:127.0.0.1", "/run/clamd.ctl", "http://a:1"] {
        assert!(text.parse::<Address>().is_err(), "{text}");
    }
}
