//! Identifiers whose format the official schema forbids.

use super::refusals;

refusals! {
    /// An identifier, or a point, that the Interop contract's schema forbids. Texts quote values
    /// cut and escaped.
    IdentifierRefusal {
        /// A declared member of an address is no string (`Address`).
        AddressMember {
            /// The member.
            member: &'static str,
        } = InvalidBodyField, "identifier-address-member";
        /// A building identifier is empty or too long (`Building.id`).
        BuildingId {
            /// The value, quoted.
            value: String,
            /// Its length, in characters.
            length: usize,
            /// The longest, in characters.
            max: usize,
        } = InvalidBodyField, "identifier-building-id";
        /// A reference of a concentration point is too long (`ReferencePM`).
        PmReference {
            /// The value, quoted.
            value: String,
            /// Its length, in characters.
            length: usize,
            /// The longest, in characters.
            max: usize,
        } = InvalidBodyField, "identifier-pm-reference";
        /// A plot has other characters than digits and upper-case letters (`Building.plot`).
        Plot {
            /// The value, quoted.
            value: String,
        } = InvalidBodyField, "identifier-plot";
        /// A SIREN is not nine digits (`Company.siren`).
        Siren {
            /// The value, quoted.
            value: String,
        } = InvalidBodyField, "identifier-siren";
        /// A SIRET is not fourteen digits (`Company.siret`).
        Siret {
            /// The value, quoted.
            value: String,
        } = InvalidBodyField, "identifier-siret";
        /// A hexaclé has another length.
        Hexacle {
            /// The value, quoted.
            value: String,
            /// Its length, in characters.
            length: usize,
            /// The length expected, in characters.
            expected: usize,
        } = InvalidBodyField, "identifier-hexacle";
        /// The hexaclé of a street has another length.
        StreetHexacle {
            /// The value, quoted.
            value: String,
            /// Its length, in characters.
            length: usize,
            /// The length expected, in characters.
            expected: usize,
        } = InvalidBodyField, "identifier-street-hexacle";
        /// A point is no object (`GeographicPoint`).
        Point = InvalidBodyField, "identifier-point";
        /// `z` is there and is no number.
        PointHeight = InvalidBodyField, "identifier-point-height";
        /// `x` or `y` is absent or no number.
        PointCoordinate {
            /// The member.
            member: &'static str,
        } = InvalidBodyField, "identifier-point-coordinate";
        /// `type` is absent or no string.
        PointType = InvalidBodyField, "identifier-point-type";
        /// `type` names no projection of the schema.
        Projection {
            /// The value, quoted.
            value: String,
            /// The projections.
            known: Vec<&'static str>,
        } = InvalidBodyField, "identifier-projection";
        /// An operator code is not four digits or upper-case letters (`CodeOperateurArcep`).
        OperatorCode {
            /// The value, quoted.
            value: String,
        } = InvalidBodyField, "identifier-operator-code";
    }
}
