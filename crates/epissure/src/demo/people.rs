//! Operators, clients and contracts of the demo. All are invented; the codes are those of the
//! examples in the protocol's own documents.

use epissure_app::App;
use epissure_app::clock::Clock;
use epissure_app::directory::clients::{self, NewClient};
use epissure_app::directory::{contracts, operators};
use epissure_protocol::names::OperatorCode;
use epissure_store::{Contract, Operator, Role};
use jiff::tz::TimeZone;

use crate::failure::Failure;
use crate::store;

/// A client of the demo.
pub(super) struct Who {
    /// Client identifier.
    pub(super) id: &'static str,
    /// Operator of the client.
    pub(super) operator: &'static str,
    /// Role of the client.
    pub(super) role: Role,
    /// Short description.
    pub(super) what: &'static str,
}

/// Clients of the demo.
pub(super) const CLIENTS: &[Who] = &[
    Who { id: "ftel-oi", operator: "FTEL", role: Role::Oi, what: "infrastructure operator: treats tickets" },
    Who { id: "sfra-oc", operator: "SFRA", role: Role::Oc, what: "commercial operator: opens tickets" },
    Who { id: "venu-oc", operator: "VENU", role: Role::Oc, what: "another commercial operator" },
    Who { id: "artd-oi", operator: "ARTD", role: Role::Oi, what: "an operator of both kinds, as OI" },
    Who { id: "artd-oc", operator: "ARTD", role: Role::Oc, what: "the same, as OC" },
];

/// An operator of the demo.
pub(super) struct Company {
    /// Operator code.
    pub(super) code: &'static str,
    name: &'static str,
    oi: bool,
    oc: bool,
    /// First eight digits of the SIREN; the ninth is the check digit.
    siren: &'static str,
}

/// Operators of the demo.
pub(super) const OPERATORS: &[Company] = &[
    Company { code: "FTEL", name: "Réseau Exemple Infrastructure", oi: true, oc: false, siren: "99900001" },
    Company { code: "SFRA", name: "Fournisseur Exemple du Nord", oi: false, oc: true, siren: "99900002" },
    Company { code: "VENU", name: "Fournisseur Exemple du Sud", oi: false, oc: true, siren: "99900003" },
    Company { code: "ARTD", name: "Fibre Exemple Départementale", oi: true, oc: true, siren: "99900004" },
];

/// Contracts: OI, OC, maximum number of buildings in a ticket.
pub(super) const CONTRACTS: &[(&str, &str, usize)] = &[
    ("FTEL", "SFRA", 1000),
    ("FTEL", "VENU", 500),
    ("FTEL", "ARTD", 200),
    ("ARTD", "SFRA", 1000),
    ("ARTD", "VENU", 100),
    ("ARTD", "ARTD", 1000),
];

/// Secrets of the clients.
pub(super) struct Credentials(Vec<String>);

impl Credentials {
    /// Returns each client with its secret.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static Who, &str)> {
        CLIENTS.iter().zip(self.0.iter().map(String::as_str))
    }

    /// Returns the secret of a client.
    pub(super) fn of(&self, id: &str) -> &str {
        self.all().find(|(who, _)| who.id == id).map(|(_, secret)| secret).unwrap_or_default()
    }
}

/// Inserts the missing operators, clients and contracts, and rotates every client's secret.
pub(super) async fn settle(app: &App) -> Result<Credentials, Failure> {
    let by = &store::author(app);
    let known = operators::list(app).await?;
    for company in OPERATORS {
        if known.iter().any(|known| known.code.as_str() == company.code) {
            continue;
        }
        let operator = Operator {
            code: code(company.code)?,
            name: company.name.to_owned(),
            is_oi: company.oi,
            is_oc: company.oc,
            siren: Some(siren(company.siren)),
            strict_creation: false,
        };
        operators::put(app, operator, by).await?;
    }
    let known = contracts::list(app).await?;
    for &(oi, oc, bulk_limit) in CONTRACTS {
        if known.iter().any(|known| known.oi.as_str() == oi && known.oc.as_str() == oc) {
            continue;
        }
        let contract = Contract {
            oi: code(oi)?,
            oc: code(oc)?,
            answer_delay: contracts::DEFAULT_DELAY,
            validation_delay: contracts::DEFAULT_DELAY,
            bulk_limit,
            rate: None,
        };
        contracts::put(app, contract, by).await?;
    }
    let known = clients::list(app).await?;
    let mut secrets = Vec::with_capacity(CLIENTS.len());
    for who in CLIENTS {
        let secret = if known.iter().any(|known| known.id.0 == who.id) {
            clients::rotate(app, who.id, None, by).await?
        } else {
            let new = NewClient {
                operator: code(who.operator)?,
                role: who.role,
                id: Some(who.id.to_owned()),
                secret: None,
                scopes: Vec::new(),
            };
            clients::add(app, new, by).await?.1
        };
        secrets.push(secret.0);
    }
    Ok(Credentials(secrets))
}

/// Parses an operator code of the tables above.
pub(super) fn code(text: &str) -> Result<OperatorCode, Failure> {
    OperatorCode::parse(text)
        .ok_or_else(|| Failure::failed(format!("the demo has a wrong operator code: {text}")))
}

/// Makes a SIREN from eight digits, adding the Luhn check digit.
pub(super) fn siren(eight: &str) -> String {
    let sum: u32 = eight
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            match digit * 2 {
                _ if place % 2 == 1 => digit,
                double if double > 9 => double - 9,
                double => double,
            }
        })
        .sum();
    format!("{eight}{}", (10 - sum % 10) % 10)
}

/// Returns the SIREN of an operator of the table above.
pub(super) fn siren_of(code: &str) -> String {
    OPERATORS
        .iter()
        .find(|company| company.code == code)
        .map(|company| siren(company.siren))
        .unwrap_or_default()
}

/// Returns the current year of a clock.
pub(super) fn year_of(clock: &dyn Clock) -> i16 {
    clock.now().to_zoned(TimeZone::UTC).year()
}

#[cfg(test)]
mod tests {
    use epissure_protocol::identifiers::{Findings, check_siren};

    use super::*;

    #[test]
    fn every_siren_has_its_key() {
        for company in OPERATORS {
            let mut findings = Findings::new();
            check_siren(&siren(company.siren), "/siren", &mut findings);
            assert_eq!(findings.iter().count(), 0, "{}", siren(company.siren));
        }
    }
}
