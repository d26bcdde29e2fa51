#!/usr/bin/env bash
# Builds the documentation of the libraries with DocC into .build/docs, a folder for each; a warning
# is an error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rooms=(Network ONNX Torch Execution Data Training Pruning Methods Reporting Runtimes)
graphs=.build/docs-graphs
out=.build/docs
mkdir -p "$out"

echo "docs: reading the public interfaces ..."
rm -rf "$graphs"
swift build -Xswiftc -emit-symbol-graph -Xswiftc -emit-symbol-graph-dir -Xswiftc "$PWD/$graphs" \
  --scratch-path .build/docs-build

for room in "${rooms[@]}"; do
  one="$graphs/of-$room"
  mkdir -p "$one"
  find "$graphs" -maxdepth 1 \( -name "$room.symbols.json" -o -name "$room@*.symbols.json" \) \
    -exec cp {} "$one" \;
  catalog=()
  if [[ -d Sources/$room/$room.docc ]]; then catalog=("Sources/$room/$room.docc"); fi
  echo "docs: $room ..."
  docc convert "${catalog[@]+"${catalog[@]}"}" --additional-symbol-graph-dir "$one" \
    --fallback-display-name "$room" --fallback-bundle-identifier "bonsai.$room" \
    --output-path "$out/$room.doccarchive" --warnings-as-errors
done
echo "docs: $out"
