#!/usr/bin/env bash
# @geckos.io/snapshot-interpolation 1.1.1: the method of the first parameter, `(deg)`, `(rad)` or `(quat)`, is ignored: 'r(deg) x y' takes r along the straight line of
# the numbers, so that an object which turns from 350 to 10 degrees spins backwards by 340. At any other place in the list the method is heeded.
# A quaternion that comes first throws 'No lerp method "linear" found!'. Of parameters separated by commas only the first two are right.
#
# Seen: 350 to 10 degrees, half way: 'x y r(deg)' 0; 'r(deg) x y' and 'r(deg)' alone 180; radians the same
#       'x, y, z' and 'x,y,z' leave out y or z, which jump to the newer snapshot's value, as each key does that is not named
# One would have guessed that the order does not matter: the documentation's own example begins with 'direction(rad) …'. The list is cleaned by a replacement
# that takes the first run of signs alone, and where no blank comes before it, that is the bracket of the method.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts @geckos.io/snapshot-interpolation@1.1.1
cat > run.mjs <<'JS'
import { SnapshotInterpolation } from '@geckos.io/snapshot-interpolation'
const older = { id: 'older', time: 1000, state: [{ id: 1, x: 0, y: 0, z: 0, r: 350, a: 6.2, q: { x: 0, y: 0, z: 0, w: 1 } }] }
const newer = { id: 'newer', time: 2000, state: [{ id: 1, x: 10, y: 10, z: 10, r: 10, a: 0.2, q: { x: 0, y: 1, z: 0, w: 0 } }] }
function halfWay(parameters, key) {
  try {
    const value = new SnapshotInterpolation().interpolate(older, newer, 0.5, parameters).state[0][key]
    return String(typeof value === 'object' ? value.w.toFixed(2) : Number(value.toFixed(2)))
  } catch ({ message }) {
    return message
  }
}
const cases = [
  ['x y r(deg)', 'r', '0'],
  ['r(deg) x y', 'r', '180'],
  ['r(deg)', 'r', '180'],
  ['x a(rad)', 'a', '0.06'],
  ['a(rad) x', 'a', '3.2'],
  ['x q(quat)', 'q', '0.71'],
  ['q(quat) x', 'q', 'No lerp method "linear" found!'],
  ['x y z', 'z', '5'],
  ['x, y, z', 'y', '10'],
  ['x,y,z', 'z', '10'],
]
let same = true
for (const [parameters, key, expected] of cases) {
  const seen = halfWay(parameters, key)
  console.log(`'${parameters}': ${key} half way: ${seen}`)
  same &&= seen === expected
}
process.exit(same ? 0 : 1)
JS
node run.mjs
