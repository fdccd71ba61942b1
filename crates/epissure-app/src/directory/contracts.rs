//! Contracts between an OI and an OC.

use epissure_store::{Author, Contract};

use super::Refused;
use crate::App;
use crate::failure::failed;

/// Seconds that an OC has to answer, and to accept or refuse, when its contract does not say: ten days.
pub const DEFAULT_DELAY: i64 = 10 * 24 * 3600;
/// Buildings in one ticket when the contract does not say.
pub const DEFAULT_BULK_LIMIT: usize = 1000;

/// Adds a contract, or replaces it.
///
/// # Errors
/// When an operator is unknown or has not the role that the contract gives it, or a number is out of range.
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

/// Every contract.
///
/// # Errors
/// When the store fails.
pub async fn list(app: &App) -> Result<Vec<Contract>, Refused> {
    Ok(app.store.contracts().await.map_err(failed)?)
}
