//! The OAuth2 endpoints over HTTP.

use epissure_app::Settings;
use epissure_testkit::{Answer, Api, TestServer, fixtures};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

const V2: &str = "/oauth/v2/token";
const V3: &str = "/oauth/v3/token";
const READ: &str = "interop:anomalie-adresse:readonly";

async fn form(api: &Api, path: &str, body: &'static str) -> Answer {
    let request = api
        .request(Method::POST, path)
        .basic_auth("sfra-oc", Some(fixtures::SECRET))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    api.send_built(request).await
}

#[tokio::test]
async fn a_token_is_given_as_both_pages_ask_for_it() {
    let server = TestServer::start().await;
    let api = server.anonymous();
    let v2 = form(&api, V2, "grant_type=client_credentials").await.expect(200);
    assert_eq!(v2.body["token_type"], "Bearer");
    assert_eq!(v2.body["expires_in"], 3600);
    assert_eq!(
        v2.body["scope"].as_str().unwrap().split(' ').count(),
        4,
        "without a scope, all of the client's"
    );
    assert_eq!(v2.header("cache-control"), "no-store");
    // curl -d sends the space of the page's example unencoded.
    let scopes =
        "grant_type=client_credentials&scope=owf:united-way:party:v1:readonly owf:united-way:party:v1:write";
    let v3 = form(&api, V3, scopes).await.expect(200);
    assert_eq!(v3.body["scope"], "owf:united-way:party:v1:readonly owf:united-way:party:v1:write");
    for answer in [v2, v3] {
        let token = answer.body["access_token"].as_str().unwrap();
        assert!(token.starts_with("epi_at_") && token.len() == 56, "{token}");
    }
}

