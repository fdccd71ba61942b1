//! Reads, verifies, seals and cuts the audit.

use epissure_protocol::problem::Problem;
use epissure_store::{AuditRow, AuditSeal, Author, Purpose, SealKey};

use crate::App;
use crate::directory::Refused;
use crate::failure::failed;

/// Batch size, in rows.
const BATCH: u32 = 1_000;

/// Verifier of the hash chain, fed with rows and seals in order.
#[derive(Debug, Default)]
pub struct Verifier {
    last: Option<(i64, String)>,
    rows: u64,
    head: Option<String>,
    seen: bool,
    key: Option<SealKey>,
    sealed: Option<i64>,
    foreign: u64,
}

/// Result of the verification of an intact audit.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// Number of verified rows.
    pub rows: u64,
    /// Number of the last row.
    pub number: i64,
    /// Hash of the last row. A copy stored elsewhere later proves that no row up to it was changed.
    pub head: String,
    /// Number of the last row authenticated by a seal of the supplied key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed: Option<i64>,
    /// Number of unchecked seals: seals of other keys, or all seals when no key was supplied.
    pub unchecked_seals: u64,
}

impl Verifier {
    /// Creates a verifier that also searches for a previously recorded hash.
    #[must_use]
    pub fn expecting(head: Option<String>) -> Self {
        Self { head, ..Self::default() }
    }

    /// Adds a key whose seals are checked.
    #[must_use]
    pub fn with_key(self, key: Option<SealKey>) -> Self {
        Self { key, ..self }
    }

    /// Starts after a checkpoint, where the audit was cut.
    ///
    /// # Errors
    /// Fails when the checkpoint has the key's identifier but was not made with the key.
    pub fn begin_after(&mut self, checkpoint: &AuditSeal) -> Result<(), String> {
        let number = checkpoint.number;
        if self.has_made(Purpose::Checkpoint, checkpoint) == Some(false) {
            return Err(format!("the checkpoint at row {number} was not made with the key"));
        }
        self.last = Some((number, checkpoint.hash.clone()));
        Ok(())
    }

    /// Checks a seal against the last row.
    ///
    /// # Errors
    /// Fails when the row is not the sealed one, or when the seal has the key's identifier but was
    /// not made with the key.
    pub fn take_seal(&mut self, seal: &AuditSeal) -> Result<(), String> {
        let number = seal.number;
        if self.last.as_ref() != Some(&(number, seal.hash.clone())) {
            return Err(format!("row {number} is not the one that was sealed: rows up to it were rewritten"));
        }
        match self.has_made(Purpose::Seal, seal) {
            Some(true) => self.sealed = Some(number),
            Some(false) => return Err(format!("the seal of row {number} was not made with the key")),
            None => self.foreign += 1,
        }
        Ok(())
    }

    /// Returns true when the key made the seal; `None` when the seal is of another key or no key is
    /// set.
    fn has_made(&self, purpose: Purpose, seal: &AuditSeal) -> Option<bool> {
        let key = self.key.as_ref().filter(|key| key.id() == seal.key)?;
        Some(key.made(purpose, seal))
    }

    /// Checks the next row. The first row may have any number, because an extract has no earlier
    /// rows.
    ///
    /// # Errors
    /// Returns a message naming the altered row, or the gap before it.
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

    /// Ends the verification.
    ///
    /// # Errors
    /// Fails when no row has the expected hash: rows up to it were altered or removed.
    pub fn end(self) -> Result<Verified, String> {
        if let Some(head) = self.head.filter(|_| !self.seen) {
            return Err(format!("no row has the hash {head}: rows up to it were changed or taken out"));
        }
        let (number, head) = self.last.unwrap_or_else(|| (0, AuditRow::NONE.to_owned()));
        Ok(Verified { rows: self.rows, number, head, sealed: self.sealed, unchecked_seals: self.foreign })
    }
}

/// Seals the last row of the audit. Returns `None` when the row is already sealed or the audit is
/// empty.
///
/// # Errors
/// Fails when the store fails.
pub async fn seal(app: &App, key: &SealKey) -> Result<Option<AuditSeal>, Problem> {
    let Some((number, hash)) = app.store.audit_head().await.map_err(failed)? else { return Ok(None) };
    if !app.store.audit_seals(number, number).await.map_err(failed)?.is_empty() {
        return Ok(None);
    }
    let seal = key.seal(Purpose::Seal, (number, hash), app.clock.now());
    app.store.add_audit_seal(seal.clone()).await.map_err(failed)?;
    Ok(Some(seal))
}

/// Returns the last checkpoint, up to which the audit was cut.
///
/// # Errors
/// Fails when the store fails.
pub async fn checkpoint(app: &App) -> Result<Option<AuditSeal>, Problem> {
    app.store.audit_checkpoint().await.map_err(failed)
}

