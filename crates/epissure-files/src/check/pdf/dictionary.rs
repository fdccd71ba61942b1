//! What is known of the dictionary that a stream may follow.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filter {
    None,
    Flate,
    Other,
}

/// The keys of it that matter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dictionary {
    pub(super) object_stream: bool,
    pub(super) filter: Filter,
    /// It has a count, which makes an object stream of it for lenient readers; profiles of colours have one too.
    pub(super) counted: bool,
    /// Parameters of filters: not followed.
    pub(super) more: bool,
    /// Its data are in another file.
    pub(super) elsewhere: bool,
    /// It has the widths of the fields of a table.
    pub(super) is_table: bool,
}

pub(super) const NO_DICTIONARY: Dictionary = Dictionary {
    object_stream: false,
    filter: Filter::None,
    counted: false,
    more: false,
    elsewhere: false,
    is_table: false,
};
