"""Writes src/countries.toml: where each country lies, from Natural Earth 1:110m (public domain).

    python3 -m venv v && v/bin/pip install pyogrio geopandas && v/bin/pip download --no-deps geopandas==0.14.4
    v/bin/python crates/intake/tools/make_countries.py geopandas-0.14.4-py3-none-any.whl

The wheel of that release carries the data set; later ones do not.
"""
import pathlib
import sys

import geopandas

OUT = pathlib.Path(__file__).resolve().parents[1] / "src/countries.toml"
# The data set has no code for these.
CODES = {"France": "FRA", "Norway": "NOR", "Kosovo": "XKX"}


def bounds(geometry):
    parts = getattr(geometry, "geoms", [geometry])
    west, south, east, north = geometry.bounds
    if east - west > 300:
        # Over the antimeridian: from the westernmost part of the east to the easternmost of the west.
        west = min((p.bounds[0] for p in parts if p.bounds[0] > 0), default=west)
        east = max((p.bounds[2] for p in parts if p.bounds[2] < 0), default=east)
    return [round(v, 2) for v in (west, south, east, north)]


# GDAL wants the virtual folder of a ZIP in braces where its name does not end in .zip.
path = f"/vsizip/{{{pathlib.Path(sys.argv[1]).resolve()}}}/geopandas/datasets/naturalearth_lowres/naturalearth_lowres.shp"
rows = []
for row in geopandas.read_file(path).itertuples():
    code = CODES.get(row.name, row.iso_a3)
    if len(code) == 3 and code.isalpha() and code != "ATA":
        rows.append(f"{code} = {bounds(row.geometry)}")
OUT.write_text(
    "# Where countries lie: west, south, east, north in degrees, by ISO 3166 code. Written by tools/make_countries.py.\n"
    "# Source: Natural Earth 1:110m (public domain), so small islands are missing: good for noticing slips, for nothing else.\n"
    + "\n".join(sorted(rows)) + "\n"
)
print(len(rows))
