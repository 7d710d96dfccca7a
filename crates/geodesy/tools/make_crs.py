"""Writes data/epsg.txt and fixtures/geodesy/*_vectors.csv from PROJ's copy of the EPSG dataset.

    python3 -m venv v && v/bin/pip install pyproj==3.7.2 && v/bin/python crates/geodesy/tools/make_crs.py

Every projected and geographic system of the dataset is in the table, those that cannot be computed with the reason.
Operations to WGS 84 are those of up to ten parameters, brought to seven in the position-vector convention; those that
need a grid file or several steps are in the table by name only. The vectors are PROJ's own answers.
"""
import math
import pathlib
import sqlite3
import warnings

import pyproj
from pyproj import CRS, Transformer

warnings.simplefilter("ignore")
ROOT = pathlib.Path(__file__).resolve().parents[3]
TABLE = ROOT / "crates/geodesy/data/epsg.txt"
VECTORS = ROOT / "fixtures/geodesy"
DB = sqlite3.connect(pathlib.Path(pyproj.datadir.get_data_dir()) / "proj.db")
WGS84_DATUM = 6326
# What is computed, by the name of PROJ: by proj4rs, and by src/projection.rs. The krovak of proj4rs writes to standard
# output and disagrees with PROJ.
PROJECTIONS = {"cass", "col_urban", "omerc", "krovak", "poly", "eqearth",
               "aea", "aeqd", "cea", "eqc", "etmerc", "laea", "lcc", "merc", "mill", "somerc", "stere", "sterea", "utm", "geos", "moll"}


def rows(sql, *values):
    return DB.execute(sql, values).fetchall()


UNIT = {code: factor for code, factor in rows("select code, conv_factor from unit_of_measure where auth_name = 'EPSG'")}
METHOD = dict(rows("select code, name from coordinate_operation_method where auth_name = 'EPSG' union select code, name from conversion_method where auth_name = 'EPSG'"))
PLACE = {}
for table, code, extent in rows("select object_table_name, object_code, extent_code from usage where object_auth_name = 'EPSG' and extent_auth_name = 'EPSG' order by code desc"):
    PLACE[table, code] = extent
AXES = {}
for system, name, abbreviation, direction, unit in rows("select coordinate_system_code, name, abbrev, orientation, uom_code from axis where coordinate_system_auth_name = 'EPSG' order by coordinate_system_order"):
    AXES.setdefault(system, []).append((name, abbreviation, direction, unit))
SUPERSEDED = {code for (code,) in rows("select superseded_code from supersession where superseded_auth_name = 'EPSG'")}


def number(value):
    text = f"{value:.15g}"
    return "0" if text == "-0" else text


def clean(text):
    return " ".join(text.split())


class Geodetic:
    """A geographic system: its datum, ellipsoid and prime meridian."""

    def __init__(self, code, name, kind, system, datum, deprecated):
        self.code, self.name, self.kind, self.system, self.datum, self.deprecated = code, name, kind, system, datum, deprecated
        found = rows("select ellipsoid_code, prime_meridian_code from geodetic_datum where auth_name = 'EPSG' and code = ?", datum)
        ellipsoid, meridian = found[0]
        a, unit, rf, b = rows("select semi_major_axis, uom_code, inv_flattening, semi_minor_axis from ellipsoid where auth_name = 'EPSG' and code = ?", ellipsoid)[0]
        self.a = a * UNIT[unit]
        self.rf = rf if rf else (a / (a - b) if b and b != a else 0.0)
        degrees, unit = rows("select longitude, uom_code from prime_meridian where auth_name = 'EPSG' and code = ?", meridian)[0]
        self.meridian = sexagesimal(degrees) if unit == 9110 else math.degrees(degrees * (UNIT[unit] or math.radians(1)))


