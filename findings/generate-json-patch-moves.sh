#!/usr/bin/env bash
# generate-json-patch 1.2.9: with `objectHash`, the patch of some reorderings puts the elements in another order than the target's, and nothing says so. Several
# moves are derived from positions of the start and of the target, without regard to what the moves before them have shifted.
#
# Seen: a, b, c, d to c, d, b, a: the patch moves 1 to 2 and 0 to 3; applied in order, as RFC 6902 demands, that gives c, b, d, a
#       of the 24 orders of four elements 1 comes out wrong, of the 120 of five 15; three elements are always right
# One would have guessed that `apply(before, generate(before, after))` is `after`; the library's documentation promises the smallest set of moves "needed to reach
# the target sequence". Positions are right without `objectHash`, where each element is replaced instead of moved.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts generate-json-patch@1.2.9 fast-json-patch@3.1.1
cat > run.mjs <<'JS'
import jsonPatch from 'fast-json-patch'
import { generateJSONPatch } from 'generate-json-patch'
const objects = (ids) => [...ids].map((id) => ({ id }))
function through(before, after, options) {
  const patch = generateJSONPatch(objects(before), objects(after), options)
  const result = jsonPatch.applyPatch(objects(before), structuredClone(patch)).newDocument
  return { patch, ids: result.map(({ id }) => id).join('') }
}
const orders = (ids) =>
  ids.length < 2 ? [ids] : [...ids].flatMap((id, at) => orders(ids.slice(0, at) + ids.slice(at + 1)).map((rest) => id + rest))
const objectHash = ({ id }) => id
const one = through('abcd', 'cdba', { objectHash })
console.log(`abcd to cdba: ${one.patch.map(({ from, path }) => `${from} to ${path}`).join(', ')}: gives ${one.ids}`)
const wrong = (options) =>
  ['abc', 'abcd', 'abcde'].map((ids) => orders(ids).filter((after) => through(ids, after, options).ids !== after).length).join(', ')
const counts = [wrong({ objectHash }), wrong({})]
console.log(`wrong of 6, 24, 120 orders: with objectHash ${counts[0]}; without ${counts[1]}`)
process.exit(one.ids === 'cbda' && counts[0] === '0, 1, 15' && counts[1] === '0, 0, 0' ? 0 : 1)
JS
node run.mjs
