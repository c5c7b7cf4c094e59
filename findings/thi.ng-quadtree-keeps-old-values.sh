#!/usr/bin/env bash
# @thi.ng/geom-accel 4.1.91: `NdQuadtreeMap.set` of a key that is there drops the new value and keeps the old one, and so does `into`; with a tolerance of 0 as its last argument
# `set` replaces; with the default, 0.000001, it looks first whether a key is that near, and leaves it at that. And an NdQuadtreeSet always says that its size is 0.
#
# Seen: set 8,8 'old', set 8,8 'new': get 'old'; KdTreeMap: 'new'. Both return false, for "no new key"
#       three points added: NdQuadtreeSet has 3 keys and size 0, as its copy; KdTreeSet 3 keys and size 3
# One would have guessed that `set` sets: the code for it is there, behind a search that never lets it be reached. The four are offered "with a shared ES6 Map/Set-like API",
# and whoever keeps in such a map what stands on a cell goes on reading what stood there first.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts @thi.ng/geom-accel@4.1.91
cat > run.mjs <<'JS'
import { KdTreeMap, KdTreeSet, NdQuadtreeMap, NdQuadtreeSet } from '@thi.ng/geom-accel'
const maps = {
  NdQuadtreeMap: () => NdQuadtreeMap.fromMinMax([0, 0], [64, 64]),
  KdTreeMap: () => new KdTreeMap(2),
}
const expected = {
  NdQuadtreeMap: 'set again: false, 8,8 old; into: 8,8 old, 3,3 old; tolerance 0: false, 8,8 new',
  KdTreeMap: 'set again: false, 8,8 new; into: 8,8 newer, 3,3 newer',
}
let same = true
for (const [name, make] of Object.entries(maps)) {
  const map = make()
  map.set([8, 8], 'old')
  map.set([3, 3], 'old')
  const steps = [`set again: ${map.set([8, 8], 'new')}, 8,8 ${map.get([8, 8])}`]
  map.into([[[8, 8], 'newer'], [[3, 3], 'newer']])
  steps.push(`into: 8,8 ${map.get([8, 8])}, 3,3 ${map.get([3, 3])}`)
  if (name === 'NdQuadtreeMap') steps.push(`tolerance 0: ${map.set([8, 8], 'new', 0)}, 8,8 ${map.get([8, 8])}`)
  const seen = steps.join('; ')
  console.log(`${name}: ${seen}`)
  same &&= seen === expected[name]
}
const sets = { NdQuadtreeSet: NdQuadtreeSet.fromMinMax([0, 0], [64, 64]), KdTreeSet: new KdTreeSet(2) }
for (const [name, set] of Object.entries(sets)) {
  set.add([8, 8])
  set.into([[3, 3], [5, 1]])
  console.log(`${name}: ${[...set.keys()].length} keys, size ${set.size}, copy of size ${set.copy().size}`)
  same &&= [...set.keys()].length === 3 && set.size === (name === 'KdTreeSet' ? 3 : 0) && set.copy().size === set.size
}
process.exit(same ? 0 : 1)
JS
node run.mjs
