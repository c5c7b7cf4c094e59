#!/usr/bin/env bash
# osc-js 2.4.1: a whole number that needs more than 32 bits is sent as another number, without an error: the type tag is `i` for each whole number, and the value
# is cut to its lower 32 bits. Milliseconds since 1970 are such numbers.
#
# Seen: 2147483648 arrives as -2147483648, 4294967296 as 0, 1767225600000 (1 January 2026) as 1994041344, 1e300 as 0; 0.5 goes as a float and arrives
#       osc 2.4.5 and osc-min 2.1.2 send an untyped number as a float: 1767225600000 arrives as 1767225556992, near at least
# One would have guessed that what does not fit an int32 is refused, or sent as a float, a double or an int64, for all of which the library has types.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts osc-js@2.4.1 osc@2.4.5 osc-min@2.1.2
cat > run.mjs <<'JS'
import osc from 'osc'
import OSC from 'osc-js'
import * as oscMin from 'osc-min'
const address = '/clock'
const through = {
  'osc-js'(value) {
    const message = new OSC.Message(address, value)
    const bytes = message.pack()
    const read = new OSC.Message()
    read.unpack(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    return read.args[0]
  },
  osc: (value) => osc.readPacket(osc.writePacket({ address, args: [value] }), { unpackSingleArgs: false }).args[0],
  'osc-min': (value) => oscMin.fromBuffer(oscMin.toBuffer({ address, args: [value] })).args[0].value,
}
const values = [2147483647, 2147483648, 4294967296, Date.UTC(2026, 0, 1), 1e300, 0.5]
const expected = {
  'osc-js': '2147483647, -2147483648, 0, 1994041344, 0, 0.5',
  osc: '2147483648, 2147483648, 4294967296, 1767225556992, Infinity, 0.5',
  'osc-min': '2147483648, 2147483648, 4294967296, 1767225556992, Infinity, 0.5',
}
let same = true
for (const [library, send] of Object.entries(through)) {
  const seen = values.map(send).join(', ')
  console.log(`${library}: ${values.join(', ')} arrive as ${seen}`)
  same &&= seen === expected[library]
}
process.exit(same ? 0 : 1)
JS
node run.mjs
