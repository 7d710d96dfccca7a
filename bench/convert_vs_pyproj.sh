#!/usr/bin/env bash
# Positions a second and core: SK-42 Gauss–Krüger and UTM to WGS 84 and back, by Homeground and by pyproj (PROJ) on
# arrays, the same points. The sums must agree within 1e-8 degrees and a tenth of a millimetre a point.
set -euo pipefail
size=${1:-small}
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
python3 -c 'import numpy, pyproj' 2>/dev/null || { echo "needs pyproj"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOMEGROUND_BENCH_SIZE=$size
case $size in
  small) (cd "$root" && cargo test --quiet -p geodesy --bench convert) ;;
  *) (cd "$root" && cargo bench --quiet -p geodesy --bench convert) ;;
esac >"$work/ours"
n=$(awk 'NR == 1 { print $2 }' "$work/ours")
python3 "$here/peers/pyproj_convert.py" "$n" >"$work/peer"
paste -d ' ' "$work/ours" "$work/peer" | awk '
  function apart(a, b) { return a > b ? a - b : b - a }
  $1 != $6 || $2 != $7 { print "not the same work: " $0; exit 1 }
  {
    near = $1 ~ /to_wgs84/ ? 1e-8 : 1e-4
    if (apart($4, $9) > near * $2 || apart($5, $10) > near * $2) { print "sums differ: " $0; exit 1 }
    ours = $3 > 0 ? $2 / $3 : 0; peer = $8 > 0 ? $7 / $8 : 0
    printf "%-26s ours %10.0f a second and core, pyproj %10.0f, ratio %.2f\n", $1, ours, peer, (peer > 0 ? ours / peer : 0)
  }'
