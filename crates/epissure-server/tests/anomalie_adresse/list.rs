//! Lists: pages, order, members, filters.

use epissure_testkit::{Api, TestServer, fixtures};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Case, INTEROP, ORANGE, qualification};

/// Returns a server with twelve tickets, an hour apart, with the externalId T-00 to T-11. Every
/// third is qualified, in alternate zones.
async fn twelve() -> (TestServer, Api) {
    let server = TestServer::start_with(epissure_app::Settings {
        token_lifetime: 30 * 86_400,
        ..epissure_app::Settings::default()
    })
    .await;
    let (oc, oi) = (server.login("sfra-oc").await, server.login("ftel-oi").await);
    for number in 0..12 {
        let mut body = fixtures::modification();
        body["externalId"] = format!("T-{number:02}").into();
        body["relatedEntity"][0]["id"] = format!("IMB/09001/X/00{number:02}").into();
        let mut case = Case::open_as(oc.clone(), oi.clone(), &body).await;
        if number % 3 == 0 {
            let mut qualification = qualification();
            qualification["zone"] = if number % 2 == 0 { "ZMD" } else { "ZTD" }.into();
            case.by_oi(&qualification).await.expect(200);
        }
        server.clock.advance(SignedDuration::from_hours(1));
    }
    (server, oc)
}

async fn names(api: &Api, query: &str) -> Vec<String> {
    let answer = api.get(&format!("{INTEROP}?{query}")).await.expect(200);
    let names: Vec<String> = answer
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|ticket| ticket["externalId"].as_str().unwrap().to_owned())
        .collect();
    let count = api.head(&format!("{INTEROP}?{query}")).await.expect(200);
    assert_eq!(count.header("x-total-count"), answer.header("x-total-count"), "{query}");
    assert_eq!(answer.header("x-result-count"), names.len().to_string(), "{query}");
    names
}

#[tokio::test]
async fn pages_are_of_the_dialects_size_and_name_their_neighbours() {
    let (server, oc) = twelve().await;
    let orange = oc.get(ORANGE).await.expect(200);
    assert_eq!((orange.header("x-result-count"), orange.header("x-total-count")), ("10", "12"));
    let interop = oc.get(INTEROP).await.expect(200);
    assert_eq!((interop.header("x-result-count"), interop.header("x-total-count")), ("12", "12"));
    assert_eq!(interop.header("link"), "");
    let page = oc.get(&format!("{INTEROP}?limit=5&offset=5&sort=-externalId")).await.expect(200);
    let base = format!("{}{INTEROP}", server.base);
    let (cursor, link) = without_cursor(page.header("link"));
    assert_eq!(
        link,
        format!(
            "<{base}?sort=-externalId&offset=0&limit=5>; rel=\"first\", \
             <{base}?sort=-externalId&offset=0&limit=5>; rel=\"prev\", \
             <{base}?sort=-externalId&cursor=…&limit=5>; rel=\"next\", \
             <{base}?sort=-externalId&offset=10&limit=5>; rel=\"last\""
        )
    );
    let next = format!("{INTEROP}?sort=-externalId&cursor={cursor}&limit=5");
    let next = oc.get(&next).await.expect(200);
    assert_eq!(next.body.as_array().map(Vec::len), Some(2));
    assert_eq!(
        next.header("link"),
        format!(
            "<{base}?sort=-externalId&offset=0&limit=5>; rel=\"first\", \
             <{base}?sort=-externalId&offset=5&limit=5>; rel=\"prev\", \
             <{base}?sort=-externalId&offset=10&limit=5>; rel=\"last\""
        )
    );
    assert_eq!(page.body[0]["externalId"], "T-06");
    let none = oc.get(&format!("{INTEROP}?limit=0")).await.expect(200);
    assert_eq!((none.body, none.headers["x-total-count"].to_str().unwrap()), (json!([]), "12"));
    let beyond = oc.get(&format!("{INTEROP}?offset=500")).await.expect(200);
    assert_eq!((beyond.body, beyond.headers["x-total-count"].to_str().unwrap()), (json!([]), "12"));
}

