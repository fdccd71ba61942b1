//! The AnomalieAdresse API over HTTP.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop where it is")]

mod as_sent;
mod attachments;
mod bad_input;
mod concurrency;
mod contract;
#[path = "../../../epissure-files/tests/check/corpus/mod.rs"]
#[expect(dead_code, reason = "the files' own tests use the rest of it")]
mod corpus;
mod create;
mod delays;
mod events;
mod golden;
mod instants;
mod isolation;
mod lifecycle;
mod limits;
mod list;
mod matrix;
mod notes;
mod receive;
mod truth;
mod update;
mod weight;

use epissure_testkit::{Answer, Api, TestServer, fixtures};
use serde_json::{Value, json};

/// The mount of the Interop dialect.
const INTEROP: &str = "/api/v2/anomalie-adresse";
/// The mount of the Orange dialect.
const ORANGE: &str = "/anomalie-adresse";

/// A ticket, with clients of both sides.
struct Case {
    oc: Api,
    oi: Api,
    path: String,
    etag: String,
}

impl Case {
    /// Opens a ticket of SFRA at FTEL.
    async fn open(server: &TestServer, body: &Value) -> Self {
        let (oc, oi) = (server.login("sfra-oc").await, server.login("ftel-oi").await);
        Self::open_as(oc, oi, body).await
    }

    async fn open_as(oc: Api, oi: Api, body: &Value) -> Self {
        let answer = oc.post(INTEROP, body).await.expect(201);
        let path = format!("{INTEROP}/{}", answer.body["id"].as_str().unwrap());
        let etag = answer.header("etag").to_owned();
        Self { oc, oi, path, etag }
    }

    /// Changes the ticket as the OC. Later changes use the new version.
    async fn by_oc(&mut self, body: &Value) -> Answer {
        let answer = self.oc.patch(&self.path, &self.etag, body).await;
        self.follow(answer)
    }

    /// Changes the ticket as the OI.
    async fn by_oi(&mut self, body: &Value) -> Answer {
        let answer = self.oi.patch(&self.path, &self.etag, body).await;
        self.follow(answer)
    }

    fn follow(&mut self, answer: Answer) -> Answer {
        if answer.status == 200 {
            self.etag = answer.header("etag").to_owned();
        }
        answer
    }

    async fn qualify(&mut self) -> Answer {
        self.by_oi(&qualification()).await.expect(200)
    }

    async fn resolve(&mut self) -> Answer {
        let body = json!({
            "status": "RESOLVED", "statusChangeReason": "RESOLVED", "building": {"id": "IMB/09001/X/0A1B"}
        });
        self.by_oi(&body).await.expect(200)
    }
}

/// Returns the body with which an OI qualifies a ticket.
fn qualification() -> Value {
    json!({
        "status": "IN_PROGRESS",
        "expectedResolutionDate": "2025-01-21T12:00:00Z",
        "complexity": "SIMPLE",
        "zone": "ZMD"
    })
}

/// Returns a server with an open modification of one building.
async fn one_ticket() -> (TestServer, Case) {
    let server = TestServer::start().await;
    let case = Case::open(&server, &fixtures::modification()).await;
    (server, case)
}
