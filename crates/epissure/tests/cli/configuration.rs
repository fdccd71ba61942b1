use std::fs;

use crate::harness::Sandbox;

#[test]
fn the_command_line_comes_before_the_environment_and_that_before_the_file() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path().join("epissure.toml"), "data = \"of-the-file\"\n").expect("written");
    let migrate = &["database", "migrate", "--config", "epissure.toml"];
    let exists = |folder: &str| sandbox.path().join(folder).join("epissure.sqlite").exists();

    sandbox.ok(migrate);
    assert!(exists("of-the-file"));
    let ran = sandbox.run_with(migrate, &[("EPISSURE_DATA", "of-the-environment")]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(exists("of-the-environment"));
    let mut on_the_line = migrate.to_vec();
    on_the_line.extend(["--data", "of-the-line"]);
    assert_eq!(sandbox.run_with(&on_the_line, &[("EPISSURE_DATA", "another")]).status, 0);
    assert!(exists("of-the-line") && !exists("another") && !exists("epissure-data"));

    // The environment may name the file, and an option may precede the verb.
    let ran = sandbox.run_with(&["operator", "list", "--json"], &[("EPISSURE_CONFIG", "epissure.toml")]);
    assert_eq!((ran.status, ran.stdout.trim()), (0, "[]"));
    sandbox.ok(&["--data", "of-the-line", "operator", "list"]);
}

#[test]
fn every_setting_of_the_server_may_be_in_the_file() {
    let (sandbox, secret) = Sandbox::with_operators();
    let file = "listen = \"127.0.0.1:1\"\nbase-url = \"https://oi.example/\"\ntoken-lifetime = \"5m\"\n\
                token-quota = 7\nbody-limit = 4096\nattachment-limit = \"2MiB\"\n\
                attachments = \"files\"\nclamd = \"tcp:127.0.0.1:1\"\nlog-format = \"json\"\nlog = \"info\"\n";
    fs::write(sandbox.path().join("epissure.toml"), file).expect("written");
    // The command line takes precedence over the port in the file, which needs root.
    let server = sandbox.serve(&["--config", "epissure.toml"]);
    let metadata = get(&format!("{}/.well-known/oauth-authorization-server", server.base));
    assert!(metadata.contains("https://oi.example/oauth"), "{metadata}");
    let token = post_token(&server.base, secret);
    assert!(token.contains("\"expires_in\":300"), "{token}");
}

#[test]
fn what_is_wrong_in_the_file_is_told_with_its_name() {
    let sandbox = Sandbox::new();
    for (text, said) in [
        ("port = 80\n", "`port` is not a setting\nThe settings are data, database,"),
        ("listen = \"here\"\n", "an address is written"),
        ("token-quota = 0\n", "token-quota"),
        ("log-format = \"xml\"\n", "xml"),
        ("listen = true\n", "`listen` must be a string, a whole number or an array of strings"),
        ("listen = \n", "is not TOML"),
    ] {
        fs::write(sandbox.path().join("e.toml"), text).expect("written");
        let error = sandbox.fails(2, &["serve", "--config", "e.toml"]);
        assert!(error.starts_with("error: e.toml") && error.contains(said), "{text}: {error}");
    }
    assert!(sandbox.fails(2, &["serve", "--config", "absent.toml"]).contains("absent.toml cannot be read"));
}

fn get(url: &str) -> String {
    block(async { client().get(url).send().await.expect("an answer").text().await.expect("a body") })
}

fn post_token(base: &str, secret: &str) -> String {
    let request = client().post(format!("{base}/oauth/v2/token")).basic_auth("oc", Some(secret));
    let request = request.form(&[("grant_type", "client_credentials")]);
    block(async { request.send().await.expect("an answer").text().await.expect("a body") })
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

#[test]
fn every_option_of_serve_can_be_set_by_the_file_and_lists_are_arrays() {
    let sandbox = Sandbox::new();
    let file = "cors-origin = [\"https://app.example\", \"*\"]\n";
    fs::write(sandbox.path().join("e.toml"), file).expect("written");
    let error = sandbox.fails(2, &["serve", "--config", "e.toml"]);
    assert!(error.contains("an origin is written https://app.example"), "{error}");
}
