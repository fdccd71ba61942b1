//! Why a verb failed: a sentence, what to do next, and the exit status.

use std::process::ExitCode;

use epissure_app::directory::Refused;
use epissure_protocol::problem::{Code, Problem};

/// A failure, as its reader sees it.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was asked is not possible: exit status 2.
    Usage(String),
    /// It was possible, and failed: exit status 1.
    Failed(String),
    /// The command line itself was refused: `clap` says how and why. Also `--help` and `--version`.
    CommandLine(clap::Error),
}

impl Failure {
    /// What was asked is not possible.
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self::Usage(sentence.into())
    }

    /// It was possible, and failed.
    pub(crate) fn failed(sentence: impl Into<String>) -> Self {
        Self::Failed(sentence.into())
    }

    /// Adds a line that says what to do next.
    pub(crate) fn then(self, next: &str) -> Self {
        match self {
            Self::Usage(sentence) => Self::Usage(format!("{sentence}\n{next}")),
            Self::Failed(sentence) => Self::Failed(format!("{sentence}\n{next}")),
            Self::CommandLine(error) => Self::CommandLine(error),
        }
    }

    /// Says first which option it is about.
    pub(crate) fn of(self, option: &str) -> Self {
        match self {
            Self::Usage(sentence) => Self::Usage(format!("{option}: {sentence}")),
            Self::Failed(sentence) => Self::Failed(format!("{option}: {sentence}")),
            Self::CommandLine(error) => Self::CommandLine(error),
        }
    }

    /// Tells the reader, and answers with the exit status.
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
                // Help goes to stdout, and nobody is told when nobody reads it.
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
    /// The sentences of the catalogue speak to callers over HTTP; here the reader owns the database.
    fn from(problem: Problem) -> Self {
        match problem.code {
            Code::Unavailable => Self::failed("the database is busy, or its disk is full or read-only")
                .then("The log line above says which. Try again once it is free."),
            Code::InternalError => Self::failed("the database failed")
                .then("`epissure database check` tells whether its file is sound."),
            _ => Self::failed(problem.message),
        }
    }
}
