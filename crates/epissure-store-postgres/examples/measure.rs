use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use epissure_filter::{Options, Plan, Query};
use epissure_protocol::codes::{Actor, Status};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::event::EventKind;
use epissure_protocol::names::*;
use epissure_store::suite::samples;
use epissure_store::*;
use epissure_store_postgres::testing::TestDatabase;
use epissure_store_postgres::*;
use jiff::Timestamp;
use rand::{RngExt as _, SeedableRng};
use uuid::Uuid;

fn event() -> NewEvent {
    NewEvent {
        id: EventId(Uuid::from_u128(rand::random())),
        kind: EventKind::Update,
        at: Timestamp::UNIX_EPOCH,
        by: Actor::Oi,
    }
}

#[tokio::main]
async fn main() {
    let url = std::env::args().nth(1).unwrap();
    let database = TestDatabase::on(&url).await;
    let settings = Settings {
        readers: 16,
        writers: 32,
        scanners: 1,
        query_budget: Duration::from_secs(60),
        ..database.settings()
    };
    let store = Arc::new(PostgresStore::open(&settings).await.unwrap());
    for writers in [1, 8, 32] {
        for events in [false, true] {
            let done = Arc::new(AtomicU64::new(0));
            let until = Instant::now() + Duration::from_secs(4);
            let mut tasks = Vec::new();
            for w in 0..writers {
                let (store, done) = (store.clone(), done.clone());
                tasks.push(tokio::spawn(async move {
                    let mut random = rand::rngs::StdRng::seed_from_u64(rand::random());
                    let mut slowest = Duration::ZERO;
                    let fresh = |random: &mut rand::rngs::StdRng| {
                        let mut t = samples::ticket(random);
                        t.status = Status::InProgress;
                        t
                    };
                    let mut ticket = fresh(&mut random);
                    store
                        .open(NewTicket { ticket: ticket.clone(), findings: vec![], idempotency: None })
                        .await
                        .unwrap();
                    while Instant::now() < until {
                        let begun = Instant::now();
                        if events {
                            let expected = ticket.version;
                            ticket.version = Version(Uuid::from_u128(random.random()));
                            store
                                .change(TicketChange {
                                    ticket: ticket.clone(),
                                    expected,
                                    findings: None,
                                    event: event(),
                                })
                                .await
                                .unwrap();
                        } else {
                            let ticket = fresh(&mut random);
                            store
                                .open(NewTicket { ticket, findings: vec![], idempotency: None })
                                .await
                                .unwrap();
                        }
                        slowest = slowest.max(begun.elapsed());
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                    let _ = w;
                    slowest
                }));
            }
            let mut slowest = Duration::ZERO;
            for t in tasks {
                slowest = slowest.max(t.await.unwrap());
            }
            println!(
                "{} with {writers:>2} writers: {:>6}/s, slowest {:?}",
                if events { "change+event" } else { "open        " },
                done.load(Ordering::Relaxed) / 4,
                slowest
            );
        }
    }
    let n: u64 = std::env::args().nth(2).unwrap().parse().unwrap();
    let sql = include_str!("../tests/plans.sql")
        .replace("generate_series(1, 10000)", &format!("generate_series(1, {n})"))
        .replace("repeat('x', 400)", "repeat(md5(n::text), 25)")
        .replace("seq % 1000 END", "seq % 300000 END");
    let begun = Instant::now();
    let tickets_only = sql.split("INSERT INTO organization (").next().unwrap().to_owned();
    database.batch(&tickets_only).await;
    store.analyze().await.unwrap();
    println!("{n} tickets filled in {:?}", begun.elapsed());
    database.batch("CHECKPOINT").await;
    let viewer = Viewer::Oi(OperatorCode::parse(samples::OI).unwrap());
    for raw in [
        "status=PENDING&zone=ZMD&sort=-creationDate&limit=50",
        "status=CLOSED&zone=ZMD&limit=50",
        "relatedEntity.id=IMB/4711&sort=-creationDate&limit=50",
        "externalId=T-99999&limit=50",
        "creationDate[gte]=2023-11-15&creationDate[lt]=2023-12-15&totalDuration[lt]=36000&limit=50",
        "sort=-creationDate&offset=500000&limit=50",
        "sort=-creationDate&limit=50",
        "name[regex]=^voie 4711.*2$&limit=50",
        "name[regex]=4711$&limit=50",
        "description[regex]=abc.*zzz&limit=50",
        "status=PENDING&description[regex]=abc&limit=50",
        "description=nothing&limit=50",
        "sort=description&limit=50",
    ] {
        let query = Query::parse(raw, &Dialect::Interop20, &Options::default()).unwrap();
        let plan = Plan::new(&query, &CATALOG);
        let mut page = Vec::new();
        let mut count = Vec::new();
        let mut total = 0;
        for turn in 0..5 {
            let request = ListRequest {
                viewer: viewer.clone(),
                plan: plan.clone(),
                start: Start::Offset(query.offset),
                limit: 50,
                now: samples::now(),
            };
            let begun = Instant::now();
            let p = store.list(request).await.unwrap();
            if turn > 0 {
                page.push(begun.elapsed());
            }
            total = p.total;
            // another commit, so that no total is kept
            database
                .batch("INSERT INTO operator VALUES (gen_random_uuid(), '', true, true, null, true)")
                .await;
            let begun = Instant::now();
            store.count(viewer.clone(), plan.clone(), samples::now()).await.unwrap();
            if turn > 0 {
                count.push(begun.elapsed());
            }
            database
                .batch("INSERT INTO operator VALUES (gen_random_uuid(), '', true, true, null, true)")
                .await;
            if begun.elapsed() > Duration::from_millis(800) && turn > 0 {
                break;
            }
        }
        page.sort();
        count.sort();
        println!(
            "{raw:<95} list {:?} count {:?} total {total}",
            page[page.len() / 2],
            count[count.len() / 2]
        );
    }
    let ids: Vec<_> = {
        let query = Query::parse("limit=100", &Dialect::Interop20, &Options::default()).unwrap();
        let request = ListRequest {
            viewer: viewer.clone(),
            plan: Plan::new(&query, &CATALOG),
            start: Start::Offset(5000),
            limit: 100,
            now: samples::now(),
        };
        let rows = store.list(request).await.unwrap().rows;
        let _ = rows;
        Vec::<TicketId>::new()
    };
    let _ = ids;
    for readers in [1, 8] {
        let done = Arc::new(AtomicU64::new(0));
        let until = Instant::now() + Duration::from_secs(3);
        let t = {
            let mut r = rand::rngs::StdRng::seed_from_u64(5);
            samples::ticket(&mut r)
        };
        store
            .open(NewTicket {
                ticket: Ticket2::with_id(t.clone(), rand::random()),
                findings: vec![],
                idempotency: None,
            })
            .await
            .ok();
        let mut tasks = vec![];
        for _ in 0..readers {
            let (store, done, viewer, id) = (store.clone(), done.clone(), viewer.clone(), t.id);
            tasks.push(tokio::spawn(async move {
                while Instant::now() < until {
                    store.ticket(id, &viewer).await.unwrap();
                    done.fetch_add(1, Ordering::Relaxed);
                }
            }));
        }
        for t in tasks {
            t.await.unwrap();
        }
        println!("ticket by id, {readers} readers: {}/s", done.load(Ordering::Relaxed) / 3);
    }
}

struct Ticket2;
impl Ticket2 {
    fn with_id(mut t: epissure_protocol::ticket::Ticket, _n: u128) -> epissure_protocol::ticket::Ticket {
        t.status = Status::InProgress;
        t
    }
}