def sexagesimal(value):
    """EPSG unit 9110: degrees, minutes and seconds in the digits of one number."""
    sign, value = math.copysign(1, value), abs(value)
    degrees = int(value)
    minutes = int(round((value - degrees) * 100, 8))
    seconds = ((value - degrees) * 100 - minutes) * 100
    return sign * (degrees + minutes / 60 + seconds / 3600)


GEODETIC = {row[0]: Geodetic(*row) for row in rows(
    "select code, name, type, coordinate_system_code, datum_code, deprecated from geodetic_crs "
    "where auth_name = 'EPSG' and datum_auth_name = 'EPSG'")}


def seven(row):
    """Seven parameters in the position-vector convention (m, rad, 1) of a row of the Helmert table; None if it moves with time."""
    method = METHOD[row["method_code"]]
    if "Time" in method:
        return None
    u = lambda name, default: UNIT[row[name]] if row[name] else default
    t = [(row[k] or 0.0) * u("translation_uom_code", 1.0) for k in ("tx", "ty", "tz")]
    r = [(row[k] or 0.0) * u("rotation_uom_code", 1.0) for k in ("rx", "ry", "rz")]
    s = (row["scale_difference"] or 0.0) * u("scale_difference_uom_code", 1.0)
    if "Coordinate Frame" in method or "CF" in method:
        r = [-x for x in r]
    elif not any(known in method for known in ("Position Vector", "PV", "Geocentric translations")):
        return None
    if row["px"] is not None:
        # Molodensky–Badekas turns about a pivot: X' = T + P + M R (X − P).
        p = [row[k] * u("pivot_uom_code", 1.0) for k in ("px", "py", "pz")]
        turned = rotate(r, s, p)
        t = [t[i] + p[i] - turned[i] for i in range(3)]
    return t, r, s


def rotate(r, s, v):
    m = 1 + s
    x, y, z = v
    return [m * (x - r[2] * y + r[1] * z), m * (r[2] * x + y - r[0] * z), m * (-r[1] * x + r[0] * y + z)]


def reversed_seven(t, r, s):
    m = 1 / (1 + s) - 1
    back = [-x for x in r]
    return [-x for x in rotate(back, m, t)], back, m


def is_null(p):
    return all(x == 0 for x in p[0] + p[1]) and p[2] == 0


def operations():
    """(source datum, target datum) -> operations of seven parameters."""
    DB.row_factory = sqlite3.Row
    found = {}
    for row in rows("select * from helmert_transformation_table where auth_name = 'EPSG' and deprecated = 0"):
        source, target = GEODETIC.get(row["source_crs_code"]), GEODETIC.get(row["target_crs_code"])
        parameters = seven(row)
        if source is None or target is None or parameters is None or source.datum == target.datum:
            continue
        one = dict(code=int(row["code"]), name=clean(row["name"]), accuracy=row["accuracy"], place=PLACE.get(("helmert_transformation", row["code"])),
                   old=row["code"] in SUPERSEDED, method=METHOD[row["method_code"]], source=source, target=target)
        found.setdefault((source.datum, target.datum), []).append(dict(one, p=parameters, back=False))
        found.setdefault((target.datum, source.datum), []).append(dict(one, p=reversed_seven(*parameters), back=True))
    DB.row_factory = None
    return found


def others():
    """datum -> operations that are known by name only: (code, name, accuracy, what it needs, extent)."""
    found = {}
    for table, needs in (("grid_transformation", "grid_name"), ("concatenated_operation", "null"), ("other_transformation", "null")):
        for code, name, source, target, accuracy, grid in rows(f"select code, name, source_crs_code, target_crs_code, accuracy, {needs} from {table} where auth_name = 'EPSG' and deprecated = 0"):
            source, target = GEODETIC.get(source), GEODETIC.get(target)
            if source is None or target is None or source.datum == target.datum or "vertical" in source.kind:
                continue
            why = f"needs the grid file {grid}" if grid else "has several steps" if table.startswith("conc") else "is of another kind than seven parameters"
            for datum in (source.datum, target.datum):
                found.setdefault(datum, {})[int(code)] = (clean(name), accuracy, why)
    return found


