#!/bin/sh
# Compiles each loop of this folder to a module of its own: src/loops/NAME.ts to FOLDER/NAME.wasm.
# Use: sh src/loops/build.sh FOLDER (what `npm run build` and `npm run build:test` do)
set -e
for loop in src/loops/*.ts; do
  npx --no-install asc "$loop" --config src/loops/asconfig.json --outFile "$1/$(basename "$loop" .ts).wasm"
done
