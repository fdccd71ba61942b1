//! Operators.

use epissure_protocol::identifiers::{Findings, Severity, check_siren};
use epissure_store::{Author, Operator};

use super::{Refused, organization};
use crate::App;
use crate::failure::failed;

/// Adds or replaces an operator, and returns warnings. The operator's organization is created or
/// updated in the directory.
///
/// # Errors
/// Fails when the operator has no role, no name, or a SIREN that is not nine digits.
pub async fn put(app: &App, operator: Operator, by: &Author) -> Result<Vec<String>, Refused> {
    if !(operator.is_oi || operator.is_oc) {
        return Err(Refused::invalid(
            "say what the operator does here: --oi treats tickets, --oc opens them; or both",
        ));
    }
    if operator.name.trim().is_empty() {
        return Err(Refused::invalid("give the operator a name: --name"));
    }
    let mut findings = Findings::new();
    if let Some(siren) = &operator.siren {
        check_siren(siren, "--siren", &mut findings);
    }
    if let Some(error) = findings.errors().next() {
        return Err(Refused::invalid(error.message.clone()));
    }
    let before = app.store.operator(&operator.code).await.map_err(failed)?;
    app.store.put_operator(operator.clone(), by).await.map_err(failed)?;
    app.agreements.forget_all();
    let mut warnings: Vec<String> =
        findings.of(Severity::Warning).map(|finding| finding.message.clone()).collect();
    warnings.extend(organization::follow(app, before.as_ref(), &operator, by).await?);
    Ok(warnings)
}

/// Returns every operator.
///
/// # Errors
/// Fails when the store fails.
pub async fn list(app: &App) -> Result<Vec<Operator>, Refused> {
    Ok(app.store.operators().await.map_err(failed)?)
}
