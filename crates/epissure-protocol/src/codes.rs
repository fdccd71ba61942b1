//! Closed vocabularies of the contract, spelled on the wire exactly as in the contract.

use serde::{Deserialize, Serialize};

/// Declares an enum whose variants have one spelling each, converted from and to text.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every value, in the contract's order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the spelling on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Parses the spelling on the wire; `None` outside the vocabulary.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

vocabulary! {
    /// Status of a ticket. [`crate::lifecycle`] lists the permitted moves.
    Status {
        /// Opened by the OC, or returned to the OI: the OI must process it.
        Acknowledged = "ACKNOWLEDGED",
        /// Qualified by the OI; the regulatory period runs.
        InProgress = "IN_PROGRESS",
        /// The OI awaits information from the OC.
        Pending = "PENDING",
        /// Processed; the OC accepts or refuses.
        Resolved = "RESOLVED",
        /// Accepted, or the validation delay expired. Final.
        Closed = "CLOSED",
        /// Refused by the OI before qualification. Final.
        Rejected = "REJECTED",
        /// Withdrawn by the OC. Final.
        Canceled = "CANCELED",
    }
}

impl Status {
    /// Returns true when the ticket can no longer change.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Closed | Self::Rejected | Self::Canceled)
    }

    /// Returns the contractual delay that runs in this status; `None` when none does.
    #[must_use]
    pub const fn clock(self) -> Option<ContractDelay> {
        match self {
            Self::Pending => Some(ContractDelay::Answer),
            Self::Resolved => Some(ContractDelay::Validation),
            _ => None,
        }
    }
}

/// A delay of the bilateral contract, which runs while a ticket has one status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContractDelay {
    /// Time in which the OC must answer a question of the OI.
    Answer,
    /// Time in which the OC must accept or refuse a resolution.
    Validation,
}

vocabulary! {
    /// Reason of a change of status (`statusChangeReason`).
    Reason {
        /// The building already matches the request.
        AlreadyResolved = "ALREADY_RESOLVED",
        /// The OC did not answer within the contract's delay.
        DelayAnswerExpired = "DELAY_ANSWER_EXPIRED",
        /// The OC neither accepted nor refused within the contract's delay.
        DelayValidationExpired = "DELAY_VALIDATION_EXPIRED",
        /// Another active ticket requests the same correction.
        Duplicate = "DUPLICATE",
        /// The OC answered.
        InformationProvided = "INFORMATION_PROVIDED",
        /// The ticket is invalid.
        Invalid = "INVALID",
        /// Any reason that the protocol does not name.
        Other = "OTHER",
        /// The OI changed complexity, zone or expected date.
        Requalified = "REQUALIFIED",
        /// The OC accepts the resolution.
        ResolutionAccepted = "RESOLUTION_ACCEPTED",
        /// The OC refuses the resolution.
        ResolutionRefused = "RESOLUTION_REFUSED",
        /// Processed successfully.
        Resolved = "RESOLVED",
        /// The building is unknown to the OI.
        UnknownResource = "UNKNOWN_RESOURCE",
        /// The zone is not managed by the OI.
        UnknownZone = "UNKNOWN_ZONE",
        /// The ticket cannot be resolved.
        Unresolvable = "UNRESOLVABLE",
        /// The OI waits for information from the OC.
        WaitingInformation = "WAITING_INFORMATION",
        /// The OC withdraws its ticket.
        OcCancelation = "OC_CANCELATION",
    }
}

vocabulary! {
    /// The four kinds of ticket (`@type`).
    Kind {
        /// An address or a building missing from the IPE.
        Creation = "AnomalieAdresse.creation",
        /// A building to add at an address that exists.
        NewBuilding = "AnomalieAdresse.newBuilding",
        /// Fields to correct on one or several buildings.
        Modification = "AnomalieAdresse.modification",
        /// The number of premises of one building.
        NbLogements = "AnomalieAdresse.nbLogements",
    }
}

vocabulary! {
    /// Difficulty of the case, set by the OI at qualification.
    Complexity {
        /// No field work, no network work, no realignment of references: one week.
        Simple = "SIMPLE",
        /// Anything not simple: three weeks.
        Complex = "COMPLEX",
        /// A bulk report: two months.
        Masse = "MASSE",
    }
}

vocabulary! {
    /// The regulatory zone of the buildings.
    Zone {
        /// Very dense area.
        Ztd = "ZTD",
        /// Less dense area.
        Zmd = "ZMD",
    }
}

vocabulary! {
    /// Urgency of the ticket for the OC.
    Priority {
        /// The default.
        Low = "LOW",
        /// Above the default.
        Medium = "MEDIUM",
        /// The highest.
        High = "HIGH",
    }
}

vocabulary! {
    /// Source of the report (`ticketType`).
    Origin {
        /// The OC found the anomaly itself. The default.
        OcRequest = "OC_REQUEST",
        /// A final customer wants to order.
        CustomerRequest = "CUSTOMER_REQUEST",
    }
}

vocabulary! {
    /// Actor in the life cycle of a ticket.
    Actor {
        /// The commercial operator that opened it.
        Oc = "OC",
        /// The infrastructure operator that processes it.
        Oi = "OI",
        /// The server, for the OI, when a contractual delay expires.
        System = "SYSTEM",
    }
}
