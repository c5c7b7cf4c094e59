#!/usr/bin/env bash
# avsc 5.7.9: the type that `Type.forValue` infers from a number cannot hold that number. What is no 32-bit integer becomes Avro's `float`, which
# has 24 bits, and only from 2^53 on `double`; `isValid` says true, and writing and reading changes the value.
#
# Seen: forValue(1700000000123) is "float" and gives back 1700000038912: a time in milliseconds that is 38 seconds off;
#       3000000001 gives 3000000000, 0.1 gives 0.10000000149011612, 123456789.5 gives 123456792; 1e40 is "double" and exact
# One would have guessed `long` for integers (which avsc checks up to 2^53) and `double` for the rest, since a JavaScript number is one; the
# larger the number, the larger the error. A `valueHook` that returns `Type.forSchema('double')` for each number says so by hand.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts avsc@5.7.9
cat > run.mjs <<'JS'
import avro from 'avsc'
const seen = [1700000000123, 3000000001, 0.1, 123456789.5, 1e40, 7].map((value) => {
  const type = avro.Type.forValue({ value })
  const schema = type.field('value').type.typeName
  return `${value} ${schema} ${type.isValid({ value })} ${type.fromBuffer(type.toBuffer({ value })).value}`
})
console.log(seen.join('\n'))
const expected = [
  '1700000000123 float true 1700000038912',
  '3000000001 float true 3000000000',
  '0.1 float true 0.10000000149011612',
  '123456789.5 float true 123456792',
  '1e+40 double true 1e+40',
  '7 int true 7',
]
process.exit(seen.join() === expected.join() ? 0 : 1)
JS
node run.mjs
