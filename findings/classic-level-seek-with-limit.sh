#!/usr/bin/env bash
# classic-level 3.0.0: an iterator with a `limit` that has been read from and is then moved by `seek()` yields too little, mostly nothing, without
# an error. Entries that it had read ahead, and throws away on `seek()`, have been counted against the limit. The read-ahead begins with
# the second `next()`, so one read before `seek()` is harmless. memory-level 3.1.0, the same interface, counts what it yielded.
#
# Seen: 26 keys, `db.keys({ limit: 10 })`, n reads, `seek('m')`, then all():
#       n                0   1   2   3
#       memory-level    10   9   8   7
#       classic-level   10   9   0   0
# One would have guessed the first row for both: `limit` is documented as "limit the number of entries yielded", and nothing was yielded
# twice. A test against memory-level, which is what it is for, passes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts classic-level@3.0.0 memory-level@3.1.0
cat > run.mjs <<'JS'
import { ClassicLevel } from 'classic-level'
import { MemoryLevel } from 'memory-level'
async function counts(db) {
  for (const key of 'abcdefghijklmnopqrstuvwxyz') await db.put(key, key)
  const seen = []
  for (const reads of [0, 1, 2, 3]) {
    const iterator = db.keys({ limit: 10 })
    for (let read = 0; read < reads; read++) await iterator.next()
    iterator.seek('m')
    seen.push((await iterator.all()).length)
    await iterator.close()
  }
  await db.close()
  return seen.join(' ')
}
const memory = await counts(new MemoryLevel())
const classic = await counts(new ClassicLevel('data'))
console.log(`memory-level ${memory}; classic-level ${classic}`)
process.exit(memory === '10 9 8 7' && classic === '10 9 0 0' ? 0 : 1)
JS
node run.mjs
