#!/usr/bin/env bash
# Import of the features of a GeoPackage into a programme, against ogr2ogr into a GeoPackage, which checks, signs and
# folds nothing; then the state from the file, the check of every entry, and one more report at a time through the web
# form. The name says what is compared with others; the rest is measured on the same file because making it takes
# longest.
# small: 1,000 features; full: 1,000,000; HOMEGROUND_BENCH_FEATURES for another number.
set -euo pipefail
size=${1:-small}
here=$(cd "$(dirname "$0")" && pwd)
homeground=${HOMEGROUND:?names the program}
command -v ogr2ogr >/dev/null || { echo "needs ogr2ogr"; exit 77; }
case $size in small) n=1000 ;; *) n=1000000 ;; esac
n=${HOMEGROUND_BENCH_FEATURES:-$n}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOMEGROUND_KEY=$work/writer.key

timed() {
  python3 "$here/peers/timed.py" "$@"
}

{
  echo '{"type":"FeatureCollection","features":['
  python3 "$here/peers/features.py" "$n" | sed '$!s/$/,/'
  echo ']}'
} >"$work/land.geojson"
echo "== $n features, GeoPackage"
ogr2ogr -f GPKG "$work/land.gpkg" "$work/land.geojson"
timed "ogr2ogr" "$n" ogr2ogr -f GPKG "$work/peer.gpkg" "$work/land.gpkg"
"$homeground" new --country AZE --name Bench "$work/ours.gpkg" >"$work/new"
timed "homeground import" "$n" "$homeground" import --approve-as NMAA "$work/ours.gpkg" "$work/land.gpkg"
timed "homeground state" "$n" "$homeground" state --by total "$work/ours.gpkg"
timed "homeground verify" "$n" "$homeground" verify "$work/ours.gpkg"
python3 "$here/peers/one_more.py" "$homeground" "$work/ours.gpkg"
