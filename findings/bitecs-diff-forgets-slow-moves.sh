#!/usr/bin/env bash
# bitecs 0.4.0: the SoA serializer with `diff: true` compares a float with the value that it saw at the last call, not with the one that it sent last.
# What changes by less than `epsilon` a call (0.0001 unless said otherwise) is never sent, however far it goes; and a field that was NaN
# for one call swallows the change after it, since nothing differs from NaN by more than epsilon.
#
# Seen: epsilon 0.001, x = 1 sent, then 10,000 calls that each add 0.0005: owner 6, receiver 1, no bytes
#       x = 1 sent, then NaN, then 5: owner 5, receiver 1; integers are compared exactly and arrive
# One would have guessed that epsilon bounds how far the receiver is off ("epsilon used for float comparisons in diff mode"), as in each
# protocol with a threshold; here it bounds a speed: whatever is slower than epsilon a tick stands still at the receiver.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts bitecs@0.4.0
cat > run.mjs <<'JS'
import { createSoADeserializer, createSoASerializer, f64, i32 } from 'bitecs/serialization'
function play(type, epsilon, changes) {
  const [owner, receiver] = [{ x: type([]) }, { x: type([]) }]
  const serialize = createSoASerializer([owner], { diff: true, epsilon, buffer: new ArrayBuffer(1024) })
  const deserialize = createSoADeserializer([receiver], { diff: true })
  let packets = 0
  for (const change of changes) {
    owner.x[1] = change(owner.x[1])
    const packet = serialize([1])
    if (packet.byteLength > 0) packets++
    deserialize(packet)
  }
  return `${Math.round(owner.x[1])} ${receiver.x[1]} (${packets})`
}
const seen = {
  slow: play(f64, 0.001, [() => 1, ...Array(10_000).fill((x) => x + 0.0005)]),
  faster: play(f64, 0.001, [() => 1, ...Array(5).fill((x) => x + 1)]),
  nan: play(f64, 0.001, [() => 1, () => NaN, () => 5]),
  integer: play(i32, 0.001, [() => 1, () => 0, () => 5]),
}
for (const [name, result] of Object.entries(seen)) console.log(`${name}: owner, receiver (packets): ${result}`)
process.exit(Object.values(seen).join() === '6 1 (1),6 6 (6),5 1 (1),5 5 (3)' ? 0 : 1)
JS
node run.mjs
