#!/usr/bin/env bash
# json-diff-ts 4.10.4: `applyChangeset(before, diff(before, after))` is not always `after` where lists lie in lists: what was removed from an inner list
# stays; a line on the console, no error. And a changeset that was taken apart by `atomizeChangeset` and put together by `unatomizeChangeset`, the form that
# the library offers for storing and sending, removes the wrong elements of a plain list: it applies the removals in ascending order, so
# that each shifts the ones behind it, while `applyChangeset` of the whole goes from the end.
#
# Seen: [[1, 2]] to [[1]]: applied [[1, 2]]
#       [1, 2, 3] to [1]: applied [1]; atomized, unatomized and applied [1, 3]; [1, 2, 3] to [3] that way [3, 3]
# One would have guessed that a diff applied to what it was made from gives what it was made for, and that the two functions are inverses:
# "convert atomic changes back to nested changeset".
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts json-diff-ts@4.10.4
cat > run.mjs <<'JS'
import { applyChangeset, atomizeChangeset, diff, unatomizeChangeset } from 'json-diff-ts'
const whole = (changes) => changes
const parts = (changes) => unatomizeChangeset(atomizeChangeset(changes))
const cases = [
  ['inner list, whole', whole, [[1, 2]], [[1]], '[[1,2]]'],
  ['list, whole', whole, [1, 2, 3], [1], '[1]'],
  ['list, in parts', parts, [1, 2, 3], [1], '[1,3]'],
  ['list, in parts', parts, [1, 2, 3], [3], '[3,3]'],
]
let same = true
for (const [name, through, before, after, expected] of cases) {
  const changes = through(diff({ list: before }, { list: after }))
  const seen = JSON.stringify(applyChangeset({ list: structuredClone(before) }, changes).list)
  console.log(`${name}: ${JSON.stringify(before)} to ${JSON.stringify(after)} gives ${seen}`)
  same &&= seen === expected
}
process.exit(same ? 0 : 1)
JS
node run.mjs
