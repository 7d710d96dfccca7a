"""Writes src/crs.toml and fixtures/intake/crs_vectors.csv from PROJ's copy of the EPSG dataset.

    python3 -m venv v && v/bin/pip install pyproj && v/bin/python crates/intake/tools/make_crs.py

The table holds only operations with up to seven parameters, no grids: they need no files in the field.
The vectors are PROJ's own answers with the same operation; the test compares ours with them.
"""
import math
import pathlib
import pyproj
from pyproj import CRS, Transformer
from pyproj.transformer import TransformerGroup

ROOT = pathlib.Path(__file__).resolve().parents[3]
TABLE = ROOT / "crates/intake/src/crs.toml"
VECTORS = ROOT / "fixtures/intake/crs_vectors.csv"

# Geographic systems and the operations to WGS 84 that are offered, the default first.
# 4284: 15865 is the FSU-wide one (DOMAIN GEO-9), the others are regional.
DATUMS = {
    4258: [1149],
    4284: [15865, 1808, 1807, 1267, 5044],
    4289: [4833],
    3906: None, 4312: None, 4761: None, 5561: None, 4686: None, 4227: None, 4743: None,
    4220: None, 4131: None, 4756: None, 4678: None,
}
# Projected systems beside the families: national grids of countries with mine action programmes and neighbours.
PROJECTED = [
    3857, 28992,                                   # web maps; Netherlands
    3765,                                          # Croatia
    31275, 31276, 31277, 3908,                     # Bosnia and Herzegovina, Serbia (MGI)
    5562, 5563, 5564, 5565, 6381, 6382, 6383, 6384, 6385, 6386, 6387,  # Ukraine
    3116,                                   # Colombia
    22770,                                         # Lebanon, Syria
    3391, 3392, 3393,                              # Iraq
    3148, 3149, 3405, 3406,                        # Cambodia, Viet Nam
    22032, 22033,                                  # Angola
]


# PROJ's JSON names the units it knows by a word; these are their sizes in metres, radians or one.
UNITS = {"metre": 1.0, "arc-second": math.pi / 648000, "microradian": 1e-6, "parts per million": 1e-6,
         "parts per billion": 1e-9, "unity": 1.0}


def size(unit):
    return unit["conversion_factor"] if isinstance(unit, dict) else UNITS[unit]


def params(operation):
    """Seven position-vector parameters (m, arc seconds, ppm) of one single operation; None if it is of another kind."""
    json = operation.to_json_dict()
    method = json.get("method", {}).get("name", "")
    value = {p["name"]: p["value"] * size(p["unit"]) for p in json.get("parameters", []) if "value" in p and "unit" in p}
    t = [value.get(f"{axis}-axis translation", 0.0) for axis in "XYZ"]
    r = [value.get(f"{axis}-axis rotation", 0.0) / UNITS["arc-second"] for axis in "XYZ"]
    if "Coordinate Frame" in method:
        r = [-x if x else 0.0 for x in r]
    elif "Position Vector" not in method and "Geocentric translations" not in method:
        return None
    return [round(x, 12) for x in t + r + [value.get("Scale difference", 0.0) * 1e6]]


def bounds(area):
    return [round(area.west, 4), round(area.south, 4), round(area.east, 4), round(area.north, 4)]


def quote(text):
    return '"' + text.replace('"', "'") + '"'


def operation_of(code):
    from pyproj.crs.coordinate_operation import CoordinateOperation
    return CoordinateOperation.from_epsg(code)


def candidates(datum):
    """Single operations straight to WGS 84, the most accurate first."""
    group = TransformerGroup(CRS(datum), CRS(4326), always_xy=True, allow_ballpark=False)
    found = set()
    for transformer in group.transformers:
        steps = [s for s in transformer.operations or [] if params(s) and "to WGS 84" in s.name]
        if len(transformer.operations or []) <= 3 and len(steps) == 1 and 0 <= transformer.accuracy < 50:
            found.add((transformer.accuracy, steps[0].to_json_dict()["id"]["code"]))
    return [code for _, code in sorted(found)][:3]


def proj_of(crs):
    text = crs.to_proj4()
    keep = [w for w in text.split() if not w.startswith(("+towgs84", "+datum", "+type", "+no_defs", "+nadgrids"))]
    ellipsoid = crs.ellipsoid
    if not any(w.startswith(("+ellps", "+a=")) for w in keep):
        keep += [f"+a={ellipsoid.semi_major_metre!r}", f"+rf={ellipsoid.inverse_flattening!r}"]
    # proj4rs reads the scale as +k only
    return " ".join(keep).replace("+k_0=", "+k=")


