//! State of the dictionary that may precede a stream.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filter {
    None,
    Flate,
    Other,
}

/// Relevant keys of the dictionary.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dictionary {
    pub(super) object_stream: bool,
    pub(super) filter: Filter,
    /// Has a count (`/N`), by which lenient readers take it for an object stream; color profiles
    /// have one too.
    pub(super) counted: bool,
    /// Has filter parameters, which are not interpreted.
    pub(super) more: bool,
    /// Its data are in another file.
    pub(super) elsewhere: bool,
    /// Has the field widths of a cross-reference table.
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
