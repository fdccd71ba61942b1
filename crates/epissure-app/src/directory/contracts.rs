//! Contracts between an OI and an OC.

use epissure_store::{Author, Contract};

use super::Refused;
use crate::App;
use crate::failure::failed;

/// Default delay for an OC to answer, and to accept or refuse, in seconds: ten days.
pub const DEFAULT_DELAY: i64 = 10 * 24 * 3600;
/// Default maximum number of buildings in one ticket.
pub const DEFAULT_BULK_LIMIT: usize = 1000;

/// Adds or replaces a contract.
///
/// # Errors
/// Fails when an operator is unknown or lacks its role in the contract, or a number is out of
/// range.
pub async fn put(app: &App, contract: Contract, by: &Author) -> Result<(), Refused> {
    for (code, flag, named) in [(&contract.oi, "--oi", "oi"), (&contract.oc, "--oc", "oc")] {
        let operator = app.store.operator(code).await.map_err(failed)?.ok_or_else(|| {
            Refused::invalid(format!(
                "operator {code} is unknown: add it first with `epissure operator add {code} …`"
            ))
        })?;
        if !(if named == "oi" { operator.is_oi } else { operator.is_oc }) {
            return Err(Refused::invalid(format!(
                "operator {code} does not act as {named}: add it again with {flag}, and with every other role it has"
            )));
        }
    }
    if contract.answer_delay <= 0 || contract.validation_delay <= 0 {
        return Err(Refused::invalid("a delay is longer than zero, as 10d or 36h"));
    }
    if !(1..=10_000).contains(&contract.bulk_limit) {
        return Err(Refused::invalid("the bulk limit is from 1 to 10000 buildings"));
    }
    app.store.put_contract(contract, by).await.map_err(failed)?;
    app.agreements.forget_all();
    app.quotas.forget_rates();
    Ok(())
}

/// Returns every contract.
///
/// # Errors
/// Fails when the store fails.
pub async fn list(app: &App) -> Result<Vec<Contract>, Refused> {
    Ok(app.store.contracts().await.map_err(failed)?)
}
