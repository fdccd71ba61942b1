//! The audit, read: whether it is whole, and row by row.

use epissure_store::AuditRow;

use crate::App;
use crate::directory::Refused;
use crate::failure::failed;

/// How many rows are read at once.
const AT_ONCE: u32 = 1_000;

/// Holds rows against each other, one after the other.
#[derive(Debug, Default)]
pub struct Verifier {
    last: Option<(i64, String)>,
    rows: u64,
    head: Option<String>,
    seen: bool,
}

/// What a whole audit comes to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// How many rows were looked at.
    pub rows: u64,
    /// The number of the last.
    pub number: i64,
    /// Its hash. Whoever keeps it can tell later that nothing up to here was changed, whatever is done to the database.
    pub head: String,
}

impl Verifier {
    /// One that also looks for a hash that somebody has kept.
    #[must_use]
    pub fn expecting(head: Option<String>) -> Self {
        Self { head, ..Self::default() }
    }

    /// Takes the next row. The first may be any: of an extract, what came before is not known.
    ///
    /// # Errors
    /// Says which row is not as it was written, or what is missing before it.
    pub fn take(&mut self, row: &AuditRow) -> Result<(), String> {
        let number = row.number;
        if row.computed() != row.hash {
            return Err(format!("row {number} is not as it was written"));
        }
        match &self.last {
            Some((last, _)) if number != last + 1 => {
                return Err(format!(
                    "between row {last} and row {number} something is missing or out of place"
                ));
            }
            Some((_, hash)) if row.previous != *hash => {
                return Err(format!(
                    "row {number} does not follow the row before it: one of them was put there"
                ));
            }
            None if number == 1 && row.previous != AuditRow::NONE => {
                return Err("row 1 is not the first that was written".to_owned());
            }
            _ => {}
        }
        self.seen |= self.head.as_ref() == Some(&row.hash);
        self.last = Some((number, row.hash.clone()));
        self.rows += 1;
        Ok(())
    }

    /// Ends.
    ///
    /// # Errors
    /// When the hash that somebody has kept is not among those of the rows: what it was of was changed or taken out.
    pub fn end(self) -> Result<Verified, String> {
        if let Some(head) = self.head.filter(|_| !self.seen) {
            return Err(format!("no row has the hash {head}: rows up to it were changed or taken out"));
        }
        let (number, head) = self.last.unwrap_or_else(|| (0, AuditRow::NONE.to_owned()));
        Ok(Verified { rows: self.rows, number, head })
    }
}

/// Goes through the audit from its beginning.
pub struct Reading<'a> {
    app: &'a App,
    after: i64,
}

/// Begins at the first row.
#[must_use]
pub const fn read(app: &App) -> Reading<'_> {
    Reading { app, after: 0 }
}

impl Reading<'_> {
    /// The next rows, as many as are read at once; none at the end.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn next(&mut self) -> Result<Vec<AuditRow>, Refused> {
        let rows = self.app.store.audit(self.after, AT_ONCE).await.map_err(failed)?;
        if let Some(last) = rows.last() {
            self.after = last.number;
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use epissure_store::{Action, Author};
    use jiff::Timestamp;

    use super::*;

    fn rows() -> Vec<AuditRow> {
        let mut rows: Vec<AuditRow> = Vec::new();
        for number in 0..5 {
            let last = rows.last().map(|row| (row.number, row.hash.clone()));
            let by = Author::system(Timestamp::from_second(number).unwrap());
            rows.push(AuditRow::new(last, &by, Action::TicketOpen, &number.to_string(), (None, None)));
        }
        rows
    }

    fn verified(rows: &[AuditRow], head: Option<&str>) -> Result<Verified, String> {
        let mut verifier = Verifier::expecting(head.map(str::to_owned));
        for row in rows {
            verifier.take(row)?;
        }
        verifier.end()
    }

    #[test]
    fn an_audit_that_was_left_alone_is_whole() {
        let rows = rows();
        let head = rows[4].hash.clone();
        assert_eq!(verified(&rows, None), Ok(Verified { rows: 5, number: 5, head: head.clone() }));
        assert_eq!(
            verified(&rows[2..], None),
            Ok(Verified { rows: 3, number: 5, head: head.clone() }),
            "an extract"
        );
        assert!(verified(&rows, Some(&head)).is_ok() && verified(&rows, Some(&rows[1].hash)).is_ok());
        assert_eq!(verified(&[], None).unwrap().number, 0);
    }

    #[test]
    fn whatever_is_done_to_it_is_seen() {
        let whole = rows();
        let tampered = |change: &dyn Fn(&mut Vec<AuditRow>)| {
            let mut rows = whole.clone();
            change(&mut rows);
            verified(&rows, Some(&whole[4].hash)).expect_err("it is seen")
        };
        assert!(tampered(&|rows| rows[2].subject = "another".to_owned()).contains("row 3 is not as"));
        assert!(tampered(&|rows| rows[2].author = Some("mallory".to_owned())).contains("row 3 is not as"));
        assert!(tampered(&|rows| drop(rows.remove(2))).contains("between row 2 and row 4"));
        assert!(tampered(&|rows| rows.swap(1, 2)).contains("between row 1 and row 3"));
        assert!(
            tampered(&|rows| rows.truncate(3)).contains("no row has the hash"),
            "by who has kept the last hash"
        );
        let rewritten = tampered(&|rows| {
            rows[2].subject = "another".to_owned();
            rows[2].hash = rows[2].computed();
        });
        assert!(rewritten.contains("row 4 does not follow"), "{rewritten}");
        let begun_anew = tampered(&|rows| {
            rows[0].previous = rows[1].hash.clone();
            rows[0].hash = rows[0].computed();
        });
        assert!(begun_anew.contains("row 1 is not the first"), "{begun_anew}");
    }
}
