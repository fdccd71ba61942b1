//! Differential test of the evaluator and a backend on parties: same documents, same queries, same
//! results.

use epissure_filter::{ClosedList, Options, Plan, Query, compare_all};
use epissure_protocol::names::{IndividualId, OperatorCode, OrganizationId, Version};
use epissure_protocol::party::{INDIVIDUAL_LIST, ORGANIZATION_LIST};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::Value;
use uuid::Uuid;

use super::differential::Compared;
use super::party_samples;
use super::samples::author;
use crate::{
    INDIVIDUAL_CATALOG, ImportItem, Imported, ImportedOrganization, NewIndividual, ORGANIZATION_CATALOG,
    PartyCatalog, PartyListRequest, Registered, Store,
};

/// A query on which the two disagree.
#[derive(Debug, Clone)]
pub struct PartyDisagreement {
    /// Query.
    pub query: Query,
    /// Documents that the evaluator finds, in order.
    pub evaluator: Vec<Value>,
    /// Documents that the backend finds.
    pub backend: Vec<Value>,
    /// Number of matches that the backend counts.
    pub total: u64,
}

/// The list of parties to compare.
enum Parties {
    Organizations,
    IndividualsOf(OperatorCode),
}

/// Inserts organizations, and as many individuals of each of two operators, into a new store.
/// Queries each list by every attribute and operator, then by random combinations.
///
/// # Errors
///
/// Fails with the first query on which the store and the evaluator disagree.
///
/// # Panics
///
/// Panics when the store fails, or a page contains another operator's individual.
pub async fn run(
    store: &dyn Store,
    seed: u64,
    parties: usize,
    rounds: usize,
) -> Result<Compared, Box<PartyDisagreement>> {
    let mut filled = fill(store, seed, parties).await;
    ask(store, &mut filled, rounds).await
}

