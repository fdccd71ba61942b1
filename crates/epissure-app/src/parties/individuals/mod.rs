//! Individuals: list, count, read, create, change and delete, by clients of their operator in
//! either role.

mod change;
mod create;
mod delete;
mod list;
mod read;

pub use change::{Change, ChangeIndividual, change};
pub use create::{CreateIndividual, create};
pub use delete::delete;
pub use list::{count, list};
pub use read::read;

use epissure_filter::FieldSelection;
use epissure_protocol::party::CONTACT_MEDIUM;

/// Returns true when the selected fields include contact media, which are read only then.
fn shows_contact_medium(fields: Option<&FieldSelection>) -> bool {
    fields.is_none_or(|fields| fields.selects(CONTACT_MEDIUM))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contact_media_are_read_only_when_they_are_shown() {
        assert!(shows_contact_medium(None));
        for (path, shown) in [
            ("contactMedium", true),
            ("contactMedium.characteristic.*", true),
            ("*", true),
            ("fullName", false),
            ("none", false),
            ("partyCharacteristic.*", false),
        ] {
            let fields = FieldSelection::of_paths([path]).expect("a path");
            assert_eq!(shows_contact_medium(Some(&fields)), shown, "{path}");
        }
    }
}
