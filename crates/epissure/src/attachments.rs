//! Where the files that operators attach are, and what looks at them.

use clap::Args;
use epissure_app::attachments::{Content, Files, Quotas};
use epissure_files::clamd::{Address, Clamd, Limits};

use crate::failure::Failure;
use crate::options::Common;
use crate::{durations, store};

/// The folder, within that of the data.
const FOLDER: &str = "attachments";

/// What a server may be told of attachments.
#[derive(Debug, Args)]
#[command(next_help_heading = "Attachments")]
pub(crate) struct Keeping {
    /// The largest file that may be attached
    #[arg(long, value_name = "SIZE", env = "EPISSURE_ATTACHMENT_LIMIT", default_value = "20MiB", value_parser = durations::parse_size)]
    attachment_limit: usize,

    /// The most bytes that may be attached to one ticket
    #[arg(long, value_name = "SIZE", env = "EPISSURE_ATTACHMENT_TICKET_LIMIT", default_value = "200MiB", value_parser = durations::parse_amount)]
    attachment_ticket_limit: u64,

    /// The most bytes that one operator may attach in a day (UTC)
    #[arg(long, value_name = "SIZE", env = "EPISSURE_ATTACHMENT_DAILY_LIMIT", default_value = "5GiB", value_parser = durations::parse_amount)]
    attachment_daily_limit: u64,

    /// Free disk below which attachments are refused; tickets are still taken
    #[arg(long, value_name = "SIZE", env = "EPISSURE_FREE_DISK", default_value = "1GiB", value_parser = durations::parse_amount)]
    free_disk: u64,

    /// Show every attached file to this antivirus, as unix:/run/clamav/clamd.ctl or tcp:HOST:PORT; what it does not
    /// answer for stays pending
    #[arg(long, value_name = "ADDRESS", env = "EPISSURE_CLAMD")]
    clamd: Option<Address>,
}

/// The place of attachments that the options name, as people read it.
pub(crate) fn place(common: &Common) -> String {
    match &common.attachments {
        Some(place) => place.clone(),
        None => common.data.join(FOLDER).display().to_string(),
    }
}

/// Opens the place of attachments; a folder is made when it is not there.
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

/// What a server keeps attachments with.
pub(crate) fn files(common: &Common, options: Keeping) -> Result<Files, Failure> {
    let antivirus = options.clamd.map(|address| Clamd::new(address, Limits::default()));
    let quotas = Quotas {
        per_ticket: options.attachment_ticket_limit,
        per_day: options.attachment_daily_limit,
        free_disk: options.free_disk,
    };
    Ok(Files::new(open(common)?, options.attachment_limit as u64, antivirus).with_quotas(quotas))
}
