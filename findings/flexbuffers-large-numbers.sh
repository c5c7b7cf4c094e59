#!/usr/bin/env bash
# flatbuffers 25.9.23: `flexbuffers.encode` writes each number without a fraction as an integer of at most 64 bits, and what does not fit comes back as another number, without an
# error: 2^63 as -2^63, 1e20 as 7766279631452241920, 1e300 as 0. NaN comes back as null. Numbers with a fraction and the two infinities are right.
#
# Seen: 9223372036854775808 comes back as -9223372036854775808n, 1e19 as -8446744073709551616n, 1e20 as 7766279631452241920n, 2^64, 1e300 and Number.MAX_VALUE as 0n; in objects and lists the same
#       2^53, 0.5, 1.5e-300 and Infinity come back as they are, 2^53 as a bigint
# One would have guessed that a number which no integer type of the format can hold is written as its double, which holds it exactly; FlexBuffers mark each
# value with its type for that purpose. `encode` asks `Number.isInteger` first, and each large double is an integer by that.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts flatbuffers@25.9.23
cat > run.mjs <<'JS'
import { encode, toObject } from 'flatbuffers/js/flexbuffers.js'
const back = (value) => {
  const bytes = encode(value)
  return toObject(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}
const cases = [
  [0.5, '0.5'],
  [1.5e-300, '1.5e-300'],
  [Infinity, 'Infinity'],
  [2 ** 53, '9007199254740992'],
  [2 ** 63, '-9223372036854775808'],
  [1e19, '-8446744073709551616'],
  [2 ** 64, '0'],
  [1e20, '7766279631452241920'],
  [-1e20, '-7766279631452241920'],
  [1e300, '0'],
  [Number.MAX_VALUE, '0'],
  [NaN, 'null'],
]
let same = true
for (const [value, expected] of cases) {
  const alone = String(back(value))
  const inside = String(back({ score: value }).score)
  console.log(`${value}: ${alone}; in an object ${inside}`)
  same &&= alone === expected && inside === expected
}
process.exit(same ? 0 : 1)
JS
node run.mjs
