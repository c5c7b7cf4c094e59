#!/usr/bin/env bash
# mnemonist 0.40.8: `MultiSet.edit(a, b)`, where b is in the set already, adds a's count to b's but leaves `dimension` as it was, one too many for ever: an empty set has a dimension of 1.
# `MultiSet.isSubset` and `isSuperset` compare the dimensions before they look at any item, and then say of two equal sets that the edited one is no subset of the other.
#
# Seen: ann 3, Ann 3, edit('Ann', 'ann'): items ann 6, size 6, dimension 2; isSubset of a set of ann 6: false, superset true
#       ann deleted: size 0, dimension 1; where b is not there yet, all is right, and so it is with `delete` and `add` in place of `edit`
# One would have guessed 1: the documentation says of `dimension` "number of distinct items in the set". The counts of the two names are added, as they should be;
# `size` stays right, and so do the items, so that nothing shows it but an answer that depends on it.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts mnemonist@0.40.8
cat > run.mjs <<'JS'
import { MultiSet } from 'mnemonist'
const merge = (set) => {
  set.delete('Ann')
  set.add('ann', 3)
}
const edit = (set) => set.edit('Ann', 'ann')
const cases = [
  ['edit', { Ann: 3, ann: 3 }, edit, 'ann 6; size 6, dimension 2; subset false, superset true; ann deleted: size 0, dimension 1'],
  ['delete and add', { Ann: 3, ann: 3 }, merge, 'ann 6; size 6, dimension 1; subset true, superset true; ann deleted: size 0, dimension 0'],
  ['edit to a new item', { Ann: 6 }, edit, 'ann 6; size 6, dimension 1; subset true, superset true; ann deleted: size 0, dimension 0'],
]
const equal = new MultiSet()
equal.add('ann', 6)
let same = true
for (const [name, counts, change, expected] of cases) {
  const set = new MultiSet()
  for (const [item, count] of Object.entries(counts)) set.add(item, count)
  change(set)
  const items = [...set.multiplicities()].map(([item, count]) => `${item} ${count}`).join(', ')
  const numbers = `${items}; size ${set.size}, dimension ${set.dimension}`
  const compared = `subset ${MultiSet.isSubset(set, equal)}, superset ${MultiSet.isSuperset(set, equal)}`
  set.delete('ann')
  const seen = `${numbers}; ${compared}; ann deleted: size ${set.size}, dimension ${set.dimension}`
  console.log(`${name}: ${seen}`)
  same &&= seen === expected
}
process.exit(same ? 0 : 1)
JS
node run.mjs
