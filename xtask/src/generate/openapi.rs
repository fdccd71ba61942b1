//! The served OpenAPI contracts.

use anyhow::Result;
use epissure_server::openapi::DOCUMENTS;

use super::File;

pub(super) fn files() -> Result<Vec<File>> {
    DOCUMENTS
        .iter()
        .map(|document| {
            Ok(File {
                path: format!("docs/openapi/{}", document.file_name()),
                content: serde_json::to_string_pretty(&document.make())? + "\n",
            })
        })
        .collect()
}
