#!/usr/bin/env bash
# lmdb 3.5.6 (ordered-binary 1.6.3): -0 as a key is not 0. What is put under it is found by get(-0) only; ranges list it as the array
# ["\u0018", null], behind all positive numbers, and that array finds nothing. So it is in no range of numbers, and cannot be removed by the
# key that was listed.
#
# Seen: put(0), put(5), put(-0): getRange() gives 0, 5, ["\u0018", null]; getKeys({ start: -1, end: 10 }) 0 and 5; get(["\u0018", null]) undefined
# One would have guessed that 0 and -0 are the same key, as they are in a Map, in IndexedDB and for `===`, or that numbers "are naturally
# ordered", as the documentation has it. A coordinate that is computed, `Math.round(-0.4)` or `0 * -1`, is -0 soon enough.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts lmdb@3.5.6 ordered-binary@1.6.3
cat > run.mjs <<'JS'
import { open } from 'lmdb'
const db = open({ path: 'data' })
await db.put(Math.round(-0.4), 'minus')
const zero = db.get(0)
await db.put(0, 'zero')
await db.put(5, 'five')
const all = [...db.getRange()].map(({ key, value }) => `${JSON.stringify(key)}=${value}`).join(' ')
const range = [...db.getKeys({ start: -1, end: 10 })].join(' ')
const listed = [...db.getKeys()].find(Array.isArray)
const removed = listed && ((await db.remove(listed)), db.get(-0))
console.log(`get(0) before 0 was put: ${zero}\nall: ${all}\nfrom -1 to 10: ${range}\nafter removing the key that was listed: ${removed}`)
await db.close()
process.exit(zero === undefined && all === '0=zero 5=five ["\\u0018",null]=minus' && range === '0 5' && removed === 'minus' ? 0 : 1)
JS
node run.mjs
