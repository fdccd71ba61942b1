//! Operators, their clients, the contracts between them, and tokens.

use std::fmt;

use async_trait::async_trait;
use epissure_protocol::names::OperatorCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Author, StoreError};

/// An operator served here, or whose programs call here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Operator {
    /// Its code.
    pub code: OperatorCode,
    /// Its name.
    pub name: String,
    /// Whether it treats tickets here.
    pub is_oi: bool,
    /// Whether it opens tickets here.
    pub is_oc: bool,
    /// Its company, nine digits.
    pub siren: Option<String>,
    /// As an OI: whether a creation whose address cannot be identified is refused.
    pub strict_creation: bool,
}

/// In which role a client's programs act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Treats the tickets of its operator.
    Oi,
    /// Opens and follows tickets for its operator.
    Oc,
}

impl Role {
    /// `oi` or `oc`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oi => "oi",
            Self::Oc => "oc",
        }
    }

    /// Reads `oi` or `oc`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "oi" => Some(Self::Oi),
            "oc" => Some(Self::Oc),
            _ => None,
        }
    }
}

/// An OAuth2 client identifier.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ClientId(pub String);

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// How a client's secret is kept. The secret itself never is.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretHash {
    /// Of a secret that the server made (256 random bits): guessing is hopeless, so a plain hash does.
    Sha256([u8; 32]),
    /// Of a secret chosen by a person, as a PHC string.
    Argon2id(String),
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

/// A secret in the clear, on its way to its owner. Shown once, never logged: it has no `Debug` of its content.
#[derive(Clone)]
pub struct ClientSecret(pub String);

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(..)")
    }
}

/// An OAuth2 client: a program of one operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Client {
    /// Its identifier.
    pub id: ClientId,
    /// Its operator.
    pub operator: OperatorCode,
    /// Its role.
    pub role: Role,
    /// The scopes it may ask for.
    pub scopes: Vec<String>,
    /// Its secret.
    #[serde(skip)]
    pub secret: SecretHash,
    /// Since when it is refused, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Timestamp>,
    /// Since when it exists.
    pub created: Timestamp,
}

/// What an OI and an OC have agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contract {
    /// The OI.
    pub oi: OperatorCode,
    /// The OC.
    pub oc: OperatorCode,
    /// Seconds that the OC has to answer a PENDING ticket.
    pub answer_delay: i64,
    /// Seconds that the OC has to accept or refuse a RESOLVED ticket.
    pub validation_delay: i64,
    /// The most buildings in one ticket.
    pub bulk_limit: usize,
    /// Requests a second that each client of the OC may make; the server's own rate when none is set.
    pub rate: Option<u32>,
}

/// The hash under which a token is kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

/// A token as kept, with what a request needs to know of its client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredToken {
    /// Under which hash.
    pub hash: TokenHash,
    /// Of which client.
    pub client: ClientId,
    /// For which operator.
    pub operator: OperatorCode,
    /// In which role.
    pub role: Role,
    /// For which scopes.
    pub scopes: Vec<String>,
    /// Since when.
    pub issued: Timestamp,
    /// Until when.
    pub expires: Timestamp,
}

/// Operators, clients, contracts and tokens.
#[async_trait]
pub trait Access: Send + Sync + 'static {
    /// Adds an operator, or replaces what is known of it.
    async fn put_operator(&self, operator: Operator, by: &Author) -> Result<(), StoreError>;
    /// Every operator, by code.
    async fn operators(&self) -> Result<Vec<Operator>, StoreError>;
    /// One operator.
    async fn operator(&self, code: &OperatorCode) -> Result<Option<Operator>, StoreError>;

    /// Adds a client; `false` when its identifier is taken.
    async fn add_client(&self, client: Client, by: &Author) -> Result<bool, StoreError>;
    /// Every client, by identifier.
    async fn clients(&self) -> Result<Vec<Client>, StoreError>;
    /// One client, revoked or not.
    async fn client(&self, id: &ClientId) -> Result<Option<Client>, StoreError>;
    /// Gives a client another secret, and ends its tokens; `false` when there is no such client.
    async fn set_client_secret(
        &self,
        id: &ClientId,
        secret: SecretHash,
        by: &Author,
    ) -> Result<bool, StoreError>;
    /// Refuses a client from now on, and ends its tokens; `false` when there is no such client.
    async fn revoke_client(&self, id: &ClientId, by: &Author) -> Result<bool, StoreError>;

    /// Adds a contract, or replaces it.
    async fn put_contract(&self, contract: Contract, by: &Author) -> Result<(), StoreError>;
    /// Every contract, by OI then OC.
    async fn contracts(&self) -> Result<Vec<Contract>, StoreError>;
    /// The contract of an OI and an OC.
    async fn contract(&self, oi: &OperatorCode, oc: &OperatorCode) -> Result<Option<Contract>, StoreError>;

    /// Keeps a token, unless its client has already been given `quota` of them since `window`: then keeps nothing
    /// and answers `false`.
    async fn add_token(&self, token: StoredToken, quota: u32, window: Timestamp) -> Result<bool, StoreError>;
    /// A token that has not been revoked; expired ones included, until they are purged.
    async fn token(&self, hash: TokenHash) -> Result<Option<StoredToken>, StoreError>;
    /// Ends a token of a client; nothing happens when it is not that client's.
    async fn revoke_token(&self, hash: TokenHash, client: &ClientId) -> Result<(), StoreError>;
    /// Forgets tokens that expired before an instant; answers how many.
    async fn purge_tokens(&self, expired_before: Timestamp) -> Result<u64, StoreError>;
    /// Forgets what is kept of requests with an idempotency key from before an instant, people's data in it included;
    /// answers of how many.
    async fn forget_requests(&self, before: Timestamp) -> Result<u64, StoreError>;

    /// Whether the database answers.
    async fn check(&self) -> Result<(), StoreError>;
    /// Whether the database takes writes: commits one that nothing depends on.
    async fn check_write(&self, at: Timestamp) -> Result<(), StoreError>;
}
