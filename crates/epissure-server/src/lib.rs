//! The HTTP server: OAuth2, AnomalieAdresse, operations.

pub mod wire;
