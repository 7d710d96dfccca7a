#!/usr/bin/env bash
# Project scheduling by Homeground and by OR-tools CP-SAT: PSPLIB, one run, mean gap to the best known makespans.
# small: 0.2 s an instance; full: 10 CPU s for us, 10 s with two workers for CP-SAT (its CPU seconds are printed).
# HOMEGROUND_BENCH_PSPLIB for other instances in the same layout, HOMEGROUND_BENCH_SETS for some of j30,j60,j120.
set -euo pipefail
size=${1:-small}
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
python=python3
"$python" -c 'import ortools' 2>/dev/null || python=$HOME/.cache/homeground/venv/bin/python3
"$python" -c 'import ortools' 2>/dev/null || { echo "needs OR-tools. hint: cargo xtask bench --size full installs it"; exit 77; }
for folder in ${HOMEGROUND_BENCH_PSPLIB:+"$HOMEGROUND_BENCH_PSPLIB"} "$root/shared/data/planning/psplib" "$root/../shared/data/planning/psplib" "$root/../../shared/data/planning/psplib"; do
  [ ! -d "$folder" ] || break
done
[ -d "$folder" ] || { echo "needs the instances of PSPLIB in shared/data/planning/psplib"; exit 77; }
sets=${HOMEGROUND_BENCH_SETS:-j30,j60,j120}
export HOMEGROUND_BENCH_PSPLIB=$folder HOMEGROUND_BENCH_SETS=$sets
cd "$root"
echo "== Homeground"
case $size in
  small) HOMEGROUND_BENCH_SECONDS=0.2 cargo test --quiet -p plan --bench rcpsp ;;
  *) cargo bench --quiet -p plan --bench rcpsp ;;
esac
echo "== OR-tools CP-SAT, 2 workers"
case $size in
  small) "$python" "$here/peers/cpsat.py" "$folder" "$sets" 0.5 2 ;;
  *) "$python" "$here/peers/cpsat.py" "$folder" "$sets" "${HOMEGROUND_BENCH_SECONDS:-10}" ;;
esac
