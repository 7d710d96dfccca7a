// Coordinates as people read them: degrees, UTM and MGRS, the same as `geodesy` on the server gives, digit for
// digit (Krüger's series on WGS 84 to the sixth order: Karney 2011, equation 35). Lengths and areas of what is
// measured on screen are for a first impression; figures of record come from the server.

const A = 6378137;
const F = 1 / 298.257223563;
const E2 = F * (2 - F);
const N = F / (2 - F);
const RADIUS = 6371008.8;
const RAD = Math.PI / 180;

/** A longitude or a difference of two, between -180 and 180; what is there already stays as it is. */
const around = (lon) => (lon >= -180 && lon < 180 ? lon : ((((lon + 180) % 360) + 360) % 360) - 180);

/** Powers of n from the first on, times their factors. */
const series = (...factors) => factors.reduceRight((sum, factor) => (sum + factor) * N, 0);
const ALPHA = [
  series(1 / 2, -2 / 3, 5 / 16, 41 / 180, -127 / 288, 7891 / 37800),
  series(0, 13 / 48, -3 / 5, 557 / 1440, 281 / 630, -1983433 / 1935360),
  series(0, 0, 61 / 240, -103 / 140, 15061 / 26880, 167603 / 181440),
  series(0, 0, 0, 49561 / 161280, -179 / 168, 6601661 / 7257600),
  series(0, 0, 0, 0, 34729 / 80640, -3418889 / 1995840),
  series(0, 0, 0, 0, 0, 212378941 / 319334400),
];
const RECTIFYING = (A / (1 + N)) * (1 + N ** 2 / 4 + N ** 4 / 64 + N ** 6 / 256);

const BANDS = "CDEFGHJKLMNPQRSTUVWX";
const ROWS = "ABCDEFGHJKLMNPQRSTUV";
const COLUMNS = ["STUVWXYZ", "ABCDEFGH", "JKLMNPQR"];

/** `40.10650° N 46.03830° E` */
export function degrees(lon, lat) {
  const part = (value, positive, negative) => `${Math.abs(value).toFixed(5)}° ${value < 0 ? negative : positive}`;
  return `${part(lat, "N", "S")} ${part(lon, "E", "W")}`;
}

/** The zone of a place, with the exceptions of Norway and Svalbard. */
function zoneOf(lon, lat) {
  const plain = Math.min(59, Math.floor((around(lon) + 180) / 6)) + 1;
  if (plain === 31 && lat >= 56 && lat < 64 && lon >= 3) return 32;
  if (plain >= 31 && plain <= 37 && lat >= 72 && lat <= 84 && lon >= 0 && lon < 42) {
    return [[9, 31], [21, 33], [33, 35]].find(([end]) => lon < end)?.[1] ?? 37;
  }
  return plain;
}

/** Zone, band, easting and northing in metres; null beyond the reach of UTM. */
export function utm(lon, lat) {
  if (!(lat >= -80 && lat <= 84)) return null;
  const zone = zoneOf(lon, lat);
  const λ = around(lon - (zone * 6 - 183)) * RAD;
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
    zone,
    band: BANDS[Math.min(19, Math.floor((lat + 80) / 8))],
    easting: 500000 + 0.9996 * RECTIFYING * easting,
    northing: (lat < 0 ? 1e7 : 0) + 0.9996 * RECTIFYING * northing,
  };
}

/** The square of one metre that holds a place, `38T NK 88359 39333`: cut off, never rounded. Null where there is none. */
export function mgrs(lon, lat) {
  const grid = utm(lon, lat);
  if (!grid) return null;
  // Up to a nanometre below a line counts as on it, as on the server.
  const [east, north] = [grid.easting, grid.northing].map((value) => Math.floor(value + 1e-9));
  const column = COLUMNS[grid.zone % 3][Math.floor(east / 1e5) - 1];
  const row = ROWS[(Math.floor(north / 1e5) + (grid.zone % 2 ? 0 : 5)) % 20];
  const digits = (value) => String(value % 1e5).padStart(5, "0");
  return column && `${String(grid.zone).padStart(2, "0")}${grid.band} ${column}${row} ${digits(east)} ${digits(north)}`;
}

/** A place in the grid of the reader: `latlon`, `utm` or `mgrs`; in degrees where the grid does not reach. */
export function readout({ lng, lat }, grid) {
  const lon = around(lng);
  if (grid === "mgrs") return mgrs(lon, lat) ?? degrees(lon, lat);
  const at = grid === "utm" && utm(lon, lat);
  return at ? `${at.zone} ${lat < 0 ? "south" : "north"} ${at.easting.toFixed(0)} ${at.northing.toFixed(0)}` : degrees(lon, lat);
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
