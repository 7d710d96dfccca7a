"""The state of the land by Shapely 2 (GEOS): vectorised chains of differences, one step of every hazard at a time.

Reads the tab-separated text of `cargo bench -p ledger --bench state` with HOMEGROUND_BENCH_WKT. What is loaded and
repaired is not counted. Planar in EPSG:6933, which keeps areas. The share of a release is what the remaining ground
loses; findings are hazards that overlap, ground released twice, ground outside every hazard, and reports that state
another area than their polygon has. One day only.
"""

import resource
import sys
import time

import numpy as np
import shapely

A, E2 = 6378137.0, 0.0066943799901413165
LEAST_M2 = 1.0
CLASSES = ["CANCELLED", "REDUCED", "CLEARED"]


def to_6933(lonlat):
    """Longitude and latitude to cylindrical equal area, true at 30 degrees."""
    e = np.sqrt(E2)
    k = np.cos(np.pi / 6) / np.sqrt(1 - E2 * 0.25)
    sine = np.sin(np.radians(lonlat[:, 1]))
    q = (1 - E2) * (sine / (1 - E2 * sine**2) + np.arctanh(e * sine) / e)
    return np.column_stack([A * k * np.radians(lonlat[:, 0]), A * q / (2 * k)])


def load(path):
    kinds, days, classes, reports, texts = [], [], [], [], []
    with open(path) as lines:
        for line in lines:
            kind, _, day, cls, reported, wkt = line.rstrip("\n").split("\t")
            kinds.append(kind)
            days.append(day)
            classes.append(cls)
            reports.append(float(reported))
            texts.append(wkt)
    ground = shapely.transform(shapely.from_wkt(texts), to_6933)
    broken = ~shapely.is_valid(ground)
    ground[broken] = shapely.make_valid(ground[broken])
    kinds = np.array(kinds)
    parts = {kind: kinds == kind for kind in ("place", "hazard_area", "release_product")}
    days = np.array(days, dtype="datetime64[D]")
    classes, reports = np.array(classes), np.array(reports)
    return {kind: (ground[at], days[at], classes[at], reports[at]) for kind, at in parts.items()}


def pieces_of(hazards, days):
    """Hazards cut where two overlap: what both claim counts from the later statement on."""
    tree = shapely.STRtree(hazards)
    first, second = tree.query(hazards, predicate="intersects")
    first, second = first[first < second], second[first < second]
    shared = shapely.intersection(hazards[first], hazards[second])
    own = hazards.copy()
    for left, right, common in zip(first, second, shared):
        own[left] = shapely.difference(own[left], common)
        own[right] = shapely.difference(own[right], common)
    since = np.concatenate([days, np.maximum(days[first], days[second])])
    return np.concatenate([own, shared]), since, shapely.area(shared)


def state(parts):
    hazards, stated, _, _ = parts["hazard_area"]
    releases, released, classes, reported = parts["release_product"]
    units = parts["place"][0]
    rank = np.array([CLASSES.index(c) for c in classes])
    ground, since, shared = pieces_of(hazards, stated)
    remaining = ground.copy()
    piece, release = shapely.STRtree(releases).query(remaining, predicate="intersects")
    computed = shapely.area(releases)
    within = shapely.area(shapely.intersection(ground[piece], releases[release]))
    inside = np.bincount(release, within, minlength=len(releases))
    counts = released[release] > since[piece]
    net = np.bincount(release[counts], within[counts], minlength=len(releases))
    piece, release = piece[counts], release[counts]
    order = np.lexsort((release, rank[release], released[release], piece))
    piece, release = piece[order], release[order]
    starts = np.r_[0, np.flatnonzero(np.diff(piece)) + 1] if len(piece) else np.array([], dtype=int)
    turn = np.arange(len(piece)) - np.repeat(starts, np.diff(np.r_[starts, len(piece)]))
    area = shapely.area(remaining)
    totals = np.zeros(3)
    for step in range(turn.max(initial=-1) + 1):
        at, by = piece[turn == step], release[turn == step]
        remaining[at] = shapely.difference(remaining[at], releases[by])
        left = shapely.area(remaining[at])
        np.add.at(totals, rank[by], area[at] - left)
        np.subtract.at(net, by, area[at] - left)
        area[at] = left
    unit, at = shapely.STRtree(remaining).query(units, predicate="intersects")
    split = ~shapely.contains_properly(units[unit], remaining[at])
    by_unit = area[at].copy()
    by_unit[split] = shapely.area(shapely.intersection(remaining[at[split]], units[unit[split]]))
    by_unit = np.bincount(unit, by_unit, minlength=len(units))
    found = {
        "shared": shared >= LEAST_M2,
        "outside": computed - inside >= LEAST_M2,
        "twice": net >= LEAST_M2,
        "reported": np.abs(reported - computed) > 0.02 * computed,
    }
    return area.sum(), totals, by_unit, {rule: int(at.sum()) for rule, at in found.items()}


def main():
    parts = load(sys.argv[1])
    before = time.process_time()
    remaining, (cancelled, reduced, cleared), by_unit, found = state(parts)
    spent = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert len(by_unit) == len(parts["place"][0])
    print(f"cpu {spent:.2f} peak {peak:.0f}")
    print(f"figures: remaining {remaining:.2f} cancelled {cancelled:.2f} reduced {reduced:.2f} cleared {cleared:.2f}")
    print("findings:", *(f"{rule} {n}" for rule, n in found.items()))


main()