DIRECT = operations()
BY_NAME = others()
NULL_HUBS = {}
for (source, target), ops in DIRECT.items():
    if target == WGS84_DATUM:
        best = sorted((op for op in ops if is_null(op["p"]) and not op["old"] and op["accuracy"] is not None), key=lambda op: (op["accuracy"], op["code"]))
        if best:
            NULL_HUBS[source] = best[0]
# Where proj4rs disagrees with PROJ: LAEA about the south pole, LAEA on a sphere.
UNSOUND = {6932, 2163, 9311}
# Longitude rotations: a datum counted from another meridian is the same datum.
ROTATED = {GEODETIC[s].datum: GEODETIC[t].datum for s, t in rows(
    "select source_crs_code, target_crs_code from other_transformation where auth_name = 'EPSG' and method_code = 9601 and deprecated = 0") if s in GEODETIC and t in GEODETIC}


def to_wgs84(datum):
    """Operations of a datum to WGS 84, straight or over a datum that is WGS 84 within its accuracy."""
    datum = ROTATED.get(datum, datum)
    if datum == WGS84_DATUM:
        return []
    found = {op["code"]: op for op in DIRECT.get((datum, WGS84_DATUM), [])}
    for hub, second in NULL_HUBS.items():
        for op in DIRECT.get((datum, hub), []) if datum not in NULL_HUBS else []:
            if op["accuracy"] is not None:
                over = dict(op, name=f"{op['name']} + {second['name']}", accuracy=op["accuracy"] + second["accuracy"])
                found.setdefault(op["code"], over)
    return sorted((op for op in found.values() if op["accuracy"] is not None and op["accuracy"] < 999 and op["place"]), key=lambda op: (op["old"], op["accuracy"], op["code"]))


EXTENTS, OPERATIONS, OFFERS, UNAVAILABLE = {}, {}, {}, {}
for extent, name, south, north, west, east in rows("select code, description, south_lat, north_lat, west_lon, east_lon from extent where auth_name = 'EPSG'"):
    EXTENTS[extent] = (west, south, east, north, clean(name)) if west is not None else (-180.0, -90.0, 180.0, 90.0, clean(name))


def authalic_radius(g):
    """Radius of the sphere with the surface of the ellipsoid."""
    if not g.rf:
        return g.a
    f = 1 / g.rf
    e = math.sqrt(f * (2 - f))
    return g.a * math.sqrt((1 + (1 - e * e) / e * math.atanh(e)) / 2)


def axes_of(system):
    text = ", ".join(f"{abbreviation} {direction}" for _, abbreviation, direction, _ in AXES[system][:2])
    return "" if text in ("E east, N north", "Lat north, Lon east") else text  # the usual ones are not written


def is_north_first(system):
    (name, abbreviation, direction, _), (_, _, second, _) = AXES[system][:2]
    if {direction, second} <= {"south", "north"} and direction == second:  # polar: both run along meridians
        return not name.startswith("E")
    return direction in ("north", "south")


def in_degrees(system):
    """One unit of a geographic system in degrees; EPSG's degrees written in other ways are degrees."""
    unit = AXES[system][0][3]
    return 1.0 if unit in (9102, 9122) or not UNIT.get(unit) else math.degrees(UNIT[unit])


lines, used, n_bad = [], set(), {}
vectors, without = ["crs,lon,lat,x,y"], []
for code, g in sorted(GEODETIC.items(), key=lambda item: int(item[0])):
    if g.kind == "geocentric":
        continue
    table_place = PLACE.get(("geodetic_crs", code), 1262)
    ops = to_wgs84(g.datum)
    for op in ops:
        OPERATIONS.setdefault(op["code"], op)
    same = g.datum == WGS84_DATUM or ROTATED.get(g.datum) == WGS84_DATUM
    named = BY_NAME.get(ROTATED.get(g.datum, g.datum), {})
    UNAVAILABLE.update({c: v for c, v in named.items()})
    used.add(table_place)
    lines.append("\t".join(["g", str(code), clean(g.name), "d" if g.deprecated else "", axes_of(g.system), "n" if is_north_first(g.system) else "e", number(in_degrees(g.system)), number(g.meridian), number(g.a), number(g.rf), str(ROTATED.get(g.datum, g.datum)),
                            "same" if same else " ".join(str(op["code"]) for op in ops), str(table_place)]))

