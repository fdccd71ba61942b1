//! Failures of verbs: a message, the next step, and the exit status.

use std::process::ExitCode;

use epissure_app::directory::Refused;
use epissure_protocol::problem::{Code, Problem};

/// A failure, as shown to the user.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The request is invalid: exit status 2.
    Usage(String),
    /// The request is valid, and failed: exit status 1.
    Failed(String),
    /// The command line is invalid, with clap's message. Also `--help` and `--version`.
    CommandLine(clap::Error),
}

impl Failure {
    /// Makes the failure of an invalid request.
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self::Usage(sentence.into())
    }

    /// Makes the failure of a valid request.
    pub(crate) fn failed(sentence: impl Into<String>) -> Self {
        Self::Failed(sentence.into())
    }

    /// Adds a line with the next step.
    pub(crate) fn then(self, next: &str) -> Self {
        match self {
            Self::Usage(sentence) => Self::Usage(format!("{sentence}\n{next}")),
            Self::Failed(sentence) => Self::Failed(format!("{sentence}\n{next}")),
            Self::CommandLine(error) => Self::CommandLine(error),
        }
    }

    /// Prefixes the name of the option at fault.
    pub(crate) fn of(self, option: &str) -> Self {
        match self {
            Self::Usage(sentence) => Self::Usage(format!("{option}: {sentence}")),
            Self::Failed(sentence) => Self::Failed(format!("{option}: {sentence}")),
            Self::CommandLine(error) => Self::CommandLine(error),
        }
    }

    /// Prints the failure and returns the exit status.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Self::Usage(sentence) => {
                eprintln!("error: {sentence}");
                ExitCode::from(2)
            }
            Self::Failed(sentence) => {
                eprintln!("error: {sentence}");
                ExitCode::FAILURE
            }
            Self::CommandLine(error) => {
                // Help goes to stdout. A closed pipe is ignored.
                let _ = error.print();
                ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
            }
        }
    }
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Self {
        Self::CommandLine(error)
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Invalid(sentence) => Self::usage(sentence),
            Refused::Failed(problem) => problem.into(),
        }
    }
}

impl From<Problem> for Failure {
    /// The catalogue's messages address HTTP callers; here the user administers the database.
    fn from(problem: Problem) -> Self {
        match problem.code() {
            Code::Unavailable => Self::failed("the database is busy, or its disk is full or read-only")
                .then("The log line above says which. Try again once it is free."),
            Code::InternalError => Self::failed("the database failed")
                .then("`epissure database check` tells whether its file is sound."),
            _ => Self::failed(problem.to_string()),
        }
    }
}
