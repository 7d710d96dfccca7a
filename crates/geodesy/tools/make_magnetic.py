"""Writes data/igrf14.txt, data/wmm2020.txt and data/wmm2025.txt: coefficients of the magnetic field, in nT.

    python3 -m venv v && v/bin/pip install ppigrf pygeomag && v/bin/python crates/geodesy/tools/make_magnetic.py

The packages carry the files of IAGA and of NOAA as they were published; only comments are added and blanks squeezed.
"""
import pathlib

import ppigrf
import pygeomag

OUT = pathlib.Path(__file__).resolve().parents[1] / "data"


def rows(path):
    return [line.split() for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]


def igrf():
    header, epochs, *coefficients = rows(pathlib.Path(ppigrf.__file__).parent / "IGRF14.shc")
    text = "# International Geomagnetic Reference Field, 14th generation: coefficients in nT, Schmidt semi-normalised.\n"
    text += "# IAGA Working Group V-MOD, https://doi.org/10.5281/zenodo.14012302, CC BY 4.0. Written by tools/make_magnetic.py.\n"
    text += "# First the years, then rows of n, m (negative: h, else g) and one value a year; linear between years.\n"
    return text + "\n".join(" ".join(row) for row in [epochs, *coefficients]) + "\n"


def wmm(year):
    header, *coefficients = rows(pathlib.Path(pygeomag.__file__).parent / f"wmm/WMM_{year}.COF")
    text = f"# World Magnetic Model {year}: coefficients in nT and nT a year, Schmidt semi-normalised.\n"
    text += "# NOAA/NCEI and British Geological Survey, public domain. Written by tools/make_magnetic.py.\n"
    text += "# First the year, then rows of n, m, g, h and their change a year.\n"
    return text + "\n".join(" ".join(row) for row in [[header[0]], *coefficients] if not row[0].startswith("9999")) + "\n"


OUT.mkdir(exist_ok=True)
(OUT / "igrf14.txt").write_text(igrf())
(OUT / "wmm2025.txt").write_text(wmm(2025))
(OUT / "wmm2020.txt").write_text(wmm(2020))
