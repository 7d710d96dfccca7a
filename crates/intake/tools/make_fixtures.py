"""Writes the binary fixtures of the scenes into fixtures/intake: small files as real programs write them.

    python3 -m venv v && v/bin/pip install pyogrio geopandas openpyxl && v/bin/python crates/intake/tools/make_fixtures.py
"""
import datetime
import pathlib
import shutil
import struct
import tempfile
import zipfile

import geopandas
import openpyxl
from shapely.geometry import MultiPolygon, Point, Polygon

OUT = pathlib.Path(__file__).resolve().parents[3] / "fixtures/intake"
SHELL = [(588359, 4439333), (588559, 4439333), (588559, 4439533), (588359, 4439533)]
HOLE = [(588400, 4439400), (588450, 4439400), (588450, 4439450), (588400, 4439450)]
PLACES = ["Кельбаджар", "Истису", "Зар"]


def zipped(frame, target, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / (target.split(".")[0] + ".shp")
        frame.to_file(path, **options)
        with zipfile.ZipFile(OUT / target, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(path.parent.iterdir()):
                archive.write(part, part.name)


def releases(crs):
    shift = lambda points, dx: [(x + dx, y) for x, y in points]
    return geopandas.GeoDataFrame(
        {
            "record": ["release_product", "release_product", "release_product"],
            "local_id": ["LR-1", "LR-2", "LR-3"],
            "date_of_in": ["2026-10-01", "2026-10-02", None],
            "class": ["CLEARED", "CANCELLED", "CLEARED"],
            "depth_cm": [20, None, 15],
            "eo": ["AP_MINE,UXO", None, "UXO"],
            "accuracy_m": [1.5, 5.0, 1.0],
            "reported_a": [37500.0, 80000.0, 40000.0],
        },
        geometry=[Polygon(SHELL, [HOLE]), MultiPolygon([Polygon(SHELL), Polygon(shift(SHELL, 500))]), Polygon(SHELL)],
        crs=crs,
    )


def places():
    return geopandas.GeoDataFrame(
        {"record": ["place"] * 3, "local_id": ["P-1", "P-2", "P-3"], "date_of_in": ["2026-10-01"] * 3, "name": PLACES},
        geometry=[Point(46.1, 40.1), Point(46.2, 40.2), Point(46.3, 40.3)],
        crs=4326,
    )


def dbf_with_deleted_row(source, target):
    """Marks the second row of the table as deleted, as dBASE programs do."""
    with zipfile.ZipFile(OUT / source) as archive, zipfile.ZipFile(OUT / target, "w") as out:
        for name in archive.namelist():
            data = bytearray(archive.read(name))
            if name.endswith(".dbf"):
                header, length = struct.unpack("<HH", data[8:12])
                data[header + length] = ord("*")
            out.writestr(name, bytes(data))


def without(source, target, extension):
    with zipfile.ZipFile(OUT / source) as archive, zipfile.ZipFile(OUT / target, "w") as out:
        for name in archive.namelist():
            if not name.endswith(extension):
                out.writestr(name, archive.read(name))


def workbooks():
    book = openpyxl.Workbook()
    empty = book.active
    empty.title = "cover"
    sheet = book.create_sheet("finds")
    sheet.append(["record", "local_id", "date_of_information", "category", "quantity", "depth_cm", "lon", "lat", "note"])
    sheet.append(["#meta", "#meta+id", "#date", "#item", "#count", "#depth", "#geo+lon", "#geo+lat", ""])
    sheet.append(["device_find", "F-1", datetime.date(2026, 10, 1), "UXO", 2, 15.5, 46.1, 40.1, None])
    sheet.append(["device_find", 17, datetime.datetime(2026, 10, 2, 9, 30), "AP_MINE", 1, 5, 46.11, 40.11, "seen"])
    sheet.append([])
    sheet.append(["device_find", "F-3", "2026-10-03", "UXO", "two", None, "46,1", 40.1, None])
    sheet.append(["device_find", "F-4", 20261004, "UXO", 1, "=1/0", 46.1, 40.1, None])
    sheet.cell(row=7, column=6).value = "#DIV/0!"
    sheet.cell(row=7, column=6).data_type = "e"
    sheet["A9"] = None
    sheet.cell(row=9, column=1, value="device_find")
    sheet.cell(row=9, column=200, value="far away")
    areas = book.create_sheet("areas")
    areas.append(["local_id", "date_of_information", "class", "accuracy_m", "WKT"])
    areas.append(["HA-1", datetime.date(2026, 10, 1), "SHA", 5, "POLYGON ((46.1 40.1, 46.101 40.1, 46.1 40.101, 46.1 40.1))"])
    book.save(OUT / "finds.xlsx")
    # one cell at the far corner: a dense sheet would take hundreds of gigabytes
    far = openpyxl.Workbook()
    far.active["A1"] = "record"
    far.active["XFD1048576"] = "x"
    far.save(OUT / "far_corner.xlsx")


def bombs():
    with zipfile.ZipFile(OUT / "bomb.kmz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", b"<kml>" + b" " * 50_000_000 + b"</kml>")
    with zipfile.ZipFile(OUT / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 50_000_000)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    zipped(releases(32638), "releases.shp.zip")
    zipped(places(), "places_utf8.shp.zip", encoding="UTF-8")
    zipped(places(), "places_cp1251.shp.zip", encoding="CP1251")
    without("places_cp1251.shp.zip", "places_cp1251_unsaid.shp.zip", ".cpg")
    without("releases.shp.zip", "releases_no_prj.shp.zip", ".prj")
    without("releases.shp.zip", "releases_no_dbf.shp.zip", ".dbf")
    dbf_with_deleted_row("places_utf8.shp.zip", "places_deleted.shp.zip")
    # the bytes are windows-1251, the .cpg says UTF-8
    with zipfile.ZipFile(OUT / "places_cp1251.shp.zip") as archive, zipfile.ZipFile(OUT / "places_lying.shp.zip", "w") as out:
        for name in archive.namelist():
            out.writestr(name, b"UTF-8" if name.endswith(".cpg") else archive.read(name))
    releases(32638).rename(columns={"date_of_in": "date_of_information", "reported_a": "reported_area_m2"}).to_file(OUT / "releases.fgb", driver="FlatGeobuf")
    places().rename(columns={"date_of_in": "date_of_information"}).to_file(OUT / "places.fgb", driver="FlatGeobuf", SPATIAL_INDEX="NO")
    workbooks()
    bombs()


main()