/// Contents of a filled store.
pub struct Filled {
    random: StdRng,
    lists: [(Parties, &'static ClosedList, PartyCatalog, Vec<Value>); 3],
}

/// Inserts organizations, and as many individuals of each of two operators, into a new store.
///
/// # Panics
///
/// Panics when the store fails.
pub async fn fill(store: &dyn Store, seed: u64, parties: usize) -> Filled {
    let mut random = StdRng::seed_from_u64(seed);
    let organizations = add_organizations(store, &mut random, parties).await;
    let operators = ["FTEL", "SFRA"].map(|code| OperatorCode::parse(code).expect("a code"));
    let individuals = add_individuals(store, &mut random, &operators, parties).await;
    let [first, second] = individuals;
    let [ftel, sfra] = operators.map(Parties::IndividualsOf);
    let lists = [
        (Parties::Organizations, &ORGANIZATION_LIST, ORGANIZATION_CATALOG, organizations),
        (ftel, &INDIVIDUAL_LIST, INDIVIDUAL_CATALOG, first),
        (sfra, &INDIVIDUAL_LIST, INDIVIDUAL_CATALOG, second),
    ];
    Filled { random, lists }
}

/// Queries each list by every attribute and operator, then by random combinations.
///
/// # Errors
///
/// Fails with the first query on which the store and the evaluator disagree.
///
/// # Panics
///
/// Panics when the store fails, or a page contains another operator's individual.
pub async fn ask(
    store: &dyn Store,
    filled: &mut Filled,
    rounds: usize,
) -> Result<Compared, Box<PartyDisagreement>> {
    let Filled { random, lists } = filled;
    let mut compared = Compared::default();
    for (whose, list, catalog, documents) in lists.iter() {
        for _ in 0..rounds {
            let mut queries = party_samples::conditions(random, list);
            queries.extend((0..20).map(|_| party_samples::query(random, list)));
            for raw in &queries {
                let query = Query::parse_closed(raw, list, &Options::default())
                    .unwrap_or_else(|error| panic!("{raw}: {error}"));
                // First the queries that the lists allow, then the wider ones that a plan allows.
                let varied = party_samples::varied(random, &query);
                for query in std::iter::once(query).chain(varied) {
                    compared.queries += 1;
                    compared.pairs += documents.len() as u64;
                    compared.matches += compare(store, whose, catalog, documents, &query).await?;
                }
            }
        }
    }
    Ok(compared)
}

/// Returns a document as the evaluator reads it, with its identifier.
fn readable(id: Uuid, mut document: Value) -> Value {
    document["id"] = id.to_string().into();
    document
}

async fn add_organizations(store: &dyn Store, random: &mut StdRng, count: usize) -> Vec<Value> {
    let mut documents = Vec::new();
    let mut batch = Vec::new();
    for _ in 0..count {
        let (id, document) = (party_samples::id(random), party_samples::organization(random));
        documents.push(readable(id, Value::Object(document.clone())));
        batch.push(ImportItem::Organization(ImportedOrganization {
            id: Some(OrganizationId(id)),
            fresh: OrganizationId(party_samples::id(random)),
            // A second batch adds the identifications: equal ones must not merge two organizations.
            document: document.into_iter().filter(|(name, _)| name != "organizationIdentification").collect(),
            version: Version(party_samples::id(random)),
        }));
    }
    let mut complete = batch.clone();
    for (item, document) in complete.iter_mut().zip(&documents) {
        let ImportItem::Organization(item) = item else { continue };
        item.document = document.as_object().cloned().unwrap_or_default();
        item.document.shift_remove("id");
    }
    let imported = store.import(batch, &author()).await.expect("imported");
    assert!(imported.iter().all(|outcome| *outcome == Imported::Added));
    let imported = store.import(complete, &author()).await.expect("imported again");
    assert!(imported.iter().all(|outcome| matches!(outcome, Imported::Updated | Imported::Unchanged)));
    documents
}

async fn add_individuals(
    store: &dyn Store,
    random: &mut StdRng,
    operators: &[OperatorCode; 2],
    count: usize,
) -> [Vec<Value>; 2] {
    let mut documents = [const { Vec::new() }; 2];
    for turn in 0..count * 2 {
        let (id, document) = (party_samples::id(random), party_samples::individual(random));
        documents[turn % 2].push(readable(id, Value::Object(document.clone())));
        let new = NewIndividual {
            id: IndividualId(id),
            operator: operators[turn % 2].clone(),
            document,
            contact_medium: None,
            version: Version(party_samples::id(random)),
            at: super::samples::now(),
            idempotency: None,
        };
        assert_eq!(store.add_individual(new, &author()).await.expect("added"), Registered::Added);
    }
    documents
}

/// Number of parties in a page: small, so that each query needs several pages.
const PAGE: u32 = 7;

/// Runs one query, page by page. Returns the number of parties that match.
async fn compare(
    store: &dyn Store,
    whose: &Parties,
    catalog: &PartyCatalog,
    documents: &[Value],
    query: &Query,
) -> Result<u64, Box<PartyDisagreement>> {
    let mut evaluator: Vec<&Value> = documents.iter().filter(|document| query.matches(document)).collect();
    evaluator.sort_by(|a, b| compare_all(&query.sort, a, b));

    let plan = Plan::new(query, catalog);
    let mut backend: Vec<Value> = Vec::new();
    loop {
        let request = PartyListRequest { plan: plan.clone(), offset: backend.len() as u64, limit: PAGE };
        let (found, total) = page(store, whose, request).await;
        let last = found.is_empty();
        backend.extend(found);
        if last || backend.len() as u64 >= total {
            break;
        }
    }
    let total = match whose {
        Parties::Organizations => store.count_organizations(plan).await,
        Parties::IndividualsOf(operator) => store.count_individuals(operator, plan).await,
    };
    let total = total.expect("the store counts");
    if evaluator.iter().copied().eq(&backend) && total == backend.len() as u64 {
        return Ok(total);
    }
    let evaluator = evaluator.into_iter().cloned().collect();
    Err(Box::new(PartyDisagreement { query: query.clone(), evaluator, backend, total }))
}

/// Returns the documents of a page, and the total.
async fn page(store: &dyn Store, whose: &Parties, request: PartyListRequest) -> (Vec<Value>, u64) {
    let read = |id, document: &str| readable(id, serde_json::from_str(document).expect("a document"));
    match whose {
        Parties::Organizations => {
            let page = store.list_organizations(request).await.expect("the store lists");
            (page.parties.iter().map(|party| read(party.id.0, &party.document)).collect(), page.total)
        }
        Parties::IndividualsOf(operator) => {
            let page = store.list_individuals(operator, request, true).await.expect("the store lists");
            (page.parties.iter().map(|party| read(party.id.0, &party.document)).collect(), page.total)
        }
    }
}
