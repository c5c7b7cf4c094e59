#!/usr/bin/env bash
# @thi.ng/geom-accel 4.1.91: `KdTreeMap.remove` hands values to the wrong keys. Where the removed key has others below it in the tree, one of those takes its place, and
# its position is moved there but not its value: that key now answers with the value of the one which was removed, and its own value is
# lost. Keys, size and distances are right, so nothing shows it; each further removal moves more of them.
#
# Seen: a at 5,5, b at 2,3, c at 8,1; a removed: get of 8,1 'a', of 2,3 'b'; values of the map 'a', 'b'; queryValues nearest to 8,1 'a'
#       100 keys, every second removed: 27 of the 50 that are left answer with their own value, 23 with another's; NdQuadtreeMap holds all 50
# One would have guessed that a map which is asked for a key gives what was set for it, whatever else was removed; KdTreeMap and NdQuadtreeMap are
# offered as exchangeable, "with a shared ES6 Map/Set-like API".
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts @thi.ng/geom-accel@4.1.91
cat > run.mjs <<'JS'
import { KdTreeMap, NdQuadtreeMap } from '@thi.ng/geom-accel'
const maps = {
  KdTreeMap: () => new KdTreeMap(2),
  NdQuadtreeMap: () => NdQuadtreeMap.fromMinMax([0, 0], [128, 128]),
}
const expected = {
  KdTreeMap: "8,1 'a', 2,3 'b', values a b, nearest a, size 2",
  NdQuadtreeMap: "8,1 'c', 2,3 'b', values b c, nearest c, size 2",
}
let same = true
for (const [name, make] of Object.entries(maps)) {
  const three = make()
  three.set([5, 5], 'a')
  three.set([2, 3], 'b')
  three.set([8, 1], 'c')
  three.remove([5, 5])
  const values = [...three.values()].sort().join(' ')
  const seen = `8,1 '${three.get([8, 1])}', 2,3 '${three.get([2, 3])}', values ${values}, nearest ${three.queryValues([8, 1], 5)}, size ${three.size}`
  console.log(`${name}: ${seen}`)

  const hundred = make()
  const keys = Array.from({ length: 100 }, (_, index) => [(index * 37) % 101, (index * 61) % 103])
  keys.forEach((key, index) => hundred.set(key, index))
  keys.forEach((key, index) => index % 2 === 1 && hundred.remove(key))
  const left = keys.map((key, index) => [key, index]).filter(([, index]) => index % 2 === 0)
  const right = left.filter(([key, index]) => hundred.get(key) === index).length
  console.log(`${name}: ${hundred.size} keys left, ${right} with their own value`)
  same &&= seen === expected[name] && hundred.size === 50 && (name === 'KdTreeMap' ? right === 27 : right === 50)
}
process.exit(same ? 0 : 1)
JS
node run.mjs
