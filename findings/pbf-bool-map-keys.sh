#!/usr/bin/env bash
# pbf 5.1.2: code compiled from a schema with `map<bool, …>` writes each key as false. Both entries of a map go out under the same key, of
# which the receiver keeps the last; a map with the entry true alone arrives as one with the entry false.
#
# Seen: { true: 'on' } arrives as { false: 'on' }, with pbf and with protobufjs; { true: 'on', false: 'off' } as { false: 'off' }
#       what protobufjs 8.8.1 writes is read right by both, so the writer is at fault; keys of strings and numbers, also negative ones, are right
# One would have guessed that what the compiled writer and reader are given back is what went in. An object's keys are strings, and the name "true" is
# made a number, which is NaN, before it is made a boolean.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts pbf@5.1.2 resolve-protobuf-schema@2.1.0 protobufjs@8.8.1
cat > lamps.proto <<'PROTO'
syntax = "proto3";
message Lamps { map<bool, string> names = 1; map<int32, string> numbers = 2; }
PROTO
cat > run.mjs <<'JS'
import { PbfReader, PbfWriter } from 'pbf'
import { compile } from 'pbf/compile'
import protobuf from 'protobufjs'
import resolve from 'resolve-protobuf-schema'
const compiled = compile(resolve.sync('lamps.proto'))
const type = protobuf.loadSync('lamps.proto').lookupType('Lamps')
const write = {
  pbf(value) {
    const writer = new PbfWriter()
    compiled.writeLamps(value, writer)
    return writer.finish()
  },
  protobufjs: (value) => type.encode(type.fromObject(value)).finish(),
}
const read = {
  pbf: (bytes) => compiled.readLamps(new PbfReader(bytes)),
  protobufjs: (bytes) => type.toObject(type.decode(bytes)),
}
const text = ({ names, numbers }) => Object.entries({ ...names, ...numbers }).map(([key, name]) => `${key} ${name}`).sort().join(', ')
const cases = [{ names: { true: 'on' } }, { names: { true: 'on', false: 'off' } }, { numbers: { '-1': 'under', 7: 'over' } }]
const seen = []
for (const writer of ['pbf', 'protobufjs']) {
  for (const reader of ['pbf', 'protobufjs']) {
    const results = cases.map((each) => text(read[reader](write[writer](each))))
    console.log(`${writer} to ${reader}: ${results.join(' | ')}`)
    seen.push(results.join(' | '))
  }
}
const wrong = 'false on | false off | -1 under, 7 over'
const right = 'true on | false off, true on | -1 under, 7 over'
process.exit(seen.join() === [wrong, wrong, right, right].join() ? 0 : 1)
JS
node run.mjs
