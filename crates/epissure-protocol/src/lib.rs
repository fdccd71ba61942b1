//! The domain, pure: tickets, life cycle, issue keys, identifiers, durations, dialects, error catalogue.
