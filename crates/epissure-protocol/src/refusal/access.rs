//! Callers: their credentials, their rights, and their quotas.

use super::{ScopeList, refusals};

refusals! {
    /// A caller that may not do what it asks, or asks too much.
    ///
    /// Sources: RFC 6750; the gateway's codes 40 to 53 (the Orange page).
    AccessRefusal {
        /// No `Authorization` header.
        NoCredentials = MissingCredentials, "access-no-credentials";
        /// The token lacks the scope of the operation (RFC 6750 section 3.1, `insufficient_scope`).
        Scope {
            /// The scope of the operation.
            needed: String,
            /// The scopes of the token.
            held: ScopeList,
        } = AccessDenied, "access-scope";
        /// Tickets are opened by an OC.
        OpensAsOi = AccessDenied, "access-opens-as-oi";
        /// Events are sent by an OI (Interop contract, `/event`).
        SendsAsOc = AccessDenied, "access-sends-as-oc";
        /// Ten wrong secrets in a minute.
        WrongSecrets = TooManyRequests, "access-wrong-secrets";
        /// The server verifies as many secrets as it can.
        SecretsBusy = OverCapacity, "access-secrets-busy";
        /// The client has had the tokens of its hour.
        TokenQuota {
            /// Tokens an hour.
            quota: u32,
            /// The life of a token, in seconds.
            lifetime: i64,
        } = TooManyRequests, "access-token-quota";
        /// The client makes more requests a second than it may.
        Rate {
            /// Requests a second.
            rate: u32,
        } = TooManyRequests, "access-rate";
        /// As many requests of the client are in progress as may be.
        Busy = OverCapacity, "access-busy";
        /// The client follows as many streams of events as it may.
        ClientStreams {
            /// The most streams of one client.
            limit: usize,
        } = TooManyRequests, "access-client-streams";
        /// The server serves as many streams of events as it can.
        ServerStreams = Unavailable, "access-server-streams";
        /// Requests in progress use the memory that the server gives them.
        Memory = Unavailable, "access-memory";
    }
}