#[tokio::test]
async fn refusals_are_those_of_rfc_6749() {
    let server = TestServer::start().await;
    let api = server.anonymous();
    for (path, body, error) in [
        (V2, "", "invalid_request"),
        (V2, "scope=x", "invalid_request"),
        (V2, "grant_type=", "invalid_request"),
        (V2, "grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        (V2, "grant_type=%ff", "invalid_request"),
        (V2, "grant_type=password", "unsupported_grant_type"),
        (V2, "grant_type=client_credentials&scope=everything", "invalid_scope"),
        (V3, "grant_type=client_credentials", "invalid_scope"),
        (V3, "grant_type=client_credentials&scope=", "invalid_scope"),
    ] {
        let answer = form(&api, path, body).await.expect(400);
        assert_eq!(answer.body["error"], error, "{body}");
        assert!(answer.body["error_description"].as_str().unwrap().len() > 20, "{}", answer.text);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn another_media_type_is_an_invalid_request_in_the_shape_of_oauth() {
    let server = TestServer::start().await;
    let api = server.anonymous();
    for path in [V2, V3, "/oauth/revoke", "/oauth/introspect"] {
        for media in ["application/json", "text/plain", "application/x-www-form-urlencoded-not", ""] {
            let request = api.request(Method::POST, path).basic_auth("sfra-oc", Some(fixtures::SECRET));
            let request = request.header("content-type", media).body("grant_type=client_credentials");
            let answer = api.send_built(request).await.expect(400);
            assert_eq!(answer.body["error"], "invalid_request", "{path} {media}");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
        let compressed = api.request(Method::POST, path).basic_auth("sfra-oc", Some(fixtures::SECRET));
        let compressed = compressed.form(&[("token", "a")]).header("content-encoding", "gzip");
        assert_eq!(api.send_built(compressed).await.expect(400).body["error"], "invalid_request");
    }
    let with_charset = api.request(Method::POST, V2).basic_auth("sfra-oc", Some(fixtures::SECRET));
    let with_charset = with_charset
        .header("content-type", "Application/X-WWW-Form-Urlencoded; charset=UTF-8")
        .body("grant_type=client_credentials");
    api.send_built(with_charset).await.expect(200);
}

#[tokio::test]
async fn a_wrong_client_is_refused_whatever_is_wrong_with_it() {
    let server = TestServer::start().await;
    let api = server.anonymous();
    let wrong = api.request(Method::POST, V2).basic_auth("sfra-oc", Some("wrong"));
    let unknown = api.request(Method::POST, V2).basic_auth("nobody", Some("wrong"));
    let none = api.request(Method::POST, V2);
    let bearer = api.request(Method::POST, V2).bearer_auth("x");
    let mut bodies = Vec::new();
    for request in [wrong, unknown, none, bearer] {
        let answer = api.send_built(request.form(&[("grant_type", "client_credentials")])).await.expect(401);
        assert!(answer.header("www-authenticate").starts_with("Basic realm="));
        bodies.push(answer.body);
    }
    assert_eq!(bodies[0]["error"], "invalid_client");
    assert!(bodies.iter().all(|body| body == &bodies[0]), "unknown, wrong and missing are not told apart");
}

#[tokio::test]
async fn a_form_that_is_too_large_or_wants_no_json_is_refused_for_what_it_is() {
    let server = TestServer::start().await;
    let api = server.anonymous();
    let html = api.request(Method::POST, V3).header("accept", "text/html").form(&[("a", "b")]);
    assert_eq!(api.send_built(html).await.expect(406).body["code"], 62);
    let get = api.get(V2).await.expect(405);
    assert_eq!(get.header("allow"), "POST");
    let large = api.request(Method::POST, V2).form(&[("grant_type", "x".repeat(20_000))]);
    assert_eq!(api.send_built(large).await.expect(413).body["code"], 66);
}

#[tokio::test]
async fn a_token_past_its_life_is_expired_and_not_merely_invalid() {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    api.get("/anomalie-adresse").await.expect(200);
    server.clock.advance(SignedDuration::from_secs(3599));
    api.get("/anomalie-adresse").await.expect(200);
    server.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(api.get("/anomalie-adresse").await.expect(401).body["code"], 42);
    let purged =
        server.app.store.purge_tokens(server.app.clock.now() + SignedDuration::from_secs(1)).await.unwrap();
    assert_eq!(purged, 1);
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once() {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    api.get("/anomalie-adresse").await.expect(200);
    let token = api.token().unwrap().to_owned();
    let revoke = |client: &'static str, token: String| {
        let api = server.anonymous();
        async move {
            let request =
                api.request(Method::POST, "/oauth/revoke").basic_auth(client, Some(fixtures::SECRET));
            api.send_built(request.form(&[("token", token)])).await
        }
    };
    revoke("venu-oc", token.clone()).await.expect(200);
    api.get("/anomalie-adresse").await.expect(200);
    revoke("sfra-oc", "unknown".to_owned()).await.expect(200);
    revoke("sfra-oc", token).await.expect(200);
    assert_eq!(api.get("/anomalie-adresse").await.expect(401).body["code"], 41);
}

#[tokio::test]
async fn a_client_learns_of_its_own_tokens_only() {
    let server = TestServer::start().await;
    let api = server.login_for("sfra-oc", READ).await;
    let introspect = |client: &'static str, token: String| {
        let api = server.anonymous();
        async move {
            let request =
                api.request(Method::POST, "/oauth/introspect").basic_auth(client, Some(fixtures::SECRET));
            api.send_built(request.form(&[("token", token)])).await.expect(200).body
        }
    };
    let token = api.token().unwrap().to_owned();
    let issued = server.app.clock.now().as_second();
    assert_eq!(
        introspect("sfra-oc", token.clone()).await,
        json!({
            "active": true, "client_id": "sfra-oc", "scope": READ, "token_type": "Bearer",
            "iat": issued, "exp": issued + 3600
        })
    );
    let inactive = json!({"active": false});
    assert_eq!(introspect("venu-oc", token.clone()).await, inactive);
    assert_eq!(introspect("sfra-oc", "unknown".to_owned()).await, inactive);
    server.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(introspect("sfra-oc", token).await, inactive);
}

#[tokio::test]
async fn the_metadata_lead_to_the_endpoints() {
    let server = TestServer::start().await;
    let body = server.anonymous().get("/.well-known/oauth-authorization-server").await.expect(200);
    let body: Value = serde_json::from_str(&body.text.replace(&server.base, "http://oi.example")).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&body).unwrap());
}

#[tokio::test]
async fn a_client_has_so_many_tokens_an_hour_and_no_more() {
    let server = TestServer::start_with(Settings { token_quota: 3, ..Settings::default() }).await;
    let api = server.anonymous();
    for _ in 0..3 {
        form(&api, V2, "grant_type=client_credentials").await.expect(200);
    }
    let refused = form(&api, V2, "grant_type=client_credentials").await.expect(403);
    assert_eq!(refused.body["code"], 53);
    assert_eq!(refused.header("retry-after"), "60");
    server.login("venu-oc").await;
    server.clock.advance(SignedDuration::from_hours(1));
    form(&api, V2, "grant_type=client_credentials").await.expect(200);
}

#[tokio::test]
async fn ten_wrong_secrets_a_minute_close_the_door_for_that_client_alone() {
    let server = TestServer::start().await;
    let api = server.anonymous();
    let guess = |secret: &'static str| {
        let api = api.clone();
        async move {
            let request = api.request(Method::POST, V2).basic_auth("sfra-oc", Some(secret));
            api.send_built(request.form(&[("grant_type", "client_credentials")])).await
        }
    };
    for _ in 0..10 {
        guess("wrong").await.expect(401);
    }
    let closed = guess("wrong").await.expect(403);
    assert_eq!(closed.body["code"], 53);
    assert_eq!(closed.header("retry-after"), "60");
    server.login("venu-oc").await;
    // The server has generated this secret, so wrong guesses do not lock its client.
    guess(fixtures::SECRET).await.expect(200);
    guess("wrong").await.expect(403);
    server.clock.advance(SignedDuration::from_secs(60));
    guess("wrong").await.expect(401);
}

