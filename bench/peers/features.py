"""GeoJSON features, one a line: a hazard and nine releases on it, again and again; the same on every machine."""

import json
import math
import random
import sys

dice = random.Random(7)


def ring(lon, lat, radius, n):
    turn = dice.random()
    points = []
    for i in range(n):
        angle = (i + turn) / n * math.tau
        distance = radius * dice.uniform(0.75, 1.0)
        points.append([round(lon + distance * math.cos(angle) * 1.3, 9), round(lat + distance * math.sin(angle), 9)])
    return [points + points[:1]]


def feature(fields, polygon):
    geometry = {"type": "Polygon", "coordinates": polygon}
    return json.dumps({"type": "Feature", "properties": fields, "geometry": geometry}, separators=(",", ":"))


def main(n):
    # Eastwards first, within Azerbaijan up to a million features.
    side = 400
    for i in range(n):
        group, k = divmod(i, 10)
        lon, lat = 45 + group % side * 0.012, 38.6 + group // side * 0.012
        common = {"geometry_quality": "SURVEYED", "accuracy_m": 2, "operator": "A"}
        if k == 0:
            fields = {"record": "hazard_area", "local_id": f"HA-{group:06}", "date_of_information": "2019-05-01",
                      "class": "CHA", **common}
            print(feature(fields, ring(lon, lat, 0.004, dice.randint(12, 41))))
        else:
            angle, away = dice.uniform(0, math.tau), dice.uniform(0, 0.002)
            fields = {"record": "release_product", "local_id": f"LR-{group:06}-{k}",
                      "date_of_information": f"202{k % 5}-0{k}-11", "class": "CLEARED", "depth_cm": 20,
                      "eo": "AP_MINE", **common}
            at = ring(lon + away * math.cos(angle), lat + away * math.sin(angle), dice.uniform(0.0003, 0.001),
                      dice.randint(4, 20))
            print(feature(fields, at))


main(int(sys.argv[1]))
