#!/usr/bin/env bash
# zipson 0.2.12: what stands behind an empty object at the beginning of an object or list is lost, as long as it has no keys either: numbers, booleans,
# empty texts, empty lists, further empty objects. In an object each such value comes back as an empty object, in a list as undefined, and
# there the empty object itself as well. Nothing is thrown.
#
# Seen: { settings: {}, score: 1 } comes back as { settings: {}, score: {} }; { settings: {}, online: true } as { settings: {}, online: {} }
#       [{}, 0], [{}, {}], [{}, []] and [{}, ''] as [undefined, undefined]; [0, {}], [{}, null], [{}, { a: 1 }] and { score: 1, settings: {} } as they were
# One would have guessed that parse(stringify(value)) is the value for plain JSON. Values of one shape are written as a template and rows, and the shape without any
# keys is taken for one, which each value without keys then fits.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts zipson@0.2.12
cat > run.mjs <<'JS'
import { inspect } from 'node:util'
import { parse, stringify } from 'zipson'
const cases = [
  [{ settings: {}, score: 1 }, '{ settings: {}, score: {} }'],
  [{ settings: {}, score: 1, name: 'ann' }, "{ settings: {}, score: {}, name: 'ann' }"],
  [{ settings: {}, online: true }, '{ settings: {}, online: {} }'],
  [[{}, 0], '[ undefined, undefined ]'],
  [[{}, {}], '[ undefined, undefined ]'],
  [[{}, ''], '[ undefined, undefined ]'],
  [[{}, []], '[ undefined, undefined ]'],
]
const right = [{ score: 1, settings: {} }, { settings: {}, name: 'ann' }, [0, {}], [{}, null], [{}, { a: 1 }], [[], 0]]
for (const value of right) cases.push([value, inspect(value)])
let same = true
for (const [value, expected] of cases) {
  const seen = inspect(parse(stringify(value)))
  console.log(`${inspect(value)} comes back as ${seen}`)
  same &&= seen === expected
}
process.exit(same ? 0 : 1)
JS
node run.mjs