/// Returns the cursor of the next page, and the header with `…` instead of the cursor.
fn without_cursor(link: &str) -> (String, String) {
    let (before, rest) = link.split_once("cursor=").expect("a cursor");
    let (cursor, after) = rest.split_once('&').expect("a limit");
    (cursor.to_owned(), format!("{before}cursor=…&{after}"))
}

/// Returns the URL of the next page, relative to the root.
fn next_address(server: &TestServer, link: &str) -> Option<String> {
    let link = link.split(", ").find(|link| link.ends_with("rel=\"next\""))?;
    let address = link.trim_start_matches('<').split('>').next()?;
    address.strip_prefix(&server.base).map(str::to_owned)
}

#[tokio::test]
async fn following_next_meets_each_ticket_once_while_others_are_opened_and_treated() {
    let (server, oc) = twelve().await;
    let oi = server.login("ftel-oi").await;
    let sorts = [
        "",
        "sort=externalId",
        "sort=-externalId",
        "sort=-creationDate",
        "sort=creationDate,-id",
        "sort=zone,-externalId",
        "sort=-zone",
        "sort=-totalDuration",
        "sort=acknowledgedDuration",
        "sort=-relatedEntity.id",
        "sort=issues.building.name.value,-description,externalId",
    ];
    for (walk, sort) in sorts.iter().enumerate() {
        let mut late = 0;
        let mut next = Some(format!("{INTEROP}?externalId[regex]=^(T|L{walk})-&{sort}&limit=2"));
        let mut met: Vec<String> = Vec::new();
        while let Some(address) = next {
            let page = oc.get(&address).await.expect(200);
            let tickets = page.body.as_array().unwrap();
            met.extend(tickets.iter().map(|ticket| ticket["externalId"].as_str().unwrap().to_owned()));
            next = next_address(&server, page.header("link"));
            // Meanwhile another ticket is opened and processed; running durations increase.
            let mut body = fixtures::modification();
            late += 1;
            body["externalId"] = format!("L{walk}-{late}").into();
            let mut other = Case::open_as(oc.clone(), oi.clone(), &body).await;
            other.by_oi(&qualification()).await.expect(200);
            server.clock.advance(SignedDuration::from_secs(100));
            assert!(late < 40, "{sort}: the walk does not end");
        }
        let mut early: Vec<_> = met.iter().filter(|name| name.starts_with('T')).collect();
        early.sort();
        early.dedup();
        assert_eq!(early.len(), 12, "{sort}: {met:?}");
        let unique: std::collections::HashSet<_> = met.iter().collect();
        assert_eq!(unique.len(), met.len(), "{sort}: {met:?}");
    }
}

#[tokio::test]
async fn a_cursor_is_only_good_for_its_own_query() {
    let (_server, oc) = twelve().await;
    let page = oc.get(&format!("{INTEROP}?sort=-externalId&limit=5")).await.expect(200);
    let (cursor, _) = without_cursor(page.header("link"));
    oc.get(&format!("{INTEROP}?sort=-externalId&cursor={cursor}&limit=2&fields=id")).await.expect(200);
    for query in [
        format!("cursor={cursor}"),
        format!("sort=externalId&cursor={cursor}"),
        format!("sort=-externalId&cursor={cursor}x"),
        format!("sort=-externalId&cursor={cursor}&offset=5"),
        format!("sort=-externalId&cursor={cursor}&cursor={cursor}"),
        "sort=-externalId&cursor=".to_owned(),
    ] {
        let answer = oc.get(&format!("{INTEROP}?{query}")).await.expect(400);
        assert_eq!(answer.body["code"], "28", "{query}");
        assert!(answer.body["message"].as_str().unwrap().contains("cursor"), "{query}: {}", answer.body);
    }
}

#[tokio::test]
async fn walking_the_pages_meets_each_ticket_once_in_any_order() {
    let (_server, oc) = twelve().await;
    for sort in [
        "",
        "sort=externalId",
        "sort=-creationDate",
        "sort=status,-externalId",
        "sort=zone",
        "sort=%2Bname,-id",
    ] {
        let mut met = Vec::new();
        for page in 0..4 {
            met.extend(names(&oc, &format!("{sort}&limit=3&offset={}", page * 3)).await);
        }
        let whole = names(&oc, sort).await;
        assert_eq!(met, whole, "{sort}");
        met.sort();
        met.dedup();
        assert_eq!(met.len(), 12, "{sort}");
    }
}

