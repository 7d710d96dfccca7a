// Coordinates as people read them: degrees, UTM (Krüger's series on WGS 84, good to a millimetre within a
// zone), lengths and areas of what is measured on screen. Figures of record come from the server.

const A = 6378137;
const F = 1 / 298.257223563;
const E2 = F * (2 - F);
const N = F / (2 - F);
const RADIUS = 6371008.8;
const RAD = Math.PI / 180;
const ALPHA = [
  N / 2 - (2 / 3) * N ** 2 + (5 / 16) * N ** 3,
  (13 / 48) * N ** 2 - (3 / 5) * N ** 3,
  (61 / 240) * N ** 3,
];
const RECTIFYING = (A / (1 + N)) * (1 + N ** 2 / 4 + N ** 4 / 64);

/** `40.10650° N 46.03830° E` */
export function degrees(lon, lat) {
  const part = (value, positive, negative) => `${Math.abs(value).toFixed(5)}° ${value < 0 ? negative : positive}`;
  return `${part(lat, "N", "S")} ${part(lon, "E", "W")}`;
}

/** Zone, easting and northing in metres; null beyond the reach of UTM. */
export function utm(lon, lat) {
  if (lat < -80 || lat > 84) return null;
  const zone = Math.min(60, Math.floor((lon + 180) / 6) + 1);
  const λ = (lon - (zone * 6 - 183)) * RAD;
  const φ = lat * RAD;
  const e = Math.sqrt(E2);
  const t = Math.sinh(Math.atanh(Math.sin(φ)) - e * Math.atanh(e * Math.sin(φ)));
  const ξ = Math.atan2(t, Math.cos(λ));
  const η = Math.atanh(Math.sin(λ) / Math.sqrt(1 + t * t));
  let easting = η;
  let northing = ξ;
  ALPHA.forEach((α, i) => {
    const k = 2 * (i + 1);
    easting += α * Math.cos(k * ξ) * Math.sinh(k * η);
    northing += α * Math.sin(k * ξ) * Math.cosh(k * η);
  });
  return {
    zone: `${zone}${"CDEFGHJKLMNPQRSTUVWXX"[Math.floor((lat + 80) / 8)]}`,
    easting: 500000 + 0.9996 * RECTIFYING * easting,
    northing: (lat < 0 ? 1e7 : 0) + 0.9996 * RECTIFYING * northing,
  };
}

/** Both, in one line. */
export function readout({ lng, lat }) {
  const grid = utm(lng, lat);
  return degrees(lng, lat) + (grid ? ` · UTM ${grid.zone} ${grid.easting.toFixed(0)} ${grid.northing.toFixed(0)}` : "");
}

/** Metres along a path. */
export function length(path) {
  let sum = 0;
  for (let i = 1; i < path.length; i++) {
    const [[a, b], [c, d]] = [path[i - 1], path[i]];
    const h = Math.sin(((d - b) * RAD) / 2) ** 2
      + Math.cos(b * RAD) * Math.cos(d * RAD) * Math.sin(((c - a) * RAD) / 2) ** 2;
    sum += 2 * RADIUS * Math.asin(Math.sqrt(h));
  }
  return sum;
}

/** Square metres within a ring, on the sphere: for a first impression, never for the books. */
export function area(ring) {
  let sum = 0;
  ring.forEach(([a, b], i) => {
    const [c, d] = ring[(i + 1) % ring.length];
    sum += (c - a) * RAD * (2 + Math.sin(b * RAD) + Math.sin(d * RAD));
  });
  return Math.abs((sum * RADIUS * RADIUS) / 2);
}
