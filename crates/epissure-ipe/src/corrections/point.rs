//! Points of tickets, in the projection of a line.

use super::CorrectionProblem;
use crate::columns::IpeColumn::{
    self, CodeInseeImmeuble, CodeInseePM, CoordonneeImmeubleX, CoordonneeImmeubleY, CoordonneePMX,
    CoordonneePMY, TypeProjectionGeographique,
};
use crate::line::Line;
use crate::projections::{Crs, LonLat, read_point};
use crate::values::parse_decimal;
use crate::writing::CellChange;

/// Farthest distance of two writings of one point, metres.
const SAME_POINT: f64 = 1.0;

/// A point as a ticket gives it.
pub(super) struct TicketPoint<'a> {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) projection: &'a str,
}

impl TicketPoint<'_> {
    /// The position. In degrees, latitude first is understood where it cannot be a longitude of
    /// France.
    fn position(&self, insee: &str) -> Result<LonLat, CorrectionProblem> {
        let unknown = || CorrectionProblem::UnknownProjection { projection: self.projection.to_owned() };
        let crs = *Crs::of_label(self.projection).first().ok_or_else(unknown)?;
        let reading = read_point(self.projection, self.x, self.y, insee).filter(|reading| reading.by_label);
        let position = match reading {
            Some(reading) => Some(reading.position),
            None => crs.to_degrees(self.x, self.y),
        };
        position.ok_or(CorrectionProblem::Unprojectable)
    }
}

/// A point of the line, read by the line's label.
fn point_of(
    line: &Line<'_>,
    x: IpeColumn,
    y: IpeColumn,
    insee: &str,
) -> Option<crate::projections::PointReading> {
    let (x, y) = (parse_decimal(&line.text(x))?, parse_decimal(&line.text(y))?);
    read_point(&line.text(TypeProjectionGeographique), x, y, insee)
}

pub(super) fn is_already(line: &Line<'_>, asked: &TicketPoint<'_>) -> bool {
    let insee = line.text(CodeInseeImmeuble);
    let current = point_of(line, CoordonneeImmeubleX, CoordonneeImmeubleY, &insee);
    let by_label = current.filter(|reading| !reading.swapped && reading.by_label);
    match (by_label, asked.position(&insee)) {
        (Some(current), Ok(asked)) => current.position.distance(asked) <= SAME_POINT,
        _ => false,
    }
}

/// The cells of a point. The label changes only where the line has none and no point of its PM.
pub(super) fn changes(
    line: &Line<'_>,
    asked: &TicketPoint<'_>,
) -> Result<Vec<CellChange>, CorrectionProblem> {
    let insee = line.text(CodeInseeImmeuble);
    let position = asked.position(&insee)?;
    let label = line.text(TypeProjectionGeographique);
    let (crs, new_label) = system_of(line, &label, &insee).ok_or(CorrectionProblem::Unprojectable)?;
    let (x, y) = crs.from_degrees(position).ok_or(CorrectionProblem::Unprojectable)?;
    let comma = [CoordonneeImmeubleX, CoordonneePMX].iter().any(|column| line.text(*column).contains(','));
    let mut cells = vec![
        CellChange { column: CoordonneeImmeubleX, value: written(crs, x, comma) },
        CellChange { column: CoordonneeImmeubleY, value: written(crs, y, comma) },
    ];
    if new_label {
        cells.push(CellChange { column: TypeProjectionGeographique, value: crs.label().to_owned() });
    }
    Ok(cells)
}

/// The system of the line's points, and whether its label must be written.
fn system_of(line: &Line<'_>, label: &str, insee: &str) -> Option<(Crs, bool)> {
    let of_pm = line.text(CodeInseePM);
    let pm_insee = if of_pm.is_empty() { insee } else { &of_pm };
    let pm = point_of(line, CoordonneePMX, CoordonneePMY, pm_insee);
    if label.is_empty() {
        // Without label, the points themselves show the system that readers of the file assume.
        let shown = pm.or_else(|| point_of(line, CoordonneeImmeubleX, CoordonneeImmeubleY, insee));
        return match shown {
            Some(reading) => Some((reading.crs, false)),
            None => Some((planar(insee)?, true)),
        };
    }
    match Crs::of_label(label) {
        [only] => Some((*only, false)),
        // WGS84 means degrees or Web Mercator: the points of the line show which.
        [first, ..] => {
            let building = point_of(line, CoordonneeImmeubleX, CoordonneeImmeubleY, insee);
            let shown = pm.or(building).filter(|reading| reading.by_label);
            Some((shown.map_or(*first, |reading| reading.crs), false))
        }
        [] => None,
    }
}

/// The legal system in metres of a commune's territory.
pub(super) fn planar(insee: &str) -> Option<Crs> {
    use epissure_protocol::identifiers::{Territory, communes};
    Crs::planar_of(Territory::of_insee(communes::resolve(insee)?.insee)?)
}

/// A coordinate with centimetres, or with seven decimals in degrees, which is as precise.
pub(super) fn written(crs: Crs, value: f64, comma: bool) -> String {
    let text = if crs == Crs::Degrees { format!("{value:.7}") } else { format!("{value:.2}") };
    if comma { text.replace('.', ",") } else { text }
}

/// The cells of a point on a new line, in the legal system of its territory.
pub(super) fn of_new_line(
    asked: &TicketPoint<'_>,
    insee: &str,
) -> Result<Vec<CellChange>, CorrectionProblem> {
    let position = asked.position(insee)?;
    let crs = planar(insee).unwrap_or(Crs::Degrees);
    let (x, y) = crs.from_degrees(position).ok_or(CorrectionProblem::Unprojectable)?;
    Ok(vec![
        CellChange { column: TypeProjectionGeographique, value: crs.label().to_owned() },
        CellChange { column: CoordonneeImmeubleX, value: written(crs, x, false) },
        CellChange { column: CoordonneeImmeubleY, value: written(crs, y, false) },
    ])
}
