//! The options for attached files: storage, limits, antivirus.

use clap::Args;
use epissure_app::attachments::{Content, Files, Quotas};
use epissure_files::clamd::{Address, Clamd, Limits};

use crate::cli::{Common, values};
use crate::failure::Failure;
use crate::store;

/// Name of the attachments' folder in the data folder.
const FOLDER: &str = "attachments";

/// The limits and the antivirus for attachments.
#[derive(Debug, Args)]
#[command(next_help_heading = "Attachments")]
pub(super) struct AttachmentOptions {
    /// Maximum size of an attached file
    #[arg(long, value_name = "SIZE", env = "EPISSURE_ATTACHMENT_LIMIT", default_value = "20MiB", value_parser = values::parse_size)]
    attachment_limit: usize,

    /// Maximum size of all attachments of a ticket
    #[arg(long, value_name = "SIZE", env = "EPISSURE_ATTACHMENT_TICKET_LIMIT", default_value = "200MiB", value_parser = values::parse_amount)]
    attachment_ticket_limit: u64,

    /// Maximum size of all attachments of an operator per day (UTC)
    #[arg(long, value_name = "SIZE", env = "EPISSURE_ATTACHMENT_DAILY_LIMIT", default_value = "5GiB", value_parser = values::parse_amount)]
    attachment_daily_limit: u64,

    /// Free disk space below which attachments are refused; tickets are still accepted
    #[arg(long, value_name = "SIZE", env = "EPISSURE_FREE_DISK", default_value = "1GiB", value_parser = values::parse_amount)]
    free_disk: u64,

    /// ClamAV daemon that checks attached files, as unix:/run/clamav/clamd.ctl or tcp:HOST:PORT;
    /// unchecked files stay pending
    #[arg(long, value_name = "ADDRESS", env = "EPISSURE_CLAMD")]
    clamd: Option<Address>,
}

/// Returns the attachment storage as text.
pub(crate) fn place(common: &Common) -> String {
    match &common.attachments {
        Some(place) => place.clone(),
        None => common.data.join(FOLDER).display().to_string(),
    }
}

/// Opens the attachment storage; a missing folder is created.
pub(crate) fn open(common: &Common) -> Result<Content, Failure> {
    let place = place(common);
    if place.starts_with("s3://") {
        return Content::in_bucket(&place).map_err(|error| {
            Failure::usage(error.to_string())
                .then("Write --attachments s3://BUCKET/PREFIX, with AWS_REGION, AWS_ACCESS_KEY_ID, … in the environment.")
        });
    }
    if common.attachments.is_none() {
        store::create_folder(&common.data)?;
    }
    in_folder(place.as_ref())
}

/// Opens a folder of attachments.
pub(crate) fn in_folder(folder: &std::path::Path) -> Result<Content, Failure> {
    Content::in_folder(folder).map_err(|error| {
        Failure::failed(format!("the folder {} cannot be used for attachments: {error}", folder.display()))
            .then("Choose another with --attachments, or let this user write there.")
    })
}

/// Builds the attachment storage of a server.
pub(super) fn files(common: &Common, options: AttachmentOptions) -> Result<Files, Failure> {
    let antivirus = options.clamd.map(|address| Clamd::new(address, Limits::default()));
    let quotas = Quotas {
        per_ticket: options.attachment_ticket_limit,
        per_day: options.attachment_daily_limit,
        free_disk: options.free_disk,
    };
    Ok(Files::new(open(common)?, options.attachment_limit as u64, antivirus).with_quotas(quotas))
}