n_projected = 0
for code, name, system, base, method, deprecated in rows(
        "select p.code, p.name, p.coordinate_system_code, p.geodetic_crs_code, c.method_code, p.deprecated from projected_crs p "
        "join conversion_table c on c.code = p.conversion_code and c.auth_name = p.conversion_auth_name where p.auth_name = 'EPSG' order by p.code"):
    crs = CRS.from_epsg(code)
    try:
        text = crs.to_proj4()
    except pyproj.exceptions.CRSError:
        text = ""
    words = dict(word.lstrip("+").split("=", 1) if "=" in word else (word.lstrip("+"), "") for word in text.split())
    projection = words.get("proj", "")
    if projection == "tmerc":
        projection = words["proj"] = "etmerc"
    spheres = METHOD[method] == "Popular Visualisation Pseudo Mercator"
    drop = {"axis", "units", "to_meter", "pm", "datum", "ellps", "towgs84", "nadgrids", "no_defs", "type", "wktext", "vunits"} | (set() if spheres else {"a", "b", "rf", "R"})
    signs = words.get("axis", "enu")
    south_west = [direction for _, _, direction, _ in AXES[system][:2]] == ["south", "west"]
    if south_west:
        signs = "swu"  # PROJ's strings leave it out for some
    if words.pop("R_A", None) is not None:
        words["R"] = number(authalic_radius(GEODETIC[base]))
        drop -= {"R"}
    kept = " ".join(f"+{k}={v}" if v else f"+{k}" for k, v in words.items() if k not in drop).replace("+k_0=", "+k=")
    kept = " ".join(word for word in kept.split() if word not in ("+lat_0=0", "+lon_0=0", "+k=1", "+x_0=0", "+y_0=0"))
    unit = AXES[system][0][3]
    place = PLACE.get(("projected_crs", code), 1262)
    used.add(place)
    west, south, east, north, _ = EXTENTS[place]
    why = ""
    is_unsound = code in UNSOUND or float(words.get("k", words.get("k_0", 1))) < 0.1
    if projection not in PROJECTIONS or is_unsound:
        why = METHOD[method]
        n_bad[why] = n_bad.get(why, 0) + 1
        kept = ""
    kept = kept.replace("+proj=", "").replace("+", "")
    ew = "-" if "w" in signs else ""
    ns = "-" if "s" in signs else ""
    lines.append("\t".join(["p", str(code), clean(name), "d" if deprecated else "", axes_of(system), "n" if is_north_first(system) else "e",
                            f"{ew}{number(UNIT[unit])}", f"{ns}{number(UNIT[unit])}", str(base), kept, why, str(place)]))
    n_projected += 1
    # a place in the area, one third of the way, and PROJ's coordinates of it
    width = (east - west) % 360 or 360
    lon, lat = west + width * 0.35, max(min(south + (north - south) * 0.4, 83.9), -79.9)
    if width > 60:
        lon, lat = (west + width / 2) + 2.0, lat
    if code in (3857, 3395):
        lon, lat = 46.0, 40.0
    lon = (lon + 180) % 360 - 180
    g = GEODETIC[base]
    geographic = CRS.from_epsg(base)
    try:
        here = [v / in_degrees(g.system) for v in (lon - g.meridian, lat)]
        x, y = Transformer.from_crs(geographic, crs, always_xy=True).transform(*here)
        if south_west:
            x, y = y, x  # PROJ keeps the order of these axes; here the way west comes first
        if math.isfinite(x) and math.isfinite(y) and not why:
            vectors.append(f"{code},{lon:.8f},{lat:.8f},{x:.5f},{y:.5f}")
    except Exception as problem:
        without.append(f"{code} {name}: {problem}")

