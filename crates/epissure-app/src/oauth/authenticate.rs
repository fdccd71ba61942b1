//! Authenticates a caller by its access token.

use std::sync::Arc;
use std::time::Duration;

use epissure_protocol::problem::{Code, Problem};
use epissure_store::{StoredToken, TokenHash};
use jiff::Timestamp;
use moka::sync::Cache;

use super::secret;
use crate::failure::failed;
use crate::{App, Caller};

/// Maximum number of cached tokens.
const MAX_CACHED: u64 = 10_000;

/// Short-lived cache of verified tokens.
pub(crate) struct TokenCache(Cache<TokenHash, Arc<Known>>);

struct Known {
    caller: Arc<Caller>,
    expires: Timestamp,
}

impl TokenCache {
    pub(crate) fn new(believed: Duration) -> Self {
        Self(Cache::builder().max_capacity(MAX_CACHED).time_to_live(believed).build())
    }

    pub(super) fn forget(&self, hash: &TokenHash) {
        self.0.invalidate(hash);
    }

    pub(crate) fn forget_all(&self) {
        self.0.invalidate_all();
    }
}

/// Returns the caller to which a token was issued.
///
/// # Errors
/// Returns 401 with code 41 for an unknown or revoked token, 42 for an expired one.
pub async fn authenticate(app: &App, token: &str) -> Result<Arc<Caller>, Problem> {
    if !secret::is_well_formed(token, secret::TOKEN_PREFIX) {
        return Err(Problem::standard(Code::InvalidCredentials));
    }
    let hash = secret::token_hash(token);
    let known = match app.tokens.0.get(&hash) {
        Some(known) => known,
        None => {
            let stored = app.store.token(hash).await.map_err(failed)?;
            let stored = stored.ok_or_else(|| Problem::standard(Code::InvalidCredentials))?;
            let known = Arc::new(known(stored));
            app.tokens.0.insert(hash, Arc::clone(&known));
            known
        }
    };
    if app.clock.now() >= known.expires {
        return Err(Problem::standard(Code::ExpiredCredentials));
    }
    Ok(Arc::clone(&known.caller))
}

fn known(token: StoredToken) -> Known {
    let caller =
        Caller { client: token.client, operator: token.operator, role: token.role, scopes: token.scopes };
    Known { caller: Arc::new(caller), expires: token.expires }
}
