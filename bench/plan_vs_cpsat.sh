#!/usr/bin/env bash
# Project scheduling by Homeground and by OR-tools CP-SAT: PSPLIB, one run, mean gap to the best known makespans.
# small: 0.2 CPU s an instance, every tenth for CP-SAT; full: 10 CPU s for us, 10 for each of two workers of CP-SAT.
# HOMEGROUND_BENCH_PSPLIB for other instances in the same layout, HOMEGROUND_BENCH_SETS for some of j30,j60,j120,
# HOMEGROUND_BENCH_EVERY=3 for every third instance of each set, HOMEGROUND_BENCH_SECONDS for other CPU seconds.
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
every=${HOMEGROUND_BENCH_EVERY:-1}
export HOMEGROUND_BENCH_PSPLIB=$folder HOMEGROUND_BENCH_SETS=$sets HOMEGROUND_BENCH_EVERY=$every
cd "$root"
echo "== Homeground"
case $size in
  small) HOMEGROUND_BENCH_SECONDS=0.2 cargo test --quiet -p plan --bench rcpsp ;;
  *) cargo bench --quiet -p plan --bench rcpsp ;;
esac
echo "== OR-tools CP-SAT, 2 workers"
case $size in
  small) "$python" "$here/peers/cpsat.py" "$folder" "$sets" 0.5 10 ;;
  *) "$python" "$here/peers/cpsat.py" "$folder" "$sets" "${HOMEGROUND_BENCH_SECONDS:-10}" "$every" ;;
esac
