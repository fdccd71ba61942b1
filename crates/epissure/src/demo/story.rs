//! The whole life of one ticket, played over HTTP by both sides and printed step by step, followed
//! by queries on the directory.

use epissure_app::clock::{Clock as _, SystemClock};
use epissure_protocol::names::TicketId;
use jiff::SignedDuration;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use super::exchange::{send, unexpected, unreachable};
use super::partner::Partner;
use super::people::{self, Credentials};
use super::transcript::{self, Exchange};
use crate::failure::Failure;
use crate::{events, output};

/// Base path of the directory.
pub(super) const PARTIES: &str = "/united-way/party-management/v1";

const OC: &str = "OC";
const OI: &str = "OI";

/// Members shown of a ticket that changes.
const STATE: &[&str] = &["id", "status", "statusAuthor", "statusChangeReason", "statusChangeDetails"];

/// Plays and prints the story.
pub(super) async fn tell(base: &str, credentials: &Credentials, partner: &Partner) -> Result<(), Failure> {
    let http = Client::builder().no_proxy().build().map_err(|error| unreachable(&error))?;
    let mut story = Story {
        base,
        http,
        oc: String::new(),
        oi: String::new(),
        step: 0,
        ticket: String::new(),
        etag: String::new(),
    };
    story.introduce()?;
    story.tokens(credentials).await?;
    story.open().await?;
    story.queue().await?;
    story.read().await?;
    let first = story.etag.clone();
    story.learn_the_cycle().await?;
    story.qualify().await?;
    story.learn_the_versions(&first).await?;
    story.ask_and_answer().await?;
    story.resolve_and_refuse().await?;
    story.resolve_and_accept().await?;
    story.end().await?;
    story.news(partner).await?;
    story.directory().await
}

struct Story<'a> {
    base: &'a str,
    http: Client,
    oc: String,
    oi: String,
    step: usize,
    ticket: String,
    etag: String,
}

/// Expected response.
struct Expected {
    status: StatusCode,
    members: &'static [&'static str],
}

const fn expect(status: StatusCode, members: &'static [&'static str]) -> Expected {
    Expected { status, members }
}