#[tokio::test]
async fn a_revoked_client_and_a_rotated_secret_end_the_tokens_they_gave() {
    let server = TestServer::start().await;
    let (revoked, rotated) = (server.login("sfra-oc").await, server.login("venu-oc").await);
    epissure_app::directory::clients::revoke(&server.app, "sfra-oc", &server.administrator()).await.unwrap();
    epissure_app::directory::clients::rotate(&server.app, "venu-oc", None, &server.administrator())
        .await
        .unwrap();
    for api in [&revoked, &rotated] {
        assert_eq!(api.get("/anomalie-adresse").await.expect(401).body["code"], 41);
    }
    for client in ["sfra-oc", "venu-oc"] {
        let api = server.anonymous();
        let request = api.request(Method::POST, V2).basic_auth(client, Some(fixtures::SECRET));
        api.send_built(request.form(&[("grant_type", "client_credentials")])).await.expect(401);
    }
}

#[tokio::test]
async fn a_secret_chosen_by_hand_opens_and_its_percent_signs_survive() {
    let server = TestServer::start().await;
    let chosen = "100%25 sûr, 1+1=2 : ok";
    let new = epissure_app::directory::clients::NewClient {
        operator: "SFRA".parse().unwrap(),
        role: epissure_store::Role::Oc,
        id: Some("by-hand".to_owned()),
        secret: Some(chosen.to_owned()),
        scopes: vec![READ.to_owned()],
    };
    epissure_app::directory::clients::add(&server.app, new, &server.administrator()).await.unwrap();
    // Form-encoded before Base64, as RFC 6749 §2.3.1 requires.
    let encoded = "100%2525 s%C3%BBr, 1%2B1=2 : ok";
    let api = server.anonymous();
    let request = api.request(Method::POST, V2).basic_auth("by-hand", Some(encoded));
    let answer = api.send_built(request.form(&[("grant_type", "client_credentials")])).await.expect(200);
    assert_eq!(answer.body["scope"], READ);
    // Not encoded, as most clients send it.
    let request = api.request(Method::POST, V2).basic_auth("by-hand", Some(chosen));
    api.send_built(request.form(&[("grant_type", "client_credentials")])).await.expect(200);
}