/// Verifies the whole audit, with its seals and its checkpoint.
///
/// # Errors
/// Returns the defect found as the inner error; fails when the store fails.
pub async fn verify(app: &App, mut verifier: Verifier) -> Result<Result<Verified, String>, Problem> {
    if let Some(checkpoint) = checkpoint(app).await?
        && let Err(wrong) = verifier.begin_after(&checkpoint)
    {
        return Ok(Err(wrong));
    }
    let mut after = verifier.last.as_ref().map_or(0, |(number, _)| *number);
    loop {
        let rows = app.store.audit(after, BATCH).await.map_err(failed)?;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(verifier.end()) };
        if after == 0 && first.number != 1 {
            return Ok(Err(format!("rows before row {} are missing", first.number)));
        }
        let seals = app.store.audit_seals(first.number, last.number).await.map_err(failed)?;
        after = last.number;
        let mut seals = seals.iter().peekable();
        for row in &rows {
            let sealed = seals.next_if(|seal| seal.number <= row.number);
            let taken =
                verifier.take(row).and_then(|()| sealed.map_or(Ok(()), |seal| verifier.take_seal(seal)));
            if let Err(wrong) = taken {
                return Ok(Err(wrong));
            }
        }
    }
}

/// Records a checkpoint at an exported row, and deletes the rows up to it. Returns the number of
/// deleted rows.
///
/// # Errors
/// Fails when the store fails. The next call deletes the remaining rows.
pub async fn cut(app: &App, key: &SealKey, up_to: &AuditRow, by: &Author) -> Result<u64, Problem> {
    let checkpoint = key.seal(Purpose::Checkpoint, (up_to.number, up_to.hash.clone()), app.clock.now());
    app.store.add_audit_checkpoint(checkpoint, by).await.map_err(failed)?;
    let mut cut = 0;
    loop {
        let deleted = app.store.cut_audit(BATCH).await.map_err(failed)?;
        cut += deleted;
        if deleted == 0 {
            return Ok(cut);
        }
    }
}

/// Reader of the audit, in batches.
pub struct Reading<'a> {
    app: &'a App,
    after: i64,
}

/// Starts a reader at the first row.
#[must_use]
pub const fn read(app: &App) -> Reading<'_> {
    Reading { app, after: 0 }
}

impl Reading<'_> {
    /// Returns the next batch of rows, empty at the end.
    ///
    /// # Errors
    /// Fails when the store fails.
    pub async fn next(&mut self) -> Result<Vec<AuditRow>, Refused> {
        let rows = self.app.store.audit(self.after, BATCH).await.map_err(failed)?;
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
        assert_eq!(
            verified(&rows, None),
            Ok(Verified { rows: 5, number: 5, head: head.clone(), sealed: None, unchecked_seals: 0 })
        );
        assert_eq!(
            verified(&rows[2..], None),
            Ok(Verified { rows: 3, number: 5, head: head.clone(), sealed: None, unchecked_seals: 0 }),
            "an extract"
        );
        assert!(verified(&rows, Some(&head)).is_ok() && verified(&rows, Some(&rows[1].hash)).is_ok());
        assert_eq!(verified(&[], None).unwrap().number, 0);
    }

    #[test]
    fn rows_that_were_rewritten_and_chained_again_are_seen_by_their_seals() {
        let whole = rows();
        let (key, stranger) = (SealKey::new([1; 32]), SealKey::new([2; 32]));
        let seal_of = |key: &SealKey, row: &AuditRow| {
            key.seal(Purpose::Seal, (row.number, row.hash.clone()), Timestamp::UNIX_EPOCH)
        };
        let verified = |rows: &[AuditRow], seal: &AuditSeal| {
            let mut verifier = Verifier::default().with_key(Some(key.clone()));
            for row in rows {
                verifier.take(row)?;
                if row.number == seal.number {
                    verifier.take_seal(seal)?;
                }
            }
            verifier.end()
        };
        let seal = seal_of(&key, &whole[3]);
        assert_eq!(verified(&whole, &seal).map(|verified| verified.sealed), Ok(Some(4)));
        let mut forged = whole.clone();
        forged[1].subject = "another".to_owned();
        for at in 1..5 {
            forged[at].previous = forged[at - 1].hash.clone();
            forged[at].hash = forged[at].computed();
        }
        let mut chain = Verifier::default();
        assert!(forged.iter().all(|row| chain.take(row).is_ok()), "the chain alone shows nothing");
        assert!(verified(&forged, &seal).unwrap_err().contains("row 4 is not the one that was sealed"));
        let false_seal = AuditSeal { key: key.id(), ..seal_of(&stranger, &forged[3]) };
        assert!(verified(&forged, &false_seal).unwrap_err().contains("was not made with the key"));
        let foreign = verified(&forged, &seal_of(&stranger, &forged[3])).unwrap();
        assert_eq!(
            (foreign.sealed, foreign.unchecked_seals),
            (None, 1),
            "it says that nothing is authenticated"
        );
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
