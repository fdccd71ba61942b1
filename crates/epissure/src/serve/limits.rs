//! The options that bound the requests, connections and memory of callers.

use clap::Args;
use epissure_app::{memory, quota};
use epissure_protocol::extensions;
use epissure_server::listener;
use epissure_server::listener::TrustedProxies;
use ipnet::IpNet;

use crate::cli::values;

/// The limits for callers.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct Limits {
    /// Requests per second of a client, with bursts of ten times as many; 0 disables the limit
    #[arg(long, value_name = "N", env = "EPISSURE_CLIENT_RATE", default_value_t = 100)]
    client_rate: u32,

    /// Maximum number of event streams per client
    #[arg(long, value_name = "N", env = "EPISSURE_STREAMS_PER_CLIENT", default_value_t = 32)]
    streams_per_client: usize,

    /// Maximum number of event streams
    #[arg(long, value_name = "N", env = "EPISSURE_STREAMS", default_value_t = 512)]
    streams: usize,

    /// Maximum number of connections; further ones are answered 503
    #[arg(long, value_name = "N", env = "EPISSURE_CONNECTIONS", default_value_t = 10_000)]
    connections: usize,

    /// Maximum number of connections per address, or per /64 of IPv6, trusted proxies excepted
    #[arg(long, value_name = "N", env = "EPISSURE_CONNECTIONS_PER_ADDRESS", default_value_t = 256)]
    connections_per_address: usize,

    /// Networks of reverse proxies whose Forwarded or X-Forwarded-For header is trusted, separated
    /// by commas
    #[arg(long, value_name = "NETWORK", env = "EPISSURE_TRUSTED_PROXY", value_delimiter = ',', value_parser = parse_network)]
    trusted_proxy: Vec<IpNet>,

    /// Maximum memory of all requests in progress
    #[arg(long, value_name = "SIZE", env = "EPISSURE_MEMORY_BUDGET", default_value = "256MiB", value_parser = values::parse_amount)]
    memory_budget: u64,

    /// Maximum size of extension members on a ticket, an individual or a received event
    #[arg(long, value_name = "SIZE", env = "EPISSURE_TICKET_EXTENSIONS", default_value = "64KiB", value_parser = values::parse_size)]
    ticket_extensions: usize,

    /// Maximum size of extension members on a note or an attachment
    #[arg(long, value_name = "SIZE", env = "EPISSURE_NOTE_EXTENSIONS", default_value = "16KiB", value_parser = values::parse_size)]
    note_extensions: usize,
}

impl Limits {
    /// Returns the settings of the use cases that these options set.
    pub(crate) fn app(&self) -> epissure_app::Settings {
        let (large, small) = (self.ticket_extensions, self.note_extensions);
        epissure_app::Settings {
            extension_limits: extensions::Limits {
                ticket: large,
                note: small,
                attachment: small,
                individual: large,
                event: large,
            },
            quotas: quota::Limits {
                rate: self.client_rate,
                streams: self.streams_per_client,
                all_streams: self.streams,
                ..quota::Limits::default()
            },
            memory_budget: usize::try_from(self.memory_budget).unwrap_or(memory::DEFAULT_BUDGET),
            ..epissure_app::Settings::default()
        }
    }

    /// Returns the limits of connections. Their number is bounded by the file descriptors, minus
    /// those reserved for databases and files.
    pub(crate) fn listener(&self) -> listener::Limits {
        let descriptors = raise_descriptors();
        let connections = self.connections.min(descriptors.saturating_sub(RESERVED_DESCRIPTORS).max(16));
        if connections < self.connections {
            tracing::warn!(
                descriptors,
                connections,
                "the limit of file descriptors allows fewer connections"
            );
        }
        listener::Limits {
            connections,
            connections_per_address: self.connections_per_address,
            proxies: TrustedProxies::new(self.trusted_proxy.clone()),
            ..listener::Limits::default()
        }
    }
}

/// Number of file descriptors reserved for other uses than connections.
const RESERVED_DESCRIPTORS: usize = 256;
/// Maximum number of file descriptors to request.
const MAX_DESCRIPTORS: u64 = 65_536;

/// Raises the soft limit of file descriptors as far as the hard limit allows. Returns the new
/// limit.
fn raise_descriptors() -> usize {
    let raised = rlimit::increase_nofile_limit(MAX_DESCRIPTORS).unwrap_or_else(|error| {
        tracing::warn!(%error, "the limit of file descriptors could not be raised; assuming 1024");
        1024
    });
    usize::try_from(raised).unwrap_or(usize::MAX)
}

fn parse_network(text: &str) -> Result<IpNet, String> {
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from));
    network.map_err(|_| "a network is written 10.0.0.0/8, 2001:db8::/32, or as one address".to_owned())
}
