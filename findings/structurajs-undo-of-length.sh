#!/usr/bin/env bash
# structurajs 0.12.6: the inverse patches of an assignment to an array's length restore the length and not the elements. Undo gives an array of
# holes (`null` as JSON), without an error; the same removal by `splice` or `pop` is undone right.
#
# Seen: [1, 2, 3] with `length = 0` in the producer: redo [], undo [, , ]; with `length = 1`: undo [1, , ]; `splice(0)`: undo [1, 2, 3]
#       elements that are objects, and in an array within the state: the same
# One would have guessed that "inverse patches" lead back to the state before, as with immer and mutative, from which `produceWithPatches` and `applyPatches` are known;
# `list.length = 0` is the usual way to clear a list in place.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts structurajs@0.12.6 immer@11.2.13 mutative@1.3.0
cat > run.mjs <<'JS'
import { inspect } from 'node:util'
import { applyPatches, enablePatches, produceWithPatches } from 'immer'
import * as mutative from 'mutative'
import * as structura from 'structurajs'
enablePatches()
const libraries = {
  structurajs: { produce: structura.produceWithPatches, apply: structura.applyPatches },
  immer: { produce: produceWithPatches, apply: applyPatches },
  mutative: { produce: (state, change) => mutative.create(state, change, { enablePatches: true }), apply: mutative.apply },
}
const changes = {
  'length = 0': (list) => void (list.length = 0),
  'length = 1': (list) => void (list.length = 1),
  'splice(0)': (list) => void list.splice(0),
}
const holes = { 'length = 0': '[ <3 empty items> ]', 'length = 1': '[ 1, <2 empty items> ]' }
let same = true
for (const [library, { produce, apply }] of Object.entries(libraries)) {
  for (const [name, change] of Object.entries(changes)) {
    const before = { list: [1, 2, 3] }
    const [after, patches, inverse] = produce(before, (draft) => change(draft.list))
    const [redo, undo] = [apply(before, patches), apply(after, inverse)].map(({ list }) => inspect(list))
    console.log(`${library}, ${name}: redo ${redo}, undo ${undo}`)
    same &&= redo === inspect(after.list) && undo === ((library === 'structurajs' && holes[name]) || '[ 1, 2, 3 ]')
  }
}
process.exit(same ? 0 : 1)
JS
node run.mjs
