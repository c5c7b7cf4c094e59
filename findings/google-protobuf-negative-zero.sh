#!/usr/bin/env bash
# google-protobuf 4.0.3 loses the sign of -0 in proto3 fields, when it writes and when it reads: a DoubleValue of -0 has no bytes, and
# the nine bytes that other implementations write for it are read as 0 and written again as nothing. A service in the middle that only
# passes messages on changes them. The proto3 guide says: "If a float or double value is set to +0 it will not be serialized, but -0 is
# considered distinct and will be serialized"; C++, Java and Go do so, and of the JavaScript ones protobufjs 8.8.1 and @bufbuild/protobuf 2.17.0.
#
# Seen: DoubleValue -0: google-protobuf '' and, after reading 090000000000000080, getValue() 0 and again ''; the two others 090000000000000080
# One would have guessed that the runtime of those who wrote the rule keeps it. The well-known types are generated code like one's own: their
# setter is the runtime's `setProto3FloatField`.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts google-protobuf@4.0.3 protobufjs@8.8.1 @bufbuild/protobuf@2.17.0
cat > run.mjs <<'JS'
import { create, toBinary } from '@bufbuild/protobuf'
import { DoubleValueSchema } from '@bufbuild/protobuf/wkt'
import wrappers from 'google-protobuf/google/protobuf/wrappers_pb.js'
import protobufjs from 'protobufjs'
const hex = (bytes) => Buffer.from(bytes).toString('hex')
const google = new wrappers.DoubleValue()
google.setValue(-0)
const read = wrappers.DoubleValue.deserializeBinary(Uint8Array.from(Buffer.from('090000000000000080', 'hex')))
const message = protobufjs.parse('syntax = "proto3"; message M { double value = 1; }').root.lookupType('M')
const seen = [
  hex(google.serializeBinary()),
  Object.is(read.getValue(), -0) ? '-0' : String(read.getValue()),
  hex(read.serializeBinary()),
  hex(message.encode(message.create({ value: -0 })).finish()),
  hex(toBinary(DoubleValueSchema, create(DoubleValueSchema, { value: -0 }))),
]
console.log(`google-protobuf writes '${seen[0]}', reads ${seen[1]}, writes that as '${seen[2]}'; protobufjs ${seen[3]}, protobuf-es ${seen[4]}`)
process.exit(seen.join() === ',0,,090000000000000080,090000000000000080' ? 0 : 1)
JS
node run.mjs
