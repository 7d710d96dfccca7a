//! From one ellipsoid to another: seven parameters between geocentric positions (EPSG guidance note 7-2, §4.2.4).
//!
//! Positions have no height here: the height that a change of datum gives is dropped, as EPSG's operations in the
//! domain of longitude and latitude do. Back and forth a position moves by less than a millimetre for it.

use crate::projection::Projection;

/// An ellipsoid of revolution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ellipsoid {
    semi_major_m: f64,
    flattening: f64,
}

impl Ellipsoid {
    /// By semi-major axis in metres and inverse flattening; 0 is a sphere.
    pub(crate) fn new(semi_major_m: f64, inverse_flattening: f64) -> Ellipsoid {
        let flattening = if inverse_flattening == 0.0 { 0.0 } else { 1.0 / inverse_flattening };
        Ellipsoid { semi_major_m, flattening }
    }

    /// As proj4rs wants it.
    pub(crate) fn words(&self) -> String {
        match self.flattening {
            0.0 => format!("+R={}", self.semi_major_m),
            // Not by +b: with it proj4rs takes the eccentricity of another ellipsoid.
            flattening => format!("+a={} +rf={}", self.semi_major_m, 1.0 / flattening),
        }
    }

    /// A projection of ours on it; `None` if the definition is proj4rs's to compute.
    pub(crate) fn projection(&self, definition: &str) -> Option<Projection> {
        let inverse = if self.flattening == 0.0 { 0.0 } else { 1.0 / self.flattening };
        Projection::of(definition, self.semi_major_m, inverse)
    }

    fn eccentricity_2(&self) -> f64 {
        self.flattening * (2.0 - self.flattening)
    }

    /// Geocentric metres of longitude and latitude in radians, on the ellipsoid.
    pub(crate) fn to_cartesian(self, [lon, lat]: [f64; 2]) -> [f64; 3] {
        let ((sin_lat, cos_lat), (sin_lon, cos_lon)) = (lat.sin_cos(), lon.sin_cos());
        let normal = self.semi_major_m / (1.0 - self.eccentricity_2() * sin_lat * sin_lat).sqrt();
        [normal * cos_lat * cos_lon, normal * cos_lat * sin_lon, normal * (1.0 - self.eccentricity_2()) * sin_lat]
    }

    /// Longitude and latitude in radians; the height is dropped. Bowring (1976), taken twice: below 1e-13 rad near
    /// the ground.
    pub(crate) fn of_cartesian(self, [x, y, z]: [f64; 3]) -> [f64; 2] {
        let semi_minor = self.semi_major_m * (1.0 - self.flattening);
        let e2 = self.eccentricity_2();
        let second_e2 = e2 / (1.0 - e2);
        let across = x.hypot(y);
        let mut tan_beta = z / across / (1.0 - self.flattening);
        let mut lat = (0.0, 1.0);
        for _ in 0..2 {
            let cos = 1.0 / (1.0 + tan_beta * tan_beta).sqrt();
            let sin = if cos == 0.0 { z.signum() } else { tan_beta * cos };
            lat = (z + second_e2 * semi_minor * sin.powi(3), across - e2 * self.semi_major_m * cos.powi(3));
            tan_beta = (1.0 - self.flattening) * lat.0 / lat.1;
        }
        [y.atan2(x), lat.0.atan2(lat.1)]
    }
}

/// Seven parameters to WGS 84, position-vector convention, rotations taken as small.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Helmert {
    pub(crate) translation_m: [f64; 3],
    pub(crate) rotation_rad: [f64; 3],
    /// Scale less one.
    pub(crate) scale: f64,
}

impl Helmert {
    /// X' = T + (1 + s) R X.
    pub(crate) fn forward(self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        let ([tx, ty, tz], [rx, ry, rz], m) = (self.translation_m, self.rotation_rad, 1.0 + self.scale);
        [tx + m * (x - rz * y + ry * z), ty + m * (rz * x + y - rx * z), tz + m * (-ry * x + rx * y + z)]
    }

    /// X = Rᵀ (X' − T) / (1 + s): the transpose, as PROJ takes it.
    pub(crate) fn back(self, position: [f64; 3]) -> [f64; 3] {
        let ([tx, ty, tz], [rx, ry, rz], m) = (self.translation_m, self.rotation_rad, 1.0 + self.scale);
        let [x, y, z] = [(position[0] - tx) / m, (position[1] - ty) / m, (position[2] - tz) / m];
        [x + rz * y - ry * z, -rz * x + y + rx * z, ry * x - rx * y + z]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_on_an_ellipsoid_comes_back_from_the_centre_of_the_earth() {
        for ellipsoid in [Ellipsoid::new(6_378_245.0, 298.3), Ellipsoid::new(6_371_000.0, 0.0)] {
            for lat in -90_i32..=90 {
                let place = [f64::from(lat * 2) / 60.0, f64::from(lat).to_radians()];
                let back = ellipsoid.of_cartesian(ellipsoid.to_cartesian(place));
                assert!((back[1] - place[1]).abs() < 1e-13, "{place:?} {back:?}");
                assert!(lat.abs() == 90 || (back[0] - place[0]).abs() < 1e-13, "{place:?} {back:?}");
            }
        }
    }
}
