#!/bin/sh
# Makes Sources/ONNX/Generated/onnx.pb.swift from Sources/ONNX/Schema/onnx.proto.
#
# Needs `protoc` (Debian: protobuf-compiler). The Swift plugin of protoc is built from the
# swift-protobuf that `swift package resolve` has fetched, unless PROTOC_GEN_SWIFT names one.
set -eu

cd "$(dirname "$0")/.."
command -v protoc >/dev/null || {
  echo "generate-onnx: protoc is missing; install protobuf-compiler" >&2
  exit 1
}

plugin=${PROTOC_GEN_SWIFT:-}
if [ -z "$plugin" ]; then
  checkout=.build/checkouts/swift-protobuf
  [ -d "$checkout" ] || swift package resolve
  swift build --package-path "$checkout" --scratch-path .build/protoc-gen-swift \
    --product protoc-gen-swift
  plugin=.build/protoc-gen-swift/debug/protoc-gen-swift
fi

protoc --plugin="protoc-gen-swift=$plugin" --proto_path=Sources/ONNX/Schema \
  --swift_opt=Visibility=Internal --swift_out=Sources/ONNX/Generated onnx.proto
