//! The query language of the lists: parse, evaluate on JSON, plan. No I/O.
