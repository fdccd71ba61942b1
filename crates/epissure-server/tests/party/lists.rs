//! Pages, counts, links, and the paths of references.

use epissure_testkit::fixtures::directory;
use epissure_testkit::{Api, TestServer};
use reqwest::Method;
use serde_json::json;

use super::{INDIVIDUALS, MOUNT, NOBODY, ORGANIZATIONS, create, each, refused};

async fn people(count: usize) -> (TestServer, Api) {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    for number in 0..count {
        create(&api, &directory::individual(&format!("Number {number:03}"), "Dalton")).await;
    }
    (server, api)
}

#[tokio::test]
async fn pages_are_counted_and_lead_to_one_another() {
    let (server, api) = people(5).await;
    let page = api
        .get(&format!("{INDIVIDUALS}?familyName*=*Dal*&offset=2&limit=2&fields=givenName"))
        .await
        .expect(200);
    assert_eq!(each(&page, "givenName"), ["Number 002", "Number 003"]);
    assert_eq!((page.header("x-result-count"), page.header("x-total-count")), ("2", "5"));
    let address = format!("{}{INDIVIDUALS}?familyName*=*Dal*&fields=givenName", server.base);
    assert_eq!(
        page.header("link"),
        format!(
            "<{address}&offset=0&limit=2>; rel=\"first\", <{address}&offset=0&limit=2>; rel=\"prev\", \
             <{address}&offset=4&limit=2>; rel=\"next\", <{address}&offset=4&limit=2>; rel=\"last\""
        )
    );
    let last = api.get(&format!("{INDIVIDUALS}?offset=4&limit=2")).await.expect(200);
    assert_eq!((last.header("x-result-count"), last.header("x-total-count")), ("1", "5"));
    assert!(!last.header("link").contains("next"), "{}", last.header("link"));
    let beyond = api.get(&format!("{INDIVIDUALS}?offset=50")).await.expect(200);
    assert_eq!(beyond.body, json!([]));
    assert_eq!((beyond.header("x-result-count"), beyond.header("x-total-count")), ("0", "5"));
    let none = api.get(&format!("{INDIVIDUALS}?limit=0")).await.expect(200);
    assert_eq!((none.text.as_str(), none.header("x-total-count")), ("[]", "5"));
    assert_eq!(api.get(INDIVIDUALS).await.expect(200).header("link"), "", "a single page has no neighbours");
}

#[tokio::test]
async fn a_page_has_a_hundred_at_most_whatever_is_asked_for() {
    let (_server, api) = people(101).await;
    for query in ["", "limit=100", "limit=101", "limit=99999999999999999999"] {
        let page = api.get(&format!("{INDIVIDUALS}?{query}")).await.expect(200);
        assert_eq!((page.header("x-result-count"), page.header("x-total-count")), ("100", "101"), "{query}");
        assert!(
            page.header("link").contains("offset=100&limit=100>; rel=\"next\""),
            "{}",
            page.header("link")
        );
    }
    for query in ["limit=-1", "limit=ten", "limit=", "offset=-1", "offset=1000001", "limit=1&limit=1"] {
        let name = query.split('=').next().unwrap();
        refused(&api.get(&format!("{INDIVIDUALS}?{query}")).await, 400, 28, name);
    }
}

#[tokio::test]
async fn a_head_counts_and_has_no_body() {
    let (server, api) = people(3).await;
    server.import_organizations(directory::organizations()).await;
    for collection in [INDIVIDUALS, ORGANIZATIONS] {
        let counted = api.head(&format!("{collection}?limit=1")).await.expect(200);
        assert_eq!(counted.header("x-total-count"), "3");
        assert_eq!(counted.text, "");
    }
    let one = format!("{ORGANIZATIONS}/{}", directory::organizations()[0].0);
    let (get, head) = (api.get(&one).await.expect(200), api.head(&one).await.expect(200));
    assert_eq!(head.header("etag"), get.header("etag"));
    assert_eq!(head.text, "");
}

#[tokio::test]
async fn ranges_are_ignored() {
    let (_server, api) = people(3).await;
    let headers = [("accept-range", "items"), ("range", "items=1-1")];
    let answer = api.send(Method::GET, INDIVIDUALS, &headers, None).await.expect(200);
    assert_eq!(answer.header("x-result-count"), "3");
    assert_eq!(answer.header("accept-ranges"), "");
}

#[tokio::test]
async fn organizations_are_sorted_by_their_keys() {
    let (server, api) = people(0).await;
    server.import_organizations(directory::organizations()).await;
    for (sort, expected) in [
        ("name", ["1.0 ACOLA", "118000", "Réseaux du Nord"]),
        ("-name", ["Réseaux du Nord", "118000", "1.0 ACOLA"]),
        ("%2Bname", ["1.0 ACOLA", "118000", "Réseaux du Nord"]),
        ("-organizationType,name", ["Réseaux du Nord", "1.0 ACOLA", "118000"]),
        ("id", ["1.0 ACOLA", "118000", "Réseaux du Nord"]),
    ] {
        let answer = api.get(&format!("{ORGANIZATIONS}?sort={sort}")).await.expect(200);
        assert_eq!(each(&answer, "name"), expected, "{sort}");
    }
    for sort in ["status", "organizationIdentification.identificationId", "-unknown"] {
        refused(&api.get(&format!("{ORGANIZATIONS}?sort={sort}")).await, 400, 28, "sort");
    }
    for sort in ["fullName", "-id"] {
        refused(&api.get(&format!("{INDIVIDUALS}?sort={sort}")).await, 400, 28, "sort");
    }
}

#[tokio::test]
async fn the_paths_of_references_lead_to_the_resource() {
    let (server, api) = people(1).await;
    let stranger = server.anonymous();
    for (plural, singular) in [("individuals", "individual"), ("organizations", "organization")] {
        let path = format!("{MOUNT}/{plural}/{NOBODY}");
        for query in ["", "?fields=fullName,contactMedium.*", "?a=%C3%A9+b&c"] {
            for method in [Method::GET, Method::HEAD] {
                let answer = stranger.send(method, &format!("{path}{query}"), &[], None).await.expect(308);
                assert_eq!(answer.header("location"), format!("../{singular}/{NOBODY}{query}"));
                assert_eq!(answer.text, "");
            }
        }
        refused(&api.get(&format!("{MOUNT}/{plural}/42")).await, 400, 20, "is a UUID");
        refused(&api.get(&format!("{MOUNT}/{plural}")).await, 404, 60, "nothing at this path");
        let posted = api.post(&path, &directory::jack()).await;
        refused(&posted, 405, 61, "POST is not served");
        assert_eq!(posted.header("allow"), "GET,HEAD");
    }
    // A client that follows the redirect reaches the party, with its token.
    let id = api.get(&format!("{INDIVIDUALS}?fields=none")).await.body[0]["id"].as_str().unwrap().to_owned();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.get(format!("{}{MOUNT}/individuals/{id}?fields=fullName", server.base));
    let answer = request.bearer_auth(api.token().unwrap()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.url().path(), format!("{INDIVIDUALS}/{id}"));
    let body: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(body["fullName"], "Number 000 Dalton");
}
