//! Tells who asks, by the token presented.

use std::sync::Arc;
use std::time::Duration;

use epissure_protocol::problem::{Code, Problem};
use epissure_store::{StoredToken, TokenHash};
use jiff::Timestamp;
use moka::sync::Cache;

use super::secret;
use crate::failure::failed;
use crate::{App, Caller};

/// The most tokens remembered.
const MOST_REMEMBERED: u64 = 10_000;

/// Tokens seen a moment ago.
pub(crate) struct TokenCache(Cache<TokenHash, Arc<Known>>);

struct Known {
    caller: Arc<Caller>,
    expires: Timestamp,
}

impl TokenCache {
    pub(crate) fn new(believed: Duration) -> Self {
        Self(Cache::builder().max_capacity(MOST_REMEMBERED).time_to_live(believed).build())
    }

    pub(super) fn forget(&self, hash: &TokenHash) {
        self.0.invalidate(hash);
    }

    pub(crate) fn forget_all(&self) {
        self.0.invalidate_all();
    }
}

/// The program that a token was given to.
///
/// # Errors
/// 401: 41 for what is no token, or one that was revoked; 42 once it is past its life.
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