op_vectors = ["operation,crs,lon,lat,wgs84_lon,wgs84_lat"]
for code, op in sorted(OPERATIONS.items()):
    (t, r, s), place = op["p"], op["place"]
    used.add(place)
    # rotations in micro-arc-seconds would lose nothing; radians at full precision are plainer
    lines.append("\t".join(["o", str(code), op["name"], "s" if op["old"] else "", number(op["accuracy"])] + [number(v) for v in t + r + [s]] + [str(place)]))
    if "geog2D" in op["method"]:
        west, south, east, north, _ = EXTENTS[place]
        lon, lat = (west + ((east - west) % 360) * 0.4 + 180) % 360 - 180, max(min(south + (north - south) * 0.6, 85), -85)
        try:
            pipe = Transformer.from_pipeline(f"urn:ogc:def:coordinateOperation:EPSG::{code}")
            source = op["target"] if op["back"] else op["source"]
            if any(in_degrees(g.system) != 1 for g in (op["source"], op["target"])) or op["source"].meridian or op["target"].meridian:
                continue
            wlat, wlon = pipe.transform(lat, lon, direction="INVERSE" if op["back"] else "FORWARD")
            if math.isfinite(wlat) and math.isfinite(wlon):
                op_vectors.append(f"{code},{source.code},{lon:.8f},{lat:.8f},{wlon:.10f},{wlat:.10f}")
        except Exception as problem:
            print("no vector", code, problem)
for code, (name, accuracy, why) in sorted(UNAVAILABLE.items()):
    if code not in OPERATIONS:
        lines.append("\t".join(["n", str(code), name, why]))
named = {op["place"] for op in OPERATIONS.values()}
for extent in sorted(used):
    west, south, east, north, name = EXTENTS[extent]
    name = name if extent in named else ""  # only operations are explained in words
    lines.append("\t".join(["e", str(extent)] + [number(v) for v in (west, south, east, north)] + [name]))

kind = {letter: at for at, letter in enumerate("gpone")}
lines.sort(key=lambda line: (kind[line[0]], int(line.split("\t")[1])))
header = [
    f"# Coordinate reference systems and operations to WGS 84. Written by tools/make_crs.py; do not edit.",
    f"# Source: EPSG Geodetic Parameter Dataset {pyproj.database.get_database_metadata('EPSG.VERSION')}, owned by the International Association of Oil & Gas Producers (IOGP),",
    f"# https://epsg.org, as shipped with PROJ {pyproj.proj_version_str}; brought to another form and to seven parameters, values unchanged.",
    "# g code name d(eprecated) axes first unit-in-degrees meridian a 1/f datum operations|same extent",
    "# p code name d axes first(n: northing) east-in-m north-in-m base definition why-not extent",
    "# o code name s(uperseded) accuracy tx ty tz (m) rx ry rz (rad, position vector) scale-1 extent · n code name why-not · e code west south east north name",
]
TABLE.write_text("\n".join(header + lines) + "\n")
VECTORS.mkdir(parents=True, exist_ok=True)
(VECTORS / "projected_vectors.csv").write_text("\n".join(vectors) + "\n")
(VECTORS / "operation_vectors.csv").write_text("\n".join(op_vectors) + "\n")
print(n_projected, "projected,", len(vectors) - 1, "with vectors;", len(OPERATIONS), "operations,", len(op_vectors) - 1, "with vectors;", TABLE.stat().st_size, "bytes")
print("not computed:", n_bad)
print("without vector:", len(without), without[:3])
print("geographic without operation:", sum(1 for line in lines if line[0] == "g" and line.split("\t")[11] == ""))
