#!/usr/bin/env bash
# mqtt-packet 9.0.2: of a user property that is given several times, the parser forgets an empty value that came first. What is written is right; the loss
# happens where it is read, so a broker or client built on it (mqtt, aedes) loses what any other peer sent.
#
# Seen: values ['', 'b']: read as 'b'; ['', 'b', 'c'] as ['b', 'c']; ['', '', ''] as ''; ['a', ''] and ['a', '', 'c'] are read as they were written
# One would have guessed that a name maps to all its values in their order, as MQTT 5 has it ("the User Property is allowed to appear multiple times");
# the parser asks whether there is a value already by looking whether it is truthy.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts mqtt-packet@9.0.2
cat > run.mjs <<'JS'
import mqtt from 'mqtt-packet'
const options = { protocolVersion: 5 }
const cases = [
  [['', 'b'], '"b"'],
  [['', 'b', 'c'], '["b","c"]'],
  [['', '', ''], '""'],
  [['a', ''], '["a",""]'],
  [['a', '', 'c'], '["a","","c"]'],
]
let same = true
for (const [values, expected] of cases) {
  const packet = { cmd: 'publish', topic: 'seats', payload: 'taken', qos: 0, properties: { userProperties: { row: values } } }
  const bytes = mqtt.generate(packet, options)
  const written = bytes.toString('latin1').split('\x00\x03row').length - 1
  let read
  mqtt.parser(options).on('packet', ({ properties }) => (read = JSON.stringify(properties.userProperties.row))).parse(bytes)
  console.log(`${JSON.stringify(values)}: written ${written} times, read as ${read}`)
  same &&= written === values.length && read === expected
}
process.exit(same ? 0 : 1)
JS
node run.mjs
