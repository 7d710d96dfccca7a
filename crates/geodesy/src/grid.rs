//! What a projection does to directions and lengths at a place: convergence and scale (GEO-3, GEO-4).

use geographiclib_rs::{DirectGeodesic, Geodesic, InverseGeodesic};

use crate::crs::{CrsCode, CrsError, CrsKind, Transform};

/// Convergence and scale of a projected system at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GridAt {
    /// From true north to grid north, degrees, east positive: `true = grid + convergence`.
    pub convergence_deg: f64,
    /// Grid length of a metre on the ellipsoid, along the meridian: `ground = grid / scale`.
    pub scale: f64,
}

/// Why there is no grid.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GridError {
    /// Not known, or no image there.
    #[error(transparent)]
    Crs(#[from] CrsError),
    /// A system of longitude and latitude has no grid north.
    #[error("{0} is not a projected system, so it has no grid north")]
    NotProjected(CrsCode),
}

/// Convergence and scale of a projected system at a WGS 84 place, by a metre of meridian to either side.
pub fn grid_at(code: CrsCode, [lon, lat]: [f64; 2]) -> Result<GridAt, GridError> {
    const HALF_M: f64 = 50.0;
    let way = Transform::new(CrsCode::WGS_84, code, None)?;
    if way.to().kind != CrsKind::Projected {
        return Err(GridError::NotProjected(code));
    }
    let image = |azimuth: f64| {
        let [lon, lat] = direct([lon, lat], azimuth, HALF_M);
        way.apply([lon, lat])
    };
    let ([x0, y0], [x1, y1]) = (image(180.0)?, image(0.0)?);
    let (east, north) = (x1 - x0, y1 - y0);
    Ok(GridAt { convergence_deg: -east.atan2(north).to_degrees(), scale: east.hypot(north) / (2.0 * HALF_M) })
}

/// The place at an azimuth and a distance, along a geodesic of WGS 84 (GEO-5).
pub fn direct([lon, lat]: [f64; 2], azimuth_deg: f64, distance_m: f64) -> [f64; 2] {
    let (lat, lon): (f64, f64) = Geodesic::wgs84().direct(lat, lon, azimuth_deg, distance_m);
    [lon, lat]
}

/// Azimuth (0 ≤ degrees < 360) and distance in metres from one place to another, along a geodesic of WGS 84.
pub fn inverse([lon, lat]: [f64; 2], [to_lon, to_lat]: [f64; 2]) -> (f64, f64) {
    let (distance, azimuth, _, _): (f64, f64, f64, f64) = Geodesic::wgs84().inverse(lat, lon, to_lat, to_lon);
    (azimuth.rem_euclid(360.0), distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GEO-3: at the reference point of PT-1 both systems have the central meridian 45°E.
    #[test]
    fn convergence_of_utm_and_of_gauss_kruger_is_the_same_there() {
        for code in [32638, 28408] {
            let grid = grid_at(CrsCode(code), [46.0383, 40.1065]).unwrap();
            assert!((grid.convergence_deg - 0.669).abs() < 1e-3, "{code}: {}", grid.convergence_deg);
        }
        let utm = grid_at(CrsCode(32638), [45.0, 40.0]).unwrap();
        assert!(utm.convergence_deg.abs() < 1e-6 && (utm.scale - 0.9996).abs() < 1e-6, "{utm:?}");
        assert!(matches!(grid_at(CrsCode::WGS_84, [45.0, 40.0]), Err(GridError::NotProjected(_))));
    }
}
