#!/usr/bin/env bash
# The state of the land by Homeground, Shapely 2 (GEOS) and PostGIS: the same polygons, one run, CPU seconds.
# small: 300 hazards. full: 20,000 hazards with 100,000 releases, then 100,000 with 1,000,000.
# Each engine's totals must agree with ours within 1 part in 100,000: edges are straight in longitude and latitude
# for us, in the plane for them.
set -euo pipefail
size=${1:-small}
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
postgres=/usr/lib/postgresql/15/bin
peers=()
if python3 -c 'import numpy, shapely' 2>/dev/null; then peers+=(shapely); else echo "without Shapely 2"; fi
if [ -f /usr/share/postgresql/15/extension/postgis.control ]; then peers+=(postgis); else echo "without PostGIS"; fi
[ ${#peers[@]} -gt 0 ] || exit 77

work=$(mktemp -d)
as_postgres=()
if [ "$(id -u)" = 0 ]; then
  chown postgres "$work"
  as_postgres=(runuser -u postgres --)
fi
chmod 755 "$work"
stop() {
  [ ! -f "$work/db/postmaster.pid" ] || "${as_postgres[@]}" "$postgres/pg_ctl" -D "$work/db" -m immediate stop >"$work/stop"
  rm -rf "$work"
}
trap stop EXIT
cd "$work"

ours() {
  case $size in
    small) (cd "$root" && cargo test --quiet -p ledger --bench state) ;;
    *) (cd "$root" && cargo bench --quiet -p ledger --bench state) ;;
  esac
}

# One process at a time uses this cluster, so what its children have used is what the work has used.
children_cpu() {
  local pid
  pid=$(head -1 "$work/db/postmaster.pid")
  awk -v hz="$(getconf CLK_TCK)" '{sub(/.*\) /, ""); print ($14 + $15) / hz}' "/proc/$pid/stat"
}

sql() {
  "${as_postgres[@]}" psql -X -q -t -A -v ON_ERROR_STOP=1 -h "$work" -U postgres "$@"
}

shapely() {
  python3 "$here/peers/shapely_state.py" "$work/land.tsv" >"$work/shapely"
}

cluster() {
  "${as_postgres[@]}" "$postgres/initdb" -D "$work/db" -U postgres -A trust -E UTF8 --no-sync >"$work/initdb"
  "${as_postgres[@]}" "$postgres/pg_ctl" -D "$work/db" -w -l "$work/log" -o \
    "-c listen_addresses='' -k $work -c fsync=off -c autovacuum=off -c shared_buffers=512MB -c jit=off -c max_wal_size=8GB" \
    start >"$work/start"
}

postgis() {
  sql -d postgres -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS land" -c "CREATE DATABASE land"
  sql -d land -f "$here/peers/postgis_load.sql" <"$work/land.tsv"
  local before
  before=$(children_cpu)
  sql -d land -f "$here/peers/postgis_state.sql" >"$work/postgis"
  sleep 1
  awk -v a="$before" -v b="$(children_cpu)" 'BEGIN {printf "cpu %.2f\n", b - a}' >>"$work/postgis"
}

value() { # WORD FILE: the number after a word
  grep -oE "$1 +[0-9.]+" "$2" | head -1 | awk '{print $NF}'
}

agree() { # NAME FILE: every total within 1e-5 of ours
  local what
  for what in remaining cancelled reduced cleared; do
    awk -v name="$1" -v what="$what" -v ours="$(value "$what" "$work/ours.figures")" -v theirs="$(value "$what" "$2")" \
      'BEGIN {d = (theirs - ours) / ours; printf "%-12s %-9s %18.2f m2, ours %18.2f m2, apart %.1e\n", name, what, theirs, ours, d;
              exit !(d < 1e-5 && d > -1e-5)}' || { echo "the totals disagree"; exit 1; }
  done
}

compare() { # HAZARDS RELEASES_EACH
  export HOMEGROUND_BENCH_HAZARDS=$1 HOMEGROUND_BENCH_RELEASES=$2
  echo "== $1 hazards, $(($1 * $2)) releases"
  HOMEGROUND_BENCH_WKT=$work/land.tsv ours
  ours | tee "$work/ours"
  grep '^figures:' "$work/ours" >"$work/ours.figures"
  local peer
  for peer in "${peers[@]}"; do "$peer"; done
  local book
  book=$(awk '/^  (rows|book)|^(rows by|totals of one|findings of|polygons of)/ {for (i = 1; i < NF; i++) if ($(i + 1) == "CPU") sum += $i} END {printf "%.2f", sum}' "$work/ours")
  awk -v book="$book" 'BEGIN {printf "Homeground   book geometry %8.2f CPU s\n", book}'
  for peer in "${peers[@]}"; do
    awk -v name="$peer" -v book="$book" -v cpu="$(value cpu "$work/$peer")" -v peak="$(value peak "$work/$peer")" \
      'BEGIN {printf "%-12s %8.2f CPU s, peak %6.0f MB: %.1f times ours\n", name, cpu, peak, (book > 0 ? cpu / book : 0)}'
    agree "$peer" "$work/$peer"
  done
}

case " ${peers[*]} " in *" postgis "*) cluster ;; esac
if [ "$size" = small ]; then
  compare 300 10
else
  compare 20000 5
  compare 100000 10
fi
