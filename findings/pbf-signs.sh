#!/usr/bin/env bash
# pbf 5.1.2: numbers change without an error on their way through code compiled from a schema. A negative enum value is read as unsigned, 2^64 too high, while the writer
# writes it right; and a `sint64` below -2^52 loses its sign and is one off, where it is written as well as where it is read, though it is an exact number in JavaScript.
#
# Seen: enum -1 arrives as 18446744073709552000, also in a list, as the value of a map, and from protobufjs; int32 -1 arrives as -1
#       sint64 -4503599627370497 arrives as 4503599627370496, at protobufjs and from protobufjs too; -4503599627370496 arrives as it is
#       sint64 4503599627370497 and 9007199254740991 arrive as they are, and so do int64 and sfixed64 of the same values
# One would have guessed that all numbers arrive up to Number.MAX_SAFE_INTEGER and down to its negative, as they do for the other two 64-bit types, and that
# an enum is read as the int32 that it is.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts pbf@5.1.2 resolve-protobuf-schema@2.1.0 protobufjs@8.8.1
cat > numbers.proto <<'PROTO'
syntax = "proto3";
enum Side { MIDDLE = 0; LEFT = -1; RIGHT = 1; }
message Numbers {
  Side side = 1;
  repeated Side sides = 2;
  map<string, Side> named = 3;
  int32 int32 = 4;
  sint64 sint64 = 5;
  int64 int64 = 6;
  sfixed64 sfixed64 = 7;
}
PROTO
cat > run.mjs <<'JS'
import { PbfReader, PbfWriter } from 'pbf'
import { compile } from 'pbf/compile'
import protobuf from 'protobufjs'
import resolve from 'resolve-protobuf-schema'
const compiled = compile(resolve.sync('numbers.proto'))
const type = protobuf.loadSync('numbers.proto').lookupType('Numbers')
function write(value) {
  const writer = new PbfWriter()
  compiled.writeNumbers(value, writer)
  return writer.finish()
}
const read = (bytes) => compiled.readNumbers(new PbfReader(bytes))
const ways = {
  'pbf to pbf': (value) => read(write(value)),
  'pbf to protobufjs': (value) => type.toObject(type.decode(write(value)), { longs: Number, enums: Number }),
  'protobufjs to pbf': (value) => read(type.encode(type.fromObject(value)).finish()),
}
const [unsigned, low] = [18446744073709552000, -(2 ** 52) - 1]
const kept = (field, value) => [field, value, [value, value, value]]
const cases = [
  ['side', -1, [unsigned, -1, unsigned]],
  ['sides', [-1], [[unsigned], [-1], [unsigned]]],
  ['named', { a: -1 }, [{ a: unsigned }, { a: -1 }, { a: unsigned }]],
  kept('int32', -1),
  ['sint64', low, [2 ** 52, 2 ** 52, 2 ** 52]],
  kept('sint64', low + 1),
  kept('sint64', -low),
  kept('sint64', Number.MAX_SAFE_INTEGER),
  kept('int64', low),
  kept('sfixed64', low),
]
let same = true
for (const [field, value, expected] of cases) {
  const seen = Object.values(ways).map((way) => JSON.stringify(way({ [field]: value })[field]))
  console.log(`${field} ${JSON.stringify(value)}: ${Object.keys(ways).map((way, at) => `${way} ${seen[at]}`).join(', ')}`)
  same &&= seen.join() === expected.map((each) => JSON.stringify(each)).join()
}
process.exit(same ? 0 : 1)
JS
node run.mjs
