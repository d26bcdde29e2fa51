#!/usr/bin/env bash
# Builds the documentation of the libraries with DocC into .build/docs, an archive for each; a
# warning is an error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rooms=(Network ONNX Torch Execution Data Training Pruning Analysis Methods Reporting Runtimes)
graphs=.build/docs-graphs
out=.build/docs

echo "docs: reading the public interfaces ..."
# The tool cannot describe the C targets (it passes them the C++ standard) and then reports failure,
# so what counts is that every room's graph was written.
rm -rf .build/*/symbolgraph
log=$(swift package dump-symbol-graph --minimum-access-level public --skip-synthesized-members 2>&1) \
  || true
for room in "${rooms[@]}"; do
  found=(.build/*/symbolgraph/"$room".symbols.json)
  if [[ ! -f ${found[0]} ]]; then
    echo "$log" >&2
    echo "docs: error: the interface of $room was not written" >&2
    exit 1
  fi
done
written=$(dirname "${found[0]}")

rm -rf "$graphs" "$out"
mkdir -p "$out"
wrong=0
for room in "${rooms[@]}"; do
  # A module's own symbols and its extensions of other modules: one archive.
  mkdir -p "$graphs/$room"
  find "$written" -maxdepth 1 \( -name "$room.symbols.json" -o -name "$room@*.symbols.json" \) \
    -exec cp {} "$graphs/$room" \;
  catalog=()
  if [[ -d Sources/$room/$room.docc ]]; then catalog=("Sources/$room/$room.docc"); fi
  echo "docs: $room ..."
  docc convert "${catalog[@]+"${catalog[@]}"}" --additional-symbol-graph-dir "$graphs/$room" \
    --fallback-display-name "$room" --fallback-bundle-identifier "bonsai.$room" \
    --output-path "$out/$room.doccarchive" --disable-parameters-and-returns-validation \
    --warnings-as-errors || wrong=$((wrong + 1))
done
rm -rf "$graphs"
if [[ $wrong -gt 0 ]]; then
  echo "docs: error: $wrong of ${#rooms[@]} libraries have faults in their documentation" >&2
  exit 1
fi
echo "docs: $out"
