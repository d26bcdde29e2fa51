#!/usr/bin/env bash
# Measures Bonsai beside PyTorch and leaves bench.json; options go on to bench.py.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
exec "${PYTHON:-python3}" -B "$root/scripts/bench.py" "$@"
