#!/usr/bin/env bash
# @thi.ng/cache 2.3.82: in a full cache, `set` of a key that is there already throws an entry out as if the key were new. If the key is the next to go (the oldest
# of LRUCache and TLRUCache, the newest of MRUCache), it throws out this one, and then writes the value to the entry that it has just removed: `get` right after `set` finds nothing, and
# each such `set` leaves an entry behind that `keys()` lists and nothing finds. With any other key an innocent one is lost.
#
# Seen: maxlen 3; a, b, c set, then a again: get('a') undefined, has('a') false, keys() b, c, a, length 2
#       maxlen 3; a, b, c set, then c again: keys() b, c: a is gone, with room for it
#       MRUCache: c set again: get('c') undefined; a set again: c is gone
# One would have guessed that a value which was just set is there, and that a new value for a known key needs no further room: the documentation says "if a new item is
# added, but would not satisfy cache limit". A full cache is the usual state of a cache.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts @thi.ng/cache@2.3.82
cat > run.mjs <<'JS'
import { LRUCache, MRUCache, TLRUCache } from '@thi.ng/cache'
const full = (Cache) => new Cache([['a', 1], ['b', 2], ['c', 3]], { maxlen: 3 })
const look = (cache, key) => `get ${cache.get(key)}, has ${cache.has(key)}, keys ${[...cache.keys()].join(' ')}, length ${cache.length}`
const expected = {
  LRUCache: { a: 'get undefined, has false, keys b c a, length 2', c: 'get 30, has true, keys b c, length 2' },
  TLRUCache: { a: 'get undefined, has false, keys b c a, length 2', c: 'get 30, has true, keys b c, length 2' },
  MRUCache: { a: 'get 30, has true, keys a b, length 2', c: 'get undefined, has false, keys c b a, length 2' },
}
let same = true
for (const Cache of [LRUCache, TLRUCache, MRUCache]) {
  for (const key of ['a', 'c']) {
    const cache = full(Cache)
    cache.set(key, 30)
    const seen = look(cache, key)
    console.log(`${Cache.name}, ${key} set again: ${seen}`)
    same &&= seen === expected[Cache.name][key]
  }
}
process.exit(same ? 0 : 1)
JS
node run.mjs