def main():
    import warnings
    warnings.simplefilter("ignore")
    lines = [
        "# Coordinate systems by EPSG code and how each gets to WGS 84. Written by tools/make_crs.py; do not edit.",
        f"# Source: EPSG dataset {pyproj.database.get_database_metadata('EPSG.VERSION')} as shipped with PROJ {pyproj.proj_version_str}.",
        "# Shifts are position-vector parameters: metres, arc seconds, parts per million. Areas: west, south, east, north.",
        "",
    ]
    operations, datum_ops = {}, {}
    for datum, codes in DATUMS.items():
        codes = codes or candidates(datum)
        good = []
        for code in codes:
            try:
                operation = operation_of(code)
            except Exception:
                continue
            if params(operation):
                operations[code] = operation
                good.append(code)
        if good:
            datum_ops[datum] = good
    for code in sorted(operations):
        op = operations[code]
        lines += ["[[operation]]", f"code = {code}", f"name = {quote(op.name)}", f"accuracy_m = {op.accuracy}",
                  f"shift = {[float(x) for x in params(op)]}", f"area = {bounds(op.area_of_use)}",
                  f"area_name = {quote(op.area_of_use.name)}", ""]
    vectors = ["crs,operation,x,y,lon,lat"]

    def sample(crs, ops):
        area = crs.area_of_use
        for op in ops or [None]:
            # the inverse through PROJ: lon/lat on the grid of the area, projected back by the same operation
            lon0, lat0 = (area.west + area.east) / 2, (area.south + area.north) / 2
            for fx in (0.25, 0.5, 0.75):
                lon = area.west + (area.east - area.west) * fx
                lat = max(min(area.south + (area.north - area.south) * fx, 84), -80)
                if area.east - area.west > 60:
                    lon, lat = lon0 + 3 * (fx - 0.5), max(min(lat0, 60), -60)
                geodetic = crs.geodetic_crs
                pipe = f"{geodetic.to_proj4().split(' +towgs84')[0]}"
                project = Transformer.from_crs(geodetic, crs, always_xy=True) if crs.is_projected else None
                x, y = project.transform(lon, lat) if project else (lon, lat)
                if op:
                    helmert = operations[op]
                    p = params(helmert)
                    e = crs.ellipsoid
                    shape = f"a={e.semi_major_metre!r} rf={e.inverse_flattening!r}"
                    t = Transformer.from_pipeline(
                        f"+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=push +v_3 +step +proj=cart {' '.join('+' + w for w in shape.split())} "
                        f"+step +proj=helmert +x={p[0]} +y={p[1]} +z={p[2]} +rx={p[3]} +ry={p[4]} +rz={p[5]} +s={p[6]} +convention=position_vector "
                        f"+step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3 +step +proj=unitconvert +xy_in=rad +xy_out=deg")
                    wlon, wlat = t.transform(lon, lat)
                else:
                    wlon, wlat = lon, lat
                code = crs.to_epsg()
                vectors.append(f"{code},{op or ''},{x:.6f},{y:.6f},{wlon:.10f},{wlat:.10f}" if crs.is_projected
                               else f"{code},{op or ''},{x:.10f},{y:.10f},{wlon:.10f},{wlat:.10f}")

    def entry(code, ops):
        crs = CRS(code)
        kind = "projected" if crs.is_projected else "geographic"
        axes = ", ".join(f"{a.abbrev} {a.direction}" for a in crs.axis_info)
        return crs, ["[[crs]]", f"code = {code}", f"name = {quote(crs.name)}", f"kind = {quote(kind)}",
                     f"proj = {quote(proj_of(crs))}", f"axes = {quote(axes)}", f"operations = {ops}",
                     f"area = {bounds(crs.area_of_use)}", ""]

    for datum, ops in sorted(datum_ops.items()):
        crs, text = entry(datum, ops)
        lines += text
        sample(crs, ops)
    crs, text = entry(4326, [])
    lines += text
    for code in PROJECTED:
        try:
            crs = CRS(code)
        except Exception as why:
            print("no", code, why)
            continue
        datum = crs.geodetic_crs.to_epsg()
        ops = datum_ops.get(datum, [])
        if datum != 4326 and not ops:
            print("no operation", code, crs.name, datum)
            continue
        if datum not in (4326, 4284) and len(ops) > 1:
            inside = [o for o in ops if operations[o].area_of_use.west <= crs.area_of_use.west + 2 and operations[o].area_of_use.east >= crs.area_of_use.east - 2]
            ops = inside or ops
        crs, text = entry(code, ops)
        lines += text
        sample(crs, ops)
    families = [
        (32601, 60, 1, "WGS 84 / UTM zone {zone}N", "+proj=utm +zone={zone} +ellps=WGS84 +units=m", "E east, N north", [], [-3.0, 0.0, 3.0, 84.0], None),
        (32701, 60, 1, "WGS 84 / UTM zone {zone}S", "+proj=utm +zone={zone} +south +ellps=WGS84 +units=m", "E east, N north", [], [-3.0, -80.0, 3.0, 0.0], None),
        (25828, 11, 28, "ETRS89 / UTM zone {zone}N", "+proj=utm +zone={zone} +ellps=GRS80 +units=m", "E east, N north", datum_ops[4258], [-3.0, 34.0, 3.0, 84.0], None),
        (28402, 31, 2, "Pulkovo 1942 / Gauss-Kruger zone {zone}", "+proj=tmerc +lat_0=0 +lon_0={meridian} +k=1 +x_0={zone}500000 +y_0=0 +ellps=krass +units=m",
         "X north, Y east", datum_ops[4284], [-3.0, 35.0, 3.0, 82.0], "gauss_kruger"),
    ]
    for first, count, zone, name, proj, axes, ops, area, grid in families:
        lines += ["[[family]]", f"first = {first}", f"count = {count}", f"zone = {zone}", f"name = {quote(name)}", 'kind = "projected"',
                  f"proj = {quote(proj)}", f"axes = {quote(axes)}", f"operations = {ops}",
                  f"area = {area}  # longitudes from the central meridian", f"meridian = {quote(grid or 'utm')}", ""]
    for code in [32601, 32633, 32638, 32639, 32660, 32702, 32734, 32755, 25828, 25831, 25833, 25837, 28404, 28408, 28409, 28420, 28432]:
        crs = CRS(code)
        ops = datum_ops.get(crs.geodetic_crs.to_epsg(), [])
        sample(crs, ops)
    # the Netherlands against the official grid: RD New by RDNAPTRANS is within accuracy_m of the seven parameters
    TABLE.write_text("\n".join(lines) + "\n")
    VECTORS.parent.mkdir(parents=True, exist_ok=True)
    VECTORS.write_text("\n".join(vectors) + "\n")
    print(len(lines), "lines,", len(vectors) - 1, "vectors")


main()
