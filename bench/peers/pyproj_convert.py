"""The points of crates/geodesy/benches/convert.rs by pyproj, on arrays: name, points, CPU seconds, sums."""

import sys
import time

import numpy
from pyproj import Transformer

n = int(sys.argv[1])
krass = "+proj=tmerc +lat_0=0 +lon_0=45 +k=1 +x_0=8500000 +y_0=0 +ellps=krass"
shift = "+proj=helmert +x=25 +y=-141 +z=-78.5 +rx=0 +ry=-0.35 +rz=-0.736 +s=0 +convention=coordinate_frame"
pipelines = {
    "gauss_kruger": (
        f"+proj=pipeline +step +inv {krass} +step +proj=push +v_3 +step +proj=cart +ellps=krass +step {shift} "
        "+step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3 +step +proj=unitconvert +xy_in=rad +xy_out=deg",
        8_400_000.0,
    ),
    "utm": ("+proj=pipeline +step +inv +proj=utm +zone=38 +ellps=WGS84 +step +proj=unitconvert +xy_in=rad +xy_out=deg", 400_000.0),
}
at = numpy.arange(n)
for name, (pipeline, x0) in pipelines.items():
    way = Transformer.from_pipeline(pipeline)
    x, y = x0 + at % 1000 * 200.0, 4_400_000.0 + at // 1000 % 1000 * 200.0
    for direction, word in (("FORWARD", "to_wgs84"), ("INVERSE", "from_wgs84")):
        begin = time.process_time()
        x, y = way.transform(x, y, direction=direction, errcheck=True)
        print(f"{name}_{word} {n} {time.process_time() - begin:.3f} {x.sum():.6f} {y.sum():.6f}")
