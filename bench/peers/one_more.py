"""One more release at a time into a served programme: from the form sent to the new state and its layers on the disk.

Each is a whole import of a file with one feature: the upload, both readings of the file, three entries (record,
approval, import), one durable transaction, the new state, the redirect.
"""

import http.client
import json
import statistics
import subprocess
import sys
import time

TIMES = 21


def form(n):
    lon, lat = 45.0 + n * 0.0004, 38.6
    ring = [[lon, lat], [lon + 3e-4, lat], [lon + 3e-4, lat + 3e-4], [lon, lat + 3e-4], [lon, lat]]
    fields = {"record": "release_product", "local_id": f"LR-late-{n}", "date_of_information": "2024-12-01",
              "class": "CLEARED", "depth_cm": 20, "eo": "AP_MINE", "accuracy_m": 2, "geometry_quality": "SURVEYED"}
    feature = {"type": "Feature", "properties": fields, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    file = json.dumps({"type": "FeatureCollection", "features": [feature]})
    part = "--x\r\ncontent-disposition: form-data; name="
    return f"{part}approve_as\r\n\r\nNMAA\r\n{part}file; filename={n}.geojson\r\n\r\n{file}\r\n--x--\r\n"


def main(homeground, programme):
    serving = subprocess.Popen([homeground, "serve", programme, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                               text=True)
    line = serving.stdout.readline()
    address = line.split("http://")[1].split("/")[0]
    connection = http.client.HTTPConnection(address)
    taken = []
    for n in range(TIMES):
        begun = time.perf_counter()
        connection.request("POST", "/import", form(n), {"content-type": "multipart/form-data; boundary=x"})
        answer = connection.getresponse()
        answer.read()
        taken.append(time.perf_counter() - begun)
        assert answer.status == 303, answer.status
        connection.request("GET", answer.headers["location"] + "/report.json")
        report = json.loads(connection.getresponse().read())
        assert report["accepted"] == 1, report
    serving.terminate()
    assert serving.wait() == 0
    print(f"one more report, from the form to the new state: median {statistics.median(taken) * 1e3:.1f} ms,"
          f" fastest {min(taken) * 1e3:.1f} ms, slowest {max(taken) * 1e3:.1f} ms")


main(*sys.argv[1:])
