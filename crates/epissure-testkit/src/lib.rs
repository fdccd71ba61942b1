//! Whole-application harness for tests: a server on a free port, a clock to turn, fixtures.
