#!/usr/bin/env bash
# Pages asked for by 16 clients at once: the overview, the ground of the map, the list of hazards; alone, then while an
# import runs. Milliseconds from asking to the last byte.
# small: 200 features, 1 s each; full: 20,000 features, 20 s; HOMEGROUND_BENCH_FEATURES for another number,
# HOMEGROUND_BENCH_SECONDS for another time.
set -euo pipefail
size=${1:-small}
here=$(cd "$(dirname "$0")" && pwd)
homeground=${HOMEGROUND:?names the program}
case $size in small) n=200 seconds=1 ;; *) n=20000 seconds=20 ;; esac
n=${HOMEGROUND_BENCH_FEATURES:-$n}
seconds=${HOMEGROUND_BENCH_SECONDS:-$seconds}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOMEGROUND_KEY=$work/writer.key

collection() {
  echo '{"type":"FeatureCollection","features":['
  cat | sed '$!s/$/,/'
  echo ']}'
}

python3 "$here/peers/features.py" "$n" | collection >"$work/land.geojson"
# Others of the same kind, under ids of their own: what is imported while pages are asked for.
python3 "$here/peers/features.py" "$n" | sed 's/"local_id": *"/&more-/g; s/"hazard": *"/&more-/g' | collection >"$work/more.geojson"
"$homeground" new --country AZE --name Bench "$work/ours.gpkg" >"$work/new"
"$homeground" import --approve-as NMAA "$work/ours.gpkg" "$work/land.geojson" >"$work/imported"
python3 "$here/peers/pages.py" "$homeground" "$work/ours.gpkg" "$seconds" "$work/more.geojson"
