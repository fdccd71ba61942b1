//! The `epissure` command.

fn main() {}