impl Story<'_> {
    fn introduce(&self) -> Result<(), Failure> {
        output::print(&format!(
            "\
Épissure demo, at {base}

Two operators meet here. FTEL is the OI (opérateur d'infrastructure, infrastructure operator): it owns the
fibre and publishes every day the IPE (informations préalables enrichies), the file of the buildings that can
be connected. SFRA is an OC (opérateur commercial, commercial operator): it sells the access, and tells the
OI when an address of the IPE is wrong or missing. Such a report is a ticket; here is the life of one.

Every command can be pasted in another terminal. What is long is cut, and marked with …
",
            base = self.base
        ))
    }

    /// Starts a step: prints its title and reason.
    fn begin(&mut self, title: &str, why: &str) -> Result<(), Failure> {
        self.step += 1;
        output::print(&format!("\n── {}. {title}\n{why}\n", self.step))
    }

    async fn tokens(&mut self, credentials: &Credentials) -> Result<(), Failure> {
        self.begin(
            "Both sides obtain a token",
            "A program shows its identifier and secret once an hour (OAuth2, client_credentials); its token then\n\
             says who calls, for which operator and in which role.",
        )?;
        let secret = credentials.of("sfra-oc");
        let url = format!("{}/oauth/v2/token", self.base);
        let form = [("grant_type", "client_credentials")];
        let mut tokens = Vec::with_capacity(2);
        for client in ["sfra-oc", "ftel-oi"] {
            let request = self.http.post(&url).basic_auth(client, Some(credentials.of(client))).form(&form);
            let response = request.send().await.map_err(|error| unreachable(&error))?;
            let (status, headers) = (response.status(), response.headers().clone());
            let body: Value = response.json().await.map_err(|error| unreachable(&error))?;
            let token = body["access_token"].as_str().unwrap_or_default().to_owned();
            if status != StatusCode::OK || token.is_empty() {
                return Err(unexpected("POST /oauth/v2/token", StatusCode::OK, status, &body));
            }
            if tokens.is_empty() {
                let shown = transcript::answer(status, &headers, &body, &[]);
                let credentials = crate::client::secret::quote(&format!("{client}:{secret}"));
                output::print(&format!(
                    "$ curl -sSi -u {credentials} \\\n    -d grant_type=client_credentials {url}\n\n{shown}"
                ))?;
            }
            tokens.push(token);
        }
        self.oi = tokens.pop().unwrap_or_default();
        self.oc = tokens.pop().unwrap_or_default();
        output::print(&format!(
            "The commands that follow find both tokens in two variables; paste this first:\n\n{}{}",
            transcript::token_command(OC, self.base, "sfra-oc", secret),
            transcript::token_command(OI, self.base, "ftel-oi", credentials.of("ftel-oi")),
        ))
    }

    async fn open(&mut self) -> Result<(), Failure> {
        self.begin(
            "The OC opens a ticket",
            "A customer wants fibre in a new house that the IPE does not have: AnomalieAdresse.creation. The other\n\
             kinds add a building to an address (newBuilding), correct fields (modification), and correct a number\n\
             of homes (nbLogements). The ticket is ACKNOWLEDGED: the OI must treat it.",
        )?;
        let body = json!({
            "@type": "AnomalieAdresse.creation",
            "code_oi": "FTEL",
            "code_oc": "SFRA",
            "name": "Pavillon neuf absent de l’IPE",
            "description": "Le client a emménagé au 12 chemin du Moulin ; l’adresse n’existe pas dans l’IPE.",
            "externalId": "CMD-00042",
            "ticketType": "CUSTOMER_REQUEST",
            "building": {
                "address": {
                    "streetNr": "12", "streetType": "CHEMIN", "streetName": "DU MOULIN",
                    "postcode": "09000", "city": "Aigues-Juntes", "code_insee": "09001"
                },
                "geographicLocation": [{"x": 1.47, "y": 43.04, "type": "WGS84"}],
                "newConstruction": true,
                "type": "PAVILLON"
            }
        });
        let url = format!("{}/anomalie-adresse", self.base);
        let members = &["@type", "id", "status", "name", "code_oi", "code_oc", "@version"];
        let body = self
            .exchange(OC, Method::POST, url, None, Some(body), expect(StatusCode::CREATED, members))
            .await?;
        self.ticket = body["id"].as_str().unwrap_or_default().to_owned();
        Ok(())
    }

    async fn queue(&mut self) -> Result<(), Failure> {
        self.begin(
            "The OI looks at its queue",
            "A list is filtered by any member, sorted, and cut to some fields; X-Total-Count is the exact number of\n\
             matches. An operator sees its own tickets only.",
        )?;
        let url = format!(
            "{}/anomalie-adresse?status=ACKNOWLEDGED&sort=-creationDate&limit=3&fields=id,name,code_oc,status",
            self.base
        );
        self.exchange(OI, Method::GET, url, None, None, expect(StatusCode::OK, &[])).await?;
        self.note("HEAD counts and sends nothing else: here, what is open and has been with the OI for over a week.")?;
        let url = format!(
            "{}/anomalie-adresse?status[in]=ACKNOWLEDGED,IN_PROGRESS&totalDuration[gt]=604800",
            self.base
        );
        self.exchange(OI, Method::HEAD, url, None, None, expect(StatusCode::OK, &[])).await?;
        Ok(())
    }

    async fn read(&mut self) -> Result<(), Failure> {
        self.begin(
            "The OI reads the ticket",
            "The server has checked the address against the national tables and tells the OI, and only the OI, what\n\
             it found: 09000 is the postcode of another commune. ETag names the version that was read.",
        )?;
        let members = &["id", "status", "description", "building", "findings"];
        let url = self.url();
        self.exchange(OI, Method::GET, url, None, None, expect(StatusCode::OK, members)).await?;
        Ok(())
    }

    async fn learn_the_cycle(&mut self) -> Result<(), Failure> {
        self.begin(
            "A refusal that teaches: not every move is allowed",
            "The OC cannot close a ticket that nobody has treated. The sentence lists what it may do instead.",
        )?;
        let body = json!({"status": "CLOSED", "statusChangeReason": "RESOLUTION_ACCEPTED"});
        self.refused(OC, &self.etag.clone(), body, StatusCode::FORBIDDEN).await
    }

    async fn qualify(&mut self) -> Result<(), Failure> {
        self.begin(
            "The OI qualifies the ticket (qualification)",
            "It says how hard the case is (SIMPLE: one week), in which regulatory zone (ZMD, zone moins dense: less\n\
             dense area) and when it expects to be done. The legal clock starts: IN_PROGRESS.",
        )?;
        let members = &["id", "status", "complexity", "zone", "expectedResolutionDate", "@version"];
        let date = in_days(7);
        let body = json!({"status": "IN_PROGRESS", "complexity": "SIMPLE", "zone": "ZMD", "expectedResolutionDate": date});
        self.change(OI, body, members).await
    }

    async fn learn_the_versions(&mut self, first: &str) -> Result<(), Failure> {
        self.begin(
            "Another refusal that teaches: nobody's change is lost",
            "The OC edits the ticket from the version that it created, and has not seen the qualification:\n\
             If-Match is stale. It must read again before it writes.",
        )?;
        self.refused(OC, first, json!({"priority": "HIGH"}), StatusCode::PRECONDITION_FAILED).await
    }

    async fn ask_and_answer(&mut self) -> Result<(), Failure> {
        self.begin(
            "The OI asks the OC (demande d'information)",
            "The postcode is doubtful. PENDING: the OI's clock stops, the OC has the delay of their contract (10 days\n\
             here) to answer.",
        )?;
        let body = json!({
            "status": "PENDING",
            "statusChangeReason": "WAITING_INFORMATION",
            "statusChangeDetails": "09000 est Foix ; le code postal est-il 09240 ?"
        });
        self.change(OI, body, STATE).await?;
        self.begin("The OC answers", "The ticket goes back to the OI: ACKNOWLEDGED.")?;
        let body = json!({
            "status": "ACKNOWLEDGED",
            "statusChangeReason": "INFORMATION_PROVIDED",
            "statusChangeDetails": "Oui, 09240, confirmé par le client."
        });
        self.change(OC, body, STATE).await
    }

    async fn resolve_and_refuse(&mut self) -> Result<(), Failure> {
        self.begin(
            "The OI takes it up again, and resolves it (résolution)",
            "Qualified once, a ticket keeps its complexity, zone and date. For a creation the OI gives the identifier\n\
             of the building in its IPE.",
        )?;
        self.change(OI, json!({"status": "IN_PROGRESS"}), &["id", "status", "complexity", "zone"]).await?;
        let body = json!({
            "status": "RESOLVED",
            "statusChangeReason": "RESOLVED",
            "building": {"id": "IMB/09001/X/00D4"}
        });
        self.change(OI, body, &["id", "status", "statusChangeReason", "resolutionDate"]).await?;
        self.begin(
            "The OC refuses the resolution",
            "It looked at the IPE of the next day and found a mistake. It must say which: back to ACKNOWLEDGED.",
        )?;
        let body = json!({
            "status": "ACKNOWLEDGED",
            "statusChangeReason": "RESOLUTION_REFUSED",
            "statusChangeDetails": "L’IPE publié porte le 14 ; le client est au 12."
        });
        self.change(OC, body, STATE).await
    }

    async fn resolve_and_accept(&mut self) -> Result<(), Failure> {
        self.begin(
            "The OI corrects its mistake",
            "It takes the ticket up again, and resolves it a second time.",
        )?;
        self.change(OI, json!({"status": "IN_PROGRESS"}), &["id", "status"]).await?;
        let body = json!({
            "status": "RESOLVED",
            "statusChangeReason": "RESOLVED",
            "statusChangeDetails": "Numéro corrigé.",
            "building": {"id": "IMB/09001/X/00D4"}
        });
        self.change(OI, body, STATE).await?;
        self.begin(
            "The OC accepts: the end",
            "CLOSED is final: nothing in the ticket may change any more, and the customer can order.",
        )?;
        self.change(OC, json!({"status": "CLOSED", "statusChangeReason": "RESOLUTION_ACCEPTED"}), STATE).await
    }

    async fn end(&mut self) -> Result<(), Failure> {
        self.begin(
            "What remains of it",
            "The whole history, and the seconds spent on each side, from which the regulator's figures are made\n\
             (0 here: both sides were quick).",
        )?;
        let members = &[
            "id",
            "status",
            "acknowledgedDuration",
            "totalInProgressDuration",
            "totalPendingDuration",
            "statusChanges",
        ];
        let url = self.url();
        self.exchange(OC, Method::GET, url, None, None, expect(StatusCode::OK, members)).await?;
        Ok(())
    }

    async fn news(&mut self, partner: &Partner) -> Result<(), Failure> {
        self.begin(
            "Meanwhile, the OC's own server was told",
            "SFRA runs a server too, and has told FTEL where: each thing that SFRA had not done itself was sent there\n\
             within moments, signed, in its order, and would have been sent again until it arrived.",
        )?;
        let ticket =
            TicketId::parse(&self.ticket).ok_or_else(|| Failure::failed("the ticket has no identifier"))?;
        let received = partner.received(ticket).await?;
        output::print(&format!(
            "$ epissure events received --data {}\n\n{}",
            partner.folder(),
            events::received_table(&received)
        ))
    }

    async fn directory(&mut self) -> Result<(), Failure> {
        self.begin(
            "Beside the tickets: the directory (Party Management)",
            "An order names parties: the organization that buys, and whom to speak to. The OC finds itself by its SIREN\n\
             (the number of a company), and among its own people, whom nobody else sees, its interlocutors.",
        )?;
        let parties = format!("{}{PARTIES}", self.base);
        let pair = "organizationIdentification.identification";
        let siren = people::siren_of("SFRA");
        let url = format!("{parties}/organization?{pair}Type=siren&{pair}Id={siren}&fields=name");
        self.exchange(OC, Method::GET, url, None, None, expect(StatusCode::OK, &[])).await?;
        self.note(
            "Of a category, with a name that has a part in it, whatever the case: X-Total-Count is exact.",
        )?;
        let category = "partyCharacteristic.name=Category&partyCharacteristic.value=operatorInterlocutor";
        let url = format!("{parties}/individual?{category}&fullName*=*vais*&fields=fullName&limit=3");
        self.exchange(OC, Method::GET, url, None, None, expect(StatusCode::OK, &[])).await?;
        Ok(())
    }

    fn note(&self, text: &str) -> Result<(), Failure> {
        output::print(&format!("\n{text}\n"))
    }

    fn url(&self) -> String {
        format!("{}/anomalie-adresse/{}", self.base, self.ticket)
    }

    /// Changes the current version of the ticket.
    async fn change(
        &mut self,
        who: &'static str,
        body: Value,
        members: &'static [&'static str],
    ) -> Result<(), Failure> {
        let (url, etag) = (self.url(), self.etag.clone());
        self.exchange(who, Method::PATCH, url, Some(&etag), Some(body), expect(StatusCode::OK, members))
            .await?;
        Ok(())
    }

    /// Sends a request that must be refused.
    async fn refused(
        &mut self,
        who: &'static str,
        etag: &str,
        body: Value,
        status: StatusCode,
    ) -> Result<(), Failure> {
        let url = self.url();
        self.exchange(who, Method::PATCH, url, Some(etag), Some(body), expect(status, &[])).await?;
        Ok(())
    }

    async fn exchange(
        &mut self,
        who: &'static str,
        method: Method,
        url: String,
        if_match: Option<&str>,
        body: Option<Value>,
        expected: Expected,
    ) -> Result<Value, Failure> {
        let token = if who == OC { self.oc.clone() } else { self.oi.clone() };
        let exchange = Exchange { method, url, token: (who, &token), if_match, body };
        output::print(&format!("$ {}\n", transcript::command(&exchange)))?;
        let (status, headers, answered) = send(&self.http, &exchange).await?;
        output::print(&transcript::answer(status, &headers, &answered, expected.members))?;
        if status != expected.status {
            let request = format!("{} {}", exchange.method, exchange.url);
            return Err(unexpected(&request, expected.status, status, &answered));
        }
        if let Some(etag) = headers.get("etag").and_then(|etag| etag.to_str().ok()) {
            self.etag = etag.to_owned();
        }
        Ok(answered)
    }
}

fn in_days(days: i64) -> String {
    let at = SystemClock.now() + SignedDuration::from_hours(24 * days);
    at.strftime("%Y-%m-%dT17:00:00Z").to_string()
}
