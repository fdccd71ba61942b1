//! Terms agreed between an OI and an OC for the opening of tickets.

use std::sync::Arc;
use std::time::Duration;

use epissure_protocol::draft::Terms;
use epissure_protocol::names::OperatorCode;
use epissure_protocol::problem::Problem;
use moka::sync::Cache;

use crate::App;
use crate::directory::contracts::DEFAULT_BULK_LIMIT;
use crate::failure::failed;

type Pair = (OperatorCode, OperatorCode);

/// Short-lived cache of terms; `None` when the OI is not served here.
pub(crate) struct AgreementCache(Cache<Pair, Option<Arc<Terms>>>);

impl AgreementCache {
    pub(crate) fn new(believed: Duration) -> Self {
        Self(Cache::builder().max_capacity(10_000).time_to_live(believed).build())
    }

    pub(crate) fn forget_all(&self) {
        self.0.invalidate_all();
    }
}

/// Returns the terms under which an OC opens tickets with an OI, or `None` when the OI is not
/// served here.
pub(crate) async fn terms(
    app: &App,
    oi: &OperatorCode,
    oc: &OperatorCode,
) -> Result<Option<Arc<Terms>>, Problem> {
    let pair = (oi.clone(), oc.clone());
    if let Some(known) = app.agreements.0.get(&pair) {
        return Ok(known);
    }
    let operator = app.store.operator(oi).await.map_err(failed)?.filter(|operator| operator.is_oi);
    let terms = match operator {
        None => None,
        Some(operator) => {
            let contract = app.store.contract(oi, oc).await.map_err(failed)?;
            Some(Arc::new(Terms {
                bulk_limit: contract.map_or(DEFAULT_BULK_LIMIT, |contract| contract.bulk_limit),
                strict_creation: operator.strict_creation,
                ..Terms::default()
            }))
        }
    };
    app.agreements.0.insert(pair, terms.clone());
    Ok(terms)
}
