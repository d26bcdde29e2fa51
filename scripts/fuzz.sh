#!/usr/bin/env bash
# Fuzzes Bonsai: broken and odd inputs by the million, of which none may end the process.
#
# usage: scripts/fuzz.sh [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."
seed=${1:-1}
fuzz=.build/release/Fuzz
work=.build/fuzz
models=$work/models
mkdir -p "$work"

[ -d "$models" ] || .venv/bin/python scripts/fuzz-corpus.py "$models"
echo "fuzz: what is read and written unchanged stays the same"
rm -rf "$work/copies"
"$fuzz" copy "$models" "$work/copies"
.venv/bin/python scripts/fuzz-corpus.py "$models" --check "$work/copies"

status=0
for trial in planner:1000000 runner:300000 files:200000; do
  nice "$fuzz" "${trial%:*}" --corpus "$models" --count "${trial#*:}" --seed "$seed" \
    --crashes "$work/crashes" || status=1
done
exit $status
