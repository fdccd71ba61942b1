//! Report of a copy: one line per table, and the remaining steps.

use std::time::Duration;

use epissure_store::archive::{Copied, CopiedTable};
use serde_json::{Value, json};

use super::Names;
use crate::cli::Common;
use crate::failure::Failure;
use crate::serve::attachments;
use crate::{output, table};

/// Number of hexadecimal digits shown of a hash.
const SHOWN: usize = 12;

/// A finished copy.
pub(super) struct Report<'a> {
    pub(super) names: &'a Names,
    pub(super) copied: &'a Copied,
}

impl Report<'_> {
    pub(super) fn tell(&self, common: &Common, json: bool) -> Result<(), Failure> {
        if json { output::print_json(&self.json()) } else { output::print(&self.text(common)) }
    }

    fn rows(&self) -> u64 {
        self.copied.tables.iter().map(|table| table.sum.rows).sum()
    }

    /// Returns the number of rows in the table of attachments: each may have a file outside the
    /// database.
    fn attachments(&self) -> u64 {
        let found = self.copied.tables.iter().find(|table| table.name == "attachment");
        found.map_or(0, |table| table.sum.rows)
    }

    fn json(&self) -> Value {
        let table = |table: &CopiedTable| {
            json!({
                "table": table.name,
                "rows": table.sum.rows,
                "written": table.written,
                "sha256": table.sum.hash,
                "milliseconds": u64::try_from(table.took.as_millis()).unwrap_or(u64::MAX),
            })
        };
        json!({
            "from": self.names.from,
            "to": self.names.to,
            "resumed": self.copied.resumed,
            "rows": self.rows(),
            "attachments": self.attachments(),
            "tables": self.copied.tables.iter().map(table).collect::<Vec<_>>(),
        })
    }

    fn text(&self, common: &Common) -> String {
        let line = |table: &CopiedTable| {
            let hash = table.sum.hash.chars().take(SHOWN).collect();
            [table.name.to_owned(), table.sum.rows.to_string(), hash, seconds(table.took)]
        };
        let lines = table::table(["TABLE", "ROWS", "SHA-256", "TOOK"], self.copied.tables.iter().map(line));
        let Names { from, to } = self.names;
        let went_on = if self.copied.resumed { " It went on where it had been broken off." } else { "" };
        let took: Duration = self.copied.tables.iter().map(|table| table.took).sum();
        let mut text = format!(
            "{lines}\n\nCopied {} rows in {} from {from} to {to}.{went_on}\nEvery table is the same on both sides, and the target \
             may be used. Nothing of the source was changed: keep its servers stopped, or both would go on apart.\n",
            self.rows(),
            seconds(took),
        );
        if self.attachments() > 0 {
            text.push_str(&format!(
                "{} attachments have their files outside of the database: let the servers of the target have the same \
                 --attachments ({} here), or copy it.\n",
                self.attachments(),
                attachments::place(common)
            ));
        }
        text
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}
