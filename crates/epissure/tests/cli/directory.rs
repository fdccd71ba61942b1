use crate::harness::{Sandbox, command, run_reading};

#[test]
fn operators_are_added_replaced_and_listed() {
    let sandbox = Sandbox::new();
    assert!(
        sandbox
            .ok(&["operator", "add", "FTEL", "--name", "An OI", "--oi"])
            .starts_with("Operator FTEL added: oi.")
    );
    sandbox.ok(&[
        "operator",
        "add",
        "ARTD",
        "--name",
        "Both",
        "--oi",
        "--oc",
        "--siren",
        "732829320",
        "--strict-creation",
    ]);
    let again = sandbox.ok(&["operator", "add", "FTEL", "--name", "Another name", "--oi", "--oc"]);
    assert!(again.starts_with("Operator FTEL replaced: oi, oc."), "{again}");

    let listed = sandbox.json(&["operator", "list", "--json"]);
    assert_eq!(listed[0]["code"], "ARTD");
    assert_eq!(listed[0]["siren"], "732829320");
    assert_eq!(listed[0]["strict_creation"], true);
    assert_eq!(listed[1]["name"], "Another name");
    assert_eq!(
        sandbox.ok(&["operator", "list"]),
        "CODE  ROLES   SIREN      STRICT  NAME\n\
         ARTD  oi, oc  732829320  yes     Both\n\
         FTEL  oi, oc                     Another name\n"
    );
}

#[test]
fn a_siren_with_a_wrong_key_is_kept_with_a_warning_and_one_without_form_is_refused() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["operator", "add", "FTEL", "--name", "x", "--oi", "--siren", "732829321"]);
    assert_eq!(ran.status, 0);
    assert!(ran.stderr.starts_with("warning: "), "{}", ran.stderr);
    sandbox.fails(2, &["operator", "add", "FTEL", "--name", "x", "--oi", "--siren", "7328"]);
}

#[test]
fn what_is_not_possible_is_a_usage_error_that_says_what_to_do() {
    let (sandbox, _) = Sandbox::with_operators();
    for (arguments, advice) in [
        (&["operator", "add", "IFTR", "--name", "x"][..], "--oi"),
        (&["client", "add", "--operator", "NONE", "--role", "oi"], "epissure operator add NONE"),
        (&["client", "add", "--operator", "FTEL", "--role", "oc"], "--oc"),
        (&["client", "add", "--operator", "SFRA", "--role", "oc", "--id", "oc"], "epissure client rotate oc"),
        (&["client", "add", "--operator", "SFRA", "--role", "oc", "--id", "a:b"], "letters, digits"),
        (&["client", "add", "--operator", "SFRA", "--role", "oc", "--secret", "short"], "16"),
        (
            &["client", "add", "--operator", "SFRA", "--role", "oc", "--scope", "all"],
            "interop:anomalie-adresse:write",
        ),
        (&["client", "rotate", "nobody"], "epissure client list"),
        (&["client", "revoke", "nobody"], "epissure client list"),
        (&["contract", "set", "--oi", "SFRA", "--oc", "SFRA"], "--oi"),
        (&["contract", "set", "--oi", "FTEL", "--oc", "SFRA", "--bulk-limit", "0"], "10000"),
    ] {
        let said = sandbox.fails(2, arguments);
        assert!(said.contains(advice), "{arguments:?}: {said}");
    }
}

#[test]
fn a_secret_is_shown_once_in_the_form_asked_for() {
    let (sandbox, _) = Sandbox::with_operators();
    let shown = sandbox.ok(&["client", "add", "--operator", "SFRA", "--role", "oc", "--id", "a"]);
    assert!(shown.contains("epi_cs_") && shown.contains("cannot show it again"), "{shown}");
    assert!(shown.contains("curl -sS -u 'a:epi_cs_"), "{shown}");

    let quiet = sandbox.ok(&["client", "add", "--operator", "SFRA", "--role", "oc", "--id", "b", "--quiet"]);
    assert!(quiet.starts_with("epi_cs_") && quiet.trim_end().lines().count() == 1, "{quiet}");

    let json = sandbox.json(&[
        "client",
        "add",
        "--operator",
        "FTEL",
        "--role",
        "oi",
        "--json",
        "--scope",
        "interop:anomalie-adresse:readonly",
    ]);
    assert!(json["id"].as_str().expect("an id").starts_with("ftel-oi-"), "{json}");
    assert!(json["secret"].as_str().expect("a secret").starts_with("epi_cs_"));
    assert_eq!(json["scopes"].as_array().map(Vec::len), Some(1));

    let rotated = sandbox.json(&["client", "rotate", "a", "--json"]);
    assert!(!shown.contains(rotated["secret"].as_str().expect("a secret")));

    let listed = sandbox.ok(&["client", "list", "--json"]) + &sandbox.ok(&["client", "list"]);
    assert!(!listed.contains("epi_cs_") && !listed.contains("secret"), "{listed}");
}

