//! The reference of the command line in Markdown, generated from the `--help` texts.

use clap::Command;

/// Returns the help of every verb.
pub(crate) fn markdown() -> String {
    let mut text = "# Command line\n\n\
        The `--help` of every verb. This page is made by `epissure generate-cli-reference`: do not edit it.\n"
        .to_owned();
    let mut command = super::command().term_width(100);
    command.build();
    add(&mut text, &command, "epissure");
    text
}

fn add(text: &mut String, command: &Command, name: &str) {
    let mut command = command.clone();
    // As `--help` does: the longer form only where there is more to say.
    let help = match command.get_long_about() {
        Some(_) => command.render_long_help(),
        None => command.render_help(),
    };
    let help = help.to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    text.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", lines.join("\n").trim_end()));
    let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set() && verb.get_name() != "help");
    for verb in verbs {
        add(text, verb, &format!("{name} {}", verb.get_name()));
    }
}