#[tokio::test]
async fn each_comparison_operator_answers_with_the_right_tickets() {
    let (_server, oc) = twelve().await;
    let all = 12;
    for (query, expected) in [
        ("externalId=T-03", 1),
        ("externalId[eq]=T-03", 1),
        ("externalId[==]=T-03", 1),
        ("externalId[ne]=T-03", all - 1),
        ("externalId[!=]=T-03", all - 1),
        ("externalId[gt]=T-09", 2),
        ("externalId[gte]=T-09", 3),
        ("externalId[lt]=T-02", 2),
        ("externalId[lte]=T-02", 3),
        ("externalId[in]=T-01,T-02,T-99", 2),
        ("externalId[nin]=T-01,T-02,T-99", all - 2),
        ("externalId[!in]=T-01", all - 1),
        ("zone=ZMD", 2),
        ("zone[ne]=ZMD", all - 2),
        ("zone[is]=exists", 4),
        ("zone[isnot]=exists", all - 4),
        ("status=IN_PROGRESS&zone=ZTD", 2),
        ("status=IN_PROGRESS&status=ACKNOWLEDGED", 0),
        ("relatedEntity.id=IMB/09001/X/0007", 1),
        ("relatedEntity.id[ne]=IMB/09001/X/0007", all - 1),
        ("relatedEntity.id[in]=IMB/09001/X/0007,IMB/09001/X/0008", 2),
        ("relatedEntity.role=building", all),
        ("issues.building.address.streetNr.value=12", all),
        ("issues.\"building.address.streetNr\".value=12", all),
        ("sizeRefs=1", all),
        ("sizeRefs[gt]=1", 0),
        ("sizeRefs[eq,num]=1", all),
        ("totalDuration[lt]=10800", 2),
        ("totalDuration[lte]=10800", 3),
        ("totalDuration[gte,num]=36000", 3),
        ("totalInProgressDuration[gt]=0", 4),
        ("creationDate[gte]=2025-01-15", 1),
        ("creationDate[lt]=2025-01-14T15:17:58.078%2B01:00", 1),
        ("creationDate[lt]=2025-01-14T14:17:58.078Z", 1),
        ("statusChange.author=FTEL", 4),
        ("statusChange.status[in]=IN_PROGRESS", 4),
        ("expectedResolutionDate[is]=date", 4),
        ("name[regex]=000[0-4]$", 5),
        ("description[match]=^The", all),
        ("@type=AnomalieAdresse.modification", all),
        ("nothing=here", 0),
        ("nothing[ne]=here", all),
    ] {
        let found = names(&oc, query).await;
        assert_eq!(found.len(), expected, "{query}: {found:?}");
    }
}

#[tokio::test]
async fn a_reader_filters_on_what_it_sees() {
    let (_server, oc) = twelve().await;
    let total = |mount: &'static str, query: &'static str| {
        let oc = oc.clone();
        async move { oc.head(&format!("{mount}?{query}")).await.expect(200).header("x-total-count").to_owned() }
    };
    // The Orange dialect has null for members that the Interop dialect omits.
    assert_eq!(total(ORANGE, "severity[is]=null").await, "12");
    assert_eq!(total(INTEROP, "severity[is]=null").await, "0");
    assert_eq!(total(ORANGE, "severity[is]=exists").await, "12");
    assert_eq!(total(INTEROP, "severity[is]=exists").await, "0");
    assert_eq!(total(ORANGE, "zone[is]=null").await, "8");
    assert_eq!(total(INTEROP, "zone[is]=notexists").await, "8");
    assert_eq!(total(ORANGE, "relatedParty[is]=empty").await, "12");
    assert_eq!(total(ORANGE, "issues.building.name[is]=null").await, "12");
    assert_eq!(total(ORANGE, "@baseType=TroubleTicket").await, "12");
    assert_eq!(total(ORANGE, "statusChanges.status=IN_PROGRESS").await, "4");
    assert_eq!(total(ORANGE, "totalDuration[lt]=10800").await, "2", "the KPI queries work on both mounts");
    assert_eq!(total(ORANGE, "resolvedToInProgressDuration=0").await, "12");
    assert_eq!(total(INTEROP, "totalDuration[is]=int").await, "12");
}

