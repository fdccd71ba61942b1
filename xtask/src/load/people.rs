//! Operators and clients that open and treat the tickets.

use anyhow::Result;
use epissure_app::oauth::{SCOPES, secret};
use epissure_protocol::names::OperatorCode;
use epissure_store::{Access, Author, Client, ClientId, Contract, Operator, Role};

use super::tickets::first_instant;

/// Code of the OI.
pub(crate) const OI: &str = "FTEL";
/// Code of the OC.
pub(crate) const OC: &str = "SFRA";
/// Client of the OI.
pub(crate) const OI_CLIENT: &str = "ftel-oi";
/// Client of the OC.
pub(crate) const OC_CLIENT: &str = "sfra-oc";
/// Secret of both clients. It protects only databases filled here.
pub(crate) const SECRET: &str = "known to all, for measurements only";

/// Returns the author of the writes that fill a database.
pub(crate) fn author() -> Author {
    Author::person("load", first_instant())
}

pub(super) async fn add(store: &impl Access) -> Result<()> {
    let by = author();
    for (id, operator, role) in [(OI_CLIENT, OI, Role::Oi), (OC_CLIENT, OC, Role::Oc)] {
        store
            .put_operator(
                Operator {
                    code: code(operator)?,
                    name: format!("Operator {operator}"),
                    is_oi: role == Role::Oi,
                    is_oc: role == Role::Oc,
                    siren: None,
                    strict_creation: false,
                },
                &by,
            )
            .await?;
        // An existing client keeps its secret: the database may be in use.
        store
            .add_client(
                Client {
                    id: ClientId(id.to_owned()),
                    operator: code(operator)?,
                    role,
                    scopes: SCOPES.iter().map(|scope| scope.name.to_owned()).collect(),
                    secret: secret::hash_made(SECRET),
                    revoked: None,
                    created: first_instant(),
                },
                &by,
            )
            .await?;
    }
    store
        .put_contract(
            Contract {
                oi: code(OI)?,
                oc: code(OC)?,
                // A measured server must not move tickets meanwhile.
                answer_delay: 3650 * 86_400,
                validation_delay: 3650 * 86_400,
                bulk_limit: 1000,
                rate: None,
            },
            &by,
        )
        .await?;
    Ok(())
}

pub(super) fn code(text: &str) -> Result<OperatorCode> {
    text.parse().map_err(anyhow::Error::msg)
}
