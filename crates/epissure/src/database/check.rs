//! `epissure database check`.

use clap::Args;
use epissure_filter::{Options as FilterOptions, Plan, Query};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::party::{INDIVIDUAL_LIST, ORGANIZATION_LIST};
use epissure_store::{CATALOG, INDIVIDUAL_CATALOG, ORGANIZATION_CATALOG, Store, StoreError, Viewer};
use serde_json::json;

use crate::cli::Common;
use crate::failure::Failure;
use crate::serve::attachments;
use crate::store::{self, Missing, Place};
use crate::{output, table};

/// Check the database and the presence of attached files, and count the rows
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure database check")]
pub(crate) struct Options {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(common: &Common, options: &Options) -> Result<(), Failure> {
    let place = store::place(common)?;
    let database = store::open(common, Missing::Refuse, Some(1)).await?;
    let complaints = database.complaints().await.map_err(|error| unreadable(&place, &error))?;
    let counts = count(database.store()).await.map_err(|error| unreadable(&place, &error))?;
    let verified = epissure_app::attachments::verify(database.store(), &attachments::open(common)?).await?;
    let of = if matches!(place, Place::File(_)) { "file" } else { "schema" };
    if options.json {
        output::print_json(&json!({
            "database": place.to_string(),
            "sound": complaints.is_empty(),
            "complaints": complaints,
            "operators": counts.operators,
            "clients": counts.clients,
            "contracts": counts.contracts,
            "tickets": counts.tickets,
            "organizations": counts.organizations,
            "individuals": counts.individuals,
            "attachments": verified.readable,
            "attachmentsLost": verified.lost,
        }))?;
    } else {
        output::print(&table::pairs(&[
            ("database", place.to_string()),
            (of, if complaints.is_empty() { "sound".to_owned() } else { "damaged".to_owned() }),
            ("operators", counts.operators.to_string()),
            ("clients", counts.clients.to_string()),
            ("contracts", counts.contracts.to_string()),
            ("tickets", counts.tickets.to_string()),
            ("organizations", counts.organizations.to_string()),
            ("individuals", counts.individuals.to_string()),
            ("attachments", verified.readable.to_string()),
        ]))?;
    }
    if complaints.is_empty() && verified.lost.is_empty() {
        return Ok(());
    }
    if complaints.is_empty() {
        let lost: Vec<String> = verified.lost.iter().map(ToString::to_string).collect();
        return Err(Failure::failed(format!(
            "{} attachments have no content in {}:\n  {}",
            lost.len(),
            attachments::place(common),
            lost.join("\n  ")
        ))
        .then(
            "Check --attachments, and that its disk is there; restore what is missing from the last backup.",
        ));
    }
    Err(Failure::failed(format!("the {of} {place} is damaged:\n  {}", complaints.join("\n  "))).then(
        match place {
            Place::File(_) => "Stop the server, keep the file aside, and restore the last backup.",
            Place::Server(_) => "Let the administrator of PostgreSQL mend it.",
        },
    ))
}

struct Counts {
    operators: usize,
    clients: usize,
    contracts: usize,
    tickets: u64,
    organizations: u64,
    individuals: u64,
}

async fn count(store: &dyn Store) -> Result<Counts, StoreError> {
    let operators = store.operators().await?;
    let options = FilterOptions::default();
    let unexpected = |error: epissure_filter::QueryError| StoreError::Unexpected(error.to_string());
    let tickets_query = Query::parse("", &Dialect::Orange10, &options).map_err(unexpected)?;
    let individuals_query = Query::parse_closed("", &INDIVIDUAL_LIST, &options).map_err(unexpected)?;
    let organizations_query = Query::parse_closed("", &ORGANIZATION_LIST, &options).map_err(unexpected)?;
    let now = epissure_app::clock::Clock::now(&epissure_app::clock::SystemClock);
    let (mut tickets, mut individuals) = (0, 0);
    // Each ticket belongs to exactly one OI, each individual to one operator, and operators are
    // never deleted.
    for operator in &operators {
        let plan = Plan::new(&tickets_query, &CATALOG);
        tickets += store.count(Viewer::Oi(operator.code.clone()), plan, now).await?;
        let plan = Plan::new(&individuals_query, &INDIVIDUAL_CATALOG);
        individuals += store.count_individuals(&operator.code, plan).await?;
    }
    Ok(Counts {
        operators: operators.len(),
        clients: store.clients().await?.len(),
        contracts: store.contracts().await?.len(),
        tickets,
        organizations: store
            .count_organizations(Plan::new(&organizations_query, &ORGANIZATION_CATALOG))
            .await?,
        individuals,
    })
}

fn unreadable(place: &Place, error: &StoreError) -> Failure {
    tracing::debug!(%error, "the database cannot be read");
    Failure::failed(format!("the database {place} cannot be read")).then(match place {
        Place::File(_) => {
            "If its disk is sound, the file is damaged: keep it aside, and restore the last backup."
        }
        Place::Server(_) => "--log debug says what the server answers.",
    })
}