#[test]
fn a_secret_may_come_from_the_environment_or_from_standard_input() {
    let (sandbox, _) = Sandbox::with_operators();
    let add = &["client", "add", "--operator", "SFRA", "--role", "oc", "--quiet"];
    let chosen = "sixteen characters, or more";
    assert_eq!(sandbox.run_with(add, &[("EPISSURE_CLIENT_SECRET", chosen)]).stdout.trim_end(), chosen);
    let mut reading = add.to_vec();
    reading.extend(["--secret", "-"]);
    assert_eq!(run_reading(command(sandbox.path(), &reading), &format!("{chosen}\n")).trim_end(), chosen);
}

#[test]
fn clients_are_listed_with_what_became_of_them() {
    let (sandbox, _) = Sandbox::with_operators();
    assert!(sandbox.ok(&["client", "revoke", "oc"]).starts_with("Client oc revoked"));
    let listed = sandbox.json(&["client", "list", "--json"]);
    assert_eq!(listed[0]["id"], "oc");
    assert!(listed[0]["revoked"].is_string());
    assert_eq!(listed[1]["id"], "oi");
    assert!(listed[1]["revoked"].is_null());
    // Rotating the secret reactivates a revoked client.
    sandbox.ok(&["client", "rotate", "oc"]);
    assert!(sandbox.json(&["client", "list", "--json"])[0]["revoked"].is_null());
}

#[test]
fn contracts_are_set_and_listed() {
    let (sandbox, _) = Sandbox::with_operators();
    sandbox.ok(&["contract", "set", "--oi", "FTEL", "--oc", "SFRA"]);
    let defaults = sandbox.json(&["contract", "list", "--json"]);
    assert_eq!(defaults[0]["answer_delay"], 864_000);
    assert_eq!(defaults[0]["validation_delay"], 864_000);
    assert_eq!(defaults[0]["bulk_limit"], 1000);

    let set = &[
        "contract",
        "set",
        "--oi",
        "FTEL",
        "--oc",
        "SFRA",
        "--answer-delay",
        "36h",
        "--validation-delay",
        "90m",
        "--bulk-limit",
        "50",
    ];
    assert_eq!(
        sandbox.ok(set),
        "Contract of FTEL and SFRA set: 1d12h to answer, 1h30m to accept or refuse, 50 buildings a ticket.\n"
    );
    assert_eq!(
        sandbox.ok(&["contract", "list"]),
        "OI    OC    ANSWER  VALIDATION  BULK LIMIT  RATE     EVENTS\nFTEL  SFRA  1d12h   1h30m       50          default  none\n"
    );
}

#[test]
fn nothing_is_made_by_what_only_looks() {
    let sandbox = Sandbox::new();
    for arguments in [
        &["operator", "list"][..],
        &["client", "list"],
        &["client", "rotate", "x"],
        &["client", "revoke", "x"],
        &["contract", "list"],
        &["database", "check"],
        &["database", "backup", "copy.sqlite"],
    ] {
        assert!(sandbox.fails(1, arguments).contains("there is no database"), "{arguments:?}");
    }
    assert!(!sandbox.path().join("epissure-data").exists());

    sandbox.ok(&["database", "migrate"]);
    for what in ["operator", "client", "contract"] {
        assert_eq!(sandbox.ok(&[what, "list", "--json"]).trim(), "[]");
        assert!(sandbox.ok(&[what, "list"]).contains(&format!("epissure {what}")), "{what}");
    }
}

#[test]
fn what_is_about_to_expire_is_listed() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["operator", "add", "FTEL", "--name", "An OI", "--oi"]);
    sandbox.ok(&["operator", "add", "SFRA", "--name", "An OC", "--oc"]);
    sandbox.ok(&["contract", "set", "--oi", "FTEL", "--oc", "SFRA"]);
    assert_eq!(sandbox.ok(&["ticket", "due"]), "No contractual delay expires within 3d.\n");
    assert_eq!(sandbox.json(&["ticket", "due", "--within", "30d", "--json"]), serde_json::json!([]));
}
