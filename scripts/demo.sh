#!/usr/bin/env bash
# The demo: LeNet-5 trained on MNIST, pruned by a recipe, recovered, exported, proved and measured.
# Leaves demo/dense.onnx, demo/pruned.onnx, demo/report.html and demo/result.json.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bonsai=.build/release/bonsai
run=demo/run
mkdir -p demo

# A demo that was interrupted goes on where it was; one that is done starts anew.
resume=()
if [ -f "$run/result.json" ]; then
  rm -rf "$run"
elif [ -f "$run/checkpoint/run.json" ]; then
  resume=(--resume)
fi

"$bonsai" apply lenet-5-filters --run "$run" "${resume[@]}"

cp "$run/1-train.onnx" demo/dense.onnx
cp "$run/model.onnx" demo/pruned.onnx
cp "$run/report.html" "$run/result.json" demo/

echo
"$bonsai" bench demo/dense.onnx demo/pruned.onnx --batch 1,64
echo
echo "demo: dense and pruned model, result and report are in demo/; open demo/report.html"