/// The regulator's indicators, as queried in the contract's readme.
#[tokio::test]
async fn the_kpi_queries_count_what_they_say() {
    let (server, oc) = twelve().await;
    let oi = server.login("ftel-oi").await;
    // T-00 is resolved after 12 hours, T-03 after 10 days; T-01 is rejected.
    for (number, days) in [(0, 0), (3, 10)] {
        server.clock.advance(SignedDuration::from_hours(24 * days));
        let found = oi.get(&format!("{INTEROP}?externalId=T-{number:02}")).await.expect(200).body;
        let path = format!("{INTEROP}/{}", found[0]["id"].as_str().unwrap());
        let etag = format!("\"{}\"", found[0]["@version"].as_str().unwrap());
        let resolved = json!({"status": "RESOLVED", "statusChangeReason": "RESOLVED"});
        let etag = oi.patch(&path, &etag, &resolved).await.expect(200).header("etag").to_owned();
        let accepted = json!({"status": "CLOSED", "statusChangeReason": "RESOLUTION_ACCEPTED"});
        oc.patch(&path, &etag, &accepted).await.expect(200);
    }
    let month = "creationDate[gte]=2025-01-01T00:00:00Z&creationDate[lt]=2025-02-01T00:00:00Z";
    let resolved = "resolutionDate[gte]=2025-01-01T00:00:00Z&resolutionDate[lt]=2025-02-01T00:00:00Z";
    for (query, expected) in [
        (format!("zone=ZMD&{month}"), "2"),
        (format!("zone=ZMD&totalDuration[lt]=604800&{resolved}"), "1"),
        (format!("zone=ZTD&totalDuration[gte]=604800&totalDuration[lt]=2419200&{resolved}"), "1"),
        (format!("zone=ZTD&totalDuration[gte]=2419200&totalDuration[lt]=4838400&{resolved}"), "0"),
        (format!("zone=ZTD&totalDuration[gte]=4838400&{resolved}"), "0"),
        (format!("zone=ZMD&status=CLOSED&totalDuration[lt]=604800&{month}"), "1"),
        (format!("status[in]=ACKNOWLEDGED,IN_PROGRESS,PENDING,RESOLVED&{month}"), "10"),
        (format!("status=REJECTED&{month}"), "0"),
        ("status=PENDING".to_owned(), "0"),
        ("status[in]=ACKNOWLEDGED,IN_PROGRESS,PENDING&relatedEntity.id=IMB/09001/X/0005".to_owned(), "1"),
    ] {
        for mount in [INTEROP, ORANGE] {
            let count = oi.head(&format!("{mount}?{query}")).await.expect(200);
            assert_eq!(count.header("x-total-count"), expected, "{mount} {query}");
        }
    }
}

#[tokio::test]
async fn only_the_members_asked_for_are_returned() {
    let (_server, oc) = twelve().await;
    let members = |answer: Value| -> Vec<String> { answer[0].as_object().unwrap().keys().cloned().collect() };
    let get = |path: String| {
        let oc = oc.clone();
        async move { oc.get(&path).await.expect(200).body }
    };
    assert_eq!(members(get(format!("{INTEROP}?fields=status,name&limit=1")).await), ["name", "status"]);
    assert_eq!(
        members(get(format!("{INTEROP}?fields=status&fields=name&limit=1")).await),
        ["name", "status"]
    );
    assert_eq!(members(get(format!("{ORANGE}?fields=name&limit=1")).await), ["id", "name"]);
    assert_eq!(members(get(format!("{ORANGE}?fields=name,unknown&limit=1")).await), ["id", "name"]);
    assert_eq!(members(get(format!("{ORANGE}?fields=none&limit=1")).await), ["id"]);
    let id = get(format!("{INTEROP}?limit=1")).await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(get(format!("{INTEROP}/{id}?fields=externalId")).await, json!({"externalId": "T-00"}));
}
